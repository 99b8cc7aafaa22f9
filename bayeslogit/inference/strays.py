"""Parts of a posterior that the proposals of a survey hardly reach, found by moving its points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayeslogit.inference.moves import move, tilted
from bayeslogit.inference.stretched import Stretched

__all__ = ["Strays", "seek", "settled"]

# Points that are moved, and how often, as far as their linear predictors stay below this number.
_POINTS, _SWEEPS, _WORK = 500, 40, 50_000_000
# Proposals whose density is this share of the one due are too few.
_THIN = np.log(10.0)
# Share of the moved points among such proposals at which something is missing.
_MISSED = 0.01
# How often the moves are doubled until points settle, and what changes by less: means in sd, and
# the logarithm of sds.
_DOUBLED, _STILL = 4, (0.1, 0.07)


@dataclass(frozen=True, eq=False)
class Strays:
    """Points where proposals are far fewer than the posterior asks for.

    Parameters
    ----------
    points : ndarray, shape (axes, columns)
        In stretched coordinates.
    share : float
        Of the points that were moved, after the moves.
    moved : ndarray, shape (axes, columns)
        All points that were moved.
    tilt : callable
        Log of the factor, (columns,), by which their density differs from the posterior.
    """

    points: np.ndarray
    share: float
    moved: np.ndarray
    tilt: Callable[[np.ndarray], np.ndarray]

    @property
    def many(self) -> bool:
        """Whether the proposals miss a part of the posterior, or of its second moments."""
        return self.share > _MISSED


def seek(
    coordinates: Stretched,
    weigh: Callable[[np.ndarray], np.ndarray],
    t: np.ndarray,
    log_weights: np.ndarray,
    unbounded: np.ndarray,
    rng: np.random.Generator,
) -> Strays:
    """Move weighted points, and return those that end where there should be more proposals.

    The points are resampled so that as many of them go along each second moment as along the
    bulk, and moved by a kernel that keeps this density (see ``moves``).

    Parameters
    ----------
    coordinates : Stretched
    weigh : callable
        Log weight, (columns,), of points in stretched coordinates: of mean weight one under the
        proposals.
    t : ndarray, shape (axes, columns)
        The proposals.
    log_weights : ndarray, shape (columns,)
        Theirs.
    unbounded : ndarray of bool, shape (coefficients,)
        Which coefficients have no second moment.
    rng : numpy.random.Generator
    """
    density = coordinates.density
    predictors = max(density.rows.X.shape[0] * density.family.n_eta, 1)
    count = int(np.clip(_WORK // (_SWEEPS * predictors), 50, _POINTS))
    theta = coordinates.theta(t)
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    middle, sd = _scale(theta, weights)
    sd[unbounded] = np.inf

    def tilt(points: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            found = tilted(coordinates.theta(points), middle, sd)
        return np.where(np.isnan(found), -np.inf, found)

    def target(points: np.ndarray) -> np.ndarray:
        found: np.ndarray = coordinates.log_value(points) + tilt(points)
        return found

    wanted = np.cumsum(weights * np.exp(tilted(theta, middle, sd)))
    places = (np.arange(count) + rng.random()) / count * wanted[-1]
    pick = np.minimum(np.searchsorted(wanted, places, side="right"), weights.size - 1)
    moved = move(target, t[:, pick], rng, _SWEEPS)
    thin = weigh(moved) > _THIN
    known = t[:, log_weights - np.log(np.exp(log_weights).mean()) > _THIN]
    points = np.concatenate([moved[:, thin], known], axis=1)
    return Strays(points, float(thin.mean()), moved, tilt)


def settled(
    coordinates: Stretched, strays: Strays, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Move points on until twice as many moves change their moments no more.

    Parameters
    ----------
    coordinates : Stretched
    strays : Strays
    rng : numpy.random.Generator

    Returns
    -------
    theta : ndarray, shape (coefficients, columns)
        Of several times after the last doubling but one.
    shares : ndarray, shape (columns,)
        They sum to one.
    still : bool
        Whether the moments agree between both last doublings.
    """

    def target(points: np.ndarray) -> np.ndarray:
        found: np.ndarray = coordinates.log_value(points) + strays.tilt(points)
        return found

    def weighed(times: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        points = np.concatenate(times, axis=1)
        shares = np.exp(-strays.tilt(points))
        shares /= shares.sum()
        theta = coordinates.theta(points)
        mean = theta @ shares
        return theta, shares, mean, np.sqrt((theta - mean[:, None]) ** 2 @ shares)

    points, former = strays.moved, weighed([strays.moved])
    still = False
    for doubling in range(_DOUBLED):
        times = []
        for _ in range(4):
            points = move(target, points, rng, _SWEEPS * 2**doubling // 4)
            times.append(points)
        latter = weighed(times)
        means = np.abs(latter[2] - former[2]) / former[3]
        sds = np.abs(np.log(latter[3] / former[3]))
        still = doubling > 0 and bool((means < _STILL[0]).all() and (sds < _STILL[1]).all())
        if still:
            break
        former = latter
    return latter[0], latter[1], still


def _scale(theta: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weighted medians and standard deviations, (coefficients,)."""
    middle = np.empty(len(theta))
    for k, values in enumerate(theta):
        order = np.argsort(values)
        place = int(np.searchsorted(np.cumsum(weights[order]), 0.5))
        middle[k] = values[order][min(place, values.size - 1)]
    return middle, np.sqrt((theta - middle[:, None]) ** 2 @ weights)
