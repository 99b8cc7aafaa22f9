"""Threads: their number, and equal rounding on any number of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

__all__ = ["repeatable", "threads", "workers"]

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
def threads() -> Iterator[ThreadPoolExecutor | None]:
    """Yield a pool of :func:`workers` threads, or None if there is one worker."""
    number = workers()
    if number < 2:
        yield None
        return
    pool = ThreadPoolExecutor(number)
    try:
        yield pool
    finally:
        # After an error or an interrupt, tasks that have not started are dropped.
        pool.shutdown(wait=True, cancel_futures=True)
