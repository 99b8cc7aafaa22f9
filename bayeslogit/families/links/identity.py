"""The identity link: the linear predictor is the probability itself, so it is from zero to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayeslogit.families.links.base import Link

__all__ = ["Identity"]

# Derivatives are held at this distance from zero, beyond which they are not doubles.
_NEAREST = 1e-150


@dataclass(frozen=True)
class Identity(Link):
    """``F(eta) = eta`` of ``0 < eta < 1``: coefficients are risk differences.

    The range ends at zero and at one: the log-likelihood is ``-inf`` beyond, and so is every
    posterior.

    See Also
    --------
    Log : Exponentials of coefficients are risk ratios.

    References
    ----------
    Wacholder, S. (1986). Binomial regression in GLIM: estimating risk ratios and risk differences.
    doi:10.1093/oxfordjournals.aje.a114212

    Examples
    --------
    >>> import numpy as np
    >>> Identity().prob(np.array([0.1, 0.2, 0.4]))
    array([0.1, 0.2, 0.4])
    """

    name: ClassVar[str] = "identity"
    scale: ClassVar[str] = "risk"
    log_concave: ClassVar[bool] = True
    error_variance: ClassVar[float | None] = None
    effect: ClassVar[str] = "difference"
    coefficient: ClassVar[str] = "risk difference"
    low: ClassVar[float] = 0.0
    high: ClassVar[float] = 1.0

    def prob(self, eta: np.ndarray) -> np.ndarray:
        """Return ``eta``; 0 or 1 beyond the borders."""
        prob: np.ndarray = np.clip(eta, 0.0, 1.0)
        return prob

    def complement(self, eta: np.ndarray) -> np.ndarray:
        """Return ``1 - eta``; 1 or 0 beyond the borders."""
        complement: np.ndarray = 1.0 - np.clip(eta, 0.0, 1.0)
        return complement

    def inverse(self, prob: np.ndarray) -> np.ndarray:
        """Return ``prob``."""
        return np.array(prob, dtype=float)

    def inverse_complement(self, prob: np.ndarray) -> np.ndarray:
        """Return ``1 - prob``."""
        return 1.0 - np.asarray(prob, dtype=float)

    def log_density(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return zeros: the density is one, and flat."""
        outside = (eta < 0.0) | (eta > 1.0)
        return np.where(outside, -np.inf, 0.0), np.zeros_like(eta), np.zeros_like(eta)

    def log_probs(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``log(1 - eta)`` and ``log(eta)``, in nats; the borders' beyond them."""
        held = np.clip(eta, 0.0, 1.0)
        with np.errstate(divide="ignore"):
            return np.log1p(-held), np.log(held)

    def total(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return the log-likelihood summed over rows; ``-inf`` beyond the borders.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Probabilities.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        outside = ((eta < 0.0) | (eta > 1.0)).any(axis=0)
        held = np.clip(eta, 0.0, 1.0)
        lost, won = failures > 0, successes > 0
        with np.errstate(divide="ignore"):
            total: np.ndarray = failures[lost] @ np.log1p(-held[lost])
            total += successes[won] @ np.log(held[won])
        return np.where(outside, -np.inf, total)

    def slope(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return ``successes / eta - failures / (1 - eta)``.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Probabilities.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        up, down = _shares(eta)
        slope: np.ndarray = successes[:, None] / up - failures[:, None] / down
        return slope

    def curvature(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return ``successes / eta**2 + failures / (1 - eta)**2``.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Probabilities.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        up, down = _shares(eta)
        curvature: np.ndarray = successes[:, None] / up**2 + failures[:, None] / down**2
        return curvature


def _shares(eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities and one minus them, both above zero."""
    held = np.clip(eta, 0.0, 1.0)
    return np.maximum(held, _NEAREST), np.maximum(1.0 - held, _NEAREST)
