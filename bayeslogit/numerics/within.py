"""Shares within sets of neighbouring rows."""

from __future__ import annotations

import numpy as np

__all__ = ["shares_within"]


def shares_within(logs: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return exponentials as shares of their sum in each set, (rows, columns).

    Parameters
    ----------
    logs : ndarray, shape (rows, columns)
        The rows of a set one after another.
    start : ndarray of int, shape (sets,)
        The first row of each, rising from 0; no set is empty.

    Examples
    --------
    >>> shares_within(np.log([[1.0], [3.0], [5.0]]), np.array([0, 2]))[:, 0].round(2).tolist()
    [0.25, 0.75, 1.0]
    """
    size = np.diff(np.append(start, len(logs)))
    shares = np.exp(logs - np.repeat(np.maximum.reduceat(logs, start), size, axis=0))
    shares /= np.repeat(np.add.reduceat(shares, start), size, axis=0)
    return np.asarray(shares)
