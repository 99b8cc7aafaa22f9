"""Predictors given as one array: each column is a term and is used as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, listing
from bayeslogit.tables.columns import LARGEST_INTEGER
from bayeslogit.tables.reading import from_columns, read
from bayeslogit.tables.table import Table

__all__ = ["ArrayRecipe", "column_names", "design_matrix", "real_array", "refuse_sizes"]

_LARGEST = 1e140  # squares of larger values, and of the inverse, leave the range of doubles

BLOCK_BYTES = 2**20  # bytes of an array copied and checked at a time: they fit into the cache


@dataclass(frozen=True)
class ArrayRecipe:
    """The coding of an array's rows, or of a table with the same names.

    Parameters
    ----------
    names : tuple of str
        Names of the columns.
    intercept : bool
        Whether X starts with a column of ones.
    """

    names: tuple[str, ...]
    intercept: bool

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns a table must have."""
        return self.names

    @property
    def predictors(self) -> tuple[str, ...]:
        """The columns that have coefficients: all of them."""
        return self.names

    @property
    def levelled(self) -> frozenset[str]:
        """Columns whose values are levels: none."""
        return frozenset()

    def stated(self, column: str) -> tuple[str, ...]:
        """Return the levels of a column that the formula lists: none."""
        return ()

    def empty_references(self, table: Table, seen: np.ndarray) -> dict[str, str]:
        """Return the factors whose reference level is in no row seen: none.

        Parameters
        ----------
        table : Table
        seen : np.ndarray of bool, shape (rows,)
        """
        return {}

    def multiplied(self, table: Table) -> dict[str, np.ndarray]:
        """Return the numbers that are multiplied with other factors: none."""
        return {}

    def defined(self, table: Table) -> np.ndarray:
        """Return in which rows the columns have values: all, shape (rows,).

        Parameters
        ----------
        table : Table
        """
        return np.ones(table.n_rows, dtype=bool)

    def code(self, table: Table) -> tuple[np.ndarray, None]:
        """Return X, shape (rows, coef), for the rows of a table, and no offset."""
        for name in self.names:
            if table.kind(name) == "category":
                raise DesignError(
                    f"Column {name!r} of the {table.what} holds text, but the model was built on "
                    "numbers only. Numbers were expected; convert the column."
                )
        if not self.names:
            return np.ones((table.n_rows, 1)), None
        X = np.stack([table[name] for name in self.names], axis=1)
        return design_matrix(X, self.intercept, self.names), None

    def as_table(self, data: Any) -> Table:
        """Return new rows as a table, from a table or an array with as many columns."""
        if not (isinstance(data, np.ndarray) and data.dtype.names is None):
            if not isinstance(data, list | tuple):
                return read(data, what="new rows")
            data = np.asarray(data)
        if data.ndim != 2 or data.shape[1] != len(self.names):
            raise DesignError(
                f"The new rows have shape {data.shape}; two dimensions with {len(self.names)} "
                f"columns were expected: {listing(self.names)}."
            )
        return from_columns(
            {name: data[:, j] for j, name in enumerate(self.names)}, what="new rows"
        )


def column_names(names: Sequence[str] | None, n_columns: int, intercept: bool) -> tuple[str, ...]:
    """Return the names of an array's columns: those given, or x0, x1, ...

    Parameters
    ----------
    names : sequence of str, optional
        One for each column.
    n_columns : int
        Number of columns.
    intercept : bool
        Whether a column of ones is added, whose name is then taken.

    Raises
    ------
    DesignError
        If there are more or fewer names than columns, one occurs twice, or one is
        ``"Intercept"`` beside an intercept.
    """
    if names is None:
        return tuple(f"x{j}" for j in range(n_columns))
    texts = tuple(str(name) for name in names)
    if len(texts) != n_columns:
        raise DesignError(
            f"{len(texts)} names were given for the {n_columns} columns of X; one for each was "
            "expected."
        )
    if len(set(texts)) < len(texts):
        twice = next(text for i, text in enumerate(texts) if text in texts[:i])
        raise DesignError(f"Two columns of X are named {twice!r}; each name may occur once.")
    if intercept and "Intercept" in texts:
        raise DesignError(
            "A column of X is named 'Intercept', which is the name of the constant that is added. "
            "Rename it, or pass intercept=False."
        )
    return texts


