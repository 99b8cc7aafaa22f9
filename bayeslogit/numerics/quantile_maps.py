"""Increasing maps that take a standard Gaussian to other distributions, each known on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import erfc, sqrt

import numpy as np

__all__ = ["QuantileMaps", "quantile_maps"]

# Cubic pieces between -_END and _END, each of this length; straight lines outside.
_END, _STEP = 6.0, 0.25
_KNOTS = np.arange(-_END, _END + 0.5 * _STEP, _STEP)


@dataclass(frozen=True, eq=False)
class QuantileMaps:
    """Smooth increasing functions of a standard Gaussian, one a row.

    Parameters
    ----------
    pieces : ndarray, shape (maps, pieces, 4)
        Coefficients of cubics, the constant first, by the distance from the left end of each
        piece; the first and the last piece are straight lines that do not end.
    """

    pieces: np.ndarray

    def _here(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the distance from the left end of each point's piece, and the piece."""
        count = self.pieces.shape[1]
        place = np.floor((z + _END) / _STEP)
        # The first line starts where the first cubic does.
        piece = np.clip(place, -1.0, count - 2.0)
        away = z + _END
        away -= _STEP * np.maximum(piece, 0.0)
        index = piece.astype(np.intp)
        index += (np.arange(len(z)) * count + 1)[:, None]
        return away, self.pieces.reshape(-1, 4)[index]

    def values(self, z: np.ndarray) -> np.ndarray:
        """Return the values at points of shape (maps, columns)."""
        away, c = self._here(z)
        value: np.ndarray = ((c[..., 3] * away + c[..., 2]) * away + c[..., 1]) * away + c[..., 0]
        return value

    def derivatives(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return values and the first three derivatives at points of shape (maps, columns).

        The first is positive and smooth, the second has no jumps, the third is constant on
        each piece.
        """
        away, c = self._here(z)
        third = 6.0 * c[..., 3]
        second = 2.0 * c[..., 2] + third * away
        first = c[..., 1] + (2.0 * c[..., 2] + 0.5 * third * away) * away
        value = ((c[..., 3] * away + c[..., 2]) * away + c[..., 1]) * away + c[..., 0]
        return value, first, second, third


@cache
def _probs() -> np.ndarray:
    """Return the standard Gaussian distribution function at the knots."""
    return np.array([0.5 * erfc(-z / sqrt(2.0)) for z in _KNOTS])


@cache
def _bends() -> np.ndarray:
    """Return the matrix that makes second derivatives at the knots of values there.

    Of cubic splines that end in straight lines.
    """
    inner = len(_KNOTS) - 2
    matrix = np.diag(np.full(inner, 2.0 / 3.0))
    matrix += np.diag(np.full(inner - 1, 1.0 / 6.0), 1) + np.diag(np.full(inner - 1, 1.0 / 6.0), -1)
    differences = np.zeros((inner, len(_KNOTS)))
    for shift, weight in enumerate((1.0, -2.0, 1.0)):
        differences[np.arange(inner), np.arange(inner) + shift] = weight / _STEP**2
    bends = np.zeros((len(_KNOTS), len(_KNOTS)))
    bends[1:-1] = np.linalg.solve(matrix, differences)
    return bends


def quantile_maps(grid: np.ndarray, log_density: np.ndarray) -> QuantileMaps:
    """Return maps that take a standard Gaussian nearly to given distributions.

    Each goes through the quantiles at the probabilities of Gaussian knots, and is a smooth spline
    between them; where that would not increase everywhere it is a straight line.

    Parameters
    ----------
    grid : ndarray, shape (maps, points)
        Increasing in each row.
    log_density : ndarray, shape (maps, points)
        There, in nats, up to a constant for each row; taken as linear in between.

    Returns
    -------
    QuantileMaps

    Examples
    --------
    >>> import numpy as np
    >>> grid = np.linspace(-9.0, 9.0, 500)[None]
    >>> maps = quantile_maps(3.0 + 2.0 * grid, -0.5 * grid**2)
    >>> maps.values(np.array([[-1.0, 0.0, 2.0]])).round(3)
    array([[1., 3., 7.]])
    """
    x = _quantiles(grid, np.exp(log_density - log_density.max(axis=1, keepdims=True)))
    bends = x @ _bends().T
    pieces = np.zeros((len(x), len(_KNOTS) + 1, 4))
    inner, last = pieces[:, 1:-1], pieces[:, -1]
    inner[..., 0] = x[:, :-1]
    inner[..., 2] = 0.5 * bends[:, :-1]
    inner[..., 3] = np.diff(bends, axis=1) / (6.0 * _STEP)
    inner[..., 1] = np.diff(x, axis=1) / _STEP - _STEP * (bends[:, :-1] / 3.0 + bends[:, 1:] / 6.0)
    pieces[:, 0, :2] = inner[:, 0, :2]
    last[:, 0] = x[:, -1]
    last[:, 1] = inner[:, -1, 1] + 0.5 * _STEP * bends[:, -2]
    # The slope is a parabola on each piece: lowest at an end, or where it is level.
    slope, bend, change = inner[..., 1], 2.0 * inner[..., 2], 6.0 * inner[..., 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.clip(np.nan_to_num(-bend / change), 0.0, _STEP)
    lowest = np.minimum(slope, slope + (bend + 0.5 * change * level) * level).min(axis=1)
    scale = np.diff(x[:, [0, -1]], axis=1)[:, 0] / (2.0 * _END)
    straight = ~(np.minimum(lowest, last[:, 1]) > 1e-9 * scale)
    middle = len(_KNOTS) // 2
    half = round(1.0 / _STEP)
    rise = 0.5 * (x[straight, middle + half] - x[straight, middle - half])
    pieces[straight] = 0.0
    pieces[straight, :, 1] = rise[:, None]
    ends = np.append(_KNOTS[0], _KNOTS)
    pieces[straight, :, 0] = x[straight, middle, None] + rise[:, None] * ends
    return QuantileMaps(pieces)


def _quantiles(grid: np.ndarray, density: np.ndarray) -> np.ndarray:
    """Return the quantiles at the probabilities of the knots, (maps, knots)."""
    gaps = np.diff(grid, axis=1)
    density = np.maximum(density, 1e-300)
    left, right = density[:, :-1], density[:, 1:]
    fall = np.log(right / left)
    near = np.abs(fall) < 1e-4
    with np.errstate(divide="ignore", invalid="ignore"):
        # The mean of a density that is log-linear between two points.
        mean = np.where(near, 0.5 * (left + right), (right - left) / fall)
    mass = mean * gaps
    mass /= mass.sum(axis=1, keepdims=True)
    # From either end, so that both tails are known to rounding of their own size.
    below = np.cumsum(mass, axis=1)
    above = np.cumsum(mass[:, ::-1], axis=1)
    probs = _probs()
    half = len(probs) // 2 + 1
    result = np.empty((len(grid), len(probs)))
    for j in range(len(grid)):
        low = np.minimum(np.searchsorted(below[j], probs[:half]), len(gaps[j]) - 1)
        high = np.minimum(np.searchsorted(above[j], probs[: half - 1]), len(gaps[j]) - 1)
        rest = probs[:half] - below[j, low] + mass[j, low]
        result[j, :half] = grid[j, low] + gaps[j, low] * _share(rest / mass[j, low], fall[j, low])
        own = len(gaps[j]) - 1 - high
        rest = probs[: half - 1] - above[j, high] + mass[j, own]
        far = grid[j, own + 1] - gaps[j, own] * _share(rest / mass[j, own], -fall[j, own])
        result[j, half:] = far[::-1]
    return result


def _share(part: np.ndarray, fall: np.ndarray) -> np.ndarray:
    """Return the share of a cell, from its start, that holds a part of its mass.

    The density changes by the factor ``exp(fall)`` on the way.
    """
    part = np.clip(part, 0.0, 1.0)
    near = np.abs(fall) < 1e-4
    safe = np.where(near, 1.0, fall)
    bent = np.log1p(part * np.expm1(safe)) / safe
    return np.where(near, part, np.clip(bent, 0.0, 1.0))
