"""Changes of predictors, and what is added up over rows under them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayeslogit.answers.prediction.class_quantities import Quantity
from bayeslogit.tables.columns import Column, Kind
from bayeslogit.tables.table import Table

__all__ = ["Change", "Scenario"]


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


@dataclass(frozen=True)
class Scenario:
    """The rows under a change, and what is added up over them.

    Parameters
    ----------
    changes : tuple of Change
        Empty for the rows as they are.
    quantity : {"probability", "complement", "log", "linear"}
        Probabilities of the classes, one minus these, their logarithms (nats), or the linear
        predictor.
    factor : callable, optional
        From a table of rows to numbers (rows,) that the quantity is multiplied by.
    of : Quantity, optional
        A function of class probabilities that takes their place, such as P(Y >= k).
    """

    changes: tuple[Change, ...] = ()
    quantity: str = "probability"
    factor: Callable[[Table], np.ndarray] | None = None
    of: Quantity | None = None

    def width(self, classes: int) -> int:
        """Return how many values a row has, where so many classes have a probability each."""
        if self.quantity == "linear":
            return 1
        return classes if self.of is None else len(self.of.labels or "1")
