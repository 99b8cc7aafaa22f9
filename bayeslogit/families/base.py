"""The interface of a family: a likelihood on linear predictors, many parameter vectors at once."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

__all__ = ["Family", "Touched", "arrangements", "draw_classes", "log_binomial_coefficients"]


@dataclass(frozen=True, eq=False)
class Touched:
    """Cells of a table of rows by classes, with the cutpoints that each depends on.

    Parameters
    ----------
    family : Family
        Of one linear predictor for each of these cutpoints, less ``x beta``.
    rows : ndarray of int, shape (cells,)
        Row of each cell.
    cuts : ndarray of int, shape (predictors, cells)
        Cutpoints that it depends on, not falling along the cells.
    counts : ndarray, shape (cells, classes of the family)
    """

    family: Family
    rows: np.ndarray
    cuts: np.ndarray
    counts: np.ndarray


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
    arrangement : {"plain", "several", "ordered", "dispersed", "matched", "choice"}
        How coefficients make the linear predictors: one predictor; one for each class but the
        first, each with its own coefficients; one for each boundary, with shared slopes; one, and
        the logarithm of a precision that all rows share; one without an intercept; one in which
        some columns have a coefficient for each alternative but the first.
    increasing : bool
        Whether intercepts that increase are all that the linear predictors need to.
    walled : bool
        Whether the log-likelihood ends at a border, beyond which it is ``-inf``.
    ends : tuple of float
        Ends of the range of each linear predictor, beyond which there is no probability.
    coupled : bool
        Whether the rows of a table are members of sets, and a set is a row to this family, which
        has no probabilities. Elsewhere a row stands for itself.
    partial : tuple of int
        Columns whose slopes differ between boundaries, or between the alternatives of a choice.
    """

    name: str
    link: str
    collapsible: bool
    arrangement: str
    walled: bool = False
    ends: tuple[float, float] = (-math.inf, math.inf)
    coupled: bool = False
    partial: tuple[int, ...] = ()

    # Fields of some families, and of others what follows from their fields.
    @property
    @abstractmethod
    def n_eta(self) -> int:
        """Number of linear predictors per row."""

    @property
    @abstractmethod
    def log_concave(self) -> bool:
        """Whether the log-likelihood is concave in the linear predictors."""

    @property
    @abstractmethod
    def offset_signs(self) -> tuple[float, ...]:
        """Sign with which an offset enters each linear predictor; 0 where it does not."""

    @property
    @abstractmethod
    def increasing(self) -> bool:
        """Whether intercepts that increase are all that the linear predictors need to."""

    @property
    def bounded(self) -> bool:
        """Whether some linear predictors have no probability."""
        return self.ends != (-math.inf, math.inf)

    @property
    def single(self) -> bool:
        """Whether a row has one linear predictor, and a term of the likelihood to itself."""
        return self.n_eta == 1 and not self.coupled

    @abstractmethod
    def log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the log-likelihood summed over rows, without constants.

        Parameters
        ----------
        eta : ndarray, shape (predictors, rows, columns)
            Linear predictors, on the scale of the link; may be overwritten.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.

        Returns
        -------
        ndarray, shape (columns,)
            In nats.
        """

    @abstractmethod
    def row_log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the log-likelihood of each row, without constants.

        Parameters
        ----------
        eta : ndarray, shape (predictors, rows, columns)
            Linear predictors, on the scale of the link.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.

        Returns
        -------
        ndarray, shape (rows, columns)
            In nats.
        """

    @abstractmethod
    def slope(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the derivatives of each row's log-likelihood by its linear predictors.

        Parameters
        ----------
        eta : ndarray, shape (predictors, rows, columns)
            Linear predictors, on the scale of the link.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.

        Returns
        -------
        ndarray, shape (predictors, rows, columns)
            In nats per unit of the linear predictor.
        """

    def total_and_slope(self, eta: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return :meth:`log_likelihood` and :meth:`slope`, sharing work if the family can.

        Parameters
        ----------
        eta : ndarray, shape (predictors, rows, columns)
            Linear predictors, on the scale of the link; may be overwritten.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        slope = self.slope(eta, counts)
        return self.log_likelihood(eta, counts), slope

    def newton(
        self, eta: np.ndarray, counts: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return :meth:`log_likelihood`, :meth:`slope` and :meth:`curvature`, sharing work too.

        Parameters
        ----------
        eta : ndarray, shape (predictors, rows, 1)
            Linear predictors, on the scale of the link; may be overwritten.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        curvature = self.curvature(eta, counts)
        return *self.total_and_slope(eta, counts), curvature

    @abstractmethod
    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives of each row's log-likelihood.

        Parameters
        ----------
        eta : ndarray, shape (predictors, rows, 1)
            Linear predictors, on the scale of the link.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.

        Returns
        -------
        ndarray, shape (predictors, predictors, rows)
            In nats per squared unit of the linear predictor.
        """

    def touched(self, counts: np.ndarray) -> tuple[list[Touched], np.ndarray] | None:
        """Return the cells of ordered classes by cutpoints, if few of these make the likelihood.

        Parameters
        ----------
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.

        Returns
        -------
        cells : list of Touched
            Their log-likelihoods add up, with that of the distances.
        apart : ndarray, shape (cutpoints - 1,)
            How often ``log(1 - exp(-d))`` counts, of the distance d of two neighbouring cutpoints.

        None where the linear predictors of every boundary are needed.
        """
        return None

    @abstractmethod
    def contrasts(self, counts: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return the comparisons of two groups of classes that make up the likelihood.

        Each is (weights, failures, successes): a combination of linear predictors,
        (predictors,), whose increase favours ``successes`` and whose decrease favours
        ``failures``, both (rows,). The log-likelihood has a maximum along a direction unless no
        comparison loses along it.
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
        """Return simulated outcomes.

        Parameters
        ----------
        eta : ndarray, shape (predictors, rows, columns)
            Linear predictors, on the scale of the link.
        trials : ndarray, shape (rows,), or None
            Whole numbers; None for families whose outcome is a class.
        rng : numpy.random.Generator

        Returns
        -------
        ndarray of int, shape (rows, columns)
            Class codes, or counts of events where the family has trials.

        Raises
        ------
        TypeError
            If the family has trials and none are given.
        """


def arrangements(counts: np.ndarray) -> np.ndarray:
    """Return the log number of orders in which class counts can arise, (rows,), in nats."""
    trials = counts.sum(axis=1)
    if np.all(trials <= 1.0):
        return np.zeros(len(counts))
    from scipy.special import gammaln

    result: np.ndarray = gammaln(trials + 1.0) - gammaln(counts + 1.0).sum(axis=1)
    return result


def log_binomial_coefficients(counts: np.ndarray) -> np.ndarray:
    """Return the logarithms of binomial coefficients, (rows,), of counts (rows, 2), in nats."""
    from scipy.special import gammaln

    result: np.ndarray = (
        gammaln(counts.sum(axis=1) + 1.0)
        - gammaln(counts[:, 0] + 1.0)
        - gammaln(counts[:, 1] + 1.0)
    )
    return result


def draw_classes(probabilities: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return draws of the class of each row.

    Parameters
    ----------
    probabilities : ndarray, shape (classes, rows, columns)
        They sum to one over classes.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (rows, columns)
        Class codes, from 0.
    """
    below = np.cumsum(probabilities, axis=0)[:-1]
    codes: np.ndarray = (rng.random(probabilities.shape[1:]) > below).sum(axis=0)
    return codes


def draw_counts(
    probabilities: np.ndarray, trials: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return draws of how many cases of each row are of each class.

    Parameters
    ----------
    probabilities : ndarray, shape (classes, rows, columns)
        They sum to one over classes, but for rounding.
    trials : ndarray of int, shape (rows,)
        Cases of each row, zero or more.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (classes, rows, columns)
    """
    each = np.moveaxis(probabilities, 0, -1)
    counts = rng.multinomial(trials[:, None], each / each.sum(axis=-1, keepdims=True))
    return np.moveaxis(counts, -1, 0)
