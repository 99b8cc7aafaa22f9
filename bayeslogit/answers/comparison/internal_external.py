"""Internal-external validation: each level of a grouping is left out in turn and forecast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.comparison.by_group import grouping_of
from bayeslogit.answers.evaluation.fast_refits import FastRefits
from bayeslogit.answers.evaluation.forecasting import event_code, show_problems
from bayeslogit.answers.evaluation.refits import fit_without, mean_probabilities
from bayeslogit.errors import DesignError, FitFailed, Problem, listing
from bayeslogit.families.conditional import refuse_risks
from bayeslogit.numerics import scores
from bayeslogit.numerics.intervals import Interval, Settings
from bayeslogit.numerics.pareto import UNRELIABLE
from bayeslogit.numerics.pooling import pool_estimates
from bayeslogit.posterior.interval_summary import check_options
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.runtime.progress import progress
from bayeslogit.runtime.seeds import generator
from bayeslogit.text import in_width

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["InternalExternal", "internal_external"]

_REPLICATES = 400
_SCORES = ("auc", "brier", "log_score", "calibration_slope", "calibration_intercept")
_LOGIT, _LOG = ("auc",), ("brier", "log_score")
_WHICH = (
    "each level of {groups} is forecast by a fit without it; pooled means are of the levels that "
    "such levels are drawn from, and new_ bounds are of one more of them"
)


@dataclass(frozen=True, eq=False)
class InternalExternal:
    """Scores of the levels of a grouping, each forecast by a fit without it, and pooled ones.

    Attributes
    ----------
    levels : pandas.DataFrame
        A row per level and score: ``level``, ``score``, ``estimate`` with ``sd`` and bounds over
        resampled cases of the level, ``cases``, ``events``. A level with one outcome alone has
        ``brier`` and ``log_score`` only.
    pooled : pandas.DataFrame
        A row per score: ``estimate``, the mean over such levels, with bounds; ``between_sd``, the
        spread of true scores between levels (of ``auc`` in log-odds, of ``brier`` and
        ``log_score`` in logarithms); ``new_`` bounds of one more level, where there are three or
        more; ``levels``, how many are pooled.
    which : str
        What was done, in a sentence.
    problems : tuple of Problem

    See Also
    --------
    bayeslogit.Fit.internal_external : Makes one.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> births = bl.load_dataset("birthweight")
    >>> fit = bl.logistic("low ~ age + weight + smoker", births).fit("map")
    >>> found = fit.internal_external(births["race"], random_seed=1)
    >>> found.levels["level"].unique().tolist(), found.pooled.loc["auc", "levels"], found.problems
    (['black', 'other', 'white'], np.int64(3), ())
    >>> found.which.partition(";")[0]
    "each level of 'race' is forecast by a fit without it"
    """

    levels: pd.DataFrame
    pooled: pd.DataFrame
    which: str
    problems: tuple[Problem, ...]

    def __repr__(self) -> str:
        outcome = self.levels.attrs.get("outcome", "outcome")
        lines = in_width(f"Internal-external validation of P({outcome})")
        lines += [str(self.levels), "", str(self.pooled), *in_width(f"({self.which})")]
        lines += [line for p in self.problems for line in in_width(f"- {p.sentence}")]
        return "\n".join(lines)


def internal_external(
    posterior: Posterior,
    groups: Any,
    *,
    event: Any = None,
    random_seed: int | None = None,
    progressbar: bool = True,
    **interval: Unpack[Interval],
) -> InternalExternal:
    """Return scores of each level of a grouping, forecast by a fit without it, and pooled ones.

    Whether a model travels: to another hospital, country, year.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    groups : str or array
        A grouping or predictor of the model, or a value for each row, such as ``data["site"]``.
    event : optional
        Of several classes, the one against all others.
    random_seed : int, optional
        By default derived from the seed of the fit.
    progressbar : bool
        Show progress of what takes longer than two seconds.
    **interval
        ``ci_prob`` and ``ci_kind`` of the bounds; by default ArviZ's ``rcParams``. Those of pooled
        scores are Student's t, whatever the kind.

    Returns
    -------
    InternalExternal
        ``levels`` and ``pooled``, with ``auc``, ``brier``, ``log_score`` (nats),
        ``calibration_slope`` (1 is best) and ``calibration_intercept`` (0 is best). Cases of one
        class have the second and third only; those that forecasts tell apart without error have
        no slope.

    Raises
    ------
    DesignError
        If the grouping is unknown or has one level, or a class of several must be named.
    FitFailed
        If there is no finite answer without one of the levels.

    See Also
    --------
    validate : Optimism among cases like those of the fit.
    kfold : The log score of new groups, by fitting again.

    Notes
    -----
    Refits are those of :func:`validate`; models that learn scales are fitted anew. Rows of a group
    that a group-level term has not seen are forecast by the mean over all groups there may be.
    Pooled means take the true scores of levels to be normal (of ``auc`` on the log-odds scale, of
    ``brier`` and ``log_score`` on the logarithmic), with the spread by restricted maximum
    likelihood and the interval of Hartung and Knapp.

    References
    ----------
    Steyerberg, E. W. and Harrell, F. E. (2016). Prediction models need appropriate internal,
    internal-external, and external validation. doi:10.1016/j.jclinepi.2015.04.005
    Debray, T. P. A. et al. (2017). A guide to systematic review and meta-analysis of prediction
    model performance. doi:10.1136/bmj.i6460

    Examples
    --------
    >>> import bayeslogit as bl
    >>> births = bl.load_dataset("birthweight")
    >>> fit = bl.logistic("low ~ age + weight + smoker", births).fit("map")
    >>> found = fit.internal_external(births["race"], random_seed=1)
    >>> area = found.levels[found.levels["score"] == "auc"]
    >>> area[["level", "estimate", "cases"]].round(1).values.tolist()
    [['black', 0.6, 26.0], ['other', 0.6, 67.0], ['white', 0.7, 96.0]]
    """
    check_options(interval, internal_external)
    settings = Settings.of(interval)
    model = posterior.model
    if model.family.coupled:
        refuse_risks("forecasts of single cases", model.family.arrangement)
    if groups is None:
        raise DesignError(
            "groups=None names no levels to leave out; expected a grouping or predictor of the "
            "model, or a value for each row; pass for example groups=data['site']"
        )
    code = event_code(posterior, event)
    codes, names = grouping_of(model, groups)
    rng = generator(random_seed, [posterior.seed or 0, 10])
    forecast = _forecaster(posterior)
    records: list[dict[str, Any]] = []
    spreads: list[np.ndarray] = []
    ks: list[float] = []
    with progress("leaving levels out", len(names), enabled=progressbar) as advance:
        for place, name in enumerate(names):
            left = model.counts * (codes == place)[:, None]
            counts = model.cases.added(left)
            prob, k = forecast(left, name)
            own, found = _scored(prob[code], counts, code, rng)
            advance(1)
            ks.append(k)
            for score, value in own.items():
                raw = found[score][np.isfinite(found[score])]
                if not np.isfinite(value) or raw.size < 2:
                    continue  # forecasts that tell all cases apart have no calibration slope
                lower, upper = settings.bounds(raw)
                records.append(
                    {"level": name, "score": score, "estimate": value, "sd": raw.std(ddof=1)}
                    | dict(zip(settings.names, (lower, upper), strict=True))
                    | {"cases": counts.sum(), "events": counts[:, code].sum()}
                )
                spreads.append(raw)
    levels = tables.Answer(records)
    pooled = _pooled(records, spreads, settings)
    label = names.name or getattr(groups, "name", None)
    which = _WHICH.format(groups="the grouping" if label is None else repr(label))
    for frame in (levels, pooled):
        frame.attrs.update(posterior.attrs | {"forecast": "left out", "spread_over": "cases"})
        if event is not None:
            frame.attrs["outcome"] = f"{model.response.name} = {event}"
    problems = _problems(np.array(ks), names)
    show_problems(problems)
    return InternalExternal(levels, pooled, which, problems)


def _forecaster(posterior: Posterior) -> Callable[[np.ndarray, Any], tuple[np.ndarray, float]]:
    """Return what forecasts cells of cases without some: (classes, cells), and a Pareto k."""
    model, seed = posterior.model, posterior.seed or 0
    if model.learns:
        return lambda left, name: (
            mean_probabilities(fit_without(posterior, left, seed + 1), model.cases),
            -np.inf,
        )
    refit = FastRefits(posterior)

    def forecast(left: np.ndarray, name: Any) -> tuple[np.ndarray, float]:
        rest = model.cases.counts - model.cases.added(left)
        rest[rest < 1e-9 * model.cases.counts] = 0.0
        found = refit(rest)
        if found is None:
            raise FitFailed(
                f"without the level {str(name)!r} the model has no finite answer; expected the "
                "other rows to bound every coefficient; give these proper priors, or leave out "
                "predictors that only this level tells about"
            )
        return found.prob, found.k

    return forecast


def _scored(
    prob: np.ndarray, counts: np.ndarray, code: int, rng: np.random.Generator
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Return the scores of cases, and of resampled ones."""
    used = counts.sum(axis=1) > 0.0
    prob = prob[used]
    lost, won = (counts.sum(axis=1) - counts[:, code])[used], counts[used, code]
    drawn = [rng.standard_gamma(np.repeat(v[:, None], _REPLICATES, axis=1)) for v in (lost, won)]
    some = drawn[0].sum(axis=0) + drawn[1].sum(axis=0) > 0.0
    both = lost.sum() > 0.0 and won.sum() > 0.0
    if both:
        some = (drawn[0].sum(axis=0) > 0.0) & (drawn[1].sum(axis=0) > 0.0)
    own = _figures(prob, lost[:, None], won[:, None], both)
    found = _figures(prob, drawn[0][:, some], drawn[1][:, some], both)
    return {name: float(value[0]) for name, value in own.items()}, found


