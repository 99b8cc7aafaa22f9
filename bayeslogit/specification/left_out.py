"""Levels that only rows with a missing value have, where such rows are left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.design import Design
from bayeslogit.tables.table import Table

__all__ = ["design_of_rows_left", "levels_of"]

_MOST_CLASSES = 100


def design_of_rows_left(make: Callable[[Table], Design], before: Table, after: Table) -> Design:
    """Return the design of the rows that are left, without levels that only the others had.

    Such a level would have a column of zeros, and a coefficient that no row bears on. Levels that
    were declared, by the type of the column or in the formula, and that no row had are kept.

    Parameters
    ----------
    make : callable
        Takes a table of complete rows and returns its design.
    before, after : Table
        The rows of the caller, and those that are left.

    Returns
    -------
    Design
        Its ``absent`` names the levels.
    """
    if after.n_rows == before.n_rows:
        return make(after)
    gone: dict[str, tuple[str, ...]] = {}
    for name in after.names:
        if after.kind(name) == "category":
            gone[name] = _gone(before, after, name)
    shrunk = {name: after.column(name).without(levels) for name, levels in gone.items() if levels}
    design = make(after.replaced(shrunk))
    for name in design.factors - gone.keys():
        gone[name] = _gone(before, after, name)
    absent = {
        name: tuple(level for level in gone[name] if level not in design.recipe.stated(name))
        for name in design.columns
        if name in gone
    }
    return replace(design, absent={name: levels for name, levels in absent.items() if levels})


def _gone(before: Table, after: Table, name: str) -> tuple[str, ...]:
    left = set(after.column(name).labels())
    return tuple(level for level in before.column(name).labels() if level not in left)


def levels_of(name: str, before: Table, after: Table) -> tuple[Any, ...]:
    """Return the classes of an outcome in order, also those that only left-out rows have.

    Parameters
    ----------
    name : str
        The column of the outcome.
    before, after : Table
        The rows of the caller, and those that are left.

    Returns
    -------
    tuple
        Empty for numbers and booleans where no row was left out, or of many values.
    """
    column = before.column(name)
    if column.kind == "category":
        return column.levels
    if after.n_rows == before.n_rows:
        return ()
    values = column.values if column.missing is None else column.values[~column.missing]
    found = np.unique(values).tolist()
    return tuple(found) if len(found) <= _MOST_CLASSES else ()
