"""The default prior of the coefficients."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from bayeslogit.design import Curve, Design
from bayeslogit.families import Family
from bayeslogit.priors import (
    CoefficientPrior,
    Learned,
    LearnedPrior,
    Normal,
    default_prior,
)
from bayeslogit.priors.gaussian_process import GaussianProcess
from bayeslogit.priors.hierarchical import Hierarchical
from bayeslogit.priors.monotonic import Monotonic
from bayeslogit.priors.sets import with_learned
from bayeslogit.response import Response
from bayeslogit.specification.layout import LOG_PRECISION, Layout

__all__ = ["prior_of_columns", "standard_prior"]

# Precisions from 0.75 to 540 with probability 0.9, so correlations between two trials of a row
# from 0.57 (trials nearly alike) to 0.002 (nearly binomial).
_LOG_PRECISION_PRIOR = Normal(3.0, 2.0)


def standard_prior(
    design: Design,
    response: Response,
    family: Family,
    layout: Layout,
    weights: np.ndarray | None,
) -> CoefficientPrior:
    """Return the default prior of all coefficients, on the scale of the linear predictor.

    Parameters
    ----------
    design, response, family
        Parts of the model.
    layout : Layout
        Layout of the coefficients.
    weights : ndarray, shape (obs,), or None
        Frequency weights, 0 or more: means and standard deviations of the predictors are over
        cases.
    """
    cases = np.ones(len(response.y)) if weights is None else weights.astype(float)
    if response.trials is not None:
        cases = cases * response.trials
    if response.sets is not None and response.alternatives is not None:
        # Each choice is one case, however many alternatives it has.
        cases = cases / np.bincount(response.sets.codes)[response.sets.codes]
    default = prior_of_columns(design, design.X, cases, family, layout)
    return with_learned(default, _curves(design, response, family, layout, cases))


def prior_of_columns(
    design: Design, X: np.ndarray, cases: np.ndarray, family: Family, layout: Layout
) -> CoefficientPrior:
    """Return the default prior of coefficients whose scales are not learned.

    Parameters
    ----------
    design : Design
        Whose columns they are of.
    X : ndarray, shape (rows, columns)
    cases : ndarray, shape (rows,)
        How many cases there are in each row.
    family : Family
    layout : Layout
        Of the coefficients.
    """
    dispersed = family.arrangement == "dispersed"
    if family.arrangement == "matched":
        return default_prior(layout.names, X[:, list(layout.columns)], cases, intercept=False)
    if family.arrangement == "choice":
        return _of_choice(X, cases, layout)
    default = default_prior(
        design.names if dispersed else layout.names,
        X,
        cases,
        intercept=design.intercept,
        basis=None if dispersed else layout.basis,
        predictors=1 if dispersed else family.n_eta,
        increasing=family.increasing,
    )
    if dispersed:
        default = default.extended(LOG_PRECISION, _LOG_PRECISION_PRIOR)
    if family.partial:
        default = _partial(default, layout, X, family)
    return default


def _of_choice(X: np.ndarray, cases: np.ndarray, layout: Layout) -> CoefficientPrior:
    """Return priors as of a conditional and of a multinomial model, side by side."""
    columns, whose = np.array(layout.columns), np.array(layout.alternatives)
    shared = int((whose == 0).sum())
    parts: list[CoefficientPrior] = []
    own = columns[whose == 1]
    for some, predictors in ((columns[whose == 0], 1), (own, int(whose.max(initial=0)))):
        if some.size:
            names = layout.names[:shared] if not parts and shared else layout.names[shared:]
            intercept = bool((some == 0).any())
            parts.append(
                default_prior(names, X[:, some], cases, intercept=intercept, predictors=predictors)
            )
    last = parts[-1]
    sigma = [np.asarray(prior.parameters()["sigma"]) for part in parts for _, prior in part.parts]
    size, center = len(layout.names), last.center
    return replace(
        last,
        names=layout.names,
        parts=((np.arange(size), Normal(np.zeros(size), np.concatenate(sigma))),),
        center=None if center is None else np.pad(center, ((0, 0), (shared, 0))),
        moved=tuple(shared + i for i in last.moved) if center is not None else (),
    )


def _curves(
    design: Design, response: Response, family: Family, layout: Layout, cases: np.ndarray
) -> tuple[Learned, ...]:
    """Return the sets of coefficients that curves are made of, class by class."""
    columns, slopes = np.array(layout.columns), np.array(layout.slopes, dtype=np.intp)
    found = []
    for label, curve in design.curves.items():
        index = slopes[np.isin(columns[slopes], curve.columns)]
        names = [label]
        if family.arrangement == "several":
            names = [f"{later}: {label}" for later in response.classes[1:]]
        prior = _curve(curve, design.X, cases)
        for name, part in zip(names, np.split(index, len(names)), strict=True):
            found.append(Learned(part, name, prior, np.ones(len(part))))
    return tuple(found)


def _curve(curve: Curve, X: np.ndarray, cases: np.ndarray) -> LearnedPrior:
    """Return the default prior of the coefficients of a curve."""
    if curve.function == "s":
        return Hierarchical()
    if curve.function == "hsgp":
        return GaussianProcess(basis=curve.basis)
    # As if levels were numbers: 2.5 per standard deviation of these.
    levels = X[:, list(curve.columns)].sum(axis=1)
    spread = math.sqrt(np.cov(levels, aweights=cases, ddof=0))
    return Monotonic(Normal(0.0, 2.5 / (spread or 1.0)))


def _partial(
    default: CoefficientPrior, layout: Layout, X: np.ndarray, family: Family
) -> CoefficientPrior:
    """Set slopes of later boundaries near those of the first, and keep boundaries in order."""
    added = layout.places["partial"]
    parts = []
    for index, prior in default.parts:
        sigma = np.array(prior.parameters()["sigma"], dtype=float)
        sigma[np.isin(index, added)] *= 0.2  # 0.5 per sd of the predictor in place of 2.5
        parts.append((index, Normal(np.zeros(len(index)), sigma)))
    assert layout.basis is not None
    if family.name != "cumulative":
        return replace(default, parts=tuple(parts))
    weights = layout.basis.reshape(family.n_eta, X.shape[1], -1)
    rows = _extreme(X[:, list(family.partial)])
    gaps = np.einsum("np,kpc->nkc", X[rows], np.diff(weights, axis=0))
    return replace(
        default, parts=tuple(parts), constraints=np.unique(gaps.reshape(-1, gaps.shape[2]), axis=0)
    )


def _extreme(values: np.ndarray) -> np.ndarray:
    """Return rows that include the corners of all: a linear constraint there holds in all rows."""
    if values.shape[1] == 1:
        return np.array([values[:, 0].argmin(), values[:, 0].argmax()])
    return np.unique(values, axis=0, return_index=True)[1]
