"""Evaluation of a log posterior on all cores, with the same numbers on any number of threads.

A matrix product that a linear-algebra library splits over threads may round differently on
another machine. Here each product runs on one thread, and whole blocks of columns, cut the same
way everywhere, are shared out among threads instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.inference.level_coordinates import LevelCoordinates, level_coordinates
from bayeslogit.runtime.parallel import repeatable, threads
from bayeslogit.specification.density import LogDensity

__all__ = ["Evaluator", "evaluator"]

# Columns of one block. At 256 rows a block of linear predictors fills a quarter of a
# second-level cache, and the matrix product is already at its full rate.
_VALUE_COLUMNS = 256
_GRADIENT_COLUMNS = 32
# Linear predictors below which handing work to a thread costs more than it saves.
_WORTHWHILE = 1 << 17


@dataclass(frozen=True, eq=False)
class Evaluator:
    """The log posterior at many points; overflow gives ``-inf`` or NaN, without a warning.

    Parameters
    ----------
    space : Coordinates or LevelCoordinates
        The log posterior in unconstrained coordinates ``phi``.
    pool : ThreadPoolExecutor, optional
        Without one, blocks are evaluated one after the other, with the same result.
    """

    space: Coordinates | LevelCoordinates
    pool: ThreadPoolExecutor | None = None

    def values(self, phi: np.ndarray) -> np.ndarray:
        """Return the log density at each column of ``phi``, (columns,), in nats."""

        def one(block: np.ndarray) -> np.ndarray:
            with np.errstate(all="ignore"):
                return self.space.value(block)

        return np.concatenate(self._share(one, phi, _VALUE_COLUMNS))

    def gradients(self, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density (columns,) and its gradient, the shape of ``phi``."""

        def one(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            with np.errstate(all="ignore"):
                return self.space.value_and_gradient(block)

        found = self.in_blocks(one, phi)
        return np.concatenate([v for v, _ in found]), np.concatenate([g for _, g in found], axis=1)

    def in_blocks(self, one: Callable[[np.ndarray], Any], points: np.ndarray) -> list[Any]:
        """Return what a function that costs as much as a gradient gives at blocks of columns.

        Parameters
        ----------
        one : callable
            Takes (coefficients, some columns).
        points : ndarray, shape (coefficients, columns)
        """
        if self._predictors(points) < _WORTHWHILE:
            return [one(points)]
        return self._share(one, points, _GRADIENT_COLUMNS)

    def coefficients(self, phi: np.ndarray, heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return coefficients (..., coefficients) and their log posterior (...), in nats.

        Parameters
        ----------
        phi : ndarray, shape (..., coefficients)
        heights : ndarray, shape (...)
            The log density of phi there, in nats.
        """
        columns = phi.reshape(-1, phi.shape[-1]).T
        volume = self.space.log_volume(columns)
        theta = self.space.theta(columns).T.reshape(phi.shape)
        return theta, heights - volume.reshape(heights.shape)

    @property
    def predictors(self) -> int:
        """Linear predictors per column: the cost of an evaluation."""
        density = self.space.density
        n_rows: int = density.rows.X.shape[0]
        return n_rows * density.family.n_eta

    def _predictors(self, phi: np.ndarray) -> int:
        columns: int = phi.shape[1]
        return self.predictors * columns

    def _share(self, one: Callable[[np.ndarray], Any], phi: np.ndarray, width: int) -> list[Any]:
        """Apply a function to blocks of columns; their cut depends on the problem alone."""
        starts = range(0, phi.shape[1], width)
        blocks = [np.ascontiguousarray(phi[:, start : start + width]) for start in starts]
        if self.pool is None or len(blocks) < 2 or self._predictors(phi) < _WORTHWHILE:
            return [one(block) for block in blocks]
        return list(self.pool.map(one, blocks))


@contextmanager
def evaluator(density: LogDensity) -> Iterator[Evaluator]:
    """Give an :class:`Evaluator` on all cores, for the time of a ``with`` block."""
    with repeatable(), threads() as pool:
        yield Evaluator(level_coordinates(density) or Coordinates(density), pool)
