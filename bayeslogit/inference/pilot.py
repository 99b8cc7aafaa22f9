"""A pilot sample from a proposal, and how many draws of a chain it promises."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayeslogit.inference.evaluator import Evaluator
from bayeslogit.inference.mixture import Mixture
from bayeslogit.inference.proposal import Proposal
from bayeslogit.inference.series import Series
from bayeslogit.inference.subsample import Subsample

__all__ = ["Pilot", "ideal_time", "thinning"]

# Autocorrelation time, in draws, at which more proposals per draw are no longer worth it: where
# each reads all rows, and where it does not.
_IDEAL, _IDEAL_IF_QUICK = 1.4, 1.15


@dataclass(frozen=True, eq=False)
class Pilot:
    """A proposal with a pilot sample from it, and how efficient that was.

    Parameters
    ----------
    proposal : Proposal or Mixture
    efficiency : float
        Effective share of importance-weighted draws from it, in [0, 1].
    phi : ndarray, shape (coefficients, columns)
        The sample, in unconstrained coordinates (see ``Coordinates``).
    log_weights : ndarray, shape (columns,)
        Smoothed and normalised, in nats.
    thin : int
        Proposals per kept draw that a chain is expected to need.
    time : float
        Predicted integrated autocorrelation time, in kept draws; 1 is ideal.
    evaluations : int
        Log posteriors evaluated so far.
    target : Evaluator, Series or Subsample
        What gave them, and what the chains take them from.
    """

    proposal: Proposal | Mixture
    efficiency: float
    phi: np.ndarray
    log_weights: np.ndarray
    thin: int
    time: float
    evaluations: int
    target: Evaluator | Series | Subsample

    def resample(self, rng: np.random.Generator, columns: int) -> np.ndarray:
        """Resample draws by weight, (coefficients, columns), as starting points of chains.

        The weights are tempered until enough of the draws are distinct, so the result is not a
        sample of the posterior.

        Parameters
        ----------
        rng : numpy.random.Generator
        columns : int
            Number of starting points.
        """
        power = 1.0
        for _ in range(60):
            weights = np.exp(power * (self.log_weights - self.log_weights.max()))
            weights /= weights.sum()
            if 1.0 / (weights @ weights) >= min(columns, 0.5 * weights.size):
                break
            power *= 0.8
        return self.phi[:, rng.choice(weights.size, columns, p=weights)]


def ideal_time(target: Evaluator | Series | Subsample) -> float:
    """Return the autocorrelation time, in draws, down to which more proposals per draw pay."""
    return _IDEAL if isinstance(target, Evaluator) else _IDEAL_IF_QUICK


def thinning(
    weights: np.ndarray,
    log_ratio: np.ndarray,
    log_tried: np.ndarray,
    most: int,
    ideal: float = _IDEAL,
) -> tuple[int, float]:
    """Predict how many proposals per kept draw a chain needs, and its autocorrelation time then.

    A chain stays at a point of weight v for a geometric time: it leaves with probability
    E(min(1, v' / v)) over proposals, so that a quantity that has nothing to do with the weight has
    autocorrelation (1 - that) ** lag, averaged over the posterior.

    Parameters
    ----------
    weights : ndarray, shape (columns,)
        Of a sample; they sum to one.
    log_ratio, log_tried : ndarray, shape (columns,)
        Log density of the proposal over the one drawn from, and log weights under the proposal.
    most : int
        Proposals per kept draw, at most.
    ideal : float
        Autocorrelation time at which more do not pay, in kept draws.
    """
    order = np.argsort(log_tried)
    ratio = np.exp(log_ratio[order] - log_ratio.max())
    ratio /= ratio.sum()
    tried = np.exp(log_tried[order] - log_tried.max())
    below = np.cumsum(ratio * tried)
    with np.errstate(divide="ignore", invalid="ignore"):
        leave = np.where(tried > 0.0, below / tried, 1.0) + (1.0 - np.cumsum(ratio))
    stay = np.clip(1.0 - leave, 0.0, 1.0 - 1e-9)
    time = math.inf
    for thin in range(1, most + 1):
        kept = stay**thin
        time = float(weights[order] @ ((1.0 + kept) / (1.0 - kept)))
        if time <= ideal:
            break
    return thin, time
