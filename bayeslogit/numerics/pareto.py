"""Pareto smoothing of importance weights, for one row of draws or for many rows at once.

The largest weights of a row, a few in a hundred, are replaced by quantiles of a generalised Pareto
distribution fitted to them. Its shape, Pareto k, says whether estimates by them are reliable.

References
----------
Vehtari, A., Simpson, D., Gelman, A., Yao, Y. and Gabry, J. (2024). Pareto smoothed importance
sampling. arXiv:1507.02646
Zhang, J. and Stephens, M. A. (2009). A new and efficient estimation method for the generalized
Pareto distribution. doi:10.1198/tech.2009.08017
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "UNRELIABLE",
    "doubtful_cases",
    "pareto_smooth",
    "reliable_k",
    "smooth_largest",
    "smooth_tails",
    "smooth_weights",
    "tail_length",
]

# Pareto k above which an estimate by importance sampling cannot be relied on.
UNRELIABLE = 0.7
# Factors multiplied before a logarithm is taken.
_GROUP = 8
# Slopes, in units of one over the largest excess, below which ``1 - slope * excess`` is too near
# one to keep the digits of its logarithm.
_SHALLOW = 1e-3
# Tails fitted together: their arrays stay in the cache.
_TAILS = 32


def reliable_k(draws: int) -> float:
    """Return the Pareto k up to which weights of so many draws are reliable: 0.7 at most.

    Examples
    --------
    >>> reliable_k(4000), round(reliable_k(100), 2)
    (0.7, 0.5)
    """
    return min(0.7, 1.0 - 1.0 / float(np.log10(max(draws, 11))))


def doubtful_cases(k: np.ndarray, limit: float, times: np.ndarray | None = None) -> str:
    """Return in words how many cases are unreliable by their Pareto k; empty if none.

    Parameters
    ----------
    k : ndarray, shape (kinds,)
        Pareto k of each kind of case; NaN if unknown.
    limit : float
        Largest reliable value, as :func:`reliable_k` gives it.
    times : ndarray of shape (kinds,), optional
        How many cases there are of each kind; one by default.

    Examples
    --------
    >>> doubtful_cases(np.array([0.2, 0.9]), 0.7)
    '1 case has a Pareto k above 0.70'
    >>> doubtful_cases(np.array([0.2, 0.9, np.nan]), 0.7)
    '2 cases have a Pareto k above 0.70, or none'
    >>> doubtful_cases(np.full(2, np.nan), 0.7, np.array([1.0, 2.0]))
    '3 cases have no Pareto k, for want of different draws'
    """
    each = np.ones(len(k)) if times is None else times
    large, unknown = float(each[k > limit].sum()), float(each[np.isnan(k)].sum())
    number = large + unknown
    if number == 0:
        return ""
    cases = "1 case has" if number == 1 else f"{number:.15g} cases have"
    if large == 0:
        return f"{cases} no Pareto k, for want of different draws"
    return f"{cases} a Pareto k above {limit:.2f}" + (", or none" if unknown else "")


def tail_length(draws: int) -> int:
    """Return the number of largest weights that are smoothed; with fewer than 5, none are.

    Examples
    --------
    >>> tail_length(4000)
    189
    """
    return int(3.0 * np.sqrt(draws)) if draws > 225 else draws // 5


def pareto_smooth(log_weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Smooth the largest importance weights by a Pareto distribution and return its shape k.

    Parameters
    ----------
    log_weights : ndarray, shape (draws,)
        Log of target over proposal, in nats, up to a constant.

    Returns
    -------
    log_weights : ndarray, shape (draws,)
        Smoothed and normalised: their exponentials sum to one.
    k : float
        Below 0.5 the weights have a finite variance; above 0.7 an importance-sampling estimate
        is unreliable. NaN for fewer than 25 draws, and -inf where all large weights are equal.

    Examples
    --------
    >>> log_weights, k = pareto_smooth(np.zeros(1000))
    >>> float(np.exp(log_weights).sum().round(12)), k
    (1.0, -inf)
    """
    log_weights = log_weights - np.max(log_weights)
    tail = tail_length(log_weights.size)
    k = np.nan
    if tail >= 5:
        order = np.argsort(log_weights)
        largest = order[-tail:]
        cutoff = np.exp(log_weights[order[-tail - 1]])
        smooth, shape = smooth_largest(np.exp(log_weights[largest])[None], cutoff[None])
        k = float(shape[0])
        if np.isfinite(k):
            log_weights[largest] = np.log(smooth[0])
    peak = np.max(log_weights)
    return log_weights - peak - np.log(np.exp(log_weights - peak).sum()), k


def smooth_tails(weights: np.ndarray) -> np.ndarray:
    """Smooth the largest of positive weights in place and return the Pareto k of each row.

    Parameters
    ----------
    weights : ndarray, shape (rows, draws)
        Positive, on any scale, which may differ between rows; overwritten.

    Returns
    -------
    k : ndarray, shape (rows,)
        As in :func:`pareto_smooth`.

    Examples
    --------
    >>> weights = np.arange(1.0, 101.0)[None]
    >>> float(smooth_tails(weights)[0]) < 0.5, bool(weights.max() <= 100.0)
    (True, True)
    """
    n, draws = weights.shape
    tail = tail_length(draws)
    if tail < 5:
        return np.full(n, np.nan)
    order = np.argpartition(weights, draws - tail - 1, axis=1)[:, -tail - 1 :]
    cutoff = np.take_along_axis(weights, order[:, :1], 1)[:, 0]
    largest = np.take_along_axis(weights, order[:, 1:], 1)
    rising = np.argsort(largest, axis=1)
    place = np.take_along_axis(order[:, 1:], rising, 1)
    smooth, k = smooth_largest(np.take_along_axis(largest, rising, 1), cutoff)
    np.put_along_axis(weights, place, smooth, 1)
    return k


