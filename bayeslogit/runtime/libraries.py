"""Libraries that a part of the package needs and that may not be there."""

from __future__ import annotations

import importlib.util
import sys

from bayeslogit.errors import MethodRefused

__all__ = ["installed", "need_pymc"]


def installed(name: str) -> bool:
    """Return whether a library can be imported, without importing it.

    Parameters
    ----------
    name : str
        Of its top module.

    Examples
    --------
    >>> installed("numpy"), installed("no_such_library")
    (True, False)
    """
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def need_pymc(what: str, instead: str) -> None:
    """Refuse what runs in PyMC where PyMC is not installed.

    Parameters
    ----------
    what : str
        The subject of the sentence.
    instead : str
        What does without PyMC, a clause.

    Raises
    ------
    MethodRefused
    """
    if not installed("pymc"):
        raise MethodRefused(
            f"{what} needs PyMC, which is not installed; expected it beside bayeslogit; run "
            f"{sys.executable} -m pip install pymc, or {instead}"
        )
