"""Where forecasts miss: residuals of each row and in bins, against the posterior predictive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Unpack

import numpy as np
from numpy.typing import ArrayLike

from bayeslogit import tables
from bayeslogit.answers.classical.influence import quantile_residuals, saturated
from bayeslogit.answers.evaluation.replicates import Forecasting, Replicated, replicate
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.numerics.bins import bin_by, used_bins
from bayeslogit.posterior.posterior import Posterior, refuse_point

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["binned_residuals", "residuals"]

# Simulated outcomes held at a time, and replicated data sets at most.
_BLOCK = 500_000
_REPLICATES = 1000
_MOST_VALUES = 40_000_000


def residuals(posterior: Posterior, **options: Unpack[Forecasting]) -> pd.DataFrame:
    """Return residuals of each fitted row against its forecast.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    **options
        As in :func:`confusion`, without ``newdata=``.

    Returns
    -------
    pandas.DataFrame
        ``probability`` (of the row left out, unless ``loo=False``), ``response``,
        ``pearson``, ``deviance`` and ``quantile`` residuals. Those of maximum likelihood,
        with leverage and Cook's distance: ``fit.classical().residuals()``.

    See Also
    --------
    binned_residuals : Means of like rows.
    plot_residuals : The same as a picture.

    Notes
    -----
    ``quantile`` residuals are randomised, and standard normal if the model is right; counts are
    ranked among those that the whole posterior simulates. Rows without cases have zeros in the
    others.

    References
    ----------
    Dunn, P. K. and Smyth, G. K. (1996). Randomized quantile residuals.
    doi:10.1080/10618600.1996.10474708

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> float((fit.residuals()["deviance"] ** 2).sum().round(4))
    16.0598
    """
    replicated = _of_fitted_rows(posterior, options)
    cases = replicated.failures + replicated.successes
    prob = replicated.prob
    share = np.divide(replicated.successes, cases, out=prob.copy(), where=cases > 0.0)
    raw = share - prob
    spread = np.sqrt(prob * (1.0 - prob))
    scaled = np.divide(raw, spread, out=np.zeros_like(raw), where=spread > 0.0)
    counts = np.column_stack([replicated.failures, replicated.successes])
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.column_stack([1.0 - prob, prob]))
        reached = np.where(counts > 0.0, counts * logs, 0.0).sum(axis=1)
    deviance = np.maximum(2.0 * (saturated(counts) - reached), 0.0)
    table = tables.Answer(
        {
            "probability": prob,
            "response": raw,
            "pearson": scaled * np.sqrt(cases),
            "deviance": np.sign(raw) * np.sqrt(deviance),
            "quantile": _quantile(replicated),
        },
        index=posterior.model.labels,
    )
    table.attrs.update(posterior.attrs | {"forecast": replicated.name})
    return table


def _quantile(replicated: Replicated) -> np.ndarray:
    """Return randomised quantile residuals, (rows,)."""
    from scipy.special import ndtri

    posterior = replicated.posterior
    rng = np.random.default_rng([*replicated.seed, 1])
    response = posterior.model.response
    if response.trials is None:
        happened = (response.y == replicated.code).astype(np.int64)
        return quantile_residuals(happened, None, replicated.prob, rng)
    # Counts follow no named distribution once the coefficients vary, so they are ranked among
    # simulated ones, in a random place among equal ones.
    y = response.y
    below, equal = np.zeros((2, len(y)))
    for rows, values in _simulated(replicated, rng):
        below[rows] = (values < y[rows, None]).sum(axis=1)
        equal[rows] = (values == y[rows, None]).sum(axis=1)
    replicates = len(_picked(replicated))
    place = (below + rng.random(len(y)) * (equal + 1.0)) / (replicates + 1.0)
    quantiles: np.ndarray = ndtri(place)
    return quantiles


def _picked(replicated: Replicated) -> np.ndarray:
    """Return which draws are simulated from; a point estimate is repeated."""
    rows = len(replicated.prob)
    wanted = int(np.clip(_MOST_VALUES // rows, 100, _REPLICATES))
    draws = replicated.posterior.n_draws
    if draws == 1:
        return np.zeros(wanted, dtype=np.intp)
    return np.linspace(0, draws - 1, min(wanted, draws)).round().astype(np.intp)


def _simulated(
    replicated: Replicated, rng: np.random.Generator
) -> Iterator[tuple[slice, np.ndarray]]:
    """Walk the rows with simulated outcomes, (rows, replicates): codes or counts."""
    posterior = replicated.posterior
    likelihood, trials = posterior.likelihood, posterior.model.response.trials
    theta = posterior.theta[:, _picked(replicated)]
    step = max(1, _BLOCK // theta.shape[1])
    for start in range(0, len(replicated.prob), step):
        rows = slice(start, start + step)
        own = None if trials is None else trials[rows]
        yield rows, posterior.model.family.simulate(likelihood.eta(theta, rows), own, rng)


def binned_residuals(
    posterior: Posterior,
    by: str | None = None,
    *,
    bins: int | None = None,
    **options: Unpack[Forecasting],
) -> pd.DataFrame:
    """Return mean residuals of like rows, and where they would lie if the model were right.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    by : str, optional
        A predictor; by default rows of like forecast are put together.
    bins : int, optional
        Of about equal numbers of cases; by default the square root of the number of rows.
    **options
        As in :func:`confusion`, without ``newdata=``.

    Returns
    -------
    pandas.DataFrame
        ``bin``, ``residual`` (observed share less mean forecast), bounds of the residual in
        data that the model replicates, ``cases``.

    Raises
    ------
    DesignError
        If there is no such predictor, or ``bins`` is not a positive whole number.
    MethodRefused
        If there is one draw only.

    See Also
    --------
    residuals : Residuals of each row.
    plot_residuals : The same as a picture.

    References
    ----------
    Gelman, A., Goegebeur, Y., Tuerlinckx, F. and Van Mechelen, I. (2000). Diagnostic checks for
    discrete data regression models using posterior predictive simulations.
    doi:10.1111/1467-9876.00190

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> model.fit("laplace", random_seed=1).binned_residuals(bins=3)["cases"].tolist()
    [7.0, 6.0, 7.0]
    """
    if bins is not None and (isinstance(bins, bool) or not isinstance(bins, int) or bins < 1):
        raise DesignError(
            f"bins={bins!r} is not a number of bins; expected a whole number of at least 1; write "
            "for example bins=10"
        )
    replicated = _of_fitted_rows(posterior, options)
    refuse_point(posterior, "the spread of binned residuals")
    cases = replicated.failures + replicated.successes
    labels: ArrayLike
    if by is None:
        code, labels = bin_by(replicated.prob, cases, bins)
    else:
        columns = posterior.model.design.columns
        if by not in columns:
            raise DesignError(
                f"by={by!r} is not a predictor of this model; expected one of {listing(columns)}; "
                "name one of them, or leave by out to go by the forecast." + nearest(by, columns)
            )
        values = columns[by]
        if values.dtype.kind in "fiu":
            code, labels = bin_by(values.astype(float), cases, bins)
        else:
            code = used_bins(np.unique(values, return_inverse=True)[1].ravel(), cases)
            labels = [str(values[np.argmax(code == i)]) for i in range(code.max() + 1)]
    used = code >= 0
    size = np.bincount(code[used], cases[used])
    expected = np.bincount(code[used], (cases * replicated.prob)[used])
    observed = np.bincount(code[used], replicated.successes[used])
    simulated = np.zeros((len(size), len(_picked(replicated))))
    rng = np.random.default_rng([*replicated.seed, 2])
    trials = posterior.model.response.trials
    each = np.divide(cases, 1 if trials is None else np.maximum(trials, 1))
    for rows, values in _simulated(replicated, rng):
        some = used[rows]
        hits = values if trials is not None else values == replicated.code
        np.add.at(simulated, code[rows][some], (hits * each[rows, None])[some])
    simulated = (simulated - expected[:, None]) / size[:, None]
    lower, upper = replicated.settings.names
    bounds = replicated.settings.bounds(simulated)
    table = tables.Answer(
        {
            "bin": labels,
            "residual": (observed - expected) / size,
            lower: bounds[0],
            upper: bounds[1],
            "cases": size,
        }
    )
    table.attrs.update(
        posterior.attrs | {"forecast": replicated.name, "by": "forecast" if by is None else by}
    )
    return table


def _of_fitted_rows(posterior: Posterior, options: Forecasting) -> Replicated:
    """Return the forecast of the fitted rows; refuse others."""
    if options.get("newdata") is not None:
        raise DesignError(
            "newdata= was given for residuals, which are of the fitted rows; expected none; leave "
            "it out, or use calibration(newdata) for forecasts of new rows"
        )
    return replicate(posterior, **options)
