"""A log posterior of coefficients in whitened coordinates, for the ensemble of chains.

The gradients inside a path have single precision where they can: a column of predictors far from
zero loses none of it, because predictors are multiplied by the whitening first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.evaluator import Evaluator
from bayeslogit.inference.whitening import shrunk

__all__ = ["Flat", "flat"]

# Points at which the curvature is computed to whiten the coordinates.
_CURVED = 16
# Whitened predictors that are kept in single precision, at least and at most (64 MB). Where there
# are fewer it saves nothing that one would notice, and in double precision tables that say the same
# in other words have the same draws.
_LEAST, _MOST = 20_000, 1 << 24


@dataclass(frozen=True, eq=False)
class _Rough:
    """The gradient of a log posterior, its likelihood in single precision.

    Parameters
    ----------
    evaluate : Evaluator
    gaussian : Gaussian
    table : ndarray, shape (rows, columns)
        Columns that are alike in size and far from collinear.
    lift : ndarray, shape (predictors, columns, coordinates)
        Derivatives of the coefficients of those columns by the whitened coordinates.
    center : ndarray, shape (predictors, rows, 1)
        Linear predictors at the mean.
    counts : ndarray, shape (rows, classes)
    quadratic : tuple of ndarray, shapes (coordinates, 1) and (coordinates, coordinates), optional
        Gradient at the mean, and minus the second derivatives, of a Gaussian prior.
    """

    evaluate: Evaluator
    gaussian: Gaussian
    table: np.ndarray
    lift: np.ndarray
    center: np.ndarray
    counts: np.ndarray
    quadratic: tuple[np.ndarray, np.ndarray] | None

    def gradient(self, z: np.ndarray) -> np.ndarray:
        """Return the gradient by ``z``."""
        rough = z.astype(np.float32)
        found = self.evaluate.in_blocks(self._of_rows, rough)
        total: np.ndarray = np.concatenate(found, axis=1)
        if self.quadratic is not None:
            pull, bend = self.quadratic
            total -= bend @ rough
            total += pull
            return total
        phi = self.gaussian.mean[:, None] + self.gaussian.cholesky @ z
        prior = self.evaluate.space.density.prior
        total += self.gaussian.cholesky.T @ prior.gradient(phi)
        return total

    def _of_rows(self, z: np.ndarray) -> np.ndarray:
        """Return the part of the likelihood, in double precision, rows added up block by block."""
        rows = self.evaluate.space.density.rows
        weights = np.matmul(self.lift, z)
        total = np.zeros(weights.shape)
        for block in rows.blocks(z.shape[1]):
            eta = np.matmul(self.table[block], weights)
            eta += self.center[:, block]
            total += np.matmul(self.table[block].T, rows.family.slope(eta, self.counts[block]))
        result: np.ndarray = np.tensordot(self.lift, total, axes=((0, 1), (0, 1)))
        return result


def _rough(evaluate: Evaluator, gaussian: Gaussian) -> _Rough | None:
    """Return the gradient in single precision; None where double precision is as fast or safer."""
    rows, size = evaluate.space.density.rows, gaussian.mean.size
    if not evaluate.space.linear or rows.in_cells or rows.family.walled:
        return None
    if not _LEAST <= evaluate.predictors * size <= _MOST:
        return None
    if rows.family.n_eta == 1:
        # The rows in whitened coordinates, whose weights are these coordinates themselves.
        table = replace(rows, offset=None).eta(gaussian.cholesky)[0]
        lift = np.eye(size, dtype=np.float32)[None]
    else:
        # Of several predictors one table, with as many columns as one of them has coefficients.
        table, turn = np.linalg.qr(rows.X)
        every = gaussian.cholesky if rows.basis is None else rows.basis @ gaussian.cholesky
        lift = (turn @ every.reshape(rows.family.n_eta, -1, size)).astype(np.float32)
    center = rows.eta(gaussian.mean[:, None]).astype(np.float32)
    counts, prior, quadratic = rows.counts.astype(np.float32), evaluate.space.density.prior, None
    if prior.gaussian:
        L, mean = gaussian.cholesky, gaussian.mean
        bend = (L.T @ prior.precision(mean) @ L).astype(np.float32)
        quadratic = L.T @ prior.gradient(mean[:, None]), bend
    return _Rough(evaluate, gaussian, table.astype(np.float32), lift, center, counts, quadratic)


@dataclass(frozen=True, eq=False)
class Flat:
    """A log posterior in coordinates in which a Gaussian is the standard one.

    Positions mean unconstrained coordinates ``phi``, (coefficients, columns).

    Parameters
    ----------
    evaluate : Evaluator
    gaussian : Gaussian
        Of ``phi``.
    """

    evaluate: Evaluator
    gaussian: Gaussian

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return self.gaussian.mean.size

    def adaptive(self, z: np.ndarray) -> np.ndarray:
        """Return ``phi``."""
        phi: np.ndarray = self.gaussian.mean[:, None] + self.gaussian.cholesky @ z
        return phi

    def value_and_gradient(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the log density of phi (columns,), its gradient by ``z``, and ``phi``."""
        phi = self.adaptive(z)
        height, gradient = self.evaluate.gradients(phi)
        return height, self.gaussian.cholesky.T @ gradient, phi

    @cached_property
    def _rough(self) -> _Rough | None:
        return _rough(self.evaluate, self.gaussian)

    def gradient(self, z: np.ndarray) -> np.ndarray:
        """Return the gradient by ``z`` alone, in single precision where it can be."""
        return self.value_and_gradient(z)[1] if self._rough is None else self._rough.gradient(z)

    def fold(self, z: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what is given: no two positions mean the same.

        Parameters
        ----------
        z, slope : ndarray, shape (coefficients, columns)
        """
        return z, slope

    def rewhitened(
        self, pooled: np.ndarray, z: np.ndarray, slope: np.ndarray
    ) -> tuple[Flat, np.ndarray, float]:
        """Whiten by the curvature at the chains, and by draws where they say more.

        Parameters
        ----------
        pooled : ndarray, shape (coefficients, times x chains)
        z, slope : ndarray, shape (coefficients, chains)
        """
        phi = self.adaptive(z)
        gaussian, noise = shrunk(pooled, self._from_curvature(phi, slope), phi.shape[1])
        return *flat(self.evaluate, gaussian, phi), noise

    def _from_curvature(self, phi: np.ndarray, slope: np.ndarray) -> Gaussian:
        """Return the Gaussian of the average curvature at the chains, and the mean it implies.

        Each chain's Newton step estimates the mean; their average has no noise if the posterior
        is Gaussian. Where the curvature is not positive, the former Gaussian is returned.
        """
        some = phi[:, :: max(1, phi.shape[1] // _CURVED)]
        with np.errstate(all="ignore"):
            total = np.zeros((len(phi), len(phi)))
            for column in some.T:
                total += self.evaluate.space.newton(column)[2]
            force = np.linalg.solve(self.gaussian.cholesky.T, slope.mean(axis=1))
        try:
            found = Gaussian.from_precision(phi.mean(axis=1), total / some.shape[1])
        except np.linalg.LinAlgError:
            return self.gaussian
        return Gaussian(found.mean + found.covariance @ force, found.covariance)


def flat(evaluate: Evaluator, gaussian: Gaussian, phi: np.ndarray) -> tuple[Flat, np.ndarray]:
    """Return a log posterior whitened by a Gaussian, and where points are in it.

    Parameters
    ----------
    evaluate : Evaluator
    gaussian : Gaussian
    phi : ndarray, shape (coefficients, columns)
    """
    z = np.linalg.solve(gaussian.cholesky, phi - gaussian.mean[:, None])
    return Flat(evaluate, gaussian), z
