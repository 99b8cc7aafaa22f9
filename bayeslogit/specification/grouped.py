"""The log posterior of a model that learns scales, on arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayeslogit.families import Family
from bayeslogit.priors import CoefficientPrior
from bayeslogit.specification.density import LogDensity
from bayeslogit.specification.effects import Block

__all__ = ["GroupedDensity"]


@dataclass(frozen=True, eq=False)
class GroupedDensity:
    """The log posterior of coefficients, what they learn, and effects with their covariances.

    Parameters
    ----------
    base : LogDensity
        Likelihood and prior of the coefficients alone; its rows are not added up.
    blocks : tuple of Block
        The groupings, that with most levels first; none where only scales of coefficients are
        learned.
    """

    base: LogDensity
    blocks: tuple[Block, ...]

    @property
    def family(self) -> Family:
        """The likelihood's family."""
        return self.base.family

    @property
    def prior(self) -> CoefficientPrior:
        """The prior of the coefficients."""
        return self.base.prior

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return self.base.size

    @property
    def counts(self) -> np.ndarray:
        """Weighted counts of each class in each row, (rows, classes)."""
        return self.base.likelihood.counts

    @property
    def constant(self) -> float:
        """Sum of the log combinatorial constants, in nats."""
        return self.base.likelihood.constant

    @property
    def start(self) -> np.ndarray:
        """Coefficients at which the log-likelihood is finite."""
        return self.base.likelihood.start

    @cached_property
    def eta0(self) -> np.ndarray:
        """The offset in each linear predictor, (predictors, rows)."""
        rows = self.base.likelihood
        signs = np.array(self.family.offset_signs)
        offset = np.zeros(len(rows.X)) if rows.offset is None else rows.offset
        eta0: np.ndarray = signs[:, None] * offset
        return eta0

    @cached_property
    def fixed(self) -> np.ndarray:
        """Derivative of the linear predictors by the coefficients, (predictors, rows, P)."""
        rows = self.base.likelihood
        L, p = self.family.n_eta, rows.X.shape[1]
        if rows.basis is None and L == 1:
            return rows.X[None]
        basis = np.eye(L * p) if rows.basis is None else rows.basis
        return np.stack([rows.X @ part for part in basis.reshape(L, p, -1)])

    def fixed_pull(self, slope: np.ndarray) -> np.ndarray:
        """Return derivatives by the coefficients from those by linear predictors (L, rows)."""
        gradient: np.ndarray = np.einsum("lnp,ln->p", self.fixed, slope)
        return gradient

    def reading_places(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the places of scales and of effects in a reading of the posterior.

        A reading holds the coefficients, then for each block its standard deviations, its
        correlations (lower triangle, row by row) and its effects (effect by effect); then what
        is reported of each set of coefficients with learned scales.
        """
        scales, effects, at = [], [np.zeros(0, np.intp)], self.size
        for block in self.blocks:
            count = block.effects + block.covariance.partials
            scales.append(np.arange(at, at + count))
            at += count
            effects.append(np.arange(at, at + block.effects * block.levels))
            at += block.effects * block.levels
        scales.append(at + np.arange(sum(len(part.quantities) for part in self.prior.learned)))
        return np.concatenate(scales), np.concatenate(effects)

    def log_joint(
        self,
        theta: np.ndarray,
        sd: list[np.ndarray],
        partial: list[np.ndarray],
        u: list[np.ndarray],
    ) -> np.ndarray:
        """Return the log density of outcome, coefficients, covariances and effects, in nats.

        For one grouping it is ``log p(y | theta, u) + log p(theta) + log p(u | sd, partial)
        + log p(sd, partial)``; standard deviations must be positive. The prior of coefficients
        with learned scales is left out.

        Parameters
        ----------
        theta : ndarray, shape (coefficients, columns)
        sd, partial : list of ndarray, shapes (effects, columns) and (partials, columns)
            For each block.
        u : list of ndarray, shape (effects, levels, columns)
            For each block.
        """
        eta = self.base.likelihood.eta(theta)
        value = self.prior.log_density(theta) + self.constant
        for block, s, y, effects in zip(self.blocks, sd, partial, u, strict=True):
            block.add(eta, list(effects))
            factor = np.moveaxis(block.covariance.factor(s, y), -1, 0)
            z = np.linalg.solve(factor, np.moveaxis(effects, -1, 0))
            value += -0.5 * (z * z).sum(axis=(1, 2)) - 0.5 * z[0].size * np.log(2.0 * np.pi)
            diagonal = np.abs(np.diagonal(factor, axis1=1, axis2=2))
            value -= block.levels * np.log(diagonal).sum(axis=1)
            value += block.covariance.log_density(s, y)
        value += self.family.log_likelihood(eta, self.counts)
        return value
