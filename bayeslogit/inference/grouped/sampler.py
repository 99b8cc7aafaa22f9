"""Hamiltonian Monte Carlo of grouped models: many chains in lockstep, paths in single precision.

Any deterministic gradient keeps the leapfrog reversible and its volume, so the path may use
single precision; the end of a path is judged in double, and the draws are from the posterior
itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.inference.grouped.target import Target
from bayeslogit.inference.whitening import shrunk
from bayeslogit.numerics.sequences import van_der_corput

__all__ = ["SETTLE", "Ensemble"]

_DIVERGED = 1000.0
_STEPS = 128
# Last tuning steps, which fix the step size.
SETTLE = 8


class Ensemble:
    """Parallel chains with one step size and one whitening of the core.

    Parameters
    ----------
    target : Target
    position : ndarray, shape (coordinates, chains)
        Where they start.
    rng : numpy.random.Generator
    target_accept : float
        Acceptance rate to tune for.
    trajectory : float
        Mean length of a path.
    """

    def __init__(
        self,
        target: Target,
        position: np.ndarray,
        rng: np.random.Generator,
        *,
        target_accept: float = 0.8,
        trajectory: float = 1.8,
    ) -> None:
        self.rng, self.goal, self.trajectory = rng, target_accept, trajectory
        self.log_step = math.log(1.1) - 0.25 * math.log(max(target.size, 2))
        self.transitions = self.evaluations = 0
        self.advance: Callable[[int], None] = lambda _: None
        self._use(target)
        self._place(position)
        if not np.isfinite(self.height).all():
            raise FitFailed(
                f"the log posterior is not finite at {int((~np.isfinite(self.height)).sum())} of "
                f"{position.shape[1]} starts; expected finite numbers; check the scale of the "
                "predictors and of the priors"
            )

    def _use(self, target: Target) -> None:
        self.target = target
        single = target.single()
        former = getattr(self, "single", None)
        self.single = former.whitened(target.core) if former is not None else single

    def _place(self, position: np.ndarray) -> None:
        self.position = position
        self.height, self.slope, self.reading = self.target.value_and_gradient(position)
        self.evaluations += position.shape[1]

    def core(self) -> np.ndarray:
        """Return the cores of all chains, not whitened, (core, chains)."""
        gaussian = self.target.core
        core: np.ndarray = (
            gaussian.mean[:, None] + gaussian.cholesky @ self.position[: gaussian.mean.size]
        )
        return core

    def rewhiten(self, pooled: np.ndarray) -> bool:
        """Whiten the core by pooled draws, (core, times x chains).

        Returns
        -------
        bool
            Whether their covariance differs from the former one by more than noise, so that there
            is more to learn from further draws.
        """
        core = self.core()
        try:
            gaussian, noise = shrunk(pooled, self.target.core, core.shape[1])
            if not np.isfinite(gaussian.cholesky).all():
                return True
        except np.linalg.LinAlgError:
            return True
        self._use(self.target.whitened(gaussian))
        moved = np.linalg.solve(gaussian.cholesky, core - gaussian.mean[:, None])
        self._place(np.concatenate([moved, self.position[len(moved) :]]))
        return noise < 0.5

    def tune(self, steps: int, *, careful: bool) -> np.ndarray:
        """Move and tune the step size; return the cores of the second half, (core, any).

        ``careful`` tunes by the harmonic mean over chains: one that is stuck on a steep slope
        lowers the step size until it moves again.

        Parameters
        ----------
        steps : int
        careful : bool
        """
        kept = []
        for i in range(steps):
            rate = self.move()["acceptance_rate"]
            mean = 1.0 / np.mean(1.0 / np.maximum(rate, 1e-3)) if careful else rate.mean()
            gain = 1.0 if i < 8 and careful else 0.5
            change = gain * (float(mean) - self.goal)
            self.log_step = float(np.clip(self.log_step + change, -12.0, 0.6))
            if i >= steps // 2:
                kept.append(self.core())
        return np.concatenate(kept, axis=1)

    def settle(self) -> None:
        """Fix the step size at its mean over some last steps."""
        path = []
        for _ in range(SETTLE):
            self.tune(1, careful=False)
            path.append(self.log_step)
        self.log_step = float(np.mean(path[2:]))

    def move(self) -> dict[str, np.ndarray]:
        """Make one transition in every chain."""
        self.transitions += 1
        self.advance(1)
        length = self.trajectory * (0.75 + 0.5 * van_der_corput(self.transitions))
        steps = int(np.clip(math.ceil(length / math.exp(self.log_step)), 1, _STEPS))
        step = min(length / steps, math.exp(self.log_step))
        momentum = self.rng.standard_normal(self.position.shape)
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
                    momentum += step * (self.single.gradient(position) + position)
            height, slope, reading = self.target.value_and_gradient(position)
            momentum += 0.5 * step * (slope + position)
            after = 0.5 * np.einsum("pc,pc->c", momentum, momentum) - height
            gain = before - after
            gain = np.where(np.isfinite(gain), gain, -np.inf)
            rate = np.exp(np.minimum(gain, 0.0))
        self.evaluations += steps * len(gain)
        accept = np.log(self.rng.random(gain.size)) < gain
        position = np.where(accept, position, self.position)
        slope = np.where(accept, slope, self.slope)
        self.position, self.slope = self.target.fold(position, slope)
        self.height = np.where(accept, height, self.height)
        self.reading = np.where(accept, reading, self.reading)
        return {
            "lp": self.height,
            "energy": np.where(accept, after, before),
            "acceptance_rate": rate,
            "diverging": gain < -_DIVERGED,
            "n_steps": np.full(gain.size, steps),
        }

    def collect(self, count: int, thin: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return draws of each chain, (chains, count, quantities), and statistics.

        Parameters
        ----------
        count : int
            Draws of a chain.
        thin : int
            Transitions of a draw.
        """
        moved = []
        readings = np.empty((self.position.shape[1], count, self.reading.shape[0]))
        for i in range(count):
            for _ in range(thin):
                now = self.move()
            moved.append(now)
            readings[:, i] = self.reading.T
        stats = {name: np.stack([m[name] for m in moved], axis=1) for name in moved[0]}
        return readings, stats
