"""Newton's step, and which coefficients it takes one by one: the levels of a factor."""

from __future__ import annotations

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.numerics.arrow import Arrow
from bayeslogit.specification.density import LogDensity

__all__ = ["arrow_of", "newton_step"]

# More other coefficients than this share of all cost as much as no elimination.
_CORE = 0.3


def arrow_of(density: LogDensity) -> Arrow | None:
    """Return where second derivatives of a log posterior are not diagonal; None if nearly all are.

    Coefficients whose columns share no row have no mixed derivative by the likelihood. The prior
    of an intercept at the means of the predictors adds the product of one vector with itself.

    Parameters
    ----------
    density : LogDensity

    Examples
    --------
    >>> import bayeslogit as bl
    >>> table = {"g": [f"g{i // 2:02}" for i in range(200)], "y": [0, 1, 1, 0] * 50}
    >>> arrow_of(bl.logistic("y ~ g", table).density).core
    array([0])
    """
    rows, prior = density.rows, density.prior
    wide = rows.table is not rows.X and rows.family.single and rows.basis is None
    if not wide or prior.joint is not None or not prior.gaussian:
        return None
    columns = rows.table.tocsc()
    ends = columns.indptr
    taken, outer = np.zeros(len(rows.X), dtype=bool), []
    for j in np.argsort(np.diff(ends), kind="stable"):
        own = columns.indices[ends[j] : ends[j + 1]]
        if not taken[own].any():
            taken[own] = True
            outer.append(j)
    core = np.setdiff1d(np.arange(density.size), outer)
    if len(core) > _CORE * density.size:
        return None
    spikes = np.zeros((density.size, 0))
    if prior.center is not None:
        curvature = np.zeros((density.size, 1))
        for index, part in prior.parts:
            curvature[index] = part.curvature(curvature[index])
        spikes = prior.center.T * np.sqrt(curvature[list(prior.moved), 0])
    return Arrow(np.sort(outer), core, spikes)


def newton_step(
    precision: np.ndarray, gradient: np.ndarray, arrow: Arrow | None
) -> tuple[np.ndarray, bool]:
    """Return an ascent step, and whether the curvature is positive definite.

    Where it is not, the step is regularised.

    Parameters
    ----------
    precision : ndarray, shape (coefficients, coefficients)
        Minus the second derivatives.
    gradient : ndarray, shape (coefficients,)
    arrow : Arrow, optional
        Where the precision is not diagonal.

    Raises
    ------
    FitFailed
        If the curvature is not finite.
    """
    if arrow is not None:
        try:
            return arrow.solve(precision, gradient[:, None])[:, 0], True
        except np.linalg.LinAlgError:
            pass
    scale = 1.0 / np.sqrt(np.maximum(np.abs(precision.diagonal()), 1e-300))
    scaled = precision * scale * scale[:, None]
    ridge = 0.0
    for _ in range(60 if np.isfinite(scaled).all() else 0):
        curved = scaled + ridge * np.eye(len(scale)) if ridge else scaled
        try:
            np.linalg.cholesky(curved)  # fails unless all curvatures are positive
            return scale * np.linalg.solve(curved, scale * gradient), ridge == 0.0
        except np.linalg.LinAlgError:
            ridge = max(10.0 * ridge, 1e-14)
    raise FitFailed(
        "the curvature of the log posterior is not finite; expected finite second derivatives; "
        "check the scale of the predictors and of the priors"
    )
