"""Tables of choices: a row for each alternative of each case, and which of them was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bayeslogit import design as designs
from bayeslogit.design import Barred
from bayeslogit.errors import DesignError, ResponseError, listing, nearest
from bayeslogit.response import Alternatives
from bayeslogit.specification.chosen_rows import Cases, chosen_rows, refuse_twice
from bayeslogit.specification.wide_choices import is_wide, long_form
from bayeslogit.tables import reading as tables
from bayeslogit.tables.columns import Column, label
from bayeslogit.tables.frames import refuse_other_rows
from bayeslogit.tables.sources import is_source
from bayeslogit.tables.table import Table

__all__ = ["Asked", "Choices", "coded_alternatives", "read_choices"]


@dataclass(frozen=True, eq=False)
class Asked:
    """What a call of :func:`bayeslogit.choice` says of its table.

    Parameters
    ----------
    alternatives, case, reference, counts, ranked, available, weights, offset, missing
        As the builder takes them.
    """

    alternatives: Any
    case: str | None
    reference: Any
    counts: str | None
    ranked: bool
    available: str | None
    weights: Any
    offset: Any
    missing: str


@dataclass(frozen=True, eq=False)
class Choices:
    """Rows put together to sets of which one row is chosen.

    Parameters
    ----------
    table : Table
        With the outcome, 1 for the chosen row of each set and else 0.
    formula : str
        Of all terms, without a bar.
    case : str
        Name of the column of cases.
    sets : ndarray of str, shape (rows,)
        The set of each row: its case, or a part of it where counts or ranks are given.
    alternatives : Alternatives
    case_terms : tuple of str
        Terms with a coefficient for each alternative but the reference.
    intercepts : bool
        Whether alternatives have intercepts.
    named : dict of str to str
        Columns of weights and offset.
    """

    table: Table
    formula: str
    case: str
    sets: np.ndarray
    alternatives: Alternatives
    case_terms: tuple[str, ...]
    intercepts: bool
    named: dict[str, str]

    def columns(self, term_columns: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
        """Return the columns of a design with a coefficient for each alternative but the first.

        Parameters
        ----------
        term_columns : dict of str to tuple of int
        """
        own = {j for term in self.case_terms for j in term_columns[term]}
        return tuple(sorted(own | ({0} if self.intercepts else set())))


def read_choices(formula: Any, data: Any, asked: Asked) -> Choices:
    """Return the sets of a table of choices.

    Parameters
    ----------
    formula : str
    data : table
        Long (a row for each alternative) or wide (a row for each case).
    asked : Asked

    Raises
    ------
    DesignError, ResponseError
        With the case that is not one choice among alternatives.
    """
    outcome, barred = _formula(formula, asked)
    if is_source(data):
        raise DesignError(
            "choice() was given data that are not in memory; expected a table in memory, because "
            "the rows of a case belong together; read it first"
        )
    if data is None:
        raise DesignError(
            "choice() was given a formula and no table; expected choice(formula, data, "
            "alternatives=..., case=...); pass the data frame as second argument"
        )
    whole = tables.read(data)
    named: dict[str, str] = {}
    for key in ("weights", "offset"):
        value = getattr(asked, key)
        refuse_other_rows(whole.index, value, "the data", f"{key}=")
        if isinstance(value, str):
            named[key] = value
        elif value is not None:
            values = np.asarray(value)
            if values.shape != (whole.n_rows,):
                raise ResponseError(
                    f"{key} has the shape {values.shape}; ({whole.n_rows},), one number for each "
                    "row, was expected."
                )
            whole = tables.with_column(whole, f"\0{key}", values)
            named[key] = f"\0{key}"
    variables = designs.variables(barred.formula)
    if is_wide(asked.alternatives):
        if asked.ranked or asked.counts is not None:
            raise DesignError(
                "counts= or ranked= was given with a list of alternatives=, a table with a row "
                "for each case; expected a row for each alternative; bring the table into long "
                "form, with a column of alternatives"
            )
        if outcome in variables or outcome in named.values():
            raise DesignError(
                f"the column {outcome!r} is what was chosen and a predictor, weight or offset at "
                "once; expected other columns there; leave it out"
            )
        assert outcome is not None
        whole, where, case = long_form(whole, outcome, variables, asked)
    else:
        where, case = asked.alternatives, str(asked.case)
        if not isinstance(where, str) or not isinstance(asked.case, str):
            raise DesignError(
                f"alternatives={where!r} and case={asked.case!r} were given; expected two columns, "
                "of the alternative that each row is and of the case it belongs to, or "
                "alternatives=['car', 'bus'] for a table with a row for each case; write "
                "alternatives='mode', case='id'"
            )
    marked = asked.counts or outcome
    assert marked is not None
    return _sets(whole, (marked, where, case), asked, barred, named)


def _formula(formula: Any, asked: Asked) -> tuple[str | None, Barred]:
    if not isinstance(formula, str):
        raise DesignError(
            f"choice() was given {type(formula).__name__}; expected a formula, because effects of "
            "alternatives and of cases are told apart by its bar; write 'chosen ~ cost | income'"
        )
    outcome, rhs = designs.split(formula)
    if (outcome is None) == (asked.counts is None):
        raise DesignError(
            f"the formula {formula!r} has {'no' if outcome is None else 'an'} outcome and counts= "
            f"is {asked.counts!r}; expected the column that marks the chosen row on the left of "
            "~, or a column of counts as counts= and nothing there; give one of the two"
        )
    if asked.counts is not None and asked.ranked:
        raise DesignError(
            "counts= and ranked= were both given; expected one of them, because ranks are of one "
            "case; leave one out"
        )
    return outcome, designs.split_bar(rhs)


def _sets(
    whole: Table,
    columns: tuple[str, str, str],
    asked: Asked,
    barred: Barred,
    named: dict[str, str],
) -> Choices:
    """Return the sets of a long table, of which the outcome, alternatives and cases are named."""
    marked, where, case = columns
    variables = designs.variables(barred.formula)
    if marked in (where, case):
        twice = "alternatives" if marked == where else "case"
        raise DesignError(
            f"the column {marked!r} is the outcome and {twice}= at once; expected the column that "
            "marks the chosen row, such as 0 and 1; write 'chosen ~ ...' with the name of that "
            "column (or counts=)"
        )
    if marked in variables:
        raise DesignError(
            f"the column {marked!r} is the outcome and a predictor at once; expected another "
            "column there, because the outcome would explain itself; leave it out there"
        )
    whole.check([marked, where, case, *variables, *named.values()])
    if asked.available is not None:
        whole = _available(whole, asked.available, marked, where, case)
    rows = _complete_cases(whole, [where, case, *variables, *named.values()], case, asked.missing)
    table = whole.select(dict.fromkeys([marked, where, case, *variables, *named.values()]))
    table = table.take(rows)
    alternatives = _alternatives(table, where, asked.reference, barred.written)
    keys, codes = np.unique(table[case], return_inverse=True)
    labels = np.array([label(key) for key in keys], dtype=object)
    refuse_twice(Cases(case, codes, labels), alternatives)
    picks, order, times = chosen_rows(
        table,
        marked,
        Cases(case, codes, labels),
        alternatives,
        asked.counts is not None,
        asked.ranked,
    )
    # Every row of a case, once for each choice that was made from it.
    number, by_case = np.bincount(codes), np.argsort(codes, kind="stable")
    start, length = np.cumsum(number) - number, number[codes[picks]]
    inside = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    members = by_case[np.repeat(start[codes[picks]], length) + inside]
    choice = np.repeat(np.arange(len(picks)), length)
    if asked.ranked:
        left = order[members] >= order[picks][choice]
        members, choice = members[left], choice[left]
    shown = labels[codes[picks]]
    if asked.ranked or times is not None:
        what = (
            order[picks].astype(int)
            if asked.ranked
            else np.array(alternatives.labels)[alternatives.codes[picks]]
        )
        word = "rank " if asked.ranked else ""
        shown = np.array([f"{c} ({word}{w})" for c, w in zip(shown, what, strict=True)], object)
    found = table.take(members)
    changed = {marked: Column("number", (members == picks[choice]).astype(np.int64))}
    if times is not None:
        weight = times[choice].astype(float)
        if "weights" in named:
            weight = weight * found[named["weights"]]
        changed["\0weights"] = Column("number", weight)
        named = named | {"weights": "\0weights"}
    found = found.replaced(changed)
    return Choices(
        found,
        f"`{marked}` ~ {barred.formula}",
        case,
        shown[choice],
        alternatives.taken(members),
        barred.case_terms,
        barred.intercepts,
        named,
    )


def _available(table: Table, name: str, marked: str, where: str, case: str) -> Table:
    """Return the rows of alternatives that the case had."""
    table.check([name])
    column = table.column(name)
    values = column.values
    if (
        column.kind == "category"
        or not np.isin(values[~np.isnan(values.astype(float))], (0, 1)).all()
    ):
        raise ResponseError(
            f"{name!r} (available=) has other values than 0 and 1; expected 1 where the case could "
            "choose the alternative and 0 where it could not; code it so"
        )
    there = values == 1
    seen = (
        np.bincount(table.column(where).values.astype(np.intp), there)
        if (table.kind(where) == "category")
        else np.ones(1)
    )
    if (seen == 0).any():
        never = [label(table.levels(where)[k]) for k in np.flatnonzero(seen == 0)]
        raise ResponseError(
            f"the alternative {listing(never)} of {where!r} is never available ({name!r} is 0 in "
            "all its rows); expected alternatives that some case could choose; leave its rows out"
        )
    outcome = table.column(marked)
    lost = (~there) & (outcome.values == 1) if outcome.kind != "category" else np.zeros(1, bool)
    if lost.any():
        row = int(np.flatnonzero(lost)[0])
        raise ResponseError(
            f"case {label(table[case][row])!r} of {case!r} chose {label(table[where][row])!r}, "
            f"which {name!r} says was not available; expected a choice among what is; correct one "
            "of the two"
        )
    return table.take(np.flatnonzero(there))


def _complete_cases(table: Table, names: list[str], case: str, missing: str) -> np.ndarray:
    """Return the rows of cases in which nothing is missing: a set with a row less is another."""
    kept = table.complete(names, missing)[1]
    if len(kept) == table.n_rows:
        return kept
    values = table[case].astype(str)
    gaps = np.ones(table.n_rows, dtype=bool)
    gaps[kept] = False
    rows = np.flatnonzero(~np.isin(values, np.unique(values[gaps])))
    if not len(rows):
        raise DesignError(
            "every case has a row with a missing value, so missing='drop' leaves nothing; "
            "expected cases that are complete; fill in values"
        )
    return rows


def _alternatives(table: Table, where: str, reference: Any, written: str) -> Alternatives:
    column = table.column(where)
    levels = (
        column.levels if column.kind == "category" else tuple(np.unique(column.values).tolist())
    )
    texts = [label(level) for level in levels]
    codes = column.values if column.kind == "category" else np.searchsorted(levels, column.values)
    seen = np.unique(codes)
    if len(seen) < len(texts):
        never = [text for k, text in enumerate(texts) if k not in seen]
        raise ResponseError(
            f"the alternative {listing(never)} of {where!r} is in no row; expected alternatives "
            "that some case could choose; remove that level from the column"
        )
    if len(texts) < 2:
        raise ResponseError(
            f"{where!r} has the one alternative {texts[0]!r}; expected two or more to choose from; "
            "check that it is the column of alternatives"
        )
    first = 0
    if reference is not None:
        if label(reference) not in texts:
            raise ResponseError(
                f"reference={reference!r} is not an alternative of {where!r}; expected one of "
                f"{listing(texts)}; choose one of them.{nearest(label(reference), texts)}"
            )
        first = texts.index(label(reference))
    order = [first, *(k for k in range(len(texts)) if k != first)]
    place = np.argsort(order)
    return Alternatives(
        where,
        tuple(texts[k] for k in order),
        place[codes].astype(np.int64),
        written,
    )


def coded_alternatives(table: Table, alternatives: Alternatives) -> np.ndarray:
    """Return the alternative of each new row, (rows,), as a code.

    Parameters
    ----------
    table : Table
    alternatives : Alternatives
        Of the model.

    Raises
    ------
    DesignError
        If one was not among those of the model.
    """
    table.check([alternatives.name])
    table.complete([alternatives.name])
    texts = [label(value) for value in table[alternatives.name].tolist()]
    strange = sorted(set(texts) - set(alternatives.labels))
    if strange:
        raise DesignError(
            f"the new rows have the alternative {listing(strange)} of {alternatives.name!r}, which "
            f"the model does not; expected some of {listing(alternatives.labels)}; leave these "
            "rows out, or fit a model without coefficients of alternatives ('... | 0')"
        )
    place = {text: k for k, text in enumerate(alternatives.labels)}
    return np.array([place[text] for text in texts], dtype=np.int64)
