"""Random numbers from the Polya-Gamma distribution PG(b, z).

PG(b, z) is the distribution of ``sum_k g_k / (2 pi**2 ((k - 1/2)**2 + z**2 / (4 pi**2)))`` with
independent ``g_k`` from Gamma(b, 1), k = 1, 2, ...; its Laplace transform is
``(cosh(z/2) / cosh(sqrt(z**2/4 + t/2)))**b``.

Three algorithms, chosen for each element:

- ``|z| >= 40``: an inverse Gaussian with mean ``b / (2 |z|)`` and shape ``b**2 / 4``. Its Laplace
  transform differs by a factor within ``b exp(-|z|)`` of one, 4e-18 b: exact in double precision.
- ``b`` a whole number up to 6: the sum of ``b`` draws of PG(1, z), each exact by Devroye's
  alternating-series rejection.
- else: ``20 + 1.5 |z|`` terms of the sum, and one Gamma variable with the mean and variance of all
  other terms in their place. Mean and variance are exact; the third cumulant is within 1e-6 of its
  value (5e-10 at z = 0), for every ``b``, whole or fractional.

References
----------
Polson, N. G., Scott, J. G. and Windle, J. (2013). Bayesian inference for logistic models using
Polya-Gamma latent variables. doi:10.1080/01621459.2013.829001
Devroye, L. (2009). On exact simulation algorithms for some distributions related to Jacobi theta
functions. doi:10.1016/j.spl.2009.07.028
"""

from __future__ import annotations

import numpy as np

__all__ = ["mean", "random_polya_gamma", "variance"]

_INVERSE_GAUSSIAN = 40.0
_WHOLE = 6
_BLOCK = 262144
_CUT = 0.64  # where the two series meet: Devroye's choice, close to optimal
_TERMS = 20


def mean(b: np.ndarray | float, z: np.ndarray | float) -> np.ndarray:
    """Return the mean ``b tanh(z/2) / (2z)`` of PG(b, z), elementwise.

    Parameters
    ----------
    b : ndarray
        Shape, at least 0.
    z : ndarray
        Tilt, in log-odds; its sign does not matter.

    Examples
    --------
    >>> float(mean(1.0, 0.0))
    0.25
    """
    half = 0.5 * np.abs(z)
    small = half < 1e-4
    safe = np.where(small, 1.0, half)
    result: np.ndarray = 0.25 * b * np.where(small, 1.0 - half**2 / 3.0, np.tanh(safe) / safe)
    return result


def variance(b: np.ndarray | float, z: np.ndarray | float) -> np.ndarray:
    """Return the variance ``b (sinh z - z) / (4 z**3 cosh(z/2)**2)`` of PG(b, z), elementwise.

    Parameters
    ----------
    b : ndarray
        Shape, at least 0.
    z : ndarray
        Tilt, in log-odds; its sign does not matter.

    Examples
    --------
    >>> float(variance(24.0, 0.0))
    1.0
    """
    z = np.abs(z)
    small = z < 0.3
    safe = np.where(small, 1.0, z)
    decay = np.exp(-safe)
    # Numerator and denominator times 2 exp(-z), so that neither overflows.
    direct = (1.0 - decay**2 - 2.0 * safe * decay) / (2.0 * safe**3 * (1.0 + decay) ** 2)
    square = np.where(small, z, 0.0) ** 2
    # The power series of sinh z - z over z**3; the next term is below 1e-13 of it.
    series = (1 / 6 + square * (1 / 120 + square * (1 / 5040 + square / 362880))) / (
        4.0 * np.cosh(0.5 * np.where(small, z, 0.0)) ** 2
    )
    return b * np.where(small, series, direct)


def random_polya_gamma(
    b: np.ndarray | float, z: np.ndarray | float, rng: np.random.Generator
) -> np.ndarray:
    """Return draws from PG(b, z).

    Parameters
    ----------
    b : ndarray
        Shape, at least 0, whole or fractional; PG(0, z) is zero.
    z : ndarray
        Tilt, in log-odds; its sign does not matter.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray
        Of the shape that ``b`` and ``z`` broadcast to.

    Raises
    ------
    ValueError
        If a shape is negative, or anything is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> draws = random_polya_gamma(np.ones(20000), np.full(20000, 2.0), np.random.default_rng(1))
    >>> bool(abs(draws.mean() - mean(1.0, 2.0)) < 0.005)
    True
    """
    b, z = np.broadcast_arrays(np.asarray(b, dtype=float), np.abs(z))
    shape = b.shape
    b, z = b.ravel(), z.ravel()
    if not (np.all(np.isfinite(b) & (b >= 0.0)) and np.all(np.isfinite(z))):
        wrong = np.flatnonzero(~(np.isfinite(b) & (b >= 0.0) & np.isfinite(z)))[0]
        raise ValueError(
            f"PG(b, z) got b={b[wrong]}, z={z[wrong]}; expected finite numbers and b of at least "
            "0; check counts, weights and the scale of the predictors"
        )
    result = np.zeros(b.size)
    near = z < _INVERSE_GAUSSIAN
    few = (b <= _WHOLE) & (b == np.round(b))
    far = np.flatnonzero(~near & (b > 0.0))
    result[far] = rng.wald(b[far] / (2.0 * z[far]), 0.25 * b[far] ** 2)
    whole = np.flatnonzero(near & few & (b > 0.0))
    result[whole] = _sums(b[whole].astype(np.int64), z[whole], rng)
    series = np.flatnonzero(near & ~few)
    result[series] = _series(b[series], z[series], rng)
    return result.reshape(shape)


