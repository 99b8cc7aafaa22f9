"""Forecasts beside what happened: of fitted cases, with and without themselves, or of new ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit.answers.evaluation.cross_validation import (
    MOST_PAIRED,
    Folds,
    Pairs,
    cross_validate,
)
from bayeslogit.answers.evaluation.forecasting import Forecasting, check_spread, show_problems
from bayeslogit.answers.evaluation.refits import mean_probabilities, refitted, thinned
from bayeslogit.errors import DesignError, Problem, ResponseError, nearest, refuse_unknown
from bayeslogit.families.conditional import refuse_risks
from bayeslogit.numerics.pareto import UNRELIABLE, doubtful_cases
from bayeslogit.posterior.group_views import as_seen
from bayeslogit.posterior.new_levels import with_new_levels
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.requested_rows import rows_of
from bayeslogit.posterior.rows import refuse_for_fitted
from bayeslogit.response.base import class_counts
from bayeslogit.response.new_rows import coded
from bayeslogit.runtime.seeds import check_seed
from bayeslogit.specification.cases import Cases, cases_of
from bayeslogit.tables.reading import read
from bayeslogit.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WHICH", "Forecasts", "NewRows", "asked", "forecasts_of", "unless_rounding"]

# What forecasts are by, by what is asked for: of a new group, the mean over all there may be.
_SEEN = {None: None, "known": "known", "new": "average"}
# Which forecasts figures are of, in a sentence.
WHICH = {
    "corrected": (
        "{column} is what to expect of new cases: in_sample, of cases that the fit has seen, less "
        "its optimism, found by {kind} cross-validation"
    ),
    "in_sample": "cases are forecast with themselves in the fit, which flatters",
    "new_data": "cases were not fitted",
}


@dataclass(frozen=True, eq=False)
class NewRows:
    """Rows that were not fitted, and what is known of them; none by default.

    Parameters
    ----------
    data : table or None
        With the outcome's column.
    trials : str, int or array, optional
        Trials of rows of counts.
    offset : number or array, optional
        Added to the linear predictor.
    weights : str or array, optional
        How many cases each row, or each of its trials, stands for.
    new_levels : {"raise", "reference", "average", "prior"}
        What levels that were not fitted are taken for.
    """

    data: Any = None
    trials: Any = None
    offset: Any = None
    weights: Any = None
    new_levels: str = "raise"


@dataclass(frozen=True, eq=False)
class Forecasts:
    """Forecasts and outcomes of the same cases.

    Parameters
    ----------
    cases : Cases
        Cells of like cases.
    prob : ndarray, shape (classes, cells)
        Class probabilities.
    counts : ndarray, shape (cells, classes)
        Weighted cases of each class; of a population, as it has them.
    name : {"corrected", "in_sample", "new_data"}
        Which forecasts figures are of; ``"corrected"`` for those of the fitted rows less their
        optimism.
    by : Posterior
        What the forecasts are by.
    rows : ndarray, shape (rows, classes)
        Weighted cases of each class in each row of the table.
    labels : pandas.Index
        Of those rows.
    left : Pairs, Folds or None
        Forecasts of cases that were left out, by which ``"corrected"`` figures are corrected.
    note : str
        What to know of the rows.
    """

    cases: Cases
    prob: np.ndarray
    counts: np.ndarray
    name: str
    by: Posterior
    rows: np.ndarray
    labels: pd.Index
    left: Pairs | Folds | None = None
    note: str = ""

    @property
    def of_rows(self) -> np.ndarray:
        """Class probabilities of each row of the table, (classes, rows); NaN without cases."""
        return np.where(self.cases.cell >= 0, self.prob[:, self.cases.cell], np.nan)

    def which(self, column: str) -> str:
        """Return which forecasts figures are of, in a sentence.

        Parameters
        ----------
        column : str
            Name of the column that is corrected.
        """
        kind = "" if self.left is None else self.left.kind
        said = WHICH[self.name].format(kind=kind, column=column)
        return f"{said}; {self.note}" if self.note else said

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What makes the figures of these forecasts doubtful."""
        if self.name == "in_sample":
            return (
                Problem(
                    "in_sample",
                    "only in-sample figures are given, and these flatter; expected figures on "
                    "cases the fit has not seen; fit by a method with draws for those of cases "
                    "left out, or pass newdata=",
                    "note",
                ),
            )
        if self.left is None:
            return ()
        k, what, times, most = self.left.k, "cases", self.cases.times, 0.0
        if isinstance(self.left, Folds):
            # Pareto k is itself an estimate; of many fits a few are over the bar by chance.
            what, times, most = "fits without a fold", np.ones(len(k)), 0.05
        bad, number = float(times[k > UNRELIABLE].sum()), float(times.sum())
        expected = f"{most:.0%} at most" if most else "none"
        if bad > most * number:
            return (
                Problem(
                    "pareto_k",
                    f"{bad:.15g} of {number:.15g} {what} have a Pareto k above {UNRELIABLE}, the "
                    f"largest {np.nanmax(k):.2f}; expected {expected}, because "
                    "leaving these out changes the posterior too much for its draws; read "
                    "corrected figures with care, or refit without these rows",
                ),
            )
        if np.isnan(k).any():
            return (
                Problem(
                    "pareto_k",
                    f"{doubtful_cases(k, UNRELIABLE, times)}; expected one for each, which tells "
                    "whether corrected figures can be relied on; fit with more draws",
                    "note",
                ),
            )
        return ()


