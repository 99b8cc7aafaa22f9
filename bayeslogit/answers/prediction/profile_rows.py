"""Rows along one predictor, the others held, and the kinds of prediction that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing, nearest

__all__ = ["KINDS", "check_kind", "check_variable", "curve_rows", "is_measured"]

KINDS = (
    "probability",
    "linear",
    "class",
    "outcome",
    "cumulative",
    "exceedance",
    "median",
    "mean",
)


def is_measured(design: Design, name: str) -> bool:
    """Return whether a predictor is measured: a number, and not made into levels.

    Parameters
    ----------
    design : Design
    name : str
        The predictor.
    """
    return design.columns[name].dtype.kind in "fiu" and name not in design.factors


def _typical(design: Design, name: str) -> Any:
    """Return the value at which other predictors are held: mean, or most frequent level."""
    values = design.columns[name]
    if is_measured(design, name):
        return float(values.mean())
    found, counts = np.unique(values.astype(str), return_counts=True)
    common = found[np.argmax(counts)]
    return next(v for v in values if str(v) == common)


def check_variable(design: Design, name: str) -> None:
    """Refuse a name that is not a predictor, with the nearest names.

    Parameters
    ----------
    design : Design
    name : str

    Raises
    ------
    DesignError
    """
    if name not in design.columns:
        raise DesignError(
            f"{name!r} is not a predictor of this model; expected one of "
            f"{listing(design.columns)}; name one of them." + nearest(name, design.columns)
        )


def curve_rows(
    design: Design, name: str, values: Any, at: Mapping[str, Any] | None, points: int = 101
) -> dict[str, np.ndarray]:
    """Return rows that differ in one predictor only, as columns.

    Parameters
    ----------
    design : Design
    name : str
        The predictor that moves.
    values : array or None
        Its values; by default a grid over its range, or its levels.
    at : mapping, optional
        Values of other predictors; by default the mean, or the most frequent level.
    points : int
        Size of the default grid.

    Raises
    ------
    DesignError
        If a name is not a predictor.
    """
    check_variable(design, name)
    for other in at or {}:
        check_variable(design, other)
    own = design.columns[name]
    if values is None:
        # A count such as "number of children" moves in its own steps.
        if not is_measured(design, name):
            values = design.levels(name)
        elif own.dtype.kind == "f":
            values = np.linspace(own.min(), own.max(), points)
        else:
            values = np.unique(own)
    moving = np.atleast_1d(np.asarray(values))
    held = {other: _typical(design, other) for other in design.columns if other != name}
    held |= dict(at or {})
    columns = {
        other: np.full(len(moving), value) if not isinstance(value, str) else [value] * len(moving)
        for other, value in held.items()
        if other != name
    }
    return {k: np.asarray(v) for k, v in ({name: moving} | columns).items()}


def check_kind(kind: str) -> None:
    """Refuse an unknown kind of prediction.

    Raises
    ------
    DesignError
        With the nearest names.
    """
    if kind not in KINDS:
        raise DesignError(
            f"kind={kind!r} is not a kind of prediction; expected one of {listing(KINDS)}; choose "
            "one of them." + nearest(kind, KINDS)
        )
