"""Values of arithmetic expressions on columns, the same for new rows as for fitted ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bayeslogit.design.formula.syntax import Binary, Call, Name, Node, Number, Unary, names_in
from bayeslogit.errors import DesignError, listing
from bayeslogit.tables.table import Table

__all__ = ["State", "evaluate"]

State = dict[str, Any]

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_ELEMENTWISE: dict[str, Callable[[Any], Any]] = {
    "I": lambda x: x,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "exp": np.exp,
    "sqrt": np.sqrt,
}


def _numbers(table: Table, name: str, used_in: str) -> np.ndarray:
    """Return a column as float64; booleans are 0 and 1."""
    if table.kind(name) == "category":
        raise DesignError(
            f"Column {name!r} of the {table.what} holds text or categories "
            f"({listing(table.levels(name), 3)}), but {used_in} needs numbers. Convert the column, "
            f"or use {Name(name).text} or C({Name(name).text}) as a factor."
        )
    return np.ascontiguousarray(table[name], dtype=np.float64)


def evaluate(node: Node, table: Table, state: State, learn: bool) -> np.ndarray:
    """Return the values of an arithmetic expression, checked to be finite.

    Parameters
    ----------
    node : Node
        Arithmetic on columns and numbers, with calls that give one column.
    table : Table
        Complete rows.
    state : dict
        Mean and standard deviation of each ``center`` and ``scale``, by the text of the call;
        filled if ``learn``.
    learn : bool
        Whether these are the rows of the fit, whose means and standard deviations are used.

    Returns
    -------
    np.ndarray of float64, shape (rows,)

    Raises
    ------
    DesignError
        A column holds text, or the result is not finite, such as the logarithm of 0.
    """
    with np.errstate(all="ignore"):
        values = _compute(node, table, state, learn)
    values = np.broadcast_to(values, (table.n_rows,)).astype(np.float64, copy=False)
    if not isinstance(node, Name):
        _check_finite(values, node, table)
    return values


def _compute(node: Node, table: Table, state: State, learn: bool) -> Any:
    if isinstance(node, Number):
        return np.float64(node.value)
    if isinstance(node, Name):
        return _numbers(table, node.name, "the formula")
    if isinstance(node, Unary):
        value = _compute(node.operand, table, state, learn)
        return -value if node.operator == "-" else value
    if isinstance(node, Binary):
        left = _compute(node.left, table, state, learn)
        right = _compute(node.right, table, state, learn)
        return np.asarray(_BINARY[node.operator](left, right), dtype=np.float64)
    assert isinstance(node, Call)
    value = _compute(node.arguments[0], table, state, learn)
    if node.function in _ELEMENTWISE:
        return _ELEMENTWISE[node.function](value)
    value = np.broadcast_to(value, (table.n_rows,))
    if learn and node.text not in state:
        state[node.text] = _spread(node, value, table)
    mean, sd = state[node.text]
    return (value - mean) / sd if node.function == "scale" else value - mean


def _spread(node: Call, value: np.ndarray, table: Table) -> tuple[float, float]:
    """Return the mean, and for ``scale`` the standard deviation with n - 1."""
    _check_finite(value, node.arguments[0], table)
    mean = float(np.mean(value))
    if node.function == "center":
        return mean, 1.0
    sd = float(np.sqrt(np.sum((value - mean) ** 2) / max(len(value) - 1, 1)))
    if not sd > 0:
        raise DesignError(
            f"{node.text} divides by the standard deviation, which is 0: every value of "
            f"{node.arguments[0].text} is {value[0]:g}. At least two different values were "
            "expected; leave the term out."
        )
    return mean, sd


def _check_finite(values: np.ndarray, node: Node, table: Table) -> None:
    wrong = ~np.isfinite(values)
    if not wrong.any():
        return
    first = int(np.flatnonzero(wrong)[0])
    used = dict.fromkeys(names_in(node))
    given = ", ".join(f"{name!r} is {table[name][first]}" for name in used)
    raise DesignError(
        f"{node.text} is {values[first]} in {table.row(first)} of the {table.what}, where {given}; "
        "finite numbers were expected. Correct the value, or use another expression, such as "
        "log(x + 1) instead of log(x)."
    )
