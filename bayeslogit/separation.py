"""Does a posterior exist? Directions along which the likelihood never falls.

With a flat prior on some coefficients a posterior (and a finite maximum likelihood estimate)
exists only if no direction in those coefficients leaves every row's likelihood at least as
high, however far one goes. Such a direction is found by a linear program.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit.density import Likelihood, LogDensity
from bayeslogit.errors import FitFailed
from bayeslogit.inference.map import find_mode

__all__ = ["Direction", "improper_direction", "separating_direction"]

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
    """Return a direction that neither the prior nor the data bound, or None.

    Parameters
    ----------
    density : LogDensity
    """
    flat = np.flatnonzero(density.prior.flat)
    if flat.size == 0:
        return None
    basis = np.zeros((density.size, flat.size))
    basis[flat, np.arange(flat.size)] = 1.0
    if density.prior.center is not None:
        # A proper prior on the intercept at the means lets slopes run if the intercept follows.
        moved = list(density.prior.moved)
        basis[moved] = -density.prior.center[:, flat]
    return _unbounded(density, density.rows, basis)


def _unbounded(density: LogDensity, rows: Likelihood, basis: np.ndarray) -> Direction | None:
    moves, counts = _comparisons(rows, basis)
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
    try:
        if find_mode(density, start=rows.start, steps=40).converged:
            return None
    except FitFailed:
        pass
    d, complete = separating_direction(moves, counts)
    if d is None:
        return None
    kind = "completely" if complete else "quasi-completely"
    return Direction(
        f"the outcome is {kind} separated by the predictors",
        _involved(density, basis @ (d / scale), rows),
        complete=complete,
    )


def _comparisons(rows: Likelihood, basis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how each comparison of the likelihood changes along each direction, and its counts."""
    L, p = rows.family.n_eta, rows.X.shape[1]
    weights = basis if rows.basis is None else rows.basis @ basis
    moves, counts = [], []
    for combination, failures, successes in rows.family.contrasts(rows.counts):
        pair = np.stack([failures, successes], axis=1)
        known = pair.sum(axis=1) > 0
        columns = np.einsum("l,lpd->pd", combination, weights.reshape(L, p, -1))
        moves.append(rows.X[known] @ columns)
        counts.append(pair[known])
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
    """Look for a direction that no row objects to, by linear programs.

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
    # Any direction at all: the rows' gains add up to more than nothing.
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
