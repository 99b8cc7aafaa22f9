"""Columns of smooth curves whose scales are learned.

``s(x)`` is a straight line, and departures from it that are all alike.

A curve is a sum of cubic B-splines on equal intervals of the range of the data, and what is
penalised are the second differences u of their coefficients (Eilers and Marx 1996,
doi:10.1214/ss/1038425655). Written in u, the penalty is that of independent Gaussians with one
standard deviation, and what it leaves free is a straight line.

``hsgp(x)`` is a sum of sines on an interval around the data, with the standard deviations that make
it nearly a Gaussian process (Riutort-Mayol et al. 2023, doi:10.1007/s11222-022-10167-2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["BOUNDARY", "SIZE", "WAVES", "Curve", "penalised", "waves"]

# B-splines of a curve, by default.
SIZE = 20
_DEGREE = 3
# Functions of hsgp(x), and half of their interval in halves of the range of x, by default: good for
# length scales from a sixth of half the range to five quarters of it.
WAVES, BOUNDARY = 40, 4.0
# Points of the range over which columns are scaled, and parted from a straight line.
_GRID = 201


@dataclass(frozen=True)
class Curve:
    """Columns whose coefficients have learned scales together.

    Parameters
    ----------
    columns : tuple of int
        Columns of X.
    function : str
        What the formula calls: ``"s"``, ``"hsgp"`` or ``"mo"``.
    basis : tuple of float
        Of ``hsgp``: half of the range of x, boundary factor and number of functions.
    """

    columns: tuple[int, ...]
    function: str
    basis: tuple[float, ...] = ()


def waves(x: np.ndarray, options: dict[str, Any], memory: dict[str, Any]) -> np.ndarray:
    """Return the columns of ``hsgp(x)`` at given values, (rows, m).

    They are eigenfunctions of the Laplace operator on the interval of c times the range, zero at
    its ends, with x in halves of the range.

    Parameters
    ----------
    x : ndarray, shape (rows,)
    options : dict
        ``m``, the number of functions, and ``c``, the boundary factor.
    memory : dict
        The range: filled if empty, else used.
    """
    if not memory:
        memory |= {"low": float(x.min()), "high": float(x.max())}
    low, high = memory["low"], memory["high"]
    m, c = options.get("m", WAVES), options.get("c", BOUNDARY)
    at = (x - 0.5 * (low + high)) / (0.5 * (high - low))
    columns: np.ndarray = np.sin(np.outer(at + c, np.arange(1, m + 1) * (0.5 * np.pi / c)))
    columns /= np.sqrt(c)
    return columns


def penalised(x: np.ndarray, options: dict[str, Any], memory: dict[str, Any]) -> np.ndarray:
    """Return the columns of ``s(x)`` at given values, (rows, k - 1).

    The first is x. The others are curves without a linear trend over the range of the data,
    scaled so that with independent coefficients of standard deviation 1 a curve departs from its
    line by 1, as a root mean square over the range. They depend on the range alone, not on how
    many rows there are where. Outside the range a curve goes on as a straight line.

    Parameters
    ----------
    x : ndarray, shape (rows,)
    options : dict
        ``k``, the number of B-splines.
    memory : dict
        The range: filled if empty, else used.
    """
    if not memory:
        memory |= {"low": float(x.min()), "high": float(x.max())}
    low, high, k = memory["low"], memory["high"], options.get("k", SIZE)
    # In units of the range.
    at = (x - low) / (high - low)
    grid = np.linspace(0.0, 1.0, _GRID)
    over = _bent(grid, k)
    line = np.column_stack([np.ones(_GRID), grid])
    trend = np.linalg.lstsq(line, over, rcond=None)[0]
    over -= line @ trend
    scale = np.sqrt((over**2).sum(axis=1).mean())
    bent = (_bent(at, k) - np.column_stack([np.ones(len(x)), at]) @ trend) / scale
    return np.column_stack([x, bent])


def _bent(at: np.ndarray, k: int) -> np.ndarray:
    """Return B-splines times the coefficients that have given second differences, (rows, k - 2)."""
    from scipy.interpolate import BSpline

    step = 1.0 / (k - _DEGREE)
    knots = step * (np.arange(k + _DEGREE + 1) - _DEGREE)
    differences = np.diff(np.eye(k), 2, axis=0)
    # The smallest coefficients with these differences.
    weights = np.linalg.solve(differences @ differences.T, differences).T
    curves = BSpline(knots, weights, _DEGREE)
    inside = np.clip(at, 0.0, 1.0)
    found: np.ndarray = curves(inside) + curves.derivative()(inside) * (at - inside)[:, None]
    return found
