"""Weights of models: the mixture that predicts left-out rows best (stacking)."""

from __future__ import annotations

import numpy as np

__all__ = ["stacking"]


def stacking(elpd_i: np.ndarray) -> np.ndarray:
    """Return the mixture of models that predicts left-out rows best, (models,).

    Parameters
    ----------
    elpd_i : ndarray, shape (rows, models)
        Log predictive density of each left-out row under each model, in nats.

    References
    ----------
    Yao, Y., Vehtari, A., Simpson, D. and Gelman, A. (2018). Using stacking to average Bayesian
    predictive distributions. doi:10.1214/17-BA1091

    Examples
    --------
    >>> rows = np.log(np.array([[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.1, 0.9]]))
    >>> stacking(rows).round(3)
    array([0.5, 0.5])
    """
    from scipy.optimize import minimize

    rows, models = elpd_i.shape
    dens = np.exp(elpd_i - elpd_i.max(axis=1, keepdims=True))

    def score(weights: np.ndarray) -> tuple[float, np.ndarray]:
        mixed = np.maximum(dens @ weights, 1e-300)
        return -float(np.log(mixed).sum()) / rows, -(dens / mixed[:, None]).sum(axis=0) / rows

    found = minimize(
        score,
        np.full(models, 1.0 / models),
        jac=True,
        bounds=[(0.0, 1.0)] * models,
        constraints={
            "type": "eq",
            "fun": lambda w: w.sum() - 1.0,
            "jac": lambda w: np.ones(models),
        },
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    weights: np.ndarray = np.clip(found.x, 0.0, None)
    # Each turn raises the score; a few settle what the search left open.
    for _ in range(50):
        weights = weights / weights.sum()
        weights = weights * -score(weights)[1]
    weights[weights < 1e-9] = 0.0
    weights /= weights.sum()
    return weights
