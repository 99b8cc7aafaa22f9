"""Effects on the probability scale: predictions, comparisons and slopes, with their uncertainty.

The words are those of the R and Python package marginaleffects (Arel-Bundock, Greifer and Heiss
2024, doi:10.18637/jss.v111.i09). Averages are over rows, draw by draw: the result is the
posterior of the averaged quantity in these rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.effects.contrasts import Contrast, contrasts_of, settings_of, slopes_of
from bayeslogit.answers.effects.evaluate import Estimand, evaluate
from bayeslogit.answers.effects.measures import MEASURES, SLOPES, Measure, measure_of
from bayeslogit.answers.prediction.averaging import Scenario
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.posterior.interval_summary import Settings
from bayeslogit.posterior.posterior import Pieces
from bayeslogit.posterior.rows import rows_of

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["comparisons", "predictions", "slopes"]


def predictions(
    pieces: Pieces,
    variables: Any = None,
    *,
    newdata: Any = None,
    by: Any = False,
    kind: str = "probability",
    weights: Any = None,
    offset: Any = None,
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    draws: bool = False,
    progressbar: bool = True,
) -> pd.DataFrame | xr.DataArray:
    """Return probabilities by row, averaged, by group, or standardised to given values.

    Parameters
    ----------
    pieces : Pieces
    variables : str, list or dict, optional
        Predictors that are set, in every row, to each of the values listed (all combinations).
    kind : {"probability", "linear"}
        Scale of the prediction; the linear predictor (log-odds for the logit link) of two
        classes only.
    newdata, by, weights, offset, ci_prob, ci_kind, draws, progressbar
        As in :meth:`bayeslogit.fit.Fit.predictions`.

    Returns
    -------
    pandas.DataFrame or xarray.DataArray
        The draws have the dims ``chain, draw, effect``.
    """
    if kind not in ("probability", "linear"):
        known = ("probability", "linear")
        raise DesignError(
            f"kind={kind!r} is not a scale of predictions; expected one of {listing(known)}; "
            "choose one of them." + nearest(kind, known)
        )
    if kind == "linear" and pieces.several:
        raise DesignError(
            f"kind='linear' was asked of the {pieces.family.name} family, which has "
            f"{pieces.family.n_eta} linear predictors a row; expected kind='probability'; "
            "predict(kind='linear') gives what there is for each row"
        )
    settings = [()] if variables is None else settings_of(pieces.design, variables)
    names = [change.name for change in settings[0]]
    columns = {name: [setting[i].value for setting in settings] for i, name in enumerate(names)}
    plan = Estimand([Scenario(changes, kind) for changes in settings], columns, None)
    rows = rows_of(pieces, newdata, weights=weights, offset=offset)
    extra = {"kind": kind}
    return evaluate(
        pieces, rows, plan, by, Settings.of(pieces, ci_prob, ci_kind), draws, progressbar, extra
    )


def comparisons(
    pieces: Pieces,
    variables: Any = None,
    *,
    comparison: str = "difference",
    newdata: Any = None,
    by: Any = True,
    weights: Any = None,
    offset: Any = None,
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    draws: bool = False,
    progressbar: bool = True,
) -> pd.DataFrame | xr.DataArray:
    """Return how probabilities change when predictors do.

    Each row is taken with the predictor changed and unchanged; the two probabilities are
    averaged over rows (``by``) and then compared, draw by draw. A ratio of averages is the
    population-averaged (standardised) ratio; with ``by=False`` each row has its own. For a
    logit model without interactions the odds ratio of a row is ``exp(beta)`` in every row, and
    that of the averages lies nearer to one (the odds ratio does not collapse).

    Parameters
    ----------
    pieces, newdata, by, weights, offset, ci_prob, ci_kind, draws, progressbar
        As in :func:`predictions`.
    variables : None, str, list of str, or dict
        As in :meth:`bayeslogit.fit.Fit.comparisons`.
    comparison : {"difference", "ratio", "lnratio", "odds_ratio", "lnor", "lift", "nnt"}
        ``"nnt"`` is the number needed to treat, one over the difference (Laupacis et al. 1988,
        doi:10.1056/NEJM198806303182605); where the difference may be zero its set of values is
        unbounded and the bounds are infinite (Altman 1998, doi:10.1136/bmj.317.7168.1309).

    Returns
    -------
    pandas.DataFrame or xarray.DataArray
        ``estimate`` is the posterior mean (the median for ratios, ``lift`` and ``nnt``);
        ``p_positive`` is P(effect > 0), for ratios P(ratio > 1).
    """
    measure = measure_of(comparison)
    settings = Settings.of(pieces, ci_prob, ci_kind)
    found = contrasts_of(pieces.design, variables, pieces.frequencies)
    rows = rows_of(pieces, newdata, weights=weights, offset=offset)
    plan = _plan_of(found, measure)
    return evaluate(
        pieces, rows, plan, by, settings, draws, progressbar, {"comparison": measure.name}
    )


def slopes(
    pieces: Pieces,
    variables: Any = None,
    *,
    slope: str = "dydx",
    newdata: Any = None,
    by: Any = True,
    weights: Any = None,
    offset: Any = None,
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    draws: bool = False,
    progressbar: bool = True,
) -> pd.DataFrame | xr.DataArray:
    """Return derivatives of the probability by numeric predictors, averaged or by row.

    The derivative is a central difference over 2e-5 of the range of the data, with a relative
    error of about 1e-9. Categories, booleans and 0/1 columns have no derivative: their change
    is given, as by :func:`comparisons`.

    Parameters
    ----------
    pieces, newdata, by, weights, offset, ci_prob, ci_kind, draws, progressbar
        As in :func:`predictions`.
    variables : None, str or list of str
        All predictors by default.
    slope : {"dydx", "eyex", "eydx", "dyex"}
        The derivative, the elasticity, and the two semi-elasticities.
    """
    if slope not in SLOPES:
        raise DesignError(
            f"slope={slope!r} is not known; expected one of {listing(SLOPES)}; choose one of them."
            + nearest(slope, SLOPES)
        )
    quantity, relative, label = SLOPES[slope]
    settings = Settings.of(pieces, ci_prob, ci_kind)
    found = slopes_of(pieces.design, variables)
    if slope != "dydx" and not all(c.slope for c in found):
        if variables is not None:
            other = next(c.term for c in found if not c.slope)
            raise DesignError(
                f"slope={slope!r} was asked of {other!r}, which is not a measured number; expected "
                "numeric predictors; use comparisons() for the others"
            )
        found = [c for c in found if c.slope]
    rows = rows_of(pieces, newdata, weights=weights, offset=offset)
    plan = _plan_of(found, MEASURES["difference"], quantity, relative, label)
    return evaluate(pieces, rows, plan, by, settings, draws, progressbar, {"slope": slope})


def _plan_of(
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
