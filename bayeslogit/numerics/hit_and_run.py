"""Draws from a density inside a polytope: many chains in lockstep along random directions.

Where linear functions of a point must stay in a range, a straight line through the point leaves it
at two known places. On the line between them a slice of the density is found by stepping out, and
the next point on it by shrinking (Neal 2003): nothing is tuned but the scale of the directions,
and no draw can be outside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["Polytope", "Walk"]

# Points stay this far inside, so that sums in another order round to the inside too.
_MARGIN = 1e-12
# Length of a step outwards, in standard deviations along the line: most slices are shorter.
_WIDTH = 4.0
# Steps outwards, at most: ten thousand standard deviations.
_FURTHEST = 2500
# Times that a slice is halved, at most: then its point is the one before.
_SHRINKS = 200


@dataclass(frozen=True, eq=False)
class Polytope:
    """Points ``theta`` at which all of ``X @ theta + offset`` are in a range.

    Parameters
    ----------
    X : ndarray, shape (rows, coefficients)
    offset : ndarray, shape (rows,)
    low, high : float
        Ends of the range; either may be infinite.

    Examples
    --------
    >>> unit = Polytope(np.eye(2), np.zeros(2), 0.0, 1.0)
    >>> eta = unit.eta(np.array([[0.25], [0.5]]))
    >>> [end.round(3).tolist() for end in unit.chord(eta, np.array([1.0, 1.0]))]
    [[-0.25], [0.5]]
    """

    X: np.ndarray
    offset: np.ndarray
    low: float
    high: float

    @classmethod
    def of(cls, X: np.ndarray, offset: np.ndarray | None, ends: tuple[float, float]) -> Polytope:
        """Return the points at which linear functions, with or without an offset, are in a range.

        Parameters
        ----------
        X : ndarray, shape (rows, coefficients)
        offset : ndarray, shape (rows,), or None
        ends : tuple of float
            Of the range.
        """
        return cls(X, np.zeros(len(X)) if offset is None else offset, *ends)

    def eta(self, theta: np.ndarray) -> np.ndarray:
        """Return the linear functions, (rows, columns), of points (coefficients, columns)."""
        eta: np.ndarray = self.X @ theta + self.offset[:, None]
        return eta

    def holds(self, eta: np.ndarray) -> np.ndarray:
        """Return which columns are inside, (columns,), from their linear functions."""
        inside: np.ndarray = ((eta >= self.low + _MARGIN) & (eta <= self.high - _MARGIN)).all(
            axis=0
        )
        return inside

    def chord(self, eta: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how far back and forth lines stay inside, each (columns,), the first negative.

        Parameters
        ----------
        eta : ndarray, shape (rows, columns)
            Linear functions where the lines begin.
        slope : ndarray, shape (rows,)
            How they change along each line.
        """
        back = np.full(eta.shape[1], -np.inf)
        forth = np.full(eta.shape[1], np.inf)
        for end in (self.low + _MARGIN, self.high - _MARGIN):
            if not np.isfinite(end):
                continue
            for rows in (slope > 0.0, slope < 0.0):
                if not rows.any():
                    continue
                way = (end - eta[rows]) / slope[rows, None]
                if (end > self.low + _MARGIN) == (slope[rows][0] > 0.0):
                    forth = np.minimum(forth, way.min(axis=0))
                else:
                    back = np.maximum(back, way.max(axis=0))
        return np.minimum(back, 0.0), np.maximum(forth, 0.0)


