"""The log link: the linear predictor is the logarithm of a probability, so it is below zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayeslogit.families.links.base import Link

__all__ = ["Log"]

# Derivatives are held at this distance from the border, beyond which they are not doubles.
_NEAREST = 1e-150
# Below this, log(1 - exp(eta)) has its digits from log1p.
_LOW = -0.6931471805599453


def _inside(eta: np.ndarray) -> np.ndarray:
    """Return linear predictors, those at or beyond the border just inside it."""
    inside: np.ndarray = np.minimum(eta, -_NEAREST)
    return inside


def _log_complement(eta: np.ndarray) -> np.ndarray:
    """Return ``log(1 - exp(eta))`` of negative numbers; ``-inf`` at zero and beyond."""
    below = np.minimum(eta, 0.0)
    with np.errstate(divide="ignore"):
        near = np.log(-np.expm1(np.maximum(below, _LOW)))
    far = np.log1p(-np.exp(np.minimum(below, _LOW)))
    result: np.ndarray = np.where(below < _LOW, far, near)
    return result


@dataclass(frozen=True)
class Log(Link):
    """``F(eta) = exp(eta)`` of ``eta < 0``: exponentials of coefficients are risk ratios.

    A linear predictor of zero is a probability of one, where the range ends: the log-likelihood
    is ``-inf`` beyond, and so is every posterior.

    See Also
    --------
    Identity : Coefficients are risk differences.

    References
    ----------
    Wacholder, S. (1986). Binomial regression in GLIM: estimating risk ratios and risk differences.
    doi:10.1093/oxfordjournals.aje.a114212
    Chu, H. and Cole, S. R. (2010). Estimation of risk ratios in cohort studies with common
    outcomes: a Bayesian approach. doi:10.1097/EDE.0b013e3181f2012b

    Examples
    --------
    >>> import numpy as np
    >>> Log().prob(np.log([0.1, 0.2, 0.4])).round(4)
    array([0.1, 0.2, 0.4])
    """

    name: ClassVar[str] = "log"
    scale: ClassVar[str] = "log risk"
    log_concave: ClassVar[bool] = True
    error_variance: ClassVar[float | None] = None
    exponential: ClassVar[str] = "risk_ratio"
    effect: ClassVar[str] = "ratio"
    high: ClassVar[float] = 0.0

    def prob(self, eta: np.ndarray) -> np.ndarray:
        """Return ``exp(eta)``; 1 beyond the border."""
        prob: np.ndarray = np.exp(np.minimum(eta, 0.0))
        return prob

    def complement(self, eta: np.ndarray) -> np.ndarray:
        """Return ``1 - exp(eta)``; 0 beyond the border."""
        complement: np.ndarray = -np.expm1(np.minimum(eta, 0.0))
        return complement

    def inverse(self, prob: np.ndarray) -> np.ndarray:
        """Return ``log(prob)``."""
        with np.errstate(divide="ignore"):
            eta: np.ndarray = np.log(np.asarray(prob, dtype=float))
        return eta

    def inverse_complement(self, prob: np.ndarray) -> np.ndarray:
        """Return ``log(1 - prob)``."""
        with np.errstate(divide="ignore"):
            eta: np.ndarray = np.log1p(-np.asarray(prob, dtype=float))
        return eta

    def log_density(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return ``eta``, which is the log density, its slope of one, and minus its curvature."""
        return np.where(eta > 0.0, -np.inf, eta), np.ones_like(eta), np.zeros_like(eta)

    def log_probs(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``log(1 - exp(eta))`` and ``eta``, in nats; the border's beyond it."""
        return _log_complement(eta), np.minimum(eta, 0.0)

    def total(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return the log-likelihood summed over rows; ``-inf`` beyond the border.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Logarithms of probabilities.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        outside = (eta > 0.0).any(axis=0)
        lost = failures > 0
        total: np.ndarray = successes @ eta + failures[lost] @ _log_complement(eta[lost])
        return np.where(outside, -np.inf, total)

    def slope(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return ``successes - failures exp(eta) / (1 - exp(eta))``.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Logarithms of probabilities.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        slope: np.ndarray = successes[:, None] - failures[:, None] * _odds(eta)
        return slope

    def curvature(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return ``failures exp(eta) / (1 - exp(eta))**2``.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Logarithms of probabilities.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        odds = _odds(eta)
        curvature: np.ndarray = failures[:, None] * (odds * (1.0 + odds))
        return curvature


def _odds(eta: np.ndarray) -> np.ndarray:
    """Return ``exp(eta) / (1 - exp(eta))``."""
    eta = _inside(eta)
    odds: np.ndarray = np.exp(eta) / -np.expm1(eta)
    return odds
