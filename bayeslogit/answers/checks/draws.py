"""Checks of the draws: convergence or approximation error, and influential rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.checks.findings import Finding, Severity, from_problem
from bayeslogit.answers.checks.matched import check_influential_sets
from bayeslogit.answers.evaluation.leave_one_out import leave_one_out
from bayeslogit.errors import MethodRefused
from bayeslogit.inference import Outcome
from bayeslogit.inference.inner_chains import check_convergence, lower_bars
from bayeslogit.numerics.pareto import doubtful_cases, reliable_k
from bayeslogit.posterior.posterior import Posterior

__all__ = ["check_draws", "check_influence", "thinned"]

# Linear predictors that a look at single rows may take.
_LARGEST = 40_000_000


def check_draws(outcome: Outcome) -> list[Finding]:
    """Say how far the draws can be trusted, and pass on what the method found."""
    findings = [from_problem(p) for p in outcome.problems]
    draws = outcome.draws
    if draws.shape[:2] == (1, 1):
        sentence = "this is a point estimate: one vector of coefficients, without a spread"
        action = "fit with another method for intervals and for checks of rows and of the prior"
        findings.append(Finding("draws", "note", sentence, action))
    elif not outcome.exact:
        findings.append(_approximation(outcome))
    else:
        known = {f.code for f in findings}
        convergence, problems = check_convergence(outcome.every)
        findings += [from_problem(p) for p in problems if p.code not in known]
        values = {"rhat": convergence.worst_rhat, "ess": convergence.smallest_ess}
        if not problems and all(f.severity == "note" for f in findings):
            findings.append(
                Finding(
                    "draws",
                    "ok",
                    f"chains agree: R-hat at most {values['rhat']:.3f}, effective sample size at "
                    f"least {values['ess']:.0f}{lower_bars(draws)}",
                    values=values,
                )
            )
    return findings


def _approximation(outcome: Outcome) -> Finding:
    k = outcome.info.get("pareto_k")
    if k is None:
        return Finding(
            "draws",
            "note",
            "these draws are from an approximation, whose distance from the posterior was not "
            "measured",
            "fit with method='auto' for exact draws",
        )
    severity: Severity = "ok" if k <= 0.5 else "note" if k <= 0.7 else "warning"
    return Finding(
        "draws",
        severity,
        f"these draws are from an approximation, {outcome.info.get('verdict', 'judged by k-hat')} "
        f"(Pareto k-hat {k:.2f})",
        "" if severity == "ok" else "fit with method='auto' for exact draws",
        values={"pareto_k": float(k)},
    )


def thinned(posterior: Posterior, rows: int) -> Posterior:
    """Return a posterior with every so many draws, where rows are many; as one chain.

    Parameters
    ----------
    posterior : Posterior
    rows : int
        How many rows each draw is put to.
    """
    theta, outcome = posterior.theta, posterior.outcome
    step = max(1, -(-theta.shape[1] // max(500, _LARGEST // max(1, rows))))
    scales = {
        name: values.reshape(-1, *values.shape[2:])[None, ::step]
        for name, values in outcome.scales.items()
    }
    return replace(
        posterior, outcome=replace(outcome, draws=theta[:, ::step].T[None], scales=scales)
    )


def check_influence(posterior: Posterior, *, progressbar: bool = True) -> Finding:
    """Look for influential cases, by Pareto k of leaving each out.

    Parameters
    ----------
    posterior : Posterior
    progressbar : bool
        Show progress beyond two seconds.
    """
    model = posterior.model
    if model.family.coupled:
        return check_influential_sets(posterior, progressbar=progressbar)
    labels, some = model.labels, thinned(posterior, len(model.cases.times))
    try:
        found = leave_one_out(some, progressbar=progressbar)
    except MethodRefused as refused:  # too many effects of a group to integrate
        reason, _, action = str(refused).rpartition("; ")
        return Finding("influence", "note", f"no case was left out: {reason}", action)
    limit = reliable_k(some.n_draws)
    by_row = found.k_of_rows(model.counts)
    order = np.argsort(-by_row)[:20]
    details = tables.Answer(
        {"pareto_k": by_row[order], "log_prob": found.log_prob_of_rows(model.counts)[order]},
        index=labels[order],
    )
    times, bad = found.cases.times, ~(found.k <= limit)
    largest = float(np.fmax.reduce(found.k))
    values = {"largest_k": largest, "cases": float(times[bad].sum())}
    if not bad.any():
        return Finding(
            "influence",
            "ok",
            f"no case dominates: the largest Pareto k of leaving one out is {largest:.2f}",
            values=values,
            details=details,
        )
    large = np.flatnonzero(~(by_row <= limit))
    ranked = large[np.argsort(-by_row[large])]
    names = tuple(str(labels[i]) for i in ranked[:20])
    shown = ", ".join(names[:10]) + (f" and {len(large) - 10} more" if len(large) > 10 else "")
    doubtful = doubtful_cases(found.k, limit, times)
    if not (found.k > limit).any():
        return Finding(
            "influence",
            "note",
            f"whether a case dominates cannot be told: {doubtful}",
            "fit with more draws: four chains of 1000 are enough for most purposes",
            names,
            values,
            details,
        )
    return Finding(
        "influence",
        "warning",
        f"the posterior would move much without some cases: {doubtful} (largest {largest:.2f}), "
        f"row {shown}",
        "look whether these rows are right, and fit without them to see what changes; figures by "
        "leave-one-out are not reliable here",
        names,
        values,
        details,
    )
