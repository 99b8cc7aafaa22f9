"""Linear predictors of rows at all draws, in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.density import Likelihood

if TYPE_CHECKING:
    pass

__all__ = ["eta_blocks"]

# Linear predictors held at a time: what is made of them stays in the cache.
_BLOCK_ELEMENTS = 500_000


def eta_blocks(
    posterior: Posterior, X: np.ndarray, offset: np.ndarray | None = None
) -> Iterator[tuple[slice, np.ndarray]]:
    """Walk rows in blocks, with their linear predictors at all draws.

    Parameters
    ----------
    posterior : Posterior
    X : ndarray, shape (rows, columns)
    offset : ndarray, shape (rows,), optional
        Added to the linear predictor.

    Yields
    ------
    rows : slice
    eta : ndarray, shape (predictors, rows, draws)
    """
    family, theta = posterior.model.family, posterior.theta
    rows = Likelihood(family, X, np.empty((len(X), 0)), offset, basis=posterior.model.layout.basis)
    step = max(1, _BLOCK_ELEMENTS // (theta.shape[1] * family.n_eta))
    for start in range(0, len(X), step):
        block = slice(start, start + step)
        yield block, rows.eta(theta, block)
