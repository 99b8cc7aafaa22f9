"""Columns of a design that carry no information, or too few digits."""

from __future__ import annotations

import numpy as np

from bayeslogit.design.arrays import refuse_sizes
from bayeslogit.design.design import Design
from bayeslogit.design.formula.parser import parse
from bayeslogit.errors import DesignError

__all__ = ["constant_columns", "duplicate_columns", "recentred"]

# Range of a column, as a share of its largest value, below which it is moved near zero; below
# which it is refused where that does not help; and below which few of its own digits are left.
_FAR = 1e-4
_VARIES = 1e-6
_LEFT = 1e-10
# Singular values of unit columns below which rounding blurs coefficients; and below which there
# is nothing but rounding, so that columns are collinear.
_BLURRED = 1e-5
_NOTHING = 1e-12


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


def recentred(design: Design) -> Design:
    """Return the design with columns that are far from zero moved near it; others stay.

    With an intercept, moving a column does not change the fit, but values that are large beside
    their range cost digits: with values a million times the range, half of them are lost.

    Parameters
    ----------
    design : Design
        With its columns as they are.

    Returns
    -------
    Design
        The same one where no range is below a ten-thousandth of the values.

    Raises
    ------
    DesignError
        If a column has lost its own digits, or is far from zero and part of products that cannot
        be told from it after that.

    Examples
    --------
    >>> from bayeslogit.design import from_array
    >>> design = recentred(from_array([[1e9 + 1], [1e9 + 5]]))
    >>> design.X[:, 1].tolist(), design.shift.tolist()
    ([-2.0, 2.0], [0.0, 1000000003.0])
    """
    X, names = design.fixed.X, design.fixed.names
    refuse_sizes(names, X, small=True)
    found = {}
    few = _some_rows(X)
    # A range over some rows is at most that over all.
    for j in np.flatnonzero(np.ptp(few, axis=0) < _FAR * np.abs(few).max(axis=0)):
        ends = float(X[:, j].min()), float(X[:, j].max())
        if _share(*ends) < _FAR:
            found[names[j]] = ends
    shift = np.zeros(X.shape[1])
    if design.intercept:
        for name, (low, high) in found.items():
            _check_digits(name, low, high)
            shift[names.index(name)] = 0.5 * low + 0.5 * high
    for name, values in design.recipe.multiplied(design.source).items():
        ends = float(values.min()), float(values.max())
        if _share(*ends) < _FAR:
            found[name] = ends
    if not found:
        return design
    moved = design.moved(shift) if shift.any() else design
    by_group = [Z for group in design.groups for Z in group.Z.T]
    if _told_apart(moved.fixed.X) and all(_share(Z.min(), Z.max()) >= _FAR for Z in by_group):
        return moved
    name, (low, high) = min(found.items(), key=lambda item: _share(*item[1]))
    if _share(low, high) >= _VARIES:
        return design
    raise DesignError(
        f"column {name!r} varies by {high - low:.3g} around {low:.6g}, and beside other columns, "
        "or in products with them, that is lost to rounding; expected a range of at least a "
        f"millionth of the values; {_way_to_centre(design, name)}"
    )


def _share(low: float, high: float) -> float:
    """Return a range as a share of the largest value; infinite for a constant."""
    return (high - low) / max(abs(low), abs(high)) if high > low else np.inf


def _check_digits(name: str, low: float, high: float) -> None:
    if _share(low, high) < _LEFT:
        raise DesignError(
            f"column {name!r} varies by {high - low:.3g} around {low:.6g}, of which rounding has "
            f"left few digits; expected a range of at least {_LEFT:g} of the values; subtract a "
            "typical value from the column, and from new rows, before it is stored"
        )


def _told_apart(X: np.ndarray) -> bool:
    """Whether columns either differ clearly or are collinear, and no rounding decides which."""
    length = np.linalg.norm(X, axis=0)
    triangle = np.linalg.qr(X[:, length > 0.0] / length[length > 0.0], mode="r")
    value = np.linalg.svd(triangle, compute_uv=False)
    return not ((value > _NOTHING) & (value < _BLURRED)).any()


def _way_to_centre(design: Design, name: str) -> str:
    """Return what to do about a column far from zero: what its formula, or the array, allows."""
    subtract = "subtract a typical value, such as its mean, from the column, and from new rows"
    terms = () if design.formula is None else parse(design.formula).terms
    factors = (factor.text for term in terms for factor in term)
    text = next((text for text in factors if text.strip("`") == name), None)
    return subtract if text is None else f"use center({text}), or {subtract}"


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
