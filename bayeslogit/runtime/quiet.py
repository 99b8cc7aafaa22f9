"""Run PyMC or nutpie so that nothing but a progress bar is seen, and that on stderr."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from bayeslogit.runtime.progress import in_cell

__all__ = ["hushed", "seen"]

_LOGGERS = ("pymc", "pymc.sampling.mcmc", "pymc.stats.convergence", "pytensor", "nutpie")


@contextmanager
def hushed() -> Iterator[None]:
    """Silence the samplers' loggers and advice within the block, and send their bars to stderr.

    Their log lines and warnings are about what the methods here choose or judge themselves
    (number of chains, short runs, divergences); every trouble comes back as a ``Problem``.

    Examples
    --------
    >>> import logging
    >>> with hushed():
    ...     logging.getLogger("pymc").warning("only 50 draws")
    """
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    with warnings.catch_warnings(), redirect_stdout(sys.stderr):
        warnings.filterwarnings("ignore", module=r"(pymc|pytensor|nutpie)(\.|$)")
        # A child process only runs numpy on one thread and takes no lock that another may hold.
        warnings.filterwarnings("ignore", r".*multi-threaded, use of fork", DeprecationWarning)
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)


def seen(progressbar: bool) -> bool:
    """Return whether a bar that is asked for would be seen: on a terminal, or in a notebook.

    In a log file or a pipe the samplers' bars leave nothing but an empty frame.
    """
    return progressbar and (in_cell() or "marimo" in sys.modules or sys.stderr.isatty())
