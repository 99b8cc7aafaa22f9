"""Priors of what a group-level term learns: standard deviations, and correlations of effects."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np

from bayeslogit.errors import PriorError

__all__ = [
    "LKJ",
    "SCALE_PRIORS",
    "Exponential",
    "FlatScale",
    "HalfNormal",
    "HalfStudentT",
    "Known",
    "ScalePrior",
]


class ScalePrior(ABC):
    """The density of a standard deviation, on the scale of the linear predictor.

    Attributes
    ----------
    name : str
        Key in ``SCALE_PRIORS``, and the name of the PyMC distribution.
    log_concave : bool
        Whether the log density is concave on the positive numbers.
    learned, proper : bool
        Whether the standard deviation is learned from the data at all, and whether the density
        integrates to one.
    """

    name: ClassVar[str]
    log_concave: ClassVar[bool] = True
    learned: ClassVar[bool] = True
    proper: ClassVar[bool] = True

    @abstractmethod
    def log_density(self, sd: np.ndarray) -> np.ndarray:
        """Return the log density in nats, elementwise, for ``sd`` of at least 0."""

    @abstractmethod
    def gradient(self, sd: np.ndarray) -> np.ndarray:
        """Return the derivative of the log density, elementwise."""

    def exceeded(self, tail: np.ndarray) -> np.ndarray:
        """Return the standard deviation that is exceeded with a probability, elementwise.

        Parameters
        ----------
        tail : ndarray
            In (0, 1]; of known standard deviations and improper densities an error.
        """
        raise PriorError(f"{self} has no quantiles; expected a proper density; give HalfNormal(1)")

    @abstractmethod
    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Return draws, (size,).

        Parameters
        ----------
        rng : numpy.random.Generator
        size : int
        """

    def __str__(self) -> str:
        inside = ", ".join(f"{getattr(self, f.name):.4g}" for f in fields(self))  # type: ignore[arg-type]
        return f"{self.name}({inside})"


def _check(prior: object, *names: str) -> None:
    """Refuse fields that are not positive finite numbers, and store the others as floats."""
    for name in names:
        value = getattr(prior, name)
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if isinstance(value, bool) or not (math.isfinite(number) and number > 0.0):
            kind = type(prior).__name__
            raise PriorError(
                f"{kind} got {name}={value!r}; expected a positive finite number; write for "
                f"example {kind}({'2.5' if name != 'nu' else '3, 2.5'})"
            )
        object.__setattr__(prior, name, number)


@dataclass(frozen=True)
class HalfNormal(ScalePrior):
    """Half of a Gaussian with mean zero, for a standard deviation.

    Parameters
    ----------
    sigma : float, default 2.5
        Standard deviation of the whole Gaussian, positive, on the scale of the linear predictor.

    Raises
    ------
    PriorError
        If ``sigma`` is not a positive finite number.

    See Also
    --------
    HalfStudentT, Exponential : Heavier tails.

    Examples
    --------
    A tight prior of how much wards differ draws them together, a wide one does not (log-odds):

    >>> import bayeslogit as bl
    >>> wards = {"y": [4, 9, 1, 6], "n": [10, 12, 11, 9], "ward": list("abcd")}
    >>> for sigma in (0.2, 2):
    ...     priors = {"1 | ward": HalfNormal(sigma)}
    ...     fit = bl.binomial("y ~ 1 + (1 | ward)", wards, trials="n", priors=priors).fit("map")
    ...     print(fit.group_effects()["estimate"].abs().max().round(1))
    0.0
    1.2
    """

    sigma: float = 2.5

    name: ClassVar[str] = "HalfNormal"

    def __post_init__(self) -> None:
        _check(self, "sigma")

    def log_density(self, sd: np.ndarray) -> np.ndarray:
        """Return the log density of half a Gaussian."""
        top = 0.5 * math.log(2.0 / math.pi) - math.log(self.sigma)
        value: np.ndarray = top - 0.5 * (sd / self.sigma) ** 2
        return value

    def gradient(self, sd: np.ndarray) -> np.ndarray:
        """Return ``-sd / sigma**2``."""
        return -sd / self.sigma**2

    def exceeded(self, tail: np.ndarray) -> np.ndarray:
        """Return upper quantiles."""
        from scipy.special import ndtri

        quantile: np.ndarray = -self.sigma * ndtri(0.5 * tail)
        return quantile

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Return draws, (size,)."""
        return self.sigma * np.abs(rng.standard_normal(size))


@dataclass(frozen=True)
class HalfStudentT(ScalePrior):
    """Half of a Student t with mean zero, for a standard deviation; ``nu=1`` is half a Cauchy.

    Parameters
    ----------
    nu : float, default 3
        Degrees of freedom, positive.
    sigma : float, default 2.5
        Scale, positive, on the scale of the linear predictor.

    Raises
    ------
    PriorError
        If a field is not a positive finite number.

    See Also
    --------
    HalfNormal : The default.

    Examples
    --------
    >>> print(HalfStudentT(3, 2.5))
    HalfStudentT(3, 2.5)
    """

    nu: float = 3.0
    sigma: float = 2.5

    name: ClassVar[str] = "HalfStudentT"
    log_concave: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _check(self, "nu", "sigma")

    def log_density(self, sd: np.ndarray) -> np.ndarray:
        """Return the log density of half a Student t."""
        nu = self.nu
        top = math.log(2.0) + math.lgamma((nu + 1.0) / 2.0) - math.lgamma(nu / 2.0)
        top -= 0.5 * math.log(nu * math.pi) + math.log(self.sigma)
        value: np.ndarray = top - 0.5 * (nu + 1.0) * np.log1p((sd / self.sigma) ** 2 / nu)
        return value

    def gradient(self, sd: np.ndarray) -> np.ndarray:
        """Return ``-(nu + 1) sd / (nu sigma**2 + sd**2)``."""
        return -(self.nu + 1.0) * sd / (self.nu * self.sigma**2 + sd**2)

    def exceeded(self, tail: np.ndarray) -> np.ndarray:
        """Return upper quantiles."""
        from scipy.special import stdtrit

        quantile: np.ndarray = -self.sigma * stdtrit(self.nu, 0.5 * tail)
        return quantile

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Return draws, (size,)."""
        return self.sigma * np.abs(rng.standard_t(self.nu, size))


