"""The prior of a model: from the argument ``priors=``, and the default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.errors import PriorError, listing, nearest
from bayeslogit.priors.base import Prior
from bayeslogit.priors.beliefs import Belief
from bayeslogit.priors.coefficients import CoefficientPrior
from bayeslogit.priors.joint import GaussianPrior, ZeroSum
from bayeslogit.priors.learned import LearnedPrior
from bayeslogit.priors.scales import ScalePrior
from bayeslogit.priors.sets import learned_sets, of_curves, refuse_loose_steps, refuse_others
from bayeslogit.priors.simplex import Boundaries, Dirichlet, Simplex
from bayeslogit.priors.univariate import Flat, Normal

__all__ = ["Priors", "default_prior", "resolve_prior"]

Priors = (
    Prior
    | LearnedPrior
    | GaussianPrior
    | ZeroSum
    | Mapping[Any, Prior | LearnedPrior | ScalePrior | Dirichlet]
    | Belief
    | Sequence[Belief]
    | str
    | None
)

# Elements of the design matrix that are centred at a time.
_BLOCK = 32768


def default_prior(
    names: Sequence[str],
    X: np.ndarray,
    row_weights: np.ndarray,
    *,
    intercept: bool,
    basis: np.ndarray | None = None,
    predictors: int = 1,
    increasing: bool = False,
) -> CoefficientPrior:
    """Return the default prior of all coefficients, used where the user gives none.

    Slopes get Normal(0, 2.5 / sd(x)), intercepts and cutpoints Normal(0, 2.5) on the linear
    predictor at the predictor means. A column with sd zero keeps the scale 2.5.

    Parameters
    ----------
    names : sequence of str
        Coefficient names.
    X : ndarray, shape (rows, columns)
        Design matrix, with the column of ones if ``intercept``.
    row_weights : ndarray, shape (rows,)
        Trials times frequency weight of each row: means and standard deviations are over
        trials (divided by their number), so that grouped and long tables get the same prior.
    intercept : bool
        Whether the first column is that of ones.
    basis : ndarray, shape (predictors x columns, coefficients), optional
        Matrix from coefficients to the weight of each column in each linear predictor.
    predictors : int
        Linear predictors per row.
    increasing : bool
        Whether the intercepts are cutpoints that must increase.
    """
    mean, spread = _mean_and_sd(X, row_weights)
    width = X.shape[1]
    mean[0] = 1.0 if intercept else mean[0]
    if basis is None:
        # A block of coefficients for each predictor: no matrix of all with all is needed.
        column = np.tile(np.arange(width), predictors)
        first = tuple(range(0, predictors * width, width))
        at_mean = np.kron(np.eye(predictors), mean) + 0.0  # no -0.0
    else:
        weights = basis.reshape(predictors, width, len(names))
        column = np.abs(weights).sum(axis=0).argmax(axis=0)
        first = tuple(int(np.flatnonzero(weights[k, 0])[0]) for k in range(predictors))
        at_mean = np.einsum("j,kjc->kc", mean, weights)
    sigma = 2.5 / spread[column]
    center: np.ndarray | None = None
    moved: tuple[int, ...] = (0,)
    if intercept:
        moved, center = first, at_mean
        sigma[list(moved)] = 2.5
    return CoefficientPrior(
        tuple(names),
        ((np.arange(len(names)), Normal(np.zeros(len(names)), sigma)),),
        center=center,
        moved=moved,
        default=True,
        increasing=moved if increasing else (),
    )


def _mean_and_sd(X: np.ndarray, row_weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted mean and standard deviation of each column; 1 for an sd of zero."""
    share = row_weights / row_weights.sum()
    mean = share @ X
    # Two passes: the one-pass formula loses all digits for large means. A block stays in the cache
    # while it is centred.
    variance = np.zeros(X.shape[1])
    room = np.empty((min(len(X), max(1, _BLOCK // X.shape[1])), X.shape[1]))
    for start in range(0, len(X), len(room)):
        block = X[start : start + len(room)]
        away = np.subtract(block, mean, out=room[: len(block)])
        variance += share[start : start + len(room)] @ np.square(away, out=away)
    spread = np.sqrt(variance)
    # The variance of a constant column is rounding error.
    spread[spread <= 1e-12 * np.abs(mean)] = 1.0
    spread[spread == 0.0] = 1.0
    return mean, spread


def resolve_prior(
    priors: Priors,
    names: Sequence[str],
    groups: Mapping[str, Sequence[int]],
    default: CoefficientPrior,
    *,
    intercept: bool,
    slopes: Sequence[int] | None = None,
    classes: int | None = None,
    boundaries: Boundaries | None = None,
) -> CoefficientPrior:
    """Return the prior of all coefficients from the argument ``priors=``.

    Parameters
    ----------
    priors : Prior, LearnedPrior, GaussianPrior, ZeroSum, mapping, "flat" or None
        One prior for every slope, or their scales learned; one for all coefficients jointly;
        priors by coefficient or term name (``"Intercept"``, and ``"slopes"`` for all not named)
        or a tuple of names; or flat for everything.
    names : sequence of str
        Coefficient names.
    groups : mapping of str to sequence of int
        Coefficients of each term.
    default : CoefficientPrior
        Used for what is not named.
    intercept : bool
        Whether coefficient 0 is the intercept.
    slopes : sequence of int, optional
        What ``"slopes"`` stands for; all coefficients but the intercept by default.
    classes : int, optional
        Number of classes, where each but the first has coefficients of its own.
    boundaries : Boundaries, optional
        The family, where coefficients are cutpoints between ordered classes.

    Raises
    ------
    PriorError
        If a name is unknown or a prior has the wrong number of entries or is not a prior.
    """
    names = tuple(names)
    if priors is None:
        return default
    found = _resolved(priors, names, groups, default, intercept, slopes, classes, boundaries)
    return refuse_loose_steps(found, default)


def _resolved(
    priors: Any,
    names: tuple[str, ...],
    groups: Mapping[str, Sequence[int]],
    default: CoefficientPrior,
    intercept: bool,
    slopes: Sequence[int] | None,
    classes: int | None,
    boundaries: Boundaries | None,
) -> CoefficientPrior:
    """Return the prior by the kind of ``priors``; see :func:`resolve_prior`."""
    if isinstance(priors, str):
        if priors != "flat":
            raise PriorError(
                f"priors={priors!r} is not known; expected 'flat', a prior such as "
                "Normal(0, 2.5), or a dict by term name; write one of these."
                + nearest(priors, ["flat"])
            )
        return CoefficientPrior(
            names,
            ((np.arange(len(names)), Flat()),),
            increasing=default.increasing,
            constraints=default.constraints,
        )
    if isinstance(priors, GaussianPrior):
        if priors.mean.size != len(names):
            raise PriorError(
                f"GaussianPrior has {priors.mean.size} coefficients; the model has {len(names)} "
                f"({listing(names)}); give the mean and covariance in that order"
            )
        return CoefficientPrior(
            names, joint=priors, increasing=default.increasing, constraints=default.constraints
        )
    if isinstance(priors, ZeroSum):
        if classes is None:
            raise PriorError(
                f"found {priors} for a model that has no coefficients for each class; expected a "
                "multinomial model; give Normal(0, 2.5) instead"
            )
        width = len(names) // (classes - 1)
        center = None if default.center is None else default.center[0, :width]
        return CoefficientPrior(names, joint=priors.joint(len(names), classes, center))
    if isinstance(priors, Dirichlet):
        raise PriorError(
            f"priors={priors} is about class probabilities, not slopes; expected it for the "
            f'cutpoints of an ordinal model; write priors={{"cutpoints": {priors}}}'
        )
    if isinstance(priors, Prior | LearnedPrior):
        priors = {"slopes": priors}
    if not isinstance(priors, Mapping):
        raise PriorError(
            f"priors got {type(priors).__name__}; expected a prior such as Normal(0, 2.5), a dict "
            "by term name, GaussianPrior(mean, covariance), 'flat' or None"
        )
    if slopes is None:
        slopes = range(1 if intercept else 0, len(names))
    simplex, rest = _simplex(priors, groups, default, boundaries)
    return _resolve_mapping(rest, names, groups, default, slopes, simplex)


def _simplex(
    priors: Mapping[Any, Prior | LearnedPrior | ScalePrior | Dirichlet],
    groups: Mapping[str, Sequence[int]],
    default: CoefficientPrior,
    boundaries: Boundaries | None,
) -> tuple[Simplex | None, dict[Any, Prior | LearnedPrior | ScalePrior]]:
    """Return the Dirichlet prior of the cutpoints, if there is one, and the other priors."""
    rest = {k: v for k, v in priors.items() if not isinstance(v, Dirichlet)}
    given = {k: v for k, v in priors.items() if isinstance(v, Dirichlet)}
    if not given:
        return None, rest
    key, chosen = next(iter(given.items()))
    if boundaries is None or set(given) != {"cutpoints"}:
        raise PriorError(
            f"priors[{key!r}] is {chosen}, about class probabilities; expected it for the "
            "'cutpoints' of an ordinal model, which it sets all together; give other "
            "coefficients a prior such as Normal(0, 2.5)"
        )
    return chosen.bound(tuple(groups["cutpoints"]), boundaries), rest


def _resolve_mapping(
    priors: Mapping[Any, Prior | LearnedPrior | ScalePrior],
    names: tuple[str, ...],
    groups: Mapping[str, Sequence[int]],
    default: CoefficientPrior,
    slopes: Sequence[int],
    simplex: Simplex | None,
) -> CoefficientPrior:
    """Return the prior in which each coefficient has the most specific prior given.

    That is the one for its own name, for its term, for several terms together, for ``"slopes"``,
    or the default.
    """
    places: dict[Any, Sequence[int]] = {"slopes": slopes}
    places |= {k: tuple(v) for k, v in groups.items()}
    places |= {name: (i,) for i, name in enumerate(names)}
    known = [*names, "slopes", *(g for g in groups if g not in names)]
    for key in priors:
        for one in key if isinstance(key, tuple) else (key,):
            if one not in places:
                raise PriorError(
                    f"priors names {one!r}, which is not a term; expected one of "
                    f"{listing(known)}." + nearest(str(one), known)
                )
        if isinstance(key, tuple):
            places[key] = tuple(dict.fromkeys(i for one in key for i in places[one]))
    curves = default.learned
    # What makes curves of lines keeps its learned scale, unless a term or coefficient is named.
    bent = {int(i) for part in curves for i in part.index}
    chosen: dict[int, Prior] = {}
    sets: dict[int, Any] = {}
    # The least specific first, so that later ones replace it. Lengths alone are not enough: with
    # a single slope, "slopes" and its name mean the same coefficient.
    for key in sorted(priors, key=lambda k: (k in names, k != "slopes", -len(places[k]))):
        prior, where = priors[key], places[key]
        if key == "slopes":
            where = tuple(i for i in where if i not in bent)
        curves, where = of_curves(key, prior, where, curves)
        if not where and key != "slopes":
            continue
        if isinstance(prior, LearnedPrior):
            refuse_others(key, prior, where, names, slopes)
            sets |= dict.fromkeys(where, key)
            continue
        if not isinstance(prior, Prior):
            raise PriorError(
                f"priors[{key!r}] is {prior!r}; expected a prior of one coefficient, such as "
                "Normal(0, 2.5) or Flat()"
            )
        for parameter, value in prior.parameters().items():
            if np.size(value) not in (1, len(where)):
                raise PriorError(
                    f"priors[{key!r}] has {np.size(value)} values of {parameter}; expected one, "
                    f"or {len(where)}, one for each coefficient of {key!r}"
                )
        alike = all(np.ndim(value) == 0 for value in prior.parameters().values())
        for position, i in enumerate(where):
            chosen[i] = prior if alike else prior.pick(position)
            sets.pop(i, None)
    taken = set() if simplex is None else set(simplex.index)
    if taken & set(chosen):
        raise PriorError(
            f"priors gives {names[min(taken & set(chosen))]!r} a prior of its own beside {simplex} "
            "for all cutpoints; expected one of the two; leave one out"
        )
    left = [np.array([i not in sets and i not in chosen for i in p.index]) for p in curves]
    learned = learned_sets(priors, sets, default) + tuple(
        replace(part, index=part.index[kept], unit=part.unit[kept])
        for part, kept in zip(curves, left, strict=True)
        if kept.any()
    )
    # The default prior of the intercept holds at the predictor means; a prior that the user gives
    # for it holds with all predictors at zero, as written.
    center, moved = default.center, default.moved
    if center is not None:
        kept = [row for row, i in enumerate(moved) if i not in chosen]
        center, moved = (center[kept] if kept else None), tuple(moved[row] for row in kept)
    apart = taken.union(*(part.index.tolist() for part in learned))
    others = (i for i in range(len(names)) if i not in apart)
    each = {i: chosen.get(i) or default.single(i) for i in others}
    return CoefficientPrior(
        names,
        _merge(each),
        center=center,
        moved=moved,
        increasing=default.increasing,
        constraints=default.constraints,
        simplex=simplex,
        learned=learned,
    )


def _merge(each: Mapping[int, Prior]) -> tuple[tuple[np.ndarray, Prior], ...]:
    """Return the priors of single coefficients, those of one kind as one with array fields."""
    parts = []
    for kind in dict.fromkeys(type(prior) for prior in each.values()):
        index = [i for i, prior in each.items() if type(prior) is kind]
        # Most coefficients share one prior object, whose fields are looked up once.
        objects = {id(each[i]): each[i] for i in index}
        fields = {key: prior.parameters() for key, prior in objects.items()}
        stacked = {
            name: np.array([fields[id(each[i])][name] for i in index])
            for name in fields[id(each[index[0]])]
        }
        parts.append((np.array(index), kind(**stacked)))
    return tuple(parts)
