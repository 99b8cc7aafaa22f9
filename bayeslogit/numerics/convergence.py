"""Convergence of chains: R-hat, effective sample sizes and Monte Carlo errors, in plain numpy.

The numbers equal ArviZ's, for all coefficients at once and without importing it, so that a method
can check its draws before it returns them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

__all__ = ["Convergence", "diagnose", "error_of_median", "monte_carlo_errors"]

# Numbers that are diagnosed at once, at most: 8 MB.
_MOST = 1 << 20


@dataclass(frozen=True, eq=False)
class Convergence:
    """R-hat and effective sample sizes of the draws of each coefficient.

    Parameters
    ----------
    rhat : ndarray, shape (coefficients,)
        Rank-normalised split R-hat, the larger of bulk and folded; NaN with one chain.
    ess_bulk, ess_tail : ndarray, shape (coefficients,)
        Effective sample sizes of the bulk, and of the worse of the two tail quantiles.
    """

    rhat: np.ndarray
    ess_bulk: np.ndarray
    ess_tail: np.ndarray

    @property
    def worst_rhat(self) -> float:
        """Largest R-hat; NaN if any is not a number."""
        return float(np.max(self.rhat))

    @property
    def smallest_ess(self) -> float:
        """Smallest of all bulk and tail effective sample sizes; NaN if any is not a number."""
        return float(min(np.min(self.ess_bulk), np.min(self.ess_tail)))


def diagnose(draws: np.ndarray, prob: float = 0.95) -> Convergence:
    """Return R-hat and the bulk and tail effective sample sizes of every coefficient.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, coefficients)
        On any scale.
    prob : float, default 0.95
        The tail quantiles are ``prob`` and ``1 - prob``, in (0, 1).

    Returns
    -------
    Convergence
        All NaN for fewer than four draws, and for a coefficient with draws that are not finite.

    References
    ----------
    Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. and Buerkner, P.-C. (2021).
    Rank-normalization, folding, and localization: an improved R-hat. doi:10.1214/20-BA1221

    Examples
    --------
    >>> import numpy as np
    >>> found = diagnose(np.random.default_rng(1).normal(size=(4, 500, 2)))
    >>> bool(found.worst_rhat < 1.01), bool(found.smallest_ess > 1500)
    (True, True)
    """
    chains, length, size = draws.shape
    nothing = np.full(size, np.nan)
    if length < 4:
        return Convergence(nothing, nothing, nothing)
    step = max(1, _MOST // (chains * length))
    if size > step:
        # Ten arrays as large as the draws are needed on the way.
        parts = [diagnose(draws[:, :, at : at + step], prob) for at in range(0, size, step)]
        names = ("rhat", "ess_bulk", "ess_tail")
        return Convergence(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))
    x = np.ascontiguousarray(np.moveaxis(draws, 2, 0), dtype=np.float64)
    finite = np.isfinite(x).all(axis=(1, 2))
    x = np.where(finite[:, None, None], x, 0.0)
    split = _split(x)
    scores = _rank_scores(split)
    center = np.median(split, axis=(1, 2), keepdims=True)
    folded = _rank_scores(np.abs(split - center))
    low, high = sorted((prob, 1.0 - prob))
    edges = np.quantile(x, (low, high), axis=(1, 2))
    tails = [_split(x <= edge[:, None, None]).astype(np.float64) for edge in edges]
    rhat = np.maximum(_rhat(scores), _rhat(folded)) if chains > 1 else nothing
    bulk = _ess(scores)
    tail = np.minimum(_ess(tails[0]), _ess(tails[1]))
    return Convergence(*(np.where(finite, v, np.nan) for v in (rhat, bulk, tail)))


def monte_carlo_errors(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the Monte Carlo standard errors of the mean and of the sd of every coefficient.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, coefficients)
        On any scale.

    Returns
    -------
    of_mean, of_sd : ndarray, shape (coefficients,)
        On the scale of the draws; NaN for fewer than four draws.

    Examples
    --------
    >>> import numpy as np
    >>> of_mean, _ = monte_carlo_errors(np.random.default_rng(1).normal(size=(4, 500, 1)))
    >>> bool(abs(of_mean[0] - 2000**-0.5) < 0.003)
    True
    """
    if draws.shape[1] < 4:
        nothing = np.full(draws.shape[2], np.nan)
        return nothing, nothing
    x = np.ascontiguousarray(np.moveaxis(draws, 2, 0), dtype=np.float64)
    square = (x - x.mean(axis=(1, 2), keepdims=True)) ** 2
    variance = square.mean(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        of_mean = x.std(axis=(1, 2), ddof=1) / np.sqrt(_ess(_split(x)))
        spread = (square**2).mean(axis=(1, 2)) - variance**2
        of_sd = np.sqrt(spread / _ess(_split(square)) / variance / 4.0)
    return of_mean, of_sd


def error_of_median(
    draws: np.ndarray, scale: Callable[[np.ndarray], np.ndarray] = np.asarray
) -> np.ndarray:
    """Return the Monte Carlo standard error of the median of every coefficient.

    Half the distance between the draws whose ranks are one standard error of the share below the
    median away from it.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, coefficients)
    scale : callable
        An increasing function of the draws, whose median is meant.

    Returns
    -------
    ndarray, shape (coefficients,)
        On the scale; NaN for fewer than four draws, infinite where the median is.

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.random.default_rng(1).normal(size=(4, 500, 1))
    >>> bool(abs(error_of_median(draws)[0] - 1.2533 * 2000**-0.5) < 0.005)
    True
    """
    if draws.shape[1] < 4:
        return np.full(draws.shape[2], np.nan)
    from scipy.special import betaincinv

    x = np.ascontiguousarray(np.moveaxis(draws, 2, 0), dtype=np.float64)
    middle = np.median(x, axis=(1, 2), keepdims=True)
    half = 0.5 * _ess(_split((x <= middle).astype(np.float64))) + 1.0
    ordered = np.sort(x.reshape(len(x), -1), axis=1)
    last = ordered.shape[1] - 1
    below, above = (betaincinv(half, half, p) * (last + 1) - 1 for p in (0.1586553, 0.8413447))
    places = np.floor(np.maximum(below, 0)), np.ceil(np.minimum(above, last))
    low, high = (
        scale(np.take_along_axis(ordered, place.astype(np.intp)[:, None], axis=1)[:, 0])
        for place in places
    )
    return np.where(np.isinf(high), np.inf, 0.5 * (high - np.where(np.isinf(low), 0.0, low)))


def _split(x: np.ndarray) -> np.ndarray:
    """Return the two halves of each chain, without the middle draw of an odd number."""
    half = x.shape[2] // 2
    return np.concatenate([x[:, :, :half], x[:, :, -half:]], axis=1)


@lru_cache(maxsize=8)
def _scores(total: int) -> np.ndarray:
    """Return the normal scores of the ranks 1, 1.5, 2, ... total (Blom's offset)."""
    # The ranks are few and known, ties included, so a table serves all coefficients, and the
    # standard library's quantile function saves the half second of importing scipy.special.
    inverse = NormalDist().inv_cdf
    halves = total - 1
    low = np.array([inverse((1.0 + 0.5 * i - 0.375) / (total + 0.25)) for i in range(halves)])
    return np.concatenate([low, [0.0], -low[::-1]])


def _rank_scores(x: np.ndarray) -> np.ndarray:
    """Replace the draws of each coefficient, (coefficients, chains, draws), by normal scores."""
    flat = x.reshape(x.shape[0], -1)
    total = flat.shape[1]
    order = np.argsort(flat, axis=1)
    ordered = np.take_along_axis(flat, order, axis=1)
    starts = np.ones(flat.shape, dtype=bool)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=starts[:, 1:])
    # Equal draws share the average rank: their first place and their last, counted from zero.
    first = np.flatnonzero(starts)
    count = np.diff(first, append=flat.size)
    scores = _scores(total)[2 * (first % total) + count - 1]
    result = np.empty_like(flat)
    np.put_along_axis(result, order, np.repeat(scores, count).reshape(flat.shape), axis=1)
    return result.reshape(x.shape)


