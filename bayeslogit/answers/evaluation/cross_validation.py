"""Forecasts of cases that were left out, where events and others are compared within one fit.

A forecast without its own case is moved away from what happened: an event lowers the forecast of
all like it as it is left out, and another case raises it. Put side by side, forecasts of different
fits are therefore ranked too low where cases are alike. Here an event and another case, or a fold
of both, are left out together; ranks and cut-offs compare only what one fit forecasts, and are
then averaged over fits.

References
----------
Airola, A., Pahikkala, T., Waegeman, W., De Baets, B. and Salakoski, T. (2011). An experimental
comparison of cross-validation techniques for estimating the area under the ROC curve.
doi:10.1016/j.csda.2010.11.018
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np

from bayeslogit.answers.evaluation.left_out import (
    LEVEL,
    LeftOut,
    Ranking,
    even_draws,
    likelihood_of,
    moved,
    part_of,
    thinned,
)
from bayeslogit.answers.evaluation.pairs import Pairs, leave_pairs_out
from bayeslogit.inference.mode import find_mode
from bayeslogit.numerics.pareto import smooth_weights
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.cases import Cases
from bayeslogit.specification.density import LogDensity
from bayeslogit.specification.subset import prior_of_cases, takes_its_prior_from_cases

__all__ = [
    "FOLDS",
    "MOST_PAIRED",
    "Folds",
    "LeftOut",
    "Pairs",
    "Ranking",
    "cross_validate",
    "drawn_for",
]

# Cases up to which every pair of an event and another case is left out; beyond, folds are.
MOST_PAIRED = 400
FOLDS = 10
# Forecasts of all repeats, within limits, and log-likelihoods that each fold may take.
_FORECASTS = 12_000
_REPEATS = (1, 20)
_VALUES = 20_000_000
_DRAWS = (50, 1000)
# What was left out of each posterior that is in use: the same for all its figures and pictures.
_known: WeakKeyDictionary[Posterior, tuple[int, Pairs | Folds]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Folds:
    """A tenth of the cases left out at a time, several times over.

    Attributes
    ----------
    cases : Cases
    cell : list of ndarray, each of shape (cells left out,)
        Of each fit.
    counts : list of ndarray, each of shape (cells left out, classes)
        Cases left out.
    prob : list of ndarray, each of shape (classes, cells left out)
        Their forecasts.
    k : ndarray, shape (fits,)
        Pareto k of each fit; -inf where each was made anew.
    kind : str
        How cases were left out, in words.
    """

    cases: Cases
    cell: list[np.ndarray]
    counts: list[np.ndarray]
    prob: list[np.ndarray]
    k: np.ndarray
    kind: str = f"{FOLDS}-fold"

    def of(self, ranking: Ranking, counts: np.ndarray) -> LeftOut:
        """Return the forecasts of events and of other cases.

        Parameters
        ----------
        ranking : Ranking
            Which classes are which, and what they are ranked by.
        counts : ndarray, shape (cells, classes)
            Weighted cases of each class, where they differ from those of the sample.
        """
        share = np.divide(
            counts, self.cases.counts, out=np.zeros_like(counts), where=self.cases.counts > 0.0
        )
        total, own = ranking.split(counts)
        above, level, seen = np.zeros((3, len(own)))
        points = []
        for cell, left, every in zip(self.cell, self.counts, self.prob, strict=True):
            prob = ranking.score @ every
            no, yes = ranking.split(left * share[cell])
            points.append((prob, no, yes))
            if no.sum() <= 0.0:
                continue
            order = np.argsort(prob, kind="stable")
            ranked = prob[order]
            low = np.searchsorted(ranked, prob - LEVEL, side="left")
            high = np.searchsorted(ranked, prob + LEVEL, side="right")
            below = np.r_[0.0, np.cumsum(no[order])]
            above[cell] += yes * (below[-1] - below[high]) / below[-1]
            level[cell] += yes * (below[high] - below[low]) / below[-1]
            seen[cell] += yes
        prob, failures, successes = (np.concatenate(v) for v in zip(*points, strict=True))
        some = seen > 0.0
        return LeftOut(
            prob,
            failures * (total.sum() / failures.sum()),
            successes * (own.sum() / successes.sum()),
            own[some],
            above[some] / seen[some],
            level[some] / seen[some],
        )


def cross_validate(
    posterior: Posterior, seed: int = 0, *, progressbar: bool = True
) -> Pairs | Folds:
    """Return forecasts of the fitted cases, each by a fit without it.

    Up to 400 cases every pair is left out, by importance sampling; beyond, ten folds of cases with
    classes spread evenly over them, several times over, each with draws that are moved to the
    posterior without the fold and then weighted. Draws of a Gaussian approximation are carried to
    the posterior by importance weights. Where no prior was given, each fit has the default prior
    of the cases that it sees.

    Parameters
    ----------
    posterior : Posterior
    seed : int
        Of the folds.
    progressbar : bool
        Show progress beyond two seconds.

    Raises
    ------
    MethodRefused
        If there is one draw only.

    See Also
    --------
    bayeslogit.specification.cases.Cases : What a case is, where rows have weights or trials.
    """
    refuse_point(posterior, "a forecast of cases that were left out")
    cases = posterior.sample.model.cases
    with repeatable():
        known, paired = _known.get(posterior), cases.number <= MOST_PAIRED
        if known is None or (known[0] != seed and not paired):
            if paired:
                known = seed, _pairs(posterior, cases, progressbar)
            else:
                known = seed, _folds(posterior, cases, seed, progressbar)
            _known[posterior] = known
        return known[1]


def drawn_for(posterior: Posterior, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return coefficients of the sample, what forecasts add to them, and log weights, of draws.

    Parameters
    ----------
    posterior : Posterior
    most : int
        How many draws, or points spread evenly over the posterior, at most.
    """
    sample = posterior.sample
    # Points around a border may lie beyond it, where no probability is defined.
    walled = sample.model.family.walled
    added = posterior.theta - sample.theta
    known = np.allclose(added, added[:, :1], rtol=0.0, atol=1e-9)  # the same in every draw
    if known and not sample.model.learns and not walled:
        even = even_draws(sample.model.density, sample.theta, posterior.importance, most)
        if even is not None:
            return even[0], np.broadcast_to(added[:, :1], even[0].shape), even[1]
    return thinned(sample.theta, posterior.theta, posterior.importance, most)


