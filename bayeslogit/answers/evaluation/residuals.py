"""Where forecasts miss: residuals of each row and in bins, against the posterior predictive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

import numpy as np
from numpy.typing import ArrayLike

from bayeslogit import tables
from bayeslogit.answers.classical.influence import quantile_residuals, saturated
from bayeslogit.answers.evaluation.forecasting import Forecasting
from bayeslogit.answers.evaluation.leave_one_out import leave_one_out
from bayeslogit.answers.evaluation.replicates import Replicated, replicate
from bayeslogit.answers.prediction.profile_rows import check_variable
from bayeslogit.errors import DesignError
from bayeslogit.numerics.bins import bin_by, used_bins
from bayeslogit.posterior.posterior import Posterior, refuse_point
from bayeslogit.specification.density import Likelihood

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
        ``probability`` (mean over the cases of the row, each left out in its turn; with itself in
        the fit for ``loo=False``), ``response``,
        ``pearson``, ``deviance`` and ``quantile`` residuals. Those of maximum likelihood,
        with leverage and Cook's distance: ``fit.classical().residuals()``.

    Raises
    ------
    DesignError
        If an option is not known or out of its range, or a class of several must be named.

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
    found = _of_fitted_rows(posterior, options)
    cases, prob = found.failures + found.successes, found.prob
    share = np.divide(found.successes, cases, out=prob.copy(), where=cases > 0.0)
    raw = share - prob
    # A forecast that is 1 to machine precision leaves the other class the rest of that precision.
    inner = np.clip(prob, np.finfo(float).tiny, 1.0 - np.finfo(float).epsneg)
    scaled = raw / np.sqrt(inner * (1.0 - inner))
    counts = np.column_stack([found.failures, found.successes])
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.column_stack([1.0 - inner, inner]))
        reached = np.where(counts > 0.0, counts * logs, 0.0).sum(axis=1)
    deviance = np.maximum(2.0 * (saturated(counts) - reached), 0.0)
    table = tables.Answer(
        {
            "probability": prob,
            "response": raw,
            "pearson": scaled * np.sqrt(cases),
            "deviance": np.sign(raw) * np.sqrt(deviance),
            "quantile": _quantile(found),
        },
        index=posterior.model.labels,
    )
    table.attrs.update(posterior.attrs | {"forecast": found.name})
    return table


def _quantile(found: _Fitted) -> np.ndarray:
    """Return randomised quantile residuals, (rows,)."""
    from scipy.special import ndtri

    posterior = found.replicated.posterior
    rng = np.random.default_rng([*found.replicated.seed, 1])
    response = posterior.model.response
    if response.trials is None:
        happened = (response.y == found.replicated.code).astype(np.int64)
        return quantile_residuals(happened, None, found.prob, rng)
    # Counts follow no named distribution once the coefficients vary, so they are ranked among
    # simulated ones, in a random place among equal ones.
    code, family, picked = found.replicated.code, posterior.model.family, _picked(posterior)
    y = response.y[:, code] if response.by_class else response.y
    likelihood, theta = posterior.likelihood, posterior.theta[:, picked]
    below, equal = np.zeros((2, len(y)))
    step = max(1, _BLOCK // len(picked))
    for start in range(0, len(y), step):
        rows = slice(start, start + step)
        eta = likelihood.eta(theta, rows)
        if response.by_class:
            prob = np.minimum(family.probabilities(eta)[code], 1.0)
            values = rng.binomial(response.trials[rows, None], prob)
        else:
            values = family.simulate(eta, response.trials[rows], rng)
        below[rows] = (values < y[rows, None]).sum(axis=1)
        equal[rows] = (values == y[rows, None]).sum(axis=1)
    place = (below + rng.random(len(y)) * (equal + 1.0)) / (len(picked) + 1.0)
    quantiles: np.ndarray = ndtri(place)
    return quantiles


def _picked(posterior: Posterior) -> np.ndarray:
    """Return which draws are simulated from; a point estimate is repeated."""
    wanted = int(np.clip(_MOST_VALUES // len(posterior.sample.model.cases.X), 100, _REPLICATES))
    draws = posterior.n_draws
    if draws == 1:
        return np.zeros(wanted, dtype=np.intp)
    return np.linspace(0, draws - 1, min(wanted, draws)).round().astype(np.intp)


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
        Of about equal numbers of cases; by default the square root of their number.
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
    Observed less forecast share of passes, in thirds of the students by forecast:

    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.binned_residuals(bins=3)[["cases", "residual"]].round(2).values.tolist()
    [[7.0, 0.01], [6.0, 0.03], [7.0, -0.04]]
    """
    if bins is not None and (isinstance(bins, bool) or not isinstance(bins, int) or bins < 1):
        raise DesignError(
            f"bins={bins!r} is not a number of bins; expected a whole number of at least 1; write "
            "for example bins=10"
        )
    found = _of_fitted_rows(posterior, options)
    refuse_point(posterior, "the spread of binned residuals")
    cases = found.failures + found.successes
    labels: ArrayLike
    if by is None:
        # By what one fit forecasts: left out, like cases are apart by their outcomes.
        code, labels = bin_by(found.inside, cases, bins)
    else:
        columns = posterior.model.design.columns
        check_variable(posterior.model.design, by, "by=", ", or leave by out to go by the forecast")
        values = columns[by]
        if values.dtype.kind in "fiu":
            code, labels = bin_by(values.astype(float), cases, bins)
        else:
            code = used_bins(np.unique(values, return_inverse=True)[1].ravel(), cases)
            labels = [str(values[np.argmax(code == i)]) for i in range(code.max() + 1)]
    used = code >= 0
    size = np.bincount(code[used], cases[used])
    expected = np.bincount(code[used], (cases * found.prob)[used])
    observed = np.bincount(code[used], found.successes[used])
    simulated = (_simulated(found, code, len(size)) - expected[:, None]) / size[:, None]
    lower, upper = found.replicated.settings.names
    bounds = found.replicated.settings.bounds(simulated)
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
        posterior.attrs | {"forecast": found.name, "by": "forecast" if by is None else by}
    )
    return table


