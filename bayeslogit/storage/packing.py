"""Nested values as JSON and arrays, and names that netCDF can hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import StorageError
from bayeslogit.storage.contents import Contents

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MODEL_GROUP", "pack", "unpack", "variable_names"]

MODEL_GROUP = "model"
_DTYPE = re.compile(r"object|[<>|=](b1|[iu][1248]|f[248])\Z")

# netCDF names of dimensions and coordinates, which a column of data must not take.
_RESERVED = frozenset({"obs", "chain", "draw", "term", "class", "cutpoint", "column"})


def variable_names(names: Sequence[str], taken: set[str]) -> dict[str, str]:
    """Return a netCDF variable name for each name: itself where the format allows it.

    Parameters
    ----------
    names : sequence of str
        Any text, each once; empty, with slashes, and so on.
    taken : set of str
        Names that are used already; the new ones are added to it.

    Examples
    --------
    >>> variable_names(("hours", "a/b", "", "obs"), set())
    {'hours': 'hours', 'a/b': 'column_1', '': 'column_2', 'obs': 'column_3'}
    """
    result = {name: name for name in names if _allowed(name) and name not in taken}
    taken |= set(result.values())
    for position, name in enumerate(names):
        if name not in result:
            safe = f"column_{position}"
            while safe in taken:
                safe += "_"
            result[name] = safe
            taken.add(safe)
    return {name: result[name] for name in names}


def _allowed(name: str) -> bool:
    return (
        name.isprintable()
        and name == name.strip()
        and name not in ("", ".", "..")
        and "/" not in name
        and not name.startswith("_")
        and len(name.encode()) <= 200
        and name not in _RESERVED
    )


class Packer:
    """Turns nested values into JSON, and keeps their arrays apart.

    Parameters
    ----------
    known : mapping of array id to "group/variable"
        Arrays that are in the file already and are only referred to.
    """

    def __init__(self, known: Mapping[int, str]) -> None:
        self.known = dict(known)
        self.arrays: dict[str, np.ndarray] = {}

    def pack(self, value: Any, path: str) -> Any:
        """Return a value as JSON can hold it.

        Parameters
        ----------
        value : None, bool, int, float, str, ndarray, dict, tuple or list
            Nested as deep as needed.
        path : str
            Where the value stands, with dots, for errors.

        Raises
        ------
        StorageError
            If something else is in it.
        """
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, bool | int | float | str):
            return value
        if isinstance(value, np.ndarray):
            return self._array(value, path)
        if isinstance(value, Mapping):
            return {"dict": {str(k): self.pack(v, f"{path}.{k}") for k, v in value.items()}}
        if isinstance(value, tuple | list):
            kind = "tuple" if isinstance(value, tuple) else "list"
            return {kind: [self.pack(v, f"{path}.{i}") for i, v in enumerate(value)]}
        raise StorageError(
            f"{path} is {value!r}, a {type(value).__name__}, which a file cannot hold; expected "
            "numbers, text and arrays, because files hold no Python objects; convert it to text "
            "before the fit"
        )

    def _array(self, value: np.ndarray, path: str) -> Any:
        if id(value) in self.known:
            return {"array": self.known[id(value)]}
        if value.dtype.kind not in "biuf" or value.size == 0:
            return {"values": self.pack(value.tolist(), path), "dtype": _dtype_text(value.dtype)}
        name = f"array_{len(self.arrays)}"
        self.arrays[name] = value
        return {"array": f"{MODEL_GROUP}/{name}"}


def _dtype_text(dtype: np.dtype) -> str:
    return "object" if dtype.kind in "UTO" else dtype.str


def pack(value: Any, known: Mapping[int, str]) -> tuple[Any, xr.Dataset]:
    """Return a nested value as JSON can hold it, and a dataset of its arrays.

    Parameters
    ----------
    value : dict
        Of text, numbers, None, arrays, and lists, tuples and dicts of these.
    known : mapping of array id to "group/variable"
        Arrays that the file holds elsewhere.

    Raises
    ------
    StorageError
        If something else is in it.
    """
    import xarray as xr

    packer = Packer(known)
    words = packer.pack(value, "fit")
    data = {
        name: ([f"{name}_dim_{axis}" for axis in range(array.ndim)], array)
        for name, array in packer.arrays.items()
    }
    return words, xr.Dataset(data)


def unpack(words: Any, contents: Contents) -> Any:
    """Return the value that :func:`pack` was given.

    Parameters
    ----------
    words : Any
        As JSON gives it back.
    contents : Contents
        The arrays of the file.

    Raises
    ------
    ValueError, KeyError
        If the words are not those of :func:`pack`, or name an array that is not there.
    """
    if not isinstance(words, dict):
        return words
    if "array" in words:
        return contents.array(words["array"])
    if "dtype" in words:
        if not _DTYPE.match(words["dtype"]):  # a type may ask for any number of bytes
            raise ValueError(f"an array is of the type {str(words['dtype'])[:80]!r}")
        return np.array(unpack(words["values"], contents), dtype=words["dtype"])
    if "dict" in words:
        return {k: unpack(v, contents) for k, v in words["dict"].items()}
    kind, items = next(iter(words.items()))
    unpacked = [unpack(v, contents) for v in items]
    return tuple(unpacked) if kind == "tuple" else unpacked
