"""A score of whole points: some for each level or range of a predictor, and a risk of the sum."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.evaluation.contributions import Contribution, contributions
from bayeslogit.answers.evaluation.forecasts import forecasts_of
from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing
from bayeslogit.numerics import scores
from bayeslogit.numerics.intervals import Interval, Settings
from bayeslogit.numerics.recalibration import newton
from bayeslogit.numerics.special import expit
from bayeslogit.posterior.interval_summary import check_options
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.runtime.seeds import generator
from bayeslogit.specification.density import Likelihood
from bayeslogit.tables.reading import read
from bayeslogit.text import in_width

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PointsScore", "points"]

_DRAWS, _REPLICATES = 400, 400
_WHICH = (
    "one point is {unit:.3g} in the linear predictor; cases are forecast with themselves in the "
    "fit, by it and by the points"
)


@dataclass(frozen=True, eq=False)
class PointsScore:
    """A score of whole points.

    Attributes
    ----------
    table : pandas.DataFrame
        A row per predictor and level, or range of a number: ``predictor``, ``value``, ``points``.
        A range begins at its first number and ends before the second.
    risk : pandas.DataFrame
        A row per total: ``total``, ``risk`` with bounds over draws, ``cases`` of the fit.
    accuracy : pandas.DataFrame
        ``auc``, ``brier`` and ``log_score`` (nats) of the fit (``model``) and of the points,
        ``difference`` (points less model) with bounds over resampled cases.
    unit : float
        What one point is in the linear predictor.
    which : str
        What the figures are of, in a sentence.
    design : Design
        Of the fit; it reads new rows.
    rules : tuple
        The points of each predictor, which ``total`` adds up.

    See Also
    --------
    bayeslogit.Fit.points : Makes one.
    bayeslogit.Fit.plot_nomogram : The same without rounding, as a picture.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("low ~ age + smoker", bl.load_dataset("birthweight")).fit("map")
    >>> score = fit.points(most=5)
    >>> score.total({"age": [20, 40], "smoker": [1, 0]}).tolist()
    [6, 1]
    >>> round(score.unit, 2), score.which.partition(" in")[0]
    (0.31, 'one point is 0.307')
    >>> score.table.columns.tolist(), len(score.rules), score.design is fit.model.design
    (['predictor', 'value', 'points'], 2, True)
    >>> score.accuracy.index.tolist(), score.risk.columns.tolist()
    (['auc', 'brier', 'log_score'], ['total', 'risk', 'cases'])
    """

    table: pd.DataFrame
    risk: pd.DataFrame
    accuracy: pd.DataFrame
    unit: float
    which: str
    design: Design
    rules: tuple[_Rule, ...]

    def total(self, data: Any) -> pd.Series:
        """Return the points of rows.

        Parameters
        ----------
        data : table
            With the predictors.

        Returns
        -------
        pandas.Series
            Whole numbers, with the labels of the rows.

        Raises
        ------
        DesignError
            If a predictor or level is not there.

        See Also
        --------
        bayeslogit.Fit.predict : The probabilities of the fit.

        Examples
        --------
        >>> import bayeslogit as bl
        >>> births = bl.load_dataset("birthweight")
        >>> score = bl.logistic("low ~ age + smoker", births).fit("map").points(most=5)
        >>> score.total(births.head(3)).tolist()
        [4, 2, 6]
        """
        import pandas as pd

        rows = self.design.read_rows(data)
        if not rows.n_rows:
            raise DesignError(
                "the new rows are none, and points are of rows; expected at least one row; check "
                "how they were selected"
            )
        self.design.code(rows)  # refuses what the predictors do not have
        found = sum(rule.of(rows[rule.name]) for rule in self.rules)
        return pd.Series(found, index=read(data, what="new rows").labels, name="points")

    def __repr__(self) -> str:
        outcome = self.table.attrs.get("outcome", "outcome")
        lines = in_width(f"Points for P({outcome})")
        lines += [str(self.table), "", str(self.risk), "", str(self.accuracy)]
        return "\n".join([*lines, *in_width(f"({self.which})")])


@dataclass(frozen=True, eq=False)
class _Rule:
    """The points of one predictor: by level, or between breaks of a number."""

    name: str
    levels: tuple[Any, ...] | None
    breaks: np.ndarray
    points: np.ndarray

    def of(self, values: np.ndarray) -> np.ndarray:
        if self.levels is not None:
            known = {level: k for k, level in enumerate(self.levels)}
            for value in values.tolist():
                if value not in known:
                    raise DesignError(
                        f"the value {value!r} of {self.name!r} has no points; expected one of "
                        f"{listing(self.shown())}, which were fitted; leave such rows out, or use "
                        "predict()"
                    )
            found: np.ndarray = self.points[[known[v] for v in values.tolist()]]
            return found
        ranged: np.ndarray = self.points[np.searchsorted(self.breaks, values, side="right")]
        return ranged

    def shown(self) -> list[str]:
        if self.levels is not None:
            return [f"{v:.12g}" if isinstance(v, float) else str(v) for v in self.levels]
        edges = [f"{v:.12g}" for v in self.breaks]
        if not edges:
            return ["any"]
        inner = [f"{a} to {b}" for a, b in pairwise(edges)]
        return [f"below {edges[0]}", *inner, f"{edges[-1]} and more"]


def points(
    posterior: Posterior,
    most: int = 10,
    *,
    random_seed: int | None = None,
    **interval: Unpack[Interval],
) -> PointsScore:
    """Return a score of whole points, the risk of each total, and what rounding costs.

    Parameters
    ----------
    posterior : Posterior
        The fit, of an outcome of two classes, with effects that add up.
    most : int
        Points of the predictor that matters most, over its range; from 1 to 1000.
    random_seed : int, optional
        Of the resampled cases; by default derived from the seed of the fit.
    **interval
        ``ci_prob`` and ``ci_kind``; by default ArviZ's ``rcParams``.

    Returns
    -------
    PointsScore
        ``table`` of points, ``risk`` of totals, ``accuracy`` beside that of the fit, and
        ``total(data)`` for rows.

    Raises
    ------
    DesignError
        If ``most`` or an option is out of its range.
    MethodRefused
        If effects do not add up, or the model has several classes, groups or an offset.

    See Also
    --------
    plot_nomogram : Points that are not rounded, as a picture.
    to_sql : The model itself, for a database.

    Notes
    -----
    Each draw of the fit is projected on the points: its risks are fitted by a logistic curve of
    the total. Risk and bounds are over these curves.

    References
    ----------
    Sullivan, L. M., Massaro, J. M. and D'Agostino, R. B. (2004). Presentation of multivariate data
    for clinical use: The Framingham Study risk score functions. doi:10.1002/sim.1742

    Examples
    --------
    >>> import bayeslogit as bl
    >>> births = bl.load_dataset("birthweight")
    >>> score = bl.logistic("low ~ smoker + premature", births).fit("map").points(most=3)
    >>> score.table.values.tolist()[:3]
    [['smoker', '0', 0], ['smoker', '1', 1], ['premature', '0', 0]]
    """
    check_options(interval, points)
    whole = isinstance(most, int | np.integer) and not isinstance(most, bool)
    if not whole or not 1 <= most <= 1000:
        raise DesignError(
            f"most={most!r} is not a number of points; expected a whole number from 1 to 1000; "
            "write for example most=10"
        )
    settings, model = Settings.of(interval), posterior.model
    found = contributions(posterior, "a points score")
    unit = max(part.width for part in found.parts) / most
    rules = tuple(_rule(part, unit) for part in found.parts)
    forecasts = forecasts_of(posterior, loo=False)
    cases, counts = forecasts.cases, forecasts.counts
    rows = np.zeros(len(cases.X), dtype=np.intp)
    used = np.flatnonzero(cases.cell >= 0)
    rows[cases.cell[used]] = used
    total = sum(rule.of(model.design.columns[rule.name][rows]) for rule in rules)
    lines = _projected(posterior, cases.X, np.asarray(total), counts.sum(axis=1))
    every = np.arange(sum(int(rule.points.max()) for rule in rules) + 1)
    drawn = expit(lines[0] + every[:, None] * lines[1])
    held = np.bincount(total, counts.sum(axis=1), len(every))
    risk = {"total": every, "risk": drawn.mean(axis=1)}
    if not posterior.point:
        risk |= dict(zip(settings.names, settings.bounds(drawn), strict=True))
    records = [
        {"predictor": rule.name, "value": value, "points": int(number)}
        for rule in rules
        for value, number in zip(rule.shown(), rule.points, strict=True)
    ]
    rng = generator(random_seed, [posterior.seed or 0, 11])
    accuracy = _accuracy(forecasts.prob[1], risk["risk"][total], counts, settings, rng)
    which = _WHICH.format(unit=unit)
    table, risks = tables.Answer(records), tables.Answer(risk | {"cases": held})
    for frame in (table, risks, accuracy):
        frame.attrs.update(posterior.attrs | {"forecast": "in_sample"})
    return PointsScore(table, risks, accuracy, unit, which, model.design, rules)


def _rule(part: Contribution, unit: float) -> _Rule:
    """Return the points of a predictor."""
    given = np.round(part.effect / unit).astype(np.int64)
    if not part.measured:
        return _Rule(part.name, tuple(part.values.tolist()), np.zeros(0), given)
    step = np.flatnonzero(np.diff(given))
    ends = float(part.values[0]), float(part.values[-1])
    breaks = 0.5 * (part.values[step] + part.values[step + 1])
    if len(breaks):
        gap = float(np.diff(np.r_[ends[0], breaks, ends[1]]).min())
        # Whole and round numbers, as far as they are within a tenth of the narrowest range.
        breaks = np.round(breaks, int(np.clip(np.ceil(-np.log10(max(gap, 1e-12) / 5.0)), -6, 12)))
    return _Rule(part.name, None, breaks, given[np.r_[step, len(given) - 1]])


def _projected(
    posterior: Posterior, X: np.ndarray, total: np.ndarray, cases: np.ndarray
) -> np.ndarray:
    """Return intercept and slope of the total in each draw, (2, draws)."""
    model = posterior.model
    likelihood = Likelihood(model.family, X, np.zeros((len(X), 2)), basis=model.layout.basis)
    picked = np.linspace(0, posterior.n_draws - 1, min(_DRAWS, posterior.n_draws))
    theta = posterior.theta[:, picked.round().astype(np.intp)]
    prob = model.family.probabilities(likelihood.eta(theta))[1]
    seen, place = np.unique(total, return_inverse=True)
    won, lost = np.zeros((2, len(seen), prob.shape[1]))
    np.add.at(won, place.ravel(), prob * cases[:, None])
    np.add.at(lost, place.ravel(), (1.0 - prob) * cases[:, None])
    if len(seen) == 1:
        return np.stack([np.log(won[0] / lost[0]), np.zeros(prob.shape[1])])
    middle, width = seen.mean(), float(np.ptp(seen))
    found = newton(np.zeros((len(seen), 1)), (seen - middle) / width, lost, won)
    slope = found[1] / width
    return np.stack([found[0] - slope * middle, slope])


def _accuracy(
    own: np.ndarray,
    rounded: np.ndarray,
    counts: np.ndarray,
    settings: Settings,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return scores of the fit and of the points, and their difference with bounds."""
    varied = rng.standard_gamma(np.repeat(counts[:, :, None], _REPLICATES, axis=2))
    varied = varied[:, :, (varied.sum(axis=0) > 0.0).all(axis=0)]

    def of(prob: np.ndarray, cases: np.ndarray) -> np.ndarray:
        both = np.stack([1.0 - prob, prob])
        return np.stack(
            [
                scores.auc(prob, cases[:, 0], cases[:, 1]),
                scores.brier(both, cases),
                scores.log_score(both, cases),
            ]
        )

    model, score = (of(prob, counts[:, :, None])[:, 0] for prob in (own, rounded))
    difference = of(rounded, varied) - of(own, varied)
    columns = {"model": model, "points": score, "difference": score - model}
    columns |= dict(zip(settings.names, settings.bounds(difference), strict=True))
    table: pd.DataFrame = tables.Answer(columns, index=["auc", "brier", "log_score"])
    return table
