"""Effects in coordinates that are nearly standard Gaussian whatever their covariance.

Let I be the information of the rows of a level on its effects at the mode, and r the pull: the
Gaussian that these rows alone say about u has precision I and mean I^-1 r. With u = Lam z and z
standard Gaussian, z given the rows is Gaussian with precision M = Lam' I Lam + 1 and mean
M^-1 Lam' r. The coordinates are eps = chol(M)' (z - mean): centred where a level has many rows,
non-centred where it has few, and all between, for every covariance. So there is no funnel, and a
standard deviation of zero is an ordinary point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayeslogit.numerics.small import (
    Matrix,
    Vector,
    cholesky,
    log_diagonal,
    solve,
    solve_transposed,
)

__all__ = ["Effects", "effects_of", "slopes_of"]


@dataclass(frozen=True, eq=False)
class Effects:
    """Effects of all levels of a block, and what led to them.

    Attributes
    ----------
    factor : ndarray, shape (effects, effects, columns)
        Lam.
    information : matrix of (levels, 1) arrays
        I, its lower triangle.
    pull : list of ndarray, shape (levels, columns)
        r.
    lower : matrix of (levels, columns) arrays
        Cholesky factor of M.
    mean, spread, z, u : list of ndarray, shape (levels, columns)
        Conditional mean of z, its deviation from it, their sum, and ``Lam z``.
    """

    factor: np.ndarray
    information: Matrix
    pull: Vector
    lower: Matrix
    mean: Vector
    spread: Vector
    z: Vector
    u: Vector

    @property
    def log_density(self) -> np.ndarray:
        """Log density of z times the volume by eps, without constants, (columns,), in nats."""
        squares = sum(np.einsum("jc,jc->c", z, z) for z in self.z)
        volume = log_diagonal(self.lower).sum(axis=0, dtype=np.float64)
        value: np.ndarray = -0.5 * squares - volume
        return value


def _times(factor: np.ndarray, z: Vector) -> list[np.ndarray]:
    """Return ``Lam z``."""
    return [_dot([factor[a, b] for b in range(a + 1)], z[: a + 1]) for a in range(len(z))]


def _times_transposed(factor: np.ndarray, r: Vector) -> list[np.ndarray]:
    """Return ``Lam' r``."""
    q = len(r)
    return [_dot([factor[a, b] for a in range(b, q)], r[b:]) for b in range(q)]


def _dot(weights: Sequence[np.ndarray], parts: Vector) -> np.ndarray:
    total = weights[0] * parts[0]
    for weight, part in zip(weights[1:], parts[1:], strict=True):
        total += weight * part
    return total


def _at(lower: Matrix, a: int, b: int) -> np.ndarray:
    """Return an entry of a symmetric matrix, of which the lower triangle is there."""
    return lower[a][b] if a >= b else lower[b][a]


def _information_times(information: Matrix, factor: np.ndarray) -> list[list[np.ndarray]]:
    """Return ``I Lam``, all entries."""
    q = len(factor)
    return [
        [
            _dot([factor[c, b] for c in range(b, q)], [_at(information, a, c) for c in range(b, q)])
            for b in range(q)
        ]
        for a in range(q)
    ]


def effects_of(factor: np.ndarray, information: Matrix, pull: Vector, eps: Vector) -> Effects:
    """Return effects from their coordinates.

    Parameters
    ----------
    factor : ndarray, shape (effects, effects, columns)
        Lam.
    information : matrix of (levels, 1) arrays
        Its lower triangle.
    pull : list of ndarray, shape (levels, columns) or (levels, 1)
    eps : list of ndarray, shape (levels, columns)
    """
    q = len(eps)
    around = _information_times(information, factor)
    M = [
        [
            _dot([factor[c, a] for c in range(a, q)], [around[c][b] for c in range(a, q)])
            + (1.0 if a == b else 0.0)
            for b in range(a + 1)
        ]
        for a in range(q)
    ]
    lower = cholesky(M)
    mean = solve_transposed(lower, solve(lower, _times_transposed(factor, pull)))
    spread = solve_transposed(lower, eps)
    z = [a + b for a, b in zip(mean, spread, strict=True)]
    return Effects(factor, information, pull, lower, mean, spread, z, _times(factor, z))


def slopes_of(
    effects: Effects, by_u: Vector
) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """Return derivatives of a function of the effects plus their ``log_density``.

    Parameters
    ----------
    effects : Effects
    by_u : list of ndarray, shape (levels, columns)
        Derivatives of the function by u.

    Returns
    -------
    by_factor : ndarray, shape (effects, effects, columns)
        By the lower triangle of Lam.
    by_pull, by_eps : list of ndarray, shape (levels, columns)
    """
    factor, lower, z, mean = effects.factor, effects.lower, effects.z, effects.mean
    q = len(z)
    by_z = [a - b for a, b in zip(_times_transposed(factor, by_u), z, strict=True)]
    by_eps = solve(lower, by_z)
    along = solve_transposed(lower, by_eps)
    by_pull = _times(factor, along)
    by_M = _by_matrix(effects, by_eps, along, mean)
    around = _information_times(effects.information, factor)
    by_factor = np.zeros(factor.shape)
    for a in range(q):
        for b in range(a + 1):
            part = by_u[a] * z[b] + effects.pull[a] * along[b]
            for c in range(q):
                part += 2.0 * around[a][c] * _at(by_M, c, b)
            by_factor[a, b] = part.sum(axis=0)
    return by_factor, by_pull, by_eps


def _by_matrix(effects: Effects, by_eps: Vector, along: Vector, mean: Vector) -> Matrix:
    """Return derivatives by M as a symmetric matrix, its lower triangle."""
    lower, spread = effects.lower, effects.spread
    q = len(mean)
    if q == 1:
        top = lower[0][0]
        return [[(-spread[0] * by_eps[0] - 1.0 / top) / (2.0 * top) - along[0] * mean[0]]]
    by_lower = [
        [-spread[i] * by_eps[j] - (1.0 / lower[i][i] if i == j else 0.0) for j in range(i + 1)]
        for i in range(q)
    ]
    # The reverse of a Cholesky factorisation: L^-T Phi(L' dL) L^-1, made symmetric.
    phi = [
        [
            (0.5 if i == j else 1.0)
            * _dot([lower[k][i] for k in range(i, q)], [by_lower[k][j] for k in range(i, q)])
            for j in range(i + 1)
        ]
        for i in range(q)
    ]
    zero = np.zeros_like(mean[0])
    left = [
        solve_transposed(lower, [phi[i][j] if i >= j else zero for i in range(q)]) for j in range(q)
    ]
    S = [solve_transposed(lower, [left[j][i] for j in range(q)]) for i in range(q)]
    return [
        [
            0.5 * (S[i][j] + S[j][i]) - 0.5 * (along[i] * mean[j] + mean[i] * along[j])
            for j in range(i + 1)
        ]
        for i in range(q)
    ]
