"""Rows of choices that answers are computed on: the fitted sets, or new ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import DesignError, MethodRefused
from bayeslogit.numerics.within import shares_within
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.rows import refuse_for_fitted, refuse_without_offset
from bayeslogit.response import Alternatives, check_offset
from bayeslogit.specification.choice_sets import Asked, coded_alternatives
from bayeslogit.specification.specification import Specification
from bayeslogit.specification.wide_choices import long_form
from bayeslogit.tables import reading as tables
from bayeslogit.tables.columns import label
from bayeslogit.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ChoiceRows", "choice_rows", "refuse_other_models", "rows_of_table", "varying"]

# Rows times draws of one block.
_BLOCK = 2_000_000


def refuse_other_models(posterior: Posterior, what: str) -> Alternatives:
    """Return the alternatives of a model; refuse a model that has none.

    Parameters
    ----------
    posterior : Posterior
    what : str
        Name of the answer in the plural, as a sentence begins.

    Raises
    ------
    MethodRefused
    """
    among = posterior.model.response.alternatives
    if among is None:
        raise MethodRefused(
            f"{what} are of choices among alternatives, and the model is of "
            f"{posterior.model.response.name!r} in single rows; expected a model of choices; build "
            "one with bl.choice(), or ask predictions() and slopes()"
        )
    return among


@dataclass(frozen=True, eq=False)
class ChoiceRows:
    """Sets of rows, one of which is chosen.

    Parameters
    ----------
    table : Table
        The columns of the formula.
    X : ndarray, shape (rows, columns)
        Of the design.
    offset : ndarray of shape (rows,), or None
    codes : ndarray of int, shape (rows,)
        The alternative of each row.
    sets : ndarray of int, shape (rows,)
        The set of each row, from 0.
    cases : tuple of str
        Names of the sets.
    weights : ndarray, shape (sets,)
        How many choices each set stands for.
    index : pandas.Index
        Labels of the rows.
    """

    table: Table
    X: np.ndarray
    offset: np.ndarray | None
    codes: np.ndarray
    sets: np.ndarray
    cases: tuple[str, ...]
    weights: np.ndarray
    index: pd.Index

    def blocks(self, draws: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield rows of whole sets, and where each set among them starts.

        Parameters
        ----------
        draws : int
        """
        order = np.argsort(self.sets, kind="stable")
        start = np.flatnonzero(np.diff(self.sets[order], prepend=-1))
        ends = np.append(start, len(order))
        first = 0
        while first < len(start):
            most = ends[first] + max(1, _BLOCK // draws)
            last = max(first + 1, int(np.searchsorted(ends, most, side="right")) - 1)
            yield order[ends[first] : ends[last]], start[first:last] - ends[first]
            first = last

    def utilities(self, posterior: Posterior, rows: np.ndarray) -> np.ndarray:
        """Return utilities, (rows, draws), in log-odds against an alternative of utility zero.

        Parameters
        ----------
        posterior : Posterior
        rows : ndarray of int
        """
        X = posterior.model.layout.of_rows(self.X[rows], self.codes[rows])
        eta: np.ndarray = X @ posterior.theta
        return eta if self.offset is None else eta + self.offset[rows, None]

    def probabilities(
        self, posterior: Posterior
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield rows of whole sets, where sets start, and the probabilities, (rows, draws).

        Parameters
        ----------
        posterior : Posterior
        """
        for rows, start in self.blocks(posterior.n_draws):
            yield rows, start, shares_within(self.utilities(posterior, rows), start)


def choice_rows(posterior: Posterior, new: Any, *, offset: Any = None) -> ChoiceRows:
    """Return the fitted sets of a model of choices, or those of a table.

    Parameters
    ----------
    posterior : Posterior
    new : table or None
        Long, with the columns of alternatives and cases; a table without the latter is one case.
        A table without the column of alternatives is wide.
    offset : number or array of shape (rows,), optional
        Of new rows.

    Raises
    ------
    DesignError
        If a column is missing, an alternative is not among those of the model, or a case has one
        twice.
    """
    model = posterior.model
    among, sets = model.response.alternatives, model.response.sets
    assert among is not None
    assert sets is not None
    if new is None:
        refuse_for_fitted(offset=offset)
        first = np.unique(sets.codes, return_index=True)[1]
        weights = np.ones(len(first)) if model.weights is None else model.weights[first]
        table = model.design.table()
        return ChoiceRows(
            table,
            model.design.X,
            model.offset,
            among.codes,
            sets.codes,
            sets.labels,
            weights,
            model.labels,
        )
    return rows_of_table(model, tables.read(new, what="new rows"), offset)


def varying(model: Specification) -> list[str]:
    """Return the columns of the formula that differ between the alternatives of a case.

    Parameters
    ----------
    model : Specification
        Of choices.
    """
    sets, table = model.response.sets, model.design.table()
    assert sets is not None
    first = np.unique(sets.codes, return_index=True)[1][sets.codes]
    values = {name: table.column(name).values for name in model.design.predictors}
    return [name for name, own in values.items() if (own != own[first]).any()]


def rows_of_table(model: Specification, table: Table, offset: Any = None) -> ChoiceRows:
    """Return the sets of a table.

    Parameters
    ----------
    model : Specification
        Of choices.
    table : Table
    offset : number or array of shape (rows,), optional

    Raises
    ------
    DesignError
    """
    among, sets = model.response.alternatives, model.response.sets
    assert among is not None
    assert sets is not None
    if among.name not in table:
        if any(name in table for name in varying(model)):
            table.check([among.name])  # long, without that column
        asked = Asked(among.labels, None, None, None, False, None, None, None, "raise")
        names = [n for n in model.design.recipe.variables if n != among.name]
        if sets.name in table:
            names.append(sets.name)
        table, where, case = long_form(table, None, names, asked)
        column = table.column(where)
        table = table.replaced({among.name: column})
        if sets.name not in table:
            table = table.replaced({sets.name: table.column(case)})
    codes = coded_alternatives(table, among)
    if sets.name in table:
        table.complete([sets.name])
        keys, which = np.unique(table[sets.name], return_inverse=True)
    else:
        keys, which = np.zeros(min(table.n_rows, 1), dtype=int), np.zeros(table.n_rows, np.intp)
    both, number = np.unique(which * len(among.labels) + codes, return_counts=True)
    if (number > 1).any():
        twice, code = divmod(int(both[number > 1][0]), len(among.labels))
        raise DesignError(
            f"the new rows have the alternative {among.labels[code]!r} twice in case "
            f"{label(keys[twice])!r}; expected each once in a case, told apart by the column "
            f"{sets.name!r}; give each choice a case of its own"
        )
    X, own, _ = model.design.code(table)
    if offset is None:
        refuse_without_offset(model.design, model.offset)
    else:
        n = table.n_rows
        given = check_offset(np.full(n, offset) if np.ndim(offset) == 0 else offset, n)
        own = given if own is None else own + given
    cases = tuple(label(key) for key in keys)
    return ChoiceRows(table, X, own, codes, which.ravel(), cases, np.ones(len(cases)), table.labels)
