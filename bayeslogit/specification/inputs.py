"""The columns of a model, taken from tables and arrays before they are coded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from bayeslogit import design as designs
from bayeslogit import response as responses
from bayeslogit.design import Design
from bayeslogit.errors import DesignError, ResponseError, listing
from bayeslogit.specification.array_groups import beside_groups
from bayeslogit.specification.counted_rows import read_counted
from bayeslogit.specification.left_out import design_of_rows_left, levels_of
from bayeslogit.tables import reading as tables
from bayeslogit.tables.frames import refuse_other_rows
from bayeslogit.tables.table import Table

__all__ = [
    "OutcomeColumn",
    "Parts",
    "checked_rows",
    "counted",
    "from_arrays",
    "from_formula",
]


class OutcomeColumn(NamedTuple):
    """The column of the outcome, before it is coded.

    Parameters
    ----------
    name : str
    values : ndarray, shape (obs,) or (obs, classes)
        Numbers, booleans or labels, or counts of each class.
    kind : {"number", "boolean", "category"}
    levels : sequence
        Levels of a category, in order; of other values where rows were left out.
    ordered : bool
        Whether the levels were declared to be in order.
    row_name : callable
        Takes the position of a row and returns its name for error messages.
    """

    name: str
    values: np.ndarray
    kind: str
    levels: Sequence[Any]
    ordered: bool
    row_name: Callable[[int], str]


Parts = tuple[Design, OutcomeColumn, dict[str, Any], np.ndarray, int]
"""Design; outcome; values of weights, offset and trials; rows used; number of rows in the table."""


def from_formula(
    formula: str,
    data: Any,
    named: dict[str, Any],
    missing: str,
    counts: Sequence[str] | None = None,
) -> Parts:
    """Return the design and the other columns of a model given as a formula and a table.

    Parameters
    ----------
    formula : str
        With an outcome on its left side.
    data : table
        Anything :func:`~bayeslogit.tables.reading.read` takes, or a source that is not in memory.
    named : dict of str to Any
        ``weights``, ``offset`` and ``trials``: names of columns, arrays of shape (rows,), numbers
        or None. Where equal rows of a source were counted, ``weights`` says so afterwards.
    missing : {"raise", "drop"}
        What to do with rows that lack a value.
    counts : sequence of str, optional
        Columns of counts of classes, in place of an outcome in the formula.

    Raises
    ------
    DesignError
        If the outcome, the table or a column is missing, or the outcome is used twice.
    """
    outcome, rhs = designs.split(formula)
    if outcome is None and counts is None:
        raise DesignError(
            f"the formula {formula!r} has no outcome; expected 'outcome ~ predictors', such as "
            "'passed ~ hours'; write the outcome's column on the left of ~"
        )
    if data is None:
        raise DesignError(
            "a formula needs a table and found none; expected logistic(formula, data); pass the "
            "data frame or a dict of columns as second argument"
        )
    outcomes = (str(outcome),) if counts is None else tuple(counts)
    whole, times = read_counted(data, (*outcomes, *designs.variables(rhs)), named)
    columns = {k: v for k, v in named.items() if isinstance(v, str)}
    used = (*outcomes, *designs.variables(rhs), *columns.values())
    whole.check(used)
    for name in outcomes:
        _refuse_outcome_elsewhere(name, designs.variables(rhs), columns)
    chosen = whole.select(dict.fromkeys(used))
    table, rows = chosen.complete(used, missing)
    extra = _named(named, table, rows, chosen.index, "the data")
    each = [table[one] for one in counts or () if table.kind(one) != "category"]
    totals = [np.sum(each, axis=0)] if each else []
    cases = _cases((extra["weights"], extra["trials"], *totals), table.n_rows)
    make = partial(designs.from_formula, rhs, cases=cases)
    design = design_of_rows_left(make, chosen, table)
    return (
        design,
        _column(table, outcomes[0], chosen)
        if counts is None
        else _columns(table, counts, whole.names),
        extra,
        rows,
        whole.n_rows if times is None else len(rows) + int(times.sum() - times[rows].sum()),
    )


def from_arrays(
    X: Any, y: Any, named: dict[str, Any], missing: str, intercept: bool, groups: Any = None
) -> Parts:
    """Return the design and the other columns of a model given as arrays or a table.

    Parameters
    ----------
    X : array or table of shape (rows, columns)
        Predictors; in a table also the columns that ``named`` names.
    y : array of shape (rows,)
        The outcome.
    named, missing
        As for :func:`from_formula`.
    intercept : bool
        Whether to put a column of ones in front.
    groups : dict of str to array of shape (rows,), or column names, optional
        The groupings.

    Raises
    ------
    DesignError
        If there is no outcome, the lengths differ, or the outcome is among the predictors.
    """
    if y is None:
        raise DesignError(
            "predictors were given without an outcome; expected logistic(X, y) or "
            "logistic(formula, data); pass the outcome as second argument"
        )
    if isinstance(y, str) and not isinstance(X, str):
        raise DesignError(
            f"the second argument is the text {y[:80]!r} and the first is not a formula; expected "
            "the formula first, then the table (or X, then y); exchange the two"
        )
    name = str(getattr(y, "name", None) or "y")
    target = tables.read({name: y}, what="outcome")
    groupings: tuple[str, ...] = ()
    if groups is not None:
        X, groupings = beside_groups(X, groups, _is_array(X))
    if _is_array(X):
        matrix = np.asarray(X)
        _same_length(len(matrix), target.n_rows, "X", "y")
        gaps = (
            np.isnan(matrix).any(axis=1)
            if missing == "drop" and matrix.dtype.kind == "f" and matrix.ndim == 2
            else np.zeros(target.n_rows, dtype=bool)
        )
        gaps |= _gaps(target, name, missing)
        rows = np.flatnonzero(~gaps)
        outcome = target
        if gaps.any():
            matrix, target = matrix[rows], target.take(rows)
        design = designs.from_array(matrix, intercept=intercept)
        design = replace(design, source=design.source.labelled(target.index, rows))
        extra = _named(named, None, rows, outcome.index, "y")
        return design, _column(target, name, outcome), extra, rows, len(gaps)
    table = tables.read(X, what="X")
    _same_length(table.n_rows, target.n_rows, "X", "y")
    refuse_other_rows(table.index, y, "X", "y")
    if name in table and np.array_equal(table[name], target[name]):
        raise DesignError(
            f"X has the column {name!r}, which is the outcome; expected predictors only, because "
            "the outcome would explain itself; leave that column out of X"
        )
    whole, total = table, table.n_rows
    columns = {v for v in named.values() if isinstance(v, str)}
    table.check(columns)
    _, by_X = table.complete(table.names, missing)
    _, by_y = target.complete([name], missing)
    rows = np.intersect1d(by_X, by_y)
    outcome, table, target = target, table.take(rows), target.take(rows)
    if table.index is None:
        table = table.labelled(target.index, rows)
    predictors = [n for n in table.names if n not in columns]
    make = partial(designs.from_frame, intercept=intercept, groups=groupings)
    design = design_of_rows_left(make, whole.select(predictors), table.select(predictors))
    labels = (whole.index, "X") if whole.index is not None else (outcome.index, "y")
    extra = _named(named, table, rows, *labels)
    return design, _column(target, name, outcome), extra, rows, total


def _refuse_outcome_elsewhere(
    outcome: str, predictors: Sequence[str], columns: dict[str, str]
) -> None:
    """Refuse the outcome's column in another place of the same model."""
    places = ["a predictor"] if outcome in predictors else []
    places += [f"{key}=" for key, value in columns.items() if value == outcome]
    if places:
        raise DesignError(
            f"the column {outcome!r} is the outcome and {places[0]} at once; expected another "
            "column there, because the outcome would explain itself; leave it out there, or name "
            "the column that was meant"
        )


