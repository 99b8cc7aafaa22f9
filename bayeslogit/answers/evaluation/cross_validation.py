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

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.inference.mode import Mode, climb, find_mode, gaussian_at
from bayeslogit.numerics.pareto import smooth_weights
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.cases import Cases
from bayeslogit.specification.density import Likelihood, LogDensity

__all__ = ["FOLDS", "MOST_PAIRED", "Folds", "LeftOut", "Pairs", "cross_validate"]

# Cases up to which every pair of an event and another case is left out; beyond, folds are.
MOST_PAIRED = 400
FOLDS = 10
# Forecasts of all repeats, within limits, and log-likelihoods that each fold may take.
_FORECASTS = 12_000
_REPEATS = (1, 20)
_VALUES = 20_000_000
_DRAWS = (50, 1000)
_MOST_DRAWS = 4000
# The folds of each posterior that is in use; every figure and picture of it is by the same ones.
_known: WeakKeyDictionary[Posterior, tuple[int, Folds]] = WeakKeyDictionary()
# Forecasts of different cells this near to each other are level.
_LEVEL = 1e-12


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Forecasts of an event for cases that were left out.

    Attributes
    ----------
    prob : ndarray, shape (points,)
        Forecasts, of all fits.
    failures, successes : ndarray, shape (points,)
        What they are of; each adds up to the cases without and with the event.
    events : ndarray, shape (kinds,)
        Cases with the event, of each kind.
    above, level : ndarray, shape (kinds,)
        Share of the other cases that the same fit forecasts above such an event, and as high.
    """

    prob: np.ndarray
    failures: np.ndarray
    successes: np.ndarray
    events: np.ndarray
    above: np.ndarray
    level: np.ndarray

    @property
    def area(self) -> float:
        """Share of pairs of an event and another case that fits rank rightly; half if level."""
        return 1.0 - float(np.average(self.above + 0.5 * self.level, weights=self.events))


@dataclass(frozen=True, eq=False)
class Pairs:
    """Every pair of cases left out, by importance sampling.

    Attributes
    ----------
    cases : Cases
    weights : ndarray, shape (kinds, draws)
        Of each draw, where a case of that kind is left out; up to a factor for each kind.
    base : ndarray, shape (draws,)
        Of each draw, where none is.
    prob : ndarray, shape (classes, cells, draws)
    k : ndarray, shape (kinds,)
        Pareto k of leaving a case of each kind out.
    """

    cases: Cases
    weights: np.ndarray
    base: np.ndarray
    prob: np.ndarray
    k: np.ndarray

    kind = "leave-pair-out"

    def of(self, code: int, counts: np.ndarray) -> LeftOut:
        """Return the forecasts of one class against all others.

        Parameters
        ----------
        code : int
            The class that counts as the event.
        counts : ndarray, shape (cells, classes)
            Weighted cases of each class, where they differ from those of the sample.
        """
        cell, held = self.cases.kinds
        share = np.divide(
            counts, self.cases.counts, out=np.zeros_like(counts), where=self.cases.counts > 0.0
        )
        mass = held * self.cases.times[:, None] * share[cell]
        yes, no = mass[:, code], mass.sum(axis=1) - mass[:, code]
        events, others = np.flatnonzero(yes > 0.0), np.flatnonzero(no > 0.0)
        prob = self.prob[code, cell]
        own, other = self.weights[events] * self.base, self.weights[others]
        total = own @ other.T
        # Weights that leave no draw to a pair leave it to those of each case alone, or to all.
        pairs = total > 0.0
        alone = []
        for rows in (events, others):
            weights = self.weights[rows] * self.base
            weights = np.where(weights.any(axis=1, keepdims=True), weights, self.base)
            alone.append((weights * prob[rows]).sum(axis=1) / weights.sum(axis=1))
        first, second = np.empty_like(total), np.empty_like(total)
        first[:], second[:] = alone[0][:, None], alone[1]
        np.divide((own * prob[events]) @ other.T, total, out=first, where=pairs)
        np.divide(own @ (other * prob[others]).T, total, out=second, where=pairs)
        same = events[:, None] == others
        if same.any():  # an event and another case of one row are left out with it
            first, second = (np.where(same, alone[0][:, None], v) for v in (first, second))
        second = np.where(cell[events][:, None] == cell[others], first, second)
        yes, no = yes[events], no[others]
        level = np.abs(first - second) <= _LEVEL
        above = (second > first) & ~level
        return LeftOut(
            np.concatenate([first.ravel(), second.ravel()]),
            np.concatenate([np.zeros(first.size), np.outer(yes, no).ravel() / yes.sum()]),
            np.concatenate([np.outer(yes, no).ravel() / no.sum(), np.zeros(first.size)]),
            yes,
            above @ no / no.sum(),
            level @ no / no.sum(),
        )


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

    def of(self, code: int, counts: np.ndarray) -> LeftOut:
        """Return the forecasts of one class against all others.

        Parameters
        ----------
        code : int
            The class that counts as the event.
        counts : ndarray, shape (cells, classes)
            Weighted cases of each class, where they differ from those of the sample.
        """
        share = np.divide(
            counts, self.cases.counts, out=np.zeros_like(counts), where=self.cases.counts > 0.0
        )
        own = counts[:, code]
        above, level, seen = np.zeros((3, len(own)))
        points = []
        for cell, left, every in zip(self.cell, self.counts, self.prob, strict=True):
            mass, prob = left * share[cell], every[code]
            yes, no = mass[:, code], mass.sum(axis=1) - mass[:, code]
            points.append((prob, no, yes))
            if no.sum() <= 0.0:
                continue
            order = np.argsort(prob, kind="stable")
            ranked = prob[order]
            low = np.searchsorted(ranked, prob - _LEVEL, side="left")
            high = np.searchsorted(ranked, prob + _LEVEL, side="right")
            below = np.r_[0.0, np.cumsum(no[order])]
            above[cell] += yes * (below[-1] - below[high]) / below[-1]
            level[cell] += yes * (below[high] - below[low]) / below[-1]
            seen[cell] += yes
        prob, failures, successes = (np.concatenate(v) for v in zip(*points, strict=True))
        some = seen > 0.0
        return LeftOut(
            prob,
            failures * ((counts.sum() - own.sum()) / failures.sum()),
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
    the posterior by importance weights.

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
        if cases.number <= MOST_PAIRED:
            return _pairs(posterior, cases)
        known = _known.get(posterior)
        if known is None or known[0] != seed:
            known = seed, _folds(posterior, cases, seed, progressbar)
            _known[posterior] = known
        return known[1]


def _likelihood(posterior: Posterior, cases: Cases) -> Likelihood:
    """Return the likelihood of cells of cases."""
    model = posterior.sample.model
    initial = model.likelihood.initial
    return Likelihood(
        model.family,
        cases.X,
        cases.counts,
        cases.offset,
        basis=model.layout.basis,
        initial=initial,
    )


def _thinned(posterior: Posterior, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return coefficients of the sample, what forecasts add to them, and log weights, of draws."""
    at = np.linspace(0, posterior.n_draws - 1, min(most, posterior.n_draws))
    at = at.round().astype(np.intp)
    weights = posterior.importance
    base = np.zeros(len(at)) if weights is None else weights[at] - weights[at].max()
    theta = posterior.sample.theta[:, at]
    return theta, posterior.theta[:, at] - theta, base


