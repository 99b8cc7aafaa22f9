"""Every pair of an event and another case left out, by importance sampling.

The posterior without a case is the posterior with its likelihood divided out. Draws get these
weights, case by case, and those of a pair are products; where they would rest on a few draws
only, the draws are moved to the posterior without that case first, and weighted there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from bayeslogit.answers.evaluation.left_out import (
    LEVEL,
    LeftOut,
    Ranking,
    moved,
    part_of,
)
from bayeslogit.inference.mode import find_mode
from bayeslogit.numerics.pareto import smooth_weights
from bayeslogit.priors import CoefficientPrior
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.cases import Cases
from bayeslogit.specification.density import Likelihood, LogDensity

__all__ = ["Pairs", "leave_pairs_out"]

# Draws, and log-likelihoods of all kinds of cases at them; of draws that are moved, fewer.
_DRAWS, _VALUES, _FEWEST = (4096, 16_384), 400_000, 1024
# Draws are moved to the posterior without a case whose weights have a Pareto k above this.
_MOVED = 0.4


type Draws = tuple[np.ndarray, np.ndarray, np.ndarray]


class Again(NamedTuple):
    """Forecasts without a case of one kind and another case, by draws that were moved.

    Attributes
    ----------
    own : ndarray, shape (classes, kinds)
        Of the first case, for each kind of the other.
    other : ndarray, shape (classes, kinds)
        Of the other.
    alone : ndarray, shape (classes,)
        Of the first, where no other is left out.
    k : float
        Pareto k of the draws that were not moved.
    """

    own: np.ndarray
    other: np.ndarray
    alone: np.ndarray
    k: float


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
    again : dict of int to Again
        What replaces the weights, by kind, where they are not good enough.
    """

    cases: Cases
    weights: np.ndarray
    base: np.ndarray
    prob: np.ndarray
    k: np.ndarray
    again: dict[int, Again] = field(default_factory=dict)

    kind = "leave-pair-out"

    def of(self, ranking: Ranking, counts: np.ndarray) -> LeftOut:
        """Return the forecasts of events and of other cases.

        Parameters
        ----------
        ranking : Ranking
            Which classes are which, and what they are ranked by.
        counts : ndarray, shape (cells, classes)
            Weighted cases of each class, where they differ from those of the sample.
        """
        cell, held = self.cases.kinds
        share = np.divide(
            counts, self.cases.counts, out=np.zeros_like(counts), where=self.cases.counts > 0.0
        )
        no, yes = ranking.split(held * self.cases.times[:, None] * share[cell])
        events, others = np.flatnonzero(yes > 0.0), np.flatnonzero(no > 0.0)
        prob = np.tensordot(ranking.score, self.prob, 1)[cell]
        own, other = self.weights[events] * self.base, self.weights[others]
        total = own @ other.T
        # Weights that leave no draw to a pair leave it to those of each case alone, or to all.
        pairs = total > 0.0
        alone = []
        for rows in (events, others):
            weights = self.weights[rows] * self.base
            weights = np.where(weights.any(axis=1, keepdims=True), weights, self.base)
            alone.append((weights * prob[rows]).sum(axis=1) / weights.sum(axis=1))
        for place, kind in enumerate(events.tolist()):
            if kind in self.again:
                alone[0][place] = ranking.score @ self.again[kind].alone
        first, second = np.empty_like(total), np.empty_like(total)
        first[:], second[:] = alone[0][:, None], alone[1]
        np.divide((own * prob[events]) @ other.T, total, out=first, where=pairs)
        np.divide(own @ (other * prob[others]).T, total, out=second, where=pairs)
        self._replace(first, second, ranking.score, events, others)
        same = events[:, None] == others
        if same.any():  # an event and another case of one row are left out with it
            first, second = (np.where(same, alone[0][:, None], v) for v in (first, second))
        second = np.where(cell[events][:, None] == cell[others], first, second)
        yes, no = yes[events], no[others]
        level = np.abs(first - second) <= LEVEL
        above = (second > first) & ~level
        return LeftOut(
            np.concatenate([first.ravel(), second.ravel()]),
            np.concatenate([np.zeros(first.size), np.outer(yes, no).ravel() / yes.sum()]),
            np.concatenate([np.outer(yes, no).ravel() / no.sum(), np.zeros(first.size)]),
            yes,
            above @ no / no.sum(),
            level @ no / no.sum(),
        )

    def _replace(
        self,
        first: np.ndarray,
        second: np.ndarray,
        score: np.ndarray,
        events: np.ndarray,
        others: np.ndarray,
    ) -> None:
        """Replace forecasts of pairs, (events, others), by those of draws that were moved.

        Draws are moved to the posterior without that case of the two which is harder to leave out.
        """
        k = np.array([self.again[i].k if i in self.again else -np.inf for i in range(len(self.k))])
        for place, kind in enumerate(events.tolist()):
            if kind in self.again:
                at = k[others] <= k[kind]
                first[place, at] = score @ self.again[kind].own[:, others[at]]
                second[place, at] = score @ self.again[kind].other[:, others[at]]
        for place, kind in enumerate(others.tolist()):
            if kind in self.again:
                at = k[events] < k[kind]
                first[at, place] = score @ self.again[kind].other[:, events[at]]
                second[at, place] = score @ self.again[kind].own[:, events[at]]


