"""Coefficients with learned scales in PyMC, non-centred, as a person would write them.

Importing this module imports PyMC.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayeslogit.priors.gaussian_process import GaussianProcess
from bayeslogit.priors.hierarchical import Hierarchical
from bayeslogit.priors.learned import Learned
from bayeslogit.priors.monotonic import Monotonic
from bayeslogit.priors.scales import ScalePrior
from bayeslogit.priors.shrinkage import R2D2, Horseshoe

__all__ = ["learned_coefficients", "scale_variable"]


def scale_variable(name: str, scale: ScalePrior) -> Any:
    """Add a standard deviation to the model in context.

    Parameters
    ----------
    name : str
        Of the variable.
    scale : ScalePrior
    """
    # Arrays keep their digits; PyTensor may take a number of Python in single precision.
    arguments = {key: np.array(value) for key, value in vars(scale).items()}
    if scale.name == "Exponential":
        arguments = {"lam": 1.0 / arguments["scale"]}
    return getattr(pm, scale.name)(name, **arguments)


def _hierarchical(part: Learned, prior: Hierarchical) -> Any:
    """Return the standard deviation that all coefficients of a set share."""
    return scale_variable(f"sd_{part.label}", prior.sd)


def _horseshoe(part: Learned, prior: Horseshoe) -> Any:
    """Return global times local scales, bounded by the slab."""
    tau = pm.HalfCauchy(f"global_{part.label}", np.array(prior.scale))
    local = pm.HalfCauchy(f"local_{part.label}", 1.0, dims=f"{part.label}_term")
    half = np.array(0.5 * prior.df)
    variance = pm.InverseGamma(f"slab_variance_{part.label}", half, half * prior.slab**2)
    pm.Deterministic(f"slab_{part.label}", pt.sqrt(variance))
    return tau * local * pt.sqrt(variance / (variance + tau**2 * local**2))


def _r2d2(part: Learned, prior: R2D2) -> Any:
    """Return the roots of the shares of what is explained."""
    a, b = np.array([prior.mean, 1.0 - prior.mean]) * prior.precision
    r2 = pm.Beta(f"R2_{part.label}", a, b)
    dim = f"{part.label}_term"
    share = pm.Dirichlet(f"share_{part.label}", np.full(part.size, prior.concentration), dims=dim)
    return pt.sqrt(share * r2 / (1.0 - r2))


def _process(part: Learned, prior: GaussianProcess) -> Any:
    """Return roots of the spectral density at the frequencies of the basis."""
    half, boundary, functions = prior.basis
    low, high = (value / half for value in prior.interval)
    sd = scale_variable(f"sd_{part.label}", prior.sd)
    middle, spread = 0.5 * np.log(low * high), np.log(high / low) / (2.0 * 1.959963984540054)
    own = pm.LogNormal(f"length_in_half_ranges_{part.label}", np.array(middle), np.array(spread))
    pm.Deterministic(f"length_{part.label}", half * own)
    frequency = np.arange(1, functions + 1) * (0.5 * np.pi / boundary)
    density = np.sqrt(2.0 * np.pi) * own * pt.exp(-0.5 * (own * frequency) ** 2)
    return sd * pt.sqrt(density)


def _monotonic(part: Learned, prior: Monotonic) -> Any:
    """Return the coefficients of the steps: an average step, shared out."""
    mu, sigma = (np.array(value) for value in (prior.size.mu, prior.size.sigma))
    step = pm.Normal(f"step_{part.label}", mu, sigma)
    if part.size == 1:
        return step[None]
    each = np.broadcast_to(prior.concentration, (part.size,)).astype(float)
    share = pm.Dirichlet(f"share_{part.label}", each, dims=f"{part.label}_term")
    return part.size * step * share


_SCALES: dict[str, Callable[..., Any]] = {
    "Hierarchical": _hierarchical,
    "Horseshoe": _horseshoe,
    "R2D2": _r2d2,
    "GaussianProcess": _process,
}


def learned_coefficients(part: Learned, names: Sequence[str]) -> Any:
    """Add the coefficients of a set to the model in context, and return them, (size,).

    Parameters
    ----------
    part : Learned
    names : sequence of str
        Of the coefficients; labels of the dim of the standard Gaussian variable ``z_label``.
    """
    dim = f"{part.label}_term"
    pm.modelcontext(None).add_coord(dim, list(names))
    if isinstance(part.prior, Monotonic):
        return _monotonic(part, part.prior)
    scale = _SCALES[part.prior.name](part, part.prior)
    z = pm.Normal(f"z_{part.label}", 0.0, 1.0, dims=dim)
    if np.all(part.unit == 1.0):
        return scale * z
    return part.unit * scale * z
