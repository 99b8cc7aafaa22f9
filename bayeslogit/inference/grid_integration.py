"""Moments, margins and evidence of a posterior of up to three coefficients, from grids.

For a smooth integrand that falls to zero at both ends the trapezoidal rule converges exponentially
in the number of nodes: halving the spacing squares the error. What a halving changes therefore
tells how far off the result still is.

References
----------
Trefethen, L. N. and Weideman, J. A. C. (2014). The exponentially convergent trapezoidal rule.
doi:10.1137/130932132
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.inference.grid import Sheet
from bayeslogit.inference.mode import Mode, resolution
from bayeslogit.inference.stretched import Stretched
from bayeslogit.runtime.parallel import repeatable, threads
from bayeslogit.specification.density import LogDensity

__all__ = ["Integral", "Margin", "integrate"]

# Linear predictors of a grid, at most, and the nodes that it may have in any case.
_WORK, _FEWEST = 100_000_000, 50_000


@dataclass(frozen=True, eq=False)
class Margin:
    """The marginal posterior of one coefficient.

    Parameters
    ----------
    center, scale, stretch : float
        The coefficient is ``center + scale * stretch * sinh(t / stretch)``.
    nodes, weights : ndarray, shape (nodes,)
        Equally spaced ``t``, and probabilities that sum to one.
    """

    center: float
    scale: float
    stretch: float
    nodes: np.ndarray
    weights: np.ndarray

    @property
    def values(self) -> np.ndarray:
        """The coefficient at the nodes, (nodes,)."""
        return self.center + self.scale * self.stretch * np.sinh(self.nodes / self.stretch)

    def cdf(self, value: np.ndarray) -> np.ndarray:
        """Return the cumulative distribution function at ``value``, elementwise, in [0, 1].

        The density between the nodes is the one band-limited function through them, whose
        integral is a sum of sine integrals; it is as exact as the grid.

        Examples
        --------
        >>> import numpy as np
        >>> nodes = np.arange(-20, 21) * 0.4
        >>> weights = np.exp(-0.5 * nodes**2)
        >>> normal = Margin(0.0, 1.0, 1e9, nodes, weights / weights.sum())
        >>> normal.cdf(np.array([-1.959964, 0.0])).round(7)
        array([0.025, 0.5  ])
        """
        t = self.stretch * np.arcsinh(
            (np.asarray(value, float) - self.center) / (self.scale * self.stretch)
        )
        return self._cdf(t)

    def _cdf(self, t: np.ndarray) -> np.ndarray:
        from scipy.special import sici

        step = self.nodes[1] - self.nodes[0]
        sine = sici(np.pi * (np.asarray(t)[..., None] - self.nodes) / step)[0]
        prob: np.ndarray = np.clip((0.5 + sine / np.pi) @ self.weights, 0.0, 1.0)
        return prob

    def quantile(self, prob: np.ndarray) -> np.ndarray:
        """Return the quantile of the coefficient at probability ``prob``, elementwise."""
        prob = np.asarray(prob, dtype=float)
        low = np.full(prob.shape, self.nodes[0])
        high = np.full(prob.shape, self.nodes[-1])
        for _ in range(60):
            middle = 0.5 * (low + high)
            below = self._cdf(middle) < prob
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        t = 0.5 * (low + high)
        value: np.ndarray = self.center + self.scale * self.stretch * np.sinh(t / self.stretch)
        return value


@dataclass(frozen=True, eq=False)
class Integral:
    """Moments, margins and log evidence of a posterior, from a grid.

    Parameters
    ----------
    log_evidence : float
        Log of the integral of the posterior density, in nats.
    mean : ndarray, shape (coefficients,)
        NaN where it lies in the far tails, as under a Cauchy prior with separated data.
    covariance : ndarray, shape (coefficients, coefficients)
        Infinite where the second moment lies in the far tails.
    margins : tuple of Margin
        One for each coefficient.
    sheet : Sheet
        The grid whose first axis is the first coefficient, for draws.
    stability : float
        Estimate of the largest error left in the log evidence, and in means and second moments
        in posterior standard deviations: what the next halving of the spacing would change, by
        what the last two did.
    """

    log_evidence: float
    mean: np.ndarray
    covariance: np.ndarray
    margins: tuple[Margin, ...]
    sheet: Sheet
    stability: float
    tolerance: float

    @property
    def sd(self) -> np.ndarray:
        """Posterior standard deviations, (coefficients,)."""
        return np.sqrt(np.diag(self.covariance))


def integrate(
    density: LogDensity, *, tolerance: float = 1e-8, max_points: int = 4_000_000
) -> Integral:
    """Return moments, margins and log evidence of a posterior of up to three coefficients.

    Parameters
    ----------
    density : LogDensity
    tolerance : float, default 1e-8
        Halve the spacing until log evidence, means and second moments (in posterior standard
        deviations) are within this.
    max_points : int, default 4 000 000
        Most nodes of a grid; where they are not enough, ``stability`` is above the tolerance.

    Raises
    ------
    FitFailed
        If the posterior is improper or not finite.
    """
    with repeatable(), np.errstate(all="ignore"), threads() as pool:
        return _integrate(density, tolerance, max_points, pool)


def _integrate(
    density: LogDensity, tolerance: float, max_points: int, pool: ThreadPoolExecutor | None
) -> Integral:
    size = density.size
    predictors = density.rows.X.shape[0] * density.family.n_eta
    # Nodes of many rows cost more: a grid that would take minutes is refused, or left coarser.
    max_points = min(max_points, max(_WORK // max(predictors, 1), _FEWEST))
    space = Coordinates(density)
    mode = space.mode()
    coordinates = _start(density, mode)
    # No grid shows more of the density than its arithmetic resolves.
    blur = 10.0 * resolution(space, mode.theta, mode.precision)
    tolerance = max(tolerance, blur if blur < 1e-4 else 0.0)
    sheets: list[Sheet] = []
    margins, errors, far = [], [], []
    for first in range(size):
        if first > 0:
            coordinates = _turn(sheets[-1], first)
        sheet = _settle(coordinates, pool, max_points)
        errors.append(_refine(sheet, tolerance, max_points))
        far.append([moment[0] for moment in sheet.far_moments(sheet.weights())])
        margins.append(_margin(sheet))
        sheet.pool = None
        # Each grid covers the whole posterior; draws and joint moments are from the first.
        sheets = [*sheets[:1], sheet]
    sheet = sheets[0]
    theta, probabilities = _nodes(sheet)
    mean = theta @ probabilities
    away = theta - mean[:, None]
    cov = (away * probabilities) @ away.T
    far_mean, far_second = np.array(far).T
    mean[far_mean] = np.nan
    cov[far_second] = cov[:, far_second] = np.inf
    log_evidence = float(sheet.log.max() + sheet.moments(sheet.weights())[0])
    return Integral(log_evidence, mean, cov, tuple(margins), sheet, max(errors), tolerance)


def _nodes(sheet: Sheet) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients, (coefficients, nodes), and probabilities of all nodes that matter."""
    weights = sheet.weights()
    where = np.nonzero(weights)
    t = (np.stack(where) + sheet.low[:, None]) * sheet.spacing[:, None]
    found = weights[where]
    return sheet.coordinates.theta(t), found / found.sum()


