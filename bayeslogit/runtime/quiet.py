"""Running PyMC or nutpie without log lines and warnings; progress bars go to stderr."""

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
    """Silence the samplers' log lines and warnings within the block; send their bars to stderr.

    These are about settings and diagnostics that the methods of this package handle themselves
    (number of chains, short runs, divergences), and report as a ``Problem``.

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
    """Return whether a progress bar would be visible: on a terminal, or in a notebook.

    In a log file or a pipe the samplers' bars would leave an empty frame.

    Parameters
    ----------
    progressbar : bool
        Whether the user wants one.
    """
    # PyMC loads marimo wherever it is installed.
    marimo = sys.modules.get("marimo")
    in_marimo = marimo is not None and bool(marimo.running_in_notebook())
    return progressbar and (in_cell() or in_marimo or sys.stderr.isatty())
