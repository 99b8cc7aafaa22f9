"""A posterior as a whole: all its modes and tails, and how much of it lies where.

Where a link, family or prior is not log-concave a sampler that starts at one mode may never see
another one, and its own diagnostics cannot know. Here the posterior is weighed from outside:
for few coefficients by adaptive cells, for more by importance sampling from a mixture over the
modes. What any method draws is then held against it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.inference.ascent import Peak, dispersed, find_modes
from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.cells import REACH, divide, recut
from bayeslogit.inference.evaluator import Evaluator, evaluator
from bayeslogit.inference.mixture import Explored, fit_mixture
from bayeslogit.inference.reference import Reference
from bayeslogit.inference.resolved import Resolved, moments
from bayeslogit.inference.strays import Strays, seek, settled
from bayeslogit.inference.stretched import Stretched
from bayeslogit.inference.tails import missing_moments
from bayeslogit.numerics.pareto import pareto_smooth
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.specification.density import LogDensity

__all__ = ["Landscape", "survey"]

# For each number of coefficients: the tolerance of the cells, the cells along an axis to begin
# with, and the most linear predictors for which the thousands of nodes are worth it.
_CELLS = {1: (2e-3, 10, np.inf), 2: (2e-3, 10, np.inf), 3: (1e-2, 5, 5000), 4: (5e-2, 3, 1000)}
_MOST_POINTS = 400_000
# Dispersed places that are looked at beside the nodes.
_PROBES = {1: 50, 2: 100, 3: 500, 4: 2000}
# Places along a line through a peak, in its standard deviations, and how many peaks have lines.
_ALONG = np.sinh(np.linspace(-REACH, REACH, 66)[1:-1])
_LINED = 4
# Points of a weighted sample, and the least effective share of it that can judge draws.
_SAMPLE, _SHARE = 8000, 0.05
# For more coefficients than two: how often a survey that misses a part is mended, and the
# evaluations of cells for it. For more than so many coefficients points are not moved.
_MENDED, _MORE_POINTS, _MOVED = 2, 200_000, 20

_known: WeakKeyDictionary[LogDensity, Landscape] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Landscape:
    """A posterior as a whole, with its modes.

    Parameters
    ----------
    peaks : tuple of Peak
        The modes that climbs from dispersed starts found, the largest mass first.
    reference : Reference
        Weighted points of it.
    log_evidence : float
        In nats.
    resolved : Resolved or None
        Cells, for few coefficients.
    explored : Explored or None
        A mixture over the modes, for more.
    """

    peaks: tuple[Peak, ...]
    reference: Reference
    log_evidence: float
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
        # Far out numbers overflow, and cutpoints meet; what is not finite has no weight.
        with repeatable(), np.errstate(all="ignore"):
            _known[density] = _survey(density)
    return _known[density]


def _survey(density: LogDensity) -> Landscape:
    peaks = find_modes(density)
    predictors = density.rows.X.shape[0] * density.family.n_eta
    tolerance, first, most = _CELLS.get(density.size, (0.0, 0, 0))
    if predictors <= most:
        found = _by_cells(density, peaks, tolerance, first)
        if found.reference.sound:
            return found
    return _by_mixture(density, peaks)


def _by_cells(
    density: LogDensity, peaks: tuple[Peak, ...], tolerance: float, first: int
) -> Landscape:
    coordinates = _coordinates(density, peaks[0])
    cells = divide(
        coordinates.log_value,
        [_seed(coordinates, peak) for peak in peaks],
        _probes(density, coordinates, peaks),
        first=first,
        tolerance=tolerance,
        max_points=_MOST_POINTS,
    )
    resolved, strays = Resolved(coordinates, cells), None
    rng = np.random.default_rng(21)
    if density.size > 2:
        resolved, strays = _mended(resolved, tolerance, rng)
        cells = resolved.cells
    if density.size <= 2:
        t, shares = cells.nodes()
        sound = cells.error <= 10.0 * tolerance
        log_evidence = cells.log_total
        found = moments(coordinates.theta(t), shares)
        # Nodes would make steps in a distribution function.
        between, log_density, log_value = cells.propose(rng, _SAMPLE)
        theta, equal = coordinates.theta(between), np.exp(log_value - log_density)
        equal /= equal.sum()
    else:
        t, _, log_weights = resolved.weighted(rng, _SAMPLE)
        shares, sound = _shares(log_weights)
        log_evidence = cells.log_total + float(np.log(np.exp(log_weights).mean()))
        theta, equal = coordinates.theta(t), shares
        found = moments(theta, shares)
        sound = sound and not (strays and strays.many)
    outside = float(shares[np.abs(t).max(axis=0) > 0.95 * REACH].sum())
    if outside > 1e-6:
        if not density.prior.proper:
            raise FitFailed(
                f"the posterior does not fall off: at 1e10 standard deviations there is still "
                f"{outside:.1e} of its mass; expected a proper posterior; give flat or very "
                "heavy-tailed coefficients a proper prior such as Normal(0, 2.5)"
            )
        sound = sound and outside < 0.01
    reference = Reference(len(peaks), theta, equal, *found, sound)
    return Landscape(peaks, reference, log_evidence, resolved)


def _mended(
    resolved: Resolved, tolerance: float, rng: np.random.Generator
) -> tuple[Resolved, Strays]:
    """Return cells that are cut anew where moved points end without proposals around them."""
    unbounded = missing_moments(resolved.coordinates.density).sd
    for left in range(_MENDED, -1, -1):
        t, _, log_weights = resolved.weighted(rng, _SAMPLE)
        strays = seek(resolved.coordinates, resolved.weigh, t, log_weights, unbounded, rng)
        if not (strays.many and left):
            break
        cells = recut(
            resolved.coordinates.log_value,
            resolved.cells,
            strays.points,
            tolerance=tolerance,
            max_points=_MORE_POINTS,
        )
        resolved = Resolved(resolved.coordinates, cells)
    return resolved, strays


def _shares(log_weights: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return smoothed weights that sum to one, and whether they are good enough to judge by."""
    smooth, k = pareto_smooth(log_weights)
    shares = np.exp(smooth - smooth.max())
    shares /= shares.sum()
    return shares, bool(k <= 0.7 and shares @ shares * shares.size < 1.0 / _SHARE)


