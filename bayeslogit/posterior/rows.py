"""Rows that answers are computed on: the fitted ones, typical ones, or new ones.

Typical rows are where predictors are held that a question does not ask about. There is one
definition, and every answer uses it. In the *mean row* each number is at its mean, everything
else (text, categories, booleans, numbers inside ``C()``) at its most frequent level, and the
offset at its mean. Means and frequencies are over cases: weights and trials count. The *median
row* has medians in place of means. A *balanced grid* has every combination of levels, with
numbers at their means, as ``emmeans`` of R has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.numerics.quantiles import quantiles
from bayeslogit.specification.specification import Specification
from bayeslogit.tables.columns import Column
from bayeslogit.tables.table import Table
from bayeslogit.text import value_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "TYPICAL",
    "Groups",
    "Rows",
    "fitted_rows",
    "grouped",
    "refuse_for_fitted",
    "refuse_without_offset",
    "rows_in_words",
    "typical_rows",
]

TYPICAL = {
    "mean": "one row of means and most frequent levels",
    "median": "one of medians and most frequent levels",
    "balanced": "every combination of levels, numbers at their means",
}
_LARGEST_GRID = 100_000
# Shares of cases that differ by less are alike: sums of fractions round.
_ALIKE = 1.0 - 1e-12


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that answers are computed on.

    Parameters
    ----------
    table : Table
    weights : ndarray, shape (rows,)
        How many cases each row represents.
    offset : ndarray, shape (rows,), optional
        Added to the linear predictor beside the formula's own ``offset(...)``.
    labels : pandas.Index
    """

    table: Table
    weights: np.ndarray
    offset: np.ndarray | None
    labels: pd.Index

    def coded(self, design: Design) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the design matrix (rows, columns) and the whole offset (rows,), or None."""
        X, own, _ = design.code(self.table)
        return X, own if self.offset is None else self.offset if own is None else own + self.offset

    def take(self, index: np.ndarray, weights: np.ndarray | None = None) -> Rows:
        """Return some of the rows, with new weights where given.

        Parameters
        ----------
        index : ndarray of int, shape (some rows,)
            Positions of the rows.
        weights : ndarray, shape (some rows,), optional
            In place of their own.
        """
        return Rows(
            self.table.take(index),
            self.weights[index] if weights is None else weights,
            None if self.offset is None else self.offset[index],
            self.labels[index],
        )


def fitted_rows(specification: Specification) -> Rows:
    """Return the rows of the fit, which represent its cases: weights times trials.

    Parameters
    ----------
    specification : Specification
    """
    design, table = specification.design, specification.design.table()
    offset = own_offset(design, specification.offset)
    return Rows(table, specification.frequencies, offset, table.labels)


def own_offset(design: Design, total: np.ndarray | None) -> np.ndarray | None:
    """Return the part of the fitted rows' offset, (rows,), that is not in the formula, or None.

    Parameters
    ----------
    design : Design
        Its ``offset`` is that of the formula.
    total : ndarray, shape (rows,), or None
        The whole offset of the fitted rows, in the unit of the linear predictor.
    """
    if total is None:
        return None
    extra = total if design.offset is None else total - design.offset
    return extra if extra.any() else None


def refuse_without_offset(design: Design, total: np.ndarray | None) -> None:
    """Refuse new rows without an offset where the fitted rows had one.

    Parameters
    ----------
    design : Design
        Of the fitted rows.
    total : ndarray, shape (rows,), or None
        Their whole offset, in the unit of the linear predictor.

    Raises
    ------
    DesignError
        If it has a part that is not in the formula: to take zero there would be silently wrong.
    """
    extra = own_offset(design, total)
    if extra is not None:
        raise DesignError(
            f"the model has an offset (from {extra.min():.6g} to {extra.max():.6g} in the fitted "
            "rows) and the new rows have none; expected a number, or one for each new row; "
            "pass offset=, for example offset=0 (on the command line --offset COLUMN)"
        )


def refuse_for_fitted(**given: Any) -> None:
    """Refuse what is for new rows where there are none.

    Parameters
    ----------
    **given
        Such as ``offset``; None where it was not given.

    Raises
    ------
    DesignError
        If one was.
    """
    for name, value in given.items():
        if value is not None:
            raise DesignError(
                f"{name}= is given without a table of new rows; expected it with new rows only, "
                "because the fitted rows have theirs; leave it out, or pass the new rows"
            )


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of rows.

    Parameters
    ----------
    code : ndarray of int, shape (rows,)
        The group of each row.
    first : ndarray of int, shape (groups,)
        The first row of each.
    cells : dict of str to ndarray, shape (groups,)
        What each group has in common; empty where all rows are one group.
    """

    code: np.ndarray
    first: np.ndarray
    cells: dict[str, np.ndarray]

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.first)


