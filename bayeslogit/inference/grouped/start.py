"""Where a sampler of a grouped model starts: the nested mode, and the coordinates made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.inference.grouped.conditional import effects_of
from bayeslogit.inference.grouped.core import Core
from bayeslogit.inference.grouped.expected import expected
from bayeslogit.inference.grouped.inner import Inner
from bayeslogit.inference.grouped.learned import Settled, settle
from bayeslogit.inference.grouped.nested import Nested
from bayeslogit.inference.grouped.partials import Partials
from bayeslogit.inference.grouped.target import BlockShape, Target
from bayeslogit.inference.mode import climb, gaussian_at
from bayeslogit.numerics.small import Matrix
from bayeslogit.specification.effects import Block
from bayeslogit.specification.grouped import GroupedDensity

__all__ = ["Hyper", "ScaleMode", "nested_target", "scale_mode", "target_at"]

# Standard deviations at which the search starts.
_FIRST = 0.7


@dataclass(frozen=True, eq=False)
class Hyper:
    """Standard deviations and partial correlations of all blocks as one vector.

    A vector holds, block by block, the standard deviations that are learned, or their logarithms,
    then the partial correlations.

    Parameters
    ----------
    blocks : tuple of Block
    logarithms : bool
        Whether the vector holds logarithms; else standard deviations of either sign, of which
        only the absolute value means anything, so that zero is an ordinary point.
    """

    blocks: tuple[Block, ...]
    logarithms: bool = True

    @property
    def size(self) -> int:
        """Length of a vector."""
        return sum(int(b.covariance.learned.sum()) + b.covariance.partials for b in self.blocks)

    @property
    def start(self) -> np.ndarray:
        """Where a search may start: moderate standard deviations, no correlation."""
        first = np.log(_FIRST) if self.logarithms else _FIRST
        parts = [
            np.full(count, value)
            for block in self.blocks
            for count, value in (
                (int(block.covariance.learned.sum()), first),
                (block.covariance.partials, 0.0),
            )
        ]
        return np.concatenate(parts)

    def split(self, x: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return standard deviations (effects,) and partial correlations of each block."""
        found, start = [], 0
        for block in self.blocks:
            covariance = block.covariance
            sd = np.array([getattr(scale, "sd", 1.0) for scale in covariance.scales])
            learned = covariance.learned
            stop = start + int(learned.sum())
            sd[learned] = np.exp(x[start:stop]) if self.logarithms else x[start:stop]
            start, stop = stop, stop + covariance.partials
            found.append((sd, x[start:stop]))
            start = stop
        return found

    def factors(self, x: np.ndarray) -> list[np.ndarray]:
        """Return Lam of each block, (effects, effects)."""
        return [
            block.covariance.factor(sd[:, None], partial[:, None])[:, :, 0]
            for block, (sd, partial) in zip(self.blocks, self.split(x), strict=True)
        ]

    def pull(self, x: np.ndarray, by_factor: Sequence[np.ndarray]) -> np.ndarray:
        """Return derivatives by the vector from those by Lam of each block.

        Parameters
        ----------
        x : ndarray
            The vector.
        by_factor : sequence of ndarray, shape (effects, effects)
        """
        result = []
        for block, (sd, partial), slope in zip(self.blocks, self.split(x), by_factor, strict=True):
            by_sd, by_partial = block.covariance.pull(
                sd[:, None], partial[:, None], slope[:, :, None]
            )
            stretch = sd if self.logarithms else 1.0
            result += [(by_sd[:, 0] * stretch)[block.covariance.learned], by_partial[:, 0]]
        return np.concatenate(result)

    def prior(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the log prior density of the vector and its gradient, in nats.

        Without logarithms, it is the density of standard deviations and correlations themselves,
        whose mode does not depend on the coordinates.
        """
        value, slopes = 0.0, []
        for block, (sd, partial) in zip(self.blocks, self.split(x), strict=True):
            covariance = block.covariance
            learned = covariance.learned
            if self.logarithms:
                value += float(covariance.log_density(sd[:, None], partial[:, None])[0])
                value += float(np.log(sd[learned]).sum())
                by_sd, by_partial = covariance.gradient(sd[:, None], partial[:, None])
                slopes += [(by_sd[:, 0] * sd + 1.0)[learned], by_partial[:, 0]]
            else:
                own, by_sd, by_partial = covariance.density_of_matrix(sd[:, None], partial[:, None])
                value += float(own[0])
                slopes += [by_sd[learned, 0], by_partial[:, 0]]
        return value, np.concatenate(slopes)


@dataclass(frozen=True, eq=False)
class ScaleMode:
    """The mode of the covariances with all else integrated by Laplace's approximation.

    Attributes
    ----------
    x : ndarray
        See :class:`Hyper`.
    precision : ndarray, shape (size, size)
        Minus the second derivatives of the log marginal there.
    inner : Inner
        Mode of coefficients and effects given the covariances.
    value : float
        Log marginal posterior, in nats.
    evaluations : int
    """

    x: np.ndarray
    precision: np.ndarray
    inner: Inner
    value: float
    evaluations: int


def scale_mode(nested: Nested, hyper: Hyper) -> ScaleMode:
    """Return the mode of the covariances, by a quasi-Newton search with exact gradients.

    Parameters
    ----------
    nested : Nested
    hyper : Hyper
    """
    from scipy.optimize import minimize

    evaluations = 0

    def height(x: np.ndarray, tolerance: float = 1e-7) -> tuple[float, np.ndarray]:
        nonlocal evaluations
        evaluations += 1
        found = nested.inner(hyper.factors(x), tolerance=tolerance)
        by_factor, *_ = nested.gradient(found)
        prior, slope = hyper.prior(x)
        return -(nested.marginal(found) + prior), -(hyper.pull(x, by_factor) + slope)

    first = hyper.start
    x, value = first, 0.0
    if hyper.size:
        bounds = [(-9.0, 5.0)] * hyper.size
        found = minimize(
            height,
            first,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 60, "ftol": 1e-9, "gtol": 1e-2},
        )
        x, value = found.x, -float(found.fun)
    precision = np.zeros((hyper.size, hyper.size))
    step = 0.05
    for i in range(hyper.size):
        move = np.zeros(hyper.size)
        move[i] = step
        precision[i] = (height(x + move)[1] - height(x - move)[1]) / (2.0 * step)
    precision = 0.5 * (precision + precision.T)
    inner = nested.inner(hyper.factors(x), tolerance=1e-12)
    return ScaleMode(x, precision, inner, value, evaluations)


def _information(block: Block, W: np.ndarray) -> np.ndarray:
    """Return the information of the rows on the effects of each level, (levels, q, q)."""
    G = block.loadings
    WG = np.einsum("lkn,knq->lnq", W, G)
    pairs = np.einsum("lna,lnb->nab", G, WG).reshape(G.shape[1], -1)
    found: np.ndarray = (block.gather @ pairs).reshape(block.levels, block.effects, block.effects)
    return found


def _lower(information: np.ndarray) -> Matrix:
    q = information.shape[1]
    return [[information[:, a, b, None].copy() for b in range(a + 1)] for a in range(q)]


def target_at(density: GroupedDensity, found: ScaleMode, hyper: Hyper) -> Target:
    """Return the posterior in coordinates made from the nested mode.

    Parameters
    ----------
    density : GroupedDensity
    found : ScaleMode
    hyper : Hyper
    """
    from scipy.sparse import csr_matrix

    inner, P = found.inner, density.size
    space = Coordinates(density.base)
    theta = inner.core[:P]
    phi = space.phi(theta[:, None])[:, 0]
    jacobian = space.jacobian(phi)
    leaf = density.blocks[0]
    WG = np.einsum("lkn,knq->lnq", inner.W, leaf.loadings)
    by_phi = density.fixed @ jacobian
    cross_fixed = [
        leaf.gather @ np.einsum("ln,lnp->np", WG[:, :, a], by_phi) for a in range(leaf.effects)
    ]
    cross = [
        [
            [
                csr_matrix(
                    (
                        np.einsum("ln,ln->n", WG[:, :, a], block.loadings[:, :, b]),
                        (leaf.codes, block.codes),
                    ),
                    shape=(leaf.levels, block.levels),
                )
                for b in range(block.effects)
            ]
            for block in density.blocks[1:]
        ]
        for a in range(leaf.effects)
    ]
    # Places in the core: coefficients, covariances block by block, eps of the other blocks.
    at, places = P, []
    for block in density.blocks:
        middle = at + int(block.covariance.learned.sum())
        places.append((slice(at, middle), slice(middle, middle + block.covariance.partials)))
        at = middle + block.covariance.partials
    shapes: list[BlockShape] = []
    start = P
    mean = np.zeros(at + inner.core.size - P)
    covariance = np.zeros((mean.size, mean.size))
    # From coefficients and z of the other blocks to the core.
    turn = np.zeros((mean.size, inner.core.size))
    turn[:P, :P] = np.linalg.inv(jacobian)
    mean[:P] = phi
    x_scale, x_places = np.ones(hyper.size), []
    # Of each part of the covariances given the others.
    variance = 1.0 / np.maximum(np.diag(found.precision), 1.0)
    position = 0
    for k, (block, (sd, partial)) in enumerate(
        zip(density.blocks, hyper.split(found.x), strict=True)
    ):
        q, J = block.effects, block.levels
        information = _information(block, inner.W)
        if k == 0:
            z = inner.leaf.T
            eps = slice(0, 0)
        else:
            z = inner.core[start : start + q * J].reshape(q, J)
            eps = slice(at, at + q * J)
            at += q * J
        u = inner.factors[k] @ z
        slope = np.stack([part[:, 0] for part in block.pull(inner.slope[:, :, None])])
        pull = np.einsum("jab,bj->aj", information, u) + slope
        learned = block.covariance.learned
        unit = np.where(learned, 0.5 * sd, sd)[:, None]
        lower, pulls = _lower(information), [row[:, None] for row in pull]
        places_sd, places_partial = places[k]
        own = range(position + int(learned.sum()), position + int(learned.sum()) + partial.size)
        typical = np.median(information[:, range(q), range(q)], axis=0)
        steps = Partials.at(typical, sd, partial, variance[own])
        shapes.append(
            BlockShape(block, lower, pulls, u, unit, steps, places_sd, places_partial, eps)
        )
        s = np.arcsinh(sd[learned] / unit[learned, 0])
        mean[places_sd] = s
        mean[places_partial] = steps.coordinates(partial[:, None], sd[:, None])[:, 0]
        count = len(s)
        stop = position + count + partial.size
        x_scale[position : position + count] = np.tanh(s)  # d s / d log sd
        x_scale[own] = variance[own] ** -0.5
        x_places += [*range(places_sd.start, places_sd.stop)]
        x_places += [*range(places_partial.start, places_partial.stop)]
        position = stop
        if k:
            made = effects_of(inner.factors[k][:, :, None], lower, pulls, [np.zeros((J, 1))] * q)
            levels = np.arange(J)
            for a in range(q):
                for b in range(a, q):
                    entry = np.broadcast_to(made.lower[b][a], (J, 1))[:, 0]
                    turn[eps.start + a * J + levels, start + b * J + levels] = entry
                    mean[eps.start + a * J + levels] += entry * (z[b] - made.mean[b][:, 0])
            start += q * J
    covariance += turn @ inner.covariance @ turn.T
    covariance[np.ix_(x_places, x_places)] = np.outer(x_scale, x_scale) * _proper_inverse(
        found.precision
    )
    core = Core(Gaussian(mean, 0.5 * (covariance + covariance.T)))
    return Target(density, tuple(shapes), cross_fixed, cross, phi, core)


def nested_target(
    density: GroupedDensity, settled: Settled | None = None, found: ScaleMode | None = None
) -> Target:
    """Return the posterior in coordinates made from its nested mode.

    Parameters
    ----------
    density : GroupedDensity
    settled : Settled, optional
        Where scales of coefficients are; by default moderate ones.
    found : ScaleMode, optional
        Where the covariances of groups are; by default their mode.
    """
    prior = density.prior
    if not prior.learned:
        return _target(density, found)

    def given(h: Sequence[np.ndarray]) -> GroupedDensity:
        return replace(density, base=replace(density.base, prior=prior.given(h)))

    if settled is None:
        settled = settle(prior.learned, lambda h: _mode_and_covariance(given(h)))
    target = _target(given(settled.h), found)
    learned, core = settled.map_at(target.core.gaussian, density.size)
    return replace(target, density=density, learned=learned, core=Core(core))


def _target(density: GroupedDensity, found: ScaleMode | None = None) -> Target:
    """Return the posterior of a model in which no scale of coefficients is learned."""
    if density.blocks:
        nested, hyper = Nested(density), Hyper(density.blocks)
        if found is None:
            found = scale_mode(nested, hyper)
            found = replace(found, inner=expected(nested, found.inner))
        return target_at(density, found, hyper)
    space = Coordinates(density.base)
    mode = climb(space, space.phi(density.start[:, None])[:, 0])
    return Target(density, (), [], [], mode.theta, Core(gaussian_at(mode)))


def _mode_and_covariance(density: GroupedDensity) -> tuple[np.ndarray, np.ndarray]:
    """Return the mode of the coefficients and their covariance there, all effects integrated."""
    if density.blocks:
        hyper = Hyper(density.blocks)
        inner, P = Nested(density).inner(hyper.factors(hyper.start)), density.size
        return inner.core[:P], inner.covariance[:P, :P]
    space = Coordinates(density.base)
    mode = climb(space, space.phi(density.start[:, None])[:, 0])
    jacobian = space.jacobian(mode.theta)
    covariance = jacobian @ gaussian_at(mode).covariance @ jacobian.T
    return space.theta(mode.theta[:, None])[:, 0], covariance


def _proper_inverse(precision: np.ndarray) -> np.ndarray:
    """Return the inverse of a matrix, with eigenvalues of at least one quarter."""
    if not precision.size:
        return precision
    value, vector = np.linalg.eigh(precision)
    inverse: np.ndarray = (vector / np.maximum(value, 0.25)) @ vector.T
    return inverse
