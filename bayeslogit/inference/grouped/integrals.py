"""Integrals over the effects of each level of one grouping, by adaptive Gauss-Hermite quadrature.

Given coefficients and covariances, levels are independent, and the effects of one are few. Nodes
are laid around the peak of each integrand, as wide as its curvature there says, for all levels
and many parameter vectors at once.

References
----------
Pinheiro, J. C. and Bates, D. M. (1995). Approximations to the log-likelihood function in the
nonlinear mixed-effects model. doi:10.1080/10618600.1995.10474663
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit.families import Family
from bayeslogit.specification.effects import Block

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["Levels", "Peaks", "Rule", "joined_factor", "log_integrals", "peaks"]


@dataclass(frozen=True, eq=False)
class Levels:
    """Rows in the levels of one grouping, and what the effects of a level multiply.

    Parameters
    ----------
    family : Family
    counts : ndarray, shape (rows, classes)
        Weighted cases of each class.
    loadings : ndarray, shape (predictors, rows, effects)
        Derivative of the linear predictors by the effects.
    codes : ndarray of int, shape (rows,)
        Level of each row.
    number : int
        How many levels there are; one without rows has an integral of one.
    """

    family: Family
    counts: np.ndarray
    loadings: np.ndarray
    codes: np.ndarray
    number: int

    @classmethod
    def of(cls, family: Family, counts: np.ndarray, blocks: Sequence[Block]) -> Levels:
        """Return the levels of blocks that are all of one grouping.

        Parameters
        ----------
        family : Family
        counts : ndarray, shape (rows, classes)
        blocks : sequence of Block
            At least one.
        """
        loadings = np.concatenate([block.loadings for block in blocks], axis=2)
        return cls(family, counts, loadings, blocks[0].codes, blocks[0].levels)

    @property
    def effects(self) -> int:
        """Number of effects of a level."""
        effects: int = self.loadings.shape[2]
        return effects

    @cached_property
    def gather(self) -> csr_matrix:
        """The matrix (levels, rows) that sums rows by level."""
        from scipy.sparse import csr_matrix

        rows = len(self.codes)
        places = (self.codes, np.arange(rows))
        return csr_matrix((np.ones(rows), places), shape=(self.number, rows))

    @cached_property
    def _entering(self) -> list[tuple[int, int, np.ndarray | None]]:
        """Predictor, effect and loadings (rows, 1), None for ones, of all that are not zero."""
        found: list[tuple[int, int, np.ndarray | None]] = []
        for predictor, each in enumerate(self.loadings):
            for effect, column in enumerate(each.T):
                if column.any():
                    ones = bool(np.all(column == 1.0))
                    found.append((predictor, effect, None if ones else column[:, None].copy()))
        return found

    def moved(self, eta: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Return linear predictors with effects added.

        Parameters
        ----------
        eta : ndarray, shape (predictors, rows, columns)
        u : ndarray, shape (effects, levels, columns)
        """
        result = eta.copy()
        by_row = [part[self.codes] for part in u]
        for predictor, effect, column in self._entering:
            part = by_row[effect]
            result[predictor] += part if column is None else column * part
        return result

    def pull(self, slope: np.ndarray) -> np.ndarray:
        """Return derivatives by the effects, (effects, levels, columns).

        Parameters
        ----------
        slope : ndarray, shape (predictors, rows, columns)
            By the linear predictors.
        """
        total = np.zeros((self.effects, *slope.shape[1:]))
        for predictor, effect, column in self._entering:
            total[effect] += slope[predictor] if column is None else column * slope[predictor]
        return np.stack([self.gather @ part for part in total])

    def curvature(self, eta: np.ndarray) -> np.ndarray:
        """Return minus the second derivatives of each row, (predictors, predictors, rows, columns).

        Parameters
        ----------
        eta : ndarray, shape (predictors, rows, columns)
        """
        L, n, columns = eta.shape
        counts = np.repeat(self.counts, columns, axis=0)
        flat = self.family.curvature(eta.reshape(L, n * columns, 1), counts)
        return flat.reshape(L, L, n, columns)

    def by_effects(self, W: np.ndarray) -> np.ndarray:
        """Return curvature of each level by its effects, (effects, effects, levels, columns).

        Parameters
        ----------
        W : ndarray, shape (predictors, predictors, rows, columns)
        """
        q = self.effects
        result = np.empty((q, q, self.number, W.shape[3]))
        for a in range(q):
            for b in range(a + 1):
                total = np.zeros(W.shape[2:])
                for one, first, left in self._entering:
                    for two, second, right in self._entering:
                        if (first, second) == (a, b):
                            part = W[one, two]
                            part = part if left is None else left * part
                            total += part if right is None else right * part
                result[a, b] = result[b, a] = self.gather @ total
        return result


