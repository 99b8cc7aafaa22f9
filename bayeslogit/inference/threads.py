"""The same numbers on any number of threads, and all of the machine's cores used.

A matrix product that a linear-algebra library splits over threads may round differently on
another machine. Here each product runs on one thread, and whole blocks of columns, cut the same
way everywhere, are shared out among threads instead.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from bayeslogit.density import LogDensity
from bayeslogit.inference.coordinates import Coordinates

__all__ = ["Evaluator", "evaluator", "repeatable", "threads", "workers"]

# Columns of one block. At 256 rows a block of linear predictors fills a quarter of a
# second-level cache, and the matrix product is already at its full rate.
_VALUE_COLUMNS = 256
_GRADIENT_COLUMNS = 32
# Linear predictors below which handing work to a thread costs more than it saves.
_WORTHWHILE = 1 << 17

_lock = threading.Lock()
_users = 0
_limit: Any = None


@lru_cache(maxsize=1)
def _controller() -> Any:
    """Return the handle on the loaded linear-algebra libraries; finding them takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


@contextmanager
def repeatable() -> Iterator[None]:
    """Run every matrix product of the block on one thread, so that it rounds the same anywhere.

    The setting belongs to the whole process. The first to enter makes it and the last to leave
    undoes it, so that fits in several threads do not undo one another's.

    Examples
    --------
    >>> with repeatable():
    ...     product = np.ones((2, 3)) @ np.ones(3)
    """
    global _users, _limit
    with _lock:
        if _users == 0:
            _limit = _controller().limit(limits=1)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _free()
                _limit.restore_original_limits()
                _free()
                _limit = None


def _free() -> None:
    """Let any thread change the setting: threadpoolctl keeps it for the one that did so first."""
    for library in _controller().lib_controllers:
        free = getattr(library, "clear_controlling_thread", None)  # since threadpoolctl 3.7
        if free is not None:
            free(force=True)


def workers() -> int:
    """Return how many threads to use: the cores of this process, or fewer by OMP_NUM_THREADS."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:  # not on every system
        cores = os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(cores, int(asked))) if asked.isdigit() else max(1, cores)


@contextmanager
def threads() -> Iterator[ThreadPoolExecutor | None]:
    """Lend as many threads as there are :func:`workers`, or None where that is one."""
    number = workers()
    if number < 2:
        yield None
        return
    pool = ThreadPoolExecutor(number)
    try:
        yield pool
    finally:
        # After an error or an interrupt, what has not started is dropped.
        pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, eq=False)
class Evaluator:
    """A log posterior at many columns; numbers out of range give ``-inf`` or NaN, silently.

    Parameters
    ----------
    space : Coordinates
        The log posterior in free coordinates ``phi``.
    pool : ThreadPoolExecutor, optional
        Without one, blocks are evaluated one after the other, with the same result.
    """

    space: Coordinates
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

        if self._predictors(phi) < _WORTHWHILE:
            return one(phi)
        found = self._share(one, phi, _GRADIENT_COLUMNS)
        return np.concatenate([v for v, _ in found]), np.concatenate([g for _, g in found], axis=1)

    def coefficients(self, phi: np.ndarray, heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return coefficients (..., coefficients) and the log posterior (...) of them.

        Parameters
        ----------
        phi : ndarray, shape (..., coefficients)
        heights : ndarray, shape (...)
            The log density of phi there.
        """
        columns = phi.reshape(-1, phi.shape[-1]).T
        volume = self.space.log_volume(columns)
        theta = self.space.theta(columns).T.reshape(phi.shape)
        return theta, heights - volume.reshape(heights.shape)

    @property
    def predictors(self) -> int:
        """Linear predictors per column: what an evaluation costs."""
        density = self.space.density
        return density.rows.X.shape[0] * density.family.n_eta

    def _predictors(self, phi: np.ndarray) -> int:
        return self.predictors * phi.shape[1]

    def _share(self, one: Callable[[np.ndarray], Any], phi: np.ndarray, width: int) -> list[Any]:
        """Apply a function to blocks of columns; their cut depends on the problem alone."""
        starts = range(0, phi.shape[1], width)
        blocks = [np.ascontiguousarray(phi[:, start : start + width]) for start in starts]
        if self.pool is None or len(blocks) < 2 or self._predictors(phi) < _WORTHWHILE:
            return [one(block) for block in blocks]
        return list(self.pool.map(one, blocks))


@contextmanager
def evaluator(density: LogDensity) -> Iterator[Evaluator]:
    """Lend an :class:`Evaluator` on all cores, in a :func:`repeatable` block."""
    with repeatable(), threads() as pool:
        yield Evaluator(Coordinates(density), pool)
