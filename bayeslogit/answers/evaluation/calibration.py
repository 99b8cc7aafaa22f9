"""Calibration of forecast probabilities: reliability curve, recalibration and proper scores.

In-sample figures are optimistic, because the cases that are forecast have shaped the forecast;
beside them stand the figures of cases that were left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.evaluation.cross_validation import Folds, Pairs
from bayeslogit.answers.evaluation.forecasts import Forecasts, forecasts_of
from bayeslogit.answers.evaluation.leave_one_out import LeaveOneOut, leave_one_out
from bayeslogit.answers.evaluation.replicates import show_problems
from bayeslogit.errors import DesignError, Problem
from bayeslogit.numerics import scores as score
from bayeslogit.numerics.intervals import Interval, Settings
from bayeslogit.posterior.interval_summary import check_options
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.runtime.progress import progress

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Calibration", "CalibrationOptions", "calibration"]

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


class CalibrationOptions(Interval, total=False):
    """Options of :func:`calibration`, beside new rows.

    Attributes
    ----------
    trials : str, int or array
    offset : number or array
    loo : bool
    random_seed : int
    progressbar : bool
    """

    trials: Any
    offset: Any
    loo: bool
    random_seed: int | None
    progressbar: bool


@dataclass(frozen=True, eq=False)
class Calibration:
    """How well the probabilities of a fit are calibrated and how well they discriminate.

    Attributes
    ----------
    scores : pandas.DataFrame
        A row per score (and class, of several): ``in_sample``, ``optimism`` and ``corrected``,
        what is expected of new cases; bounds by resampling cases, and ``if_calibrated``, what the
        score would be on average if the forecasts were right. Proper scores (``brier``,
        ``log_score``, ``ranked_probability``) are corrected by leaving one case out at a time,
        what ranks or fits a line or curve by leaving out an event and another case together, or
        folds of cases, as in :func:`confusion`. Bounds are those of ``corrected`` where it is.
    curve : pandas.DataFrame
        The reliability curves: forecasts (``in_sample``, ``corrected``), ``predicted``,
        ``observed`` (isotonic), and a consistency band: where the curve would lie if forecasts
        were right.
    forecasts : dict of str to ndarray, shape (classes, rows)
        The forecast class probabilities, ``in_sample`` or ``new_data``; ``loo`` is the mean over
        the cases of a row, each left out in its turn.
    counts : ndarray, shape (rows, classes)
        Weighted cases of each class.
    pareto_k : ndarray of shape (rows,), or None
        Largest Pareto k of leaving one case of each row out; above 0.7 it is unreliable.
    which : str
        Which column is which, in a sentence.
    problems : tuple of Problem
    """

    scores: pd.DataFrame
    curve: pd.DataFrame
    forecasts: dict[str, np.ndarray]
    counts: np.ndarray
    pareto_k: np.ndarray | None
    which: str
    problems: tuple[Problem, ...]

    def __repr__(self) -> str:
        lines = [f"Calibration of P({self.scores.attrs.get('outcome', 'outcome')})"]
        lines += [str(self.scores), f"{self.which[0].upper()}{self.which[1:]}."]
        lines += [f"- {problem.sentence}" for problem in self.problems]
        return "\n".join(lines)


def calibration(
    posterior: Posterior,
    newdata: Any = None,
    *,
    trials: Any = None,
    offset: Any = None,
    loo: bool = True,
    random_seed: int | None = None,
    progressbar: bool = True,
    **interval: Unpack[Interval],
) -> Calibration:
    """Return the calibration of the probabilities: reliability curve, Brier, log score, AUC.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    newdata : table, optional
        Rows that were not fitted, with the outcome's column. By default the fitted rows, with
        themselves in the fit (in-sample, which is optimistic) and corrected for that.
    trials : str, int or array, optional
        Trials of new rows of counts.
    offset : number or array, optional
        For new rows of a model that has one.
    loo : bool
        False saves the time of leaving cases out.
    random_seed : int, optional
        By default derived from the seed of the fit.
    progressbar : bool
        Show progress of what takes longer than two seconds.
    **interval
        ``ci_prob`` and ``ci_kind`` of the bounds, over resampled cases; by default ArviZ's
        ``rcParams``.

    Returns
    -------
    Calibration
        ``scores``: ``brier``, ``log_score`` (nats), ``auc``, ``calibration_slope`` (1 is
        best), ``calibration_intercept`` (0 is best), ``integrated_calibration_index``, and
        for ordered classes ``ranked_probability``. ``curve``: the isotonic reliability
        curve with a band in which it would lie if the forecasts were right.

    Raises
    ------
    ResponseError
        If the new rows lack the outcome, hold an unknown class, or one class only.
    DesignError
        If the fit is carried over to a population and there are no new rows.

    See Also
    --------
    plot_calibration : The reliability curve as a picture.
    auc : Discrimination alone, with options for its spread.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.calibration().scores["in_sample"].round(4).head(3).to_dict()
    {'brier': 0.1367, 'log_score': 0.4015, 'auc': 0.895}
    """
    if posterior.population is not None and newdata is None:
        raise DesignError(
            "calibration in a population has no new rows, and the share of cases in the sample "
            "was chosen, so the sample cannot show whether risks are right; expected rows of the "
            "population with their outcome; pass newdata=, or use .sample.calibration()"
        )
    check_options(interval, calibration)
    rng = np.random.default_rng([posterior.seed or 0, 3] if random_seed is None else random_seed)
    # Bounds are over resampled cases, so a point estimate has them too.
    settings = Settings.of(interval)
    found = forecasts_of(
        posterior, newdata, trials=trials, offset=offset, loo=loo, progressbar=progressbar
    )
    scorer = _Scorer(posterior, found)
    alone = None
    if found.left is not None:
        alone = leave_one_out(posterior, progressbar=progressbar)
    table = scorer.table(alone, settings, rng, progressbar)
    curve = scorer.curves(settings, rng)
    for frame in (table, curve):
        frame.attrs.update(posterior.attrs | {"forecast": found.name, "which": found.which})
    problems = found.problems
    show_problems(problems)
    forecasts, k = {"new_data" if newdata is not None else "in_sample": found.of_rows}, None
    if alone is not None:
        own = posterior.sample.model.counts
        forecasts["loo"] = alone.prob_of_rows(own, found.of_rows)
        k = alone.k_of_rows(own)
    return Calibration(table, curve, forecasts, found.rows, k, found.which, problems)


class _Scorer:
    """Computes every score of a forecast against cases."""

    def __init__(self, posterior: Posterior, found: Forecasts) -> None:
        self.posterior, self.found = posterior, found
        self.prob, self.counts = found.prob, found.counts
        self.several = posterior.several
        self.classes = posterior.classes
        used = min(_REPLICATES, _MOST_VALUES // self.counts.size)
        self.replicates = max(_LEAST_REPLICATES, used)
        # Cases happen one by one; of weights that are no whole numbers, in as many steps.
        self.trials = np.maximum(np.floor(self.counts.sum(axis=1) + 1e-9), 1.0).astype(np.int64)

    def each(self) -> Iterator[tuple[str, int]]:
        """Yield the name and code of each class that is compared with all others.

        A class that never occurs has no cases to score a forecast by.
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
        if self.posterior.model.response.kind == "ordinal":
            whole.append("ranked_probability")
        result = [(name, "") for name in whole]
        for name, _ in self.each():
            result += [(figure, name if self.several else "") for figure in _BY_CLASS]
        return result

    def score(self, prob: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return every figure of a forecast (classes, cells) against cases (cells, classes)."""
        result = self.proper(prob, counts)
        for _, code in self.each():
            yes = counts[:, code]
            result += _figures(prob[code], counts.sum(axis=1) - yes, yes)
        return np.stack(result)

    def proper(self, prob: np.ndarray, counts: np.ndarray) -> list[np.ndarray]:
        """Return the proper scores of a forecast (classes, cells) against cases."""
        result = [score.brier(prob, counts), score.log_score(prob, counts)]
        if self.posterior.model.response.kind == "ordinal":
            result.append(score.ranked_probability(prob, counts))
        return result

    def corrected(self, alone: LeaveOneOut, left: Pairs | Folds) -> np.ndarray:
        """Return every figure of left-out cases: proper scores one by one, others by fit."""
        cell, held = alone.cases.kinds
        sampled = alone.cases.counts[cell]
        share = np.divide(self.counts[cell], sampled, out=np.zeros_like(held), where=sampled > 0.0)
        result = self.proper(alone.prob, held * alone.cases.times[:, None] * share)
        for _, code in self.each():
            some = left.of(code, self.counts)
            _, *others = _figures(some.prob, some.failures, some.successes)
            result += [np.asarray(some.area), *others]
        return np.stack(result)

    def table(
        self,
        alone: LeaveOneOut | None,
        settings: Settings,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> pd.DataFrame:
        """Return the table of scores."""
        import pandas as pd

        labels = self.labels()
        own = self.score(self.prob, self.counts)
        columns, moved = {self.found.name: own}, np.zeros(len(own))
        if alone is not None and self.found.left is not None:
            corrected = self.corrected(alone, self.found.left)
            with np.errstate(invalid="ignore"):
                moved = np.where(corrected == own, 0.0, corrected - own)
            columns = {"in_sample": own, "optimism": -moved, "corrected": corrected}
        with progress("scores", 2 * self.replicates, enabled=progressbar) as advance:
            resampled = self._replicate(lambda m: self._resample(m, rng), advance)
            simulated = self._replicate(lambda m: self._simulate(m, rng), advance)
        lower, upper = settings.names
        # A rising curve follows the noise of resampling too, which moves its distance up.
        index = [i for i, (name, _) in enumerate(labels) if name == _BY_CLASS[-1]]
        middle = np.median(resampled[index], axis=1, keepdims=True)
        resampled[index] = np.maximum(resampled[index] - middle + own[index, None], 0.0)
        least = [-np.inf if name in _SIGNED else 0.0 for name, _ in labels]
        most = [1.0 if name == "auc" else np.inf for name, _ in labels]
        bounds = _bounds(resampled + np.where(np.isfinite(moved), moved, 0.0)[:, None], settings)
        columns[lower], columns[upper] = (np.clip(bound, least, most) for bound in bounds)
        columns["if_calibrated"] = np.median(simulated, axis=1)
        table = tables.Answer(columns, index=pd.Index([name for name, _ in labels], name="score"))
        if self.several:
            table.insert(0, "class", [name for _, name in labels])
        return table

    def _replicate(
        self,
        draw: Callable[[int], np.ndarray],
        advance: Callable[[int], None],
    ) -> np.ndarray:
        """Return figures, (figures, replicates), for replicates in which every class occurs."""
        seen = self.counts.sum(axis=0) > 0
        found: list[np.ndarray] = []
        done, step = 0, max(1, _BLOCK // self.counts.size)
        while done < self.replicates:
            cases = draw(min(step, self.replicates - done))
            # A class that never occurs has no cases to resample, and needs none.
            cases = cases[:, :, (cases.sum(axis=0)[seen] > 0.0).all(axis=0)]
            if cases.shape[2]:
                found.append(self.score(self.prob, cases))
                advance(cases.shape[2])
            done += cases.shape[2]
        return np.concatenate(found, axis=1)

    def _resample(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """Return cases with random weights (Rubin's Bayesian bootstrap), (cells, classes, number).

        doi:10.1214/aos/1176345338
        """
        cases: np.ndarray = rng.standard_gamma(np.repeat(self.counts[:, :, None], number, axis=2))
        return cases

    def _simulate(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """Return cases that happen as forecast, weights kept, (cells, classes, number)."""
        cases = self.counts.sum(axis=1)
        drawn = rng.multinomial(self.trials[:, None], self.prob.T[:, None], (len(cases), number))
        return np.moveaxis(drawn, 1, 2) * (cases / self.trials)[:, None, None]

    def curves(self, settings: Settings, rng: np.random.Generator) -> pd.DataFrame:
        """Return the reliability curves with their consistency bands."""
        import pandas as pd

        frames = []
        lower, upper = settings.names
        left = self.found.left
        names = (self.found.name,) if left is None else ("in_sample", "corrected")
        simulated = self._simulate(self.replicates, rng)
        for name in names:
            for label, code in self.each():
                curve = _curve(self.prob[code], self.counts, code)
                if name == "corrected" and left is not None:
                    some = left.of(code, self.counts)
                    curve = score.isotonic(some.prob, some.failures, some.successes)
                at = _points(curve)
                band = np.stack(
                    [
                        _curve(self.prob[code], simulated[:, :, i], code)(curve.predicted[at])
                        for i in range(self.replicates)
                    ],
                    axis=1,
                )
                bounds = settings.bounds(band)
                frame = tables.Answer(
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
_SIGNED = ("calibration_slope", "calibration_intercept")


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
