"""The variational Gaussian approximation, by a deterministic method; ``"variational"``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayeslogit.errors import Problem
from bayeslogit.inference.base import Evidence, Method, Outcome
from bayeslogit.inference.refusals import (
    improper_posterior,
    other_prior,
    range_ends,
    several_predictors,
)
from bayeslogit.inference.sites import Expectations, Sites, sites_of
from bayeslogit.numerics.anderson import Anderson
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.specification.density import LogDensity

__all__ = ["Variational", "maximise_bound"]

_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class Variational(Method):
    """The full-covariance Gaussian with the highest lower bound on the log evidence.

    It minimises the Kullback-Leibler divergence from the Gaussian to the posterior. Only the
    draws are random: the expectations are one-dimensional integrals over each row's
    linear predictor, and each step is one of iteratively reweighted least squares in which the
    weights are averages over the present Gaussian. An approximation: skewness is lost, and
    standard deviations are a little small.

    Parameters
    ----------
    tolerance : float, default 1e-9
        Stop once a step moves the mean by less than this, in standard deviations, and the
        precision by less than this share.
    steps : int, default 500
        Most steps.

    See Also
    --------
    ExpectationPropagation : Matches moments instead.
    Laplace : The Gaussian at the mode.

    References
    ----------
    Opper, M. and Archambeau, C. (2009). The variational Gaussian approximation revisited.
    doi:10.1162/neco.2008.08-07-592
    Challis, E. and Barber, D. (2013). Gaussian Kullback-Leibler approximate inference.
    Journal of Machine Learning Research 14, 2239-2286.

    Examples
    --------
    Mean and sd of the coefficient of ``hours``; the exact ones are 1.58 and 0.59:

    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> gaussian = model.fit("variational", random_seed=1).outcome.gaussian
    >>> gaussian.mean[1].round(2), np.sqrt(gaussian.covariance[1, 1]).round(2)
    (np.float64(1.58), np.float64(0.54))
    """

    tolerance: float = 1e-9
    steps: int = 500

    name: ClassVar[str] = "variational"
    summary: ClassVar[str] = "optimal full-covariance Gaussian, deterministic (approximation)"
    exact: ClassVar[bool] = False

    def refuses(self, density: LogDensity) -> str | None:
        """Refuse several linear predictors a row, non-Gaussian priors, improper posteriors."""
        several = several_predictors(density) or range_ends(density)
        return several or other_prior(density) or improper_posterior(density)

    def run(
        self,
        density: LogDensity,
        *,
        draws: int,
        chains: int,
        rng: np.random.Generator,
        progressbar: bool,
    ) -> Outcome:
        """Return independent draws from the Gaussian, and the bound.

        Parameters
        ----------
        density : LogDensity
            The log posterior, in nats; one linear predictor a row, Gaussian or flat priors.
        draws, chains : int
            Shape of the result, at least 1 each; all draws are independent.
        rng : numpy.random.Generator
            For the draws; the Gaussian does not depend on it.
        progressbar : bool
            Not used: no progress is shown.
        """
        with repeatable():
            rows = sites_of(density)
            bound, mean, covariance, iterations, change = maximise_bound(
                rows, tolerance=self.tolerance, steps=self.steps
            )
        gaussian = rows.gaussian(mean, covariance)
        problems: tuple[Problem, ...] = ()
        if change > max(self.tolerance, rows.resolution):
            problems = (
                Problem(
                    "not_converged",
                    f"the variational Gaussian still changed by {change:.1e} after {iterations} "
                    f"steps; expected at most {self.tolerance:.0e}; raise steps, or use "
                    "method='ep'.",
                    "warning" if change < 1e-4 else "severe",
                ),
            )
        sample = gaussian.sample(rng, chains * draws)
        return Outcome(
            sample.T.reshape(chains, draws, density.size),
            exact=False,
            label="variational approximation (Gaussian of the highest evidence bound)",
            problems=problems,
            info={"iterations": iterations, "change": change, "elbo": bound},
            gaussian=gaussian,
            evidence=Evidence(bound, "lower bound") if density.prior.proper else None,
        )


@dataclass(frozen=True, eq=False)
class _State:
    """A Gaussian on z with its bound and the expectations under it."""

    mean: np.ndarray
    precision: np.ndarray
    inverse_root: np.ndarray  # R with R.T @ R the covariance
    bound: float
    rows: Expectations


def _state(rows: Sites, mean: np.ndarray, precision: np.ndarray) -> _State | None:
    """Return the bound of a Gaussian, or None where the precision is not positive definite."""
    try:
        chol = np.linalg.cholesky(precision)
    except np.linalg.LinAlgError:
        return None
    root = np.linalg.inv(chol)
    spread = rows.X @ root.T
    with np.errstate(all="ignore"):
        found = rows.expect(rows.base + rows.X @ mean, np.einsum("ij,ij->i", spread, spread))
        bound = (
            rows.constant
            + found.value.sum()
            + rows.pull @ mean
            - 0.5 * mean @ rows.precision @ mean
            - 0.5 * np.einsum("ij,jk,ik->", root, rows.precision, root)
            - np.log(np.diag(chol)).sum()
            + 0.5 * rows.size * (1.0 + _LOG_2PI)
            + rows.log_volume
        )
    return _State(mean, precision, root, float(bound), found)


def maximise_bound(
    rows: Sites, *, tolerance: float = 1e-9, steps: int = 500
) -> tuple[float, np.ndarray, np.ndarray, int, float]:
    """Maximise the evidence lower bound over Gaussians on z.

    The bound never falls: a step that would lower it is halved.

    Parameters
    ----------
    rows : Sites
        The log posterior.
    tolerance : float
        Stop once a step changes the Gaussian by less than this, in standard deviations.
    steps : int
        Most steps.

    Returns
    -------
    bound : float
        In nats.
    mean : ndarray, shape (coefficients,)
    covariance : ndarray, shape (coefficients, coefficients)
        Of z.
    iterations : int
        Steps taken.
    change : float
        Change of the Gaussian in the last step, in standard deviations.
    """
    state = _start(rows)
    memory = Anderson()
    step, change, iteration = 1.0, np.inf, 0
    for iteration in range(1, steps + 1):
        gradient = rows.X.T @ state.rows.slope + rows.pull - rows.precision @ state.mean
        target = rows.precision + rows.X.T @ (state.rows.curvature[:, None] * rows.X)
        root = state.inverse_root
        change = max(
            float(np.linalg.norm(root @ gradient)),
            float(np.abs(root @ (target - state.precision) @ root.T).max()),
        )
        if change <= max(tolerance, rows.resolution):
            break
        # Near the optimum the bound changes by less than its rounding error.
        terms = 1.0 + abs(rows.constant) + float(np.abs(state.rows.value).sum())
        slack = 1e-13 * terms * len(rows.base) ** 0.5
        trial = _natural_step(rows, state, gradient, target, 1.0)
        leap = _leap(rows, memory, state, trial)
        rival = max(state.bound, trial.bound) if trial else state.bound
        if leap is not None and leap.bound >= rival - slack:
            state = leap
            continue
        while trial is None or not trial.bound >= state.bound - slack:
            step *= 0.5
            if step < 1e-10:
                return _answer(state, iteration, change)
            trial = _natural_step(rows, state, gradient, target, step)
        state, step = trial, min(1.0, 2.0 * step)
    return _answer(state, iteration, change)


def _start(rows: Sites) -> _State:
    """Return the Gaussian at the mode, narrowed as long as that raises the bound.

    Its curvature there can be too wide by far for a likelihood with a tail that falls doubly
    exponentially (complementary log-log).
    """
    best = None
    for k in range(40):
        state = _state(rows, np.zeros(rows.size), 4.0**k * np.eye(rows.size))
        assert state is not None, "a multiple of the identity is positive definite"
        if best is not None and np.isfinite(best.bound) and not state.bound > best.bound:
            break
        best = state
    assert best is not None, "at least one Gaussian was tried"
    return best


def _natural_step(
    rows: Sites, state: _State, gradient: np.ndarray, target: np.ndarray, step: float
) -> _State | None:
    """Step towards the averaged curvature, and uphill in its metric."""
    precision = (1.0 - step) * state.precision + step * target
    try:
        chol = np.linalg.cholesky(precision)
    except np.linalg.LinAlgError:
        return None
    uphill = np.linalg.solve(chol.T, np.linalg.solve(chol, gradient))
    return _state(rows, state.mean + step * uphill, precision)


def _leap(rows: Sites, memory: Anderson, state: _State, trial: _State | None) -> _State | None:
    """Return the extrapolation of the full steps so far, or None where it is not a Gaussian."""
    if trial is None:
        memory.clear()
        return None
    size = rows.size
    here = np.concatenate([state.mean, state.precision.ravel()])
    there = np.concatenate([trial.mean, trial.precision.ravel()])
    point = memory.next(here, there - here)
    return _state(rows, point[:size], point[size:].reshape(size, size)) if memory.ready else None


def _answer(
    state: _State, iterations: int, change: float
) -> tuple[float, np.ndarray, np.ndarray, int, float]:
    covariance = state.inverse_root.T @ state.inverse_root
    return state.bound, state.mean, covariance, iterations, change
