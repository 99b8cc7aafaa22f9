"""How well probabilities tell events from others: counts at a cut-off, ROC, precision, benefit.

Each figure is of the forecasts against what happened, and has a posterior: for the population
that the cases are a sample of, by random weights on the cases (Rubin 1981,
doi:10.1214/aos/1176345338), or for the coefficients, by the draws.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.evaluation.replicates import Replicated
from bayeslogit.errors import DesignError
from bayeslogit.numerics import scores
from bayeslogit.numerics.intervals import check_probabilities, check_probability, cutoffs_up_to
from bayeslogit.posterior.interval_summary import summarise

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Replicated",
    "area",
    "confusion",
    "curves",
    "net_benefit",
    "precision_recall",
    "roc",
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


def area(judged: Replicated) -> pd.DataFrame:
    """Return the area under the ROC curve and the average precision, each with its posterior."""
    import pandas as pd

    own = (judged.prob, judged.failures, judged.successes)
    replicates = np.array([[scores.auc(*r), _average_precision(*r)] for r in judged.each()]).T
    columns = summarise(replicates, judged.settings, null=None)
    columns["estimate"] = np.array([scores.auc(*own), _average_precision(*own)])
    return _framed(pd.DataFrame(columns, index=["auc", "average_precision"]), judged)


def _average_precision(prob: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> float:
    _, lost, won = _cumulated(prob, failures, successes)
    steps = np.diff(won, prepend=0.0)
    hits = np.divide(won, lost + won, out=np.zeros_like(won), where=lost + won > 0)
    return float(steps @ hits / won[-1])


def roc(judged: Replicated) -> pd.DataFrame:
    """Return the ROC curve with a band for the sensitivity at each false positive rate.

    Returns
    -------
    pandas.DataFrame
        ``cutoff`` (an event is forecast at and above it; infinite at the start),
        ``false_positive_rate``, ``sensitivity`` and its bounds.
    """
    import pandas as pd

    cutoffs, lost, won = _cumulated(judged.prob, judged.failures, judged.successes)
    at = _shown(len(cutoffs) + 1)
    rate = np.r_[0.0, lost / lost[-1]][at]
    band = np.stack([_sensitivity_at(rate, *r) for r in judged.each()], axis=1)
    lower, upper = judged.settings.names
    bounds = judged.settings.bounds(band)
    table = pd.DataFrame(
        {
            "cutoff": np.r_[np.inf, cutoffs][at],
            "false_positive_rate": rate,
            "sensitivity": np.r_[0.0, won / won[-1]][at],
            lower: bounds[0],
            upper: bounds[1],
        }
    )
    return _framed(table, judged)


def curves(judged: Replicated, number: int = 50) -> pd.DataFrame:
    """Return some draws of the ROC and precision-recall curves from their posterior.

    Parameters
    ----------
    judged : Replicated
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
    every = replace(judged, most=int(number)).each()
    for i, (prob, failures, successes) in enumerate(every):
        cutoffs, lost, won = _cumulated(prob, failures, successes)
        used = lost + won > 0
        cutoffs, lost, won = cutoffs[used], lost[used], won[used]
        at = _shown(len(cutoffs))
        frames.append(
            pd.DataFrame(
                {
                    "draw": i,
                    "cutoff": cutoffs[at],
                    "false_positive_rate": (lost / lost[-1])[at],
                    "sensitivity": (won / won[-1])[at],
                    "precision": (won / (lost + won))[at],
                }
            )
        )
    return _framed(pd.concat(frames, ignore_index=True), judged)


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
    return y[last] + np.clip(share, 0.0, 1.0) * (y[following] - y[last])


def precision_recall(judged: Replicated) -> pd.DataFrame:
    """Return precision against recall (sensitivity), with a band for the precision.

    Returns
    -------
    pandas.DataFrame
        ``cutoff`` (an event is forecast at and above it), ``recall``, ``precision``, bounds.
    """
    import pandas as pd

    cutoffs, lost, won = _cumulated(judged.prob, judged.failures, judged.successes)
    used = lost + won > 0
    cutoffs, lost, won = cutoffs[used], lost[used], won[used]
    at = _shown(len(cutoffs))
    recall = (won / won[-1])[at]
    band = np.stack([_precision_at(recall, *r) for r in judged.each()], axis=1)
    lower, upper = judged.settings.names
    bounds = judged.settings.bounds(band)
    table = pd.DataFrame(
        {
            "cutoff": cutoffs[at],
            "recall": recall,
            "precision": (won / (lost + won))[at],
            lower: bounds[0],
            upper: bounds[1],
        }
    )
    return _framed(table, judged)


def _precision_at(
    recall: np.ndarray, prob: np.ndarray, failures: np.ndarray, successes: np.ndarray
) -> np.ndarray:
    """Return the precision at the first cut-off that reaches each recall."""
    _, lost, won = _cumulated(prob, failures, successes)
    reached = np.searchsorted(won / won[-1], recall - 1e-12, side="left")
    reached = np.minimum(reached, len(won) - 1)
    both = lost[reached] + won[reached]
    return np.divide(won[reached], both, out=np.zeros_like(both), where=both > 0)


