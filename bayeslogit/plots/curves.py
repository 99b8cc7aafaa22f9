"""The probability of the event along one predictor, with the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.prediction.curves import is_measured
from bayeslogit.answers.prediction.inverse import inverse_prediction
from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.families import LINKS, Family
from bayeslogit.numerics.intervals import check_probability, interval_settings
from bayeslogit.plots import style
from bayeslogit.plots.annotations import draw_marks, draw_solved
from bayeslogit.plots.observed import draw_rows, draw_shares, totals
from bayeslogit.plots.profile import Profile, Summary
from bayeslogit.response import Response

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["check_one_event", "chosen", "curve"]

POINTS = 201


def curve(
    design: Design,
    response: Response,
    family: Family,
    theta: np.ndarray,
    name: str | None = None,
    *,
    basis: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    at: Mapping[str, Any] | None = None,
    offset: float = 0.0,
    mark: float | Sequence[float] | None = None,
    probability: float | None = None,
    data: bool = True,
    legend: bool = True,
    note: str = "",
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the probability of the event along one predictor, with bands and the data.

    The line is the posterior mean of the probability; the bands hold 50 % and ``ci_prob`` of
    its posterior at each value. A point estimate has a line only. Levels of a category are
    points with bars. The data are single rows (moved a little up or down so that equal ones can
    be told apart), or, where there are many, and for counts, observed shares whose area is the
    number of rows or trials behind them. Where the model has other predictors, the curve holds
    them fixed and the data do not.

    Parameters
    ----------
    design, response, family
        Parts of a model for one event.
    theta : ndarray, shape (coefficients, draws)
        Draws of the coefficients.
    name : str, optional
        The predictor; by default the only one, or the only one that is a number.
    basis : ndarray, shape (predictors x columns, coefficients), optional
        How coefficients make linear predictors, where each has not just its own column.
    weights : ndarray of shape (obs,), optional
        How often each row counts.
    at : mapping, optional
        Values of other predictors; by default their mean, or most frequent level.
    offset : float
        Added to the linear predictor.
    mark : float or sequence of float, optional
        Values of the predictor at which probability and interval are written.
    probability : float, optional
        A probability for which the value of the predictor, with interval, is written.
    data, legend : bool
        Whether to draw them.
    note : str
        Written below the title, such as the name of an approximation.
    ci_prob, ci_kind : optional
        Interval; by default ArviZ's ``rcParams``.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If there is no such predictor, no single one to choose, more than one event, or an
        argument does not fit.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> ax = fit.plot_curve("hours", mark=3.0, probability=0.9)
    >>> ax.get_ylabel()
    'probability of passed = 1'
    """
    check_one_event(response)
    prob, kind = interval_settings(ci_prob, ci_kind)
    along = Profile(design, family, theta, chosen(design, name), at, offset, prob, kind, basis)
    numeric = is_measured(design, along.name)
    marks = _numbers(mark, along.name, numeric)
    solved = None
    if probability is not None:
        probability = check_probability("probability", probability)
        eta = float(LINKS[family.link].inverse(np.array(probability)))
        solved = inverse_prediction(design, family, theta, along.name, eta, at, offset, prob, kind)
    total = totals(response, weights)
    if numeric:
        bands = _bands(along, marks)
        ax = style.axes(ax, (6.4, 4.2))
        highest = _draw_bands(ax, along, *bands)
        if data:
            highest = max(highest, draw_rows(ax, along, response, total).max(initial=0.0))
        top = style.scale(ax, highest)
        taken = draw_marks(ax, along, marks, top)
        if solved is not None and probability is not None:
            draw_solved(ax, along, probability, solved, max(top, probability), taken)
    else:
        levels = design.levels(along.name)
        bars = [along.at_values(levels, p) for p in (style.INNER, prob)]
        ax = style.axes(ax, (max(4.8, 1.2 + 0.9 * len(levels)), 4.2))
        _draw_levels(ax, along, levels, bars, response if data else None, total)
    ax.set_xlabel(along.name)
    ax.set_ylabel(f"probability of {style.event(response)}")
    style.tidy(ax)
    style.title(ax, f"P({style.event(response)}) by {along.name}", style.notes(along.held, note))
    if legend:
        _legend(ax, along, numeric)
    return ax


# ---- what to draw -------------------------------------------------------------------------


def check_one_event(response: Response) -> None:
    """Refuse an outcome of several classes.

    Raises
    ------
    DesignError
    """
    if response.kind not in ("binary", "counts"):
        raise DesignError(
            f"the outcome {response.name!r} has {len(response.classes)} classes "
            f"({listing(response.classes)}); expected one event, whose probability is drawn; see "
            "predict() for the probabilities of all classes"
        )


