"""Columns: one-dimensional values converted to numbers, booleans or coded categories.

The kind of a column is found here from arrays and from Python objects. Data frames are
read in :mod:`bayeslogit.tables.frames`, which passes their values on.
"""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from numbers import Real
from typing import Any, Literal

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest

__all__ = [
    "LARGEST_INTEGER",
    "NOTHING",
    "Column",
    "Kind",
    "from_array",
    "from_floats",
    "from_integers",
    "from_labels",
    "from_objects",
    "has",
    "label",
    "unusable",
]

Kind = Literal["number", "boolean", "category"]

LARGEST_INTEGER = 2**53  # beyond it float64 no longer tells neighbours apart


@dataclass(frozen=True, eq=False)
class Column:
    """One column, converted to numbers, booleans or coded categories.

    Parameters
    ----------
    kind : {"number", "boolean", "category"}
        What the values are.
    values : np.ndarray, shape (rows,)
        float64 or int64 for numbers, bool for booleans, integer codes into ``levels`` for
        categories. What stands in a missing place has no meaning, except NaN in float64.
    levels : tuple
        For a category, its labels as the caller gave them, in order.
    ordered : bool
        Whether the levels were declared to be in order.
    missing : np.ndarray of bool, shape (rows,), or None
        Where a value is missing; None when none is.
    """

    kind: Kind
    values: np.ndarray
    levels: tuple[Any, ...] = ()
    ordered: bool = False
    missing: np.ndarray | None = None

    def take(self, rows: np.ndarray | slice) -> Column:
        """Return the column at the given rows; levels that no longer occur are kept."""
        missing = None if self.missing is None else self.missing[rows]
        if missing is not None and not missing.any():
            missing = None
        return replace(self, values=self.values[rows], missing=missing)

    def labels(self) -> tuple[str, ...]:
        """Return the levels or values that occur as text, in order."""
        values = self.values if self.missing is None else self.values[~self.missing]
        found = np.unique(values)
        if self.kind == "category":
            return tuple(label(self.levels[code]) for code in found)
        return tuple(label(value) for value in found.tolist())

    def without(self, gone: Container[str]) -> Column:
        """Return the column without some levels, by their text, none of which occurs in it."""
        kept = [code for code, level in enumerate(self.levels) if label(level) not in gone]
        place = np.zeros(len(self.levels), dtype=np.intp)
        place[kept] = np.arange(len(kept))
        levels = tuple(self.levels[code] for code in kept)
        return replace(self, values=place[self.values], levels=levels)

    def array(self) -> np.ndarray:
        """Return the values as a 1-d array: numbers, booleans or labels."""
        gaps = self.missing
        if self.kind == "category":
            labels = _label_array(self.levels)
            if gaps is None:
                result: np.ndarray = labels[self.values]
                return result
            out = labels.astype(object)[self.values] if len(labels) else _objects(len(gaps))
            out[gaps] = None
            return out
        if gaps is None:
            return self.values
        if self.kind == "number":
            return np.where(gaps, np.nan, self.values)
        out = self.values.astype(object)
        out[gaps] = None
        return out


NOTHING = Column("number", np.empty(0))
"""The column of a table without rows, whose kind nothing depends on."""


def label(value: Any) -> str:
    """Return a level or class as text: whole numbers without a point, all else as ``str``.

    Examples
    --------
    >>> label(3.0), label(2.5), label("a")
    ('3', '2.5', 'a')
    """
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def from_array(values: np.ndarray, name: str, what: str) -> Column:
    """Convert an array to a column; masked places and NaN are missing.

    Parameters
    ----------
    values : np.ndarray, shape (rows,)
        Numbers, booleans, text or Python objects.
    name : str
        Name of the column, for error messages.
    what : str
        What error messages call the table, such as ``"new rows"``.

    Raises
    ------
    DesignError
        If the array has another number of dimensions, or values of an unusable type.
    """
    if values.ndim != 1:
        raise DesignError(
            f"Column {name!r} of the {what} is an array of shape {values.shape}; one dimension "
            "was expected. Give each of its columns a name of its own."
        )
    missing = None
    if isinstance(values, np.ma.MaskedArray):
        gaps = np.ma.getmaskarray(values)
        missing = gaps if gaps.any() else None
        values = values.data
    code = values.dtype.kind
    if code in "iu":
        return from_integers(values, missing, name, what)
    if code == "f":
        return from_floats(values, missing)
    if code == "b":
        return Column("boolean", values.copy(), missing=missing)
    if code in "UTO":
        items = values.tolist()
        if missing is not None:
            items = [None if gap else item for item, gap in zip(items, missing, strict=True)]
        return from_objects(items, name, what)
    raise unusable(name, what, str(values.dtype))


