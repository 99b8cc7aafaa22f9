"""Rows that answers are computed on: the fitted ones, a typical one, or new ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.design import Design
from bayeslogit.errors import DesignError
from bayeslogit.tables.columns import Column
from bayeslogit.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rows", "own_offset", "refuse_without_offset", "typical_row"]


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
