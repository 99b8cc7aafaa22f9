"""Quantiles of values that stand for several cases each."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["quantiles"]


def quantiles(values: np.ndarray, prob: ArrayLike, cases: np.ndarray) -> np.ndarray:
    """Return quantiles of cases, those that ``numpy.quantile`` gives of the cases written out.

    Fractions of cases cannot be written out: the quantile then is where the share of cases
    reaches ``prob``, half-way to the next value where it is reached exactly.

    Parameters
    ----------
    values : ndarray, shape (rows,)
    prob : array, shape (quantiles,)
        Between 0 and 1.
    cases : ndarray, shape (rows,)
        How many cases each row stands for, 0 or more, fractions allowed.

    Returns
    -------
    ndarray, shape (quantiles,)
        Of whole numbers of cases by linear interpolation between neighbouring ones.

    Examples
    --------
    >>> quantiles(np.array([1.0, 5.0, 9.0]), [0.0, 0.5, 1.0], np.array([3.0, 1.0, 0.0]))
    array([1., 1., 5.])
    """
    order = np.argsort(values, kind="stable")
    order = order[cases[order] > 0.0]
    ordered, until = values[order].astype(float), np.cumsum(cases[order])
    if np.array_equal(until, np.floor(until)):
        place = np.asarray(prob, dtype=float) * (until[-1] - 1.0)
        low = np.floor(place)
        share = place - low
        ends = [np.searchsorted(until, low + step, side="right") for step in (0, 1)]
    else:
        reached, slack = np.asarray(prob, dtype=float) * until[-1], 1e-12 * until[-1]
        ends = [np.searchsorted(until, reached - slack), np.searchsorted(until, reached + slack)]
        share = np.full(reached.shape, 0.5)
    below, above = (ordered[np.minimum(end, len(ordered) - 1)] for end in ends)
    result: np.ndarray = below + np.where(share > 0.0, share * (above - below), 0.0)
    return result
