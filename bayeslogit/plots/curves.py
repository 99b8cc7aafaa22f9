"""The probability of the event along one predictor, with the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit.answers.prediction.curve import curve
from bayeslogit.answers.prediction.inverse import inverse_prediction
from bayeslogit.answers.prediction.profile_rows import is_measured, with_groups
from bayeslogit.errors import DesignError
from bayeslogit.families import LINKS
from bayeslogit.numerics.intervals import check_probability
from bayeslogit.plots import style
from bayeslogit.plots.annotations import draw_marks, draw_solved
from bayeslogit.plots.classes.curves import check_picture, class_curve
from bayeslogit.plots.classes.triangle import simplex_along
from bayeslogit.plots.grouped_curves import curves_by, facets
from bayeslogit.plots.literal import literal
from bayeslogit.plots.observed import draw_rows, draw_shares, totals
from bayeslogit.plots.options import Grouped, Legended, settings_of
from bayeslogit.plots.profile import POINTS, Profile, Summary
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.response import Response

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_curve"]


@literal
def plot_curve(
    posterior: Posterior,
    name: str | None = None,
    *,
    kind: str = "lines",
    at: Mapping[str, Any] | None = None,
    offset: float | None = None,
    mark: float | Sequence[float] | None = None,
    probability: float | None = None,
    data: bool | None = None,
    **options: Unpack[Grouped],
) -> Axes:
    """Draw the probability curve with bands and data, or those of several classes.

    The line is the posterior mean of the probability; the bands hold 50 % and ``ci_prob`` of
    its posterior at each value. A point estimate has a line only. Levels of a category are
    points with bars. The data are single rows (moved a little up or down so that equal ones can
    be told apart), or, where there are many, and for counts, observed shares whose area is the
    number of rows or trials behind them. Where the model has other predictors, the curve holds
    them fixed and the data do not.

    Of several classes each line has the band that holds ``ci_prob`` of its posterior. Stacked
    areas are the posterior means of all classes, from the first at the bottom to the last on top;
    dotted lines beside the borders hold ``ci_prob`` of each border's posterior.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    name : str, optional
        The predictor; by default the only one, or the only one that is a number.
    kind : {"lines", "stack", "cumulative", "exceedance", "simplex"}
        Of several classes: P(Y = k) as lines or stacked areas; of ordered ones P(Y <= k) or
        P(Y >= k); of three the way through a triangle.
    at : mapping, optional
        Values of other predictors, one each; by default they are held at the mean row (see
        :func:`predictions`).
    offset : float, optional
        Added to the linear predictor; by default the mean offset of the fitted rows, where the
        model has one.
    mark : float or sequence of float, optional
        Values of the predictor at which probability and interval are written (one event).
    probability : float, optional
        A probability, in (0, 1), for which the value of the predictor is written (one event).
    data : bool, optional
        Whether to draw the data; by default for one event and for up to four classes. Of a
        population the rows of the sample are left out unless this is True; they are then weighed
        as the population has them.
    **options
        ``by=``: a curve for each level of a category, or at the quartiles of a number, with
        ``hypothesis=`` contrasts of them; ``facet=``: a picture for each. ``groups=`` as in
        :func:`curve` (a typical one by default), ``ax=``, ``note=`` (below the title),
        ``legend=``, ``ci_prob=``, ``ci_kind=``.

    Returns
    -------
    matplotlib.axes.Axes
        Of several pictures the first; ``figure.axes`` has all.

    Raises
    ------
    DesignError
        If there is no such predictor, no single one to choose, or an argument does not fit.

    See Also
    --------
    curve : The numbers.
    solve : The value that reaches a probability.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> ax = fit.plot_curve("hours", mark=3.0, probability=0.9)
    >>> ax.get_ylabel()
    'probability of passed = 1'
    """
    posterior.warn_of_risks("predicted risks")
    response = posterior.model.response
    settings = settings_of(options, Grouped)
    check_picture(kind, response, {"mark": mark, "probability": probability})
    along = Profile(posterior, name, at, offset, settings, options.get("groups"))
    facet, by = options.pop("facet", None), options.get("by")
    if facet is not None:

        def draw(**own: Any) -> Axes:
            shown: dict[str, Any] = {"mark": mark, "probability": probability, "data": data}
            shown |= {"kind": kind, "offset": offset, "data": bool(data)} | options | own
            return plot_curve(posterior, along.name, **shown)

        return facets(along, at or {}, facet, draw, options.pop("ax", None))
    if by is not None:
        refuse_beside("by", kind=None if kind == "lines" else kind, mark=mark)
        refuse_beside("by", probability=probability, data=data)
        return curves_by(along, with_groups(posterior, along.name, at, by), options, curve)
    if options.get("hypothesis") is not None:
        raise DesignError(
            "hypothesis= is given without by=, and compares the curves of groups; expected by= "
            "with it; name the groups"
        )
    if kind == "simplex":
        return simplex_along(along, options)
    if posterior.population is not None:
        data = bool(data)
    weights = (posterior if data else posterior.sample).model.weights
    if posterior.several:
        return class_curve(along, kind, data, weights, options)
    solved = None
    if probability is not None:
        probability = check_probability("probability", probability)
        eta = float(LINKS[posterior.model.family.link].inverse(np.array(probability)))
        if along.posterior.nodes is not None:
            raise DesignError(
                "probability= is given with groups='average', and the mean over groups has no "
                "inverse prediction; expected one of the two; leave one out, or use "
                "groups='typical'"
            )
        solved = inverse_prediction(along.posterior, along.name, eta, at, offset, settings)
    wanted = _Wanted(mark, probability, solved, data is not False)
    return _event_curve(along, wanted, weights, options)


def refuse_beside(option: str, **given: Any) -> None:
    """Refuse what a picture of several groups does not show.

    Parameters
    ----------
    option : str
        The option that asks for groups.
    **given
        Options that are None where they were not given.

    Raises
    ------
    DesignError
    """
    for name, value in given.items():
        if value is not None:
            raise DesignError(
                f"{name}={value!r} is given with {option}=, whose picture has curves and bands "
                f"alone; expected one of the two; leave one out, or draw facet= with {name}="
            )


@dataclass(frozen=True)
class _Wanted:
    """What is drawn beside the curve of one event."""

    mark: Any
    probability: float | None
    solved: Mapping[str, Any] | None
    data: bool


def _event_curve(
    along: Profile, wanted: _Wanted, weights: np.ndarray | None, options: Legended
) -> Axes:
    """Draw the probability of one event along a predictor."""
    design, response = along.design, along.posterior.model.response
    probability, solved, data, prob = wanted.probability, wanted.solved, wanted.data, along.prob
    ax = options.get("ax")
    numeric = is_measured(design, along.name)
    marks = _numbers(wanted.mark, along.name, numeric)
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
    note = options.get("note", along.posterior.caveat)
    style.title(ax, f"P({style.event(response)}) by {along.name}", style.notes(along.held, note))
    if options.get("legend", True):
        _legend(ax, along, numeric)
    return ax


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
    low, high = min([along.ends[0], *marks]), max([along.ends[1], *marks])
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
        markerfacecolor=style.PAPER,
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
