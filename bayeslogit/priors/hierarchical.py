"""The prior of a set of coefficients that share one standard deviation, which is learned."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from bayeslogit.errors import PriorError
from bayeslogit.errors.door import built_by_name
from bayeslogit.priors.learned import LearnedPrior, of_quantile, volume_of_quantile
from bayeslogit.priors.scales import HalfNormal, ScalePrior

__all__ = ["Hierarchical"]


@built_by_name
@dataclass(frozen=True)
class Hierarchical(LearnedPrior):
    """Coefficients that share one standard deviation, which is learned from the data.

    Each coefficient is Normal(0, sd). Many coefficients near zero make sd small, and pull the
    others towards zero; large ones are left where the data have them. Give it to the levels of a
    factor, or to predictors on one scale: ``priors={"region": Hierarchical()}``,
    ``priors={("a", "b", "c"): Hierarchical()}``, or ``priors=Hierarchical()`` for all slopes.

    Parameters
    ----------
    sd : HalfNormal, HalfStudentT or Exponential, default HalfNormal(2.5)
        Prior of the standard deviation, on the scale of the linear predictor per unit of the
        predictors. Nothing is rescaled: write ``scale(x)`` for predictors in other units.

    Raises
    ------
    PriorError
        If ``sd`` is not a prior of a standard deviation that is learned.

    See Also
    --------
    HalfNormal : The prior of the standard deviation.
    Normal : A standard deviation that is known.

    References
    ----------
    Gelman, A. (2006). Prior distributions for variance parameters in hierarchical models.
    doi:10.1214/06-BA117A

    Examples
    --------
    >>> print(Hierarchical(HalfNormal(1)))
    Hierarchical(HalfNormal(1))
    """

    sd: ScalePrior = field(default_factory=HalfNormal)

    name: ClassVar[str] = "Hierarchical"
    alike: ClassVar[bool] = True
    modal: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (isinstance(self.sd, ScalePrior) and self.sd.learned and self.sd.proper):
            raise PriorError(
                f"Hierarchical got sd={str(self.sd)[:80]!r}; expected the prior of a standard "
                "deviation; write Hierarchical(HalfNormal(1)), or Normal(0, 1) for coefficients "
                "of a known standard deviation"
            )

    def __str__(self) -> str:
        return f"{self.name}({self.sd})"

    def _sd(self, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return of_quantile(self.sd, h[0])

    def count(self, size: int) -> int:
        """Return one: sd is the quantile of its prior where h is that of a standard Gaussian."""
        return 1

    def scales(self, h: np.ndarray) -> np.ndarray:
        """Return sd, (1, columns)."""
        return self._sd(h)[0][None]

    def log_density(self, h: np.ndarray) -> np.ndarray:
        """Return the log density of a standard Gaussian."""
        value: np.ndarray = -0.5 * (h[0] ** 2 + math.log(2.0 * math.pi))
        return value

    def pull(self, h: np.ndarray, by_scales: np.ndarray) -> np.ndarray:
        """Return derivatives by h."""
        pulled: np.ndarray = by_scales.sum(axis=0) * self._sd(h)[1] - h[0]
        return pulled[None]

    def sample(self, rng: np.random.Generator, size: int, columns: int) -> np.ndarray:
        """Return draws of h."""
        return rng.standard_normal((1, columns))

    def start(self, size: int) -> np.ndarray:
        """Return h somewhat below the median of the prior of sd."""
        return np.array([-0.5])

    def quantities(self, label: str, size: int) -> tuple[tuple[str, str], ...]:
        """Return the name of the standard deviation and its prior."""
        return ((f"sd_{label}", str(self.sd)),)

    def readings(self, h: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the standard deviation, (1, columns)."""
        return self._sd(h)[0][None]

    def log_volume(self, h: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the log derivative of sd by h, and its gradient."""
        value, slope = volume_of_quantile(self.sd, h[0])
        return value, np.array([slope])

    def words(self, label: str) -> str:
        """Return ``Normal(0, sd_label)``."""
        return f"Normal(0, sd_{label})"
