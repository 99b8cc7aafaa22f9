"""Independence Metropolis-Hastings from a heavy-tailed Gaussian; ``"independence"``.

Where there are many rows per coefficient, a posterior is nearly Gaussian in suitable coordinates.
Draws from a Gaussian fitted to it are then almost draws from it, and a Metropolis-Hastings step
corrects the rest exactly. All proposals are independent, so the log posterior is evaluated at
hundreds of them at once and costs one pass over the rows per draw, without a gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from bayeslogit.errors import FitFailed, Problem
from bayeslogit.inference.base import Evidence, Gaussian, Method, Outcome
from bayeslogit.inference.evaluator import Evaluator, evaluator
from bayeslogit.inference.inner_chains import InnerChains, check_convergence
from bayeslogit.inference.mixture import Explored
from bayeslogit.inference.mode import gaussian_at
from bayeslogit.inference.pilot import Pilot, ideal_time, thinning
from bayeslogit.inference.proposal import HEAVY, Proposal
from bayeslogit.inference.refusals import improper_posterior, on_border
from bayeslogit.inference.series import Series, series
from bayeslogit.inference.subsample import Subsample, label, subsample
from bayeslogit.numerics.pareto import pareto_smooth
from bayeslogit.runtime.progress import progress
from bayeslogit.specification.density import LogDensity

__all__ = ["Independence"]

# Proposals drawn and evaluated at once, at most, which bounds memory; and linear predictors, beyond
# 1024 proposals, after which progress is reported.
_BATCH = 1 << 15
_WORK = 1 << 29


@dataclass(frozen=True)
class Independence(Method):
    """Independence Metropolis-Hastings from a Gaussian with heavy tails.

    The proposal starts at the mode with the curvature there. If a pilot sample shows that it
    does not fit, its mean and covariance are matched to the importance-weighted sample, and so
    on for ``rounds``. The chains start from draws of the pilot, resampled by weight.

    Parameters
    ----------
    pilot : int, default 500
        Size of the first pilot sample; each round doubles it.
    rounds : int, default 3
        Pilot samples, at most.
    good : float, default 0.9
        Effective share of the pilot at which the proposal is final, in [0, 1].
    thin_most : int, default 8
        Proposals per draw kept, at most; more than one is used where few are accepted.
    subsample : bool, default True
        Whether the log posterior of tall data may be estimated from some of the rows; how far it
        is off is then measured on all of them, and the label of the draws says it.

    See Also
    --------
    Laplace : The Gaussian that it starts from.
    Hmc : For posteriors that are far from a Gaussian.

    References
    ----------
    Tierney, L. (1994). Markov chains for exploring posterior distributions.
    doi:10.1214/aos/1176325750
    Quiroz, M., Kohn, R., Villani, M. and Tran, M.-N. (2019). Speeding up MCMC by efficient data
    subsampling. doi:10.1080/01621459.2018.1448827
    Cappe, O., Douc, R., Guillin, A., Marin, J.-M. and Robert, C. P. (2008). Adaptive importance
    sampling in general mixture classes. doi:10.1007/s11222-008-9059-x

    Examples
    --------
    Most proposals are accepted where the posterior is near a Gaussian, here of 20 students:

    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> fit = model.fit("independence", random_seed=1)
    >>> round(fit.outcome.info["acceptance"], 1)
    0.9
    """

    pilot: int = 500
    rounds: int = 3
    good: float = 0.9
    thin_most: int = 8
    subsample: bool = True

    name: ClassVar[str] = "independence"
    summary: ClassVar[str] = "exact draws where the posterior is nearly Gaussian, one pass a draw"
    exact: ClassVar[bool] = True

    def refuses(self, density: LogDensity) -> str | None:
        """Refuse improper posteriors, and those highest at a border; the draws show the rest."""
        return on_border(density) or improper_posterior(density)

    def run(
        self,
        density: LogDensity,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Return exact draws, their convergence diagnostics, and an estimated log evidence.

        Parameters
        ----------
        density : LogDensity
            The log posterior, in nats; proper.
        draws, chains : int
            Shape of the result, at least 1 each.
        rng : numpy.random.Generator
        progressbar : bool
        """
        with evaluator(density) as evaluate:
            gaussian = gaussian_at(evaluate.space.mode())
            target = self.target(evaluate, gaussian, chains * draws, rng)
            fitted = self.explore(target, gaussian, rng)
            return self.sample(
                evaluate, fitted, draws=draws, chains=chains, rng=rng, progressbar=progressbar
            )

    def target(
        self, evaluate: Evaluator, gaussian: Gaussian, columns: int, rng: np.random.Generator
    ) -> Evaluator | Series | Subsample:
        """Return what gives so many log posteriors near a Gaussian at the lowest cost.

        Parameters
        ----------
        evaluate, gaussian : Evaluator, Gaussian
        columns : int
        rng : numpy.random.Generator
        """
        found = series(evaluate, gaussian, columns)
        if found is evaluate and self.subsample:
            return subsample(evaluate, gaussian, columns, rng)
        return found

    def explore(
        self, target: Evaluator | Series | Subsample, gaussian: Gaussian, rng: np.random.Generator
    ) -> Pilot:
        """Fit the proposal by adaptive importance sampling.

        Parameters
        ----------
        target, gaussian : Evaluator or what is quicker, Gaussian
            The log posterior, and the first proposal, in unconstrained coordinates.
        rng : numpy.random.Generator

        Raises
        ------
        FitFailed
            If the log posterior is finite at no draw.
        """
        best: Pilot | None = None
        proposal, columns, evaluations = Proposal(gaussian), self.pilot, 0
        size = gaussian.mean.size
        for _ in range(self.rounds):
            phi, squares = proposal.sample(rng, columns)
            evaluations += columns
            log_posterior = target.values(phi)
            log_posterior[np.isnan(log_posterior)] = -np.inf
            if not np.isfinite(log_posterior).any():
                raise FitFailed(
                    "the log posterior is not finite at any draw around its mode; expected "
                    "finite numbers; check the scale of the predictors and of the priors."
                )
            smooth, _ = pareto_smooth(log_posterior - proposal.log_density(squares))
            weights = np.exp(smooth)
            effective = 1.0 / float(weights @ weights)
            tried = _choose(proposal, squares, log_posterior)
            if best is not None and tried[1] <= best.efficiency:
                return replace(best, evaluations=evaluations)
            proposal, efficiency, log_ratio, log_tried = tried
            thin, time = thinning(weights, log_ratio, log_tried, self.thin_most, ideal_time(target))
            best = Pilot(proposal, efficiency, phi, smooth, thin, time, evaluations, target)
            if efficiency >= self.good or effective < 30 + 2 * size:
                break
            matched = _matched(proposal.gaussian, phi, weights, effective)
            proposal = replace(proposal, gaussian=matched)
            columns *= 2
        assert best is not None
        return best

    def pilot_of(self, explored: Explored, target: Evaluator | Series | Subsample) -> Pilot:
        """Return a mixture over several modes, fitted already, as a pilot sample.

        Parameters
        ----------
        explored : Explored
        target : Evaluator or what is quicker
        """
        smooth, _ = pareto_smooth(explored.log_weights)
        own = np.zeros_like(smooth)
        thin, time = thinning(
            np.exp(smooth), own, explored.log_weights, self.thin_most, ideal_time(target)
        )
        efficiency, count = explored.efficiency, explored.log_weights.size
        return Pilot(explored.proposal, efficiency, explored.phi, smooth, thin, time, count, target)

    def sample(
        self,
        evaluate: Evaluator,
        pilot: Pilot,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool = False,
    ) -> Outcome:
        """Run the chains from a fitted proposal, and check their convergence.

        Parameters
        ----------
        evaluate, pilot : Evaluator, Pilot
            The log posterior, and the fitted proposal.
        draws, chains : int
            Shape of the result, at least 1 each.
        rng : numpy.random.Generator
        progressbar : bool
        """
        inner = InnerChains(chains, draws)
        with progress("drawing", inner.length, enabled=progressbar) as advance:
            walk = _walk(evaluate, pilot, inner, rng, advance)
        words, certificate = "exact draws (independence Metropolis-Hastings)", {}
        if isinstance(pilot.target, Subsample):
            columns = walk["phi"].reshape(-1, walk["phi"].shape[-1]).T
            certificate = pilot.target.certificate(columns, walk["heights"].ravel())
            words = label(certificate)
            if not pilot.target.holds(certificate["error"]):
                # The remainders near the mode promised too much: read all rows.
                plain, shape = replace(pilot, target=evaluate), {"draws": draws, "chains": chains}
                return self.sample(evaluate, plain, **shape, rng=rng, progressbar=progressbar)
        theta, lp = evaluate.coefficients(walk["phi"], walk["heights"])
        found, problems = check_convergence(theta)
        weights = np.exp(walk["log_weights"] - walk["log_weights"].max())
        effective = float(weights.sum() ** 2 / (weights @ weights))
        evidence = Evidence(
            float(walk["log_weights"].max() + np.log(weights.mean())),
            "estimate",
            math.sqrt(max(1.0 / effective - 1.0 / weights.size, 0.0)),
        )
        _, k = pareto_smooth(walk["log_weights"])
        # Weights are bounded, so a tail that only looks heavy does no harm where even the largest
        # weight holds a chain for a few draws.
        if not (k <= 0.7 or walk["log_weights"].max() < evidence.value + math.log(10.0)):
            problems += (
                Problem(
                    "pareto_k",
                    f"the Pareto k of the proposal's weights is {k:.2f}; expected at most 0.7, "
                    "the posterior has parts that the proposal hardly visits; use "
                    "method='hmc' or method='nuts'.",
                    "severe",
                ),
            )
        return Outcome(
            inner.returned(theta),
            exact=True,
            label=words,
            stats={"lp": inner.returned(lp)},
            problems=problems,
            info={
                "acceptance": walk["accepted"] / weights.size,
                "pareto_k": k,
                "rhat": found.worst_rhat,
                "ess_bulk": float(np.min(found.ess_bulk)),
                "ess_tail": float(np.min(found.ess_tail)),
                "proposals_per_draw": pilot.thin,
                "efficiency": pilot.efficiency,
                "predicted_time": pilot.time,
                "evaluations": pilot.evaluations + weights.size,
                **certificate,
            },
            evidence=evidence,
        )


