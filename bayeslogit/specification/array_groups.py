"""Groupings that are given beside arrays: ``groups={"school": ids}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayeslogit.design.arrays import real_array
from bayeslogit.errors import DesignError
from bayeslogit.tables.frames import refuse_other_rows
from bayeslogit.tables.reading import read
from bayeslogit.tables.table import Table

__all__ = ["beside_groups", "refuse_groups_of_formula", "with_ids"]


def refuse_groups_of_formula(groups: Any, formula: str) -> None:
    """Refuse ``groups=`` beside a formula, which has a place for them.

    Parameters
    ----------
    groups
        As a builder takes it.
    formula : str

    Raises
    ------
    DesignError
        If any are given.
    """
    if groups is None:
        return
    names = [groups] if isinstance(groups, str) else list(groups)
    name = str(names[0]) if names else "g"
    name = name if name.isidentifier() and len(name) <= 40 else "g"
    raise DesignError(
        f"groups= is given beside the formula {formula!r}; expected it beside arrays only, because "
        f"a formula names its groups itself; add (1 | {name}) to the formula, with {name} a column "
        "of the table"
    )


def beside_groups(X: Any, groups: Any, array: bool) -> tuple[Table, tuple[str, ...]]:
    """Return predictors as a table with the columns of groupings after them, and their names.

    Parameters
    ----------
    X : array or table of shape (rows, columns)
    groups : dict of str to array of shape (rows,), or str, or list of str
        Names and the group of each row, or columns of a table X.
    array : bool
        Whether X is an array, whose columns are called x0, x1, ...

    Raises
    ------
    DesignError
        If a name is taken, or there is not one group for each row.
    """
    if array:
        matrix = real_array(X)
        table = read({f"x{j}": matrix[:, j] for j in range(matrix.shape[1])}, what="X")
    else:
        table = read(X, what="X")
    if not isinstance(groups, Mapping):
        names = (groups,) if isinstance(groups, str) else tuple(groups)
        if array:
            raise DesignError(
                f"groups={groups!r} names columns and X is an array; expected the group of each "
                f"row; pass groups={{{str(names[0] if names else 'g')!r}: ids}}, or X as a table"
            )
        table.check(names)
        return table, names
    for name in groups:
        if name in table:
            raise DesignError(
                f"X has the column {str(name)!r}, which groups= names too; expected the groups "
                f"beside the predictors; leave it out of X, or pass groups={str(name)!r} to take "
                "them from there"
            )
    return with_ids(table, groups), tuple(str(name) for name in groups)


def with_ids(table: Table, groups: Mapping[Any, Any]) -> Table:
    """Return rows with the groups that they are in as columns.

    Parameters
    ----------
    table : Table
    groups : dict of str to array of shape (rows,), or one group for all rows
    """
    found = {}
    for name, ids in groups.items():
        called = f"groups[{str(name)!r}]"
        refuse_other_rows(table.index, ids, f"the {table.what}", called)
        values = np.full(table.n_rows, ids) if np.ndim(ids) == 0 else ids
        column = read({str(name): values}, what=called)
        if column.n_rows != table.n_rows:
            raise DesignError(
                f"{called} has {column.n_rows} groups and the {table.what} {table.n_rows} rows; "
                "expected one for each row; pass as many"
            )
        found[str(name)] = column.column(str(name))
    return table.replaced(found)
