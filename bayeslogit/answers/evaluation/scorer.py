"""The scores of forecasts, resampled and simulated, and their reliability curves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.evaluation.cross_validation import Folds, Pairs, Ranking
from bayeslogit.answers.evaluation.forecasts import Forecasts, unless_rounding
from bayeslogit.answers.evaluation.leave_one_out import LeaveOneOut
from bayeslogit.numerics import scores as score
from bayeslogit.numerics.intervals import Settings
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.density import Likelihood

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Scorer"]

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


class Scorer:
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

    def _each(self) -> Iterator[tuple[str, int]]:
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

    def _labels(self) -> list[tuple[str, str]]:
        """Return (score, class) of each figure, in the order of :meth:`_score`."""
        whole = ["brier", "log_score"]
        if self.posterior.model.response.kind == "ordinal":
            whole.append("ranked_probability")
        result = [(name, "") for name in whole]
        for name, _ in self._each():
            result += [(figure, name if self.several else "") for figure in _BY_CLASS]
        return result

    def _score(self, prob: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return every figure of a forecast (classes, cells) against cases (cells, classes)."""
        result = self._proper(prob, counts)
        for _, code in self._each():
            yes = counts[:, code]
            result += _figures(prob[code], counts.sum(axis=1) - yes, yes)
        return np.stack(result)

    def _proper(self, prob: np.ndarray, counts: np.ndarray) -> list[np.ndarray]:
        """Return the proper scores of a forecast (classes, cells) against cases."""
        result = [score.brier(prob, counts), score.log_score(prob, counts)]
        if self.posterior.model.response.kind == "ordinal":
            result.append(score.ranked_probability(prob, counts))
        return result

    def _corrected(self, alone: LeaveOneOut, left: Pairs | Folds) -> np.ndarray:
        """Return every figure of left-out cases: proper scores one by one, others by fit."""
        cell, held = alone.cases.kinds
        sampled = alone.cases.counts[cell]
        share = np.divide(self.counts[cell], sampled, out=np.zeros_like(held), where=sampled > 0.0)
        result = self._proper(alone.prob, held * alone.cases.times[:, None] * share)
        for _, code in self._each():
            some = left.of(Ranking.of_class(code, self.counts.shape[1]), self.counts)
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
        """Return the table of scores, with bounds over resampled cases.

        Parameters
        ----------
        alone : LeaveOneOut or None
            Where figures are corrected: forecasts of single cases, for proper scores.
        settings : Settings
            Interval of the bounds.
        rng : numpy.random.Generator
        progressbar : bool
        """
        labels = self._labels()
        own = self._score(self.prob, self.counts)
        columns, moved = {self.found.name: own}, np.zeros(len(own))
        if alone is not None and self.found.left is not None:
            corrected = self._corrected(alone, self.found.left)
            corrected = unless_rounding(corrected, own)
            moved = np.subtract(corrected, own, out=np.zeros(len(own)), where=corrected != own)
            columns = {"in_sample": own, "optimism": -moved, "corrected": corrected}
        with progress("scores", 2 * self.replicates, enabled=progressbar) as advance:
            resampled = self._replicate(lambda m: self._resample(m, rng), advance)
            simulated = self._replicate(lambda m: self._simulate(m, rng), advance)
        # A rising curve follows the noise of resampling too, which moves its distance up.
        index = [i for i, (name, _) in enumerate(labels) if name == _BY_CLASS[-1]]
        middle = np.median(resampled[index], axis=1, keepdims=True)
        resampled[index] = np.maximum(resampled[index] - middle + own[index, None], 0.0)
        resampled = resampled + np.where(np.isfinite(moved), moved, 0.0)[:, None]
        return self._framed(columns, resampled, settings, simulated)

    def table_over_draws(
        self, spread: str, settings: Settings, rng: np.random.Generator, progressbar: bool
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the table of scores with their posterior, and the scores of each draw.

        Parameters
        ----------
        spread : {"draws", "both"}
            Of the coefficients; or of these and of resampled cases.
        settings : Settings
            Interval of the bounds.
        rng : numpy.random.Generator
        progressbar : bool
        """
        labels = self._labels()
        with progress("scores", 2 * self.replicates, enabled=progressbar) as advance:
            drawn, found = self._over_draws(spread, rng, advance)
            simulated = self._replicate(lambda m: self._simulate(m, rng), advance)
        # The slope is a ratio to coefficients that may be near zero, and has no mean.
        columns = {
            self.found.name: self._score(self.prob, self.counts),
            "median": np.median(found, axis=1),
        }
        names = [f"{name}, {label}" if label else name for name, label in labels]
        draws: pd.DataFrame = tables.Answer({"draw": drawn} | dict(zip(names, found, strict=True)))
        return self._framed(columns, found, settings, simulated), draws

    def _framed(
        self,
        columns: dict[str, np.ndarray],
        found: np.ndarray,
        settings: Settings,
        simulated: np.ndarray,
    ) -> pd.DataFrame:
        """Return the table of figures, their bounds over replicates, and simulated ones."""
        import pandas as pd

        labels = self._labels()
        least = [-np.inf if name in _SIGNED else 0.0 for name, _ in labels]
        most = [1.0 if name == "auc" else np.inf for name, _ in labels]
        bounds = (np.clip(bound, least, most) for bound in _bounds(found, settings))
        columns |= dict(zip(settings.names, bounds, strict=True))
        columns["if_calibrated"] = np.median(simulated, axis=1)
        table: pd.DataFrame = tables.Answer(
            columns, index=pd.Index([name for name, _ in labels], name="score")
        )
        if self.several:
            table.insert(0, "class", [name for _, name in labels])
        return table

    def _over_draws(
        self, spread: str, rng: np.random.Generator, advance: Callable[[int], None]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return which draws were taken, (draws,), and figures of each, (figures, draws)."""
        by, cases = self.found.by, self.found.cases
        family, total = by.model.family, by.n_draws
        likelihood = Likelihood(
            family, cases.X, cases.counts, cases.offset, basis=by.model.layout.basis
        )
        picked = np.linspace(0, total - 1, min(total, _REPLICATES)).round().astype(np.intp)
        found, kept = [], []
        seen = self.counts.sum(axis=0) > 0
        for draw in picked:
            prob = family.probabilities(likelihood.eta(by.theta[:, [draw]]))[:, :, 0]
            counts = self.counts[:, :, None]
            if spread == "both":
                counts = self._resample(1, rng)
            if (counts.sum(axis=0)[seen] > 0.0).all():
                found.append(self._score(prob, counts))
                kept.append(draw)
        advance(self.replicates)
        return np.array(kept), np.concatenate(found, axis=1)

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
                found.append(self._score(self.prob, cases))
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
        """Return the reliability curves with their consistency bands.

        Parameters
        ----------
        settings : Settings
            Interval of the bands.
        rng : numpy.random.Generator
        """
        import pandas as pd

        frames = []
        lower, upper = settings.names
        left = self.found.left
        names = (self.found.name,) if left is None else ("in_sample", "corrected")
        simulated = self._simulate(self.replicates, rng)
        for name in names:
            for label, code in self._each():
                curve = _curve(self.prob[code], self.counts, code)
                if name == "corrected" and left is not None:
                    some = left.of(Ranking.of_class(code, self.counts.shape[1]), self.counts)
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
