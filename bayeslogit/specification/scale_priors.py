"""Priors of the standard deviations and correlations of group-level terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bayeslogit.design import Design
from bayeslogit.design.formula.parser import parse
from bayeslogit.design.grouping import Grouping
from bayeslogit.errors import DesignError, PriorError, listing, quoted
from bayeslogit.families import Family
from bayeslogit.priors import Flat, Prior
from bayeslogit.priors.covariance import Covariance
from bayeslogit.priors.scales import LKJ, FlatScale, HalfNormal, Known, ScalePrior

__all__ = ["group_priors", "scale_covariances"]

# Standard deviation of the default half-normal, on the log-odds scale, for the level of a group;
# for a slope it is divided by the standard deviation of the predictor.
_SIGMA = 2.5


def group_priors(
    priors: Any, design: Design, *, ordered: bool = False
) -> tuple[Any, dict[str, Any]]:
    """Split ``priors=`` into what is for coefficients and what is for group-level terms.

    Parameters
    ----------
    priors
        As a builder takes it.
    design : Design
    ordered : bool
        Whether cutpoints may be named too, which have a bar: ``"low|high"``.

    Returns
    -------
    The first, and a dict of term name to prior.

    Raises
    ------
    PriorError
        If a key with ``|`` is no term of the formula.
    """
    if isinstance(priors, str) and priors == "flat":
        return priors, {group.name: FlatScale() for group in design.groups}
    if not isinstance(priors, Mapping):
        return priors, {}
    rest: dict[str, Any] = {}
    found: dict[str, Any] = {}
    names = [group.name for group in design.groups]
    factors = {group.factor for group in design.groups}
    for key, value in priors.items():
        text = str(key)
        if "|" not in text and (text not in factors or text in design.term_columns):
            rest[key] = value
            continue
        matched = [n for g in design.groups for n in [g.name] if _same(text, g)]
        if not matched and ordered:
            rest[key] = value
            continue
        if not matched:
            raise PriorError(
                f"priors= has the group-level term {text!r}, which the formula does not have; "
                f"expected one of {listing(names) or 'none, for it has no such term'}; correct "
                "that key"
            )
        found |= dict.fromkeys(matched, value)
    return rest or None, found


def _same(text: str, group: Grouping) -> bool:
    """Return whether a key of ``priors=`` names a term, or its grouping."""
    if text.strip() == group.factor:
        return True
    bare = text.strip()
    bare = bare if bare.startswith("(") else f"({bare})"
    try:
        terms = parse(bare).groups
    except DesignError:
        return False
    return any(term.text == group.name for term in terms)


def scale_covariances(
    given: Mapping[str, Any], design: Design, family: Family, weights: np.ndarray
) -> tuple[Covariance, ...]:
    """Return the covariance of each group-level term, with its priors.

    Parameters
    ----------
    given : mapping of term name to prior
        A ``ScalePrior`` or a number (a standard deviation that is known) for all effects, an
        ``LKJ``, or a sequence of these: one for each effect, and at most one ``LKJ``.
    design : Design
    family : Family
    weights : ndarray, shape (rows,)
        Cases of each row, for the standard deviations of predictors.

    Raises
    ------
    PriorError
        If a value is none of these.
    """
    repeats = family.n_eta if family.arrangement == "several" else 1
    return tuple(
        _covariance(group, given.get(group.name), repeats, weights) for group in design.groups
    )


def _covariance(group: Grouping, given: Any, repeats: int, weights: np.ndarray) -> Covariance:
    count = len(group.effects)
    several = isinstance(given, Sequence) and not isinstance(given, str | bytes)
    values = list(given) if several else [] if given is None else [given]
    correlations = [value for value in values if isinstance(value, LKJ)]
    scales = [_scale(value, group) for value in values if not isinstance(value, LKJ)]
    if len(correlations) > 1 or len(scales) not in (0, 1, count):
        raise PriorError(
            f"priors= gives {len(scales)} priors of standard deviations and {len(correlations)} "
            f"of correlations for ({group.name}), which has {count} effects; expected one for "
            f"all, or {count}, and at most one LKJ; write for example "
            f"{{{group.name!r}: HalfNormal(1)}}"
        )
    if not scales:
        share = weights / weights.sum()
        spread = np.sqrt(share @ (group.Z - share @ group.Z) ** 2)
        spread[spread <= 1e-12] = 1.0
        scales = [HalfNormal(_SIGMA / sd) for sd in spread]
    every = tuple(scales * (count if len(scales) == 1 else 1)) * repeats
    correlated = len(every) > 1 and (group.correlated or repeats > 1)
    if correlations and not correlated:
        raise PriorError(
            f"priors= gives {correlations[0]} for ({group.name}), whose effects have no "
            "correlations; expected a prior of standard deviations alone; leave it out"
        )
    return Covariance(every, (correlations or [LKJ(1.0)])[0] if correlated else None)


def _scale(value: Any, group: Grouping) -> ScalePrior:
    if isinstance(value, ScalePrior):
        return value
    if isinstance(value, Flat):
        return FlatScale()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Known(value)
    given = str(value) if isinstance(value, Prior) else quoted(value, 80)
    raise PriorError(
        f"priors= gives {given} for ({group.name}); expected a prior of its "
        "standard deviation; write HalfNormal(1), HalfStudentT(3, 1), Exponential(1) or a number"
    )