_RATES = {
    "sensitivity": (("true_positives",), ("true_positives", "false_negatives")),
    "specificity": (("true_negatives",), ("true_negatives", "false_positives")),
    "precision": (("true_positives",), ("true_positives", "false_positives")),
    "negative_predictive_value": (("true_negatives",), ("true_negatives", "false_negatives")),
    "accuracy": (
        ("true_positives", "true_negatives"),
        ("true_positives", "true_negatives", "false_positives", "false_negatives"),
    ),
}


def confusion(judged: Replicated, cutoff: float = 0.5) -> pd.DataFrame:
    """Return counts and rates of right and wrong forecasts at a cut-off, with their posteriors.

    An event is forecast where its probability is above the cut-off. Counts are of weighted
    cases; over resampled cases their sum is held. Rates that divide by zero, such as the
    precision where no event is forecast, are left out.
    """
    import pandas as pd

    cutoff = check_probability("cutoff", cutoff)
    total = judged.failures.sum() + judged.successes.sum()
    own = _counts(cutoff, total, judged.prob, judged.failures, judged.successes)
    replicates: list[dict[str, float]] = [_counts(cutoff, total, *r) for r in judged.each()]
    names = [name for name in (*_COUNTS, *_RATES) if np.isfinite(own[name])]
    rows = {}
    for name in names:
        values = np.array([r[name] for r in replicates])
        values = values[np.isfinite(values)]
        rows[name] = summarise(values, judged.settings, null=None)
        if np.ptp(values) <= 1e-12 * np.max(np.abs(values)):
            rows[name]["sd"] = np.array(0.0)  # known, up to rounding
        rows[name]["estimate"] = np.array(own[name])
    table = pd.DataFrame.from_dict(
        {name: {k: float(v) for k, v in row.items()} for name, row in rows.items()},
        orient="index",
    )
    table = _framed(table, judged)
    table.attrs["cutoff"] = cutoff
    return table


_COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def _counts(
    cutoff: float,
    total: float,
    prob: np.ndarray,
    failures: np.ndarray,
    successes: np.ndarray,
) -> dict[str, float]:
    """Return counts, scaled to a total, and rates; NaN for a rate of nothing."""
    positive = prob > cutoff
    scale = total / (failures.sum() + successes.sum())
    cells = (
        successes[positive].sum(),
        failures[positive].sum(),
        failures[~positive].sum(),
        successes[~positive].sum(),
    )
    found = {name: float(scale * v) for name, v in zip(_COUNTS, cells, strict=True)}
    for name, (over, under) in _RATES.items():
        below = sum(found[u] for u in under)
        found[name] = sum(found[o] for o in over) / below if below > 0 else np.nan
    return found


def net_benefit(judged: Replicated, thresholds: Any = None) -> pd.DataFrame:
    """Return the decision curve: the net benefit of acting on the model at each threshold.

    Net benefit is the share of true positives minus that of false positives times
    ``t / (1 - t)``, where ``t`` is the probability at which acting and not acting are worth the
    same (Vickers and Elkin 2006, doi:10.1177/0272989X06295361). It is in true positives per
    case.

    Parameters
    ----------
    judged : Replicated
    thresholds : array, optional
        Between 0 and 1; by default 0.01 to 0.99, or where no forecast reaches 0.3 so far as
        they reach.

    Returns
    -------
    pandas.DataFrame
        ``threshold``, ``net_benefit`` and bounds, ``treat_all`` and bounds, ``treat_none`` (0),
        and ``p_useful``: the posterior probability that the model beats both.
    """
    import pandas as pd

    if thresholds is None:
        t = cutoffs_up_to(judged.prob.max())
    else:
        t = check_probabilities("thresholds", thresholds)
    own = _benefits(t, judged.prob, judged.failures, judged.successes)
    replicates = np.stack([_benefits(t, *r) for r in judged.each()], axis=2)
    lower, upper = judged.settings.names
    model, everyone = (judged.settings.bounds(v) for v in replicates)
    best = np.maximum(replicates[1], 0.0)
    table = pd.DataFrame(
        {
            "threshold": t,
            "net_benefit": own[0],
            lower: model[0],
            upper: model[1],
            "treat_all": own[1],
            f"treat_all_{lower}": everyone[0],
            f"treat_all_{upper}": everyone[1],
            "treat_none": np.zeros(len(t)),
            "p_useful": (replicates[0] > best).mean(axis=1),
        }
    )
    return _framed(table, judged)


def _benefits(
    t: np.ndarray, prob: np.ndarray, failures: np.ndarray, successes: np.ndarray
) -> np.ndarray:
    """Return net benefits of the model and of treating everyone, (2, thresholds)."""
    order = np.argsort(prob, kind="stable")
    above = len(prob) - np.searchsorted(prob[order], t, side="right")
    # Added up from the highest forecast, so that acting on no one, or on everyone, is exactly
    # that, and no rounding error decides which is better.
    falses = np.r_[0.0, np.cumsum(failures[order[::-1]])]
    trues = np.r_[0.0, np.cumsum(successes[order[::-1]])]
    odds = t / (1.0 - t)
    model = trues[above] - odds * falses[above]
    return np.stack([model, trues[-1] - odds * falses[-1]]) / (falses[-1] + trues[-1])


def _framed(table: pd.DataFrame, judged: Replicated) -> pd.DataFrame:
    if "estimate" in table:
        others = [c for c in table.columns if c != "estimate"]
        table = table[["estimate", *others]]
    table.attrs.update(
        judged.pieces.attrs | {"forecast": judged.name, "spread_over": judged.spread}
    )
    return table
