"""The log-likelihood of ordered classes, from the cutpoints that each case touches alone.

In a cumulative model a case touches only the two cutpoints around its class, so that the cost does
not grow with the number of classes. For the logit link the probability of a class between two
cutpoints is a product: of being below the upper one, of being above the lower one, and of a factor
of their distance alone, which all cases of the class share. In a sequential model a case touches
the cutpoints up to that of its class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bayeslogit.families.base import Family, Touched

__all__ = ["OrderedCells", "ordered_cells"]

# Linear predictors of one block, which stay in the second-level cache.
_BLOCK, _FEWEST = 65536, 64


def _blocks(part: Touched, columns: int) -> Iterator[slice]:
    """Yield slices of cells with a bounded number of linear predictors each."""
    step = max(_FEWEST, _BLOCK // max(1, columns * len(part.cuts)))
    return (slice(start, start + step) for start in range(0, len(part.rows), step))


def _add_by_cut(total: np.ndarray, cuts: np.ndarray, values: np.ndarray) -> None:
    """Add values (cells, columns) to those of their cutpoint, (cutpoints, columns)."""
    starts = np.flatnonzero(np.diff(cuts, prepend=-1))
    total[cuts[starts]] += np.add.reduceat(values, starts, axis=0)


@dataclass(frozen=True, eq=False)
class OrderedCells:
    """The log-likelihood of cutpoints and shared slopes, ``theta = (cutpoints, slopes)``.

    Parameters
    ----------
    X : ndarray, shape (rows, slopes)
    offset : ndarray, shape (rows,), or None
    parts : tuple of Touched
        Cells that touch one cutpoint or two.
    apart : ndarray, shape (cutpoints - 1,)
        Cases of inner classes, where the distance of their cutpoints is a factor of its own; zeros
        elsewhere.
    walled : bool
        Whether cutpoints must increase.
    """

    X: np.ndarray
    offset: np.ndarray | None
    parts: tuple[Touched, ...]
    apart: np.ndarray
    walled: bool

    def value(self, theta: np.ndarray) -> np.ndarray:
        """Return the log-likelihood at each column, (columns,), in nats, without constants."""
        total = self._distances(theta)[0]
        for part in self.parts:
            for cells in _blocks(part, theta.shape[1]):
                eta = self._eta(theta, part, cells)[1]
                total += part.family.log_likelihood(eta, part.counts[cells])
        return self._ordered(theta, total)

    def value_and_gradient(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log-likelihood (columns,) and its gradient, the shape of ``theta``."""
        total, pull, _ = self._distances(theta)
        gradient = np.zeros_like(theta)
        gradient[: len(pull)] -= pull
        gradient[1 : self.levels] += pull
        for part in self.parts:
            for cells in _blocks(part, theta.shape[1]):
                X, eta = self._eta(theta, part, cells)
                value, slopes = part.family.total_and_slope(eta, part.counts[cells])
                total += value
                for cuts, slope in zip(part.cuts[:, cells], slopes, strict=True):
                    _add_by_cut(gradient, cuts, slope)
                    gradient[self.levels :] -= X.T @ slope
        return self._ordered(theta, total), gradient

    def newton(self, theta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return value, gradient and minus the second derivatives at one vector."""
        column, levels = theta[:, None], self.levels
        value, gradient = self.value_and_gradient(column)
        bend, k = self._distances(column)[2][:, 0], np.arange(levels - 1)
        information = np.zeros((theta.size, theta.size))
        information[k, k] += bend
        information[k + 1, k + 1] += bend
        information[k, k + 1] = information[k + 1, k] = -bend
        weight = np.zeros(len(self.X))
        for part in self.parts:
            X, eta = self._eta(column, part, slice(None))
            curvature = part.family.curvature(eta, part.counts)
            for own, weights in zip(part.cuts, curvature, strict=True):
                for other, product in zip(part.cuts, weights, strict=True):
                    both = np.bincount(own * levels + other, product, levels**2)
                    information[:levels, :levels] += both.reshape(levels, levels)
                of_cut = weights.sum(axis=0)
                weight += np.bincount(part.rows, of_cut, len(self.X))
                _add_by_cut(information[:, levels:], own, -of_cut[:, None] * X)
        information[levels:, :levels] = information[:levels, levels:].T
        information[levels:, levels:] = self.X.T @ (self.X * weight[:, None])
        return float(value[0]), gradient[:, 0], information

    @property
    def levels(self) -> int:
        """Number of cutpoints."""
        return len(self.apart) + 1

    def _eta(self, theta: np.ndarray, part: Touched, cells: slice) -> tuple[np.ndarray, np.ndarray]:
        """Return the predictors of some cells, and their cutpoints minus ``x beta``."""
        rows = part.rows[cells]
        X = self.X[rows]
        shift = X @ theta[self.levels :]
        if self.offset is not None:
            shift += self.offset[rows, None]
        eta = theta[part.cuts[:, cells]]
        eta -= shift
        return X, eta

    def _distances(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the sum of log factors of distances, their derivatives, and minus the second."""
        gap, apart = np.diff(theta[: self.levels], axis=0), self.apart[:, None]
        if not self.apart.any():
            return np.zeros(theta.shape[1]), np.zeros_like(gap), np.zeros_like(gap)
        with np.errstate(all="ignore"):
            factor = -np.expm1(-gap)  # in (0, 1]
            total = np.where(apart > 0.0, apart * np.log(factor), 0.0).sum(axis=0)
            rest = np.exp(-gap) / factor
            rise = np.where(apart > 0.0, apart * rest, 0.0)
            bend = np.where(apart > 0.0, apart * rest / factor, 0.0)
        return total, rise, bend

    def _ordered(self, theta: np.ndarray, total: np.ndarray) -> np.ndarray:
        """Return the log-likelihood, ``-inf`` where cutpoints must increase and do not."""
        if not self.walled:
            return total
        gap = np.diff(theta[: self.levels], axis=0)
        return np.where((gap <= 0.0).any(axis=0), -np.inf, total)


def ordered_cells(
    family: Family,
    X: np.ndarray,
    counts: np.ndarray,
    offset: np.ndarray | None,
    basis: np.ndarray | None,
) -> OrderedCells | None:
    """Return the log-likelihood by cells; None where the linear predictors are not of that kind.

    Parameters
    ----------
    family : Family
    X : ndarray, shape (rows, columns)
        Design matrix, ones first.
    counts : ndarray, shape (rows, classes)
        Weighted cases of each class, zero or more.
    offset : ndarray, shape (rows,), or None
    basis : ndarray, shape (boundaries x columns, coefficients), or None
        How coefficients make the linear predictors: cutpoints first, then slopes that all
        boundaries share, with a minus sign.
    """
    touched = family.touched(counts)
    if touched is None or basis is None:
        return None
    levels, width = family.n_eta, X.shape[1]
    expected = np.zeros((levels, width, levels + width - 1))
    expected[np.arange(levels), 0, np.arange(levels)] = 1.0
    expected[:, np.arange(1, width), np.arange(levels, levels + width - 1)] = -1.0
    shared = np.array_equal(basis, expected.reshape(levels * width, -1))
    if not (shared and np.all(X[:, 0] == 1.0)):
        return None
    parts, apart = touched
    return OrderedCells(
        X[:, 1:], offset, tuple(p for p in parts if len(p.rows)), apart, family.walled
    )