def _margin(sheet: Sheet) -> Margin:
    """Return the margin of the coefficient on the first axis."""
    margin = sheet.margin(sheet.weights(), 0)
    coordinates = sheet.coordinates
    return Margin(
        float(coordinates.center[0]),
        float(coordinates.factor[0, 0]),
        coordinates.stretch,
        sheet.nodes(0),
        margin / margin.sum(),
    )


def _start(density: LogDensity, mode: Mode) -> Stretched:
    """Return coordinates centred at the mode and scaled by the curvature there."""
    precision = mode.precision
    diagonal = np.abs(np.diag(precision))
    scale = 1.0 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    values, vectors = np.linalg.eigh(precision * np.outer(scale, scale))
    # Where a heavy-tailed prior curves the wrong way the size of the curvature still is a scale.
    half = scale[:, None] * vectors / np.sqrt(np.maximum(np.abs(values), 1e-12))
    # Gaussian priors and log-concave likelihoods have at most exponential tails; others may have
    # polynomial ones, which only an exponential map reaches.
    light = density.family.log_concave and density.prior.gaussian
    order = np.arange(density.size)
    return Stretched(density, order, mode.theta, _triangle(half), 4.0 if light else 1.0)


def _triangle(half: np.ndarray) -> np.ndarray:
    """Return the lower triangular L with ``L @ L.T = half @ half.T``, without forming that."""
    upper = np.linalg.qr(half.T, mode="r")
    return upper.T * np.where(np.diag(upper) < 0, -1.0, 1.0)


