"""Reading a table, of which equal rows are counted first where it is not in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError
from bayeslogit.tables import reading as tables
from bayeslogit.tables.sources import is_source, tallied
from bayeslogit.tables.table import Table

__all__ = ["read_counted"]


def read_counted(
    data: Any, columns: Sequence[str], named: dict[str, Any]
) -> tuple[Table, np.ndarray | None]:
    """Return a table, and how often each of its rows occurs; None where each occurs once.

    Parameters
    ----------
    data : table, or a source
        Anything :func:`~bayeslogit.tables.reading.read` or
        :func:`~bayeslogit.tables.sources.tallied` takes.
    columns : sequence of str
        Outcome and predictors.
    named : dict of str to Any
        ``weights``, ``offset`` and ``trials``. Where equal rows were counted, ``weights`` is a
        column of the counts afterwards, or of the counts times the weights that were named.

    Raises
    ------
    DesignError
        If the source cannot be read, lacks a column, or comes with an array of values.
    FitFailed
        If its rows are different from one another, and more than memory takes.
    """
    if not is_source(data):
        return tables.read(data), None
    for key, value in named.items():
        if value is not None and not isinstance(value, str):
            raise DesignError(
                f"{key}= is not the name of a column, and the data are not in memory; expected a "
                f"column of the same table, whose rows have no order; write {key}='name'"
            )
    given = [name for name in named.values() if name is not None]
    found, count = tallied(data, (*columns, *given))
    if count is None:
        return tables.read(found), None
    table = tables.read(found, what="counted rows")
    times = table[count]
    name = named["weights"]
    if name is None:
        named["weights"] = count
    elif table.kind(name) == "number":  # anything else is refused later, by name
        table = tables.with_column(table, name, table[name] * times)
    return table, times
