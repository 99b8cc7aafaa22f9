"""Rows that answers are computed on: the fitted ones, a typical one, or new ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.design import Design
from bayeslogit.errors import DesignError
from bayeslogit.posterior.linear_predictor import index_of
from bayeslogit.posterior.posterior import Pieces
from bayeslogit.response import check_offset, check_weights
from bayeslogit.tables.columns import Column
from bayeslogit.tables.table import Table, read

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rows", "own_offset", "refuse_without_offset", "rows_of", "typical_row"]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that answers are computed on.

    Parameters
    ----------
    table : Table
    weights : ndarray, shape (rows,)
        How many cases each row stands for.
    offset : ndarray, shape (rows,), optional
        Added to the linear predictor beside the formula's own ``offset(...)``.
    labels : pandas.Index
    """

    table: Table
    weights: np.ndarray
    offset: np.ndarray | None
    labels: pd.Index

    def take(self, index: np.ndarray, weights: np.ndarray | None = None) -> Rows:
        """Return some rows, with other weights where given."""
        return Rows(
            self.table.take(index),
            self.weights[index] if weights is None else weights,
            None if self.offset is None else self.offset[index],
            self.labels[index],
        )


def rows_of(
    pieces: Pieces, newdata: Any = None, *, weights: Any = None, offset: Any = None
) -> Rows:
    """Return the rows asked for: the fitted ones, the mean row, or a table.

    Parameters
    ----------
    pieces : Pieces
    newdata : None, "mean", table or array
    weights : str or array, optional
        Column or values; by default the weights of the fit times the trials for the fitted
        rows, and one for others.
    offset : number or array, optional
        For a table.

    Raises
    ------
    DesignError, ResponseError
        If a column is missing, or ``newdata`` is another word.
    """
    import pandas as pd

    design = pieces.design
    if newdata is None or isinstance(newdata, str):
        if isinstance(newdata, str) and newdata != "mean":
            raise DesignError(
                f"newdata={newdata!r} is not known; expected 'mean' (one row of means and most "
                "frequent levels), a table, or nothing for the fitted rows; choose one of these"
            )
        if offset is not None:
            raise DesignError(
                "offset= came without a table of new rows; expected it with newdata only, because "
                "the fitted rows have theirs; leave it out, or pass newdata="
            )
        table = design.table()
        extra = own_offset(design, pieces.offset)
        used = _weights(weights, table, pieces.frequencies)
        rows = Rows(table, used, extra, pd.RangeIndex(table.n_rows))
        return rows if newdata is None else typical_row(rows)
    if isinstance(newdata, np.ndarray | list | tuple):
        table = read(dict(design.code(newdata)[2]), what="new rows")
    else:
        table = read(newdata, what="new rows")
    n = table.n_rows
    given = None
    if offset is None:
        refuse_without_offset(design, pieces.offset)
    else:
        given = check_offset(np.full(n, offset) if np.ndim(offset) == 0 else offset, n)
    return Rows(table, _weights(weights, table, np.ones(n)), given, index_of(newdata, n))


def own_offset(design: Design, total: np.ndarray | None) -> np.ndarray | None:
    """Return the offset of the fitted rows that the formula does not give, or None."""
    if total is None:
        return None
    extra = total if design.offset is None else total - design.offset
    return extra if extra.any() else None


def refuse_without_offset(design: Design, total: np.ndarray | None) -> None:
    """Refuse new rows without an offset where the fitted rows had one.

    Raises
    ------
    DesignError
        Zero in its place would be a silent, wrong answer.
    """
    extra = own_offset(design, total)
    if extra is not None:
        raise DesignError(
            f"the model has an offset (from {extra.min():.6g} to {extra.max():.6g} in the fitted "
            "rows) and the new rows came without one; expected a number, or one for each new row; "
            "pass offset=, for example offset=0 (on the command line --offset COLUMN)"
        )


def _weights(weights: Any, table: Table, default: np.ndarray) -> np.ndarray:
    if weights is None:
        return default
    if isinstance(weights, str):
        table.complete([weights])
        weights = table[weights]
    return check_weights(weights, table.n_rows)


def typical_row(rows: Rows) -> Rows:
    """Return one row: weighted means of numbers, most frequent levels of the others."""
    import pandas as pd

    weights = rows.weights / rows.weights.sum()
    columns: dict[str, Any] = {}
    for name in rows.table.names:
        column = rows.table.column(name)
        if column.kind == "number":
            columns[name] = Column("number", np.array([weights @ column.values]))
        else:
            counts = np.bincount(column.values.astype(np.int64), weights)
            kept = np.array([np.argmax(counts)]).astype(column.values.dtype)
            columns[name] = Column(column.kind, kept, column.levels, column.ordered)
    offset = None if rows.offset is None else np.array([weights @ rows.offset])
    return Rows(Table(columns, 1, what=rows.table.what), np.ones(1), offset, pd.Index(["mean"]))
