"""Whether probabilities mean what they say: reliability curve, calibration and scores.

In-sample figures flatter, because the rows that are forecast have shaped the forecast; beside
them stand those of rows left out in their turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.evaluation.forecasts import forecasts_of
from bayeslogit.errors import Problem
from bayeslogit.numerics import scores as score
from bayeslogit.numerics.intervals import interval_settings
from bayeslogit.posterior.interval_summary import Settings
from bayeslogit.posterior.posterior import Pieces
from bayeslogit.runtime.progress import progress

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Calibration", "calibration"]

# Simulated and resampled data sets; rows times these are limited, so that large tables, whose
# curves hardly vary, take seconds.
_REPLICATES = 400
_LEAST_REPLICATES = 40
_MOST_VALUES = 10_000_000
# Cases of resampled data sets that are held at a time.
_BLOCK = 2_000_000
_HUGE = 1e300
# Points of a reliability curve.
_POINTS = 200


@dataclass(frozen=True, eq=False)
class Calibration:
    """How well the probabilities of a fit are calibrated and how well they discriminate.

    Attributes
    ----------
    scores : pandas.DataFrame
        A row per score (and class, of several): ``in_sample``, ``loo`` (each row forecast
        without itself), bounds by resampling cases, and ``if_calibrated``, what the score would
        be on average if the forecasts were right. Bounds and ``if_calibrated`` belong to the last
        of the forecasts: ``loo`` where there is one.
    curve : pandas.DataFrame
        The reliability curves: forecasts (``in_sample``, ``loo``), ``predicted``, ``observed``
        (isotonic), and a consistency band: where the curve would lie if forecasts were right.
    forecasts : dict of str to ndarray, shape (classes, rows)
        The forecast class probabilities behind the figures.
    counts : ndarray, shape (rows, classes)
        Weighted cases of each class.
    pareto_k : ndarray of shape (rows,), or None
        Reliability of each row's leave-one-out forecast; above 0.7 it is not.
    problems : tuple of Problem
    """

    scores: pd.DataFrame
    curve: pd.DataFrame
    forecasts: dict[str, np.ndarray]
    counts: np.ndarray
    pareto_k: np.ndarray | None
    problems: tuple[Problem, ...]

    def __repr__(self) -> str:
        lines = [f"Calibration of P({self.scores.attrs.get('outcome', 'outcome')})"]
        lines += [self.scores.round(4).to_string()]
        lines += [f"- {problem.sentence}" for problem in self.problems]
        return "\n".join(lines)


def calibration(
    pieces: Pieces,
    *,
    newdata: Any = None,
    trials: Any = None,
    offset: Any = None,
    loo: bool = True,
    log_weights: np.ndarray | None = None,
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    rng: np.random.Generator,
    progressbar: bool = True,
) -> Calibration:
    """Judge the forecasts of the fitted rows, or of new rows with their outcomes.

    Parameters
    ----------
    pieces : Pieces
    newdata : table, optional
        Rows that were not fitted, with the outcome's column.
    trials : str, int or array, optional
        Trials of new rows of counts.
    offset : number or array, optional
        For new rows.
    loo : bool
        Also leave each fitted row out in its turn (needs draws; a point estimate goes without).
    log_weights : ndarray, shape (draws,), optional
        Log of posterior over what the draws are from; see
        :func:`bayeslogit.answers.evaluation.leave_one_out.leave_one_out`.
    ci_prob, ci_kind : optional
        Bounds; by default ArviZ's ``rcParams``.
    rng : numpy.random.Generator
    progressbar : bool

    Raises
    ------
    ResponseError
        If the new rows lack the outcome, hold an unknown class, or one class only.
    """
    # Bounds are over resampled cases, so a point estimate has them too.
    settings = Settings(*interval_settings(ci_prob, ci_kind))
    judged = forecasts_of(
        pieces,
        newdata,
        trials=trials,
        offset=offset,
        loo=loo,
        log_weights=log_weights,
        progressbar=progressbar,
    )
    forecasts = judged.forecasts
    judge = _Judge(pieces, judged.counts, judged.trials)
    last = list(forecasts)[-1]
    table = judge.table(forecasts, settings, rng, progressbar)
    curve = judge.curves(forecasts, settings, rng)
    for frame in (table, curve):
        frame.attrs.update(pieces.attrs | {"bounds": f"of {last}"})
    return Calibration(
        table, curve, forecasts, judged.counts, judged.pareto_k, judged.problems(newdata)
    )


class _Judge:
    """Computes every score of a forecast against cases."""

    def __init__(self, pieces: Pieces, counts: np.ndarray, trials: np.ndarray | None) -> None:
        self.pieces, self.counts = pieces, counts
        self.several = pieces.several
        self.classes = pieces.classes
        used = min(_REPLICATES, _MOST_VALUES // counts.size)
        self.replicates = max(_LEAST_REPLICATES, used)
        # Rows of counts happen trial by trial; others whole, whatever their weight.
        ones = np.ones(len(counts), dtype=np.int64)
        self.trials = ones if trials is None else np.maximum(trials, 1)

    def each(self) -> Iterator[tuple[str, int]]:
        """Yield the name and code of each class that is judged against all others.

        Of a level that never occurs there is nothing to judge a forecast by.
        """
        if not self.several:
            yield self.classes[0], 1
            return
        for code, (name, cases) in enumerate(
            zip(self.classes, self.counts.sum(axis=0), strict=True)
        ):
            if cases > 0:
                yield name, code

    def labels(self) -> list[tuple[str, str]]:
        """Return (score, class) of each figure, in the order of :meth:`score`."""
        whole = ["brier", "log_score"]
        if self.pieces.response.kind == "ordinal":
            whole.append("ranked_probability")
        result = [(name, "") for name in whole]
        for name, _ in self.each():
            result += [(figure, name if self.several else "") for figure in _BY_CLASS]
        return result

    def score(self, prob: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return every figure of a forecast (classes, rows) against cases (rows, classes)."""
        result = [score.brier(prob, counts), score.log_score(prob, counts)]
        if self.pieces.response.kind == "ordinal":
            result.append(score.ranked_probability(prob, counts))
        for _, code in self.each():
            yes = counts[:, code]
            result += _figures(prob[code], counts.sum(axis=1) - yes, yes)
        return np.stack(result)

    def table(
        self,
        forecasts: dict[str, np.ndarray],
        settings: Settings,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> pd.DataFrame:
        """Return the table of scores."""
        import pandas as pd

        labels = self.labels()
        columns: dict[str, np.ndarray] = {
            name: self.score(prob, self.counts) for name, prob in forecasts.items()
        }
        last = list(forecasts.values())[-1]
        with progress("scores", 2 * self.replicates, enabled=progressbar) as advance:
            resampled = self._replicate(lambda m: self._resample(m, rng), last, advance)
            simulated = self._replicate(lambda m: self._simulate(last, m, rng), last, advance)
        lower, upper = settings.names
        # A rising curve follows the noise of resampling too, which moves its distance up.
        index = [i for i, (name, _) in enumerate(labels) if name == _BY_CLASS[-1]]
        own = self.score(last, self.counts)[index, None]
        middle = np.median(resampled[index], axis=1, keepdims=True)
        resampled[index] = np.maximum(resampled[index] - middle + own, 0.0)
        columns[lower], columns[upper] = _bounds(resampled, settings)
        columns["if_calibrated"] = np.median(simulated, axis=1)
        table = pd.DataFrame(columns, index=pd.Index([name for name, _ in labels], name="score"))
        if self.several:
            table.insert(0, "class", [name for _, name in labels])
        return table

    def _replicate(
        self,
        draw: Callable[[int], np.ndarray],
        prob: np.ndarray,
        advance: Callable[[int], None],
    ) -> np.ndarray:
        """Return figures against other cases, (figures, replicates), of every judged class each."""
        seen = self.counts.sum(axis=0) > 0
        found: list[np.ndarray] = []
        done, step = 0, max(1, _BLOCK // self.counts.size)
        while done < self.replicates:
            cases = draw(min(step, self.replicates - done))
            # Of a level that never occurs there are no cases to resample, and none are needed.
            cases = cases[:, :, (cases.sum(axis=0)[seen] > 0.0).all(axis=0)]
            if cases.shape[2]:
                found.append(self.score(prob, cases))
                advance(cases.shape[2])
            done += cases.shape[2]
        return np.concatenate(found, axis=1)

    def _resample(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """Return cases with random weights (Rubin's Bayesian bootstrap), (rows, classes, number).

        doi:10.1214/aos/1176345338
        """
        return rng.standard_gamma(np.repeat(self.counts[:, :, None], number, axis=2))

    def _simulate(self, prob: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
        """Return cases that happen as forecast, weights kept, (rows, classes, number)."""
        cases = self.counts.sum(axis=1)
        drawn = rng.multinomial(self.trials[:, None], prob.T[:, None], (len(cases), number))
        return np.moveaxis(drawn, 1, 2) * (cases / self.trials)[:, None, None]

    def curves(
        self, forecasts: dict[str, np.ndarray], settings: Settings, rng: np.random.Generator
    ) -> pd.DataFrame:
        """Return the reliability curves with their consistency bands."""
        import pandas as pd

        frames = []
        lower, upper = settings.names
        for name, prob in forecasts.items():
            simulated = self._simulate(prob, self.replicates, rng)
            for label, code in self.each():
                curve = _curve(prob[code], self.counts, code)
                at = _points(curve)
                band = np.stack(
                    [
                        _curve(prob[code], simulated[:, :, i], code)(curve.predicted[at])
                        for i in range(self.replicates)
                    ],
                    axis=1,
                )
                bounds = settings.bounds(band)
                frame = pd.DataFrame(
                    {
                        "forecast": name,
                        "class": label,
                        "predicted": curve.predicted[at],
                        "observed": curve.observed[at],
                        lower: bounds[0],
                        upper: bounds[1],
                        "cases": _cases(curve, at),
                    }
                )
                frames.append(frame if self.several else frame.drop(columns="class"))
        return pd.concat(frames, ignore_index=True)


_BY_CLASS = (
    "auc",
    "calibration_slope",
    "calibration_intercept",
    "integrated_calibration_index",
)


def _bounds(values: np.ndarray, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds over the last axis; infinite values stay what they are."""
    lower, upper = settings.bounds(np.clip(values, -_HUGE, _HUGE))
    for bound in (lower, upper):
        bound[bound > 0.5 * _HUGE] = np.inf
        bound[bound < -0.5 * _HUGE] = -np.inf
    return lower, upper


def _figures(prob: np.ndarray, failures: np.ndarray, successes: np.ndarray) -> list[np.ndarray]:
    """Return the figures of one class against all others."""
    slope, intercept = score.recalibrate(prob, failures, successes)
    return [
        score.auc(prob, failures, successes),
        slope,
        intercept,
        score.integrated_calibration_index(prob, failures, successes),
    ]


def _curve(prob: np.ndarray, counts: np.ndarray, code: int) -> score.Isotonic:
    """Return the reliability curve of one class against all others."""
    yes = counts[:, code]
    return score.isotonic(prob, counts.sum(axis=1) - yes, yes)


def _points(curve: score.Isotonic) -> np.ndarray:
    """Return at most some hundred points of a curve, the ends included."""
    n = len(curve.predicted)
    if n <= _POINTS:
        return np.arange(n)
    return np.unique(np.linspace(0, n - 1, _POINTS).round().astype(np.intp))


def _cases(curve: score.Isotonic, at: np.ndarray) -> np.ndarray:
    """Return the cases that each point stands for: its own and those up to the next."""
    return np.add.reduceat(curve.cases, at)
