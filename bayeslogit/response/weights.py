"""Numbers of each row beside its outcome: frequency weights, offsets, counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayeslogit.errors import ResponseError
from bayeslogit.response.values import RowName, numbered, one_dimension, refuse_missing
from bayeslogit.tables.columns import label

__all__ = ["check_offset", "check_weights", "refuse_no_case", "whole"]

_LARGEST = 1e140  # squares of larger offsets leave the range of doubles


def check_weights(
    weights: Any, n: int, name: str = "weights", row_name: RowName = numbered
) -> np.ndarray:
    """Return frequency weights as float64, shape (n,).

    Parameters
    ----------
    weights : array of shape (n,)
        Finite, not negative, not all zero; fractions are allowed.
    n : int
        Number of rows of the table.
    name : str
        What error messages call them, such as the name of the column.
    row_name : callable
        Takes the position of a row and returns its name for error messages.

    Raises
    ------
    ResponseError
        A weight is missing, negative or infinite, all are zero, or there are not ``n``.

    Examples
    --------
    >>> check_weights([2, 0.5], 2)
    array([2. , 0.5])
    """
    out = _per_row(name, weights, n, row_name)
    if (out < 0).any():
        row = int(np.flatnonzero(out < 0)[0])
        raise ResponseError(
            f"{name} is {out[row]:g} in {row_name(row)}; weights of 0 or more were expected (how "
            "often a row counts). Correct it, or leave the row out."
        )
    if not out.any():
        raise ResponseError(
            f"{name} is 0 in all {n} rows, so no row is used. At least one weight above 0 was "
            "expected. Give the rows to be used a weight."
        )
    return out


def refuse_no_case(weights: np.ndarray | None, cases: np.ndarray | None) -> None:
    """Refuse rows of which each is left out by its weight, or holds no case.

    Parameters
    ----------
    weights : ndarray, shape (obs,), or None
        As :func:`check_weights` returns them.
    cases : ndarray, shape (obs,), or None
        Trials of each row.

    Raises
    ------
    ResponseError
    """
    if weights is not None and cases is not None and not (weights * cases).any():
        raise ResponseError(
            f"each of the {len(cases)} rows has a weight of 0 or no trials, so nothing was "
            "observed. A row with trials and a weight above 0 was expected. Give the rows with "
            "trials a weight."
        )


def check_offset(
    offset: Any, n: int, name: str = "offset", row_name: RowName = numbered
) -> np.ndarray:
    """Return an offset of the linear predictor as float64, shape (n,).

    Parameters
    ----------
    offset : array of shape (n,)
        Finite numbers on the scale of the linear predictor (log-odds for the logit link); they
        are added to it as they are.
    n : int
        Number of rows of the table.
    name : str
        What error messages call them, such as the name of the column.
    row_name : callable
        Takes the position of a row and returns its name for error messages.

    Raises
    ------
    ResponseError
        A value is missing or infinite, or there are not ``n``.

    Examples
    --------
    >>> check_offset([0, 1], 2)
    array([0., 1.])
    """
    out = _per_row(name, offset, n, row_name)
    if n and np.abs(out).max() > _LARGEST:
        row = int(np.abs(out).argmax())
        raise ResponseError(
            f"{name} is {out[row]:g} in {row_name(row)}; at most {_LARGEST:g} was expected, on the "
            "scale of the linear predictor, where 700 is certainty. Correct it."
        )
    return out


def whole(name: str, values: Any, row_name: RowName = numbered) -> np.ndarray:
    """Return counts as int64, shape (obs,).

    Parameters
    ----------
    name : str
        What error messages call the counts, such as the name of the column.
    values : array of shape (obs,)
        Whole numbers from 0 to 2**53.
    row_name : callable
        Takes the position of a row and returns its name for error messages.

    Raises
    ------
    ResponseError
        A count is missing, negative, fractional or larger, or is not a number.

    Examples
    --------
    >>> whole("n", [3.0, 0.0])
    array([3, 0])
    """
    array = one_dimension(name, values)
    if array.dtype.kind == "O":
        refuse_missing(name, array, row_name)
    if array.dtype.kind not in "biuf":
        raise ResponseError(
            f"{name!r} has the type {array.dtype}; counts, whole numbers of 0 or more, were "
            "expected."
        )
    if array.dtype.kind == "f":
        refuse_missing(name, array, row_name)
        odd = ~np.isfinite(array) | (array != np.floor(array))
        if odd.any():
            row = int(np.flatnonzero(odd)[0])
            raise ResponseError(
                f"{name!r} is {array[row]:g} in {row_name(row)}; a count, a whole number of 0 or "
                "more, was expected. For shares, give successes = share * trials as whole numbers."
            )
    if (array < 0).any():
        row = int(np.flatnonzero(array < 0)[0])
        raise ResponseError(
            f"{name!r} is {label(array[row])} in {row_name(row)}; a count, a whole number of 0 or "
            "more, was expected. Correct the row."
        )
    if array.max() > 2**53:
        row = int(np.argmax(array))
        raise ResponseError(
            f"{name!r} is {label(array[row])} in {row_name(row)}; counts up to 2**53 were "
            "expected, larger ones are not exact."
        )
    return array.astype(np.int64)


def _per_row(what: str, values: Any, n: int, row_name: RowName) -> np.ndarray:
    array = np.asarray(values)
    if array.shape != (n,):
        raise ResponseError(
            f"{what} has the shape {array.shape}; ({n},), one number for each row, was expected."
        )
    if array.dtype.kind not in "biuf":
        raise ResponseError(
            f"{what} has the type {array.dtype}; real numbers were expected. Convert it."
        )
    out = array.astype(np.float64)
    wrong = ~np.isfinite(out)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ResponseError(
            f"{what} is {out[row]} in {row_name(row)}; a finite number was expected in every row. "
            "Correct it, or leave the row out."
        )
    return out
