"""Partial proportional odds: slopes that differ between boundaries of ordered classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, PriorError, ResponseError, listing, nearest
from bayeslogit.priors import Normal
from bayeslogit.response import Response
from bayeslogit.specification.as_given import moved_prior
from bayeslogit.specification.default_prior import standard_prior
from bayeslogit.specification.specification import Specification
from bayeslogit.specification.unobserved_levels import unseen

__all__ = ["partial_columns", "refuse_unseen", "relaxed"]


def refuse_unseen(response: Response) -> None:
    """Refuse levels that never occur where boundaries could cross in some row.

    No data keep the boundaries of such a class apart, so the posterior is cut off at limits that
    depend on the slopes, instead of falling to zero: no method is sound there.

    Raises
    ------
    ResponseError
        If a level never occurs.
    """
    never = unseen(response)
    if never:
        raise ResponseError(
            f"the level {never[0]!r} of {response.name!r} never occurs and partial= is given; "
            "expected every level at least once where slopes differ between boundaries of "
            "form='cumulative'; leave partial= out, use form='sequential' or form='adjacent', or "
            "leave the level out of levels="
        )


def partial_columns(
    partial: Sequence[str], term_columns: Mapping[str, Sequence[int]], option: str = "partial"
) -> tuple[int, ...]:
    """Return the columns of X whose slopes differ between boundaries, in order.

    Parameters
    ----------
    partial : sequence of str
        Terms, named as in the formula.
    term_columns : mapping of str to sequence of int
        Each term to its columns of X.
    option : str
        What the terms were given as.

    Raises
    ------
    DesignError
        If a name is not a term, or the names are one text.
    """
    if isinstance(partial, str):
        raise DesignError(
            f"{option}={partial!r} is a text; expected a list of terms; write "
            f"{option}=[{partial!r}]"
        )
    for term in partial:
        if term not in term_columns:
            raise DesignError(
                f"{option}= names {term!r}, which is not a term; expected some of "
                f"{listing(term_columns)}; name terms as the formula does."
                + nearest(term, term_columns)
            )
        if term.startswith("mo(") or ":mo(" in term:
            raise DesignError(
                f"{option}= names {term!r}, a monotonic effect; expected terms whose slopes may "
                "differ, and a monotonic effect is the same at all boundaries, for differences "
                f"would undo its order; leave it out of {option}=, or write C() in its place"
            )
    return tuple(sorted({j for term in partial for j in term_columns[term]}))


def relaxed[S: Specification](model: S, terms: Sequence[str]) -> S:
    """Return an ordinal model in which slopes of some terms differ between boundaries.

    Priors stay; the differences of slopes at later boundaries from those at the first have the
    default prior.

    Parameters
    ----------
    model : Specification
        With slopes that all boundaries share.
    terms : sequence of str
        The terms whose slopes may differ.

    Raises
    ------
    DesignError
        If a name is not a term.
    PriorError
        If the prior is a joint one, which does not cover the added coefficients.
    ResponseError
        If a level never occurs (cumulative form).
    """
    design, response, old = model.design, model.response, model.prior
    if old.joint is not None:
        raise PriorError(
            f"the model has a joint prior of its {old.size} coefficients; expected priors by term, "
            "which leave room for more slopes; give priors= as a dict, or compare with a model "
            "built with partial= and a joint prior of its own"
        )
    if model.family.walled:
        refuse_unseen(response)
    family: Any = replace(model.family, partial=partial_columns(terms, design.term_columns))  # type: ignore[type-var]
    wider = replace(model, family=family)
    layout = wider.layout
    default = standard_prior(design, response, family, layout, model.weights)
    if not old.default:
        added = np.array(layout.places["partial"])
        more = Normal(np.zeros(len(added)), [default.of(int(i)).sigma for i in added])  # type: ignore[union-attr]
        center = None
        kept = tuple(i for i in old.moved if i not in old.as_given)
        if old.center is not None and default.center is not None and kept:
            center = default.center[[default.moved.index(i) for i in kept]]
        simplex = old.simplex and replace(old.simplex, family=family)
        default = replace(
            default,
            parts=(*old.parts, (added, more)),
            center=center,
            moved=kept,
            learned=old.learned,
            default=False,
            simplex=simplex,
        )
    return replace(wider, prior=moved_prior(default, layout))
