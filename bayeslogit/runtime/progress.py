"""Progress bars for computations that take longer than some seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

__all__ = ["PATIENCE", "in_cell", "progress"]

# Seconds before a bar appears; shorter work needs none.
PATIENCE = 2.0
_BETWEEN = 0.25  # seconds between two states of a bar in a notebook; each state is a message


@contextmanager
def progress(
    label: str, total: int, *, enabled: bool = True, patience: float | None = None
) -> Iterator[Callable[[int], None]]:
    """Yield a function that reports steps done; a progress bar appears after some seconds.

    The bar is drawn on stderr if that is a terminal, or below the cell of a notebook, and is
    removed at the end. In a log file or a pipe there is none.

    Parameters
    ----------
    label : str
        What is being done, such as ``"averaging effects"``.
    total : int
        Number of steps, at least 0.
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
    begin, done = time.monotonic(), 0
    wait = PATIENCE if patience is None else patience
    show: Callable[[int], None] | None = None

    def advance(steps: int) -> None:
        nonlocal show, done
        done += steps
        if not enabled:
            return
        if show is None and done < total and time.monotonic() - begin > wait:
            bar = _in_notebook(label, total, begin) if in_cell() else _in_terminal(label, total)
            show = stack.enter_context(bar)
        if show is not None:
            show(done)

    with ExitStack() as stack:
        yield advance


def in_cell() -> bool:
    """Return whether this code runs in a notebook cell of Jupyter or a compatible program.

    Examples
    --------
    >>> in_cell()
    False
    """
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return any(kind.__name__ == "ZMQInteractiveShell" for kind in type(shell).__mro__)


@contextmanager
def _in_terminal(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes the number of steps done and shows it on stderr."""
    # Loading these takes longer than most computations with a bar.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    task = bar.add_task(label, total=total)
    try:
        bar.start()
    except RuntimeError:  # no thread for the bar, as under a limit on memory
        yield lambda _: None
        return
    try:
        yield lambda done: bar.update(task, completed=done)
    finally:
        bar.stop()


@contextmanager
def _in_notebook(label: str, total: int, begin: float) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes the number of steps done and shows it below the running cell.

    It is one output, replaced in place, which every notebook can show. rich needs ipywidgets
    there, and its outputs stay in the saved notebook as widgets without a state.
    """
    from IPython.display import display

    put_out: Callable[..., Any] = display
    shown: Any = None
    last = 0.0

    def show(done: int) -> None:
        nonlocal shown, last
        now = time.monotonic()
        if now - last < _BETWEEN:
            return
        last = now
        minutes, seconds = divmod(round((now - begin) * (total - done) / max(done, 1)), 60)
        words = f"{100 * done / total:.0f} %, {minutes}:{seconds:02} left"
        state = {
            "text/plain": f"{label} {words}",
            "text/html": f'{label} <progress value="{done}" max="{total}"></progress> {words}',
        }
        if shown is None:
            shown = put_out(state, raw=True, display_id=True)
        else:
            shown.update(state, raw=True)

    try:
        yield show
    finally:
        if shown is not None:
            shown.update({"text/plain": "", "text/html": ""}, raw=True)
