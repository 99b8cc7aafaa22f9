"""Priors on coefficients: densities in nats, on the log-odds scale of the raw columns.

A :class:`Prior` is a density of one coefficient, vectorised over coefficients by array fields.
:class:`CoefficientPrior` puts one on each coefficient of a model and is what a log posterior
sees. Nothing here rescales what the user gave.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from bayeslogit.errors import PriorError, listing, nearest

__all__ = [
    "PRIORS",
    "Cauchy",
    "CoefficientPrior",
    "Flat",
    "GaussianPrior",
    "Normal",
    "Prior",
    "StudentT",
    "ZeroSum",
    "default_prior",
    "resolve_prior",
]

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
    return np.reshape(np.asarray(value, dtype=float), (-1, 1))


def _numbers(value: Any) -> np.ndarray:
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
    array = _numbers(value)
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
        return np.broadcast_to(1.0 / _column(self.sigma) ** 2, x.shape)

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


@dataclass(frozen=True, eq=False)
class GaussianPrior:
    """A joint Gaussian prior on all coefficients.

    Parameters
    ----------
    mean : array of shape (coefficients,)
        In the order Intercept, terms (class by class for a multinomial model), in log-odds.
    covariance : array of shape (coefficients, coefficients)
        Symmetric and positive definite.

    Raises
    ------
    PriorError
        If shapes do not agree or the covariance is not symmetric positive definite.

    Examples
    --------
    >>> print(GaussianPrior([0, 0], [[4, 1], [1, 9]]))
    GaussianPrior(2 coefficients)
    """

    mean: Any
    covariance: Any

    def __post_init__(self) -> None:
        mean, cov = _numbers(self.mean), _numbers(self.covariance)
        if not (np.all(np.isfinite(mean)) and np.all(np.isfinite(cov))):
            raise PriorError(
                "GaussianPrior got a value that is not finite in its mean or covariance; "
                "expected finite numbers; for a flat coefficient use priors={...: Flat()}"
            )
        if mean.ndim != 1 or cov.shape != (mean.size, mean.size):
            raise PriorError(
                f"GaussianPrior got a mean of shape {mean.shape} and a covariance of shape "
                f"{cov.shape}; expected (p,) and (p, p); give one entry per coefficient, in the "
                "order Intercept, terms"
            )
        # Relative to the standard deviations: a product may leave 1e-17 where zero was meant.
        spread = np.sqrt(np.abs(np.diag(cov)))
        if np.any(np.abs(cov - cov.T) > 1e-10 * np.outer(spread, spread)):
            raise PriorError(
                "GaussianPrior got a covariance that is not symmetric (largest difference "
                f"{np.max(np.abs(cov - cov.T)):.3g}); expected a symmetric matrix; use "
                "(S + S.T) / 2 if it is rounding"
            )
        cov = 0.5 * (cov + cov.T)
        try:
            np.linalg.cholesky(cov)
        except np.linalg.LinAlgError:
            raise PriorError(
                "GaussianPrior got a covariance that is not positive definite (smallest "
                f"eigenvalue {np.linalg.eigvalsh(cov)[0]:.3g}); expected all eigenvalues "
                "positive; check variances and correlations"
            ) from None
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "covariance", cov)

    @cached_property
    def cholesky(self) -> np.ndarray:
        """Lower triangular L with ``L @ L.T`` the covariance."""
        return np.linalg.cholesky(self.covariance)

    @cached_property
    def whitener(self) -> np.ndarray:
        """The inverse of :attr:`cholesky`; ``whitener @ (theta - mean)`` is standard normal."""
        return np.tril(np.linalg.inv(self.cholesky))

    def __str__(self) -> str:
        return f"GaussianPrior({self.mean.size} coefficients)"


@dataclass(frozen=True)
class ZeroSum:
    """A symmetric prior of a multinomial model: no class is special, whichever is the reference.

    Each term has a coefficient for every class, Normal(0, sigma) and made to sum to zero over
    classes; against a reference class the coefficients then have covariance
    ``sigma**2 (I + 11')``. Independent Normals on coefficients against a reference make the
    reference class half as variable as the others, so that answers depend on its choice.

    Parameters
    ----------
    sigma : float
        Standard deviation of each class's coefficient before centring, in log-odds per unit.
    intercept : float
        The same for the intercepts, at the predictor means.

    Raises
    ------
    PriorError
        If a scale is not a positive finite number.

    Examples
    --------
    >>> print(ZeroSum(1.5))
    ZeroSum(1.5, intercept=2.5)
    """

    sigma: float = 2.5
    intercept: float = 2.5

    def __post_init__(self) -> None:
        for name in ("sigma", "intercept"):
            value = getattr(self, name)
            if np.ndim(value) != 0 or not math.isfinite(value) or value <= 0:
                raise PriorError(
                    f"ZeroSum got {name}={value!r}; expected a positive finite number; write for "
                    "example ZeroSum(2.5)"
                )

    def __str__(self) -> str:
        return f"ZeroSum({self.sigma:.4g}, intercept={self.intercept:.4g})"

    def joint(self, default: CoefficientPrior, classes: int) -> GaussianPrior:
        """Return the Gaussian on the coefficients against a reference, class by class.

        ``default`` says where the intercepts are stated; ``classes`` counts the reference.
        """
        width = default.size // (classes - 1)
        scale = np.full(width, self.sigma)
        shift = np.eye(width)
        if default.center is not None:
            scale[0] = self.intercept
            shift[0] = default.center[0, :width]
        half = np.linalg.solve(shift, np.diag(scale))
        between = np.eye(classes - 1) + 1.0
        return GaussianPrior(np.zeros(default.size), np.kron(between, half @ half.T))


PRIORS: dict[str, type[Prior]] = {p.name: p for p in (Normal, Flat, StudentT, Cauchy)}


@dataclass(frozen=True, eq=False)
class CoefficientPrior:
    """The prior of all coefficients of a model, as a density on ``theta``.

    Parameters
    ----------
    names : tuple of str
        Coefficient names, in the order of ``theta``.
    parts : tuple of (indices, Prior)
        Which coefficients have which prior; every coefficient is in one part, unless ``joint``.
    joint : GaussianPrior, optional
        One prior for all coefficients.
    center : array of shape (moved coefficients, coefficients), optional
        Some coefficients (intercepts, cutpoints) have their prior at ``center @ theta``, the
        linear predictors at the predictor means, instead of at all predictors zero. The entry
        of a moved coefficient in its own row is 1.
    moved : tuple of int
        Which coefficients those are, row by row.
    default : bool
        Whether no prior was given by the user.
    increasing : tuple of int
        Coefficients (cutpoints) whose prior holds on the region where they increase; the
        density is not normalised for that.
    """

    names: tuple[str, ...]
    parts: tuple[tuple[np.ndarray, Prior], ...] = ()
    joint: GaussianPrior | None = None
    center: np.ndarray | None = None
    moved: tuple[int, ...] = (0,)
    default: bool = False
    increasing: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return len(self.names)

    @property
    def gaussian(self) -> bool:
        """Whether the log density is quadratic (flat parts count as quadratic)."""
        return all(prior.gaussian for _, prior in self.parts)

    @property
    def flat(self) -> np.ndarray:
        """Boolean mask of the coefficients without a proper prior."""
        mask = np.zeros(self.size, dtype=bool)
        for index, prior in self.parts:
            mask[index] = not prior.proper
        return mask

    @property
    def proper(self) -> bool:
        """Whether the density integrates to one."""
        return not bool(self.flat.any())

    def _at(self, theta: np.ndarray) -> np.ndarray:
        """Return theta with the intercept moved to the predictor means, where asked."""
        if self.center is None:
            return theta
        at = theta.copy()
        at[list(self.moved)] = self.center @ theta
        return at

    def _pull(self, gradient: np.ndarray) -> np.ndarray:
        """Carry a gradient by the moved intercept back to theta (transpose of :meth:`_at`)."""
        if self.center is not None:
            moved = list(self.moved)
            own = gradient[moved]
            gradient = gradient.copy()
            gradient[moved] = 0.0
            gradient += self.center.T @ own
        return gradient

    def log_density(self, theta: np.ndarray) -> np.ndarray:
        """Return the log density at each column of ``theta`` (coefficients, columns), in nats."""
        return self.each(theta).sum(axis=0)

    def each(self, theta: np.ndarray) -> np.ndarray:
        """Return terms that sum to the log density, one per coefficient, the shape of ``theta``.

        A joint Gaussian is split into the conditional density of each coefficient given those
        before it.
        """
        if self.joint is not None:
            z = self.joint.whitener @ (theta - self.joint.mean[:, None])
            return -0.5 * (z**2 + _LOG_2PI) - np.log(np.diag(self.joint.cholesky))[:, None]
        at = self._at(theta)
        result = np.zeros_like(at)
        for index, prior in self.parts:
            result[index] = prior.log_density(at[index])
        return result

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """Return the gradient of the log density, the shape of ``theta``."""
        if self.joint is not None:
            whitener = self.joint.whitener
            return whitener.T @ (whitener @ (self.joint.mean[:, None] - theta))
        at = self._at(theta)
        result = np.zeros_like(at)
        for index, prior in self.parts:
            result[index] = prior.gradient(at[index])
        return self._pull(result)

    def precision(self, theta: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives at one vector, (coefficients, coefficients)."""
        if self.joint is not None:
            return self.joint.whitener.T @ self.joint.whitener
        at = self._at(theta[:, None])
        diagonal = np.zeros(self.size)
        for index, prior in self.parts:
            diagonal[index] = prior.curvature(at[index])[:, 0]
        if self.center is None:
            return np.diag(diagonal)
        moved = list(self.moved)
        outer = self.center.T @ (diagonal[moved][:, None] * self.center)
        diagonal[moved] = 0.0
        return np.diag(diagonal) + outer

    def sample(self, rng: np.random.Generator, columns: int) -> np.ndarray:
        """Return draws of shape (coefficients, columns).

        Raises
        ------
        PriorError
            If a part is flat.
        """
        if self.joint is not None:
            chol = self.joint.cholesky
            return self.joint.mean[:, None] + chol @ rng.standard_normal((self.size, columns))
        draws = self._independent(rng, columns)
        if self.center is not None:
            moved = list(self.moved)
            slopes = draws.copy()
            slopes[moved] = 0.0
            draws[moved] -= self.center @ slopes
        return draws

    def _independent(self, rng: np.random.Generator, columns: int) -> np.ndarray:
        """Return draws before intercepts are moved back, by rejection where some must increase."""
        draws = np.empty((self.size, columns))
        for index, prior in self.parts:
            draws[index] = prior.sample(rng, (len(index), columns))
        rows = list(self.increasing)
        if not rows:
            return draws
        if len({str(self.of(i)) for i in rows}) == 1:
            # Equal priors are exchangeable: the order statistics have the restricted density.
            draws[rows] = np.sort(draws[rows], axis=0)
            return draws
        for _ in range(1000):
            wrong = np.flatnonzero((np.diff(draws[rows], axis=0) <= 0.0).any(axis=0))
            if wrong.size == 0:
                return draws
            for index, prior in self.parts:
                draws[np.ix_(index, wrong)] = prior.sample(rng, (len(index), wrong.size))
        raise PriorError(
            "the priors of the cutpoints are almost never in increasing order (1 000 tries); "
            "expected locations that increase; give increasing means, such as "
            "Normal([-1, 0, 1], 1)"
        )

    def of(self, index: int) -> Prior | GaussianPrior:
        """Return the prior of one coefficient."""
        if self.joint is not None:
            return Normal(self.joint.mean[index], math.sqrt(self.joint.covariance[index, index]))
        for members, prior in self.parts:
            where = np.flatnonzero(members == index)
            if where.size:
                return prior.pick(int(where[0]))
        raise PriorError(f"coefficient {index} has no prior; expected one for each coefficient")

    def describe(self) -> list[tuple[str, str]]:
        """Return (coefficient, prior in words) pairs, for printing."""
        rows = []
        for i, name in enumerate(self.names):
            text = str(self.of(i))
            if self.center is not None and i in self.moved:
                text += " at the predictor means"
            if self.joint is not None:
                text += " (margin of the joint Gaussian)"
            rows.append((name, text))
        return rows


def default_prior(
    names: Sequence[str],
    X: np.ndarray,
    row_weights: np.ndarray,
    *,
    intercept: bool,
    basis: np.ndarray | None = None,
    predictors: int = 1,
    increasing: bool = False,
) -> CoefficientPrior:
    """Return the prior used where the user gives none.

    Slopes get Normal(0, 2.5 / sd(x)), intercepts and cutpoints Normal(0, 2.5) on the linear
    predictor at the predictor means. A column with sd zero keeps the scale 2.5.

    Parameters
    ----------
    names : sequence of str
        Coefficient names.
    X : ndarray, shape (rows, columns)
        Design matrix, with the column of ones if ``intercept``.
    row_weights : ndarray, shape (rows,)
        Trials times frequency weight of each row: means and standard deviations are over
        trials (divided by their number), so that grouped and long tables get the same prior.
    intercept : bool
        Whether the first column is that of ones.
    basis : ndarray, shape (predictors x columns, coefficients), optional
        How coefficients make the weights of each column in each linear predictor.
    predictors : int
        Linear predictors per row.
    increasing : bool
        Whether the intercepts are cutpoints that must increase.
    """
    mean, spread = _mean_and_sd(X, row_weights)
    if basis is None:
        basis = np.eye(predictors * X.shape[1])
    weights = basis.reshape(predictors, X.shape[1], len(names))
    column = np.abs(weights).sum(axis=0).argmax(axis=0)
    sigma = 2.5 / spread[column]
    center: np.ndarray | None = None
    moved: tuple[int, ...] = (0,)
    if intercept:
        moved = tuple(int(np.flatnonzero(weights[k, 0])[0]) for k in range(predictors))
        sigma[list(moved)] = 2.5
        mean[0] = 1.0
        center = np.einsum("j,kjc->kc", mean, weights)
    return CoefficientPrior(
        tuple(names),
        ((np.arange(len(names)), Normal(np.zeros(len(names)), sigma)),),
        center=center,
        moved=moved,
        default=True,
        increasing=moved if increasing else (),
    )


def _mean_and_sd(X: np.ndarray, row_weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted mean and standard deviation of each column; 1 for an sd of zero."""
    share = row_weights / row_weights.sum()
    mean = share @ X
    # Two passes: the one-pass formula loses everything for large means. Centring a block at a
    # time keeps the memory bounded.
    variance = np.zeros(X.shape[1])
    for start in range(0, X.shape[0], 65536):
        block = X[start : start + 65536] - mean
        variance += share[start : start + 65536] @ np.square(block, out=block)
    spread = np.sqrt(variance)
    # A constant column has a variance of rounding errors, not of data.
    spread[spread <= 1e-12 * np.abs(mean)] = 1.0
    spread[spread == 0.0] = 1.0
    return mean, spread


def resolve_prior(
    priors: Prior | GaussianPrior | ZeroSum | Mapping[str, Prior] | str | None,
    names: Sequence[str],
    groups: Mapping[str, Sequence[int]],
    default: CoefficientPrior,
    *,
    intercept: bool,
    slopes: Sequence[int] | None = None,
    classes: int | None = None,
) -> CoefficientPrior:
    """Return the prior of all coefficients from what the user wrote in ``priors=``.

    Parameters
    ----------
    priors : Prior, GaussianPrior, mapping, "flat" or None
        One prior for every slope; one for all coefficients jointly; priors by coefficient or
        term name (``"Intercept"``, and ``"slopes"`` for all not named); or flat for everything.
    names, groups : coefficient names and the columns of each term
    default : CoefficientPrior
        Used for what is not named.
    intercept : bool
        Whether coefficient 0 is the intercept.
    slopes : sequence of int, optional
        What ``"slopes"`` stands for; all coefficients but the intercept by default.
    classes : int, optional
        Number of classes, where each but the first has coefficients of its own.

    Raises
    ------
    PriorError
        If a name is unknown or a prior has the wrong number of entries or is not a prior.
    """
    names = tuple(names)
    if priors is None:
        return default
    if isinstance(priors, str):
        if priors != "flat":
            raise PriorError(
                f"priors={priors!r} is not known; expected 'flat', a prior such as "
                "Normal(0, 2.5), or a dict by term name"
            )
        return CoefficientPrior(names, ((np.arange(len(names)), Flat()),))
    if isinstance(priors, GaussianPrior):
        if priors.mean.size != len(names):
            raise PriorError(
                f"GaussianPrior has {priors.mean.size} coefficients; the model has {len(names)} "
                f"({listing(names)}); give the mean and covariance in that order"
            )
        return CoefficientPrior(names, joint=priors)
    if isinstance(priors, ZeroSum):
        if classes is None:
            raise PriorError(
                f"{priors} came with a model that has no coefficients for each class; expected a "
                "multinomial model; give Normal(0, 2.5) instead"
            )
        return CoefficientPrior(names, joint=priors.joint(default, classes))
    if isinstance(priors, Prior):
        priors = {"slopes": priors}
    if not isinstance(priors, Mapping):
        raise PriorError(
            f"priors got {type(priors).__name__}; expected a prior such as Normal(0, 2.5), a dict "
            "by term name, GaussianPrior(mean, covariance), 'flat' or None"
        )
    if slopes is None:
        slopes = range(1 if intercept else 0, len(names))
    return _resolve_mapping(priors, names, groups, default, slopes)


def _resolve_mapping(
    priors: Mapping[str, Prior],
    names: tuple[str, ...],
    groups: Mapping[str, Sequence[int]],
    default: CoefficientPrior,
    slopes: Sequence[int],
) -> CoefficientPrior:
    """Give each coefficient the most particular of: its own name, its term, slopes, default."""
    places: dict[str, Sequence[int]] = {"slopes": slopes}
    places |= {k: tuple(v) for k, v in groups.items()}
    places |= {name: (i,) for i, name in enumerate(names)}
    chosen: dict[int, Prior] = {}
    # The least particular first, so that what is written last holds. Lengths alone do not tell:
    # with a single slope, "slopes" and its name mean the same coefficient.
    for key in sorted(priors, key=lambda k: (k in names, k != "slopes", -len(places.get(k, ())))):
        prior = priors[key]
        if key not in places:
            known = [*names, "slopes", *(g for g in groups if g not in names)]
            raise PriorError(
                f"priors names {key!r}, which is not a term; expected one of {listing(known)}."
                + nearest(key, known)
            )
        if not isinstance(prior, Prior):
            raise PriorError(
                f"priors[{key!r}] is {prior!r}; expected a prior of one coefficient, such as "
                "Normal(0, 2.5) or Flat()"
            )
        where = places[key]
        for parameter, value in prior.parameters().items():
            if np.size(value) not in (1, len(where)):
                raise PriorError(
                    f"priors[{key!r}] has {np.size(value)} values of {parameter}; expected one, "
                    f"or {len(where)}, one for each coefficient of {key!r}"
                )
        for position, i in enumerate(where):
            chosen[i] = prior.pick(position)
    # The default intercept is a statement about the predictor means; a prior that the user gives
    # for the intercept is about all predictors at zero, as written.
    center, moved = default.center, default.moved
    if center is not None:
        kept = [row for row, i in enumerate(moved) if i not in chosen]
        center, moved = (center[kept] if kept else None), tuple(moved[row] for row in kept)
    each = [chosen.get(i) or default.of(i) for i in range(len(names))]
    return CoefficientPrior(
        names,
        _merge(each),  # type: ignore[arg-type]
        center=center,
        moved=moved,
        increasing=default.increasing,
    )


def _merge(each: Sequence[Prior]) -> tuple[tuple[np.ndarray, Prior], ...]:
    """Join priors of one kind into one part with array fields."""
    parts = []
    for kind in dict.fromkeys(type(prior) for prior in each):
        index = np.array([i for i, prior in enumerate(each) if type(prior) is kind])
        stacked = {
            name: np.array([each[i].parameters()[name] for i in index])
            for name in each[index[0]].parameters()
        }
        parts.append((index, kind(**stacked)))
    return tuple(parts)
