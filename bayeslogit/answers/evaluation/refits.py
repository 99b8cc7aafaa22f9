"""Forecasts of fitted cases by fits without them, for models with group-level terms.

Draws of the effects of groups cannot be moved and weighted to a posterior without a fold, so each
fold is left out by fitting again: cases of all groups, or groups whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from bayeslogit.errors import MethodRefused, listing
from bayeslogit.inference import METHODS
from bayeslogit.inference.grouped.readings import named_outcome
from bayeslogit.posterior.posterior import Posterior, fold
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.cases import Cases
from bayeslogit.specification.density import Likelihood
from bayeslogit.specification.specification import Specification
from bayeslogit.specification.subset import without

__all__ = ["Refits", "fit_without", "mean_probabilities", "refitted", "thinned"]

# Linear predictors held at a time, and draws of a chain that a mean needs at most.
_BLOCK, _DRAWS = 250_000, 250
_FOLDS = 10
# The folds of each posterior that is in use; every figure and picture of it is by the same ones.
_known: WeakKeyDictionary[Posterior, dict[bool, Refits]] = WeakKeyDictionary()


class Refits(NamedTuple):
    """Forecasts of each fold by a fit without it.

    Attributes
    ----------
    cell : list of ndarray, each of shape (cells left out,)
    counts : list of ndarray, each of shape (cells left out, classes)
        Cases left out.
    prob : list of ndarray, each of shape (classes, cells left out)
        Their forecasts.
    kind : str
        How cases were left out, in words.
    """

    cell: list[np.ndarray]
    counts: list[np.ndarray]
    prob: list[np.ndarray]
    kind: str


def thinned(posterior: Posterior) -> Posterior:
    """Return a posterior with at most a few hundred draws of each chain, evenly spaced.

    Parameters
    ----------
    posterior : Posterior
    """
    outcome = posterior.outcome
    step = max(1, outcome.draws.shape[1] // _DRAWS)
    scales = {name: values[:, ::step] for name, values in outcome.scales.items()}
    return replace(
        posterior, outcome=replace(outcome, draws=outcome.draws[:, ::step], scales=scales)
    )


def mean_probabilities(posterior: Posterior, cases: Cases) -> np.ndarray:
    """Return posterior mean class probabilities of cells of cases, (classes, cells).

    Parameters
    ----------
    posterior : Posterior
    cases : Cases
    """
    model = posterior.model
    likelihood = Likelihood(
        model.family, cases.X, cases.counts, cases.offset, basis=model.layout.basis
    )
    theta = (posterior if posterior.nodes is None else posterior.nodes[0]).theta
    n = len(cases.X)
    result = np.empty((cases.counts.shape[1], n))
    step = max(1, _BLOCK // (theta.shape[1] * len(result)))
    for start in range(0, n, step):
        rows = slice(start, start + step)
        eta = likelihood.eta(theta, rows)
        result[:, rows] = fold(posterior, model.family.probabilities(eta)).mean(axis=2)
    return result


def refitted(
    posterior: Posterior,
    cases: Cases,
    seen: Callable[[Posterior], Posterior],
    *,
    by_group: bool,
    progressbar: bool = True,
) -> Refits:
    """Return forecasts of folds, each by a fit without it.

    Parameters
    ----------
    posterior : Posterior
    cases : Cases
        Of its rows, whose forecasts are wanted.
    seen : callable
        Makes of a posterior the one that forecasts are by.
    by_group : bool
        Whether folds are of groups whole; else of cases. Forecasts of groups are put to the level
        of the whole fit, for what is judged is how they tell cases apart.
    progressbar : bool
        Show progress beyond two seconds.

    Raises
    ------
    MethodRefused
        If groups are to be left out, and groupings cross.
    """
    known = _known.setdefault(posterior, {})
    if by_group not in known:
        known[by_group] = _fit_again(posterior, cases, seen, by_group, progressbar)
    return known[by_group]


def _fit_again(
    posterior: Posterior,
    cases: Cases,
    seen: Callable[[Posterior], Posterior],
    by_group: bool,
    progressbar: bool,
) -> Refits:
    model, seed = posterior.model, posterior.seed or 0
    rng = np.random.default_rng([seed, 7])
    left = _groups_dealt(model, rng) if by_group else _cases_dealt(model, rng)
    whole = mean_probabilities(seen(thinned(posterior)), cases) if by_group else np.zeros(0)
    cells: list[np.ndarray] = []
    counts: list[np.ndarray] = []
    probs: list[np.ndarray] = []
    with progress("fitting without folds", len(left), enabled=progressbar) as advance:
        for i, out in enumerate(left):
            found = fit_without(posterior, out, seed + 1 + i)
            mass = cases.added(out)
            here = np.flatnonzero(mass.sum(axis=1) > 0.0)
            prob = mean_probabilities(seen(thinned(found)), cases)
            if by_group:
                prob = _levelled(prob, whole, cases.counts.sum(axis=1))
            cells.append(here)
            counts.append(mass[here])
            probs.append(prob[:, here])
            advance(1)
    kind = f"{len(left)}-fold" + (" (groups left out whole)" if by_group else "")
    return Refits(cells, counts, probs, kind)


def fit_without(posterior: Posterior, left: np.ndarray, seed: int) -> Posterior:
    """Return a fit of a model that learns scales to the cases that are not left out.

    Parameters
    ----------
    posterior : Posterior
    left : ndarray, shape (rows, classes)
        Weighted cases that go.
    seed : int
    """
    kept = without(posterior.model, left)
    chains, draws = posterior.outcome.draws.shape[:2]
    with repeatable():
        outcome = METHODS[posterior.method]().run_grouped(
            kept.grouped_density,
            draws=min(draws, 2 * _DRAWS),
            chains=chains,
            rng=np.random.default_rng(seed),
            progressbar=False,
        )
    return replace(posterior, model=kept, outcome=named_outcome(kept, outcome))


def _levelled(prob: np.ndarray, whole: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return probabilities (classes, cells) moved so that log-odds have the mean of others.

    Groups cannot be dealt out with classes evenly, and one with many events is forecast by a fit
    that saw few: the levels of folds would run against their outcomes. What is told apart within
    a fold is not touched.
    """
    with np.errstate(divide="ignore"):
        logs, other = np.log(np.maximum(prob, 1e-300)), np.log(np.maximum(whole, 1e-300))
    drift = (logs - other) @ weights / weights.sum()
    moved = np.exp(logs - drift[:, None])
    result: np.ndarray = moved / moved.sum(axis=0)
    return result


