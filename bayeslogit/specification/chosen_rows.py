"""Which row of each case was chosen, how often, or in what order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit import response as responses
from bayeslogit.errors import ResponseError, listing
from bayeslogit.response import Alternatives
from bayeslogit.tables.columns import label
from bayeslogit.tables.table import Table

__all__ = ["Cases", "chosen_rows", "refuse_twice"]


@dataclass(frozen=True, eq=False)
class Cases:
    """The case of each row of a table of choices.

    Parameters
    ----------
    name : str
        Of the column.
    codes : ndarray of int, shape (rows,)
    labels : ndarray of str, shape (cases,)
    """

    name: str
    codes: np.ndarray
    labels: np.ndarray

    def words(self, k: int) -> str:
        """Return the name of a case, for error messages."""
        return f"case {self.labels[k]!r} of {self.name!r}"


def refuse_twice(cases: Cases, alternatives: Alternatives) -> None:
    """Refuse a case that has an alternative in several rows.

    Parameters
    ----------
    cases : Cases
    alternatives : Alternatives

    Raises
    ------
    ResponseError
    """
    codes, where = cases.codes, alternatives.name
    both = codes * len(alternatives.labels) + alternatives.codes
    _, first, number = np.unique(both, return_index=True, return_counts=True)
    if (number > 1).any():
        row = int(first[number > 1][0])
        raise ResponseError(
            f"{cases.words(codes[row])} has the alternative "
            f"{alternatives.labels[alternatives.codes[row]]!r} of {where!r} {number.max()} times; "
            "expected a row for each alternative that it had; give each choice a case of its own"
        )


def chosen_rows(
    table: Table,
    marked: str,
    cases: Cases,
    alternatives: Alternatives,
    counted: bool,
    ranked: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return the chosen row of each choice, the rank of each row, and how often it was made.

    Parameters
    ----------
    table : Table
        A row for each alternative of each case.
    marked : str
        The column that says what was chosen, how often, or in what order.
    cases : Cases
    alternatives : Alternatives
    counted, ranked : bool
        Whether it holds counts, or ranks.

    Returns
    -------
    picks : ndarray of int, shape (choices,)
    rank : ndarray, shape (rows,)
        Infinite where there is none; empty without ranks.
    times : ndarray of int, shape (choices,), or None

    Raises
    ------
    DesignError, ResponseError
    """
    none, codes = np.zeros(0), cases.codes
    if counted:
        table.complete([marked])
        number = responses.whole(marked, table[marked], table.row)
        picks = np.flatnonzero(number)
        _refuse_no_choice(np.bincount(codes, number), marked, cases)
        return picks, none, number[picks]
    if ranked:
        return *_ranks(table, marked, cases), None
    chosen = _chosen(table, marked, alternatives, cases)
    number = np.bincount(codes, chosen)
    _refuse_no_choice(number, marked, cases)
    if (number > 1).any():
        k = int(np.flatnonzero(number > 1)[0])
        raise ResponseError(
            f"{cases.words(k)} has {number[k]:.0f} chosen rows ({marked!r}), and "
            f"{int((number > 1).sum())} cases in all have several; expected one chosen row for "
            "each case; correct them, or pass a column of counts as counts="
        )
    return np.flatnonzero(chosen), none, None


def _refuse_no_choice(number: np.ndarray, marked: str, cases: Cases) -> None:
    if (number == 0).any():
        k = int(np.flatnonzero(number == 0)[0])
        raise ResponseError(
            f"{cases.words(k)} has no chosen row ({marked!r}), nor have "
            f"{int((number == 0).sum()) - 1} others; expected one chosen row for each case; add "
            "the alternative that was chosen, or one for choosing none, or leave these cases out"
        )


def _chosen(table: Table, marked: str, alternatives: Alternatives, cases: Cases) -> np.ndarray:
    """Return whether each row was chosen, from a yes/no column or the name of what was."""
    codes = cases.codes
    table.complete([marked])
    column = table.column(marked)
    values = table[marked]
    texts = np.array([label(v) for v in values.tolist()], dtype=object)
    if column.kind != "boolean" and set(texts) <= set(alternatives.labels) and len(set(texts)) > 1:
        own = np.array(alternatives.labels, dtype=object)[alternatives.codes]
        first = np.zeros(len(cases.labels), dtype=np.intp)
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        differ = np.flatnonzero(texts != texts[first[codes]])
        if differ.size:
            k = codes[differ[0]]
            raise ResponseError(
                f"{cases.words(k)} has the choices {texts[first[k]]!r} and "
                f"{texts[differ[0]]!r} ({marked!r}); expected one; correct it"
            )
        chosen: np.ndarray = texts == own
        lost = np.flatnonzero(np.bincount(codes, chosen) == 0)
        if lost.size:
            k = int(lost[0])
            raise ResponseError(
                f"{cases.words(k)} chose {texts[first[k]]!r}, which is not among its "
                f"rows; {len(lost)} cases in all chose what they did not have; expected a row for "
                "the chosen alternative; add it, or leave the case out"
            )
        return chosen
    levels = column.levels if column.kind == "category" else ()
    codes = responses.binary(marked, values, column.kind, levels, None, table.row).y
    return np.asarray(codes == 1)


def _ranks(table: Table, marked: str, cases: Cases) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that are chosen before others, and the rank of each row."""
    codes = cases.codes
    column = table.column(marked)
    if column.kind != "number":
        raise ResponseError(
            f"{marked!r} is no column of numbers and ranked=True; expected ranks 1, 2, ... within "
            "each case, and none or 0 for alternatives that were not ranked; code it so"
        )
    rank = np.where(np.isnan(column.values.astype(float)), 0.0, column.values.astype(float))
    ranked = rank > 0
    number = np.bincount(codes, ranked)
    _refuse_no_choice(number, marked, cases)
    order = np.lexsort((rank, ~ranked, codes))
    size = np.bincount(codes)
    place = np.empty(len(codes))
    place[order] = np.arange(len(codes)) - np.repeat(np.cumsum(size) - size, size) + 1.0
    wrong = np.flatnonzero((ranked & (place != rank)) | (rank < 0))
    if wrong.size:
        k = codes[wrong[0]]
        found = listing([label(r) for r in np.sort(rank[(codes == k) & ranked])])
        raise ResponseError(
            f"{cases.words(k)} has the ranks {found} ({marked!r}); expected 1, 2, "
            "... each once, without ties; rank the rest as not ranked (0)"
        )
    rank[~ranked] = np.inf
    # The last of all has nothing left that it could be chosen before.
    picks = np.flatnonzero(ranked & (place < size[codes]))
    return picks[np.lexsort((rank[picks], codes[picks]))], rank
