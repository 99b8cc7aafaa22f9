"""What is kept of the effects of very many groups in place of their draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

__all__ = ["KEEP", "QUANTILES", "KeptEffects"]

# What a fit may keep of the effects of groups.
KEEP = ("draws", "scales")
# Quantiles, from the lowest draw to the highest in equal steps of probability.
QUANTILES = 201
# Effects or draws that are worked on at once.
_AT_ONCE = 128


@dataclass(frozen=True, eq=False)
class KeptEffects:
    """Moments, quantiles and ranks of the effects of groups, in the order of the layout.

    Attributes
    ----------
    mean, sd : ndarray, shape (effects,)
        On the scale of the linear predictor.
    quantiles : ndarray, shape (effects, 201)
        Of probabilities 0, 0.005, ... 1: they stand for so many draws in order.
    rank, best : ndarray, shape (effects,)
        Posterior mean of the rank among groups, 1 for the highest, and the probability of rank 1.
    """

    mean: np.ndarray
    sd: np.ndarray
    quantiles: np.ndarray
    rank: np.ndarray
    best: np.ndarray

    @classmethod
    def of(cls, draws: np.ndarray, first: int, indices: Iterable[np.ndarray]) -> KeptEffects:
        """Return what is kept of draws.

        Parameters
        ----------
        draws : ndarray, shape (chains, draws, coefficients)
        first : int
            Place of the first effect; effects come last.
        indices : iterable of ndarray of int, shape (effects, levels)
            Places of the effects of each term.
        """
        count = draws.shape[2] - first
        mean, sd, rank, best = (np.empty(count) for _ in range(4))
        quantiles = np.empty((count, QUANTILES))
        probabilities = np.linspace(0.0, 1.0, QUANTILES)
        for start in range(0, count, _AT_ONCE):
            here = slice(start, min(start + _AT_ONCE, count))
            some = draws[:, :, first:][:, :, here].reshape(-1, here.stop - start)
            mean[here], sd[here] = some.mean(axis=0), some.std(axis=0, ddof=1)
            quantiles[here] = np.quantile(some, probabilities, axis=0).T
        for index in indices:
            for places in index:
                rank[places - first], best[places - first] = _ranks(draws, places)
        return cls(mean, sd, quantiles, rank, best)


def _ranks(draws: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean rank and probability of the first one, (levels,) each."""
    levels, total = len(places), draws.shape[0] * draws.shape[1]
    rank, best = np.zeros(levels), np.zeros(levels)
    falling = np.arange(levels, 0, -1.0)
    for chain in draws:
        for start in range(0, len(chain), _AT_ONCE):
            order = np.argsort(chain[start : start + _AT_ONCE, places], axis=1)
            rank += np.bincount(order.ravel(), np.tile(falling, len(order)), levels)
            best += np.bincount(order[:, -1], minlength=levels)
    return rank / total, best / total
