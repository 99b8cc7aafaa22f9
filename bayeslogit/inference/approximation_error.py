"""How far a Gaussian approximation is from the posterior, measured by importance weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayeslogit.errors import Problem
from bayeslogit.inference.base import Outcome
from bayeslogit.inference.evaluator import evaluator
from bayeslogit.inference.subsample import subsample
from bayeslogit.numerics.pareto import pareto_smooth
from bayeslogit.specification.density import LogDensity

__all__ = ["assess_approximation", "with_verdict"]

# k-hat scatters by about 0.1 with 2 000 draws, so more are taken where rows are few.
_FEWEST, _MOST, _LINEAR_PREDICTORS, _ROWS = 2_000, 20_000, 20_000_000, 4
# Log weights that differ by less are equal, in nats.
_EQUAL = 1e-6


def assess_approximation(
    density: LogDensity, outcome: Outcome, rng: np.random.Generator
) -> Outcome:
    """Add Pareto's k-hat of the importance weights to an approximation, and its reading in words.

    Parameters
    ----------
    density : LogDensity
        The log posterior that is approximated.
    outcome : Outcome
        With the Gaussian that its draws come from; without one it is returned as it is.
    rng : numpy.random.Generator

    Returns
    -------
    Outcome
        ``info`` has ``pareto_k``, ``effective_share`` (effective share of draws under smoothed
        weights, in (0, 1]) and ``verdict``; above 0.7 there is a problem ``"pareto_k"`` as well.

    References
    ----------
    Yao, Y., Vehtari, A., Simpson, D. and Gelman, A. (2018). Yes, but did it work? Evaluating
    variational inference. PMLR 80. doi:10.48550/arXiv.1802.02538
    Vehtari, A., Simpson, D., Gelman, A., Yao, Y. and Gabry, J. (2024). Pareto smoothed importance
    sampling. JMLR 25(72). doi:10.48550/arXiv.1507.02646
    """
    if outcome.gaussian is None:
        return outcome
    # The Gaussian itself costs as much as a few rows for each coefficient.
    cost = max(len(density.rows.X), _ROWS * density.size)
    draws = int(np.clip(_LINEAR_PREDICTORS // cost, _FEWEST, _MOST))
    theta = outcome.gaussian.sample(rng, draws)
    with np.errstate(all="ignore"), evaluator(density) as evaluate:
        quick = subsample(evaluate, outcome.gaussian, draws, rng) if evaluate.space.linear else None
        if quick is None or quick is evaluate:
            log_weights = density.rise(outcome.gaussian.mean, theta)
        else:
            log_weights = quick.values(theta)
        log_weights -= outcome.gaussian.log_density(theta)
    return with_verdict(outcome, log_weights)


def with_verdict(outcome: Outcome, log_weights: np.ndarray) -> Outcome:
    """Add Pareto's k-hat of given importance weights, and its reading in words.

    Parameters
    ----------
    outcome : Outcome
    log_weights : ndarray, shape (draws,)
        Log density of the posterior less that of the approximation, at draws from the latter, in
        nats.
    """
    draws = log_weights.size
    log_weights = np.where(np.isfinite(log_weights), log_weights, -np.inf)
    smoothed, k = pareto_smooth(log_weights)
    if np.ptp(log_weights) < _EQUAL:
        k = 0.0  # what tail there is, is rounding
    weights = np.exp(smoothed - smoothed.max())
    share = float(weights.sum() ** 2 / (weights**2).sum() / draws)
    if k <= 0.5:
        reading = "close to the posterior"
    elif k <= 0.7:
        reading = "near the posterior; tail probabilities are doubtful"
    else:
        reading = "not to be trusted: it differs from the posterior"
    problems = outcome.problems
    if not k <= 0.7:
        problems = (
            *problems,
            Problem(
                "pareto_k",
                f"the approximation has a Pareto k-hat of {k:.2f} against the posterior; expected "
                "at most 0.7; take exact draws with refine(), or fit with method='auto'.",
            ),
        )
    info = {"pareto_k": float(k), "effective_share": share, "verdict": reading}
    return replace(outcome, problems=problems, info=outcome.info | info)
