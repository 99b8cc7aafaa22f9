"""Adaptive cells: a posterior of few coefficients, however many scales and modes it has.

A box in the stretched coordinates of a grid (see ``Stretched``) is cut into cells, and those whose
integral changes when they are halved are halved again, along the axis where the density bends most.
Known modes are surrounded by cells of their own width from the start. A needle of width 1e-6 inside
a tail of width 1e6 then costs a few hundred cells.

The nodes of the cells make a density that is constant around each node. Draws from it, with
weights, are draws from the posterior, and their mean weight is a second estimate of the evidence.

References
----------
Genz, A. C. and Malik, A. A. (1980). Remarks on algorithm 006: an adaptive algorithm for numerical
integration over an N-dimensional rectangular region. doi:10.1016/0771-050X(80)90039-X
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from bayeslogit.inference.base import Gaussian

__all__ = ["REACH", "Cells", "divide", "outwards", "recut"]

# Three Gauss-Legendre nodes on [0, 1]; the weights are also the widths of the parts around them.
_NODES = 0.5 + 0.5 * np.array([-np.sqrt(0.6), 0.0, np.sqrt(0.6)])
_WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18.0
_EDGES = np.array([0.0, 5.0, 13.0]) / 18.0
# Half the box, in stretched units: sinh(24) is 1e10 standard deviations.
REACH = 24.0
_ROUNDS = 80
# Halvings around a place that the nodes did not see.
_UNCOVER = 24
# Log of the share of a second moment that a place must add to be looked at.
_SECONDS = -5.0
# Share of the error in the cells that a round halves.
_BULK = 0.97
# Share of the draws that are for the tails.
_FAR = 0.2
# Exponents beyond this leave the range of doubles.
_LARGEST = 700.0


@dataclass(frozen=True, eq=False)
class Cells:
    """A density on a box in cells, known at the nodes of each.

    Parameters
    ----------
    low, width : ndarray, shape (axes, cells)
        Corners and sides, in stretched coordinates.
    log : ndarray, shape (cells, nodes)
        Log density at the nodes, in nats.
    error : float
        Estimated error of the total and of second moments, relative to them.
    evaluated : int
        Log densities evaluated.
    errors : ndarray, shape (cells,)
        Largest part that each cell may have in the error.
    """

    low: np.ndarray
    width: np.ndarray
    log: np.ndarray
    error: float
    evaluated: int
    errors: np.ndarray

    @property
    def _log_masses(self) -> np.ndarray:
        """Log of each node's part of the integral, (cells, nodes)."""
        volume = np.log(self.width).sum(axis=0)[:, None]
        masses: np.ndarray = self.log + volume + _log_shares(len(self.low))
        return masses

    @property
    def log_total(self) -> float:
        """Log of the integral, in nats."""
        masses = self._log_masses
        peak = float(masses.max())
        return peak + float(np.log(np.exp(masses - peak).sum()))

    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the nodes, (axes, cells x nodes), and their shares of the integral."""
        shares: np.ndarray = np.exp(self._log_masses - self.log_total).ravel()
        return _places(self.low, self.width), shares

    def log_density_at(self, t: np.ndarray) -> np.ndarray:
        """Return the log density that :meth:`propose` draws from, (columns,), normalised.

        It is constant around each node, and ``-inf`` outside the box.

        Parameters
        ----------
        t : ndarray, shape (axes, columns)
            In stretched coordinates.
        """
        result = np.full(t.shape[1], -np.inf)
        height = self.log - self.log_total + self._tilt
        for block in np.array_split(np.arange(t.shape[1]), max(1, t.shape[1] // 500)):
            places = t[:, block, None]
            inside = (self.low[:, None] <= places) & (places < (self.low + self.width)[:, None])
            found = inside.all(axis=0)
            cell, within = found.argmax(axis=1), found.any(axis=1)
            share = (t[:, block] - self.low[:, cell]) / self.width[:, cell]
            part = np.searchsorted(_EDGES, np.clip(share, 0.0, 1.0), side="right") - 1
            node = (part * 3 ** np.arange(len(t))[::-1, None]).sum(axis=0)
            result[block] = np.where(within, height[cell, node], -np.inf)
        return result

    @cached_property
    def _tilt(self) -> np.ndarray:
        """Log of how often a node is drawn, over its share of the integral, (cells, nodes)."""
        t, shares = self.nodes()
        far = np.sinh(t) ** 2
        far /= np.maximum((shares * far).sum(axis=1, keepdims=True), 1e-300)
        tilt: np.ndarray = np.log1p(_FAR * (far.mean(axis=0) - 1.0)).reshape(self.log.shape)
        return tilt

    def propose(
        self, rng: np.random.Generator, count: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return evenly spread draws, most of the density that is constant around each node.

        A fifth of them are of that density times the square of the distance, so that moments that
        rest on a thin tail are as well known as others.

        Parameters
        ----------
        rng : numpy.random.Generator
        count : int
            Number of draws.

        Returns
        -------
        t : ndarray, shape (axes, count)
            In stretched coordinates, sorted orthant by orthant and from the inside out.
        log_density : ndarray, shape (count,)
            Log of the density there times the integral, in nats.
        log_value : ndarray, shape (count,)
            The log density at the node of each.
        """
        axes, size = len(self.low), self.log.shape[1]
        t, shares = self.nodes()
        wanted = shares * np.exp(self._tilt.ravel())
        order = outwards(t)
        order = order[shares[order] > 0.0]
        cumulative = np.cumsum(wanted[order])
        places = (np.arange(count) + rng.random()) / count * cumulative[-1]
        found = np.minimum(np.searchsorted(cumulative, places, side="right"), order.size - 1)
        before = np.where(found > 0, cumulative[found - 1], 0.0)
        pick = order[found]
        inside = rng.random((axes, count))
        # How far a place is between two nodes spreads draws evenly within the parts too.
        inside[0] = np.clip((places - before) / (cumulative[found] - before), 0.0, 1.0)
        cell, node = np.divmod(pick, size)
        part = _GRIDS[axes][:, node]
        t = self.low[:, cell] + self.width[:, cell] * (_EDGES[part] + _WEIGHTS[part] * inside)
        log_density = (self.log + self._tilt).ravel()[pick]
        order = outwards(t)
        return t[:, order], log_density[order], self.log.ravel()[pick][order]


