"""Threads: their number, equal rounding on any number of them, and the memory they work in."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["mapping", "repeatable", "threads", "workers"]

_lock = threading.Lock()
_users = 0
_limit: Any = None
# Bytes, just below the most that glibc adapts to.
_HELD = 32_000_000


@lru_cache(maxsize=1)
def _controller() -> Any:
    """Return the handle on the loaded linear-algebra libraries; finding them takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


@lru_cache(maxsize=1)
def _hold() -> None:
    """Let the C library keep the memory of arrays that are freed, as far as it decides by itself.

    It gives memory of more than some size back to the system, and gets it back page by page, which
    costs more than the arithmetic on arrays of half a megabyte. glibc raises that size to that of
    the largest array that was freed, if it is below 32 MB; other libraries take no notice. The
    array is never written to, so that it takes no memory itself.
    """
    np.empty(_HELD, dtype=np.uint8)


@contextmanager
def repeatable() -> Iterator[None]:
    """Run the matrix products of the block on one thread, so that rounding does not depend on it.

    The setting belongs to the whole process. The first block to begin makes it and the last to
    end undoes it, so that fits in several threads do not undo each other's setting.

    Examples
    --------
    >>> import numpy as np
    >>> with repeatable():
    ...     product = np.ones((2, 3)) @ np.ones(3)
    """
    global _users, _limit
    _hold()
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
    """Return the number of threads to use: the cores of this process, at most OMP_NUM_THREADS."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:  # not on every system
        cores = os.cpu_count() or 1
    most = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(cores, int(most))) if most.isdigit() else max(1, cores)


@contextmanager
def threads(most: int | None = None) -> Iterator[ThreadPoolExecutor | None]:
    """Yield a pool of :func:`workers` threads, or None for one thread: the caller's own.

    That is so too where the system lets no more threads start, as under a limit on memory.

    Parameters
    ----------
    most : int, optional
        Most threads.
    """
    number = workers() if most is None else min(workers(), most)
    pool = _started(number) if number > 1 else None
    try:
        yield pool
    finally:
        if pool is not None:
            # After an error or an interrupt, tasks that have not started are dropped.
            pool.shutdown(wait=True, cancel_futures=True)


def _started(number: int) -> ThreadPoolExecutor | None:
    """Return a pool whose threads all run, or None if they cannot be started.

    A pool starts its threads as tasks come in; one that fails then would lose its task.
    """
    pool, together = ThreadPoolExecutor(number), threading.Barrier(number)
    try:
        for task in [pool.submit(together.wait) for _ in range(number)]:
            task.result()
    except (RuntimeError, MemoryError):
        together.abort()
        pool.shutdown(wait=True, cancel_futures=True)
        return None
    return pool


@contextmanager
def mapping(most: int | None = None) -> Iterator[Callable[..., Iterator[Any]]]:
    """Yield a function like ``map`` that uses the threads of :func:`threads`.

    Parameters
    ----------
    most : int, optional
        Most threads.

    Examples
    --------
    >>> with mapping() as spread:
    ...     list(spread(abs, [-1, 2]))
    [1, 2]
    """
    with threads(most) as pool:
        yield map if pool is None else pool.map