def joined_factor(factors: Sequence[np.ndarray]) -> np.ndarray:
    """Return Lam of several blocks of one grouping, (effects, effects, columns).

    Parameters
    ----------
    factors : sequence of ndarray, shape (effects, effects, columns)
        Of each block.
    """
    if len(factors) == 1:
        return factors[0]
    size = sum(len(factor) for factor in factors)
    result, at = np.zeros((size, size, factors[0].shape[2])), 0
    for factor in factors:
        result[at : at + len(factor), at : at + len(factor)] = factor
        at += len(factor)
    return result


@dataclass(frozen=True, eq=False)
class Rule:
    """Nodes of a Gauss-Hermite rule in several dimensions.

    Attributes
    ----------
    x : ndarray, shape (nodes, effects)
    log_weights : ndarray, shape (nodes,)
        Such that the sum of ``exp(log_weights + g(x))`` is the integral of ``exp(g)``, over
        ``(2 pi)**(effects / 2)``.
    """

    x: np.ndarray
    log_weights: np.ndarray

    @classmethod
    def tensor(cls, points: int, effects: int) -> Rule:
        """Return the rule of so many points in each dimension.

        Parameters
        ----------
        points, effects : int
        """
        x, weights = np.polynomial.hermite_e.hermegauss(points)
        used = weights > 0.0  # of very many points the outermost have weights too small to write
        x, logs = x[used], np.log(weights[used]) - 0.5 * np.log(2.0 * np.pi)
        logs = logs + 0.5 * x * x
        every = list(product(range(len(x)), repeat=effects))
        places = np.array(every, dtype=np.intp).reshape(len(every), effects)
        return cls(x[places], logs[places].sum(axis=1))


@dataclass(frozen=True, eq=False)
class Peaks:
    """The peak of each integrand, and how wide nodes are laid around it.

    Attributes
    ----------
    z : ndarray, shape (effects, levels, columns)
        Where; effects are ``Lam z``.
    height : ndarray, shape (levels, columns)
        Log integrand there, without ``(2 pi)**(-effects / 2)``.
    spread : ndarray, shape (effects, effects, levels, columns)
        What a node is multiplied by.
    log_volume : ndarray, shape (levels, columns)
        Log determinant of ``spread``.
    """

    z: np.ndarray
    height: np.ndarray
    spread: np.ndarray
    log_volume: np.ndarray


