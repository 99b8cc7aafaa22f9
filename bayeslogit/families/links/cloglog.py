"""The complementary log-log: the linear predictor is the logarithm of a cumulative hazard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayeslogit.families.links.base import Link

__all__ = ["Cloglog"]

# Beyond these, exp(eta) is not a normal double; it is held at the last one that is.
_SMALLEST, _LARGEST = -708.0, 709.0
# Below this hazard, series are more accurate than closed forms.
_SMALL = 0.05
# Cases of a row up to which its log F needs no relative accuracy.
_FEW = 16.0
_LOG2 = 0.6931471805599453


def _hazard(eta: np.ndarray) -> np.ndarray:
    """Return ``exp(eta)``, held within the doubles."""
    hazard: np.ndarray = np.exp(np.clip(eta, _SMALLEST, _LARGEST))
    return hazard


@dataclass(frozen=True)
class Cloglog(Link):
    """``F(eta) = 1 - exp(-exp(eta))``: an event by time 1 under proportional hazards.

    ``log(1 - F) = -exp(eta)`` leaves the range of doubles beyond ``eta = 709``; it is held at
    its value there, so that everything stays finite.

    See Also
    --------
    Loglog : The same with the outcome turned round.

    Examples
    --------
    >>> import numpy as np
    >>> Cloglog().prob(np.array([-1.0, 0.0, 1.0])).round(4)
    array([0.3078, 0.6321, 0.934 ])
    """

    name: ClassVar[str] = "cloglog"
    scale: ClassVar[str] = "complementary log-log"
    log_concave: ClassVar[bool] = True
    error_variance: ClassVar[float | None] = np.pi**2 / 6.0

    def prob(self, eta: np.ndarray) -> np.ndarray:
        """Return ``1 - exp(-exp(eta))``."""
        prob: np.ndarray = -np.expm1(-np.exp(np.minimum(eta, _LARGEST)))
        return prob

    def complement(self, eta: np.ndarray) -> np.ndarray:
        """Return ``exp(-exp(eta))``."""
        complement: np.ndarray = np.exp(-np.exp(np.minimum(eta, _LARGEST)))
        return complement

    def inverse(self, prob: np.ndarray) -> np.ndarray:
        """Return ``log(-log(1 - prob))``."""
        with np.errstate(divide="ignore"):
            eta: np.ndarray = np.log(-np.log1p(-np.asarray(prob, dtype=float)))
        return eta

    def inverse_complement(self, prob: np.ndarray) -> np.ndarray:
        """Return ``log(-log(prob))``."""
        with np.errstate(divide="ignore"):
            eta: np.ndarray = np.log(-np.log(np.asarray(prob, dtype=float)))
        return eta

    def log_density(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return ``eta - m``, ``1 - m`` and ``m`` at the hazard ``m = exp(eta)``."""
        held = np.clip(eta, _SMALLEST, _LARGEST)
        hazard = np.exp(held)
        return eta - hazard, -np.expm1(held), hazard

    def log_probs(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``-exp(eta)`` and ``log(1 - exp(-exp(eta)))``."""
        hazard = _hazard(eta)
        # (1 - exp(-m)) / m = exp(-m/2 + m**2/24 - m**4/2880 + ...).
        low = np.minimum(hazard, _SMALL)
        square = low * low
        series = eta - 0.5 * low + square * (1.0 / 24.0 - square / 2880.0)
        middle = np.log(-np.expm1(-np.clip(hazard, _SMALL, _LOG2)))
        high = np.log1p(-np.exp(-np.maximum(hazard, _LOG2)))
        upper = np.where(hazard < _LOG2, middle, high)
        return -hazard, np.where(hazard < _SMALL, series, upper)

    def total(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return the log-likelihood ``sum(failures log(1 - F) + successes log F)``.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, the logs of cumulative hazards; overwritten.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        result: np.ndarray
        if successes.max(initial=0.0) > _FEW:
            below, above = self.log_probs(eta)
            result = failures @ below + successes @ above
            return result
        # In a sum over single trials absolute accuracy is enough, and one formula for log F has
        # it everywhere.
        hazard = _hazard(eta)
        eta -= _SMALLEST
        np.minimum(eta, 0.0, out=eta)
        np.negative(hazard, out=hazard)
        result = failures @ hazard
        np.expm1(hazard, out=hazard)
        np.negative(hazard, out=hazard)
        np.log(hazard, out=hazard)
        hazard += eta
        result += successes @ hazard
        return result

    def slope(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return ``successes m / (exp(m) - 1) - failures m`` at the hazard ``m = exp(eta)``.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, the logs of cumulative hazards.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        hazard = _hazard(eta)
        ratio = hazard * np.exp(-hazard) / -np.expm1(-hazard)
        result: np.ndarray = successes[:, None] * ratio - failures[:, None] * hazard
        return result

    def curvature(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return ``successes r (g - 1) + failures m``; see the comments for r and g.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, the logs of cumulative hazards.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        hazard = _hazard(eta)
        share = -np.expm1(-hazard)
        # r = m / (exp(m) - 1) is the slope of log F, g = r exp(m), and r' = -r (g - 1).
        low = np.minimum(hazard, _SMALL)
        square = low * low
        series = low / 2.0 + square * (
            1.0 / 12.0 - square * (1.0 / 720.0 - square * (1.0 / 30240.0 - square / 1209600.0))
        )
        excess = np.where(hazard < _SMALL, series, (hazard - share) / share)
        bend = hazard * np.exp(-hazard) / share * excess
        result: np.ndarray = successes[:, None] * bend + failures[:, None] * hazard
        return result
