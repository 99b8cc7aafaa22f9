"""Readings of a grouped posterior in the order and with the names of a layout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayeslogit.errors import Problem
from bayeslogit.inference.base import Outcome
from bayeslogit.specification.specification import Specification

__all__ = ["named_outcome"]

# Quantities that are moved at once.
_MOVED = 256


def named_outcome(specification: Specification, outcome: Outcome) -> Outcome:
    """Return an outcome whose draws are in the order of ``theta``, its scales by name.

    Parameters
    ----------
    specification : Specification
    outcome : Outcome
        Its draws are readings, (chains, draws, quantities).
    """
    layout, readings = specification.layout, outcome.draws
    density = specification.grouped_density
    sources = np.empty(len(layout.names), np.intp)
    sources[layout.fixed] = np.arange(density.size)
    scales: dict[str, np.ndarray] = {}
    at = density.size
    for block, k in zip(density.blocks, specification.block_order, strict=True):
        scale, q = layout.scales[k], block.effects
        scales[f"sd_{scale.suffix}"] = readings[:, :, at : at + q].copy()
        at += q
        if block.covariance.partials:
            matrix = np.ones((*readings.shape[:2], q, q))
            rows, columns = np.tril_indices(q, -1)
            part = readings[:, :, at : at + len(rows)]
            matrix[:, :, rows, columns] = matrix[:, :, columns, rows] = part
            scales[f"cor_{scale.suffix}"] = matrix
            at += len(rows)
        size = q * block.levels
        sources[scale.index.ravel()] = np.arange(at, at + size)
        at += size
    learned: dict[str, np.ndarray] = {}
    doubts: tuple[Problem, ...] = ()
    for own in density.prior.learned:
        found = readings[:, :, at : at + len(own.quantities)].copy()
        at += len(own.quantities)
        learned |= {name: found[:, :, i] for i, (name, _) in enumerate(own.quantities)}
        doubts += own.prior.doubts(own.label, found.reshape(-1, found.shape[2]).T)
    ordered = {
        name: scales[name]
        for scale in layout.scales
        for name in (f"sd_{scale.suffix}", f"cor_{scale.suffix}")
        if name in scales
    }
    problems = outcome.problems + doubts
    theta = _taken(readings, sources)
    return replace(outcome, draws=theta, scales=ordered | learned, problems=problems)


def _taken(readings: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Return some quantities of readings, which are overwritten where that saves a copy.

    Parameters
    ----------
    readings : ndarray, shape (chains, draws, quantities)
    sources : ndarray of int, shape (names,)
        Their places in the readings.
    """
    if np.all(np.diff(sources) > 0):
        # Each moves towards the front, and to no place that is still to be read.
        for to in range(0, len(sources), _MOVED):
            some = sources[to : to + _MOVED]
            readings[:, :, to : to + len(some)] = readings[:, :, some]
        return readings[:, :, : len(sources)]
    theta = np.moveaxis(np.empty((len(sources), *readings.shape[:2])), 0, -1)
    for to in range(0, len(sources), _MOVED):
        theta[:, :, to : to + _MOVED] = readings[:, :, sources[to : to + _MOVED]]
    return theta
