"""Labels on a curve: the probability at a value, or the value for a probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.numerics.intervals import interval_names
from bayeslogit.plots import style
from bayeslogit.plots.profile import Profile
from bayeslogit.text import figures, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_marks", "draw_solved"]


# A text of three lines beside a dotted line, in shares of the axes.
_WIDE, _HIGH = 0.16, 0.17


def draw_marks(
    ax: Axes, along: Profile, marks: np.ndarray, top: float
) -> list[tuple[float, float]]:
    """Draw the probability at given values; return where texts below the curve begin.

    Parameters
    ----------
    ax : matplotlib Axes
    along : Profile
    marks : ndarray, shape (marks,)
        Values of the predictor, in its own unit.
    top : float
        Where the axis ends, in probability.
    """
    if not len(marks):
        return []
    taken = []
    means, lowers, uppers = along.at_values(marks, along.prob)
    for x, mean, lower, upper in zip(marks, means, lowers, uppers, strict=True):
        text = f"at {along.name} = {number(x)}\nP = {style.prob_text(mean)}"
        if not along.point:
            text += f"\n[{style.prob_text(lower)}, {style.prob_text(upper)}]"
            ax.plot([x, x], [lower, upper], color=style.MARK, linewidth=1.6, zorder=4)
        ax.plot([x], [mean], "o", color=style.MARK, markersize=6, zorder=5)
        _drop(ax, along, x, mean)
        if lower > 0.22 * top:
            _write(ax, along, text, x, lower - 0.03 * top, below=True)
            taken.append((float(x), float(lower - 0.03 * top)))
        else:
            _write(ax, along, text, x, upper + 0.03 * top, below=False)
    return taken


def draw_solved(
    ax: Axes,
    along: Profile,
    target: float,
    solved: Mapping[str, Any],
    top: float,
    taken: Sequence[tuple[float, float]],
) -> None:
    """Draw the value of the predictor at which the event has a given probability.

    The text stands beside the line to the axis; where that place is taken, at the end of the bar,
    below which the curve and its bands are not.

    Parameters
    ----------
    ax : matplotlib Axes
    along : Profile
    target : float
        The probability, between 0 and 1.
    solved : mapping
        One row of what ``solve`` returns: ``median``, bounds, ``bounded``; in the predictor's unit.
    top : float
        Where the axis ends, in probability.
    taken : sequence of (float, float)
        Places of texts below the curve: value of the predictor, probability.
    """
    median = solved["median"]
    low, high = along.ends
    reach = high - low or 1.0
    bounds = [] if along.point else [solved[n] for n in interval_names(along.prob, along.kind)]
    middle, *ends_text = figures(median, *(bounds if not along.point and solved["bounded"] else ()))
    text = f"P = {number(target)}\nat {along.name} = {middle}"
    # Far beyond the data the axis ends, and so do the bar and the point.
    left, right = low - 0.5 * reach, high + 0.5 * reach
    if not along.point:
        text += f"\n[{', '.join(ends_text)}]" if solved["bounded"] else "\n(unbounded)"
        ends = np.clip(bounds, left, right)
        ax.plot(ends, [target, target], color=style.MARK, linewidth=1.6, zorder=4)
    if left <= median <= right:
        ax.plot([median], [target], "D", color=style.MARK, markersize=5.5, zorder=5)
    place = float(np.clip(median, left, right))
    style.scale(ax, top)
    _drop(ax, along, place, target)
    start, end_of_axis = ax.get_xlim()
    wide = _WIDE * (end_of_axis - start)
    full = any(abs(x - place) < wide and abs(y - 0.2 * top) < _HIGH * top for x, y in taken)
    if target > 0.4 * top and full:
        end = place
        if not along.point and solved["bounded"]:
            end = float(ends[1] if along.rising else ends[0])
        _write(ax, along, text, end, target - 0.02 * top, below=True)
    elif target > 0.4 * top:
        _write(ax, along, text, place, 0.2 * top, below=True)
    else:
        _write(ax, along, text, place, target + 0.03 * top, below=False)


def _drop(ax: Axes, along: Profile, x: float, y: float) -> None:
    """Lead a dotted line to the axis of the predictor."""
    ax.plot([x, x], [-1, y], color=style.MARK, linewidth=0.9, linestyle=":", zorder=4)


def _write(ax: Axes, along: Profile, text: str, x: float, y: float, *, below: bool) -> None:
    """Write beside a line that leads to the axis, or above a point, where the curve is not."""
    rising = along.rising
    left, right = ax.get_xlim()
    share = (x - left) / (right - left)
    # At the ends of the axis there is room on one side only.
    above = "left" if share < 0.15 else "right" if share > 0.85 else "center"
    ax.annotate(
        text,
        (x, y),
        ((5 if rising else -5) if below else 0, 0),
        textcoords="offset points",
        ha=("left" if rising else "right") if below else above,
        va="top" if below else "bottom",
        fontsize="small",
        color=style.MARK,
        bbox={"facecolor": style.PAPER, "edgecolor": "none", "alpha": 0.7, "pad": 1.0},
        zorder=6,
    )
