"""The interface of a link: a distribution function F from linear predictor to probability.

A link knows ``log F`` and ``log(1 - F)`` and their derivatives; both tails are computed on
their own, never as one minus the other.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

__all__ = ["Link"]


class Link(ABC):
    """A distribution function ``F`` with ``prob = F(eta)``, its derivatives and inverse.

    Functions are elementwise on arrays of any shape, unless a docstring states another.

    Attributes
    ----------
    name : str
        The name used in ``link=``.
    scale : str
        What one unit of the linear predictor is called, such as ``"log-odds"``.
    decay : float
        The power with which ``F`` and ``1 - F`` fall in their tails; infinite if each falls
        exponentially or faster.
    log_concave : bool
        Whether ``log F`` and ``log(1 - F)`` are both concave, so that the log-likelihood has one
        mode at most.
    error_variance : float or None
        Variance of the latent error, whose distribution function is ``F``; None if it is not
        finite.
    low, high : float
        Ends of the range of the linear predictor, beyond which there is no probability; infinite
        for most links.
    exponential : str
        What exponentials of coefficients are: ``"odds_ratio"``, ``"risk_ratio"``, or nothing.
    effect : str
        The comparison of probabilities that a coefficient is about.
    coefficient : str
        What a coefficient is called.
    splits : bool
        Whether ``F(u) - F(l)`` is ``F(u) (1 - F(l)) (1 - exp(l - u))``.
    """

    name: ClassVar[str]
    scale: ClassVar[str]
    log_concave: ClassVar[bool]
    decay: ClassVar[float] = math.inf
    error_variance: ClassVar[float | None]
    exponential: ClassVar[str] = ""
    effect: ClassVar[str] = "odds_ratio"
    coefficient: ClassVar[str] = "coefficient"
    low: ClassVar[float] = -math.inf
    high: ClassVar[float] = math.inf
    splits: ClassVar[bool] = False

    @property
    def bounded(self) -> bool:
        """Whether some linear predictors have no probability."""
        return self.low > -math.inf or self.high < math.inf

    def outside(self, eta: np.ndarray) -> np.ndarray:
        """Return which linear predictors have no probability, the shape of ``eta``."""
        return (eta < self.low) | (eta > self.high)

    @abstractmethod
    def prob(self, eta: np.ndarray) -> np.ndarray:
        """Return ``F(eta)``, a probability, with full relative accuracy where it is small."""

    @abstractmethod
    def complement(self, eta: np.ndarray) -> np.ndarray:
        """Return ``1 - F(eta)``, with full relative accuracy where it is small."""

    def shares(self, eta: np.ndarray) -> np.ndarray:
        """Return the probabilities below, between and above increasing values of ``eta``.

        Parameters
        ----------
        eta : ndarray, shape (boundaries, ...)
            Increasing along the first axis.

        Returns
        -------
        ndarray, shape (boundaries + 1, ...)
            Probabilities, each from the smaller tail, which has its digits; never as one minus
            the others.
        """
        below, above = self.prob(eta), self.complement(eta)
        result = np.empty((len(eta) + 1, *eta.shape[1:]))
        result[0], result[-1] = below[0], above[-1]
        low, high = np.diff(below, axis=0), -np.diff(above, axis=0)
        result[1:-1] = np.where(eta[:-1] > 0.0, high, low)
        return result

    def odds_against(self, eta: np.ndarray, happened: np.ndarray) -> np.ndarray:
        """Return the odds against the observed outcome; infinite beyond the range of doubles.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors; may be overwritten.
        happened : ndarray of bool, shape (rows,)
            Whether the event happened.

        Returns
        -------
        ndarray, shape (rows, columns)
        """
        result = np.empty_like(eta)
        for rows, this, other in (
            (happened, self.prob, self.complement),
            (~happened, self.complement, self.prob),
        ):
            some = eta[rows]
            with np.errstate(divide="ignore", over="ignore"):
                result[rows] = other(some) / this(some)
        return result

    @abstractmethod
    def inverse(self, prob: np.ndarray) -> np.ndarray:
        """Return the linear predictor whose probability is ``prob``; infinite for 0 and 1."""

    @abstractmethod
    def inverse_complement(self, prob: np.ndarray) -> np.ndarray:
        """Return the linear predictor at which ``1 - F`` is ``prob``; infinite for 0 and 1."""

    @abstractmethod
    def log_density(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the log of the density ``f = F'``, its derivative, and minus its second one.

        Every density of an unbounded range here is highest at zero, so the derivative has the
        opposite sign of ``eta``.
        """

    @abstractmethod
    def log_probs(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``log(1 - F(eta))`` and ``log F(eta)``, in nats."""

    @abstractmethod
    def total(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return the log-likelihood ``sum(failures log(1 - F) + successes log F)`` over rows.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors; may be overwritten.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.

        Returns
        -------
        ndarray, shape (columns,)
            In nats.
        """

    @abstractmethod
    def slope(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return the derivative of each row's log-likelihood by its linear predictor.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.

        Returns
        -------
        ndarray, shape (rows, columns)
            In nats per unit of the linear predictor.
        """

    def total_and_slope(
        self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return :meth:`total` and :meth:`slope`, sharing work if the link can.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors; may be overwritten.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        slope = self.slope(eta, failures, successes)
        return self.total(eta, failures, successes), slope

    def newton(
        self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return :meth:`total`, :meth:`slope` and :meth:`curvature`, sharing work if it can.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors; may be overwritten.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.
        """
        curvature = self.curvature(eta, failures, successes)
        return *self.total_and_slope(eta, failures, successes), curvature

    @abstractmethod
    def curvature(self, eta: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
        """Return minus the second derivative of each row's log-likelihood.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear predictors.
        failures, successes : ndarray, shape (rows,)
            Weighted cases without and with the event, zero or more.

        Returns
        -------
        ndarray, shape (rows, columns)
            In nats per squared unit of the linear predictor.
        """
