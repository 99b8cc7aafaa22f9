"""What the model says of each row when it has not seen it: leave-one-out by importance sampling.

The posterior without a row is the posterior with its likelihood divided out; draws get these
weights, and the largest are smoothed by a Pareto distribution. Nothing is fitted again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from bayeslogit.averages import equal_rows
from bayeslogit.families import LINKS
from bayeslogit.inference.threads import repeatable, workers
from bayeslogit.pieces import Pieces, refuse_point
from bayeslogit.progress import progress

__all__ = ["UNRELIABLE", "LeaveOneOut", "leave_one_out", "smooth", "whole"]

# Linear predictors held at a time.
_BLOCK = 250_000
# Tails fitted together: their arrays stay in the cache.
_TAILS = 4
# Pareto k above which an estimate by importance sampling cannot be relied on.
UNRELIABLE = 0.7
# Probabilities below this have weights too large to add up.
_SMALLEST = 1e-200
# Distance from one below which one minus a probability is computed by itself.
_DIGITS = 1e-7


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

    single = _one_trial_each(pieces, counts)
    scale = np.exp(base - base.max())

    def forecast(start: int) -> int:
        rows = first[start : start + step]
        at = slice(start, start + len(rows))
        eta = likelihood.eta(pieces.theta, rows)  # type: ignore[arg-type]
        seen = _seen(pieces, eta[0], counts[rows, 1] > 0.0) if single else None
        if seen is not None:
            # One over the probability of what happened is the weight: no logarithm is needed.
            weights = np.divide(scale, seen)
            shape = _smooth_tails(weights)
            here = np.einsum("rc,rc->r", seen, weights) / weights.sum(axis=1)
            # Near one the other class would lose its digits.
            if here.max() < 1.0 - _DIGITS:
                log_prob[at], k[at] = np.log(here), shape
                yes = counts[rows, 1] > 0.0
                prob[1, at] = np.where(yes, here, 1.0 - here)
                prob[0, at] = np.where(yes, 1.0 - here, here)
                return len(rows)
        logs = pieces.family.rows(eta.copy(), counts[rows])
        weights, shape = smooth(base - logs)
        every = pieces.family.probabilities(eta)
        prob[:, at] = np.einsum("krc,rc->kr", every, weights)
        top = logs.max(axis=1)
        log_prob[at] = top + np.log(np.einsum("rc,rc->r", np.exp(logs - top[:, None]), weights))
        k[at] = np.where(counts[rows].any(axis=1), shape, -np.inf)
        return len(rows)

    with ExitStack() as stack:
        advance = stack.enter_context(progress("leaving rows out", n, enabled=progressbar))
        stack.enter_context(repeatable())
        pool = stack.enter_context(ThreadPoolExecutor(workers()))
        for done in pool.map(forecast, range(0, n, step)):
            advance(done)
    prob /= prob.sum(axis=0)
    if found is None:
        return LeaveOneOut(prob, log_prob, k)
    inverse = found[1]
    return LeaveOneOut(prob[:, inverse], log_prob[inverse], k[inverse])


def _one_trial_each(pieces: Pieces, counts: np.ndarray) -> bool:
    """Whether every row is one case of two classes."""
    whole = bool(np.all(counts.sum(axis=1) == 1.0) and np.all(counts.max(axis=1) == 1.0))
    return pieces.family.arrangement == "plain" and whole


def _seen(pieces: Pieces, eta: np.ndarray, yes: np.ndarray) -> np.ndarray | None:
    """Return the probability of what happened, (rows, draws); None where it is next to nothing."""
    link = LINKS[pieces.family.link]
    result = np.empty_like(eta)
    result[yes] = link.prob(eta[yes])
    result[~yes] = link.complement(eta[~yes])
    return result if result.min() > _SMALLEST else None


def smooth(log_weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return smoothed importance weights of many rows at once, and the Pareto k of each.

    The same as :func:`bayeslogit.inference.diagnostics.pareto_smooth` row by row, four times as
    fast: only the tail is sorted, and all tails are fitted together.

    Parameters
    ----------
    log_weights : ndarray, shape (rows, draws)
        Up to a constant for each row, in nats.

    Returns
    -------
    weights : ndarray, shape (rows, draws)
        Summing to one in each row.
    k : ndarray, shape (rows,)
        NaN for fewer than 25 draws, and -inf where all large weights are equal.
    """
    weights = np.exp(log_weights - log_weights.max(axis=1, keepdims=True))
    k = _smooth_tails(weights)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights, k


def _smooth_tails(weights: np.ndarray) -> np.ndarray:
    """Smooth the largest of positive weights (rows, draws) in place; return k of each row.

    Weights may have any scale.
    """
    n, draws = weights.shape
    tail = int(3.0 * np.sqrt(draws)) if draws > 225 else draws // 5
    k = np.full(n, np.nan)
    if tail >= 5:
        order = np.argpartition(weights, draws - tail - 1, axis=1)[:, -tail - 1 :]
        cutoff = np.take_along_axis(weights, order[:, :1], 1)
        largest = np.take_along_axis(weights, order[:, 1:], 1)
        rising = np.argsort(largest, axis=1)
        place = np.take_along_axis(order[:, 1:], rising, 1)
        largest = np.take_along_axis(largest, rising, 1)
        excess = largest - cutoff
        k[:] = -np.inf
        varies = np.flatnonzero(excess[:, -1] - excess[:, 0] >= np.finfo(float).tiny)
        if len(varies):
            shape, scale = _fit_tails(excess[varies])
            k[varies] = shape
            good = np.isfinite(shape)
            varies, shape, scale = varies[good], shape[good, None], scale[good, None]
            logs = np.log1p(-(np.arange(tail) + 0.5) / tail)
            flat = np.where(shape == 0.0, 1e-300, shape)
            fitted = cutoff[varies] + scale * np.expm1(-flat * logs) / flat
            weights[varies[:, None], place[varies]] = np.minimum(fitted, largest[varies, -1:])
    return k


def _fit_tails(excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return shape and scale of generalised Pareto distributions of sorted excesses (rows, tail).

    The shape is the empirical-Bayes estimate of Zhang and Stephens (2009,
    doi:10.1198/tech.2009.08017), drawn towards 0.5 with the weight of ten observations; NaN
    where a quarter of the excesses are equal.
    """
    count = excess.shape[1]
    quartile = excess[:, int(count / 4 + 0.5) - 1]
    shape, scale = np.full((2, len(excess)), np.nan)
    used = np.flatnonzero(quartile > excess[:, 0])
    grid = 30 + int(np.sqrt(count))
    base = (1.0 - np.sqrt(grid / (np.arange(grid) + 0.5))) / 3.0
    for start in range(0, len(used), _TAILS):
        rows = used[start : start + _TAILS]
        some = excess[rows]
        slope = base / quartile[rows, None] + 1.0 / some[:, -1:]
        mean = _mean_log(slope, some)
        profile = count * (np.log(-slope / mean) - mean - 1.0)
        weight = np.exp(profile - profile.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        weight[weight < 10 * np.finfo(float).eps] = 0.0
        best = (slope * weight).sum(axis=1) / weight.sum(axis=1)
        own = np.log1p(-best[:, None] * some).mean(axis=1)
        shape[rows] = (count * own + 5.0) / (count + 10.0)
        scale[rows] = -own / best
    return shape, scale


def _mean_log(slope: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Return the mean of ``log(1 - slope * excess)`` over the tail, (rows, slopes)."""
    values = excess[:, None, :] * -slope[:, :, None]
    np.log1p(values, out=values)
    return values.sum(axis=2) / excess.shape[1]


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
