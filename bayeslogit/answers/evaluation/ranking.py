"""The ranking of cases by their forecasts: curves and areas, with their posteriors.

Each figure is of the forecasts against what happened, and has a posterior: for the population
that the cases are a sample of, by random weights on the cases (Rubin 1981,
doi:10.1214/aos/1176345338), or for the coefficients, by the draws.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.evaluation.cross_validation import LeftOut
from bayeslogit.answers.evaluation.replicates import Replicated, framed
from bayeslogit.errors import DesignError, quoted
from bayeslogit.numerics import scores

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "area",
    "curves",
    "precision_recall_table",
    "roc_table",
]

_POINTS = 200
# Curves of a picture or table, at most.
_MOST_CURVES = 10_000


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


def area(replicated: Replicated, part: tuple[float, float] | None = None) -> pd.DataFrame:
    """Return the area under the ROC curve and the average precision, each with its posterior.

    Parameters
    ----------
    replicated : Replicated
    part : tuple of (float, float), optional
        False positive rates between which there is also a partial area.
    """
    own = np.array(_areas(part, replicated.prob, replicated.failures, replicated.successes))
    corrected = None
    if replicated.left is not None:
        left, share = replicated.left, _share(replicated)
        rate, reached = _reached(left)
        precision = _precision(rate, reached, share)
        gained = np.diff(reached, prepend=0.0) @ precision
        corrected = np.array([left.area, gained, *_partial(part, rate, reached)])
    replicates = np.array([_areas(part, *r) for r in replicated.each()]).T
    columns = replicated.figures(own, corrected, replicates)
    names = ["auc", "average_precision", "partial_auc"][: len(own)]
    return framed(tables.Answer(columns, index=names), replicated)


def _areas(
    part: tuple[float, float] | None,
    prob: np.ndarray,
    failures: np.ndarray,
    successes: np.ndarray,
) -> tuple[float, ...]:
    """Return the area under the ROC curve, the average precision, and a partial area if asked."""
    _, lost, won = _cumulated(prob, failures, successes)
    steps = np.diff(won, prepend=0.0)
    hits = np.divide(won, lost + won, out=np.zeros_like(won), where=lost + won > 0)
    rate, reached = np.r_[0.0, lost / lost[-1]], np.r_[0.0, won / won[-1]]
    return (
        float(scores.auc(prob, failures, successes)),
        float(steps @ hits / won[-1]),
        *_partial(part, rate, reached),
    )


def _partial(
    part: tuple[float, float] | None, rate: np.ndarray, reached: np.ndarray
) -> tuple[float, ...]:
    """Return the mean sensitivity of an ROC curve between two false positive rates, if asked."""
    if part is None:
        return ()
    low, high = part
    inside = (rate > low) & (rate < high)
    ends = _height(np.array([low, high]), rate, reached)
    # Where the curve rises straight up at the last rate, what counts is where it begins to.
    first = np.searchsorted(rate, high - 1e-12)
    if abs(rate[first] - high) <= 1e-12:
        ends[1] = reached[first]
    x, y = np.r_[low, rate[inside], high], np.r_[ends[0], reached[inside], ends[1]]
    return (float(np.trapezoid(y, x) / (high - low)),)


def _share(replicated: Replicated) -> float:
    """Return the share of events among the cases."""
    won = float(replicated.successes.sum())
    return won / (won + float(replicated.failures.sum()))


def _reached(left: LeftOut) -> tuple[np.ndarray, np.ndarray]:
    """Return the ROC curve of cases left out: false positive rates and sensitivities, rising.

    An event is reached at the share of other cases that its fit forecasts above it; among those
    that it forecasts as high, along a straight line. The area under the curve is therefore the
    share of pairs that fits rank rightly.
    """
    mass = left.events / left.events.sum()
    # Rounded, since shares that are added in another order are the same points.
    start, end = left.above.round(12), (left.above + left.level).round(12)
    points, place = np.unique(np.concatenate([[0.0], start, end, [1.0]]), return_inverse=True)
    begins, ends = np.split(place.ravel()[1:-1], 2)
    width = points[ends] - points[begins]
    rises = width > 0.0
    slope, jump = np.zeros((2, len(points)))
    steep = np.divide(mass, width, out=np.zeros_like(mass), where=rises)
    np.add.at(slope, begins, steep)
    np.add.at(slope, ends, -steep)
    np.add.at(jump, begins[~rises], mass[~rises])
    after = np.cumsum(jump) + np.r_[0.0, np.cumsum(np.cumsum(slope)[:-1] * np.diff(points))]
    reached = np.column_stack([after - jump, after]).ravel()
    reached = np.minimum(np.maximum.accumulate(np.maximum(reached, 0.0)), 1.0)
    reached[-1] = 1.0
    return np.repeat(points, 2), reached


def _precision(rate: np.ndarray, reached: np.ndarray, share: float) -> np.ndarray:
    """Return the precision at points of an ROC curve, (points,), by the share of events."""
    won, lost = share * reached, (1.0 - share) * rate
    precision: np.ndarray = np.divide(won, won + lost, out=np.ones_like(won), where=won + lost > 0)
    return precision


def roc_table(replicated: Replicated) -> pd.DataFrame:
    """Return the ROC curve with a band for the sensitivity at each false positive rate.

    Returns
    -------
    pandas.DataFrame
        ``cutoff`` (an event is forecast at and above it; infinite at the start),
        ``false_positive_rate`` (in-sample), ``sensitivity`` and its bounds, and where that is
        corrected also ``in_sample``.
    """
    cutoffs, lost, won = _cumulated(replicated.prob, replicated.failures, replicated.successes)
    at = _shown(len(cutoffs) + 1)
    rate, own = np.r_[0.0, lost / lost[-1]][at], np.r_[0.0, won / won[-1]][at]
    corrected = (
        None if replicated.left is None else _along_steps(rate, own, *_reached(replicated.left))
    )
    band = np.stack([_sensitivity_at(rate, *r) for r in replicated.each()], axis=1)
    table = {"cutoff": np.r_[np.inf, cutoffs][at], "false_positive_rate": rate}
    found = replicated.figures(own, corrected, band)
    return framed(
        tables.Answer(table | _along(found, "sensitivity", replicated)), replicated, "sensitivity"
    )


def _along(
    found: dict[str, np.ndarray], name: str, replicated: Replicated
) -> dict[str, np.ndarray]:
    """Return the columns of a curve: its value under a name, bounds, and the in-sample value."""
    kept = (*replicated.settings.names, "in_sample")
    return {name: found["estimate"]} | {n: found[n] for n in kept if n in found}


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
    if number > _MOST_CURVES:
        raise DesignError(
            f"draws={quoted(number)} is more curves than {_MOST_CURVES:,}; expected as many as can "
            "be looked at; write for example draws=50"
        )
    frames = []
    rates = moved = np.zeros(1)
    if replicated.left is not None:
        table = roc_table(replicated)
        rates = table["false_positive_rate"].to_numpy()
        moved = (table["sensitivity"] - table["in_sample"]).to_numpy()
    # The first replicates are as good as any over cases; over draws they are spread by themselves.
    every = replace(replicated, most=int(number)).each()
    for i, (prob, failures, successes) in enumerate(every):
        cutoffs, lost, won = _cumulated(prob, failures, successes)
        used = lost + won > 0
        cutoffs, lost, won = cutoffs[used], lost[used], won[used]
        at = _shown(len(cutoffs))
        rate, reached = (lost / lost[-1])[at], (won / won[-1])[at]
        # Less the optimism of the curve, which still rises from 0 to 1.
        reached = np.maximum.accumulate(reached + np.interp(rate, rates, moved))
        reached = np.clip(reached, 0.0, 1.0)
        share = won[-1] / (won[-1] + lost[-1])
        frames.append(
            tables.Answer(
                {
                    "draw": i,
                    "cutoff": cutoffs[at],
                    "false_positive_rate": rate,
                    "sensitivity": reached,
                    "precision": _precision(rate, reached, share),
                }
            )
        )
    return framed(pd.concat(frames, ignore_index=True), replicated, "each curve")


def _sensitivity_at(
    rate: np.ndarray, prob: np.ndarray, failures: np.ndarray, successes: np.ndarray
) -> np.ndarray:
    """Return the highest sensitivity that a curve reaches at each false positive rate."""
    _, lost, won = _cumulated(prob, failures, successes)
    return _height(rate, np.r_[0.0, lost / lost[-1]], np.r_[0.0, won / won[-1]])


def _along_steps(rate: np.ndarray, own: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a rising curve at the points of another, both with steps, (points,).

    Where several points have one rate, the first is below the step and the last above it.
    """
    high = _height(rate, x, y)
    low = 1.0 - _height(-rate, -x[::-1], 1.0 - y[::-1])
    level = np.diff(rate) <= 1e-12
    before, after = np.r_[False, level], np.r_[level, False]
    found: np.ndarray = np.where(before & after, np.clip(own, low, high), high)
    found[after & ~before] = low[after & ~before]
    return found


def _height(rate: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the highest value of a rising curve at each x, linear between its points."""
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
    recall, corrected = (won / won[-1])[at], None
    if replicated.left is not None:
        corrected = _precision(
            _rate_at(recall, *_reached(replicated.left)), recall, _share(replicated)
        )
    band = np.stack([_precision_at(recall, *r) for r in replicated.each()], axis=1)
    found = replicated.figures((won / (lost + won))[at], corrected, band)
    table = {"cutoff": cutoffs[at], "recall": recall} | _along(found, "precision", replicated)
    return framed(tables.Answer(table), replicated, "precision")


def _rate_at(recall: np.ndarray, rate: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """Return the lowest false positive rate at which a curve reaches each recall."""
    at = np.minimum(np.searchsorted(reached, recall - 1e-12, side="left"), len(reached) - 1)
    before = np.maximum(at - 1, 0)
    height = reached[at] - reached[before]
    share = np.divide(recall - reached[before], height, out=np.ones_like(recall), where=height > 0)
    found: np.ndarray = rate[before] + np.clip(share, 0.0, 1.0) * (rate[at] - rate[before])
    return found


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
