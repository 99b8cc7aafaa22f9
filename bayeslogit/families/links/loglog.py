"""The log-log: the complementary log-log with event and non-event exchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayeslogit.families.links.base import Link
from bayeslogit.families.links.cloglog import Cloglog

__all__ = ["Loglog"]

_MIRROR = Cloglog()


@dataclass(frozen=True)
class Loglog(Link):
    """``F(eta) = exp(-exp(-eta))``, the Gumbel distribution of a maximum.

    ``F(eta) = 1 - G(-eta)`` with ``G`` that of the complementary log-log. ``log F = -exp(-eta)``
    leaves the range of doubles below ``eta = -709`` and is held at its value there.

    See Also
    --------
    Cloglog : The same with the outcome turned round.

    Examples
    --------
    >>> import numpy as np
    >>> Loglog().prob(np.array([-1.0, 0.0, 1.0])).round(4)
    array([0.066 , 0.3679, 0.6922])
    """

    name: ClassVar[str] = "loglog"
    scale: ClassVar[str] = "log-log"
    log_concave: ClassVar[bool] = True
    error_variance: ClassVar[float | None] = np.pi**2 / 6.0

    def prob(self, eta: np.ndarray) -> np.ndarray:
        """Return ``exp(-exp(-eta))``."""
        return _MIRROR.complement(-eta)

    def complement(self, eta: np.ndarray) -> np.ndarray:
        """Return ``1 - exp(-exp(-eta))``."""
        return _MIRROR.prob(-eta)

    def inverse(self, prob: np.ndarray) -> np.ndarray:
        """Return ``-log(-log(prob))``."""
        with np.errstate(divide="ignore"):
            return -np.log(-np.log(np.asarray(prob, dtype=float)))

    def inverse_complement(self, prob: np.ndarray) -> np.ndarray:
        """Return ``-log(-log(1 - prob))``."""
        with np.errstate(divide="ignore"):
            return -np.log(-np.log1p(-np.asarray(prob, dtype=float)))

    def log_density(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return ``-eta - m``, ``m - 1`` and ``m`` at ``m = exp(-eta)``."""
        value, slope, bend = _MIRROR.log_density(-eta)
        return value, -slope, bend

    def log_probs(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``log(1 - exp(-exp(-eta)))`` and ``-exp(-eta)``."""
        log_success, log_failure = _MIRROR.log_probs(-eta)
        return log_failure, log_success

    def total(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return the complementary log-log's total at ``-eta``, events and others exchanged.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, ``-log(-log(probability))``; overwritten.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        np.negative(eta, out=eta)
        return _MIRROR.total(eta, successes, failures)

    def slope(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return minus the complementary log-log's slope at ``-eta``, events and others exchanged.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, ``-log(-log(probability))``.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        return -_MIRROR.slope(-eta, successes, failures)

    def curvature(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return the complementary log-log's curvature at ``-eta``, events and others exchanged.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors, ``-log(-log(probability))``.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        return _MIRROR.curvature(-eta, successes, failures)
