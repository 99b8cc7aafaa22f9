"""A change of predictors: two codings of the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bayeslogit.tables.columns import Column, Kind
from bayeslogit.tables.table import Table

__all__ = ["Change"]


@dataclass(frozen=True)
class Change:
    """A change of one predictor in every row.

    Parameters
    ----------
    name : str
        The predictor.
    value : float, bool or label
        What it is set to, or how much is added.
    kind : {"number", "boolean", "category"}
    add : bool
        Whether ``value`` is added to each row's own.
    source : str, optional
        The column of the rows that holds what it is set to, in each row its own.
    """

    name: str
    value: Any
    kind: Kind = "number"
    add: bool = False
    source: str | None = None

    def column(self, table: Table) -> Column:
        """Return the predictor's column after the change, in the rows of a table."""
        n = table.n_rows
        if self.source is not None:
            return table.column(self.source)
        if self.add:
            return Column("number", table[self.name] + float(self.value))
        if self.kind == "category":
            return Column("category", np.zeros(n, dtype=np.intp), (self.value,))
        return Column(self.kind, np.full(n, self.value))
