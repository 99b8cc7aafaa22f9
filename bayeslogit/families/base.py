"""What a family is: a likelihood on linear predictors, batched over parameter vectors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

import numpy as np

__all__ = ["Family", "arrangements", "draw_classes"]


class Family(ABC):
    """The likelihood of class counts given linear predictors.

    A row holds counts per class, already multiplied by its weight: ``counts`` has shape
    (rows, classes). One case of class k is a row of zeros with a one at k, so rows with equal
    predictors can be added up. Linear predictors are ``eta`` of shape
    (predictors, rows, columns): ``predictors`` per row (one for two classes), ``columns``
    parameter vectors at once.

    Attributes
    ----------
    name : str
        Key in ``FAMILIES``.
    link : str
        Name of the link.
    n_eta : int
        Linear predictors per row.
    log_concave : bool
        Whether the log-likelihood is concave in ``eta``.
    offset_signs : tuple of float
        How an offset enters each linear predictor.
    collapsible : bool
        Whether rows with equal predictors can be added up.
    arrangement : {"plain", "several", "ordered", "dispersed"}
        How coefficients make the linear predictors: one predictor; one for each class but the
        first, each with its own coefficients; one for each boundary, with shared slopes; one, and
        the logarithm of a precision that all rows share.
    increasing : bool
        Whether intercepts that increase are all that the linear predictors need to.
    walled : bool
        Whether the log-likelihood ends at a border, beyond which it is ``-inf``.
    partial : tuple of int
        Columns whose slopes differ between boundaries.
    """

    name: str
    link: str
    n_eta: int
    log_concave: bool
    offset_signs: tuple[float, ...]
    collapsible: bool
    arrangement: str
    increasing: bool
    walled: bool = False
    partial: tuple[int, ...] = ()

    @abstractmethod
    def log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the log-likelihood summed over rows, (columns,), in nats, without constants.

        ``eta`` may be overwritten.
        """

    @abstractmethod
    def row_log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the log-likelihood of each row, (rows, columns), in nats, without constants."""

    @abstractmethod
    def slope(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the derivative of each row by its linear predictors, the shape of ``eta``."""

    def total_and_slope(self, eta: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return :meth:`log_likelihood` and :meth:`slope`, sharing work if the family can."""
        slope = self.slope(eta, counts)
        return self.log_likelihood(eta, counts), slope

    def newton(
        self, eta: np.ndarray, counts: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return :meth:`log_likelihood`, :meth:`slope` and :meth:`curvature`, sharing work too.

        ``eta`` is (predictors, rows, 1) and may be overwritten.
        """
        curvature = self.curvature(eta, counts)
        return *self.total_and_slope(eta, counts), curvature

    @abstractmethod
    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives, (predictors, predictors, rows), at one column."""

    @abstractmethod
    def contrasts(self, counts: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return the two-sided comparisons that the likelihood is made of.

        Each is (weights, failures, successes): a combination of linear predictors,
        (predictors,), whose increase favours ``successes`` and whose decrease favours
        ``failures``, both (rows,). The log-likelihood is bounded in a direction unless every
        comparison gains or stays.
        """

    @abstractmethod
    def constants(self, counts: np.ndarray) -> np.ndarray:
        """Return the constants of the log-likelihood of each row, (rows,), in nats.

        :meth:`row_log_likelihood` leaves them out: logarithms of binomial coefficients, say.
        ``counts`` are unweighted here.
        """

    @abstractmethod
    def probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Return class probabilities, (classes, rows, columns), summing to one over classes."""

    @abstractmethod
    def simulate(
        self, eta: np.ndarray, trials: np.ndarray | None, rng: np.random.Generator
    ) -> np.ndarray:
        """Return simulated outcomes, (rows, columns): class codes, or counts where trials are."""


def arrangements(counts: np.ndarray) -> np.ndarray:
    """Return the log number of orders in which class counts can come about, (rows,), in nats."""
    trials = counts.sum(axis=1)
    if np.all(trials <= 1.0):
        return np.zeros(len(counts))
    from scipy.special import gammaln

    return gammaln(trials + 1.0) - gammaln(counts + 1.0).sum(axis=1)


def draw_classes(probabilities: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a class code for each row and column from (classes, rows, columns)."""
    below = np.cumsum(probabilities, axis=0)[:-1]
    return (rng.random(probabilities.shape[1:]) > below).sum(axis=0)
