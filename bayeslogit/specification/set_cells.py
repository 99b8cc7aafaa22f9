"""The log-likelihood of matched sets: rows of a table put together by set, sets of like size.

Sets of about one number of members and cases are computed together, in arrays (members, sets,
columns). Of a set with more cases than others it is computed which are the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayeslogit.families.conditional import Conditional
from bayeslogit.runtime import memory

__all__ = ["SetCells", "Together", "set_cells"]

# Numbers of sets that are computed together, and of these times columns: members times cases.
_TOGETHER, _BLOCK = 32_768, 262_144
_FAMILY = Conditional()


@dataclass(frozen=True, eq=False)
class Together:
    """Sets of about one size, with a copy of their rows: member after member, set after set.

    Parameters
    ----------
    X : ndarray, shape (members x sets, coefficients)
    offset : ndarray, shape (members x sets,), or None
    rows : ndarray of int, shape (members, sets)
        Rows of the table; -1 where a smaller set has no member.
    sets : ndarray of int, shape (sets,)
        Which sets these are.
    counts : ndarray, shape (sets, members)
        Weight of the set for its cases; for its other members where ``sign`` is -1.
    sign : float
        -1 where there are more cases than others, which are then looked at in their place.
    """

    X: np.ndarray
    offset: np.ndarray | None
    rows: np.ndarray
    sets: np.ndarray
    counts: np.ndarray
    sign: float

    @cached_property
    def number(self) -> np.ndarray:
        """Members that are looked at, in each set, (sets,)."""
        return np.asarray((self.counts > 0.0).sum(axis=1))

    @cached_property
    def members(self) -> np.ndarray:
        """The copy of the rows, (members, sets, coefficients)."""
        return self.X.reshape(*self.rows.shape, -1)

    @cached_property
    def _absent(self) -> np.ndarray | None:
        absent = self.rows < 0
        return absent[:, :, None] if absent.any() else None

    def eta(self, theta: np.ndarray) -> np.ndarray:
        """Return linear predictors, (members, sets, columns), of those that are looked at."""
        own: np.ndarray = self.X @ theta
        if self.offset is not None:
            own += self.offset[:, None]
        if self.sign < 0.0:
            np.negative(own, out=own)
        own = own.reshape(*self.rows.shape, -1)
        if self._absent is not None:
            own = np.where(self._absent, -np.inf, own)
        return own

    def blocks(self, theta: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield some columns at a time, and the linear predictors by them."""
        cost = self.rows.size * max(int(self.number.max(initial=0)), 1)
        step = max(1, _BLOCK // max(cost, 1))
        for start in range(0, theta.shape[1], step):
            some = slice(start, start + step)
            yield some, self.eta(theta[:, some])


@dataclass(frozen=True, eq=False)
class SetCells:
    """The log-likelihood of sets, by coefficients ``theta`` that all rows share.

    Parameters
    ----------
    parts : tuple of Together
    rows, number, size : int
        Of rows, sets and coefficients.
    """

    parts: tuple[Together, ...]
    rows: int
    number: int
    size: int

    def value(self, theta: np.ndarray) -> np.ndarray:
        """Return the log-likelihood at each column, (columns,), in nats."""
        result = np.zeros(theta.shape[1])
        for part in self.parts:
            for some, eta in part.blocks(theta):
                result[some] += _FAMILY.log_likelihood(eta, part.counts)
        return result

    def of_sets(self, theta: np.ndarray) -> np.ndarray:
        """Return the log-likelihood of each set, (sets, columns), in nats."""
        result = np.zeros((self.number, theta.shape[1]))
        for part in self.parts:
            for some, eta in part.blocks(theta):
                result[part.sets, some] = _FAMILY.row_log_likelihood(eta, part.counts)
        return result

    def value_and_gradient(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log-likelihood (columns,) and its gradient, the shape of ``theta``."""
        result, gradient = np.zeros(theta.shape[1]), np.zeros(theta.shape)
        for part in self.parts:
            for some, eta in part.blocks(theta):
                total, slope = _FAMILY.total_and_slope(eta, part.counts)
                result[some] += total
                gradient[:, some] += part.sign * (part.X.T @ slope.reshape(len(part.X), -1))
        return result, gradient

    def newton(self, theta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return value, gradient and minus the second derivatives at one vector."""
        column = theta[:, None]
        value, gradient = self.value_and_gradient(column)
        information = np.zeros((self.size, self.size))
        for part in self.parts:
            information += _FAMILY.information(part.eta(column), part.counts, part.members)
        return float(value[0]), gradient[:, 0], information

    def gradient_terms(self, theta: np.ndarray) -> np.ndarray:
        """Return the sum of the absolute terms of the gradient, (coefficients,)."""
        total = np.zeros(self.size)
        for part in self.parts:
            slope = _FAMILY.slope(part.eta(theta[:, None]), part.counts)
            total += np.abs(part.X).T @ np.abs(slope).ravel()
        return total

    def simulate(self, theta: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return who is a case, given how many there are in each set, (rows, columns).

        Parameters
        ----------
        theta : ndarray, shape (coefficients, columns)
        rng : numpy.random.Generator
        """
        result = np.empty((self.rows, theta.shape[1]), dtype=np.int64)
        for part in self.parts:
            here = part.rows >= 0
            for some, eta in part.blocks(theta):
                own = _FAMILY.simulate(eta, part.number, rng)
                result[part.rows[here], some] = (own if part.sign > 0.0 else 1 - own)[here]
        return result

    def centred(self) -> np.ndarray:
        """Return columns of members less those of another of their set, (rows, coefficients).

        Their rank is that of all comparisons within sets.
        """
        found = [(part.members - part.members[:1])[part.rows >= 0] for part in self.parts]
        return np.concatenate([np.zeros((0, self.size)), *found])

    def comparisons(self) -> tuple[np.ndarray, np.ndarray]:
        """Return columns of each case less those of another member, and weights, pair by pair.

        Returns
        -------
        moves : ndarray, shape (pairs, coefficients)
        counts : ndarray, shape (pairs, 2)
            Zero, and the weight of the set.

        Raises
        ------
        FitFailed
            If memory does not take so many.
        """
        pairs = sum(
            part.number @ ((part.rows >= 0).sum(axis=0) - part.number) for part in self.parts
        )
        memory.require(
            16.0 * float(pairs) * (self.size + 2),
            f"{pairs:,} comparisons of cases with others of their sets",
            "take finer sets, or priors that are proper",
        )
        moves, counts = [np.zeros((0, self.size))], [np.zeros((0, 2))]
        for part in self.parts:
            chosen = part.counts.T > 0.0
            others = (part.rows >= 0) & ~chosen
            for own, case in zip(part.members, chosen, strict=True):
                which = others & case
                place = np.nonzero(which)[1]
                moves.append(part.sign * (own[place] - part.members[which]))
                weight = part.counts.max(axis=1)[place]
                counts.append(np.column_stack([np.zeros(len(place)), weight]))
        return np.concatenate(moves), np.concatenate(counts)


def set_cells(
    X: np.ndarray,
    counts: np.ndarray,
    offset: np.ndarray | None,
    sets: np.ndarray,
) -> SetCells:
    """Return the log-likelihood of sets.

    Parameters
    ----------
    X : ndarray, shape (rows, coefficients)
        Design matrix without a column of ones, which would cancel.
    counts : ndarray, shape (rows, 2)
        Weight of rows that are no cases, and of those that are; equal within a set.
    offset : ndarray, shape (rows,), or None
    sets : ndarray of int, shape (rows,)
        Set of each row, from 0.
    """
    number = int(sets.max(initial=-1)) + 1
    order = np.argsort(sets, kind="stable")
    members = np.bincount(sets, minlength=number)
    start = np.cumsum(members) - members
    case = counts[:, 1] > 0.0
    cases = np.bincount(sets, case, number).astype(np.intp)
    more = 2 * cases > members
    few = np.where(more, members - cases, cases)
    kind = np.stack([more, _rounded(few), _rounded(members)], axis=1)
    parts = []
    for own in np.unique(kind, axis=0):
        all_of = np.flatnonzero((kind == own).all(axis=1))
        width, most = int(members[all_of].max()), int(few[all_of].max())
        step = max(1, _TOGETHER // max(width * most, 1))
        for first in range(0, len(all_of), step):
            some = all_of[first : first + step]
            place = np.arange(width)[:, None]
            inside = place < members[some]
            # A member that is not there has the columns of the first, which do not count.
            rows = order[start[some] + np.where(inside, place, 0)]
            weight = np.where(inside, counts[rows, 0 if own[0] else 1], 0.0)
            parts.append(
                Together(
                    X[rows.ravel()],
                    None if offset is None else offset[rows.ravel()],
                    np.where(inside, rows, -1),
                    some,
                    np.ascontiguousarray(weight.T),
                    -1.0 if own[0] else 1.0,
                )
            )
    return SetCells(tuple(parts), len(X), number, X.shape[1])


def _rounded(size: np.ndarray) -> np.ndarray:
    """Return sizes rounded up to a few of them: sets are padded by a fifth at most."""
    steps = [0, 1, 2]
    while steps[-1] < size.max(initial=0):
        steps.append(max(steps[-1] + 1, int(steps[-1] * 1.2)))
    return np.searchsorted(np.array(steps), size)
