"""Blocks of effects with a learned covariance: one vector of effects for each level of a grouping.

A block adds ``sum_a Z[row, a] u[a, level of row]`` to linear predictors, where the effects u of a
level are ``Lam z`` with z independent standard Gaussians. Where there are several classes, every
class but the first has effects of its own, which are correlated with those of the others; at the
boundaries of an ordered outcome all share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit.priors.covariance import Covariance

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["Block", "signs_of"]


def signs_of(arrangement: str, n_eta: int) -> np.ndarray:
    """Return how effects enter the linear predictors of a family, (predictors, effects).

    Parameters
    ----------
    arrangement : {"plain", "several", "ordered", "dispersed"}
        Of the family.
    n_eta : int
        Linear predictors of a row.

    Examples
    --------
    >>> signs_of("ordered", 2)
    array([[-1.],
           [-1.]])
    """
    if arrangement == "several":
        return np.eye(n_eta)
    if arrangement == "ordered":
        return -np.ones((n_eta, 1))
    return np.eye(n_eta)[:, :1]


@dataclass(frozen=True, eq=False)
class Block:
    """The effects of one grouping on the linear predictors of a table of rows.

    Parameters
    ----------
    name : str
        The term, such as ``"1 + x | school"``.
    Z : ndarray, shape (rows, columns)
        What the effects multiply; ones for an effect on the level.
    codes : ndarray of int, shape (rows,)
        Level of each row, from 0.
    levels : int
        Number of levels.
    signs : ndarray, shape (predictors, repeats)
        How each repeat of the effects (one for each class, say) enters the linear predictors.
    covariance : Covariance
        Of the effects of a level: repeats x columns, repeat by repeat.
    """

    name: str
    Z: np.ndarray
    codes: np.ndarray
    levels: int
    signs: np.ndarray
    covariance: Covariance

    @property
    def effects(self) -> int:
        """Number of effects of a level."""
        return self.covariance.effects

    @cached_property
    def gather(self) -> csr_matrix:
        """The matrix (levels, rows) that sums rows by level."""
        from scipy.sparse import csr_matrix

        rows = len(self.codes)
        ones = np.ones(rows, self.Z.dtype)
        return csr_matrix((ones, (self.codes, np.arange(rows))), shape=(self.levels, rows))

    @cached_property
    def loadings(self) -> np.ndarray:
        """Derivative of each linear predictor by the effects of its level.

        An array of shape (predictors, rows, effects).
        """
        each = self.signs[:, None, :, None] * self.Z[None, :, None, :]
        loadings: np.ndarray = each.reshape(len(self.signs), len(self.Z), -1)
        return loadings

    @cached_property
    def _columns(self) -> list[np.ndarray | None]:
        """Columns of Z as (rows, 1); None where all are one."""
        return [None if np.all(column == 1.0) else column[:, None].copy() for column in self.Z.T]

    def single(self) -> Block:
        """Return the same block in single precision."""
        return replace(self, Z=self.Z.astype(np.float32), signs=self.signs.astype(np.float32))

    def add(self, eta: np.ndarray, u: Sequence[np.ndarray]) -> None:
        """Add the effects to linear predictors, in place.

        Parameters
        ----------
        eta : ndarray, shape (predictors, rows, columns)
        u : sequence of ndarray, shape (levels, columns)
            The effects.
        """
        q = len(self._columns)
        for repeat, signs in enumerate(self.signs.T):
            total: np.ndarray | None = None
            for a, column in enumerate(self._columns):
                part = np.take(u[repeat * q + a], self.codes, axis=0)
                if column is not None:
                    part *= column
                total = part if total is None else np.add(total, part, out=total)
            assert total is not None
            for predictor, sign in enumerate(signs):
                if sign == 1.0:
                    eta[predictor] += total
                elif sign == -1.0:
                    eta[predictor] -= total

    def pull(self, slope: np.ndarray) -> list[np.ndarray]:
        """Return derivatives by the effects from those by the linear predictors.

        Parameters
        ----------
        slope : ndarray, shape (predictors, rows, columns)

        Returns
        -------
        list of ndarray, shape (levels, columns)
        """
        result: list[np.ndarray] = []
        for signs in self.signs.T:
            used = np.flatnonzero(signs)
            alone = len(used) == 1 and signs[used[0]] == 1.0
            one = slope[used[0]] if alone else np.tensordot(signs, slope, 1)
            result += [self.gather @ (one if c is None else one * c) for c in self._columns]
        return result