def _by_mixture(density: LogDensity, peaks: tuple[Peak, ...]) -> Landscape:
    masses = np.array([peak.log_mass for peak in peaks])
    gaussians = tuple(peak.gaussian for peak in peaks)
    rng = np.random.default_rng(22)
    with evaluator(density) as evaluate:
        for left in range(_MENDED, -1, -1):
            explored = fit_mixture(evaluate, gaussians, masses, rng)
            strays = _strays_of(evaluate, explored, peaks[0], rng)
            if not (strays and strays.many and left):
                break
            # A component of its own for what the mixture did not reach.
            phi = evaluate.space.phi(_coordinates(density, peaks[0]).theta(strays.points))
            gaussians = (*gaussians, _around(phi, gaussians[0]))
            masses = np.append(masses, explored.log_evidence + math.log(strays.share))
        shares, sound = _shares(explored.log_weights)
        theta = evaluate.space.theta(explored.phi)
    missed = strays is not None and strays.many
    if strays is not None and (missed or not sound):
        # Proposals do not reach all of it; points that are moved until they settle do.
        theta, shares, still = settled(_coordinates(density, peaks[0]), strays, rng)
        # Between modes they may hardly move: what each holds is known by proposals only.
        sound = still and (sound or len(peaks) == 1)
    found = moments(theta, shares)
    reference = Reference(len(peaks), theta, shares, *found, sound)
    return Landscape(peaks, reference, explored.log_evidence, None, explored)


def _strays_of(
    evaluate: Evaluator, explored: Explored, peak: Peak, rng: np.random.Generator
) -> Strays | None:
    """Return where moved points of a mixture end without proposals around them."""
    space = evaluate.space
    if space.density.size > _MOVED or space.density.prior.constraints is not None:
        return None
    coordinates = _coordinates(space.density, peak)

    def weigh(t: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            phi = space.phi(coordinates.theta(t))
        proposals = explored.proposal.log_density_at(phi) + explored.log_evidence
        found: np.ndarray = evaluate.values(phi) - proposals
        return found

    t = coordinates.of(space.theta(explored.phi))
    unbounded = missing_moments(space.density).sd
    return seek(coordinates, weigh, t, explored.log_weights, unbounded, rng)


def _around(phi: np.ndarray, other: Gaussian) -> Gaussian:
    """Return the Gaussian of points; of few, its covariance is drawn towards another's shape."""
    size, count = phi.shape
    mean = phi.mean(axis=1)
    away = phi - mean[:, None]
    spread = away @ away.T / count
    scale = np.trace(np.linalg.solve(other.covariance, spread)) / size
    few = size / (size + count)
    return Gaussian(mean, (1.0 - few) * spread + few * max(scale, 1e-3) * other.covariance)


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
    return Stretched(density, order, peak.mode.theta[order], factor, 1.0, alone.size)


def _probes(density: LogDensity, coordinates: Stretched, peaks: tuple[Peak, ...]) -> np.ndarray:
    """Return dispersed places, and lines through the peaks, in stretched coordinates.

    The needle of a heavy-tailed prior has the whole tail of each other coefficient along it.
    """
    with evaluator(density) as evaluate:
        rng = np.random.default_rng(23)
        count = _PROBES[density.size]
        phi = dispersed(evaluate, peaks[0].gaussian, rng, count)
        needles = coordinates.order[: coordinates.alone]
        lines = [k for k in range(density.size) if np.any(needles != k)]
        for peak in peaks[:_LINED]:
            away = np.sqrt(np.diag(peak.gaussian.covariance))[:, None] * _ALONG
            for k in lines:
                line = np.repeat(peak.gaussian.mean[:, None], _ALONG.size, axis=1)
                line[k] += away[k]
                phi = np.concatenate([phi, line], axis=1)
        theta = evaluate.space.theta(phi)
    if density.prior.proper:
        theta = np.concatenate([theta, density.prior.sample(rng, 2 * count)], axis=1)
    return coordinates.of(theta)


def _seed(coordinates: Stretched, peak: Peak) -> Gaussian:
    """Return a peak in stretched coordinates."""
    t = coordinates.t(peak.mode.theta[:, None])[:, 0]
    half = np.linalg.solve(coordinates.slopes(t), peak.gaussian.cholesky[coordinates.order])
    return Gaussian(t, half @ half.T)