def grouped(rows: Rows, by: Any) -> Groups:
    """Return the groups that rows are averaged in.

    Parameters
    ----------
    rows : Rows
    by : bool, str or list of str
        True for one group of all rows, or columns whose values tell groups apart.

    Raises
    ------
    DesignError
        If a name is not a column of the rows, or the rows of a group weigh nothing.
    """
    if isinstance(by, bool):
        code, first, cells = np.zeros(rows.table.n_rows, np.intp), np.zeros(1, np.intp), {}
    else:
        names = [by] if isinstance(by, str) else list(by) if isinstance(by, Iterable) else [by]
        known = [name for name in rows.table.names if "\0" not in name]  # a question's own
        for name in names:
            if name not in known:
                raise DesignError(
                    f"by={name!r} is not a column of the rows that are averaged; expected True, "
                    f"False or some of {listing(known)} (a model keeps the columns that "
                    f"it uses); pass the whole table as newdata=.{nearest(name, known)}"
                )
        if not names:
            raise DesignError(
                f"by={by!r} names no column; expected True, False or some of "
                f"{listing(rows.table.names)}; write by=True for one average of all rows"
            )
        rows.table.complete(names)
        keys = np.column_stack([rows.table.column(name).values for name in names])
        _, first, code = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        code = code.ravel()
        cells = {name: rows.table.take(first)[name] for name in names}
    empty = np.flatnonzero(np.bincount(code, rows.weights, len(first)) == 0.0)
    if len(empty):
        where = ", ".join(f"{name} = {values[empty[0]]!s}" for name, values in cells.items())
        raise DesignError(
            f"the weights of all rows{' with ' + where if where else ''} are 0, so there is "
            "nothing to average; expected a weight above 0; leave those rows out"
        )
    return Groups(code, first, cells)


def rows_in_words(newdata: Any, by: Any) -> str:
    """Return over or at which rows an effect is, as a sentence ends.

    Parameters
    ----------
    newdata, by
        As in :func:`bayeslogit.posterior.requested_rows.rows_of`; False for single rows, of which
        nothing needs to be said.

    Examples
    --------
    >>> rows_in_words(None, True), rows_in_words("mean", "school")
    ('averaged over rows', 'at the mean row of each group')
    """
    if by is False:
        return ""
    if isinstance(newdata, str) and newdata != "balanced":
        return f"at the {newdata} row" + ("" if by is True else " of each group")
    if isinstance(newdata, str):
        return "averaged over a balanced grid"
    return "averaged over rows" if newdata is None else "averaged over new rows"


def typical_rows(rows: Rows, design: Design, how: str = "mean", by: Any = True) -> Rows:
    """Return typical rows.

    Parameters
    ----------
    rows : Rows
        The rows that they are typical of.
    design : Design
        Which numbers it takes as levels.
    how : {"mean", "median", "balanced"}
        See the top of this file. In a balanced grid a number with one or two different values
        takes both, such as 0 and 1.
    by : bool, str or list of str
        Columns: one typical row of each group. A balanced grid has its groups already.

    Raises
    ------
    DesignError
        If the grid is too large, or a group of rows weighs nothing.
    """
    import pandas as pd

    if how == "balanced":
        return _grid(rows, design)
    groups = grouped(rows, by)
    table = rows.table
    columns = {
        name: table.column(name).take(groups.first)
        if name in groups.cells
        else _held(table.column(name), name in design.factors, how, rows.weights, groups)
        for name in table.names
    }
    offset = None
    if rows.offset is not None:
        offset = _held(Column("number", rows.offset), False, how, rows.weights, groups).values
    n = groups.number
    labels = pd.Index([how] * n)
    return Rows(Table(columns, n, what=table.what), np.ones(n), offset, labels)


def _held(column: Column, levelled: bool, how: str, weights: np.ndarray, groups: Groups) -> Column:
    """Return the typical value of a column in each group."""
    n = groups.number
    if column.kind == "number" and not levelled:
        if how == "median":
            own = [groups.code == i for i in range(n)]
            found = [quantiles(column.values[g], [0.5], weights[g])[0] for g in own]
            return Column("number", np.array(found))
        # Measured from the first row of each group: what does not vary comes out as it is.
        first = column.values[groups.first].astype(float)
        beyond = np.bincount(groups.code, weights * (column.values - first[groups.code]), n)
        return Column("number", first + beyond / np.bincount(groups.code, weights, n))
    values, code = np.unique(column.values, return_inverse=True)
    cases = np.zeros((n, len(values)))
    np.add.at(cases, (groups.code, code.ravel()), weights)
    common = np.argmax(cases >= _ALIKE * cases.max(axis=1, keepdims=True), axis=1)
    return replace(column, values=values[common], missing=None)


def _grid(rows: Rows, design: Design) -> Rows:
    table, used = rows.table, rows.weights > 0.0
    every = grouped(rows, True)
    axes: dict[str, np.ndarray] = {}
    for name in table.names:
        column = table.column(name)
        values = np.unique(column.values[used])
        if column.kind != "number" or name in design.factors or len(values) <= 2:
            axes[name] = values
    size = prod(len(values) for values in axes.values())
    if size > _LARGEST_GRID:
        raise DesignError(
            f"a balanced grid of {len(axes)} predictors has {size} rows; expected at most "
            f"{_LARGEST_GRID}; pass newdata= a table of the rows that you want"
        )
    places = np.indices([len(values) for values in axes.values()]).reshape(len(axes), size)
    columns: dict[str, Any] = {}
    for name in table.names:
        column = table.column(name)
        if name in axes:
            values = axes[name][places[list(axes).index(name)]]
            columns[name] = replace(column, values=values, missing=None)
        else:
            held = _held(column, False, "mean", rows.weights, every)
            columns[name] = held.take(np.zeros(size, dtype=np.intp))
    offset = None
    if rows.offset is not None:
        mean = _held(Column("number", rows.offset), False, "mean", rows.weights, every).values
        offset = np.repeat(mean, size)
    grid = Table(columns, size, what=table.what)
    return Rows(grid, np.ones(size), offset, _names(grid, list(axes)))


def _names(grid: Table, names: list[str]) -> pd.Index:
    """Return what tells the rows of a grid apart, in words."""
    import pandas as pd

    texts = [[f"{name} = {value_text(v)}" for v in grid[name].tolist()] for name in names]
    if not texts:
        return pd.Index(["balanced"] * grid.n_rows)
    return pd.Index([", ".join(parts) for parts in zip(*texts, strict=True)])