def peaks(
    levels: Levels,
    eta: np.ndarray,
    factor: np.ndarray,
    *,
    tolerance: float = 1e-10,
    share: np.ndarray | None = None,
) -> Peaks:
    """Return where integrands peak, by Newton's method for all levels and columns at once.

    Parameters
    ----------
    levels : Levels
    eta : ndarray, shape (predictors, rows, columns)
        Linear predictors without the effects that are integrated.
    factor : ndarray, shape (effects, effects, columns)
        Lam.
    tolerance : float
        Stop once a step would gain less than half of this, in nats.
    share : ndarray, shape (rows,), optional
        Which part of a row will be left out in turn; nodes are then wide enough for that.
    """
    q, columns = levels.effects, eta.shape[2]
    z = np.zeros((q, levels.number, columns))

    def at(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        moved = levels.moved(eta, np.einsum("abc,bjc->ajc", factor, z))
        logs = levels.family.row_log_likelihood(moved.copy(), levels.counts)
        height: np.ndarray = levels.gather @ logs - 0.5 * (z * z).sum(axis=0)
        return height, moved

    height, moved = at(z)
    for step in range(_STEPS + 1):
        slope = levels.family.slope(moved, levels.counts)
        W = levels.curvature(moved)
        pull = np.einsum("bac,bjc->ajc", factor, levels.pull(slope)) - z
        bent = levels.by_effects(W)
        H = np.einsum("bac,bdjc,dec->aejc", factor, bent, factor, optimize=True)
        H[np.arange(q), np.arange(q)] += 1.0
        inverse, log_determinant = _inverted(H)
        move = np.einsum("abjc,bjc->ajc", inverse, pull)
        if step == _STEPS or float((pull * move).sum(axis=0).max(initial=0.0)) < tolerance:
            break
        for _ in range(_HALVINGS):
            new = z + move
            trial, there = at(new)
            worse = ~(trial >= height - 1e-12 * (1.0 + np.abs(height)))
            if not worse.any():
                break
            move = np.where(worse, 0.5 * move, move)
        else:
            new = np.where(worse, z, new)
            trial, there = at(new)
        z, height, moved = new, trial, there
    if share is not None:
        V = np.einsum("abc,bdjc,edc->aejc", factor, inverse, factor, optimize=True)
        keep = np.maximum(_kept(levels, W, V, share), q / np.einsum("aajc->jc", H))
        inverse, log_determinant = inverse / keep, log_determinant + q * np.log(keep)
    return Peaks(z, height, _root(inverse), -0.5 * log_determinant)


# Newton steps, and halvings of each that does not climb, at most.
_STEPS, _HALVINGS = 60, 30


def _inverted(H: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return inverse and log determinant of matrices (q, q, levels, columns).

    Where a likelihood is not log-concave, curvatures below that of the prior are raised to it.
    """
    if len(H) == 1:
        safe = np.maximum(H, 1.0)
        return 1.0 / safe, np.log(safe[0, 0])
    value, vector = np.linalg.eigh(np.moveaxis(H, (0, 1), (2, 3)))
    value = np.maximum(value, 1.0)
    inverse = np.einsum("jcab,jcb,jcdb->adjc", vector, 1.0 / value, vector, optimize=True)
    return inverse, np.log(value).sum(axis=2)


def _root(inverse: np.ndarray) -> np.ndarray:
    """Return a square root of matrices (q, q, levels, columns)."""
    if len(inverse) == 1:
        return np.sqrt(inverse)
    lower = np.linalg.cholesky(np.moveaxis(inverse, (0, 1), (2, 3)))
    return np.moveaxis(lower, (2, 3), (0, 1))


def _kept(levels: Levels, W: np.ndarray, V: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return which part of the curvature of a level is left at least, (levels, columns).

    The part of a row that goes takes its leverage with it.
    """
    lever = np.zeros(W.shape[2:])
    for one, a, left in levels._entering:
        for two, b, right in levels._entering:
            part = W[one, two] * V[a, b][levels.codes]
            part = part if left is None else left * part
            lever += part if right is None else right * part
    lever *= share[:, None]
    order = np.argsort(levels.codes, kind="stable")
    present, starts = np.unique(levels.codes[order], return_index=True)
    kept = np.ones((levels.number, lever.shape[1]))
    kept[present] = 1.0 - np.maximum.reduceat(lever[order], starts, axis=0)
    return kept


def log_integrals(
    levels: Levels, eta: np.ndarray, factor: np.ndarray, rule: Rule, found: Peaks | None = None
) -> np.ndarray:
    """Return the log of the integral of each level's likelihood, (levels, columns), in nats.

    Over effects ``Lam z`` with z standard Gaussian; without combinatorial constants.

    Parameters
    ----------
    levels : Levels
    eta : ndarray, shape (predictors, rows, columns)
        Linear predictors without the effects that are integrated.
    factor : ndarray, shape (effects, effects, columns)
        Lam.
    rule : Rule
    found : Peaks, optional
        Where nodes are laid.

    Examples
    --------
    Two events of one level, of even odds given its effect, are likelier than a quarter:

    >>> from bayeslogit.families import Bernoulli
    >>> counts, codes = np.array([[0.0, 1.0], [0.0, 1.0]]), np.zeros(2, dtype=int)
    >>> levels = Levels(Bernoulli(), counts, np.ones((1, 2, 1)), codes, 1)
    >>> found = log_integrals(levels, np.zeros((1, 2, 1)), np.ones((1, 1, 1)), Rule.tensor(25, 1))
    >>> np.exp(found).round(4).item()
    0.2934
    """
    found = peaks(levels, eta, factor) if found is None else found
    total = np.zeros_like(found.height)
    for x, log_weight in zip(rule.x, rule.log_weights, strict=True):
        z, moved = placed(levels, eta, factor, found, x)
        logs = levels.gather @ levels.family.row_log_likelihood(moved, levels.counts)
        total += np.exp(logs - 0.5 * (z * z).sum(axis=0) + log_weight - found.height)
    result: np.ndarray = found.height + found.log_volume + np.log(total)
    return result


def placed(
    levels: Levels, eta: np.ndarray, factor: np.ndarray, found: Peaks, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return z (effects, levels, columns) at one node, and the linear predictors there.

    Parameters
    ----------
    levels : Levels
    eta : ndarray, shape (predictors, rows, columns)
    factor : ndarray, shape (effects, effects, columns)
    found : Peaks
    x : ndarray, shape (effects,)
        The node.
    """
    z = found.z + np.einsum("abjc,b->ajc", found.spread, x)
    return z, levels.moved(eta, np.einsum("abc,bjc->ajc", factor, z))
