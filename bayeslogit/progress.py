"""A progress bar for work that turns out to take longer than a moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["PATIENCE", "progress"]

# Seconds before a bar appears: what ends sooner needs none.
PATIENCE = 2.0


@contextmanager
def progress(
    label: str, total: int, *, enabled: bool = True, patience: float | None = None
) -> Iterator[Callable[[int], None]]:
    """Lend a function that reports steps done; a bar appears on stderr after some seconds.

    Where nobody watches (stderr is not a terminal or notebook) there is none.

    Parameters
    ----------
    label : str
        What is being done, such as ``"averaging effects"``.
    total : int
        Steps in all.
    enabled : bool
        False never shows a bar.
    patience : float, optional
        Seconds to wait before the bar appears; two by default.

    Yields
    ------
    callable
        Takes the number of steps done since the last call.

    Examples
    --------
    >>> with progress("counting", 3) as advance:
    ...     for step in range(3):
    ...         advance(1)
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    begin, done = time.monotonic(), 0
    wait = PATIENCE if patience is None else patience
    bar: Progress | None = None

    def advance(steps: int) -> None:
        nonlocal bar, done
        done += steps
        if not enabled:
            return
        if bar is None and done < total and time.monotonic() - begin > wait:
            console = Console(stderr=True)
            if not (console.is_terminal or console.is_jupyter):
                return
            bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )
            bar.add_task(label, total=total)
            bar.start()
        if bar is not None:
            bar.update(bar.task_ids[0], completed=done)

    try:
        yield advance
    finally:
        if bar is not None:
            bar.stop()
