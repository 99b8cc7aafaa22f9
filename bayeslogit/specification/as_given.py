"""Coefficients of columns as given, where columns of the design were moved near zero.

Methods work on moved columns, whose intercept is that at the centre of the rows. What a user
gives and reads is about the columns as they are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayeslogit.priors import CoefficientPrior
from bayeslogit.specification.layout import Layout

__all__ = ["as_given", "moved_layout", "moved_prior"]


def moved_layout(layout: Layout, shift: np.ndarray | None, predictors: int) -> Layout:
    """Return the layout of a design whose columns may have been moved.

    Parameters
    ----------
    layout : Layout
        Of the columns as given.
    shift : ndarray of shape (columns,), or None
        What was subtracted from each column.
    predictors : int
        Linear predictors per row.
    """
    if shift is None:
        return layout
    size, given = len(layout.names), {}
    if layout.alternatives:
        # What all alternatives share cancels; an intercept has its own alternative's slopes.
        columns, whose = np.array(layout.columns), np.array(layout.alternatives)
        for i in np.flatnonzero((columns == 0) & (whose > 0)):
            added = shift[columns] * (whose == whose[i])
            if added.any():
                given[int(i)] = np.eye(size)[i] - added
        return replace(layout, given=given)
    for k in range(predictors):
        if layout.basis is None:
            weights = np.eye(len(shift), size, k * len(shift))
        else:
            weights = layout.basis.reshape(predictors, len(shift), size)[k]
        # ``x b = (x - shift) b + shift b``: what the slopes add is taken from the intercept.
        if weights[0].any() and (added := shift @ weights).any():
            given[int(np.flatnonzero(weights[0])[0])] = weights[0] - added
    return replace(layout, given=given)


def as_given(layout: Layout, values: np.ndarray, axis: int = 0) -> np.ndarray:
    """Return coefficients of the columns as given, from those of the columns of the design.

    Parameters
    ----------
    layout : Layout
    values : ndarray
        Coefficients along one axis; the same array where no column was moved.
    axis : int

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("y ~ x", {"y": [0, 1, 0, 1], "x": [1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3]})
    >>> as_given(model.layout, np.array([0.5, 2.0])).round()
    array([-2.e+09,  2.e+00])
    """
    if not layout.given:
        return values
    result = np.array(values)
    for place, weights in layout.given.items():
        used = np.flatnonzero(weights)
        total = np.tensordot(weights[used], np.take(values, used, axis), (0, axis))
        np.moveaxis(result, axis, 0)[place] = total
    return result


def moved_prior(prior: CoefficientPrior, layout: Layout) -> CoefficientPrior:
    """Return a prior of the coefficients as given, as a density on those of the design.

    Priors of intercepts that hold at the predictor means are about the same in both.

    Parameters
    ----------
    prior : CoefficientPrior
        Its intercepts and cutpoints as the user has written them.
    layout : Layout
    """
    before = () if prior.center is None else prior.moved
    flat = prior.flat
    places = tuple(i for i in layout.given if i not in before and not flat[i])
    if not places:
        return prior
    center = np.stack([layout.given[i] for i in places])
    if prior.center is not None:
        center = np.concatenate([prior.center, center])
    return replace(prior, center=center, moved=before + places, as_given=places)
