"""Cells of factors and outcome: which are empty, which nearly so."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.checks.findings import Finding
from bayeslogit.answers.classical.likelihood_ratio import factors
from bayeslogit.design import Design
from bayeslogit.response import Response
from bayeslogit.text import value_text

__all__ = ["check_cells"]

_FEW = 5.0


def check_cells(design: Design, response: Response, counts: np.ndarray) -> Finding:
    """Look for levels of factors, and pairs of them in interactions, that lack an outcome.

    Parameters
    ----------
    design : Design
    response : Response
    counts : ndarray, shape (rows, classes)
        Cases of each class, times weights.

    Returns
    -------
    Finding
        ``details`` has the cases of each class by factor and level.
    """
    import pandas as pd

    classes = response.classes
    keys: list[tuple[str, str]] = []
    sums: list[np.ndarray] = []
    for group in _groups(design):
        labels, codes = _combinations([design.columns[name] for name in group])
        cells = np.stack([np.bincount(codes, c, len(labels)) for c in counts.T], axis=1)
        keys += [(" & ".join(group), label) for label in labels]
        sums += list(cells)
    if not keys:
        return Finding("cells", "ok", "there are no factors, and so no cells to be sparse")
    grid = np.array(sums)
    index = pd.MultiIndex.from_tuples(keys, names=["factor", "level"])
    table = tables.Answer(grid, index=index, columns=list(classes))
    empty = [(*keys[i], classes[k]) for i, k in zip(*np.nonzero(grid == 0.0), strict=True)]
    smallest = float(grid.min())
    values = {"smallest": smallest, "empty": float(len(empty))}
    if empty:
        first = "; ".join(f"{f} = {level} has no {c!r}" for f, level, c in empty[:4])
        more = f"; ... ({len(empty)} cells in all)" if len(empty) > 4 else ""
        return Finding(
            "cells",
            "warning",
            f"cells of factor and outcome are empty: {first}{more}",
            "join levels, or set a prior you can defend: the data do not bound these effects on "
            "one side",
            tuple(dict.fromkeys(f for f, _, _ in empty)),
            values,
            table,
        )
    i, k = np.unravel_index(int(np.argmin(grid)), grid.shape)
    factor, level = keys[i]
    if smallest < _FEW:
        return Finding(
            "cells",
            "note",
            f"the smallest cell of factor and outcome has {smallest:.3g} cases ({factor} = "
            f"{level}, {classes[k]!r})",
            "expect a wide interval there, and mind the prior",
            (factor,),
            values,
            table,
        )
    return Finding(
        "cells",
        "ok",
        f"every level of every factor has at least {smallest:.4g} cases of each outcome",
        values=values,
        details=table,
    )


def _groups(design: Design) -> list[tuple[str, ...]]:
    """Return each factor, and each pair of factors that an interaction has."""
    alone = [name for name in design.columns if _is_factor(design, name)]
    pairs = {
        pair
        for term in design.term_columns
        for pair in combinations(sorted(factors(term)), 2)
        if set(pair) <= set(alone)
    }
    return [*((name,) for name in alone), *sorted(pairs)]


def _is_factor(design: Design, name: str) -> bool:
    """Whether a column is a factor, or has two values only."""
    if design.source.kind(name) in ("category", "boolean"):
        return True
    values = design.columns[name]
    return bool(np.all((values == values.min()) | (values == values.max())))


def _combinations(columns: list[np.ndarray]) -> tuple[list[str], np.ndarray]:
    """Return the combinations of labels that occur, and which one each row has."""
    levels, codes = zip(*(np.unique(c, return_inverse=True) for c in columns), strict=True)
    flat = np.ravel_multi_index([c.ravel() for c in codes], [len(v) for v in levels])
    found, inverse = np.unique(flat, return_inverse=True)
    parts = np.unravel_index(found, [len(v) for v in levels])
    labels = [
        " & ".join(value_text(v[i]) for v, i in zip(levels, at, strict=True))
        for at in zip(*parts, strict=True)
    ]
    return labels, inverse.ravel()
