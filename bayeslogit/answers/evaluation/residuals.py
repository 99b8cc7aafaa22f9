"""Where forecasts miss: residuals of each row and in bins, against the posterior predictive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from bayeslogit.answers.classical.influence import quantile_residuals, saturated
from bayeslogit.answers.evaluation.replicates import Replicated
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.posterior.interval_summary import refuse_point

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["bin_by", "binned_residuals", "row_residuals"]

# Simulated outcomes held at a time, and replicated data sets at most.
_BLOCK = 500_000
_REPLICATES = 1000
_MOST_VALUES = 40_000_000
# Distinct values up to which each is a bin of its own.
_FEW_VALUES = 12


def row_residuals(judged: Replicated, index: np.ndarray) -> pd.DataFrame:
    """Return the residuals of each row against its forecast.

    Parameters
    ----------
    judged : Replicated
        Of the fitted rows.
    index : ndarray, shape (rows,)
        Labels of the rows.

    Returns
    -------
    pandas.DataFrame
        ``probability`` (the forecast), ``response`` (observed share less forecast), ``pearson``,
        ``deviance``, and ``quantile``: randomised, standard normal if the model is right (Dunn
        and Smyth 1996, doi:10.1080/10618600.1996.10474708); counts are ranked among those that
        the whole posterior simulates. Rows without cases have zeros in the others.
    """
    import pandas as pd

    cases = judged.failures + judged.successes
    prob = judged.prob
    share = np.divide(judged.successes, cases, out=prob.copy(), where=cases > 0.0)
    raw = share - prob
    spread = np.sqrt(prob * (1.0 - prob))
    scaled = np.divide(raw, spread, out=np.zeros_like(raw), where=spread > 0.0)
    counts = np.column_stack([judged.failures, judged.successes])
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.column_stack([1.0 - prob, prob]))
        reached = np.where(counts > 0.0, counts * logs, 0.0).sum(axis=1)
    deviance = np.maximum(2.0 * (saturated(counts) - reached), 0.0)
    table = pd.DataFrame(
        {
            "probability": prob,
            "response": raw,
            "pearson": scaled * np.sqrt(cases),
            "deviance": np.sign(raw) * np.sqrt(deviance),
            "quantile": _quantile(judged),
        },
        index=pd.Index(index, name="obs"),
    )
    table.attrs.update(judged.pieces.attrs | {"forecast": judged.name})
    return table


def _quantile(judged: Replicated) -> np.ndarray:
    """Return randomised quantile residuals, (rows,)."""
    from scipy.special import ndtri

    pieces = judged.pieces
    rng = np.random.default_rng([*judged.seed, 1])
    trials = pieces.response.trials
    if trials is None:
        happened = (pieces.response.y == judged.code).astype(np.int64)
        return quantile_residuals(happened, None, judged.prob, rng)
    # Counts follow no named distribution once the coefficients vary, so they are ranked among
    # simulated ones, in a random place among equal ones.
    y = pieces.response.y
    below, equal = np.zeros((2, len(y)))
    for rows, values in _simulated(judged, rng):
        below[rows] = (values < y[rows, None]).sum(axis=1)
        equal[rows] = (values == y[rows, None]).sum(axis=1)
    replicates = len(_picked(judged))
    return ndtri((below + rng.random(len(y)) * (equal + 1.0)) / (replicates + 1.0))


def _picked(judged: Replicated) -> np.ndarray:
    """Return which draws are simulated from; a point estimate is repeated."""
    rows = len(judged.prob)
    wanted = int(np.clip(_MOST_VALUES // rows, 100, _REPLICATES))
    draws = judged.pieces.draws
    if draws == 1:
        return np.zeros(wanted, dtype=np.intp)
    return np.linspace(0, draws - 1, min(wanted, draws)).round().astype(np.intp)


def _simulated(judged: Replicated, rng: np.random.Generator) -> Iterator[tuple[slice, np.ndarray]]:
    """Walk the rows with simulated outcomes, (rows, replicates): codes or counts."""
    pieces = judged.pieces
    likelihood = pieces.likelihood
    theta = pieces.theta[:, _picked(judged)]
    step = max(1, _BLOCK // theta.shape[1])
    for start in range(0, len(judged.prob), step):
        rows = slice(start, start + step)
        trials = None if pieces.response.trials is None else pieces.response.trials[rows]
        yield rows, pieces.family.simulate(likelihood.eta(theta, rows), trials, rng)


def bin_by(
    values: np.ndarray, cases: np.ndarray, bins: int | None, *, most: int = 40
) -> tuple[np.ndarray, np.ndarray]:
    """Put rows into bins of like values with about equal cases; equal values stay together.

    Parameters
    ----------
    values, cases : ndarray, shape (rows,)
    bins : int, optional
        By default the square root of the number of rows, from 3 to ``most``, or the distinct
        values where these are no more than 12.
    most : int

    Returns
    -------
    code : ndarray of int, shape (rows,)
        Bins without cases are left out: their rows have the code -1.
    middle : ndarray, shape (bins,)
        Mean value of the cases in each bin.
    """
    # Rows with equal predictors differ by rounding at most, and belong together.
    distinct, code = np.unique(values.round(12), return_inverse=True)
    code = code.ravel()
    if bins is not None or len(distinct) > _FEW_VALUES:
        number = bins or int(np.clip(np.sqrt(len(values)), 3, most))
        per_value = np.bincount(code, cases)
        place = np.cumsum(per_value) - 0.5 * per_value
        code = np.minimum((place / per_value.sum() * number).astype(int), number - 1)[code]
    code = _compact(code, cases)
    used = code >= 0
    sums = np.bincount(code[used], (cases * values)[used])
    return code, sums / np.bincount(code[used], cases[used])


def _compact(code: np.ndarray, cases: np.ndarray) -> np.ndarray:
    """Return numbers of the bins that have cases; -1 for rows of the others."""
    mass = np.bincount(code, cases)
    return np.where(mass[code] > 0.0, (np.cumsum(mass > 0.0) - 1)[code], -1)


def binned_residuals(
    judged: Replicated, by: str | None = None, bins: int | None = None
) -> pd.DataFrame:
    """Return mean residuals of like rows, and where they would lie if the model were right.

    Parameters
    ----------
    judged : Replicated
        Of the fitted rows.
    by : str, optional
        A predictor; by default the forecast.
    bins : int, optional
        Of about equal numbers of cases; a predictor that is no number has one for each level.

    Returns
    -------
    pandas.DataFrame
        ``bin`` (mean of the forecast or of the predictor, or the level), ``residual`` (observed
        share less mean forecast), bounds of the residual in replicated data, ``cases``.

    Raises
    ------
    DesignError
        If there is no such predictor, or ``bins`` is not a positive whole number.
    MethodRefused
        If there is one draw only.

    References
    ----------
    Gelman, A., Goegebeur, Y., Tuerlinckx, F. and Van Mechelen, I. (2000). Diagnostic checks for
    discrete data regression models using posterior predictive simulations.
    doi:10.1111/1467-9876.00190
    """
    import pandas as pd

    if bins is not None and (isinstance(bins, bool) or not isinstance(bins, int) or bins < 1):
        raise DesignError(
            f"bins={bins!r} is not a number of bins; expected a whole number of at least 1; write "
            "for example bins=10"
        )
    pieces = judged.pieces
    refuse_point(pieces, "the spread of binned residuals")
    cases = judged.failures + judged.successes
    labels: ArrayLike
    if by is None:
        code, labels = bin_by(judged.prob, cases, bins)
    else:
        columns = pieces.design.columns
        if by not in columns:
            raise DesignError(
                f"by={by!r} is not a predictor of this model; expected one of {listing(columns)}; "
                "name one of them, or leave by out to go by the forecast." + nearest(by, columns)
            )
        values = columns[by]
        if values.dtype.kind in "fiu":
            code, labels = bin_by(values.astype(float), cases, bins)
        else:
            code = _compact(np.unique(values, return_inverse=True)[1].ravel(), cases)
            labels = [str(values[np.argmax(code == i)]) for i in range(code.max() + 1)]
    used = code >= 0
    size = np.bincount(code[used], cases[used])
    expected = np.bincount(code[used], (cases * judged.prob)[used])
    observed = np.bincount(code[used], judged.successes[used])
    replicated = np.zeros((len(size), len(_picked(judged))))
    rng = np.random.default_rng([*judged.seed, 2])
    trials = pieces.response.trials
    each = np.divide(cases, 1 if trials is None else np.maximum(trials, 1))
    for rows, values in _simulated(judged, rng):
        some = used[rows]
        hits = values if trials is not None else values == judged.code
        np.add.at(replicated, code[rows][some], (hits * each[rows, None])[some])
    replicated = (replicated - expected[:, None]) / size[:, None]
    lower, upper = judged.settings.names
    bounds = judged.settings.bounds(replicated)
    table = pd.DataFrame(
        {
            "bin": labels,
            "residual": (observed - expected) / size,
            lower: bounds[0],
            upper: bounds[1],
            "cases": size,
        }
    )
    table.attrs.update(
        pieces.attrs | {"forecast": judged.name, "by": "forecast" if by is None else by}
    )
    return table