@dataclass(frozen=True)
class Exponential(ScalePrior):
    """An exponential density, for a standard deviation.

    Parameters
    ----------
    scale : float, default 2.5
        Mean, positive, on the scale of the linear predictor.

    Raises
    ------
    PriorError
        If ``scale`` is not a positive finite number.

    See Also
    --------
    HalfNormal : The default, with a lighter tail.

    Examples
    --------
    >>> print(Exponential(1))
    Exponential(1)
    """

    scale: float = 2.5

    name: ClassVar[str] = "Exponential"

    def __post_init__(self) -> None:
        _check(self, "scale")

    def log_density(self, sd: np.ndarray) -> np.ndarray:
        """Return ``-sd / scale - log(scale)``."""
        value: np.ndarray = -sd / self.scale - math.log(self.scale)
        return value

    def gradient(self, sd: np.ndarray) -> np.ndarray:
        """Return ``-1 / scale``."""
        return np.full(np.shape(sd), -1.0 / self.scale)

    def exceeded(self, tail: np.ndarray) -> np.ndarray:
        """Return upper quantiles."""
        return -self.scale * np.log(tail)

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Return draws, (size,)."""
        return rng.exponential(self.scale, size)


@dataclass(frozen=True)
class Known(ScalePrior):
    """A standard deviation that is known, not learned.

    Parameters
    ----------
    sd : float, default 1
        Positive, on the scale of the linear predictor.

    Raises
    ------
    PriorError
        If ``sd`` is not a positive finite number.

    Examples
    --------
    >>> print(Known(0.5))
    Known(0.5)
    """

    sd: float = 1.0

    name: ClassVar[str] = "Known"
    learned: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _check(self, "sd")

    def log_density(self, sd: np.ndarray) -> np.ndarray:
        """Return zeros: there is nothing to weigh."""
        return np.zeros(np.shape(sd))

    def gradient(self, sd: np.ndarray) -> np.ndarray:
        """Return zeros."""
        return np.zeros(np.shape(sd))

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Return the standard deviation itself, (size,)."""
        return np.full(size, self.sd)


@dataclass(frozen=True)
class FlatScale(ScalePrior):
    """No density on a standard deviation, for maximum likelihood."""

    name: ClassVar[str] = "Flat"
    proper: ClassVar[bool] = False

    def log_density(self, sd: np.ndarray) -> np.ndarray:
        """Return zeros."""
        return np.zeros(np.shape(sd))

    def gradient(self, sd: np.ndarray) -> np.ndarray:
        """Return zeros."""
        return np.zeros(np.shape(sd))

    def sample(self, rng: np.random.Generator, size: int) -> np.ndarray:
        """Raise: a flat density has no draws.

        Parameters
        ----------
        rng : numpy.random.Generator
        size : int

        Raises
        ------
        PriorError
            Always.
        """
        raise PriorError(
            "the prior of a standard deviation is flat and has no draws; expected a proper one; "
            "write for example HalfNormal(2.5)"
        )


@dataclass(frozen=True)
class LKJ:
    """The density of a correlation matrix, proportional to ``det(R) ** (eta - 1)``.

    Parameters
    ----------
    eta : float, default 1
        Positive; 1 is uniform over correlation matrices, more draws them to the identity.

    Raises
    ------
    PriorError
        If ``eta`` is not a positive finite number.

    See Also
    --------
    HalfNormal : A prior of the standard deviations beside it.

    References
    ----------
    Lewandowski, D., Kurowicka, D. and Joe, H. (2009). Generating random correlation matrices
    based on vines and extended onion method. doi:10.1016/j.jmva.2009.04.008

    Examples
    --------
    >>> print(LKJ(2))
    LKJ(2)
    """

    eta: float = 1.0

    name: ClassVar[str] = "LKJ"

    def __post_init__(self) -> None:
        _check(self, "eta")

    def exponents(self, effects: int) -> np.ndarray:
        """Return b of each partial correlation r, whose density is ``(1 - r**2) ** (b - 1)``.

        Parameters
        ----------
        effects : int
            Rows of the matrix.

        Returns
        -------
        ndarray, shape (effects (effects - 1) / 2,)
            Row by row of the lower triangle, by canonical partial correlations given the columns
            before.
        """
        columns = [j for i in range(effects) for j in range(i)]
        return self.eta + 0.5 * (effects - 2.0 - np.array(columns, dtype=float))

    def __str__(self) -> str:
        return f"LKJ({self.eta:.4g})"


SCALE_PRIORS = {
    prior.name: prior for prior in (HalfNormal, HalfStudentT, Exponential, Known, FlatScale)
}