def _rhat(x: np.ndarray) -> np.ndarray:
    """Return the potential scale reduction of (coefficients, chains, draws)."""
    length = x.shape[2]
    between = length * x.mean(axis=2).var(axis=1, ddof=1)
    within = x.var(axis=2, ddof=1).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rhat: np.ndarray = np.sqrt((between / within + length - 1) / length)
    return rhat


def _ess(x: np.ndarray) -> np.ndarray:
    """Return the effective sample size of (coefficients, chains, draws)."""
    size, chains, length = x.shape
    total = chains * length
    result = np.full(size, float(total))
    # Draws that do not vary have no autocorrelation; ArviZ counts every draw then.
    varies = np.ptp(x, axis=(1, 2)) >= np.finfo(float).resolution
    if not varies.any():
        return result
    x = x[varies]
    mean = x.mean(axis=2)
    padded = 1 << (2 * length - 1).bit_length()
    spectrum = np.fft.rfft(x - mean[:, :, None], n=padded, axis=2)
    # The inverse transform is linear, so chains are averaged first.
    power = (spectrum.real**2 + spectrum.imag**2).mean(axis=1)
    autocovariance = np.fft.irfft(power, n=padded, axis=1)[:, :length] / length
    within = autocovariance[:, 0] * length / (length - 1.0)
    pooled = autocovariance[:, 0].copy()
    if chains > 1:
        pooled += mean.var(axis=1, ddof=1)
    rho = 1.0 - (within[:, None] - autocovariance) / pooled[:, None]
    rho[:, 0] = 1.0
    result[varies] = total / np.maximum(_geyer(rho), 1.0 / np.log10(total))
    return result


def _geyer(rho: np.ndarray) -> np.ndarray:
    """Return the integrated autocorrelation time by Geyer's initial monotone sequence.

    Parameters
    ----------
    rho : ndarray, shape (coefficients, lags)

    References
    ----------
    Geyer, C. J. (1992). Practical Markov chain Monte Carlo. doi:10.1214/ss/1177011137
    """
    lags = rho.shape[1]
    # Pairs (0, 1), (2, 3), ...; the last lags of a chain are too noisy to enter.
    pairs = max(1, (lags - 1) // 2)
    even, odd = rho[:, 0 : 2 * pairs : 2], rho[:, 1 : 2 * pairs : 2]
    sums = even + odd
    ended = sums <= 0.0
    # The pair at which the sequence ends, or the last pair.
    stop = np.where(ended.any(axis=1), ended.argmax(axis=1), pairs - 1)
    index = np.arange(pairs)
    kept = np.minimum.accumulate(np.where(index < stop[:, None], sums, np.inf), axis=1)
    time = -1.0 + 2.0 * np.where(index < stop[:, None], kept, 0.0).sum(axis=1)
    # Its even member still counts where it is positive (Vehtari et al. 2021, section 3.2).
    rows = np.arange(len(rho))
    final = even[rows, stop]
    negative = sums[rows, stop] < 0.0
    return time + np.where((final > 0.0) | ~negative, final, 0.0)
