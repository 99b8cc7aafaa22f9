"""Scores of forecasts on arrays: Brier, logarithmic, ranked probability, AUC, calibration.

A forecast is ``prob`` (classes, rows), a probability for each class; the outcome is ``counts``
(rows, classes), weighted cases of each class, so a row may stand for one case, for several trials,
or for a fraction. A last axis of ``counts`` holds several outcomes of one forecast; scores then
have one number for each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit.numerics.recalibration import EXTREME, calibration_line, newton

__all__ = [
    "Isotonic",
    "auc",
    "brier",
    "integrated_calibration_index",
    "isotonic",
    "log_score",
    "net_benefits",
    "ranked_probability",
    "recalibrate",
]


def brier(prob: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the Brier score: the mean squared error of the forecast.

    For two classes that is the mean of ``(p - y)**2``, between 0 and 1; for more, the sum of it
    over the classes, between 0 and 2.

    Parameters
    ----------
    prob : ndarray, shape (classes, rows)
        Probabilities that sum to one over classes.
    counts : ndarray, shape (rows, classes) or (rows, classes, outcomes)
        Weighted cases of each class, zero or more.

    Examples
    --------
    >>> float(brier(np.array([[0.75, 0.5], [0.25, 0.5]]), np.array([[1, 0], [0, 1]])))
    0.15625

    References
    ----------
    Brier, G. W. (1950). Verification of forecasts expressed in terms of probability.
    doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
    """
    total = counts.sum(axis=(0, 1))
    result: np.ndarray
    if len(prob) == 2:
        errors = np.tensordot(prob[1] ** 2, counts[:, 0], 1)
        result = (errors + np.tensordot(prob[0] ** 2, counts[:, 1], 1)) / total
    else:
        squares = np.tensordot((prob**2).sum(axis=0), counts.sum(axis=1), 1)
        result = (squares - 2.0 * np.tensordot(prob.T, counts, 2) + total) / total
    return result


