"""How well probabilities tell events from others: ROC, precision against recall, areas.

Each figure is of the forecasts against what happened, and has a posterior: for the population
that the cases are a sample of, by random weights on the cases (Rubin 1981,
doi:10.1214/aos/1176345338), or for the coefficients, by the draws.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.evaluation.replicates import Forecasting, Replicated, framed, replicate
from bayeslogit.errors import DesignError
from bayeslogit.numerics import scores
from bayeslogit.posterior.interval_summary import summarise
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "area",
    "auc",
    "curves",
    "precision_recall",
    "precision_recall_table",
    "roc",
    "roc_table",
]

_POINTS = 200


def _cumulated(
    prob: np.ndarray, failures: np.ndarray, successes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return distinct probabilities, falling, with false and true positives at and above each."""
    order = np.argsort(-prob, kind="stable")
    ranked = prob[order]
    ends = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])
    return ranked[ends], np.cumsum(failures[order])[ends], np.cumsum(successes[order])[ends]


def _shown(length: int) -> np.ndarray:
    """Return at most some hundred positions, the ends included."""
    if length <= _POINTS:
        return np.arange(length)
    return np.unique(np.linspace(0, length - 1, _POINTS).round().astype(np.intp))


def area(replicated: Replicated) -> pd.DataFrame:
    """Return the area under the ROC curve and the average precision, each with its posterior."""
    own = (replicated.prob, replicated.failures, replicated.successes)
    replicates = np.array([[scores.auc(*r), _average_precision(*r)] for r in replicated.each()]).T
    columns = summarise(replicates, replicated.settings, null=None)
    columns["estimate"] = np.array([scores.auc(*own), _average_precision(*own)])
    return framed(tables.Answer(columns, index=["auc", "average_precision"]), replicated)


