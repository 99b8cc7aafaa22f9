"""What the draws say of themselves, of single rows, and of the prior."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayeslogit.checks.findings import Finding, Severity, from_problem
from bayeslogit.density import LogDensity
from bayeslogit.errors import listing
from bayeslogit.inference import Outcome
from bayeslogit.inference.lanes import judge
from bayeslogit.inference.map import find_mode
from bayeslogit.inference.pareto import doubtful_rows, reliable_k, tail_length
from bayeslogit.leaveout import leave_one_out
from bayeslogit.maximum import Maximum
from bayeslogit.pieces import Pieces

__all__ = [
    "check_draws",
    "check_influence",
    "check_movement",
    "check_prior",
    "check_sensitivity",
    "importance",
]

# Linear predictors that a look at single rows may take.
_LARGEST = 40_000_000
# Above these a prior is said to matter: power-scaling sensitivity, and standard errors.
_THRESHOLD = 0.05
_MOVED = 0.5


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
        convergence, problems = judge(draws)
        findings += [from_problem(p) for p in problems if p.code not in known]
        values = {"rhat": convergence.worst_rhat, "ess": convergence.smallest_ess}
        if not problems and not known:
            findings.append(
                Finding(
                    "draws",
                    "ok",
                    f"chains agree: R-hat at most {values['rhat']:.3f}, effective sample size at "
                    f"least {values['ess']:.0f}",
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


def importance(density: LogDensity, outcome: Outcome, theta: np.ndarray) -> np.ndarray | None:
    """Return log weights that carry draws of a Gaussian to the posterior, (draws,), or None."""
    if outcome.exact or outcome.gaussian is None:
        return None
    with np.errstate(all="ignore"):
        weights = density.value(theta) - outcome.gaussian.log_density(theta)
    return np.where(np.isfinite(weights), weights, -np.inf)


def _thinned(theta: np.ndarray, rows: int) -> np.ndarray:
    most = max(500, _LARGEST // max(1, rows))
    return theta[:, :: max(1, -(-theta.shape[1] // most))]


def check_influence(
    pieces: Pieces,
    density: LogDensity,
    outcome: Outcome,
    rows: np.ndarray,
    *,
    progressbar: bool = True,
) -> Finding:
    """Look for rows on which the posterior leans, by Pareto k of leaving each out.

    Parameters
    ----------
    pieces : Pieces
    density : LogDensity
    outcome : Outcome
    rows : ndarray, shape (rows,)
        Labels of the rows.
    progressbar : bool
    """
    import pandas as pd

    theta = _thinned(pieces.theta, len(rows))
    weights = importance(density, outcome, theta)
    found = leave_one_out(replace(pieces, theta=theta), weights, progressbar=progressbar)
    limit = reliable_k(theta.shape[1])
    order = np.argsort(-found.k)[:20]
    details = pd.DataFrame(
        {"pareto_k": found.k[order], "log_prob": found.log_prob[order]},
        index=pd.Index(rows[order], name="obs"),
    )
    large = np.flatnonzero(~(found.k <= limit))
    largest = float(np.fmax.reduce(found.k))
    values = {"largest_k": largest, "rows": float(len(large))}
    if len(large) == 0:
        return Finding(
            "influence",
            "ok",
            f"no row dominates: the largest Pareto k of leaving one out is {largest:.2f}",
            values=values,
            details=details,
        )
    ranked = large[np.argsort(-found.k[large])]
    names = tuple(str(rows[i]) for i in ranked[:20])
    shown = ", ".join(names[:10]) + (", ..." if len(large) > 10 else "")
    many = float(pieces.frequencies.max())
    groups = f"; rows hold up to {many:.6g} cases, and are left out whole" if many > 1.0 else ""
    doubtful = doubtful_rows(found.k, limit)
    if not (found.k > limit).any():
        return Finding(
            "influence",
            "note",
            f"whether a row dominates cannot be told: {doubtful}",
            "fit with more draws: four chains of 1000 are enough for most purposes",
            names,
            values,
            details,
        )
    return Finding(
        "influence",
        "warning",
        f"the posterior would move much without some rows: {doubtful} (largest {largest:.2f}), "
        f"row {shown}{groups}",
        "look whether these rows are right, and fit without them to see what changes; figures by "
        "leave-one-out are not reliable here",
        names,
        values,
        details,
    )


def check_sensitivity(pieces: Pieces, density: LogDensity, movement: Finding) -> Finding:
    """Raise prior and likelihood to powers near one, and see which coefficients follow.

    Parameters
    ----------
    pieces : Pieces
    density : LogDensity
    movement : Finding
        From :func:`check_movement`: where the posterior hardly left the maximum likelihood
        estimate, a sensitivity is a note and not a warning.

    References
    ----------
    Kallioinen, N. et al. (2024). Detecting and diagnosing prior and likelihood sensitivity with
    power-scaling. doi:10.1007/s11222-023-10366-5
    """
    import pandas as pd
    import xarray as xr
    from arviz_stats import psense

    prior = density.prior
    if prior.flat.all():
        return Finding("prior_sensitivity", "ok", "every prior is flat: there is none to vary")
    if tail_length(pieces.draws) < 5:
        return Finding(
            "prior_sensitivity",
            "note",
            f"how much the prior matters cannot be told from {pieces.draws} draws: expected 25 or "
            "more",
            "fit with more draws: four chains of 1000 are enough for most purposes",
        )
    theta = _thinned(pieces.theta, len(density.rows.X))
    chains = pieces.chains if theta.shape[1] % pieces.chains == 0 else 1

    def dataset(values: np.ndarray, dim: str, labels: tuple[str, ...]) -> xr.Dataset:
        shaped = values.T.reshape(chains, -1, len(labels))
        coords = {dim: list(labels)}
        return xr.Dataset({"coefficient": (("chain", "draw", dim), shaped)}, coords=coords)

    tree = xr.DataTree.from_dict(
        {
            "posterior": dataset(theta, "name", prior.names),
            "log_prior": dataset(prior.log_density(theta)[None], "part", ("all",)),
            "log_likelihood": dataset(density.rows.value(theta)[None], "part", ("all",)),
        }
    )
    table = pd.DataFrame(
        {
            group: psense(tree, group=group)["coefficient"].values
            for group in ("prior", "likelihood")
        },
        index=pd.Index(prior.names, name="coefficient"),
    )
    led = table["prior"] >= _THRESHOLD
    conflict = tuple(table.index[led & (table["likelihood"] >= _THRESHOLD)])
    strong = tuple(table.index[led & (table["likelihood"] < _THRESHOLD)])
    values = {"largest": float(table["prior"].max())}
    if conflict:
        moved = not movement.values.get("largest_shift", np.inf) < _MOVED
        return Finding(
            "prior_sensitivity",
            "warning" if moved else "note",
            f"prior and data both move {listing(conflict)} (power-scaling sensitivity to the prior "
            f"up to {values['largest']:.2g}; below {_THRESHOLD} it would hardly matter)",
            "ask whether the prior says what you mean, and report the answer under a wider and a "
            "tighter one",
            (*conflict, *strong),
            values,
            table,
        )
    if strong:
        return Finding(
            "prior_sensitivity",
            "note",
            f"the prior alone decides {listing(strong)}: the data say little",
            "report this; a defensible prior is the answer here, or more data",
            strong,
            values,
            table,
        )
    return Finding(
        "prior_sensitivity",
        "ok",
        f"making the prior a little stronger or weaker changes little (sensitivity at most "
        f"{values['largest']:.2g})",
        values=values,
        details=table,
    )


def check_movement(pieces: Pieces, density: LogDensity, maximum: Maximum | None) -> Finding:
    """Put the maximum likelihood estimate, the posterior mode and the posterior side by side.

    Parameters
    ----------
    pieces : Pieces
    density : LogDensity
    maximum : Maximum or None
        None where there is no unique estimate.

    Returns
    -------
    Finding
        ``details`` has ``mle``, ``mle_se``, ``map``, ``posterior_mean``, ``posterior_sd`` and
        ``shift``: posterior mean less estimate, in standard errors of the estimate.
    """
    import pandas as pd

    names = density.names
    mode = find_mode(density)
    columns: dict[str, np.ndarray] = {}
    if maximum is not None:
        columns |= {"mle": maximum.estimates, "mle_se": maximum.standard_errors}
    columns["map"] = mode.theta if mode.converged else np.full(len(names), np.nan)
    mean = pieces.theta.mean(axis=1)
    if not pieces.point:
        columns |= {"posterior_mean": mean, "posterior_sd": pieces.theta.std(axis=1, ddof=1)}
    shift = np.full(len(names), np.nan)
    if maximum is not None:
        finite = np.isfinite(maximum.estimates) & (maximum.standard_errors > 0.0)
        away = mean - np.where(finite, maximum.estimates, 0.0)
        shift = np.divide(away, maximum.standard_errors, out=shift, where=finite)
        columns["shift"] = shift
    table = pd.DataFrame(columns, index=pd.Index(names, name="coefficient"))
    estimates = mean if maximum is None else maximum.estimates
    infinite = tuple(n for n, e in zip(names, estimates, strict=True) if not np.isfinite(e))
    if maximum is None or infinite:
        which = f" of {listing(infinite)}" if infinite else ""
        return Finding(
            "prior_shift",
            "note",
            f"there is no finite, unique maximum likelihood estimate{which}: the prior made it "
            "finite",
            "compare posteriors under two or three priors",
            infinite,
            details=table,
        )
    far = tuple(n for n, s in zip(names, shift, strict=True) if abs(s) > 1.0)
    largest = float(np.nanmax(np.abs(shift), initial=0.0))
    values = {"largest_shift": largest}
    center = "mode" if pieces.point else "mean"
    if far:
        return Finding(
            "prior_shift",
            "note",
            f"the posterior {center} of {listing(far)} is more than one standard error from the "
            f"maximum likelihood estimate (up to {largest:.2g})",
            "see in details how far prior and skewness moved it, and ask whether you meant that",
            far,
            values,
            table,
        )
    return Finding(
        "prior_shift",
        "ok",
        f"the posterior {center} is within {largest:.2g} standard "
        "errors of the maximum likelihood estimates",
        values=values,
        details=table,
    )


def check_prior(density: LogDensity) -> Finding:
    """Say what the prior expects before the data."""
    prior = density.prior
    flat = tuple(name for name, f in zip(prior.names, prior.flat, strict=True) if f)
    if flat:
        return Finding(
            "prior",
            "note",
            f"the prior of {listing(flat)} is flat",
            "mind that nothing then tames estimates where data are few; Normal(0, 2.5) is a mild "
            "prior for a predictor of unit spread",
            flat,
        )
    likelihood = density.likelihood
    theta = prior.sample(np.random.default_rng(0), 2000)
    some = slice(None, None, max(1, len(likelihood.X) // 200))
    with np.errstate(all="ignore"):
        probabilities = likelihood.family.probabilities(likelihood.eta(theta, some))
    # Draws that a family forbids, such as crossed cutpoints, have no probabilities.
    top = probabilities.max(axis=0)
    share = float(np.mean(top[np.isfinite(top)] > 0.99))
    values = {"extreme_share": share}
    sentence = (
        f"before the data, {100 * share:.0f} % of the probabilities that the prior expects in "
        "these rows are beyond 1 % or 99 %"
    )
    if share > 0.5:
        return Finding(
            "prior",
            "note",
            sentence,
            "tighten the slopes' priors if you do not believe that: many wide priors add up",
            values=values,
        )
    return Finding("prior", "ok", sentence, values=values)
