"""Checks of a fit that comes out of a file, or goes into one: what the builders promise holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from bayeslogit.errors import Problem, quoted
from bayeslogit.families import LINKS, Family
from bayeslogit.inference import Outcome
from bayeslogit.inference.kept import QUANTILES, KeptEffects
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.priors import CoefficientPrior
from bayeslogit.response import Response, Sets, check_offset, check_weights
from bayeslogit.specification.arrangements import size_of
from bayeslogit.specification.specification import Specification
from bayeslogit.tables.columns import label

__all__ = ["check_posterior", "check_size"]

_MOST_CLASSES = 1000
# Notes of a run that are written out.
_NOTES: dict[str, type | tuple[type, ...]] = {
    "pareto_k": (int, float),
    "distance": (int, float),
    "iterations": int,
    "verdict": str,
    "route": str,
    "update": dict,
    "cache": dict,
}


def _require(holds: bool, what: str, found: object = None) -> None:
    """Raise ValueError unless something holds."""
    if not holds:
        raise ValueError(what if found is None else f"{what}: {quoted(found, 100)}")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _real(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _texts(value: object) -> bool:
    return isinstance(value, tuple | list) and all(isinstance(text, str) for text in value)


def _finite(value: Any, shape: tuple[int, ...]) -> bool:
    array = np.asarray(value)
    return array.shape == shape and array.dtype.kind in "iuf" and bool(np.isfinite(array).all())


def check_size(
    draws: np.ndarray,
    response: Response,
    family: Family,
    names: Sequence[str],
    kept: KeptEffects | None = None,
    intercept: bool = True,
) -> None:
    """Refuse draws of another number of coefficients than the model has.

    Names of coefficients are made of classes and columns, so this comes before they are made.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, coefficients)
    response : Response
    family : Family
    names : sequence of str
        Those of the columns of the design.
    kept : KeptEffects, optional
        Effects of groups, where their draws are not among the draws.
    intercept : bool
        Whether the first column is that of ones.

    Raises
    ------
    ValueError
        If the number of coefficients does not fit, or the classes are not those of the family.
    """
    classes, link = response.compared, family.link
    _require(isinstance(classes, tuple) and 2 <= len(classes) <= _MOST_CLASSES, "classes", classes)
    _require(isinstance(link, str) and link in LINKS, "the link", link)
    width = len(names)
    _require(getattr(family, "classes", len(classes)) == len(classes), "the classes of the family")
    partial = family.partial
    _require(isinstance(partial, tuple) and all(map(_whole, partial)), "partial slopes", partial)
    _require(len(set(partial)) == len(partial) <= width, "partial slopes", partial)
    _require(max(partial, default=0) < width, "partial slopes", partial)
    intercept = intercept and 0 not in partial
    size = size_of(family.arrangement, width, len(classes), len(partial), intercept)
    _require(draws.ndim == 3 and 0 not in draws.shape, "the shape of the draws", draws.shape)
    if kept is not None:
        count = np.size(kept.mean)
        _check_kept(kept, count)
        size -= count
    _require(draws.shape[2] == size, f"draws of {draws.shape[2]} coefficients for {size}")


def _check_kept(kept: KeptEffects, count: int) -> None:
    """Refuse moments, quantiles and ranks that no effects of groups have."""
    for name in ("mean", "sd", "rank", "best"):
        _require(_finite(getattr(kept, name), (count,)), f"the {name} of effects")
    quantiles = kept.quantiles
    _require(_finite(quantiles, (count, QUANTILES)), "quantiles of effects")
    _require(bool((np.diff(quantiles, axis=1) >= 0.0).all()), "quantiles of effects")
    _require(bool((kept.sd >= 0.0).all()), "the sd of effects")
    _require(bool(((kept.rank >= 1.0) & (kept.rank <= count)).all()), "the rank of effects")
    _require(bool(((kept.best >= 0.0) & (kept.best <= 1.0)).all()), "the ranks of effects")


def check_posterior(posterior: Posterior) -> None:
    """Refuse a fit of which a number or a name is not what a builder or a method gives.

    Parameters
    ----------
    posterior : Posterior

    Raises
    ------
    ValueError
        With what was found.
    """
    model, outcome = posterior.model, posterior.outcome
    names = model.design.names
    kept, intercept = outcome.effects, model.design.intercept
    check_size(outcome.draws, model.response, model.family, names, kept, intercept)
    n = len(model.design.X)
    _check_response(model.response, n)
    _require((model.response.sets is not None) == model.family.coupled, "the sets of the outcome")
    if model.response.sets is not None:
        _check_sets(model.response.sets, model.response.y)
    _check_alternatives(model.response, model.family.arrangement)
    absent = model.design.absent
    _require(isinstance(absent, dict) and all(map(_texts, absent.values())), "absent levels")
    if model.weights is not None:
        check_weights(model.weights, n)
    if model.offset is not None:
        check_offset(model.offset, n)
    _require(np.shape(model.rows) == (n,), "the rows", np.shape(model.rows))
    _require(_whole(model.dropped), "the number of rows left out", model.dropped)
    _check_prior(model.prior, model)
    _require(isinstance(posterior.method, str), "the method", posterior.method)
    _require(posterior.seed is None or _whole(posterior.seed), "the seed", posterior.seed)
    seconds = posterior.seconds
    _require(_real(seconds) and seconds >= 0, "the time", seconds)
    _check_outcome(outcome, len(model.fixed_layout.names))
    _check_groups(posterior)


def _check_groups(posterior: Posterior) -> None:
    model, found = posterior.model, posterior.outcome.scales
    shape = posterior.outcome.draws.shape[:2]
    _require(len(model.covariances) == len(model.design.groups), "the group-level terms")
    wanted = {}
    for scale, covariance in zip(model.layout.scales, model.covariances, strict=True):
        q = len(scale.effects)
        _require(covariance.effects == q, "the effects of a group")
        wanted[f"sd_{scale.suffix}"] = (*shape, q)
        if covariance.partials:
            wanted[f"cor_{scale.suffix}"] = (*shape, q, q)
    wanted |= {name: shape for part in model.prior.learned for name, _ in part.quantities}
    _require(set(found) == set(wanted), "standard deviations and correlations", tuple(found))
    for name, values in found.items():
        _require(_finite(values, wanted[name]), f"the draws of {name!r}")
        low = {"sd_": 0.0, "cor": -1.0 - 1e-9}.get(name[:3], -np.inf)
        _require(bool((values >= low).all()), f"the draws of {name!r}")


def _check_response(response: Response, n: int) -> None:
    kind, classes, y = response.kind, response.classes, response.y
    _require(isinstance(response.name, str), "the name of the outcome", response.name)
    _require(kind in ("binary", "counts", "nominal", "ordinal"), "the outcome", kind)
    _require((len(classes) == 2) == (kind in ("binary", "counts")), "the classes", classes)
    _require(all(isinstance(c, str) for c in classes), "the classes", classes)
    _require(len(set(classes)) == len(classes), "the classes", classes)
    values = response.values
    _require(tuple(map(label, values)) == classes, "the values of the classes", values)
    event = None if kind in ("nominal", "ordinal") else classes[1]
    _require(response.event == event, "the event", response.event)
    _require(_texts(response.absent), "classes that are absent", response.absent)
    _require(isinstance(response.case_control, bool), "case_control", response.case_control)
    shape = (n, len(classes)) if kind == "nominal" and response.by_class else (n,)
    _require(y.shape == shape and y.dtype.kind in "iu" and n > 0, "the shape of the outcome")
    most: Any = len(classes) - 1
    if response.by_class:
        most = response.trials
        _require(np.array_equal(y.sum(axis=1), np.asarray(most)), "the trials")
        most = np.asarray(most)[:, None]
    elif kind == "counts":
        most = response.trials
        _require(most is not None and np.shape(most) == (n,), "the number of trials")
        _require(most.dtype.kind in "iu" and bool((most <= 2**53).all()), "the trials")
        _require(bool(most.any()), "the trials")
    else:
        _require(response.trials is None, "the trials")
    _require(bool(((y >= 0) & (y <= most)).all()), "a value of the outcome")


def _check_sets(sets: Sets, y: np.ndarray) -> None:
    codes, number, silent = sets.codes, len(sets.labels), sets.silent
    _require(isinstance(sets.name, str) and _texts(sets.labels), "the names of sets")
    _require(np.shape(codes) == y.shape and codes.dtype.kind in "iu", "the set of each row")
    _require(bool(((codes >= 0) & (codes < number)).all()), "the set of each row")
    for outcome in (0, 1):
        seen = np.bincount(codes[y == outcome], minlength=number)
        _require(bool((seen > 0).all()), "a set without a case, or with cases only")
    _require(isinstance(silent, tuple) and len(silent) == 2, "sets that were left out", silent)
    _require(all(map(_whole, silent)), "sets that were left out", silent)


def _check_alternatives(response: Response, arrangement: str) -> None:
    among, sets = response.alternatives, response.sets
    _require((among is not None) == (arrangement == "choice"), "the alternatives")
    if among is None:
        return
    assert sets is not None
    _require(isinstance(among.name, str) and isinstance(among.formula, str), "the alternatives")
    _require(_texts(among.labels) and len(among.labels) > 1, "the alternatives", among.labels)
    _require(len(set(among.labels)) == len(among.labels), "the alternatives", among.labels)
    codes = among.codes
    _require(np.shape(codes) == response.y.shape and codes.dtype.kind in "iu", "the alternatives")
    _require(bool(((codes >= 0) & (codes < len(among.labels))).all()), "the alternatives")
    _require(bool((np.bincount(sets.codes, response.y) == 1).all()), "sets with several choices")


def _check_prior(prior: CoefficientPrior, model: Specification) -> None:
    names = model.fixed_layout.names
    size = len(names)
    _require(prior.names == names, "the names of the prior", prior.names)
    moved, increasing = prior.moved, prior.increasing
    for positions in (moved, increasing, prior.as_given):
        _require(isinstance(positions, tuple), "positions of a prior", positions)
        _require(all(_whole(i) and i < size for i in positions), "positions", positions)
    covered = np.zeros(size, dtype=np.intp)
    if prior.joint is not None:
        _require(prior.joint.mean.shape == (size,), "the size of the joint prior")
        covered += 1
    if prior.simplex is not None:
        covered[list(moved)] += 1
        _require(_finite(prior.simplex.concentration, (len(moved) + 1,)), "the concentration")
        _require(bool((prior.simplex.concentration > 0).all()), "the concentration")
    for index, part in prior.parts:
        places = np.asarray(index)
        _require(places.ndim == 1 and places.dtype.kind in "iu", "the places of a prior")
        _require(bool(((places >= 0) & (places < size)).all()), "the places of a prior")
        np.add.at(covered, places, 1)
        for field in fields(part):
            value = np.asarray(getattr(part, field.name))
            _require(value.shape in ((), (len(places),)), f"the size of {field.name}")
    for one in prior.learned:
        places, unit = np.asarray(one.index), np.asarray(one.unit)
        _require(places.ndim == 1 and places.dtype.kind in "iu", "the places of a prior")
        _require(bool(((places >= 0) & (places < size)).all()), "the places of a prior")
        np.add.at(covered, places, 1)
        _require(_finite(unit, places.shape) and bool((unit > 0).all()), "the unit of a prior")
        _require(one.prior.fits(len(places)), "the size of a prior")
    _require(bool((covered == 1).all()), "coefficients with none or several priors")
    if prior.center is not None:
        _require(_finite(prior.center, (len(moved), size)), "the center of the prior")
    if prior.constraints is not None:
        rows = np.shape(prior.constraints)[:1]
        _require(_finite(prior.constraints, (*rows, size)), "the constraints of the prior")
    _require(isinstance(prior.default, bool), "the prior", prior.default)


def _check_outcome(outcome: Outcome, size: int) -> None:
    draws = outcome.draws
    _require(bool(np.isfinite(draws).all()), "a draw is not finite")
    _require(isinstance(outcome.exact, bool), "exact", outcome.exact)
    _require(isinstance(outcome.label, str), "the label", outcome.label)
    for name, values in outcome.stats.items():
        shape = np.shape(values)
        _require(shape[:2] == draws.shape[:2] and values.dtype.kind in "biuf", "statistics", name)
    for problem in outcome.problems:
        _check_problem(problem)
    _require(isinstance(outcome.info, dict), "the notes", outcome.info)
    for key, kind in _NOTES.items():
        note = outcome.info.get(key)
        _require(note is None or isinstance(note, kind), f"the note {key!r}", note)
    gaussian, evidence = outcome.gaussian, outcome.evidence
    if gaussian is not None:
        _require(_finite(gaussian.mean, (size,)), "the mean of the approximation")
        _require(_finite(gaussian.covariance, (size, size)), "the covariance")
    if evidence is not None:
        kinds = ("exact", "estimate", "approximation", "lower bound")
        _require(evidence.kind in kinds, "the kind of the evidence", evidence.kind)
        _require(isinstance(evidence.value, int | float), "the evidence", evidence.value)
        _require(isinstance(evidence.error, int | float), "the evidence", evidence.error)


def _check_problem(problem: Problem) -> None:
    _require(isinstance(problem.code, str), "a problem", problem.code)
    _require(isinstance(problem.sentence, str), "a problem", problem.sentence)
    _require(problem.severity in ("note", "warning", "severe"), "a problem", problem.severity)
