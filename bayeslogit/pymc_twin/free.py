"""The free variables of a model: which coefficients are one random vector of one kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit.priors import CoefficientPrior, Prior
from bayeslogit.priors.learned import Learned
from bayeslogit.specification.layout import Layout, Variable

__all__ = ["LOCATIONS", "Free", "free_variables"]

# The location parameter of each prior; a flat one has none.
LOCATIONS = {
    "Normal": "mu",
    "StudentT": "mu",
    "Cauchy": "alpha",
    "Laplace": "mu",
    "Logistic": "mu",
}


@dataclass(frozen=True, eq=False)
class Free:
    """A free variable: its coefficients, and their prior, which is of one kind.

    Parameters
    ----------
    name : str
    variable : Variable
        The variable of the posterior that it is, or belongs to.
    positions : ndarray of int
        Where its entries are in the flattened variable.
    prior : Prior, or None
        Fields are arrays, one entry per position; None for cutpoints with a prior together,
        and where scales are learned.
    alone : bool
        Whether it is the whole variable.
    learned : Learned, optional
        The set, where its scales are learned.
    """

    name: str
    variable: Variable
    positions: np.ndarray
    prior: Prior | None
    alone: bool
    learned: Learned | None = None

    @property
    def index(self) -> np.ndarray:
        """Where its entries are in ``theta``, in its own shape."""
        if self.alone:
            return self.variable.index
        index: np.ndarray = self.variable.index.ravel()[self.positions]
        return index


def free_variables(layout: Layout, prior: CoefficientPrior) -> list[Free]:
    """Return the free variables of independent priors; those that others depend on come first.

    Parameters
    ----------
    layout : Layout
    prior : CoefficientPrior
        Without a joint one.
    """
    found = []
    for variable in sorted(layout.variables, key=lambda v: not v.name.startswith("beta")):
        flat = variable.index.ravel()
        if prior.simplex is not None and np.isin(flat, prior.simplex.index).all():
            found.append(Free(variable.name, variable, np.arange(flat.size), None, True))
            continue
        parts = []
        for members, own in prior.parts:
            positions = np.flatnonzero(np.isin(flat, members))
            if positions.size:
                entries = [own.pick(int(np.flatnonzero(members == i)[0])) for i in flat[positions]]
                fields = {
                    name: np.array([entry.parameters()[name] for entry in entries], dtype=float)
                    for name in own.parameters()
                }
                parts.append((positions, type(own)(**fields)))
        sets = [part for part in prior.learned if np.isin(part.index, flat).all()]
        for part in sets:
            positions = np.array([int(np.flatnonzero(flat == i)[0]) for i in part.index])
            found.append(Free(f"z_{part.label}", variable, positions, None, False, part))
        for positions, own in parts:
            alone = len(parts) == 1 and not sets
            name = variable.name if alone else f"{variable.name}_{own.name.lower()}"
            found.append(Free(name, variable, positions, own, alone))
    return found
