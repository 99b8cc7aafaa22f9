"""The mode of coefficients and effects given covariances, as :mod:`nested` finds it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.numerics.definite import inverse

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["Inner"]


@dataclass(frozen=True, eq=False)
class Inner:
    """The mode of coefficients and effects given the covariances, and the curvature there.

    Attributes
    ----------
    value : float
        Log joint density of outcome, coefficients and z, in nats.
    core : ndarray, shape (core,)
        Coefficients, then z of each grouping but the leaf, effect by effect.
    leaf : ndarray, shape (levels, effects)
        z of the leaf.
    factors : tuple of ndarray, shape (effects, effects)
        Lam of each block, the leaf first.
    A : csr_matrix, shape (predictors x rows, core)
        Derivative of the linear predictors by the core.
    GL : ndarray, shape (predictors, rows, effects)
        Their derivative by z of the leaf.
    slope, W : ndarray, shapes (predictors, rows) and (predictors, predictors, rows)
        First and minus second derivatives of each row's log-likelihood.
    Hi : ndarray, shape (levels, effects, effects)
        Inverse curvature of the leaf.
    HiB : list of ndarray or csr_matrix, shape (levels, core)
        For each effect of the leaf, its row of that times the curvature of leaf and core: nested
        groupings meet in few places.
    schur : ndarray, shape (core, core)
        Curvature of the core with the leaf eliminated.
    log_determinant : float
        Of the whole curvature.
    steps : int
        Newton steps taken.
    """

    value: float
    core: np.ndarray
    leaf: np.ndarray
    factors: tuple[np.ndarray, ...]
    A: csr_matrix
    GL: np.ndarray
    eta: np.ndarray
    slope: np.ndarray
    W: np.ndarray
    Hi: np.ndarray
    HiB: list[Any]
    schur: np.ndarray
    log_determinant: float
    steps: int

    @cached_property
    def covariance(self) -> np.ndarray:
        """Covariance of the core, (core, core)."""
        return inverse(self.schur)
