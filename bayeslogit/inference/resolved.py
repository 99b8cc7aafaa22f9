"""A posterior in cells, from which independent draws are taken."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayeslogit.inference.cells import Cells, outwards
from bayeslogit.inference.stretched import Stretched

__all__ = ["Resolved", "moments"]

_OFFSETS = 8
# Share of the prior among the proposals for three coefficients or more.
_WATCH = 0.2


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
        extra = int(self._watch * count)
        t, log_density, _ = self.cells.propose(rng, count - extra)
        if extra:
            # Draws of the prior keep watch for what the cells do not see, and bound the weights.
            added = self.coordinates.of(self.coordinates.density.prior.sample(rng, extra))
            t = np.concatenate([t, added], axis=1)
            of_cells = np.append(
                log_density - self.cells.log_total, self.cells.log_density_at(added)
            )
            log_density = self._watched(t, of_cells) + self.cells.log_total
            order = outwards(t)
            t, log_density = t[:, order], log_density[order]
        height = self.coordinates.log_value(t)
        return t, height, height - log_density

    @property
    def _watch(self) -> float:
        """Share of the prior among the proposals."""
        prior = self.coordinates.density.prior
        plain = prior.proper and not prior.increasing and prior.constraints is None
        return _WATCH if len(self.cells.low) > 2 and plain else 0.0

    def _watched(self, t: np.ndarray, of_cells: np.ndarray) -> np.ndarray:
        """Return the log density of all proposals, (columns,), from that of the cells."""
        watch = self._watch
        if watch == 0.0:
            return of_cells
        with np.errstate(all="ignore"):
            log_prior = self.coordinates.density.prior.log_density(self.coordinates.theta(t))
            log_prior = log_prior + self.coordinates.log_volume(t)
        mixed: np.ndarray = np.logaddexp(math.log1p(-watch) + of_cells, math.log(watch) + log_prior)
        return mixed

    def weigh(self, t: np.ndarray) -> np.ndarray:
        """Return the log weights, (columns,), that proposals at these places would have."""
        proposals = self._watched(t, self.cells.log_density_at(t)) + self.cells.log_total
        log_weights: np.ndarray = self.coordinates.log_value(t) - proposals
        return log_weights

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
        mean, sd = moments(theta, weights / cumulative[-1])
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


def moments(theta: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and sd, (coefficients,), of weighted points.

    Parameters
    ----------
    theta : ndarray, shape (coefficients, points)
    shares : ndarray, shape (points,)
        They sum to one.
    """
    mean = theta @ shares
    return mean, np.sqrt((theta - mean[:, None]) ** 2 @ shares)
