"""Coordinates in which needles and far tails of a posterior have about the same width.

``phi = center + factor @ (s sinh(t / s))``, where ``phi`` are the coefficients, or, for cutpoints,
which must increase, one of them and the logarithms of the gaps to the others.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayeslogit.specification.density import SHARP, LogDensity

__all__ = ["Stretched"]

# Standard deviations along an axis up to which other coefficients follow it.
_FOLLOWED = 4.0


@dataclass(frozen=True, eq=False)
class Stretched:
    """The map from grid coordinates ``t`` to coefficients.

    Parameters
    ----------
    density : LogDensity
    order : ndarray of int, shape (coefficients,)
        Which coefficient each axis adds; the first axis alone moves ``order[0]``.
    center : ndarray, shape (coefficients,)
        In the order of the axes.
    factor : ndarray, shape (coefficients, coefficients)
        Lower triangular.
    stretch : float
        ``s``: the map is nearly linear for ``|t| < s`` and exponential beyond.
    alone : int
        The first axes, which move one coefficient each, and of which the others follow only near
        the center: how coefficients go together at a peak says nothing of far tails.
    """

    density: LogDensity
    order: np.ndarray
    center: np.ndarray
    factor: np.ndarray
    stretch: float
    alone: int = 0

    @cached_property
    def _origin(self) -> tuple[np.ndarray, float]:
        """The coefficients at t = 0, (coefficients,), and the log posterior there."""
        theta = self.theta(np.zeros((len(self.order), 1)))
        return theta[:, 0], float(self.density.value(theta)[0])

    def _height(self, theta: np.ndarray) -> np.ndarray:
        """Return the log posterior of coefficients, (columns,), in nats."""
        start, height = self._origin
        if not SHARP <= abs(height - self.density.constant) < np.inf:
            return self.density.value(theta)
        return self.density.rise(start, theta) + height

    @property
    def _chain(self) -> tuple[list[int], int]:
        """Which coefficients must increase, and the position among them that moves as it is."""
        places = list(self.density.prior.increasing)
        first = int(self.order[0])
        return places, places.index(first) if first in places else 0

    def z(self, t: np.ndarray) -> np.ndarray:
        """Return whitened coordinates, elementwise."""
        return self.stretch * np.sinh(t / self.stretch)

    def phi(self, t: np.ndarray) -> np.ndarray:
        """Return unconstrained coordinates, (coefficients, columns), of grid points."""
        z = self.z(t)
        away = self.factor @ self._followed(z)
        away[: self.alone] = np.diag(self.factor)[: self.alone, None] * z[: self.alone]
        result = np.empty_like(t)
        result[self.order] = self.center[:, None] + away
        return result

    def _followed(self, z: np.ndarray) -> np.ndarray:
        """Return whitened coordinates as far as other coefficients follow them."""
        if not self.alone:
            return z
        near = _FOLLOWED * np.tanh(z[: self.alone] / _FOLLOWED)
        return np.concatenate([near, z[self.alone :]])

    def t(self, phi: np.ndarray) -> np.ndarray:
        """Return grid points, (coefficients, columns), of unconstrained coordinates: the inverse.

        Parameters
        ----------
        phi : ndarray, shape (coefficients, columns)
        """
        z = phi[self.order] - self.center[:, None]
        first = slice(self.alone)
        z[first] /= np.diag(self.factor)[first, None]
        others = self.factor[self.alone :]
        pull = others[:, first] @ self._followed(z)[first]
        z[self.alone :] = np.linalg.solve(others[:, self.alone :], z[self.alone :] - pull)
        t: np.ndarray = self.stretch * np.arcsinh(z / self.stretch)
        return t

    def of(self, theta: np.ndarray) -> np.ndarray:
        """Return grid points, (coefficients, columns), of coefficients of that shape."""
        return self.t(self.unconstrained(theta))

    def slopes(self, t: np.ndarray) -> np.ndarray:
        """Return the derivatives of ``phi`` by ``t``, in the order of the axes, at one point."""
        slopes = self.factor.copy()
        held = np.tanh(self.z(t)[: self.alone] / _FOLLOWED) ** 2
        slopes[self.alone :, : self.alone] *= 1.0 - held
        result: np.ndarray = slopes * np.cosh(t / self.stretch)
        return result

    def theta(self, t: np.ndarray) -> np.ndarray:
        """Return coefficients, (coefficients, columns), of grid points of that shape."""
        theta = self.phi(t)
        places, anchor = self._chain
        for k in range(anchor + 1, len(places)):
            theta[places[k]] = theta[places[k - 1]] + np.exp(theta[places[k]])
        for k in range(anchor - 1, -1, -1):
            theta[places[k]] = theta[places[k + 1]] - np.exp(theta[places[k]])
        return theta

    def unconstrained(self, theta: np.ndarray) -> np.ndarray:
        """Return phi, (coefficients, columns), of coefficients."""
        phi = theta.copy()
        places, anchor = self._chain
        for k in range(len(places)):
            if k != anchor:
                near = k - 1 if k > anchor else k + 1
                phi[places[k]] = np.log(np.abs(theta[places[k]] - theta[places[near]]))
        return phi

    def log_volume(self, t: np.ndarray) -> np.ndarray:
        """Return the log determinant of the Jacobian of the coefficients by ``t``, (columns,)."""
        u = np.abs(t / self.stretch)
        # log cosh(u), without overflow.
        log_cosh = u + np.log1p(np.exp(-2.0 * u)) - np.log(2.0)
        volume: np.ndarray = log_cosh.sum(axis=0) + np.log(np.diag(self.factor)).sum()
        places, anchor = self._chain
        gaps = [place for k, place in enumerate(places) if k != anchor]
        if gaps:
            volume = volume + self.phi(t)[gaps].sum(axis=0)
        return volume

    def log_value(self, t: np.ndarray, pool: ThreadPoolExecutor | None = None) -> np.ndarray:
        """Return the log posterior density of ``t``, (columns,), in nats, up to the evidence.

        Parameters
        ----------
        t : ndarray, shape (coefficients, columns)
            Grid points.
        pool : ThreadPoolExecutor, optional
            Evaluates blocks of points at once, with the same result.
        """
        rows = max(self.density.rows.X.shape[0], 1)
        step = max(256, 262144 // min(rows, 256))
        blocks = [t[:, start : start + step] for start in range(0, t.shape[1], step)]
        found = (
            map(self._block, blocks)
            if pool is None or len(blocks) < 2
            else pool.map(self._block, blocks)
        )
        return np.concatenate([np.empty(0), *found])

    def _block(self, t: np.ndarray) -> np.ndarray:
        # Far out, overflow and zero times infinity are expected.
        with np.errstate(all="ignore"):
            value = self._height(self.theta(t)) + self.log_volume(t)
        return np.where(np.isnan(value), -np.inf, value)
