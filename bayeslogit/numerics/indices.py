"""Indices of a forecast of an event, as tables of validation have them, and a local line."""

from __future__ import annotations

import numpy as np

from bayeslogit.numerics import scores
from bayeslogit.numerics.recalibration import EXTREME, calibration_line
from bayeslogit.numerics.special import expit, softplus

__all__ = ["INDICES", "largest_error", "local_line", "mean_difference", "validation_indices"]

INDICES = (
    *("auc", "somers_d", "r_squared", "intercept", "slope"),
    *("discrimination", "unreliability", "quality"),
    *("brier", "log_score", "g", "g_probability"),
)


def validation_indices(prob: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
    """Return the indices of a forecast, in the order of :data:`INDICES`, (indices, outcomes).

    Parameters
    ----------
    prob : ndarray, shape (cells,)
        Forecast probability of the event.
    failures, successes : ndarray, shape (cells, outcomes)
        Weighted cases; at least one of each in every outcome.

    Returns
    -------
    ndarray
        NaN what a forecast without an error does not have: intercept, and what is made of it.
    """
    log_odds = np.log(np.maximum(prob, EXTREME)) - np.log(np.maximum(1.0 - prob, EXTREME))
    cases, won = failures + successes, successes.sum(axis=0)
    n = cases.sum(axis=0)
    area = scores.auc(prob, failures, successes)
    intercept, slope = calibration_line(log_odds, failures, successes)
    share = won / n
    null = n * (share * np.log(share) + (1.0 - share) * np.log1p(-share))

    def likelihood(eta: np.ndarray) -> np.ndarray:
        total: np.ndarray = (successes * eta - cases * softplus(eta)).sum(axis=0)
        return total

    with np.errstate(invalid="ignore"):
        line = intercept + slope * log_odds[:, None]
        fitted = likelihood(line)
        own = likelihood(np.broadcast_to(log_odds[:, None], cases.shape))
        ratio = 2.0 * (fitted - null)
        r_squared = -np.expm1(-ratio / n) / -np.expm1(2.0 * null / n)
        discrimination = (ratio - 1.0) / n
        unreliability = (2.0 * (fitted - own) - 2.0) / n
        g = np.abs(slope) * mean_difference(log_odds, cases)
        g_probability = mean_difference(expit(line), cases)
    both = np.stack([1.0 - prob, prob])
    counts = np.stack([failures, successes], axis=1)
    return np.stack(
        [
            *(area, 2.0 * area - 1.0, r_squared, intercept, slope),
            *(discrimination, unreliability, discrimination - unreliability),
            *(scores.brier(both, counts), -own / n, g, g_probability),
        ]
    )


def mean_difference(values: np.ndarray, cases: np.ndarray) -> np.ndarray:
    """Return Gini's mean difference: the mean absolute difference of two cases, (outcomes,).

    Parameters
    ----------
    values : ndarray, shape (cells,) or (cells, outcomes)
        Of several outcomes all in one order, or in its reverse.
    cases : ndarray, shape (cells, outcomes)
        Weighted cases of each value.

    Examples
    --------
    >>> float(mean_difference(np.array([0.0, 1.0, 3.0]), np.ones((3, 1)))[0])
    2.0
    """
    column = values if values.ndim == 2 else values[:, None]
    order = np.argsort(column[:, 0], kind="stable")
    below = np.cumsum(cases[order], axis=0)
    n = below[-1]
    gaps = np.abs(np.diff(column[order], axis=0))
    total = 2.0 * (gaps * below[:-1] * (n - below[:-1])).sum(axis=0)
    mean: np.ndarray = total / (n * (n - 1.0))
    return mean


def largest_error(intercept: float, slope: float) -> float:
    """Return the largest distance of forecasts in (0, 1) from their calibration line.

    Parameters
    ----------
    intercept, slope : float
        Of the line of observed on forecast log-odds; 0 and 1 are best.
    """
    prob = np.arange(1, 2000) / 2000.0
    return float(np.abs(prob - expit(intercept + slope * np.log(prob / (1.0 - prob)))).max())


def local_line(
    prob: np.ndarray, failures: np.ndarray, successes: np.ndarray, at: np.ndarray
) -> np.ndarray:
    """Return observed shares along forecasts by local straight lines, (points, outcomes).

    Tricube weights reach over the nearest two thirds of the cases.

    Parameters
    ----------
    prob : ndarray, shape (cells,)
        Forecasts.
    failures, successes : ndarray, shape (cells, outcomes)
        Weighted cases.
    at : ndarray, shape (points,)
        Forecasts at which shares are wanted.

    References
    ----------
    Cleveland, W. S. (1979). Robust locally weighted regression and smoothing scatterplots.
    doi:10.1080/01621459.1979.10481038
    """
    cases = failures + successes
    away = np.abs(prob - at[:, None])
    order = np.argsort(away, axis=1, kind="stable")
    ranked = np.take_along_axis(away, order, axis=1)
    result = np.empty((len(at), cases.shape[1]))
    for k in range(cases.shape[1]):
        mass, won = cases[:, k], successes[:, k]
        reached = np.cumsum(mass[order], axis=1)
        wanted = max(2.0, np.floor(2.0 / 3.0 * mass.sum() + 1e-7))
        last = np.minimum((reached < wanted - 1e-9).sum(axis=1), len(prob) - 1)
        reach = np.maximum(np.take_along_axis(ranked, last[:, None], axis=1), 1e-12)
        tricube = (1.0 - np.minimum(away / reach, 1.0) ** 3) ** 3
        weight = tricube * mass
        total = weight.sum(axis=1)
        middle = (weight @ prob) / total
        spread = (weight @ prob**2) / total - middle**2
        share = np.divide(won, mass, out=np.zeros_like(won), where=mass > 0.0)
        mean = (weight @ share) / total
        rise = (weight @ (prob * share)) / total - middle * mean
        slope = np.divide(rise, spread, out=np.zeros_like(rise), where=spread > 1e-14)
        result[:, k] = mean + slope * (at - middle)
    return result
