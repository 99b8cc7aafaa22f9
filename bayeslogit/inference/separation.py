"""Existence of the posterior: directions along which the likelihood never falls (separation).

With a flat prior on some coefficients a posterior (and a finite maximum likelihood estimate)
exists only if no direction in those coefficients leaves every row's likelihood at least as
high, however far one goes. Such a direction is found by a linear program.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayeslogit.errors import FitFailed, listing
from bayeslogit.inference.mode import Mode, find_mode
from bayeslogit.specification.density import Likelihood, LogDensity

__all__ = [
    "Direction",
    "Separation",
    "comparisons",
    "dependent",
    "improper_direction",
    "separating_direction",
    "separation",
]

# A posterior standard deviation is a length of order one in the scaled columns below.
_TOLERANCE = 1e-7


@dataclass(frozen=True)
class Direction:
    """A direction along which the posterior does not fall.

    Parameters
    ----------
    reason : str
        What the data lack, as the start of a sentence.
    coefficients : tuple of str
        Coefficients that move along it.
    complete : bool
        Whether every row gains, as under complete separation.
    """

    reason: str
    coefficients: tuple[str, ...]
    complete: bool


def improper_direction(density: LogDensity) -> Direction | None:
    """Return a direction that neither the prior nor the data bound, or None."""
    flat = np.flatnonzero(density.prior.flat)
    if flat.size == 0:
        return None
    # A proper prior on the intercept at the means leaves slopes unbounded if it follows them.
    return _unbounded(density, density.rows, density.prior.moves(flat))


def _unbounded(density: LogDensity, rows: Likelihood, basis: np.ndarray) -> Direction | None:
    mode = _inside(density, rows)
    if mode is not None and density.prior.center is None and _curved(mode.precision, basis):
        return None
    moves, counts = comparisons(rows, basis)
    scale = np.max(np.abs(moves), axis=0)
    scale[scale == 0.0] = 1.0
    moves = moves / scale
    _, singular, right = np.linalg.svd(_reduced(moves), full_matrices=True)
    rank = int(np.sum(singular > singular[0] * 1e-11 * max(moves.shape)))
    if rank < moves.shape[1]:
        return Direction(
            "the predictors are collinear (the rows do not tell coefficients apart)",
            _involved(density, np.abs(basis @ (right[rank:] / scale).T).max(axis=1), rows),
            complete=False,
        )
    if mode is not None:
        return None
    d, complete = separating_direction(moves, counts)
    if d is None:
        return None
    kind = "completely" if complete else "quasi-completely"
    return Direction(
        f"the outcome is {kind} separated by the predictors",
        _involved(density, basis @ (d / scale), rows),
        complete=complete,
    )


def _inside(density: LogDensity, rows: Likelihood) -> Mode | None:
    """Return the mode if it clearly is finite, so that no linear program is needed."""
    try:
        mode = find_mode(density)
    except FitFailed:
        return None
    # A climb along a direction that only flattens stops too, once rounding hides the rise; its
    # linear predictors are far out by then.
    far = not mode.converged or np.max(np.abs(rows.eta(mode.theta[:, None]))) >= 20.0
    return None if far else mode


def _curved(precision: np.ndarray, basis: np.ndarray) -> bool:
    """Whether the log-likelihood clearly is curved in all directions of a flat prior.

    Then the rows tell the coefficients apart: no rank needs to be counted.
    """
    square = basis.T @ precision @ basis
    diagonal = square.diagonal()
    if not (diagonal > 0.0).all():
        return False
    scale = 1.0 / np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(square * scale * scale[:, None])[0] > 1e-6)


def comparisons(rows: Likelihood, basis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the change of each binary comparison along each direction, and its counts.

    Parameters
    ----------
    rows : Likelihood
    basis : ndarray, shape (coefficients, directions)

    Returns
    -------
    moves : ndarray, shape (comparisons, directions)
    counts : ndarray, shape (comparisons, 2)
    """
    if rows.matched is not None:
        between, counts_of_sets = rows.matched.comparisons()
        return between @ basis, counts_of_sets
    L, p = rows.family.n_eta, rows.X.shape[1]
    weights = basis if rows.basis is None else rows.basis @ basis
    moves, counts = [], []
    for combination, failures, successes in rows.family.contrasts(rows.counts):
        pair = np.stack([failures, successes], axis=1)
        known = pair.sum(axis=1) > 0
        columns = np.einsum("l,lpd->pd", combination, weights.reshape(L, p, -1))
        everyone = bool(known.all())
        moves.append((rows.X if everyone else rows.X[known]) @ columns)
        counts.append(pair if everyone else pair[known])
    return np.concatenate(moves), np.concatenate(counts)


def _reduced(matrix: np.ndarray) -> np.ndarray:
    """Return a square factor with the same singular values and right vectors, if tall."""
    return np.linalg.qr(matrix, mode="r") if matrix.shape[0] > matrix.shape[1] else matrix


