"""The same model in PyMC, as a person would write it; tests compare its log density with numpy's.

Variables are ``Intercept``, ``beta`` (and ``cutpoints``) with named coords, the data are in
``pm.Data``, the outcome is ``y``. Importing this module imports PyMC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.transforms import Ordered

from bayeslogit.design import Design
from bayeslogit.families import Family
from bayeslogit.priors import CoefficientPrior
from bayeslogit.priors.covariance import Covariance
from bayeslogit.pymc_twin.choices import choices
from bayeslogit.pymc_twin.effects import group_effects
from bayeslogit.pymc_twin.free import LOCATIONS, Free, free_variables
from bayeslogit.pymc_twin.learned import learned_coefficients
from bayeslogit.pymc_twin.likelihoods import OUTCOMES
from bayeslogit.pymc_twin.matched import matched_sets
from bayeslogit.pymc_twin.simplex import cutpoints
from bayeslogit.response import Response
from bayeslogit.specification.arrangements import layout_of
from bayeslogit.specification.layout import LOG_PRECISION, Layout, Variable
from bayeslogit.tables.labels import coordinate

__all__ = ["build", "log_posterior"]


class _SpreadOrdered(Ordered):
    """PyMC's transform of increasing vectors, with a finite start for equal entries.

    Cutpoints with one prior each have one support point for all; PyMC would start at an
    infinite log gap. Here such a gap starts at one.
    """

    name = "ordered"

    def forward(self, value: Any, *inputs: Any) -> Any:
        """Return the first entry and the log gaps."""
        gaps = value[..., 1:] - value[..., :-1]
        wide = pt.gt(gaps, 0.0)
        logs = pt.switch(wide, pt.log(pt.switch(wide, gaps, 1.0)), 0.0)
        return pt.concatenate([value[..., :1], logs], axis=-1)


def build(
    design: Design,
    response: Response,
    family: Family,
    prior: CoefficientPrior,
    weights: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    covariances: Sequence[Covariance] = (),
) -> pm.Model:
    """Return the model in PyMC.

    Parameters
    ----------
    design : Design
        Its column of ones becomes the variable ``Intercept`` (or ``cutpoints``).
    response : Response
    family : Family
    prior : CoefficientPrior
        Coefficients of one kind of prior are one variable; where kinds differ within ``beta``,
        each kind is a variable (``beta_normal``, ...) and ``beta`` combines them; a joint
        Gaussian prior is the variable ``coefficients``.
    weights : ndarray, shape (obs,), optional
        Frequency weights, positive: ``y`` counts each row once, and the potential ``weighting``
        adds the rest.
    offset : ndarray, shape (obs,), optional
        Added to the linear predictor, in its unit.
    covariances : sequence of Covariance, optional
        Of the group-level terms of the design.

    Returns
    -------
    pymc.Model
        Coords ``obs``, ``term``, ``class``, ``cutpoint`` as needed; data ``X`` (obs, term),
        ``y_data``, ``offset``, ``trials``, ``weights``; its log density equals that of
        :class:`~bayeslogit.specification.density.LogDensity`.

    See Also
    --------
    log_posterior : That log density as a function of the coefficients.
    """
    groups, design = design.groups, design.fixed
    layout = _layout(design, response, family)
    coords: dict[str, Any] = {"obs": coordinate(design.source.labels)}
    coords |= {dim: list(labels) for dim, labels in layout.coords.items()}
    with pm.Model(coords=coords) as model:
        X = None
        if response.alternatives is not None:
            w = None
            if weights is not None:
                w = pm.Data("weights", weights.astype(np.float64), dims="obs")
            choices(
                design, response, layout, _values(layout, prior, family), weights=w, offset=offset
            )
            return model
        if "term" in coords:
            X = pm.Data("X", design.X[:, int(design.intercept) :], dims=("obs", "term"))
        if response.by_class:
            model.add_coord("outcome", list(response.classes))
        y = pm.Data("y_data", response.y, dims=("obs", "outcome") if response.by_class else "obs")
        trials = None
        if response.trials is not None:
            trials = pm.Data("trials", response.trials, dims="obs")
        shift = None if offset is None else pm.Data("offset", offset, dims="obs")
        values = _values(layout, prior, family)
        eta = _linear_predictors(family, values, X, shift, y.shape[0])
        if groups:
            eta = eta + group_effects(groups, covariances, response, family)
        w = None
        if weights is not None:
            w = pm.Data("weights", weights.astype(np.float64), dims="obs")
        if response.sets is not None:
            matched_sets(eta, y, response.sets, response.y, w)
            return model
        observed = OUTCOMES[family.name](family, eta, y, trials)
        if w is not None:
            each = pm.logp(observed, y)
            if family.bounded:  # what is impossible is so once, however often it counts
                each = pt.switch(pt.isinf(each), 0.0, each)
            pm.Potential("weighting", (w - 1.0) * each, dims="obs")
    return model


def _layout(design: Design, response: Response, family: Family) -> Layout:
    return layout_of(
        family.arrangement,
        design.names,
        design.term_columns,
        response.compared,
        intercept=design.intercept,
        partial=family.partial,
    )


def _values(layout: Layout, prior: CoefficientPrior, family: Family) -> dict[str, Any]:
    """Add the coefficients; return the variables of the posterior."""
    return _independent(layout, prior, family) if prior.joint is None else _joint(layout, prior)


def _joint(layout: Layout, prior: CoefficientPrior) -> dict[str, Any]:
    """Add a joint Gaussian prior, and each variable as a part of it."""
    joint = prior.joint
    assert joint is not None
    pm.modelcontext(None).add_coord("coefficient", list(layout.names))
    theta = pm.MvNormal("coefficients", mu=joint.mean, chol=joint.cholesky, dims="coefficient")
    if prior.center is not None:
        # The prior is on coefficients of the columns as given, and columns of X were moved.
        theta = pt.dot(prior.moves(np.arange(prior.size)), theta)
    return {
        variable.name: pm.Deterministic(variable.name, theta[variable.index], dims=variable.dims)
        for variable in layout.variables
    }


def _independent(layout: Layout, prior: CoefficientPrior, family: Family) -> dict[str, Any]:
    """Add independent priors, each variable a random vector of one kind where it can be."""
    values: dict[str, Any] = {}
    parts: dict[str, list[tuple[Free, Any]]] = {}
    for free in free_variables(layout, prior):
        variable = _random(free, layout, prior, values, family)
        if free.alone:
            values[free.variable.name] = variable
            continue
        parts.setdefault(free.variable.name, []).append((free, variable))
        if sum(f.positions.size for f, _ in parts[free.variable.name]) == free.variable.index.size:
            values[free.variable.name] = _join(free.variable, parts[free.variable.name])
    return values


def _join(variable: Variable, parts: list[tuple[Free, Any]]) -> Any:
    """Put the parts of a variable in their places."""
    flat = pt.zeros(variable.index.size)
    for free, value in parts:
        flat = pt.set_subtensor(flat[free.positions], value)
    return pm.Deterministic(variable.name, flat.reshape(variable.index.shape), dims=variable.dims)


def _random(
    free: Free, layout: Layout, prior: CoefficientPrior, values: dict[str, Any], family: Family
) -> Any:
    """Add one free variable."""
    if free.learned is not None:
        return learned_coefficients(free.learned, [layout.names[i] for i in free.index])
    if free.prior is None:
        assert prior.simplex is not None
        return cutpoints(
            family.name,
            family.link,
            prior.simplex.concentration,
            _at_means(free.index, layout, prior, values),
            free.variable.dims,
            _SpreadOrdered() if prior.increasing else None,
        )
    arguments: dict[str, Any] = {
        name: np.reshape(value, free.index.shape) for name, value in free.prior.parameters().items()
    }
    location = LOCATIONS.get(free.prior.name)
    if prior.center is not None and location and np.isin(free.index, prior.moved).any():
        arguments[location] = arguments[location] - _at_means(free.index, layout, prior, values)
    extra: dict[str, Any] = {}
    if free.alone and prior.increasing and np.isin(free.index, prior.increasing).all():
        extra["transform"] = _SpreadOrdered()
    dims: tuple[str, ...] = free.variable.dims
    if not free.alone:
        dim = "_".join((*dims, free.prior.name.lower()))
        pm.modelcontext(None).add_coord(dim, [layout.names[i] for i in free.index])
        dims = (dim,)
    return getattr(pm, free.prior.name)(free.name, **arguments, dims=dims, **extra)


def _at_means(
    index: np.ndarray, layout: Layout, prior: CoefficientPrior, values: dict[str, Any]
) -> Any:
    """Return the contribution of the slopes, at the predictor means, to coefficients ``index``."""
    assert prior.center is not None
    # A row for each of these coefficients; zeros for one whose prior is not moved.
    weights = np.zeros((index.size, prior.size))
    for position, coefficient in enumerate(np.ravel(index)):
        if coefficient in prior.moved:
            weights[position] = prior.center[prior.moved.index(coefficient)]
    slopes = [v for v in layout.variables if v.name.startswith("beta")]
    if not slopes:
        return np.zeros(index.shape)
    added = sum(pt.dot(weights[:, v.index.ravel()], values[v.name].flatten()) for v in slopes)
    return added[0] if index.ndim == 0 else added


def _linear_predictors(
    family: Family, values: dict[str, Any], X: Any, offset: Any, n_rows: Any
) -> Any:
    """Return the linear predictors: (obs,) for one, else (obs, predictors)."""
    beta = values.get("beta")
    if family.arrangement == "several":
        eta = pt.zeros((n_rows, family.n_eta))
        if beta is not None:
            eta = pt.dot(X, beta.T)
        if "Intercept" in values:
            eta = eta + values["Intercept"]
        return eta if offset is None else eta + offset[:, None]
    eta = pt.zeros(n_rows) if beta is None else pt.dot(X, beta)
    if offset is not None:
        eta = eta + offset
    if family.arrangement == "ordered":
        eta = values["cutpoints"] - eta[:, None]
        if family.partial:
            more = pt.dot(X[:, [j - 1 for j in family.partial]], values["beta_partial"].T)
            eta = eta - pt.concatenate([pt.zeros_like(eta[:, :1]), more], axis=1)
        return eta
    if "Intercept" in values:
        eta = eta + values["Intercept"]
    if family.arrangement == "dispersed":
        return pt.stack([eta, pt.zeros_like(eta) + values[LOG_PRECISION]], axis=1)
    return eta


def log_posterior(
    model: pm.Model,
    layout: Layout,
    prior: CoefficientPrior,
    **compile_options: Any,
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the compiled log posterior of a model from :func:`build`.

    Parameters
    ----------
    model : pymc.Model
    layout : Layout
        Of the same design, response and family.
    prior : CoefficientPrior
        The prior of the model.
    **compile_options
        Passed to ``model.compile_logp``, such as ``mode``.

    Returns
    -------
    callable
        From ``theta`` (coefficients, columns) to the log posterior of each column, (columns,),
        in nats, as :meth:`LogDensity.value` gives it.
    """
    compiled = model.compile_logp(jacobian=False, **compile_options)

    def evaluate(theta: np.ndarray) -> np.ndarray:
        return np.array(
            [compiled(dict(_point(column, model, layout, prior))) for column in theta.T]
        )

    return evaluate


def _point(
    theta: np.ndarray, model: pm.Model, layout: Layout, prior: CoefficientPrior
) -> Iterator[tuple[str, np.ndarray]]:
    """Return the value of each free variable, as PyMC holds it."""
    if prior.joint is not None:
        yield "coefficients", prior.at(theta)
        return
    for free in free_variables(layout, prior):
        variable = model[free.name]
        value = np.asarray(theta[free.index])
        if model.rvs_to_transforms[variable] is not None:
            # NaN where the order is broken: outside the transformed space.
            with np.errstate(invalid="ignore"):
                value = np.concatenate([value[:1], np.log(np.diff(value))])
        yield model.rvs_to_values[variable].name, value
