"""Optimism-corrected indices of a fit.

It is made again, and what it then seems worth is compared with what it is worth among cases that
it has not seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.evaluation.fast_refits import FastRefits
from bayeslogit.answers.evaluation.forecasting import event_code, show_problems
from bayeslogit.answers.evaluation.forecasts import forecasts_of
from bayeslogit.errors import DesignError, FitFailed, Problem, nearest
from bayeslogit.numerics.indices import INDICES, largest_error, local_line, validation_indices
from bayeslogit.numerics.intervals import Interval, Settings
from bayeslogit.numerics.pareto import UNRELIABLE
from bayeslogit.posterior.interval_summary import check_options
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.runtime.parallel import repeatable
from bayeslogit.runtime.progress import progress
from bayeslogit.runtime.seeds import generator
from bayeslogit.specification.cases import Cases
from bayeslogit.text import in_width

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Validation", "validate"]

_HOW = ("bootstrap", "kfold")
_REPEATS = {"bootstrap": 200, "kfold": 20}
_MOST = 100_000
# Points of the calibration curve, and the share of cases beyond its ends on each side.
_POINTS, _BEYOND = 50, 0.02
# Resampled cases of the bounds.
_REPLICATES, _MOST_VALUES = 400, 2_000_000
_WHICH = (
    "corrected is apparent less optimism, which is training less test: means over {number} fits to "
    "{what}"
)
_WHAT = {
    "bootstrap": "resampled cases, of what each is worth among these and among all cases",
    "kfold": "all cases but a fold, of what each is worth among these and in the fold",
}


@dataclass(frozen=True, eq=False)
class Validation:
    """What a fit seems worth, its optimism, and what is left of it.

    Attributes
    ----------
    indices : pandas.DataFrame
        A row per index: ``apparent`` (of the fit among its own cases), ``training`` and ``test``
        (means over refits, among the cases that each has seen and others), ``optimism``,
        ``corrected`` with its bounds over resampled cases, and ``n``, the refits that have the
        index. ``auc`` and ``somers_d`` (2 auc - 1); ``r_squared`` (Nagelkerke's, of the line
        below); ``intercept`` and ``slope`` of the line of observed on forecast log-odds;
        ``e_max``, the largest distance of that line from the forecasts; ``discrimination``,
        ``unreliability`` and ``quality``, their difference (in units of the log likelihood per
        case, times 2); ``brier``; ``log_score`` (nats); ``g`` and ``g_probability``, Gini's mean
        difference of the line's log-odds and of its probabilities.
    curve : pandas.DataFrame
        The calibration curve: ``predicted`` probabilities, the observed share there
        (``apparent``; a local straight line), ``corrected`` for optimism, with bounds.
    which : str
        What was done, in a sentence.
    problems : tuple of Problem

    See Also
    --------
    bayeslogit.Fit.validate : Makes one.
    bayeslogit.Fit.plot_validation : Draws its curve.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("low ~ age + smoker", bl.load_dataset("birthweight")).fit("map")
    >>> found = fit.validate(repeats=50, random_seed=1)
    >>> found.indices.columns.tolist()[:5], found.curve.shape, found.problems
    (['apparent', 'training', 'test', 'optimism', 'corrected'], (50, 5), ())
    >>> found.which.partition(",")[0]
    'corrected is apparent less optimism'
    """

    indices: pd.DataFrame
    curve: pd.DataFrame
    which: str
    problems: tuple[Problem, ...]

    def __repr__(self) -> str:
        lines = in_width(f"Validation of P({self.indices.attrs.get('outcome', 'outcome')})")
        lines += [str(self.indices)]
        lines += [line for p in self.problems for line in in_width(f"- {p.sentence}")]
        return "\n".join(lines)


def validate(
    posterior: Posterior,
    how: str = "bootstrap",
    *,
    repeats: int | None = None,
    folds: int = 10,
    event: Any = None,
    random_seed: int | None = None,
    progressbar: bool = True,
    **interval: Unpack[Interval],
) -> Validation:
    """Return indices and a calibration curve that are corrected for optimism, as rms::validate.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    how : {"bootstrap", "kfold"}
        Fit again to as many cases drawn with replacement, and try these fits among all cases; or
        to all cases but a fold, and try them in the fold.
    repeats : int, optional
        Refits of the bootstrap, 200 by default; or how many times folds are dealt out, 20 by
        default. From 2 to 100 000.
    folds : int
        How many, for ``"kfold"``.
    event : optional
        Of several classes, the one against all others.
    random_seed : int, optional
        By default derived from the seed of the fit.
    progressbar : bool
        Show progress of what takes longer than two seconds.
    **interval
        ``ci_prob`` and ``ci_kind`` of the bounds, over resampled cases; by default ArviZ's
        ``rcParams``.

    Returns
    -------
    Validation
        ``indices`` and ``curve``.

    Raises
    ------
    DesignError
        If an option is not known or out of its range, or a class of several must be named.
    MethodRefused
        If the model learns scales, as with group-level terms.
    ResponseError
        If there is one class only.
    FitFailed
        If fewer than two refits have a finite answer.

    See Also
    --------
    calibration : Scores of cases left out one by one, in pairs or folds, with fewer refits.
    internal_external : Levels of a grouping left out in turn.
    plot_validation : The calibration curve as a picture.

    Notes
    -----
    Refits of a fit with draws move these draws to the other posterior and weight them; refits of
    ``"map"`` climb to the other mode, so that with flat priors the answer is that of
    ``rms::validate``. Default priors are found anew for each refit. Bounds are those of the
    forecasts of this fit over resampled cases (the Bayesian bootstrap), moved by the optimism; the
    optimism itself is held.

    References
    ----------
    Harrell, F. E. (2015). Regression Modeling Strategies. doi:10.1007/978-3-319-19425-7
    Steyerberg, E. W. et al. (2001). Internal validation of predictive models.
    doi:10.1016/S0895-4356(01)00341-9

    Examples
    --------
    >>> import bayeslogit as bl
    >>> births = bl.load_dataset("birthweight")
    >>> fit = bl.logistic("low ~ age + weight + smoker", births, priors="flat").fit("map")
    >>> indices = fit.validate(random_seed=1).indices
    >>> indices.loc[["auc", "slope"], ["apparent", "optimism", "corrected"]].round(1).values
    array([[0.7, 0. , 0.6],
           [1. , 0.1, 0.9]])
    """
    check_options(interval, validate)
    settings = Settings.of(interval)
    if how not in _HOW:
        raise DesignError(
            f"how={how!r} is not known; expected 'bootstrap' or 'kfold'; choose one of them."
            + nearest(str(how), _HOW)
        )
    repeats = _REPEATS[how] if repeats is None else repeats
    _check_number("repeats", repeats, 1 if how == "kfold" else 2, _MOST)
    code = event_code(posterior, event)
    found = forecasts_of(posterior, loo=False, progressbar=progressbar)
    _check_number("folds", folds, 2, int(found.cases.number))
    rng = generator(random_seed, [posterior.seed or 0, 9])
    prob, (failures, successes) = found.prob[code], _of_event(found.counts, code)
    apparent = validation_indices(prob, failures[:, None], successes[:, None])[:, 0]
    at = _along(prob, found.counts.sum(axis=1))
    number = repeats * (folds if how == "kfold" else 1)
    trained, tested, curves, ks = [], [], [], []
    with repeatable(), progress("fitting again", number, enabled=progressbar) as advance:
        again = FastRefits(posterior)
        for seen, others in _parts(found.cases, how, repeats, folds, rng):
            refit = again(seen)
            advance(1)
            both = [_of_event(part, code) for part in (seen, others)]
            if refit is None or min(part.sum() for pair in both for part in pair) <= 0.0:
                continue
            lost, won = (np.column_stack(v) for v in zip(*both, strict=True))
            training, test = validation_indices(refit.prob[code], lost, won).T
            trained.append(training)
            tested.append(test)
            curves.append(-np.diff(local_line(refit.prob[code], lost, won, at))[:, 0])
            ks.append(refit.k)
    if len(trained) < 2:
        raise FitFailed(
            f"{len(trained)} of {number} fits to other cases have a finite answer; expected at "
            "least two; give the coefficients proper priors, or gather more cases of each class"
        )
    # A wild refit of separated cases, whose line has no slope, has no such index.
    pairs = np.stack([trained, tested])
    usable = np.isfinite(pairs).all(axis=0)
    means = np.array([pairs[:, usable[:, i], i].mean(axis=1) for i in range(len(INDICES))]).T
    optimism = means[0] - means[1]
    drawn = _resampled(failures, successes, rng)
    columns = {
        "apparent": apparent,
        "training": means[0],
        "test": means[1],
        "optimism": optimism,
        "corrected": apparent - optimism,
    }
    lower, upper = settings.names
    raw = validation_indices(prob, *drawn)
    columns |= dict(zip((lower, upper), _bounds(raw, optimism, settings), strict=True))
    columns["n"] = usable.sum(axis=0)
    index = _with_largest_error(columns, raw, optimism, settings)
    indices = tables.Answer(columns, index=index)
    curve = _curve(prob, (failures, successes), drawn, at, np.mean(curves, axis=0), settings)
    which = _WHICH.format(number=number, what=_WHAT[how])
    for frame in (indices, curve):
        frame.attrs.update(posterior.attrs | {"forecast": "corrected", "which": which})
        if event is not None:
            frame.attrs["outcome"] = f"{posterior.model.response.name} = {event}"
    problems = _problems(number, len(trained), usable, np.array(ks))
    show_problems(problems)
    return Validation(indices, curve, which, problems)


def _check_number(name: str, value: Any, least: int, most: int) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not least <= value <= most:
        raise DesignError(
            f"{name}={value!r} is not a number of {name}; expected a whole number from {least} to "
            f"{most}; write for example {name}={min(200 if name == 'repeats' else 10, most)}"
        )


def _of_event(counts: np.ndarray, code: int) -> tuple[np.ndarray, np.ndarray]:
    """Return failures and successes, each (cells,)."""
    return counts.sum(axis=1) - counts[:, code], counts[:, code]


def _along(prob: np.ndarray, cases: np.ndarray) -> np.ndarray:
    """Return forecasts at which the calibration curve is wanted, (points,)."""
    order = np.argsort(prob, kind="stable")
    share = np.cumsum(cases[order]) / cases.sum()
    low, high = (prob[order][np.searchsorted(share, q)] for q in (_BEYOND, 1.0 - _BEYOND))
    return np.linspace(low, high, _POINTS)


def _parts(
    cases: Cases, how: str, repeats: int, folds: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield cases to fit to and cases to try the fit among, each (cells, classes)."""
    cell, held = cases.kinds
    if how == "bootstrap":
        number, share = round(cases.number), cases.times / cases.times.sum()
        for _ in range(repeats):
            seen = np.zeros_like(cases.counts)
            np.add.at(seen, cell, rng.multinomial(number, share)[:, None] * held)
            yield seen, cases.counts
        return
    for _ in range(repeats):
        for dealt in cases.dealt(folds, rng):
            left = np.zeros_like(cases.counts)
            np.add.at(left, cell, dealt[:, None] * held)
            rest = cases.counts - left
            rest[rest < 1e-9 * cases.counts] = 0.0
            yield rest, left


