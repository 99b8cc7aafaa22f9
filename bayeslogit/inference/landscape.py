"""A posterior as a whole: all its modes and tails, and how much of it lies where.

Where a link, family or prior is not log-concave a sampler that starts at one mode may never see
another one, and its own diagnostics cannot know. Here the posterior is weighed from outside:
for few coefficients by adaptive cells, for more by importance sampling from a mixture over the
modes. What any method draws is then held against it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from bayeslogit.errors import FitFailed, Problem
from bayeslogit.inference.ascent import Peak, dispersed, find_modes
from bayeslogit.inference.base import Gaussian, Outcome
from bayeslogit.inference.cells import REACH, Cells, divide, outwards
from bayeslogit.inference.evaluator import evaluator
from bayeslogit.inference.grid import Stretched
from bayeslogit.inference.mixture import Explored, fit_mixture
from bayeslogit.inference.tails import missing_moments
from bayeslogit.numerics.pareto import pareto_smooth
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.specification.density import LogDensity

__all__ = ["Landscape", "Resolved", "assess_draws", "survey"]

# For each number of coefficients: the tolerance of the cells, the cells along an axis to begin
# with, and the most linear predictors for which the thousands of nodes are worth it.
_CELLS = {1: (2e-3, 10, np.inf), 2: (2e-3, 10, np.inf), 3: (1e-2, 5, 5000), 4: (5e-2, 3, 1000)}
_MOST_POINTS = 400_000
# Dispersed places that are looked at beside the nodes.
_PROBES = {1: 50, 2: 100, 3: 500, 4: 2000}
# Points of a weighted sample, and the least effective share of it that can judge draws.
_SAMPLE, _SHARE = 8000, 0.05
_OFFSETS = 8
# Share of the prior among the proposals for three coefficients or more.
_WATCH = 0.2
# What counts as the posterior: means within 0.2 sd, sds within 15 %; a little is left for the
# error of the reference itself. And the largest difference of distribution functions.
_MEAN, _SD, _CDF = 0.19, 0.14, 0.1

_known: WeakKeyDictionary[LogDensity, Landscape] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Resolved:
    """A posterior in cells, from which independent draws can be taken.

    Parameters
    ----------
    coordinates : Stretched
    cells : Cells
    """

    coordinates: Stretched
    cells: Cells

    def weighted(
        self, rng: np.random.Generator, count: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return stretched coordinates, their log density, and log weights of mean near zero.

        Parameters
        ----------
        rng : numpy.random.Generator
        count : int
            Number of points.
        """
        density, axes = self.coordinates.density, len(self.cells.low)
        prior = density.prior
        plain = prior.proper and not prior.increasing and prior.constraints is None
        watch = _WATCH if axes > 2 and plain else 0.0
        extra = int(watch * count)
        t, log_density, _ = self.cells.propose(rng, count - extra)
        if extra:
            # Draws of the prior keep watch for what the cells do not see, and bound the weights.
            added = _stretched(self.coordinates, prior.sample(rng, extra))
            added_density = self.cells.log_density_at(added) + self.cells.log_total
            t = np.concatenate([t, added], axis=1)
            log_prior = prior.log_density(self.coordinates.theta(t))
            log_density = np.logaddexp(
                math.log1p(-watch) + np.append(log_density, added_density),
                math.log(watch) + log_prior + self.coordinates.log_volume(t) + self.cells.log_total,
            )
            order = outwards(t)
            t, log_density = t[:, order], log_density[order]
        height = self.coordinates.log_value(t)
        return t, height, height - log_density

    def sample(
        self, rng: np.random.Generator, count: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return draws, (coefficients, count), their log posterior, and the weights they had.

        Evenly spread proposals are resampled by weight, again evenly, with the one of several
        offsets whose moments are nearest to those of all proposals (Fuller 2009,
        doi:10.1093/biomet/asp042): a far tail then has neither none nor too many of the draws.
        Their order is random.

        Parameters
        ----------
        rng : numpy.random.Generator
        count : int
            Number of draws.
        """
        axes = len(self.cells.low)
        t, height, log_weights = self.weighted(rng, (5 if axes <= 2 else 16) * count // 4 + 1)
        weights = np.exp(log_weights)
        cumulative = np.cumsum(weights)
        theta = self.coordinates.theta(t)
        mean, sd = _moments(theta, weights / cumulative[-1])
        best, least = np.zeros(0, dtype=np.int64), np.inf
        for offset in rng.random(_OFFSETS):
            places = (np.arange(count) + offset) / count * cumulative[-1]
            pick = np.searchsorted(cumulative, places, side="right")
            pick = np.minimum(pick, weights.size - 1)
            drawn = theta[:, pick]
            found = drawn.mean(axis=1)
            off = np.abs(found - mean) + np.abs(np.sqrt((drawn**2).mean(axis=1) - found**2) - sd)
            largest = float((off / sd).max())
            if not largest >= least:
                best, least = pick, largest
        pick = rng.permutation(best)
        lp = height[pick] - self.coordinates.log_volume(t[:, pick])
        return theta[:, pick], lp, weights


@dataclass(frozen=True, eq=False)
class Landscape:
    """A posterior as weighted points, with its modes.

    Parameters
    ----------
    peaks : tuple of Peak
        The modes that climbs from dispersed starts found, the largest mass first.
    theta : ndarray, shape (coefficients, points)
    shares : ndarray, shape (points,)
        They sum to one.
    mean, sd : ndarray, shape (coefficients,)
        Of the posterior, where they exist.
    log_evidence : float
        In nats.
    sound : bool
        Whether the points are good enough to judge draws by.
    resolved : Resolved or None
        Cells, for few coefficients.
    explored : Explored or None
        A mixture over the modes, for more.
    """

    peaks: tuple[Peak, ...]
    theta: np.ndarray
    shares: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    log_evidence: float
    sound: bool
    resolved: Resolved | None = None
    explored: Explored | None = None


def survey(density: LogDensity) -> Landscape:
    """Return the whole of a posterior that need not be log-concave.

    The result does not depend on any seed, and is kept with the density.

    Parameters
    ----------
    density : LogDensity

    Raises
    ------
    FitFailed
        If the posterior does not fall off, or is nowhere finite.
    """
    if density not in _known:
        with repeatable():
            _known[density] = _survey(density)
    return _known[density]


def _survey(density: LogDensity) -> Landscape:
    peaks = find_modes(density)
    predictors = density.rows.X.shape[0] * density.family.n_eta
    tolerance, first, most = _CELLS.get(density.size, (0.0, 0, 0))
    if predictors <= most:
        found = _by_cells(density, peaks, tolerance, first)
        if found.sound:
            return found
    return _by_mixture(density, peaks)


def _by_cells(
    density: LogDensity, peaks: tuple[Peak, ...], tolerance: float, first: int
) -> Landscape:
    coordinates = _coordinates(density, peaks[0])
    cells = divide(
        coordinates.log_value,
        [_seed(coordinates, peak) for peak in peaks],
        _probes(density, coordinates, peaks[0]),
        first=first,
        tolerance=tolerance,
        max_points=_MOST_POINTS,
    )
    resolved = Resolved(coordinates, cells)
    rng = np.random.default_rng(21)
    if density.size <= 2:
        t, shares = cells.nodes()
        sound = cells.error <= 10.0 * tolerance
        log_evidence = cells.log_total
        moments = _moments(coordinates.theta(t), shares)
        # Nodes would make steps in a distribution function.
        between, log_density, log_value = cells.propose(rng, _SAMPLE)
        theta, equal = coordinates.theta(between), np.exp(log_value - log_density)
        equal /= equal.sum()
    else:
        t, _, log_weights = resolved.weighted(rng, _SAMPLE)
        shares, sound = _shares(log_weights)
        log_evidence = cells.log_total + float(np.log(np.exp(log_weights).mean()))
        theta, equal = coordinates.theta(t), shares
        moments = _moments(theta, shares)
    outside = float(shares[np.abs(t).max(axis=0) > 0.95 * REACH].sum())
    if outside > 1e-6:
        if not density.prior.proper:
            raise FitFailed(
                f"the posterior does not fall off: at 1e10 standard deviations there is still "
                f"{outside:.1e} of its mass; expected a proper posterior; give flat or very "
                "heavy-tailed coefficients a proper prior such as Normal(0, 2.5)"
            )
        sound = sound and outside < 0.01
    return Landscape(peaks, theta, equal, *moments, log_evidence, sound, resolved)


def _shares(log_weights: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return smoothed weights that sum to one, and whether they are good enough to judge by."""
    smooth, k = pareto_smooth(log_weights)
    shares = np.exp(smooth - smooth.max())
    shares /= shares.sum()
    return shares, bool(k <= 0.7 and shares @ shares * shares.size < 1.0 / _SHARE)


def _moments(theta: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and sd, (coefficients,), of weighted points."""
    mean = theta @ shares
    return mean, np.sqrt((theta - mean[:, None]) ** 2 @ shares)


def _by_mixture(density: LogDensity, peaks: tuple[Peak, ...]) -> Landscape:
    with evaluator(density) as evaluate:
        masses = np.array([peak.log_mass for peak in peaks])
        gaussians = tuple(peak.gaussian for peak in peaks)
        explored = fit_mixture(evaluate, gaussians, masses, np.random.default_rng(22))
        shares, sound = _shares(explored.log_weights)
        theta = evaluate.space.theta(explored.phi)
    moments = _moments(theta, shares)
    return Landscape(peaks, theta, shares, *moments, explored.log_evidence, sound, None, explored)


def _coordinates(density: LogDensity, peak: Peak) -> Stretched:
    """Return stretched coordinates around a peak.

    Coefficients with a heavy-tailed prior come first and on axes of their own: a needle of such a
    prior lies along the other axes, and would be costly to cut in cells along a diagonal.
    """
    decay = density.prior.decay
    own = np.isfinite(decay) & (decay > 0.0)
    own[list(density.prior.increasing)] = False
    order = np.argsort(~own, kind="stable")
    covariance = peak.gaussian.covariance[np.ix_(order, order)]
    factor = np.linalg.cholesky(covariance)
    alone = np.flatnonzero(own[order])
    factor[alone] = 0.0
    factor[alone, alone] = np.sqrt(np.diag(covariance))[alone]
    return Stretched(density, order, peak.mode.theta[order], factor, 1.0)


def _probes(density: LogDensity, coordinates: Stretched, peak: Peak) -> np.ndarray:
    """Return dispersed places, in stretched coordinates."""
    with evaluator(density) as evaluate:
        rng = np.random.default_rng(23)
        count = _PROBES[density.size]
        theta = evaluate.space.theta(dispersed(evaluate, peak.gaussian, rng, count))
    if density.prior.proper:
        theta = np.concatenate([theta, density.prior.sample(rng, 2 * count)], axis=1)
    return _stretched(coordinates, theta)


def _stretched(coordinates: Stretched, theta: np.ndarray) -> np.ndarray:
    """Return stretched coordinates, (axes, columns), of coefficients."""
    away = coordinates.unconstrained(theta)[coordinates.order] - coordinates.center[:, None]
    return np.arcsinh(np.linalg.solve(coordinates.factor, away))


def _seed(coordinates: Stretched, peak: Peak) -> Gaussian:
    """Return a peak in stretched coordinates."""
    away = peak.mode.theta[coordinates.order] - coordinates.center
    z = np.linalg.solve(coordinates.factor, away)
    half = np.linalg.solve(coordinates.factor, peak.gaussian.cholesky[coordinates.order])
    half = half / np.sqrt(1.0 + z**2)[:, None]
    return Gaussian(np.arcsinh(z), half @ half.T)


def assess_draws(density: LogDensity, outcome: Outcome) -> Outcome:
    """Hold draws against the whole posterior, and add a severe problem where they differ.

    Parameters
    ----------
    density : LogDensity
        One that need not be log-concave.
    outcome : Outcome
        Draws of any method.

    Returns
    -------
    Outcome
        ``info["modes"]`` is the number of modes found. The problem ``"not_the_posterior"`` is
        added where means differ by more than 0.2 posterior sd, sds by more than 15 %, or
        distribution functions by more than 0.1; ``"modes_not_weighed"`` where there are several
        modes and nothing is good enough to tell how much each holds.
    """
    land = survey(density)
    draws = outcome.draws.reshape(-1, density.size).T
    count = len(land.peaks)
    problems = outcome.problems
    if land.sound:
        words = _difference(density, land, draws)
        if words:
            found = "one mode" if count == 1 else f"{count} modes"
            problems += (
                Problem(
                    "not_the_posterior",
                    f"{words}, by a survey of the whole posterior ({found}, from dispersed "
                    "starts); expected means within 0.2 posterior sd and sds within 15 %; do "
                    "not use these draws, but fit with method='auto', or give a prior with "
                    "lighter tails such as Normal(0, 2.5).",
                    "severe",
                ),
            )
    elif count > 1:
        problems += (
            Problem(
                "modes_not_weighed",
                f"the posterior has {count} modes or more, and how much of it each holds could "
                "not be checked; expected one mode, or a mixture over them that fits; give a "
                "prior with lighter tails such as Normal(0, 2.5), or compare several seeds.",
                "severe",
            ),
        )
    return replace(outcome, problems=problems, info=outcome.info | {"modes": count})


def _difference(density: LogDensity, land: Landscape, draws: np.ndarray) -> str:
    """Return in words where draws differ most from the posterior, or nothing."""
    missing = missing_moments(density)
    worst, words = 1.0, ""
    for k, name in enumerate(density.names):
        order = np.argsort(land.theta[k])
        values, cumulative = land.theta[k][order], np.cumsum(land.shares[order])
        own = np.searchsorted(np.sort(draws[k]), values, side="right") / draws.shape[1]
        gap = float(np.abs(own - cumulative).max())
        if gap / _CDF > worst:
            worst = gap / _CDF
            words = (
                f"the distribution function of {name!r} is off by up to {gap:.2f} in these draws"
            )
        if missing.mean[k] or missing.sd[k]:
            continue
        mean, sd = float(land.mean[k]), float(land.sd[k])
        found, spread = float(draws[k].mean()), float(draws[k].std())
        off = max(abs(found - mean) / (_MEAN * sd), abs(spread / sd - 1.0) / _SD)
        if off > worst:
            worst = off
            words = (
                f"{name!r} has mean {found:.3g} and sd {spread:.3g} in these draws, and mean "
                f"{mean:.3g} and sd {sd:.3g}"
            )
    return words
