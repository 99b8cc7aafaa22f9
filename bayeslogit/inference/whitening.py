"""Coordinates in which a posterior is easier to explore: affine maps of the coefficients.

Samplers that move by gradients need steps as short as the narrowest direction and paths as long
as the widest one. A map that takes the mode to zero and the curvature there to the identity makes
all directions alike, so that a sampler starts with the geometry it would otherwise have to learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.specification.density import LogDensity

__all__ = ["Affine", "Whitened", "shrunk"]


@dataclass(frozen=True, eq=False)
class Affine:
    """The map ``theta = center + matrix @ z``.

    Parameters
    ----------
    center : ndarray, shape (coefficients,)
    matrix : ndarray, shape (coefficients, coefficients)
        Invertible.

    Examples
    --------
    >>> import numpy as np
    >>> Affine(np.array([1.0]), np.array([[2.0]])).forward(np.array([[0.5, 1.0]]))
    array([[2., 3.]])
    """

    center: np.ndarray
    matrix: np.ndarray

    @classmethod
    def whitening(cls, gaussian: Gaussian) -> Affine:
        """Return the map under which this Gaussian is a standard one."""
        return cls(gaussian.mean, gaussian.cholesky)

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return self.center.size

    @property
    def log_determinant(self) -> float:
        """Logarithm of the absolute determinant of the matrix."""
        return float(np.linalg.slogdet(self.matrix)[1])

    def forward(self, z: np.ndarray) -> np.ndarray:
        """Return coefficients, (coefficients, columns), from coordinates of that shape."""
        theta: np.ndarray = self.center[:, None] + self.matrix @ z
        return theta

    def gaussian(self, mean: np.ndarray, covariance: np.ndarray) -> Gaussian:
        """Return the Gaussian of the coefficients, from mean and covariance of ``z``.

        Parameters
        ----------
        mean : ndarray, shape (coefficients,)
        covariance : ndarray, shape (coefficients, coefficients)
        """
        center = self.forward(mean[:, None])[:, 0]
        carried = self.matrix @ covariance @ self.matrix.T
        return Gaussian(center, 0.5 * (carried + carried.T))


class Surface(Protocol):
    """A log posterior in some coordinates, one point at a time."""

    @property
    def size(self) -> int:
        """Number of coordinates."""

    def value_and_gradient(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the log posterior and its gradient, (coordinates,), in nats."""


@dataclass(frozen=True, eq=False)
class Whitened:
    """A log posterior in the coordinates ``z`` of an affine map, one point at a time.

    Its value is the log posterior of the coefficients, in nats; the logarithm of the map's
    determinant, a constant, is left out.
    """

    surface: LogDensity | Coordinates
    map: Affine

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return self.map.size

    def value_and_gradient(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the log posterior and its gradient by ``z``, (coordinates,), at one ``z``.

        Far out, where numbers overflow, the value is ``-inf`` or NaN without a warning: a
        sampler rejects such a point.
        """
        with np.errstate(all="ignore"):
            value, gradient = self.surface.value_and_gradient(self.map.forward(z[:, None]))
            pulled = self.map.matrix.T @ gradient[:, 0]
        return float(value[0]), pulled


def shrunk(pooled: np.ndarray, target: Gaussian, lanes: int) -> tuple[Gaussian, float]:
    """Return the Gaussian of pooled draws, shrunk towards a target, and the target's weight.

    The weight is the share of noise in how far the covariance of the draws is from the target
    (Ledoit and Wolf 2004, doi:10.1016/S0047-259X(03)00096-4); chains, not draws, are counted as
    independent.

    Parameters
    ----------
    pooled : ndarray, shape (coefficients, times x chains)
        Draws, all chains at one time after the other.
    target : Gaussian
    lanes : int
        Number of chains.

    Raises
    ------
    LinAlgError
        If the draws are not finite or their covariance is not positive.
    """
    mean = pooled.mean(axis=1)
    z = np.linalg.solve(target.cholesky, pooled - mean[:, None])
    size, count = z.shape
    covariance = z @ z.T / count
    own = np.moveaxis(z.reshape(size, -1, lanes), 2, 0)
    squares = np.matmul(own.transpose(0, 2, 1), own) / own.shape[2]
    whole = float(np.vdot(covariance, covariance))
    noise = max(float(np.vdot(squares, squares)) / lanes - whole, 0.0) / (lanes - 1)
    away = float(((covariance - np.eye(size)) ** 2).sum())
    weight = min(1.0, noise / away) if away > 0.0 else 1.0
    mixed = (1.0 - weight) * covariance
    mixed[np.diag_indices(size)] += weight
    matrix = target.cholesky @ mixed @ target.cholesky.T
    center = weight * target.mean + (1.0 - weight) * mean
    gaussian = Gaussian(center, 0.5 * (matrix + matrix.T))
    if not np.isfinite(gaussian.cholesky).all():
        raise np.linalg.LinAlgError
    return gaussian, weight
