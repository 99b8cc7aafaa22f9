"""What families of ordered classes share, and Dirichlet densities of their linear predictors.

All have one linear predictor per boundary between neighbouring classes,
``eta_k = cutpoint_k - x beta``, so that a positive coefficient moves towards higher classes.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field

import numpy as np

from bayeslogit.families.base import Family, Touched, arrangements, draw_classes
from bayeslogit.families.binomial import Bernoulli
from bayeslogit.families.links import LINKS, Link

__all__ = ["Ordered", "log_normaliser", "on_either_side"]


@dataclass(frozen=True)
class Ordered(Family):
    """Classes with an order, and a linear predictor for each boundary between two of them.

    A Dirichlet distribution of the class probabilities of one row is also a density of its
    linear predictors: the Dirichlet density times the determinant of the derivatives of the
    probabilities by the linear predictors.
    """

    classes: int = 3
    link: str = "logit"
    partial: tuple[int, ...] = ()
    collapsible: bool = field(default=True, init=False)
    arrangement: str = field(default="ordered", init=False)

    @property
    def n_eta(self) -> int:
        """Number of linear predictors per row: one for each boundary."""
        return self.classes - 1

    @property
    def offset_signs(self) -> tuple[float, ...]:
        """Signs of an offset: it moves towards higher classes, as ``x beta`` does."""
        return (-1.0,) * self.n_eta

    @property
    def log_concave(self) -> bool:
        """Whether the log-likelihood is concave, which it is if the link is log-concave.

        References
        ----------
        Pratt, J. W. (1981). Concavity of the log likelihood. doi:10.1080/01621459.1981.10477613
        """
        return LINKS[self.link].log_concave

    @property
    def _link(self) -> Link:
        return LINKS[self.link]

    def log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the sum of :meth:`row_log_likelihood` over rows, (columns,), in nats.

        Parameters
        ----------
        eta : ndarray, shape (boundaries, rows, columns)
            Linear predictors, on the scale of the link.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        total: np.ndarray = self.row_log_likelihood(eta, counts).sum(axis=0)
        return total

    def constants(self, counts: np.ndarray) -> np.ndarray:
        """Return the logarithms of the multinomial coefficients, (rows,)."""
        return arrangements(counts)

    def simulate(
        self, eta: np.ndarray, trials: np.ndarray | None, rng: np.random.Generator
    ) -> np.ndarray:
        """Return simulated class codes from 0, (rows, columns).

        Parameters
        ----------
        eta : ndarray, shape (boundaries, rows, columns)
            Linear predictors, on the scale of the link.
        trials : ndarray, shape (rows,), or None
            Ignored: the outcome of a row is one class.
        rng : numpy.random.Generator
        """
        return draw_classes(self.probabilities(eta), rng)

    @abstractmethod
    def margins(self, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the beta distribution of ``F(eta_k)`` under a Dirichlet, for each boundary.

        Parameters
        ----------
        concentration : ndarray, shape (classes,)
            Parameters of the Dirichlet, positive.

        Returns
        -------
        alpha, beta : ndarray, shape (boundaries,)
            Parameters of the beta distributions, positive.
        """

    def margin(self, eta: np.ndarray, beta: np.ndarray) -> np.ndarray:
        """Return the log density of a linear predictor whose ``F(eta)`` has a beta distribution.

        Parameters
        ----------
        eta : ndarray
            Linear predictors of any shape, on the scale of the link.
        beta : ndarray, shape (2,)
            Parameters of the beta distribution, as :meth:`margins` gives them for a boundary.

        Returns
        -------
        ndarray
            In nats, the shape of ``eta``.
        """
        above, below = self._link.log_probs(eta)
        value = (beta[0] - 1.0) * below + (beta[1] - 1.0) * above
        result: np.ndarray = log_normaliser(beta) + value + self._link.log_density(eta)[0]
        return result

    @abstractmethod
    def boundaries(self, shares: np.ndarray) -> np.ndarray:
        """Return the linear predictors at which classes have given shares.

        This is the inverse of :meth:`probabilities`.

        Parameters
        ----------
        shares : ndarray, shape (classes, columns)
            Positive; they need not sum to one.

        Returns
        -------
        ndarray, shape (boundaries, columns)
            On the scale of the link.
        """

    @abstractmethod
    def simplex(self, eta: np.ndarray, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density of a Dirichlet as one of linear predictors, and its gradient.

        Parameters
        ----------
        eta : ndarray, shape (boundaries, columns)
            Linear predictors of one row, on the scale of the link.
        concentration : ndarray, shape (classes,)
            Parameters of the Dirichlet, positive.

        Returns
        -------
        log_density : ndarray, shape (columns,)
            In nats; ``-inf`` where the family does not allow ``eta``.
        gradient : ndarray, shape (boundaries, columns)
        """

    def simplex_log_concave(self, concentration: np.ndarray) -> bool:
        """Return whether the log density that :meth:`simplex` gives is concave.

        Parameters
        ----------
        concentration : ndarray, shape (classes,)
            Parameters of the Dirichlet, positive.
        """
        # Where boundaries may not cross, a concentration below 1 makes a peak where they meet.
        apart = not self.walled or bool(np.all(concentration[1:-1] >= 1.0))
        return self.log_concave and apart

    @abstractmethod
    def simplex_curvature(self, eta: np.ndarray, concentration: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives of the log density that :meth:`simplex` gives.

        Parameters
        ----------
        eta : ndarray, shape (boundaries,)
            Linear predictors of one row, on the scale of the link.
        concentration : ndarray, shape (classes,)
            Parameters of the Dirichlet, positive.

        Returns
        -------
        ndarray, shape (boundaries, boundaries)
        """


def log_normaliser(concentration: np.ndarray) -> float:
    """Return the log of the factor that makes a Dirichlet density integrate to one, in nats."""
    from scipy.special import gammaln

    return float(gammaln(concentration.sum()) - gammaln(concentration).sum())


def on_either_side(link: str, below: np.ndarray, above: np.ndarray) -> Touched:
    """Return the cells of cases that are below or above single cutpoints.

    Parameters
    ----------
    link : str
    below, above : ndarray, shape (cutpoints, rows)
        Weighted cases on either side of each cutpoint, zero or more; a case below it has
        probability ``F``, one above it ``1 - F``.
    """
    cut, rows = np.nonzero(np.stack([below, above], axis=1).reshape(2 * len(below), -1))
    happened = cut % 2 == 0
    cut //= 2
    cases = np.where(happened, below[cut, rows], above[cut, rows])
    counts = np.stack([np.where(happened, 0.0, cases), np.where(happened, cases, 0.0)], axis=1)
    return Touched(Bernoulli(link), rows, cut[None], counts)