def leave_pairs_out(
    cases: Cases,
    likelihood: Likelihood,
    density: LogDensity | None,
    prior_of: Callable[[np.ndarray], CoefficientPrior] | None,
    drawn: Callable[[int], Draws],
    *,
    progressbar: bool = True,
) -> Pairs:
    """Return every pair of cases left out.

    Parameters
    ----------
    cases : Cases
    likelihood : Likelihood
        Of their cells.
    density : LogDensity, optional
        The posterior, where draws of it can be moved.
    prior_of : callable, optional
        Returns the prior of other counts, (cells, classes), where it is a matter of the cases.
    drawn : callable
        Returns about as many draws as it is asked for: coefficients (coefficients, draws), what
        forecasts add to them, and log weights.
    progressbar : bool
        Show progress beyond two seconds.
    """
    cell = cases.kinds[0]
    wanted = int(np.clip(_VALUES // len(cell), *_DRAWS))
    theta, shift, base = drawn(wanted)
    priors = [] if prior_of is None else _priors(prior_of, cases)
    eta = likelihood.eta(theta)
    logs = -_logs(likelihood, cases, priors, eta, theta)
    logs[~np.isfinite(logs)] = -np.inf  # a point without a probability has none to be left with
    weights, k = smooth_weights(logs)
    shown = likelihood.eta(theta + shift) if shift.any() else eta
    prob = likelihood.family.probabilities(shown)
    found = Pairs(cases, weights, np.exp(base), prob, k)
    hard = [int(kind) for kind in np.flatnonzero(k > _MOVED)]
    if density is None or not hard:
        return found
    few = max(_FEWEST, _VALUES // len(cell))
    if few < wanted:
        theta, shift, base = drawn(few)
    start, before = find_mode(density), density.value(theta)
    with progress("leaving cases out", len(hard), enabled=progressbar) as advance:
        for kind in hard:
            rest = _without(cases, kind)
            kept = np.flatnonzero(rest.sum(axis=1) > 0.0)
            prior = priors[kind] if priors else density.prior
            other = LogDensity(part_of(likelihood, kept, rest), prior)
            at = moved(other, theta, start)
            once, now = smooth_weights((base + other.value(at) - before)[None])
            advance(1)
            if not now[0] < k[kind]:
                continue  # a posterior that is far from Gaussian may not be moved that way
            eta = likelihood.eta(at)
            logs = -_logs(likelihood, cases, priors, eta, at)
            twice = np.exp(logs - logs.max(axis=1, keepdims=True))
            twice[hard] = smooth_weights(logs[hard])[0]
            if shift.any():
                eta = likelihood.eta(at + shift)
            prob = likelihood.family.probabilities(eta)
            found.again[kind] = _again(prob, cell, kind, once[0], twice, float(k[kind]))
            k[kind] = now[0]
    return found


def _without(cases: Cases, kind: int) -> np.ndarray:
    """Return the cases less one of a kind, (cells, classes)."""
    cell, held = cases.kinds
    rest = cases.counts.copy()
    rest[cell[kind]] -= held[kind]
    return rest


def _priors(
    prior_of: Callable[[np.ndarray], CoefficientPrior], cases: Cases
) -> list[CoefficientPrior]:
    """Return the prior without a case of each kind, and that of all."""
    kinds = range(len(cases.times))
    return [*(prior_of(_without(cases, kind)) for kind in kinds), prior_of(cases.counts)]


def _logs(
    likelihood: Likelihood,
    cases: Cases,
    priors: list[CoefficientPrior],
    eta: np.ndarray,
    theta: np.ndarray,
) -> np.ndarray:
    """Return what a case of each kind adds to the log posterior at draws, (kinds, draws).

    What it changes in a default prior is a part of that; of two cases the changes are added up.
    """
    cell, held = cases.kinds
    logs = likelihood.family.row_log_likelihood(eta[:, cell].copy(), held)
    if priors:
        logs += priors[-1].log_density(theta)
        for own, prior in zip(logs, priors[:-1], strict=True):
            own -= prior.log_density(theta)
    return logs


def _again(
    prob: np.ndarray, cell: np.ndarray, kind: int, once: np.ndarray, twice: np.ndarray, k: float
) -> Again:
    """Return forecasts from draws without one case, by weights of these and of leaving another."""
    own = prob[:, cell[kind]]
    alone: np.ndarray = own @ once
    total = twice @ once
    with np.errstate(invalid="ignore", divide="ignore"):
        first = (own * once) @ twice.T / total
        second = np.stack([np.einsum("kd,kd->k", twice, p[cell] * once) for p in prob]) / total
    # Weights that leave no draw to a pair leave it to those of the first case alone.
    first = np.where(total > 0.0, first, alone[:, None])
    second = np.where(total > 0.0, second, prob[:, cell] @ once)
    first[:, kind] = second[:, kind] = alone
    return Again(first, second, alone, k)
