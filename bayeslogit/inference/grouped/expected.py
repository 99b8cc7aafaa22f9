"""What the rows say about effects on average over the posterior, not at its mode.

Where groups have few rows, the curvature of the likelihood at the mode tells little of what lies
within a standard deviation of it. The Gaussian that is nearest to the posterior given the
covariances has the expected slope zero and the expected curvature as its precision (Opper and
Archambeau 2009, doi:10.1162/neco.2008.08-07-592); expectations are over the linear predictors of
each row, by quadrature.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from bayeslogit.inference.grouped.inner import Inner
from bayeslogit.inference.grouped.levers import levers
from bayeslogit.inference.grouped.nested import Nested

__all__ = ["expected"]

# Points in one dimension, and steps towards the nearest Gaussian.
_POINTS = 15
_STEPS = 4
# Points in each of one, two or three effects of a level.
_WITHIN = (25, 11, 7)


def expected(nested: Nested, found: Inner) -> Inner:
    """Return the Gaussian nearest to the posterior given the covariances, in place of the mode.

    Slopes and curvatures of the result are expectations.

    Parameters
    ----------
    nested : Nested
    found : Inner
        At the mode.
    """
    density = nested.density
    if not (density.family.log_concave and density.prior.log_concave):
        return found
    for _ in range(_STEPS):
        found = _nearer(nested, found)
    if len(found.slope) == 1 and nested.leaf.effects <= len(_WITHIN):
        found = _given_core(nested, found)
    return found


def _given_core(nested: Nested, found: Inner) -> Inner:
    """Return moments of the effects of the leaf given all else, with slopes that have them.

    The Gaussian of a row with curvature W and slope b at the mean has the row's mean slope, and
    its covariance with the linear predictor.
    """
    density, leaf = nested.density, nested.leaf
    q, codes, GL = leaf.effects, leaf.codes, found.GL[0]
    x, weight = np.polynomial.hermite_e.hermegauss(_WITHIN[q - 1])
    points = np.stack(np.meshgrid(*[x] * q, indexing="ij"), axis=-1).reshape(-1, q)
    log_weight = np.sum(np.meshgrid(*[np.log(weight)] * q, indexing="ij"), axis=0).ravel()
    lower = np.linalg.cholesky(found.Hi)
    z = found.leaf[:, :, None] + lower @ points.T  # (levels, q, points)
    eta = found.eta[0][:, None] + np.einsum("nq,nqk->nk", GL, (z - found.leaf[:, :, None])[codes])
    height = density.family.row_log_likelihood(eta[None], density.counts)
    inside = leaf.gather @ height - 0.5 * (z * z).sum(axis=1) + 0.5 * (points**2).sum(axis=1)
    inside += log_weight
    share = np.exp(inside - inside.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    mean = np.einsum("jqk,jk->jq", z, share)
    slopes = density.family.slope(eta[None], density.counts)[0]
    own = share[codes]
    slope = (slopes * own).sum(axis=1)
    away = eta - (eta * own).sum(axis=1, keepdims=True)
    variance = (away**2 * own).sum(axis=1)
    W = -(slopes * away * own).sum(axis=1) / variance
    good = variance > 1e-12
    W = np.where(good, W, found.W[0, 0])
    return replace(found, leaf=mean, slope=slope[None], W=np.maximum(W, 0.0)[None, None])


def _rule(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points (any, size) and weights of a standard Gaussian."""
    if size == 1:
        x, weight = np.polynomial.hermite_e.hermegauss(_POINTS)
        return x[:, None], weight / math.sqrt(2.0 * math.pi)
    both = math.sqrt(size) * np.eye(size)
    return np.concatenate([both, -both]), np.full(2 * size, 0.5 / size)


def _nearer(nested: Nested, found: Inner) -> Inner:
    """Return the Gaussian after one step of Newton's method for expectations."""
    density, leaf, P = nested.density, nested.leaf, nested.density.size
    L, n = found.slope.shape
    made = levers(found, leaf.codes)
    spread = np.linalg.cholesky(np.moveaxis(made.lever, 2, 0) + 1e-12 * np.eye(L))
    slope, W = np.zeros_like(found.slope), np.zeros_like(found.W)
    for point, weight in zip(*_rule(L), strict=True):
        eta = (found.eta + (spread @ point).T)[:, :, None]
        _, first, second = density.family.newton(eta, density.counts)
        slope += weight * first[:, :, 0]
        W += weight * second
    _, push, precision = density.prior.newton(found.core[:P])
    _, Hi, B, HiB, schur = nested.curvatures(found.A, found.GL, W, precision)
    pull_leaf = np.stack([x[:, 0] for x in leaf.pull(slope[:, :, None])], 1) @ found.factors[0]
    pull_leaf -= found.leaf
    pull_core = found.A.T @ slope.ravel()
    pull_core[P:] -= found.core[P:]
    pull_core[:P] += push
    by_leaf = np.einsum("jab,jb->ja", Hi, pull_leaf)
    right = pull_core - sum(part.T @ by_leaf[:, a] for a, part in enumerate(B))
    move = np.linalg.solve(schur, right)
    core = found.core + move
    z = found.leaf + by_leaf - np.stack([part @ move for part in HiB], axis=1)
    eta = (found.A @ core).reshape(L, n) + density.eta0
    eta += np.einsum("lnq,nq->ln", found.GL, z[leaf.codes])
    return replace(found, core=core, leaf=z, eta=eta, slope=slope, W=W, Hi=Hi, HiB=HiB, schur=schur)
