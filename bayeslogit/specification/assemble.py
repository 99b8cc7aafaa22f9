"""The specification of a model from a formula and a table, or from arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NotRequired, TypedDict, Unpack

import numpy as np

from bayeslogit import response as responses
from bayeslogit.design import recentred
from bayeslogit.errors import DesignError, PriorError
from bayeslogit.families import LINKS, Family
from bayeslogit.priors import CoefficientPrior, Priors, ZeroSum, resolve_prior
from bayeslogit.response import Response
from bayeslogit.specification.arrangements import layout_of
from bayeslogit.specification.array_groups import refuse_groups_of_formula
from bayeslogit.specification.as_given import moved_layout, moved_prior
from bayeslogit.specification.believed import beliefs_in, believed
from bayeslogit.specification.bounded import refuse_empty_rows, refuse_no_room, refuse_scales
from bayeslogit.specification.choice_sets import Choices
from bayeslogit.specification.default_prior import standard_prior
from bayeslogit.specification.group_checks import refuse_groups
from bayeslogit.specification.inputs import OutcomeColumn, checked_rows, from_arrays, from_formula
from bayeslogit.specification.layout import LOG_PRECISION, Layout
from bayeslogit.specification.matched import (
    refuse_cancelling,
    refuse_costly,
    refuse_learning,
    refuse_unidentified,
)
from bayeslogit.specification.partial import partial_columns
from bayeslogit.specification.scale_priors import group_priors, scale_covariances
from bayeslogit.specification.specification import Specification
from bayeslogit.specification.subset import part_of_design, part_of_response

__all__ = ["Options", "Priors", "assemble"]


class Options(TypedDict):
    """Options of a builder, as :mod:`bayeslogit.builders` documents them."""

    priors: Priors
    weights: Any
    offset: Any
    missing: str
    trials: NotRequired[Any]
    strata: NotRequired[Any]
    choices: NotRequired[Choices]
    counts: NotRequired[Sequence[str] | None]
    intercept: NotRequired[bool]
    partial: NotRequired[Sequence[str]]
    groups: NotRequired[Any]


def assemble(
    code: Callable[[OutcomeColumn, Any], Response],
    make: Callable[[int], Family],
    formula_or_X: Any,
    data_or_y: Any,
    **options: Unpack[Options],
) -> Specification:
    """Return the specification of a model: columns, coded outcome, design, family and prior.

    Parameters
    ----------
    code : callable
        Takes the outcome's column and the trials, and returns the response.
    make : callable
        Takes the number of classes, and returns the family.
    formula_or_X, data_or_y
        As in :mod:`bayeslogit.builders`.
    **options
        See :class:`Options`.

    Raises
    ------
    DesignError, ResponseError, PriorError
        With the column, the row and the value that cannot be used, and what to do.
    """
    missing, partial = options["missing"], options.get("partial", ())
    named = {
        "weights": options["weights"],
        "offset": options["offset"],
        "trials": options.get("trials"),
        "strata": options.get("strata"),
    }
    groups = options.get("groups")
    if isinstance(formula_or_X, str):
        refuse_groups_of_formula(groups, formula_or_X)
        design, outcome, extra, rows, n_rows = from_formula(
            formula_or_X, data_or_y, named, missing, options.get("counts")
        )
    else:
        design, outcome, extra, rows, n_rows = from_arrays(
            formula_or_X, data_or_y, named, missing, options.get("intercept", True), groups
        )
    design = recentred(design)
    response = code(outcome, extra["trials"])
    family = make(len(response.classes))
    if partial:
        family = replace(family, partial=partial_columns(partial, design.term_columns))  # type: ignore[type-var]
    choices = options.get("choices")
    if choices is not None:
        family = replace(family, partial=choices.columns(design.term_columns))  # type: ignore[type-var]
        response = replace(response, alternatives=choices.alternatives)
    n = len(response.y)
    row_weights, given = checked_rows(named, extra, n, outcome.row_name)
    responses.refuse_no_case(
        row_weights, response.y.sum(axis=1) if response.by_class else response.trials
    )
    silent = 0
    if extra["strata"] is not None:
        called = named["strata"] if isinstance(named["strata"], str) else "strata"
        called = called if choices is None else choices.case
        sets, kept = responses.sets_of(
            called, extra["strata"], response.y, row_weights, outcome.row_name, missing
        )
        silent = sets.silent[1]
        design = part_of_design(design, kept)
        response = replace(part_of_response(response, kept), sets=sets)
        row_weights = None if row_weights is None else row_weights[kept]
        given, rows = None if given is None else given[kept], rows[kept]
        if choices is None:
            refuse_cancelling(design, sets)
        else:
            refuse_unidentified(design, sets, family.partial)
        refuse_costly(response.y, sets)
    refuse_groups(design, response, row_weights)
    total_offset = design.offset
    if given is not None:
        total_offset = given if total_offset is None else total_offset + given
    if family.arrangement == "ordered" and not design.intercept:
        raise DesignError(
            f"the formula {design.formula!r} leaves the intercept out of an ordinal model, whose "
            "cutpoints stand for it; expected a formula without - 1 or + 0; leave that out"
        )
    dispersed = family.arrangement == "dispersed"
    if dispersed:
        _check_dispersed(design.names, design.formula, intercept=design.intercept)
    fixed = design.fixed
    layout = layout_of(
        family.arrangement,
        fixed.names,
        design.term_columns,
        response.compared,
        intercept=design.intercept,
        partial=family.partial,
    )
    layout = moved_layout(layout, fixed.shift, family.n_eta)
    default = standard_prior(fixed, response, family, layout, row_weights)
    beliefs = beliefs_in(options["priors"])
    priors, for_groups = group_priors(
        None if beliefs else options["priors"], design, ordered=family.arrangement == "ordered"
    )
    prior = resolve_prior(
        priors,
        layout.names,
        layout.places,
        default,
        intercept=design.intercept and not family.coupled,
        slopes=layout.slopes,
        classes=len(response.classes) if family.arrangement == "several" else None,
        boundaries=family if family.arrangement == "ordered" else None,  # type: ignore[arg-type]
    )
    prior = _in_latent_units(prior, family)
    if beliefs:
        prior = believed(beliefs, fixed, family, layout, prior)
    if dispersed:
        _check_precision_prior(prior, layout)
    if family.coupled:
        refuse_learning(prior)
    refuse_scales(family, prior, [group.name for group in design.groups])
    # Zero-sum intercepts are at the predictor means, and beliefs about the design's own columns.
    if not beliefs and not isinstance(options["priors"], ZeroSum):
        prior = moved_prior(prior, layout)
    made = Specification(
        design,
        response,
        family,
        prior,
        row_weights,
        total_offset,
        rows,
        n_rows - len(rows) - silent,
        scale_covariances(for_groups, design, family, _cases(response, row_weights)),
    )
    if family.bounded:
        refuse_empty_rows(family, made.counts)
        refuse_no_room(family, made.likelihood)
    return made


def _in_latent_units(prior: CoefficientPrior, family: Family) -> CoefficientPrior:
    """Return the prior with learned scales, where they are stated so, per latent sd."""
    variance = LINKS[family.link].error_variance
    found = []
    for part in prior.learned:
        if part.prior.latent and variance is None:
            raise PriorError(
                f"{part.prior} is about the variance of the latent outcome, and with the link "
                f"{family.link!r} that has none; expected a link such as 'logit' or 'probit'; "
                "change the link, or give Horseshoe() or Normal(0, 2.5)"
            )
        unit = math.sqrt(variance) if part.prior.latent and variance is not None else 1.0
        found.append(replace(part, unit=part.unit * unit))
    return replace(prior, learned=tuple(found)) if found else prior


def _cases(response: Response, weights: np.ndarray | None) -> np.ndarray:
    """Return the number of cases in each row."""
    cases = np.ones(len(response.y)) if weights is None else weights.astype(float)
    return cases if response.trials is None else cases * response.trials


def _check_dispersed(names: Sequence[str], formula: str | None, *, intercept: bool) -> None:
    """Refuse a design without intercept, or with a term of the log precision's name."""
    if not intercept:
        raise DesignError(
            f"the formula {formula!r} leaves the intercept out and dispersion= is given; expected "
            "an intercept beside the log precision; leave out - 1, + 0 or intercept=False"
        )
    if LOG_PRECISION in names:
        raise DesignError(
            f"a term is called {LOG_PRECISION!r}, as the coefficient that dispersion= adds; "
            "expected another name; rename that column"
        )


def _check_precision_prior(prior: CoefficientPrior, layout: Layout) -> None:
    """Refuse a flat prior on the log precision, along which the likelihood never vanishes."""
    if prior.flat[layout.names.index(LOG_PRECISION)]:
        raise PriorError(
            f"the prior of {LOG_PRECISION!r} is flat; expected a proper one, because the "
            "likelihood tends to that of the binomial model, not to zero, as the precision grows; "
            f"write priors={{{LOG_PRECISION!r}: Normal(3, 2)}}, and Flat() for 'Intercept' and "
            "'slopes' if these are to be flat"
        )
