"""Which forecasts are evaluated, against what, and what their uncertainty is over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bayeslogit.errors import DesignError, Problem, listing, nearest, warn
from bayeslogit.numerics.intervals import Region
from bayeslogit.posterior.posterior import Posterior, refuse_point

__all__ = ["SPREADS", "Forecasting", "check_spread", "event_code", "show_problems"]

SPREADS = ("cases", "draws", "both")


class Forecasting(Region, total=False):
    """Which forecasts are evaluated, against what, and what their uncertainty is over.

    Attributes
    ----------
    newdata : table
        Rows that were not fitted, with the outcome's column; the fitted ones by default.
    trials : str, int or array
        Trials of new rows of counts.
    offset : number or array
        For new rows of a model that has one.
    weights : str or array
        Of new rows, (rows,): how many cases each, or each of its trials, stands for, as values or
        their column; one by default.
    new_levels : {"raise", "reference", "average", "prior"}
        Of new rows: what levels that were not fitted are taken for, as in
        :meth:`bayeslogit.Fit.predict`.
    loo : bool
        Whether figures of the fitted rows are corrected for optimism, by leaving cases out (the
        default); a point estimate is evaluated in-sample.
    groups : {"known", "new"}
        Of a model with group-level terms: whether cases are in groups that the fit has seen (the
        default), or in others, whose effects are averaged over; groups are then left out whole.
    event
        Of several classes, the one against all others.
    spread : {"cases", "draws", "both"}
        What the posterior is over: the population the cases are from (the default); the
        coefficients, in-sample; or both.
    random_seed : int
        By default derived from the seed of the fit.
    progressbar : bool
        Show progress of what takes longer than two seconds.
    """

    newdata: Any
    trials: Any
    offset: Any
    weights: Any
    new_levels: str
    loo: bool
    groups: str | None
    event: Any
    spread: str | None
    random_seed: Any
    progressbar: bool


def check_spread(posterior: Posterior, spread: str, groups: str | None) -> None:
    """Refuse a spread that is not known, or that forecasts do not have.

    Parameters
    ----------
    posterior : Posterior
    spread : str
    groups : {"known", "new"}, optional
        As forecasts are by.

    Raises
    ------
    DesignError
    MethodRefused
        If a point estimate is to have a spread over draws.
    """
    if spread not in SPREADS:
        raise DesignError(
            f"spread={spread!r} is not known; expected one of {listing(SPREADS)}: over cases, "
            "over draws of the coefficients, or both; choose one of them."
            + nearest(spread, SPREADS)
        )
    if spread != "cases" and groups == "new":
        raise DesignError(
            f"spread={spread!r} was given with groups='new', where forecasts are means over all "
            "groups there may be; expected spread='cases'; leave spread out"
        )
    if spread != "cases":
        refuse_point(posterior, f"spread={spread!r}")


def show_problems(problems: Iterable[Problem]) -> None:
    """Show problems as warnings, but for notes.

    Parameters
    ----------
    problems : iterable of Problem
    """
    for problem in problems:
        if problem.severity != "note":
            warn(problem.sentence)


def event_code(posterior: Posterior, event: Any) -> int:
    """Return the code of the class that counts as the event.

    Parameters
    ----------
    posterior : Posterior
    event : str or None
        A class of the outcome; None takes the event of a model of two classes.

    Raises
    ------
    DesignError
        If there is no such class, or none is named among several.
    """
    classes = posterior.model.response.classes
    if event is None:
        if posterior.several:
            raise DesignError(
                f"the outcome has the classes {listing(classes)} and none was named; expected the "
                "one that counts as the event, against all others; pass event="
            )
        return 1
    if str(event) not in classes:
        raise DesignError(
            f"event={event!r} is not among the classes of the outcome, which are "
            f"{listing(classes)}; name one of them." + nearest(event, classes)
        )
    return classes.index(str(event))
