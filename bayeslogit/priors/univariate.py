"""Priors of one coefficient: densities in nats, on the scale of the linear predictor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from bayeslogit.errors import PriorError
from bayeslogit.errors.door import built_by_name
from bayeslogit.priors.base import Prior, check_field, column

__all__ = ["Cauchy", "Flat", "Normal", "StudentT"]

_LOG_2PI = math.log(2.0 * math.pi)


@built_by_name
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

    See Also
    --------
    StudentT, Cauchy : Priors with heavier tails.
    bayeslogit.GaussianPrior : One Gaussian prior of all coefficients.

    Examples
    --------
    The odds ratio of an hour of study under a tight and a wide prior; 4.5 without one:

    >>> import bayeslogit as bl
    >>> exam = bl.load_dataset("exam")
    >>> for sigma in (0.5, 5):
    ...     fit = bl.logistic("passed ~ hours", exam, priors=Normal(0, sigma)).fit("map")
    ...     print(round(fit.summary("odds_ratio").loc["hours", "mode"], 1))
    2.2
    4.4
    """

    mu: Any = 0.0
    sigma: Any = 1.0

    name: ClassVar[str] = "Normal"
    gaussian: ClassVar[bool] = True
    proper: ClassVar[bool] = True
    log_concave: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_field(self, "mu", example="Normal(0, 2.5)")
        check_field(self, "sigma", positive=True, example="Normal(0, 2.5)")

    @classmethod
    def from_C(cls, C: float) -> Normal:  # noqa: N802 - the name scikit-learn users know
        """Return the prior whose mode is scikit-learn's ``LogisticRegression(C=C)``.

        The penalty there is ``sum(beta**2) / (2 C)``, hence ``sigma = sqrt(C)``. The intercept has
        no penalty there, so give it ``Flat()``.

        Parameters
        ----------
        C : float
            Inverse of the penalty, positive.

        Returns
        -------
        Normal

        Raises
        ------
        PriorError
            If ``C`` is not a positive finite number.

        See Also
        --------
        to_C : The way back.

        Examples
        --------
        >>> Normal.from_C(4.0).sigma
        2.0
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

        Returns
        -------
        float

        Raises
        ------
        PriorError
            If the mean is not zero, or coefficients differ in ``sigma``: scikit-learn has no
            such penalty.

        See Also
        --------
        from_C : The way there.

        Examples
        --------
        >>> Normal(0, 2).to_C()
        4.0
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
        sigma = column(self.sigma)
        z = (x - column(self.mu)) / sigma
        value: np.ndarray = -0.5 * z**2 - np.log(sigma) - 0.5 * _LOG_2PI
        return value

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return ``(mu - x) / sigma**2``."""
        slope: np.ndarray = (column(self.mu) - x) / column(self.sigma) ** 2
        return slope

    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Return ``1 / sigma**2``."""
        return np.full(x.shape, 1.0 / column(self.sigma) ** 2)

    def sample(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        """Return Gaussian draws of coefficients.

        Parameters
        ----------
        rng : numpy.random.Generator
        shape : tuple of int
            (coefficients, columns).
        """
        draws: np.ndarray = column(self.mu) + column(self.sigma) * rng.standard_normal(shape)
        return draws


@built_by_name
@dataclass(frozen=True, eq=False)
class StudentT(Prior):
    """Student's t prior: ``nu`` degrees of freedom, location ``mu``, scale ``sigma``.

    Parameters
    ----------
    nu : float or array of shape (coefficients,), default 3
        Degrees of freedom, positive.
    mu : float or array of shape (coefficients,), default 0
        Location, in log-odds.
    sigma : float or array of shape (coefficients,), default 1
        Scale, positive, in log-odds.

    Raises
    ------
    PriorError
        If a field is not finite, or ``nu`` or ``sigma`` is not positive.

    See Also
    --------
    Normal : The limit for many degrees of freedom.
    Cauchy : One degree of freedom.

    Examples
    --------
    At a slope of 10 its density is many times that of a Gaussian of the same scale:

    >>> slope = np.array([[10.0]])
    >>> ratio = StudentT(3, 0, 2.5).log_density(slope) - Normal(0, 2.5).log_density(slope)
    >>> int(np.exp(ratio[0, 0]))
    68
    """

    nu: Any = 3.0
    mu: Any = 0.0
    sigma: Any = 1.0

    name: ClassVar[str] = "StudentT"
    gaussian: ClassVar[bool] = False
    proper: ClassVar[bool] = True
    log_concave: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_field(self, "nu", positive=True, example="StudentT(3, 0, 2.5)")
        check_field(self, "mu", example="StudentT(3, 0, 2.5)")
        check_field(self, "sigma", positive=True, example="StudentT(3, 0, 2.5)")

    @property
    def decay(self) -> Any:
        """The power ``nu + 1``."""
        return self.nu + 1.0

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Return the log density of Student's t."""
        from scipy.special import gammaln

        nu, sigma = column(self.nu), column(self.sigma)
        z = (x - column(self.mu)) / sigma
        value: np.ndarray = (
            gammaln((nu + 1) / 2)
            - gammaln(nu / 2)
            - 0.5 * np.log(nu * math.pi)
            - np.log(sigma)
            - (nu + 1) / 2 * np.log1p(z**2 / nu)
        )
        return value

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return ``-(nu + 1) d / (nu sigma**2 + d**2)`` with ``d = x - mu``."""
        nu, sigma = column(self.nu), column(self.sigma)
        d = x - column(self.mu)
        slope: np.ndarray = -(nu + 1) * d / (nu * sigma**2 + d**2)
        return slope

    def curvature(self, x: np.ndarray) -> np.ndarray:
        """Return minus the second derivative; negative in the tails, beyond ``sqrt(nu) sigma``."""
        nu, sigma = column(self.nu), column(self.sigma)
        d = x - column(self.mu)
        total = nu * sigma**2 + d**2
        curvature: np.ndarray = (nu + 1) * ((nu * sigma**2 - d**2) / total) / total
        return curvature

    def sample(self, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
        """Return draws of coefficients from Student's t.

        Parameters
        ----------
        rng : numpy.random.Generator
        shape : tuple of int
            (coefficients, columns).
        """
        nu = np.broadcast_to(column(self.nu), shape)
        draws: np.ndarray = column(self.mu) + column(self.sigma) * rng.standard_t(nu)
        return draws


@built_by_name
@dataclass(frozen=True, eq=False)
class Cauchy(Prior):
    """Cauchy prior: location ``alpha``, scale ``beta``; Student's t with one degree of freedom.

    The fields have PyMC's names.

    Parameters
    ----------
    alpha : float or array of shape (coefficients,), default 0
        Location, in log-odds.
    beta : float or array of shape (coefficients,), default 1
        Scale, positive, in log-odds: half the interquartile range.

    Raises
    ------
    PriorError
        If a field is not finite or ``beta`` is not positive.

    See Also
    --------
    StudentT : The same family with any degrees of freedom.

    Examples
    --------
    At a slope of 10 its density is many times that of a Gaussian of the same scale:

    >>> slope = np.array([[10.0]])
    >>> ratio = Cauchy(0, 2.5).log_density(slope) - Normal(0, 2.5).log_density(slope)
    >>> int(np.exp(ratio[0, 0]))
    139
    """

    alpha: Any = 0.0
    beta: Any = 1.0

    name: ClassVar[str] = "Cauchy"
    gaussian: ClassVar[bool] = False
    proper: ClassVar[bool] = True
    log_concave: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_field(self, "alpha", example="Cauchy(0, 2.5)")
        check_field(self, "beta", positive=True, example="Cauchy(0, 2.5)")

    @cached_property
    def _t(self) -> StudentT:
        return StudentT(1.0, self.alpha, self.beta)

    @property
    def decay(self) -> Any:
        """The power 2."""
        return self._t.decay

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
        """Return Cauchy draws of coefficients.

        Parameters
        ----------
        rng : numpy.random.Generator
        shape : tuple of int
            (coefficients, columns).
        """
        return self._t.sample(rng, shape)


@built_by_name
@dataclass(frozen=True, eq=False)
class Flat(Prior):
    """The improper constant density: maximum likelihood for that coefficient.

    The posterior may then be improper (complete separation, collinear columns); a model with such
    data is refused before it is fitted.

    See Also
    --------
    Normal : A proper prior.

    Examples
    --------
    >>> print(Flat(), Flat().proper)
    Flat() False
    """

    name: ClassVar[str] = "Flat"
    gaussian: ClassVar[bool] = True
    proper: ClassVar[bool] = False
    log_concave: ClassVar[bool] = True

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
        """Refuse: an improper density has no draws.

        Parameters
        ----------
        rng, shape : numpy.random.Generator, tuple of int
            Not used.

        Raises
        ------
        PriorError
            Always.
        """
        raise PriorError(
            "a flat prior has no draws: found Flat() on at least one coefficient; expected a "
            "proper prior; give every coefficient one, for example Normal(0, 2.5)"
        )
