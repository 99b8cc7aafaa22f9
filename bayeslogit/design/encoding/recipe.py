"""Recipes: the coding of rows as columns of X, kept so that new rows are coded alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayeslogit.design.encoding.evaluate import Learn, evaluate, unchecked
from bayeslogit.design.encoding.factors import Basis, Category, Factor, Numeric, Steps, make
from bayeslogit.design.encoding.redundancy import Reducer
from bayeslogit.design.encoding.smooths import Curve
from bayeslogit.design.formula.functions import column_of
from bayeslogit.design.formula.syntax import Call, Formula, Name, Node, Term
from bayeslogit.errors import DesignError
from bayeslogit.runtime.memory import require
from bayeslogit.tables.table import Table

__all__ = ["FormulaRecipe", "learn"]

MAX_COLUMNS = 10_000
MAX_CATEGORIES = 8
_SMALL = 1e8  # bytes that need no look at the memory
BLOCK = 8192  # rows assembled at a time, so that the pieces of a block stay in the cache


@dataclass(frozen=True, eq=False)
class FormulaRecipe:
    """The coding of rows by a formula, with what its factors have learnt.

    Parameters
    ----------
    formula : Formula
    factors : tuple of Factor
        Each factor once.
    products : tuple
        For each column of X after the intercept, the (factor, column or level) to multiply.
    offset_states : tuple of dict
        What ``center`` and ``scale`` inside the offsets have learnt.
    """

    formula: Formula
    factors: tuple[Factor, ...]
    products: tuple[tuple[tuple[int, int], ...], ...]
    offset_states: tuple[dict[str, Any], ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns a table must have."""
        return self.formula.columns

    @property
    def predictors(self) -> tuple[str, ...]:
        """The columns that have coefficients."""
        return self.formula.predictors

    @property
    def levelled(self) -> frozenset[str]:
        """The columns whose values are levels."""
        return frozenset(f.column for f in self.factors if isinstance(f, Category | Steps))

    def stated(self, column: str) -> tuple[str, ...]:
        """Return the levels of a column as text, in the order of its first factor, or none."""
        known = (f for f in self.factors if isinstance(f, Category | Steps) and f.column == column)
        return next((f.levels for f in known), ())

    def curves(self, names: Sequence[str]) -> dict[str, Curve]:
        """Return the sets of columns whose scales are learned, one for each curve.

        Parameters
        ----------
        names : sequence of str
            Of the columns of X.
        """
        found: dict[str, Curve] = {}
        for j, product in enumerate(self.products, start=int(self.formula.intercept)):
            for number, part in product:
                factor = self.factors[number]
                if isinstance(factor, Basis | Steps) and part >= factor.first_learned:
                    label = names[j].replace(factor.labels(True)[part], factor.name)
                    before = found[label].columns if label in found else ()
                    what = factor.call.function if isinstance(factor, Basis) else "mo"
                    found[label] = Curve((*before, j), what, factor.basis)
        return found

    def empty_references(self, table: Table, seen: np.ndarray) -> dict[str, str]:
        """Return the factors whose reference level is in no row seen, with that level.

        Parameters
        ----------
        table : Table
        seen : np.ndarray of bool, shape (rows,)
            The rows that count.
        """
        return {
            factor.name: factor.reference
            for factor in self.factors
            if isinstance(factor, Category)
            and not (factor.code(table)[seen] == factor.levels.index(factor.reference)).any()
        }

    def multiplied(self, table: Table) -> dict[str, np.ndarray]:
        """Return the numbers that are multiplied with other factors, by name.

        Parameters
        ----------
        table : Table
        """
        used = {number for product in self.products if len(product) > 1 for number, _ in product}
        factors = (self.factors[number] for number in sorted(used))
        return {f.name: f.code(table) for f in factors if isinstance(f, Numeric)}

    def defined(self, table: Table) -> np.ndarray:
        """Return in which rows every factor and offset has finite values, shape (rows,).

        Parameters
        ----------
        table : Table
        """
        inside = np.ones(table.n_rows, dtype=bool)
        for factor in self.factors:
            inside = inside & factor.defined(table)
        for node, state in zip(self.formula.offsets, self.offset_states, strict=True):
            inside = inside & np.isfinite(unchecked(node, table, state))
        return inside

    def code(self, table: Table) -> tuple[np.ndarray, np.ndarray | None]:
        """Return X, shape (rows, coefficients), and the offset of the linear predictor or None."""
        return self.assemble([factor.code(table) for factor in self.factors], table, False)

    def assemble(
        self, values: Sequence[np.ndarray], table: Table, learning: Learn
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return X and the offset, from the values of the factors.

        Parameters
        ----------
        values : sequence of np.ndarray
            Values of each factor: shape (rows, width), or positions of levels, shape (rows,).
        table : Table
            The rows, for the offset and for error messages.
        learning : bool or np.ndarray of shape (rows,)
            Whether these are the rows of the fit, from which offsets learn, or their cases.

        Returns
        -------
        X : np.ndarray of float64, shape (rows, coefficients)
        offset : np.ndarray of shape (rows,), or None

        Raises
        ------
        DesignError
            If a product or an offset is not finite.
        """
        first = int(self.formula.intercept)
        X = np.empty((table.n_rows, first + len(self.products)))
        total = 0.0  # a sum over everything is finite only if everything is
        with np.errstate(all="ignore"):
            for start in range(0, table.n_rows, BLOCK):
                rows = slice(start, start + BLOCK)
                block = X[rows]
                if first:
                    block[:, 0] = 1.0
                for j, product in enumerate(self.products, start=first):
                    self._multiply(block[:, j], product, values, rows)
                total += block.sum()
        if not np.isfinite(total):
            self._check_products(X, table)
        offset = None
        for node, state in zip(self.formula.offsets, self.offset_states, strict=True):
            part = evaluate(node, table, state, learn=learning)
            offset = part if offset is None else offset + part
        return X, offset

    def _multiply(
        self,
        out: np.ndarray,
        product: tuple[tuple[int, int], ...],
        values: Sequence[np.ndarray],
        rows: slice,
    ) -> None:
        for position, (number, part) in enumerate(product):
            coded = values[number][rows]
            piece = coded == part if coded.ndim == 1 else coded[:, part]
            if position == 0:
                out[:] = piece
            else:
                out *= piece

    def _check_products(self, X: np.ndarray, table: Table) -> None:
        """Raise for a product that overflows; its factors were checked to be finite."""
        wrong = ~np.isfinite(X)
        if wrong.any():
            row, column = (int(i[0]) for i in np.nonzero(wrong))
            product = self.products[column - int(self.formula.intercept)]
            name = ":".join(self.factors[number].name for number, _ in product)
            raise DesignError(
                f"The product {name!r} is {X[row, column]} in {table.row(row)} of the "
                f"{table.what}; finite numbers were expected. Rescale its columns, for instance "
                "with scale()."
            )


def learn(
    formula: Formula, table: Table, flags: bool = True, cases: np.ndarray | None = None
) -> tuple[
    FormulaRecipe,
    np.ndarray,
    np.ndarray | None,
    tuple[str, ...],
    dict[str, tuple[int, ...]],
    dict[str, str],
]:
    """Return the recipe of a formula, learnt from the rows of a table, and these rows coded.

    Parameters
    ----------
    formula : Formula
    table : Table
        Complete rows, with the columns of the formula.
    flags : bool
        Whether what is true or false is a factor, or else a number, 0 or 1.
    cases : np.ndarray of shape (rows,), optional
        How many cases each row holds; one each by default.

    Returns
    -------
    recipe : FormulaRecipe
    X : np.ndarray of float64, shape (rows, coefficients)
    offset : np.ndarray of shape (rows,), or None
    names : tuple of str
        Coefficient names.
    term_columns : dict of str to tuple of int
        Each term to its columns of X.
    references : dict of str to str
        Reference level of each factor that leaves one out.

    Raises
    ------
    DesignError
        If there are too many columns, a factor has one level, or two coefficients one name.
    """
    factors, terms = _factors(formula, table, flags)
    names: list[str] = ["Intercept"] if formula.intercept else []
    term_columns: dict[str, tuple[int, ...]] = {}
    references: dict[str, str] = {}
    products: list[tuple[tuple[int, int], ...]] = []
    spans = {i for i, factor in enumerate(factors) if factor.spans_intercept}
    reducer = Reducer(spans, formula.intercept)
    for term in terms:
        shown = ":".join(factors[number].name for number in term)
        if sum(number in spans for number in term) > MAX_CATEGORIES:
            raise DesignError(
                f"The term {shown!r} joins more than {MAX_CATEGORIES} factors of levels, each "
                "level of each with every level of the others. Use fewer factors in one product."
            )
        _check_curves(shown, [factors[number] for number in term])
        start = len(names)
        for piece in reducer.pieces(term):
            chosen = [(number, complete or number not in spans) for number, complete in piece]
            _check_width(shown, [factors[n].width - (not c) for n, c in chosen], len(names))
            for number, complete in chosen:
                factor = factors[number]
                if isinstance(factor, Category) and not complete:
                    _check_levels(factor)
                    references[factor.name] = factor.reference
            for parts, label in _columns([(factors[n], n, c) for n, c in chosen]):
                products.append(parts)
                names.append(label)
        term_columns[shown] = (*term_columns.get(shown, ()), *range(start, len(names)))
    _check_names(names)
    _check_memory(table.n_rows, len(names), factors)
    states: tuple[dict[str, Any], ...] = tuple({} for _ in formula.offsets)
    recipe = FormulaRecipe(formula, factors, tuple(products), states)
    learning: Learn = True if cases is None else cases
    values = [factor.learn(table, learning) for factor in factors]
    X, offset = recipe.assemble(values, table, learning)
    return recipe, X, offset, tuple(names), term_columns, references


def _factors(
    formula: Formula, table: Table, flags: bool
) -> tuple[tuple[Factor, ...], list[tuple[int, ...]]]:
    """Return each factor once, and the terms as numbers of factors."""
    nodes: dict[str, Node] = {f.text: f for term in formula.terms for f in term}
    number = {text: i for i, text in enumerate(nodes)}
    shown = Counter(_short_name(node) for node in nodes.values())
    names = [
        _short_name(node) if shown[_short_name(node)] == 1 else _long_name(node)
        for node in nodes.values()
    ]
    factors = tuple(
        make(node, table, name, flags) for node, name in zip(nodes.values(), names, strict=True)
    )

    def numbers(term: Term) -> tuple[int, ...]:
        return tuple(number[factor.text] for factor in term)

    return factors, [numbers(term) for term in formula.terms]


def _long_name(node: Node) -> str:
    return node.name if isinstance(node, Name) else node.text


def _short_name(node: Node) -> str:
    if isinstance(node, Call) and node.function == "C":
        return column_of(node)
    if isinstance(node, Call) and node.function == "mo":
        return f"mo({node.arguments[0].text})"
    return _long_name(node)


def _columns(
    piece: Sequence[tuple[Factor, int, bool]],
) -> list[tuple[tuple[tuple[int, int], ...], str]]:
    """Return the columns of a product and their names; the first factor varies fastest."""
    out: list[tuple[tuple[tuple[int, int], ...], str]] = [((), "")]
    for factor, number, complete in reversed(piece):
        mine = list(zip(factor.kept(complete), factor.labels(complete), strict=True))
        out = [
            (((number, part), *later), f"{label}:{name}" if name else label)
            for later, name in out
            for part, label in mine
        ]
    return out


def _check_width(shown: str, widths: Sequence[int], so_far: int) -> None:
    total = so_far
    product = 1
    for width in widths:
        product *= width
    total += product
    if total > MAX_COLUMNS:
        sizes = " x ".join(map(str, widths))
        raise DesignError(
            f"With the term {shown!r} ({sizes} columns) the formula gives {total} columns; at most "
            f"{MAX_COLUMNS} were expected. Is one of its columns an identifier? Leave it out, or "
            "join rare levels."
        )


def _check_curves(shown: str, factors: Sequence[Factor]) -> None:
    """Refuse a product of bases with a curve: its coefficients would have no one scale."""
    bases = [factor for factor in factors if isinstance(factor, Basis | Steps)]
    if len(bases) > 1 and any(factor.first_learned < factor.width for factor in bases):
        raise DesignError(
            f"The term {shown!r} is a product of a curve or monotonic effect and another basis; a "
            "curve for each level of a factor, s(x, by=g) or mo(x):g, or times a number was "
            f"expected. Add them: {' + '.join(factor.name for factor in factors)}."
        )


def _check_memory(rows: int, columns: int, factors: Sequence[Factor]) -> None:
    """Refuse columns that do not fit into memory, with those a basis is computed from."""
    needed = (
        8.0 * rows * (columns + 4 * sum(f.width for f in factors if isinstance(f, Basis | Steps)))
    )
    if needed > _SMALL:
        advice = "use fewer columns or rows"
        require(needed, f"{columns} columns of {rows} rows", advice)


def _check_levels(factor: Category) -> None:
    if factor.width < 2:
        raise DesignError(
            f"The factor {factor.name!r} has the level {factor.reference!r} and no other, so it "
            "explains nothing beside the intercept. At least two levels were expected; leave the "
            "term out."
        )


def _check_names(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise DesignError(
            f"Two coefficients would be called {twice!r}; each name may occur once. Rename the "
            "column that leads to it."
        )
