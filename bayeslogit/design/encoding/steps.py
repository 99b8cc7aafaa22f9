"""Columns read as labels of levels, and ordered factors whose effect is monotonic.

The latter have a column for each step from one level to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bayeslogit.design.formula.functions import column_of, options_of
from bayeslogit.design.formula.syntax import Call, Name
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.tables.columns import label
from bayeslogit.tables.table import Table

__all__ = ["Steps", "labelled", "positions", "steps"]

# Beyond this a predictor is hardly a few ordered levels, and a curve says it better.
_MOST = 100


def labelled(table: Table, name: str) -> tuple[list[str], np.ndarray]:
    """Return the labels of a column in order, and the number of each row's label.

    Parameters
    ----------
    table : Table
    name : str
        Of the column.
    """
    column = table.column(name)
    if column.kind == "category":
        return [label(level) for level in column.levels], column.values
    values, codes = np.unique(column.values, return_inverse=True)
    return [label(value) for value in values.tolist()], codes


def positions(
    table: Table, name: str, levels: tuple[str, ...], way: str, *, others: bool = False
) -> np.ndarray:
    """Return the position of each row's level among the known ones, (rows,).

    Parameters
    ----------
    table : Table
    name : str
        Of the column.
    levels : tuple of str
        Those that are known, in order.
    way : str
        How to build a model with other levels.
    others : bool
        Whether levels that are not known have the position behind the last.

    Raises
    ------
    DesignError
        A row has a level that is not known.
    """
    index = {level: code for code, level in enumerate(levels)}
    seen, codes = labelled(table, name)
    known = np.array([index.get(level, -1) for level in seen], dtype=np.intp)
    out: np.ndarray = known[codes]
    if others:
        return np.where(out < 0, len(levels), out)
    if (out < 0).any():
        first = int(np.flatnonzero(out < 0)[0])
        level = seen[codes[first]]
        raise DesignError(
            f"Column {name!r} of the {table.what} has the level {level!r} in "
            f"{table.row(first)}, which is not among the known levels {listing(levels)}."
            f"{nearest(level, levels)} A coefficient exists for these only; correct the "
            f"row, leave it out, or build the model with all levels: {way}."
        )
    return out


@dataclass(frozen=True, eq=False)
class Steps:
    """An ordered factor: for each step to a level, whether a row is at that level or above.

    Parameters
    ----------
    column : str
        Name of the column.
    name : str
        Name of its coefficients, before the level that a step leads to.
    levels : tuple of str
        Its levels as text, from lowest to highest.
    """

    column: str
    name: str
    levels: tuple[str, ...]

    spans_intercept = False
    first_learned = 0
    basis = ()

    @property
    def width(self) -> int:
        """The number of steps."""
        return len(self.levels) - 1

    def defined(self, table: Table) -> np.ndarray:
        """Return in which rows its levels are known: all, as they do not change by steps."""
        return np.ones(table.n_rows, dtype=bool)

    def learn(self, table: Table, cases: bool | np.ndarray = True) -> np.ndarray:
        """Return the columns in the rows of the fit, shape (rows, width).

        Parameters
        ----------
        table : Table
        cases : bool or np.ndarray of shape (rows,)
            How many cases each row holds; True where that is one.
        """
        return self.code(table)

    def code(self, table: Table) -> np.ndarray:
        """Return the columns in any rows, shape (rows, width)."""
        codes = positions(table, self.column, self.levels, f"{self.name[:-1]}, levels=[...])")
        reached: np.ndarray = (codes[:, None] > np.arange(self.width)).astype(float)
        return reached

    def kept(self, complete: bool) -> list[int]:
        """Return the positions of its columns; ``complete`` matters for levels only."""
        return list(range(self.width))

    def labels(self, complete: bool) -> list[str]:
        """Return the names of its columns; ``complete`` matters for levels only."""
        return [f"{self.name}[{level}]" for level in self.levels[1:]]


def steps(call: Call, table: Table, name: str) -> Steps:
    """Return the ordered factor of a call of ``mo``.

    Parameters
    ----------
    call : Call
    table : Table
        The rows of the fit.
    name : str
        Name of its coefficients.

    Raises
    ------
    DesignError
        If the column has no order, or fewer than two levels, or too many.
    """
    column = column_of(call)
    given = options_of(call).get("levels")
    shown = f"mo({Name(column).shown}"
    if given is not None:
        levels = tuple(label(level) for level in given)
        if len(set(levels)) < len(levels):
            raise DesignError(
                f"The levels of {column!r} are {listing(levels)}, and one of them occurs twice. "
                "Each level was expected once; correct the list."
            )
    else:
        levels = _found(column, table, shown)
    if len(levels) < 2:
        raise DesignError(
            f"{shown}) needs at least two levels, but {column!r} has {listing(levels)} and no "
            "other, so there is no step. Leave the term out."
        )
    if len(levels) - 1 > _MOST:
        raise DesignError(
            f"{shown}) has {len(levels) - 1} steps, from {levels[0]} to {levels[-1]}; at most "
            f"{_MOST} were expected. Write s({Name(column).shown}), or join levels."
        )
    return Steps(column, name, levels)


def _found(column: str, table: Table, shown: str) -> tuple[str, ...]:
    """Return the levels that a column has by itself, in order."""
    kind = table.kind(column)
    if kind == "category" and not table.ordered(column):
        some: Any = labelled(table, column)[0]
        raise DesignError(
            f"{shown}) needs an order of levels, and column {column!r} of the {table.what} holds "
            f"{listing(some, 5)} without one. Whole numbers, a column of an ordered type, or the "
            f"levels from lowest to highest were expected: {shown}, levels=[...])."
        )
    if kind != "number":
        return tuple(labelled(table, column)[0])
    values = table[column]
    part = np.flatnonzero(values != np.floor(values))
    if part.size:
        first = int(part[0])
        raise DesignError(
            f"{shown}) needs ordered levels, but {column!r} of the {table.what} is "
            f"{values[first]:g} in {table.row(first)}. Whole numbers, a column of an ordered type, "
            f"or {shown}, levels=[...]) were expected; a curve over numbers is "
            f"s({Name(column).shown})."
        )
    low, high = int(values.min()), int(values.max())
    if high - low > _MOST:
        # Levels between are not named one by one: the range may be huge.
        raise DesignError(
            f"{shown}) has {high - low} steps, from {low} to {high}; at most {_MOST} were "
            f"expected. Write s({Name(column).shown}), or join levels."
        )
    return tuple(str(value) for value in range(low, high + 1))