def forecasts_of(
    posterior: Posterior,
    new: NewRows | None = None,
    *,
    loo: bool = True,
    groups: str | None = None,
    progressbar: bool = True,
) -> Forecasts:
    """Return forecasts and outcomes of the fitted cases, or of new ones.

    Parameters
    ----------
    posterior : Posterior
    new : NewRows, optional
        The new ones.
    loo : bool
        Also leave fitted cases out in their turn; a point estimate goes without.
    groups : {"known", "new"}, optional
        Whether cases are in groups that the fit has seen (the default), or in others; then groups
        are left out whole.
    progressbar : bool
        Show progress of what takes longer than two seconds.

    Raises
    ------
    ResponseError
        If the new rows lack the outcome, hold an unknown class, or one class only.
    DesignError
        If ``groups`` is another word, or is given for a model without groups.
    """
    if posterior.model.family.coupled:
        refuse_risks("forecasts of single cases", posterior.model.family.arrangement)
    if groups not in (None, "known", "new"):
        raise DesignError(
            f"groups={groups!r} is not known here; expected 'known' or 'new': cases are in groups "
            "that the fit has seen, or in others; choose one of them."
            + nearest(str(groups), ("known", "new"))
        )
    if groups == "new" and posterior.population is not None:
        raise DesignError(
            "groups='new' was given for figures about a population with other shares; expected "
            "groups that the fit has seen; leave groups out, or ask .sample"
        )
    sample, new = posterior.sample, NewRows() if new is None else new
    newdata, posterior = with_new_levels(posterior, new.data, new.new_levels)
    note = posterior.note
    posterior = as_seen(posterior if groups != "new" else thinned(posterior), _SEEN[groups])
    if newdata is not None:
        name, (cases, rows, labels) = "new_data", _new_cases(posterior, new, newdata)
        counts = cases.counts
    else:
        refuse_for_fitted(trials=new.trials, offset=new.offset, weights=new.weights)
        name = "corrected" if loo and not sample.point else "in_sample"
        owner = posterior if groups == "new" else posterior.sample
        cases, rows = owner.model.cases, posterior.model.counts
        labels = posterior.model.labels
        counts = cases.counts
        if posterior.population is not None:
            counts = cases.added(rows)
    seen = counts.sum(axis=0) > 0
    if seen.sum() < 2:
        response = posterior.model.response
        found = response.classes[int(np.argmax(seen))]
        raise ResponseError(
            f"the outcome {response.name!r} is {found!r} in all rows that count; expected "
            "at least two classes, because nothing can be told apart otherwise; add rows of the "
            "other class"
        )
    left = None
    if name == "corrected":
        left = _left_out(posterior, sample, cases, groups, progressbar)
    prob = mean_probabilities(posterior, cases)
    return Forecasts(cases, prob, counts, name, posterior, rows, labels, left, note)


