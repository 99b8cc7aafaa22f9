"""The posterior of a grouped model in coordinates for samplers.

A position is the core, whitened by an affine map, then eps of the leaf (see
:mod:`bayeslogit.inference.grouped.conditional`). The core holds the coefficients, coordinates of
the standard deviations and correlations of every block, and eps of the other blocks. A standard
deviation is ``unit sinh(s)`` with s of either sign, which is linear near zero and logarithmic
above; only its absolute value means anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.inference.grouped.conditional import Effects, effects_of, slopes_of
from bayeslogit.inference.grouped.core import Core
from bayeslogit.inference.grouped.learned import LearnedMap, Way
from bayeslogit.inference.grouped.partials import Partials, PartialsWay
from bayeslogit.numerics.small import Matrix
from bayeslogit.specification.effects import Block
from bayeslogit.specification.grouped import GroupedDensity

__all__ = ["BlockShape", "Target"]

# s beyond this is a standard deviation that no double can hold times the unit.
_FARTHEST = 12.0


@dataclass(frozen=True, eq=False)
class BlockShape:
    """What the rows say about the effects of a block at the mode, and where its coordinates are.

    Parameters
    ----------
    block : Block
    information : matrix of (levels, 1) arrays
        Information of the rows on the effects of their level, lower triangle.
    pull : list of ndarray, shape (levels, 1)
        Information times the effects at the mode, plus the slope there.
    mode : ndarray, shape (effects, levels)
        The effects at the mode.
    unit : ndarray, shape (effects, 1)
        Unit of the standard deviations.
    partials : Partials
        From coordinates to partial correlations.
    sd, partial, eps : slice
        Places in the core; ``eps`` of the leaf is empty.
    """

    block: Block
    information: Matrix
    pull: Sequence[np.ndarray]
    mode: np.ndarray
    unit: np.ndarray
    partials: Partials
    sd: slice
    partial: slice
    eps: slice


@dataclass(frozen=True, eq=False)
class _Path:
    """Everything that a gradient needs again after the way to the linear predictors."""

    phi: np.ndarray
    theta: np.ndarray
    sd: list[np.ndarray]
    partial: list[PartialsWay]
    s: list[np.ndarray]
    effects: list[Effects]
    eta: np.ndarray
    learned: Way


@dataclass(frozen=True, eq=False)
class Target:
    """The log posterior and its gradient in the sampler's coordinates, many columns at once.

    Parameters
    ----------
    density : GroupedDensity
    shapes : tuple of BlockShape
        The leaf first; none where only scales of coefficients are learned.
    cross_fixed : list of ndarray, shape (levels, coefficients)
        For each effect of the leaf, the information that its rows share with the coordinates of
        the coefficients.
    cross : list of list of list of csr_matrix
        For each effect of the leaf, other block and its effect: shared information.
    mode : ndarray, shape (coefficients,)
        Coordinates of the coefficients at the mode.
    core : Core
        Whitens the core.
    learned : LearnedMap
        Of the coefficients whose scales are learned; what is learned comes last in the core.
    dtype : numpy.dtype
        Precision of everything that is as large as the rows or the levels.
    """

    density: GroupedDensity
    shapes: tuple[BlockShape, ...]
    cross_fixed: list[np.ndarray]
    cross: list[list[list[Any]]]
    mode: np.ndarray
    core: Core
    learned: LearnedMap = field(default_factory=LearnedMap)
    dtype: Any = np.float64

    @property
    def leaf(self) -> Block:
        """The block with most levels."""
        return self.shapes[0].block

    @property
    def core_size(self) -> int:
        """Number of core coordinates."""
        return self.core.size

    @property
    def size(self) -> int:
        """Number of coordinates."""
        leaf = sum(s.block.effects * s.block.levels for s in self.shapes[:1])
        return self.core_size + leaf

    @cached_property
    def space(self) -> Coordinates:
        """The coordinates of the coefficients."""
        return Coordinates(self.density.base)

    @cached_property
    def _design(self) -> np.ndarray:
        return self.density.base.likelihood.X.astype(self.dtype)

    @cached_property
    def _counts(self) -> np.ndarray:
        return self.density.counts.astype(self.dtype)

    @cached_property
    def _eta0(self) -> np.ndarray | None:
        eta0 = self.density.eta0.astype(self.dtype)[:, :, None]
        return eta0 if eta0.any() else None

    def single(self) -> Target:
        """Return the same target in single precision."""

        def cast(x: Any) -> Any:
            return x.astype(np.float32)

        shapes = tuple(
            replace(
                shape,
                block=shape.block.single(),
                information=[[cast(x) for x in row] for row in shape.information],
                pull=[cast(x) for x in shape.pull],
                mode=cast(shape.mode),
            )
            for shape in self.shapes
        )
        return replace(
            self,
            shapes=shapes,
            cross_fixed=[cast(x) for x in self.cross_fixed],
            cross=[[[cast(x) for x in row] for row in rows] for rows in self.cross],
            dtype=np.float32,
        )

    @property
    def head(self) -> int:
        """Number of core coordinates before the effects of other blocks."""
        if self.learned.sets or len(self.shapes) < 2:
            return self.core_size
        start: int = self.shapes[1].eps.start
        return start

    def whitened(self, core: Core) -> Target:
        """Return the same target with another whitening of the core."""
        made = replace(self, core=core)
        for name in ("_design", "_counts", "_eta0", "_cross_transposed"):
            if name in self.__dict__:
                made.__dict__[name] = self.__dict__[name]
        return made

    @cached_property
    def _cross_transposed(self) -> list[list[list[Any]]]:
        return [[[x.T.tocsr() for x in row] for row in rows] for rows in self.cross]

    def _levels(self, shape: BlockShape, rows: np.ndarray) -> list[np.ndarray]:
        """Return coordinates of a block, effect by effect, each (levels, columns)."""
        q, J = shape.block.effects, shape.block.levels
        return list(rows.reshape(q, J, -1).astype(self.dtype, copy=False))

    def _scales(self, shape: BlockShape, core: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return coordinates of standard deviations, and these, of either sign."""
        s = np.clip(core[shape.sd], -_FARTHEST, _FARTHEST)
        sd = np.empty((shape.block.effects, core.shape[1]))
        sd[:] = shape.unit
        sd[shape.block.covariance.learned] *= np.sinh(s)
        return s, sd

    def partials(self, shape: BlockShape, core: np.ndarray) -> np.ndarray:
        """Return inverse hyperbolic tangents of partial correlations, (partials, columns).

        Standard deviations of either sign are taken as positive ones.

        Parameters
        ----------
        shape : BlockShape
            Of the block.
        core : ndarray, shape (core, columns)
        """
        sd = self._scales(shape, core)[1]
        found = shape.partials
        sign = np.sign(sd[found.rows] * sd[found.columns])
        y: np.ndarray = sign * found.forward(core[shape.partial], sd).y
        return y

    def _walk(self, position: np.ndarray) -> _Path:
        """Go from coordinates to linear predictors."""
        D = self.core_size
        c = self.core.place(position[:D])
        c, learned = self.learned.forward(c)
        phi = c[: self.density.size]
        theta = self.space.theta(phi)
        count = len(self.shapes)
        sd: list[Any] = [None] * count
        partial: list[Any] = [None] * count
        s: list[Any] = [None] * count
        effects: list[Any] = [None] * count
        for k in reversed(range(count)):
            shape = self.shapes[k]
            covariance = shape.block.covariance
            s[k], sd[k] = self._scales(shape, c)
            partial[k] = shape.partials.forward(c[shape.partial], sd[k])
            factor = covariance.factor(sd[k], partial[k].y).astype(self.dtype, copy=False)
            if k:
                eps, pull = self._levels(shape, c[shape.eps]), shape.pull
            else:
                eps = self._levels(shape, position[D:])
                pull = self._leaf_pull(phi, effects)
            effects[k] = effects_of(factor, shape.information, pull, eps)
        eta = self._fixed(theta)
        for shape, made in zip(self.shapes, effects, strict=True):
            shape.block.add(eta, made.u)
        return _Path(phi, theta, sd, partial, s, effects, eta, learned)

    def _fixed(self, theta: np.ndarray) -> np.ndarray:
        """Return the linear predictors without effects, (predictors, rows, columns)."""
        basis, L = self.density.base.likelihood.basis, self.density.family.n_eta
        weights = (theta if basis is None else basis @ theta).astype(self.dtype, copy=False)
        eta: np.ndarray = np.matmul(self._design, weights.reshape(L, self._design.shape[1], -1))
        if self._eta0 is not None:
            eta += self._eta0
        return eta

    def _leaf_pull(self, phi: np.ndarray, effects: list[Any]) -> list[np.ndarray]:
        """Return the pull on the leaf, which moves with coefficients and other effects."""
        away = (phi - self.mode[:, None]).astype(self.dtype, copy=False)
        result = []
        for a, pull in enumerate(self.shapes[0].pull):
            moved = pull - self.cross_fixed[a] @ away
            for k, row in enumerate(self.cross[a], start=1):
                for b, shared in enumerate(row):
                    moved -= shared @ (effects[k].u[b] - self.shapes[k].mode[b][:, None])
            result.append(moved)
        return result

    def _height(self, path: _Path, log_likelihood: np.ndarray) -> np.ndarray:
        """Return the log density from its parts, (columns,), in nats."""
        value: np.ndarray = log_likelihood + self.density.constant
        value = value + self.density.prior.log_density(path.theta)
        value += self.space.log_volume(path.phi)
        for k, shape in enumerate(self.shapes):
            value += shape.block.covariance.log_density(path.sd[k], path.partial[k].y)
            value += np.log(np.cosh(path.s[k])).sum(axis=0)
            value += path.partial[k].log_stretch
            value += path.effects[k].log_density
        value += self.learned.log_density(path.learned)
        return value

    def _back(self, path: _Path, slope: np.ndarray) -> np.ndarray:
        """Return the gradient by the coordinates from that by the linear predictors."""
        D, P = self.core_size, self.density.size
        columns = slope.shape[2]
        result = np.empty((self.size, columns))
        core = np.zeros((D, columns))
        by_pull: list[np.ndarray] = []
        for k, shape in enumerate(self.shapes):
            by_u = shape.block.pull(slope)
            if k:
                for b in range(shape.block.effects):
                    for a, moved in enumerate(by_pull):
                        by_u[b] = by_u[b] - self._cross_transposed[a][k - 1][b] @ moved
            by_factor, pulled, by_eps = slopes_of(path.effects[k], by_u)
            if k:
                core[shape.eps] = np.concatenate(by_eps)
            else:
                by_pull = pulled
                result[D:] = np.concatenate(by_eps)
            covariance, learned = shape.block.covariance, shape.block.covariance.learned
            y = path.partial[k].y
            by_sd, by_partial = covariance.pull(path.sd[k], y, by_factor)
            more_sd, more_partial = covariance.gradient(path.sd[k], y)
            by_e, turned = shape.partials.back(path.partial[k], by_partial + more_partial)
            stretch = shape.unit[learned] * np.cosh(path.s[k])
            core[shape.sd] = (by_sd + more_sd + turned)[learned] * stretch + np.tanh(path.s[k])
            core[shape.partial] = by_e
        core[:P] = self._by_phi(path, slope)
        for a, moved in enumerate(by_pull):
            core[:P] -= self.cross_fixed[a].T @ moved
        result[:D] = self.core.pull(self.learned.pull(path.learned, core))
        return result

    def _by_phi(self, path: _Path, slope: np.ndarray) -> np.ndarray:
        """Return the gradient by the coordinates of the coefficients."""
        L, p = len(slope), self._design.shape[1]
        flat = np.matmul(self._design.T, slope).reshape(L * p, -1)
        gradient = self.density.base.likelihood._pull(flat) + self.density.prior.gradient(
            path.theta
        )
        return self.space.pull(path.phi, gradient)

    def value_and_gradient(self, position: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the log density (columns,), its gradient, and what the position means.

        The last is (quantities, columns): coefficients, then for each block standard deviations,
        correlations (lower triangle, row by row) and effects (effect by effect), then what is
        reported of learned scales of coefficients.
        """
        path = self._walk(position)
        reading = self._reading(path)
        total, slope = self.density.family.total_and_slope(path.eta, self._counts)
        return self._height(path, total), self._back(path, slope), reading

    def gradient(self, position: np.ndarray) -> np.ndarray:
        """Return the gradient alone, (coordinates, columns)."""
        path = self._walk(position)
        return self._back(path, self.density.family.slope(path.eta, self._counts))

    def read(self, position: np.ndarray) -> np.ndarray:
        """Return what positions mean, (quantities, columns), as :meth:`value_and_gradient`."""
        step = 256
        parts = [
            self._reading(self._walk(position[:, start : start + step]))
            for start in range(0, position.shape[1], step)
        ]
        return np.concatenate(parts, axis=1)

    def _reading(self, path: _Path) -> np.ndarray:
        rows = [path.theta]
        for shape, sd, partial, made in zip(
            self.shapes, path.sd, path.partial, path.effects, strict=True
        ):
            covariance = shape.block.covariance
            rows.append(np.abs(sd))
            if covariance.partials:
                correlations = covariance.correlations(sd, partial.y)
                rows.append(correlations[np.tril_indices(covariance.effects, -1)])
            rows += list(made.u)
        return np.concatenate([*rows, *self.learned.readings(path.learned)])

    def fold(self, position: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the same points with standard deviations that are positive, and the slopes there.

        The signs of a standard deviation, of its effects and of its partial correlations change
        together, and the density does not.

        Parameters
        ----------
        position, slope : ndarray, shape (coordinates, columns)
        """
        D = self.core_size
        c = self.core.place(position[:D])
        signs: np.ndarray | None = None
        for k, shape in enumerate(self.shapes):
            covariance, J = shape.block.covariance, shape.block.levels
            for place, a in enumerate(np.flatnonzero(covariance.learned)):
                negative = np.flatnonzero(c[shape.sd.start + place] < 0.0)
                if not negative.size:
                    continue
                if signs is None:
                    signs = np.ones_like(position)
                start = shape.eps.start if k else D
                rows = [shape.sd.start + place, *range(start + a * J, start + (a + 1) * J)]
                if covariance.partials:
                    pairs = np.tril_indices(covariance.effects, -1)
                    touched = np.flatnonzero((pairs[0] == a) | (pairs[1] == a))
                    rows += (shape.partial.start + touched).tolist()
                signs[np.ix_(rows, negative)] *= -1.0
        if signs is None:
            return position, slope
        position, slope = position * signs, slope * signs
        position[:D] = self.core.whiten(c * signs[:D])
        plain = self.core.unpull(slope[:D] * signs[:D])
        slope[:D] = self.core.pull(plain * signs[:D])
        return position, slope
