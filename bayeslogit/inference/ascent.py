"""The modes of a log posterior that need not be concave: climbs from dispersed starts.

Where a link, family or prior is not log-concave a posterior can have several modes, and one climb
from zero finds one of them. Dozens of climbs run side by side here, each one column of the same
matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.inference.evaluator import Evaluator, evaluator
from bayeslogit.inference.mode import Mode, climb, find_mode, gaussian_at
from bayeslogit.priors import CoefficientPrior, Normal
from bayeslogit.specification.density import Likelihood, LogDensity

__all__ = ["Peak", "ascend", "dispersed", "find_modes", "held", "modes_by_height"]

# Climbs side by side, as far as their linear predictors stay below this number.
_LANES, _FEWEST, _WORK = 32, 8, 300_000
_STEPS = 50
# After so many steps, climbs that are still on their way are left behind once they are few.
_PATIENCE, _LEFT_BEHIND = 12, 0.15
# A climb ends once a further step would gain less than this, in nats.
_ENOUGH = 1e-4
# Width of a prior that hardly counts, in units of what one case tells.
_WIDE = 10.0
# Different summits that are refined by Newton's method, at most.
_SUMMITS = 12

_known: WeakKeyDictionary[LogDensity, tuple[Peak, ...]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Peak:
    """A mode in unconstrained coordinates (see ``Coordinates``), with its Gaussian.

    Parameters
    ----------
    mode : Mode
    gaussian : Gaussian
        At the mode, with the curvature there.
    """

    mode: Mode
    gaussian: Gaussian

    @property
    def log_mass(self) -> float:
        """Laplace's approximation of the log of the integral over the peak, in nats."""
        size = self.mode.theta.size
        return self.mode.value + 0.5 * (
            size * float(np.log(2.0 * np.pi)) + self.gaussian.log_determinant
        )


def find_modes(density: LogDensity) -> tuple[Peak, ...]:
    """Return the modes that climbs from dispersed starts find, the largest mass first.

    The starts are the same on every call: the modes are a property of the log posterior. They
    are kept with the density, like its mode.

    Parameters
    ----------
    density : LogDensity

    Raises
    ------
    FitFailed
        If the log posterior is finite at no start.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> exam = bl.load_dataset("exam")
    >>> model = bl.logistic("passed ~ hours", exam, priors=bl.Cauchy(0, 0.01))
    >>> len(find_modes(model.density))  # at zero, where the prior is a needle, and at the data
    2
    """
    if density not in _known:
        with evaluator(density) as evaluate:
            _known[density] = _search(evaluate)
    return _known[density]


def modes_by_height(density: LogDensity, *, tolerance: float = 1e-11) -> tuple[Mode, ...]:
    """Return the modes of the log posterior of the coefficients, the highest first.

    Parameters
    ----------
    density : LogDensity
    tolerance : float
        As of :func:`find_mode`.

    Raises
    ------
    FitFailed
        If the log posterior is not finite at any start.
    """
    found = [find_mode(density, tolerance=tolerance)]
    if density.log_concave or density.family.bounded:
        return tuple(found)
    space = Coordinates(density)
    for peak in find_modes(density):
        # A mode in other coordinates is not quite one of the coefficients.
        start = space.theta(peak.mode.theta[:, None])[:, 0]
        mode = climb(density, start, tolerance=tolerance)
        known = [Peak(other, gaussian_at(other)) for other in found]
        if mode.converged and not _near(known, mode.theta, mode.value):
            found.append(mode)
    return tuple(sorted(found, key=lambda mode: (not mode.converged, -mode.value)))


