"""Arithmetic expressions on columns, the same for new rows as for fitted ones, as factors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bayeslogit.design.formula.syntax import Binary, Call, Name, Node, Number, Unary, names_in
from bayeslogit.errors import DesignError, listing, quoted
from bayeslogit.tables.table import Table

__all__ = ["Flag", "Learn", "Numeric", "State", "evaluate", "true_or_false", "unchecked"]

State = dict[str, Any]
# Whether rows are those of the fit, or how many cases each of these holds.
Learn = bool | np.ndarray

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
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
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
            f"or use {Name(name).shown} or C({Name(name).shown}) as a factor."
        )
    return np.ascontiguousarray(table[name], dtype=np.float64)


def evaluate(node: Node, table: Table, state: State, learn: Learn) -> np.ndarray:
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
    learn : bool or np.ndarray of shape (rows,)
        Whether these are the rows of the fit, whose means and standard deviations are used; or
        how many cases each of them holds.

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


def unchecked(node: Node, table: Table, state: State) -> np.ndarray:
    """Return the values of an expression in any rows, (rows,), finite or not.

    Parameters
    ----------
    node : Node
    table : Table
        Complete rows.
    state : dict
        As for :func:`evaluate`, filled.
    """
    with np.errstate(all="ignore"):
        values = np.asarray(_compute(node, table, state, False), dtype=np.float64)
    return np.broadcast_to(values, (table.n_rows,))


def _compute(node: Node, table: Table, state: State, learn: Learn) -> Any:
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
    if learn is not False and node.text not in state:
        state[node.text] = _spread(node, value, table, learn)
    mean, sd = state[node.text]
    return (value - mean) / sd if node.function == "scale" else value - mean


def _spread(node: Call, value: np.ndarray, table: Table, learn: Learn) -> tuple[float, float]:
    """Return the mean, and for ``scale`` the standard deviation with n - 1, over cases."""
    _check_finite(value, node.arguments[0], table)
    cases = np.ones(len(value)) if isinstance(learn, bool) else learn
    mean = float(np.average(value, weights=None if isinstance(learn, bool) else cases))
    if node.function == "center":
        return mean, 1.0
    sd = float(np.sqrt(np.sum(cases * (value - mean) ** 2) / max(cases.sum() - 1.0, 1.0)))
    if not sd > 0:
        raise DesignError(
            f"{node.shown} divides by the standard deviation, which is 0: every value of "
            f"{node.arguments[0].shown} is {value[0]:g}. At least two different values were "
            "expected; leave the term out."
        )
    return mean, sd


def _check_finite(values: np.ndarray, node: Node, table: Table) -> None:
    wrong = ~np.isfinite(values)
    if not wrong.any():
        return
    first = int(np.flatnonzero(wrong)[0])
    used = dict.fromkeys(names_in(node))
    given = ", ".join(f"{quoted(name, 60)} is {table[name][first]}" for name in list(used)[:3])
    raise DesignError(
        f"{node.shown} is {values[first]} in {table.row(first)} of the {table.what}, where "
        f"{given}; finite numbers were expected. Correct the value, or use another expression, "
        "such as log(x + 1) instead of log(x)."
    )


@dataclass(frozen=True, eq=False)
class Numeric:
    """A numeric factor: an expression that gives one column.

    Parameters
    ----------
    node : Node
        The expression.
    name : str
        Name of its coefficient.
    state : dict
        What ``center`` and ``scale`` have learnt.
    """

    node: Node
    name: str
    state: State = field(default_factory=dict, repr=False)

    width = 1
    spans_intercept = False

    def learn(self, table: Table, cases: Learn = True) -> np.ndarray:
        """Return the values in the rows of the fit, shape (rows, 1).

        Parameters
        ----------
        table : Table
        cases : bool or np.ndarray of shape (rows,)
            How many cases each row holds; True where that is one.
        """
        return evaluate(self.node, table, self.state, learn=cases)[:, None]

    def code(self, table: Table) -> np.ndarray:
        """Return the values in any rows, shape (rows, 1)."""
        return evaluate(self.node, table, self.state, learn=False)[:, None]

    def defined(self, table: Table) -> np.ndarray:
        """Return in which rows it is a finite number, shape (rows,)."""
        return np.isfinite(unchecked(self.node, table, self.state))

    def kept(self, complete: bool) -> list[int]:
        """Return the positions of its columns; ``complete`` matters for levels only."""
        return [0]

    def labels(self, complete: bool) -> list[str]:
        """Return the names of its columns; ``complete`` matters for levels only."""
        return [self.name]


@dataclass(frozen=True, eq=False)
class Flag:
    """A factor that is true or false: a boolean column or a comparison.

    Where False can be left out its one column is 1 where it is true. Where it cannot, as in
    ``x:t`` without ``t``, False and True have a column each, as the levels of any factor.

    Parameters
    ----------
    node : Node
        The expression.
    name : str
        Name of its coefficients; that of True alone, where False is left out.
    state : dict
        What ``center`` and ``scale`` inside it have learnt.
    """

    node: Node
    name: str
    state: State = field(default_factory=dict, repr=False)

    width = 2
    spans_intercept = True

    def learn(self, table: Table, cases: Learn = True) -> np.ndarray:
        """Return the shares of False and True in the rows of the fit, shape (rows, 2).

        Parameters
        ----------
        table : Table
        cases : bool or np.ndarray of shape (rows,)
            How many cases each row holds; True where that is one.
        """
        return self._shares(evaluate(self.node, table, self.state, learn=cases), table)

    def code(self, table: Table) -> np.ndarray:
        """Return the shares of False and True in any rows, shape (rows, 2).

        Raises
        ------
        DesignError
            A number is not from 0 (False) to 1 (True).
        """
        return self._shares(evaluate(self.node, table, self.state, learn=False), table)

    def _shares(self, true: np.ndarray, table: Table) -> np.ndarray:
        wrong = ~((true >= 0.0) & (true <= 1.0))
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            raise DesignError(
                f"{self.node.shown} of the {table.what} is {true[first]:g} in {table.row(first)}, "
                "and was True or False in the fit; True, False, or a share from 0 to 1 was "
                "expected. Correct the value."
            )
        return np.stack([1.0 - true, true], axis=1)

    def defined(self, table: Table) -> np.ndarray:
        """Return in which rows it is a finite number, shape (rows,)."""
        return np.isfinite(unchecked(self.node, table, self.state))

    def kept(self, complete: bool) -> list[int]:
        """Return the positions of its columns: False and True if ``complete``, else True."""
        return [0, 1] if complete else [1]

    def labels(self, complete: bool) -> list[str]:
        """Return the names of its columns; where False is left out, the name alone."""
        return [f"{self.name}[False]", f"{self.name}[True]"] if complete else [self.name]


def true_or_false(node: Node, table: Table) -> bool:
    """Return whether an expression is a boolean column or a comparison, also inside I().

    Parameters
    ----------
    node : Node
    table : Table
        The rows of the fit; only kinds are read here.
    """
    if isinstance(node, Call) and node.function == "I":
        return true_or_false(node.arguments[0], table)
    if isinstance(node, Name):
        return table.kind(node.name) == "boolean"
    return isinstance(node, Binary) and node.operator in _COMPARISONS
