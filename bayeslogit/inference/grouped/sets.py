"""Sets of coefficients with learned scales: their coordinates given these, and the way back.

See :mod:`bayeslogit.inference.grouped.learned`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit.priors.learned import Learned

__all__ = ["STEP", "Apart", "Together", "Walked", "Way", "apart", "bounded_inverse"]

# Of derivatives by h.
STEP = 1e-3
# Information of the rows in a direction is none below this share of that of the prior.
_SILENT = 1e-7


@dataclass(frozen=True, eq=False)
class Walked:
    """What the way back from a set needs again."""

    h: np.ndarray
    scale: np.ndarray
    precision: np.ndarray
    eps: np.ndarray
    mean: np.ndarray
    z: np.ndarray

    def log_density(self, middle: float) -> np.ndarray:
        """Return the log density of z times the volume by eps, (columns,), in nats.

        Parameters
        ----------
        middle : float
            Mean of z.
        """
        away = self.z - middle
        value: np.ndarray = -0.5 * np.einsum("kc,kc->c", away, away)
        value -= 0.5 * np.log(self.precision).sum(axis=0)
        return value

    def by_precision(self, by_z: np.ndarray) -> np.ndarray:
        """Return derivatives by the precision from those by z."""
        root = np.sqrt(self.precision)
        slope: np.ndarray = -0.5 / self.precision * (1.0 + by_z * self.eps / root)
        slope -= by_z * self.mean / self.precision
        return slope


Way = list[Walked]


@dataclass(frozen=True, eq=False)
class Apart:
    """The coordinates of a set of coefficients with a Gaussian variable each.

    Parameters
    ----------
    part : Learned
    turn : ndarray, shape (size, size)
        From ``scale z`` to the coefficients.
    information, pull : ndarray, shape (size, 1)
        Of the coefficients in that basis; the pull is information times the mean that the rows
        alone give.
    eps, h : ndarray of int
        Places in the core of the coordinates of z and of what is learned.
    """

    part: Learned
    turn: np.ndarray
    information: np.ndarray
    pull: np.ndarray
    eps: np.ndarray
    h: np.ndarray

    def forward(self, core: np.ndarray) -> Walked:
        """Put coefficients in their places, and return what the way back needs.

        Parameters
        ----------
        core : ndarray, shape (core, columns)
        """
        h, eps = core[self.h], core[self.eps]
        scale = self.part.prior.scales(h)
        precision = 1.0 + self.information * scale**2
        mean = scale * self.pull / precision
        z = mean + eps / np.sqrt(precision)
        core[self.part.index] = self.turn @ (scale * z)
        return Walked(h, scale, precision, eps, mean, z)

    def back(self, at: Walked, gradient: np.ndarray) -> None:
        """Put derivatives by the coordinates in the places of those by the coefficients.

        Parameters
        ----------
        at : Walked
        gradient : ndarray, shape (core, columns)
        """
        by_v = self.turn.T @ gradient[self.part.index]
        by_z = by_v * at.scale - at.z
        by_scale = by_v * at.z + by_z * self.pull / at.precision
        by_scale += at.by_precision(by_z) * 2.0 * self.information * at.scale
        gradient[self.eps] = by_z / np.sqrt(at.precision)
        gradient[self.h] = self.part.prior.pull(at.h, by_scale)


@dataclass(frozen=True, eq=False)
class Together:
    """The coordinates of a set of coefficients with one Gaussian variable.

    Parameters
    ----------
    part : Learned
    information : ndarray, shape (size, size)
        Of the coefficients.
    pull : ndarray, shape (size,)
        Information times the mean that the rows alone give.
    """

    part: Learned
    information: np.ndarray
    pull: np.ndarray

    @property
    def eps(self) -> np.ndarray:
        """Place of the coordinate of z: that of the first coefficient."""
        return self.part.index[:1]

    @property
    def h(self) -> np.ndarray:
        """Places of what is learned: those of the other coefficients."""
        return self.part.index[1:]

    def _given(self, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return precision and mean of z, each (1, columns)."""
        precision = 1.0 + np.einsum("kc,kc->c", scale, self.information @ scale)[None]
        return precision, (self.part.prior.middle + self.pull @ scale)[None] / precision

    def forward(self, core: np.ndarray) -> Walked:
        """Put coefficients in their places, and return what the way back needs.

        Parameters
        ----------
        core : ndarray, shape (core, columns)
        """
        h, eps = core[self.h], core[self.eps]
        scale = self.part.unit[:, None] * self.part.prior.scales(h)
        precision, mean = self._given(scale)
        z = mean + eps / np.sqrt(precision)
        core[self.part.index] = scale * z
        return Walked(h, scale, precision, eps, mean, z)

    def back(self, at: Walked, gradient: np.ndarray) -> None:
        """Put derivatives by the coordinates in the places of those by the coefficients.

        Parameters
        ----------
        at : Walked
        gradient : ndarray, shape (core, columns)
        """
        by_beta = gradient[self.part.index]
        by_z = np.einsum("kc,kc->c", by_beta, at.scale)[None] - (at.z - self.part.prior.middle)
        by_scale = by_beta * at.z + by_z * self.pull[:, None] / at.precision
        by_scale += at.by_precision(by_z) * 2.0 * (self.information @ at.scale)
        gradient[self.eps] = by_z / np.sqrt(at.precision)
        gradient[self.h] = self.part.prior.pull(at.h, self.part.unit[:, None] * by_scale)

    def start(self) -> tuple[np.ndarray, np.ndarray]:
        """Return h where it is likely with z integrated, and a covariance of it."""
        from scipy.optimize import minimize

        def height(h: np.ndarray) -> tuple[float, np.ndarray]:
            prior, column = self.part.prior, h[:, None]
            scale = self.part.unit[:, None] * prior.scales(column)
            precision, mean = self._given(scale)
            value = prior.log_density(column) + 0.5 * (precision * mean**2 - np.log(precision))[0]
            by_scale = mean * self.pull[:, None]
            by_scale -= (mean**2 + 1.0 / precision) * (self.information @ scale)
            slope = prior.pull(column, self.part.unit[:, None] * by_scale)
            return -float(value[0]), -slope[:, 0]

        begin = self.part.prior.start(self.part.size)
        if not begin.size:
            return begin, np.zeros((0, 0))
        bounds = [(-6.0, 6.0)] * begin.size
        h = minimize(height, begin, jac=True, method="L-BFGS-B", bounds=bounds).x
        rows = [height(h + move)[1] - height(h - move)[1] for move in STEP * np.eye(h.size)]
        return h, bounded_inverse(np.array(rows) / (2.0 * STEP), 0.2)


