"""Coordinates of partial correlations that are nearly standard Gaussian, whatever the spread.

The inverse hyperbolic tangent of a correlation has exponential tails, which a path follows slowly
where data leave correlations near one open; it grows here with the square of a variable w. What
data say of that depends on the standard deviations: nothing where one of them is near zero. With
t the root of the product of their reliabilities (the shares of the variance of estimates that is
spread between levels), w is Gaussian with precision P = 1 + I t**2 and mean h t / P, about as
effects are given theirs, and the coordinate is (w - mean) sqrt(P). So a small standard deviation
makes no funnel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

__all__ = ["Partials", "PartialsWay", "coordinate", "straight"]

# Least reliability at which something is learned of a correlation.
_LEAST = 1e-3


def straight(w: np.ndarray) -> np.ndarray:
    """Return inverse hyperbolic tangents of partial correlations, ``w sqrt(1 + w**2 / 4)``."""
    value: np.ndarray = w * np.sqrt(1.0 + 0.25 * w * w)
    return value


def coordinate(y: np.ndarray) -> np.ndarray:
    """Return the inverse of :func:`straight`.

    Examples
    --------
    >>> coordinate(straight(np.array([-3.0, 0.5]))).round(12)
    array([-3. ,  0.5])
    """
    # The square is 2 (sqrt(1 + y**2) - 1), without the difference of near numbers.
    value: np.ndarray = y * np.sqrt(2.0 / (1.0 + np.sqrt(1.0 + y * y)))
    return value


def _stretch(w: np.ndarray) -> np.ndarray:
    """Return the derivative of :func:`straight`."""
    value: np.ndarray = (1.0 + 0.5 * w * w) / np.sqrt(1.0 + 0.25 * w * w)
    return value


@dataclass(frozen=True, eq=False)
class PartialsWay:
    """What the way back from coordinates to partial correlations needs.

    Attributes
    ----------
    y : ndarray, shape (partials, columns)
        Inverse hyperbolic tangents.
    w, e, t, precision : ndarray, shape (partials, columns)
    root, slope : ndarray, shape (effects, columns)
        Roots of reliabilities, signed as the standard deviations, and their derivatives by these.
    """

    y: np.ndarray
    w: np.ndarray
    e: np.ndarray
    t: np.ndarray
    precision: np.ndarray
    root: np.ndarray
    slope: np.ndarray

    @property
    def log_stretch(self) -> np.ndarray:
        """Log of the volume of y by the coordinates, (columns,)."""
        square = self.w * self.w
        value = np.log1p(0.5 * square) - 0.5 * np.log1p(0.25 * square)
        value -= 0.5 * np.log(self.precision)
        total: np.ndarray = value.sum(axis=0)
        return total


@dataclass(frozen=True, eq=False)
class Partials:
    """The map from coordinates to the partial correlations of a block.

    Parameters
    ----------
    information : ndarray, shape (effects, 1)
        What the rows of a typical level say on each effect.
    rows, columns : ndarray of int, shape (partials,)
        The two effects of each partial correlation.
    gain, pull : ndarray, shape (partials, 1)
        I and h.
    """

    information: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    gain: np.ndarray
    pull: np.ndarray

    @classmethod
    def at(
        cls, information: np.ndarray, sd: np.ndarray, y: np.ndarray, variance: np.ndarray
    ) -> Partials:
        """Return the map from what is known at one point.

        Parameters
        ----------
        information, sd : ndarray, shape (effects,)
            There.
        y, variance : ndarray, shape (partials,)
            Inverse hyperbolic tangents of the partial correlations, and their variance given all
            standard deviations.
        """
        none = np.zeros((y.size, 1))
        rows, columns = (indices[: y.size] for indices in np.tril_indices(sd.size, -1))
        empty = cls(information[:, None], rows, columns, none, none)
        if not y.size:
            return empty
        root, _ = empty._reliabilities(sd[:, None])
        t = root[rows, 0] * root[columns, 0]
        w = coordinate(y)
        own = np.minimum(variance / _stretch(w) ** 2, 1.0)
        known = np.abs(t) > _LEAST
        safe = np.where(known, t, 1.0)
        gain = np.where(known, (1.0 / own - 1.0) / safe**2, 0.0)
        pull = np.where(known, w / (own * safe), 0.0)
        return replace(empty, gain=gain[:, None], pull=pull[:, None])

    def _reliabilities(self, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return roots of reliabilities and their derivatives by the standard deviations."""
        scale = np.sqrt(self.information)
        total = 1.0 + (scale * sd) ** 2
        return scale * sd / np.sqrt(total), scale * total**-1.5

    def forward(self, e: np.ndarray, sd: np.ndarray) -> PartialsWay:
        """Return partial correlations from coordinates.

        Parameters
        ----------
        e : ndarray, shape (partials, columns)
        sd : ndarray, shape (effects, columns)
            Of either sign.
        """
        root, slope = self._reliabilities(sd)
        t = root[self.rows] * root[self.columns]
        precision = 1.0 + self.gain * t * t
        w = self.pull * t / precision + e / np.sqrt(precision)
        return PartialsWay(straight(w), w, e, t, precision, root, slope)

    def coordinates(self, y: np.ndarray, sd: np.ndarray) -> np.ndarray:
        """Return coordinates from partial correlations: the inverse of :meth:`forward`.

        Parameters
        ----------
        y : ndarray, shape (partials, columns)
        sd : ndarray, shape (effects, columns)
        """
        way = self.forward(np.zeros_like(y), sd)
        found: np.ndarray = (coordinate(y) - way.w) * np.sqrt(way.precision)
        return found

    def back(self, way: PartialsWay, by_y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return derivatives by coordinates and by standard deviations, ``log_stretch`` included.

        Parameters
        ----------
        way : PartialsWay
        by_y : ndarray, shape (partials, columns)
        """
        w, t, P = way.w, way.t, way.precision
        square = w * w
        by_w = by_y * _stretch(w) + w / (1.0 + 0.5 * square) - 0.25 * w / (1.0 + 0.25 * square)
        bent = self.gain * t
        by_t = by_w * (self.pull * (2.0 / P - 1.0) / P - way.e * bent * P**-1.5) - bent / P
        by_sd = np.zeros_like(way.root)
        for k, (a, b) in enumerate(zip(self.rows, self.columns, strict=True)):
            by_sd[a] += by_t[k] * way.root[b] * way.slope[a]
            by_sd[b] += by_t[k] * way.root[a] * way.slope[b]
        return by_w / np.sqrt(P), by_sd
