"""Hamiltonian Monte Carlo with many chains in parallel; ``"hmc"``.

Dozens of short chains move together: one matrix product serves all of them, and a few steps of
all chains estimate the scale of the posterior as well as hundreds of one chain. Coordinates are
whitened, so that the posterior is nearly a standard Gaussian where it can be; there a quarter of an
oscillation takes a chain to an almost independent point. The oscillation of the Gaussian itself is
followed exactly, so that the length of a step is bounded only by what is not Gaussian.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Unpack

import numpy as np

from bayeslogit.errors import FitFailed, Problem
from bayeslogit.inference.base import Gaussian, Method, Outcome, Request
from bayeslogit.inference.evaluator import Evaluator, evaluator
from bayeslogit.inference.grouped.draw import Sampling, draw_grouped
from bayeslogit.inference.inner_chains import InnerChains, check_convergence
from bayeslogit.inference.methods.independence import Independence
from bayeslogit.inference.mode import gaussian_at
from bayeslogit.inference.refusals import improper_posterior
from bayeslogit.inference.whitening import shrunk
from bayeslogit.numerics.convergence import Convergence
from bayeslogit.numerics.sequences import van_der_corput
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.density import LogDensity
from bayeslogit.specification.grouped import GroupedDensity

__all__ = ["Hmc"]

# Last tuning steps, which fix the step size.
_SETTLE = 10
# Points at which the curvature is computed to whiten the coordinates.
_CURVED = 16
# Gradient steps of one trajectory, at most, and of one draw that is kept, on average: beyond that
# another method costs no more.
_STEPS = 128
_EFFORT = 250
# A change of the energy by this much means that the trajectory diverged.
_DIVERGED = 1000.0
# Share of divergent trajectories that needs no second attempt: they are rejected, and the next
# trajectory moves the chain on.
_FEW = 1e-3


@dataclass(frozen=True)
class Hmc(Method):
    """Hamiltonian Monte Carlo, many chains at once, tuned together.

    Chains start from draws around the mode, resampled by importance weight. In each of the
    ``windows`` all chains tune one step size, and the coordinates are whitened anew: by the inverse
    of the curvature averaged over the chains, which has little noise, and by the covariance of the
    pooled draws as far as it differs from that by more than noise. Where it does not, the windows
    that are left are skipped. Then everything is fixed and the draws are taken. If R-hat or an
    effective sample size is not good enough, the run goes on with more steps between draws.

    Parameters
    ----------
    lanes : int, default 64
        Approximate number of inner chains; whole ones are joined to the chains that are returned
        (see ``InnerChains``).
    target_accept : float, default 0.8
        Acceptance rate to tune the step size for, in (0, 1).
    trajectory : float, default 1.8
        Mean length of a trajectory in whitened units; in a Gaussian pi / 2 gives independent
        draws. Lengths vary by a quarter of it either way, against periodic orbits.
    windows : tuple of int, default (8, 8, 16, 24)
        Steps of each tuning window.
    attempts : int, default 3
        Runs, at most, each with more steps per draw.

    References
    ----------
    Neal, R. M. (2011). MCMC using Hamiltonian dynamics. arXiv:1206.1901
    Shahbaba, B., Lan, S., Johnson, W. O. and Neal, R. M. (2014). Split Hamiltonian Monte Carlo.
    doi:10.1007/s11222-012-9373-1
    Ledoit, O. and Wolf, M. (2004). A well-conditioned estimator for large-dimensional covariance
    matrices. doi:10.1016/S0047-259X(03)00096-4
    Hoffman, M., Radul, A. and Sountsov, P. (2021). An adaptive-MCMC scheme for setting
    trajectory lengths in Hamiltonian Monte Carlo. AISTATS, PMLR 130:3907-3915.
    """

    lanes: int = 64
    target_accept: float = 0.8
    trajectory: float = 1.8
    windows: tuple[int, ...] = (8, 8, 16, 24)
    attempts: int = 3

    name: ClassVar[str] = "hmc"
    summary: ClassVar[str] = "exact draws by many short Hamiltonian chains, tuned together"
    exact: ClassVar[bool] = True
    grouped: ClassVar[bool] = True

    def refuses(self, density: LogDensity) -> str | None:
        """Refuse improper posteriors."""
        return improper_posterior(density)

    def run(
        self,
        density: LogDensity,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Return exact draws, and their convergence diagnostics in ``info``.

        Parameters
        ----------
        density : LogDensity
            The log posterior, in nats; proper.
        draws, chains : int
            Shape of the result, at least 1 each; inner chains are joined to it.
        rng : numpy.random.Generator
        progressbar : bool
            Whether to show progress.
        """
        with evaluator(density) as evaluate:
            gaussian = gaussian_at(evaluate.space.mode())
            start = Independence(rounds=1).explore(evaluate, gaussian, rng)
            inner = InnerChains(chains, draws)
            begin = start.resample(rng, self.columns(inner))
            return self.sample(
                evaluate, gaussian, begin, inner=inner, rng=rng, progressbar=progressbar
            )

    def run_grouped(self, density: GroupedDensity, **request: Unpack[Request]) -> Outcome:
        """Return exact draws of a model with group-level terms."""
        options = Sampling(self.lanes, self.target_accept, self.trajectory, attempts=self.attempts)
        return draw_grouped(density, options, **request)

    def columns(self, inner: InnerChains) -> int:
        """Return the number of inner chains."""
        return inner.groups * inner.per_group(self.lanes)

    def sample(
        self,
        evaluate: Evaluator,
        gaussian: Gaussian,
        start: np.ndarray,
        *,
        inner: InnerChains,
        rng: np.random.Generator,
        progressbar: bool = False,
    ) -> Outcome:
        """Tune the inner chains, run them from given points, and return their draws.

        Parameters
        ----------
        evaluate : Evaluator
            The log posterior.
        gaussian : Gaussian
            Whitens the coordinates at first.
        start : ndarray, shape (coefficients, inner chains)
            Starting points, in unconstrained coordinates.
        inner : InnerChains
            Layout of the inner chains in those that are returned.
        rng : numpy.random.Generator
        progressbar : bool
        """
        ensemble = _Ensemble(self, evaluate, gaussian, start, rng)
        count = math.ceil(inner.length / inner.per_group(self.lanes))
        steps = sum(self.windows) + _SETTLE + count
        with progress("drawing", steps, enabled=progressbar) as advance:
            ensemble.advance = advance
            draws, stats, found, problems, effort = self._attempt(ensemble, inner, count)
        diverged = float(stats["diverging"].mean())
        if diverged > 0.0:
            problems += (
                Problem(
                    "divergences",
                    f"{round(diverged * stats['diverging'].size)} of {stats['diverging'].size} "
                    "trajectories diverged; expected none, the posterior has parts that are too "
                    "sharply curved for the step size; raise target_accept or set a tighter "
                    "prior.",
                    "note" if diverged <= _FEW else "warning",
                ),
            )
        return Outcome(
            inner.returned(draws),
            exact=True,
            label="exact draws (Hamiltonian Monte Carlo, many chains tuned together)",
            stats={name: inner.returned(value) for name, value in stats.items()},
            problems=problems,
            info={
                "acceptance": float(stats["acceptance_rate"].mean()),
                "rhat": found.worst_rhat,
                "ess_bulk": float(np.min(found.ess_bulk)),
                "ess_tail": float(np.min(found.ess_tail)),
                "chains_inside": start.shape[1],
                "step_size": math.exp(ensemble.log_step),
                "evaluations": ensemble.evaluations,
                **effort,
            },
        )

    def _attempt(
        self, ensemble: _Ensemble, inner: InnerChains, count: int
    ) -> tuple[np.ndarray, dict[str, np.ndarray], Convergence, tuple[Problem, ...], dict[str, int]]:
        """Tune, draw and check convergence, again with more steps per draw where it fails."""
        for window, steps in enumerate(self.windows):
            learnt = ensemble.rewhiten(ensemble.tune(steps, careful=True))
            if window > 0 and not learnt:
                ensemble.advance(sum(self.windows[window + 1 :]))
                break
        thin, attempt = 1, 0
        while True:
            attempt += 1
            ensemble.settle()
            kept = ensemble.collect(count, thin)
            phi = kept.pop("phi")
            theta, kept["lp"] = ensemble.evaluate.coefficients(phi, kept["lp"])
            draws = inner.join(theta)
            stats = {name: inner.join(value) for name, value in kept.items()}
            effort = {"steps_per_draw": thin, "attempts": attempt}
            found, problems = check_convergence(draws)
            diverged = float(stats["diverging"].mean())
            if (not problems and diverged <= _FEW) or attempt >= self.attempts:
                return draws, stats, found, problems, effort
            if problems:
                most = int(_EFFORT / float(stats["n_steps"].mean()))
                if most <= thin:
                    return draws, stats, found, problems, effort
                needed = min(400, draws.shape[0] * draws.shape[1] // 4)
                short = needed / max(found.smallest_ess, 1.0)
                # With a margin, as autocorrelation falls more slowly than in proportion.
                more = int(np.clip(math.ceil(1.5 * short), 2, 8)) if np.isfinite(short) else 4
                thin = min(thin * more, most)
            ensemble.rewhiten(phi.transpose(2, 1, 0).reshape(phi.shape[2], -1))
            if diverged > _FEW:
                ensemble.target = 0.5 * (1.0 + ensemble.target)
                ensemble.tune(16, careful=True)


class _Ensemble:
    """Parallel chains: positions in whitened coordinates, one step size, one whitening."""

    def __init__(
        self,
        method: Hmc,
        evaluate: Evaluator,
        gaussian: Gaussian,
        start: np.ndarray,
        rng: np.random.Generator,
    ) -> None:
        self.method, self.evaluate, self.rng = method, evaluate, rng
        self.gaussian = gaussian
        self.advance: Callable[[int], None] = lambda _: None
        self.target = method.target_accept
        self.log_step = -0.25 * math.log(gaussian.mean.size)
        self.transitions = self.evaluations = 0
        self._place(start)
        if not np.isfinite(self.height).all():
            raise FitFailed(
                f"the log posterior is not finite at {int((~np.isfinite(self.height)).sum())} of "
                f"{start.shape[1]} starts; expected finite numbers; check the scale of the "
                "predictors and of the priors."
            )

    def _place(self, phi: np.ndarray) -> None:
        """Move the chains to given points, (coefficients, chains)."""
        self.z = np.linalg.solve(self.gaussian.cholesky, phi - self.gaussian.mean[:, None])
        self.height, self.slope = self._evaluate(self.z)

    def _phi(self, z: np.ndarray) -> np.ndarray:
        phi: np.ndarray = self.gaussian.mean[:, None] + self.gaussian.cholesky @ z
        return phi

    def _evaluate(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log posterior and its gradient in whitened coordinates."""
        self.evaluations += z.shape[1]
        height, gradient = self.evaluate.gradients(self._phi(z))
        return height, self.gaussian.cholesky.T @ gradient

    def rewhiten(self, pooled: np.ndarray) -> bool:
        """Whiten by the curvature at the chains, and by draws (coefficients, times x chains).

        Returns
        -------
        bool
            Whether the covariance of the draws differs from the inverse curvature by more than
            noise, so that there is more to learn from further draws.
        """
        phi = self._phi(self.z)
        try:
            target = self._from_curvature(phi)
            gaussian, noise = shrunk(pooled, target, phi.shape[1])
            if not np.isfinite(gaussian.cholesky).all():
                return True
        except np.linalg.LinAlgError:
            return True
        self.gaussian = gaussian
        self._place(phi)
        return noise < 0.5

    def _from_curvature(self, phi: np.ndarray) -> Gaussian:
        """Return the Gaussian of the average curvature at the chains, and the mean it implies.

        Each chain's Newton step estimates the mean; their average has no noise if the posterior
        is Gaussian. Where the curvature is not positive, the former Gaussian is returned.
        """
        some = phi[:, :: max(1, phi.shape[1] // _CURVED)]
        with np.errstate(all="ignore"):
            total = np.zeros((len(phi), len(phi)))
            for column in some.T:
                total += self.evaluate.space.newton(column)[2]
            force = np.linalg.solve(self.gaussian.cholesky.T, self.slope.mean(axis=1))
        try:
            found = Gaussian.from_precision(phi.mean(axis=1), total / some.shape[1])
        except np.linalg.LinAlgError:
            return self.gaussian
        return Gaussian(found.mean + found.covariance @ force, found.covariance)

    def tune(self, steps: int, *, careful: bool) -> np.ndarray:
        """Move and tune the step size; return the draws of the second half, (P, any).

        ``careful`` tunes by the harmonic mean over chains: one that is stuck on a steep slope
        lowers the step size until it moves again (Hoffman et al. 2021, section 3.2).
        """
        kept = []
        for i in range(steps):
            moved = self.move()
            # A trajectory that ends outside the support is rejected however short its steps.
            rate = moved["acceptance_rate"][moved["inside"]]
            if rate.size == 0:
                rate = np.zeros(1)
            mean = 1.0 / np.mean(1.0 / np.maximum(rate, 1e-3)) if careful else rate.mean()
            gain = 1.0 if i < 8 and careful else 0.5
            change = gain * (float(mean) - self.target)
            self.log_step = float(np.clip(self.log_step + change, -12.0, 0.6))
            if i >= steps // 2:
                kept.append(self._phi(self.z))
        return np.concatenate(kept, axis=1)

    def settle(self) -> None:
        """Fix the step size at its mean over some last steps."""
        path = []
        for _ in range(_SETTLE):
            self.tune(1, careful=False)
            path.append(self.log_step)
        self.log_step = float(np.mean(path[3:]))

    def move(self) -> dict[str, np.ndarray]:
        """Make one transition in every chain."""
        self.transitions += 1
        self.advance(1)
        length = self.method.trajectory * (0.75 + 0.5 * van_der_corput(self.transitions))
        steps = int(np.clip(math.ceil(length / math.exp(self.log_step)), 1, _STEPS))
        step = min(length / steps, math.exp(self.log_step))
        momentum = np.asarray(self.rng.standard_normal(self.z.shape))
        before = 0.5 * np.einsum("pc,pc->c", momentum, momentum) - self.height
        z, slope, height = self.z, self.slope, self.height
        turn, side = math.cos(step), math.sin(step)
        with np.errstate(all="ignore"):
            # Half a kick by what is not Gaussian, a rotation, and the other half; two halves
            # that meet are one kick.
            momentum = momentum + 0.5 * step * (slope + z)
            for left in range(steps, 0, -1):
                z, momentum = turn * z + side * momentum, turn * momentum - side * z
                height, slope = self._evaluate(z)
                momentum += (0.5 if left == 1 else 1.0) * step * (slope + z)
            inside = height != -np.inf
            after = 0.5 * np.einsum("pc,pc->c", momentum, momentum) - height
            gain = before - after
            gain = np.where(np.isfinite(gain), gain, -np.inf)
            rate = np.exp(np.minimum(gain, 0.0))
        accept = np.log(self.rng.random(gain.size)) < gain
        self.z = np.where(accept, z, self.z)
        self.slope = np.where(accept, slope, self.slope)
        self.height = np.where(accept, height, self.height)
        return {
            "lp": self.height,
            "energy": np.where(accept, after, before),
            "acceptance_rate": rate,
            "diverging": (gain < -_DIVERGED) & inside,
            "n_steps": np.full(gain.size, steps),
            "inside": inside,
        }

    def collect(self, count: int, thin: int) -> dict[str, Any]:
        """Return ``count`` draws of each chain, (chains, count, ...), and their statistics."""
        moved: list[dict[str, np.ndarray]] = []
        phi = np.empty((self.z.shape[1], count, self.z.shape[0]))
        for i in range(count):
            for _ in range(thin):
                now = self.move()
            del now["inside"]
            moved.append(now)
            phi[:, i] = self._phi(self.z).T
        stats = {name: np.stack([m[name] for m in moved], axis=1) for name in moved[0]}
        return {"phi": phi, **stats}