def _cases_dealt(model: Specification, rng: np.random.Generator) -> np.ndarray:
    """Return the cases of each fold, (folds, rows, classes), classes evenly."""
    cases, counts = model.cases, model.counts
    share = cases.dealt(min(_FOLDS, int(cases.number)), rng) / cases.times
    row, kind, times = cases.of_rows(counts)
    part = times[:, None] * cases.kinds[1][kind]
    result = np.zeros((len(share), *counts.shape))
    for one, some in zip(result, share, strict=True):
        np.add.at(one, row, part * some[kind, None])
    return result


def _groups_dealt(model: Specification, rng: np.random.Generator) -> np.ndarray:
    """Return the cases of each fold, (folds, rows, classes), of groups whole."""
    codes, number = _outermost(model)
    folds = min(_FOLDS, number)
    place = np.empty(number, dtype=np.intp)
    place[rng.permutation(number)] = np.arange(number) % folds
    result: np.ndarray = model.counts * (place[codes] == np.arange(folds)[:, None])[..., None]
    return result


def _outermost(model: Specification) -> tuple[np.ndarray, int]:
    """Return the group of each row by the grouping that all others lie within."""
    terms = model.design.groups
    for term in terms:
        pairs = [len(np.unique(np.stack([o.codes, term.codes]), axis=1).T) for o in terms]
        if all(p == len(np.unique(o.codes)) for p, o in zip(pairs, terms, strict=True)):
            return term.codes, len(term.levels)
    names = listing([f"({term.name})" for term in terms])
    raise MethodRefused(
        f"groups='new' was asked of the fitted cases, and {names} cross, so that no group can be "
        "left out with all its effects; expected groupings within one another; pass newdata= with "
        "rows of new groups, or ask for groups='known'"
    )
