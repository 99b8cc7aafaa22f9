"""Contrasts: which two states of a predictor are compared, in words and as changes of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from bayeslogit.answers.prediction.changes import Change
from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing, nearest, quoted, warn
from bayeslogit.numerics.quantiles import quantiles
from bayeslogit.tables.table import Table
from bayeslogit.text import value_text

__all__ = ["Contrast", "asked_of", "combinations_of", "contrasts_of", "slopes_of"]

CATEGORY_STEPS = ("reference", "pairwise", "sequential")
NUMBER_STEPS = ("sd", "2sd", "iqr", "minmax")


@dataclass(frozen=True)
class Contrast:
    """Two states of one predictor.

    Parameters
    ----------
    term : str
        The predictor.
    low, high : Change or None
        None leaves the rows as they are.
    names : tuple of str
        What the states are called; for a step ``("x", "x + 1")``.
    slope : bool
        Whether the difference is divided by the distance.
    default : bool
        Whether it is the step of a predictor for which none was asked.
    back : float or None
        The step, where some rows take it back: from ``x - back`` to ``x``.
    """

    term: str
    low: Change | None
    high: Change | None
    names: tuple[str, str]
    slope: bool = False
    default: bool = False
    back: float | None = None

    def label(self, operator: str) -> str:
        """Return the contrast as text, such as ``"+1"``, ``"b - a"`` or ``"dY/dX"``."""
        if self.slope:
            return operator
        if self.back is not None:
            return f"{self.names[1]}, back at the end"
        if self.low is None:
            return self.names[1]
        return f"{self.names[1]} {operator} {self.names[0]}"

    @property
    def step(self) -> float | None:
        """How much is added to a number, or None."""
        if self.back is not None:
            return self.back
        if self.low is None and self.high is not None and self.high.add:
            return float(self.high.value)
        return None

    def distance(self, table: Table) -> np.ndarray:
        """Return by how much the predictor differs between the two states, (rows,)."""
        high = table[self.term] if self.high is None else self.high.column(table).values
        low = table[self.term] if self.low is None else self.low.column(table).values
        return np.asarray(high - low, dtype=float)


def contrasts_of(design: Design, variables: Any, weights: np.ndarray) -> list[Contrast]:
    """Return the contrasts of predictors, as ``variables`` states them.

    Parameters
    ----------
    design : Design
    variables : None, str, list of str, or dict
        Predictors, each with what is compared: for a number a step (1 by default), ``"sd"``,
        ``"2sd"``, ``"iqr"``, ``"minmax"`` or a pair of values; for a category ``"reference"``
        (the default), ``"pairwise"``, ``"sequential"`` or a pair of levels.
    weights : ndarray, shape (rows,)
        Of the fitted rows, for sds and quantiles.

    Raises
    ------
    DesignError
        If a name is not a predictor, a level is not known, or a step does not fit.
    """
    return [
        contrast
        for name, spec in asked_of(design, variables).items()
        for contrast in _contrasts(design, name, spec, weights)
    ]


def slopes_of(design: Design, variables: Any, weights: np.ndarray) -> list[Contrast]:
    """Return a small step around each row's own value for numbers, contrasts for the others.

    The step is 1e-5 of the range of the data to each side.

    Parameters
    ----------
    design : Design
    variables : None, str, list of str, or dict
        Predictors; values of a dict are passed over.
    weights : ndarray, shape (rows,)
        Of the fitted rows: the range is that of rows with cases.

    Raises
    ------
    DesignError
        If a name is not a predictor.
    """
    result: list[Contrast] = []
    for name in asked_of(design, list(asked_of(design, variables))):
        if _kind(design, name) != "number" or _is_indicator(design, name):
            result += _contrasts(design, name, None, weights)
            continue
        values = design.columns[name][weights > 0.0]
        low, high = float(values.min()), float(values.max())
        step = 1e-5 * (high - low if high > low else max(1.0, abs(high)))
        result.append(
            Contrast(
                name,
                Change(name, -step, add=True),
                Change(name, step, add=True),
                ("", ""),
                slope=True,
            )
        )
    return result


def combinations_of(
    design: Design, variables: Any, weights: np.ndarray
) -> list[tuple[Change, ...]]:
    """Return every combination of the values that ``variables`` lists, as changes of all rows.

    A number without values takes its five-number summary, a category its levels.

    Parameters
    ----------
    design : Design
    variables : str, list of str, or dict
        Predictors, with one value or several in a dict.
    weights : ndarray, shape (rows,)
        Of the fitted rows, for quantiles.

    Raises
    ------
    DesignError
        If a name is not a predictor, or a value does not suit it.
    """
    combinations_so_far: list[tuple[Change, ...]] = [()]
    for name, spec in asked_of(design, variables).items():
        kind = _kind(design, name)
        own = design.columns[name]
        if spec is not None:
            values = [spec] if isinstance(spec, str) or np.ndim(spec) == 0 else list(spec)
        elif kind == "number" and not _is_indicator(design, name):
            values = sorted(set(quantiles(own, [0.0, 0.25, 0.5, 0.75, 1.0], weights).tolist()))
        else:
            values = _levels(design, name)
        if not values:
            raise DesignError(
                f"{name!r} was given no value; expected one or more; write for example "
                f"variables={{{name!r}: [1, 2]}}, or leave the values out"
            )
        changes = [_set(design, name, value) for value in values]
        combinations_so_far = [(*done, one) for done in combinations_so_far for one in changes]
    return combinations_so_far


def asked_of(design: Design, variables: Any) -> dict[str, Any]:
    """Return each predictor with the change given for it, or refuse an unknown one.

    Parameters
    ----------
    design : Design
    variables : None, str, list of str, or dict
        All predictors that vary by default.

    Raises
    ------
    DesignError
    """
    if variables is None:
        found: dict[str, Any] = dict.fromkeys(_varying(design))
    elif isinstance(variables, str):
        found = {variables: None}
    elif isinstance(variables, Mapping):
        found = dict(variables)
    elif isinstance(variables, Iterable):
        found = dict.fromkeys(variables)
    else:
        raise DesignError(
            f"variables={variables!r} is not understood; expected a predictor's name, a list of "
            "names, or a dict such as {'hours': 2}"
        )
    for name in found:
        if name not in design.columns:
            raise DesignError(
                f"{name!r} is not a predictor of this model; expected "
                + (
                    f"some of {listing(design.columns)}; name one of them."
                    if design.columns
                    else "one, and the model has none; ask predictions() for probabilities."
                )
                + nearest(name, design.columns)
            )
    if not found:
        raise DesignError(
            "there is no predictor to vary, because the model has none or variables= is empty; "
            "expected at least one; use predictions() for the probability itself"
        )
    return found


def _varying(design: Design) -> list[str]:
    """Return the predictors that can be compared; say which have a single level, if others do."""
    single = [
        name
        for name in design.predictors
        if _kind(design, name) == "category" and len(_levels(design, name)) < 2
    ]
    if not single or len(single) == len(design.predictors):
        return list(design.predictors)
    warn(
        f"{listing(single)} has a single level, so there is nothing to compare, and was left out; "
        "expected two levels or more; name the predictors to compare by variables="
    )
    return [name for name in design.predictors if name not in single]


def _kind(design: Design, name: str) -> str:
    """Return ``"number"``, ``"boolean"`` or ``"category"``; a number in C() is a category."""
    kind = design.table().kind(name)
    if kind == "number" and any(
        part.startswith(f"{name}[") for label in design.names for part in label.split(":")
    ):
        return "category"
    return kind


def _is_indicator(design: Design, name: str) -> bool:
    values = design.columns[name]
    return values.dtype.kind in "iuf" and bool(np.isin(values, (0, 1)).all())


def _levels(design: Design, name: str) -> list[Any]:
    table = design.table()
    if table.kind(name) == "category":
        return list(table.levels(name))
    if table.kind(name) == "boolean":
        return [False, True]
    values: list[Any] = np.unique(design.columns[name]).tolist()
    return values


def _set(design: Design, name: str, value: Any) -> Change:
    """Return the change that sets a predictor, or refuse the value."""
    kind = _kind(design, name)
    if kind == "number":
        return Change(name, _number(name, value))
    levels = _levels(design, name)
    by_text = {value_text(level): level for level in levels}
    if value_text(value) not in by_text:
        raise DesignError(
            f"{value!r} is not a level of {name!r}; expected one of {listing(levels)}; name one "
            "of them." + nearest(value, by_text)
        )
    return Change(name, by_text[value_text(value)], design.table().kind(name))


def _number(name: str, value: Any) -> float:
    if callable(value):
        raise DesignError(
            f"{name!r} was given a function; expected a number, a step or a pair (from, to); "
            "compute the changed column yourself and compare predictions(newdata=...)"
        )
    if isinstance(value, bool | str) or np.ndim(value) != 0 or not np.isreal(value):
        raise DesignError(
            f"{name!r} was given {value!r}; expected a number, because the predictor is one; "
            f"write for example variables={{{name!r}: 1}}"
        )
    if not abs(value) < np.inf:  # a whole number may have any length
        raise DesignError(
            f"{name!r} was given {quoted(value)}; expected a finite number; write for example "
            f"variables={{{name!r}: 1}}"
        )
    return float(value)


def _is_pair(spec: Any) -> bool:
    return not isinstance(spec, str) and np.ndim(spec) == 1 and len(spec) == 2


def _contrasts(design: Design, name: str, spec: Any, weights: np.ndarray) -> list[Contrast]:
    if callable(spec):
        _number(name, spec)
    if _is_pair(spec):
        return [_between(design, name, spec[0], spec[1])]
    if not (spec is None or isinstance(spec, str) or np.ndim(spec) == 0):
        raise DesignError(
            f"{name!r} was given {spec!r}; expected a step, a word or a pair (from, to); write "
            f"for example variables={{{name!r}: (1, 3)}}"
        )
    if _kind(design, name) == "number":
        return [_of_number(design, name, spec, weights)]
    return _of_levels(design, name, spec)


def _between(design: Design, name: str, low: Any, high: Any) -> Contrast:
    one, two = _set(design, name, low), _set(design, name, high)
    if one == two:
        raise DesignError(
            f"{name!r} was to be compared between {low!r} and {high!r}, which are the same; "
            "expected two different values; change one of them"
        )
    return Contrast(name, one, two, (value_text(one.value), value_text(two.value)))


def _of_number(design: Design, name: str, spec: Any, weights: np.ndarray) -> Contrast:
    values, default = design.columns[name], spec is None
    if spec is None:
        if _is_indicator(design, name):
            return _between(design, name, 0, 1)
        spec = 1
    if isinstance(spec, str):
        if spec not in NUMBER_STEPS:
            raise DesignError(
                f"the step {spec!r} of {name!r} is not known; expected a number, a pair (from, to) "
                f"or one of {listing(NUMBER_STEPS)}; choose one of these."
                + nearest(spec, NUMBER_STEPS)
            )
        if spec in ("iqr", "minmax"):
            cuts = [0.25, 0.75] if spec == "iqr" else [0.0, 1.0]
            low, high = quantiles(values, cuts, weights).tolist()
            return _between(design, name, low, high)
        step = _sd(values, weights) * (2.0 if spec == "2sd" else 1.0)
        words = "+1 sd" if spec == "sd" else "+2 sd"
        return Contrast(name, None, Change(name, step, add=True), ("", words))
    step = _number(name, spec)
    if step == 0.0:
        raise DesignError(
            f"the step of {name!r} is 0, which changes nothing; expected another number; write "
            f"for example variables={{{name!r}: 1}}"
        )
    change = Change(name, step, add=True)
    return Contrast(name, None, change, ("", f"{step:+.6g}"), default=default)


def _sd(values: np.ndarray, weights: np.ndarray) -> float:
    total = weights.sum()
    squares = weights @ (values - weights @ values / total) ** 2
    return float(np.sqrt(squares / (total - 1.0 if total > 1.0 else total)))


def _of_levels(design: Design, name: str, spec: Any) -> list[Contrast]:
    levels = _levels(design, name)
    if spec is not None and not isinstance(spec, str):
        raise DesignError(
            f"{name!r} was given the step {spec!r}, but it has levels, not numbers; expected a "
            f"pair of its levels {listing(levels)} or one of {listing(CATEGORY_STEPS)}; write "
            f"for example variables={{{name!r}: 'pairwise'}}"
        )
    how = spec or "reference"
    if how not in CATEGORY_STEPS:
        raise DesignError(
            f"the step {spec!r} of {name!r} is not known; expected a pair of its levels "
            f"{listing(levels)} or one of {listing(CATEGORY_STEPS)}; choose one of these."
            + nearest(spec, CATEGORY_STEPS)
        )
    if len(levels) < 2:
        raise DesignError(
            f"{name!r} has the single level {levels[0]!r}, so there is nothing to compare; "
            "expected a predictor that varies; leave it out"
        )
    if how == "pairwise":
        pairs = list(combinations(levels, 2))
    elif how == "sequential":
        pairs = list(pairwise(levels))
    else:
        base = design.references.get(name, value_text(levels[0]))
        reference = next((level for level in levels if value_text(level) == base), levels[0])
        pairs = [(reference, level) for level in levels if level != reference]
    return [_between(design, name, low, high) for low, high in pairs]
