"""Coefficients with learned scales in PyMC, non-centred, as a person would write them.

Importing this module imports PyMC.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pymc as pm

from bayeslogit.priors.learned import Hierarchical, Learned
from bayeslogit.priors.scales import ScalePrior

__all__ = ["learned_coefficients", "scale_variable"]


def scale_variable(name: str, scale: ScalePrior) -> Any:
    """Add a standard deviation to the model in context.

    Parameters
    ----------
    name : str
        Of the variable.
    scale : ScalePrior
    """
    arguments = dict(vars(scale))
    if scale.name == "Exponential":
        arguments = {"lam": 1.0 / arguments["scale"]}
    return getattr(pm, scale.name)(name, **arguments)


def _hierarchical(part: Learned, prior: Hierarchical) -> Any:
    """Return the standard deviation that all coefficients of a set share."""
    return scale_variable(f"sd_{part.label}", prior.sd)


_SCALES: dict[str, Callable[..., Any]] = {"Hierarchical": _hierarchical}


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
    scale = _SCALES[part.prior.name](part, part.prior)
    z = pm.Normal(f"z_{part.label}", 0.0, 1.0, dims=dim)
    if np.all(part.unit == 1.0):
        return scale * z
    return part.unit * scale * z
