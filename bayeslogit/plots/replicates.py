"""How many data sets a predictive picture simulates, and from which draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayeslogit.posterior.posterior import Posterior

__all__ = ["repeated", "replicates", "thinned"]

REPLICATES = 1000
MOST_CELLS = 20_000_000  # rows times replicates that are simulated at most


def replicates(rows: int) -> int:
    """Return as many replicates as time allows for so many rows."""
    return int(np.clip(MOST_CELLS // rows, 100, REPLICATES))


def thinned(posterior: Posterior) -> Posterior:
    """Return a posterior with as many draws as there will be replicates, evenly chosen."""
    wanted = replicates(len(posterior.model.rows))
    if posterior.n_draws <= wanted:
        return posterior
    chosen = np.linspace(0, posterior.n_draws - 1, wanted).astype(int)
    return _with(posterior, posterior.theta[:, chosen])


def repeated(posterior: Posterior) -> Posterior:
    """Return a point estimate as so many equal draws as there will be replicates."""
    if not posterior.point:
        return posterior
    number = replicates(len(posterior.model.rows))
    return _with(posterior, np.repeat(posterior.theta, number, axis=1))


def _with(posterior: Posterior, theta: np.ndarray) -> Posterior:
    return replace(posterior, outcome=replace(posterior.outcome, draws=theta.T[None]))