def design_matrix(array: np.ndarray, intercept: bool, names: Sequence[str]) -> np.ndarray:
    """Return a design matrix as float64, with a first column of ones for the intercept.

    Without an intercept a float64 array is not copied; the result is then a read-only view.

    Parameters
    ----------
    array : np.ndarray, shape (rows, columns)
        As :func:`real_array` gives it.
    intercept : bool
        Whether to put a column of ones in front.
    names : sequence of str
        Names of the columns, for error messages.

    Raises
    ------
    DesignError
        A value is not finite, or an integer too large to be exact.
    """
    n, p = array.shape
    if array.dtype == np.float64 and not intercept:
        _check_finite(array, array, names)
        view = array.view()
        view.flags.writeable = False
        return view
    first = int(intercept)
    out = np.empty((n, p + first))
    step = max(1, BLOCK_BYTES // (8 * max(p, 1)))
    total = 0.0
    # Summed while the block is in the cache: NaN and infinities survive a sum, so a finite
    # total means that every value is finite, at hardly any cost beyond the copy.
    with np.errstate(all="ignore"):
        for start in range(0, n, step):
            block = out[start : start + step]
            block[:, :first] = 1.0
            block[:, first:] = array[start : start + step]
            total += block.sum()
    if not np.isfinite(total):
        _check_finite(out[:, first:], array, names)
    if array.dtype.kind in "iu" and np.abs(out[:, first:]).max(initial=0.0) >= LARGEST_INTEGER:
        _refuse_large(array, names)
    return out


def real_array(X: Any) -> np.ndarray:
    """Return predictors as an array of real numbers, shape (rows, columns).

    Raises
    ------
    DesignError
        Not two-dimensional, empty, masked, sparse, or of another type (complex, text, objects).
    """
    if type(X).__module__.startswith("scipy.sparse"):
        raise DesignError(
            "X is a sparse matrix; a dense array of numbers was expected. Call X.toarray() if it "
            "fits into memory."
        )
    if isinstance(X, np.ma.MaskedArray):
        if np.ma.getmaskarray(X).any():
            raise DesignError(
                "X is a masked array with masked (missing) values; a number was expected in every "
                "place. Fill them in, or leave out such rows."
            )
        X = X.data
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise DesignError(
            f"X cannot be read as an array ({error}); rows of equal length were expected."
        ) from None
    if array.dtype.kind not in "fiub":
        raise DesignError(
            f"X is an array of type {array.dtype}; real numbers were expected. Convert it with "
            "X.astype(float), or pass a table and a formula if it holds text."
        )
    if array.ndim != 2:
        advice = "For one predictor pass X.reshape(-1, 1)." if array.ndim == 1 else ""
        raise DesignError(
            f"X has the shape {array.shape}; two dimensions, rows and columns, were expected. "
            f"{advice}".rstrip()
        )
    if 0 in array.shape:
        raise DesignError(
            f"X has the shape {array.shape}; at least one row and one column were expected."
        )
    return array


def _check_finite(values: np.ndarray, given: np.ndarray, names: Sequence[str]) -> None:
    """Raise for the first value that is not finite; a sum may overflow where no value is."""
    with np.errstate(all="ignore"):
        if np.isfinite(values.sum()):
            return
    wrong = ~np.isfinite(values)
    if wrong.any():
        row, column = (int(i[0]) for i in np.nonzero(wrong))
        raise DesignError(
            f"X is {given[row, column]} in row {row}, column {column} ({names[column]!r}); "
            f"{int(wrong.sum())} of its {wrong.size} values are not finite, and finite numbers "
            "were expected. Fill them in, or leave out such rows."
        )


def _refuse_large(array: np.ndarray, names: Sequence[str]) -> None:
    wide = (array > LARGEST_INTEGER) | (array < -LARGEST_INTEGER)
    if wide.any():
        row, column = (int(i[0]) for i in np.nonzero(wide))
        raise DesignError(
            f"X is {array[row, column]} in row {row}, column {column} ({names[column]!r}); "
            f"integers up to 2**53 = {LARGEST_INTEGER} in size were expected, larger ones cannot "
            "be told apart as numbers. If it is an identifier, leave it out."
        )


def refuse_sizes(names: Sequence[str], X: np.ndarray, *, small: bool = False) -> None:
    """Refuse columns whose squares leave the range of numbers.

    Parameters
    ----------
    names : sequence of str
        Of the columns.
    X : ndarray, shape (rows, columns)
    small : bool
        Whether columns that are small throughout are refused too.

    Raises
    ------
    DesignError
    """
    size = np.maximum(X.max(axis=0, initial=0.0), -X.min(axis=0, initial=0.0))
    for j in np.flatnonzero((size > _LARGEST) | (small & (size < 1.0 / _LARGEST) & (size > 0.0))):
        raise DesignError(
            f"column {names[int(j)]!r} has values of up to {size[j]:.3g}, whose squares are "
            f"beyond the range of numbers; expected sizes from {1.0 / _LARGEST:.0e} to "
            f"{_LARGEST:.0e}; use another unit"
        )