def _gaps(table: Table, name: str, missing: str) -> np.ndarray:
    """Return where the outcome is missing, (rows,); refuse gaps unless they are to be dropped."""
    _, kept = table.complete([name], missing)
    mask = np.ones(table.n_rows, dtype=bool)
    mask[kept] = False
    return mask


def _is_array(X: Any) -> bool:
    return isinstance(X, np.ndarray) or (isinstance(X, list | tuple) and np.ndim(X) >= 1)


def _same_length(found: int, expected: int, one: str, other: str) -> None:
    if found != expected:
        raise DesignError(
            f"{one} has {found} rows and {other} has {expected}; expected as many rows in both; "
            "pass predictors and outcome of the same cases"
        )


def _column(table: Table, name: str, before: Table) -> OutcomeColumn:
    kind = table.kind(name)
    levels = levels_of(name, before, table)
    ordered = kind == "category" and table.ordered(name)
    return OutcomeColumn(name, table[name], kind, levels, ordered, table.row)


def _columns(table: Table, counts: Sequence[str], taken: Sequence[str]) -> OutcomeColumn:
    """Return the counts of each class, under a name that no column has."""
    name = "class"
    while name in taken:
        name += "_"
    values = np.stack([responses.whole(c, table[c], table.row) for c in counts], axis=1)
    return OutcomeColumn(name, values, "number", tuple(counts), False, table.row)


