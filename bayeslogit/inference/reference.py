"""A posterior as weighted points, by which draws are judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Reference"]


@dataclass(frozen=True, eq=False)
class Reference:
    """A posterior as weighted points.

    Parameters
    ----------
    modes : int
        How many were found.
    theta : ndarray, shape (coefficients, points)
    shares : ndarray, shape (points,)
        They sum to one.
    mean, sd : ndarray, shape (coefficients,)
        Of the posterior, where they exist.
    sound : bool
        Whether the points are good enough to judge draws by.
    """

    modes: int
    theta: np.ndarray
    shares: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    sound: bool