def _simulated(found: _Fitted, code: np.ndarray, bins: int) -> np.ndarray:
    """Return simulated cases with the event in each bin, (bins, replicates).

    Like cases of a bin happen one by one, whatever rows they are written in.
    """
    posterior, event = found.replicated.posterior, found.replicated.code
    model, cases = posterior.model, posterior.sample.model.cases
    theta = posterior.theta[:, _picked(posterior)]
    rng = np.random.default_rng([*found.replicated.seed, 2])
    used = np.flatnonzero((code >= 0) & (cases.cell >= 0))
    group, place = np.unique(cases.cell[used] * bins + code[used], return_inverse=True)
    cell, into = np.divmod(group, bins)
    mass = np.bincount(place.ravel(), (found.failures + found.successes)[used], len(group))
    trials = np.maximum(np.floor(mass + 1e-9), 1.0).astype(np.int64)
    likelihood = Likelihood(
        model.family,
        cases.X[cell],
        cases.counts[cell],
        None if cases.offset is None else cases.offset[cell],
        basis=model.layout.basis,
    )
    result = np.zeros((bins, theta.shape[1]))
    step = max(1, _BLOCK // theta.shape[1])
    for start in range(0, len(group), step):
        at = slice(start, start + step)
        eta = likelihood.eta(theta, at)
        if model.family.collapsible:
            prob = model.family.probabilities(eta)[event]
            hits = rng.binomial(trials[at, None], np.clip(prob, 0.0, 1.0))
        else:
            hits = model.family.simulate(eta, trials[at], rng)
        np.add.at(result, into[at], hits * (mass / trials)[at, None])
    return result


@dataclass(frozen=True, eq=False)
class _Fitted:
    """Forecasts of the fitted rows: as they are (``inside``) and, if asked for, left out."""

    replicated: Replicated
    name: str
    inside: np.ndarray
    prob: np.ndarray
    failures: np.ndarray
    successes: np.ndarray


def _of_fitted_rows(posterior: Posterior, options: Forecasting) -> _Fitted:
    """Return the forecast of the fitted rows; refuse others."""
    if options.get("newdata") is not None:
        raise DesignError(
            "newdata= was given for residuals, which are of the fitted rows; expected none; leave "
            "it out, or use calibration(newdata) for forecasts of new rows"
        )
    if options.get("groups") == "new":
        raise DesignError(
            "groups='new' was given for residuals, which are of rows in groups of their own; "
            "expected groups that the fit has seen; leave it out, or use "
            "calibration(groups='new')"
        )
    alone = options.get("loo", True) and (options.get("spread") or "cases") == "cases"
    replicated = replicate(posterior, **(options | {"loo": False}))
    inside = replicated.forecasts.of_rows
    empty = np.flatnonzero(replicated.forecasts.cases.cell < 0)
    if len(empty):
        eta = posterior.likelihood.eta(posterior.theta, empty)
        inside[:, empty] = posterior.model.family.probabilities(eta).mean(axis=2)
    prob, name, counts = inside, "in_sample", posterior.model.counts
    if alone and not posterior.point:
        left = leave_one_out(posterior, progressbar=options.get("progressbar", True))
        prob, name = left.prob_of_rows(counts, inside), "loo"
    own, yes = replicated.code, counts[:, replicated.code]
    return _Fitted(replicated, name, inside[own], prob[own], counts.sum(axis=1) - yes, yes)