def _involved(density: LogDensity, direction: np.ndarray, rows: Likelihood) -> tuple[str, ...]:
    """Name the coefficients that matter along a direction, in units of their columns."""
    reach = np.tile(np.max(np.abs(rows.X), axis=0), rows.family.n_eta)
    if rows.basis is not None:
        reach = np.abs(rows.basis).T @ reach
    size = np.abs(direction) * reach
    return tuple(name for name, s in zip(density.names, size, strict=True) if s > 1e-6 * size.max())


def separating_direction(moves: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray | None, bool]:
    """Find a direction along which no row's likelihood falls, by linear programs.

    Parameters
    ----------
    moves : ndarray, shape (rows, directions)
        How each row's linear predictor changes along each direction, scaled to at most one.
    counts : ndarray, shape (rows, 2)

    Returns
    -------
    direction : ndarray, shape (directions,), or None
        None if the outcomes overlap in every direction.
    complete : bool
        Whether every row gains along some direction (complete separation), and not only some.

    References
    ----------
    Albert, A. and Anderson, J. A. (1984). On the existence of maximum likelihood estimates in
    logistic regression models. doi:10.1093/biomet/71.1.1
    Konis, K. (2007). Linear programming algorithms for detecting separated data in binary
    logistic regression models. Thesis, University of Oxford.
    """
    from scipy.optimize import linprog

    both = (counts[:, 0] > 0) & (counts[:, 1] > 0)
    signed = moves * np.where(counts[:, 1] > 0, 1.0, -1.0)[:, None]
    free, tied = signed[~both], signed[both]
    if len(free) == 0:
        return None, False
    equal: dict[str, np.ndarray] = {"A_eq": tied, "b_eq": np.zeros(len(tied))} if len(tied) else {}
    # Any direction at all: the sum of the rows' gains is positive.
    found = linprog(
        -free.sum(axis=0), A_ub=-free, b_ub=np.zeros(len(free)), bounds=(-1.0, 1.0), **equal
    )
    if found.x is None or (free @ found.x).sum() <= _TOLERANCE * np.sqrt(len(free)):
        return None, False
    if len(tied):
        return found.x, False
    # One for which the smallest gain is positive: the last variable is that gain.
    objective = np.append(np.zeros(moves.shape[1]), -1.0)
    lifted = linprog(
        objective,
        A_ub=np.column_stack([-free, np.ones(len(free))]),
        b_ub=np.zeros(len(free)),
        bounds=[(-1.0, 1.0)] * moves.shape[1] + [(0.0, 1.0)],
    )
    if lifted.x is not None and lifted.x[-1] > _TOLERANCE:
        return lifted.x[:-1], True
    return found.x, False


@dataclass(frozen=True, eq=False)
class Separation:
    """Separation: directions along which the likelihood rises without reaching a maximum.

    Parameters
    ----------
    kind : {"complete", "quasi-complete"}
        Whether every comparison of the likelihood is decided in the limit, or only some.
    coefficients : tuple of str
    scale : ndarray, shape (coefficients,)
        Factor by which coefficients are multiplied below.
    along : ndarray, shape (coefficients,)
        One direction along which all decided comparisons gain and the others stay.
    free : ndarray, shape (coefficients, dimensions)
        An orthonormal basis of the directions in which undecided comparisons do not change.
    gains : ndarray, shape (decided comparisons, dimensions)
        How each decided comparison gains along that basis.
    """

    kind: str
    coefficients: tuple[str, ...]
    scale: np.ndarray
    along: np.ndarray
    free: np.ndarray
    gains: np.ndarray

    @property
    def direction(self) -> np.ndarray:
        """The direction in units of the coefficients, (coefficients,)."""
        return np.asarray(self.along / self.scale)

    @property
    def runs_off(self) -> np.ndarray:
        """Mask of the coefficients without a finite estimate, (coefficients,)."""
        mask: np.ndarray = np.abs(self.free).max(axis=1) > 1e-8
        return mask

    @cached_property
    def signs(self) -> dict[str, int]:
        """Each coefficient that runs off: 1 to plus infinity, -1 to minus infinity, 0 to either."""
        hint = self.free.T @ self.along
        none = np.zeros((0, len(hint)))
        signs = {}
        for j in np.flatnonzero(self.runs_off):
            ends = [_program(way * self.free[j], self.gains, none, hint) for way in (1.0, -1.0)]
            high, low = (
                way * (self.free[j] @ x) > _TOLERANCE for x, way in zip(ends, (1, -1), strict=True)
            )
            signs[self.coefficients[j]] = 0 if low == high else 1 if high else -1
        return signs

    @property
    def sentence(self) -> str:
        """The separation in words: which coefficients are infinite, and in which direction."""
        where = {1: "plus infinity", -1: "minus infinity"}
        ends = [f"{name!r} to {where[sign]}" for name, sign in self.signs.items() if sign]
        shown = ", ".join(ends[:10]) + (f", ... ({len(ends)} in all)" if len(ends) > 10 else "")
        either = [name for name, sign in self.signs.items() if not sign]
        if either:
            shown += f"{'; ' if ends else ''}to infinity, the sign open: {listing(either, 5)}"
        word = "completely" if self.kind == "complete" else "quasi-completely"
        return f"the outcome is {word} separated by the predictors: {shown}"

    @property
    def names(self) -> tuple[str, ...]:
        """The coefficients whose end is known; all that run off if there are none."""
        sure = tuple(name for name, sign in self.signs.items() if sign)
        return sure or tuple(self.signs)


