"""The log likelihood and log posterior on arrays.

Everything is batched: ``theta`` is (coefficients, columns), many parameter vectors at once, and
rows are taken in blocks, so memory is bounded by a block and not by rows times columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from bayeslogit.families import Family
from bayeslogit.numerics.gram import cross, gram
from bayeslogit.numerics.sparse import nonzeros, pull, times
from bayeslogit.priors import CoefficientPrior
from bayeslogit.specification.ordered_cells import OrderedCells, ordered_cells
from bayeslogit.specification.repeats import repeated_rows
from bayeslogit.specification.set_cells import SetCells, set_cells

__all__ = ["SHARP", "Likelihood", "LogDensity"]

# Elements of one block of linear predictors: 64 Ki doubles stay in the second-level cache.
_BLOCK = 65536
# Rows or columns of one block, at least.
_FEWEST = 64
# Values of this size, in nats, are blurred by less than 1e-9; larger differences are integrated.
SHARP = 1e6
# Linear predictors that move by at most so much, and Gauss-Legendre nodes that integrate slopes
# over the way to rounding.
_NEAR = ((0.01, 3), (0.5, 8))


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The log-likelihood of a table of rows, in nats.

    Parameters
    ----------
    family : Family
    X : ndarray, shape (rows, columns)
        Design matrix.
    counts : ndarray, shape (rows, classes)
        Counts per class times the weight of the row.
    offset : ndarray, shape (rows,), optional
        Added to the linear predictors with the signs of the family, in log-odds for the logit
        link.
    constants : ndarray, shape (rows,), optional
        Log combinatorial constants times the weights, in nats; zero by default.
    basis : ndarray, shape (predictors x columns, coefficients), optional
        How coefficients make the weights of each column in each linear predictor, predictor by
        predictor. By default every predictor has a coefficient of its own for every column.
    initial : ndarray, shape (coefficients,), optional
        Where the search for the mode may start; zeros by default.
    sets : ndarray of int, shape (rows,), optional
        The matched set of each row, from 0.
    """

    family: Family
    X: np.ndarray
    counts: np.ndarray
    offset: np.ndarray | None = None
    constants: np.ndarray | None = None
    basis: np.ndarray | None = None
    initial: np.ndarray | None = None
    sets: np.ndarray | None = None

    @cached_property
    def constant(self) -> float:
        """Sum of the constants, in nats."""
        return 0.0 if self.constants is None else float(self.constants.sum())

    @cached_property
    def matched(self) -> SetCells | None:
        """The log-likelihood of matched sets, of which rows are members."""
        if self.sets is None:
            return None
        return set_cells(self.X, self.counts, self.offset, self.sets)

    @cached_property
    def _cells(self) -> OrderedCells | SetCells | None:
        """The same log-likelihood by cells of rows and classes, or by sets, where that is so."""
        if self.sets is not None:
            return self.matched
        return ordered_cells(self.family, self.X, self.counts, self.offset, self.basis)

    @cached_property
    def table(self) -> Any:
        """The matrix, without its zeros where nearly all are: (rows, columns)."""
        return nonzeros(self.X)

    @property
    def in_cells(self) -> bool:
        """Whether cells of rows and classes make the likelihood, or sets of rows."""
        return self._cells is not None

    @property
    def size(self) -> int:
        """Number of coefficients over all linear predictors."""
        each = self.family.n_eta * self.X.shape[1]
        return each if self.basis is None else int(self.basis.shape[1])

    @property
    def start(self) -> np.ndarray:
        """Coefficients at which the log-likelihood is finite, (coefficients,)."""
        return np.zeros(self.size) if self.initial is None else self.initial

    def eta(self, theta: np.ndarray, rows: slice | np.ndarray = slice(None)) -> np.ndarray:
        """Return linear predictors, (predictors, rows, columns of theta).

        Parameters
        ----------
        theta : ndarray, shape (coefficients, columns)
            Several coefficient vectors at once.
        rows : slice or ndarray of int
            The rows wanted; all by default.
        """
        weights = theta if self.basis is None else self.basis @ theta
        shape = self.family.n_eta, self.X.shape[1], theta.shape[1]
        result = times(self.table[rows], weights.reshape(shape))
        if self.offset is not None:
            signs = np.array(self.family.offset_signs)
            result += signs[:, None, None] * self.offset[rows, None]
        return result

    def _pull(self, gradient: np.ndarray) -> np.ndarray:
        """Return derivatives by the coefficients from those by (predictors x columns, ...)."""
        return gradient if self.basis is None else self.basis.T @ gradient

    def blocks(self, columns: int) -> Iterator[slice]:
        """Yield slices of rows with a bounded number of linear predictors each."""
        return self._walk(max(_FEWEST, _BLOCK // max(1, columns * self.family.n_eta)))

    def _walk(self, step: int) -> Iterator[slice]:
        return (slice(start, start + step) for start in range(0, self.X.shape[0], step))

    def value(self, theta: np.ndarray) -> np.ndarray:
        """Return the log-likelihood at each column, (columns,), in nats."""
        if self._cells is not None:
            return self._cells.value(theta) + self.constant
        most = max(_FEWEST, _BLOCK // (_FEWEST * self.family.n_eta))
        if theta.shape[1] > most:
            parts = range(0, theta.shape[1], most)
            return np.concatenate([self.value(theta[:, k : k + most]) for k in parts])
        total = np.full(theta.shape[1], self.constant)
        for rows in self.blocks(theta.shape[1]):
            total += self.family.log_likelihood(self.eta(theta, rows), self.counts[rows])
        return total

    def rise(self, start: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """Return the log-likelihood at each column less that at ``start``, (columns,), in nats.

        Of billions of trials the values round by more than they differ. Near ``start`` the
        difference is then the integral of the slope along the way, whose terms are small there.

        Parameters
        ----------
        start : ndarray, shape (coefficients,)
        theta : ndarray, shape (coefficients, columns)

        Examples
        --------
        >>> from bayeslogit.families import Binomial
        >>> rows = Likelihood(Binomial(), np.ones((1, 1)), np.array([[1e12, 1e12]]))
        >>> theta = np.array([[1e-6]])
        >>> float(rows.rise(np.zeros(1), theta)[0].round(6))
        -0.25
        """
        away = theta - start[:, None]
        height = self.value(start[:, None])
        result: np.ndarray = self.value(theta) - height
        if np.abs(height - self.constant) < SHARP:
            return result
        reach = np.zeros(theta.shape[1])
        level = replace(self, offset=None)
        for rows in self.blocks(theta.shape[1]):
            np.maximum(reach, np.abs(level.eta(away, rows)).max(axis=(0, 1)), out=reach)
        from_here = 0.0
        for furthest, nodes in _NEAR:
            near = (reach >= from_here) & (reach < furthest)
            from_here = furthest
            if near.any():
                result[near] = self._integral(start, away[:, near], nodes)
        return result

    def _integral(self, start: np.ndarray, away: np.ndarray, nodes: int) -> np.ndarray:
        """Return the integral of the slope on straight ways from ``start``, (columns,)."""
        result = np.zeros(away.shape[1])
        for node, weight in zip(*np.polynomial.legendre.leggauss(nodes), strict=True):
            slope = self.value_and_gradient(start[:, None] + (0.5 + 0.5 * node) * away)[1]
            result += 0.5 * weight * (slope * away).sum(axis=0)
        return result

    def pointwise(self, theta: np.ndarray) -> np.ndarray:
        """Return the log-likelihood of each row or set, (rows, columns), in nats."""
        if self.matched is not None:
            return self.matched.of_sets(theta)
        result = self.family.row_log_likelihood(self.eta(theta), self.counts)
        return result if self.constants is None else result + self.constants[:, None]

    def value_and_gradient(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log-likelihood (columns,) and its gradient, the shape of ``theta``."""
        if self._cells is not None:
            height, slope = self._cells.value_and_gradient(theta)
            return height + self.constant, slope
        L, p, columns = self.family.n_eta, self.X.shape[1], theta.shape[1]
        total, gradient = np.full(columns, self.constant), np.zeros((L, p, columns))
        for rows in self.blocks(columns):
            eta = self.eta(theta, rows)
            part, slope = self.family.total_and_slope(eta, self.counts[rows])
            gradient += pull(self.table[rows], slope)
            total += part
        return total, self._pull(gradient.reshape(L * p, columns))

    def newton(self, theta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the log-likelihood and its derivatives at one vector, from one pass over the rows.

        Returns
        -------
        value : float
            Log-likelihood, in nats.
        gradient : ndarray, shape (coefficients,)
        information : ndarray, shape (coefficients, coefficients)
            Minus the second derivatives: the observed information.
        """
        if self._cells is not None:
            height, pull, bend = self._cells.newton(theta)
            return height + self.constant, pull, bend
        L, p = self.family.n_eta, self.X.shape[1]
        value, gradient, information = self.constant, np.zeros((L, p)), np.zeros((L, p, L, p))
        step = max(256, 2 * _BLOCK // max(1, p * L)) if self.table is self.X else len(self.X)
        for rows in self._walk(step):
            X, counts = self.table[rows], self.counts[rows]
            eta = self.eta(theta[:, None], rows)
            part, slope, weights = self.family.newton(eta, counts)
            value += float(part[0])
            gradient += slope[:, :, 0] @ self.X[rows]
            if L == 1:
                bend = gram(X, weights[0, 0])[None, :, None]
                information = bend if step >= len(self.X) else np.add(information, bend)
            else:
                information += cross(X, weights)
        square = information.reshape(L * p, L * p)
        if self.table is self.X:
            square = 0.5 * (square + square.T)
        if self.basis is not None:
            square = self.basis.T @ square @ self.basis
        return value, self._pull(gradient.reshape(-1)), square

    def gradient_terms(self, theta: np.ndarray) -> np.ndarray:
        """Return the sum of the absolute terms of the gradient at one vector, (coefficients,).

        Rounding errors of the gradient are relative to this.
        """
        if self.matched is not None:
            return self.matched.gradient_terms(theta)
        total = np.zeros((self.family.n_eta, self.X.shape[1]))
        for rows in self.blocks(self.X.shape[1]):
            eta, size = self.eta(theta[:, None], rows), np.abs(self.X[rows])
            if np.all(np.count_nonzero(self.counts[rows], axis=1) <= 1):
                total += np.abs(self.family.slope(eta, self.counts[rows])[:, :, 0]) @ size
                continue
            for k, counts in enumerate(self.counts[rows].T):
                # Class by class: within a row of several cases the classes pull against each
                # other, and only their difference is the gradient.
                alone = np.zeros((len(counts), self.counts.shape[1]))
                alone[:, k] = counts
                total += np.abs(self.family.slope(eta, alone)[:, :, 0]) @ size
        flat: np.ndarray = total.reshape(-1)
        return flat if self.basis is None else np.abs(self.basis).T @ flat

    def collapsed(self) -> Likelihood:
        """Return the same log-likelihood with equal rows added up, if many are equal.

        This is exact: the counts of rows with the same predictors and offset are added.
        """
        if not self.family.collapsible:
            return self
        key = self.X if self.offset is None else np.column_stack([self.X, self.offset])
        if (repeated := repeated_rows(key)) is None:
            return self
        first, inverse = repeated
        counts = np.stack([np.bincount(inverse, c, len(first)) for c in self.counts.T], axis=1)
        p = self.X.shape[1]
        constants = self.constants
        if constants is not None:
            constants = np.bincount(inverse, constants, len(first))
        return replace(
            self,
            X=np.ascontiguousarray(key[first, :p]),
            counts=counts,
            offset=None if self.offset is None else key[first, p],
            constants=constants,
        )


@dataclass(frozen=True, eq=False)
class LogDensity:
    """The log posterior density of all coefficients, in nats, up to a constant.

    Parameters
    ----------
    likelihood : Likelihood
        With the rows of the user's table.
    prior : CoefficientPrior
        On the coefficients of the raw columns.

    Examples
    --------
    >>> import numpy as np
    >>> from bayeslogit.families import Bernoulli
    >>> from bayeslogit.priors import CoefficientPrior, Normal
    >>> rows = Likelihood(Bernoulli(), np.ones((2, 1)), np.eye(2))
    >>> prior = CoefficientPrior(("Intercept",), ((np.array([0]), Normal(0, 1)),))
    >>> LogDensity(rows, prior).value(np.zeros((1, 1))).round(4)
    array([-2.3052])
    """

    likelihood: Likelihood
    prior: CoefficientPrior

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return self.prior.size

    @property
    def log_concave(self) -> bool:
        """Whether the log posterior is concave, by what its likelihood and prior declare.

        A density of this kind has one mode, and its tails fall at least exponentially.
        """
        return self.family.log_concave and self.prior.log_concave

    @property
    def names(self) -> tuple[str, ...]:
        """Coefficient names, in the order of ``theta``."""
        return self.prior.names

    @property
    def family(self) -> Family:
        """The likelihood's family."""
        return self.likelihood.family

    @cached_property
    def rows(self) -> Likelihood:
        """The likelihood with equal rows added up; every method works on this one."""
        return self.likelihood.collapsed()

    @property
    def constant(self) -> float:
        """The part of the log posterior that does not depend on the coefficients, in nats."""
        return self.rows.constant

    def value(self, theta: np.ndarray) -> np.ndarray:
        """Return the log posterior at each column of ``theta``, (columns,), in nats."""
        result: np.ndarray = self.rows.value(theta) + self.prior.log_density(theta)
        return result

    def rise(self, start: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """Return the log posterior at each column less that at ``start``, (columns,), in nats.

        Parameters
        ----------
        start : ndarray, shape (coefficients,)
        theta : ndarray, shape (coefficients, columns)

        See Also
        --------
        Likelihood.rise
        """
        prior = self.prior.log_density(theta) - self.prior.log_density(start[:, None])
        result: np.ndarray = self.rows.rise(start, theta) + prior
        return result

    def value_and_gradient(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log posterior (columns,) and its gradient, the shape of ``theta``."""
        value, gradient = self.rows.value_and_gradient(theta)
        height, pull = self.prior.value_and_gradient(theta)
        return value + height, gradient + pull

    def precision(self, theta: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives at one vector, (coefficients, coefficients)."""
        result: np.ndarray = self.rows.newton(theta)[2] + self.prior.precision(theta)
        return result

    def newton(self, theta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return value, gradient and precision at one vector, from one pass over the rows."""
        value, gradient, information = self.rows.newton(theta)
        height, pull, precision = self.prior.newton(theta)
        return value + height, gradient + pull, information + precision

    def gradient_terms(self, theta: np.ndarray) -> np.ndarray:
        """Return the sum of the absolute terms of the gradient at one vector, (coefficients,)."""
        return self.rows.gradient_terms(theta) + np.abs(self.prior.gradient(theta[:, None])[:, 0])
