"""Approximations of a grouped posterior: the mode with effects integrated, and nested Laplace."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayeslogit.errors import MethodRefused, Problem, listing
from bayeslogit.inference.approximation_error import with_verdict
from bayeslogit.inference.base import Evidence, Gaussian, Outcome
from bayeslogit.inference.grouped.inner import Inner
from bayeslogit.inference.grouped.learned_mode import LearnedMode, learned_mode
from bayeslogit.inference.grouped.nested import Nested
from bayeslogit.inference.grouped.quadrature import (
    Marginal,
    alone,
    refuse_points,
    verdict,
    verdict_on_leaf,
)
from bayeslogit.inference.grouped.start import Hyper, ScaleMode, nested_target, scale_mode
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.specification.grouped import GroupedDensity

__all__ = ["laplace_grouped", "mode_grouped"]

# A standard deviation below this is zero: no spread between groups was found.
_SINGULAR = 1e-3
# Correlations as close to 1 leave a direction without spread.
_ALIGNED = 1e-4
# Draws whose weights give the verdict on an approximation.
_JUDGED = 2_000


def mode_grouped(density: GroupedDensity, points: int = 1) -> Outcome:
    """Return the mode of coefficients and covariances, with the effects integrated.

    The integral is Laplace's approximation, or adaptive Gauss-Hermite quadrature; with flat priors
    the mode is the maximum likelihood estimate that lme4's ``glmer`` looks for with as many
    points. Effects are at their mode given the rest.

    Parameters
    ----------
    density : GroupedDensity
    points : int
        Points of quadrature in each effect of a group; one is Laplace's approximation.

    Raises
    ------
    MethodRefused
        If effects of several groupings are to be integrated by quadrature.

    References
    ----------
    Bates, D., Maechler, M., Bolker, B. and Walker, S. (2015). Fitting linear mixed-effects models
    using lme4. doi:10.18637/jss.v067.i01
    """
    if density.prior.learned:
        return _mode_learned(density, points)
    refuse_points(density, points)
    # A search may try covariances at the border, whose gradient is not finite.
    with repeatable(), np.errstate(all="ignore"):
        hyper = Hyper(density.blocks, logarithms=False)
        begin, P = Nested(density), density.size
        first = hyper.start
        near = begin.inner(hyper.factors(first), tolerance=1e-6)
        beta = near.core[:P]
        scale = np.linalg.cholesky(near.covariance[:P, :P]) if P else np.zeros((0, 0))
        nested = Nested(density, outer=True)
        H = hyper.size

        def place(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return w[:H], beta + scale @ w[H:]

        def height(w: np.ndarray) -> tuple[float, np.ndarray]:
            x, theta = place(w)
            found = nested.inner(hyper.factors(x), theta, tolerance=1e-12)
            by_factor, by_theta, _ = nested.gradient(found)
            prior, slope = hyper.prior(x)
            at = theta[:, None]
            value = nested.marginal(found) + prior + float(density.prior.log_density(at)[0])
            by_theta = by_theta + density.prior.gradient(at)[:, 0]
            gradient = np.concatenate([hyper.pull(x, by_factor) + slope, scale.T @ by_theta])
            return -value, -gradient

        top = _climb(height, np.concatenate([first, np.zeros(P)]))
        if points > 1:
            top = _climb(Marginal(density, points).height(hyper, place), top.w)
        x, theta = place(top.w)
        inner = nested.inner(hyper.factors(x), theta, tolerance=1e-13)
        doubts: tuple[Problem, ...] = ()
        if points == 1 and alone(density):
            doubts = verdict(density, hyper, place, top.w, top.value, top.curvature)
        elif points == 1:
            doubts = verdict_on_leaf(density, inner)
    prior = hyper.prior(x)[0] + float(density.prior.log_density(theta[:, None])[0])
    value, curvature, distance = top.value, top.curvature, top.distance
    problems = _singular(hyper, x) + doubts + _unfinished(distance)
    turn = np.zeros((P, top.w.size))
    turn[:, H:] = scale
    try:
        gaussian = Gaussian(theta, turn @ np.linalg.inv(curvature) @ turn.T)
    except np.linalg.LinAlgError:
        gaussian = None
    return Outcome(
        _reading(density, hyper, x, theta, inner)[None, None, :],
        exact=False,
        label=f"posterior mode (map), effects integrated by {_by(points)}",
        stats={"lp": np.array([[value]])},
        problems=problems,
        info={
            "iterations": top.steps,
            "distance": distance,
            "log_posterior": value,
            "log_likelihood": value - prior,
        },
        gaussian=gaussian,
    )


def _mode_learned(density: GroupedDensity, points: int) -> Outcome:
    """Return the mode of scales with coefficients and effects integrated, and these given it."""
    sets, P = density.prior.learned, density.size
    if points != 1:
        labels = listing([part.label for part in sets])
        raise MethodRefused(
            f"quadrature_points={points!r} was given for a model that learns scales of {labels}, "
            "whose coefficients are integrated by Laplace's approximation; expected 1; leave "
            "quadrature_points out, or fit with method='auto', which is exact"
        )
    with repeatable(), np.errstate(all="ignore"):
        found = learned_mode(density, reported=True)
    inner, hyper = found.inner, Hyper(density.blocks, logarithms=False)
    theta = inner.core[:P]
    rows = [_reading(density, hyper, found.x, theta, inner)]
    for part, h in zip(sets, found.h, strict=True):
        z = theta[part.index] / (part.unit * part.scales(h))
        rows.append(part.prior.readings(h[:, None], z[:, None])[:, 0])
    problems = _singular(hyper, found.x)
    if found.zero:
        problems += (
            Problem(
                "singular",
                f"the standard deviation of the coefficients of {listing(list(found.zero))} is "
                "zero at the mode, and so are they; expected some spread, and the mode hides how "
                "much there may be; fit with method='auto'.",
                "note",
            ),
        )
    return Outcome(
        np.concatenate(rows)[None, None, :],
        exact=False,
        label="posterior mode (map) of scales, coefficients integrated by Laplace's approximation",
        stats={"lp": np.array([[found.value]])},
        problems=problems + _unfinished(found.distance),
        info={
            "iterations": found.evaluations,
            "distance": found.distance,
            "log_posterior": found.value,
        },
        gaussian=Gaussian(theta, inner.covariance[:P, :P]),
    )


def _unfinished(distance: float) -> tuple[Problem, ...]:
    """Return a problem where a search ended so many standard errors from the mode."""
    if distance < 1e-2:
        return ()
    return (
        Problem(
            "not_converged",
            f"the search for the mode stopped {distance:.1e} standard errors from it; expected a "
            "step that shrinks to nothing; set a tighter prior on the standard deviations.",
            "severe",
        ),
    )


def _by(points: int) -> str:
    """Return in words how effects are integrated."""
    if points == 1:
        return "Laplace's approximation"
    return f"adaptive Gauss-Hermite quadrature of {points} points"


@dataclass(frozen=True, eq=False)
class _Top:
    """The mode of a function of a vector, its curvature, and how far the last step was."""

    w: np.ndarray
    value: float
    curvature: np.ndarray
    distance: float
    steps: int


def _climb(height: Callable[[np.ndarray], tuple[float, np.ndarray]], start: np.ndarray) -> _Top:
    """Return the minimum of a function with its gradient, by BFGS and one Newton step."""
    from scipy.optimize import minimize

    found = minimize(height, start, jac=True, method="BFGS", options={"gtol": 1e-6})
    w = found.x
    curvature = _curvature(height, w)
    step, distance = _newton(curvature, height(w)[1])
    if height(w + step)[0] <= found.fun + 1e-9:
        w = w + step
    return _Top(w, -height(w)[0], curvature, distance, int(found.nit))


def _curvature(
    height: Callable[[np.ndarray], tuple[float, np.ndarray]], w: np.ndarray
) -> np.ndarray:
    """Return second derivatives from central differences of the exact gradient."""
    rows = []
    for i in range(w.size):
        move = np.zeros(w.size)
        move[i] = 1e-3
        rows.append((height(w + move)[1] - height(w - move)[1]) / 2e-3)
    square = np.array(rows).reshape(w.size, w.size)
    symmetric: np.ndarray = 0.5 * (square + square.T)
    return symmetric


def _newton(curvature: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the last Newton step and its length in standard errors."""
    value, vector = np.linalg.eigh(curvature)
    safe = np.where(value > 1e-8, value, np.inf)
    step = -vector @ ((vector.T @ gradient) / safe)
    return step, float(np.sqrt(max(-gradient @ step, 0.0)))


