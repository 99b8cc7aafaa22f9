"""Wide matrices that are nearly all zeros: a factor of many levels is an index, not a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = [
    "distinct_sparse_rows",
    "meeting",
    "nonzeros",
    "pull",
    "sparse_gram",
    "stretched",
    "thin",
    "times",
]

# Products with fewer columns, or a larger share of nonzeros, are as fast with the zeros.
_WIDE, _SHARE = 64, 0.05


def nonzeros(X: np.ndarray) -> Any:
    """Return a matrix without its zeros; as it is where it is narrow or has many other entries.

    Parameters
    ----------
    X : ndarray, shape (rows, columns)

    Returns
    -------
    csr_matrix or ndarray

    Examples
    --------
    >>> import numpy as np
    >>> nonzeros(np.eye(100)).nnz, type(nonzeros(np.eye(10))).__name__
    (100, 'ndarray')
    """
    n, p = X.shape
    if not isinstance(X, np.ndarray):
        return X  # it holds no zeros
    if p < _WIDE or np.count_nonzero(X[:: max(1, n // 64)]) > 3.0 * _SHARE * min(n, 64) * p:
        return X
    full = X != 0.0
    if np.count_nonzero(full) > _SHARE * X.size:
        return X
    from scipy.sparse import csr_matrix

    ends = np.append(0, np.cumsum(np.count_nonzero(full, axis=1)))
    places = np.flatnonzero(full)
    return csr_matrix((X.reshape(-1)[places], places % p, ends), shape=X.shape)


def times(X: Any, weights: np.ndarray) -> np.ndarray:
    """Return the products with each of several matrices, (matrices, rows, any).

    Parameters
    ----------
    X : ndarray or csr_matrix, shape (rows, columns)
    weights : ndarray, shape (matrices, columns, any)
    """
    if isinstance(X, np.ndarray):
        product: np.ndarray = X @ weights
        return product
    return np.stack([X @ one for one in weights])


def pull(X: Any, slope: np.ndarray) -> np.ndarray:
    """Return the products of the transpose with each of several, (matrices, columns, any).

    Parameters
    ----------
    X : ndarray or csr_matrix, shape (rows, columns)
    slope : ndarray, shape (matrices, rows, any)
    """
    return times(X.T, slope)


def sparse_gram(X: csr_matrix, weights: np.ndarray) -> np.ndarray:
    """Return ``X' diag(weights) X``, symmetric, with its zeros.

    Parameters
    ----------
    X : csr_matrix, shape (rows, columns)
    weights : ndarray, shape (rows,)

    Examples
    --------
    >>> import numpy as np
    >>> X = nonzeros(np.eye(100))
    >>> float(sparse_gram(X, np.arange(100.0)).trace())
    4950.0
    """
    scaled = X.copy()
    scaled.data *= np.repeat(weights, np.diff(X.indptr))
    product = X.T @ scaled
    symmetric: np.ndarray = (0.5 * (product + product.T)).toarray()
    return symmetric


def distinct_sparse_rows(X: csr_matrix) -> tuple[np.ndarray, np.ndarray] | None:
    """Return one row of each set of equal rows, and the set of each row, if that is quickly found.

    Rows are told apart by one random sum of their entries; None if that fails.

    Parameters
    ----------
    X : csr_matrix, shape (rows, columns)

    Returns
    -------
    first : ndarray of int, shape (sets,)
        Position of the first row of each set.
    inverse : ndarray of int, shape (rows,)
        Set of each row.

    Examples
    --------
    >>> import numpy as np
    >>> first, inverse = distinct_sparse_rows(nonzeros(np.eye(100)[[2, 5, 2]]))
    >>> len(first), bool(inverse[0] == inverse[2] != inverse[1])
    (2, True)
    """
    sums = X @ np.random.default_rng(0).random(X.shape[1])
    _, first, inverse = np.unique(sums, return_index=True, return_inverse=True)
    return None if (X[first][inverse] != X).nnz else (first, inverse)


def thin(matrices: list[csr_matrix]) -> list[Any]:
    """Return sparse matrices as they are where most entries are zero, else all as arrays.

    Parameters
    ----------
    matrices : list of csr_matrix
    """
    size = sum(matrix.shape[0] * matrix.shape[1] for matrix in matrices)
    if sum(matrix.nnz for matrix in matrices) <= 0.2 * size:
        return list(matrices)
    return [matrix.toarray() for matrix in matrices]


def stretched(matrix: Any, by: np.ndarray) -> Any:
    """Return a matrix with each row multiplied by a number, of the same kind.

    Parameters
    ----------
    matrix : ndarray or csr_matrix, shape (rows, columns)
    by : ndarray, shape (rows,)
    """
    if isinstance(matrix, np.ndarray):
        return by[:, None] * matrix
    made = matrix.copy()
    made.data *= np.repeat(by, np.diff(made.indptr))
    return made


def meeting(matrix: Any, dense: np.ndarray) -> np.ndarray:
    """Return the inner product of each row of a matrix with that of another, (rows,).

    Parameters
    ----------
    matrix : ndarray or csr_matrix, shape (rows, columns)
    dense : ndarray, shape (rows, columns)

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_matrix
    >>> meeting(csr_matrix(np.eye(2)), np.array([[3.0, 4.0], [5.0, 6.0]]))
    array([3., 6.])
    """
    if isinstance(matrix, np.ndarray):
        products: np.ndarray = np.einsum("nc,nc->n", matrix, dense)
        return products
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    each = matrix.data * dense[rows, matrix.indices]
    return np.bincount(rows, each, minlength=matrix.shape[0])