def smooth_weights(log_weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return smoothed importance weights of many rows at once, and the Pareto k of each.

    Parameters
    ----------
    log_weights : ndarray, shape (rows, draws)
        Up to a constant for each row, in nats.

    Returns
    -------
    weights : ndarray, shape (rows, draws)
        Summing to one in each row.
    k : ndarray, shape (rows,)
        As in :func:`pareto_smooth`.

    Examples
    --------
    >>> weights, k = smooth_weights(np.log([[1.0, 3.0]]))
    >>> weights.round(12).tolist(), k.tolist()
    ([[0.25, 0.75]], [nan])
    """
    weights = np.exp(log_weights - log_weights.max(axis=1, keepdims=True))
    k = smooth_tails(weights)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights, k


def smooth_largest(largest: np.ndarray, cutoff: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the smoothed largest weights, and the Pareto k of each row.

    Parameters
    ----------
    largest : ndarray, shape (rows, tail)
        Increasing in each row, on any scale.
    cutoff : ndarray, shape (rows,)
        The next smaller weight.

    Returns
    -------
    smooth : ndarray, shape (rows, tail)
        Increasing, none above the largest weight; unchanged where k is not finite.
    k : ndarray, shape (rows,)
        -inf where the largest are all equal, NaN where a quarter of them are.
    """
    tail = largest.shape[1]
    excess = largest - cutoff[:, None]
    k = np.full(len(largest), -np.inf)
    varies = excess[:, -1] - excess[:, 0] >= np.finfo(float).tiny
    k[varies] = np.nan
    used = np.flatnonzero(varies & (excess[:, int(tail / 4 + 0.5) - 1] > excess[:, 0]))
    smooth = largest.copy()
    logs = np.log1p(-(np.arange(tail) + 0.5) / tail)
    for start in range(0, len(used), _TAILS):
        rows = used[start : start + _TAILS]
        shape, scale = _fit_tails(excess[rows])
        flat = np.where(shape == 0.0, 1e-300, shape)[:, None]
        with np.errstate(over="ignore"):  # none stays above the largest
            fitted = cutoff[rows, None] + (scale[:, None] / flat) * np.expm1(-flat * logs)
        smooth[rows] = np.minimum(fitted, largest[rows, -1:])
        k[rows] = shape
    return smooth, k


@np.errstate(over="ignore", invalid="ignore")  # excesses of the smallest numbers have no k
def _fit_tails(excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return shape and scale of generalised Pareto distributions of sorted excesses (rows, tail).

    The shape is the empirical-Bayes estimate of Zhang and Stephens, drawn towards 0.5 with the
    weight of ten observations.
    """
    count = excess.shape[1]
    grid = 30 + int(np.sqrt(count))
    base = (1.0 - np.sqrt(grid / (np.arange(grid) + 0.5))) / 3.0
    # One minus each slope, in units of one over the largest excess.
    rest = -base * (excess[:, -1] / excess[:, int(count / 4 + 0.5) - 1])[:, None]
    slope = (1.0 - rest) / excess[:, -1:]
    mean = _mean_log(rest, excess)
    profile = count * (np.log(-slope / mean) - mean - 1.0)
    weight = np.exp(profile - profile.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    weight[weight < 10 * np.finfo(float).eps] = 0.0
    best = (slope * weight).sum(axis=1) / weight.sum(axis=1)
    own = np.log1p(-best[:, None] * excess).mean(axis=1)
    return (count * own + 5.0) / (count + 10.0), -own / best


def _mean_log(rest: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Return the mean over the tail of ``log(1 - slope * excess)``, (rows, slopes).

    ``rest``, (rows, slopes) and positive, is one minus the slope in units of one over the largest
    excess. With u an excess over the largest, a factor is ``(1 - u) + rest * u``: a product of
    several is a polynomial in ``rest`` without negative terms, where nothing cancels. So the
    products of a whole tail at all slopes are one matrix product, and logarithms are few.
    """
    tail = excess.shape[1]
    largest = excess[:, -1:]
    power = np.empty((_GROUP + 1, *rest.shape))
    power[0] = 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(_GROUP):
            np.multiply(power[i], rest, out=power[i + 1])
        coefficients = _products((largest - excess) / largest, excess / largest)
        product = np.matmul(power.transpose(1, 2, 0), coefficients.transpose(1, 0, 2))
        mean: np.ndarray = np.log(product, out=product).sum(axis=2) / tail
    again = np.nonzero((np.abs(1.0 - rest) < _SHALLOW) | ~np.isfinite(mean))
    if len(again[0]):
        slope = (1.0 - rest[again]) / largest[again[0], 0]
        mean[again] = np.log1p(-slope[:, None] * excess[again[0]]).mean(axis=1)
    return mean


def _products(constant: np.ndarray, linear: np.ndarray) -> np.ndarray:
    """Return the coefficients of products of factors ``constant + linear * x``.

    Both are (rows, tail); the result is (degrees, rows, products).
    """
    n, tail = linear.shape
    products = -(-tail // _GROUP)
    result = np.zeros((2, _GROUP, n, products))
    result[0] = 1.0
    for i in range(_GROUP):
        some = linear[:, i::_GROUP]
        result[0, i, :, : some.shape[1]] = constant[:, i::_GROUP]
        result[1, i, :, : some.shape[1]] = some
    while result.shape[1] > 1:
        half = result.shape[1] // 2
        a, b = result[:, :half], result[:, half:]
        result = np.zeros((2 * len(a) - 1, half, n, products))
        for i, term in enumerate(a):
            result[i : i + len(b)] += term * b
    return result[:, 0]
