"""Definiteness of symmetric matrices, several at once."""

from __future__ import annotations

import numpy as np

__all__ = ["bent_down", "inverse", "peaked", "solved"]


def peaked(matrices: np.ndarray) -> bool:
    """Return whether symmetric matrices, (..., size, size), are all positive definite.

    Examples
    --------
    >>> peaked(np.eye(2)), peaked(np.diag([1.0, -1.0]))
    (True, False)
    """
    try:
        np.linalg.cholesky(matrices)
    except np.linalg.LinAlgError:
        return False
    return True


def bent_down(matrices: np.ndarray) -> np.ndarray:
    """Return the nearest symmetric matrices, (..., size, size), without negative eigenvalues.

    As minus second derivatives, such matrices are of a surface that bends upwards nowhere.

    Examples
    --------
    >>> bent_down(np.diag([2.0, -1.0])) + 0.0
    array([[2., 0.],
           [0., 0.]])
    """
    value, vector = np.linalg.eigh(matrices)
    result: np.ndarray = (vector * np.maximum(value, 0.0)[..., None, :]) @ vector.swapaxes(-1, -2)
    return result


def solved(matrix: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the solution of a symmetric system, and the log determinant of its matrix.

    One that is not positive definite, by rounding, is taken as it is.

    Parameters
    ----------
    matrix : ndarray, shape (size, size)
    right : ndarray, shape (size,)

    Examples
    --------
    >>> x, log_determinant = solved(np.diag([2.0, 4.0]), np.array([2.0, 2.0]))
    >>> x, round(log_determinant, 4)
    (array([1. , 0.5]), 2.0794)
    """
    from scipy.linalg import cho_factor, cho_solve

    try:
        factor = cho_factor(matrix, lower=True)
    except (np.linalg.LinAlgError, ValueError):
        return np.linalg.solve(matrix, right), float(np.linalg.slogdet(matrix)[1])
    return cho_solve(factor, right), 2.0 * float(np.log(np.diag(factor[0])).sum())


def inverse(matrix: np.ndarray) -> np.ndarray:
    """Return the inverse of a symmetric matrix, by a third of the work if it is definite.

    Examples
    --------
    >>> inverse(np.array([[2.0, 1.0], [1.0, 1.0]]))
    array([[ 1., -1.],
           [-1.,  2.]])
    """
    from scipy.linalg.lapack import dpotrf, dpotri

    if not matrix.size:
        return matrix
    factor, failed = dpotrf(matrix, lower=1)
    found, undone = dpotri(factor, lower=1)
    if failed or undone:
        return np.linalg.inv(matrix)
    lower = np.tril(found, -1)
    whole: np.ndarray = lower + lower.T
    whole[np.diag_indices_from(whole)] = np.diag(found)
    return whole
