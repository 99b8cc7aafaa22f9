"""Points of a posterior moved by an exact Markov kernel, under which right ones stay as they are.

What a survey of a posterior has missed it cannot know. But points that are distributed as the
posterior stay so under a kernel that leaves it invariant, and where a part that touches the known
ones is missing, moved points flow into it. The kernel needs no gradient and no scale: a step goes
along one axis, or all, by a random order of magnitude, or by a share of the difference of two other
points, in coordinates in which needles and tails have about the same width.

References
----------
ter Braak, C. J. F. (2006). A Markov chain Monte Carlo version of the genetic algorithm
differential evolution. doi:10.1007/s11222-006-8769-1
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["move", "tilted"]

# Share of the posterior in the density that is tilted towards far points; the rest is the
# posterior times the square of the distance.
_NEAR = 0.2
# Steps in stretched coordinates, as powers of ten; and around a difference of two points.
_LEAST, _MOST, _JITTER = -1.5, 0.7, 1e-3


def move(
    log_density: Callable[[np.ndarray], np.ndarray],
    t: np.ndarray,
    rng: np.random.Generator,
    sweeps: int,
) -> np.ndarray:
    """Return points after some steps of a kernel that leaves a density invariant.

    Parameters
    ----------
    log_density : callable
        Log density (columns,) of points (axes, columns), in nats.
    t : ndarray, shape (axes, columns)
        At least four points, distributed as the density.
    rng : numpy.random.Generator
    sweeps : int
        Steps of each point.

    Returns
    -------
    ndarray, shape (axes, columns)
    """
    t, (axes, columns) = t.copy(), t.shape
    height = log_density(t)
    for _ in range(sweeps):
        order = rng.permutation(columns)
        halves = order[: columns // 2], order[columns // 2 :]
        # Half of the points moves by differences among the other half, which keeps the density.
        for own, other in (halves, halves[::-1]):
            count = own.size
            kind = rng.integers(3, size=count)
            step = rng.standard_normal((axes, count)) * 10.0 ** rng.uniform(_LEAST, _MOST, count)
            one = np.arange(axes)[:, None] == rng.integers(axes, size=count)
            step = np.where((kind == 0) & ~one, 0.0, step)
            first, second = rng.choice(other, count), rng.choice(other, count)
            share = np.where(rng.random(count) < 0.2, 1.0, rng.uniform(0.1, 1.2, count))
            across = share * (t[:, first] - t[:, second])
            across += _JITTER * rng.standard_normal((axes, count))
            new = t[:, own] + np.where(kind == 2, across, step)
            found = log_density(new)
            # Where both are nowhere, NaN compares as False: such a point stays.
            with np.errstate(invalid="ignore"):
                accept = np.log(rng.random(count)) < found - height[own]
            t[:, own] = np.where(accept, new, t[:, own])
            height[own] = np.where(accept, found, height[own])
    return t


def tilted(theta: np.ndarray, middle: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Return the log of the factor that tilts a posterior towards its tails, (columns,).

    A tail that holds one per cent of a posterior may hold most of its second moment: of points
    with this factor, a share goes along each moment.

    Parameters
    ----------
    theta : ndarray, shape (coefficients, columns)
    middle, sd : ndarray, shape (coefficients,)
        Where ``sd`` is infinite, the coefficient does not count.
    """
    far = ((theta - middle[:, None]) / sd[:, None]) ** 2
    counted = max(int(np.isfinite(sd).sum()), 1)
    factor: np.ndarray = np.log(_NEAR + (1.0 - _NEAR) * far.sum(axis=0) / counted)
    return factor
