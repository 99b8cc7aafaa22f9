"""Columns of a design that carry no information, or too few digits."""

from __future__ import annotations

import numpy as np

from bayeslogit.design.design import Design
from bayeslogit.design.formula.parser import parse
from bayeslogit.errors import DesignError

__all__ = ["check_variation", "constant_columns", "duplicate_columns"]

# Range of a column, as a share of its largest value, below which its products lose digits.
_VARIES = 1e-6
# Squares of larger values, and of the inverse, leave the range of doubles.
_LARGEST = 1e140


def constant_columns(design: Design) -> tuple[str, ...]:
    """Return the names of constant columns of X, the intercept left out."""
    X = design.X
    few = _some_rows(X)
    # A few rows show nearly every column to vary; only the others are read whole.
    open_columns = np.flatnonzero((few == few[0]).all(axis=0))
    return tuple(
        design.names[j]
        for j in open_columns
        if not (design.intercept and j == 0) and bool((X[:, j] == X[0, j]).all())
    )


def check_variation(design: Design) -> None:
    """Refuse a column whose range is so small beside its values that rounding errors matter.

    With an intercept, shifting a column does not change the fit, but it costs digits: with values
    a million times the range, half of them are lost.

    Raises
    ------
    DesignError
        If a column that is not constant has a range below a millionth of its largest value.
    """
    X = design.X
    size = np.maximum(X.max(axis=0), -X.min(axis=0))
    for j in np.flatnonzero((size > _LARGEST) | ((size < 1.0 / _LARGEST) & (size > 0.0))):
        raise DesignError(
            f"column {design.names[j]!r} has values of up to {size[j]:.3g}, whose squares are "
            f"beyond the range of numbers; expected sizes from {1.0 / _LARGEST:.0e} to "
            f"{_LARGEST:.0e}; use another unit"
        )
    if not design.intercept:
        return
    few = _some_rows(X)
    largest = np.abs(few).max(axis=0)
    # A range over some rows is at most that over all.
    for j in np.flatnonzero(np.ptp(few, axis=0) < _VARIES * largest):
        low, high = float(X[:, j].min()), float(X[:, j].max())
        size = max(abs(low), abs(high))
        if 0.0 < high - low < _VARIES * size:
            raise DesignError(
                f"column {design.names[j]!r} varies by {high - low:.3g} around {low:.6g}, and "
                "beside an intercept that is lost to rounding; expected a range of at least a "
                f"millionth of the values; {_way_to_centre(design, design.names[j])}"
            )


def _way_to_centre(design: Design, name: str) -> str:
    """Return what to do about a column far from zero: what its formula, or the array, allows."""
    subtract = "subtract a typical value, such as its mean, from the column, and from new rows"
    if design.formula is None:
        return subtract
    for term in parse(design.formula).terms:
        if len(term) == 1 and term[0].text.strip("`") == name:
            return f"use center({term[0].text}), or {subtract}"
    return "use center() around each of its factors, and give each a term of its own"


def duplicate_columns(design: Design) -> tuple[str, ...]:
    """Return the names of columns of X that repeat an earlier one, the intercept included."""
    X = design.X
    few = _some_rows(X) + 0.0  # turns -0.0 into 0.0, which is equal but not the same bytes
    alike: dict[bytes, list[int]] = {}
    out = []
    for j, name in enumerate(design.names):
        earlier = alike.setdefault(few[:, j].tobytes(), [])
        if any(np.array_equal(X[:, i], X[:, j]) for i in earlier):
            out.append(name)
        else:
            earlier.append(j)
    return tuple(out)


def _some_rows(X: np.ndarray) -> np.ndarray:
    return X[np.unique(np.linspace(0, len(X) - 1, 32).astype(np.intp))]
