"""Coefficients with learned scales in coordinates that are nearly standard Gaussian given these.

It is the idea of :mod:`bayeslogit.inference.grouped.conditional` for sets of coefficients. Let I
be the information on a set at the mode, with all other coefficients integrated, in a basis in
which it is diagonal (where all scales are alike, any rotation leaves the prior as it is; else its
diagonal is taken). A coefficient is ``scale z`` with z standard Gaussian a priori, and given the
rows z has precision ``M = 1 + I scale**2``: the coordinate is ``eps = sqrt(M) (z - mean)``, which
is nearly independent of the scales. What the other coefficients move with the set is taken out.

Where all coefficients of a set have one z together, as the steps of a monotonic effect, they are
``scale z`` with one number z, whose precision given the rows is ``M = 1 + scale' I scale``. They
are as many as z and what is learned, whose coordinates take their places.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.grouped.sets import STEP, Apart, Together, Way, apart, bounded_inverse
from bayeslogit.priors.learned import Learned

__all__ = ["LearnedMap", "Settled", "Way", "settle"]

# Steps of the search for moderate scales, and what ends it: a small change of all h.
_STEPS = 25
_CLOSE = 0.05
# Scales below this share of the typical one are too near zero to tell the information apart.
_LEAST = 1e-4


@dataclass(frozen=True, eq=False)
class LearnedMap:
    """The map from the core of a sampler to one in which sets of coefficients are themselves.

    Parameters
    ----------
    sets : tuple of _Set
    index : ndarray of int
        Coefficients of all sets.
    free : ndarray of int
        The other coefficients.
    slope : ndarray, shape (free, index)
        How the others move with those of the sets, at the mode.
    mode : ndarray, shape (index,)
        Coefficients of the sets at the mode.
    """

    sets: tuple[Apart | Together, ...] = ()
    index: np.ndarray = field(default_factory=lambda: np.zeros(0, np.intp))
    free: np.ndarray = field(default_factory=lambda: np.zeros(0, np.intp))
    slope: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    mode: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def forward(self, core: np.ndarray) -> tuple[np.ndarray, Way]:
        """Return the core with coefficients in place of eps, and what the way back needs.

        Parameters
        ----------
        core : ndarray, shape (core, columns)
        """
        if not self.sets:
            return core, []
        core = core.copy()
        way = [one.forward(core) for one in self.sets]
        core[self.free] += self.slope @ (core[self.index] - self.mode[:, None])
        return core, way

    def log_density(self, way: Way) -> np.ndarray:
        """Return the log density of z and h times the volume by eps, (columns,), in nats."""
        count = sum(one.eps.size for one in self.sets)
        value = np.full(1, -0.5 * count * math.log(2.0 * math.pi))
        for one, at in zip(self.sets, way, strict=True):
            prior = one.part.prior
            value = value + prior.log_density(at.h) + at.log_density(prior.middle)
        return value

    def pull(self, way: Way, gradient: np.ndarray) -> np.ndarray:
        """Return the gradient by the core from that by the core with coefficients.

        Parameters
        ----------
        way : list
            As :meth:`forward` returns it.
        gradient : ndarray, shape (core, columns)
            Of a function; the log density here is added.
        """
        if not self.sets:
            return gradient
        gradient = gradient.copy()
        gradient[self.index] += self.slope.T @ gradient[self.free]
        for one, at in zip(self.sets, way, strict=True):
            one.back(at, gradient)
        return gradient

    def readings(self, way: Way) -> list[np.ndarray]:
        """Return what is reported of each set, (quantities, columns)."""
        return [one.part.prior.readings(at.h, at.z) for one, at in zip(self.sets, way, strict=True)]


@dataclass(frozen=True, eq=False)
class Settled:
    """Moderate scales of sets of coefficients.

    Attributes
    ----------
    sets : tuple of Learned
    h : list of ndarray, shape (count,)
        For each set.
    spread : list of ndarray, shape (count, count)
        A covariance of h, for a start.
    """

    sets: tuple[Learned, ...]
    h: list[np.ndarray]
    spread: list[np.ndarray]

    def map_at(self, gaussian: Gaussian, size: int) -> tuple[LearnedMap, Gaussian]:
        """Return the map, and an approximation of the core in its coordinates.

        Parameters
        ----------
        gaussian : Gaussian
            Approximates the core given h, in which the coefficients come first; h comes last in
            the new one.
        size : int
            Number of coefficients.
        """
        V, first = gaussian.covariance, gaussian.mean.size
        index = np.concatenate([part.index for part in self.sets])
        free = np.setdiff1d(np.arange(size), index)
        slope = V[np.ix_(free, index)] @ np.linalg.inv(V[np.ix_(index, index)])
        made: list[Apart | Together] = []
        begun: list[tuple[np.ndarray, np.ndarray]] = []
        place = first
        for part, h, spread in zip(self.sets, self.h, self.spread, strict=True):
            within = np.linalg.inv(V[np.ix_(part.index, part.index)])
            at = gaussian.mean[part.index]
            if part.prior.together:
                scale = np.abs(part.unit * part.scales(h))
                steps = Together(part, within - np.diag(scale**-2.0), within @ at)
                made.append(steps)
                begun.append(steps.start())
                continue
            stop = place + part.count
            made.append(apart(part, h, within, at, np.arange(place, stop)))
            begun.append((h, spread))
            place = stop
        covariance = np.zeros((place, place))
        covariance[:first, :first] = V
        covariance[np.ix_(free, free)] -= slope @ V[np.ix_(index, free)]
        covariance[index], covariance[:, index] = 0.0, 0.0
        mode = gaussian.mean[index]
        mean = np.zeros(place)
        mean[:first] = gaussian.mean
        mean[index] = 0.0
        for one, (h, spread) in zip(made, begun, strict=True):
            covariance[one.eps, one.eps] = 1.0
            covariance[np.ix_(one.h, one.h)] = spread
            mean[one.h] = h
        core = Gaussian(mean, 0.5 * (covariance + covariance.T))
        return LearnedMap(tuple(made), index, free, slope, mode), core


def settle(
    sets: tuple[Learned, ...],
    given: Callable[[list[np.ndarray]], tuple[np.ndarray, np.ndarray]],
) -> Settled:
    """Return moderate scales, by expectation-maximisation with Laplace's approximation.

    Parameters
    ----------
    sets : tuple of Learned
    given : callable
        Takes h of each set and returns mode and covariance of the coefficients given these.
    """
    h = [part.prior.start(part.size) for part in sets]
    for _ in range(_STEPS):
        theta, covariance = given(h)
        squares = (theta**2 + np.diag(covariance)).astype(float)
        new = [
            _climbed(part, squares[part.index] / part.unit**2, own)
            for part, own in zip(sets, h, strict=True)
        ]
        moved = max(float(np.abs(a - b).max(initial=0.0)) for a, b in zip(h, new, strict=True))
        h = new
        if moved < _CLOSE:
            break
    spread = [
        _spread(part, squares[part.index] / part.unit**2, own)
        for part, own in zip(sets, h, strict=True)
    ]
    return Settled(sets, h, spread)


def _height(part: Learned, squares: np.ndarray, h: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the expected log density of a set and of the logarithms of its scales, by h."""
    scale = part.scales(h)[:, None]
    size = np.maximum(np.abs(scale), _LEAST)
    # One logarithm of a scale more: the density of logarithms, which has no mode at zero.
    weight = 1.0 - 1.0 / part.size
    value = float(part.prior.log_density(h[:, None])[0])
    value -= float((weight * np.log(size) + 0.5 * squares[:, None] / size**2).sum())
    by_scale = np.sign(scale) * (squares[:, None] / size**3 - weight / size)
    return value, part.prior.pull(h[:, None], by_scale)[:, 0]


def _climbed(part: Learned, squares: np.ndarray, h: np.ndarray) -> np.ndarray:
    from scipy.optimize import minimize

    if part.prior.together:
        return h
    # What belongs to one coefficient stays where it is: it would run after that coefficient.
    n = part.prior.shared
    rest = h[n:]

    def down(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = _height(part, squares, np.concatenate([x, rest]))
        return -value, -slope[:n]

    found = minimize(down, h[:n], jac=True, method="L-BFGS-B", bounds=[(-6.0, 6.0)] * n)
    return np.concatenate([found.x, rest])


def _spread(part: Learned, squares: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Return a covariance of h from the curvature there, at most that of standard Gaussians."""
    if part.prior.together:
        return np.eye(h.size)
    rows = [
        _height(part, squares, h + move)[1] - _height(part, squares, h - move)[1]
        for move in STEP * np.eye(h.size)
    ]
    return bounded_inverse(-np.array(rows).reshape(h.size, h.size) / (2.0 * STEP), 1.0)
