"""Products of a matrix with its transpose and weights between."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayeslogit.numerics.sparse import sparse_gram

__all__ = ["cross", "gram"]

# Matrix products of at most so many multiplications run without copying their arguments, which
# for fewer columns than this saves more than symmetry would.
_SMALL_PRODUCT, _NARROW = 700_000, 40


def gram(X: Any, weights: np.ndarray) -> np.ndarray:
    """Return ``X' diag(weights) X``, symmetric up to rounding.

    Parameters
    ----------
    X : ndarray or csr_matrix, shape (rows, columns)
    weights : ndarray, shape (rows,)

    Examples
    --------
    >>> import numpy as np
    >>> gram(np.eye(2), np.array([1.0, 3.0]))
    array([[1., 0.],
           [0., 3.]])
    """
    if not isinstance(X, np.ndarray):
        return sparse_gram(X, weights)
    n, p = X.shape
    if p >= _NARROW and weights.min() >= 0.0:
        # A product of a matrix with its own transpose costs half of a general one.
        root = X * np.sqrt(weights)[:, None]
        product: np.ndarray = root.T @ root
        return product
    result = np.zeros((p, p))
    step = max(256, _SMALL_PRODUCT // max(1, p**2))
    room = np.empty((min(step, n), p))
    for start in range(0, n, step):
        part = X[start : start + step]
        scaled = np.multiply(part, weights[start : start + step, None], out=room[: len(part)])
        result += part.T @ scaled
    return result


def cross(X: Any, weights: np.ndarray) -> np.ndarray:
    """Return ``X' diag(weights) X`` for weights of either sign, of each pair of predictors.

    Parameters
    ----------
    X : ndarray or csr_matrix, shape (rows, columns)
    weights : ndarray, shape (predictors, predictors, rows)
        Symmetric in its first two axes.

    Returns
    -------
    ndarray, shape (predictors, columns, predictors, columns)

    Examples
    --------
    >>> import numpy as np
    >>> weights = np.array([[[1.0, 1.0], [0.0, -1.0]], [[0.0, -1.0], [2.0, 2.0]]])
    >>> cross(np.eye(2), weights).reshape(4, 4)
    array([[ 1.,  0.,  0.,  0.],
           [ 0.,  1.,  0., -1.],
           [ 0.,  0.,  2.,  0.],
           [ 0., -1.,  0.,  2.]])
    """
    L, p = len(weights), X.shape[1]
    result = np.empty((L, p, L, p))
    if isinstance(X, np.ndarray) and p < L:
        # Products of few columns once, for all pairs of many predictors.
        i, j = np.triu_indices(p)
        found = (weights.reshape(L * L, -1) @ (X[:, i] * X[:, j])).reshape(L, L, -1)
        for k, (a, b) in enumerate(zip(i, j, strict=True)):
            result[:, a, :, b] = result[:, b, :, a] = found[:, :, k]
        return result
    for a, b in zip(*np.triu_indices(L), strict=True):
        if isinstance(X, np.ndarray):
            result[a, :, b] = X.T @ (X * weights[a, b][:, None])
        else:
            result[a, :, b] = sparse_gram(X, weights[a, b])
        result[b, :, a] = result[a, :, b]
    return result
