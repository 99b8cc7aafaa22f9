"""What the model says of each row when it has not seen it: leave-one-out by importance sampling.

The posterior without a row is the posterior with its likelihood divided out; draws get these
weights, and the largest are smoothed by a Pareto distribution. Nothing is fitted again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit.averages import equal_rows
from bayeslogit.inference.diagnostics import pareto_smooth
from bayeslogit.pieces import Pieces, refuse_point
from bayeslogit.progress import progress

__all__ = ["UNRELIABLE", "LeaveOneOut", "leave_one_out", "whole"]

# Linear predictors held at a time.
_BLOCK = 1_000_000
# Pareto k above which an estimate by importance sampling cannot be relied on.
UNRELIABLE = 0.7


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """Predictions for rows that were left out, each in its turn.

    Parameters
    ----------
    prob : ndarray, shape (classes, rows)
        Class probabilities of each row given all other rows.
    log_prob : ndarray, shape (rows,)
        Log predictive probability of what the row holds, in nats, without combinatorial
        constants.
    k : ndarray, shape (rows,)
        Pareto k: above 0.7 the row's figures cannot be relied on.
    """

    prob: np.ndarray
    log_prob: np.ndarray
    k: np.ndarray


def leave_one_out(
    pieces: Pieces, log_weights: np.ndarray | None = None, *, progressbar: bool = True
) -> LeaveOneOut:
    """Predict every row without itself; rows are left out whole, with all trials and weight.

    Parameters
    ----------
    pieces : Pieces
    log_weights : ndarray, shape (draws,), optional
        Log of posterior over what the draws are from, in nats, for draws of an approximation.
    progressbar : bool
        Show progress beyond two seconds, on stderr.

    Raises
    ------
    MethodRefused
        If there is one draw only.

    References
    ----------
    Vehtari, A., Gelman, A. and Gabry, J. (2017). Practical Bayesian model evaluation using
    leave-one-out cross-validation and WAIC. doi:10.1007/s11222-016-9696-4
    """
    refuse_point(pieces, "a leave-one-out prediction")
    likelihood = pieces.likelihood
    X, counts, offset = likelihood.X, likelihood.counts, likelihood.offset
    # Equal rows with equal outcomes have the same answer.
    keys = [*X.T, *counts.T] if offset is None else [*X.T, *counts.T, offset]
    found = equal_rows(keys)
    first = np.arange(len(X)) if found is None else found[0]
    n, classes = len(first), counts.shape[1]
    prob, log_prob, k = np.empty((classes, n)), np.zeros(n), np.full(n, -np.inf)
    base = np.zeros(pieces.draws) if log_weights is None else log_weights
    step = max(1, _BLOCK // (pieces.draws * classes))
    with progress("leaving rows out", n, enabled=progressbar) as advance:
        for start in range(0, n, step):
            rows = first[start : start + step]
            eta = likelihood.eta(pieces.theta, rows)  # type: ignore[arg-type]
            logs = pieces.family.rows(eta.copy(), counts[rows])
            every = pieces.family.probabilities(eta)
            for i in range(len(rows)):
                smooth, shape = pareto_smooth(base - logs[i])
                weights = np.exp(smooth)
                at = start + i
                prob[:, at] = every[:, i] @ weights
                log_prob[at] = np.log(np.exp(logs[i] - logs[i].max()) @ weights) + logs[i].max()
                if counts[rows[i]].any():
                    k[at] = shape
            advance(len(rows))
    result = LeaveOneOut(prob / prob.sum(axis=0), log_prob, k)
    if found is None:
        return result
    inverse = found[1]
    return LeaveOneOut(result.prob[:, inverse], log_prob[inverse], k[inverse])


def whole(pieces: Pieces) -> np.ndarray:
    """Return posterior mean class probabilities of the fitted rows, (classes, rows)."""
    likelihood = pieces.likelihood
    n = len(likelihood.X)
    result = np.empty((likelihood.counts.shape[1], n))
    step = max(1, _BLOCK // (pieces.draws * len(result)))
    for start in range(0, n, step):
        rows = slice(start, start + step)
        eta = likelihood.eta(pieces.theta, rows)
        result[:, rows] = pieces.family.probabilities(eta).mean(axis=2)
    return result
