"""Steps that the formula takes: forward, or back where a step forward would leave it.

A B-spline ends at its outer knots, a logarithm at 0: from the largest value of a predictor there
may be no step of one, and then the effect is that of the step that ends there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.answers.effects.contrasts import Contrast
from bayeslogit.answers.prediction.changes import Change
from bayeslogit.design import Design
from bayeslogit.posterior.rows import Rows
from bayeslogit.tables.columns import Column
from bayeslogit.tables.table import Table

__all__ = ["inside"]

# Steps tried in turn where there is no step of 1: 0.5, 0.2, 0.1, ... down to 1e-12.
_SMALLER = tuple(digit * 10.0**-power for power in range(1, 13) for digit in (5.0, 2.0, 1.0))


def inside(
    design: Design, rows: Rows, contrasts: Sequence[Contrast]
) -> tuple[Rows, list[Contrast]]:
    """Return contrasts whose states the formula takes in every row, and the rows they are of.

    A step stays as it is where every row has it. Else a row that cannot step forward steps back,
    from ``x - 1`` to ``x``; and where some row can do neither, a default step gets smaller.

    Parameters
    ----------
    design : Design
    rows : Rows
    contrasts : sequence of Contrast

    Returns
    -------
    rows : Rows
        With columns for the states that differ from row to row.
    contrasts : list of Contrast
        A step that no row could take stays as it was: its evaluation says why.
    """
    found = []
    for contrast in contrasts:
        if not (contrast.slope or contrast.step):
            found.append(contrast)
        elif not rows.table.n_rows:
            found.append(replace(contrast, low=None, high=None, slope=False))
        else:
            rows, contrast = _inside(design, rows, contrast)
            found.append(contrast)
    return rows, found


def _inside(design: Design, rows: Rows, contrast: Contrast) -> tuple[Rows, Contrast]:
    name, size = contrast.term, contrast.high.value if contrast.high else 0.0
    forward = _takes(design, rows.table, name, size)
    if contrast.slope:
        back = _takes(design, rows.table, name, -size)
        if forward.all() and back.all():
            return rows, contrast
        return _with_states(
            rows, contrast, np.where(back, -size, 0.0), np.where(forward, size, 0.0)
        )
    if forward.all():
        return rows, contrast
    steps = (size, *(s for s in _SMALLER if s < size)) if contrast.default else (size,)
    for step in steps:
        forward = _takes(design, rows.table, name, step)
        back = _takes(design, rows.table, name, -step)
        if (forward | back).all():
            break
    else:
        return rows, contrast
    if step != size:
        contrast = replace(contrast, names=("", f"{step:+.6g}"))
    if forward.all():
        return rows, replace(contrast, high=Change(name, step, add=True))
    contrast = replace(contrast, back=step)
    return _with_states(rows, contrast, np.where(forward, 0.0, -step), np.where(forward, step, 0.0))


def _with_states(
    rows: Rows, contrast: Contrast, low: np.ndarray, high: np.ndarray
) -> tuple[Rows, Contrast]:
    """Return rows that have both states of a predictor as columns, and the contrast of these."""
    name = contrast.term
    # A name that no column of a caller has.
    states = {f"{name}\0{end}": move for end, move in (("low", low), ("high", high))}
    columns = {key: Column("number", rows.table[name] + move) for key, move in states.items()}
    one, two = (Change(name, 0.0, source=key) for key in states)
    return replace(rows, table=rows.table.replaced(columns)), replace(contrast, low=one, high=two)


def _takes(design: Design, table: Table, name: str, step: float) -> np.ndarray:
    """Return in which rows the formula takes a predictor that is moved by a step, (rows,)."""
    columns: dict[str, Any] = {other: table.column(other) for other in design.columns}
    columns[name] = Column("number", table[name] + step)
    return design.recipe.defined(Table(columns, table.n_rows, what=table.what))
