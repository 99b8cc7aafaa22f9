"""The probabilities of several classes along one predictor: lines, stacked areas, sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.prediction.class_quantities import Quantity, quantity_of
from bayeslogit.answers.prediction.curves import is_measured
from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.families import Family
from bayeslogit.numerics.intervals import interval_settings
from bayeslogit.plots import style
from bayeslogit.plots.classes.artists import Picture
from bayeslogit.plots.curves import POINTS, chosen
from bayeslogit.plots.profile import Profile
from bayeslogit.response import Response
from bayeslogit.specification.density import class_counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["KINDS", "check_picture", "class_curve"]

KINDS = ("lines", "stack", "cumulative", "exceedance", "simplex")
FEW_CLASSES = 4  # up to so many, observed shares are drawn unless told otherwise


def check_picture(kind: str, response: Response, options: Mapping[str, Any]) -> None:
    """Refuse a kind of curve that does not fit the outcome, or what only fits the other.

    Raises
    ------
    DesignError
    """
    if kind not in KINDS:
        raise DesignError(
            f"kind={kind!r} is not a kind of curve; expected one of {listing(KINDS)}; choose one "
            "of them." + nearest(kind, KINDS)
        )
    if len(response.classes) == 2:
        if kind != "lines":
            raise DesignError(
                f"kind={kind!r} is a picture of several classes, and {response.name!r} has one "
                "event; expected a multinomial or ordinal model; leave kind out"
            )
        return
    for name in ("mark", "probability"):
        if options.get(name) is not None:
            raise DesignError(
                f"{name}={options[name]!r} marks the curve of one event, and {response.name!r} "
                f"has {len(response.classes)} classes; expected a model of two classes; leave it "
                "out, and read values off curve()"
            )


def class_curve(
    design: Design,
    response: Response,
    family: Family,
    theta: np.ndarray,
    name: str | None = None,
    *,
    kind: str = "lines",
    basis: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    at: Mapping[str, Any] | None = None,
    offset: float = 0.0,
    data: bool | None = None,
    legend: bool = True,
    note: str = "",
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what a model of several classes says along one predictor.

    Lines are posterior means, each with the band that holds ``ci_prob`` of its posterior.
    Stacked areas are the posterior means of all classes, from the first at the bottom to the
    last on top; dotted lines beside the borders hold ``ci_prob`` of each border's posterior.
    Levels of a category are points with bars, or stacked bars. Observed shares are of bins of
    about equal numbers of cases, or of levels; where the model has other predictors, the model
    holds them fixed and the data do not.

    Parameters
    ----------
    design, response, family
        Parts of a model for several classes.
    theta : ndarray, shape (coefficients, draws)
        Draws of the coefficients.
    name : str, optional
        The predictor; by default the only one, or the only one that is a number.
    kind : {"lines", "stack", "cumulative", "exceedance"}
        P(Y = k) as lines or stacked areas; of ordered classes P(Y <= k) or P(Y >= k).
    basis : ndarray, shape (predictors x columns, coefficients), optional
        How coefficients make linear predictors.
    weights : ndarray of shape (obs,), optional
        How often each row counts.
    at : mapping, optional
        Values of other predictors; by default their mean, or most frequent level.
    offset : float
        Added to the linear predictor.
    data : bool, optional
        Whether to draw observed shares; by default for up to four classes.
    legend : bool
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
        If there is no such predictor, no single one to choose, or sums over classes are asked
        for that have no order.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> data = bl.load_dataset("housing")
    >>> model = bl.multinomial("satisfaction ~ influence", data, weights="frequency")
    >>> fit = model.fit("laplace", random_seed=1)
    >>> fit.plot_curve("influence", kind="stack").get_ylabel()
    'probability of satisfaction = k'
    """
    check_picture(kind, response, {})
    quantity = quantity_of("probability" if kind in ("lines", "stack") else kind, response)
    prob, interval_kind = interval_settings(ci_prob, ci_kind)
    along = Profile(
        design, family, theta, chosen(design, name), at, offset, prob, interval_kind, basis
    )
    data = len(response.classes) <= FEW_CLASSES if data is None else data
    numeric = is_measured(design, along.name)
    counts = class_counts(response.y, len(response.classes), response.trials)
    counts = counts if weights is None else counts * weights[:, None]
    levels = [] if numeric else design.levels(along.name)
    values: Any = _grid(along) if numeric else levels
    drawn = Quantity("cumulative", response.classes[:-1]) if kind == "stack" else quantity
    # Bands and borders have one interval, bars have two.
    found = [along.of_classes(values, p, drawn.of) for p in (prob, style.INNER)[: 2 - numeric]]
    ax = style.axes(ax, (7.6, 4.2) if numeric else (max(6.0, 2.8 + 1.1 * len(levels)), 4.2))
    shown = Picture(ax, along, response, quantity, found, counts if data else None)
    if numeric:
        shown.areas(values) if kind == "stack" else shown.lines(values)
    else:
        shown.bars(levels) if kind == "stack" else shown.points(levels)
        _name_levels(ax, along, levels, counts)
    ax.set_xlabel(along.name)
    end = {"cumulative": "at most k", "exceedance": "at least k"}.get(kind, "= k")
    ax.set_ylabel(f"probability of {response.name} {end}")
    style.tidy(ax)
    words = style.notes(along.held, "at the posterior mode" if along.point else "", note)
    style.title(ax, f"P({response.name} {end}) by {along.name}", words)
    if legend:
        by_height = numeric and kind != "stack"
        handles, labels = shown.legend(by_height=by_height, reverse=kind == "stack")
        style.legend_beside(ax, handles, labels, response.name)
    return ax


def _grid(along: Profile) -> np.ndarray:
    low, high = float(along.values.min()), float(along.values.max())
    return np.linspace(low, high, POINTS) if high > low else np.array([low])


def _name_levels(ax: Axes, along: Profile, levels: Sequence[Any], counts: np.ndarray) -> None:
    code = np.array([levels.index(value) for value in along.values.tolist()])
    number = np.bincount(code, counts.sum(axis=1), len(levels))
    names = [f"{level}\nn = {c:.6g}" for level, c in zip(levels, number, strict=True)]
    ax.set_xticks(np.arange(len(levels)), names)
    ax.set_xlim(-0.6, len(levels) - 0.4)
