"""Draws that increase from one coefficient to the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayeslogit.errors import PriorError
from bayeslogit.priors.base import Prior

__all__ = ["in_order"]


def in_order(
    draws: np.ndarray,
    rows: Sequence[int],
    parts: Sequence[tuple[np.ndarray, Prior]],
    alike: bool,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return draws of which some rows increase, by rejection.

    Parameters
    ----------
    draws : ndarray, shape (coefficients, columns)
        Changed in place.
    rows : sequence of int
        The coefficients that must increase.
    parts : sequence of (indices, Prior)
        From which columns are drawn again.
    alike : bool
        Whether those coefficients have the same prior.
    rng : numpy.random.Generator

    Raises
    ------
    PriorError
        If almost no draw is in order.
    """
    if alike:
        # Equal priors are exchangeable: the order statistics have the restricted density.
        draws[rows] = np.sort(draws[rows], axis=0)
        return draws
    for _ in range(1000):
        wrong = np.flatnonzero((np.diff(draws[rows], axis=0) <= 0.0).any(axis=0))
        if wrong.size == 0:
            return draws
        for index, prior in parts:
            draws[np.ix_(index, wrong)] = prior.sample(rng, (len(index), wrong.size))
    raise PriorError(
        "the priors of the cutpoints are almost never in increasing order (1 000 tries); "
        "expected locations that increase; give increasing means, such as "
        "Normal([-1, 0, 1], 1)"
    )
