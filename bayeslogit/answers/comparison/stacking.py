"""Weights of models: the mixture that predicts left-out cases best (stacking)."""

from __future__ import annotations

import numpy as np

__all__ = ["stacking"]


def stacking(elpd_i: np.ndarray, times: np.ndarray | None = None) -> np.ndarray:
    """Return the mixture of models that predicts left-out cases best, (models,).

    Parameters
    ----------
    elpd_i : ndarray, shape (kinds, models)
        Log predictive density of a left-out case of each kind under each model, in nats.
    times : ndarray, shape (kinds,), optional
        How many cases there are of each kind; one by default.

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

    models = elpd_i.shape[1]
    share = np.ones(len(elpd_i)) if times is None else times
    share = share / share.sum()
    dens = np.exp(elpd_i - elpd_i.max(axis=1, keepdims=True))

    def score(weights: np.ndarray) -> tuple[float, np.ndarray]:
        mixed = np.maximum(dens @ weights, 1e-300)
        return -float(share @ np.log(mixed)), -(share @ (dens / mixed[:, None]))

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
