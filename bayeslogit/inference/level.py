"""Whether the end of a climb is a mode, or part of a way to infinity."""

from __future__ import annotations

import numpy as np

from bayeslogit.inference.mode import Mode

__all__ = ["is_level"]

# A standard deviation this many times as large as the linear predictors is no mode's.
_LEVEL = 1e6


def is_level(mode: Mode, moves: np.ndarray) -> bool:
    """Return whether a surface is level along a coefficient, as far as rounding shows.

    On the way to infinity slopes and curvature fall until rounding hides how they go on, and the
    last steps look like those at a mode.

    Parameters
    ----------
    mode : Mode
    moves : ndarray, shape (comparisons, coefficients)
        What each coefficient adds to linear predictors.
    """
    precision = np.maximum(np.diag(mode.precision), 1e-300)
    spread = np.abs(moves).max(axis=0, initial=0.0) / np.sqrt(precision)
    reached = float(np.abs(moves @ mode.theta).max(initial=0.0))
    return bool(np.any(spread > _LEVEL * (1.0 + reached)))
