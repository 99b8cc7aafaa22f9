"""What figures of cases that were left out are made of, and what leaving them out takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.mode import Mode, climb, gaussian_at
from bayeslogit.inference.proposal import student_log_density
from bayeslogit.specification.cases import Cases
from bayeslogit.specification.density import Likelihood, LogDensity

__all__ = [
    "LEVEL",
    "LeftOut",
    "Ranking",
    "even_draws",
    "likelihood_of",
    "moved",
    "part_of",
    "thinned",
]

# Coefficients up to which points are spread evenly, from how many draws; their degrees of freedom,
# and the effective share of them from which they are better than draws.
_EVEN_SIZE, _EVEN_LEAST, _DEGREES, _EVEN = 8, 100, 10.0, 0.6
# Forecasts of different cells this near to each other are level.
LEVEL = 1e-12


@dataclass(frozen=True, eq=False)
class Ranking:
    """What forecasts are to rank: cases of some classes above cases of others.

    Attributes
    ----------
    score : ndarray, shape (classes,)
        Cases are ranked by the class probabilities times this.
    events, others : ndarray of bool, shape (classes,)
        Classes that should be ranked high, and low.
    """

    score: np.ndarray
    events: np.ndarray
    others: np.ndarray

    @classmethod
    def of_class(cls, code: int, classes: int) -> Ranking:
        """Return the ranking of one class against all others by its probability.

        Parameters
        ----------
        code : int
        classes : int
        """
        event = np.arange(classes) == code
        return cls(event.astype(float), event, ~event)

    def split(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return others and events among counts, (cells, classes, ...), each (cells, ...).

        Parameters
        ----------
        counts : ndarray
        """
        return counts[:, self.others].sum(axis=1), counts[:, self.events].sum(axis=1)


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Forecasts of an event for cases that were left out.

    Attributes
    ----------
    prob : ndarray, shape (points,)
        Forecasts, of all fits.
    failures, successes : ndarray, shape (points,)
        What they are of; each adds up to the cases without and with the event.
    events : ndarray, shape (kinds,)
        Cases with the event, of each kind.
    above, level : ndarray, shape (kinds,)
        Share of the other cases that the same fit forecasts above such an event, and as high.
    """

    prob: np.ndarray
    failures: np.ndarray
    successes: np.ndarray
    events: np.ndarray
    above: np.ndarray
    level: np.ndarray

    @property
    def area(self) -> float:
        """Share of pairs of an event and another case that fits rank rightly; half if level."""
        return 1.0 - float(np.average(self.above + 0.5 * self.level, weights=self.events))


def likelihood_of(likelihood: Likelihood, cases: Cases) -> Likelihood:
    """Return the likelihood of cells of cases.

    Parameters
    ----------
    likelihood : Likelihood
        Of the rows that hold them.
    cases : Cases
    """
    return replace(likelihood, X=cases.X, counts=cases.counts, offset=cases.offset, constants=None)


def thinned(
    theta: np.ndarray, shown: np.ndarray, weights: np.ndarray | None, most: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return coefficients of draws, what forecasts add to them, and their log weights.

    Parameters
    ----------
    theta, shown : ndarray, shape (coefficients, draws)
        Of the sample, and of what is forecast.
    weights : ndarray of shape (draws,), or None
        Log of the posterior over what the draws are from.
    most : int
        How many are kept.
    """
    number = theta.shape[1]
    at = np.linspace(0, number - 1, min(most, number)).round().astype(np.intp)
    base = np.zeros(len(at)) if weights is None else weights[at] - weights[at].max()
    return theta[:, at], shown[:, at] - theta[:, at], base


def even_draws(
    density: LogDensity, draws: np.ndarray, weights: np.ndarray | None, most: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return points spread evenly over the posterior and their log weights, or None.

    They are quantiles of a Student t with the moments of the draws, at points of a Sobol sequence,
    weighted to the posterior. Means over them are nearer to those of the posterior than means over
    as many random draws, where the t fits.

    Parameters
    ----------
    density : LogDensity
    draws : ndarray, shape (coefficients, draws)
    weights : ndarray of shape (draws,), or None
        Log of the posterior over what the draws are from.
    most : int
        How many points; the power of two below it.

    References
    ----------
    Owen, A. B. (1998). Scrambling Sobol' and Niederreiter-Xing points. doi:10.1006/jcom.1998.0487
    """
    from scipy.special import chdtri, ndtri
    from scipy.stats import qmc

    size = len(draws)
    if size > _EVEN_SIZE or draws.shape[1] < _EVEN_LEAST:
        return None
    share = np.ones(draws.shape[1]) if weights is None else np.exp(weights - weights.max())
    share /= share.sum()
    mean = draws @ share
    away = draws - mean[:, None]
    try:
        gaussian = Gaussian(mean, (away * share) @ away.T)
        shape = gaussian.cholesky
    except np.linalg.LinAlgError:
        return None
    points = qmc.Sobol(size + 1, rng=0).random_base2(int(np.log2(most))).T
    points = np.clip(points, 1e-9, 1.0 - 1e-9)
    z = ndtri(points[:-1]) * np.sqrt(_DEGREES / chdtri(_DEGREES, 1.0 - points[-1]))
    theta = mean[:, None] + shape @ z
    proposed = student_log_density(gaussian, _DEGREES, np.einsum("pc,pc->c", z, z))
    base = density.value(theta) - proposed
    if not np.isfinite(base.max()):
        return None
    base -= base.max()
    weight = np.exp(base)
    # Of points that mostly have no weight, random draws are as good.
    effective = weight.sum() ** 2 / (weight @ weight)
    return (theta, base) if effective > _EVEN * len(base) else None


def part_of(likelihood: Likelihood, cells: np.ndarray, counts: np.ndarray) -> Likelihood:
    """Return the likelihood of some cells, with other counts.

    Parameters
    ----------
    likelihood : Likelihood
    cells : ndarray of int, shape (kept,)
    counts : ndarray, shape (cells, classes)
        Of all cells.
    """
    offset = None if likelihood.offset is None else likelihood.offset[cells]
    return replace(likelihood, X=likelihood.X[cells], counts=counts[cells], offset=offset)


def moved(density: LogDensity, theta: np.ndarray, start: Mode) -> np.ndarray:
    """Return draws moved and stretched to the Gaussian at the mode of another posterior.

    Parameters
    ----------
    density : LogDensity
        The other one.
    theta : ndarray, shape (coefficients, draws)
        As they are where it has no mode.
    start : Mode
        Of the posterior that they are from.
    """
    try:
        mode = climb(density, start.theta, tolerance=1e-4)
        if not (mode.converged and start.converged):
            return theta
        old, new = gaussian_at(start).cholesky, gaussian_at(mode).cholesky
    except (FitFailed, np.linalg.LinAlgError):
        return theta
    centred = theta - start.theta[:, None]
    result: np.ndarray = mode.theta[:, None] + new @ np.linalg.solve(old, centred)
    return result
