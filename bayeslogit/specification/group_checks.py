"""Group-level terms that the data cannot inform about, and what a reader should know of others."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from bayeslogit.design import Design
from bayeslogit.design.grouping import Grouping
from bayeslogit.errors import DesignError, Problem
from bayeslogit.response import Response
from bayeslogit.specification.specification import Specification

__all__ = ["group_notes", "refuse_groups"]

# Fewer groups than this say so little about their spread that its prior matters.
_FEW = 5


def refuse_groups(design: Design, response: Response, weights: np.ndarray | None) -> None:
    """Refuse group-level terms about which the data say nothing.

    Parameters
    ----------
    design : Design
    response : Response
    weights : ndarray, shape (rows,), or None

    Raises
    ------
    DesignError
        If there are no other coefficients, two groupings are the same, or each group of a model
        of single cases has one row.
    """
    if not design.groups:
        return
    if not design.fixed.names:
        raise DesignError(
            f"the formula {design.formula!r} has group-level terms and no coefficient beside them; "
            "expected an intercept or a predictor, around which groups differ; leave out 0 + or "
            "- 1"
        )
    single = response.trials is None and (weights is None or bool((weights <= 1.0).all()))
    for group in design.groups:
        if single and len(group.levels) == len(group.codes):
            raise DesignError(
                f"({group.name}) has one row in each of its {len(group.levels)} groups, and a row "
                "is one case; expected several rows in some groups, because a single case does "
                "not tell the spread between groups from chance; leave the term out, or is "
                f"another column meant than {group.factor!r}?"
            )
    for one, other in combinations(design.groups, 2):
        same = len(one.levels) == len(other.levels) and _pairs(one, other) == len(one.levels)
        if same and set(one.effects) & set(other.effects):
            raise DesignError(
                f"({one.name}) and ({other.name}) have the same groups under two names; expected "
                "groupings that differ, because only the sum of the two effects is in the data; "
                "leave one of them out"
            )


def _pairs(one: Grouping, other: Grouping) -> int:
    """Return the number of pairs of groups that occur together."""
    return len(np.unique(one.codes.astype(np.int64) * len(other.levels) + other.codes))


def group_notes(specification: Specification) -> tuple[Problem, ...]:
    """Return notes on the groupings of a model.

    Parameters
    ----------
    specification : Specification
    """
    notes = []
    groups = specification.design.groups
    for group in groups:
        count = len(group.levels)
        if count < _FEW:
            notes.append(
                Problem(
                    "few_groups",
                    f"({group.name}) has {count} groups; expected {_FEW} or more, because fewer "
                    "say little about their spread and its prior matters; state that prior, for "
                    f"example priors={{{group.name!r}: HalfNormal(1)}}.",
                    "note",
                )
            )
    for one, other in combinations(groups, 2):
        for inner, outer in ((one, other), (other, one)):
            if _numbered_within(inner, outer):
                notes.append(
                    Problem(
                        "repeated_names",
                        f"groups of {inner.factor!r} are numbered from 1 within each "
                        f"{outer.factor!r}, and ({inner.name}) takes equal numbers as one group; "
                        f"expected names that differ if they are not; write (1 | {outer.factor}/"
                        f"{inner.factor}).",
                        "warning",
                    )
                )
    return tuple(notes)


def _numbered_within(inner: Grouping, outer: Grouping) -> bool:
    """Return whether the groups of one are 1, 2, ... anew in each group of the other."""
    if not all(level.isdecimal() for level in inner.levels) or len(inner.columns) > 1:
        return False
    numbers = np.array([int(level) for level in inner.levels])[inner.codes]
    counts = []
    for j in range(len(outer.levels)):
        own = np.unique(numbers[outer.codes == j])
        if not np.array_equal(own, np.arange(1, len(own) + 1)):
            return False
        counts.append(len(own))
    # Of fully crossed groupings the same is true, but there all have the same number.
    return len(counts) > 1 and len(set(counts)) > 1
