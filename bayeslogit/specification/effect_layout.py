"""The layout of a model with group-level terms: its coefficients, then the effects of groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from bayeslogit.specification.layout import Layout, Scale, Variable

__all__ = ["with_effects"]


@dataclass(frozen=True, eq=False)
class _Spread:
    """How coefficients and effects make the weights of columns: a basis without its zeros.

    Parameters
    ----------
    basis : ndarray, shape (predictors x columns, coefficients), or None
        Of the coefficients alone.
    columns, coefficients : int
        Their numbers, without effects.
    effects : ndarray of int, shape (repeats, columns of effects)
        Positions of the effects in ``theta``.
    signs : ndarray, shape (predictors, repeats)
        How each repeat of the effects enters the linear predictors.
    """

    basis: np.ndarray | None
    columns: int
    coefficients: int
    effects: np.ndarray
    signs: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the matrix written out."""
        width = self.columns + self.effects.shape[1]
        return len(self.signs) * width, self.coefficients + self.effects.size

    def __matmul__(self, theta: np.ndarray) -> np.ndarray:
        """Return the weights, (predictors x columns, draws)."""
        L, draws, p = len(self.signs), theta.shape[1], self.columns
        fixed = theta[: self.coefficients]
        result = np.zeros((L, p + self.effects.shape[1], draws))
        weights = fixed if self.basis is None else self.basis @ fixed
        result[:, :p] = weights.reshape(L, p, draws)
        for mine, signs in zip(result, self.signs, strict=True):
            for places, sign in zip(self.effects, signs, strict=True):
                if sign:
                    mine[p:] += sign * theta[places]
        return result.reshape(-1, draws)


def with_effects(
    fixed: Layout,
    groups: Sequence[tuple[str, str, tuple[str, ...], tuple[str, ...]]],
    repeats: Sequence[str],
    signs: np.ndarray,
) -> Layout:
    """Return a layout in which the effects of groups are variables of their own, and come last.

    Parameters
    ----------
    fixed : Layout
        Of the model without them.
    groups : sequence of (factor, term, effects, levels)
        The group-level terms, in the order of their columns.
    repeats : sequence of str
        Classes that have effects of their own; empty where all share one.
    signs : ndarray, shape (predictors, repeats)
        How each repeat of the effects enters the linear predictors.
    """
    variables, coords = list(fixed.variables), dict(fixed.coords)
    shared = Counter(factor for factor, *_ in groups)
    width, at = max(fixed.columns) + 1, len(fixed.names)
    scales, places, names, columns = [], [], list(fixed.names), list(fixed.columns)
    column = width
    for factor, term, effects, levels in groups:
        labels = tuple(f"{c}: {e}" for c in repeats for e in effects) if repeats else effects
        size = len(labels) * len(levels)
        index = at + np.arange(size).reshape(len(labels), len(levels))
        at += size
        names += [f"{label} | {factor}[{level}]" for label in labels for level in levels]
        own = np.arange(len(effects) * len(levels))
        columns += (column + np.tile(own, size // len(own))).tolist()
        column += len(own)
        places.append(index.reshape(-1, len(own)))
        suffix = factor if shared[factor] == 1 else term
        scales.append(Scale(term, factor, suffix, labels, index))
        dims = (f"{factor}_group", f"{suffix}_effect")
        variables.append(Variable(f"u_{suffix}", dims, index.T))
        coords |= {dims[0]: levels, dims[1]: labels}
    basis = fixed.basis
    if basis is not None or len(signs) > 1:
        effects_at = np.concatenate(places, axis=1)
        spread = _Spread(basis, width, len(fixed.names), effects_at, signs)
        basis = cast("np.ndarray", spread)
    return replace(
        fixed,
        names=tuple(names),
        columns=tuple(columns),
        variables=tuple(variables),
        coords=coords,
        basis=basis,
        scales=tuple(scales),
    )
