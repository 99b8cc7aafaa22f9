"""Sets of coefficients with learned scales: from the argument ``priors=``, and from curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.errors import PriorError, listing
from bayeslogit.priors.coefficients import CoefficientPrior
from bayeslogit.priors.learned import Learned, LearnedPrior
from bayeslogit.priors.scales import ScalePrior

__all__ = ["learned_sets", "refuse_others", "with_learned", "with_scale"]


def with_learned(prior: CoefficientPrior, sets: tuple[Learned, ...]) -> CoefficientPrior:
    """Return a prior with the scales of sets of coefficients learned, whatever they had.

    Parameters
    ----------
    prior : CoefficientPrior
    sets : tuple of Learned
    """
    if not sets:
        return prior
    taken = np.concatenate([part.index for part in sets])
    parts = []
    for index, own in prior.parts:
        kept = np.flatnonzero(~np.isin(index, taken))
        fields = {k: v if np.ndim(v) == 0 else v[kept] for k, v in own.parameters().items()}
        if kept.size:
            parts.append((index[kept], type(own)(**fields)))
    return replace(prior, parts=tuple(parts), learned=sets)


def with_scale(
    key: Any, scale: ScalePrior, where: Sequence[int], curves: tuple[Learned, ...]
) -> tuple[Learned, ...]:
    """Return the sets of smooth curves, those of a term with a prior of their standard deviation.

    Parameters
    ----------
    key
        Of the argument ``priors=``.
    scale : ScalePrior
    where : sequence of int
        The coefficients that the key names.
    curves : tuple of Learned

    Raises
    ------
    PriorError
        If the term has no smooth curve.
    """
    named = [bool(np.isin(part.index, where).all()) for part in curves]
    if not any(named):
        raise PriorError(
            f"priors[{key!r}] is {scale}, the prior of a standard deviation; expected it for a "
            "smooth curve such as 's(x)', or for a group-level term; write Hierarchical("
            f"{scale}) for coefficients that share one, or Normal(0, 2.5)"
        )
    return tuple(
        replace(part, prior=replace(part.prior, sd=scale)) if own else part
        for part, own in zip(curves, named, strict=True)
    )


def refuse_others(
    key: Any,
    prior: LearnedPrior,
    where: Sequence[int],
    names: Sequence[str],
    slopes: Sequence[int],
) -> None:
    """Refuse a learned scale of intercepts or cutpoints, or of a single coefficient.

    Parameters
    ----------
    key
        Of the argument ``priors=``.
    prior : LearnedPrior
    where, slopes : sequence of int
        The coefficients that the key names, and all slopes.
    names : sequence of str
        Of all coefficients.

    Raises
    ------
    PriorError
        With their names.
    """
    other = [names[i] for i in where if i not in slopes]
    if other:
        raise PriorError(
            f"priors[{key!r}] is {prior} for {listing(other)}; expected it for slopes, whose "
            "scale can be learned; give these a prior such as Normal(0, 2.5)"
        )
    if len(where) < 2:
        raise PriorError(
            f"priors[{key!r}] is {prior} for {len(where)} coefficient; expected two or more, "
            "because their scale is learned from how they spread; give one a prior such as "
            "Normal(0, 2.5), or name several: priors={('a', 'b'): ...}"
        )


def _per_sd(default: CoefficientPrior, index: int) -> float:
    """Return a coefficient of one per standard deviation of its predictor."""
    if any(index in part.index for part in default.learned):
        return 1.0
    sigma: float = default.single(index).parameters()["sigma"]
    return sigma / 2.5  # as the default has it


def learned_sets(
    priors: Mapping[Any, Any], sets: Mapping[int, Any], default: CoefficientPrior
) -> tuple[Learned, ...]:
    """Return the sets of coefficients whose scales are learned, in the order of the keys.

    Parameters
    ----------
    priors : mapping
        The argument ``priors=``.
    sets : mapping of int to key
        The coefficients whose scale is learned.
    default : CoefficientPrior
    """
    found = []
    for key in dict.fromkeys(k for k in priors if k in sets.values()):
        index = np.array(sorted(i for i, own in sets.items() if own == key))
        label = ", ".join(key) if isinstance(key, tuple) else key
        unit = np.ones(len(index))
        if priors[key].standard:
            unit = np.array([_per_sd(default, int(i)) for i in index])
        found.append(Learned(index, label, priors[key], unit))
    return tuple(found)
