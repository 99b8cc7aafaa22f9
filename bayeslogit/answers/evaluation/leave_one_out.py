"""Leave-one-out forecasts of the fitted cases, by importance sampling.

The posterior without a case is the posterior with its likelihood divided out; draws get these
weights, and the largest are smoothed by a Pareto distribution. Nothing is fitted again.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from bayeslogit.answers.evaluation.integrated import leave_cases_out
from bayeslogit.families import LINKS
from bayeslogit.numerics.pareto import smooth_largest, smooth_tails, smooth_weights, tail_length
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.runtime.parallel import mapping, repeatable
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.cases import Cases
from bayeslogit.specification.density import Likelihood

__all__ = ["LeaveOneOut", "leave_one_out"]

# Linear predictors held at a time.
_BLOCK = 250_000
# Linear predictors that are read several times while they are in the cache.
_CACHED = 32_000
# Odds against what happened above which weights are too large to add up.
_LARGEST = 1e200


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """Leave-one-out forecasts: the probabilities of each case given all others.

    Parameters
    ----------
    cases : Cases
        The cases; like ones of one outcome, a kind, have the same forecast.
    prob : ndarray, shape (classes, kinds)
        Class probabilities of a case of each kind given all other cases.
    log_prob : ndarray, shape (kinds,)
        Log predictive probability of what a case holds, in nats, without combinatorial
        constants.
    k : ndarray, shape (kinds,)
        Pareto k: above 0.7 the figures of this kind cannot be relied on.
    """

    cases: Cases
    prob: np.ndarray
    log_prob: np.ndarray
    k: np.ndarray

    def k_of_rows(self, counts: np.ndarray) -> np.ndarray:
        """Return the largest Pareto k of the cases in each row, (rows,); -inf without cases.

        Parameters
        ----------
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class in each row.
        """
        row, kind, _ = self.cases.of_rows(counts)
        k = np.full(len(counts), -np.inf)
        with np.errstate(invalid="ignore"):  # a Pareto k that is not known stays unknown
            np.maximum.at(k, row, self.k[kind])
        return k

    def log_prob_of_rows(self, counts: np.ndarray) -> np.ndarray:
        """Return the sum of the log predictive probabilities of the cases in each row, (rows,).

        Parameters
        ----------
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class in each row.
        """
        row, kind, times = self.cases.of_rows(counts)
        return np.bincount(row, times * self.log_prob[kind], len(counts))

    def prob_of_rows(self, counts: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
        """Return the mean forecast of the cases in each row, (classes, rows).

        Parameters
        ----------
        counts : ndarray, shape (rows, classes)
            Weighted cases of each class in each row.
        otherwise : ndarray, shape (classes, rows)
            For rows without cases.
        """
        row, kind, times = self.cases.of_rows(counts)
        held = self.cases.kinds[1][kind].sum(axis=1) * times
        total = np.bincount(row, held, len(counts))
        prob = otherwise.copy()
        some = total > 0.0
        for code, own in enumerate(self.prob):
            sums = np.bincount(row, held * own[kind], len(counts))
            prob[code, some] = sums[some] / total[some]
        return prob


def leave_one_out(
    posterior: Posterior, cases: Cases | None = None, *, progressbar: bool = True
) -> LeaveOneOut:
    """Return leave-one-out forecasts: of each case, given all others.

    Draws of a Gaussian approximation are carried to the posterior by importance weights. Of
    group-level terms, the effects of the grouping with most levels are integrated, draw by draw.

    Parameters
    ----------
    posterior : Posterior
    cases : Cases, optional
        By default those of the sample.
    progressbar : bool
        Show progress beyond two seconds, on stderr.

    Raises
    ------
    MethodRefused
        If there is one draw only.

    See Also
    --------
    bayeslogit.specification.cases.Cases : What a case is, where rows have weights or trials.

    References
    ----------
    Vehtari, A., Gelman, A. and Gabry, J. (2017). Practical Bayesian model evaluation using
    leave-one-out cross-validation and WAIC. doi:10.1007/s11222-016-9696-4
    """
    refuse_point(posterior, "a leave-one-out prediction")
    # What a case weighs is a matter of the sample; what is forecast may be of a population.
    sample = posterior.sample
    cases = sample.model.cases if cases is None else cases
    theta = sample.theta
    cell, held = cases.kinds
    likelihood = Likelihood(
        sample.model.family,
        cases.X[cell],
        held,
        None if cases.offset is None else cases.offset[cell],
        basis=sample.model.layout.basis,
    )
    shown = None if posterior.population is None else posterior.theta
    n, classes = held.shape
    prob, log_prob, k = np.empty((classes, n)), np.zeros(n), np.full(n, -np.inf)
    weights = posterior.importance
    base = np.zeros(posterior.n_draws) if weights is None else weights - weights.max()
    if sample.model.design.groups:
        moved = None if posterior.population is None else posterior.theta - theta
        drawn = sample.outcome.scales
        prob, log_prob, k = leave_cases_out(
            sample.model, theta, drawn, cases, base, moved, progressbar=progressbar
        )
        return LeaveOneOut(cases, prob / prob.sum(axis=0), log_prob, k)
    single = shown is None and _one_trial_each(likelihood)
    step = max(1, _BLOCK // (posterior.n_draws * (1 if single else classes)))

    def forecast(start: int) -> int:
        rows = np.arange(start, min(start + step, n))
        found = _from_odds(likelihood, theta, rows, base) if single else None
        if found is None:
            found = _from_logs(likelihood, theta, rows, base, shown)
        prob[:, rows], log_prob[rows], k[rows] = found
        return len(rows)

    with ExitStack() as stack:
        advance = stack.enter_context(progress("leaving cases out", n, enabled=progressbar))
        stack.enter_context(repeatable())
        spread = stack.enter_context(mapping())
        for done in spread(forecast, range(0, n, step)):
            advance(done)
    prob /= prob.sum(axis=0)
    return LeaveOneOut(cases, prob, log_prob, k)


def _one_trial_each(likelihood: Likelihood) -> bool:
    """Whether every row is one case of two classes."""
    counts = likelihood.counts
    whole = bool(np.all(counts.sum(axis=1) == 1.0) and np.all(counts.max(axis=1) == 1.0))
    return likelihood.family.arrangement == "plain" and whole


def _from_logs(
    likelihood: Likelihood,
    theta: np.ndarray,
    rows: np.ndarray,
    base: np.ndarray,
    shown: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return class probabilities (classes, rows), log predictive probability and k of some rows.

    ``base`` (draws,) is the log weight that each draw comes with; ``shown`` are coefficients
    (coefficients, draws) to forecast by, where not those of the fit.
    """
    eta = likelihood.eta(theta, rows)
    counts = likelihood.counts[rows]
    logs = likelihood.family.row_log_likelihood(eta.copy(), counts)
    weights, k = smooth_weights(base - logs)
    eta = eta if shown is None else likelihood.eta(shown, rows)
    prob = np.einsum("krc,rc->kr", likelihood.family.probabilities(eta), weights)
    # A case that the data forbid may leave its weight to draws of which it has no probability.
    top = logs.max(axis=1, where=weights > 0.0, initial=-np.inf)
    share = np.einsum("rc,rc->r", np.exp(np.minimum(logs - top[:, None], 0.0)), weights)
    log_prob = top + np.log(share)
    return prob, log_prob, np.where(counts.any(axis=1), k, -np.inf)


