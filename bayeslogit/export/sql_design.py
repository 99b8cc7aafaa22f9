"""The columns of a design as expressions of SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from bayeslogit.design import Design
from bayeslogit.design.arrays import ArrayRecipe
from bayeslogit.design.encoding.evaluate import Flag
from bayeslogit.design.encoding.factors import Basis, Category, Factor, Numeric, Steps
from bayeslogit.design.encoding.recipe import FormulaRecipe
from bayeslogit.design.formula.syntax import Binary, Call, Name, Node, Number, Unary
from bayeslogit.errors import DesignError, listing, quoted
from bayeslogit.export.sql_dialects import number, text
from bayeslogit.export.sql_query import Piece, Query

__all__ = ["columns_of", "offset_of"]

_COMPARISONS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "=", "!=": "<>"}
# What is computed where the argument allows it, as the same call in a formula; else NULL.
_CALLS = {
    "log": "CASE WHEN {0} > 0e0 THEN ln({0}) END",
    "log2": "CASE WHEN {0} > 0e0 THEN ln({0}) / 0.6931471805599453e0 END",
    "log10": "CASE WHEN {0} > 0e0 THEN log10({0}) END",
    "sqrt": "CASE WHEN {0} >= 0e0 THEN sqrt({0}) END",
    "exp": "CASE WHEN {0} < -700e0 THEN 0e0 WHEN {0} <= 709e0 THEN exp({0}) END",
}
_POWER = (
    "CASE WHEN {0} > 0e0 OR ({0} = 0e0 AND {1} >= 0e0) OR ({0} < 0e0 AND {1} = floor({1})) "
    "THEN power({0}, {1}) END"
)


def columns_of(design: Design, query: Query) -> list[Piece]:
    """Return the columns of X, each an expression that is NULL where a row cannot be coded.

    Parameters
    ----------
    design : Design
        Without group-level terms.
    query : Query
        Gets the steps that they need.

    Raises
    ------
    DesignError
        If a term is one that SQL cannot express, or two columns are one in this dialect.
    """
    _refuse_alike(design, query)
    recipe = design.recipe
    if isinstance(recipe, ArrayRecipe):
        pieces = [_plain(name, design, query) for name in recipe.names]
    else:
        pieces = _products(recipe, design, query)
    if design.intercept:
        pieces = [Piece("1e0"), *pieces]
    if design.shift is None:
        return pieces
    return [
        piece if not by else query.let("x", f"({piece.sql} - {number(by)})", piece)
        for piece, by in zip(pieces, design.shift.tolist(), strict=True)
    ]


def offset_of(design: Design, query: Query) -> list[Piece]:
    """Return the ``offset()`` of a formula as expressions of SQL.

    Parameters
    ----------
    design : Design
    query : Query
        Gets the steps that they need.
    """
    recipe = design.recipe
    if isinstance(recipe, ArrayRecipe):
        return []
    parts = zip(recipe.formula.offsets, recipe.offset_states, strict=True)
    return [_expression(node, state, design, query) for node, state in parts]


def _refuse_alike(design: Design, query: Query) -> None:
    """Refuse columns whose names differ in capitals alone, where these do not matter."""
    if not query.dialect.any_case:
        return
    names = sorted(design.columns, key=str.casefold)
    for one, other in pairwise(names):
        if one.casefold() == other.casefold():
            raise DesignError(
                f"the columns {quoted(one)} and {quoted(other)} differ in capitals alone, and "
                f"{query.dialect.name} does not tell such names apart; expected names that differ "
                "otherwise; rename one of them, in the table of the fit too"
            )


def _products(recipe: FormulaRecipe, design: Design, query: Query) -> list[Piece]:
    cache: dict[tuple[int, int], Piece] = {}

    def part(factor: int, position: int) -> Piece:
        if (factor, position) not in cache:
            cache[factor, position] = _part(recipe.factors[factor], position, design, query)
        return cache[factor, position]

    found = []
    for product in recipe.products:
        pieces = [part(factor, position) for factor, position in product]
        if len(pieces) == 1:
            found.append(pieces[0])
        else:
            sql = " * ".join(piece.sql for piece in pieces)
            found.append(query.let("x", sql, *pieces))
    return found


def _part(factor: Factor, position: int, design: Design, query: Query) -> Piece:
    """Return one column of a factor."""
    if isinstance(factor, Numeric):
        return _expression(factor.node, factor.state, design, query)
    if isinstance(factor, Flag):
        true = _named(_expression(factor.node, factor.state, design, query), query)
        inside = f"{true.sql} >= 0e0 AND {true.sql} <= 1e0"
        value = true.sql if position else f"1e0 - {true.sql}"
        return query.let("x", f"CASE WHEN {inside} THEN {value} END", true)
    if isinstance(factor, Category):
        level = _positions(factor.column, factor.levels, design, query)
        return query.let(
            "x",
            f"CASE WHEN {level.sql} = {position} THEN 1e0 WHEN {level.sql} <> {position} "
            "THEN 0e0 END",
            level,
        )
    if isinstance(factor, Steps):
        level = _positions(factor.column, factor.levels, design, query)
        return query.let(
            "x",
            f"CASE WHEN {level.sql} > {position} THEN 1e0 WHEN {level.sql} <= {position} "
            "THEN 0e0 END",
            level,
        )
    make = _BASES.get(factor.call.function)
    if make is None:
        raise DesignError(
            f"the term {factor.call.shown} is made of pieces between knots, which is not written "
            f"in SQL; expected numbers, levels, products, {listing(sorted(_CALLS))}, center, "
            f"scale, {listing(_BASES)} or mo; score its rows with fit.predict(), or fit a model "
            f"with poly({factor.call.arguments[0].shown}, 3) in its place"
        )
    return make(factor, position, design, query)


def _polynomial(factor: Basis, position: int, design: Design, query: Query) -> Piece:
    """Return a polynomial by the recurrence of those that are orthogonal over the fitted rows."""
    memory = factor.state[factor.call.text]
    x = _named(_expression(factor.call.arguments[0], factor.state, design, query), query)
    alpha, norms = memory["alpha"], memory["norms2"]
    before, now = Piece("0e0"), Piece("1e0")
    for k in range(position + 1):
        back = norms[k] / norms[k - 1] if k else 0.0
        sql = f"({x.sql} - {number(alpha[k])}) * {now.sql}"
        sql += f" - {number(back)} * {before.sql}" if k else ""
        before, now = now, query.let("p", sql, x, now, before)
    return query.let("x", f"{now.sql} / {number(float(norms[position + 1]) ** 0.5)}", now)


_BASES: dict[str, Callable[[Basis, int, Design, Query], Piece]] = {"poly": _polynomial}


def _positions(column: str, levels: Sequence[str], design: Design, query: Query) -> Piece:
    """Return the position of a row's level, NULL for one that the fit has not seen."""
    given = design.source.column(column)
    written: Sequence[str]
    if given.kind == "boolean":
        base, written = query.dialect.flags(query.column(column)), _numerals(column, levels)
    elif given.kind == "number":
        base, written = query.dialect.numbers(query.column(column)), _numerals(column, levels)
    else:
        kinds = {type(level) for level in given.levels}
        if kinds <= {str}:
            base, written = query.dialect.texts(query.column(column)), [text(v) for v in levels]
        elif kinds <= {int, float, bool}:
            base, written = query.dialect.numbers(query.column(column)), _numerals(column, levels)
        else:
            named = " and ".join(sorted(kind.__name__ for kind in kinds))
            raise DesignError(
                f"the levels of column {quoted(column)} are of type {named}, and a column of a "
                "database is of one type; expected texts alone, or numbers alone; write the "
                "levels as text before the fit"
            )
    cases = " ".join(f"WHEN {value} THEN {code}" for code, value in enumerate(written))
    return query.let("level", f"CASE {base} {cases} END")


