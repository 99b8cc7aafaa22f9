"""Predictions of rows: probabilities, linear predictors, classes, simulated outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from bayeslogit.answers.prediction.choices import drawn, refuse_of_rows, told
from bayeslogit.answers.prediction.class_quantities import OF_CLASSES, quantity_of
from bayeslogit.answers.prediction.forecast import Forecast
from bayeslogit.answers.prediction.profile_rows import check_kind
from bayeslogit.errors import DesignError
from bayeslogit.errors.closed import KindWord
from bayeslogit.numerics.intervals import Region, check_probability
from bayeslogit.posterior.choice_rows import choice_rows
from bayeslogit.posterior.group_views import as_seen, in_groups
from bayeslogit.posterior.interval_summary import settings_of
from bayeslogit.posterior.new_levels import with_new_levels
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.response.wording import heading
from bayeslogit.runtime.seeds import generator

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["predict"]

_USED_BY = {"cutoff": ("class",), "costs": ("class",), "trials": ("outcome", "count")}


def predict(
    posterior: Posterior,
    new: Any = None,
    *,
    kind: KindWord = "probability",
    draws: bool = False,
    cutoff: float | None = None,
    costs: Any = None,
    scores: Any = None,
    offset: Any = None,
    trials: Any = None,
    groups: Any = None,
    new_levels: str = "raise",
    random_seed: int | None = None,
    **interval: Unpack[Region],
) -> pd.DataFrame | xr.DataArray:
    """Return posterior predictions for new rows, or for the fitted ones.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    new : table or array, optional
        Rows to predict, with the columns of the formula; of a model of choices, sets of rows,
        with its columns of alternatives and cases (or wide).
    kind : str
        ``"probability"``: of the event, or P(Y = k) of each class. ``"linear"``: the linear
        predictor (log-odds for the logit link; for an ordinal model the location its
        cutpoints are compared with). ``"class"``: the predicted class. ``"outcome"``:
        simulated outcomes. ``"odds"``: of the event or of each class. ``"count"``: the expected
        number of cases among ``trials``. ``"mean"``: the mean of the ``scores``. Of an ordinal
        model also ``"cumulative"``: P(Y <= k) of each class but the last; ``"exceedance"``:
        P(Y >= k) of each but the first; ``"median"``: the median level.
    draws : bool
        Return draws, an array with dims ``chain, draw, obs`` (and ``class``), instead of a
        table.
    cutoff : float, optional
        For ``kind="class"`` of two classes: the event is predicted where its mean
        probability is above this, by default 0.5.
    costs : array or DataFrame of shape (classes, classes), or dict, optional
        For ``kind="class"``: the cost of predicting the column's class where the row's is
        true; the class of lowest expected cost is predicted. A table is read by its names,
        an array by position; a dict of two classes is as in :func:`decide`.
    scores : sequence or dict, optional
        For ``kind="mean"``: a number for each class, in their order or by name; by default
        the classes themselves, where they are numbers.
    offset : number or array of shape (rows,), optional
        For new rows of a model that has one: without its offset no probability is known.
    trials : number, array of shape (rows,) or str, optional
        For ``kind="outcome"`` and ``"count"``: cases of each row, or the column that holds them.
        The outcome is then how many of them have the event, or each class; without it, the class
        of one case. Counts need it, but for the fitted rows of a model that has trials.
    groups : {"known", "typical", "new", "average"} or dict, optional
        For group-level terms: each row in its own group, which the fit has seen (the default);
        a group whose effects are zero; one group that was not seen, drawn from the learned
        distribution; the mean of probabilities over all groups there may be. A dict has the
        group of each new row, ``{"school": ids}``, where they have no column of it.
    new_levels : {"raise", "reference", "average", "prior"}
        What levels of a factor are taken for that were not fitted: refused (the default); the
        reference level; the mean over the levels, as often as they were fitted, on the scale of
        the linear predictor; or one level with coefficients drawn from the prior of a level that
        has one, each as likely. The answer says so.
    random_seed : int, optional
        For ``kind="outcome"``; by default derived from the seed of the fit.
    **interval
        ``ci_prob`` and ``ci_kind`` of the interval; by default ArviZ's ``rcParams``. ``rope``, a
        region of practical equivalence, is as in :func:`predictions`.

    Returns
    -------
    pandas.DataFrame or xarray.DataArray
        A row per new row (and class; of a model of choices, beside its case and alternative):
        ``mean``, ``sd`` and interval (for a point estimate
        ``estimate`` alone); for ``kind="class"`` the ``class`` and its ``probability`` (of
        two classes, the probability of the event); for ``kind="odds"`` the ``median`` and the
        ``odds`` in words, such as ``"1 : 13.1"``; for ``kind="median"`` the ``median``
        level, the levels of its interval, and ``probability``, the share of draws whose
        median it is. The corner says what of, such as ``P(passed = 1)``.

    Raises
    ------
    DesignError
        If a column is missing, a level was not seen in the fit, an argument is unknown, or
        the classes have no order or no scores where these are needed.

    See Also
    --------
    curve : Predictions along one predictor.
    predictions : Averages of predictions over rows.
    decide : Decisions by costs, with the chance that another is better.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> fit.predict({"hours": [2, 4]}).round(4)
    P(passed = 1)  estimate
    0                0.2557
    1                0.8744
    """
    check_kind(kind)
    if posterior.model.response.alternatives is not None:
        given = {"cutoff": cutoff, "costs": costs, "scores": scores, "trials": trials}
        given |= {"groups": groups, "new_levels": None if new_levels == "raise" else new_levels}
        refuse_of_rows(kind, given)
        settings = settings_of(posterior, interval, predict)
        sets = choice_rows(posterior, new, offset=offset)
        rng = generator(random_seed, [posterior.seed or 0, 2])
        if draws:
            return _noted(drawn(posterior, sets, kind, rng), posterior)
        return told(posterior, sets, kind, settings, rng)
    new, groups = in_groups(posterior, new, groups)
    new, posterior = with_new_levels(posterior, new, new_levels)
    posterior = as_seen(posterior, groups)
    if posterior.nodes is not None and kind in ("linear", "outcome"):
        raise DesignError(
            f"kind={kind!r} has no mean over groups that could be told by a probability; expected "
            "groups='new' or 'typical' for it; choose one of them, or kind='probability'"
        )
    model = posterior.model
    _refuse_needless(kind, {"cutoff": cutoff, "costs": costs, "trials": trials})
    if cutoff is not None and posterior.several:
        raise DesignError(
            f"cutoff={cutoff!r} is given for {len(model.response.classes)} classes, of which the "
            "most probable is predicted; expected costs= of each mistake for another choice; "
            "leave it out, or pass costs="
        )
    if kind != "linear" and not (kind == "outcome" and model.family.coupled):
        posterior.warn_of_risks("predicted risks")
    if kind in OF_CLASSES or scores is not None:
        quantity_of(kind, model.response, scores)  # refuses before any work
    settings = settings_of(posterior, interval, predict)
    forecast = replace(Forecast.of(posterior, new, offset=offset, trials=trials), scores=scores)
    rng = generator(random_seed, [posterior.seed or 0, 2])
    if kind == "class":
        cutoff = check_probability("cutoff", 0.5 if cutoff is None else cutoff)
        if draws:
            return _noted(forecast.class_draws(cutoff, costs, rng), posterior)
        table = forecast.classes(cutoff, costs, rng)
        table.attrs = posterior.attrs | {"cutoff": cutoff}
        table.columns.name = heading(model.response)
        return table
    if kind == "outcome" and model.response.kind == "counts" and forecast.trials is None:
        raise DesignError(
            "simulated counts of new rows need their trials and found none; expected a number "
            "or one for each row; pass trials="
        )
    if kind == "count" and forecast.trials is None:
        raise DesignError(
            "kind='count' needs the trials of each row and found none; expected a number, one for "
            "each row, or the name of their column; pass trials="
        )
    if draws:
        return _noted(forecast.draws(kind, rng), posterior)
    if settings.rope is not None and kind == "median":
        raise DesignError(
            "rope= is given with kind='median', whose levels are no numbers; expected it with "
            "kind='mean' or a probability; leave it out, or ask for that kind"
        )
    if kind == "median":
        table = forecast.medians(settings, rng)
    else:
        table = forecast.table(kind, settings, rng)
    table.attrs = posterior.attrs | {"kind": kind}
    table.columns.name = heading(model.response, kind, model.family.link)
    if kind == "outcome" and trials is not None and model.response.kind == "binary":
        table.columns.name = f"cases of {table.columns.name}"
    return table


def _noted(draws: xr.DataArray, posterior: Posterior) -> xr.DataArray:
    """Return draws that state what there is to know of the rows."""
    return draws.assign_attrs(note=posterior.note) if posterior.note else draws


def _refuse_needless(kind: str, given: Mapping[str, Any]) -> None:
    """Refuse what another kind of prediction would use, and this one does not."""
    for name, value in given.items():
        if value is not None and kind not in _USED_BY[name]:
            able = " or ".join(map(repr, _USED_BY[name]))
            raise DesignError(
                f"{name}= is given with kind={kind!r}, which does not use it; expected "
                f"kind={able} with it; leave it out, or ask for that kind"
            )
