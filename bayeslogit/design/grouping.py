"""Groupings: which group a row is in, and what the effects of its group multiply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, cast

import numpy as np

from bayeslogit.design.formula.syntax import Call, Grouped
from bayeslogit.design.indexed import Indexed, Part
from bayeslogit.errors import DesignError, listing
from bayeslogit.tables.columns import label
from bayeslogit.tables.table import Table

__all__ = ["Grouping", "learn_grouping", "with_effects"]


class Coder(Protocol):
    """Codes what the effects of a group multiply in any rows."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns a table must have."""

    def code(self, table: Table) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the columns, (rows, effects), and an offset, which is None here."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """A group-level term, with the groups of the fitted rows.

    Parameters
    ----------
    name : str
        The term, such as ``"1 + x | school"``.
    factor : str
        The grouping alone, such as ``"school"``.
    columns : tuple of str
        The columns of the table that tell the group.
    effects : tuple of str
        Names of the effects of a group, ``"Intercept"`` for that on the level.
    levels : tuple of str
        Names of the groups.
    correlated : bool
        Whether the effects of a group are correlated.
    Z : ndarray, shape (rows, effects)
        What the effects multiply in the fitted rows.
    codes : ndarray of int, shape (rows,)
        Group of each fitted row.
    recipe : Coder
        Codes what the effects multiply in new rows.
    """

    name: str
    factor: str
    columns: tuple[str, ...]
    effects: tuple[str, ...]
    levels: tuple[str, ...]
    correlated: bool
    Z: np.ndarray
    codes: np.ndarray
    recipe: Coder

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns a table must have."""
        return tuple(dict.fromkeys((*self.recipe.variables, *self.columns)))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the effects of all groups, effect by effect."""
        return tuple(f"{e} | {self.factor}[{level}]" for e in self.effects for level in self.levels)

    def code(self, table: Table) -> tuple[np.ndarray, np.ndarray]:
        """Return Z (rows, effects) and the group of each row, -1 where it is not known."""
        Z, _ = self.recipe.code(table)
        place = {level: j for j, level in enumerate(self.levels)}
        found = [place.get(text, -1) for text in _labels(table, self.columns)]
        return Z, np.array(found, dtype=np.intp)

    def refuse_without(self, table: Table, *, beside: bool) -> None:
        """Refuse rows that do not say their group.

        Parameters
        ----------
        table : Table
        beside : bool
            Whether groups were given beside arrays.

        Raises
        ------
        DesignError
        """
        for name in self.columns:
            if name not in table:
                raise DesignError(
                    f"the {table.what} have no column {name!r}, which tells the group of a row; "
                    "expected it, or an answer about no group of the fit; add the column"
                    + (f" (or groups={{{name!r}: ids}})" if beside else "")
                    + ", or ask for groups='typical', groups='average' or groups='new'"
                )

    def known(self, table: Table) -> Grouping:
        """Return the same grouping of other rows, whose groups are all known.

        Raises
        ------
        DesignError
            If a row is in a group that the fitted rows did not have.
        """
        Z, codes = self.code(table)
        if (codes < 0).any():
            texts = _labels(table, self.columns)
            new = list(dict.fromkeys(t for t, c in zip(texts, codes, strict=True) if c < 0))
            row = table.row(int(np.flatnonzero(codes < 0)[0]))
            raise DesignError(
                f"{row} of the {table.what} has the {self.factor} {new[0]!r}, which is none of "
                f"the {len(self.levels)} groups of the fit; expected one of these, or an answer "
                "for a group that was not seen; use groups='new' for one new group, "
                "groups='average' for the mean over groups, or groups='typical' for a group "
                "without effects"
            )
        return replace(self, Z=Z, codes=codes)


def with_effects(X: np.ndarray, groups: Sequence[Grouping]) -> np.ndarray:
    """Return a matrix with the columns of groupings after its own.

    With groupings it is an :class:`Indexed`, typed as the array that it stands for.

    Parameters
    ----------
    X : ndarray, shape (rows, columns)
    groups : sequence of Grouping
        Of the same rows.
    """
    if not groups:
        return X
    first, parts = X.shape[1], []
    for group in groups:
        parts.append(Part(group.Z, group.codes, len(group.levels), first))
        first += group.Z.shape[1] * len(group.levels)
    return cast("np.ndarray", Indexed(X, tuple(parts), first))


def _labels(table: Table, columns: tuple[str, ...]) -> list[str]:
    """Return the name of the group of each row."""
    parts = []
    for name in columns:
        values = table[name]
        if table.kind(name) == "number" and values.dtype.kind == "f":
            odd = np.flatnonzero(values != np.round(values))
            if odd.size:
                raise DesignError(
                    f"the groups of {name!r} are numbers with fractions, such as "
                    f"{values[odd[0]]:g} in {table.row(int(odd[0]))}; expected names or whole "
                    "numbers; is it a measurement? Put it on the left of '|', or name the groups"
                )
        parts.append([label(value) for value in values.tolist()])
    return parts[0] if len(parts) == 1 else [":".join(texts) for texts in zip(*parts, strict=True)]


def learn_grouping(
    term: Grouped, table: Table, recipe: Coder, Z: np.ndarray, names: tuple[str, ...]
) -> Grouping:
    """Return a grouping, learnt from the rows of a table.

    Parameters
    ----------
    term : Grouped
        As the formula has it.
    table : Table
        Complete rows, with the columns of the term.
    recipe : Coder
        Codes what the effects multiply.
    Z : ndarray, shape (rows, effects)
        That, in these rows.
    names : tuple of str
        Names of the effects.

    Raises
    ------
    DesignError
        If there is one group only, a group has a fraction for a name, or an effect is of a
        column that does not vary within any group.
    """
    _refuse_curves(term)
    columns = tuple(name.name for name in term.factor)
    texts = _labels(table, columns)
    levels = _ordered(texts, table, columns)
    if len(levels) < 2:
        raise DesignError(
            f"({term.text}) has the group {levels[0]!r} and no other; expected at least two "
            "groups, because their spread is what is learned; leave the term out"
        )
    place = {level: j for j, level in enumerate(levels)}
    codes = np.array([place[text] for text in texts], dtype=np.intp)
    if term.intercept:
        _refuse_constant(Z, codes, names, term)
    return Grouping(
        term.text, term.groups, columns, names, levels, term.correlated, Z, codes, recipe
    )


def _refuse_curves(term: Grouped) -> None:
    """Refuse monotonic effects and processes that differ between groups: they would be neither."""
    for node in (factor for one in term.terms for factor in one):
        if isinstance(node, Call) and node.function in ("mo", "hsgp"):
            raise DesignError(
                f"({term.text}) has {node.shown}, whose coefficients have a prior together; "
                "expected columns, factors or bases as effects of groups; write the column "
                f"itself there, and {node.shown} outside"
            )


def _ordered(texts: list[str], table: Table, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the groups that occur: in the order of a declared category, of numbers, or of text."""
    present = set(texts)
    if len(columns) == 1:
        if table.kind(columns[0]) == "category":
            declared = [label(v) for v in table.levels(columns[0])]
            return tuple(v for v in declared if v in present)
        if table.kind(columns[0]) == "number":
            return tuple(sorted(present, key=float))
    return tuple(sorted(present))


def _refuse_constant(
    Z: np.ndarray, codes: np.ndarray, names: tuple[str, ...], term: Grouped
) -> None:
    """Refuse a slope that no group can tell from its level."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    high = np.maximum.reduceat(Z[order], starts)
    low = np.minimum.reduceat(Z[order], starts)
    flat = [
        name for name, same in zip(names[1:], (high == low).all(axis=0)[1:], strict=True) if same
    ]
    if flat:
        raise DesignError(
            f"({term.text}): {listing(flat)} does not vary within any group; expected a column "
            "that does, because the effect of a group on it cannot be told from its level; "
            f"leave it out there: (1 | {term.groups})"
        )
