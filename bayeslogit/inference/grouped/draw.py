"""Exact draws of a grouped model, and checks of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayeslogit.errors import Problem
from bayeslogit.inference.base import Outcome
from bayeslogit.inference.grouped.sampler import SETTLE, Ensemble
from bayeslogit.inference.grouped.start import nested_target
from bayeslogit.inference.inner_chains import InnerChains, check_convergence
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.grouped import GroupedDensity

__all__ = ["Sampling", "draw_grouped"]

# Effects whose convergence is checked, at most, evenly spaced over all.
_MOST_CHECKED = 2000
# Share of divergent paths that needs no second attempt: they are rejected.
_FEW = 1e-3
# Gradient steps of a draw that is kept, on average, at most.
_EFFORT = 250


@dataclass(frozen=True)
class Sampling:
    """Options of the sampler.

    Parameters
    ----------
    lanes : int
        Approximate number of inner chains.
    target_accept : float
        Acceptance rate to tune the step size for, in (0, 1).
    trajectory : float
        Mean length of a path, in whitened units.
    windows : tuple of int
        Steps of each tuning window.
    attempts : int
        Runs, at most, each with more steps per draw.
    """

    lanes: int = 64
    target_accept: float = 0.8
    trajectory: float = 1.8
    windows: tuple[int, ...] = (8, 8, 12, 16)
    attempts: int = 3


def draw_grouped(
    density: GroupedDensity,
    options: Sampling,
    *,
    draws: int,
    chains: int,
    rng: np.random.Generator,
    progressbar: bool,
) -> Outcome:
    """Return exact draws of coefficients, covariances and effects.

    Parameters
    ----------
    density : GroupedDensity
    options : Sampling
    draws, chains : int
        Shape of the result.
    rng : numpy.random.Generator
    progressbar : bool

    Returns
    -------
    Outcome
        Its draws are readings of the density (see ``GroupedDensity.read``), not yet in the order
        of a layout.
    """
    with repeatable():
        target = nested_target(density)
        inner = InnerChains(chains, draws)
        lanes = inner.groups * inner.per_group(options.lanes)
        ensemble = Ensemble(
            target,
            rng.standard_normal((target.size, lanes)),
            rng,
            target_accept=options.target_accept,
            trajectory=options.trajectory,
        )
        count = math.ceil(inner.length / inner.per_group(options.lanes))
        total = sum(options.windows) + SETTLE + count
        with progress("drawing", total, enabled=progressbar) as advance:
            ensemble.advance = advance
            return _attempts(density, ensemble, inner, count, options)


def _attempts(
    density: GroupedDensity, ensemble: Ensemble, inner: InnerChains, count: int, options: Sampling
) -> Outcome:
    """Tune, draw and check, again with more steps per draw where a check fails."""
    for window, steps in enumerate(options.windows):
        learnt = ensemble.rewhiten(ensemble.tune(steps, careful=True))
        if window > 0 and not learnt:
            break
    thin = attempt = 1
    while True:
        ensemble.settle()
        readings, stats = ensemble.collect(count, thin)
        joined = inner.join(readings)
        checked, problems = check_convergence(joined[:, :, _checked(density)])
        diverged = float(stats["diverging"].mean())
        sound = not problems and diverged <= _FEW
        if sound or attempt >= options.attempts:
            break
        attempt += 1
        if problems:
            most = max(1, int(_EFFORT / float(stats["n_steps"].mean())))
            needed = min(400, joined.shape[0] * joined.shape[1] // 4)
            short = needed / max(checked.smallest_ess, 1.0)
            more = int(np.clip(math.ceil(1.5 * short), 2, 8)) if np.isfinite(short) else 4
            # Longer paths first: they cost as much as more of them, and go farther.
            ensemble.trajectory = min(2.0 * ensemble.trajectory, 4.0)
            thin = min(max(1, thin * more // 2), most)
        if diverged > _FEW:
            ensemble.goal = 0.5 * (1.0 + ensemble.goal)
        ensemble.rewhiten(ensemble.tune(16, careful=True))
    return Outcome(
        inner.returned(joined),
        exact=True,
        label="exact draws (Hamiltonian Monte Carlo, effects whitened given their covariance)",
        stats={name: inner.returned(inner.join(value)) for name, value in stats.items()},
        problems=problems + _divergences(stats["diverging"]),
        info={
            "acceptance": float(stats["acceptance_rate"].mean()),
            "rhat": checked.worst_rhat,
            "ess_bulk": float(np.min(checked.ess_bulk)),
            "ess_tail": float(np.min(checked.ess_tail)),
            "chains_inside": ensemble.position.shape[1],
            "step_size": math.exp(ensemble.log_step),
            "evaluations": ensemble.evaluations,
            "steps_per_draw": thin,
            "attempts": attempt,
        },
    )


def _checked(density: GroupedDensity) -> np.ndarray:
    """Return the quantities whose convergence is checked: all but some effects."""
    scales, effects = density.reading_places()
    if len(effects) > _MOST_CHECKED:
        effects = effects[np.linspace(0, len(effects) - 1, _MOST_CHECKED).astype(np.intp)]
    return np.concatenate([np.arange(density.size), scales, effects])


def _divergences(diverging: np.ndarray) -> tuple[Problem, ...]:
    """Return the problem that divergent paths are, or none."""
    share = float(diverging.mean())
    if share == 0.0:
        return ()
    return (
        Problem(
            "divergences",
            f"{int(diverging.sum())} of {diverging.size} trajectories diverged; expected none, "
            "the posterior has parts that are too sharply curved for the step size; raise "
            "target_accept or set a tighter prior on the standard deviations.",
            "note" if share <= _FEW else "warning",
        ),
    )