def outwards(t: np.ndarray) -> np.ndarray:
    """Return the order of points, (axes, columns), by orthant and from the inside out."""
    orthant = (t > 0.0).T @ (1 << np.arange(len(t)))
    return np.lexsort((np.abs(t).max(axis=0), orthant))


_GRIDS = {axes: np.array(list(product(range(3), repeat=axes))).T for axes in range(1, 5)}


def _log_shares(axes: int) -> np.ndarray:
    """Return the log weights of the nodes of a cell, (nodes,)."""
    return np.asarray(np.log(_WEIGHTS[_GRIDS[axes]]).sum(axis=0))


def _places(low: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Return all nodes of some cells, (axes, cells x nodes)."""
    grid = _NODES[_GRIDS[len(low)]]
    places = low[:, :, None] + width[:, :, None] * grid[:, None]
    flat: np.ndarray = places.reshape(len(low), -1)
    return flat


def divide(
    log_value: Callable[[np.ndarray], np.ndarray],
    seeds: list[Gaussian],
    probes: np.ndarray,
    *,
    first: int,
    tolerance: float,
    max_points: int,
) -> Cells:
    """Return cells that resolve a density.

    Parameters
    ----------
    log_value : callable
        Log density, (columns,), of stretched coordinates (axes, columns), in nats.
    seeds : list of Gaussian
        Peaks, in stretched coordinates, that cells must not be wider than.
    probes : ndarray, shape (axes, points)
        Places anywhere: a cell in which one is far higher than its nodes is halved.
    first : int
        Cells along each axis to begin with.
    tolerance : float
        Of the integral and the second moments, relative to them.
    max_points : int
        Evaluations, at most.
    """
    axes = seeds[0].mean.size
    ends = np.linspace(-REACH, REACH, first + 1)
    low = np.stack(np.meshgrid(*[ends[:-1]] * axes, indexing="ij")).reshape(axes, -1)
    low, width = _surround(low, np.full(low.shape, 2.0 * REACH / first), seeds)
    work = _Division(log_value, low, width)
    work.refine(tolerance, max_points)
    return _uncovered(work, probes, tolerance, max_points)


def recut(
    log_value: Callable[[np.ndarray], np.ndarray],
    cells: Cells,
    probes: np.ndarray,
    *,
    tolerance: float,
    max_points: int,
) -> Cells:
    """Return cells halved further, where probes saw what their nodes did not.

    Parameters
    ----------
    log_value, cells : callable, Cells
        As :func:`divide` takes and returns them.
    probes, tolerance : ndarray, float
    max_points : int
        Further evaluations, at most.
    """
    work = _Division(log_value, cells.low, cells.width, cells)
    return _uncovered(work, probes, tolerance, cells.evaluated + max_points)


def _uncovered(work: _Division, probes: np.ndarray, tolerance: float, max_points: int) -> Cells:
    """Return the cells of a division once they see what probes see."""
    probes = probes[:, (np.abs(probes) < REACH).all(axis=0)]
    if work.uncover(probes, work.log_value(probes), max_points):
        work.refine(tolerance, max_points)
    return Cells(work.low, work.width, work.log, work.left, work.evaluated, work.error)


class _Division:
    """Cells in the making: corners, sides, log density at the nodes, and the error of each."""

    def __init__(
        self,
        log_value: Callable[[np.ndarray], np.ndarray],
        low: np.ndarray,
        width: np.ndarray,
        known: Cells | None = None,
    ) -> None:
        self.log_value = log_value
        self.size = 3 ** len(low)
        self.low, self.width = low, width
        if known is not None:
            self.evaluated, self.log = known.evaluated, known.log
            self.error, self.left = known.errors, known.error
        else:
            self.evaluated, self.left = 0, np.inf
            self.log = self._evaluate(low, width)
            # A cell that was not halved yet may be wrong by all it holds.
            self.error = np.full(low.shape[1], np.inf)

    def _evaluate(self, low: np.ndarray, width: np.ndarray) -> np.ndarray:
        log = self.log_value(_places(low, width)).reshape(-1, self.size)
        self.evaluated += log.size
        return log

    def _parts(
        self, low: np.ndarray, width: np.ndarray, log: np.ndarray, peak: float
    ) -> np.ndarray:
        """Return mass and second moments of cells, (1 + axes, cells)."""
        # Of two halves one may be far higher than all that was seen before.
        value = np.exp(np.minimum(log - peak, _LARGEST)) * np.exp(_log_shares(len(low)))
        second = np.sinh(_places(low, width)).reshape(len(low), -1, self.size) ** 2
        both = np.concatenate([value[None], value * second]).sum(axis=2)
        parts: np.ndarray = both * width.prod(axis=0)
        return parts

    def _replace(
        self,
        chosen: np.ndarray,
        low: np.ndarray,
        width: np.ndarray,
        log: np.ndarray,
        error: np.ndarray,
    ) -> None:
        keep = np.ones(self.low.shape[1], dtype=bool)
        keep[chosen] = False
        self.low = np.concatenate([self.low[:, keep], low], axis=1)
        self.width = np.concatenate([self.width[:, keep], width], axis=1)
        self.log = np.concatenate([self.log[keep], log])
        self.error = np.concatenate([self.error[keep], error])

    def refine(self, tolerance: float, max_points: int) -> None:
        """Halve the cells that are most in error until little of it is left."""
        for _ in range(_ROUNDS):
            peak = float(self.log.max())
            parts = self._parts(self.low, self.width, self.log, peak)
            total = np.maximum(parts.sum(axis=1, keepdims=True), 1e-300)
            known = np.minimum(self.error, (parts / total).max(axis=0))
            self.left = float(known.sum())
            if self.left <= tolerance or self.evaluated >= max_points:
                return
            order = np.argsort(-known)
            most = int(np.searchsorted(np.cumsum(known[order]), _BULK * self.left)) + 1
            chosen = order[:most]
            low, width = _halve(self.low[:, chosen], self.width[:, chosen], self.log[chosen])
            log = self._evaluate(low, width)
            halves = self._parts(low, width, log, peak)
            change = np.abs(halves[:, : len(chosen)] + halves[:, len(chosen) :] - parts[:, chosen])
            # Halving once more changes a smooth density far less; a quarter each is on the safe
            # side.
            off = np.tile((change / total).max(axis=0) / 4.0, 2)
            self._replace(chosen, low, width, log, off)

    def uncover(self, probes: np.ndarray, heights: np.ndarray, max_points: int) -> bool:
        """Halve cells until their nodes see what probes see; return whether any was halved."""
        halved = False
        for _ in range(_UNCOVER):
            inside = (self.low[:, None] <= probes[:, :, None]) & (
                probes[:, :, None] < (self.low + self.width)[:, None]
            )
            cell = inside.all(axis=0).argmax(axis=1)
            # What a probe adds to mass and second moments, if all of its cell is as high as it.
            volume = np.log(self.width).sum(axis=0)
            total = float(np.logaddexp.reduce(self.log.max(axis=1) + volume))
            peak, added = float(self.log.max()), heights + volume[cell]
            seconds = self._parts(self.low, self.width, self.log, peak)[1:].sum(axis=1)
            far = (np.sinh(probes) ** 2 / np.maximum(seconds, 1e-300)[:, None]).max(axis=0)
            large = (added > total - 7.0) | (added - peak + np.log(far) > _SECONDS)
            hidden = large & (heights > self.log.max(axis=1)[cell] + 1.0)
            if not hidden.any() or self.evaluated >= max_points:
                return halved
            halved = True
            chosen = np.unique(cell[hidden])
            low, width = _cut(
                self.low[:, chosen], self.width[:, chosen], self.width[:, chosen].argmax(axis=0)
            )
            self._replace(
                chosen, low, width, self._evaluate(low, width), np.full(low.shape[1], np.inf)
            )
        return halved


def _surround(
    low: np.ndarray, width: np.ndarray, seeds: list[Gaussian]
) -> tuple[np.ndarray, np.ndarray]:
    """Halve cells that hold a peak until they are as narrow as it is, along each axis."""
    for seed in seeds:
        spread = 3.0 * np.sqrt(np.diag(seed.covariance))
        mean = seed.mean
        while True:
            inside = (low <= (mean + spread)[:, None]) & ((mean - spread)[:, None] <= low + width)
            wide = inside.all(axis=0) & (width > 1.5 * spread[:, None]).any(axis=0)
            if not wide.any():
                break
            axis = np.argmax(width[:, wide] / spread[:, None], axis=0)
            low_new, width_new = _cut(low[:, wide], width[:, wide], axis)
            low = np.concatenate([low[:, ~wide], low_new], axis=1)
            width = np.concatenate([width[:, ~wide], width_new], axis=1)
    return low, width


def _halve(low: np.ndarray, width: np.ndarray, log: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Halve cells along the axis where their density bends most, or is steepest."""
    axes = len(low)
    value = np.exp(log - log.max(axis=1, keepdims=True)).reshape(-1, *(3,) * axes)
    bend = np.empty((axes, len(value)))
    for k in range(axes):
        first, middle, last = np.moveaxis(value, k + 1, 0)
        other = tuple(range(1, axes))
        bend[k] = np.abs(first - 2.0 * middle + last).sum(axis=other)
        bend[k] += 0.1 * np.abs(last - first).sum(axis=other)
    # Between axes that are as good, the wider one.
    return _cut(low, width, np.argmax(bend * width**0.25 + 1e-12 * width, axis=0))


def _cut(low: np.ndarray, width: np.ndarray, axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both halves of cells along an axis each: first all lower, then all upper ones."""
    cells = np.arange(low.shape[1])
    half, upper = width.copy(), low.copy()
    half[axis, cells] /= 2.0
    upper[axis, cells] += half[axis, cells]
    return np.concatenate([low, upper], axis=1), np.concatenate([half, half], axis=1)