def _named(
    named: dict[str, Any], table: Table | None, rows: np.ndarray, index: Any, what: str
) -> dict[str, Any]:
    """Return the values of weights, offset and trials, each given as a column or an array.

    ``index`` are the labels of all rows of the caller, also of those that are left out.
    """
    result: dict[str, Any] = {}
    for key, value in named.items():
        refuse_other_rows(index, value, what, f"{key}=")
        if isinstance(value, str):
            if table is None:
                raise DesignError(
                    f"{key}={value!r} names a column and X is an array; expected an array; pass "
                    f"{key}= the values, or X as a table"
                )
            result[key] = table[value]
        elif value is None or np.ndim(value) == 0:
            result[key] = value
        else:
            array = np.asarray(value)
            # Rows dropped from the table are dropped here too; other lengths are refused later.
            longest = int(rows[-1]) + 1 if len(rows) else 0
            result[key] = array[rows] if len(array) >= longest > len(rows) else array
    return result


def _cases(parts: Sequence[Any], n: int) -> np.ndarray | None:
    """Return the product of weights and trials, (rows,), where it counts cases; else None.

    What cannot be used is refused later, by name.
    """
    result = np.ones(n)
    for part in parts:
        if part is None:
            continue
        values = np.asarray(part)
        if values.dtype.kind not in "iuf" or values.shape not in ((), (n,)):
            return None
        result = result * values
    return result if np.isfinite(result).all() and (result >= 0.0).all() else None


def checked_rows(
    named: dict[str, Any], extra: dict[str, Any], n: int, row_name: Callable[[int], str]
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return frequency weights and offset, each of shape (n,) or None, checked.

    Parameters
    ----------
    named : dict of str to Any
        ``weights`` and ``offset`` as the user gave them, for their names in error messages.
    extra : dict of str to Any
        Their values.
    n : int
        Number of rows.
    row_name : callable
        Takes the position of a row and returns its name for error messages.

    Raises
    ------
    ResponseError
        As :func:`~bayeslogit.response.weights.check_weights` and
        :func:`~bayeslogit.response.weights.check_offset`.
    """

    def checked(key: str, check: Callable[..., np.ndarray]) -> np.ndarray | None:
        value = named[key]
        called = f"Column {value!r} ({key})" if isinstance(value, str) else key
        return None if extra[key] is None else check(extra[key], n, called, row_name)

    return checked("weights", responses.check_weights), checked("offset", responses.check_offset)


def counted(formula: Any, counts: Sequence[str]) -> None:
    """Refuse a formula and columns of counts that do not fit together.

    Parameters
    ----------
    formula : str
        Without a left side.
    counts : sequence of str
        Three or more columns, one for each class.

    Raises
    ------
    DesignError, ResponseError
    """
    if isinstance(counts, str):
        raise ResponseError(
            f"counts={counts!r} is a text; expected a list of columns, one for each class; write "
            "for example counts=['left', 'centre', 'right']"
        )
    if not isinstance(formula, str):
        raise DesignError(
            f"counts= is given with {type(formula).__name__} instead of a formula; expected a "
            "formula without a left side; write multinomial('~ x', data, counts=[...])"
        )
    outcome, _ = designs.split(formula)
    if outcome is not None:
        raise ResponseError(
            f"the formula names the outcome {outcome!r} and counts= names {listing(counts)}; "
            "expected one of the two; leave out counts=, or the left side of the formula"
        )
    if len(counts) < 3 or len(set(counts)) != len(counts):
        raise ResponseError(
            f"counts= names {listing(counts)}; expected three or more different columns, one for "
            "each class; use binomial() for two classes"
        )
