"""The covariance of the effects of a group-level term, in coordinates without constraints."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayeslogit.priors.scales import LKJ, ScalePrior

__all__ = ["Covariance"]


@dataclass(frozen=True, eq=False)
class Covariance:
    """The covariance matrix ``Lam Lam'`` of the effects of one level, and its prior.

    ``Lam = diag(sd) L``, with L the Cholesky factor of the correlations. A row of L has canonical
    partial correlations ``tanh(partial)``: L[i, j] = r_ij sqrt(prod_k<j (1 - r_ik^2)). Standard
    deviations may have either sign here: with the effects and the correlations of that column
    they change it together, and nothing else does.

    Parameters
    ----------
    scales : tuple of ScalePrior
        Prior of the standard deviation of each effect.
    correlation : LKJ, optional
        Prior of the correlations; without it the effects are independent.

    Examples
    --------
    >>> import numpy as np
    >>> from bayeslogit.priors.scales import HalfNormal
    >>> covariance = Covariance((HalfNormal(1), HalfNormal(1)), LKJ(1))
    >>> covariance.factor(np.array([[2.0], [3.0]]), np.array([[0.0]]))[:, :, 0]
    array([[2., 0.],
           [0., 3.]])
    """

    scales: tuple[ScalePrior, ...]
    correlation: LKJ | None = None

    @property
    def effects(self) -> int:
        """Number of effects of a level."""
        return len(self.scales)

    @property
    def partials(self) -> int:
        """Number of partial correlations."""
        return 0 if self.correlation is None else self.effects * (self.effects - 1) // 2

    @cached_property
    def learned(self) -> np.ndarray:
        """Which standard deviations are learned, (effects,)."""
        return np.array([scale.learned for scale in self.scales])

    def cholesky(self, partial: np.ndarray) -> np.ndarray:
        """Return the Cholesky factor of the correlations, (effects, effects, columns).

        Parameters
        ----------
        partial : ndarray, shape (partials, columns)
            Inverse hyperbolic tangents of the partial correlations, row by row.
        """
        q, columns = self.effects, partial.shape[1]
        lower = np.zeros((q, q, columns), partial.dtype)
        lower[np.arange(q), np.arange(q)] = 1.0
        if self.correlation is None:
            return lower
        start = 0
        for i in range(1, q):
            rest = np.ones(columns, partial.dtype)
            for j, r in enumerate(np.tanh(partial[start : start + i])):
                lower[i, j] = r * np.sqrt(rest)
                rest = rest * (1.0 - r * r)
            lower[i, i] = np.sqrt(rest)
            start += i
        return lower

    def factor(self, sd: np.ndarray, partial: np.ndarray) -> np.ndarray:
        """Return Lam, (effects, effects, columns).

        Parameters
        ----------
        sd : ndarray, shape (effects, columns)
            Standard deviations, of either sign.
        partial : ndarray, shape (partials, columns)
        """
        factor: np.ndarray = self.cholesky(partial) * sd[:, None, :]
        return factor

    def pull(
        self, sd: np.ndarray, partial: np.ndarray, slope: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return derivatives by ``sd`` and ``partial`` from those by Lam.

        Parameters
        ----------
        sd : ndarray, shape (effects, columns)
        partial : ndarray, shape (partials, columns)
        slope : ndarray, shape (effects, effects, columns)
            Derivatives by the lower triangle of Lam.
        """
        lower = self.cholesky(partial)
        by_sd = np.einsum("abc,abc->ac", slope, lower)
        by_partial = np.zeros_like(partial)
        if self.correlation is None:
            return by_sd, by_partial
        start = 0
        for i in range(1, self.effects):
            r = np.tanh(partial[start : start + i])
            rest = np.cumprod(np.concatenate([np.ones((1, r.shape[1]), r.dtype), 1.0 - r * r]), 0)
            by_row = slope[i] * sd[i]
            by_rest = by_row[i] * 0.5 / np.sqrt(rest[i])
            for j in reversed(range(i)):
                by_r = by_row[j] * np.sqrt(rest[j]) - by_rest * rest[j] * 2.0 * r[j]
                by_rest = by_row[j] * r[j] * 0.5 / np.sqrt(rest[j]) + by_rest * (1.0 - r[j] ** 2)
                by_partial[start + j] = by_r * (1.0 - r[j] ** 2)
            start += i
        return by_sd, by_partial

    @cached_property
    def _exponents(self) -> np.ndarray:
        assert self.correlation is not None
        return self.correlation.exponents(self.effects)[:, None]

    def log_density(self, sd: np.ndarray, partial: np.ndarray) -> np.ndarray:
        """Return the log prior density of ``abs(sd)`` and ``partial``, (columns,), in nats.

        Parameters
        ----------
        sd : ndarray, shape (effects, columns)
        partial : ndarray, shape (partials, columns)
        """
        value = np.zeros(sd.shape[1])
        for scale, row in zip(self.scales, np.abs(sd), strict=True):
            value = value + scale.log_density(row)
        if self.partials:
            from scipy.special import betaln

            b = self._exponents
            bound = 2.0 * (math.log(2.0) - np.logaddexp(partial, -partial))  # log(1 - r**2)
            top = -(2.0 * b - 1.0) * math.log(2.0) - betaln(b, b)
            value = value + (top + b * bound).sum(axis=0)
        return value

    def gradient(self, sd: np.ndarray, partial: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the derivatives of :meth:`log_density` by ``sd`` and ``partial``.

        Parameters
        ----------
        sd : ndarray, shape (effects, columns)
        partial : ndarray, shape (partials, columns)
        """
        by_sd = np.zeros_like(sd)
        for i, scale in enumerate(self.scales):
            by_sd[i] = np.sign(sd[i]) * scale.gradient(np.abs(sd[i]))
        by_partial = np.zeros_like(partial)
        if self.partials:
            by_partial = (-2.0 * self._exponents * np.tanh(partial)).astype(partial.dtype)
        return by_sd, by_partial

    def density_of_matrix(
        self, sd: np.ndarray, partial: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the log density by standard deviations and correlations, without constants.

        :meth:`log_density` is by the coordinates, and differs by the volume of the map between
        them. The second and third are its derivatives by ``sd`` and ``partial``.

        Parameters
        ----------
        sd : ndarray, shape (effects, columns)
        partial : ndarray, shape (partials, columns)
        """
        value = np.zeros(sd.shape[1])
        by_sd, by_partial = np.zeros_like(sd), np.zeros_like(partial)
        for i, scale in enumerate(self.scales):
            value = value + scale.log_density(np.abs(sd[i]))
            by_sd[i] = np.sign(sd[i]) * scale.gradient(np.abs(sd[i]))
        if self.correlation is not None and self.partials:
            # The determinant of the correlations is the product of 1 - r**2.
            weight = self.correlation.eta - 1.0
            bound = 2.0 * (math.log(2.0) - np.logaddexp(partial, -partial))
            value = value + weight * bound.sum(axis=0)
            by_partial = -2.0 * weight * np.tanh(partial)
        return value, by_sd, by_partial

    def correlations(self, sd: np.ndarray, partial: np.ndarray) -> np.ndarray:
        """Return the correlation matrix of positive standard deviations.

        Parameters
        ----------
        sd : ndarray, shape (effects, columns)
        partial : ndarray, shape (partials, columns)

        Returns
        -------
        ndarray, shape (effects, effects, columns)
        """
        lower = self.cholesky(partial) * np.where(sd < 0.0, -1.0, 1.0)[:, None, :]
        matrix: np.ndarray = np.einsum("ikc,jkc->ijc", lower, lower)
        return matrix

    def coordinates(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``sd`` (effects,) and ``partial`` (partials,) of a covariance matrix.

        Parameters
        ----------
        matrix : ndarray, shape (effects, effects)
            Positive definite; partial correlations beyond 0.98 are taken as 0.98.
        """
        sd = np.sqrt(np.diag(matrix))
        if self.correlation is None:
            return sd, np.zeros(0)
        scale = np.sqrt(np.diag(matrix))
        lower = np.linalg.cholesky(matrix / np.outer(scale, scale) + 1e-9 * np.eye(self.effects))
        partial = []
        for i in range(1, self.effects):
            rest = 1.0
            for j in range(i):
                r = float(np.clip(lower[i, j] / math.sqrt(max(rest, 1e-12)), -0.98, 0.98))
                partial.append(math.atanh(r))
                rest *= 1.0 - r * r
        return sd, np.array(partial)

    def sample(self, rng: np.random.Generator, columns: int) -> tuple[np.ndarray, np.ndarray]:
        """Return draws of ``sd`` (effects, columns) and ``partial`` (partials, columns).

        Parameters
        ----------
        rng : numpy.random.Generator
        columns : int
            Number of draws.
        """
        sd = np.stack([scale.sample(rng, columns) for scale in self.scales])
        if not self.partials:
            return sd, np.zeros((0, columns))
        b = self._exponents[:, 0]
        share = np.stack([rng.beta(x, x, columns) for x in b])
        return sd, np.arctanh(np.clip(2.0 * share - 1.0, -1.0 + 1e-15, 1.0 - 1e-15))
