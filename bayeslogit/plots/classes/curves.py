"""The probabilities of several classes along one predictor: lines, stacked areas, sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.answers.prediction.class_quantities import Quantity, quantity_of
from bayeslogit.answers.prediction.profile_rows import is_measured
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.plots import style
from bayeslogit.plots.classes.artists import Picture
from bayeslogit.plots.options import Legended
from bayeslogit.plots.profile import POINTS, Profile
from bayeslogit.response import Response
from bayeslogit.response.base import class_counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["KINDS", "check_picture", "class_curve"]

KINDS = ("lines", "stack", "cumulative", "exceedance", "simplex")
FEW_CLASSES = 4  # up to so many, observed shares are drawn unless told otherwise


def check_picture(kind: str, response: Response, options: Mapping[str, Any]) -> None:
    """Refuse a kind of curve that does not fit the outcome, or what only fits the other.

    Parameters
    ----------
    kind : str
    response : Response
    options : mapping
        ``mark`` and ``probability``, which only one event has.

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
    along: Profile,
    kind: str,
    data: bool | None,
    weights: np.ndarray | None,
    options: Legended,
) -> Axes:
    """Draw the class probabilities along one predictor.

    Parameters
    ----------
    along : Profile
    kind : {"lines", "stack", "cumulative", "exceedance"}
        P(Y = k) as lines or stacked areas; of ordered classes P(Y <= k) or P(Y >= k).
    data : bool, optional
        Whether to draw observed shares; by default for up to four classes.
    weights : ndarray of shape (obs,), optional
        How often each row counts.
    options : Legended

    Raises
    ------
    DesignError
        If sums over classes are asked for that have no order.
    """
    design, response, prob = along.design, along.posterior.model.response, along.prob
    quantity = quantity_of("probability" if kind in ("lines", "stack") else kind, response)
    data = len(response.classes) <= FEW_CLASSES if data is None else data
    numeric = is_measured(design, along.name)
    counts = class_counts(response.y, len(response.classes), response.trials)
    counts = counts if weights is None else counts * weights[:, None]
    levels = [] if numeric else design.levels(along.name)
    values: Any = _grid(along) if numeric else levels
    drawn = Quantity("cumulative", response.classes[:-1]) if kind == "stack" else quantity
    # Bands and borders have one interval, bars have two.
    found = [along.of_classes(values, p, drawn.of) for p in (prob, style.INNER)[: 2 - numeric]]
    ax = style.axes(
        options.get("ax"), (7.6, 4.2) if numeric else (max(6.0, 2.8 + 1.1 * len(levels)), 4.2)
    )
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
    note = options.get("note", along.posterior.caveat)
    words = style.notes(along.held, "at the posterior mode" if along.point else "", note)
    style.title(ax, f"P({response.name} {end}) by {along.name}", words)
    if options.get("legend", True):
        by_height = numeric and kind != "stack"
        handles, labels = shown.legend(by_height=by_height, reverse=kind == "stack")
        style.legend_beside(ax, handles, labels, response.name)
    return ax


def _grid(along: Profile) -> np.ndarray:
    low, high = along.ends
    return np.linspace(low, high, POINTS) if high > low else np.array([low])


def _name_levels(ax: Axes, along: Profile, levels: Sequence[Any], counts: np.ndarray) -> None:
    code = np.array([levels.index(value) for value in along.values.tolist()])
    number = np.bincount(code, counts.sum(axis=1), len(levels))
    names = [f"{level}\nn = {c:.6g}" for level, c in zip(levels, number, strict=True)]
    ax.set_xticks(np.arange(len(levels)), names)
    ax.set_xlim(-0.6, len(levels) - 0.4)
