"""Definiteness of symmetric matrices, several at once."""

from __future__ import annotations

import numpy as np

__all__ = ["bent_down", "peaked"]


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
