"""Matched sets given by ``strata=``: what does not go with them, and the rows that they leave."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayeslogit.design import Design
from bayeslogit.errors import DesignError, PriorError, listing
from bayeslogit.priors import CoefficientPrior
from bayeslogit.response.sets import Sets
from bayeslogit.tables.sources import is_source

__all__ = [
    "check_strata",
    "refuse_cancelling",
    "refuse_costly",
    "refuse_learning",
    "refuse_unidentified",
]

# Members times cases of one set, whose choices are held at once, and of all sets: some seconds for
# each value.
_MOST_OF_ONE, _MOST = 5_000_000, 50_000_000


def check_strata(strata: Any, link: str, case_control: bool, groups: Any, data: Any) -> None:
    """Refuse options that do not go with matched sets.

    Parameters
    ----------
    strata
        As :func:`bayeslogit.logistic` takes it; None for no sets.
    link : str
    case_control : bool
    groups
        Groupings beside arrays.
    data : table, array or source

    Raises
    ------
    DesignError
    """
    if strata is None:
        return
    if link != "logit":
        raise DesignError(
            f"link={link!r} is given with strata=; expected link='logit', the only one under which "
            "the level of a set cancels; leave one of the two out"
        )
    if case_control:
        raise DesignError(
            "case_control=True is given with strata=; expected one of them, because given the "
            "number of cases in each set it does not matter how they were sampled; leave "
            "case_control out"
        )
    if groups is not None:
        raise DesignError(_BESIDE.format("groups= is"))
    if is_source(data):
        raise DesignError(
            "strata= is given and the data are not in memory, where equal rows of different sets "
            "would be counted together; expected a table in memory; read it first"
        )


_BESIDE = (
    "{} given with strata=; expected one of the two, because the levels of sets are conditioned "
    "away and not learned; leave the group-level term out, or take (1 | set) in place of strata="
)


def refuse_cancelling(design: Design, sets: Sets) -> None:
    """Refuse group-level terms, and columns that are the same in all rows of every set.

    Parameters
    ----------
    design : Design
        Of the rows of the sets.
    sets : Sets

    Raises
    ------
    DesignError
    """
    if design.groups:
        terms = " + ".join(f"({group.name})" for group in design.groups)
        raise DesignError(_BESIDE.format(f"{terms} is"))
    first = np.unique(sets.codes, return_index=True)[1]
    constant = (design.X[first[sets.codes]] == design.X).all(axis=0)
    found = [j for j in np.flatnonzero(constant) if not (design.intercept and j == 0)]
    if found:
        whole = [term for term, own in design.term_columns.items() if set(own) <= set(found)]
        inside = {j for term in whole for j in design.term_columns[term]}
        names = whole + [design.names[j] for j in found if j not in inside]
        raise DesignError(
            f"{listing(names)} has the same value in all rows of each set of {sets.name!r} "
            "(strata=), so that it cancels and its odds ratio is not known; expected predictors "
            "that vary within sets; leave it out, or keep only its product with one that varies, "
            "as in x + x:z"
        )
    if design.X.shape[1] == int(design.intercept):
        raise DesignError(
            "strata= is given without a predictor; expected at least one that varies within sets, "
            "because the level of a set cancels; add one"
        )


def refuse_unidentified(design: Design, sets: Sets, partial: tuple[int, ...]) -> None:
    """Refuse terms of a model of choices that stand on the wrong side of the bar.

    Parameters
    ----------
    design : Design
        Of the rows of the sets.
    sets : Sets
    partial : tuple of int
        Columns that belong to the case; 0 where alternatives have intercepts.

    Raises
    ------
    DesignError
    """
    first = np.unique(sets.codes, return_index=True)[1]
    constant = (design.X[first[sets.codes]] == design.X).all(axis=0)
    shared = [j for j in range(1, design.X.shape[1]) if j not in partial]

    def named(columns: list[int]) -> str:
        terms = [t for t, own in design.term_columns.items() if set(own) & set(columns)]
        return listing(terms)

    if found := [j for j in shared if constant[j]]:
        raise DesignError(
            f"{named(found)} is the same for all alternatives of each case of {sets.name!r}, so "
            "that it cancels and its coefficient is not known; expected before the bar what "
            "differs between alternatives; write it after the bar, as in cost | income"
        )
    if found := [j for j in partial if not constant[j]]:
        raise DesignError(
            f"{named(found)} differs between the alternatives of a case of {sets.name!r}; expected "
            "after the bar what belongs to the case; write it before the bar, or multiplied with "
            "the column of alternatives there for an effect that differs by alternative"
        )
    terms = [t for t, own in design.term_columns.items() if set(own) & set(partial) - {0}]
    levels = [f for f in design.references if any(f in term.split(":") for term in terms)]
    if levels and 0 not in partial:
        raise DesignError(
            f"the formula leaves out the intercepts of alternatives, and {listing(levels)} after "
            "the bar is a factor, whose first level would then have no coefficient; expected "
            "intercepts beside a factor; leave out - 1 or 0 + there"
        )
    if not shared and not partial:
        raise DesignError(
            "the formula has neither predictors nor intercepts of alternatives; expected at least "
            "one; write '1 | 1' for intercepts alone"
        )


def refuse_costly(y: np.ndarray, sets: Sets) -> None:
    """Refuse sets whose exact likelihood would take too long.

    Parameters
    ----------
    y : ndarray of int, shape (obs,)
        1 for cases.
    sets : Sets

    Raises
    ------
    DesignError
    """
    members = np.bincount(sets.codes)
    cases = np.bincount(sets.codes, y)
    cost = members * np.minimum(cases, members - cases)
    if cost.max() > _MOST_OF_ONE or cost.sum() > _MOST:
        worst = int(cost.argmax())
        raise DesignError(
            f"the sets of {sets.name!r} (strata=) take {cost.sum():,.0f} steps for each value of "
            f"the exact likelihood, rows times cases, most of all {sets.labels[worst]!r} with "
            f"{members[worst]:,} rows and {cases[worst]:,.0f} cases; expected at most "
            f"{_MOST_OF_ONE:,} for one set and {_MOST:,} for all; take finer sets, or a "
            "coefficient for each large set: + C(set) without strata="
        )


def refuse_learning(prior: CoefficientPrior) -> None:
    """Refuse priors whose scales are learned.

    Parameters
    ----------
    prior : CoefficientPrior

    Raises
    ------
    PriorError
    """
    if prior.learned:
        sets = listing([part.label for part in prior.learned])
        raise PriorError(
            f"the scale of {sets} is learned and strata= is given; expected priors that are known, "
            "because methods that learn scales take rows one by one; give Normal(0, 2.5), or "
            "bs(x), cr(x) or poly(x) in place of a curve that learns its scale"
        )