def _sums(b: np.ndarray, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return sums of b draws of PG(1, z)."""
    if np.all(b == 1):
        return _one(z, rng)
    result = np.zeros(len(b))
    for k in range(int(b.max(initial=0))):
        where = np.flatnonzero(b > k)
        result[where] += _one(z[where], rng)
    return result


def _series(b: np.ndarray, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return draws by the first terms of the sum and a Gamma variable for the rest."""
    result = np.empty(len(b))
    terms = _TERMS + np.ceil(1.5 * z / 10.0).astype(int) * 10
    for count in np.unique(terms):
        group = np.flatnonzero(terms == count)
        step = max(1, _BLOCK // int(count))
        for start in range(0, len(group), step):
            part = group[start : start + step]
            result[part] = _terms(b[part], z[part], int(count), rng)
    return result


def _terms(b: np.ndarray, z: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return draws by ``count`` terms of the sum and a Gamma variable for the rest."""
    k = np.arange(count) + 0.5
    scale = 0.5 / (np.pi**2 * k[:, None] ** 2 + 0.25 * z**2)
    total: np.ndarray = (scale * rng.standard_gamma(np.broadcast_to(b, scale.shape))).sum(axis=0)
    rest_mean = mean(1.0, z) - scale.sum(axis=0)
    rest_variance = variance(1.0, z) - np.square(scale).sum(axis=0)
    shape = b * rest_mean**2 / rest_variance
    total += rest_variance / rest_mean * rng.standard_gamma(shape)
    return total


def _one(z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return draws of PG(1, z), z >= 0, by Devroye's alternating-series rejection."""
    from scipy.special import log_ndtr

    half = 0.5 * z
    rate = np.pi**2 / 8.0 + 0.5 * half**2
    # Log masses of the two proposals: exponential beyond the cut, inverse Gaussian below it.
    log_right = np.log(np.pi / 2.0 / rate) - rate * _CUT
    root = np.sqrt(_CUT)
    log_left = np.log(2.0) + np.logaddexp(
        -half + log_ndtr((_CUT * half - 1.0) / root),
        half + log_ndtr(-(_CUT * half + 1.0) / root),
    )
    right_share = 1.0 / (1.0 + np.exp(log_left - log_right))
    result = np.empty(len(z))
    open_ = np.arange(len(z))
    while open_.size:
        right = rng.random(open_.size) < right_share[open_]
        x = np.empty(open_.size)
        x[right] = _CUT + rng.standard_exponential(int(right.sum())) / rate[open_[right]]
        x[~right] = _truncated(half[open_[~right]], rng)
        kept = _accept(x, rng)
        result[open_[kept]] = 0.25 * x[kept]
        open_ = open_[~kept]
    return result


def _coefficient(n: int, x: np.ndarray) -> np.ndarray:
    """Return the n-th term of the series, relative to the proposal (the term of n = 0)."""
    k = n + 0.5
    below = np.exp(-2.0 * (k**2 - 0.25) / np.minimum(x, _CUT))
    above = np.exp(-0.5 * np.pi**2 * (k**2 - 0.25) * np.maximum(x, _CUT))
    term: np.ndarray = 2.0 * k * np.where(x <= _CUT, below, above)
    return term


def _accept(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return which proposals are kept: partial sums bound the density ever more closely."""
    y = rng.random(len(x))
    partial = np.ones(len(x))
    kept = np.zeros(len(x), dtype=bool)
    open_ = np.arange(len(x))
    n = 0
    while open_.size:
        n += 1
        term = _coefficient(n, x[open_])
        if n % 2:
            partial[open_] -= term
            decided = y[open_] <= partial[open_]
            kept[open_[decided]] = True
        else:
            partial[open_] += term
            decided = y[open_] > partial[open_]
        open_ = open_[~decided]
    return kept


def _truncated(half: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return draws of the inverse Gaussian with mean 1/half and shape 1, below the cut."""
    x = np.empty(len(half))
    wide = half < 1.0 / _CUT
    open_ = np.flatnonzero(wide)
    while open_.size:
        # The mean is beyond the cut: an inverse chi-square below the cut, thinned. It is drawn as
        # a normal variable above 1/sqrt(cut), by exponentials (Marsaglia's tail method).
        first, second = rng.standard_exponential((2, open_.size))
        proposal = _CUT / (1.0 + _CUT * first) ** 2
        kept = (first**2 <= 2.0 * second / _CUT) & (
            rng.random(open_.size) <= np.exp(-0.5 * half[open_] ** 2 * proposal)
        )
        x[open_[kept]] = proposal[kept]
        open_ = open_[~kept]
    open_ = np.flatnonzero(~wide)
    while open_.size:
        proposal = rng.wald(1.0 / half[open_], 1.0)
        kept = proposal <= _CUT
        x[open_[kept]] = proposal[kept]
        open_ = open_[~kept]
    return x