def _figures(
    prob: np.ndarray, lost: np.ndarray, won: np.ndarray, both: bool
) -> dict[str, np.ndarray]:
    classes, counts = np.stack([1.0 - prob, prob]), np.stack([lost, won], axis=1)
    found = {"brier": scores.brier(classes, counts), "log_score": scores.log_score(classes, counts)}
    if both:
        slope, intercept = scores.recalibrate(prob, lost, won)
        found |= {"auc": scores.auc(prob, lost, won), "calibration_slope": slope}
        found["calibration_intercept"] = intercept
    return {name: found[name] for name in _SCORES if name in found}


def _pooled(
    records: list[dict[str, Any]], spreads: list[np.ndarray], settings: Settings
) -> pd.DataFrame:
    """Return the pooled scores, (scores,), of those that two levels or more have."""
    import pandas as pd

    lower, upper = settings.names
    rows, names = [], []
    for score in _SCORES:
        there, back = _scale(score)
        at = [i for i, record in enumerate(records) if record["score"] == score]
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.array([there(np.asarray(records[i]["estimate"])) for i in at])
            se = np.array([there(spreads[i]).std(ddof=1) for i in at])
        used = np.isfinite(values) & np.isfinite(se) & (se > 1e-9)
        if used.sum() < 2:
            continue
        found = pool_estimates(values[used], se[used], settings.prob)
        row = {
            "estimate": back(found.mean),
            lower: back(found.lower),
            upper: back(found.upper),
            "between_sd": found.between,
        }
        if found.new is not None:
            row |= {f"new_{lower}": back(found.new[0]), f"new_{upper}": back(found.new[1])}
        rows.append(row | {"levels": int(used.sum())})
        names.append(score)
    table: pd.DataFrame = tables.Answer(rows, index=pd.Index(names, name="score"))
    return table


def _scale(score: str) -> tuple[Callable[[np.ndarray], np.ndarray], Callable[[float], float]]:
    """Return the scale on which a score is pooled, and the way back."""
    if score in _LOGIT:
        return lambda v: np.log(v) - np.log1p(-v), lambda x: float(1.0 / (1.0 + np.exp(-x)))
    if score in _LOG:
        return np.log, lambda x: float(np.exp(x))
    return lambda v: v, float


def _problems(k: np.ndarray, names: pd.Index) -> tuple[Problem, ...]:
    bad = k > UNRELIABLE
    if not bad.any():
        return ()
    return (
        Problem(
            "pareto_k",
            f"the fits without {listing([str(n) for n in names[bad]])} rest on few draws (Pareto k "
            f"above {UNRELIABLE}); expected less, because these levels change the posterior too "
            "much for its draws; fit to the other rows and ask calibration(newdata=) of them",
        ),
    )
