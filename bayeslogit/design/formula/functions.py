"""The table of functions that a formula may call, and the check of their arguments."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from bayeslogit.design.formula.syntax import Call, Items, Name, Node, Number, Text, Unary
from bayeslogit.errors import listing, nearest, quoted

__all__ = ["FUNCTIONS", "Function", "UnusableError", "column_of", "options_of"]

MAX_DEGREE = 20
LEAST_SPLINES = 5
LEAST_WAVES = 8
MAX_COLUMNS = 200  # of one basis; beyond it a spline is a noisy way to write the data again


class UnusableError(Exception):
    """An argument that a function does not take: what was found, and what to write."""

    def __init__(self, found: str, advice: str) -> None:
        super().__init__(found)
        self.found = found
        self.advice = advice


def _literal(node: Node) -> Any:
    if isinstance(node, Number | Text):
        return node.value
    if isinstance(node, Items):
        return [_literal(item) for item in node.items]
    if isinstance(node, Unary) and isinstance(node.operand, Number):
        return -node.operand.value if node.operator == "-" else node.operand.value
    if isinstance(node, Name) and node.name in ("True", "False", "None"):
        return {"True": True, "False": False, "None": None}[node.name]
    raise ValueError


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_COLUMNS


def _degree(value: Any) -> bool:
    return _count(value) and value <= MAX_DEGREE


def _splines(value: Any) -> bool:
    return _count(value) and value >= LEAST_SPLINES


def _waves(value: Any) -> bool:
    return _count(value) and value >= LEAST_WAVES


def _boundary(value: Any) -> bool:
    return _number(value) and 1.2 <= value <= 20.0


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MAX_COLUMNS and all(map(_number, value))


def _label(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _labels(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(map(_label, value))


def _outside(value: Any) -> bool:
    return value in ("raise", "clip", "extend", "zero")


Option = tuple[Callable[[Any], bool], str]
_COUNT: Option = (_count, f"a whole number from 1 to {MAX_COLUMNS}")
_DEGREE: Option = (_degree, f"a whole number from 1 to {MAX_DEGREE}")
_NUMBER: Option = (_number, "a number")
_COLUMN: Option = (lambda value: value is Ellipsis, "the name of a column")
_NUMBERS: Option = (_numbers, f"at most {MAX_COLUMNS} numbers in a list, such as [1, 2.5]")


@dataclass(frozen=True)
class Function:
    """A function of formulas: the kind of its result, and the options it takes.

    Parameters
    ----------
    gives : {"number", "columns", "category", "offset"}
        One column of numbers (may be used inside other calls), several, a factor, or an offset.
    usage : str
        An example call, for error messages.
    options : dict
        Name of each option to its check and a description of the values expected, in the order
        in which they may be given without a name.
    by_position : bool
        Whether options may be given without a name.
    """

    gives: Literal["number", "columns", "category", "offset"]
    usage: str
    options: dict[str, Option]
    by_position: bool = True


def _elementwise(name: str) -> Function:
    return Function("number", f"{name}(x)", {})


FUNCTIONS: dict[str, Function] = {
    **{
        name: _elementwise(name)
        for name in ("I", "log", "log2", "log10", "exp", "sqrt", "center", "scale")
    },
    "offset": Function("offset", "offset(x)", {}),
    "C": Function(
        "category",
        'C(g, reference="b", levels=["a", "b"])',
        {
            "reference": (_label, "one of the levels"),
            "levels": (_labels, 'a list of levels, such as ["a", "b"]'),
        },
        by_position=False,
    ),
    "poly": Function("columns", "poly(x, 2)", {"degree": _DEGREE}),
    "bs": Function(
        "columns",
        "bs(x, df=5, degree=3)",
        {
            "df": _COUNT,
            "knots": _NUMBERS,
            "degree": _DEGREE,
            "lower_bound": _NUMBER,
            "upper_bound": _NUMBER,
            "extrapolation": (_outside, "'raise', 'clip', 'extend' or 'zero'"),
        },
    ),
    "s": Function(
        "columns",
        "s(x, by=g)",
        {
            "k": (_splines, f"a whole number from {LEAST_SPLINES} to {MAX_COLUMNS}"),
            "by": _COLUMN,
        },
        by_position=False,
    ),
    "hsgp": Function(
        "columns",
        "hsgp(x, m=40, c=4)",
        {
            "m": (_waves, f"a whole number from {LEAST_WAVES} to {MAX_COLUMNS}"),
            "c": (_boundary, "a number from 1.2 to 20"),
            "by": _COLUMN,
        },
        by_position=False,
    ),
    "mo": Function(
        "columns",
        'mo(x, levels=["low", "mid", "high"])',
        {"levels": (_labels, 'the levels from lowest to highest, such as ["low", "high"]')},
        by_position=False,
    ),
    "cr": Function(
        "columns",
        "cr(x, df=4)",
        {
            "df": _COUNT,
            "knots": _NUMBERS,
            "lower_bound": _NUMBER,
            "upper_bound": _NUMBER,
        },
    ),
}


def options_of(call: Call) -> dict[str, Any]:
    """Return the options of a call as numbers, text and lists.

    Raises
    ------
    UnusableError
        If the call has no expression, or an option that is unknown or has an unusable value.
    """
    function = FUNCTIONS[call.function]
    if not call.arguments:
        raise UnusableError(f"{call.function}() has no column", f"Write {function.usage}.")
    positional = call.arguments[1:]
    allowed = list(function.options) if function.by_position else []
    if len(positional) > len(allowed):
        extra = positional[len(allowed)].text
        raise UnusableError(
            f"{call.function}() does not take {extra} there", f"Write {function.usage}."
        )
    given = [*zip(allowed, positional, strict=False), *call.keywords]
    out: dict[str, Any] = {}
    for name, node in given:
        if name not in function.options:
            known = listing(function.options)
            raise UnusableError(
                f"{call.function}() has no option {name!r}",
                f"It takes {known}.{nearest(name, function.options)} Write {function.usage}.",
            )
        if name in out:
            raise UnusableError(
                f"{call.function}() is given {name!r} twice", f"Write {function.usage}."
            )
        check, wanted = function.options[name]
        try:
            value = _literal(node)
        except ValueError:
            value = Ellipsis
        if value is None:
            continue
        if not check(value):
            raise UnusableError(
                f"the option {name!r} of {call.function}() is {node.shown}",
                f"Expected {wanted}. Write {function.usage}.",
            )
        out[name] = value
    _check_together(call, out)
    return out


def _check_together(call: Call, options: dict[str, Any]) -> None:
    own = call.function
    if own in ("C", "mo") and not isinstance(call.arguments[0], Name):
        raise UnusableError(
            f"{own}() is given {call.arguments[0].shown}",
            f"Expected the name of one column: {own}(g).",
        )
    by = dict(call.keywords).get("by")
    if by is not None and not isinstance(by, Name):
        raise UnusableError(
            f"{own}() is given by={by.shown}", f"Expected the name of one column: {own}(x, by=g)."
        )
    if call.function == "poly" and "degree" not in options:
        raise UnusableError("poly() has no degree", "Write poly(x, 2).")
    if call.function in ("bs", "cr") and "df" in options and "knots" in options:
        raise UnusableError(
            f"{call.function}() has both df and knots", "Give one of the two: df places the knots."
        )
    knots = options.get("knots", [])
    if any(high <= low for low, high in pairwise(knots)):
        raise UnusableError(
            f"the knots of {call.function}() are {quoted(knots, 100)}",
            "Expected increasing numbers.",
        )
    if call.function == "cr" and not ("df" in options or "knots" in options):
        raise UnusableError("cr() has neither df nor knots", "Write cr(x, df=4).")
    if call.function == "bs" and "df" in options:
        least = options.get("degree", 3)
        if options["df"] < least:
            raise UnusableError(
                f"bs() has df={options['df']}, less than its degree {least}",
                f"Write df={least} or more, or a lower degree.",
            )


def column_of(call: Call) -> str:
    """Return the column of a call of ``C()`` or ``mo()``."""
    first = call.arguments[0]
    assert isinstance(first, Name)
    return first.name