def separation(likelihood: Likelihood, names: tuple[str, ...]) -> Separation | None:
    """Return the separation of the outcome: which maximum likelihood estimates are infinite.

    Parameters
    ----------
    likelihood : Likelihood
        Without collinear columns.
    names : tuple of str
        Of the coefficients.

    Returns
    -------
    Separation or None
        None if the estimate exists.

    References
    ----------
    Albert, A. and Anderson, J. A. (1984). On the existence of maximum likelihood estimates in
    logistic regression models. doi:10.1093/biomet/71.1.1
    Geyer, C. J. (2009). Likelihood inference in exponential families and directions of
    recession. doi:10.1214/09-EJS349
    """
    moves, counts = comparisons(likelihood, np.eye(likelihood.size))
    scale = np.max(np.abs(moves), axis=0)
    scale[scale == 0.0] = 1.0
    moves = moves / scale
    both = (counts[:, 0] > 0) & (counts[:, 1] > 0)
    signed = moves * np.where(counts[:, 1] > 0, 1.0, -1.0)[:, None]
    direction, decided = _recession(signed[~both], signed[both])
    if not decided.any():
        return None
    kept = np.concatenate([signed[~both][~decided], signed[both]])
    free = _null_space(kept)
    return Separation(
        "complete" if len(kept) == 0 else "quasi-complete",
        names,
        scale,
        # Without the rounding that would move undecided rows.
        free @ (free.T @ direction),
        free,
        signed[~both][decided] @ free,
    )


def _recession(free: np.ndarray, tied: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a direction that as many rows as possible gain from, and which rows those are.

    Each linear program raises the gains of the rows that are not decided yet, and no row may
    lose; directions add up, so in the end every row gains that can.
    """
    direction, decided = np.zeros(free.shape[1]), np.zeros(len(free), dtype=bool)
    while not decided.all():
        found = _program(free[~decided].mean(axis=0), free, tied, direction)
        gained = free @ found > 1e-8
        if not (gained & ~decided).any():
            break
        direction, decided = direction + found, decided | gained
    return direction, decided


def _program(
    objective: np.ndarray, gains: np.ndarray, tied: np.ndarray, hint: np.ndarray
) -> np.ndarray:
    """Return the highest point of ``objective`` in a box, where no gain is negative.

    Few rows bind, so the program is solved for some of them and rows that it violates are added.

    Parameters
    ----------
    objective, hint : ndarray, shape (dimensions,)
        ``hint`` is a direction: rows that gain little from it are taken first.
    gains, tied : ndarray, shape (rows, dimensions)
        Rows whose gain may not be negative, and those whose gain must be zero.
    """
    from scipy.optimize import linprog

    size = len(objective)
    batch = 20 * size + 100
    length = np.maximum(np.abs(gains).max(axis=1, initial=0.0), 1e-300)
    used = np.zeros(len(gains), dtype=bool)
    used[np.argsort(gains @ hint / length, kind="stable")[:batch]] = True
    used[:: max(1, len(gains) // batch)] = True
    tolerances = ("primal_feasibility_tolerance", "dual_feasibility_tolerance")
    while True:
        found = linprog(
            -objective,
            A_ub=-gains[used],
            b_ub=np.zeros(int(used.sum())),
            A_eq=tied if len(tied) else None,
            b_eq=np.zeros(len(tied)) if len(tied) else None,
            bounds=(-1.0, 1.0),
            options=dict.fromkeys(tolerances, 1e-10),
        )
        if found.x is None:
            return np.zeros(size)
        lost = np.where(used, 0.0, gains @ found.x)
        worst = np.argsort(lost)[:batch]
        worst = worst[lost[worst] < -1e-9]
        if len(worst) == 0:
            return np.asarray(found.x)
        used[worst] = True


def _null_space(matrix: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis, (columns, dimensions), of the null space."""
    if len(matrix) == 0:
        return np.eye(matrix.shape[1])
    _, singular, right = np.linalg.svd(_reduced(matrix), full_matrices=True)
    rank = int(np.sum(singular > singular[0] * 1e-11 * max(matrix.shape)))
    return right[rank:].T


def dependent(matrix: np.ndarray) -> np.ndarray:
    """Return a mask of the columns that take part in an exact linear dependence."""
    scale = np.max(np.abs(matrix), axis=0, initial=0.0)
    scale[scale == 0.0] = 1.0
    free = _null_space(matrix / scale)
    return np.abs(free).max(axis=1, initial=0.0) > 1e-8
