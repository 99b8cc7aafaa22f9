"""The layout of a family's coefficients: names, order, and the posterior variables.

Every method works on a vector ``theta``. A layout gives its entries their names, and spreads
coefficients that several linear predictors share over these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

__all__ = ["LOG_PRECISION", "Layout", "Scale", "Variable"]

# Name of the coefficient and variable of a beta-binomial model: the log of its precision.
LOG_PRECISION = "log_precision"


@dataclass(frozen=True, eq=False)
class Variable:
    """A variable of the posterior, such as ``beta`` with dim ``term``.

    Parameters
    ----------
    name : str
    dims : tuple of str
        Besides ``chain`` and ``draw``.
    index : ndarray of int, of the shape of ``dims``
        Positions of its entries in ``theta``.
    """

    name: str
    dims: tuple[str, ...]
    index: np.ndarray


@dataclass(frozen=True, eq=False)
class Scale:
    """What a group-level term learns beside its effects, and where its effects are.

    Parameters
    ----------
    term, factor : str
        The term and its grouping.
    suffix : str
        Ending of its variables: ``sd_school``, ``cor_school``, ``u_school``.
    effects : tuple of str
        Names of the effects of a group; class by class where there are several.
    index : ndarray of int, shape (effects, levels)
        Positions of the effects in ``theta``.
    """

    term: str
    factor: str
    suffix: str
    effects: tuple[str, ...]
    index: np.ndarray


@dataclass(frozen=True, eq=False)
class Layout:
    """Names of the coefficients in ``theta``, and how they make the linear predictors.

    Parameters
    ----------
    names : tuple of str
        Coefficient names.
    places : dict of str to tuple of int
        Names that ``priors=`` takes besides those of single coefficients, each to positions in
        ``theta``.
    slopes : tuple of int
        Positions of the coefficients that are neither intercepts nor cutpoints.
    columns : tuple of int
        The column of the design that each coefficient multiplies.
    variables : tuple of Variable
    coords : dict of str to tuple of str
        Labels of the dims of the variables.
    basis : ndarray, shape (predictors x columns, coefficients), optional
        How coefficients make the weights of each column in each linear predictor; by default
        each weight is a coefficient. With group-level terms it is held without its zeros.
    scales : tuple of Scale
        The group-level terms.
    given : dict of int to ndarray of shape (coefficients,)
        Where columns of the design were moved: the intercepts and cutpoints that differ from
        those of the columns as given, each to the combination of ``theta`` that is the latter.
    alternatives : tuple of int
        In models of choice, the alternative that each coefficient belongs to; 0 for all of them.
    """

    names: tuple[str, ...]
    places: dict[str, tuple[int, ...]]
    slopes: tuple[int, ...]
    columns: tuple[int, ...]
    variables: tuple[Variable, ...]
    coords: dict[str, tuple[str, ...]]
    basis: np.ndarray | None = None
    scales: tuple[Scale, ...] = ()
    given: dict[int, np.ndarray] = field(default_factory=dict)
    alternatives: tuple[int, ...] = ()

    def of_rows(self, X: np.ndarray, codes: np.ndarray | None = None) -> np.ndarray:
        """Return the column of each coefficient, (rows, coefficients): 0 where it is not the row's.

        Parameters
        ----------
        X : ndarray, shape (rows, columns)
            Of the design.
        codes : ndarray of int, shape (rows,), optional
            The alternative of each row.
        """
        found: np.ndarray = X[:, list(self.columns)]
        if codes is None:
            return found
        own = np.array(self.alternatives)
        found *= (own == 0) | (own == codes[:, None])
        return found

    @cached_property
    def fixed(self) -> np.ndarray:
        """Positions in ``theta`` of the coefficients that are not effects of groups."""
        effects = [scale.index.ravel() for scale in self.scales]
        return np.setdiff1d(
            np.arange(len(self.names)), np.concatenate([*effects, np.zeros(0, int)])
        )

    @property
    def triples(self) -> tuple[tuple[str, tuple[str, ...], np.ndarray], ...]:
        """Name, dims and index of each variable."""
        return tuple((v.name, v.dims, v.index) for v in self.variables)
