"""Levels that no fitted row has: where new rows have them, and columns that tell them apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import cast

import numpy as np

from bayeslogit.design.design import Design
from bayeslogit.design.encoding.factors import Category
from bayeslogit.design.encoding.recipe import FormulaRecipe
from bayeslogit.design.encoding.steps import positions
from bayeslogit.design.grouping import with_effects
from bayeslogit.design.indexed import Indexed
from bayeslogit.tables.columns import label
from bayeslogit.tables.table import Table

__all__ = ["Alike", "categories", "opened", "share_of_levels", "unseen"]


@dataclass(frozen=True)
class Alike:
    """A column of a design, beside one in which some levels stand for one that is not known.

    Parameters
    ----------
    column : int
        Of the fitted design.
    levels : dict of int to int
        Factors of the recipe, each to the position of its level in this column.
    """

    column: int
    levels: dict[int, int]


def unseen(design: Design, table: Table) -> dict[str, tuple[str, ...]]:
    """Return the levels of factors that are not known, by column, in the order of the rows.

    Parameters
    ----------
    design : Design
    table : Table
        New rows; columns that it lacks are passed over.

    Examples
    --------
    >>> from bayeslogit.design import from_formula
    >>> from bayeslogit.tables.reading import read
    >>> design = from_formula("g", read({"g": ["a", "b", "a"]}))
    >>> unseen(design, read({"g": ["c", "a", "d", "c"]}))
    {'g': ('c', 'd')}
    """
    found: dict[str, tuple[str, ...]] = {}
    for factor in categories(design).values():
        if factor.column not in table or factor.column in found:
            continue
        codes = positions(table, factor.column, factor.levels, "", others=True)
        other, missing = codes == factor.width, table.column(factor.column).missing
        rows = np.flatnonzero(other if missing is None else other & ~missing)
        if rows.size:
            texts = [label(value) for value in table[factor.column][rows].tolist()]
            found[factor.column] = tuple(dict.fromkeys(texts))
    return found


def opened(
    design: Design, columns: tuple[str, ...]
) -> tuple[Design, tuple[tuple[Alike, ...], ...]]:
    """Return a design in which all levels that are not known are one more of their factor.

    Parameters
    ----------
    design : Design
        Of the fitted rows, in which the columns that are added are zero.
    columns : tuple of str
        The columns whose factors get that level.

    Returns
    -------
    design : Design
        With columns added behind its own, before the effects of groups.
    alike : tuple of tuple of Alike
        Of each added column: those of known levels in its place. A reference level has none.
    """
    recipe = cast("FormulaRecipe", design.recipe)
    known = categories(design)
    open_ = {number for number, factor in known.items() if factor.column in columns}
    found: dict[tuple[tuple[int, int], ...], list[Alike]] = {}
    for j, product in enumerate(recipe.products, start=int(recipe.formula.intercept)):
        inside = [number for number, _ in product if number in open_]
        for size in range(1, len(inside) + 1):
            for some in combinations(inside, size):
                key = tuple((n, known[n].width if n in some else part) for n, part in product)
                found.setdefault(key, []).append(
                    Alike(j, {n: part for n, part in product if n in some})
                )
    factors = tuple(
        replace(factor, others=True) if isinstance(factor, Category) and number in open_ else factor
        for number, factor in enumerate(recipe.factors)
    )
    recipe = replace(recipe, factors=factors, products=(*recipe.products, *found))
    fixed, added = design.fixed, len(found)
    # No level of data has such a name: a formula cannot write it, and tables clean it.
    names = tuple(f"\0{k}" for k in range(added))
    dense = cast("Indexed", design.X).dense if design.groups else design.X
    X = with_effects(np.hstack([dense, np.zeros((len(dense), added))]), design.groups)
    wider = replace(
        design,
        X=X,
        names=fixed.names + names + design.names[len(fixed.names) :],
        recipe=recipe,
        shift=None if design.shift is None else np.append(design.shift, np.zeros(added)),
    )
    return wider, tuple(map(tuple, found.values()))


def share_of_levels(design: Design, cases: np.ndarray) -> dict[int, np.ndarray]:
    """Return how common the levels of each factor are among the fitted rows, (levels,) each.

    Parameters
    ----------
    design : Design
    cases : ndarray, shape (rows,)
        How many cases each fitted row holds.

    Returns
    -------
    dict of int to ndarray
        By the number of the factor in the recipe; shares add up to one.
    """
    table = design.table()
    found = {}
    for number, factor in categories(design).items():
        share = np.bincount(factor.code(table), cases, factor.width)
        found[number] = share / share.sum()
    return found


def categories(design: Design) -> dict[int, Category]:
    """Return the factors that have levels without an order, by their number in the recipe."""
    if not isinstance(design.recipe, FormulaRecipe):
        return {}
    every = enumerate(design.recipe.factors)
    return {number: factor for number, factor in every if isinstance(factor, Category)}
