"""Ordered classes reached step by step: the sequential (continuation ratio) model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from bayeslogit.families.base import Touched
from bayeslogit.families.ordered import Ordered, log_normaliser, on_either_side

__all__ = ["Sequential"]


@dataclass(frozen=True)
class Sequential(Ordered):
    """``P(y = k | y >= k) = F(cutpoint_k - x beta)``: the continuation ratio model.

    At each class a case stops or goes on to a higher one. Cutpoints need not increase.

    Parameters
    ----------
    classes : int, default 3
        How many, at least 3.
    link : str, default "logit"
        A key of ``bl.LINKS``.
    partial : tuple of int
        Columns of X whose slopes differ between boundaries.

    See Also
    --------
    Cumulative, Adjacent : Other readings of an order.
    Multinomial : Classes without an order.
    bayeslogit.ordinal : The model.

    References
    ----------
    Tutz, G. (1991). Sequential models in categorical regression.
    doi:10.1016/0167-9473(91)90004-7

    Examples
    --------
    Half of the cases stop at each class they reach:

    >>> import numpy as np
    >>> Sequential(classes=4).probabilities(np.zeros((3, 1, 1)))[:, 0, 0]
    array([0.5  , 0.25 , 0.125, 0.125])
    """

    name: str = field(default="sequential", init=False)
    increasing: bool = field(default=False, init=False)

    def _pairs(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how many went on and how many stopped, each (rows, boundaries)."""
        reached = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
        return reached[:, 1:], counts[:, :-1]

    def row_log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return each row's log-likelihood of stopping and going on, (rows, columns), in nats.

        Parameters
        ----------
        eta : ndarray, shape (boundaries, rows, columns)
            Linear predictors of stopping at a class, on the scale of the link, in any order.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        on, stop = (v.T[:, :, None] for v in self._pairs(counts))
        above, below = self._link.log_probs(eta)
        with np.errstate(invalid="ignore"):
            return (np.where(on > 0, on * above, 0.0) + np.where(stop > 0, stop * below, 0.0)).sum(
                axis=0
            )

    def slope(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return each row's derivative by each boundary, (boundaries, rows, columns).

        Parameters
        ----------
        eta : ndarray, shape (boundaries, rows, columns)
            Linear predictors of stopping at a class, on the scale of the link, in any order.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        on, stop = self._pairs(counts)
        return np.stack([self._link.slope(e, on[:, k], stop[:, k]) for k, e in enumerate(eta)])

    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives, (boundaries, boundaries, rows); diagonal.

        Parameters
        ----------
        eta : ndarray, shape (boundaries, rows, 1)
            Linear predictors of stopping at a class, on the scale of the link, in any order.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        on, stop = self._pairs(counts)
        result = np.zeros((self.n_eta, self.n_eta, counts.shape[0]))
        for k, e in enumerate(eta):
            result[k, k] = self._link.curvature(e, on[:, k], stop[:, k])[:, 0]
        return result

    def touched(self, counts: np.ndarray) -> tuple[list[Touched], np.ndarray] | None:
        """Return cells by the cutpoints up to their class, if slopes are shared.

        Parameters
        ----------
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        if self.partial:
            return None
        on, stop = self._pairs(counts)
        return [on_either_side(self.link, stop.T, on.T)], np.zeros(self.n_eta - 1)

    def contrasts(self, counts: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return, for each boundary, those who went on against those who stopped."""
        on, stop = self._pairs(counts)
        for k, weights in enumerate(np.eye(self.n_eta)):
            yield weights, on[:, k], stop[:, k]

    def probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Return class probabilities, (classes, rows, columns)."""
        result = np.empty((self.classes, *eta.shape[1:]))
        result[:-1] = self._link.prob(eta)
        result[-1] = 1.0
        # A case stops at a class if it has passed all lower ones.
        for k, passed in enumerate(self._link.complement(eta)):
            result[k + 1 :] *= passed
        return result

    def margins(self, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the beta distribution of the probability of stopping at each class."""
        later = np.cumsum(concentration[::-1])[::-1][1:]
        return concentration[:-1], later

    def boundaries(self, shares: np.ndarray) -> np.ndarray:
        """Return linear predictors (boundaries, columns) of shares (classes, columns)."""
        reached = np.cumsum(shares[::-1], axis=0)[::-1]
        stop, on = shares[:-1] / reached[:-1], reached[1:] / reached[:-1]
        low = self._link.inverse(np.minimum(stop, 0.5))
        return np.where(stop <= 0.5, low, self._link.inverse_complement(np.minimum(on, 0.5)))

    def simplex(self, eta: np.ndarray, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density of a Dirichlet, (columns,), in nats, and its gradient.

        Parameters
        ----------
        eta : ndarray, shape (boundaries, columns)
            Linear predictors of stopping at a class, on the scale of the link, in any order.
        concentration : ndarray, shape (classes,)
            Parameters of the Dirichlet, positive.
        """
        # The probabilities of stopping are independent, each with a beta distribution.
        stop, on = self.margins(concentration)
        log_density, fall, _ = self._link.log_density(eta)
        above, below = self._link.log_probs(eta)
        value = (on - 1.0) @ above + (stop - 1.0) @ below + log_density.sum(axis=0)
        # As two calls, because links expect counts that are not negative.
        one, none = np.ones(len(stop)), np.zeros(len(stop))
        rise = (stop - 1.0)[:, None] * self._link.slope(eta, none, one)
        gradient = rise + (on - 1.0)[:, None] * self._link.slope(eta, one, none) + fall
        return log_normaliser(concentration) + value, gradient

    def simplex_curvature(self, eta: np.ndarray, concentration: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives of :meth:`simplex`, (boundaries, boundaries).

        Parameters
        ----------
        eta : ndarray, shape (boundaries,)
            Linear predictors of stopping at a class, on the scale of the link, in any order.
        concentration : ndarray, shape (classes,)
            Parameters of the Dirichlet, positive.
        """
        stop, on = self.margins(concentration)
        one, none = np.ones(len(stop)), np.zeros(len(stop))
        of_below = self._link.curvature(eta[:, None], none, one)[:, 0]
        of_above = self._link.curvature(eta[:, None], one, none)[:, 0]
        bend = self._link.log_density(eta)[2]
        return np.diag((stop - 1.0) * of_below + (on - 1.0) * of_above + bend)
