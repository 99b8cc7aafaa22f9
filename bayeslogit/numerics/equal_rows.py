"""Equal rows of a table, so that each is computed once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["equal_rows"]


def equal_rows(keys: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray] | None:
    """Return one row of each set of equal rows, and the set of each row; None if most differ.

    Parameters
    ----------
    keys : sequence of ndarray, each of shape (rows,)
        Rows are equal if they agree in all of these.

    Returns
    -------
    first : ndarray of int, shape (sets,)
        Position of the first row of each set.
    inverse : ndarray of int, shape (rows,)
        Set of each row.
    """
    n = len(keys[0])
    few = np.arange(0, n, max(1, n // 2048))
    if n < 2 or len(np.unique(_labels([key[few] for key in keys]))) > 0.9 * len(few):
        return None
    _, first, inverse = np.unique(_labels(keys), return_index=True, return_inverse=True)
    return None if len(first) > 0.9 * n else (first, inverse.ravel())


def _labels(keys: Sequence[np.ndarray]) -> np.ndarray:
    """Return one integer for each row, the same for rows that agree in every key."""
    labels, count = np.zeros(len(keys[0]), dtype=np.int64), 1
    for key in keys:
        found, codes = np.unique(key, return_inverse=True)
        if count * len(found) >= 2**62:
            kept, labels = np.unique(labels, return_inverse=True)
            count = len(kept)
        labels = labels * len(found) + codes.ravel()
        count *= len(found)
    return labels
