"""Leaving cases or groups out of a model with group-level terms, with effects integrated.

The effect of a small group depends on each of its rows so much that draws of it cannot be weighted
to a posterior without one. Here the effects of one grouping are integrated out, draw by draw of all
else, by quadrature: the density of a case given the rest of its group is the ratio of the group's
integral to that without the case. Importance weights are then of coefficients and covariances,
which no single case moves far.

References
----------
Merkle, E. C., Furr, D. and Rabe-Hesketh, S. (2019). Bayesian comparison of latent variable models:
conditional versus marginal likelihoods. doi:10.1007/s11336-019-09679-0
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from itertools import pairwise

import numpy as np

from bayeslogit.errors import warn
from bayeslogit.inference.grouped.integrals import Rule, log_integrals, peaks, placed
from bayeslogit.inference.grouped.integrand import Integrand, integrand_of, places_of
from bayeslogit.numerics.pareto import smooth_weights
from bayeslogit.runtime.parallel import mapping, repeatable
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.cases import Cases
from bayeslogit.specification.density import Likelihood
from bayeslogit.specification.specification import Specification

__all__ = ["group_integrals", "integrand_for", "leave_cases_out"]

# Values of the log-likelihood that may be computed, and draws that are used at least and at most.
_VALUES, _LEAST, _MOST = 150_000_000, 250, 4000
# Draws by which the number of points is chosen, and nats that more points may still change.
_TRIED, _CHANGE = 24, 0.02


def _leaf(model: Specification) -> tuple[int, ...]:
    """Return the places of the terms of the grouping with most levels."""
    groups = model.design.groups
    first = groups[model.block_order[0]]
    return tuple(k for k, g in enumerate(groups) if np.array_equal(g.codes, first.codes))


def integrand_for(
    model: Specification,
    theta: np.ndarray,
    drawn: Mapping[str, np.ndarray],
    which: tuple[int, ...],
    likelihood: Likelihood,
    rows: np.ndarray,
) -> Integrand:
    """Return what is integrated over the effects of some terms, all of one grouping.

    Parameters
    ----------
    model : Specification
    theta : ndarray, shape (coefficients, draws)
    drawn : dict of str to ndarray
        Standard deviations and correlations.
    which : tuple of int
        Places of the terms among ``design.groups``.
    likelihood : Likelihood
        Of the rows.
    rows : ndarray of int, shape (rows,)
        A fitted row for each, whose group and predictors it has.

    Raises
    ------
    MethodRefused
        If a group has too many effects.
    """
    place = {k: i for i, k in enumerate(model.block_order)}
    return integrand_of(
        [model.grouped_density.blocks[place[k]] for k in which],
        [model.layout.scales[k] for k in which],
        theta,
        drawn,
        likelihood,
        rows,
    )


def leave_cases_out(
    model: Specification,
    theta: np.ndarray,
    drawn: Mapping[str, np.ndarray],
    cases: Cases,
    base: np.ndarray,
    shift: np.ndarray | None = None,
    *,
    progressbar: bool = True,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return forecasts of cases, each given all others, with the effects of groups integrated.

    Those of the grouping with most levels; of other groupings draws are weighted.

    Parameters
    ----------
    model : Specification
    theta : ndarray, shape (coefficients, draws)
    drawn : dict of str to ndarray
        Standard deviations and correlations.
    cases : Cases
        Of the rows of the model.
    base : ndarray, shape (draws,)
        Log weight that each draw comes with.
    shift : ndarray, shape (coefficients, draws), optional
        Added to coefficients for forecasts.
    progressbar : bool
        Show progress beyond two seconds.

    Returns
    -------
    prob : ndarray, shape (classes, kinds)
        Class probabilities.
    log_prob : ndarray, shape (kinds,)
        Log predictive density, in nats.
    k : ndarray, shape (kinds,)
        Pareto k.

    Raises
    ------
    MethodRefused
        If a group has too many effects.
    """
    used = np.flatnonzero(cases.cell >= 0)
    rows = np.zeros(len(cases.X), dtype=np.intp)
    rows[cases.cell[used]] = used
    likelihood = Likelihood(
        model.family, cases.X, cases.counts, cases.offset, basis=model.layout.basis
    )
    whole = integrand_for(model, theta, drawn, _leaf(model), likelihood, rows)
    cell, held = cases.kinds
    per_cell = np.maximum(cases.counts.sum(axis=1), 1e-300)
    share = np.zeros(len(cases.X))
    np.maximum.at(share, cell, held.sum(axis=1) / per_cell[cell])
    rule = _rule(whole, (cell, held, share, cases.times))
    at = places_of(whole.theta.shape[1], _affordable(whole, rule))
    integrand = whole.thinned(len(at))
    base = base[at]
    n = len(cell)
    prob, log_prob, k = np.empty((held.shape[1], n)), np.empty(n), np.empty(n)

    def forecast(part: tuple[np.ndarray, np.ndarray, Integrand]) -> int:
        mine, _, some = part
        kinds, own = _kinds_in(cell, mine, len(cases.X))
        moved = None
        if shift is not None:
            moved = some.likelihood.eta(shift[:, at]) - some.likelihood.eta(0.0 * shift[:, at])
        logs, forecasts = _given_the_rest(some, rule, own, held[kinds], share[mine], moved)
        weights, k[kinds] = smooth_weights(base - logs)
        top = logs.max(axis=1)
        inside = np.exp(logs - top[:, None])
        log_prob[kinds] = top + np.log(np.einsum("rc,rc->r", inside, weights))
        prob[:, kinds] = np.einsum("krc,rc->kr", forecasts, weights)
        return len(kinds)

    with ExitStack() as stack:
        advance = stack.enter_context(progress("leaving cases out", n, enabled=progressbar))
        stack.enter_context(repeatable())
        spread = stack.enter_context(mapping())
        for done in spread(forecast, integrand.parts()):
            advance(done)
    k[~held.any(axis=1)] = -np.inf
    return prob, log_prob, k


