"""Priors of sets of coefficients whose scales are learned from the data.

Given what is learned, the coefficients of a set are Gaussian: ``beta = unit * scale(h) * z`` with z
standard Gaussian, where h are unconstrained numbers that all coefficients of the set share, or that
belong to one of them. Each has a z of its own, or all have one z together.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import Field, dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from bayeslogit.errors import Problem
from bayeslogit.priors.scales import ScalePrior

__all__ = ["Learned", "LearnedPrior", "Mixture", "of_quantile", "volume_of_quantile"]

# Draws of the scales that stand for their prior in the margin of a coefficient.
_MIXED = 4000
# A Gaussian coordinate beyond this is a quantile that no double can tell from the next.
_FARTHEST = 8.0


class LearnedPrior(ABC):
    """The prior of a set of coefficients, with scales that are learned.

    Attributes
    ----------
    name : str
        Key in ``LEARNED`` (:mod:`bayeslogit.priors`).
    alike : bool
        Whether all coefficients of a set have the same scale, whatever is learned.
    standard : bool
        Whether scales are per standard deviation of the predictor, or per unit of it.
    latent : bool
        Whether scales are in standard deviations of the latent outcome given the predictors.
    together : bool
        Whether all coefficients of a set have one z, so that each is a multiple of the others.
    modal : bool
        Whether what is learned has a mode, the coefficients integrated, that means something.
    """

    name: ClassVar[str]
    alike: ClassVar[bool] = False
    standard: ClassVar[bool] = False
    latent: ClassVar[bool] = False
    together: ClassVar[bool] = False
    modal: ClassVar[bool] = False
    # Every prior is a dataclass.
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @abstractmethod
    def count(self, size: int) -> int:
        """Return the number of unconstrained numbers h for a set of ``size`` coefficients."""

    @property
    def shared(self) -> int:
        """How many of h, the first ones, belong to all coefficients of a set."""
        return 1

    @property
    def middle(self) -> float:
        """Mean of z, which is 0 where each coefficient has its own."""
        return 0.0

    @abstractmethod
    def scales(self, h: np.ndarray) -> np.ndarray:
        """Return the scale of each coefficient, (size, columns), from h (count, columns).

        Where all are alike it may be one row.
        """

    @abstractmethod
    def log_density(self, h: np.ndarray) -> np.ndarray:
        """Return the log density of h, (columns,), in nats."""

    @abstractmethod
    def pull(self, h: np.ndarray, by_scales: np.ndarray) -> np.ndarray:
        """Return derivatives by h of a function of the scales plus the log density.

        Parameters
        ----------
        h : ndarray, shape (count, columns)
        by_scales : ndarray, shape (size, columns)
            Derivatives of the function by the scales.
        """

    @abstractmethod
    def sample(self, rng: np.random.Generator, size: int, columns: int) -> np.ndarray:
        """Return draws of h, (count, columns).

        Parameters
        ----------
        rng : numpy.random.Generator
        size, columns : int
            Coefficients of the set, and draws.
        """

    @abstractmethod
    def start(self, size: int) -> np.ndarray:
        """Return moderate h, (count,), at which a search may start."""

    @abstractmethod
    def quantities(self, label: str, size: int) -> tuple[tuple[str, str], ...]:
        """Return names and priors in words of what is reported beside the coefficients.

        Parameters
        ----------
        label : str
            What the set is called.
        size : int
            Its number of coefficients.
        """

    @abstractmethod
    def readings(self, h: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return what is reported, (quantities, columns).

        Parameters
        ----------
        h : ndarray, shape (count, columns)
        z : ndarray, shape (size or one, columns)
            The Gaussian variables.
        """

    def log_volume(self, h: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the log volume of what is reported by h, and its gradient, in nats.

        A mode does not stay where it is when coordinates change: that of standard deviations
        themselves is where the density of h less this is highest.

        Parameters
        ----------
        h : ndarray, shape (count,)
        """
        return 0.0, np.zeros(h.size)

    def fits(self, size: int) -> bool:
        """Return whether it can be the prior of so many coefficients."""
        return True

    def doubts(self, label: str, readings: np.ndarray) -> tuple[Problem, ...]:
        """Return what is doubtful where these quantities were found.

        Parameters
        ----------
        label : str
            What the set is called.
        readings : ndarray, shape (quantities, any)
            Draws of what is reported.
        """
        return ()

    @abstractmethod
    def words(self, label: str) -> str:
        """Return the prior of one coefficient in words, given what is learned."""


def of_quantile(prior: ScalePrior, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the standard deviation of which x is the Gaussian quantile, and its derivative.

    Parameters
    ----------
    prior : ScalePrior
        Of the standard deviation.
    x : ndarray
        Standard Gaussian where the standard deviation has its prior.
    """
    from scipy.special import ndtr

    x = np.clip(x, -_FARTHEST, _FARTHEST)
    sd = prior.exceeded(ndtr(-x))
    gaussian = -0.5 * (x * x + math.log(2.0 * math.pi))
    return sd, np.exp(gaussian - prior.log_density(sd))


def volume_of_quantile(prior: ScalePrior, x: float) -> tuple[float, float]:
    """Return the log derivative of :func:`of_quantile`, and its derivative.

    Parameters
    ----------
    prior : ScalePrior
    x : float
    """
    sd, by_x = of_quantile(prior, np.array([x]))
    slope = -x - prior.gradient(sd) * by_x
    return float(np.log(by_x[0])), float(slope[0])


@dataclass(frozen=True, eq=False)
class Learned:
    """A learned prior and the coefficients that it is for.

    Parameters
    ----------
    index : ndarray of int, shape (size,)
        Positions of the coefficients.
    label : str
        What the set is called: a term, several with commas, or ``"slopes"``.
    prior : LearnedPrior
    unit : ndarray, shape (size,)
        Positive; what scales are multiplied by.
    """

    index: np.ndarray
    label: str
    prior: LearnedPrior
    unit: np.ndarray

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return len(self.index)

    def scales(self, h: np.ndarray) -> np.ndarray:
        """Return the scale of each coefficient without its unit, (size,), from h (count,)."""
        scale: np.ndarray = np.broadcast_to(self.prior.scales(h[:, None]), (self.size, 1))[:, 0]
        return scale

    @property
    def count(self) -> int:
        """Number of unconstrained numbers."""
        return self.prior.count(self.size)

    @property
    def quantities(self) -> tuple[tuple[str, str], ...]:
        """Names and priors of what is reported beside the coefficients."""
        return self.prior.quantities(self.label, self.size)

    def sample(self, rng: np.random.Generator, columns: int) -> np.ndarray:
        """Return draws of the coefficients, (size, columns).

        Parameters
        ----------
        rng : numpy.random.Generator
        columns : int
            Number of draws.
        """
        scale = self.prior.scales(self.prior.sample(rng, self.size, columns))
        draws: np.ndarray = self.unit[:, None] * scale * self.variables(rng, columns)
        return draws

    def variables(self, rng: np.random.Generator, columns: int) -> np.ndarray:
        """Return draws of z, (size, columns), or (1, columns) where all have one together.

        Parameters
        ----------
        rng : numpy.random.Generator
        columns : int
            Number of draws.
        """
        count = 1 if self.prior.together else self.size
        return self.prior.middle + rng.standard_normal((count, columns))

    def margin(self, position: int) -> Mixture:
        """Return the prior of one coefficient, with what is learned integrated out."""
        return Mixture(self, position)


@dataclass(frozen=True, eq=False)
class Mixture:
    """The margin of one coefficient: Gaussians of many scales, each as likely.

    Parameters
    ----------
    part : Learned
    position : int
        The coefficient, among those of the set.
    """

    part: Learned
    position: int

    proper: ClassVar[bool] = True

    @cached_property
    def scales(self) -> np.ndarray:
        """Standard deviations, drawn from their prior, (draws,)."""
        size, prior = self.part.size, self.part.prior
        h = prior.sample(np.random.default_rng(0), size, _MIXED)
        scale = np.broadcast_to(prior.scales(h), (size, _MIXED))[self.position]
        positive: np.ndarray = np.maximum(np.abs(self.part.unit[self.position] * scale), 1e-300)
        return positive

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Return the log density in nats, elementwise."""
        away = np.asarray(x)[..., None] / self.scales - self.part.prior.middle
        each = -0.5 * (away**2 + math.log(2.0 * math.pi)) - np.log(self.scales)
        total: np.ndarray = np.logaddexp.reduce(each, axis=-1) - math.log(self.scales.size)
        return total

    def __str__(self) -> str:
        return self.part.prior.words(self.part.label)