def _choose(
    proposal: Proposal, squares: np.ndarray, log_posterior: np.ndarray
) -> tuple[Proposal, float, np.ndarray, np.ndarray]:
    """Choose the heavy part under which draws would be most effective, from draws of another.

    With weights w under the proposal drawn from and v under another, the effective share of the
    other is E(w)**2 / E(w v), both under the proposal drawn from.

    Returns
    -------
    proposal, efficiency : Proposal, float
    log_ratio, log_tried : ndarray, shape (columns,)
        Log density of the chosen over the one drawn from, and log weights under the chosen one.
    """
    own = proposal.log_density(squares)
    peak_weight = (log_posterior - own).max()
    weight = np.exp(log_posterior - own - peak_weight)
    found = []
    for heavy, degrees in HEAVY:
        other = replace(proposal, heavy=heavy, degrees=degrees)
        density = other.log_density(squares)
        tried = np.exp(log_posterior - density - peak_weight)
        efficiency = float(weight.mean() ** 2 / (weight * tried).mean())
        found.append((other, min(efficiency, 1.0), density - own, log_posterior - density))
    return max(found, key=lambda choice: choice[1])


def _matched(
    gaussian: Gaussian, phi: np.ndarray, weights: np.ndarray, effective: float
) -> Gaussian:
    """Return the Gaussian with the moments of a weighted sample, shrunk towards a former one.

    A covariance of few effective draws would be worse than the curvature at the mode; each counts
    for as many draws as it has distinct entries.
    """
    size = gaussian.mean.size
    mean = phi @ weights
    away = phi - mean[:, None]
    entries = 0.5 * size * (size + 1)
    former = entries / (entries + effective)
    return Gaussian(mean, (1 - former) * (away * weights) @ away.T + former * gaussian.covariance)


