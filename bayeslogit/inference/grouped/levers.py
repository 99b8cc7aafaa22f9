"""Covariances of the linear predictors of rows with all that they are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit.inference.grouped.inner import Inner
from bayeslogit.numerics.sparse import meeting, stretched

__all__ = ["Levers", "levers"]


@dataclass(frozen=True, eq=False)
class Levers:
    """Covariances under the Gaussian of core and leaf.

    Attributes
    ----------
    lever : ndarray, shape (predictors, predictors, rows)
        Of the linear predictors of a row.
    core : ndarray, shape (predictors, rows, core)
        Of these and the core.
    leaf : ndarray, shape (predictors, rows, effects)
        Of these and z of the row's own level of the leaf.
    """

    lever: np.ndarray
    core: np.ndarray
    leaf: np.ndarray


def levers(found: Inner, codes: np.ndarray, first: int = 0) -> Levers:
    """Return how linear predictors vary, from the curvature with the leaf eliminated.

    Parameters
    ----------
    found : Inner
    codes : ndarray of int, shape (rows,)
        Level of the leaf of each row.
    first : int
        Coordinates of the core that are held fixed, the first ones.
    """
    GL, V = found.GL, found.covariance
    L, n, _ = GL.shape
    A = found.A[:, first:] if first else found.A
    by_row = [part[codes] for part in found.HiB]
    t = [A[m * n : (m + 1) * n] for m in range(L)]
    if isinstance(by_row[0], np.ndarray):
        t = [part.toarray() for part in t]
    t = [
        part - sum(stretched(x, GL[m, :, a]) for a, x in enumerate(by_row))
        for m, part in enumerate(t)
    ]
    Vt = np.stack([part @ V for part in t])
    own = np.einsum("nab,lnb->lna", found.Hi[codes], GL)
    lever = np.einsum("lna,kna->lkn", GL, own)
    lever += [[meeting(part, other) for other in Vt] for part in t]
    own -= np.stack([[meeting(x, other) for x in by_row] for other in Vt]).swapaxes(1, 2)
    return Levers(lever, Vt, own)
