"""Gibbs sampling with Polya-Gamma variables for groups with one effect each, in plain numpy.

Coefficients and all effects are one block given the variables of the rows: its precision is sparse
but small, so that it is factored densely. Each standard deviation is then drawn given its effects,
and once more given the effects in its units, of which the rows say something (Yu and Meng 2011,
doi:10.1198/jcgs.2011.203main): without that a small one hardly moves.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg, sparse

import bayeslogit as bl
from bayeslogit.numerics.polya_gamma import random_polya_gamma

__all__ = ["sampled"]

# Of the priors of all programs.
_WIDE = 2.5
# Moves of a standard deviation given its effects.
_MOVES = 5


def sampled(model: bl.Model, draws: int, tune: int, chains: int, seed: int) -> np.ndarray:
    """Return draws of coefficients, standard deviations and effects, (chains, draws, all).

    Parameters
    ----------
    model : Model
        Of a binary or binomial outcome.
    draws, tune, chains, seed : int
    """
    density = model.grouped_density
    X, counts = density.base.likelihood.X, density.counts
    trials, half_gap = counts.sum(axis=1), 0.5 * (counts[:, 1] - counts[:, 0])
    rows, sizes = np.arange(len(X)), [block.levels for block in density.blocks]
    members = [
        sparse.csr_matrix((np.ones(len(X)), (rows, block.codes)), shape=(len(X), block.levels))
        for block in density.blocks
    ]
    A = sparse.hstack([sparse.csr_matrix(X), *members]).tocsr()
    transposed, p = A.T.tocsr(), X.shape[1]
    places = p + np.concatenate([[0], np.cumsum(sizes)])
    kept = np.empty((chains, draws, A.shape[1] + len(sizes)))
    for chain, generator in enumerate(np.random.SeedSequence(seed).spawn(chains)):
        rng = np.random.default_rng(generator)
        sd, theta = np.full(len(sizes), 0.7), np.zeros(A.shape[1])
        for step in range(-tune, draws):
            omega = random_polya_gamma(trials, A @ theta, rng)
            own = [np.full(p, _WIDE), *(np.full(J, s) for J, s in zip(sizes, sd, strict=True))]
            precision = (transposed @ A.multiply(omega[:, None]).tocsr()).toarray()
            precision[np.diag_indices_from(precision)] += np.concatenate(own) ** -2.0
            lower = np.linalg.cholesky(precision)
            right = linalg.solve_triangular(lower, transposed @ half_gap, lower=True)
            right += rng.standard_normal(right.size)
            theta = linalg.solve_triangular(lower, right, lower=True, trans=1)
            for k, Z in enumerate(members):
                here = slice(places[k], places[k + 1])
                sd[k] = _given_effects(sd[k], theta[here], rng)
                z = theta[here] / sd[k]
                rest, unit = A @ theta - Z @ theta[here], Z @ z
                weight = float(omega @ unit**2) + _WIDE**-2.0
                mean = float(unit @ (half_gap - omega * rest)) / weight
                signed = mean + rng.standard_normal() / np.sqrt(weight)
                # A negative one with effects of the other sign means the same.
                sd[k], theta[here] = abs(signed), z * signed
            if step >= 0:
                kept[chain, step] = np.concatenate([theta[:p], sd, theta[p:]])
    return kept


def _given_effects(sd: float, u: np.ndarray, rng: np.random.Generator) -> float:
    """Return a standard deviation moved given its effects, by random walks of its logarithm."""

    def height(log_sd: float) -> float:
        s = np.exp(log_sd)
        return float((1 - len(u)) * log_sd - 0.5 * (u @ u) / s**2 - 0.5 * (s / _WIDE) ** 2)

    at = float(np.log(sd))
    for _ in range(_MOVES):
        to = at + 1.7 * rng.standard_normal() / np.sqrt(2.0 * len(u))
        if np.log(rng.random()) < height(to) - height(at):
            at = to
    return float(np.exp(at))
