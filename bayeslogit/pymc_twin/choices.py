"""Choices among alternatives in PyMC: utilities, and which of a set is chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayeslogit.design import Design
from bayeslogit.pymc_twin.matched import matched_sets
from bayeslogit.response import Response
from bayeslogit.specification.layout import Layout

__all__ = ["choices"]


def choices(
    design: Design,
    response: Response,
    layout: Layout,
    values: dict[str, Any],
    *,
    weights: Any,
    offset: np.ndarray | None,
) -> None:
    """Add the observed variable ``y``, (obs,), 1 for the chosen row of each set.

    Parameters
    ----------
    design : Design
    response : Response
        With sets and alternatives.
    layout : Layout
    values : dict
        Variables ``beta``, and ``Intercept`` and ``beta_case`` of each alternative but the first,
        as there are.
    weights : tensor of shape (obs,), or None
    offset : ndarray of shape (obs,), or None
    """
    sets, among = response.sets, response.alternatives
    assert sets is not None
    assert among is not None
    columns = {name: j for j, name in enumerate(design.names)}

    def data(name: str, dim: str) -> Any:
        own = [columns[label] for label in layout.coords[dim]]
        return pm.Data(name, design.X[:, own], dims=("obs", dim))

    y = pm.Data("y_data", response.y, dims="obs")
    alternative = pm.Data("alternative_data", among.codes, dims="obs")
    utility: Any = pt.zeros(y.shape[0])
    if "beta" in values:
        utility = utility + pt.dot(data("X", "term"), values["beta"])
    # The first alternative is what others are compared with: its own coefficients are zero.
    if "Intercept" in values:
        utility = utility + pt.concatenate([[0.0], values["Intercept"]])[alternative]
    if "beta_case" in values:
        own = values["beta_case"]
        each = pt.concatenate([pt.zeros_like(own[:1]), own])
        utility = utility + (data("Z", "case_term") * each[alternative]).sum(axis=1)
    if offset is not None:
        utility = utility + pm.Data("offset", offset, dims="obs")
    matched_sets(utility, y, sets, response.y, weights)