def _singular(hyper: Hyper, x: np.ndarray) -> tuple[Problem, ...]:
    """Return a note for each grouping with no spread in some direction at the mode."""
    found = []
    for block, (sd, partial) in zip(hyper.blocks, hyper.split(x), strict=True):
        zero = (np.abs(sd) < _SINGULAR).any()
        if zero or (np.abs(np.tanh(partial)) > 1.0 - _ALIGNED).any():
            what = "standard deviation" if zero else "correlation"
            found.append(
                Problem(
                    "singular",
                    f"a {what} of ({block.name}) is {'zero' if zero else '-1 or 1'} at the mode (a "
                    "singular fit, as lme4 calls it); expected some spread between groups in "
                    "every direction, and the mode hides how much there may be; fit with "
                    "method='auto'.",
                    "note",
                )
            )
    return tuple(found)


def _reading(
    density: GroupedDensity, hyper: Hyper, x: np.ndarray, theta: np.ndarray, inner: Inner
) -> np.ndarray:
    """Return what a point means, as one vector; see ``GroupedDensity.reading_places``."""
    rows, start = [theta], density.size
    for k, (block, (sd, partial)) in enumerate(zip(density.blocks, hyper.split(x), strict=True)):
        q, J = block.effects, block.levels
        rows.append(np.abs(sd))
        if block.covariance.partials:
            matrix = block.covariance.correlations(sd[:, None], partial[:, None])[:, :, 0]
            rows.append(matrix[np.tril_indices(q, -1)])
        if k == 0:
            z = inner.leaf.T
        else:
            z = inner.core[start : start + q * J].reshape(q, J)
            start += q * J
        rows.append((inner.factors[k] @ z).ravel())
    return np.concatenate(rows)