def _resampled(
    failures: np.ndarray, successes: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return failures and successes with random weights, each (cells, replicates)."""
    number = int(np.clip(_MOST_VALUES // len(failures), 40, _REPLICATES))
    lost, won = (
        rng.standard_gamma(np.repeat(v[:, None], number, axis=1)) for v in (failures, successes)
    )
    kept = (lost.sum(axis=0) > 0.0) & (won.sum(axis=0) > 0.0)
    return lost[:, kept], won[:, kept]


def _bounds(
    raw: np.ndarray, optimism: np.ndarray, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds of corrected figures, from those of apparent ones over replicates."""
    low, high = np.empty((2, len(raw)))
    for i, row in enumerate(raw):
        low[i], high[i] = settings.bounds(row[np.isfinite(row)])
    return low - optimism, high - optimism


def _with_largest_error(
    columns: dict[str, np.ndarray], raw: np.ndarray, optimism: np.ndarray, settings: Settings
) -> list[str]:
    """Put in the largest error of each column's line, and return the names of all indices."""
    place, names = INDICES.index("slope") + 1, list(INDICES)
    line = [INDICES.index(name) for name in ("intercept", "slope")]
    moved = (raw[line] - optimism[line, None]).T
    errors = [largest_error(*one) for one in moved[np.isfinite(moved).all(axis=1)]]
    found = {
        name: largest_error(*columns[name][line])
        for name in ("apparent", "training", "test", "corrected")
    }
    found["optimism"] = found["apparent"] - found["corrected"]
    bounds = (float(bound) for bound in settings.bounds(np.array(errors)))
    found |= dict(zip(settings.names, bounds, strict=True))
    found["n"] = columns["n"][line[1]]
    for name, values in columns.items():
        columns[name] = np.insert(values, place, found[name])
    names.insert(place, "e_max")
    return names


def _curve(
    prob: np.ndarray,
    cases: tuple[np.ndarray, np.ndarray],
    drawn: tuple[np.ndarray, np.ndarray],
    at: np.ndarray,
    optimism: np.ndarray,
    settings: Settings,
) -> pd.DataFrame:
    """Return the calibration curve with bounds, within 0 and 1."""
    own = local_line(prob, cases[0][:, None], cases[1][:, None], at)[:, 0]
    few = tuple(v[:, :200] for v in drawn)
    low, high = settings.bounds(local_line(prob, few[0], few[1], at))
    columns = {"predicted": at, "apparent": own, "corrected": own - optimism}
    columns |= {settings.names[0]: low - optimism, settings.names[1]: high - optimism}
    for name in list(columns)[1:]:
        columns[name] = np.clip(columns[name], 0.0, 1.0)
    curve: pd.DataFrame = tables.Answer(columns)
    return curve


def _problems(number: int, done: int, usable: np.ndarray, k: np.ndarray) -> tuple[Problem, ...]:
    found = []
    if done < number:
        found.append(
            Problem(
                "failed_refits",
                f"{number - done} of {number} fits to other cases have no finite answer, because "
                "these lack a class or are told apart without an error; expected none; figures "
                "are means over the others; give the coefficients proper priors",
            )
        )
    wild = int((~usable).any(axis=1).sum())
    if wild:
        found.append(
            Problem(
                "endless_slope",
                f"{wild} of {done} fits tell the cases that they are tried among apart without an "
                "error, so that these have no slope; expected some of both outcomes at like "
                "forecasts; such indices are means over the others, as n says",
                "note",
            )
        )
    bad = float((k > UNRELIABLE).mean())
    if bad > 0.05:
        found.append(
            Problem(
                "pareto_k",
                f"{bad:.0%} of the fits to other cases rest on few draws (Pareto k above "
                f"{UNRELIABLE}); expected 5% at most; compare with the figures of a fit by 'map'",
            )
        )
    return tuple(found)
