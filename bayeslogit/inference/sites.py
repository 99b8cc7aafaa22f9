"""A log posterior as a sum of functions of one linear predictor each, plus a Gaussian prior.

With one linear predictor per row, a Gaussian approximation needs only one-dimensional integrals
of the likelihood. Coordinates are ``theta = center + factor @ z``, at the mode and
whitened by the curvature there, so that the units of the predictors do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayeslogit.errors import FitFailed
from bayeslogit.families import Family
from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.mode import find_mode, resolution
from bayeslogit.specification.density import Likelihood, LogDensity

__all__ = ["Expectations", "Sites", "bent_nodes", "blocks", "normal_nodes", "sites_of"]

_BLOCK = 131072
# How far from the real axis the log-likelihood of a row is smooth, in units of the linear
# predictor: the distance of the nearest singularity, which sets the spacing that is needed.
_SMOOTH = {"logit": 3.1, "probit": 2.0, "cloglog": 1.5, "loglog": 1.5}
_WIDEST = 0.75
# Rows with an sd of more than _WIDE smooth lengths get nodes on two scales, unless zero, where the
# likelihood is curved, is more than _AWAY sds away.
_WIDE = 4.0
_AWAY = 7.5


@dataclass(frozen=True, eq=False)
class Expectations:
    """Expectations under a Gaussian on each row's linear predictor.

    Parameters
    ----------
    value, slope, curvature : ndarray, shape (rows,)
        Of the log-likelihood of each row in nats, of its derivative by the linear predictor, and
        of minus its second derivative.
    """

    value: np.ndarray
    slope: np.ndarray
    curvature: np.ndarray


@dataclass(frozen=True, eq=False)
class Sites:
    """The log posterior in whitened coordinates z, one term (site) per row.

    Parameters
    ----------
    family : Family
        With one linear predictor per row.
    X : ndarray, shape (rows, coefficients)
        Rows with equal predictors are added up, rows without counts left out.
    base : ndarray, shape (rows,)
        Linear predictors at z = 0, offset included.
    counts : ndarray, shape (rows, classes)
    constant : float
        Log posterior of z = 0 without the family's rows: constants of the likelihood and the
        prior's log density there, in nats.
    pull : ndarray, shape (coefficients,)
        Gradient of the log prior at z = 0.
    precision : ndarray, shape (coefficients, coefficients)
        Of the prior; zero in flat directions.
    center, factor : ndarray
        The map from z to the coefficients.
    resolution : float
        How far from a fixed point coordinates may be without the gradient showing it: rounding.
    """

    family: Family
    X: np.ndarray
    base: np.ndarray
    counts: np.ndarray
    constant: float
    pull: np.ndarray
    precision: np.ndarray
    center: np.ndarray
    factor: np.ndarray
    resolution: float

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return self.center.size

    @cached_property
    def log_volume(self) -> float:
        """Log determinant of the Jacobian of the coefficients by z."""
        return float(np.linalg.slogdet(self.factor)[1])

    def wide(self, mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
        """Return a mask of the rows whose likelihood is curved on a scale far below the sd.

        Parameters
        ----------
        mean, sd : ndarray, shape (rows,)
            Of the linear predictor of each row.
        """
        mask: np.ndarray = (sd > _WIDE * self.smooth) & (np.abs(mean) < _AWAY * sd)
        return mask

    @cached_property
    def smooth(self) -> float:
        """Distance over which rows are smooth, in units of the linear predictor."""
        return _SMOOTH.get(self.family.link, 1.0)

    def theta(self, z: np.ndarray) -> np.ndarray:
        """Return coefficients, (coefficients, columns), from coordinates of that shape."""
        theta: np.ndarray = self.center[:, None] + self.factor @ z
        return theta

    def gaussian(self, mean: np.ndarray, covariance: np.ndarray) -> Gaussian:
        """Return a Gaussian on z as one on the coefficients.

        Parameters
        ----------
        mean : ndarray, shape (coefficients,)
        covariance : ndarray, shape (coefficients, coefficients)
            Of z.
        """
        return Gaussian(self.center + self.factor @ mean, self.factor @ covariance @ self.factor.T)

    def curvature(self, eta: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return minus the second derivative of each row's log-likelihood, (rows, nodes).

        Parameters
        ----------
        eta : ndarray, shape (rows, nodes)
            Linear predictors.
        counts : ndarray, shape (rows, classes)
        """
        nodes = eta.shape[1]
        flat = self.family.curvature(eta.reshape(1, -1, 1), np.repeat(counts, nodes, axis=0))
        curvature: np.ndarray = flat[0, 0].reshape(eta.shape)
        return curvature

    def expect(self, mean: np.ndarray, variance: np.ndarray) -> Expectations:
        """Return expectations under a Gaussian on each row's linear predictor.

        The error is below 1e-10 of the largest value near by.

        Parameters
        ----------
        mean, variance : ndarray, shape (rows,)
            Of the linear predictor.
        """
        sd = np.sqrt(variance)
        result = np.empty((3, len(mean)))
        wide = self.wide(mean, sd)
        for where, nodes, weights in _groups(sd, self.smooth, ~wide):
            result[:, where] = self._average(
                where, mean[where, None] + sd[where, None] * nodes, weights
            )
        for where in blocks(np.flatnonzero(wide), 400):
            m, s = mean[where, None], sd[where, None]
            eta, volume = bent_nodes(m - 9.0 * s, m + 9.0 * s)
            weights = np.exp(-0.5 * ((eta - m) / s) ** 2) * volume
            result[:, where] = self._average(
                where, eta, weights / weights.sum(axis=1, keepdims=True)
            )
        return Expectations(*result)

    def _average(self, where: np.ndarray, eta: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return weighted sums of value, slope and curvature over nodes, (3, rows)."""
        counts = self.counts[where]
        parts = (
            self.family.row_log_likelihood(eta[None], counts),
            self.family.slope(eta[None], counts)[0],
            self.curvature(eta, counts),
        )
        # Zero times minus infinity is zero here: the Gaussian has no mass there.
        return np.stack(
            [(np.where(weights > 0.0, part, 0.0) * weights).sum(axis=1) for part in parts]
        )


def blocks(rows: np.ndarray, nodes: int) -> list[np.ndarray]:
    """Cut rows into blocks of a bounded number of nodes.

    Parameters
    ----------
    rows : ndarray of int, shape (rows,)
        Positions.
    nodes : int
        Of each row.
    """
    step = max(1, _BLOCK // nodes)
    return [rows[i : i + step] for i in range(0, len(rows), step)]


def bent_nodes(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes that are dense around zero and ever sparser away from it, and their volumes.

    The log-likelihood of a row is curved within a few units of zero only. A Gaussian a thousand
    units wide needs nodes on both scales: ``eta = sinh(t)`` with equally spaced ``t``.

    Parameters
    ----------
    low, high : ndarray, shape (rows, 1)
        Ends of each row's nodes, in units of the linear predictor.

    Returns
    -------
    nodes, volumes : ndarray, shape (rows, nodes)
    """
    start, end = np.arcsinh(low), np.arcsinh(high)
    count = int(np.max(end - start) / 0.1) + 2
    t = start + (end - start) * np.linspace(0.0, 1.0, count)
    return np.sinh(t), np.cosh(t) * (end - start) / (count - 1)


def normal_nodes(count: int, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights, (nodes,), for expectations under a standard Gaussian.

    The trapezoidal rule: its error falls exponentially with the number of nodes, also where the
    integrand is curved on a scale much below one, for which Gauss-Hermite nodes are too sparse.

    Parameters
    ----------
    count : int
        Number of nodes.
    reach : float
        Largest node, in standard deviations.

    Examples
    --------
    >>> nodes, weights = normal_nodes(24, 8.0)
    >>> round(float(weights @ nodes**4), 9)
    3.0
    """
    nodes = np.linspace(-reach, reach, count)
    weights = np.exp(-0.5 * nodes**2)
    return nodes, weights / weights.sum()


def _groups(
    sd: np.ndarray, smooth: float, chosen: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return (rows, nodes, weights): rows in blocks, with as many nodes as their sd needs."""
    # exp(-2 pi smooth / (sd spacing)) is the error of the rule: 2e-14 for this spacing. A wide
    # row among these lies so far from zero that its log-likelihood is not curved at all.
    spacing = 0.2 * smooth / np.clip(sd, 1e-300, _WIDE * smooth)
    level = np.ceil(np.log2(np.maximum(1.0, _WIDEST / spacing))).astype(int)
    groups = []
    for k in np.unique(level[chosen]):
        rows = np.flatnonzero((level == k) & chosen)
        # Where a tail of the likelihood grows exponentially the integrand sits further out.
        reach = 8.0 + min(4.0, float(sd[rows].max()))
        nodes, weights = normal_nodes(int(2.0 * reach / _WIDEST * 2.0**k) + 2, reach)
        groups += [(where, nodes, weights) for where in blocks(rows, len(nodes))]
    return groups


def sites_of(density: LogDensity, rows: Likelihood | None = None) -> Sites:
    """Return a log posterior with one linear predictor per row as :class:`Sites`.

    Parameters
    ----------
    density : LogDensity
    rows : Likelihood, optional
        Rows to use instead of those of the density, which has equal rows added up. Their
        constants are taken from the density.

    Raises
    ------
    FitFailed
        If the log posterior has no proper peak to expand around.
    """
    mode = find_mode(density)
    scale = 1.0 / np.sqrt(np.maximum(np.diag(mode.precision), 1e-300))
    try:
        chol = np.linalg.cholesky(mode.precision * np.outer(scale, scale))
    except np.linalg.LinAlgError:
        raise FitFailed(
            "the log posterior is not curved downwards in every direction at its mode; expected "
            "a proper peak; remove flat priors, collinear columns or separation, which check() "
            "names"
        ) from None
    factor = scale[:, None] * np.linalg.inv(chol).T
    rows, prior = rows or density.rows, density.prior
    seen = rows.counts.sum(axis=1) > 0.0
    X = rows.X if rows.basis is None else rows.X @ rows.basis
    center = mode.theta[:, None]
    return Sites(
        rows.family,
        X[seen] @ factor,
        rows.eta(center)[0, seen, 0],
        rows.counts[seen],
        density.rows.constant + float(prior.log_density(center)[0]),
        factor.T @ prior.gradient(center)[:, 0],
        factor.T @ prior.precision(mode.theta) @ factor,
        mode.theta,
        factor,
        resolution(density, mode.theta, mode.precision),
    )
