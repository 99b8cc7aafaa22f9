"""The mode of all effects given their covariances, and the marginal likelihood of these.

Given the covariances, coefficients and effects have a log-concave posterior with a sparse
curvature: effects of different levels of one grouping do not meet. The levels of the largest
grouping (the leaf) are eliminated one by one, and what is left (the core: coefficients and the
effects of other groupings) is dense. Effects are u = Lam z with z standard Gaussian, so that a
standard deviation of zero is an ordinary point.

The marginal is Laplace's approximation, log f(mode) - log det H / 2, with its exact gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.inference.grouped.inner import Inner
from bayeslogit.inference.grouped.levers import levers
from bayeslogit.numerics.definite import bent_down, peaked, solved
from bayeslogit.numerics.sparse import stretched, thin
from bayeslogit.priors import CoefficientPrior
from bayeslogit.priors.covariance import Covariance
from bayeslogit.priors.scales import Known
from bayeslogit.specification.effects import Block
from bayeslogit.specification.grouped import GroupedDensity

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["Nested"]

# Step of the central differences that give third derivatives, in units of the linear predictor.
_STEP = 1e-4


class Nested:
    """The nested Laplace approximation of a grouped model.

    Parameters
    ----------
    density : GroupedDensity
    outer : bool
        Whether the coefficients are held fixed rather than integrated, as maximum likelihood
        does.
    """

    def __init__(self, density: GroupedDensity, *, outer: bool = False) -> None:
        self.density, self.outer = density, outer
        self.leaf, *others = density.blocks or (_nobody(density),)
        self.others = tuple(others)
        self._state: tuple[np.ndarray, np.ndarray] | None = None
        sizes = [b.effects * b.levels for b in self.others]
        starts = density.size + np.concatenate([[0], np.cumsum(sizes)]).astype(int)
        self.places = [slice(a, a + n) for a, n in zip(starts, sizes, strict=False)]
        self.core_size = int(starts[-1])

    @cached_property
    def _fixed(self) -> csr_matrix:
        from scipy.sparse import csr_matrix

        E = self.density.fixed
        return csr_matrix(E.reshape(-1, E.shape[2]))

    @cached_property
    def _spread(self) -> list[list[csr_matrix]]:
        """For each other block and effect, its loadings as a matrix (rows, levels)."""
        from scipy.sparse import csr_matrix

        found = []
        for block in self.others:
            L, n, q = block.loadings.shape
            codes = np.tile(block.codes, L)
            found.append(
                [
                    csr_matrix(
                        (block.loadings[:, :, a].ravel(), (np.arange(L * n), codes)),
                        shape=(L * n, block.levels),
                    )
                    for a in range(q)
                ]
            )
        return found

    @cached_property
    def _sum(self) -> csr_matrix:
        """Sums over the rows of all linear predictors, by level of the leaf."""
        from scipy.sparse import csr_matrix

        L, n, _ = self.leaf.loadings.shape
        codes = np.tile(self.leaf.codes, L)
        return csr_matrix((np.ones(L * n), (codes, np.arange(L * n))), (self.leaf.levels, L * n))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The groupings, the leaf first; one that no row is in where the model has none."""
        return (self.leaf, *self.others)

    def _design(self, factors: Sequence[np.ndarray]) -> csr_matrix:
        from scipy.sparse import hstack

        columns = [self._fixed]
        for spread, factor in zip(self._spread, factors[1:], strict=True):
            q = len(factor)
            columns += [sum(spread[a] * factor[a, b] for a in range(b, q)) for b in range(q)]
        return hstack(columns).tocsr() if len(columns) > 1 else self._fixed

    def inner(
        self,
        factors: Sequence[np.ndarray],
        coefficients: np.ndarray | None = None,
        *,
        prior: CoefficientPrior | None = None,
        tolerance: float = 1e-10,
        steps: int = 60,
    ) -> Inner:
        """Return the mode of core and leaf given the factors, by Newton's method.

        Parameters
        ----------
        factors : sequence of ndarray, shape (effects, effects)
            Lam of each block, the leaf first.
        coefficients : ndarray, shape (coefficients,), optional
            Held fixed at these values if the coefficients are outer.
        prior : CoefficientPrior, optional
            Of the coefficients, where scales that are learned are given; else that of the density.
        tolerance : float
            Stop once a step would gain less than half of this, in nats.
        steps : int
            Most Newton steps.

        Raises
        ------
        FitFailed
            If the log density is not finite at the start.
        """
        density, leaf, P = self.density, self.leaf, self.density.size
        family, counts = density.family, density.counts
        prior = density.prior if prior is None else prior
        J, Q = leaf.levels, leaf.effects
        L, n = density.eta0.shape
        A = self._design(factors)
        GL = leaf.loadings @ factors[0]
        if self._state is None:
            core, z = np.zeros(self.core_size), np.zeros((J, Q))
            core[:P] = density.start
        else:
            core, z = self._state[0].copy(), self._state[1].copy()
        if self.outer and coefficients is not None:
            core[:P] = coefficients
        first = P if self.outer else 0
        free = slice(first, self.core_size)
        Af = A[:, first:] if first else A

        def at(core: np.ndarray, z: np.ndarray) -> tuple[float, np.ndarray]:
            eta = (A @ core).reshape(L, n) + density.eta0
            eta += np.einsum("lnq,nq->ln", GL, z[leaf.codes])
            with np.errstate(all="ignore"):
                value = float(family.log_likelihood(eta[:, :, None].copy(), counts)[0])
            value += density.constant - 0.5 * float((z * z).sum())
            value -= 0.5 * float(core[P:] @ core[P:])
            if not self.outer:
                value += float(prior.log_density(core[:P, None])[0])
            return value, eta

        value, eta = at(core, z)
        if not np.isfinite(value):
            raise FitFailed(
                f"the log posterior is {value} at the start; expected a finite number; check the "
                "scale of the predictors, the offset and the priors"
            )
        concave = family.log_concave and prior.log_concave
        for step in range(steps + 1):
            _, slope, W = family.newton(eta[:, :, None].copy(), counts)
            slope = slope[:, :, 0]
            pull_leaf = np.stack([x[:, 0] for x in leaf.pull(slope[:, :, None])], 1) @ factors[0]
            pull_leaf -= z
            pull_core = A.T @ slope.ravel()
            pull_core[P:] -= core[P:]
            precision = np.zeros((0, 0))
            if not self.outer:
                _, push, precision = prior.newton(core[:P])
                pull_core[:P] += push
            pull_core = pull_core[free]
            H, Hi, B, HiB, schur = self.curvatures(Af, GL, W, precision)
            if not concave and not (peaked(H) and peaked(schur)):
                # A step that is sure to lead up, from the nearest curvature that bends down.
                W = np.moveaxis(bent_down(np.moveaxis(W, 2, 0)), 0, 2)
                H, Hi, B, HiB, schur = self.curvatures(Af, GL, W, bent_down(precision))
            by_leaf = np.einsum("jab,jb->ja", Hi, pull_leaf)
            if len(schur):
                right = pull_core - sum(part.T @ by_leaf[:, a] for a, part in enumerate(B))
                move, log_det = solved(schur, right)
            else:
                log_det, move = 0.0, np.zeros(0)
            move_leaf = by_leaf - np.stack([part @ move for part in HiB], axis=1)
            gain = float(pull_core @ move + (pull_leaf * move_leaf).sum())
            if gain < tolerance or step == steps:
                break
            size = 1.0
            for _ in range(40):
                new_core, new_z = core.copy(), z + size * move_leaf
                new_core[free] += size * move
                trial, new_eta = at(new_core, new_z)
                if trial >= value - 1e-12 * abs(value):
                    break
                size *= 0.5
            else:
                break
            core, z, value, eta = new_core, new_z, trial, new_eta
        self._state = core, z
        log_det += float(np.linalg.slogdet(H)[1].sum())
        return Inner(
            value, core, z, tuple(factors), A, GL, eta, slope, W, Hi, HiB, schur, log_det, step
        )

    def curvatures(
        self, A: csr_matrix, GL: np.ndarray, W: np.ndarray, precision: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, list[Any], list[Any], np.ndarray]:
        """Return the curvature of the leaf, its inverse, by core, both, and of the core given it.

        Parameters
        ----------
        A : csr_matrix, shape (predictors x rows, core)
        GL : ndarray, shape (predictors, rows, effects)
        W : ndarray, shape (predictors, predictors, rows)
            Minus the second derivatives of each row.
        precision : ndarray, shape (coefficients, coefficients)
            Of the prior; empty if the coefficients are outer.
        """
        J, Q = self.leaf.levels, self.leaf.effects
        WG = np.einsum("lkn,knq->lnq", W, GL)
        pairs = np.einsum("lna,lnb->nab", GL, WG).reshape(WG.shape[1], -1)
        H = (self.leaf.gather @ pairs).reshape(J, Q, Q) + np.eye(Q)
        flat = WG.reshape(-1, Q)
        B = thin([self._sum @ stretched(A, flat[:, a]) for a in range(Q)])
        D = self._curvature(A, W)
        P = len(precision)
        D[:P, :P] += precision
        rest = np.arange(self.density.size if not self.outer else 0, len(D))
        D[rest, rest] += 1.0
        Hi = np.linalg.inv(H)
        HiB = [sum(stretched(B[b], Hi[:, a, b]) for b in range(Q)) for a in range(Q)]
        products = [left.T @ right for left, right in zip(B, HiB, strict=True)]
        schur = D - sum(x if isinstance(x, np.ndarray) else x.toarray() for x in products)
        return H, Hi, B, HiB, 0.5 * (schur + schur.T)

    def _curvature(self, A: csr_matrix, W: np.ndarray) -> np.ndarray:
        """Return ``A' W A`` as a dense matrix."""
        L, n = W.shape[1:]
        result = np.zeros((A.shape[1], A.shape[1]))
        for a in range(L):
            left = A[a * n : (a + 1) * n].T
            for b in range(L):
                right = stretched(A[b * n : (b + 1) * n], W[a, b])
                result += (left @ right).toarray()
        return result

    def marginal(self, found: Inner) -> float:
        """Return the log marginal likelihood of the covariances, in nats.

        Where the coefficients are not outer, their prior is integrated with them.
        """
        fixed = 0.0 if self.outer else 0.5 * self.density.size * np.log(2.0 * np.pi)
        return found.value - 0.5 * found.log_determinant + fixed

    def gradient(self, found: Inner) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
        """Return the exact derivatives of :meth:`marginal`.

        Returns
        -------
        list of ndarray, shape (effects, effects)
            By the lower triangle of Lam of each block.
        ndarray, shape (coefficients,)
            By the coefficients, where they are outer; else empty.
        ndarray, shape (core,)
            Minus the inverse curvature times the derivative of half its log determinant.
        """
        density, leaf, P = self.density, self.leaf, self.density.size
        L, n = found.slope.shape
        first = P if self.outer else 0
        codes, GL = leaf.codes, found.GL
        A = found.A[:, first:] if first else found.A
        V = found.covariance
        # H^-1 times the row of the linear predictor: its core, and its own level of the leaf.
        made = levers(found, codes, first)
        lever, Vt, own = made.lever, made.core, made.leaf
        sigma = self._third(found, lever)
        # Minus H^-1 A' sigma.
        s_core = A.T @ sigma.ravel()
        s_leaf = np.stack([x[:, 0] for x in leaf.pull(sigma[:, :, None])], 1) @ found.factors[0]
        by_leaf = np.einsum("jab,jb->ja", found.Hi, s_leaf)
        lam_core = -V @ (s_core - sum(x.T @ s_leaf[:, a] for a, x in enumerate(found.HiB)))
        lam_leaf = -by_leaf - np.stack([x @ lam_core for x in found.HiB], axis=1)
        along = (A @ lam_core).reshape(L, n) + np.einsum("lnq,nq->ln", GL, lam_leaf[codes])
        bent = np.einsum("lkn,kn->ln", found.W, along)
        push = found.slope - sigma - bent
        result = [self._by_factor(leaf, push, found, found.leaf[codes], lam_leaf[codes], own)]
        for block, place in zip(self.others, self.places, strict=True):
            q, J = block.effects, block.levels
            z = found.core[place].reshape(q, J).T[block.codes]
            here = slice(place.start - first, place.stop - first)
            lam = lam_core[here].reshape(q, J).T[block.codes]
            columns = here.start + np.arange(q)[None, :] * J + block.codes[:, None]
            mine = Vt[:, np.arange(n)[:, None], columns]
            result.append(self._by_factor(block, push, found, z, lam, mine))
        by_coefficients = density.fixed_pull(push) if self.outer else np.zeros(0)
        return result, by_coefficients, lam_core

    def _by_factor(
        self,
        block: object,
        push: np.ndarray,
        found: Inner,
        z: np.ndarray,
        lam: np.ndarray,
        own: np.ndarray,
    ) -> np.ndarray:
        """Return derivatives by Lam of one block, from what its rows have.

        Parameters
        ----------
        block : Block
        push : ndarray, shape (predictors, rows)
        found : Inner
        z, lam : ndarray, shape (rows, effects)
        own : ndarray, shape (predictors, rows, effects)
        """
        G = block.loadings  # type: ignore[attr-defined]
        right = push[:, :, None] * z + found.slope[:, :, None] * lam
        right -= np.einsum("lkn,knb->lnb", found.W, own)
        return np.tril(np.einsum("lna,lnb->ab", G, right, optimize=True))

    def _third(self, found: Inner, lever: np.ndarray) -> np.ndarray:
        """Return half the sum of ``lever`` times the derivative of W by each predictor."""
        family, counts = self.density.family, self.density.counts
        sigma = np.empty_like(found.eta)
        for m in range(len(sigma)):
            ends = []
            for sign in (1.0, -1.0):
                eta = found.eta[:, :, None].copy()
                eta[m] += sign * _STEP
                ends.append(family.curvature(eta, counts))
            change = (ends[0] - ends[1]) / (2.0 * _STEP)
            sigma[m] = 0.5 * np.einsum("lkn,lkn->n", lever, change)
        return sigma


def _nobody(density: GroupedDensity) -> Block:
    """Return a grouping of one level that no row is in."""
    L, n = density.eta0.shape
    none = Covariance((Known(1.0),))
    return Block("", np.zeros((n, 1)), np.zeros(n, np.intp), 1, np.ones((L, 1)), none)
