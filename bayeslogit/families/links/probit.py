"""The probit: the linear predictor is a quantile of the standard normal distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayeslogit.families.links.symmetric import SymmetricLink

__all__ = ["Probit"]

# The square of anything beyond is not a double.
_FAR = 1e154
# Below -20 the difference ``ratio(eta) + eta`` loses digits; its expansion does not.
_TAIL = 20.0
# ratio(-x) - x = 1/x - 2/x**3 + 10/x**5 - ..., from y' = (x + y) y - 1 for y = ratio(-x) - x,
# because ratio' = -ratio (ratio + eta). At x = 20 the last term is 1e-18 of the first.
_EXPANSION = (
    1.0,
    -2.0,
    10.0,
    -74.0,
    706.0,
    -8162.0,
    110410.0,
    -1708394.0,
    29752066.0,
    -576037442.0,
    12277827850.0,
)


@dataclass(frozen=True)
class Probit(SymmetricLink):
    """``F`` is the standard normal distribution function; ``eta`` is in its standard deviations.

    See Also
    --------
    Logit : Odds ratios, which this link has none of.

    References
    ----------
    Bliss, C. I. (1934). The method of probits. doi:10.1126/science.79.2037.38

    Examples
    --------
    >>> import numpy as np
    >>> Probit().prob(np.array([-1.0, 0.0, 1.0])).round(4)
    array([0.1587, 0.5   , 0.8413])
    """

    name: ClassVar[str] = "probit"
    scale: ClassVar[str] = "probit"
    log_concave: ClassVar[bool] = True
    error_variance: ClassVar[float | None] = 1.0

    def prob(self, eta: np.ndarray) -> np.ndarray:
        """Return the standard normal distribution function."""
        from scipy.special import ndtr

        prob: np.ndarray = ndtr(eta)
        return prob

    def inverse(self, prob: np.ndarray) -> np.ndarray:
        """Return the standard normal quantile."""
        from scipy.special import ndtri

        eta: np.ndarray = ndtri(prob)
        return eta

    def log_prob(self, eta: np.ndarray) -> np.ndarray:
        """Return the logarithm of the normal distribution function."""
        from scipy.special import log_ndtr

        log_prob: np.ndarray = log_ndtr(np.maximum(eta, -_FAR))
        return log_prob

    def log_density(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the standard normal log density, ``-eta`` and one."""
        held = np.clip(eta, -_FAR, _FAR)
        return -0.5 * held * held - 0.5 * math.log(2.0 * math.pi), -held, np.ones_like(held)

    def ratio(self, eta: np.ndarray) -> np.ndarray:
        """Return the normal density over the distribution function (inverse Mills ratio)."""
        from scipy.special import erfcx

        ratio: np.ndarray = math.sqrt(2.0 / math.pi) / erfcx(-math.sqrt(0.5) * eta)
        return ratio

    def bend(self, eta: np.ndarray) -> np.ndarray:
        """Return ``ratio (ratio + eta)``, between 0 and 1."""
        ratio = self.ratio(eta)
        inverse = 1.0 / np.maximum(-eta, _TAIL)
        excess = inverse * np.polynomial.polynomial.polyval(inverse * inverse, _EXPANSION)
        bend: np.ndarray = ratio * np.where(eta < -_TAIL, excess, ratio + eta)
        return bend
