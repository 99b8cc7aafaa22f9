"""How the core of a sampler's coordinates is whitened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.whitening import shrunk

__all__ = ["Core", "Tail"]

# Effects in the core above which it is worth a look whether they are nearly independent, and the
# largest variance of their sums, in units of independent ones, at which they are.
_WIDE, _LOOSE = 300, 3.0


@dataclass(frozen=True, eq=False)
class Tail:
    """Effects that are taken for independent given the head of the core.

    Parameters
    ----------
    mean, sd : ndarray, shape (effects,)
        Where they are, and standard deviations given the head.
    slope : ndarray, shape (effects, head)
        How they move with the head.
    """

    mean: np.ndarray
    sd: np.ndarray
    slope: np.ndarray


@dataclass(frozen=True, eq=False)
class Core:
    """An affine map that whitens the core: its head by a Gaussian, its tail one by one.

    Parameters
    ----------
    gaussian : Gaussian
        Of the head.
    tail : Tail, optional
        Without one the head is all.
    """

    gaussian: Gaussian
    tail: Tail | None = None

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return self.gaussian.mean.size + (0 if self.tail is None else self.tail.sd.size)

    @cached_property
    def mean(self) -> np.ndarray:
        """Where the whitened coordinates are zero."""
        if self.tail is None:
            return self.gaussian.mean
        return np.concatenate([self.gaussian.mean, self.tail.mean])

    @cached_property
    def cholesky(self) -> np.ndarray:
        """Lower Cholesky factor of the covariance, (core, core)."""
        factor: np.ndarray = self.place(np.eye(self.size)) - self.mean[:, None]
        return factor

    def place(self, z: np.ndarray) -> np.ndarray:
        """Return the core, (core, columns), from whitened coordinates.

        Parameters
        ----------
        z : ndarray, shape (core, columns)
        """
        h = self.gaussian.mean.size
        away = self.gaussian.cholesky @ z[:h]
        head: np.ndarray = self.gaussian.mean[:, None] + away
        if self.tail is None:
            return head
        tail = self.tail.mean[:, None] + self.tail.slope @ away
        tail += self.tail.sd[:, None] * z[h:]
        return np.concatenate([head, tail])

    def pull(self, gradient: np.ndarray) -> np.ndarray:
        """Return the gradient by whitened coordinates from that by the core, (core, columns).

        Parameters
        ----------
        gradient : ndarray, shape (core, columns)
        """
        if self.tail is None:
            by_head: np.ndarray = self.gaussian.cholesky.T @ gradient
            return by_head
        h = self.gaussian.mean.size
        by_tail = gradient[h:]
        by_head = self.gaussian.cholesky.T @ (gradient[:h] + self.tail.slope.T @ by_tail)
        return np.concatenate([by_head, self.tail.sd[:, None] * by_tail])

    def whiten(self, core: np.ndarray) -> np.ndarray:
        """Return whitened coordinates: the inverse of :meth:`place`.

        Parameters
        ----------
        core : ndarray, shape (core, columns)
        """
        h = self.gaussian.mean.size
        away = core[:h] - self.gaussian.mean[:, None]
        z: np.ndarray = np.linalg.solve(self.gaussian.cholesky, away)
        if self.tail is None:
            return z
        rest = core[h:] - self.tail.mean[:, None] - self.tail.slope @ away
        return np.concatenate([z, rest / self.tail.sd[:, None]])

    def unpull(self, gradient: np.ndarray) -> np.ndarray:
        """Return the gradient by the core: the inverse of :meth:`pull`.

        Parameters
        ----------
        gradient : ndarray, shape (core, columns)
        """
        h = self.gaussian.mean.size
        by_head: np.ndarray = np.linalg.solve(self.gaussian.cholesky.T, gradient[:h])
        if self.tail is None:
            return by_head
        by_tail = gradient[h:] / self.tail.sd[:, None]
        return np.concatenate([by_head - self.tail.slope.T @ by_tail, by_tail])

    def thinned(self, head: int) -> Core:
        """Return the map with independent effects, if they are many and nearly so; else this.

        A dense factor of a thousand effects costs more than all rows, at every step.

        Parameters
        ----------
        head : int
            Coordinates that stay together, the first ones.
        """
        mean, covariance = self.gaussian.mean, self.gaussian.covariance
        if self.tail is not None or mean.size - head < _WIDE:
            return self
        own, across = covariance[:head, :head], covariance[head:, :head]
        slope = np.linalg.solve(own, across.T).T
        left = covariance[head:, head:] - slope @ across.T
        sd = np.sqrt(np.diag(left))
        near = left / np.outer(sd, sd)
        # The largest eigenvalue, and by it the smallest, by power iterations.
        if _largest(near) > _LOOSE or _LOOSE - _largest(_LOOSE * np.eye(len(near)) - near) < 0.2:
            return self
        return Core(Gaussian(mean[:head], own), Tail(mean[head:], sd, slope))

    def shrunk(self, pooled: np.ndarray, lanes: int, head: int) -> tuple[Core, float]:
        """Return the map by draws, and the share of noise in what these say of all but the tail.

        The first coordinates are few, and draws say more of them than of the effects.

        Parameters
        ----------
        pooled : ndarray, shape (core, times x chains)
        lanes : int
            Number of chains.
        head : int
            Coordinates that come first.

        Raises
        ------
        LinAlgError
            If the draws have no covariance.
        """
        size = self.gaussian.mean.size
        made, noise = shrunk(pooled[:size], self.gaussian, lanes)
        if size == head:
            return Core(made, self.tail), noise
        first = Gaussian(made.mean[:head], made.covariance[:head, :head])
        best, _ = shrunk(pooled[:head], first, lanes)
        turn = np.linalg.solve(first.cholesky.T, made.cholesky[:, :head].T).T
        lower = np.concatenate([turn @ best.cholesky, made.cholesky[:, head:]], axis=1)
        mean = made.mean + turn @ (best.mean - first.mean)
        return Core(Gaussian(mean, lower @ lower.T), self.tail), noise


def _largest(matrix: np.ndarray) -> float:
    """Return the largest eigenvalue of a positive definite matrix, nearly."""
    vector = np.cos(np.arange(len(matrix)) ** 2.0)
    for _ in range(30):
        vector = matrix @ (vector / np.linalg.norm(vector))
    return float(np.linalg.norm(vector))
