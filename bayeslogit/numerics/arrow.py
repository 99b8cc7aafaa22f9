"""Symmetric matrices that are diagonal apart from a few rows and columns, as of a factor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Arrow"]


@dataclass(frozen=True, eq=False)
class Arrow:
    """Where a symmetric matrix ``A`` is not diagonal.

    ``A - spikes spikes'`` is diagonal outside the rows and columns of the core.

    Parameters
    ----------
    outer, core : ndarray of int
        Rows without and with other entries; together all of them.
    spikes : ndarray, shape (size, spikes)

    Examples
    --------
    >>> import numpy as np
    >>> arrow = Arrow(np.array([1, 2]), np.array([0]), np.zeros((3, 0)))
    >>> matrix = np.array([[3.0, 1.0, 1.0], [1.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    >>> arrow.solve(matrix, matrix @ np.array([[1.0], [2.0], [3.0]])).ravel()
    array([1., 2., 3.])
    """

    outer: np.ndarray
    core: np.ndarray
    spikes: np.ndarray

    def solve(self, matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return ``x`` with ``matrix x = right``, by elimination of the diagonal part.

        Parameters
        ----------
        matrix : ndarray, shape (size, size)
        right : ndarray, shape (size, columns)

        Raises
        ------
        numpy.linalg.LinAlgError
            If the matrix is not positive definite, or what is left of it beside the spikes is not
            positive on the diagonal.
        """
        far, near = self.spikes[self.outer], self.spikes[self.core]
        diagonal = matrix[self.outer, self.outer] - np.einsum("os,os->o", far, far)
        if not np.all(diagonal > 0.0):
            raise np.linalg.LinAlgError("the diagonal is not positive")
        # With u = spikes' x as further unknowns nothing but the diagonal is left of the spikes.
        border = np.hstack([matrix[np.ix_(self.outer, self.core)] - far @ near.T, far])
        scaled = border / diagonal[:, None]
        size = len(self.core)
        inner = -(border.T @ scaled)
        inner[:size, :size] += matrix[np.ix_(self.core, self.core)] - near @ near.T
        inner[:size, size:] += near
        inner[size:, :size] += near.T
        inner[size:, size:] -= np.eye(far.shape[1])
        _require_positive(inner, size)
        unit = 1.0 / np.sqrt(np.abs(inner.diagonal()))
        rest = -(scaled.T @ right[self.outer])
        rest[:size] += right[self.core]
        found = unit[:, None] * np.linalg.solve(inner * unit * unit[:, None], unit[:, None] * rest)
        result = np.empty_like(right)
        result[self.outer] = right[self.outer] / diagonal[:, None] - scaled @ found
        result[self.core] = found[:size]
        return result


def _require_positive(inner: np.ndarray, size: int) -> None:
    """Raise an error unless the whole matrix is positive definite, given what elimination left.

    The part of the further unknowns is negative definite in any case.
    """
    cross, low = inner[:size, size:], inner[size:, size:]
    core = inner[:size, :size] - cross @ np.linalg.solve(low, cross.T)
    diagonal = core.diagonal()
    if not (np.all(diagonal > 0.0) and np.isfinite(core).all()):
        raise np.linalg.LinAlgError("the matrix is not positive definite")
    unit = 1.0 / np.sqrt(diagonal)
    np.linalg.cholesky(core * unit * unit[:, None])