def _turn(sheet: Sheet, first: int) -> Stretched:
    """Return coordinates with another coefficient on the first axis."""
    old = sheet.coordinates
    size = len(old.order)
    order = np.array([first, *(k for k in range(size) if k != first)])
    if old.density.prior.increasing:
        # The logarithms of other gaps are no linear function of the present coordinates.
        theta, weights = _nodes(sheet)
        phi = replace(old, order=order).unconstrained(theta)[order]
        center = phi @ weights
        half = (phi - center[:, None]) * np.sqrt(weights)
        return replace(old, order=order, center=center, factor=_triangle(half))
    place = np.argsort(old.order)[order]
    return replace(old, order=order, center=old.center[place], factor=_triangle(old.factor[place]))


def _settle(coordinates: Stretched, pool: ThreadPoolExecutor | None, most: int) -> Sheet:
    """Return a coarse grid that covers the posterior, in coordinates whitened by its moments."""
    for _ in range(12):
        sheet = Sheet(coordinates, 0.5, pool, most)
        sheet.expand()
        shift, cov = sheet.core()
        values = np.linalg.eigvalsh(cov)
        if np.all(np.abs(shift) < 0.3) and values[0] > 0.5 and values[-1] < 2.0:
            break
        coordinates = replace(
            coordinates,
            center=coordinates.center + coordinates.factor @ shift,
            factor=coordinates.factor @ np.linalg.cholesky(cov),
        )
    return sheet


def _refine(sheet: Sheet, tolerance: float, max_points: int) -> float:
    """Halve spacings until the error that is left is small; return an estimate of it."""
    while True:
        weights = sheet.weights()
        full = sheet.moments(weights)
        bounded = np.concatenate([[True], *(~far for far in sheet.far_moments(weights))])
        scale = np.maximum(1.0, np.abs(full))
        scale[0] = 1.0
        every = tuple(range(sheet.size))
        # Axis by axis, and all at once: what bends along a diagonal shows only there.
        sets = [(k,) for k in every] + ([every] if sheet.size > 1 else [])
        lasts, errors = [], []
        coarse: set[int] = set()
        for axes in sets:
            half, quarter = (sheet.moments(weights, axes, step) for step in (2, 4))
            last = float((np.abs(half - full) / scale)[bounded].max())
            before = float((np.abs(quarter - half) / scale)[bounded].max())
            lasts.append(last)
            # Changes shrink at least in a constant ratio, and much faster where the rule
            # converges exponentially.
            errors.append(last * min(1.0, 2.0 * last / before) if before > 0.0 else last)
            # Between its nodes the margin, on the first axis, is as exact as sums are over every
            # second node.
            if errors[-1] > tolerance or (axes == (0,) and last > 10.0 * tolerance):
                coarse.update(axes)
        room = max_points / weights.size
        again = sorted(coarse, key=lambda k: -lasts[k])[: int(np.log2(max(room, 1.0)))]
        if not again:
            return max(errors)
        for k in again:
            sheet.refine(k)
