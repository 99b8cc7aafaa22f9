"""Hamiltonian Monte Carlo of many chains in lockstep.

Dozens of short chains move together: one matrix product serves all of them, and a few steps of
all chains estimate the scale of the posterior as well as hundreds of one chain. The oscillation of
a standard Gaussian is followed exactly, so that the length of a step is bounded only by what is
not Gaussian.

Any deterministic gradient keeps the leapfrog reversible and its volume, so that the gradients of a
path may be rough; its ends are judged by the density itself, of which the draws therefore are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from bayeslogit.errors import FitFailed, Problem
from bayeslogit.inference.base import Outcome
from bayeslogit.inference.inner_chains import InnerChains, check_convergence
from bayeslogit.numerics.sequences import van_der_corput
from bayeslogit.runtime.progress import progress

__all__ = ["Ensemble", "Field", "Options", "run_ensemble"]

# A change of the energy by this much means that the path diverged.
_DIVERGED = 1000.0
# Share of divergent paths that needs no second attempt: they are rejected, and the next path moves
# the chain on.
_FEW = 1e-3
# Gradient steps of one path, at most, and of one draw that is kept, on average: beyond that
# another method costs no more.
_STEPS = 128
_EFFORT = 250
# Longest mean length of a path.
_LONGEST = 4.0
# Last tuning steps, which fix the step size.
_SETTLE = 10
# Times at which a run is looked at to whiten the next one.
_LOOKS = 16


class Options(Protocol):
    """What is asked of the method that runs an ensemble."""

    @property
    def lanes(self) -> int:
        """Approximate number of chains."""

    @property
    def target_accept(self) -> float:
        """Acceptance rate to tune the step size for, in (0, 1)."""

    @property
    def trajectory(self) -> float:
        """Mean length of a path, in whitened units."""

    @property
    def windows(self) -> tuple[int, ...]:
        """Steps of each tuning window."""

    @property
    def attempts(self) -> int:
        """Runs, at most, each with more steps per draw."""


class Field(Protocol):
    """A log density in coordinates that are nearly standard Gaussian, many columns at once."""

    @property
    def size(self) -> int:
        """Number of coordinates."""

    def value_and_gradient(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the log density (columns,) in nats, its gradient and what positions mean.

        The last is (quantities, columns). Where numbers overflow the value is NaN or ``-inf``.
        """

    def gradient(self, z: np.ndarray) -> np.ndarray:
        """Return the gradient for the inside of a path, perhaps a rough one."""

    def fold(self, z: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return equivalent points, and the gradients there, where several mean the same.

        It brings draws to learn from to one side, while tuning; draws that are kept stay where
        they are.

        Parameters
        ----------
        z, slope : ndarray, shape (coordinates, chains)
        """

    def adaptive(self, z: np.ndarray) -> np.ndarray:
        """Return those coordinates that are whitened, before that, (coordinates, columns)."""

    def rewhitened(
        self, pooled: np.ndarray, z: np.ndarray, slope: np.ndarray
    ) -> tuple[Field, np.ndarray, float]:
        """Return the density whitened anew, the chains' places in it, and the share of noise.

        The share is that in the difference of the pooled draws' covariance from the former one.
        Raises ``LinAlgError`` where the draws have no covariance.

        Parameters
        ----------
        pooled : ndarray, shape (coordinates, times x chains)
            Draws, as :meth:`adaptive` returns them.
        z, slope : ndarray, shape (coordinates, chains)
            Where the chains are, and the gradients there.
        """


class Ensemble:
    """Parallel chains with one step size and one whitening.

    Parameters
    ----------
    field : Field
        The log density.
    position : ndarray, shape (coordinates, chains)
        Where they start.
    rng : numpy.random.Generator
    options : Options
        Acceptance rate and mean length of a path; lengths vary by a quarter of it either way,
        against periodic orbits.

    Raises
    ------
    FitFailed
        If the log density is not finite where a chain starts.
    """

    def __init__(
        self, field: Field, position: np.ndarray, rng: np.random.Generator, options: Options
    ) -> None:
        self.rng = rng
        self.goal, self.trajectory = options.target_accept, options.trajectory
        self.log_step = -0.25 * math.log(field.size)
        self.transitions = self.evaluations = 0
        self.advance: Callable[[int], None] = lambda _: None
        self._place(field, position)
        if not np.isfinite(self.height).all():
            raise FitFailed(
                f"the log posterior is not finite at {int((~np.isfinite(self.height)).sum())} of "
                f"{position.shape[1]} starts; expected finite numbers; check the scale of the "
                "predictors and of the priors."
            )

    def _place(self, field: Field, position: np.ndarray) -> None:
        self.field, self.position = field, position
        self.height, self.slope, self.reading = field.value_and_gradient(position)
        self.evaluations += position.shape[1]

    def rewhiten(self, pooled: np.ndarray) -> bool:
        """Whiten by draws, (coordinates, times x chains), as the field's ``adaptive`` gives them.

        Returns
        -------
        bool
            Whether there is more to learn from further draws.
        """
        try:
            field, position, noise = self.field.rewhitened(pooled, self.position, self.slope)
        except np.linalg.LinAlgError:
            return True
        self._place(field, position)
        return noise < 0.5

    def tune(self, steps: int, *, careful: bool) -> np.ndarray:
        """Move and tune the step size; return the draws of the second half, (coordinates, any).

        ``careful`` tunes by the harmonic mean over chains: one that is stuck on a steep slope
        lowers the step size until it moves again (Hoffman et al. 2021, section 3.2).

        Parameters
        ----------
        steps : int
        careful : bool
        """
        kept = []
        for i in range(steps):
            moved = self.move()
            # A path that ends outside the support is rejected however short its steps.
            rate = moved["acceptance_rate"][moved["inside"]]
            if rate.size == 0:
                rate = np.zeros(1)
            mean = 1.0 / np.mean(1.0 / np.maximum(rate, 1e-3)) if careful else rate.mean()
            gain = 1.0 if i < 8 and careful else 0.5
            change = gain * (float(mean) - self.goal)
            self.log_step = float(np.clip(self.log_step + change, -12.0, 0.6))
            # Only here: a path from one side to the other would come back by other coordinates, so
            # that folding draws that are kept would change what they are drawn from.
            self.position, self.slope = self.field.fold(self.position, self.slope)
            if i >= steps // 2:
                kept.append(self.field.adaptive(self.position))
        return np.concatenate(kept, axis=1)

    def settle(self) -> None:
        """Fix the step size at its mean over some last steps."""
        path = []
        for _ in range(_SETTLE):
            self.tune(1, careful=False)
            path.append(self.log_step)
        self.log_step = float(np.mean(path[3:]))

    def move(self) -> dict[str, np.ndarray]:
        """Make one transition in every chain, and return what is known about it."""
        self.transitions += 1
        self.advance(1)
        length = self.trajectory * (0.75 + 0.5 * van_der_corput(self.transitions))
        steps = int(np.clip(math.ceil(length / math.exp(self.log_step)), 1, _STEPS))
        step = min(length / steps, math.exp(self.log_step))
        momentum = np.asarray(self.rng.standard_normal(self.position.shape))
        before = 0.5 * np.einsum("pc,pc->c", momentum, momentum) - self.height
        position, slope = self.position, self.slope
        turn, side = math.cos(step), math.sin(step)
        with np.errstate(all="ignore"):
            # Half a kick by what is not Gaussian, a rotation, and the other half; two halves
            # that meet are one kick.
            momentum = momentum + 0.5 * step * (slope + position)
            for left in range(steps, 0, -1):
                position, momentum = (
                    turn * position + side * momentum,
                    turn * momentum - side * position,
                )
                if left > 1:
                    momentum += step * (self.field.gradient(position) + position)
            height, slope, reading = self.field.value_and_gradient(position)
            momentum += 0.5 * step * (slope + position)
            inside = height != -np.inf
            after = 0.5 * np.einsum("pc,pc->c", momentum, momentum) - height
            gain = before - after
            gain = np.where(np.isfinite(gain), gain, -np.inf)
            rate = np.exp(np.minimum(gain, 0.0))
        self.evaluations += steps * gain.size
        accept = np.log(self.rng.random(gain.size)) < gain
        self.position = np.where(accept, position, self.position)
        self.slope = np.where(accept, slope, self.slope)
        self.height = np.where(accept, height, self.height)
        self.reading = np.where(accept, reading, self.reading)
        return {
            "lp": self.height,
            "energy": np.where(accept, after, before),
            "acceptance_rate": rate,
            "diverging": (gain < -_DIVERGED) & inside,
            "n_steps": np.full(gain.size, steps),
            "inside": inside,
        }

    def collect(
        self, count: int, thin: int
    ) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
        """Return draws of each chain, statistics, and some draws to whiten by.

        Parameters
        ----------
        count : int
            Draws of a chain.
        thin : int
            Transitions of a draw.

        Returns
        -------
        draws : ndarray, shape (chains, count, quantities)
        stats : dict of ndarray, shape (chains, count)
        pooled : ndarray, shape (coordinates, some times x chains)
        """
        moved: list[dict[str, np.ndarray]] = []
        looks: list[np.ndarray] = []
        # Quantities come first in memory, as answers take them, so that they need no copy.
        lanes = self.position.shape[1]
        readings = np.moveaxis(np.empty((len(self.reading), lanes, count)), 0, -1)
        for i in range(count):
            for _ in range(thin):
                now = self.move()
            del now["inside"]
            moved.append(now)
            readings[:, i] = self.reading.T
            if i % max(1, count // _LOOKS) == 0:
                looks.append(self.field.adaptive(self.position))
        stats = {name: np.stack([m[name] for m in moved], axis=1) for name in moved[0]}
        return readings, stats, np.concatenate(looks, axis=1)


def run_ensemble(
    ensemble: Ensemble,
    inner: InnerChains,
    options: Options,
    *,
    windows: tuple[int, ...],
    label: str,
    checked: Sequence[np.ndarray | slice | Callable[[np.ndarray], np.ndarray]] = (slice(None),),
    progressbar: bool,
) -> Outcome:
    """Tune an ensemble, draw and check, again with more steps per draw where a check fails.

    Parameters
    ----------
    ensemble : Ensemble
    inner : InnerChains
        How its chains are joined to those that are returned.
    options : Options
    windows : tuple of int
        Steps of the tuning windows that are left.
    label : str
        Of the outcome.
    checked : sequence of ndarray of int or callable, optional
        The quantities whose convergence is checked, by default all, or a function that chooses
        them by the draws. Where there are several sets, a run that fails by one is made anew
        without a look at the next, which holds it.
    progressbar : bool

    Returns
    -------
    Outcome
        Its draws are the readings of the field.
    """
    count = math.ceil(inner.length / inner.per_group(options.lanes))
    total = sum(windows) + _SETTLE + count
    with progress("drawing", total, enabled=progressbar) as advance:
        ensemble.advance = advance
        for window, steps in enumerate(windows):
            learnt = ensemble.rewhiten(ensemble.tune(steps, careful=True))
            if window > 0 and not learnt:
                advance(sum(windows[window + 1 :]))
                break
        thin = attempt = 1
        while True:
            ensemble.settle()
            readings, stats, pooled = ensemble.collect(count, thin)
            draws = inner.join(readings)
            for some in checked:
                chosen = some(draws) if callable(some) else some
                found, problems = check_convergence(draws[:, :, chosen])
                if problems and attempt < options.attempts:
                    break
            diverged = float(stats["diverging"].mean())
            sound = not problems and diverged <= _FEW
            if sound or attempt >= options.attempts:
                break
            if problems:
                most = int(_EFFORT / float(stats["n_steps"].mean()))
                needed = min(400, draws.shape[0] * draws.shape[1] // 4)
                short = needed / max(found.smallest_ess, 1.0)
                # With a margin, as autocorrelation falls more slowly than in proportion.
                more = int(np.clip(math.ceil(1.5 * short), 2, 8)) if np.isfinite(short) else 4
                if most <= thin:
                    break
                # Longer paths first: they cost as much as more of them, and go farther.
                if ensemble.trajectory < _LONGEST:
                    ensemble.trajectory = min(2.0 * ensemble.trajectory, _LONGEST)
                    more = (more + 1) // 2
                thin = min(thin * more, most)
            attempt += 1
            ensemble.rewhiten(pooled)
            if diverged > _FEW:
                ensemble.goal = 0.5 * (1.0 + ensemble.goal)
                ensemble.tune(16, careful=True)
    return Outcome(
        inner.returned(draws),
        exact=True,
        label=label,
        stats={name: inner.returned(inner.join(value)) for name, value in stats.items()},
        problems=problems + _divergences(stats["diverging"]),
        info={
            "acceptance": float(stats["acceptance_rate"].mean()),
            "rhat": found.worst_rhat,
            "ess_bulk": float(np.min(found.ess_bulk)),
            "ess_tail": float(np.min(found.ess_tail)),
            "chains_inside": ensemble.position.shape[1],
            "step_size": math.exp(ensemble.log_step),
            "evaluations": ensemble.evaluations,
            "steps_per_draw": thin,
            "attempts": attempt,
        },
    )


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
            "target_accept or set a tighter prior.",
            "note" if share <= _FEW else "warning",
        ),
    )
