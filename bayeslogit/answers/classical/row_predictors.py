"""Linear predictors of some rows in place of coefficients, where these round away."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayeslogit.specification.density import Likelihood

__all__ = ["RowPredictors", "row_predictors"]

# Condition number up to which rows are told apart well enough.
_TURNED = 1e6


@dataclass(frozen=True, eq=False)
class RowPredictors:
    """A likelihood of the linear predictors of as many rows as there are coefficients.

    Parameters
    ----------
    rows : Likelihood
        Of those predictors.
    back : ndarray, shape (coefficients, coefficients)
        Makes coefficients of them, after the offsets are taken away.
    level : ndarray, shape (coefficients,)
        Their offsets.
    """

    rows: Likelihood
    back: np.ndarray
    level: np.ndarray

    def theta(self, eta: np.ndarray) -> np.ndarray:
        """Return coefficients, (coefficients,), from predictors of that shape."""
        theta: np.ndarray = self.back @ (eta - self.level)
        return theta


def row_predictors(
    rows: Likelihood, start: np.ndarray, weights: np.ndarray
) -> RowPredictors | None:
    """Return a likelihood by the predictors of the rows that say most; None if they are too alike.

    A heavy tail puts a share that is nearly one at a predictor of 1e8. Where another row's is near
    zero their difference, a coefficient, keeps no digits of what the data say of it.

    Parameters
    ----------
    rows : Likelihood
        Of one linear predictor, with a coefficient for each column.
    start : ndarray, shape (coefficients,)
        Where to start from.
    weights : ndarray, shape (rows,)
        The information of each row there.
    """
    from scipy.linalg import qr

    # Each row by what it says beyond those before it.
    heavy = np.sqrt(np.nan_to_num(weights))[:, None]
    own = qr((heavy * rows.X).T, mode="r", pivoting=True)[1][: rows.size]
    some = rows.X[own]
    if np.linalg.cond(some) > _TURNED:
        return None
    back = np.linalg.inv(some)
    X = rows.X @ back
    X[own] = np.eye(rows.size)
    level = np.zeros(rows.size) if rows.offset is None else rows.offset[own]
    offset = None if rows.offset is None else rows.offset - X @ level
    turned = replace(rows, X=X, offset=offset, initial=some @ start + level)
    return RowPredictors(turned, back, level)
