"""The cauchit: the linear predictor is a quantile of the standard Cauchy distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayeslogit.families.links.symmetric import SymmetricLink

__all__ = ["Cauchit"]

# The square of anything much beyond is not a double; derivatives are held there.
_FAR = 1e150


@dataclass(frozen=True)
class Cauchit(SymmetricLink):
    """``F(eta) = 1/2 + arctan(eta) / pi``: tails so heavy that no single row dominates a fit.

    The log-likelihood is not concave and may have several modes.

    See Also
    --------
    Logit : Lighter tails.

    References
    ----------
    Koenker, R. and Yoon, J. (2009). Parametric links for binary choice models: a Fisherian-Bayesian
    colloquy. doi:10.1016/j.jeconom.2009.01.009

    Examples
    --------
    >>> import numpy as np
    >>> Cauchit().prob(np.array([-1.0, 0.0, 1.0])).round(4)
    array([0.25, 0.5 , 0.75])
    """

    name: ClassVar[str] = "cauchit"
    scale: ClassVar[str] = "cauchit"
    log_concave: ClassVar[bool] = False
    decay: ClassVar[float] = 1.0
    error_variance: ClassVar[float | None] = None

    def prob(self, eta: np.ndarray) -> np.ndarray:
        """Return ``1/2 + arctan(eta) / pi``."""
        # The angle of the point (-eta, 1): arctan(1 / -eta) in the lower tail, without
        # cancellation, and no division at zero.
        prob: np.ndarray = np.arctan2(1.0, -eta) / math.pi
        return prob

    def shares(self, eta: np.ndarray) -> np.ndarray:
        """Return the probabilities below, between and above increasing values.

        The difference of two arc tangents is one of ``(u - l) / (1 + u l)``, which keeps its
        digits far out, where the tails fall slowly.
        """
        result = np.empty((len(eta) + 1, *eta.shape[1:]))
        result[0], result[-1] = self.prob(eta[0]), self.complement(eta[-1])
        with np.errstate(over="ignore"):
            product = 1.0 + eta[1:] * eta[:-1]
        result[1:-1] = np.arctan2(eta[1:] - eta[:-1], product) / np.pi
        return result

    def inverse(self, prob: np.ndarray) -> np.ndarray:
        """Return ``tan(pi (prob - 1/2))``."""
        prob = np.asarray(prob, dtype=float)
        # From the nearer of 0 and 1 where the tangent is steep, and from one half elsewhere.
        end = np.minimum(prob, 1.0 - prob)
        with np.errstate(divide="ignore"):
            outer = np.copysign(1.0 / np.tan(math.pi * end), prob - 0.5)
        inner = np.tan(math.pi * np.clip(prob - 0.5, -0.25, 0.25))
        return np.where(end < 0.25, outer, inner)

    def log_prob(self, eta: np.ndarray) -> np.ndarray:
        """Return ``log(1/2 + arctan(eta) / pi)``."""
        tail = self.prob(-np.abs(eta))
        return np.where(eta < 0.0, np.log(tail), np.log1p(-tail))

    def log_density(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the Cauchy log density, its slope, and minus its curvature."""
        eta = np.clip(eta, -_FAR, _FAR)
        square = eta * eta
        value = -math.log(math.pi) - np.log1p(square)
        # The factors of the difference of squares keep its digits near one.
        bend = 2.0 * ((1.0 - eta) / (1.0 + square)) * ((1.0 + eta) / (1.0 + square))
        return value, -2.0 * eta / (1.0 + square), bend

    def ratio(self, eta: np.ndarray) -> np.ndarray:
        """Return ``1 / (pi (1 + eta**2) F(eta))``."""
        eta = np.clip(eta, -_FAR, _FAR)
        ratio: np.ndarray = 1.0 / (math.pi * (1.0 + eta * eta) * self.prob(eta))
        return ratio

    def bend(self, eta: np.ndarray) -> np.ndarray:
        """Return ``ratio (ratio + 2 eta / (1 + eta**2))``, negative in the lower tail."""
        eta = np.clip(eta, -_FAR, _FAR)
        ratio = self.ratio(eta)
        bend: np.ndarray = ratio * (ratio + 2.0 * eta / (1.0 + eta * eta))
        return bend
