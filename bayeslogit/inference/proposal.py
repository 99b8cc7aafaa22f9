"""The proposal distribution of independence samplers: a Gaussian with heavy tails."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayeslogit.inference.base import Gaussian

__all__ = ["HEAVY", "Proposal", "student_log_density"]

# Share and degrees of freedom of the heavy part, to choose from. Its tails are heavier than those
# of any posterior with Gaussian priors, so that importance weights are bounded and the chain is
# uniformly ergodic; how much of it pays depends on how skewed the posterior is.
HEAVY = ((0.1, 5.0), (0.9, 10.0))


@dataclass(frozen=True, eq=False)
class Proposal:
    """A Gaussian mixed with a Student t of the same centre and shape.

    Parameters
    ----------
    gaussian : Gaussian
    heavy : float
        Share of the Student t, in (0, 1).
    degrees : float
        Its degrees of freedom.
    """

    gaussian: Gaussian
    heavy: float = HEAVY[0][0]
    degrees: float = HEAVY[0][1]

    def sample(self, rng: np.random.Generator, columns: int) -> tuple[np.ndarray, np.ndarray]:
        """Return draws (coefficients, columns) and their squared Mahalanobis distances (columns,).

        Parameters
        ----------
        rng : numpy.random.Generator
        columns : int
            Number of draws.
        """
        z = rng.standard_normal((self.gaussian.mean.size, columns))
        scale = np.sqrt(self.degrees / rng.chisquare(self.degrees, columns))
        z *= np.where(rng.random(columns) < self.heavy, scale, 1.0)
        phi = self.gaussian.mean[:, None] + self.gaussian.cholesky @ z
        return phi, np.einsum("pc,pc->c", z, z)

    def log_density(self, squares: np.ndarray) -> np.ndarray:
        """Return the log density in nats, from squared Mahalanobis distances (columns,)."""
        size = self.gaussian.mean.size
        normal = -0.5 * (squares + size * math.log(2.0 * math.pi) + self.gaussian.log_determinant)
        student = student_log_density(self.gaussian, self.degrees, squares)
        return np.logaddexp(math.log1p(-self.heavy) + normal, math.log(self.heavy) + student)

    def draw(self, rng: np.random.Generator, columns: int) -> tuple[np.ndarray, np.ndarray]:
        """Return draws (coefficients, columns) and their log density (columns,), in nats.

        Parameters
        ----------
        rng : numpy.random.Generator
        columns : int
            Number of draws.
        """
        phi, squares = self.sample(rng, columns)
        return phi, self.log_density(squares)

    def log_density_at(self, phi: np.ndarray) -> np.ndarray:
        """Return the log density at each column, (columns,), in nats."""
        return self.log_density(self.gaussian.squares(phi))


def student_log_density(gaussian: Gaussian, degrees: float, squares: np.ndarray) -> np.ndarray:
    """Return the log density of a Student t with a center and scale, (columns,), in nats.

    Parameters
    ----------
    gaussian : Gaussian
        Its mean is the center, its covariance the scale.
    degrees : float
        Degrees of freedom.
    squares : ndarray, shape (columns,)
        Squared Mahalanobis distances.
    """
    size = gaussian.mean.size
    value: np.ndarray = (
        math.lgamma(0.5 * (degrees + size))
        - math.lgamma(0.5 * degrees)
        - 0.5 * (size * math.log(degrees * math.pi) + gaussian.log_determinant)
        - 0.5 * (degrees + size) * np.log1p(squares / degrees)
    )
    return value
