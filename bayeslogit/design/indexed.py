"""A matrix whose last columns are effects of groups, held as the group of each row.

Of the columns of a grouping a row has one that is not zero for each effect of its group. Written
out they would be rows times groups numbers; held by index they are rows times effects.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Indexed", "Part"]


class Part(NamedTuple):
    """The columns of one grouping: one for each effect of each group, effect by effect.

    Parameters
    ----------
    Z : ndarray, shape (rows, effects)
        What the effects multiply.
    codes : ndarray of int, shape (rows,)
        Group of each row.
    levels : int
        Number of groups.
    first : int
        Position of its first column.
    """

    Z: np.ndarray
    codes: np.ndarray
    levels: int
    first: int


@dataclass(frozen=True, eq=False)
class Indexed:
    """A matrix of dense columns and those of groupings; it multiplies as if written out.

    Parameters
    ----------
    dense : ndarray, shape (rows, columns)
        The first columns.
    parts : tuple of Part
        Several may be of the same columns: they add up.
    width : int
        Number of all columns.

    Examples
    --------
    >>> part = Part(np.array([[1.0], [2.0]]), np.array([1, 0]), levels=2, first=1)
    >>> X = Indexed(np.ones((2, 1)), (part,), 3)
    >>> np.asarray(X)
    array([[1., 0., 1.],
           [1., 2., 0.]])
    >>> X @ np.array([[10.0], [1.0], [5.0]])
    array([[15.],
           [12.]])
    """

    dense: np.ndarray
    parts: tuple[Part, ...]
    width: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.dense), self.width

    def __len__(self) -> int:
        return len(self.dense)

    def __getitem__(self, rows: Any) -> Indexed:
        """Return some of the rows: a slice, positions or a mask."""
        parts = tuple(p._replace(Z=p.Z[rows], codes=p.codes[rows]) for p in self.parts)
        return replace(self, dense=self.dense[rows], parts=parts)

    def __matmul__(self, weights: np.ndarray) -> np.ndarray:
        """Return the product with weights (..., columns, draws): (..., rows, draws)."""
        result: np.ndarray = np.matmul(self.dense, weights[..., : self.dense.shape[1], :])
        for Z, codes, levels, first in self.parts:
            for a, column in enumerate(Z.T):
                taken = np.take(weights, first + a * levels + codes, axis=-2)
                if not np.all(column == 1.0):
                    taken *= column[:, None]
                result += taken
        return result

    def __sub__(self, other: Indexed) -> Indexed:
        """Return the difference from a matrix of the same columns."""
        parts = []
        for mine, its in zip(self.parts, other.parts, strict=True):
            if np.array_equal(mine.codes, its.codes):
                parts.append(mine._replace(Z=mine.Z - its.Z))
            else:
                parts += [mine, its._replace(Z=-its.Z)]
        changed = tuple(part for part in parts if part.Z.any())
        return replace(self, dense=self.dense - other.dense, parts=changed)

    def split(self) -> tuple[np.ndarray, Indexed | None]:
        """Return the dense columns, and a matrix that has zeros there; None if it is zero."""
        if not self.parts:
            return self.dense, None
        return self.dense, replace(self, dense=np.zeros((len(self), 0)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return the matrix written out, for small ones."""
        result = np.zeros(self.shape)
        result[:, : self.dense.shape[1]] = self.dense
        rows = np.arange(len(self))
        for Z, codes, levels, first in self.parts:
            for a, column in enumerate(Z.T):
                result[rows, first + a * levels + codes] += column
        return result if dtype is None else result.astype(dtype)

    @property
    def key(self) -> np.ndarray:
        """Columns that are equal in two rows if and only if the rows are, (rows, some)."""
        return np.column_stack([self.dense, *(p for part in self.parts for p in part[:2])])
