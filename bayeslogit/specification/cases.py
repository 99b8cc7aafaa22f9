"""The cases of a table, put together where they are alike, however the table writes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayeslogit.families import Family
from bayeslogit.specification.repeats import distinct_rows

__all__ = ["Cases", "cases_of"]

# Cases up to which folds are of exactly one size.
_MANY = 1_000_000


@dataclass(frozen=True, eq=False)
class Cases:
    """The cases of a table: cells of like ones, and in each cell kinds by their outcome.

    A row of weight 3, a row of three trials and three equal rows hold the same three cases, and
    give the same cells in the same order, whatever the order of the rows. Rows without cases are
    in no cell. Where weights are fractions, a case is one unit of weight, or all that like cases
    of one outcome hold if that is less. Trials that are correlated within a row (beta-binomial)
    are no cases of their own: the row is one, with all its trials and its weight.

    Attributes
    ----------
    X : ndarray, shape (cells, columns)
        Design matrix.
    offset : ndarray of shape (cells,), or None
        Added to the linear predictor.
    counts : ndarray, shape (cells, classes)
        Weighted cases of each class.
    cell : ndarray of int, shape (rows,)
        Cell of each row of the table; -1 for rows without cases.
    single : bool
        Whether each case has one outcome, so that like cases are added up.
    """

    X: np.ndarray
    offset: np.ndarray | None
    counts: np.ndarray
    cell: np.ndarray
    single: bool

    @cached_property
    def kinds(self) -> tuple[np.ndarray, np.ndarray]:
        """Cell of each kind of case, (kinds,), and what one case of it holds, (kinds, classes)."""
        if not self.single:
            return np.arange(len(self.counts)), self.counts
        cell, code = np.nonzero(self.counts)
        held = np.zeros((len(cell), self.counts.shape[1]))
        held[np.arange(len(cell)), code] = np.minimum(self.counts[cell, code], 1.0)
        return cell, held

    @cached_property
    def place(self) -> np.ndarray:
        """Kind of the cases of each class in each cell, (cells, classes); -1 without any."""
        cell, held = self.kinds
        if not self.single:
            return np.repeat(cell[:, None], self.counts.shape[1], axis=1)
        place = np.full(self.counts.shape, -1)
        place[cell, held.argmax(axis=1)] = np.arange(len(cell))
        return place

    @cached_property
    def times(self) -> np.ndarray:
        """How many cases there are of each kind, (kinds,); a whole number unless weights are not.

        What cases of a kind hold, times this, adds up to ``counts``.
        """
        cell, held = self.kinds
        if not self.single:
            return np.ones(len(cell))
        times: np.ndarray = self.counts[cell].sum(axis=1, where=held > 0) / held.sum(axis=1)
        return times

    @property
    def number(self) -> float:
        """How many cases there are."""
        return float(self.times.sum())

    def added(self, counts: np.ndarray) -> np.ndarray:
        """Return counts of rows, (rows, classes), added up by cell, (cells, classes).

        Parameters
        ----------
        counts : ndarray, shape (rows, classes)
            Other weighted cases of the same rows.
        """
        used = self.cell >= 0
        sums = [np.bincount(self.cell[used], c, len(self.X)) for c in counts[used].T]
        return np.stack(sums, axis=1)

    def dealt(self, folds: int, rng: np.random.Generator) -> np.ndarray:
        """Return how many cases of each kind are in each fold, (folds, kinds).

        Cases of a class are dealt out in turn, and those of the next go on where one ended, so
        that folds and the classes in them are of about one size.

        Parameters
        ----------
        folds : int
        rng : numpy.random.Generator
        """
        code, times = self.kinds[1].argmax(axis=1), self.times
        fold = np.zeros((folds, len(times)))
        if times.sum() > _MANY:
            # Of so many, folds need not be of exactly one size.
            whole = np.floor(times)
            fold += rng.multinomial(whole.astype(np.int64), np.full(folds, 1.0 / folds)).T
            return fold + (times - whole) / folds
        # What is left of weights that are no whole numbers is dealt out like a case.
        number = np.ceil(times).astype(np.intp)
        kind = np.repeat(np.arange(len(times)), number)
        size = np.ones(len(kind))
        size[np.cumsum(number) - 1] -= number - times
        order = np.lexsort((rng.random(len(kind)), code[kind]))
        np.add.at(fold, (np.arange(len(kind)) % folds, kind[order]), size[order])
        return fold

    def of_rows(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return which kinds of case rows hold.

        Parameters
        ----------
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class in each row.

        Returns
        -------
        row, kind : ndarray of int, shape (parts,)
            Each row beside each kind of case in it.
        times : ndarray, shape (parts,)
            How many cases of that kind the row holds.
        """
        held = self.kinds[1]
        if not self.single:
            row = np.flatnonzero((self.cell >= 0) & (counts.sum(axis=1) > 0.0))
            return row, self.cell[row], np.ones(len(row))
        row, code = np.nonzero(counts)
        kind = self.place[self.cell[row], code]
        return row, kind, counts[row, code] / held[kind, code]


def cases_of(
    family: Family,
    X: np.ndarray,
    offset: np.ndarray | None,
    counts: np.ndarray,
    *,
    key: np.ndarray | None = None,
    whole: bool = False,
) -> Cases:
    """Return the cases of rows.

    Parameters
    ----------
    family : Family
        Says whether rows with equal predictors can be added up.
    X : ndarray, shape (rows, columns)
        Design matrix.
    offset : ndarray of shape (rows,), or None
    counts : ndarray, shape (rows, classes)
        Weighted cases of each class.
    key : ndarray, shape (rows, some), optional
        What tells rows of X apart, in place of X itself.
    whole : bool
        Whether each row is one case, with all its trials and its weight.

    Examples
    --------
    >>> from bayeslogit.families import Bernoulli
    >>> X = np.ones((3, 1))
    >>> long = cases_of(Bernoulli(), X, None, np.array([[1.0, 0], [0, 1], [0, 1]]))
    >>> short = cases_of(Bernoulli(), X[:1], None, np.array([[1.0, 2.0]]))
    >>> long.counts.tolist() == short.counts.tolist(), short.times.tolist()
    (True, [1.0, 2.0])
    """
    used = np.flatnonzero(counts.sum(axis=1) > 0.0)
    key = X[used] if key is None else key[used]
    if offset is not None:
        key = np.column_stack([key, offset[used]])
    single = family.collapsible and not whole
    if single:
        first, inverse = distinct_rows(key)
        sums = [np.bincount(inverse, c, len(first)) for c in counts[used].T]
        total = np.stack(sums, axis=1)
        near = np.round(total)  # whole numbers, but for the rounding of weights that are added
        total = np.where(np.abs(total - near) <= 1e-9 * near, near, total)
    else:
        order = np.argsort(distinct_rows(np.column_stack([key, counts[used]]))[1], kind="stable")
        first, inverse = order, np.argsort(order)
        total = counts[used][order]
    cell = np.full(len(X), -1)
    cell[used] = inverse
    rows = used[first]
    return Cases(X[rows], None if offset is None else offset[rows], total, cell, single)
