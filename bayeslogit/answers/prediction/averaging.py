"""Weighted averages of probabilities over many rows and draws, in bounded memory.

Rows are coded block by block, under each change of a predictor; a block is then walked in tiles
of rows and draws that stay in the processor's cache. Nothing of the size rows times draws is
ever held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from bayeslogit.answers.prediction.changes import Change, Scenario
from bayeslogit.design.indexed import Indexed
from bayeslogit.numerics.equal_rows import equal_rows
from bayeslogit.posterior.out_of_range import warn_beyond
from bayeslogit.posterior.posterior import (
    Posterior,
    column_weights,
    fold,
)
from bayeslogit.posterior.probabilities import complements, log_probabilities, probabilities
from bayeslogit.posterior.rows import Rows
from bayeslogit.runtime.parallel import mapping, repeatable
from bayeslogit.runtime.progress import progress
from bayeslogit.tables.table import Table

__all__ = ["averages", "by_rows", "merge_equal_rows"]

# Rows coded at a time; their design matrices under every change are held together.
_BLOCK_ROWS = 4096
_BLOCK_CODED = 8_000_000
# Linear predictors of one tile: with its results it fits into a second-level cache.
_TILE = 32768
_TILE_DRAWS = 512
# Values held at a time where every row keeps its own draws.
_ROW_VALUES = 1_000_000


@dataclass(frozen=True, eq=False)
class _Shift:
    """By how much linear predictors differ from those of the rows as they are.

    ``columns`` of X change by ``amount``, (rows, columns), or (1, columns) if by the same in
    every row; ``offset`` is (rows,) or None; ``effects`` is the change of the columns of group
    effects, or None.
    """

    columns: np.ndarray
    amount: np.ndarray
    offset: np.ndarray | None
    effects: Indexed | None = None

    def eta(
        self, base: np.ndarray, weights: np.ndarray, signs: np.ndarray, rows: slice
    ) -> np.ndarray:
        """Return linear predictors (predictors, rows, draws) of a tile."""
        result = base
        if len(self.columns):
            amount = self.amount if len(self.amount) == 1 else self.amount[rows]
            result = base + np.matmul(amount, weights[:, self.columns])
        if self.effects is not None:
            result = result + self.effects[rows] @ weights
        if self.offset is not None:
            result = result + signs * self.offset[rows, None]
        return result


@dataclass(frozen=True, eq=False)
class _Block:
    """A block of rows, coded as it is and under each set of changes."""

    X: np.ndarray
    offset: np.ndarray | None
    shifts: list[_Shift]
    factors: list[np.ndarray | None]


def _signs(posterior: Posterior) -> np.ndarray:
    return np.array(posterior.model.family.offset_signs)[:, None, None]


def _code(
    posterior: Posterior, table: Table, extra: np.ndarray | None, scenarios: Sequence[Scenario]
) -> _Block:
    """Code a block of rows under each scenario."""
    design = posterior.model.design
    used = {name: table.column(name) for name in design.columns}
    n = table.n_rows

    def code(changes: tuple[Change, ...]) -> tuple[np.ndarray, np.ndarray | None]:
        changed: dict[str, Any] = used | {c.name: c.column(table) for c in changes}
        if not changed:  # an intercept alone
            return np.ones((n, design.X.shape[1])), None
        X, offset, _ = design.code(Table(changed, n, what=table.what))
        return X, offset

    X, own = code(())
    done: dict[tuple[Change, ...], _Shift] = {}
    for scenario in scenarios:
        if scenario.changes not in done:
            done[scenario.changes] = (
                _shift(X, own, *code(scenario.changes), grouped=bool(design.groups))
                if scenario.changes
                else _Shift(np.empty(0, dtype=np.intp), np.empty((1, 0)), None)
            )
    offset = own if extra is None else extra if own is None else own + extra
    return _Block(
        X,
        offset,
        [done[s.changes] for s in scenarios],
        [None if s.factor is None else s.factor(table) for s in scenarios],
    )


def _shift(
    X: np.ndarray,
    own: np.ndarray | None,
    changed: np.ndarray,
    offset: np.ndarray | None,
    *,
    grouped: bool,
) -> _Shift:
    difference, effects = changed - X, None
    if grouped:
        difference, effects = cast("Indexed", difference).split()
        X = cast("Indexed", X).dense
    columns = np.flatnonzero(difference.any(axis=0))
    amount = difference[:, columns]
    if len(amount):
        # x + 1 - x is one up to rounding, which differs from row to row.
        slack = 4.0 * np.finfo(float).eps * np.abs(X[:, columns]).max(axis=0)
        if np.all(np.abs(amount - amount[0]) <= slack):
            amount = amount.mean(axis=0, keepdims=True)
    moved = None
    if own is not None and offset is not None and not np.array_equal(own, offset):
        moved = offset - own
    return _Shift(columns, np.ascontiguousarray(amount), moved, effects)


def _value(posterior: Posterior, scenario: Scenario, eta: np.ndarray) -> np.ndarray:
    """Return a quantity, (classes, rows, draws)."""
    quantity = scenario.quantity
    if scenario.of is not None:
        prob = posterior.model.family.probabilities(eta)
        if quantity == "complement":
            return scenario.of.complement(prob)
        value = scenario.of.of(prob)
        with np.errstate(divide="ignore"):
            return np.log(value) if quantity == "log" else value
    if quantity == "probability":
        return probabilities(posterior, eta)
    if quantity == "complement":
        return complements(posterior, eta)
    if quantity == "log":
        return log_probabilities(posterior, eta)
    return eta[:1]


def _blocks(rows: Rows, step: int) -> Iterator[tuple[slice, Table, np.ndarray | None]]:
    for start in range(0, rows.table.n_rows, step):
        block = slice(start, start + step)
        yield block, rows.table.take(block), None if rows.offset is None else rows.offset[block]


def _block_rows(posterior: Posterior, scenarios: Sequence[Scenario]) -> int:
    design = posterior.model.design
    # A grouping holds its rows by index, not in the columns that it has.
    columns = len(design.names) - design.effects + 4 * len(design.groups)
    width = max(1, columns) * (1 + len({s.changes for s in scenarios}))
    return max(64, min(_BLOCK_ROWS, _BLOCK_CODED // width))


def averages(
    posterior: Posterior,
    rows: Rows,
    scenarios: Sequence[Scenario],
    groups: np.ndarray | None = None,
    n_groups: int = 1,
    *,
    progressbar: bool = True,
) -> np.ndarray:
    """Return weighted averages over rows, for each scenario, class, group and draw.

    Parameters
    ----------
    posterior : Posterior
    rows : Rows
    scenarios : sequence of Scenario
    groups : ndarray of int, shape (rows,), optional
        The group of each row; all rows are one group by default.
    n_groups : int
    progressbar : bool
        Show progress beyond two seconds.

    Returns
    -------
    ndarray, shape (scenarios, classes, groups, draws)
        The unit is that of the quantity times that of the factor.
    """
    given, posterior = posterior, posterior.nodes[0] if posterior.nodes else posterior
    rows, groups = merge_equal_rows(posterior, rows, groups)
    if groups is not None and np.any(groups[1:] < groups[:-1]):
        order = np.argsort(groups, kind="stable")
        rows, groups = rows.take(order), groups[order]
    n = rows.table.n_rows
    _warn_beyond(posterior, rows, scenarios)
    weights, signs = column_weights(posterior), _signs(posterior)
    width = scenarios[0].width(len(posterior.classes))
    total = np.zeros((len(scenarios), width, n_groups, posterior.n_draws))
    tiles = [
        (slice(start, start + _TILE_DRAWS), weights[:, :, start : start + _TILE_DRAWS].copy())
        for start in range(0, posterior.n_draws, _TILE_DRAWS)
    ]
    height = max(16, _TILE // (min(posterior.n_draws, _TILE_DRAWS) * posterior.model.family.n_eta))
    with ExitStack() as stack:
        advance = stack.enter_context(progress("averaging effects", n, enabled=progressbar))
        # Draws are shared out among threads; each adds up its own, so any number of threads
        # gives the same result.
        stack.enter_context(repeatable())
        spread = stack.enter_context(mapping(len(tiles)))
        for block, table, extra in _blocks(rows, max(height, _block_rows(posterior, scenarios))):
            coded = _code(posterior, table, extra, scenarios)
            mass, own = rows.weights[block], None if groups is None else groups[block]
            shares = [mass if f is None else mass * f for f in coded.factors]

            def add(
                tile: tuple[slice, np.ndarray],
                coded: _Block = coded,
                shares: list[np.ndarray] = shares,
                own: np.ndarray | None = own,
            ) -> None:
                draws, theta = tile
                for start in range(0, len(coded.X), height):
                    part = slice(start, start + height)
                    base = coded.X[part] @ theta
                    if coded.offset is not None:
                        base += signs * coded.offset[part, None]
                    for i, scenario in enumerate(scenarios):
                        eta = coded.shifts[i].eta(base, theta, signs, part)
                        _add(
                            total[i, :, :, draws],
                            _value(posterior, scenario, eta),
                            shares[i][part],
                            None if own is None else own[part],
                        )

            list(spread(add, tiles))
            advance(len(mass))
    mass = np.bincount(
        np.zeros(n, dtype=np.intp) if groups is None else groups, rows.weights, n_groups
    )
    total /= mass[:, None]
    return fold(given, total)


def _warn_beyond(posterior: Posterior, rows: Rows, scenarios: Sequence[Scenario]) -> None:
    """Warn of rows that leave the range of the link, as they are or changed."""
    if not posterior.model.family.bounded:
        return
    weights, signs = column_weights(posterior), _signs(posterior)
    step = max(1, min(_block_rows(posterior, scenarios), _ROW_VALUES // posterior.n_draws))

    def blocks() -> Iterator[tuple[slice, np.ndarray]]:
        for block, table, extra in _blocks(rows, step):
            coded = _code(posterior, table, extra, scenarios)
            base = coded.X @ weights
            if coded.offset is not None:
                base += signs * coded.offset[:, None]
            for scenario, shift in zip(scenarios, coded.shifts, strict=True):
                if scenario.quantity != "linear":
                    yield block, shift.eta(base, weights, signs, slice(None))

    warn_beyond(posterior.model.family, blocks(), list(rows.labels))


@np.errstate(invalid="ignore")  # what is infinite in a draw is said by whoever asked
def _add(
    total: np.ndarray, values: np.ndarray, share: np.ndarray, groups: np.ndarray | None
) -> None:
    """Add the shares of a tile's rows to the totals (classes, groups, draws), in place."""
    if groups is None or groups[0] == groups[-1]:
        total[:, 0 if groups is None else groups[0]] += np.matmul(share, values)
        return
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    total[:, groups[starts]] += np.add.reduceat(values * share[:, None], starts, axis=1)


