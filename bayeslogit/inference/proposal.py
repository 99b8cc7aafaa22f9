"""The proposal distribution of independence samplers: a Gaussian with heavy tails."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayeslogit.inference.base import Gaussian

__all__ = ["HEAVY", "Proposal"]

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
        size, nu = self.gaussian.mean.size, self.degrees
        normal = -0.5 * squares - 0.5 * size * math.log(2.0 * math.pi)
        student = (
            math.lgamma(0.5 * (nu + size))
            - math.lgamma(0.5 * nu)
            - 0.5 * size * math.log(nu * math.pi)
            - 0.5 * (nu + size) * np.log1p(squares / nu)
        )
        mixed = np.logaddexp(math.log1p(-self.heavy) + normal, math.log(self.heavy) + student)
        return mixed - 0.5 * self.gaussian.log_determinant

    def squares(self, phi: np.ndarray) -> np.ndarray:
        """Return squared Mahalanobis distances from the mean, (columns,)."""
        z = np.linalg.solve(self.gaussian.cholesky, phi - self.gaussian.mean[:, None])
        squares: np.ndarray = np.einsum("pc,pc->c", z, z)
        return squares
