"""Calibration of forecast probabilities: reliability curve, recalibration and proper scores.

In-sample figures are optimistic, because the cases that are forecast have shaped the forecast;
beside them stand the figures of cases that were left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.evaluation.forecasting import check_spread, show_problems
from bayeslogit.answers.evaluation.forecasts import NewRows, forecasts_of
from bayeslogit.answers.evaluation.one_by_one import left_one_by_one
from bayeslogit.answers.evaluation.scorer import Scorer
from bayeslogit.errors import DesignError, Problem
from bayeslogit.numerics.intervals import Interval, Settings
from bayeslogit.posterior.interval_summary import check_options
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.runtime.seeds import generator
from bayeslogit.text import in_width

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Calibration", "CalibrationOptions", "calibration"]


class CalibrationOptions(Interval, total=False):
    """Options of :func:`calibration`, beside new rows.

    Attributes
    ----------
    trials : str, int or array
    offset : number or array
    loo : bool
    spread : str
    random_seed : int
    progressbar : bool
    """

    trials: Any
    offset: Any
    loo: bool
    spread: str | None
    random_seed: int | None
    progressbar: bool


@dataclass(frozen=True, eq=False)
class Calibration:
    """How well the probabilities of a fit are calibrated and how well they discriminate.

    Attributes
    ----------
    scores : pandas.DataFrame
        A row per score (and class, of several): ``in_sample``, ``optimism`` and ``corrected``,
        what is expected of new cases; bounds by resampling cases, and ``if_calibrated``, what the
        score would be on average if the forecasts were right. Proper scores (``brier``,
        ``log_score``, ``ranked_probability``) are corrected by leaving one case out at a time,
        what ranks or fits a line or curve by leaving out an event and another case together, or
        folds of cases, as in :func:`confusion`. Bounds are those of ``corrected`` where it is.
        With ``spread="draws"`` the posterior of each score: ``median`` and bounds.
    curve : pandas.DataFrame
        The reliability curves: forecasts (``in_sample``, ``corrected``), ``predicted``,
        ``observed`` (isotonic), and a consistency band: where the curve would lie if forecasts
        were right.
    forecasts : dict of str to pandas.DataFrame
        The forecast probability of each class (a column each) in each row of the table, by its
        label: ``in_sample`` or ``new_data``; ``loo`` is the mean over the cases of a row, each
        left out in its turn.
    counts : pandas.DataFrame
        Weighted cases of each class (a column each) in each row.
    pareto_k : pandas.Series, or None
        By row, the largest Pareto k of leaving one of its cases out; above 0.7 it is unreliable.
    draws : pandas.DataFrame, or None
        With ``spread="draws"`` or ``"both"``, the scores of each draw that was taken (a row each,
        at most 400): ``draw``, and a column for each score (of several classes for each
        score and class, as ``"auc, high"``).
    which : str
        Which column is which, in a sentence.
    problems : tuple of Problem

    See Also
    --------
    bayeslogit.Fit.calibration : Makes one.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> fit = model.fit(random_seed=1)
    >>> found = fit.calibration()
    >>> found.scores.loc["brier", ["in_sample", "corrected"]].round(2).tolist()
    [0.14, 0.17]
    >>> found.curve.columns.tolist()[:2], found.counts.sum().tolist()
    (['forecast', 'predicted'], [10.0, 10.0])
    >>> found.draws is None
    True
    >>> found.forecasts["loo"].shape, bool(found.pareto_k.max() < 0.7), found.problems
    ((20, 2), True, ())
    >>> found.which.partition(":")[0]
    'corrected is what to expect of new cases'
    """

    scores: pd.DataFrame
    curve: pd.DataFrame
    forecasts: dict[str, pd.DataFrame]
    counts: pd.DataFrame
    pareto_k: pd.Series | None
    draws: pd.DataFrame | None
    which: str
    problems: tuple[Problem, ...]

    def __repr__(self) -> str:
        lines = in_width(f"Calibration of P({self.scores.attrs.get('outcome', 'outcome')})")
        lines += [str(self.scores)]
        lines += [line for p in self.problems for line in in_width(f"- {p.sentence}")]
        return "\n".join(lines)


def calibration(
    posterior: Posterior,
    newdata: Any = None,
    *,
    trials: Any = None,
    offset: Any = None,
    weights: Any = None,
    new_levels: str = "raise",
    loo: bool = True,
    groups: str | None = None,
    spread: str | None = None,
    random_seed: int | None = None,
    progressbar: bool = True,
    **interval: Unpack[Interval],
) -> Calibration:
    """Return the calibration of the probabilities: reliability curve, Brier, log score, AUC.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    newdata : table, optional
        Rows that were not fitted, with the outcome's column. By default the fitted rows, with
        themselves in the fit (in-sample, which is optimistic) and corrected for that.
    trials : str, int or array, optional
        Trials of new rows of counts.
    offset : number or array, optional
        For new rows of a model that has one.
    weights : str or array, optional
        Of new rows: how many cases each, or each of its trials, stands for; one by default.
    new_levels : {"raise", "reference", "average", "prior"}
        As in :meth:`bayeslogit.Fit.predict`.
    loo : bool
        False saves the time of leaving cases out.
    groups : {"known", "new"}, optional
        Of a model with group-level terms: whether cases are in groups that the fit has seen (the
        default), so that calibration is within groups, or in others, which are left out whole.
    spread : {"cases", "draws", "both"}, optional
        What the bounds of scores are over: resampled cases (the default); draws of the
        coefficients, which gives the posterior of each score, in-sample or of new rows; or both.
    random_seed : int, optional
        By default derived from the seed of the fit.
    progressbar : bool
        Show progress of what takes longer than two seconds.
    **interval
        ``ci_prob`` and ``ci_kind`` of the bounds; by default ArviZ's ``rcParams``.

    Returns
    -------
    Calibration
        ``scores``: ``brier``, ``log_score`` (nats), ``auc``, ``calibration_slope`` (1 is
        best), ``calibration_intercept`` (0 is best), ``integrated_calibration_index``, and
        for ordered classes ``ranked_probability``. ``curve``: the isotonic reliability
        curve with a band in which it would lie if the forecasts were right.

    Raises
    ------
    ResponseError
        If the new rows lack the outcome, hold an unknown class, or one class only.
    DesignError
        If the fit is carried over to a population and there are no new rows, or the spread is
        not known.
    MethodRefused
        If a point estimate is to have a spread over draws.

    See Also
    --------
    plot_calibration : The reliability curve as a picture.
    auc : Discrimination alone, with options for its spread.

    References
    ----------
    Dimitriadis, T., Gneiting, T. and Jordan, A. I. (2021). Stable reliability diagrams for
    probabilistic classifiers. doi:10.1073/pnas.2016191118
    Van Calster, B. et al. (2016). A calibration hierarchy for risk models was defined.
    doi:10.1016/j.jclinepi.2015.12.005
    Austin, P. C. and Steyerberg, E. W. (2019). The integrated calibration index.
    doi:10.1002/sim.8281

    Examples
    --------
    What the forecasts seem worth in the sample, and what to expect of new students:

    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> fit = model.fit(random_seed=1)
    >>> scores = fit.calibration().scores
    >>> scores.loc[["brier", "calibration_slope"], ["in_sample", "corrected"]].round(1).values
    array([[0.1, 0.2],
           [1.1, 0.9]])

    The posterior of the scores, which are random because the coefficients are:

    >>> scores = fit.calibration(spread="draws").scores
    >>> scores.loc["brier", ["median", "eti89_ub"]].round(2).tolist()
    [0.15, 0.17]
    """
    if posterior.population is not None and newdata is None:
        raise DesignError(
            "calibration in a population has no new rows, and the share of cases in the sample "
            "was chosen, so the sample cannot show whether risks are right; expected rows of the "
            "population with their outcome; pass newdata=, or use .sample.calibration()"
        )
    import pandas as pd

    check_options(interval, calibration)
    rng = generator(random_seed, [posterior.seed or 0, 3])
    # Bounds are over resampled cases, so a point estimate has them too.
    settings = Settings.of(interval)
    over = spread or "cases"
    check_spread(posterior, over, groups)
    found = forecasts_of(
        posterior,
        NewRows(newdata, trials, offset, weights, new_levels),
        loo=loo and over == "cases",
        groups=groups,
        progressbar=progressbar,
    )
    scorer = Scorer(posterior, found)
    alone = left_one_by_one(posterior, found, groups, progressbar=progressbar)
    draws = None
    if over == "cases":
        table = scorer.table(alone, settings, rng, progressbar)
    else:
        table, draws = scorer.table_over_draws(over, settings, rng, progressbar)
    curve = scorer.curves(settings, rng)
    which = found.which("corrected")
    for frame in (table, curve):
        frame.attrs.update(
            posterior.attrs | {"forecast": found.name, "which": which, "spread_over": over}
        )
    # Whoever asks for the spread over draws asks for figures of the sample.
    problems = (*(found.problems if over == "cases" else ()), *_endless(table))
    show_problems(problems)
    labels, classes = found.labels, list(posterior.model.response.classes)
    prob = {"new_data" if newdata is not None else "in_sample": found.of_rows}
    k = None
    if alone is not None:
        own = posterior.sample.model.counts
        prob["loo"] = alone.prob_of_rows(own, found.of_rows)
        k = pd.Series(alone.k_of_rows(own), index=labels, name="pareto_k")
    forecasts: dict[str, pd.DataFrame] = {
        name: tables.Answer(p.T, index=labels, columns=classes) for name, p in prob.items()
    }
    counts = tables.Answer(found.rows, index=labels, columns=classes)
    return Calibration(table, curve, forecasts, counts, k, draws, which, problems)


def _endless(table: pd.DataFrame) -> tuple[Problem, ...]:
    """Return the note that a score is infinite, where forecasts tell outcomes apart."""
    numbers = table.select_dtypes("number")
    if not np.isinf(numbers.to_numpy(dtype=float)).any():
        return ()
    sentence = (
        "the forecasts tell the outcomes apart without an error, so that no finite calibration "
        "slope exists; it is shown as infinite; judge such forecasts by the proper scores, or by "
        "more rows"
    )
    return (Problem("endless_slope", sentence, "note"),)