def _average_precision(prob: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> float:
    _, lost, won = _cumulated(prob, failures, successes)
    steps = np.diff(won, prepend=0.0)
    hits = np.divide(won, lost + won, out=np.zeros_like(won), where=lost + won > 0)
    return float(steps @ hits / won[-1])


def roc_table(replicated: Replicated) -> pd.DataFrame:
    """Return the ROC curve with a band for the sensitivity at each false positive rate.

    Returns
    -------
    pandas.DataFrame
        ``cutoff`` (an event is forecast at and above it; infinite at the start),
        ``false_positive_rate``, ``sensitivity`` and its bounds.
    """
    cutoffs, lost, won = _cumulated(replicated.prob, replicated.failures, replicated.successes)
    at = _shown(len(cutoffs) + 1)
    rate = np.r_[0.0, lost / lost[-1]][at]
    band = np.stack([_sensitivity_at(rate, *r) for r in replicated.each()], axis=1)
    lower, upper = replicated.settings.names
    bounds = replicated.settings.bounds(band)
    table = tables.Answer(
        {
            "cutoff": np.r_[np.inf, cutoffs][at],
            "false_positive_rate": rate,
            "sensitivity": np.r_[0.0, won / won[-1]][at],
            lower: bounds[0],
            upper: bounds[1],
        }
    )
    return framed(table, replicated)


def curves(replicated: Replicated, number: int = 50) -> pd.DataFrame:
    """Return some draws of the ROC and precision-recall curves from their posterior.

    Parameters
    ----------
    replicated : Replicated
    number : int
        How many curves, at least one.

    Returns
    -------
    pandas.DataFrame
        ``draw``, ``cutoff``, ``false_positive_rate``, ``sensitivity`` (which is also the
        recall), ``precision``.
    """
    import pandas as pd

    if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 1:
        raise DesignError(
            f"draws={number!r} is not a number of curves; expected a whole number of at least 1; "
            "write for example draws=50"
        )
    frames = []
    # The first replicates are as good as any over cases; over draws they are spread by themselves.
    every = replace(replicated, most=int(number)).each()
    for i, (prob, failures, successes) in enumerate(every):
        cutoffs, lost, won = _cumulated(prob, failures, successes)
        used = lost + won > 0
        cutoffs, lost, won = cutoffs[used], lost[used], won[used]
        at = _shown(len(cutoffs))
        frames.append(
            tables.Answer(
                {
                    "draw": i,
                    "cutoff": cutoffs[at],
                    "false_positive_rate": (lost / lost[-1])[at],
                    "sensitivity": (won / won[-1])[at],
                    "precision": (won / (lost + won))[at],
                }
            )
        )
    return framed(pd.concat(frames, ignore_index=True), replicated)


def _sensitivity_at(
    rate: np.ndarray, prob: np.ndarray, failures: np.ndarray, successes: np.ndarray
) -> np.ndarray:
    """Return the highest sensitivity that a curve reaches at each false positive rate."""
    _, lost, won = _cumulated(prob, failures, successes)
    x = np.r_[0.0, lost / lost[-1]]
    y = np.r_[0.0, won / won[-1]]
    last = np.searchsorted(x, rate + 1e-12, side="right") - 1
    following = np.minimum(last + 1, len(x) - 1)
    width = x[following] - x[last]
    share = np.divide(rate - x[last], width, out=np.zeros_like(rate), where=width > 0)
    reached: np.ndarray = y[last] + np.clip(share, 0.0, 1.0) * (y[following] - y[last])
    return reached


def precision_recall_table(replicated: Replicated) -> pd.DataFrame:
    """Return precision against recall (sensitivity), with a band for the precision.

    Returns
    -------
    pandas.DataFrame
        ``cutoff`` (an event is forecast at and above it), ``recall``, ``precision``, bounds.
    """
    cutoffs, lost, won = _cumulated(replicated.prob, replicated.failures, replicated.successes)
    used = lost + won > 0
    cutoffs, lost, won = cutoffs[used], lost[used], won[used]
    at = _shown(len(cutoffs))
    recall = (won / won[-1])[at]
    band = np.stack([_precision_at(recall, *r) for r in replicated.each()], axis=1)
    lower, upper = replicated.settings.names
    bounds = replicated.settings.bounds(band)
    table = tables.Answer(
        {
            "cutoff": cutoffs[at],
            "recall": recall,
            "precision": (won / (lost + won))[at],
            lower: bounds[0],
            upper: bounds[1],
        }
    )
    return framed(table, replicated)


def _precision_at(
    recall: np.ndarray, prob: np.ndarray, failures: np.ndarray, successes: np.ndarray
) -> np.ndarray:
    """Return the precision at the first cut-off that reaches each recall."""
    _, lost, won = _cumulated(prob, failures, successes)
    reached = np.searchsorted(won / won[-1], recall - 1e-12, side="left")
    reached = np.minimum(reached, len(won) - 1)
    both = lost[reached] + won[reached]
    precision: np.ndarray = np.divide(won[reached], both, out=np.zeros_like(both), where=both > 0)
    return precision


def roc(
    posterior: Posterior, *, draws: int | None = None, **options: Unpack[Forecasting]
) -> pd.DataFrame:
    """Return the ROC curve with a band.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    draws : int, optional
        Return so many curves drawn from the posterior instead.
    **options
        As in :func:`confusion`.

    Returns
    -------
    pandas.DataFrame
        ``cutoff``, ``false_positive_rate``, ``sensitivity`` and its bounds; for ``draws``
        also ``draw`` and ``precision``, without bounds.

    See Also
    --------
    auc : The area under this curve.
    plot_roc : The same as a picture.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.roc()[["cutoff", "false_positive_rate", "sensitivity"]].round(2).iloc[5].tolist()
    [0.91, 0.0, 0.5]
    """
    replicated = replicate(posterior, **options)
    return roc_table(replicated) if draws is None else curves(replicated, draws)


def precision_recall(
    posterior: Posterior, *, draws: int | None = None, **options: Unpack[Forecasting]
) -> pd.DataFrame:
    """Return precision against recall with a band.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    draws : int, optional
        Return so many curves drawn from the posterior instead, as :func:`roc` does.
    **options
        As in :func:`confusion`.

    Returns
    -------
    pandas.DataFrame
        ``cutoff``, ``recall``, ``precision`` and its bounds.

    See Also
    --------
    auc : Average precision, the area under this curve.
    plot_precision_recall : The same as a picture.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.precision_recall()[["cutoff", "recall", "precision"]].round(2).iloc[9].tolist()
    [0.52, 0.8, 0.8]
    """
    posterior.warn_of_risks("precisions")
    replicated = replicate(posterior, **options)
    return precision_recall_table(replicated) if draws is None else curves(replicated, draws)


def auc(posterior: Posterior, **options: Unpack[Forecasting]) -> pd.DataFrame:
    """Return the area under the ROC curve and the average precision, with posteriors.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    **options
        As in :func:`confusion`.

    Returns
    -------
    pandas.DataFrame
        A row each of ``auc`` and ``average_precision``, in [0, 1]: ``estimate`` (that of the data),
        ``sd`` and interval.

    See Also
    --------
    roc : The curve that this is the area under.
    calibration : Whether the probabilities are right.

    Notes
    -----
    The posterior is for the population that the cases are a sample of, by random weights on the
    cases (Rubin 1981), or for the coefficients, by the draws.

    References
    ----------
    Rubin, D. B. (1981). The Bayesian bootstrap. doi:10.1214/aos/1176345338

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.auc().loc["auc", "estimate"].round(4)
    np.float64(0.895)
    """
    return area(replicate(posterior, **options))
