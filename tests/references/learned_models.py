"""Models with learned scales that are compared with long runs elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import bayeslogit as bl

__all__ = ["MODELS"]


def _sparse() -> dict[str, np.ndarray]:
    """Eight correlated predictors, of which two matter."""
    rng = np.random.default_rng(7)
    X = 0.8 * rng.normal(size=(120, 8)) + 0.6 * rng.normal(size=(120, 1))
    eta = 1.2 * X[:, 0] - 0.9 * X[:, 3] - 0.2
    table = {f"x{j}": X[:, j] for j in range(8)}
    return table | {"y": (rng.random(120) < 1 / (1 + np.exp(-eta))).astype(int)}


def _shrunk(prior: object) -> Callable[[], bl.Model]:
    every = "y ~ " + " + ".join(f"x{j}" for j in range(8))
    return lambda: bl.logistic(every, _sparse(), priors=prior)


# The model, and the names of what it learns.
MODELS: dict[str, tuple[Callable[[], bl.Model], tuple[str, ...]]] = {
    "horseshoe": (_shrunk(bl.Horseshoe(0.2, slab=2)), ("slab_slopes",)),
    "r2d2": (_shrunk(bl.R2D2(0.4, 4)), ("R2_slopes",)),
}
