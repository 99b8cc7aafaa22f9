"""Tables: named one-dimensional columns of equal length, from data frames of any library.

:func:`read` takes a pandas, polars or pyarrow table, a dict of lists or arrays, or
anything else that narwhals reads eagerly, and gives a :class:`Table`. Columns are
converted when they are first asked for, so a table may carry dates or free text that
no model uses. The caller's data is never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.tables.columns import Column, Kind, has

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "Kind", "Table"]


class Table:
    """Named one-dimensional columns of equal length.

    Made by :func:`~bayeslogit.tables.reading.read` and
    :func:`~bayeslogit.tables.reading.from_columns`. A table never changes.

    Examples
    --------
    >>> from bayeslogit.tables.reading import read
    >>> table = read({"hours": [1, 2.5], "school": ["east", "west"]})
    >>> table.names, table.n_rows, table.kind("school"), table.levels("school")
    (('hours', 'school'), 2, 'category', ('east', 'west'))
    >>> table["hours"]
    array([1. , 2.5])
    """

    def __init__(
        self,
        columns: Mapping[str, Column | Callable[[], Column]],
        n_rows: int,
        *,
        what: str = "data",
        row_labels: Any = None,
        origin: np.ndarray | None = None,
    ) -> None:
        self._columns = dict(columns)
        self._n_rows = n_rows
        self._row_labels = row_labels
        self._origin = origin  # where the rows were in the table they were taken from
        self.what = what

    @classmethod
    def from_numbers(cls, columns: Mapping[str, np.ndarray]) -> Table:
        """Build a table on float64 arrays that are known to be finite, without copying them."""
        n_rows = len(next(iter(columns.values())))
        return cls({name: Column("number", values) for name, values in columns.items()}, n_rows)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names, in the caller's order."""
        return tuple(self._columns)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self._n_rows

    @property
    def index(self) -> pd.Index | None:
        """Labels that the caller's rows came with, the index of a pandas table; else None."""
        index: pd.Index | None = self._row_labels
        return index

    @property
    def labels(self) -> pd.Index:
        """Labels of the rows: the caller's own, else their positions in the caller's table."""
        import pandas as pd

        if self.index is not None:
            return self.index
        return pd.RangeIndex(self._n_rows) if self._origin is None else pd.Index(self._origin)

    def labelled(self, index: pd.Index | None, origin: np.ndarray | None) -> Table:
        """Return the same rows under other labels.

        Parameters
        ----------
        index : pandas.Index, shape (rows,), or None
            The labels that the caller's rows have, if any.
        origin : ndarray of int, shape (rows,), or None
            Positions of the rows in the caller's table; None for 0, 1, ...
        """
        return Table(self._columns, self._n_rows, what=self.what, row_labels=index, origin=origin)

    def __repr__(self) -> str:
        return f"Table({self._n_rows} rows: {listing(self.names)})"

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a column as a 1-d array: int64, float64, bool, or labels.

        A missing value is NaN among numbers and None elsewhere.
        """
        return self.column(name).array()

    def column(self, name: str) -> Column:
        """Return a column with its kind and levels, converting it when first asked for."""
        self.check([name])
        column = self._columns[name]
        if not isinstance(column, Column):
            column = self._columns[name] = column()
        return column

    def kind(self, name: str) -> Kind:
        """Return ``"number"``, ``"boolean"`` or ``"category"``."""
        return self.column(name).kind

    def levels(self, name: str) -> tuple[Any, ...]:
        """Return the levels of a category: in declared order, else sorted; () for others."""
        return self.column(name).levels

    def ordered(self, name: str) -> bool:
        """Return whether the column was declared as ordered."""
        return self.column(name).ordered

    def check(self, names: Iterable[str]) -> None:
        """Raise DesignError for the first name that is not a column."""
        for name in names:
            if name not in self._columns:
                raise DesignError(
                    f"There is no column {name!r} in the {self.what}, which {has(self.what)} the "
                    f"columns {listing(self.names)}.{nearest(name, self.names)} Check the "
                    "spelling, or add the column."
                )

    def select(self, names: Iterable[str]) -> Table:
        """Return a table with these columns only."""
        names = tuple(dict.fromkeys(names))
        self.check(names)
        return self._with({name: self._columns[name] for name in names})

    def take(self, rows: Any) -> Table:
        """Return the rows at these positions (integers, a slice or a boolean mask)."""
        index = rows if isinstance(rows, slice) else np.asarray(rows)
        before = np.arange(self._n_rows) if self._origin is None else self._origin
        origin = before[index]
        labels = None if self._row_labels is None else self._row_labels[index]
        taken: dict[str, Column | Callable[[], Column]] = {
            name: partial(self._taken, name, index) for name in self._columns
        }
        return Table(taken, len(origin), what=self.what, row_labels=labels, origin=origin)

    def _taken(self, name: str, index: np.ndarray | slice) -> Column:
        return self.column(name).take(index)

    def row(self, position: int) -> str:
        """Return the name of a row for messages: its position from 0, and any index label.

        Positions are those of the caller's table, also after rows were left out.
        """
        shown = position if self._origin is None else int(self._origin[position])
        if self._row_labels is not None:
            label = self._row_labels[position]
            if not (isinstance(label, int | np.integer) and label == shown):
                return f"row {shown} (index {label!r})"
        return f"row {shown}"

    def complete(
        self, names: Iterable[str], missing: str = "raise", finite: bool = True
    ) -> tuple[Table, np.ndarray]:
        """Return the table without rows in which a named column has no value.

        Parameters
        ----------
        names : iterable of str
            The columns that must be complete.
        missing : {"raise", "drop"}
            Whether rows with NaN, None, NaT or null are refused or left out.
        finite : bool
            Whether infinite numbers are refused.

        Returns
        -------
        table : Table
        kept : np.ndarray of int64
            Positions, in this table, of the rows that are left.

        Raises
        ------
        DesignError
            A value is missing (with ``"raise"``) or infinite, no row is left, or there is
            no such column.
        """
        if missing not in ("raise", "drop"):
            raise DesignError(
                f"missing={missing!r} is not known; expected 'raise' (refuse rows with missing "
                "values) or 'drop' (leave them out)." + nearest(missing, ("raise", "drop"))
            )
        names = tuple(dict.fromkeys(names))
        gaps = np.zeros(self._n_rows, dtype=bool)
        for name in names:
            column = self.column(name)
            if column.missing is not None:
                if missing == "raise":
                    self._refuse_missing(name, column.missing)
                gaps |= column.missing
            if finite and column.values.dtype.kind == "f":
                self._refuse_infinite(name, column.values)
        if not gaps.any():
            return self, np.arange(self._n_rows)
        if gaps.all():
            raise DesignError(
                f"Every one of the {self._n_rows} rows of the {self.what} has a missing value in "
                f"one of the columns {listing(names)}, so missing='drop' leaves nothing. Fill in "
                "values, or leave out the emptiest column."
            )
        kept = np.flatnonzero(~gaps)
        return self.take(kept), kept

    def _refuse_missing(self, name: str, gaps: np.ndarray) -> None:
        first = int(np.flatnonzero(gaps)[0])
        raise DesignError(
            f"Column {name!r} of the {self.what} has no value (None or NaN) in {self.row(first)}; "
            f"{int(gaps.sum())} of its {self._n_rows} values are missing, and a value was "
            f"expected in every row. Fill them in, or leave such rows out{self._by_dropping()}."
        )

    def _refuse_infinite(self, name: str, values: np.ndarray) -> None:
        infinite = np.isinf(values)
        if infinite.any():
            first = int(np.flatnonzero(infinite)[0])
            raise DesignError(
                f"Column {name!r} of the {self.what} is {values[first]} in {self.row(first)}; "
                "finite numbers were expected. Correct the value, or leave such rows out."
            )

    def _by_dropping(self) -> str:
        # New rows are not left out: each is to get its answer.
        return " with missing='drop'" if self.what in ("data", "X", "outcome") else ""

    def replaced(self, columns: Mapping[str, Column]) -> Table:
        """Return the table with columns added or replaced."""
        return self._with({**self._columns, **columns})

    def _with(self, columns: Mapping[str, Column | Callable[[], Column]]) -> Table:
        return Table(
            columns,
            self._n_rows,
            what=self.what,
            row_labels=self._row_labels,
            origin=self._origin,
        )
