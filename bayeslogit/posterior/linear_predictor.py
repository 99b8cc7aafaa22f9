"""Linear predictors of rows at all draws, in blocks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.density import Likelihood

__all__ = ["eta_blocks"]

# Linear predictors held at a time: what is made of them stays in the cache.
_BLOCK_ELEMENTS = 500_000


def eta_blocks(
    posterior: Posterior, X: np.ndarray, offset: np.ndarray | None = None
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield blocks of rows with their linear predictors, in log-odds or the link's unit.

    Parameters
    ----------
    posterior : Posterior
    X : ndarray, shape (rows, columns)
        Design matrix of the rows.
    offset : ndarray, shape (rows,), optional
        Added to the linear predictor.

    Yields
    ------
    rows : slice
        Which rows the block holds.
    eta : ndarray, shape (predictors, rows of the block, draws)
    """
    if posterior.model.response.alternatives is not None:
        posterior.warn_of_risks("linear predictors")
    family, theta = posterior.model.family, posterior.theta
    rows = Likelihood(family, X, np.empty((len(X), 0)), offset, basis=posterior.model.layout.basis)
    step = max(1, _BLOCK_ELEMENTS // (theta.shape[1] * family.n_eta))
    for start in range(0, len(X), step):
        block = slice(start, start + step)
        yield block, rows.eta(theta, block)