def laplace_grouped(
    density: GroupedDensity, *, draws: int, chains: int, rng: np.random.Generator
) -> Outcome:
    """Return draws from the nested Laplace approximation, with a verdict by importance weights.

    Covariances, and scales of coefficients, are drawn from a Gaussian at their mode; coefficients
    and effects given them from the Gaussian of the likelihood's quadratic at the mode.

    Parameters
    ----------
    density : GroupedDensity
    draws, chains : int
        Shape of the result; all draws are independent.
    rng : numpy.random.Generator
    """
    with repeatable():
        found: ScaleMode | LearnedMode
        if density.prior.learned:
            found = learned_mode(density, reported=False)
            target = nested_target(density, *found.settled(density.prior.learned))
        else:
            found = scale_mode(Nested(density), Hyper(density.blocks))
            target = nested_target(density, found=found)
        total = chains * draws
        readings, weights = [], []
        judged = max(total, _JUDGED)
        step = 256
        for begin in range(0, judged, step):
            position = rng.standard_normal((target.size, min(step, judged - begin)))
            with np.errstate(all="ignore"):
                height, _, reading = target.value_and_gradient(position)
            squares = np.einsum("pc,pc->c", position, position)
            weights.append(height + 0.5 * squares)
            readings.append(reading.T)
    every = np.concatenate(readings)[:total].reshape(chains, draws, -1)
    outcome = Outcome(
        every,
        exact=False,
        label=f"nested Laplace approximation ({_what(density)} integrated)",
        info={"evaluations": found.evaluations},
        evidence=Evidence(_log_evidence(found.value, found.precision), "approximation"),
    )
    return with_verdict(outcome, np.concatenate(weights))


def _what(density: GroupedDensity) -> str:
    """Return what a model learns, in one word."""
    if not density.prior.learned:
        return "covariances"
    return "covariances and scales" if density.blocks else "scales"


def _log_evidence(value: float, precision: np.ndarray) -> float:
    """Return the log evidence with the covariances integrated by Laplace's approximation."""
    size = len(precision)
    if not size:
        return value
    sign, log_determinant = np.linalg.slogdet(precision)
    volume = size * math.log(2.0 * math.pi) - (float(log_determinant) if sign > 0 else 0.0)
    return value + 0.5 * volume
