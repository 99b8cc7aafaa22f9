"""R-squared: the share of the variation of the outcome that a model explains, with posteriors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.errors import DesignError
from bayeslogit.families import LINKS
from bayeslogit.families.conditional import refuse_risks
from bayeslogit.numerics.intervals import Region
from bayeslogit.posterior.interval_summary import settings_of, summarise
from bayeslogit.posterior.linear_predictor import eta_blocks
from bayeslogit.posterior.posterior import Posterior, column_weights
from bayeslogit.posterior.probabilities import probabilities
from bayeslogit.runtime.parallel import mapping, repeatable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["r_squared"]

# Probabilities of one tile: they fit into a second-level cache.
_TILE_ROWS, _TILE_DRAWS = 64, 512


def r_squared(posterior: Posterior, **interval: Unpack[Region]) -> pd.DataFrame:
    """Return Bayesian R-squared, Tjur's and McKelvey and Zavoina's, with their posteriors.

    Each says how much of the outcome's variation in these rows the model explains.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    **interval
        ``ci_prob`` and ``ci_kind`` of the interval, by default ArviZ's ``rcParams``; ``rope``.

    Returns
    -------
    pandas.DataFrame
        A row each of ``bayes``, ``tjur`` and ``mckelvey_zavoina``, where they are defined.

    Raises
    ------
    DesignError
        For classes without an order, and for ordered ones with slopes that differ between
        boundaries or with the cauchit link, whose latent error has no variance.

    See Also
    --------
    calibration : Scores of the forecasts.

    Notes
    -----
    ``bayes`` is the variance of the fitted probabilities over that plus the mean variance of an
    outcome given its probability (Gelman et al. 2019, doi:10.1080/00031305.2018.1549100).
    ``tjur`` is the mean probability among events minus that among non-events (Tjur 2009,
    doi:10.1198/tast.2009.08210). ``mckelvey_zavoina`` is the variance of the linear predictor
    over that plus the variance of the latent error (McKelvey and Zavoina 1975,
    doi:10.1080/0022250X.1975.9989847). All depend on how common the event is and on the spread
    of the predictors in these rows: values of different samples cannot be compared.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.r_squared()["estimate"].round(4).to_dict()
    {'bayes': 0.492, 'tjur': 0.4726, 'mckelvey_zavoina': 0.5976}
    """
    import pandas as pd

    family, settings = posterior.model.family, settings_of(posterior, interval, r_squared)
    if family.coupled:
        refuse_risks("shares of variance", family.arrangement)
    found: dict[str, np.ndarray] = {}
    if not posterior.several:
        found |= _of_probabilities(posterior)
    latent = LINKS[family.link].error_variance
    if latent is not None and _one_location(posterior):
        spread = _variance_of_location(posterior)
        found["mckelvey_zavoina"] = spread / (spread + latent)
    if not found:
        raise DesignError(
            f"R-squared is not defined for the {family.name} family with link {family.link!r}; "
            "expected two classes, or ordered ones with one slope for all boundaries and a link "
            "other than cauchit; read calibration() for scores of the forecasts"
        )
    table = tables.Answer(summarise(np.stack(list(found.values())), settings, null=None))
    table.index = pd.Index(list(found))
    table.attrs.update(posterior.attrs)
    return table


def _one_location(posterior: Posterior) -> bool:
    """Whether the predictors move every row along one scale: no slope differs by class."""
    if not posterior.several:
        return True
    slopes = column_weights(posterior)[:, 1:]
    return posterior.model.family.arrangement == "ordered" and bool(np.all(slopes == slopes[0]))


def _of_probabilities(posterior: Posterior) -> dict[str, np.ndarray]:
    """Return draws of the Bayesian R-squared and, of both classes, Tjur's, (draws,)."""
    likelihood, counts = posterior.likelihood, posterior.model.counts
    cases = counts.sum(axis=1)
    masses = np.stack([cases, counts[:, 0], counts[:, 1]])
    mean, no, yes, square = sums = np.zeros((4, posterior.n_draws))

    def add(start: int) -> None:
        draws = slice(start, start + _TILE_DRAWS)
        theta = posterior.theta[:, draws].copy()
        for first in range(0, len(cases), _TILE_ROWS):
            rows = slice(first, first + _TILE_ROWS)
            prob = probabilities(posterior, likelihood.eta(theta, rows))[0]
            sums[:3, draws] += masses[:, rows] @ prob
            sums[3, draws] += cases[rows] @ np.square(prob, out=prob)

    # Each thread adds up draws of its own, so any number of threads gives the same result.
    with repeatable(), mapping() as spread_out:
        list(spread_out(add, range(0, posterior.n_draws, _TILE_DRAWS)))
    total = cases.sum()
    spread = np.maximum(square / total - (mean / total) ** 2, 0.0)
    # The variance of an outcome is p - p**2.
    both = spread + np.maximum(mean - square, 0.0) / total
    # Probabilities of exactly 0 and 1 alone leave nothing unexplained.
    found = {"bayes": np.divide(spread, both, out=np.ones_like(both), where=both > 0.0)}
    failures, successes = counts.sum(axis=0)
    if failures > 0.0 and successes > 0.0:
        found["tjur"] = yes / successes - no / failures
    return found


def _variance_of_location(posterior: Posterior) -> np.ndarray:
    """Return the variance over rows of what the predictors add, (draws,), by draw.

    From the covariance of the columns, so that the cost does not grow with rows times draws.
    """
    model = posterior.model
    X, weights = model.design.X, model.frequencies
    if model.design.groups:
        return _variance_over_rows(posterior, weights / weights.sum())
    columns = X if model.offset is None else np.column_stack([X, model.offset])
    centered = columns - np.average(columns, axis=0, weights=weights)
    covariance = centered.T @ (centered * weights[:, None]) / weights.sum()
    theta = column_weights(posterior)[0]
    if model.offset is not None:
        sign = model.family.offset_signs[0]
        theta = np.vstack([theta, np.full((1, posterior.n_draws), sign)])
    variance: np.ndarray = np.einsum("pc,pq,qc->c", theta, covariance, theta, optimize=True)
    return variance


def _variance_over_rows(posterior: Posterior, share: np.ndarray) -> np.ndarray:
    """Return the same with group-level terms, whose columns are too many for a covariance."""
    model = posterior.model
    origin = mean = square = 0.0
    for rows, eta in eta_blocks(posterior, model.design.X, model.offset):
        line = eta[0]
        if rows.start == 0:
            origin = line[0].copy()
        line -= origin
        mean = mean + share[rows] @ line
        square = square + share[rows] @ np.square(line, out=line)
    return np.asarray(square - np.square(mean))