def _kinds_in(cell: np.ndarray, rows: np.ndarray, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which kinds of case are in some cells, and the place of the cell of each."""
    place = np.full(cells, -1)
    place[rows] = np.arange(len(rows))
    kinds = np.flatnonzero(place[cell] >= 0)
    return kinds, place[cell[kinds]]


def _given_the_rest(
    some: Integrand,
    rule: Rule,
    own: np.ndarray,
    held: np.ndarray,
    share: np.ndarray,
    shift: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return what each draw says of cases given the rest of their groups.

    Parameters
    ----------
    some : Integrand
    rule : Rule
    own, held : ndarray, shapes (kinds,) and (kinds, classes)
        Row of each kind of case, and what one case holds.
    share : ndarray, shape (rows,)
        Part of a row that one case of it is, at most.
    shift : ndarray, shape (predictors, rows, draws), optional
        Added to linear predictors for forecasts.

    Returns
    -------
    logs : ndarray, shape (kinds, draws)
        Log density, in nats.
    prob : ndarray, shape (classes, kinds, draws)
    """
    levels, family, factor = some.levels, some.levels.family, some.factor
    eta = some.likelihood.eta(some.theta)
    found = peaks(levels, eta, factor, tolerance=1e-3, share=share)
    _, there = placed(levels, eta, factor, found, np.zeros(levels.effects))
    same = len(own) == len(there[0]) and np.array_equal(held, levels.counts[own])

    def of_cases(moved: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return rows[own] if same else family.row_log_likelihood(moved[:, own].copy(), held)

    reference = of_cases(there, family.row_log_likelihood(there.copy(), levels.counts))
    whole = np.zeros(found.height.shape)
    rest = np.zeros(reference.shape)
    prob = np.zeros((levels.counts.shape[1], *reference.shape))
    level = levels.codes[own]
    for x, log_weight in zip(rule.x, rule.log_weights, strict=True):
        z, moved = placed(levels, eta, factor, found, x)
        logs = family.row_log_likelihood(moved.copy(), levels.counts)
        height = levels.gather @ logs - 0.5 * (z * z).sum(axis=0) + log_weight - found.height
        whole += np.exp(height)
        without = np.exp(height[level] - (of_cases(moved, logs) - reference))
        rest += without
        prob += without * family.probabilities(moved if shift is None else moved + shift)[:, own]
    logs = np.log(whole)[level] - np.log(rest) + reference
    return logs, prob / rest


def group_integrals(integrand: Integrand, *, progressbar: bool = True) -> np.ndarray:
    """Return the log likelihood of each group with its effects integrated, (groups, draws).

    Without combinatorial constants; of fewer draws, evenly spaced, where there are many rows.

    Parameters
    ----------
    integrand : Integrand
    progressbar : bool
        Show progress beyond two seconds.
    """
    rule = _rule(integrand)
    some = integrand.thinned(_affordable(integrand, rule))
    result = np.zeros((some.levels.number, some.theta.shape[1]))

    def integrate(part: tuple[np.ndarray, np.ndarray, Integrand]) -> int:
        _, own, few = part
        result[own] = _integrals(few, rule)
        return len(own)

    with ExitStack() as stack:
        total = some.levels.number
        advance = stack.enter_context(progress("leaving groups out", total, enabled=progressbar))
        stack.enter_context(repeatable())
        spread = stack.enter_context(mapping())
        for done in spread(integrate, some.parts()):
            advance(done)
    return result


def _integrals(some: Integrand, rule: Rule) -> np.ndarray:
    eta = some.likelihood.eta(some.theta)
    found = peaks(some.levels, eta, some.factor, tolerance=1e-3)
    return log_integrals(some.levels, eta, some.factor, rule, found)


def _affordable(integrand: Integrand, rule: Rule) -> int:
    """Return how many draws may be used."""
    values = integrand.likelihood.counts.size * (len(rule.x) + 10)
    return int(np.clip(_VALUES // values, _LEAST, _MOST))


def _rule(
    integrand: Integrand,
    kinds: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None = None,
) -> Rule:
    """Return the rule of fewest points that more would not change; warn if there is none.

    ``kinds`` are row, cases held, part of a row and how many cases there are of each kind, where
    single cases are left out.
    """
    few = integrand.thinned(_TRIED)

    def total(rule: Rule) -> np.ndarray:
        """Return the mean over draws of what is summed, case by case or group by group."""
        found = []
        for mine, _, part in few.parts():
            if kinds is None:
                found.append(_integrals(part, rule).mean(axis=1))
            else:
                cell, held, share, times = kinds
                which, own = _kinds_in(cell, mine, len(share))
                logs, _ = _given_the_rest(part, rule, own, held[which], share[mine])
                found.append(times[which] * logs.mean(axis=1))
        return np.concatenate(found)

    rules = integrand.rules
    before, change = total(rules[0]), np.inf
    for last, rule in pairwise(rules):
        now = total(rule)
        change, before = float(np.abs(now - before).sum()), now
        if change < _CHANGE:
            return last
    if not change < 10.0 * _CHANGE:
        warn(
            f"the integrals over {integrand.names} still changed by {change:.2g} nats in all with "
            f"{len(rules[-1].x)} nodes; expected less than {10.0 * _CHANGE:g}; compare with "
            "kfold(), which fits again"
        )
    return rules[-1]
