"""Matched sets: which rows belong together, and which sets say something."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayeslogit.errors import ResponseError, listing
from bayeslogit.response.values import RowName
from bayeslogit.tables.columns import label

__all__ = ["Sets", "sets_of"]


@dataclass(frozen=True, eq=False)
class Sets:
    """The set of each row.

    Parameters
    ----------
    name : str
        Of the column, else ``"strata"``.
    codes : np.ndarray of int64, shape (obs,)
        From 0, each of which occurs.
    labels : tuple of str
        Of the sets, in the order of their codes.
    silent : tuple of int
        Sets that were left out because they say nothing, and their rows: those of one row,
        without a case, with cases only, or of weight zero.
    """

    name: str
    codes: np.ndarray
    labels: tuple[str, ...]
    silent: tuple[int, int] = (0, 0)

    def taken(self, rows: np.ndarray) -> Sets:
        """Return the sets of some rows; a row that occurs twice is two members of its set.

        Parameters
        ----------
        rows : ndarray of int
        """
        found, codes = np.unique(self.codes[rows], return_inverse=True)
        return replace(self, codes=codes.ravel(), labels=tuple(self.labels[k] for k in found))


def sets_of(
    name: str,
    values: Any,
    y: np.ndarray,
    weights: np.ndarray | None,
    row_name: RowName,
    missing: str,
) -> tuple[Sets, np.ndarray]:
    """Return the sets that say something, and the rows in them.

    Parameters
    ----------
    name : str
        Of the column, else ``"strata"``.
    values : array of shape (obs,)
        Labels: text, numbers or booleans.
    y : np.ndarray of shape (obs,)
        1 for cases, else 0.
    weights : np.ndarray of shape (obs,), or None
        Equal within a set.
    row_name : callable
        Takes the position of a row and returns its name for error messages.
    missing : {"raise", "drop"}
        Whether rows without a label are refused or left out.

    Raises
    ------
    ResponseError
        A label is missing or there is not one for each row, weights differ within a set, or no
        set has both a case and another member.

    Examples
    --------
    >>> y = np.array([1, 0, 0, 0, 1, 0])
    >>> labels = ["a", "a", "b", "b", "c", "c"]
    >>> found, rows = sets_of("pair", labels, y, None, str, "raise")
    >>> found.labels, found.codes, found.silent, rows
    (('a', 'c'), array([0, 0, 1, 1]), (1, 2), array([0, 1, 4, 5]))
    """
    import pandas as pd

    array = np.asarray(values, dtype=object if isinstance(values, list | tuple) else None)
    if array.shape != (len(y),):
        raise ResponseError(
            f"{name} has the shape {array.shape}; ({len(y)},), the set of each row, was expected."
        )
    absent = np.asarray(pd.isna(array))
    if absent.any() and missing != "drop":
        row = int(np.flatnonzero(absent)[0])
        raise ResponseError(
            f"{name} (strata=) is missing in {int(absent.sum())} of {len(y)} rows, first in "
            f"{row_name(row)}; the set of every row was expected. Fill it in, or write "
            "missing='drop' to leave such rows out."
        )
    known = np.flatnonzero(~absent)
    codes, found = pd.factorize(array[known], sort=False)
    number = len(found)
    members, cases = np.bincount(codes, minlength=number), np.bincount(codes, y[known], number)
    if weights is not None:
        _refuse_unequal(name, codes, [label(f) for f in found], weights[known])
    speaks = (cases > 0) & (cases < members)
    if weights is not None:
        speaks &= np.bincount(codes, weights[known], number) > 0.0
    if not speaks.any():
        raise ResponseError(
            f"none of the {number} sets of {name} (strata=) has both a case and another member "
            f"({int((cases == 0).sum())} have no case, {int((members == 1).sum())} have one row); "
            "sets in which cases can be compared with others were expected. Check that it is the "
            "column of the sets, and event= the value of a case."
        )
    inside = speaks[codes]
    numbered = np.cumsum(speaks) - 1
    labels = tuple(label(f) for f, s in zip(found, speaks, strict=True) if s)
    silent = (int((~speaks).sum()), int((~inside).sum()))
    sets = Sets(name, numbered[codes[inside]].astype(np.int64), labels, silent)
    return sets, known[inside]


def _refuse_unequal(name: str, codes: np.ndarray, labels: list[str], weights: np.ndarray) -> None:
    first = np.zeros(len(labels))
    first[codes[::-1]] = weights[::-1]
    differ = np.unique(codes[weights != first[codes]])
    if differ.size:
        raise ResponseError(
            f"weights differ within {listing([labels[k] for k in differ[:3]])} of {name} "
            "(strata=); one weight for a whole set was expected, because the set is what the "
            "likelihood is made of. Give all its rows the same weight, or repeat rows."
        )
