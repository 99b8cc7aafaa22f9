"""Tables of choices with a row for each case, brought into long form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, ResponseError, listing, nearest
from bayeslogit.tables.columns import Column, from_labels, from_objects, label
from bayeslogit.tables.table import Table

__all__ = ["is_wide", "long_form"]

_JOINS = ("_", ".", ":", " ", "")


def is_wide(alternatives: Any) -> bool:
    """Return whether alternatives are named one by one, and not by a column."""
    return isinstance(alternatives, Sequence | np.ndarray) and not isinstance(alternatives, str)


def long_form(
    table: Table, outcome: str | None, variables: Sequence[str], asked: Any
) -> tuple[Table, str, str]:
    """Return a row for each alternative of each case, and the columns of both.

    Parameters
    ----------
    table : Table
        A row for each case, with columns such as ``cost_car`` and ``cost_bus``.
    outcome : str or None
        The column of what was chosen, where that is known.
    variables : sequence of str
        Columns of the formula: as they are, or without the name of the alternative.
    asked : Asked

    Returns
    -------
    table : Table
    alternatives, case : str

    Raises
    ------
    DesignError, ResponseError
    """
    labels = [label(one) for one in asked.alternatives]
    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise DesignError(
            f"alternatives= names {listing(labels)}; expected two or more, each once; list what "
            "could be chosen"
        )
    n, K = table.n_rows, len(labels)
    where, case = _free("alternative", table), asked.case or _free("case", table)
    repeat = np.repeat(np.arange(n), K)
    columns: dict[str, Column] = {}
    extra = [name for name in (asked.available,) if name is not None]
    extra += [asked.weights] if isinstance(asked.weights, str) else []
    extra += [asked.offset] if isinstance(asked.offset, str) else []
    hidden = [name for name in table.names if name.startswith("\0")]
    for name in dict.fromkeys([*variables, *extra, *hidden]):
        if name == where:
            continue
        columns[name] = (
            table.column(name).take(repeat) if name in table else _gathered(table, name, labels)
        )
    if outcome is not None:
        columns[outcome] = _outcome(table, outcome, labels).take(repeat)
    columns[where] = Column("category", np.tile(np.arange(K), n), tuple(labels))
    if asked.case is None:
        columns[case] = Column("number", repeat.astype(np.int64))
    else:
        table.check([case])
        _, number = np.unique(table[case], return_counts=True)
        if (number > 1).any():
            raise ResponseError(
                f"{case!r} (case=) has a value in several rows, and alternatives= is a list, so "
                "that each row is a case; expected a value for each row; leave case= out"
            )
        columns[case] = table.column(case).take(repeat)
    labelled = None if table.index is None else table.index[repeat]
    return (
        Table(columns, n * K, what=table.what, row_labels=labelled, origin=repeat),
        where,
        case,
    )


def _outcome(table: Table, outcome: str, labels: Sequence[str]) -> Column:
    """Return what each case chose, as one of the alternatives."""
    table.complete([outcome])
    texts = [label(value) for value in table[outcome].tolist()]
    strange = sorted(set(texts) - set(labels))
    if strange:
        raise ResponseError(
            f"{outcome!r} has the value {listing(strange)}, which alternatives= does not name; "
            f"expected some of {listing(labels)}; add it.{nearest(strange[0], labels)}"
        )
    return from_labels(texts, outcome, "data", tuple(labels))


def _free(name: str, table: Table) -> str:
    while name in table:
        name += "_"
    return name


def _gathered(table: Table, name: str, labels: Sequence[str]) -> Column:
    """Return a column that the table holds in parts, one for each alternative."""
    ways = [f"{{0}}{join}{{1}}" for join in _JOINS] + [f"{{1}}{join}{{0}}" for join in _JOINS[:-1]]
    for way in ways:
        parts = [way.format(name, one) for one in labels]
        if all(part in table for part in parts):
            values = [table[part] for part in parts]
            return from_objects(
                np.stack([v.astype(object) for v in values], 1).ravel().tolist(), name, table.what
            )
    parts = [f"{name}_{one}" for one in labels]
    absent = [part for part in parts if part not in table]
    raise DesignError(
        f"there is no column {name!r}, nor {listing(absent)}; expected a column of each case, or "
        f"one for each alternative, {listing(parts)}; add them, or correct the name."
        + nearest(name, table.names)
    )
