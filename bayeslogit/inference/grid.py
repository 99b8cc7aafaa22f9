"""Integrals over the whole posterior of up to three coefficients, on a grid.

The grid is a product of equally spaced nodes in whitened and stretched coordinates ``t``:
``theta = center + factor @ (s sinh(t / s))``. For a smooth integrand that falls to zero at both
ends the trapezoidal rule converges exponentially in the number of nodes, so halving the spacing
squares the error; and the difference that a halving makes bounds the error that is left.

References
----------
Trefethen, L. N. and Weideman, J. A. C. (2014). The exponentially convergent trapezoidal rule.
doi:10.1137/130932132
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit.density import LogDensity
from bayeslogit.errors import FitFailed
from bayeslogit.inference.map import find_mode

__all__ = ["Coordinates", "Integral", "Margin", "Sheet", "integrate"]

_MASS = 1e-12  # of the total, on the outermost nodes of a side
_SPREAD = 1e-10  # of the second moment, on the outermost nodes of a side
_FAR = 1e-6  # of a moment, on the outermost nodes: it does not exist
_FAINT = 42.0  # nats under the peak: 6e-19, not evaluated when the grid is refined
_FARTHEST = 42.0  # of t / s: 1e18 posterior standard deviations
_START = 6.0


@dataclass(frozen=True, eq=False)
class Coordinates:
    """The map from grid coordinates ``t`` to coefficients.

    Parameters
    ----------
    order : ndarray of int, shape (coefficients,)
        Which coefficient each axis adds; the first axis alone moves ``order[0]``.
    center : ndarray, shape (coefficients,)
        In the order of the axes.
    factor : ndarray, shape (coefficients, coefficients)
        Lower triangular.
    stretch : float
        ``s``: the map is nearly linear for ``|t| < s`` and exponential beyond.
    """

    order: np.ndarray
    center: np.ndarray
    factor: np.ndarray
    stretch: float

    def theta(self, t: np.ndarray) -> np.ndarray:
        """Return coefficients, (coefficients, columns), of grid points of that shape."""
        result = np.empty_like(t)
        result[self.order] = self.center[:, None] + self.factor @ self.z(t)
        return result

    def z(self, t: np.ndarray) -> np.ndarray:
        """Return whitened coordinates, elementwise."""
        return self.stretch * np.sinh(t / self.stretch)

    def log_volume(self, t: np.ndarray) -> np.ndarray:
        """Return the log of the volume of coefficients per volume of t, (columns,)."""
        u = np.abs(t / self.stretch)
        # log cosh(u), without overflow.
        log_cosh = u + np.log1p(np.exp(-2.0 * u)) - np.log(2.0)
        return log_cosh.sum(axis=0) + np.log(np.diag(self.factor)).sum()

    def log_value(self, density: LogDensity, t: np.ndarray) -> np.ndarray:
        """Return the log posterior with the log volume element, (columns,), in nats."""
        rows = min(density.rows.X.shape[0], 256)
        step = max(256, 262144 // max(rows, 1))
        value = np.empty(t.shape[1])
        for start in range(0, t.shape[1], step):
            value[start : start + step] = density.value(self.theta(t[:, start : start + step]))
        value += self.log_volume(t)
        return np.where(np.isnan(value), -np.inf, value)


class Sheet:
    """Values on the grid: nodes ``spacing[k] * i`` for integers ``low[k] <= i <= high[k]``."""

    def __init__(self, density: LogDensity, coordinates: Coordinates, spacing: float) -> None:
        size = density.size
        self.density = density
        self.coordinates = coordinates
        self.spacing = np.full(size, spacing)
        reach = int(np.ceil(_START / spacing))
        self.low = np.full(size, -reach)
        self.high = np.full(size, reach)
        self.evaluated = 0
        self.log = self._evaluate(np.ones((2 * reach + 1,) * size, dtype=bool), self.low)

    def _evaluate(self, wanted: np.ndarray, low: np.ndarray) -> np.ndarray:
        """Return log values where wanted, -inf elsewhere; index 0 is the node ``low``."""
        where = np.nonzero(wanted)
        t = (np.stack(where) + low[:, None]) * self.spacing[:, None]
        result = np.full(wanted.shape, -np.inf)
        result[where] = self.coordinates.log_value(self.density, t)
        self.evaluated += t.shape[1]
        return result

    @property
    def size(self) -> int:
        """Number of axes."""
        return len(self.low)

    def nodes(self, axis: int) -> np.ndarray:
        """Return the grid coordinates of an axis."""
        return self.spacing[axis] * np.arange(self.low[axis], self.high[axis] + 1)

    def weights(self) -> np.ndarray:
        """Return values relative to the largest one."""
        peak = self.log.max()
        if not np.isfinite(peak):
            raise FitFailed(
                f"the log posterior is {peak} over the whole grid; expected finite numbers; "
                "check the scale of the predictors, the offset and the priors"
            )
        return np.exp(self.log - peak)

    def margin(self, weights: np.ndarray, axis: int) -> np.ndarray:
        """Return sums over all other axes."""
        return weights.sum(axis=tuple(k for k in range(self.size) if k != axis))

    def heavy_sides(self, weights: np.ndarray) -> list[tuple[int, int, bool]]:
        """Return (axis, side, by mass) where the outermost nodes still matter."""
        result = []
        for axis in range(self.size):
            margin = self.margin(weights, axis)
            second = margin * self.coordinates.z(self.nodes(axis)) ** 2
            for side, end in ((-1, 0), (1, -1)):
                by_mass = bool(margin[end] > _MASS * margin.sum())
                if by_mass or second[end] > _SPREAD * second.sum():
                    result.append((axis, side, by_mass))
        return result

    def expand(self) -> None:
        """Move the ends outwards until what is beyond them does not matter.

        Raises
        ------
        FitFailed
            If the density does not fall off: the posterior is improper.
        """
        while True:
            grew = False
            for axis, side, by_mass in self.heavy_sides(self.weights()):
                end = self.low[axis] if side < 0 else self.high[axis]
                if abs(end) * self.spacing[axis] >= _FARTHEST * self.coordinates.stretch:
                    if by_mass:
                        name = self.density.names[self.coordinates.order[axis]]
                        raise FitFailed(
                            f"the posterior does not fall off: at 1e18 standard deviations in "
                            f"the direction of {name!r} there is still mass; expected a proper "
                            "posterior; give flat or very heavy-tailed coefficients a proper "
                            "prior such as Normal(0, 2.5)"
                        )
                    continue
                self._grow(axis, side, max(2, (self.high[axis] - self.low[axis]) // 6))
                grew = True
            if not grew:
                return

    def _grow(self, axis: int, side: int, count: int) -> None:
        shape = list(self.log.shape)
        shape[axis] = count
        low = self.low.copy()
        low[axis] = self.low[axis] - count if side < 0 else self.high[axis] + 1
        slab = self._evaluate(np.ones(shape, dtype=bool), low)
        parts = (slab, self.log) if side < 0 else (self.log, slab)
        self.log = np.concatenate(parts, axis=axis)
        if side < 0:
            self.low[axis] -= count
        else:
            self.high[axis] += count

    def refine(self, axis: int) -> None:
        """Halve the spacing of an axis; faint regions are left out."""
        far = np.zeros(())
        for k in range(self.size):
            shape = [1] * self.size
            shape[k] = -1
            far = far + self.coordinates.z(self.nodes(k)).reshape(shape) ** 2
        # Where a tail is heavy, what is faint may still carry the second moment.
        reach = self.log + np.log1p(far)
        bright = (self.log > self.log.max() - _FAINT) | (reach > reach.max() - _FAINT)
        for k in range(self.size):
            bright = _dilate(bright, k)
        self.spacing[axis] /= 2.0
        self.low[axis] *= 2
        self.high[axis] *= 2
        shape = list(self.log.shape)
        shape[axis] = 2 * shape[axis] - 1
        fine = np.full(shape, -np.inf)
        wanted = np.zeros(shape, dtype=bool)
        even = _slices(self.size, axis, slice(0, None, 2))
        odd = _slices(self.size, axis, slice(1, None, 2))
        before = _slices(self.size, axis, slice(0, -1))
        after = _slices(self.size, axis, slice(1, None))
        fine[even] = self.log
        wanted[odd] = bright[before] | bright[after]
        new = self._evaluate(wanted, self.low)
        fine[odd] = new[odd]
        self.log = fine

    def moments(self, weights: np.ndarray, halved: int | None = None) -> np.ndarray:
        """Return log mass, means and second moments of z, without every second node of an axis.

        Returns
        -------
        ndarray, shape (1 + coefficients + coefficients**2,)
            The log mass is relative to the largest value.
        """
        spacing = self.spacing.copy()
        z = [self.coordinates.z(self.nodes(k)) for k in range(self.size)]
        if halved is not None:
            keep = slice(int(self.low[halved] % 2), None, 2)
            weights = weights[_slices(self.size, halved, keep)]
            z[halved] = z[halved][keep]
            spacing[halved] *= 2.0
        letters = "abc"[: self.size]
        total = weights.sum()
        margins = [self.margin(weights, k) for k in range(self.size)]
        with np.errstate(divide="ignore"):
            log_mass = np.log(total) + np.log(spacing).sum()
        if total == 0.0:
            return np.full(1 + self.size + self.size**2, np.inf)
        first = np.array([m @ zk for m, zk in zip(margins, z, strict=True)]) / total
        second = np.empty((self.size, self.size))
        for k in range(self.size):
            second[k, k] = margins[k] @ z[k] ** 2
            for j in range(k):
                pair = np.einsum(f"{letters}->{letters[j]}{letters[k]}", weights)
                second[k, j] = second[j, k] = z[j] @ pair @ z[k]
        return np.concatenate([[log_mass], first, second.ravel() / total])

    def far_moments(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return which means, and which second moments (flat), lie in the outermost nodes."""
        first, second = np.empty(self.size, bool), np.empty(self.size, bool)
        for k in range(self.size):
            margin, z = self.margin(weights, k), np.abs(self.coordinates.z(self.nodes(k)))
            for power, result in ((1, first), (2, second)):
                part = margin * z**power
                result[k] = max(part[0], part[-1]) > _FAR * part.sum()
        return first, np.logical_or.outer(second, second).ravel()

    def core(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and covariance of z in the region above 1e-4 of the highest density.

        Unlike the moments themselves they exist for every tail; they choose coordinates only.
        """
        u = [np.abs(self.nodes(k) / self.coordinates.stretch) for k in range(self.size)]
        log_density = self.log.copy()
        for k in range(self.size):
            shape = [1] * self.size
            shape[k] = -1
            log_density -= np.log(np.cosh(u[k])).reshape(shape)
        weights = np.where(log_density > log_density.max() - 9.2, self.weights(), 0.0)
        found = self.moments(weights)
        first = found[1 : 1 + self.size]
        cov = found[1 + self.size :].reshape(self.size, self.size) - np.outer(first, first)
        # A region narrower than the spacing shows no width: keep a fraction of the spacing.
        return first, cov + 0.01 * np.diag(self.spacing**2)


def _slices(size: int, axis: int, which: slice) -> tuple[slice, ...]:
    return tuple(which if k == axis else slice(None) for k in range(size))


def _dilate(mask: np.ndarray, axis: int) -> np.ndarray:
    """Return the mask with the neighbours along an axis added."""
    result = mask.copy()
    before = _slices(mask.ndim, axis, slice(0, -1))
    after = _slices(mask.ndim, axis, slice(1, None))
    result[before] |= mask[after]
    result[after] |= mask[before]
    return result


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
        """The coefficient at the nodes."""
        return self.center + self.scale * self.stretch * np.sinh(self.nodes / self.stretch)

    def cdf(self, value: np.ndarray) -> np.ndarray:
        """Return the probability of being at most ``value``, elementwise.

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
        return np.clip((0.5 + sine / np.pi) @ self.weights, 0.0, 1.0)

    def quantile(self, prob: np.ndarray) -> np.ndarray:
        """Return the value below which the coefficient lies with probability ``prob``."""
        prob = np.asarray(prob, dtype=float)
        low = np.full(prob.shape, self.nodes[0])
        high = np.full(prob.shape, self.nodes[-1])
        for _ in range(60):
            middle = 0.5 * (low + high)
            below = self._cdf(middle) < prob
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        t = 0.5 * (low + high)
        return self.center + self.scale * self.stretch * np.sinh(t / self.stretch)


@dataclass(frozen=True, eq=False)
class Integral:
    """What the grid knows about a posterior.

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
        Largest change of the log evidence, and of means and second moments in posterior
        standard deviations, when the last halving of the spacing was made.
    points : int
        Evaluations of the log posterior.
    """

    log_evidence: float
    mean: np.ndarray
    covariance: np.ndarray
    margins: tuple[Margin, ...]
    sheet: Sheet
    stability: float
    points: int

    @property
    def sd(self) -> np.ndarray:
        """Posterior standard deviations."""
        return np.sqrt(np.diag(self.covariance))


def integrate(
    density: LogDensity, *, tolerance: float = 1e-8, max_points: int = 4_000_000
) -> Integral:
    """Integrate a posterior of up to three coefficients.

    Parameters
    ----------
    density : LogDensity
    tolerance : float, default 1e-8
        Halve the spacing until the log evidence, means and second moments (in posterior
        standard deviations) change less than this.
    max_points : int, default 4 000 000
        Most nodes of a grid; where they run out, ``stability`` says how far it got.

    Raises
    ------
    FitFailed
        If the posterior is improper or not finite.
    """
    with np.errstate(all="ignore"):  # far out, overflow and 0 times infinity are meant
        return _integrate(density, tolerance, max_points)


def _integrate(density: LogDensity, tolerance: float, max_points: int) -> Integral:
    size = density.size
    coordinates = _start(density)
    margins, stability, points = [], 0.0, 0
    far_mean, far_second = np.zeros(size, bool), np.zeros(size, bool)
    for first in range(size):
        sheet = _settle(density, _reorder(coordinates, first))
        stability = max(stability, _refine(sheet, tolerance, max_points))
        coordinates = sheet.coordinates
        points += sheet.evaluated
        weights = sheet.weights()
        means, seconds = sheet.far_moments(weights)
        far_mean[first], far_second[first] = means[0], seconds[0]
        margins.append(_margin(sheet, weights))
        if first == 0:
            found = sheet.moments(weights)
            log_evidence = float(sheet.log.max() + found[0])
            z_mean = found[1 : 1 + size]
            z_cov = found[1 + size :].reshape(size, size) - np.outer(z_mean, z_mean)
            mean = coordinates.center + coordinates.factor @ z_mean
            cov = coordinates.factor @ z_cov @ coordinates.factor.T
            kept = sheet
    mean[far_mean] = np.nan
    cov[far_second] = cov[:, far_second] = np.inf
    return Integral(log_evidence, mean, cov, tuple(margins), kept, stability, points)


def _margin(sheet: Sheet, weights: np.ndarray) -> Margin:
    """Return the margin of the coefficient on the first axis."""
    margin = sheet.margin(weights, 0)
    coordinates = sheet.coordinates
    return Margin(
        float(coordinates.center[0]),
        float(coordinates.factor[0, 0]),
        coordinates.stretch,
        sheet.nodes(0),
        margin / margin.sum(),
    )


def _start(density: LogDensity) -> Coordinates:
    """Return coordinates centred at the mode and scaled by the curvature there."""
    mode = find_mode(density)
    precision = mode.precision
    diagonal = np.abs(np.diag(precision))
    scale = 1.0 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    values, vectors = np.linalg.eigh(precision * np.outer(scale, scale))
    # Where a heavy-tailed prior curves the wrong way the size of the curvature still is a scale.
    half = scale[:, None] * vectors / np.sqrt(np.maximum(np.abs(values), 1e-12))
    # Gaussian priors and log-concave likelihoods have at most exponential tails; others may have
    # polynomial ones, which only an exponential map reaches.
    light = density.family.log_concave and density.prior.gaussian
    return Coordinates(np.arange(density.size), mode.theta, _triangle(half), 4.0 if light else 1.0)


def _triangle(half: np.ndarray) -> np.ndarray:
    """Return the lower triangular L with ``L @ L.T = half @ half.T``, without forming that."""
    upper = np.linalg.qr(half.T, mode="r")
    return upper.T * np.where(np.diag(upper) < 0, -1.0, 1.0)


def _reorder(coordinates: Coordinates, first: int) -> Coordinates:
    """Return the same whitening with another coefficient on the first axis."""
    size = len(coordinates.order)
    order = np.array([first, *(k for k in range(size) if k != first)])
    place = np.argsort(coordinates.order)[order]
    return Coordinates(
        order,
        coordinates.center[place],
        _triangle(coordinates.factor[place]),
        coordinates.stretch,
    )


def _settle(density: LogDensity, coordinates: Coordinates) -> Sheet:
    """Return a coarse grid that covers the posterior, in coordinates whitened by its moments."""
    for _ in range(12):
        sheet = Sheet(density, coordinates, 0.5)
        sheet.expand()
        shift, cov = sheet.core()
        values = np.linalg.eigvalsh(cov)
        if np.all(np.abs(shift) < 0.3) and values[0] > 0.5 and values[-1] < 2.0:
            break
        coordinates = Coordinates(
            coordinates.order,
            coordinates.center + coordinates.factor @ shift,
            coordinates.factor @ np.linalg.cholesky(cov),
            coordinates.stretch,
        )
    return sheet


def _refine(sheet: Sheet, tolerance: float, max_points: int) -> float:
    """Halve spacings until nothing changes; return the last change."""
    while True:
        weights = sheet.weights()
        full = sheet.moments(weights)
        bounded = np.concatenate([[True], *(~far for far in sheet.far_moments(weights))])
        scale = np.maximum(1.0, np.abs(full))
        scale[0] = 1.0
        change = np.array(
            [
                (np.abs(sheet.moments(weights, k) - full) / scale)[bounded].max()
                for k in range(sheet.size)
            ]
        )
        room = max_points / weights.size
        again = [k for k in np.argsort(-change) if change[k] > tolerance]
        again = again[: max(0, int(np.log2(max(room, 1.0))))]
        if not again:
            return float(change.max())
        for k in again:
            sheet.refine(int(k))