def by_rows(
    posterior: Posterior, rows: Rows, scenarios: Sequence[Scenario], *, progressbar: bool = True
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield the quantities of every row, a block of rows at a time.

    Parameters
    ----------
    posterior : Posterior
    rows : Rows
        Their weights are passed over.
    scenarios : sequence of Scenario
    progressbar : bool
        Show progress beyond two seconds.

    Yields
    ------
    rows : slice
    values : ndarray, shape (scenarios, classes, rows, draws)
        Times the factors.
    """
    given, posterior = posterior, posterior.nodes[0] if posterior.nodes else posterior
    weights, signs = column_weights(posterior), _signs(posterior)
    width = (
        len(scenarios)
        * max(len(posterior.classes), posterior.model.family.n_eta)
        * posterior.n_draws
    )
    step = max(1, min(_block_rows(posterior, scenarios), _ROW_VALUES // width))
    _warn_beyond(posterior, rows, scenarios)
    with progress("effects by row", rows.table.n_rows, enabled=progressbar) as advance:
        for block, table, extra in _blocks(rows, step):
            coded = _code(posterior, table, extra, scenarios)
            base = coded.X @ weights
            if coded.offset is not None:
                base += signs * coded.offset[:, None]
            every = slice(None)
            found = []
            for scenario, shift, factor in zip(scenarios, coded.shifts, coded.factors, strict=True):
                values = _value(posterior, scenario, shift.eta(base, weights, signs, every))
                values = fold(given, values)
                found.append(values if factor is None else values * factor[:, None])
            yield block, np.stack(found)
            advance(table.n_rows)


def merge_equal_rows(
    posterior: Posterior, rows: Rows, groups: np.ndarray | None
) -> tuple[Rows, np.ndarray | None]:
    """Return rows with equal ones counted once and their weights added up, if there are many.

    Parameters
    ----------
    posterior : Posterior
    rows : Rows
    groups : ndarray of int, shape (rows,), or None
        The group of each row; rows of different groups stay apart.

    Returns
    -------
    rows : Rows
    groups : ndarray of int, or None
        The group of each row that is left.
    """
    # Columns that a question added, such as trials, have a name that no caller's column has.
    own = [name for name in rows.table.names if "\0" in name]
    keys = [rows.table.column(n).values for n in (*posterior.model.design.columns, *own)]
    keys += [key for key in (groups, rows.offset) if key is not None]
    if not keys:
        keys = [np.zeros(rows.table.n_rows, dtype=np.intp)]
    found = equal_rows(keys)
    if found is None:
        return rows, groups
    first, inverse = found
    mass = np.bincount(inverse, rows.weights, len(first))
    return rows.take(first, mass), None if groups is None else groups[first]
