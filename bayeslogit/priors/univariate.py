"""Priors of one coefficient: densities in nats, on the scale of the linear predictor."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np

from bayeslogit.errors import PriorError

__all__ = ["PRIORS", "Cauchy", "Flat", "Normal", "Prior", "StudentT", "numbers"]

_LOG_2PI = math.log(2.0 * math.pi)


class Prior(ABC):
    """The density of a coefficient. Fields may be arrays, one entry per coefficient.

    Attributes
    ----------
    name : str
        Key in ``PRIORS``, and the name of the PyMC distribution.
    gaussian, proper : bool
        Whether the log density is quadratic; whether it integrates to one.
    """

    name: ClassVar[str]
    gaussian: ClassVar[bool]
    proper: ClassVar[bool]

    @abstractmethod
    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Return the log density in nats, elementwise over (coefficients, columns)."""

    @abstractmethod
    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the derivative of the log density, elementwise."""

    @abstractmethod
    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Return minus the second derivative of the log density, elementwise."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        """Return draws of shape (coefficients, columns)."""

    def parameters(self) -> dict[str, Any]:
        """Return the fields by name; they are the arguments of the PyMC distribution too."""
        return {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]

    def pick(self, index: int) -> Prior:
        """Return the prior of one coefficient, with scalar fields."""
        return replace(
            self,  # type: ignore[type-var]
            **{
                k: float(np.ravel(v)[index if np.size(v) > 1 else 0])
                for k, v in self.parameters().items()
            },
        )

    def __str__(self) -> str:
        inside = ", ".join(_number(v) for v in self.parameters().values())
        return f"{self.name}({inside})"


def _number(value: Any) -> str:
    if np.ndim(value) == 0:
        return f"{float(value):.4g}"
    return "[" + ", ".join(f"{v:.4g}" for v in np.ravel(value)) + "]"


def _column(value: Any) -> np.ndarray:
    """Return a field as something that broadcasts against (coefficients, columns)."""
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return value[:, None]
    return np.reshape(np.asarray(value, dtype=float), (-1, 1))


def numbers(value: Any) -> np.ndarray:
    """Return a copy as float64; NaN if it does not hold real numbers (text is not read)."""
    try:
        array = np.asarray(value)
        if array.dtype.kind in "fiuO":
            return np.array(array, dtype=np.float64)
    except (TypeError, ValueError):
        pass
    return np.array(np.nan)


def _field(prior: Prior, name: str, *, positive: bool = False, example: str) -> None:
    """Check one field of a prior and freeze it as a float or a float64 array."""
    value = getattr(prior, name)
    array = numbers(value)
    if (
        array.ndim > 1
        or array.size == 0
        or not np.all(np.isfinite(array))
        or (positive and np.any(array <= 0))
    ):
        kind = "a positive finite number" if positive else "a finite number"
        raise PriorError(
            f"{prior.name} got {name}={value!r}; expected {kind} (or one for each "
            f"coefficient); write for example {example}"
        )
    object.__setattr__(prior, name, float(array) if array.ndim == 0 else array)


@dataclass(frozen=True, eq=False)
class Normal(Prior):
    """Gaussian prior with mean ``mu`` and standard deviation ``sigma``, in log-odds.

    Parameters
    ----------
    mu : float or array of shape (coefficients,), default 0
        Mean.
    sigma : float or array of shape (coefficients,), default 1
        Standard deviation, positive. With all slopes Normal(0, sigma), the mode equals
        maximum likelihood with the squared penalty ``sum(beta**2) / (2 sigma**2)``.

    Raises
    ------
    PriorError
        If a field is not finite or ``sigma`` is not positive.

    Examples
    --------
    >>> print(Normal(0, 2.5))
    Normal(0, 2.5)
    >>> Normal.from_C(4.0).sigma
    2.0
    """

    mu: Any = 0.0
    sigma: Any = 1.0

    name: ClassVar[str] = "Normal"
    gaussian: ClassVar[bool] = True
    proper: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _field(self, "mu", example="Normal(0, 2.5)")
        _field(self, "sigma", positive=True, example="Normal(0, 2.5)")

    @classmethod
    def from_C(cls, C: float) -> Normal:  # noqa: N802 - the name scikit-learn users know
        """Return the prior whose mode is scikit-learn's ``LogisticRegression(C=C)``.

        The penalty there is ``sum(beta**2) / (2 C)``, hence ``sigma = sqrt(C)``; the intercept
        is not penalised there, so give it ``Flat()``.

        Raises
        ------
        PriorError
            If ``C`` is not a positive finite number.
        """
        try:
            valid = np.ndim(C) == 0 and math.isfinite(C) and C > 0
        except TypeError:
            valid = False
        if not valid:
            raise PriorError(
                f"from_C got C={C!r}; expected a positive finite number, the inverse penalty "
                "of scikit-learn; write for example Normal.from_C(1.0)"
            )
        return cls(0.0, math.sqrt(C))

    def to_C(self) -> float:  # noqa: N802
        """Return scikit-learn's ``C`` for the same penalty, ``sigma**2``.

        Raises
        ------
        PriorError
            If the mean is not zero, or coefficients differ in ``sigma``: scikit-learn has no
            such penalty.
        """
        sigma = np.unique(self.sigma)
        if np.any(np.asarray(self.mu) != 0) or sigma.size != 1:
            raise PriorError(
                f"{self} has no C; scikit-learn's penalty has mean zero and one scale for all "
                "slopes; use Normal(0, sigma) with one sigma"
            )
        return float(sigma[0]) ** 2

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Return the Gaussian log density."""
        sigma = _column(self.sigma)
        return -0.5 * ((x - _column(self.mu)) / sigma) ** 2 - np.log(sigma) - 0.5 * _LOG_2PI

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return ``(mu - x) / sigma**2``."""
        return (_column(self.mu) - x) / _column(self.sigma) ** 2

    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Return ``1 / sigma**2``."""
        return np.full(x.shape, 1.0 / _column(self.sigma) ** 2)

    def sample(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        """Return Gaussian draws."""
        return _column(self.mu) + _column(self.sigma) * rng.standard_normal(shape)


@dataclass(frozen=True, eq=False)
class StudentT(Prior):
    """Student's t prior: ``nu`` degrees of freedom, location ``mu``, scale ``sigma``.

    Examples
    --------
    >>> print(StudentT(3, 0, 2.5))
    StudentT(3, 0, 2.5)
    """

    nu: Any = 3.0
    mu: Any = 0.0
    sigma: Any = 1.0

    name: ClassVar[str] = "StudentT"
    gaussian: ClassVar[bool] = False
    proper: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _field(self, "nu", positive=True, example="StudentT(3, 0, 2.5)")
        _field(self, "mu", example="StudentT(3, 0, 2.5)")
        _field(self, "sigma", positive=True, example="StudentT(3, 0, 2.5)")

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Return the log density of Student's t."""
        from scipy.special import gammaln

        nu, sigma = _column(self.nu), _column(self.sigma)
        z = (x - _column(self.mu)) / sigma
        return (
            gammaln((nu + 1) / 2)
            - gammaln(nu / 2)
            - 0.5 * np.log(nu * math.pi)
            - np.log(sigma)
            - (nu + 1) / 2 * np.log1p(z**2 / nu)
        )

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return ``-(nu + 1) d / (nu sigma**2 + d**2)`` with ``d = x - mu``."""
        nu, sigma = _column(self.nu), _column(self.sigma)
        d = x - _column(self.mu)
        return -(nu + 1) * d / (nu * sigma**2 + d**2)

    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Return minus the second derivative; negative in the tails, beyond ``sqrt(nu) sigma``."""
        nu, sigma = _column(self.nu), _column(self.sigma)
        d = x - _column(self.mu)
        total = nu * sigma**2 + d**2
        return (nu + 1) * ((nu * sigma**2 - d**2) / total) / total

    def sample(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        """Return draws of Student's t."""
        nu = np.broadcast_to(_column(self.nu), shape)
        return _column(self.mu) + _column(self.sigma) * rng.standard_t(nu)


@dataclass(frozen=True, eq=False)
class Cauchy(Prior):
    """Cauchy prior: location ``alpha``, scale ``beta``; Student's t with one degree of freedom.

    The fields have PyMC's names; ``beta`` is half the interquartile range.

    Examples
    --------
    >>> print(Cauchy(0, 2.5))
    Cauchy(0, 2.5)
    """

    alpha: Any = 0.0
    beta: Any = 1.0

    name: ClassVar[str] = "Cauchy"
    gaussian: ClassVar[bool] = False
    proper: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _field(self, "alpha", example="Cauchy(0, 2.5)")
        _field(self, "beta", positive=True, example="Cauchy(0, 2.5)")

    @property
    def _t(self) -> StudentT:
        return StudentT(1.0, self.alpha, self.beta)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Return the log density."""
        return self._t.log_density(x)

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the derivative of the log density."""
        return self._t.gradient(x)

    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Return minus the second derivative; negative in the tails."""
        return self._t.curvature(x)

    def sample(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        """Return Cauchy draws."""
        return self._t.sample(rng, shape)


@dataclass(frozen=True, eq=False)
class Flat(Prior):
    """The improper constant density: maximum likelihood for that coefficient.

    The posterior may then fail to exist (complete separation, collinear columns); a model with
    such data is refused before it is fitted.
    """

    name: ClassVar[str] = "Flat"
    gaussian: ClassVar[bool] = True
    proper: ClassVar[bool] = False

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Return zeros."""
        return np.zeros_like(x)

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return zeros."""
        return np.zeros_like(x)

    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Return zeros."""
        return np.zeros_like(x)

    def sample(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        """Refuse: there is nothing to draw from.

        Raises
        ------
        PriorError
            Always.
        """
        raise PriorError(
            "a flat prior has no draws: found Flat() on at least one coefficient; expected a "
            "proper prior; give every coefficient one, for example Normal(0, 2.5)"
        )


PRIORS: dict[str, type[Prior]] = {p.name: p for p in (Normal, Flat, StudentT, Cauchy)}