def apart(
    part: Learned, h: np.ndarray, within: np.ndarray, at: np.ndarray, places: np.ndarray
) -> Apart:
    """Return the coordinates of a set from its precision and mean given h.

    Parameters
    ----------
    part : Learned
    h : ndarray, shape (count,)
        Moderate.
    within : ndarray, shape (size, size)
        Precision of the coefficients, with all others integrated.
    at : ndarray, shape (size,)
        Their mean.
    places : ndarray of int, shape (count,)
        Of what is learned in the core.
    """
    scale = np.abs(part.scales(h))
    # What the rows alone say, with the other coefficients integrated.
    shown = part.unit[:, None] * within * part.unit - np.diag(scale**-2.0)
    turn = np.diag(part.unit)
    if part.prior.alike:
        information, rotation = _axes(shown, scale[0] ** -2.0)
        turn = turn @ rotation
    else:
        information = np.diag(shown)
    information = np.maximum(information, 0.0)
    pull = (information + scale**-2.0) * np.linalg.solve(turn, at)
    return Apart(part, turn, information[:, None], pull[:, None], part.index, places)


def _axes(shown: np.ndarray, known: float) -> tuple[np.ndarray, np.ndarray]:
    """Return information along axes in which it is diagonal, and the axes, as columns.

    Rounding must not choose them, or one seed would have many answers: each axis has a sign, and
    axes of which the rows say nothing are made from fixed directions.

    Parameters
    ----------
    shown : ndarray, shape (size, size)
        Information of the rows.
    known : float
        Information of the prior, in each direction.
    """
    information, axes = np.linalg.eigh(shown)
    fixed = np.cos(
        np.arange(1.0, len(shown) + 1.0)[:, None] * np.sqrt(np.arange(2, len(shown) + 2))
    )
    axes = axes * np.where(fixed[:, 0] @ axes < 0.0, -1.0, 1.0)
    silent = information < _SILENT * known
    if silent.any():
        null = axes[:, silent]
        left, _, right = np.linalg.svd(null.T @ fixed[:, : silent.sum()])
        axes[:, silent] = null @ (left @ right)
        information = np.where(silent, 0.0, information)
    return information, axes


def bounded_inverse(matrix: np.ndarray, least: float) -> np.ndarray:
    """Return the inverse of a symmetric matrix whose eigenvalues are at least so large.

    Parameters
    ----------
    matrix : ndarray, shape (size, size)
        Symmetric but for rounding.
    least : float
        Positive.
    """
    value, vector = np.linalg.eigh(0.5 * (matrix + matrix.T))
    inverse: np.ndarray = (vector / np.maximum(value, least)) @ vector.T
    return inverse
