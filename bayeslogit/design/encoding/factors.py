"""Factors of a term, coded as numbers or levels: expressions, bases and categories.

A factor keeps what it learns from the rows of the fit; coding these again gives the same bits.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bayeslogit.design.encoding.bases import basis
from bayeslogit.design.encoding.evaluate import (
    Flag,
    Learn,
    Numeric,
    State,
    evaluate,
    true_or_false,
    unchecked,
)
from bayeslogit.design.encoding.smooths import BOUNDARY, SIZE, WAVES, penalised, waves
from bayeslogit.design.encoding.steps import Steps, labelled, positions, steps
from bayeslogit.design.formula.functions import FUNCTIONS, column_of, options_of
from bayeslogit.design.formula.syntax import Call, Name, Node
from bayeslogit.errors import DesignError, listing, nearest, quoted
from bayeslogit.tables.columns import label
from bayeslogit.tables.table import Table

__all__ = ["Basis", "Category", "Factor", "Numeric", "Steps", "make"]

# Values of x that a curve needs: a straight line, and something to depart from it.
_LEAST_VALUES = 4
_NAMES_OF_CLASSES = 10  # up to this many different numbers may be names of classes


@dataclass(frozen=True, eq=False)
class Basis:
    """A basis: a call of ``poly``, ``bs``, ``cr``, ``s`` or ``hsgp``: columns of one expression.

    Parameters
    ----------
    call : Call
    name : str
        Name of its coefficients, before their number.
    width : int
        Number of columns.
    state : dict
        Knots, bounds and norms that it has learnt.
    """

    call: Call
    name: str
    width: int
    state: State = field(default_factory=dict, repr=False)

    spans_intercept = False

    def learn(self, table: Table, cases: Learn = True) -> np.ndarray:
        """Return the columns in the rows of the fit, shape (rows, width).

        Parameters
        ----------
        table : Table
        cases : bool or np.ndarray of shape (rows,)
            How many cases each row holds; True where that is one.
        """
        every = evaluate(self.call.arguments[0], table, self.state, learn=cases)
        x, held = every, None
        if not isinstance(cases, bool):
            # Rows that hold no case have no say in ranges and knots.
            x, held = every[cases > 0.0], cases[cases > 0.0]
        poly = self.call.function == "poly"
        least = self.width + 1 if poly else max(self.width, 2)
        least = _LEAST_VALUES if self.curved else least
        distinct = len(np.unique(x))
        if distinct < least:
            raise DesignError(
                f"{self.call.shown} needs at least {least} different values, but "
                f"{self.call.arguments[0].shown} has {distinct}. Use fewer columns, or the plain "
                "column."
            )
        if not (poly or self.curved):
            self._check_knots(x)
        columns = self._columns(x, table, held)
        return columns if len(x) == len(every) else self._columns(every, table)

    @property
    def curved(self) -> bool:
        """Whether scales of its columns are learned."""
        return self.call.function in ("s", "hsgp")

    @property
    def first_learned(self) -> int:
        """The first column whose scale is learned: of ``s`` all but one, a straight line."""
        return {"s": 1, "hsgp": 0}.get(self.call.function, self.width)

    @property
    def basis(self) -> tuple[float, ...]:
        """Of ``hsgp``: half of the range, boundary factor and number of functions."""
        if self.call.function != "hsgp":
            return ()
        low, high = (self.state[self.call.text][name] for name in ("low", "high"))
        return 0.5 * (high - low), options_of(self.call).get("c", BOUNDARY), self.width

    def code(self, table: Table) -> np.ndarray:
        """Return the columns in any rows, shape (rows, width)."""
        x = evaluate(self.call.arguments[0], table, self.state, learn=False)
        return self._columns(x, table)

    def defined(self, table: Table) -> np.ndarray:
        """Return in which rows it has values, inside the knots of a B-spline, shape (rows,)."""
        x = unchecked(self.call.arguments[0], table, self.state)
        knots = self.state.get(self.call.text, {})
        if self.call.function == "hsgp":
            return np.isfinite(x) & (np.abs(_units(x, knots)) <= _reach(options_of(self.call)))
        if not self._bounded:
            return np.isfinite(x)
        inside: np.ndarray = (x >= knots["lower_bound"]) & (x <= knots["upper_bound"])
        return inside

    @property
    def _bounded(self) -> bool:
        options = options_of(self.call)
        return self.call.function == "bs" and options.get("extrapolation", "raise") == "raise"

    def _columns(self, x: np.ndarray, table: Table, cases: np.ndarray | None = None) -> np.ndarray:
        if not len(x):
            return np.empty((0, self.width))
        options = options_of(self.call)
        memory = self.state.setdefault(self.call.text, {})
        if self._bounded and len(x) == table.n_rows:
            self._check_range(x, table, memory or options)
        if self.call.function == "hsgp" and memory:
            self._check_reach(x, table, memory)
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                if self.call.function == "s":
                    columns = penalised(x, options, memory)
                elif self.curved:
                    columns = waves(x, options, memory)
                else:
                    columns = basis(self.call.function, x, options, memory, cases)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            raise DesignError(
                f"{self.call.shown} cannot be computed from the {table.n_rows} values of "
                f"{self.call.arguments[0].shown}, which run from {x.min():g} to {x.max():g}: "
                f"{' '.join(str(error).split())} Knots inside the range, and fewer columns than "
                "different values, were expected; change the options of the call."
            ) from None
        if columns.shape[1] != self.width or not np.isfinite(columns).all():
            raise DesignError(
                f"{self.call.shown} gives no finite columns for the values of "
                f"{self.call.arguments[0].shown}, which run from {x.min():g} to {x.max():g}. "
                "Distinct knots inside the range were expected; change the options of the call."
            )
        return columns

    def _check_knots(self, x: np.ndarray) -> None:
        options = options_of(self.call)
        low = options.get("lower_bound", x.min())
        high = options.get("upper_bound", x.max())
        knots = options.get("knots", [])
        if low >= high or any(not low < knot < high for knot in knots):
            raise DesignError(
                f"{self.call.shown} has knots {quoted(knots, 100)} and bounds from {low:g} to "
                f"{high:g} (of {self.call.arguments[0].shown}, where not given); increasing bounds "
                "and knots between them were expected. Change the options of the call."
            )

    def _check_range(self, x: np.ndarray, table: Table, memory: State) -> None:
        low, high = memory.get("lower_bound", x.min()), memory.get("upper_bound", x.max())
        outside = (x < low) | (x > high)
        if outside.any():
            first = int(np.flatnonzero(outside)[0])
            raise DesignError(
                f"{self.call.shown} is known from {low:g} to {high:g}, but "
                f"{self.call.arguments[0].shown} is {x[first]:g} in {table.row(first)} of the "
                f"{table.what}. A value in this range was expected; a natural spline cr(x, df=4) "
                "continues as a straight line outside, and bs(..., extrapolation='clip') as a "
                "constant."
            )

    def _check_reach(self, x: np.ndarray, table: Table, memory: State) -> None:
        reach = _reach(options_of(self.call))
        outside = np.abs(_units(x, memory)) > reach
        if outside.any():
            first = int(np.flatnonzero(outside)[0])
            middle, half = _middle(memory)
            raise DesignError(
                f"{self.call.shown} is known from {middle - reach * half:g} to "
                f"{middle + reach * half:g}, but {self.call.arguments[0].shown} is {x[first]:g} in "
                f"{table.row(first)} of the {table.what}. A value in this range was expected, for "
                "the basis ends soon after it; set a larger boundary factor c=, or write "
                f"s({self.call.arguments[0].shown}), which goes on as a straight line."
            )

    def kept(self, complete: bool) -> list[int]:
        """Return the positions of its columns; ``complete`` matters for levels only."""
        return list(range(self.width))

    def labels(self, complete: bool) -> list[str]:
        """Return the names of its columns; ``complete`` matters for levels only."""
        if self.call.function == "s":
            return [f"{self.name}[{i or 'linear'}]" for i in range(self.width)]
        return [f"{self.name}[{i + 1}]" for i in range(self.width)]


@dataclass(frozen=True, eq=False)
class Category:
    """A categorical factor, coded by indicators of its levels.

    Parameters
    ----------
    column : str
        Name of the column.
    name : str
        Name of its coefficients, before the level.
    levels : tuple of str
        Its levels as text, in order.
    reference : str
        The level without an indicator, where one is left out.
    others : bool
        Whether levels that are not known are one more, behind the last.
    """

    column: str
    name: str
    levels: tuple[str, ...]
    reference: str
    others: bool = False

    spans_intercept = True

    @property
    def width(self) -> int:
        """The number of levels."""
        return len(self.levels)

    def defined(self, table: Table) -> np.ndarray:
        """Return in which rows its levels are known: all, as they do not change by steps."""
        return np.ones(table.n_rows, dtype=bool)

    def learn(self, table: Table, cases: Learn = True) -> np.ndarray:
        """Return the position of each row's level in the rows of the fit, shape (rows,).

        Parameters
        ----------
        table : Table
        cases : bool or np.ndarray of shape (rows,)
            How many cases each row holds; True where that is one.
        """
        return self.code(table)

    def code(self, table: Table) -> np.ndarray:
        """Return the position of each row's level, shape (rows,).

        Raises
        ------
        DesignError
            A row has a level that did not occur in the fit.
        """
        return positions(table, self.column, self.levels, "C(g, levels=[...])", others=self.others)

    def kept(self, complete: bool) -> list[int]:
        """Return the positions of the levels with an indicator: all, or all but the reference."""
        return [i for i, level in enumerate(self.levels) if complete or level != self.reference]

    def labels(self, complete: bool) -> list[str]:
        """Return the names of its columns, with the reference level if ``complete``."""
        mark = "" if complete else "T."
        return [f"{self.name}[{mark}{self.levels[i]}]" for i in self.kept(complete)]


Factor = Numeric | Flag | Basis | Category | Steps


def _middle(memory: State) -> tuple[float, float]:
    """Return middle and half of the range of the rows of the fit."""
    return 0.5 * (memory["low"] + memory["high"]), 0.5 * (memory["high"] - memory["low"])


def _units(x: np.ndarray, memory: State) -> np.ndarray:
    """Return x in halves of the range, from its middle."""
    middle, half = _middle(memory)
    units: np.ndarray = (x - middle) / half
    return units


def _reach(options: dict[str, Any]) -> float:
    """Return how far from the middle a basis of waves is used, in halves of the range."""
    boundary: float = options.get("c", BOUNDARY)
    return 1.0 + 0.25 * (boundary - 1.0)


def make(node: Node, table: Table, name: str, flags: bool = True) -> Factor:
    """Return a factor of a term, by the kind of its column.

    Parameters
    ----------
    node : Node
        The expression of the factor.
    table : Table
        The rows of the fit; only kinds and levels are read here.
    name : str
        Name of its coefficients.
    flags : bool
        Whether what is true or false is a factor, or else a number, 0 or 1.
    """
    if isinstance(node, Name) and table.kind(node.name) == "category":
        _refuse_spoilt_numbers(node.name, table)
        return _category(node.name, table, name, {})
    if isinstance(node, Call) and node.function == "C":
        return _category(column_of(node), table, name, options_of(node))
    if isinstance(node, Call) and node.function == "mo":
        _refuse_spoilt_numbers(column_of(node), table)
        return steps(node, table, name)
    if isinstance(node, Call) and FUNCTIONS[node.function].gives == "columns":
        return Basis(node, name, _width(node))
    return Flag(node, name) if flags and true_or_false(node, table) else Numeric(node, name)


def _refuse_spoilt_numbers(column: str, table: Table) -> None:
    """Refuse text whose values are nearly all numbers: one typing error makes a column text.

    Where all values are numbers the text was intended, and a few numbers are names of classes.
    """
    if table.kind(column) != "category":
        return
    levels = table.levels(column)
    spoilt = {level for level in levels if isinstance(level, str) and not _is_number(level)}
    commas = sum(_is_number(level.replace(",", ".")) for level in spoilt)
    plain = len(levels) - len(spoilt)
    if not spoilt or plain + commas <= max(_NAMES_OF_CLASSES, len(levels) / 2):
        return
    values = table[column]
    row = next(i for i, value in enumerate(values.tolist()) if value in spoilt)
    found = "numbers" if plain else "numbers with a decimal comma"
    raise DesignError(
        f"Column {column!r} of the {table.what} is the text {str(values[row])!r} in "
        f"{table.row(row)}, and {plain or commas} of its {len(levels)} different values are "
        f"{found}; a column of numbers was expected. Correct the value, or make it missing; for a "
        f"coefficient for each value write C({Name(column).shown})."
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _width(call: Call) -> int:
    options = options_of(call)
    width: int
    if call.function == "s":
        width = options.get("k", SIZE) - 1
        return width
    if call.function == "hsgp":
        width = options.get("m", WAVES)
        return width
    if call.function == "poly":
        width = options["degree"]
        return width
    if "df" in options:
        width = options["df"]
        return width
    knots = len(options.get("knots", ()))
    width = knots + (options.get("degree", 3) if call.function == "bs" else 1)
    return width


def _category(column: str, table: Table, name: str, options: dict[str, Any]) -> Category:
    found, _ = labelled(table, column)
    levels = tuple(label(level) for level in options["levels"]) if "levels" in options else None
    if levels is None:
        levels = tuple(found)
    if len(set(levels)) < len(levels):
        raise DesignError(
            f"The levels of {column!r} are {listing(levels)}, and one of them occurs twice. Each "
            "level was expected once; correct the list."
        )
    reference = label(options["reference"]) if "reference" in options else levels[0]
    if reference not in levels:
        raise _no_reference(column, reference, levels)
    return Category(column, name, levels, reference)


def _no_reference(column: str, reference: str, levels: Iterable[str]) -> DesignError:
    levels = tuple(levels)
    return DesignError(
        f"The reference {reference!r} is not among the levels of {column!r}, which are "
        f"{listing(levels)}.{nearest(reference, levels)} Choose one of them."
    )
