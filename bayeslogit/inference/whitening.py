"""Coordinates in which a posterior is easier to explore: affine maps of the coefficients.

Samplers that move by gradients need steps as short as the narrowest direction and paths as long
as the widest one. A map that takes the mode to zero and the curvature there to the identity makes
all directions alike, so that a sampler starts with the geometry it would otherwise have to learn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.specification.density import LogDensity

__all__ = ["Affine", "Whitened"]


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
        return float(value[0]), self.map.matrix.T @ gradient[:, 0]