def _pairs(posterior: Posterior, cases: Cases) -> Pairs:
    theta, shift, base = _thinned(posterior, _MOST_DRAWS)
    likelihood = _likelihood(posterior, cases)
    family, (cell, held) = likelihood.family, cases.kinds
    eta = likelihood.eta(theta)
    logs = family.row_log_likelihood(eta[:, cell].copy(), held)
    weights, k = smooth_weights(-logs)
    if shift.any():
        eta = likelihood.eta(theta + shift)
    return Pairs(cases, weights, np.exp(base), family.probabilities(eta), k)


def _folds(posterior: Posterior, cases: Cases, seed: int, progressbar: bool) -> Folds:
    likelihood, prior = _likelihood(posterior, cases), posterior.sample.model.prior
    repeats = int(np.clip(round(_FORECASTS / cases.number), *_REPEATS))
    wanted = int(np.clip(_VALUES // (len(cases.X) * likelihood.family.n_eta), *_DRAWS))
    theta, shift, base = _thinned(posterior, wanted)
    whole = posterior.sample.model.density
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
                density = LogDensity(_part(likelihood, kept, rest), prior)
                moved = _moved(density, theta, start)
                weights, k = smooth_weights((base + density.value(moved) - before)[None])
                tested = _part(likelihood, out, left)
                prob = tested.family.probabilities(tested.eta(moved + shift)) @ weights[0]
                cells.append(out)
                counts.append(left[out])
                probs.append(prob)
                ks.append(float(k[0]))
                advance(1)
    return Folds(cases, cells, counts, probs, np.array(ks))


def _part(likelihood: Likelihood, cells: np.ndarray, counts: np.ndarray) -> Likelihood:
    """Return the likelihood of some cells, with other counts."""
    offset = None if likelihood.offset is None else likelihood.offset[cells]
    return replace(likelihood, X=likelihood.X[cells], counts=counts[cells], offset=offset)


def _moved(density: LogDensity, theta: np.ndarray, start: Mode) -> np.ndarray:
    """Return draws moved and stretched to the Gaussian at the mode of another posterior."""
    try:
        mode = climb(density, start.theta, tolerance=1e-4)
        if not (mode.converged and start.converged):
            return theta
        old, new = gaussian_at(start).cholesky, gaussian_at(mode).cholesky
    except (FitFailed, np.linalg.LinAlgError):
        return theta
    centred = theta - start.theta[:, None]
    moved: np.ndarray = mode.theta[:, None] + new @ np.linalg.solve(old, centred)
    return moved