def from_objects(values: Sequence[Any], name: str, what: str) -> Column:
    """Convert Python objects of one kind to a column; some may be missing.

    Parameters
    ----------
    values : sequence, of length rows
        Real numbers, booleans or text; None, NaN, NaT and NA are missing.
    name, what : str
        As for :func:`from_array`.

    Raises
    ------
    DesignError
        If values are of several kinds or of an unusable type, or an integer exceeds 2**53.
    """
    if isinstance(values, range):
        return from_integers(np.asarray(values), None, name, what)
    present = set(map(type, values))
    if present == {float}:  # by far the most common list, and long ones are
        return from_floats(np.array(values), None)
    gaps = np.zeros(len(values), dtype=bool)
    if any(map(_can_be_gap, present)):
        gaps = np.fromiter(map(_is_gap, values), dtype=bool, count=len(values))
        present = {type(v) for v, gap in zip(values, gaps, strict=True) if not gap}
    missing = gaps if gaps.any() else None
    if not present:
        return Column("number", np.full(len(values), np.nan), missing=missing)
    if all(issubclass(kind, str) for kind in present):
        return from_labels(values, name, what)
    booleans = {kind for kind in present if issubclass(kind, bool | np.bool_)}
    if booleans == present:
        flags = [not gap and bool(v) for v, gap in zip(values, gaps, strict=True)]
        return Column("boolean", np.array(flags, dtype=bool), missing=missing)
    if not booleans and all(issubclass(kind, Real | Decimal) for kind in present):
        filled = [0 if gap else v for v, gap in zip(values, gaps, strict=True)]
        if any(issubclass(kind, int | np.integer) for kind in present):
            for i, value in enumerate(filled):
                if isinstance(value, int | np.integer) and abs(int(value)) > LARGEST_INTEGER:
                    raise _too_large(name, what, value, i)
        if all(issubclass(kind, int | np.integer) for kind in present):
            return Column("number", np.array(filled, dtype=np.int64), missing=missing)
        return from_floats(np.array(filled, dtype=np.float64), missing)
    if len(present) == 1:
        raise unusable(name, what, next(iter(present)).__name__)
    raise DesignError(
        f"Column {name!r} of the {what} mixes values of the types "
        f"{listing(sorted(kind.__name__ for kind in present))}; one kind was expected: numbers, "
        "booleans or text. Convert the column, for instance with str()."
    )


def from_integers(values: np.ndarray, missing: np.ndarray | None, name: str, what: str) -> Column:
    """Convert integers to int64; refuse those that float64 does not hold exactly.

    Parameters
    ----------
    values : np.ndarray of an integer type, shape (rows,)
        From -2**53 to 2**53.
    missing : np.ndarray of bool, shape (rows,), or None
        Where a value is missing.
    name, what : str
        As for :func:`from_array`.

    Raises
    ------
    DesignError
        If a value is outside that range.
    """
    low, high = int(values.min()), int(values.max())
    if high > LARGEST_INTEGER or low < -LARGEST_INTEGER:
        wide = (values > LARGEST_INTEGER) | (values < -LARGEST_INTEGER)
        position = int(np.flatnonzero(wide)[0])
        raise _too_large(name, what, values[position], position)
    return Column("number", values.astype(np.int64), missing=missing)


