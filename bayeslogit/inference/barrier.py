"""The way to a mode that may lie on the border of the range of linear predictors.

Newton's method cannot stop at a border. Logarithms of the distances from it, times a weight, keep
every step inside; as the weight falls to nothing, the highest points tend to the mode (Boyd and
Vandenberghe 2004, section 11.3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayeslogit.numerics.hit_and_run import Polytope
from bayeslogit.specification.density import LogDensity

__all__ = ["Barrier", "barrier_of", "highest_inside"]

# Weights of the barrier: the last one moves a mode by about as much, in standard deviations.
_FIRST, _LAST, _FALL = 1.0, 1e-11, 0.1
# A last step shorter than this has arrived, in standard deviations.
_NEAR = 1e-4
# Closer than this to the border, in nats per row, a mode is on it.
_ON = 1e-6


@dataclass(frozen=True, eq=False)
class Barrier:
    """A log posterior with logarithms of the distances from the border, times a weight.

    Of rows whose own log-likelihood falls to minus infinity at an end of the range that end needs
    no barrier.

    Parameters
    ----------
    density : LogDensity
        Of a bounded family.
    sides, room : ndarray, shape (walls, coefficients) and (walls,)
        ``sides @ theta`` is below ``room``.
    weight : float
        In nats.
    """

    density: LogDensity
    sides: np.ndarray
    room: np.ndarray
    weight: float

    @property
    def constant(self) -> float:
        """The part of the value that does not depend on theta, in nats."""
        return self.density.constant

    def slack(self, theta: np.ndarray) -> np.ndarray:
        """Return the distances from the border, (walls,)."""
        slack: np.ndarray = self.room - self.sides @ theta
        return slack

    def newton(self, theta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return value, gradient and minus the second derivatives at one vector."""
        value, gradient, precision = self.density.newton(theta)
        slack = self.slack(theta)
        if not (slack > 0.0).all():
            return -np.inf, gradient, precision
        pull = self.weight / slack
        value += float(self.weight * np.log(slack).sum())
        gradient = gradient - self.sides.T @ pull
        bend = self.sides.T @ (self.sides * (pull / slack)[:, None])
        return value, gradient, precision + bend

    def gradient_terms(self, theta: np.ndarray) -> np.ndarray:
        """Return the sum of the absolute terms of the gradient at one vector, (coefficients,)."""
        pull = self.weight / np.maximum(self.slack(theta), 1e-300)
        terms: np.ndarray = self.density.gradient_terms(theta) + np.abs(self.sides).T @ pull
        return terms


def barrier_of(density: LogDensity, weight: float) -> Barrier:
    """Return a log posterior with a barrier at the ends of the range.

    Parameters
    ----------
    density : LogDensity
    weight : float
    """
    rows = density.rows
    polytope = Polytope.of(rows.X, rows.offset, rows.family.ends)
    failures, successes = rows.counts.T
    sides, room = [], []
    if polytope.high < np.inf:
        end = failures == 0.0
        sides.append(polytope.X[end])
        room.append(polytope.high - polytope.offset[end])
    if polytope.low > -np.inf:
        end = successes == 0.0
        sides.append(-polytope.X[end])
        room.append(polytope.offset[end] - polytope.low)
    return Barrier(density, np.concatenate(sides), np.concatenate(room), weight)


def highest_inside(density: LogDensity, climb: Callable[..., Any]) -> Any:
    """Return the mode of a log posterior whose range ends; it may be next to the border.

    Parameters
    ----------
    density : LogDensity
    climb : callable
        Returns the ``Mode`` that a climb on a surface from a start reaches.
    """
    start = density.rows.start
    mode = climb(density, start)
    if mode.converged:
        return mode
    weight, on_path = _FIRST, mode
    theta = start
    while weight >= _LAST:
        on_path = climb(barrier_of(density, weight), theta)
        theta = on_path.theta
        weight *= _FALL
    inside = climb(density, theta)
    if inside.converged:
        return inside
    walls = int((barrier_of(density, 0.0).slack(theta) < _ON).sum())
    value, _, precision = density.newton(theta)
    return replace(
        on_path,
        value=value,
        precision=precision,
        converged=walls > 0 and on_path.distance < _NEAR,
        walls=walls,
    )
