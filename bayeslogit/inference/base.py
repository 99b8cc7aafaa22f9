"""The interface of methods, their result, and the Gaussian that several of them share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal, TypedDict, Unpack

import numpy as np

from bayeslogit.errors import MethodRefused, Problem, listing
from bayeslogit.inference.kept import KeptEffects
from bayeslogit.numerics.arrow import Arrow
from bayeslogit.specification.density import LogDensity

__all__ = ["METHODS", "Evidence", "Gaussian", "Method", "Outcome", "Request", "without_learning"]


@dataclass(frozen=True, eq=False)
class Gaussian:
    """A Gaussian on the coefficients: an approximation of the posterior.

    Parameters
    ----------
    mean : ndarray, shape (coefficients,)
    covariance : ndarray, shape (coefficients, coefficients)
    """

    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def from_precision(
        cls, mean: np.ndarray, precision: np.ndarray, arrow: Arrow | None = None
    ) -> Gaussian:
        """Return the Gaussian of a precision matrix, scaled first so that units do not matter.

        Parameters
        ----------
        mean : ndarray, shape (coefficients,)
        precision : ndarray, shape (coefficients, coefficients)
            Inverse of the covariance, symmetric.
        arrow : Arrow, optional
            Where it is not diagonal.

        Raises
        ------
        numpy.linalg.LinAlgError
            If the precision is not positive definite, or is singular to working precision.
        """
        diagonal = np.diag(precision)
        if not np.all(diagonal > 0.0):
            raise np.linalg.LinAlgError("the precision has a diagonal that is not positive")
        if arrow is not None:
            covariance = arrow.solve(precision, np.eye(len(precision)))
            if np.min(1.0 / (diagonal * np.diag(covariance))) > 1e-12:
                return cls(mean, 0.5 * (covariance + covariance.T))
        scale = 1.0 / np.sqrt(diagonal)
        chol = np.linalg.cholesky(precision * np.outer(scale, scale))
        # What is left of a coefficient's precision, given the others, is rounding error here.
        if np.min(np.diag(chol), initial=1.0) ** 2 < 1e-14:
            raise np.linalg.LinAlgError("the precision is singular to working precision")
        half = np.linalg.solve(chol, np.diag(scale))
        return cls(mean, half.T @ half)

    @cached_property
    def cholesky(self) -> np.ndarray:
        """Lower triangular L with ``L @ L.T`` the covariance."""
        scale = np.sqrt(np.diag(self.covariance))
        return scale[:, None] * np.linalg.cholesky(self.covariance / np.outer(scale, scale))

    @property
    def log_determinant(self) -> float:
        """Logarithm of the determinant of the covariance."""
        return 2.0 * float(np.log(np.diag(self.cholesky)).sum())

    def sample(self, rng: np.random.Generator, columns: int) -> np.ndarray:
        """Return independent draws, (coefficients, columns).

        Parameters
        ----------
        rng : numpy.random.Generator
        columns : int
            Number of draws.
        """
        return self.mean[:, None] + self.cholesky @ rng.standard_normal((self.mean.size, columns))

    def squares(self, theta: np.ndarray) -> np.ndarray:
        """Return squared Mahalanobis distances from the mean, (columns,)."""
        z = np.linalg.solve(self.cholesky, theta - self.mean[:, None])
        squares: np.ndarray = np.einsum("pc,pc->c", z, z)
        return squares

    def log_density(self, theta: np.ndarray) -> np.ndarray:
        """Return the log density at each column, in nats."""
        size = self.mean.size
        log_density: np.ndarray = -0.5 * (
            self.squares(theta) + self.log_determinant + size * np.log(2 * np.pi)
        )
        return log_density


@dataclass(frozen=True)
class Evidence:
    """Log marginal likelihood of the outcome under the model, in nats.

    Parameters
    ----------
    value : float
    kind : {"exact", "estimate", "approximation", "lower bound"}
        ``"estimate"`` has the Monte Carlo error ``error``.
    error : float
        Standard error, in nats; 0 where the value is not random.
    """

    value: float
    kind: Literal["exact", "estimate", "approximation", "lower bound"]
    error: float = 0.0


@dataclass(frozen=True, eq=False)
class Outcome:
    """The result of a method: draws, and what is known about them.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, coefficients)
        A point estimate is one chain of one draw.
    exact : bool
        Whether the draws are from the posterior itself (up to Monte Carlo error, which ArviZ's
        diagnostics measure) rather than from an approximation.
    label : str
        What was done, in words, for every summary.
    stats : dict of ndarray, shape (chains, draws)
        Sampler statistics, under ArviZ's names (``diverging``, ``energy``, ``lp``...).
    problems : tuple of Problem
        What is wrong or doubtful; each is shown as a warning as well.
    info : dict
        Numbers and words about the run: iterations, acceptance, route.
    gaussian : Gaussian, optional
        The approximation that the draws come from, or the curvature at a mode.
    evidence : Evidence, optional
    scales : dict of ndarray, shape (chains, draws, ...)
        Of group-level terms: standard deviations ``sd_g`` (..., effects) and correlations
        ``cor_g`` (..., effects, effects).
    effects : KeptEffects, optional
        What was kept of the effects of groups where their draws were not: ``draws`` are then of
        the coefficients alone.
    """

    draws: np.ndarray
    exact: bool
    label: str
    stats: dict[str, np.ndarray] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    info: dict[str, Any] = field(default_factory=dict)
    gaussian: Gaussian | None = None
    evidence: Evidence | None = None
    scales: dict[str, np.ndarray] = field(default_factory=dict)
    effects: KeptEffects | None = None

    @property
    def every(self) -> np.ndarray:
        """All that was drawn and varies: coefficients, effects and scales, (chains, draws, all)."""
        shape = (*self.draws.shape[:2], -1)
        scales = [found.reshape(shape) for found in self.scales.values()]
        if not scales:
            return self.draws
        learned = np.concatenate(scales, axis=2)
        varies = np.ptp(learned, axis=(0, 1)) > 0.0
        return np.concatenate([self.draws, learned[:, :, varies]], axis=2)


class Request(TypedDict):
    """What a run is asked for; see :meth:`Method.run`."""

    draws: int
    chains: int
    rng: np.random.Generator
    progressbar: bool


@dataclass(frozen=True)
class Method(ABC):
    """An algorithm with its options as fields.

    Attributes
    ----------
    name : str
        Key in ``METHODS``.
    summary : str
        One line on what it does, for tables and ``--help``.
    exact : bool
        Whether its draws are from the posterior itself.
    point : bool
        Whether it returns one point instead of draws.
    grouped : bool
        Whether it fits group-level terms, by :meth:`run_grouped`.
    learned : bool
        Whether it fits coefficients with learned scales, by the same.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    exact: ClassVar[bool]
    point: ClassVar[bool] = False
    grouped: ClassVar[bool] = False
    learned: ClassVar[bool] = False

    @abstractmethod
    def refuses(self, density: LogDensity) -> str | None:
        """Return None, or the reason why the method cannot fit this log posterior, as a clause."""

    @abstractmethod
    def run(
        self,
        density: LogDensity,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Return draws of shape (chains, draws, coefficients) and what is known about them.

        Parameters
        ----------
        density : LogDensity
            The log posterior, one that the method does not refuse.
        draws, chains : int
            Shape of the result, at least 1 each; a point estimate ignores both.
        rng : numpy.random.Generator
            The only source of randomness.
        progressbar : bool
            Whether to show progress of a long run.

        Raises
        ------
        FitFailed
            If the computation could not be completed.
        """

    def run_grouped(self, density: Any, **request: Unpack[Request]) -> Outcome:
        """Return readings of a model that learns scales, where the method is able to.

        Parameters
        ----------
        density : GroupedDensity
        **request
            As :meth:`run` takes them.

        Returns
        -------
        Outcome
            Its draws are readings (see ``GroupedDensity.reading_places``).
        """
        raise without_learning(self, "grouped")


# Every method by its name; the face of this room registers them.
METHODS: dict[str, type[Method]] = {}


def without_learning(method: Method, what: str, modal: bool = True) -> MethodRefused:
    """Return the error of a method that does not learn scales; it names those that do.

    Parameters
    ----------
    method : Method
    what : {"grouped", "learned", "modeless"}
        What it is not able to fit.
    modal : bool
        Whether all scales of coefficients have a mode; else only exact methods are able to.
    """
    able = [
        name
        for name, other in METHODS.items()
        if getattr(other, "learned" if what == "modeless" else what) and (modal or other.exact)
    ]
    found = {
        "grouped": "it has group-level terms",
        "learned": "it learns scales of coefficients",
        "modeless": "the scales of its coefficients have no mode that stands for them (with "
        "shrinkage of each coefficient by itself, or shares of a monotonic effect, the highest "
        "point is where most are zero)",
    }
    return MethodRefused(
        f"method {method.name!r} refuses this model: {found[what]}; expected a model "
        f"within its reach; methods that accept it: {listing(able)}."
    )
