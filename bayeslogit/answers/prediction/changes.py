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
    limits : tuple of float
        Between which an added-to value is kept.
    """

    name: str
    value: Any
    kind: Kind = "number"
    add: bool = False
    limits: tuple[float, float] = (-np.inf, np.inf)

    def column(self, table: Table) -> Column:
        """Return the predictor's column after the change, in the rows of a table."""
        n = table.n_rows
        if self.add:
            moved = table[self.name] + float(self.value)
            return Column("number", np.clip(moved, *self.limits))
        if self.kind == "category":
            return Column("category", np.zeros(n, dtype=np.intp), (self.value,))
        return Column(self.kind, np.full(n, self.value))
