"""Algebra of many small lower triangular matrices at once, their entries arrays.

A matrix of q x q entries is a list of rows, each a list of arrays of one shape, here (levels,
columns); row i of a lower triangular or symmetric matrix holds its first i + 1 entries. With q
of 1 to 6, loops over the entries cost nothing beside the arrays, and nothing is copied.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["Matrix", "Vector", "cholesky", "log_diagonal", "solve", "solve_transposed"]

Vector = Sequence[np.ndarray]
Matrix = Sequence[Sequence[np.ndarray]]


def cholesky(matrix: Matrix) -> Matrix:
    """Return the lower Cholesky factors of symmetric positive definite matrices.

    Parameters
    ----------
    matrix : list of lists of ndarray
        Its lower triangles.

    Examples
    --------
    >>> import numpy as np
    >>> four, two = np.array([4.0]), np.array([2.0])
    >>> [[float(x[0]) for x in row] for row in cholesky([[four], [two, two]])]
    [[2.0], [1.0, 1.0]]
    """
    lower: list[list[np.ndarray]] = []
    for i, row in enumerate(matrix):
        made: list[np.ndarray] = []
        for j in range(i + 1):
            left = row[j]
            for k in range(j):
                left = left - made[k] * (made[k] if i == j else lower[j][k])
            made.append(np.sqrt(left) if i == j else left / lower[j][j])
        lower.append(made)
    return lower


def solve(lower: Matrix, right: Vector) -> list[np.ndarray]:
    """Return x with ``lower @ x = right``.

    Parameters
    ----------
    lower : list of lists of ndarray
    right : list of ndarray
    """
    found: list[np.ndarray] = []
    for i, value in enumerate(right):
        left = value
        for k in range(i):
            left = left - lower[i][k] * found[k]
        found.append(left / lower[i][i])
    return found


def solve_transposed(lower: Matrix, right: Vector) -> list[np.ndarray]:
    """Return x with ``lower.T @ x = right``.

    Parameters
    ----------
    lower : list of lists of ndarray
    right : list of ndarray
    """
    size = len(lower)
    found: list[np.ndarray] = [right[-1]] * size
    for i in reversed(range(size)):
        left = right[i]
        for k in range(i + 1, size):
            left = left - lower[k][i] * found[k]
        found[i] = left / lower[i][i]
    return found


def log_diagonal(lower: Matrix) -> np.ndarray:
    """Return the logarithm of the product of the diagonal."""
    product = lower[0][0]
    for i in range(1, len(lower)):
        product = product * lower[i][i]
    return np.log(product)
