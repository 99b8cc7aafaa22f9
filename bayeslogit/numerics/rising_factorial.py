"""Logarithms of rising factorials relative to powers, for the beta-binomial likelihood.

With ``x`` a positive number and ``m`` a count, ``Gamma(x + m) / Gamma(x) = x**m exp(excess)``.
The excess is what the beta-binomial log-likelihood adds to the binomial one. It vanishes for
large ``x``, where a difference of log-gamma functions would have no digits left.
"""

from __future__ import annotations

import numpy as np

__all__ = ["excess", "excess_curvature", "excess_slope"]

# From here on the asymptotic series below are exact in double precision.
_LARGE = 16.0
# exp of this is a double whose square root is far from overflow.
_FARTHEST = 700.0
# Coefficients of z, z**3, ...: of log Gamma, x digamma and x**2 trigamma, beyond their leading
# terms, in z = 1 / x (Bernoulli numbers).
_LOG_GAMMA = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760)
_TRIGAMMA = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)


def _series(coefficients: tuple[float, ...], z: np.ndarray) -> np.ndarray:
    """Return the odd power series with these coefficients of z, z**3, ..."""
    square: np.ndarray = z * z
    total: np.ndarray = np.zeros_like(z)
    for c in reversed(coefficients):
        total = total * square + c
    total *= z
    return total


def _parts(log_x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x for the direct formulas, x for the series, and where the series holds."""
    x = np.exp(np.clip(log_x, -_FARTHEST, _FARTHEST))
    large = x >= _LARGE
    return np.where(large, _LARGE, x), np.where(large, x, _LARGE), large


def excess(log_x: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Return ``log Gamma(x + m) - log Gamma(x) - m log x`` in nats; zero where m is 0 or 1.

    Parameters
    ----------
    log_x : ndarray
        Logarithm of x, any real number.
    m : ndarray
        Counts, zero or more, whole or fractional; they broadcast with ``log_x``.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(excess(np.log(2.0), 3.0)).round(12)  # 2 * 3 * 4 / 2**3
    np.float64(3.0)
    """
    from scipy.special import gammaln

    small, x, large = _parts(log_x)
    direct = (1.0 - m) * log_x + gammaln(small + m) - gammaln(small + 1.0)
    t, z = m / x, 1.0 / x
    far = x * np.log1p(t) - m + (m - 0.5) * np.log1p(t)
    far += _series(_LOG_GAMMA, 1.0 / (x + m)) - _series(_LOG_GAMMA, z)
    return np.where(m > 0.0, np.where(large, far, direct), 0.0)


def excess_slope(log_x: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Return the derivative of :func:`excess` by ``log_x``: for a count, ``-sum j / (x + j)``.

    Parameters
    ----------
    log_x : ndarray
        Logarithm of x, any real number.
    m : ndarray
        Counts, zero or more, whole or fractional; they broadcast with ``log_x``.
    """
    from scipy.special import digamma

    small, x, large = _parts(log_x)
    direct = small * (digamma(small + m) - digamma(small + 1.0)) + 1.0 - m
    t, z = m / x, 1.0 / x
    far = x * np.log1p(t) - m + 0.5 * t / (1.0 + t)
    far -= _series(_DIGAMMA, 1.0 / (x + m)) / (1.0 + t) - _series(_DIGAMMA, z)
    return np.where(m > 0.0, np.where(large, far, direct), 0.0)


def excess_curvature(log_x: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Return the second derivative of :func:`excess` by ``log_x``: ``sum j x / (x + j)**2``.

    Parameters
    ----------
    log_x : ndarray
        Logarithm of x, any real number.
    m : ndarray
        Counts, zero or more, whole or fractional; they broadcast with ``log_x``.
    """
    from scipy.special import digamma, zeta

    small, x, large = _parts(log_x)
    # At m = 0 trigamma may be infinite, and is not used.
    one = np.where(m > 0.0, m, 1.0)
    direct = small * (digamma(small + one) - digamma(small + 1.0))
    direct += small**2 * (zeta(2.0, small + one) - zeta(2.0, small + 1.0))
    t, z = m / x, 1.0 / x
    far = m * t / (1.0 + t) - 0.5 * t * (2.0 + t) / (1.0 + t) ** 2
    far += _series(_TRIGAMMA, 1.0 / (x + m)) / (1.0 + t) ** 2 - _series(_TRIGAMMA, z)
    far += excess_slope(log_x, m)
    return np.where(m > 0.0, np.where(large, far, direct), 0.0)