def from_floats(values: np.ndarray, missing: np.ndarray | None) -> Column:
    """Convert real numbers to float64; NaN is missing.

    Parameters
    ----------
    values : np.ndarray of a real type, shape (rows,)
    missing : np.ndarray of bool, shape (rows,), or None
        Where a value is missing besides NaN.
    """
    numbers = values.astype(np.float64)
    gaps = np.isnan(numbers)
    if missing is not None:
        gaps |= missing
        numbers[missing] = np.nan
    return Column("number", numbers, missing=gaps if gaps.any() else None)


def from_labels(
    values: Sequence[Any],
    name: str,
    what: str,
    levels: tuple[Any, ...] | None = None,
    ordered: bool = False,
) -> Column:
    """Code labels as positions among their levels.

    Parameters
    ----------
    values : sequence, of length rows
        Labels; None and NaN are missing.
    name, what : str
        As for :func:`from_array`.
    levels : tuple, optional
        The levels in order, unused ones too; by default the labels that occur, sorted.
    ordered : bool
        Whether the levels were declared to be in order.

    Raises
    ------
    DesignError
        If a label is not among the levels given.
    """
    if levels is None:
        levels = tuple(sorted(str(v) for v in set(values) if not _is_gap(v)))
    index: dict[Any, int] = {level: code for code, level in enumerate(levels)}
    try:
        codes = np.fromiter(map(index.__getitem__, values), dtype=np.intp, count=len(values))
    except KeyError:
        codes = np.empty(len(values), dtype=np.intp)
        for i, value in enumerate(values):
            code = -1 if _is_gap(value) else index.get(value, -2)
            if code == -2:
                raise DesignError(
                    f"Column {name!r} of the {what} has the value {value!r} in row {i}, which is "
                    f"not among its levels {listing(levels)}.{nearest(value, levels)}"
                ) from None
            codes[i] = code
    gaps = codes < 0
    plain = tuple(v if isinstance(v, str | int | float) else str(v) for v in levels)
    return Column("category", codes, plain, ordered, gaps if gaps.any() else None)


def _label_array(levels: tuple[Any, ...]) -> np.ndarray:
    kinds = {type(level) for level in levels}
    if len(kinds) == 1 and kinds <= {str, int, float, bool}:
        return np.array(levels)
    out = _objects(len(levels))
    out[:] = levels
    return out


def _objects(n: int) -> np.ndarray:
    return np.full(n, None, dtype=object)


def _can_be_gap(kind: type) -> bool:
    return kind is type(None) or issubclass(kind, float | np.floating | Decimal) or _foreign(kind)


def _foreign(kind: type) -> bool:
    return kind.__name__ in ("NAType", "NaTType", "MaskedConstant")


def _is_gap(value: Any) -> bool:
    if value is None or _foreign(type(value)):
        return True
    if isinstance(value, float | np.floating):
        return math.isnan(value)
    return isinstance(value, Decimal) and value.is_nan()


def _too_large(name: str, what: str, value: Any, position: int) -> DesignError:
    return DesignError(
        f"Column {name!r} of the {what} is {value} in row {position}; integers up to 2**53 = "
        f"{LARGEST_INTEGER} in size were expected, larger ones cannot be told apart as numbers. "
        "If it is an identifier, turn it into text or leave it out."
    )


def unusable(name: str, what: str, kind: str) -> DesignError:
    """Return the error for a column of a type that is neither numbers, booleans nor text.

    Parameters
    ----------
    name, what : str
        As for :func:`from_array`.
    kind : str
        The type of the values, as its library calls it.
    """
    lower = kind.lower()
    if any(word in lower for word in ("date", "time", "duration", "period", "interval")):
        advice = "Turn it into a number (days since a start, hour of the day) or into text."
    elif "complex" in lower:
        advice = "Use its real part, imaginary part or modulus as columns of their own."
    else:
        advice = "Convert it to numbers or text, or leave it out."
    return DesignError(
        f"Column {name!r} of the {what} has the type {kind}; numbers, booleans or text were "
        f"expected. {advice}"
    )


def has(what: str) -> str:
    """Return the verb that fits what a table is called."""
    return "have" if what.endswith("rows") else "has"