def _from_odds(
    likelihood: Likelihood, theta: np.ndarray, rows: np.ndarray, base: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """As :func:`_from_logs`, for rows of one trial each; None where weights overflow.

    The weight of a draw is one over the probability of what happened: one plus the odds against
    it, for which no logarithm is needed. Both probabilities come to full relative accuracy.
    """
    link = LINKS[likelihood.family.link]
    happened = likelihood.counts[rows, 1] > 0.0
    scale = np.exp(base) if base.any() else None
    draws = len(base)
    tail = tail_length(draws)
    yes, no = np.empty((2, len(rows)))
    largest, cutoff, k = np.empty((len(rows), tail)), np.empty(len(rows)), np.empty(len(rows))
    step = max(1, _CACHED // draws)
    for start in range(0, len(rows), step):
        at = slice(start, start + step)
        odds = link.odds_against(likelihood.eta(theta, rows[at])[0], happened[at])
        if odds.max() > _LARGEST:
            return None
        if scale is None and tail >= 5:
            # Weights that are not smoothed cancel the probabilities, so that only the largest
            # odds need to be told apart, not whose draws they are of.
            odds.partition(-tail - 1, axis=1)
            yes[at] = draws - tail
            no[at] = odds[:, :-tail].sum(axis=1)
            cutoff[at] = odds[:, -tail - 1]
            largest[at] = odds[:, -tail:]
        else:
            weights = 1.0 + odds if scale is None else (1.0 + odds) * scale
            k[at] = smooth_tails(weights)
            weights /= 1.0 + odds
            yes[at], no[at] = weights.sum(axis=1), np.einsum("rc,rc->r", weights, odds)
    if scale is None and tail >= 5:
        largest.sort(axis=1)
        smoothed, k = smooth_largest(largest, cutoff)
        # Of a row that all draws are sure of, the weights, one plus odds, are equal to rounding.
        k[largest[:, -1] - cutoff <= np.finfo(float).eps] = -np.inf
        smoothed += 1.0
        smoothed /= 1.0 + largest
        yes += smoothed.sum(axis=1)
        no += np.einsum("rc,rc->r", smoothed, largest)
    total = yes + no
    prob = np.where(happened, [no, yes], [yes, no]) / total
    return prob, -np.log1p(no / yes), k
