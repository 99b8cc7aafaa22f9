"""Several unordered classes: the softmax of one linear predictor per class but the first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from bayeslogit.families.base import Family, arrangements, draw_classes

__all__ = ["Multinomial"]


@dataclass(frozen=True)
class Multinomial(Family):
    """Class probabilities ``softmax(0, eta_1, ..., eta_(K-1))``; class 0 is the reference.

    Adding the same number to the linear predictors of all classes changes no probability, so
    the linear predictor of the reference class is fixed at zero.

    Parameters
    ----------
    classes : int, default 3
        How many, at least 3.
    link : {"logit"}

    See Also
    --------
    Cumulative, Sequential, Adjacent : Classes with an order.
    bayeslogit.multinomial : The model.

    References
    ----------
    McFadden, D. (1974). Conditional logit analysis of qualitative choice behavior. In Frontiers
    in Econometrics, Academic Press.
    Train, K. E. (2009). Discrete Choice Methods with Simulation, 2nd ed.
    doi:10.1017/CBO9780511805271

    Examples
    --------
    Twice the odds of the reference class in each of the others:

    >>> import numpy as np
    >>> eta = np.full((2, 1, 1), np.log(2.0))
    >>> Multinomial(classes=3).probabilities(eta)[:, 0, 0].round(3)
    array([0.2, 0.4, 0.4])
    """

    classes: int = 3
    link: str = "logit"
    name: str = field(default="multinomial", init=False)
    log_concave: bool = field(default=True, init=False)
    collapsible: bool = field(default=True, init=False)
    arrangement: str = field(default="several", init=False)
    increasing: bool = field(default=False, init=False)

    @property
    def n_eta(self) -> int:
        """Number of linear predictors per row: one for each class but the reference."""
        return self.classes - 1

    @property
    def offset_signs(self) -> tuple[float, ...]:
        """Signs of an offset: it is added for every class but the reference."""
        return (1.0,) * self.n_eta

    def _log_normaliser(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the largest linear predictor and the log of the sum relative to it.

        Both are (rows, columns); together they are the log of the sum of exponentials.
        """
        top = np.maximum(eta.max(axis=0), 0.0)
        return top, np.log(np.exp(-top) + np.exp(eta - top).sum(axis=0))

    def row_log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return each row's log-likelihood of the softmax, (rows, columns), in nats.

        Parameters
        ----------
        eta : ndarray, shape (classes - 1, rows, columns)
            Linear predictors of each class but the first, in log-odds against the first.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        top, log_sum = self._log_normaliser(eta)
        linear = np.einsum("nl,lnc->nc", counts[:, 1:], eta)
        result: np.ndarray = linear - counts.sum(axis=1)[:, None] * (top + log_sum)
        return result

    def log_likelihood(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return the sum of :meth:`row_log_likelihood` over rows, (columns,), in nats.

        Parameters
        ----------
        eta : ndarray, shape (classes - 1, rows, columns)
            Linear predictors of each class but the first, in log-odds against the first;
            overwritten.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        return self._overwritten(eta, counts, counts.sum(axis=1))[0]

    def slope(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return counts minus expected counts, (classes - 1, rows, columns).

        Parameters
        ----------
        eta : ndarray, shape (classes - 1, rows, columns)
            Linear predictors of each class but the first, in log-odds against the first.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        top = np.maximum(eta.max(axis=0), 0.0)
        expected: np.ndarray = eta - top
        np.exp(expected, out=expected)
        expected *= -counts.sum(axis=1)[:, None] / (expected.sum(axis=0) + np.exp(-top))
        expected += counts.T[1:, :, None]
        return expected

    def total_and_slope(self, eta: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return :meth:`log_likelihood` and :meth:`slope`, by one exponential per element.

        Parameters
        ----------
        eta : ndarray, shape (classes - 1, rows, columns)
            Linear predictors of each class but the first, in log-odds against the first;
            overwritten.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        cases, trials = counts.T[1:, :, None], counts.sum(axis=1)
        total, scale = self._overwritten(eta, counts, trials)
        # The shares times minus the trials, then the counts.
        np.divide(-trials[:, None], scale, out=scale)
        eta *= scale
        eta += cases
        return total, eta

    def _overwritten(
        self, eta: np.ndarray, counts: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the log-likelihood (columns,) and sums of exponentials, which replace ``eta``.

        Exponentials and their sums (rows, columns) are relative to the largest linear predictor
        of the row and column.
        """
        levels, rows, columns = eta.shape
        total = counts[:, 1:].T.reshape(1, -1) @ eta.reshape(levels * rows, columns)
        top = np.maximum(eta.max(axis=0), 0.0)
        eta -= top
        np.exp(eta, out=eta)
        scale = eta.sum(axis=0)
        total = total[0] - trials @ top
        np.negative(top, out=top)
        scale += np.exp(top, out=top)
        total -= trials @ np.log(scale, out=top)
        return total, scale

    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return trials times ``diag(p) - p p'``, (classes - 1, classes - 1, rows).

        Parameters
        ----------
        eta : ndarray, shape (classes - 1, rows, 1)
            Linear predictors of each class but the first, in log-odds against the first.
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class, zero or more.
        """
        prob = self.probabilities(eta)[1:, :, 0]
        result: np.ndarray = -prob[:, None] * prob[None]
        diagonal = np.arange(self.n_eta)
        # p (1 - p) from the other classes' sum keeps its accuracy where p is near one.
        result[diagonal, diagonal] = prob * self._others(eta)
        result *= counts.sum(axis=1)
        return result

    def _others(self, eta: np.ndarray) -> np.ndarray:
        """Return the sum of the other classes' probabilities, at one column."""
        prob = self.probabilities(eta)[:, :, 0]
        every = ~np.eye(self.classes, dtype=bool)[1:]
        result: np.ndarray = every.astype(float) @ prob
        return result

    def contrasts(self, counts: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return the comparisons of every two classes."""
        utilities = np.eye(self.classes)[:, 1:]
        for a, b in combinations(range(self.classes), 2):
            yield utilities[b] - utilities[a], counts[:, a], counts[:, b]

    def constants(self, counts: np.ndarray) -> np.ndarray:
        """Return the logarithms of the multinomial coefficients, (rows,)."""
        return arrangements(counts)

    def probabilities(self, eta: np.ndarray) -> np.ndarray:
        """Return class probabilities, (classes, rows, columns)."""
        top, log_sum = self._log_normaliser(eta)
        scale = top + log_sum
        return np.concatenate([np.exp(-scale)[None], np.exp(eta - scale)])

    def simulate(
        self, eta: np.ndarray, trials: np.ndarray | None, rng: np.random.Generator
    ) -> np.ndarray:
        """Return simulated class codes from 0, (rows, columns).

        Parameters
        ----------
        eta : ndarray, shape (classes - 1, rows, columns)
            Linear predictors of each class but the first, in log-odds against the first.
        trials : ndarray, shape (rows,), or None
            Ignored: the outcome of a row is one class.
        rng : numpy.random.Generator
        """
        return draw_classes(self.probabilities(eta), rng)