def _walk(
    evaluate: Evaluator,
    pilot: Pilot,
    inner: InnerChains,
    rng: np.random.Generator,
    advance: Callable[[int], None],
) -> dict[str, Any]:
    """Run one chain per group; keep every ``thin``-th state."""
    groups, length, thin = inner.groups, inner.length, pilot.thin
    size = pilot.phi.shape[0]
    state = pilot.resample(rng, groups)
    heights = pilot.target.values(state)
    level = heights - pilot.proposal.log_density_at(state)
    draws, lp = np.empty((groups, length, size)), np.empty((groups, length))
    every: list[np.ndarray] = []
    accepted = 0
    batch = int(np.clip(_WORK // evaluate.predictors, 1024, _BATCH))
    step = max(1, batch // (groups * thin))
    for start in range(0, length, step):
        count = min(step, length - start) * thin
        phi, log_density = pilot.proposal.draw(rng, groups * count)
        height = pilot.target.values(phi)
        weight = height - log_density
        weight[np.isnan(weight)] = -np.inf
        threshold = np.log(rng.random(groups * count))
        every.append(weight)
        for chain in range(groups):
            own = slice(chain * count, (chain + 1) * count)
            kept, level[chain], moves = _accept(
                weight[own].tolist(), threshold[own].tolist(), float(level[chain]), thin
            )
            accepted += moves
            # Index 0 is the state before this batch, i + 1 the batch's proposal i.
            points = np.concatenate([state[:, chain, None], phi[:, own]], axis=1)
            levels = np.concatenate([heights[chain, None], height[own]])
            draws[chain, start : start + len(kept)] = points[:, kept].T
            lp[chain, start : start + len(kept)] = levels[kept]
            state[:, chain], heights[chain] = points[:, kept[-1]], levels[kept[-1]]
        advance(min(step, length - start))
    return {
        "phi": draws, "heights": lp, "log_weights": np.concatenate(every), "accepted": accepted
    }  # fmt: skip


def _accept(
    weights: list[float], thresholds: list[float], level: float, thin: int
) -> tuple[list[int], float, int]:
    """Accept or reject proposals one by one; the only step that has to be sequential.

    Returns
    -------
    kept : list of int
        For every ``thin``-th time, one plus the index of the current proposal, 0 for the start.
    level : float
        Log weight of the last state.
    moves : int
    """
    kept, current, moves = [], 0, 0
    for i, (weight, threshold) in enumerate(zip(weights, thresholds, strict=True), start=1):
        if threshold < weight - level:
            level, current = weight, i
            moves += 1
        if i % thin == 0:
            kept.append(current)
    return kept, level, moves
