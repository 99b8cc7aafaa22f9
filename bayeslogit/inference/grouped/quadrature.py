"""The marginal likelihood of a model with one grouping by quadrature, and what it moves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bayeslogit.errors import MethodRefused, Problem, listing
from bayeslogit.inference.grouped.inner import Inner
from bayeslogit.inference.grouped.integrals import Levels, Rule, joined_factor, log_integrals
from bayeslogit.inference.grouped.start import Hyper
from bayeslogit.specification.grouped import GroupedDensity

__all__ = ["Marginal", "alone", "refuse_points", "verdict", "verdict_on_leaf"]

# Nodes of a level, over all its effects, at most.
_MOST_NODES = 5_000
# Step of central differences, in standard errors of coefficients and units of the others.
_STEP = 3e-4
# Points by which Laplace's approximation is judged, by how many effects a group has.
_JUDGED = {1: 25, 2: 9, 3: 5}
# Standard errors by which estimates may be off, and nats of the log-likelihood.
_FAR, _NOTICED = 0.25, 0.1
# Values of linear predictors held at a time.
_BLOCK = 500_000


def refuse_points(density: GroupedDensity, points: int) -> None:
    """Refuse quadrature of effects that are not of one grouping, or of too many nodes.

    Parameters
    ----------
    density : GroupedDensity
    points : int
        In each effect.

    Raises
    ------
    MethodRefused
        With what would do.
    """
    if isinstance(points, bool) or not isinstance(points, int | np.integer) or points < 1:
        raise MethodRefused(
            f"quadrature_points={points!r} is not a number of points; expected a whole number of "
            "at least 1 (1 is Laplace's approximation); write for example quadrature_points=25"
        )
    if points == 1:
        return
    if not alone(density):
        names = [f"({block.name})" for block in density.blocks]
        raise MethodRefused(
            f"quadrature_points={points} was given for {listing(names)}, whose effects cannot be "
            "integrated group by group; expected one grouping; leave quadrature_points out, which "
            "is Laplace's approximation, or fit with method='auto', which is exact"
        )
    effects = sum(block.effects for block in density.blocks)
    if points**effects > _MOST_NODES:
        most = int(_MOST_NODES ** (1.0 / effects) + 1e-9)
        raise MethodRefused(
            f"quadrature_points={points} in each of {effects} effects are {points**effects:,} "
            f"nodes for each group; expected at most {_MOST_NODES:,}; "
            + (f"take quadrature_points={most}, or " if most > 1 else "")
            + "fit with method='auto', which is exact"
        )


def alone(density: GroupedDensity) -> bool:
    """Whether all effects are of one grouping.

    Parameters
    ----------
    density : GroupedDensity
    """
    first, *others = density.blocks
    return all(np.array_equal(first.codes, block.codes) for block in others)


class Marginal:
    """The log-likelihood of coefficients and covariances with the effects integrated.

    Parameters
    ----------
    density : GroupedDensity
        Of one grouping.
    points : int
        In each effect.
    """

    def __init__(self, density: GroupedDensity, points: int) -> None:
        self.density = density
        self.levels = Levels.of(density.family, density.counts, density.blocks)
        self.rule = Rule.tensor(points, self.levels.effects)

    def value(self, theta: np.ndarray, factors: list[np.ndarray]) -> np.ndarray:
        """Return the log-likelihood at each column, (columns,), in nats.

        Parameters
        ----------
        theta : ndarray, shape (coefficients, columns)
        factors : list of ndarray, shape (effects, effects, columns)
            Lam of each block.
        """
        factor, columns = joined_factor(factors), theta.shape[1]
        step = max(1, _BLOCK // self.density.eta0.size)
        found = []
        for begin in range(0, columns, step):
            some = slice(begin, begin + step)
            eta = self.density.base.likelihood.eta(theta[:, some])
            found.append(log_integrals(self.levels, eta, factor[:, :, some], self.rule).sum(axis=0))
        return np.concatenate(found) + self.density.constant

    def height(
        self, hyper: Hyper, place: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    ) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
        """Return the function whose minimum is the mode: minus log posterior, and its gradient.

        Parameters
        ----------
        hyper : Hyper
        place : callable
            Gives the covariances (see ``Hyper``) and the coefficients of a vector.
        """

        def heights(points: np.ndarray) -> np.ndarray:
            x, theta = zip(*(place(point) for point in points), strict=True)
            columns = np.stack(theta, axis=1)
            each = [hyper.factors(one) for one in x]
            factors = [np.stack(parts, axis=2) for parts in zip(*each, strict=True)]
            prior = np.array([hyper.prior(one)[0] for one in x])
            value = self.value(columns, factors)
            return value + np.asarray(self.density.prior.log_density(columns) + prior)

        def height(w: np.ndarray) -> tuple[float, np.ndarray]:
            steps = _STEP * np.eye(w.size)
            found = heights(np.concatenate([w[None], w + steps, w - steps]))
            up, down = found[1 : w.size + 1], found[w.size + 1 :]
            return -float(found[0]), -(up - down) / (2.0 * _STEP)

        return height


def verdict(
    density: GroupedDensity,
    hyper: Hyper,
    place: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    w: np.ndarray,
    value: float,
    curvature: np.ndarray,
) -> tuple[Problem, ...]:
    """Return what quadrature says of Laplace's approximation at its mode.

    Parameters
    ----------
    density : GroupedDensity
    hyper : Hyper
    place : callable
        As :meth:`Marginal.height` takes it.
    w : ndarray
        The mode.
    value : float
        Log posterior there by Laplace's approximation, in nats.
    curvature : ndarray, shape (size, size)
        Minus its second derivatives.
    """
    points = _JUDGED.get(sum(block.effects for block in density.blocks))
    if points is None:
        return ()
    height, slope = Marginal(density, points).height(hyper, place)(w)
    bend, turn = np.linalg.eigh(curvature)
    safe = np.where(bend > 1e-8, bend, np.inf)
    # The length of a Newton step, in standard errors.
    moved = float(np.linalg.norm((turn.T @ slope) / np.sqrt(safe)))
    off = -height - value
    if abs(off) < _NOTICED and moved < _FAR:
        return ()
    return (
        Problem(
            "laplace_error",
            f"Laplace's approximation of the log-likelihood is off by {off:.2g} nats at its mode, "
            f"and quadrature would move the mode by about {moved:.2g} standard errors; expected "
            f"less than {_NOTICED:g} and {_FAR:g}; fit with quadrature_points={points}, or with "
            "method='auto', which is exact.",
            "warning" if moved >= _FAR else "note",
        ),
    )


def verdict_on_leaf(density: GroupedDensity, inner: Inner) -> tuple[Problem, ...]:
    """Return what quadrature says of the largest of several groupings, the others at their mode.

    Parameters
    ----------
    density : GroupedDensity
    inner : Inner
        The mode of all effects.
    """
    leaf = density.blocks[0]
    points = _JUDGED.get(leaf.effects)
    if points is None:
        return ()
    levels = Levels.of(density.family, density.counts, [leaf])
    own = np.einsum("lnq,nq->ln", inner.GL, inner.leaf[leaf.codes])
    eta, factor = (inner.eta - own)[:, :, None], inner.factors[0][:, :, None]
    one, many = (
        float(log_integrals(levels, eta, factor, Rule.tensor(p, leaf.effects)).sum())
        for p in (1, points)
    )
    if abs(many - one) < _NOTICED:
        return ()
    return (
        Problem(
            "laplace_error",
            f"Laplace's approximation of the integral over ({leaf.name}) is off by "
            f"{many - one:.2g} nats, with the other effects at their mode; expected less than "
            f"{_NOTICED:g}; estimates may be off by a good part of a standard error, so fit with "
            "method='auto', which is exact.",
            "note",
        ),
    )
