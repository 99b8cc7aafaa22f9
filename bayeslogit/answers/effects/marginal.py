"""Effects on the probability scale: predictions, comparisons and slopes, with their uncertainty.

The words are those of the R and Python package marginaleffects (Arel-Bundock, Greifer and Heiss
2024, doi:10.18637/jss.v111.i09). Averages are over rows, draw by draw: the result is the
posterior of the averaged quantity in these rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from bayeslogit.answers.effects.contrasts import combinations_of, contrasts_of, slopes_of
from bayeslogit.answers.effects.estimands import Estimand, estimand_of, measured_of
from bayeslogit.answers.effects.evaluate import Asked, evaluate
from bayeslogit.answers.effects.measures import MEASURES, SLOPES, measure_of
from bayeslogit.answers.effects.steps import inside
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.numerics.intervals import Region
from bayeslogit.posterior.group_views import as_seen, default_groups, in_groups
from bayeslogit.posterior.hypotheses import hypotheses_of
from bayeslogit.posterior.interval_summary import settings_of
from bayeslogit.posterior.new_levels import with_new_levels
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.requested_rows import rows_of
from bayeslogit.posterior.trials import rows_with_trials

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
    scores: Any = None,
    hypothesis: Any = None,
    weights: Any = None,
    offset: Any = None,
    trials: Any = None,
    groups: Any = None,
    new_levels: str = "raise",
    draws: bool = False,
    progressbar: bool = True,
    **interval: Unpack[Region],
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
    kind : str
        ``"probability"``; of an ordinal model ``"cumulative"``, P(Y <= k), and ``"exceedance"``,
        P(Y >= k); ``"mean"`` of the ``scores`` of the classes; ``"odds"`` of the averaged
        probability; ``"count"``, the expected number of cases among ``trials``; ``"linear"``,
        the linear predictor (log-odds for the logit link) of two classes.
    scores : sequence or dict, optional
        For ``kind="mean"``, as in :meth:`bayeslogit.Fit.predict`.
    hypothesis : optional
        Contrasts of the rows of the answer, in place of these: ``"pairwise"``, ``"reference"``
        (each against the first) or ``"sequential"`` (differences, and ratios of odds); a text
        such as ``"b2 - b1 = 0"``, ``"(b4 - b3) - (b2 - b1) = 0"`` or ``"b > a"``, in which
        ``b1`` is the first row and a row that one word tells apart has that for its name; a list
        or dict of texts; or a weight for each row. A text is read, never run.
    weights : str or array, optional
        Of the rows in an average; by default the frequency weights of the fit times its
        trials, and one for other rows.
    offset : number or array, optional
        For other rows of a model that has one.
    trials : number, array or str, optional
        For ``kind="count"``: cases of each row, or their column; by default those of the fit.
    groups : {"known", "typical", "new", "average"} or dict, optional
        For group-level terms, as in :meth:`bayeslogit.Fit.predict`; by default ``"known"``, and
        ``"typical"`` for a row that is named by a word.
    new_levels : {"raise", "reference", "average", "prior"}
        What levels that were not fitted are taken for, as in :meth:`bayeslogit.Fit.predict`.
    draws : bool
        Return draws, with dims ``chain, draw, effect``, instead of a table.
    progressbar : bool
        Show progress of what takes longer than two seconds.
    **interval
        ``ci_prob`` and ``ci_kind`` of the interval; by default ArviZ's ``rcParams``. ``rope`` is
        a region of practical equivalence, such as ``(-0.05, 0.05)`` or ``(-0.05, None)``.

    Returns
    -------
    pandas.DataFrame or xarray.DataArray
        ``estimate`` (posterior mean; the median of odds), ``sd`` and interval of each; a point
        estimate has ``estimate`` alone. Several classes have a row each. Hypotheses have
        ``p_positive`` and, where one is an inequality, its ``probability``; a region has
        ``p_below``, ``p_inside`` and ``p_above``.

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
    newdata, posterior = with_new_levels(posterior, newdata, new_levels)
    posterior = as_seen(posterior, groups, default_groups(newdata))
    measured, wanted = measured_of(posterior, kind, scores), hypotheses_of(hypothesis)
    posterior.warn_of_risks("predicted risks")
    grid = (
        [()]
        if variables is None
        else combinations_of(posterior.model.design, variables, posterior.model.frequencies)
    )
    names = [change.name for change in grid[0]]
    columns = {name: [setting[i].value for setting in grid] for i, name in enumerate(names)}
    scenarios = [one for changes in grid for one in measured.scenarios(changes)]
    estimand = Estimand(scenarios, columns, None, measured)
    rows = rows_of(posterior, newdata, weights=weights, offset=offset, by=by)
    plain = newdata is None and weights is None
    rows = rows_with_trials(posterior, rows, kind, trials, plain)
    asked = Asked(by, settings_of(posterior, interval, predictions), draws, progressbar, wanted)
    return evaluate(posterior, rows, estimand, asked, {"kind": kind})


def comparisons(
    posterior: Posterior,
    variables: Any = None,
    *,
    comparison: str = "difference",
    kind: str = "probability",
    scores: Any = None,
    cross: bool = False,
    hypothesis: Any = None,
    newdata: Any = None,
    by: Any = True,
    weights: Any = None,
    offset: Any = None,
    trials: Any = None,
    groups: Any = None,
    new_levels: str = "raise",
    draws: bool = False,
    progressbar: bool = True,
    **interval: Unpack[Region],
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
    cross : bool
        Change the predictors together, in every combination of their contrasts, instead of one
        after the other.
    kind, scores, hypothesis, newdata, by, weights, offset, trials, groups, new_levels, draws, \
    progressbar, **interval
        As in :func:`predictions`; ``by=True`` is the default here. Words of ``hypothesis``
        compare ratios by their ratio, within each class; of effects in several groups they compare
        the groups, which is the difference in differences.

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
    newdata, posterior = with_new_levels(posterior, newdata, new_levels)
    posterior = as_seen(posterior, groups, default_groups(newdata))
    measure = measure_of(comparison)
    # The odds ratio of one row does not depend on the intercept; averages do.
    if not (measure.odds and (by is False or (isinstance(newdata, str) and newdata != "balanced"))):
        posterior.warn_of_risks("effects on risks")
    measured, wanted = measured_of(posterior, kind, scores), hypotheses_of(hypothesis)
    measured.refuse_measure(measure)
    settings = settings_of(posterior, interval, comparisons)
    found = contrasts_of(posterior.model.design, variables, posterior.model.frequencies)
    rows = rows_of(posterior, newdata, weights=weights, offset=offset, by=by)
    plain = newdata is None and weights is None
    rows = rows_with_trials(posterior, rows, kind, trials, plain)
    rows, found = inside(posterior.model.design, rows, found)
    estimand = estimand_of(found, measure, measured, cross=cross)
    asked = Asked(by, settings, draws, progressbar, wanted)
    attrs = {"comparison": measure.name, "kind": kind}
    return evaluate(posterior, rows, estimand, asked, attrs)


def slopes(
    posterior: Posterior,
    variables: Any = None,
    *,
    slope: str = "dydx",
    kind: str = "probability",
    scores: Any = None,
    hypothesis: Any = None,
    newdata: Any = None,
    by: Any = True,
    weights: Any = None,
    offset: Any = None,
    trials: Any = None,
    groups: Any = None,
    new_levels: str = "raise",
    draws: bool = False,
    progressbar: bool = True,
    **interval: Unpack[Region],
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
    kind, scores, hypothesis, newdata, by, weights, offset, trials, groups, new_levels, draws, \
    progressbar, **interval
        As in :func:`comparisons`; odds have no slopes.

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
    newdata, posterior = with_new_levels(posterior, newdata, new_levels)
    posterior = as_seen(posterior, groups, default_groups(newdata))
    if slope not in SLOPES:
        raise DesignError(
            f"slope={slope!r} is not known; expected one of {listing(SLOPES)}; choose one of them."
            + nearest(slope, SLOPES)
        )
    measured, wanted = measured_of(posterior, kind, scores), hypotheses_of(hypothesis)
    measured.refuse_slope(slope)
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
    plain = newdata is None and weights is None
    rows = rows_with_trials(posterior, rows, kind, trials, plain)
    rows, found = inside(posterior.model.design, rows, found)
    estimand = estimand_of(
        found, MEASURES["difference"], measured, quantity=quantity, relative=relative, label=label
    )
    asked = Asked(by, settings, draws, progressbar, wanted)
    return evaluate(posterior, rows, estimand, asked, {"slope": slope, "kind": kind})