def chosen(design: Design, name: str | None) -> str:
    """Return the predictor to draw along: the one named, the only one, or the only number.

    Raises
    ------
    DesignError
        If there is no such predictor, or none that stands out.
    """
    columns = tuple(design.columns)
    if name is not None:
        if name not in columns:
            raise DesignError(
                f"{name!r} is not a predictor of this model; expected one of {listing(columns)}; "
                f"name one of them.{nearest(name, columns)}"
            )
        return name
    numbers = [c for c in columns if is_measured(design, c)]
    if len(columns) == 1:
        return columns[0]
    if len(numbers) == 1:
        return numbers[0]
    if not columns:
        raise DesignError(
            f"the formula {design.formula!r} has no predictor; expected one to draw the curve "
            "along; add one to the formula"
        )
    raise DesignError(
        f"the model has {len(columns)} predictors, {listing(columns)}, and none was chosen; "
        "expected the name of one; write for example "
        f"name={(numbers or columns)[0]!r} (on the command line --name)"
    )


def _numbers(mark: Any, name: str, numeric: bool) -> np.ndarray:
    """Return the values to mark as an array."""
    if mark is None:
        return np.empty(0)
    try:
        values = np.atleast_1d(np.asarray(mark, dtype=float))
    except (TypeError, ValueError):
        values = np.array([np.nan])
    if not numeric or values.ndim != 1 or not np.all(np.isfinite(values)):
        what = f"values of {name!r}" if numeric else f"no mark, because {name!r} is no number"
        raise DesignError(
            f"mark={mark!r} cannot be marked on the curve; expected finite numbers, {what}; "
            f"{'write for example mark=3.0' if numeric else 'leave it out'}"
        )
    return values


# ---- lines and bars -----------------------------------------------------------------------


def _bands(along: Profile, marks: np.ndarray) -> tuple[np.ndarray, Summary, Summary]:
    """Return a grid over data and marks, and the two bands on it."""
    low, high = min([along.values.min(), *marks]), max([along.values.max(), *marks])
    grid = np.linspace(float(low), float(high), POINTS) if high > low else np.array([float(low)])
    return grid, along.at_values(grid, style.INNER), along.at_values(grid, along.prob)


def _draw_bands(
    ax: Axes, along: Profile, grid: np.ndarray, inner: Summary, outer: Summary
) -> float:
    """Draw the mean, and the bands under it; return how high they reach."""
    mean = "at the posterior mode\n(a point estimate has no band)"
    ax.plot(
        grid,
        outer[0],
        color=style.MODEL,
        linewidth=2,
        label=mean if along.point else "posterior mean",
    )
    if not along.point:
        for alpha, p, (_, lower, upper) in ((0.35, style.INNER, inner), (0.18, along.prob, outer)):
            style.band(ax, grid, lower, upper, style.interval_label(p, along.kind), alpha=alpha)
    return float(outer[2].max())


def _draw_levels(
    ax: Axes,
    along: Profile,
    levels: Sequence[Any],
    bars: Sequence[Summary],
    response: Response | None,
    total: np.ndarray,
) -> None:
    """Draw a point with bars for each level, and the observed share beside it."""
    place = np.arange(len(levels))
    inner, outer = bars
    mean = "at the posterior mode\n(a point estimate has no bars)"
    ax.plot(
        place,
        outer[0],
        "o",
        color=style.MODEL,
        markersize=5,
        markerfacecolor="white",
        label=mean if along.point else "posterior mean",
        zorder=4,
    )
    if not along.point:
        for width, p, (_, lower, upper) in ((5.0, style.INNER, inner), (1.4, along.prob, outer)):
            label = style.interval_label(p, along.kind)
            ax.vlines(place, lower, upper, color=style.MODEL, linewidth=width, label=label)
    code = np.array([levels.index(value) for value in along.values.tolist()])
    highest = float(outer[2].max())
    if response is not None:
        shares = draw_shares(ax, along, code, len(levels), response, total)
        highest = max(highest, shares.max(initial=0.0))
    style.scale(ax, highest)
    count = np.bincount(code, total, len(levels))
    names = [f"{level}\nn = {c:.6g}" for level, c in zip(levels, count, strict=True)]
    ax.set_xticks(place, names)
    ax.set_xlim(-0.6, len(levels) - 0.4)


def _legend(ax: Axes, along: Profile, numeric: bool) -> None:
    """Put the legend where an S-curve leaves room: left if it rises, right if it falls."""
    place: dict[str, Any] = {"loc": "best"}
    if numeric and along.rising:
        place = {"loc": "upper left", "bbox_to_anchor": (0.01, 0.93)}
    elif numeric:
        place = {"loc": "upper right", "bbox_to_anchor": (0.99, 0.93)}
    ax.legend(frameon=False, fontsize="small", **place)
