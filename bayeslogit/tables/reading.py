"""Tables from data frames, dicts and arrays of any library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bayeslogit.tables.columns import from_labels
from bayeslogit.tables.frames import columns_of
from bayeslogit.tables.table import Table

__all__ = ["from_columns", "read", "with_column"]


def read(data: Any, *, what: str = "data") -> Table:
    """Return a table of named columns, read from the user's data.

    Parameters
    ----------
    data : Table, mapping of str to values, structured array, or data frame
        A mapping may hold lists, tuples, ranges, 1-d arrays, series, and single values, which
        are repeated. A data frame is anything narwhals reads eagerly: pandas, polars, pyarrow.
    what : str
        What error messages call the table.

    Returns
    -------
    Table
        Integer columns are int64, other numbers float64. A categorical column keeps its
        declared order and its unused levels; other text has its levels sorted. (A polars
        ``Categorical`` declares no order, its categories are shared by all columns of the
        process, so it is read as text; use ``Enum`` to declare an order.)

    Raises
    ------
    DesignError
        Not a table, no rows, no columns, a name given twice, or unequal lengths. A column of
        an unusable type is refused when it is first asked for.

    Examples
    --------
    >>> read({"n": [3, 4], "unit": "mg"})["unit"].tolist()
    ['mg', 'mg']
    """
    if isinstance(data, Table):
        return data
    found = columns_of(data, what)
    return Table(found.columns, found.n_rows, what=what, row_labels=found.row_labels)


def from_columns(
    columns: Mapping[str, Any],
    levels: Mapping[str, Sequence[Any]] | None = None,
    ordered: Iterable[str] = (),
    *,
    n_rows: int | None = None,
    what: str = "data",
) -> Table:
    """Build a table from arrays, with the levels of categories given.

    Parameters
    ----------
    columns : mapping of str to array of shape (rows,)
        Numbers, booleans or labels.
    levels : mapping of str to sequence, optional
        The columns that are categories and their levels in order, unused ones too.
    ordered : iterable of str
        Those whose levels are in order.
    n_rows : int, optional
        The number of rows; only needed for a table without columns.
    what : str
        What error messages call the table.

    Raises
    ------
    DesignError
        A value is not among the levels, or the columns do not fit together.

    Examples
    --------
    >>> from_columns({"g": ["b", "b"]}, levels={"g": ("c", "b")}).levels("g")
    ('c', 'b')
    """
    if not columns and n_rows is not None:
        return Table({}, n_rows, what=what)
    table = read(dict(columns), what=what)
    order = set(ordered)
    for name, known in (levels or {}).items():
        table.check([name])
        values = table[name]
        column = from_labels(
            values.tolist(), name, what, levels=tuple(known), ordered=name in order
        )
        table = table.replaced({name: column})
    return table


def with_column(table: Table, name: str, values: Any) -> Table:
    """Return a table with one column added or replaced.

    Parameters
    ----------
    table : Table
    name : str
        Name of the column.
    values : array of shape (rows,)
        Numbers, booleans or labels.
    """
    return table.replaced({name: read({name: values}, what=table.what).column(name)})
