"""Effects on the probability scale: predictions, comparisons and slopes, with their uncertainty.

The words are those of the R and Python package marginaleffects (Arel-Bundock, Greifer and Heiss
2024, doi:10.18637/jss.v111.i09). Averages are over rows, draw by draw: the result is the
posterior of the averaged quantity in these rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit.answers.effects.contrasts import Contrast, combinations_of, contrasts_of, slopes_of
from bayeslogit.answers.effects.evaluate import Estimand, evaluate
from bayeslogit.answers.effects.measures import MEASURES, SLOPES, Measure, measure_of
from bayeslogit.answers.effects.steps import inside
from bayeslogit.answers.prediction.averaging import Scenario
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.numerics.intervals import Interval
from bayeslogit.posterior.group_views import as_seen, default_groups, in_groups
from bayeslogit.posterior.interval_summary import settings_of
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.requested_rows import rows_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["comparisons", "predictions", "slopes"]


def predictions(
    posterior: Posterior,
    variables: Any = None,
    *,
    newdata: Any = None,
    by: Any = False,
    kind: str = "probability",
    weights: Any = None,
    offset: Any = None,
    groups: Any = None,
    draws: bool = False,
    progressbar: bool = True,
    **interval: Unpack[Interval],
) -> pd.DataFrame | xr.DataArray:
    """Return adjusted predictions: probabilities by row, averaged, by group, or standardised.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    variables : str, list or dict, optional
        Predictors that are set, in every row, to each of the values listed, such as
        ``{"hours": [1, 2, 3]}``; with ``by=True`` that is the standardised probability.
    newdata : None, "mean", "median", "balanced", table or array
        The rows: those of the fit by default, typical ones, or others. The mean (median) row has
        the mean (median) of each number and of the offset and the most frequent level of all
        else, over cases; with ``by=`` columns there is one for each group. The balanced grid has
        every combination of levels, and numbers at their means.
    by : bool, str or list of str
        True averages over the rows, column names average within groups, False (the default)
        gives every row.
    kind : {"probability", "linear"}
        Scale of the prediction; the linear predictor (log-odds for the logit link) of two
        classes only.
    weights : str or array, optional
        Of the rows in an average; by default the frequency weights of the fit times its
        trials, and one for other rows.
    offset : number or array, optional
        For other rows of a model that has one.
    groups : {"known", "typical", "new", "average"} or dict, optional
        For group-level terms, as in :meth:`bayeslogit.Fit.predict`; by default ``"known"``, and
        ``"typical"`` for a row that is named by a word.
    draws : bool
        Return draws, with dims ``chain, draw, effect``, instead of a table.
    progressbar : bool
        Show progress of what takes longer than two seconds.
    **interval
        ``ci_prob`` and ``ci_kind`` of the interval; by default ArviZ's ``rcParams``.

    Returns
    -------
    pandas.DataFrame or xarray.DataArray
        ``estimate`` (posterior mean), ``sd`` and interval of each; a point estimate has
        ``estimate`` alone. Several classes have a row each.

    Raises
    ------
    DesignError
        If a predictor, level or word is unknown, with the nearest names.
    MethodRefused
        If an interval or draws of a point estimate are asked for.

    See Also
    --------
    comparisons : How probabilities change when predictors do.
    bayeslogit.Fit.predict : Probabilities, classes or outcomes of rows, one by one.

    References
    ----------
    Arel-Bundock, V., Greifer, N. and Heiss, A. (2024). How to interpret statistical models using
    marginaleffects for R and Python. doi:10.18637/jss.v111.i09

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.predictions({"hours": [2, 4]}, by=True).round(4)
       hours  estimate
    0      2    0.2557
    1      4    0.8744
    """
    newdata, groups = in_groups(posterior, newdata, groups)
    posterior = as_seen(posterior, groups, default_groups(newdata))
    if kind not in ("probability", "linear"):
        known = ("probability", "linear")
        raise DesignError(
            f"kind={kind!r} is not a scale of predictions; expected one of {listing(known)}; "
            "choose one of them." + nearest(kind, known)
        )
    family, design = posterior.model.family, posterior.model.design
    if kind == "linear" and posterior.several:
        raise DesignError(
            f"kind='linear' does not suit the {family.name} family, which has {family.n_eta} "
            "linear predictors a row; expected kind='probability'; "
            "predict(kind='linear') gives what there is for each row"
        )
    posterior.warn_of_risks("predicted risks")
    grid = (
        [()]
        if variables is None
        else combinations_of(design, variables, posterior.model.frequencies)
    )
    names = [change.name for change in grid[0]]
    columns = {name: [setting[i].value for setting in grid] for i, name in enumerate(names)}
    estimand = Estimand([Scenario(changes, kind) for changes in grid], columns, None)
    rows = rows_of(posterior, newdata, weights=weights, offset=offset, by=by)
    settings = settings_of(posterior, interval, predictions)
    return evaluate(posterior, rows, estimand, by, settings, draws, progressbar, {"kind": kind})


def comparisons(
    posterior: Posterior,
    variables: Any = None,
    *,
    comparison: str = "difference",
    newdata: Any = None,
    by: Any = True,
    weights: Any = None,
    offset: Any = None,
    groups: Any = None,
    draws: bool = False,
    progressbar: bool = True,
    **interval: Unpack[Interval],
) -> pd.DataFrame | xr.DataArray:
    """Return average comparisons: how probabilities change when predictors do.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    variables : None, str, list of str, or dict
        All predictors by default. A dict says what is compared: for a number a step from
        each row's own value (1 by default; for 0/1 columns 0 to 1), ``"sd"``, ``"2sd"``,
        ``"iqr"``, ``"minmax"``, or a pair (from, to); for a category ``"reference"`` (the
        default), ``"pairwise"``, ``"sequential"``, or a pair of levels.
    comparison : str
        ``"difference"`` (risk difference), ``"ratio"`` (risk ratio), ``"odds_ratio"``,
        their logarithms ``"lnratio"`` and ``"lnor"``, ``"lift"`` (relative difference), or
        ``"nnt"`` (number needed to treat, one over the difference). Probabilities are
        averaged before they are compared, so a ratio is the population-averaged one;
        ``by=False`` gives each row its own, and ``newdata="mean"`` that of the mean row.
    newdata, by, weights, offset, groups, draws, progressbar, **interval
        As in :func:`predictions`; ``by=True`` is the default here.

    Returns
    -------
    pandas.DataFrame or xarray.DataArray
        ``term``, ``contrast``, ``estimate`` (posterior mean; the median for ratios, lift
        and nnt), interval, and ``p_positive``: P(effect > 0), for ratios P(ratio > 1).
        Where the difference may be zero, numbers needed to treat have no bounded interval:
        its ends are infinite, and ``bounded`` is False. ``"+1, back at the end"``: rows from
        which a step forward leaves the formula (the knots of ``bs``, a logarithm of 0) have the
        step that ends at their own value; the default step gets smaller where neither exists.

    Raises
    ------
    DesignError
        If a predictor, level or word is unknown, with the nearest names.
    MethodRefused
        If an interval or draws of a point estimate are asked for.

    See Also
    --------
    slopes : Derivatives of the probability.
    in_words : The same as sentences.
    plot_effects : The same as a picture.

    Notes
    -----
    Each row is taken with the predictor changed and unchanged; the two probabilities are averaged
    over rows (``by``) and then compared, draw by draw. For a logit model without interactions the
    odds ratio of a row is ``exp(beta)`` in every row, and that of the averages lies nearer to one:
    the odds ratio does not collapse.

    References
    ----------
    Laupacis, A., Sackett, D. L. and Roberts, R. S. (1988). An assessment of clinically useful
    measures of the consequences of treatment. doi:10.1056/NEJM198806303182605

    Altman, D. G. (1998). Confidence intervals for the number needed to treat.
    doi:10.1136/bmj.317.7168.1309

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.comparisons({"hours": (2, 4)}).round(4)
        term contrast  estimate
    0  hours    4 - 2    0.6187
    """
    newdata, groups = in_groups(posterior, newdata, groups)
    posterior = as_seen(posterior, groups, default_groups(newdata))
    measure = measure_of(comparison)
    # The odds ratio of one row does not depend on the intercept; averages do.
    if not (measure.odds and (by is False or (isinstance(newdata, str) and newdata != "balanced"))):
        posterior.warn_of_risks("effects on risks")
    settings = settings_of(posterior, interval, comparisons)
    found = contrasts_of(posterior.model.design, variables, posterior.model.frequencies)
    rows = rows_of(posterior, newdata, weights=weights, offset=offset, by=by)
    rows, found = inside(posterior.model.design, rows, found)
    estimand = _estimand_of(found, measure)
    return evaluate(
        posterior, rows, estimand, by, settings, draws, progressbar, {"comparison": measure.name}
    )


def slopes(
    posterior: Posterior,
    variables: Any = None,
    *,
    slope: str = "dydx",
    newdata: Any = None,
    by: Any = True,
    weights: Any = None,
    offset: Any = None,
    groups: Any = None,
    draws: bool = False,
    progressbar: bool = True,
    **interval: Unpack[Interval],
) -> pd.DataFrame | xr.DataArray:
    """Return derivatives of the probability by numeric predictors (marginal effects).

    Parameters
    ----------
    posterior : Posterior
        The fit.
    variables : None, str or list of str
        All predictors by default. Categories, booleans and 0/1 columns have no derivative;
        their change is given, as by :func:`comparisons`.
    slope : {"dydx", "eyex", "eydx", "dyex"}
        Derivative (change in probability per unit of the predictor), elasticity, and the two
        semi-elasticities: relative change in probability per unit, and change in probability
        per relative change of the predictor.
    newdata, by, weights, offset, groups, draws, progressbar, **interval
        As in :func:`comparisons`.

    Returns
    -------
    pandas.DataFrame or xarray.DataArray
        As from :func:`comparisons`; ``estimate`` is the posterior mean.

    Raises
    ------
    DesignError
        If a predictor or ``slope`` is unknown, or an elasticity by a category is asked for.

    See Also
    --------
    comparisons : Changes between two values of a predictor.

    Notes
    -----
    The derivative is a central difference over 2e-5 of the range of the data, with a relative
    error of about 1e-9.

    References
    ----------
    Arel-Bundock, V., Greifer, N. and Heiss, A. (2024). How to interpret statistical models using
    marginaleffects for R and Python. doi:10.18637/jss.v111.i09

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.slopes().round(4)
        term contrast  estimate
    0  hours    dY/dX    0.1911
    """
    newdata, groups = in_groups(posterior, newdata, groups)
    posterior = as_seen(posterior, groups, default_groups(newdata))
    if slope not in SLOPES:
        raise DesignError(
            f"slope={slope!r} is not known; expected one of {listing(SLOPES)}; choose one of them."
            + nearest(slope, SLOPES)
        )
    posterior.warn_of_risks("slopes of risks")
    quantity, relative, label = SLOPES[slope]
    settings = settings_of(posterior, interval, slopes)
    found = slopes_of(posterior.model.design, variables, posterior.model.frequencies)
    if slope != "dydx" and not all(c.slope for c in found):
        if variables is not None:
            other = next(c.term for c in found if not c.slope)
            raise DesignError(
                f"slope={slope!r} does not suit {other!r}, which is not a measured number; "
                "expected numeric predictors; use comparisons() for the others"
            )
        found = [c for c in found if c.slope]
    rows = rows_of(posterior, newdata, weights=weights, offset=offset, by=by)
    rows, found = inside(posterior.model.design, rows, found)
    estimand = _estimand_of(found, MEASURES["difference"], quantity, relative, label)
    return evaluate(posterior, rows, estimand, by, settings, draws, progressbar, {"slope": slope})


def _estimand_of(
    contrasts: Sequence[Contrast],
    measure: Measure,
    quantity: str = "probability",
    relative: bool = False,
    label: str = "",
) -> Estimand:
    scenarios: list[Scenario] = []
    for contrast in contrasts:
        states = [() if c is None else (c,) for c in (contrast.high, contrast.low)]
        factor = _per_distance(contrast, relative) if contrast.slope else None
        scenarios += [Scenario(state, quantity, factor) for state in states]
        if measure.odds:
            scenarios += [Scenario(state, "complement") for state in states]
    columns = {
        "term": [c.term for c in contrasts],
        "contrast": [c.label(label if c.slope else measure.operator) for c in contrasts],
    }
    return Estimand(scenarios, columns, measure)


def _per_distance(contrast: Contrast, relative: bool) -> Any:
    def factor(table: Any) -> np.ndarray:
        top = table[contrast.term] if relative else 1.0
        return top / contrast.distance(table)

    return factor
