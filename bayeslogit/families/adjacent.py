"""Ordered classes by the odds of neighbours: the adjacent-category model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from bayeslogit.families.multinomial import Multinomial
from bayeslogit.families.ordered import Ordered, log_normaliser
from bayeslogit.numerics.running import running_sum

__all__ = ["Adjacent"]


@dataclass(frozen=True)
class Adjacent(Ordered):
    """``log(P(y = k) / P(y = k + 1)) = cutpoint_k - x beta``: adjacent categories, logit link.

    Parameters
    ----------
    classes : int, default 3
        How many, at least 3.
    link : {"logit"}
    partial : tuple of int
        Columns of X whose slopes differ between boundaries.

    See Also
    --------
    Cumulative, Sequential : Other readings of an order.
    Multinomial : Classes without an order.
    bayeslogit.ordinal : The model.

    References
    ----------
    Agresti, A. (2010). Analysis of Ordinal Categorical Data, 2nd ed. doi:10.1002/9780470594001

    Examples
    --------
    Each class has half the odds of the next:

    >>> import numpy as np
    >>> eta = np.full((2, 1, 1), np.log(0.5))
    >>> Adjacent(classes=3).probabilities(eta)[:, 0, 0].round(3)
    array([0.143, 0.286, 0.571])
    """

    name: str = field(default="adjacent", init=False)
    increasing: bool = field(default=False, init=False)

    @property
    def _softmax(self) -> Multinomial:
        return Multinomial(self.classes)

    def _sums(self, eta: np.ndarray) -> np.ndarray:
        """Return the log-odds of each class but the first against the first."""
        return -running_sum(eta)

    def row_log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return each row's log-likelihood, (rows, columns), in nats, as that of a softmax.

        Parameters
        ----------
        eta : ndarray, shape (boundaries, rows, columns)
            Log-odds of the lower of two neighbouring classes, in any order.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        return self._softmax.row_log_likelihood(self._sums(eta), counts)

    def _sides(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return probabilities of being above and below each boundary, (boundaries, ...)."""
        prob = self.probabilities(eta)
        return running_sum(prob[:0:-1])[::-1], running_sum(prob[:-1])

    def slope(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return each row's derivative by each boundary, (boundaries, rows, columns).

        Parameters
        ----------
        eta : ndarray, shape (boundaries, rows, columns)
            Log-odds of the lower of two neighbouring classes, in any order.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        above, below = self._sides(eta)
        c = counts.T[:, :, None]
        higher, lower = running_sum(c[:0:-1])[::-1], running_sum(c[:-1])
        result: np.ndarray = lower * above - higher * below
        return result

    def log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the sum of :meth:`row_log_likelihood` over rows, (columns,), in nats.

        Parameters
        ----------
        eta : ndarray, shape (boundaries, rows, columns)
            Log-odds of the lower of two neighbouring classes, in any order.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        return self._softmax.log_likelihood(self._sums(eta), counts)

    def total_and_slope(self, eta: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return :meth:`log_likelihood` and :meth:`slope`, as those of a softmax.

        Parameters
        ----------
        eta : ndarray, shape (boundaries, rows, columns)
            Log-odds of the lower of two neighbouring classes, in any order.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        total, slope = self._softmax.total_and_slope(self._sums(eta), counts)
        return total, -running_sum(slope[::-1])[::-1]

    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return each row's covariance of counts above boundaries, (boundaries, boundaries, rows).

        Parameters
        ----------
        eta : ndarray, shape (boundaries, rows, 1)
            Log-odds of the lower of two neighbouring classes, in any order.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        above, below = (v[:, :, 0] for v in self._sides(eta))
        k = np.arange(self.n_eta)
        # The covariance of being above one boundary and above another.
        both: np.ndarray = above[np.maximum.outer(k, k)] * below[np.minimum.outer(k, k)]
        both *= counts.sum(axis=1)
        return both

    def contrasts(self, counts: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return the comparisons of every two classes."""
        for weights, failures, successes in self._softmax.contrasts(counts):
            yield -np.cumsum(weights[::-1])[::-1], failures, successes

    def probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Return class probabilities, (classes, rows, columns)."""
        return self._softmax.probabilities(self._sums(eta))

    def margins(self, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the beta distribution of ``P(y = k | y in {k, k + 1})`` for each boundary."""
        return concentration[:-1], concentration[1:]

    def boundaries(self, shares: np.ndarray) -> np.ndarray:
        """Return linear predictors (boundaries, columns) of shares (classes, columns)."""
        return np.log(shares[:-1]) - np.log(shares[1:])

    def simplex(self, eta: np.ndarray, concentration: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density of a Dirichlet, (columns,), in nats, and its gradient.

        Parameters
        ----------
        eta : ndarray, shape (boundaries, columns)
            Log-odds of the lower of two neighbouring classes, in any order.
        concentration : ndarray, shape (classes,)
            Parameters of the Dirichlet, positive.
        """
        # The determinant of the derivatives is the product of the probabilities, as if each class
        # had one more case.
        row, at = concentration[None], eta[:, None]
        value = log_normaliser(concentration) + self.row_log_likelihood(at, row)[0]
        return value, self.slope(at, row)[:, 0]

    def simplex_curvature(self, eta: np.ndarray, concentration: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives of :meth:`simplex`, (boundaries, boundaries).

        Parameters
        ----------
        eta : ndarray, shape (boundaries,)
            Log-odds of the lower of two neighbouring classes, in any order.
        concentration : ndarray, shape (classes,)
            Parameters of the Dirichlet, positive.
        """
        return self.curvature(eta[:, None, None], concentration[None])[:, :, 0]
