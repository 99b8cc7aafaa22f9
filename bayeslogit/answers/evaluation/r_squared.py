"""How much of the outcome a model explains, as posterior distributions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit.answers.classical.fit_indices import ERROR_VARIANCE
from bayeslogit.errors import DesignError
from bayeslogit.posterior.interval_summary import Settings, summarise
from bayeslogit.posterior.posterior import Pieces
from bayeslogit.runtime.parallel import repeatable, workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["explained"]

# Probabilities of one tile: they fit into a second-level cache.
_TILE_ROWS, _TILE_DRAWS = 64, 512


def explained(
    pieces: Pieces, *, ci_prob: float | None = None, ci_kind: str | None = None
) -> pd.DataFrame:
    """Return Bayesian R-squared, Tjur's and McKelvey and Zavoina's, each with its posterior.

    ``bayes`` is the variance of the fitted probabilities over that plus the mean variance of an
    outcome given its probability (Gelman et al. 2019, doi:10.1080/00031305.2018.1549100).
    ``tjur`` is the mean probability among events minus that among non-events (Tjur 2009,
    doi:10.1198/tast.2009.08210). ``mckelvey_zavoina`` is the variance of the linear predictor
    over that plus the variance of the latent error (McKelvey and Zavoina 1975,
    doi:10.1080/0022250X.1975.9989847). All depend on how common the event is and on the spread
    of the predictors in these rows: values of different samples cannot be compared.

    Returns
    -------
    pandas.DataFrame
        A row each of those that the family has: all three for two classes, the last for ordered
        classes. Trials and frequency weights count as cases.

    Raises
    ------
    DesignError
        For classes without an order, and for ordered ones with slopes that differ between
        boundaries or with the cauchit link, whose latent error has no variance.
    """
    import pandas as pd

    settings = Settings.of(pieces, ci_prob, ci_kind)
    found: dict[str, np.ndarray] = {}
    if not pieces.several:
        found |= _of_probabilities(pieces)
    latent = ERROR_VARIANCE.get(pieces.family.link)
    if latent is not None and _one_location(pieces):
        spread = _variance_of_location(pieces)
        found["mckelvey_zavoina"] = spread / (spread + latent)
    if not found:
        raise DesignError(
            f"R-squared was asked of the {pieces.family.name} family with link "
            f"{pieces.family.link!r}, which none of its kinds is defined for; expected two "
            "classes, or ordered ones with one slope for all boundaries and a link other than "
            "cauchit; read calibration() for scores of the forecasts"
        )
    table = pd.DataFrame(summarise(np.stack(list(found.values())), settings, null=None))
    table.index = pd.Index(list(found))
    table.attrs.update(pieces.attrs)
    return table


def _one_location(pieces: Pieces) -> bool:
    """Whether the predictors move every row along one scale: no slope differs by class."""
    if not pieces.several:
        return True
    slopes = pieces.column_weights[:, 1:]
    return pieces.family.arrangement == "ordered" and bool(np.all(slopes == slopes[0]))


def _of_probabilities(pieces: Pieces) -> dict[str, np.ndarray]:
    """Return draws of the Bayesian R-squared and Tjur's, (draws,)."""
    likelihood, counts = pieces.likelihood, pieces.counts
    cases = counts.sum(axis=1)
    masses = np.stack([cases, counts[:, 0], counts[:, 1]])
    mean, no, yes, square = sums = np.zeros((4, pieces.draws))

    def add(start: int) -> None:
        draws = slice(start, start + _TILE_DRAWS)
        theta = pieces.theta[:, draws].copy()
        for first in range(0, len(cases), _TILE_ROWS):
            rows = slice(first, first + _TILE_ROWS)
            prob = pieces.probabilities(likelihood.eta(theta, rows))[0]
            sums[:3, draws] += masses[:, rows] @ prob
            sums[3, draws] += cases[rows] @ np.square(prob, out=prob)

    # Each thread adds up draws of its own, so any number of threads gives the same result.
    with repeatable(), ThreadPoolExecutor(workers()) as pool:
        list(pool.map(add, range(0, pieces.draws, _TILE_DRAWS)))
    total = cases.sum()
    spread = np.maximum(square / total - (mean / total) ** 2, 0.0)
    # The variance of an outcome is p - p**2.
    both = spread + np.maximum(mean - square, 0.0) / total
    return {
        # Probabilities of exactly 0 and 1 alone leave nothing unexplained.
        "bayes": np.divide(spread, both, out=np.ones_like(both), where=both > 0.0),
        "tjur": yes / counts[:, 1].sum() - no / counts[:, 0].sum(),
    }


def _variance_of_location(pieces: Pieces) -> np.ndarray:
    """Return the variance over rows of what the predictors add, (draws,), by draw.

    From the covariance of the columns, so that the cost does not grow with rows times draws.
    """
    X, weights = pieces.design.X, pieces.frequencies
    columns = X if pieces.offset is None else np.column_stack([X, pieces.offset])
    centered = columns - np.average(columns, axis=0, weights=weights)
    covariance = centered.T @ (centered * weights[:, None]) / weights.sum()
    theta = pieces.column_weights[0]
    if pieces.offset is not None:
        sign = pieces.family.offset_signs[0]
        theta = np.vstack([theta, np.full((1, pieces.draws), sign)])
    return np.einsum("pc,pq,qc->c", theta, covariance, theta, optimize=True)
