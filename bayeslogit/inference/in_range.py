"""Exact draws where the range of the linear predictors ends: hit-and-run, many chains at once."""

from __future__ import annotations

import math

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.inference.barrier import barrier_of
from bayeslogit.inference.base import Outcome
from bayeslogit.inference.inner_chains import InnerChains, check_convergence
from bayeslogit.inference.mode import climb
from bayeslogit.numerics.hit_and_run import Polytope, Walk
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.density import LogDensity

__all__ = ["draw_in_range"]

# Inner chains, about, and linear predictors of all of them, at most.
_LANES, _ELEMENTS = 64, 30_000_000
# Sweeps of each window in which the directions are scaled, and runs with more sweeps per draw.
_WINDOWS = (8, 12, 20, 40)
_ATTEMPTS, _MOST_SWEEPS = 4, 32


def draw_in_range(
    density: LogDensity, *, draws: int, chains: int, rng: np.random.Generator, progressbar: bool
) -> Outcome:
    """Return exact draws of a posterior whose linear predictors have a range that ends.

    Chains start around the highest point of the posterior with a barrier at the border, and
    directions are scaled by the covariance of all chains. Where R-hat or an effective sample size
    is not good enough, the run goes on with more sweeps per draw.

    Parameters
    ----------
    density : LogDensity
        Of a bounded family; proper.
    draws, chains : int
        Shape of the result, at least 1 each.
    rng : numpy.random.Generator
    progressbar : bool

    Raises
    ------
    FitFailed
        If no point is found inside.
    """
    inner = InnerChains(chains, draws)
    lanes = min(_LANES, max(_ELEMENTS // len(density.rows.X), inner.groups))
    lanes = inner.groups * inner.per_group(lanes)
    walk = _started(density, lanes, rng)
    count = math.ceil(inner.length / (lanes // inner.groups))
    with progress("drawing", sum(_WINDOWS) + count, enabled=progressbar) as advance:
        for steps in _WINDOWS:
            seen = [walk.sweep() for _ in range(steps)]
            advance(steps)
            _rescale(walk, np.concatenate(seen[steps // 2 :], axis=1))
        sweeps = attempt = 1
        while True:
            theta, lp = np.empty((lanes, count, density.size)), np.empty((lanes, count))
            for i in range(count):
                for _ in range(sweeps):
                    theta[:, i] = walk.sweep().T
                lp[:, i] = walk.height
                advance(1)
            found, problems = check_convergence(inner.join(theta))
            if not problems or attempt == _ATTEMPTS or sweeps >= _MOST_SWEEPS:
                break
            _rescale(walk, theta.reshape(-1, density.size).T)
            sweeps, attempt = 2 * sweeps, attempt + 1
    return Outcome(
        inner.returned(inner.join(theta)),
        exact=True,
        label="exact draws (hit-and-run inside the range of the probabilities)",
        stats={"lp": inner.returned(inner.join(lp))},
        problems=problems,
        info={
            "rhat": found.worst_rhat,
            "ess_bulk": float(np.min(found.ess_bulk)),
            "ess_tail": float(np.min(found.ess_tail)),
            "chains_inside": lanes,
            "sweeps_per_draw": sweeps,
            "evaluations": walk.evaluations,
            "attempts": attempt,
        },
    )


def _started(density: LogDensity, lanes: int, rng: np.random.Generator) -> Walk:
    """Return chains that start around a point well inside."""
    rows, prior = density.rows, density.prior
    polytope = Polytope.of(rows.X, rows.offset, rows.family.ends)
    barrier = barrier_of(density, 1.0)
    center = climb(barrier, rows.start).theta
    bend = barrier.newton(center)[2]
    size = 1.0 / np.sqrt(np.maximum(np.diag(bend), 1e-300))
    value, vector = np.linalg.eigh(bend * np.outer(size, size))
    scale = size[:, None] * vector / np.sqrt(np.maximum(value, 1e-8 * value.max()))
    away = scale @ rng.standard_normal((density.size, lanes))
    eta = polytope.eta(center[:, None])
    if not polytope.holds(eta)[0]:
        raise FitFailed(
            "no point was found at which every row has a probability; expected some room for the "
            "coefficients; rescale predictors with very different units, or use link='logit'"
        )
    # Half of the way to the border, at most.
    reach = np.array([polytope.chord(eta, polytope.X @ step)[1][0] for step in away.T])
    theta = center[:, None] + away * np.minimum(1.0, 0.5 * reach)

    def log_density(points: np.ndarray, predictors: np.ndarray) -> np.ndarray:
        likelihood = rows.family.log_likelihood(predictors[None], rows.counts)
        result: np.ndarray = likelihood + rows.constant + prior.log_density(points)
        return result

    return Walk(polytope, log_density, theta, scale, rng)


def _rescale(walk: Walk, pooled: np.ndarray) -> None:
    """Scale the directions by the covariance of draws, (coefficients, draws)."""
    covariance = np.atleast_2d(np.cov(pooled))
    former = walk.scale @ walk.scale.T
    # Of few draws for many coefficients, part of what was known before.
    size = len(covariance)
    share = size / (size + pooled.shape[1])
    mixed = (1.0 - share) * covariance + share * former
    spread = np.sqrt(np.diag(mixed))
    try:
        factor = np.linalg.cholesky(mixed / np.outer(spread, spread))
    except np.linalg.LinAlgError:
        return
    walk.scale = spread[:, None] * factor