def asked(posterior: Posterior, **options: Unpack[Forecasting]) -> tuple[Forecasts, str, list[int]]:
    """Return the forecasts that options ask for, what their spread is over, and a seed.

    Parameters
    ----------
    posterior : Posterior
    **options
        See :class:`Forecasting`.

    Raises
    ------
    DesignError
        If an option or the kind of spread is unknown.
    MethodRefused
        If a point estimate is to have a spread over draws.
    """
    refuse_unknown(options, Forecasting.__annotations__)
    newdata, spread = options.get("newdata"), options.get("spread") or "cases"
    new = NewRows(
        newdata,
        options.get("trials"),
        options.get("offset"),
        options.get("weights"),
        options.get("new_levels", "raise"),
    )
    # The draws say how the coefficients vary with a row in, so no row is left out then.
    forecasts = forecasts_of(
        posterior,
        new,
        loo=options.get("loo", True) and newdata is None and spread == "cases",
        groups=options.get("groups"),
        progressbar=options.get("progressbar", True),
    )
    show_problems(forecasts.problems)
    check_spread(posterior, spread, options.get("groups"))
    if spread != "cases" and forecasts.name == "new_data":
        raise DesignError(
            f"spread={spread!r} was given with new rows; expected spread='cases' there, or the "
            "fitted rows; leave one out"
        )
    seed = options.get("random_seed")
    check_seed(seed)
    if isinstance(seed, np.random.Generator):
        seed = int(seed.integers(2**32))
    seed = [posterior.seed or 0, 4] if seed is None else seed
    return forecasts, spread, np.atleast_1d(seed).tolist()


def _left_out(
    posterior: Posterior, sample: Posterior, cases: Cases, groups: str | None, progressbar: bool
) -> Pairs | Folds:
    """Return forecasts of the fitted cases, each by a fit without it."""
    again = sample.model.learns and posterior.population is None
    if not again or (groups != "new" and cases.number <= MOST_PAIRED):
        return cross_validate(posterior, posterior.seed or 0, progressbar=progressbar)
    cell, counts, prob, kind = refitted(
        sample,
        cases,
        lambda found: as_seen(found, _SEEN[groups]),
        by_group=groups == "new",
        progressbar=progressbar,
    )
    return Folds(cases, cell, counts, prob, np.full(len(cell), -np.inf), kind)


def unless_rounding(corrected: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return corrected figures, or in-sample ones where they differ by rounding only.

    Parameters
    ----------
    corrected, own : ndarray, shape (figures,)
    """
    with np.errstate(invalid="ignore"):
        same = np.abs(corrected - own) <= 1e-12 * np.maximum(1.0, np.abs(own))
    return np.where(same | (corrected == own), own, corrected)


def _new_cases(
    posterior: Posterior, new: NewRows, table: Table
) -> tuple[Cases, np.ndarray, pd.Index]:
    """Return the cases of new rows, how many of each class each row holds, and row labels."""
    model = posterior.model
    response = coded(model.response, read(new.data, what="new rows"), new.trials)
    counts = class_counts(response.y, len(response.classes), response.trials)
    asked = rows_of(posterior, table, weights=new.weights, offset=new.offset)
    if new.weights is not None:
        counts = counts * asked.weights[:, None]
    X, total = asked.coded(model.design)
    return cases_of(model.family, X, total, counts), counts, asked.labels