def _numerals(column: str, levels: Sequence[str]) -> list[str]:
    """Return levels that are numbers, or true and false, as numbers."""
    flags = {"False": 0.0, "True": 1.0}
    try:
        return [number(flags[v] if v in flags else float(v)) for v in levels]
    except ValueError:
        raise DesignError(
            f"the levels {listing(levels, 5)} of column {quoted(column)} are texts, and the "
            "column of the fit holds numbers; expected levels of one kind; write the column as "
            "text before the fit"
        ) from None


def _plain(name: str, design: Design, query: Query) -> Piece:
    """Return a column of the table as numbers; what is true or false as 1 and 0."""
    kind = design.source.kind(name)
    read = query.dialect.flags if kind == "boolean" else query.dialect.numbers
    return query.let("c", read(query.column(name)))


def _named(piece: Piece, query: Query) -> Piece:
    """Return a name for an expression that is used more than once."""
    simple = piece.sql.isidentifier() or piece.step == 0
    return piece if simple else query.let("s", piece.sql, piece)


def _expression(node: Node, state: dict[str, Any], design: Design, query: Query) -> Piece:
    """Return an arithmetic expression of a formula, computed as in Python or NULL."""
    if isinstance(node, Number):
        return Piece(number(node.value))
    if isinstance(node, Name):
        return _plain(node.name, design, query)
    if isinstance(node, Unary):
        inner = _expression(node.operand, state, design, query)
        return Piece(f"(-{inner.sql})", inner.step) if node.operator == "-" else inner
    if isinstance(node, Binary):
        left = _expression(node.left, state, design, query)
        right = _expression(node.right, state, design, query)
        return _operation(node.operator, left, right, query)
    assert isinstance(node, Call)
    value = _expression(node.arguments[0], state, design, query)
    if node.function in _CALLS:
        value = _named(value, query)
        return query.let("s", _CALLS[node.function].format(value.sql), value)
    if node.function == "I":
        return value
    mean, sd = state[node.text]
    if node.function == "scale":
        return Piece(f"(({value.sql} - {number(mean)}) / {number(sd)})", value.step)
    return Piece(f"({value.sql} - {number(mean)})", value.step)


def _operation(operator: str, left: Piece, right: Piece, query: Query) -> Piece:
    step = max(left.step, right.step)
    if operator in "+-*":
        return Piece(f"({left.sql} {operator} {right.sql})", step)
    if operator == "/":
        return Piece(f"({left.sql} / nullif({right.sql}, 0e0))", step)
    left, right = _named(left, query), _named(right, query)
    if operator == "**":
        return query.let("s", _POWER.format(left.sql, right.sql), left, right)
    holds = f"{left.sql} {_COMPARISONS[operator]} {right.sql}"
    return query.let("s", f"CASE WHEN {holds} THEN 1e0 WHEN NOT {holds} THEN 0e0 END", left, right)
