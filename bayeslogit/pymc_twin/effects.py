"""Group-level terms in PyMC: non-centred effects with their standard deviations and correlations.

Importing this module imports PyMC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayeslogit.design.grouping import Grouping
from bayeslogit.families import Family
from bayeslogit.priors.covariance import Covariance
from bayeslogit.priors.scales import ScalePrior
from bayeslogit.response import Response

__all__ = ["group_effects"]


def group_effects(
    groups: Sequence[Grouping],
    covariances: Sequence[Covariance],
    response: Response,
    family: Family,
) -> Any:
    """Add group-level terms to the model in context, and return what they add to the predictors.

    Each term has the variables ``sd_g``, ``z_g`` (group, effect), where effects are correlated
    the Cholesky factor ``chol_g``, and the effects ``u_g``; the data ``g_code`` and ``Z_g``.

    Parameters
    ----------
    groups : sequence of Grouping
    covariances : sequence of Covariance
    response : Response
    family : Family

    Returns
    -------
    A tensor of shape (obs,), or (obs, predictors) where there are several.
    """
    several = family.arrangement == "several"
    shared = Counter(group.factor for group in groups)
    total: Any = 0.0
    for group, covariance in zip(groups, covariances, strict=True):
        suffix = group.factor if shared[group.factor] == 1 else group.name
        u = _effects(group, covariance, suffix, response.classes[1:] if several else ())
        code = pm.Data(f"{suffix}_code", group.codes, dims="obs")
        # An effect on the level alone needs no column of ones.
        level = group.effects == ("Intercept",)
        Z = None if level else pm.Data(f"Z_{suffix}", group.Z, dims=("obs", f"{suffix}_slope"))
        count = len(group.effects)
        parts = []
        for start in range(0, covariance.effects, count):
            mine = u[code, start : start + count]
            parts.append(mine[:, 0] if Z is None else (Z * mine).sum(axis=1))
        total = total + (pt.stack(parts, axis=1) if several else parts[0])
    if family.arrangement == "ordered":
        return -total[:, None]
    if family.arrangement == "dispersed":
        return pt.stack([total, pt.zeros_like(total)], axis=1)
    return total


def _effects(group: Grouping, covariance: Covariance, suffix: str, classes: Sequence[str]) -> Any:
    """Add the effects of one term, (group, effect)."""
    model = pm.modelcontext(None)
    labels = [f"{c}: {e}" for c in classes for e in group.effects] if classes else group.effects
    dims = (f"{group.factor}_group", f"{suffix}_effect")
    for dim, names in zip(
        (*dims, f"{suffix}_slope"), (group.levels, labels, group.effects), strict=True
    ):
        if dim not in model.coords:
            model.add_coord(dim, list(names))
    z = pm.Normal(f"z_{suffix}", 0.0, 1.0, dims=dims)
    if covariance.partials:
        chol, _, sd = pm.LKJCholeskyCov(
            f"chol_{suffix}",
            n=covariance.effects,
            eta=covariance.correlation.eta,  # type: ignore[union-attr]
            sd_dist=_density(covariance.scales),
            compute_corr=True,
        )
        pm.Deterministic(f"sd_{suffix}", sd, dims=dims[1])
        return pm.Deterministic(f"u_{suffix}", pt.dot(z, chol.T), dims=dims)
    known = [scale for scale in covariance.scales if not scale.learned]
    if len(known) == covariance.effects:
        sd = pt.as_tensor_variable(np.array([scale.sd for scale in known]))  # type: ignore[attr-defined]
    else:
        sd = _random(f"sd_{suffix}", covariance.scales, dims[1])
    return pm.Deterministic(f"u_{suffix}", z * sd, dims=dims)


def _arguments(scales: Sequence[ScalePrior]) -> tuple[str, dict[str, np.ndarray]]:
    """Return the PyMC distribution of standard deviations of one kind, and its arguments."""
    kind = scales[0]
    fields = {name: np.array([getattr(s, name) for s in scales]) for name in vars(kind)}
    if kind.name == "Exponential":
        return "Exponential", {"lam": 1.0 / fields["scale"]}
    return kind.name, fields


def _density(scales: Sequence[ScalePrior]) -> Any:
    name, arguments = _arguments(scales)
    return getattr(pm, name).dist(**arguments, shape=len(scales))


def _random(variable: str, scales: Sequence[ScalePrior], dim: str) -> Any:
    """Add independent standard deviations, one vector where their priors are of one kind."""
    if len({scale.name for scale in scales}) == 1:
        name, arguments = _arguments(scales)
        return getattr(pm, name)(variable, **arguments, dims=dim)
    parts = []
    for i, scale in enumerate(scales):
        if not scale.learned:
            parts.append(pt.as_tensor_variable(scale.sd))  # type: ignore[attr-defined]
            continue
        name, arguments = _arguments([scale])
        single = {key: float(value[0]) for key, value in arguments.items()}
        parts.append(getattr(pm, name)(f"{variable}_{i}", **single))
    return pm.Deterministic(variable, pt.stack(parts), dims=dim)
