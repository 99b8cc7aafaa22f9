"""The straight line of observed log-odds on forecast ones, by maximum likelihood."""

from __future__ import annotations

import numpy as np

from bayeslogit.numerics.special import expit, softplus

__all__ = ["EXTREME", "calibration_line", "newton"]

# Forecasts of 0 and 1 have no finite log-odds; this far out they count as such.
EXTREME = 1e-300


def calibration_line(
    log_odds: np.ndarray, lost: np.ndarray, won: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return intercept and slope of a logistic regression on forecast log-odds, each (outcomes,).

    Parameters
    ----------
    log_odds : ndarray, shape (rows,)
        Of the forecasts.
    lost, won : ndarray, shape (rows, outcomes)
        Weighted cases without and with the event; at least one of each in every outcome.

    Returns
    -------
    intercept, slope : ndarray, shape (outcomes,)
        The slope is infinite, and the intercept NaN, where the forecast separates events from
        others; the slope is zero where the forecast is the same for all rows.
    """
    spread = float(np.ptp(log_odds))
    column = log_odds[:, None]
    # Where all events have higher forecasts than all non-events, or lower ones, the likelihood has
    # no maximum.
    best = np.where(won > 0, column, -np.inf).max(axis=0)
    least = np.where(won > 0, column, np.inf).min(axis=0)
    high = np.where(lost > 0, column, -np.inf).max(axis=0)
    low = np.where(lost > 0, column, np.inf).min(axis=0)
    slope, intercept = np.zeros(lost.shape[1]), np.full(lost.shape[1], np.nan)
    varies = np.maximum(best, high) > np.minimum(least, low)
    slope[varies & (high <= least)] = np.inf
    slope[varies & (best <= low)] = -np.inf
    level = ~varies
    if level.any():
        intercept[level] = np.log(won[:, level].sum(axis=0) / lost[:, level].sum(axis=0))
    finite = varies & np.isfinite(slope)
    if finite.any():
        # Centred and scaled, so that one Newton step fits all.
        center = float(np.average(log_odds, weights=(lost + won).sum(axis=1)))
        scaled = (log_odds - center) / spread
        found = newton(np.zeros((len(log_odds), 1)), scaled, lost[:, finite], won[:, finite])
        slope[finite] = found[1] / spread
        intercept[finite] = found[0] - center * slope[finite]
    return intercept, slope


def newton(
    offset: np.ndarray, x: np.ndarray | None, lost: np.ndarray, won: np.ndarray
) -> np.ndarray:
    """Return maximum-likelihood intercepts and slopes (2, outcomes) of small logistic models.

    Without ``x`` the slopes stay zero. Steps that lower the likelihood are halved, for each outcome
    separately.

    Parameters
    ----------
    offset : ndarray, shape (rows, 1) or (rows, outcomes)
        Added to the linear predictor.
    x : ndarray of shape (rows,), or None
    lost, won : ndarray, shape (rows, outcomes)
        Weighted cases without and with the event.
    """
    z = np.zeros(len(offset)) if x is None else x
    cases = lost + won

    def value(at: np.ndarray) -> np.ndarray:
        eta = offset + at[0] + z[:, None] * at[1]
        total: np.ndarray = (won * eta - cases * softplus(eta)).sum(axis=0)
        return total

    beta = np.zeros((2, lost.shape[1]))
    best = value(beta)
    for _ in range(60):
        prob = expit(offset + beta[0] + z[:, None] * beta[1])
        residual, weight = won - cases * prob, cases * prob * (1.0 - prob)
        gradient = np.stack([residual.sum(axis=0), z @ residual])
        a, b, c = weight.sum(axis=0), z @ weight, z**2 @ weight
        if x is None:
            c = np.ones_like(a)
        determinant = np.maximum(a * c - b * b, 1e-14 * np.maximum(a * c, 1e-280))
        step = np.stack([c * gradient[0] - b * gradient[1], a * gradient[1] - b * gradient[0]])
        step /= determinant
        size = np.minimum(1.0, 20.0 / np.maximum(np.abs(step).max(axis=0), 1e-300))
        for _ in range(40):
            reached = value(beta + size * step)
            worse = reached < best - 1e-12 * np.abs(best)
            if not worse.any():
                break
            size = np.where(worse, 0.5 * size, size)
        beta = beta + size * step
        best = reached
        if np.abs(size * step).max() < 1e-9:
            break
    return beta
