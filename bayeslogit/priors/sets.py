"""Sets of coefficients with learned scales: from the argument ``priors=``, and from curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.errors import PriorError, listing
from bayeslogit.priors.coefficients import CoefficientPrior
from bayeslogit.priors.gaussian_process import GaussianProcess
from bayeslogit.priors.learned import Learned, LearnedPrior
from bayeslogit.priors.monotonic import Monotonic
from bayeslogit.priors.scales import ScalePrior
from bayeslogit.priors.univariate import Normal

__all__ = ["learned_sets", "of_curves", "refuse_loose_steps", "refuse_others", "with_learned"]


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


def of_curves(
    key: Any, prior: Any, where: Sequence[int], curves: tuple[Learned, ...]
) -> tuple[tuple[Learned, ...], tuple[int, ...]]:
    """Return the sets of curves with a prior that a key sets for some, and the other coefficients.

    A prior of a standard deviation is for that of ``s`` and ``hsgp``; a Normal for the average step
    of a monotonic effect.

    Parameters
    ----------
    key
        Of the argument ``priors=``.
    prior : Prior, LearnedPrior or ScalePrior
    where : sequence of int
        The coefficients that the key names.
    curves : tuple of Learned

    Raises
    ------
    PriorError
        If the prior is of curves, and the key names none that it could be for.
    """
    made, left = [], set(where)
    for part in curves:
        whole = bool(np.isin(part.index, where).all())
        own = _of_curve(prior, part) if whole else None
        if own is not None:
            left -= set(part.index.tolist())
        made.append(part if own is None else replace(part, prior=own))
    of_curves_alone = isinstance(prior, ScalePrior | Monotonic | GaussianProcess)
    if of_curves_alone and len(left) == len(set(where)):
        raise _no_curve(key, prior)
    return tuple(made), () if of_curves_alone else tuple(i for i in where if i in left)


def _of_curve(prior: Any, part: Learned) -> LearnedPrior | None:
    """Return the prior of a curve where one is given for it, None where that is of another kind."""
    own: Any = part.prior
    if isinstance(own, Monotonic):
        if isinstance(prior, Normal) and np.ndim(prior.mu) == np.ndim(prior.sigma) == 0:
            return replace(own, size=prior)
        if isinstance(prior, Monotonic):
            _check_concentration(prior, part)
            return prior
        return None
    if isinstance(prior, ScalePrior):
        made: LearnedPrior = replace(own, sd=prior)
        return made
    if isinstance(own, GaussianProcess) and isinstance(prior, GaussianProcess):
        return replace(prior, basis=own.basis)
    return None


def _check_concentration(prior: Monotonic, part: Learned) -> None:
    if np.size(prior.concentration) not in (1, part.size):
        raise PriorError(
            f"the prior of {part.label!r} has {np.size(prior.concentration)} concentrations, and "
            f"the term has {part.size} steps between levels; expected one number, or one for each "
            "step; write Monotonic(Normal(0, 1), concentration=1)"
        )


def _no_curve(key: Any, prior: Any) -> PriorError:
    if isinstance(prior, ScalePrior):
        return PriorError(
            f"priors[{key!r}] is {prior}, the prior of a standard deviation; expected it for a "
            "smooth curve such as 's(x)', or for a group-level term; write Hierarchical("
            f"{prior}) for coefficients that share one, or Normal(0, 2.5)"
        )
    call = "mo(x)" if isinstance(prior, Monotonic) else "hsgp(x)"
    return PriorError(
        f"priors[{key!r}] is {prior}, the prior of a term such as {call!r}; expected it for such a "
        f"term; name one of the formula, write {call} there, or give Normal(0, 2.5)"
    )


def refuse_loose_steps(prior: CoefficientPrior, default: CoefficientPrior) -> CoefficientPrior:
    """Return a prior in which steps of monotonic effects and waves are under their own priors.

    Parameters
    ----------
    prior, default : CoefficientPrior
        That of the user, and the default one.

    Raises
    ------
    PriorError
        If some have others.
    """
    kept = {tuple(part.index.tolist()): part.prior for part in prior.learned}
    for part in default.learned:
        own = kept.get(tuple(part.index.tolist()))
        if isinstance(part.prior, Monotonic | GaussianProcess) and type(own) is not type(
            part.prior
        ):
            example = "Normal(0, 1)" if part.prior.together else "HalfNormal(1)"
            raise PriorError(
                f"the coefficients of {part.label!r} are given priors of their own or none; "
                f"expected {part.prior.name}, which they have together, for they mean nothing one "
                f"by one; write priors={{{part.label!r}: {example}}}, and the others by name"
            )
    return prior


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
