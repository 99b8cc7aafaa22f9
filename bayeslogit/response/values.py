"""The values of an outcome as an array of one dimension, without missing values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bayeslogit.errors import ResponseError, listing

__all__ = ["MANY", "RowName", "numbered", "one_dimension", "refuse_missing"]

MANY = 10  # more distinct numbers than this look like a measurement, not like classes

RowName = Callable[[int], str]


def numbered(position: int) -> str:
    """Return the name of a row by its position alone, for error messages."""
    return f"row {position}"


def one_dimension(name: str, values: Any) -> np.ndarray:
    """Return the values of an outcome as an array of one dimension.

    Parameters
    ----------
    name : str
        Name of the outcome, for error messages.
    values : array of shape (obs,) or (obs, 1)
        Numbers, booleans or text; at least one.

    Raises
    ------
    ResponseError
        If the array has another shape, is empty, or has another type.
    """
    array = values if isinstance(values, np.ndarray) else _array(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or len(array) == 0:
        raise ResponseError(
            f"The outcome {name!r} has the shape {array.shape}; one value for each row was "
            "expected."
        )
    if array.dtype.kind not in "biufUTO":
        raise ResponseError(
            f"The outcome {name!r} has the type {array.dtype}; numbers, booleans or text were "
            "expected. Convert it."
        )
    return array


def _array(values: Any) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype.kind in "US" and isinstance(values, list | tuple):
        # numpy turns a list of numbers and text into text without saying so
        kinds = {type(value) for value in values}
        if len(kinds) > 1:
            out = np.empty(len(values), dtype=object)
            out[:] = values
            return out
    return array


def refuse_missing(name: str, array: np.ndarray, row_name: RowName = numbered) -> None:
    """Refuse an outcome with missing values or values of several types.

    Parameters
    ----------
    name : str
        Name of the outcome, for error messages.
    array : np.ndarray, shape (obs,)
        Its values.
    row_name : callable
        Takes the position of a row and returns its name for error messages.

    Raises
    ------
    ResponseError
        With the first row that has no value, or the types found.
    """
    if array.dtype.kind == "f":
        gaps = np.isnan(array)
    elif array.dtype.kind == "O":
        gaps = np.array([_is_gap(value) for value in array.tolist()], dtype=bool)
    else:
        return
    if gaps.any():
        row = int(np.flatnonzero(gaps)[0])
        raise ResponseError(
            f"The outcome {name!r} has no value in {row_name(row)}; {int(gaps.sum())} of its "
            f"{len(array)} values are missing, and a value was expected in every row. Fill them "
            "in, or leave such rows out with missing='drop'."
        )
    if array.dtype.kind == "O":
        kinds = sorted({type(value).__name__ for value in array.tolist()})
        if len(kinds) > 1:
            raise ResponseError(
                f"The outcome {name!r} mixes values of the types {listing(kinds)}; one kind was "
                "expected. Convert them, for instance with str()."
            )


def _is_gap(value: Any) -> bool:
    # Only missing values (NaN, NaT, pandas.NA) are not plainly equal to themselves.
    return value is None or type(value).__name__ == "NAType" or bool(value != value)