def _search(evaluate: Evaluator) -> tuple[Peak, ...]:
    space, rng = evaluate.space, np.random.default_rng(20)
    start = space.phi(space.density.rows.start[:, None])[:, 0]
    with np.errstate(all="ignore"):
        value, _, precision = space.newton(start)
    first = Mode(start, value, precision, 0, np.inf, converged=False)
    lanes = int(np.clip(_WORK // max(evaluate.predictors, 1), _FEWEST, _LANES))
    gaussian = gaussian_at(first)
    starts = np.concatenate(
        [dispersed(evaluate, gaussian, rng, lanes), _by_data(evaluate, rng, lanes // 4)], axis=1
    )
    tops, heights, settled = ascend(evaluate, starts, np.sqrt(np.diag(gaussian.covariance)))
    peaks: list[Peak] = []
    order = np.argsort(-heights)
    # A climb that is still on its way may be higher than all that have arrived.
    arrived = np.max(heights, where=settled, initial=-np.inf)
    ready = settled | (np.isfinite(heights) & (heights > arrived + 3.0))
    open_lanes = [int(k) for k in order if ready[k]]
    limit = np.max(heights, where=ready, initial=-np.inf) - 20.0 - 10.0 * start.size
    for _ in range(_SUMMITS):
        open_lanes = [k for k in open_lanes if not _near(peaks, tops[:, k], heights[k])]
        if not open_lanes or heights[open_lanes[0]] < limit:
            break
        lane = open_lanes.pop(0)
        try:
            mode = climb(space, tops[:, lane], tolerance=1e-2, steps=20 if settled[lane] else 60)
        except FitFailed:
            continue
        if mode.converged and not _near(peaks, mode.theta, mode.value):
            peaks.append(Peak(mode, gaussian_at(mode)))
    if not peaks:
        raise FitFailed(
            f"none of {lanes} climbs from dispersed starts found a highest point of the log "
            "posterior; expected at least one mode; check the scale of the predictors and of the "
            "priors, and give every coefficient a proper prior"
        )
    return tuple(sorted(peaks, key=lambda peak: -peak.log_mass))


def _near(peaks: list[Peak], phi: np.ndarray, height: float) -> bool:
    """Whether a point is at the top of one of the peaks."""
    for peak in peaks:
        square = peak.gaussian.squares(phi[:, None])[0]
        if square < 4.0 and abs(peak.mode.value - height) < 3.0:
            return True
    return False


def _by_data(evaluate: Evaluator, rng: np.random.Generator, count: int) -> np.ndarray:
    """Return points near where the data alone are, (coefficients, up to count).

    The narrow part of a heavy-tailed prior says nothing of their scale. The first point is the
    mode under Gaussian priors so wide that they hardly count; the others are around it, and half
    of their coefficients are where the prior has its middle.

    Parameters
    ----------
    evaluate : Evaluator
    rng : numpy.random.Generator
    count : int
    """
    density = evaluate.space.density
    prior = density.prior
    if not prior.proper:
        return np.empty((density.size, 0))
    try:
        with np.errstate(all="ignore"):
            mode = find_mode(held(density.rows, _WIDE, prior.increasing), tolerance=1e-2, steps=50)
    except FitFailed:
        return np.empty((density.size, 0))
    around = gaussian_at(mode).cholesky @ rng.standard_normal((density.size, count))
    points = mode.theta[:, None] + around * (np.arange(count) > 0)
    middle = np.median(prior.sample(rng, 200), axis=1)[:, None]
    free = list(set(range(density.size)) - set(prior.increasing))
    needle = rng.random((len(free), count)) < 0.5 * (np.arange(count) > 0)
    points[free] = np.where(needle, middle[free], points[free])
    ordered = list(prior.increasing)
    points[ordered] = np.sort(points[ordered], axis=0)
    return evaluate.space.phi(points)


def held(rows: Likelihood, width: float, increasing: tuple[int, ...] = ()) -> LogDensity:
    """Return a likelihood under independent Gaussian priors on the scale of its information.

    Parameters
    ----------
    rows : Likelihood
    width : float
        Standard deviation of the priors, in units of what one case tells about a coefficient.
    increasing : tuple of int
        Coefficients that must increase.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> exam = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> find_mode(held(exam.density.rows, 10.0)).theta.round(1)
    array([-4. ,  1.5])
    """
    with np.errstate(all="ignore"):
        information = np.abs(np.diag(rows.newton(rows.start)[2]))
        unit = np.sqrt(rows.counts.sum() / np.maximum(information, 1e-300))
    sigma = width * np.clip(unit, 1e-100, 1e100)
    names = tuple(str(place) for place in range(rows.size))
    parts = ((np.arange(rows.size), Normal(0.0, sigma)),)
    return LogDensity(rows, CoefficientPrior(names, parts, increasing=increasing))


def dispersed(
    evaluate: Evaluator, gaussian: Gaussian, rng: np.random.Generator, count: int
) -> np.ndarray:
    """Return dispersed points, (coefficients, count), in unconstrained coordinates.

    A third are draws from the prior, shrunk towards its middle by random orders of magnitude; a
    third of them again with some coefficients exactly in the middle, where a heavy-tailed prior
    may have a needle; and a third are around the mode, at random orders of magnitude.

    Parameters
    ----------
    evaluate : Evaluator
    gaussian : Gaussian
        Around a start, with the curvature there.
    rng : numpy.random.Generator
    count : int
    """
    space = evaluate.space
    prior, size = space.density.prior, gaussian.mean.size
    around = gaussian.cholesky @ rng.standard_t(2.0, (size, count))
    around = gaussian.mean[:, None] + around * 10.0 ** rng.uniform(-0.5, 3.0, count)
    if not prior.proper:
        return around
    draws = space.phi(prior.sample(rng, max(count, 200)))
    middle = np.median(draws, axis=1)[:, None]
    away = (draws[:, :count] - middle) * 10.0 ** rng.uniform(-3.0, 0.0, count)
    kind = np.arange(count) % 3
    away = np.where((kind == 1) & (rng.random(away.shape) < 0.5), 0.0, away)
    points = np.where(kind == 2, around, middle + away)
    points[:, 0] = middle[:, 0]
    return points


@np.errstate(all="ignore")  # far out numbers overflow; such a trial is not finite, and refused
def ascend(
    evaluate: Evaluator, start: np.ndarray, unit: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Climb from many points at once, by quasi-Newton steps (BFGS) that never go down.

    Parameters
    ----------
    evaluate : Evaluator
    start : ndarray, shape (coefficients, columns)
    unit : ndarray, shape (coefficients,)
        A length for each coefficient, which sets the first steps.

    Returns
    -------
    top : ndarray, shape (coefficients, columns)
    height : ndarray, shape (columns,)
        Log density there, in nats; ``-inf`` where it was not finite at the start.
    settled : ndarray of bool, shape (columns,)
        Whether the climb arrived; a few that are slow are left behind.
    """
    top = start.copy()
    height, slope = evaluate.gradients(top)
    height = np.where(np.isnan(height), -np.inf, height)
    inverse = np.tile(np.diag(unit**2)[:, :, None], start.shape[1])
    fresh = np.ones(start.shape[1], dtype=bool)
    length = np.ones(start.shape[1])
    live = np.flatnonzero(np.isfinite(height) & np.isfinite(slope).all(axis=0))
    settled = np.zeros(start.shape[1], dtype=bool)
    for turn in range(_STEPS):
        if live.size <= (0 if turn < _PATIENCE else _LEFT_BEHIND * len(settled)):
            break
        x, g, H = top[:, live], slope[:, live], inverse[:, :, live]
        step = np.einsum("ijc,jc->ic", H, g)
        gain = np.einsum("ic,ic->c", step, g)
        # The first step of a climb is half as long as the way it came from the origin of scale.
        size_of = np.sqrt(np.einsum("ic,ic->c", step / unit[:, None], step / unit[:, None]))
        far = np.sqrt((((x - start.mean(axis=1)[:, None]) / unit[:, None]) ** 2).sum(axis=0))
        scale = np.where(
            fresh[live], np.minimum(0.5 * far + 0.1, size_of) / np.maximum(size_of, 1e-300), 1.0
        )
        step = step * (scale * length[live])
        value, gradient = evaluate.gradients(x + step)
        fine = np.isfinite(value) & np.isfinite(gradient).all(axis=0) & np.isfinite(gain)
        good = fine & (value >= height[live] + 1e-4 * scale * length[live] * gain)
        moved = live[good]
        s, y = step[:, good], g[:, good] - gradient[:, good]
        curve = np.einsum("ic,ic->c", s, y)
        top[:, moved] += s
        rise = value[good] - height[moved]
        height[moved], slope[:, moved] = value[good], gradient[:, good]
        bends = curve > 1e-12 * np.abs(rise)
        _update(inverse, moved[bends], s[:, bends], y[:, bends], curve[bends], fresh)
        # Where the density curves upwards there is no scale to learn: go farther.
        length[moved] = np.where(bends, 1.0, np.minimum(3.0 * length[moved], 1e6))
        length[live[~good]] *= 0.3
        done = np.zeros(live.size, dtype=bool)
        done[good] = bends & (rise < _ENOUGH) & (gain[good] < _ENOUGH)
        settled[live[done]] = True
        done |= length[live] < 1e-8
        live = live[~done]
    return top, height, settled


def _update(
    inverse: np.ndarray,
    lanes: np.ndarray,
    s: np.ndarray,
    y: np.ndarray,
    curve: np.ndarray,
    fresh: np.ndarray,
) -> None:
    """Update the inverse Hessians of some lanes by what their last steps showed, in place."""
    H = inverse[:, :, lanes]
    Hy = np.einsum("ijc,jc->ic", H, y)
    square = np.einsum("ic,ic->c", y, Hy)
    # The size of the curvature becomes known with the first step.
    first = np.where(fresh[lanes], curve / np.maximum(square, 1e-300), 1.0)
    H, Hy, square = H * first, Hy * first, square * first
    fresh[lanes] = False
    cross = s[:, None] * Hy[None]
    inverse[:, :, lanes] = (
        H
        - (cross + cross.swapaxes(0, 1)) / curve
        + s[:, None] * s[None] * ((1.0 + square / curve) / curve)
    )
