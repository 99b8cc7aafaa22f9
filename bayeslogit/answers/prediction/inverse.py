"""From a probability back to the value of a predictor that reaches it, such as a dose (LD50)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.prediction.profile_rows import (
    check_variable,
    combined,
    curve_rows,
    is_measured,
)
from bayeslogit.errors import DesignError
from bayeslogit.families import LINKS
from bayeslogit.numerics.intervals import Interval, Settings, check_probability
from bayeslogit.posterior.group_views import as_seen, default_along
from bayeslogit.posterior.interval_summary import settings_of
from bayeslogit.posterior.posterior import Posterior, column_weights
from bayeslogit.response.wording import heading

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["inverse_prediction", "solve"]

# Where between its ends a predictor is looked at, and how straight the answer must be.
_PLACES = np.linspace(0.0, 1.0, 5)
_STRAIGHT = 1e-8


@dataclass(frozen=True)
class _Scale:
    """A rising or falling function of a predictor, and the way back.

    ``back`` gives an infinite value where no value of the predictor has that function.
    """

    name: str
    to: Callable[[Any], Any]
    back: Callable[[np.ndarray], np.ndarray]


def _log_of(shift: float) -> _Scale:
    return _Scale("log", lambda x: np.log(x + shift), lambda t: np.exp(t) - shift)


_IDENTITY = _Scale("straight line", lambda x: x, lambda t: t)
_SQUARE_ROOT = _Scale("sqrt", np.sqrt, lambda t: np.where(t >= 0.0, np.square(t), -np.inf))
_SQUARE = _Scale(
    "square", np.square, lambda t: np.where(t >= 0.0, np.sqrt(np.maximum(t, 0.0)), -np.inf)
)
_RECIPROCAL = _Scale(
    "reciprocal",
    lambda x: 1.0 / x,
    lambda t: np.where(t > 0.0, 1.0 / np.where(t > 0.0, t, 1.0), np.inf),
)
_EXPONENTIAL = _Scale(
    "exp", np.exp, lambda t: np.where(t > 0.0, np.log(np.where(t > 0.0, t, 1.0)), -np.inf)
)


def solve(
    posterior: Posterior,
    name: str,
    *,
    probability: float = 0.5,
    at: Mapping[str, Any] | None = None,
    offset: float | None = None,
    groups: str | None = None,
    **interval: Unpack[Interval],
) -> pd.DataFrame:
    """Return the inverse prediction: the value of a predictor at a given probability.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    name : str
        A numeric predictor that enters as a straight line, or by its logarithm, square
        root, exponential, square or reciprocal, such as ``log(dose)``; the answer is in the
        unit of the predictor itself.
    probability : float
        Strictly between 0 and 1.
    at : dict, optional
        Values of other predictors, which by default are held at the mean row (see
        :func:`predictions`). A list means each of its values, combined with all others: there is
        then a row for each combination, and a column for the predictor.
    offset : float, optional
        Added to the linear predictor; by default the mean offset of the fitted rows, where the
        model has one.
    groups : {"typical", "known", "new"}, optional
        For group-level terms: a group whose effects are zero (the default), one of the fitted
        groups, named in ``at``, or one that was not seen.
    **interval
        ``ci_prob`` and ``ci_kind`` of the interval; by default ArviZ's ``rcParams``.

    Returns
    -------
    pandas.DataFrame
        One row (for each combination of ``at=``): ``probability``, ``median`` and interval of the
        predictor's value,
        ``p_slope_positive``, and ``bounded``. Where the slope may be zero the set of values
        is unbounded: the bounds are then infinite and ``bounded`` is False. A bound is also
        infinite where no value of the predictor reaches the probability. Names that predictors of
        ``at=`` have too get an underscore at the end.

    Raises
    ------
    DesignError
        If the predictor is unknown, not numeric, or enters in another way, such as a spline, or
        if ``at=`` sets it.

    See Also
    --------
    curve : From the predictor to the probability.

    References
    ----------
    Fieller, E. C. (1954). Some problems in interval estimation.
    doi:10.1111/j.2517-6161.1954.tb00159.x

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> float(fit.solve("hours", probability=0.5)["estimate"].iloc[0].round(4))
    2.7101
    """
    posterior = as_seen(posterior, groups, default_along(posterior, at))
    if posterior.nodes is not None:
        raise DesignError(
            "groups='average' has no inverse prediction, because the mean of probabilities over "
            "groups is no function of one linear predictor; expected 'typical', 'known' or 'new'; "
            "choose one of them, or read curve(groups='average')"
        )
    settings = settings_of(posterior, interval, solve)
    target = check_probability("probability", probability)
    eta = float(LINKS[posterior.model.family.link].inverse(np.array(target)))
    records = []
    for own, shown in combined(posterior, name, at):
        row = inverse_prediction(posterior, name, eta, own, offset, settings)
        if posterior.point:
            row = {"estimate": row["median"]}
        row = {"probability": target} | row
        names = tables.beside(shown, row)
        records.append(shown | {names[column]: value for column, value in row.items()})
    table = tables.Answer(records, index=[name] * len(records))
    table.columns.name = heading(posterior.model.response, "outcome")
    table.attrs = posterior.attrs | ({"columns": names} if shown else {})
    return table


def inverse_prediction(
    posterior: Posterior,
    name: str,
    eta: float,
    at: Mapping[str, Any] | None,
    offset: float | None,
    settings: Settings,
) -> dict[str, Any]:
    """Solve for the value of one predictor at which the linear predictor is ``eta``.

    The predictor must enter as a straight line, or by one function that has a way back: its
    logarithm (also of the predictor plus a number), square root, exponential, or, where it is
    not negative, its square or reciprocal. Per draw the answer is ``(eta - rest) / slope`` on the
    scale of that function. A ratio whose denominator may be zero has no mean, so the median is
    given; and if the posterior of the slope has more than ``(1 - prob) / 2`` of its mass on each
    side of zero, the set of values that answer the question is unbounded, which is said instead
    of a finite interval.

    Parameters
    ----------
    posterior : Posterior
    name : str
        The predictor.
    eta : float
        Target, on the scale of the linear predictor (log-odds for the logit link).
    at : mapping, optional
        Values of other predictors, one each.
    offset : float, optional
        As for :func:`solve`.
    settings : Settings

    Returns
    -------
    dict
        ``median``, the two bounds, ``p_slope_positive``, ``bounded``; in the unit of the
        predictor.

    References
    ----------
    Fieller, E. C. (1954). Some problems in interval estimation.
    doi:10.1111/j.2517-6161.1954.tb00159.x
    """
    design, family, theta = posterior.model.design, posterior.model.family, posterior.theta
    if family.arrangement not in ("plain", "dispersed"):
        raise DesignError(
            f"the {family.name} model has a probability for each class, so no single value of "
            f"{name!r} answers; expected a model of two classes; read the value off curve({name!r})"
        )
    check_variable(design, name)
    own = design.columns[name][posterior.model.frequencies > 0.0]
    if not is_measured(design, name):
        raise DesignError(
            f"{name!r} is not a number, so no value of it can be solved for; expected a numeric "
            f"predictor; compare its levels with curve({name!r})"
        )
    weights = column_weights(posterior)[0]
    low, high = float(own.min()), float(own.max())
    high = high if high > low else low + 1.0

    def line_at(values: np.ndarray) -> np.ndarray:
        """Return the linear predictor at values of the predictor, (values, draws)."""
        X, total = curve_rows(posterior, name, values, at, offset).rows.coded(design)
        line: np.ndarray = X @ weights
        return line if total is None else line + total[:, None]

    for scale in _scales(low, high, line_at):
        ends = scale.to(np.array([low, high]))
        places = ends[0] + (ends[1] - ends[0]) * _PLACES
        # There and back may round to outside of the ends, where some terms are not known.
        line = line_at(np.clip(scale.back(places), low, high))
        chord = line[0] + (line[-1] - line[0]) * _PLACES[:, None]
        if np.max(np.abs(line - chord)) <= _STRAIGHT * max(1.0, float(np.max(np.abs(line)))):
            break
    else:
        raise DesignError(
            f"{name!r} does not enter the linear predictor as a straight line, nor by its log, "
            f"sqrt, exp, square or reciprocal alone (the formula is {design.formula!r}), so its "
            f"inverse is not one number; expected one such term; read the value off curve({name!r})"
        )
    rise = line[-1] - line[0]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        solution = scale.back(ends[0] + (eta - line[0]) * ((ends[1] - ends[0]) / rise))
    positive = float(np.mean(rise > 0))
    lower, upper = settings.names
    result: dict[str, Any] = {"median": float(np.median(solution))}
    if theta.shape[1] == 1:
        return result | {"p_slope_positive": np.nan, "bounded": bool(np.isfinite(solution[0]))}
    bounded = min(positive, 1 - positive) <= (1 - settings.prob) / 2
    result |= {lower: -np.inf, upper: np.inf}
    if bounded:
        # Draws without an answer are sorted to its side, so that only bounds there are infinite.
        limit = 1e300
        bounds = settings.bounds(np.clip(solution, -limit, limit)[None])
        ends_of = [float(v[0]) for v in bounds]
        result |= dict(
            zip(
                (lower, upper),
                [v if abs(v) < 1e-3 * limit else np.copysign(np.inf, v) for v in ends_of],
                strict=True,
            )
        )
        bounded = bool(np.isfinite([result[lower], result[upper]]).all())
    return result | {"p_slope_positive": positive, "bounded": bool(bounded)}


def _scales(
    low: float, high: float, line_at: Callable[[np.ndarray], np.ndarray]
) -> Iterator[_Scale]:
    """Yield functions by which a predictor with such ends may enter."""
    yield _IDENTITY
    if low > 0.0:
        yield _log_of(0.0)
    if low >= 0.0:
        yield _SQUARE_ROOT
        yield _SQUARE
    if low > 0.0:
        yield _RECIPROCAL
    if max(abs(low), abs(high)) < 700.0:
        yield _EXPONENTIAL
    shift = _shift(low, high, line_at)
    if shift is not None:
        yield _log_of(shift)


def _shift(low: float, high: float, line_at: Callable[[np.ndarray], np.ndarray]) -> float | None:
    """Return the number in ``log(x + number)`` that bends a line as this one is bent, or None.

    The bend is how far the line has come half-way between the ends: the later, the larger the
    number.
    """
    from scipy.optimize import brentq

    line = line_at(np.array([low, 0.5 * (low + high), high]))
    steepest = int(np.argmax(np.abs(line[2] - line[0])))
    start, middle, end = line[:, steepest]
    if end == start:
        return None
    share = (middle - start) / (end - start)
    half = 0.5 * (high - low)

    def bend(log_distance: float) -> float:
        """Of a number that is this far above minus the lower end."""
        distance = np.exp(log_distance)
        return float(np.log1p(half / distance) / np.log1p(2.0 * half / distance) - share)

    ends = np.log(half) + np.array([-20.0, 12.0])
    if not bend(ends[0]) > 0.0 > bend(ends[1]):
        return None
    found = np.exp(brentq(bend, *ends, xtol=1e-15, rtol=1e-15, maxiter=200)) - low
    # Numbers that people write have few digits; the root has lost some.
    near = float(f"{found:.6g}")
    return near if abs(near - found) <= 1e-6 * max(abs(found), half) else float(found)
