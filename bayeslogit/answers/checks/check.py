"""Checks of a model and of a fit: findings with their severity and what to do."""

from __future__ import annotations

import numpy as np

from bayeslogit.answers.checks.calibration import check_calibration
from bayeslogit.answers.checks.data import (
    check_collinearity,
    check_columns,
    check_events,
    check_separation,
)
from bayeslogit.answers.checks.dispersion import check_dispersion, predictive_share
from bayeslogit.answers.checks.draws import check_draws, check_influence
from bayeslogit.answers.checks.findings import Finding, Findings
from bayeslogit.answers.checks.groups import check_groups, check_scales
from bayeslogit.answers.checks.matched import check_sets, within_sets
from bayeslogit.answers.checks.prior_influence import (
    check_movement,
    check_prior,
    check_sensitivity,
)
from bayeslogit.answers.checks.sparse_cells import check_cells
from bayeslogit.answers.classical.maximum_likelihood import Maximum
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.response.wording import outcome_in_words
from bayeslogit.specification.specification import Specification

__all__ = ["check_fit", "check_model"]


def check_model(specification: Specification) -> Findings:
    """Check the data and the prior, before any fit.

    Separation, collinearity, sparse cells of factors and outcome, events per variable, what
    the prior expects, and for counts whether they scatter more than trials do.

    Parameters
    ----------
    specification : Specification
        The model.

    Returns
    -------
    Findings
        Worst first; ``table`` is a data frame, ``findings`` the values.

    See Also
    --------
    check_fit : The same and more, of a fit.

    References
    ----------
    Albert, A. and Anderson, J. A. (1984). On the existence of maximum likelihood estimates in
    logistic regression models. doi:10.1093/biomet/71.1.1
    Belsley, D. A., Kuh, E. and Welsch, R. E. (1980). Regression Diagnostics.
    doi:10.1002/0471725153
    van Smeden, M. et al. (2016). No rationale for 1 variable per 10 events criterion.
    doi:10.1186/s12874-016-0267-3

    Examples
    --------
    >>> import bayeslogit as bl
    >>> found = bl.logistic("passed ~ hours", bl.load_dataset("exam")).check()
    >>> found["events"].values["events_per_variable"], found["separation"].severity
    (10.0, 'ok')
    """
    model = specification
    heading = f"Check of the model of {outcome_in_words(model.response)}"
    if model.learns:
        return Findings.of(heading, _before_groups(model))
    findings, maximum = _before(model)
    findings += check_dispersion(model.likelihood, model.response, model.weights, maximum)
    return Findings.of(heading, findings)


def check_fit(posterior: Posterior, *, progressbar: bool = True) -> Findings:
    """Check the fit: its data, its draws, single rows, and the part the prior plays.

    Beside what :func:`check_model` looks at: convergence (or the distance of an
    approximation), influential cases (Pareto k of leaving each out), whether forecasts of new
    cases are too extreme or too timid (their calibration slope), power scaling of prior and
    likelihood, and how far the posterior is from maximum likelihood.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    progressbar : bool
        Show progress of leaving rows out, beyond two seconds.

    Returns
    -------
    Findings
        Worst first; ``table`` is a data frame, ``findings`` the values.

    Raises
    ------
    DesignError
        If ``progressbar`` is neither True nor False.

    See Also
    --------
    check_model : What can be checked before a fit.
    bayeslogit.Fit.diagnostics : The health of the draws in one line.

    References
    ----------
    Kallioinen, N. et al. (2024). Detecting and diagnosing prior and likelihood sensitivity with
    power-scaling. doi:10.1007/s11222-023-10366-5
    Vehtari, A., Gelman, A. and Gabry, J. (2017). Practical Bayesian model evaluation using
    leave-one-out cross-validation and WAIC. doi:10.1007/s11222-016-9696-4

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> fit = model.fit(random_seed=1)
    >>> found = fit.check(progressbar=False)
    >>> found.worst, found["draws"].severity
    ('note', 'ok')
    >>> found["calibration"].sentence[:47]
    'forecasts are neither too extreme nor too timid'
    """
    model, likelihood = posterior.model, posterior.model.likelihood
    if model.learns:
        return _check_grouped(posterior, progressbar)
    findings, maximum = _before(model)
    predictive = None
    if not posterior.point:
        rng = np.random.default_rng([posterior.seed or 0, 3])
        predictive = predictive_share(likelihood, model.response, posterior.theta, rng)
    findings += check_dispersion(likelihood, model.response, model.weights, maximum, predictive)
    findings += check_draws(posterior.outcome)
    movement = check_movement(posterior, maximum)
    if not posterior.point:
        findings.append(check_influence(posterior, progressbar=progressbar))
        calibration = None
        if not model.family.coupled:
            calibration = check_calibration(posterior, progressbar=progressbar)
        findings += [] if calibration is None else [calibration]
        findings.append(check_sensitivity(posterior, movement))
    heading = f"Check of the fit of {outcome_in_words(model.response)} by {posterior.method}"
    return Findings.of(heading, [*findings, movement])


def _check_grouped(posterior: Posterior, progressbar: bool) -> Findings:
    """Check a fit that learns scales: what does not rest on maximum likelihood."""
    findings = [*_before_groups(posterior.model), *check_draws(posterior.outcome)]
    if not posterior.point:
        findings += check_scales(posterior)
        findings.append(check_influence(posterior, progressbar=progressbar))
    outcome = outcome_in_words(posterior.model.response)
    return Findings.of(f"Check of the fit of {outcome} by {posterior.method}", findings)


def _before_groups(model: Specification) -> list[Finding]:
    """Return what needs no draws, of a model that learns scales."""
    design, counts = model.design.fixed, model.counts
    slopes = len(model.fixed_layout.slopes)
    several = model.family.n_eta if model.fixed_layout.basis is None else 1
    return [
        *check_columns(design),
        check_collinearity(design, counts.sum(axis=1)),
        check_cells(design, model.response, counts),
        check_events(counts, slopes // several, model.response.classes),
        *check_groups(model),
    ]


def _before(model: Specification) -> tuple[list[Finding], Maximum | None]:
    """Return what needs no draws, and the maximum likelihood estimate if it is unique."""
    density, design, counts = model.density, model.design, model.counts
    overlap, maximum = check_separation(density.likelihood, density.names, density.prior)
    if model.family.coupled:
        cases = counts.sum(axis=1)
        within = check_collinearity(within_sets(model), cases)
        cells = check_cells(design, model.response, counts)
        return [overlap, *check_columns(design), within, cells, check_sets(model)], maximum
    slopes = len(model.layout.slopes)
    per_class = slopes // (density.family.n_eta if density.likelihood.basis is None else 1)
    findings = [
        overlap,
        *check_columns(design),
        check_collinearity(design, counts.sum(axis=1)),
        check_cells(design, model.response, counts),
        check_events(counts, per_class, model.response.classes),
        check_prior(density),
    ]
    return findings, maximum
