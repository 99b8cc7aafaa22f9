"""Logistic functions and sums of logarithms, stable for extreme values."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["expit", "log_expit", "logit", "softplus", "sum_log", "sum_log1p_exp_neg"]

# Logarithm of a number safely below the largest double.
_LARGEST_LOG = 709.0
# Up to so many elements, logarithms are taken of each rather than of products.
_FEW = 512
# Below this, exp(-eta) nears the largest double.
_SMALLEST = -700.0


def expit(eta: np.ndarray) -> np.ndarray:
    """Return probabilities: the standard logistic function, the inverse of :func:`logit`.

    Parameters
    ----------
    eta : ndarray
        Log-odds, any shape. Infinite values give 0 and 1.

    Returns
    -------
    ndarray
        Probabilities, the shape of ``eta``; relative error a few ulp in both tails.

    Examples
    --------
    >>> import numpy as np
    >>> expit(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    eta = np.asarray(eta, dtype=float)
    if eta.size and eta.min() < _SMALLEST:
        # exp of a non-positive number cannot overflow, and the tail keeps its accuracy down to
        # the smallest doubles.
        prob: np.ndarray = np.exp(np.minimum(eta, 0.0)) / (1.0 + np.exp(-np.abs(eta)))
        return prob
    # One exponential, in one array: new arrays cost as much as the arithmetic.
    out = np.negative(eta, out=np.empty_like(eta))
    np.exp(out, out=out)
    out += 1.0
    return np.reciprocal(out, out=out)[()]


def logit(prob: np.ndarray) -> np.ndarray:
    """Return the log-odds ``log(prob / (1 - prob))`` of probabilities.

    Parameters
    ----------
    prob : ndarray
        Probabilities in [0, 1], any shape.

    Returns
    -------
    ndarray
        Log-odds, the shape of ``prob``; infinite for 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> float(logit(np.array(0.5)))
    0.0
    """
    prob = np.asarray(prob, dtype=float)
    # Near one half the two logarithms cancel; 2 prob - 1 is exact there.
    middle = 2.0 * np.arctanh(np.clip(2.0 * prob - 1.0, -0.5, 0.5))
    with np.errstate(divide="ignore"):
        outer = np.log(prob) - np.log1p(-prob)
    return np.where(np.abs(prob - 0.5) < 0.25, middle, outer)


def softplus(eta: np.ndarray) -> np.ndarray:
    """Return ``log(1 + exp(eta))``, in nats: minus the log probability of a failure.

    Parameters
    ----------
    eta : ndarray
        Log-odds, any shape; nothing overflows.

    Examples
    --------
    >>> import numpy as np
    >>> softplus(np.array([-800.0, 0.0, 800.0]))
    array([0.00000000e+00, 6.93147181e-01, 8.00000000e+02])
    """
    eta = np.asarray(eta, dtype=float)
    result: np.ndarray = np.maximum(eta, 0.0) + np.log1p(np.exp(-np.abs(eta)))
    return result


def log_expit(eta: np.ndarray) -> np.ndarray:
    """Return the log probability ``log(expit(eta))`` in nats, accurate in both tails."""
    return -softplus(-np.asarray(eta, dtype=float))


def sum_log(factors: np.ndarray, highest: float, scratch: np.ndarray) -> np.ndarray:
    """Return ``sum(log(factors), axis=0)``, by logarithms of products that cannot overflow.

    The absolute error is at most the number of rows times the unit roundoff, which is enough for a
    sum of log-likelihoods.

    Parameters
    ----------
    factors : ndarray, shape (rows, columns)
        Numbers of at least one.
    highest : float
        No factor is above ``2 exp(highest)``.
    scratch : ndarray, shape (rows, columns)
        **Overwritten**; it may be ``factors`` itself.

    Returns
    -------
    ndarray, shape (columns,)

    Examples
    --------
    >>> import numpy as np
    >>> factors = np.full((5, 1), np.e)
    >>> sum_log(factors, 1.0, scratch=np.empty_like(factors))
    array([5.])
    """
    # Two to this many factors have a product below the largest double.
    halvings = int(math.log2(_LARGEST_LOG / (highest + 0.7))) if highest < _LARGEST_LOG / 2 else 0
    # Products of the upper and the lower half of the rows read memory in order for any shape.
    for _ in range(halvings):
        rows = len(factors)
        half = rows // 2
        # So few logarithms are as fast as another round of products.
        if half == 0 or factors.size <= _FEW:
            break
        product = scratch[: rows - half]
        np.multiply(factors[:half], factors[rows - half :], out=product[:half])
        product[half:] = factors[half : rows - half]
        factors = product
    return np.log(factors, out=scratch[: len(factors)]).sum(axis=0)


def sum_log1p_exp_neg(magnitude: np.ndarray) -> np.ndarray:
    """Return ``sum(log(1 + exp(-magnitude)), axis=0)`` with one logarithm per 512 rows or more.

    Parameters
    ----------
    magnitude : ndarray, shape (rows, columns)
        Absolute log-odds; **overwritten** (this is the hottest loop of the package).

    Returns
    -------
    ndarray, shape (columns,)
    """
    np.negative(magnitude, out=magnitude)
    np.exp(magnitude, out=magnitude)
    magnitude += 1.0
    return sum_log(magnitude, 0.0, scratch=magnitude)