def _pairs(posterior: Posterior, cases: Cases, progressbar: bool) -> Pairs:
    model = posterior.sample.model
    return leave_pairs_out(
        cases,
        likelihood_of(model.likelihood, cases),
        None if model.learns or model.family.walled else model.density,
        partial(prior_of_cases, model) if takes_its_prior_from_cases(model) else None,
        partial(drawn_for, posterior),
        progressbar=progressbar,
    )


def _folds(posterior: Posterior, cases: Cases, seed: int, progressbar: bool) -> Folds:
    model = posterior.sample.model
    likelihood = likelihood_of(model.likelihood, cases)
    repeats = int(np.clip(round(_FORECASTS / cases.number), *_REPEATS))
    wanted = int(np.clip(_VALUES // (len(cases.X) * likelihood.family.n_eta), *_DRAWS))
    theta, shift, base = drawn_for(posterior, wanted)
    whole = model.density
    start, before = find_mode(whole), whole.value(theta)
    rng, (cell, held) = np.random.default_rng([seed, 5]), cases.kinds
    cells: list[np.ndarray] = []
    counts: list[np.ndarray] = []
    probs: list[np.ndarray] = []
    ks: list[float] = []
    with progress("leaving folds out", repeats * FOLDS, enabled=progressbar) as advance:
        for _ in range(repeats):
            for dealt in cases.dealt(FOLDS, rng):
                left = np.zeros_like(cases.counts)
                np.add.at(left, cell, dealt[:, None] * held)
                rest = cases.counts - left
                out, kept = (np.flatnonzero(v.sum(axis=1) > 0.0) for v in (left, rest))
                if likelihood.family.bounded:
                    kept = np.arange(len(rest))  # every row has a probability, left out or not
                prior = prior_of_cases(model, rest)
                density = LogDensity(part_of(likelihood, kept, rest), prior)
                at = moved(density, theta, start)
                weights, k = smooth_weights((base + density.value(at) - before)[None])
                tested = part_of(likelihood, out, left)
                prob = tested.family.probabilities(tested.eta(at + shift)) @ weights[0]
                cells.append(out)
                counts.append(left[out])
                probs.append(prob)
                ks.append(float(k[0]))
                advance(1)
    return Folds(cases, cells, counts, probs, np.array(ks))
