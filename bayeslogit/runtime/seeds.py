"""Seeds: one check for every answer that is drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayeslogit.errors import BayesLogitError, DesignError, quoted

__all__ = ["check_seed", "generator"]


def check_seed(random_seed: Any, error: type[BayesLogitError] = DesignError) -> None:
    """Refuse what is no seed.

    Parameters
    ----------
    random_seed : int, numpy.random.Generator or None
    error : type
        The error to raise.

    Raises
    ------
    BayesLogitError
        If it is something else.
    """
    if random_seed is None or isinstance(random_seed, np.random.Generator):
        return
    whole = isinstance(random_seed, int | np.integer) and not isinstance(
        random_seed, bool | np.timedelta64
    )
    if not whole or random_seed < 0:
        raise error(
            f"random_seed={quoted(random_seed)} is not a seed; expected a whole number of at least "
            "0, a numpy.random.Generator or None; write for example random_seed=1"
        )


def generator(random_seed: Any, otherwise: Any = None) -> np.random.Generator:
    """Return a generator of random numbers.

    Parameters
    ----------
    random_seed : int, numpy.random.Generator or None
    otherwise : int or sequence of int, optional
        What seeds it where the seed is None.

    Raises
    ------
    DesignError
        If it is no seed.

    Examples
    --------
    >>> generator(1).integers(100, size=3).tolist()
    [47, 51, 75]
    """
    check_seed(random_seed)
    return np.random.default_rng(otherwise if random_seed is None else random_seed)
