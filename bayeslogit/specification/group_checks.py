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


def _left(group: Grouping) -> str:
    return group.name.partition(" |")[0]


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
    design = specification.design
    groups = design.groups
    for group in groups:
        count = len(group.levels)
        if group.factor in design.term_columns and group.columns[0] in design.recipe.levelled:
            notes.append(
                Problem(
                    "group_and_term",
                    f"{group.factor!r} is a term of the formula and the grouping of "
                    f"({group.name}), so that its groups have coefficients of their own beside "
                    "their effects, and the data do not tell the two apart; expected one of them; "
                    f"leave {group.factor} out of the formula, or ({group.name}).",
                    "warning",
                )
            )
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
                        f"the names of {inner.factor!r} begin anew, with "
                        f"{inner.levels[0]!r}, within each {outer.factor!r}, and ({inner.name}) "
                        "takes equal names as one group; expected names that differ if they are "
                        f"not one; is ({_left(inner)} | {outer.factor}/{inner.factor}) meant?",
                        "warning",
                    )
                )
    return tuple(notes)


def _numbered_within(inner: Grouping, outer: Grouping) -> bool:
    """Return whether the groups of one begin anew, with its first names, in each of the other.

    Of fully crossed groupings the same is true, but there all have the same number.
    """
    if len(inner.columns) > 1:
        return False
    width = len(inner.levels)
    pairs = np.unique(outer.codes.astype(np.int64) * width + inner.codes)
    of, code = pairs // width, pairs % width
    counts = np.bincount(of, minlength=len(outer.levels))
    last = code[np.cumsum(counts) - 1]  # in each, codes are in order
    return bool(np.array_equal(last + 1, counts)) and len(np.unique(counts)) > 1
