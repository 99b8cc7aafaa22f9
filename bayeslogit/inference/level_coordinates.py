"""Coordinates for a factor of many levels, in which each level is nearly a standard Gaussian.

Where all cases of a level have one outcome its effect is bounded on one side by the likelihood and
on the other by the prior alone, often a hundred times as far away. No linear map makes that
Gaussian, and a sampler needs steps as short as the near side. Given the other coefficients each
level has a posterior of one dimension, so its quantiles are known; a smooth map takes those of a
standard Gaussian to them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayeslogit.inference.mode import Mode, climb, find_mode
from bayeslogit.numerics.quantile_maps import QuantileMaps, quantile_maps
from bayeslogit.specification.density import LogDensity

__all__ = ["LevelCoordinates", "level_coordinates"]

# Fewer levels are no hindrance; more linear predictors than this cost too much to integrate.
_MANY, _MOST = 20, 30_000_000
# Points of the grid of each level, and prior standard deviations that it spans on either side.
_POINTS, _REACH = 401, 7.0


@dataclass(frozen=True, eq=False)
class LevelCoordinates:
    """A log posterior in coordinates ``phi`` that straighten the levels of a factor.

    ``T_j(phi[j])`` is the linear predictor of level ``j``, the intercept and its effect together;
    that of the intercept is of the reference level. Other coefficients are themselves.

    Parameters
    ----------
    density : LogDensity
    levels : ndarray of int, shape (levels,)
        Positions of the effects, and last of the intercept, if there is one.
    intercept : int, or None
    maps : QuantileMaps
        ``T`` of each level.
    """

    density: LogDensity
    levels: np.ndarray
    intercept: int | None
    maps: QuantileMaps

    @property
    def constant(self) -> float:
        """The part of the value that does not depend on ``phi``, in nats."""
        return self.density.constant

    @property
    def linear(self) -> bool:
        """Whether the coefficients are a linear function of the coordinates: they are not."""
        return False

    @property
    def _effects(self) -> np.ndarray:
        return self.levels if self.intercept is None else self.levels[:-1]

    def theta(self, phi: np.ndarray) -> np.ndarray:
        """Return coefficients, (coefficients, columns), from coordinates of that shape."""
        return self._theta(phi, self.maps.values(phi[self.levels]))

    def _theta(self, phi: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Return coefficients, given the linear predictors of levels, (levels, columns)."""
        theta = np.array(phi)
        theta[self.levels] = own
        if self.intercept is not None:
            theta[self._effects] -= theta[self.intercept]
        return theta

    def phi(self, theta: np.ndarray) -> np.ndarray:
        """Return the coordinates, (coefficients, columns), of coefficients: the inverse."""
        phi = np.array(theta)
        if self.intercept is not None:
            phi[self._effects] += theta[self.intercept]
        wanted = phi[self.levels]
        low, high = np.full_like(wanted, -1.0), np.ones_like(wanted)
        for bound, sign in ((low, 1.0), (high, -1.0)):
            while (outside := sign * (self.maps.values(bound) - wanted) > 0.0).any():
                bound[outside] *= 2.0
        for _ in range(80):
            x = 0.5 * (low + high)
            above = self.maps.values(x) > wanted
            low, high = np.where(above, low, x), np.where(above, x, high)
        phi[self.levels] = x
        return phi

    def log_volume(self, phi: np.ndarray) -> np.ndarray:
        """Return the log determinant of the Jacobian of theta by phi, (columns,)."""
        volume: np.ndarray = np.log(self.maps.derivatives(phi[self.levels])[1]).sum(axis=0)
        return volume

    def value(self, phi: np.ndarray) -> np.ndarray:
        """Return the log posterior density of phi, (columns,), in nats, up to the evidence."""
        own, rise, _, _ = self.maps.derivatives(phi[self.levels])
        value: np.ndarray = self.density.value(self._theta(phi, own)) + np.log(rise).sum(axis=0)
        return value

    def value_and_gradient(self, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density of phi (columns,) and its gradient, the shape of ``phi``."""
        own, rise, second, _ = self.maps.derivatives(phi[self.levels])
        value, slope = self.density.value_and_gradient(self._theta(phi, own))
        gradient = self._of_levels(slope)
        gradient[self.levels] *= rise
        gradient[self.levels] += second / rise
        return value + np.log(rise).sum(axis=0), gradient

    def _of_levels(self, slope: np.ndarray) -> np.ndarray:
        """Return derivatives by the linear predictors of levels from those by coefficients."""
        gradient = np.array(slope)
        if self.intercept is not None:
            gradient[self.intercept] -= slope[self._effects].sum(axis=0)
        return gradient

    def newton(self, phi: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return value, gradient and minus the second derivatives at one vector."""
        column, levels = phi[:, None], self.levels
        own, rise, second, third = self.maps.derivatives(column[levels])
        value, slope, precision = self.density.newton(self._theta(column, own)[:, 0])
        second, third = second[:, 0], third[:, 0]
        precision = self._of_levels(self._of_levels(precision).T)
        precision[levels] *= rise
        precision[:, levels] *= rise.T
        gradient, rise = self._of_levels(slope), rise[:, 0]
        precision[levels, levels] -= gradient[levels] * second
        precision[levels, levels] -= third / rise - (second / rise) ** 2
        gradient[levels] = gradient[levels] * rise + second / rise
        return value + float(np.log(rise).sum()), gradient, precision

    def gradient_terms(self, phi: np.ndarray) -> np.ndarray:
        """Return the sum of the absolute terms of the gradient at one vector, (coefficients,)."""
        terms = np.array(self.density.gradient_terms(self.theta(phi[:, None])[:, 0]))
        if self.intercept is not None:
            terms[self.intercept] += terms[self._effects].sum()
        _, rise, second, _ = (v[:, 0] for v in self.maps.derivatives(phi[self.levels, None]))
        terms[self.levels] = terms[self.levels] * rise + np.abs(second) / rise
        return terms

    def mode(self) -> Mode:
        """Return the mode of the density of phi."""
        return climb(self, self.phi(find_mode(self.density).theta[:, None])[:, 0])


def level_coordinates(density: LogDensity) -> LevelCoordinates | None:
    """Return coordinates that straighten the levels of a factor; None where there are few.

    Parameters
    ----------
    density : LogDensity
    """
    rows, prior = density.rows, density.prior
    plain = rows.family.single and not rows.family.bounded
    plain = plain and rows.basis is None and prior.joint is None
    if not (plain and prior.gaussian and prior.proper and rows.X.shape[1] >= _MANY):
        return None
    if len(rows.X) * _POINTS > _MOST:
        return None
    ones = (rows.X == 1.0).all(axis=0)
    levels = _disjoint(rows.X, np.flatnonzero(((rows.X == 0.0) | (rows.X == 1.0)).all(0) & ~ones))
    intercept = int(ones.argmax()) if ones.any() else None
    if len(levels) < _MANY:
        return None
    mode = find_mode(density)
    if not mode.converged:
        return None
    priors = [prior.single(int(j)).parameters() for j in levels]
    mean, sd = np.array([p["mu"] for p in priors]), np.array([p["sigma"] for p in priors])
    peak, member = mode.theta[levels], rows.X[:, levels] > 0.0
    width = mode.precision[levels, levels] ** -0.5
    if intercept is not None:
        base, tight = float(mode.theta[intercept]), sd**-2.0
        # The effects' priors bind the reference level to the others.
        mean = np.append(mean + base, base + (tight @ (peak - mean)) / tight.sum())
        peak, sd = np.append(peak + base, base), np.append(sd, tight.sum() ** -0.5)
        alone = np.zeros(density.size)
        alone[levels], alone[intercept] = -1.0, 1.0
        width = np.append(width, (alone @ mode.precision @ alone) ** -0.5)
        levels = np.append(levels, intercept)
        member = np.column_stack([member, ~member.any(axis=1)])
    if not member.any(axis=0).all():
        return None
    own, row = np.nonzero(member.T)
    # Dense at the mode, as links bend over lengths of about one, and as far as the prior reaches.
    reach, unit = np.abs(peak - mean) + _REACH * sd, np.minimum(width, 1.0)
    stretch = np.arcsinh(reach / unit)[:, None] * np.linspace(-1.0, 1.0, _POINTS)
    grid = peak[:, None] + unit[:, None] * np.sinh(stretch)
    rest = rows.eta(mode.theta[:, None])[0, row, 0] - peak[own]
    logs = rows.family.row_log_likelihood((grid[own] + rest[:, None])[None], rows.counts[row])
    starts = np.flatnonzero(np.diff(own, prepend=-1))
    height = (
        np.add.reduceat(logs, starts, axis=0) - 0.5 * ((grid - mean[:, None]) / sd[:, None]) ** 2
    )
    return LevelCoordinates(density, levels, intercept, quantile_maps(grid, height))


def _disjoint(X: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return indicator columns of which at most one is 1 in every row, the first come first."""
    if len(columns) < _MANY or X[:, columns].sum(axis=1).max(initial=0.0) <= 1.0:
        return columns
    taken, kept = np.zeros(len(X), dtype=bool), []
    for column in columns:
        own = X[:, column] > 0.0
        if not (own & taken).any():
            taken |= own
            kept.append(column)
    return np.array(kept)