def log_score(prob: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the logarithmic score (log loss): minus the mean log probability of the outcome.

    Parameters
    ----------
    prob : ndarray, shape (classes, rows)
        Probabilities that sum to one over classes.
    counts : ndarray, shape (rows, classes) or (rows, classes, outcomes)
        Weighted cases of each class, zero or more.

    Returns
    -------
    ndarray, shape () or (outcomes,)
        In nats, zero or more; infinite if a class with probability 0 has a case.
    """
    seen = counts.reshape(*counts.shape[:2], -1).any(axis=2)
    with np.errstate(divide="ignore"):
        logs = np.where(seen, np.log(prob.T), 0.0)
    result: np.ndarray = -np.tensordot(logs, counts, 2) / counts.sum(axis=(0, 1))
    return result


def ranked_probability(prob: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the ranked probability score of ordered classes.

    The mean of the sum over boundaries of the squared difference between the forecast and the
    observed cumulative probability; for two classes it is the Brier score.

    Parameters
    ----------
    prob : ndarray, shape (classes, rows)
        Probabilities that sum to one over classes, which are in order.
    counts : ndarray, shape (rows, classes) or (rows, classes, outcomes)
        Weighted cases of each class, zero or more.

    Returns
    -------
    ndarray, shape () or (outcomes,)
        Between 0 and classes - 1.

    References
    ----------
    Epstein, E. S. (1969). A scoring system for probability forecasts of ranked categories.
    doi:10.1175/1520-0450(1969)008<0985:ASSFPF>2.0.CO;2
    """
    below = np.cumsum(prob, axis=0)[:-1].T
    reached = np.cumsum(counts, axis=1)[:, :-1]
    cases = counts.sum(axis=1)
    squares = np.tensordot((below**2).sum(axis=1), cases, 1)
    hits = np.tensordot(below, reached, 2)
    result: np.ndarray = (squares - 2.0 * hits + reached.sum(axis=(0, 1))) / cases.sum(axis=0)
    return result


def auc(prob: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> np.ndarray:
    """Return the area under the ROC curve: the probability that an event outranks a non-event.

    Parameters
    ----------
    prob : ndarray, shape (rows,)
        Probabilities, or anything else that ranks the rows; ties count one half.
    failures, successes : ndarray, shape (rows,) or (rows, outcomes)
        Weighted cases without and with the event, zero or more.

    References
    ----------
    Hanley, J. A. and McNeil, B. J. (1982). The meaning and use of the area under a receiver
    operating characteristic (ROC) curve. doi:10.1148/radiology.143.1.7063747

    Examples
    --------
    >>> float(auc(np.array([0.2, 0.6, 0.6]), np.array([1, 1, 0]), np.array([0, 0, 1])))
    0.75
    """
    order = np.argsort(prob, kind="stable")
    ranked = prob[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    lost = np.add.reduceat(failures[order], starts)
    won = np.add.reduceat(successes[order], starts)
    below = np.cumsum(lost, axis=0) - 0.5 * lost
    area: np.ndarray = (won * below).sum(axis=0) / (won.sum(axis=0) * lost.sum(axis=0))
    return area


@dataclass(frozen=True, eq=False)
class Isotonic:
    """Isotonic calibration curve: the best increasing curve of observed shares by forecast.

    Parameters
    ----------
    predicted : ndarray, shape (points,)
        Distinct forecasts, increasing probabilities.
    observed : ndarray, shape (points,)
        Share of events that the curve gives there, a probability.
    cases : ndarray, shape (points,)
        Weighted cases at each point, positive.
    """

    predicted: np.ndarray
    observed: np.ndarray
    cases: np.ndarray

    def __call__(self, prob: np.ndarray) -> np.ndarray:
        """Return the curve at other forecasts, linear between its points."""
        share: np.ndarray = np.interp(prob, self.predicted, self.observed)
        return share


def isotonic(prob: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> Isotonic:
    """Return the isotonic calibration curve, by the pool-adjacent-violators algorithm.

    Parameters
    ----------
    prob : ndarray, shape (rows,)
        Forecast probabilities of the event.
    failures, successes : ndarray, shape (rows,)
        Weighted cases without and with the event, zero or more.

    References
    ----------
    Dimitriadis, T., Gneiting, T. and Jordan, A. I. (2021). Stable reliability diagrams for
    probabilistic classifiers. doi:10.1073/pnas.2016191118

    Examples
    --------
    >>> curve = isotonic(np.array([0.1, 0.2, 0.3]), np.array([0, 1, 0]), np.array([1, 0, 1]))
    >>> curve.observed
    array([0.5, 0.5, 1. ])
    """
    from scipy.optimize import isotonic_regression

    cases = failures + successes
    used = cases > 0
    found, inverse = np.unique(prob[used], return_inverse=True)
    total = np.bincount(inverse.ravel(), cases[used], len(found))
    share = np.bincount(inverse.ravel(), successes[used], len(found)) / total
    fitted = isotonic_regression(share, weights=total).x
    return Isotonic(found, fitted, total)


def integrated_calibration_index(
    prob: np.ndarray, failures: np.ndarray, successes: np.ndarray
) -> np.ndarray:
    """Return the integrated calibration index: mean absolute distance from the isotonic curve.

    An isotonic curve follows the noise of few rows, so even a calibrated forecast has an index
    above zero: compare it with the index of simulated outcomes of a calibrated forecast.

    Parameters
    ----------
    prob : ndarray, shape (rows,)
        Forecast probabilities of the event.
    failures, successes : ndarray, shape (rows,) or (rows, outcomes)
        Weighted cases without and with the event, zero or more.

    Returns
    -------
    ndarray, shape () or (outcomes,)
        Between 0 and 1.

    References
    ----------
    Austin, P. C. and Steyerberg, E. W. (2019). The integrated calibration index.
    doi:10.1002/sim.8281 (with a local regression in place of the isotonic curve)
    """
    shape = failures.shape[1:]
    lost, won = failures.reshape(len(prob), -1), successes.reshape(len(prob), -1)
    result = np.empty(lost.shape[1])
    for i in range(len(result)):
        curve = isotonic(prob, lost[:, i], won[:, i])
        gap = np.abs(curve.observed - curve.predicted)
        result[i] = gap @ curve.cases / curve.cases.sum()
    return result.reshape(shape)


def recalibrate(
    prob: np.ndarray, failures: np.ndarray, successes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the calibration slope and intercept: 1 and 0 if the forecast is calibrated.

    The slope is that of a logistic regression of the outcome on the forecast's log-odds, below
    one if forecasts are too extreme; the intercept is that of one with the slope fixed at one
    (calibration in the large), below zero if forecasts are too high on average.

    Parameters
    ----------
    prob : ndarray, shape (rows,)
        Forecast probabilities of the event.
    failures, successes : ndarray, shape (rows,) or (rows, outcomes)
        Weighted cases without and with the event; at least one of each in every outcome.

    Returns
    -------
    slope, intercept : ndarray, shape () or (outcomes,)
        The slope has no unit: it is infinite where the forecast separates events from
        non-events, and zero where it is the same for all rows. The intercept is in log-odds.

    References
    ----------
    Cox, D. R. (1958). Two further applications of a model for binary regression.
    doi:10.1093/biomet/45.3-4.562
    Van Calster, B. et al. (2016). A calibration hierarchy for risk models was defined.
    doi:10.1016/j.jclinepi.2015.12.005
    """
    shape = failures.shape[1:]
    lost, won = failures.reshape(len(prob), -1), successes.reshape(len(prob), -1)
    log_odds = np.log(np.maximum(prob, EXTREME)) - np.log(np.maximum(1.0 - prob, EXTREME))
    intercept = newton(log_odds[:, None], None, lost, won)[0]
    slope = calibration_line(log_odds, lost, won)[1]
    return slope.reshape(shape), intercept.reshape(shape)


def net_benefits(
    t: np.ndarray, prob: np.ndarray, failures: np.ndarray, successes: np.ndarray
) -> np.ndarray:
    """Return net benefits of the model and of treating everyone, (2, thresholds).

    Parameters
    ----------
    t : ndarray, shape (thresholds,)
        Probabilities at which acting and not acting are worth the same.
    prob : ndarray, shape (cells,)
        Forecast probability of the event.
    failures, successes : ndarray, shape (cells,)
        Weighted cases.
    """
    order = np.argsort(prob, kind="stable")
    above = len(prob) - np.searchsorted(prob[order], t, side="right")
    # Added up from the highest forecast, so that acting on no one, or on everyone, is exactly
    # that, and no rounding error decides which is better.
    falses = np.r_[0.0, np.cumsum(failures[order[::-1]])]
    trues = np.r_[0.0, np.cumsum(successes[order[::-1]])]
    odds = t / (1.0 - t)
    model = trues[above] - odds * falses[above]
    every = trues[-1] - odds * falses[-1]
    benefit: np.ndarray = np.stack([model, every]) / (falses[-1] + trues[-1])
    return benefit
