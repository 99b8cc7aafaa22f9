"""The frequentist table beside the posterior: estimates, tests, intervals, indices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.classical import fit_indices, influence
from bayeslogit.answers.classical.firth import Firth, firth
from bayeslogit.answers.classical.likelihood_ratio import (
    term_tests,
)
from bayeslogit.answers.classical.maximum_likelihood import Maximum, as_given, maximise, without
from bayeslogit.answers.classical.profile import profile_bound
from bayeslogit.answers.classical.requests import drawn, in_words, refuse
from bayeslogit.answers.classical.result import Classical
from bayeslogit.errors import FitFailed
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.response.wording import outcome_in_words
from bayeslogit.specification.density import Likelihood
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["beside_posterior", "classical"]


def classical(
    specification: Specification,
    *,
    ci_prob: float = 0.95,
    intervals: str = "profile",
    information: str = "observed",
    posterior: np.ndarray | None = None,
) -> Classical:
    """Return the maximum likelihood table of the model, whatever its priors are.

    Standard errors come from the observed information, minus the second derivatives of the
    log-likelihood, for every family and link. For the logit the expected information is the
    same; for other links tables made by iteratively reweighted least squares show it.

    Parameters
    ----------
    specification : Specification
        The model.
    ci_prob : float
        Confidence of the intervals: 0.95, the convention of such tables.
    intervals : {"profile", "wald"}
        Profile intervals are for two classes; others get Wald intervals.
    information : {"observed", "expected"}
        What standard errors, z and Wald intervals rest on; ``"expected"`` is for two classes.
    posterior : ndarray, shape (coefficients, draws), optional
        Draws to show beside the estimates.

    Returns
    -------
    Classical
        Estimates, tests, profile intervals, deviances, indices; Firth's estimate beside
        them; where the outcome is separated, which estimates are infinite.

    Raises
    ------
    DesignError
        If an argument is not known or no draws of the coefficients, columns are collinear (then
        no estimate is unique), or the model has a precision beside its coefficients
        (``dispersion=``).
    FitFailed
        If the likelihood of several classes has no maximum, or every case is of one class.

    See Also
    --------
    bayeslogit.Fit.classical : The same beside the posterior.

    References
    ----------
    Firth, D. (1993). Bias reduction of maximum likelihood estimates. doi:10.1093/biomet/80.1.27
    Venzon, D. J. and Moolgavkar, S. H. (1988). A method for computing profile-likelihood-based
    confidence intervals. doi:10.2307/2347496

    Examples
    --------
    >>> import bayeslogit as bl
    >>> found = bl.logistic("passed ~ hours", bl.load_dataset("exam")).classical()
    >>> found.coefficients[["estimate", "se", "p"]].round(4).values.tolist()
    [[-4.0777, 1.761, 0.0206], [1.5046, 0.6287, 0.0167]]
    """
    family, layout, response = specification.family, specification.layout, specification.response
    likelihood, names, slopes = specification.density.likelihood, layout.names, layout.slopes
    refuse(specification, ci_prob, intervals, information)
    posterior = drawn(posterior, len(names))
    maximum = maximise(likelihood, names, information)
    notes = []
    if family.link != "logit" and family.n_eta == 1:
        notes.append(in_words(information))
    if maximum.separation is not None:
        notes.append(
            f"{maximum.separation.sentence}. No finite estimate and no Wald statistic exists for "
            "these; the other estimates and the log-likelihood are limits. Tests by likelihood "
            "ratio, profile intervals, Firth's estimate and the posterior stay meaningful."
        )
    reduced = None
    if family.bounded:
        notes.append(
            "Intervals are those of Wald, and Firth's estimate is left out: climbs away from the "
            f"maximum meet the border of the {family.link} link's range."
        )
    elif likelihood.family.single and names:
        try:
            reduced = firth(likelihood).as_given(layout)
        except FitFailed as failure:
            notes.append(f"Firth's estimate is left out: {failure}.")
    null = maximise(without(likelihood, np.array(slopes, dtype=int)), _others(names, slopes))
    top = likelihood.constant  # of a row that is told with certainty who is a case
    if not family.coupled:
        top += float(influence.saturated(likelihood.counts).sum())
    terms = {term: layout.places[term] for term in specification.design.term_columns}
    per_term, entry = term_tests(likelihood, names, terms, slopes, maximum, null, top)
    statistics, more = fit_indices.fit_statistics(specification, maximum, null, top)
    kind = intervals if family.n_eta == 1 and not family.bounded else "wald"
    each = as_given(likelihood, maximum, layout.given, information)
    return Classical(
        f"Maximum likelihood for {outcome_in_words(response)} ({family.link} link)",
        _coefficients(names, each, reduced, ci_prob, kind, posterior),
        per_term,
        entry,
        statistics,
        (*notes, *more),
        maximum,
        reduced,
        likelihood,
        response,
        specification.rows,
        specification.labels,
    )


def beside_posterior(
    posterior: Posterior,
    *,
    ci_prob: float = 0.95,
    intervals: str = "profile",
    information: str = "observed",
) -> Classical:
    """Return the maximum likelihood table with the posterior beside it.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    ci_prob : float
        Confidence of the intervals: 0.95, the convention of such tables.
    intervals : {"profile", "wald"}
        Profile intervals are for two classes; others get Wald intervals.
    information : {"observed", "expected"}
        What standard errors rest on, as in :func:`classical`.

    Returns
    -------
    Classical
        As from :func:`classical`, with the posterior's mean and sd, or its mode.

    Raises
    ------
    DesignError, FitFailed
        As :func:`classical`.

    See Also
    --------
    classical : Whatever the priors are, without a fit.
    movement : How far the posterior is from maximum likelihood.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("map")
    >>> fit.classical().coefficients[["estimate", "posterior_mode"]].round(3).values.tolist()
    [[-4.078, -3.651], [1.505, 1.34]]
    """
    return classical(
        posterior.model,
        ci_prob=ci_prob,
        intervals=intervals,
        information=information,
        posterior=posterior.given,
    )


def _others(names: tuple[str, ...], drop: Sequence[int]) -> tuple[str, ...]:
    gone = set(drop)
    return tuple(name for j, name in enumerate(names) if j not in gone)


def _coefficients(
    names: Sequence[str],
    each: list[tuple[Likelihood, Maximum, int]],
    reduced: Firth | None,
    ci_prob: float,
    kind: str,
    posterior: np.ndarray | None,
) -> pd.DataFrame:
    from scipy.special import chdtri, ndtr, ndtri

    estimate = np.array([found.estimates[place] for _, found, place in each])
    se = np.array([found.standard_errors[place] for _, found, place in each])
    finite = np.isfinite(estimate) & np.isfinite(se)
    z = np.divide(estimate, se, out=np.full(len(se), np.nan), where=finite)
    if kind == "profile":
        fall = float(chdtri(1, 1.0 - ci_prob))
        bounds = np.array(
            [
                [profile_bound(rows, found, place, side, fall) for side in (-1, 1)]
                for rows, found, place in each
            ]
        ).reshape(-1, 2)
    else:
        half = ndtri(0.5 + 0.5 * ci_prob) * np.where(finite, se, np.inf)
        middle = np.where(finite, estimate, 0.0)
        bounds = np.column_stack([middle - half, middle + half])
    percent = f"{100 * ci_prob:.6g}"
    columns = {
        "estimate": estimate,
        "se": se,
        "z": z,
        "wald": z**2,
        "p": 2.0 * ndtr(-np.abs(z)),
        f"{kind}{percent}_lb": bounds[:, 0],
        f"{kind}{percent}_ub": bounds[:, 1],
    }
    if reduced is not None:
        columns |= {"firth": reduced.theta, "firth_se": reduced.standard_errors}
    if posterior is not None:
        if posterior.shape[1] > 1:
            columns["posterior_mean"] = posterior.mean(axis=1)
            columns["posterior_sd"] = posterior.std(axis=1, ddof=1)
        else:
            columns["posterior_mode"] = posterior[:, 0]
    return tables.Answer(columns, index=list(names))
