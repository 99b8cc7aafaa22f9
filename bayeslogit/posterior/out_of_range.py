"""Rows that leave the range of the probabilities: which ones, in how many draws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from bayeslogit.errors import warn
from bayeslogit.families import Family

__all__ = ["warn_beyond"]

_SHOWN = 3


def warn_beyond(family: Family, blocks: Iterable[tuple[slice, np.ndarray]], labels: Any) -> None:
    """Warn of rows whose linear predictors have no probability in some draws.

    Fitted rows have one in every draw. Nothing is computed where the range does not end.

    Parameters
    ----------
    family : Family
    blocks : iterable of (slice, ndarray of shape (predictors, rows of the block, draws))
        Linear predictors, block of rows by block of rows; a row may come several times.
    labels : sequence or Index, of length rows
        What the rows are called.
    """
    if not family.bounded:
        return
    low, high = family.ends
    most, draws = np.zeros(len(labels), dtype=np.intp), 0
    for rows, eta in blocks:
        beyond = ((eta[0] < low) | (eta[0] > high)).sum(axis=1)
        most[rows] = np.maximum(most[rows], beyond)
        draws = eta.shape[2]
    found = np.flatnonzero(most)
    if not found.size:
        return
    worst = found[np.argsort(-most[found], kind="stable")][:_SHOWN]
    each = [f"row {labels[i]!s} in {most[i]:,} of {draws:,} draws" for i in worst]
    more = ", ..." if found.size > _SHOWN else ""
    held = "1" if low == -np.inf else "0 or 1"
    warn(
        f"{found.size:,} of {len(labels):,} rows leave the range of the {family.link} link "
        f"({'; '.join(each)}{more}), and their probability is held at {held} there; expected rows "
        "inside the range of the fitted ones, to which every draw gives a probability; ask about "
        "such rows, or fit with link='logit'"
    )