class Walk:
    """Chains of hit-and-run steps, all along the same random directions.

    Parameters
    ----------
    polytope : Polytope
    log_density : callable
        Takes points (coefficients, columns) and their linear functions (rows, columns), all
        inside, and returns log densities (columns,) in nats; the functions may be overwritten.
    theta : ndarray, shape (coefficients, chains)
        Where the chains start, inside.
    scale : ndarray, shape (coefficients, coefficients)
        Times its transpose, about the covariance of the density.
    rng : numpy.random.Generator

    References
    ----------
    Neal, R. M. (2003). Slice sampling. doi:10.1214/aos/1056562461
    Belisle, C. J. P., Romeijn, H. E. and Smith, R. L. (1993). Hit-and-run algorithms for
    generating multivariate distributions. doi:10.1287/moor.18.2.255

    Examples
    --------
    A uniform density on a triangle has its mean at a third of each side:

    >>> sides = Polytope(np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]),
    ...                  np.array([0.0, 0.0, 1.0]), 0.0, np.inf)
    >>> rng = np.random.default_rng(1)
    >>> walk = Walk(sides, lambda theta, eta: np.zeros(theta.shape[1]),
    ...             np.full((2, 400), 0.2), 0.2 * np.eye(2), rng)
    >>> points = np.stack([walk.sweep() for _ in range(50)])
    >>> points[10:].mean(axis=(0, 2)).round(2)
    array([0.33, 0.33])
    """

    def __init__(
        self,
        polytope: Polytope,
        log_density: Callable[[np.ndarray, np.ndarray], np.ndarray],
        theta: np.ndarray,
        scale: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        self.polytope, self.log_density = polytope, log_density
        self.scale, self.rng = scale, rng
        self.evaluations = 0
        self.theta = np.array(theta, dtype=np.float64)
        self.eta = polytope.eta(self.theta)
        self.height = self._value(self.theta, self.eta)

    def _value(self, theta: np.ndarray, eta: np.ndarray) -> np.ndarray:
        self.evaluations += theta.shape[1]
        with np.errstate(all="ignore"):
            value = self.log_density(theta, np.array(eta))
        return np.where(np.isnan(value), -np.inf, value)

    def sweep(self) -> np.ndarray:
        """Step once along each of as many orthogonal directions as there are coefficients.

        Returns
        -------
        ndarray, shape (coefficients, chains)
            Where the chains are.
        """
        size = len(self.theta)
        turned = np.linalg.qr(self.rng.standard_normal((size, size)))[0]
        for direction in (self.scale @ turned).T:
            self._step(direction)
        # Sums along the way round; these do not.
        eta = self.polytope.eta(self.theta)
        self.eta = eta
        return np.array(self.theta)

    def _step(self, direction: np.ndarray) -> None:
        slope = self.polytope.X @ direction
        columns: int = self.theta.shape[1]
        level = self.height - self.rng.exponential(size=columns)
        back, forth = self.polytope.chord(self.eta, slope)

        def above(way: np.ndarray, some: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Return which points on some lines are in their slices, and how high they are."""
            theta = self.theta[:, some] + direction[:, None] * way
            value = self._value(theta, self.eta[:, some] + slope[:, None] * way)
            return value > level[some], value

        first: np.ndarray = -_WIDTH * self.rng.random(columns)
        low = self._out(first, -_WIDTH, back, above)
        high = self._out(first + _WIDTH, _WIDTH, forth, above)
        left = np.arange(columns)
        moved, height = np.zeros(columns), np.array(self.height)
        for _ in range(_SHRINKS):
            span = low[left] + (high[left] - low[left]) * self.rng.random(left.size)
            inside, value = above(span, left)
            done = left[inside]
            moved[done], height[done] = span[inside], value[inside]
            left, span = left[~inside], span[~inside]
            if left.size == 0:
                break
            low[left] = np.where(span < 0.0, span, low[left])
            high[left] = np.where(span < 0.0, high[left], span)
        self.theta = self.theta + direction[:, None] * moved
        self.eta = self.eta + slope[:, None] * moved
        self.height = height

    def _out(
        self,
        start: np.ndarray,
        step: float,
        most: np.ndarray,
        above: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    ) -> np.ndarray:
        """Step outwards until the slice ends; return where, not beyond ``most``, (columns,)."""
        end = start.copy()
        left = np.flatnonzero(np.abs(end) < np.abs(most))
        for _ in range(_FURTHEST):
            if left.size == 0:
                break
            left = left[above(end[left], left)[0]]
            end[left] += step
            left = left[np.abs(end[left]) < np.abs(most[left])]
        return np.where(np.abs(end) < np.abs(most), end, most)
