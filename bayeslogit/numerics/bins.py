"""Binning of values, equal ones together."""

from __future__ import annotations

import numpy as np

__all__ = ["bin_by", "bins_of", "used_bins"]

_MOST = 1_000_000  # bins; more than there are rows are as many as rows

MOST_BINS = 20
# Distinct values up to which each is a bin of its own.
_FEW_VALUES = 12


def bins_of(
    x: np.ndarray, total: np.ndarray, most: int = MOST_BINS
) -> tuple[np.ndarray, np.ndarray]:
    """Put rows into bins of about equal totals; rows with equal values stay together.

    Parameters
    ----------
    x : ndarray, shape (rows,)
        Values, on any scale.
    total : ndarray, shape (rows,)
        Weighted cases of each row, zero or more.
    most : int, default 20
        Largest number of bins, and of distinct values that get a bin each.

    Returns
    -------
    code : ndarray of int, shape (rows,)
        Bin of each row, from 0 and increasing with ``x``.
    centre : ndarray, shape (bins,)
        Mean value of the cases in each bin.
    """
    values, code = np.unique(x, return_inverse=True)
    if len(values) > most:
        order = np.argsort(x, kind="stable")
        position = np.empty(len(x))
        position[order] = np.cumsum(total[order]) - 0.5 * total[order]
        bins = int(np.clip(len(x) // 25, 5, most))
        code = np.minimum((position / total.sum() * bins).astype(int), bins - 1)
        # Rows with equal values belong together.
        first = np.full(len(values), bins)
        which = np.searchsorted(values, x)
        np.minimum.at(first, which, code)
        _, code = np.unique(first[which], return_inverse=True)
    weight = np.bincount(code, total)
    return code, np.bincount(code, x * total) / weight


def bin_by(
    values: np.ndarray, cases: np.ndarray, bins: int | None, *, most: int = 40
) -> tuple[np.ndarray, np.ndarray]:
    """Put rows into bins of like values with about equal cases; equal values stay together.

    Parameters
    ----------
    values : ndarray, shape (rows,)
        On any scale.
    cases : ndarray, shape (rows,)
        Weighted cases of each row, zero or more.
    bins : int, optional
        By default the square root of the number of cases, from 3 to ``most``, or the distinct
        values where these are no more than 12.
    most : int, default 40
        Largest number of bins if ``bins`` is not given.

    Returns
    -------
    code : ndarray of int, shape (rows,)
        Bins without cases are left out: their rows have the code -1.
    middle : ndarray, shape (bins,)
        Mean value of the cases in each bin.
    """
    # Rows with equal predictors differ by rounding at most, and belong together.
    distinct, code = np.unique(values.round(12), return_inverse=True)
    code = code.ravel()
    if bins is not None or len(distinct) > _FEW_VALUES:
        number = min(bins, _MOST) if bins else int(np.clip(np.sqrt(cases.sum()), 3, most))
        per_value = np.bincount(code, cases)
        place = np.cumsum(per_value) - 0.5 * per_value
        code = np.minimum((place / per_value.sum() * number).astype(int), number - 1)[code]
    code = used_bins(code, cases)
    used = code >= 0
    sums = np.bincount(code[used], (cases * values)[used])
    return code, sums / np.bincount(code[used], cases[used])


def used_bins(code: np.ndarray, cases: np.ndarray) -> np.ndarray:
    """Return the bin of each row, counted among the bins that have cases; -1 in other bins.

    Parameters
    ----------
    code : ndarray of int, shape (rows,)
        Bin of each row, from 0.
    cases : ndarray, shape (rows,)
        Weighted cases of each row, zero or more.

    Returns
    -------
    ndarray of int, shape (rows,)
    """
    mass = np.bincount(code, cases)
    return np.where(mass[code] > 0.0, (np.cumsum(mass > 0.0) - 1)[code], -1)
