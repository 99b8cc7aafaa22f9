"""The frequentist table beside the posterior: estimates, tests, intervals, indices."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.classical import fit_indices, influence
from bayeslogit.answers.classical.firth import Firth, firth
from bayeslogit.answers.classical.likelihood_ratio import (
    LikelihoodRatio,
    likelihood_ratio,
    term_tests,
)
from bayeslogit.answers.classical.maximum_likelihood import Maximum, maximise, without
from bayeslogit.answers.classical.profile import profile_bound
from bayeslogit.answers.classical.requests import in_words, refuse
from bayeslogit.errors import DesignError, FitFailed, warn
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.response import Response
from bayeslogit.response.wording import outcome_in_words
from bayeslogit.specification.density import Likelihood
from bayeslogit.specification.specification import Specification

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Classical", "beside_posterior", "classical"]


@dataclass(frozen=True, eq=False)
class Classical:
    """A maximum likelihood fit with its tests, intervals and indices.

    Attributes
    ----------
    heading : str
        The outcome and the link, in words.
    coefficients : pandas.DataFrame
        A row per coefficient: ``estimate``, ``se``, ``z``, ``wald`` (z squared, on chi-square
        with 1 df), ``p``, an interval, ``firth`` and ``firth_se``; beside a posterior its mean
        and sd. In units of the linear predictor (log-odds for the logit link).
    terms : pandas.DataFrame
        Likelihood-ratio test of each term: the model without it (and without the interactions it
        is part of) against the whole model.
    entry : pandas.DataFrame
        The terms entered one after another, as the formula has them: deviance and test of each.
    statistics : pandas.DataFrame
        Deviances, information criteria and indices; ``df`` and ``p`` where there are some.
    notes : tuple of str
        Cautions, a sentence each.
    maximum : Maximum
    firth : Firth or None
        None for several classes, and where its equations were not solved.
    likelihood, response, rows, labels : Likelihood, Response, ndarray, pandas.Index
        What was fitted: the likelihood, the coded outcome, the positions of the rows in the
        user's table and their labels there.
    """

    heading: str
    coefficients: pd.DataFrame
    terms: pd.DataFrame
    entry: pd.DataFrame
    statistics: pd.DataFrame
    notes: tuple[str, ...]
    maximum: Maximum
    firth: Firth | None
    likelihood: Likelihood
    response: Response
    rows: np.ndarray
    labels: pd.Index

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood at the maximum, or its supremum, in nats."""
        return self.maximum.log_likelihood

    def residuals(self, random_seed: int = 0) -> pd.DataFrame:
        """Return residuals, leverage and Cook's distance of each row.

        Parameters
        ----------
        random_seed : int
            For the randomised quantile residuals.

        Returns
        -------
        pandas.DataFrame
            As :func:`~bayeslogit.answers.classical.influence.influence_table`, and ``quantile``
            (standard normal if the model is right).

        Raises
        ------
        DesignError
            If the outcome has several classes.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> found = bl.logistic("passed ~ hours", bl.load_dataset("exam")).classical()
        >>> round(float(found.residuals()["leverage"].sum()), 6)
        2.0
        """
        self._two_classes("residuals")
        table = influence.influence_table(self.likelihood, self.maximum, self.labels)
        table["quantile"] = influence.quantile_residuals(
            self.response.y,
            self.response.trials,
            table["probability"].to_numpy(),
            np.random.default_rng(random_seed),
        )
        return table

    def hosmer_lemeshow(self, groups: int = 10) -> fit_indices.GroupedTest:
        """Return the grouped chi-square, with a warning: it is obsolete.

        Parameters
        ----------
        groups : int
            Groups of equal size by fitted probability.

        Raises
        ------
        DesignError
            If the outcome has several classes, or the groups cannot be made.

        See Also
        --------
        bayeslogit.Fit.calibration : The modern answer to the same question.
        """
        self._two_classes("the Hosmer-Lemeshow test")
        _, prob = influence.fitted(self.likelihood, self.maximum)
        test = fit_indices.hosmer_lemeshow(prob, self.likelihood.counts, groups)
        warn(test.warning)
        return test

    def against(self, other: Classical) -> LikelihoodRatio:
        """Test two nested models by their likelihoods.

        Parameters
        ----------
        other : Classical
            A model of the same rows and outcome whose predictors are a part of these, or of
            which these are a part.

        Raises
        ------
        DesignError
            If the test would not be valid: other rows, another outcome or link, models that are
            not nested, a likelihood that falls.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> exam = bl.load_dataset("exam")
        >>> whole = bl.logistic("passed ~ hours", exam).classical()
        >>> print(whole.against(bl.logistic("passed ~ 1", exam).classical()))
        likelihood-ratio chi-square 11.6661 on 1 df, p = 0.000636483
        """
        return likelihood_ratio(
            (self.likelihood, self.response, self.rows, self.log_likelihood),
            (other.likelihood, other.response, other.rows, other.log_likelihood),
        )

    def _two_classes(self, what: str) -> None:
        if self.likelihood.family.n_eta > 1:
            raise DesignError(
                f"{what} cannot be computed for {len(self.response.classes)} classes; expected a "
                "yes/no outcome or counts; compare predicted with observed shares per class instead"
            )

    def _frames(self) -> list[tuple[str, pd.DataFrame]]:
        frames = [("coefficients", self.coefficients)]
        if len(self.terms):
            frames.append(("likelihood-ratio tests: each term left out", self.terms))
        if len(self.entry) > 2:
            frames.append(("likelihood-ratio tests: terms entered in order", self.entry))
        return [*frames, ("fit", self.statistics)]

    def __str__(self) -> str:

        lines = [self.heading]
        for title, frame in self._frames():
            lines += [f"  {title}", *tables.Answer(frame).in_lines(6, indent="    ")]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = [f"<p><b>{html.escape(self.heading)}</b></p>"]
        for title, frame in self._frames():
            table = frame.to_html(float_format=lambda v: f"{v:.6g}", na_rep="", border=0)
            parts.append(f"<p>{html.escape(title)}</p>{table}")
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        return "".join([*parts, f"<ul>{notes}</ul>" if notes else ""])


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
        If an argument is not known, columns are collinear (then no estimate is unique), or the
        model has a precision beside its coefficients (``dispersion=``).
    FitFailed
        If the likelihood of several classes has no maximum, or every case is of one class.

    See Also
    --------
    bayeslogit.Fit.classical : The same beside the posterior.

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
    if likelihood.family.n_eta == 1 and names:
        try:
            reduced = firth(likelihood)
        except FitFailed as failure:
            notes.append(f"Firth's estimate is left out: {failure}.")
    null = maximise(without(likelihood, np.array(slopes, dtype=int)), _others(names, slopes))
    top = float(influence.saturated(likelihood.counts).sum()) + likelihood.constant
    terms = {term: layout.places[term] for term in specification.design.term_columns}
    per_term, entry = term_tests(likelihood, names, terms, slopes, maximum, null, top)
    statistics, more = fit_indices.fit_statistics(specification, maximum, null, top)
    kind = intervals if likelihood.family.n_eta == 1 else "wald"
    return Classical(
        f"Maximum likelihood for {outcome_in_words(response)} ({family.link} link)",
        _coefficients(likelihood, maximum, reduced, ci_prob, kind, posterior),
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
        posterior=posterior.theta,
    )


def _others(names: tuple[str, ...], drop: Sequence[int]) -> tuple[str, ...]:
    gone = set(drop)
    return tuple(name for j, name in enumerate(names) if j not in gone)


def _coefficients(
    likelihood: Likelihood,
    maximum: Maximum,
    reduced: Firth | None,
    ci_prob: float,
    kind: str,
    posterior: np.ndarray | None,
) -> pd.DataFrame:
    from scipy.special import chdtri, ndtr, ndtri

    estimate, se = maximum.estimates, maximum.standard_errors
    finite = np.isfinite(estimate) & np.isfinite(se)
    z = np.divide(estimate, se, out=np.full(len(se), np.nan), where=finite)
    if kind == "profile":
        fall = float(chdtri(1, 1.0 - ci_prob))
        bounds = np.array(
            [
                [profile_bound(likelihood, maximum, j, side, fall) for side in (-1, 1)]
                for j in range(len(se))
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
    return tables.Answer(columns, index=list(maximum.names))
