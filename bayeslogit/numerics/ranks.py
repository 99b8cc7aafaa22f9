"""Whether ranks are uniform: empirical distributions and their simultaneous band."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

__all__ = ["band", "limit", "shares_below", "smallest"]

# Sets of uniform ranks from which the limit is found.
_SETS = 4_000


def shares_below(ranks: np.ndarray, most: int) -> np.ndarray:
    """Return the share of ranks at or below each value but the last, (..., most).

    Parameters
    ----------
    ranks : ndarray of int, shape (..., simulations)
        From 0 to ``most``.
    most : int
    """
    values = np.arange(most)
    below: np.ndarray = (ranks[..., None, :] <= values[:, None]).mean(axis=-1)
    return below


def smallest(ranks: np.ndarray, most: int) -> np.ndarray:
    """Return the smallest two-sided p-value of the empirical distribution of ranks, pointwise.

    Parameters
    ----------
    ranks : ndarray of int, shape (..., simulations)
        From 0 to ``most``.
    most : int

    Returns
    -------
    ndarray
        In (0, 1], without the last axis.

    Examples
    --------
    >>> import numpy as np
    >>> float(smallest(np.arange(100), 99))
    1.0
    """
    from scipy.stats import binom

    n = ranks.shape[-1]
    below = np.rint(n * shares_below(ranks, most))
    share = np.arange(1, most + 1) / (most + 1)
    p = 2.0 * np.minimum(binom.cdf(below, n, share), binom.sf(below - 1, n, share))
    result: np.ndarray = np.minimum(p.min(axis=-1), 1.0)
    return result


@lru_cache
def limit(simulations: int, most: int, level: float = 0.99) -> float:
    """Return the p-value that :func:`smallest` of uniform ranks exceeds with probability ``level``.

    Parameters
    ----------
    simulations, most : int
    level : float
        In (0, 1).

    References
    ----------
    Saeilynoja, T., Buerkner, P.-C. and Vehtari, A. (2022). Graphical test for discrete uniformity
    and its applications in goodness-of-fit evaluation. doi:10.1007/s11222-022-10090-6

    Examples
    --------
    >>> 0.0 < limit(100, 99) < 0.01
    True
    """
    rng = np.random.default_rng(99)
    found = [
        smallest(rng.integers(0, most + 1, (100, simulations)), most) for _ in range(_SETS // 100)
    ]
    return float(np.quantile(np.concatenate(found), 1.0 - level))


def band(simulations: int, most: int, level: float = 0.99) -> tuple[np.ndarray, np.ndarray]:
    """Return the bounds of :func:`shares_below` within which uniform ranks stay, (most,) each.

    Parameters
    ----------
    simulations, most : int
    level : float
        Probability that they stay within the bounds everywhere, in (0, 1).
    """
    from scipy.stats import binom

    share, half = np.arange(1, most + 1) / (most + 1), 0.5 * limit(simulations, most, level)
    low, high = binom.ppf([[half], [1.0 - half]], simulations, share) / simulations
    return low, high
