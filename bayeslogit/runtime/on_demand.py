"""Names of a package whose modules load when a name is first used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["on_demand"]


def on_demand(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a ``__getattr__`` for a package whose modules import a heavy library.

    Parameters
    ----------
    package : str
        Full name of the package.
    homes : mapping of str to str
        Each name to the module of the package that holds it.

    Examples
    --------
    >>> on_demand("bayeslogit.numerics", {"tail_length": "pareto"})("tail_length")(4000)
    189
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return find
