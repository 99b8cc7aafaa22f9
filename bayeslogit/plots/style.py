"""What the pictures share: colours, axes, numbers in words.

The two colours differ in lightness as well as in hue (they are from the set of Okabe and Ito,
https://jfly.uni-koeln.de/color), and what must be told apart differs in shape or dash too, so
that pictures can be read in grey. On a dark background, such as that of matplotlib's style
``dark_background``, they are lighter.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import DesignError
from bayeslogit.response import Response
from bayeslogit.response.wording import outcome_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "BAR",
    "DATA",
    "EDGE",
    "GRID",
    "INK",
    "MARK",
    "MODEL",
    "NOTE",
    "PAPER",
    "SHADE",
    "Look",
    "axes",
    "band",
    "event",
    "interval_label",
    "legend_beside",
    "looks",
    "notes",
    "on_dark",
    "prob_text",
    "scale",
    "spread_out",
    "tidy",
    "title",
    "unit",
    "whole_numbers",
]

# What the names below stand for where the background is light, and where it is dark.
MODEL: str  # what the model says
MARK: str  # marked values
DATA: str  # what was observed
NOTE: str  # lines and words that help to read
PAPER: str  # the background, to cover what lies below
INK: str  # what is darkest on light paper, and lightest on dark paper
GRID: str
SHADE: str  # a part of the background that is set apart
BAR: str
EDGE: str  # of bars
_COLOURS_OF = {
    "MODEL": ("#0072B2", "#56B4E9"),
    "MARK": ("#D55E00", "#F0A03C"),
    "DATA": ("#333333", "#DDDDDD"),
    "NOTE": ("#595959", "#B5B5B5"),
    "INK": ("black", "white"),
    "GRID": ("#DDDDDD", "#4A4A4A"),
    "SHADE": ("#F2F2F2", "#2A2A2A"),
    "BAR": ("#D9D9D9", "#5A5A5A"),
    "EDGE": ("#777777", "#9A9A9A"),
}
INNER = 0.5  # probability of the inner band or thick bar

# Of several classes; the numbers of each have no common factor, so no two of 63 look alike.
_CLASSES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#444444")
_CLASSES_ON_DARK = ("#56B4E9", "#F0A03C", "#2FC59A", "#E79CC4", "#3E8FD0", "#F0E442", "#BBBBBB")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "h")
_DASHES = ("-", "--", "-.", ":", (0, (6, 1.5, 1, 1.5, 1, 1.5)))
_HATCHES = ("", "///", "...", "\\\\\\", "xx", "--", "++", "oo", "||")
# The part of the colour map that ordered classes take, on light paper and on dark.
_DARK, _LIGHT = (0.05, 0.82), (0.25, 1.0)


def on_dark() -> bool:
    """Return whether pictures have a dark background, by matplotlib's settings."""
    from matplotlib import rcParams
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(rcParams["axes.facecolor"])
    return bool(0.299 * red + 0.587 * green + 0.114 * blue < 0.5)


def __getattr__(name: str) -> str:
    """Return the colour of a name, as the background of pictures is now."""
    if name == "PAPER":
        from matplotlib import rcParams

        return str(rcParams["axes.facecolor"])
    if name not in _COLOURS_OF:
        raise AttributeError(name)
    light, dark = _COLOURS_OF[name]
    return dark if on_dark() else light


@dataclass(frozen=True)
class Look:
    """How one of several classes is drawn, so that it is known in grey as well."""

    colour: str
    marker: str
    dash: Any
    hatch: str


def looks(number: int, *, ordered: bool) -> list[Look]:
    """Return a look for each of several classes.

    Parameters
    ----------
    number : int
        Classes, at least one.
    ordered : bool
        Colours run from dark to light; else they are as different as they can be.
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    if ordered:
        places = np.linspace(*(_LIGHT if on_dark() else _DARK), number)
        colours = [to_hex(colormaps["viridis"](place)) for place in places]
    else:
        known = _CLASSES_ON_DARK if on_dark() else _CLASSES
        colours = [known[i % len(known)] for i in range(number)]
    return [
        Look(
            colour,
            _MARKERS[i % len(_MARKERS)],
            _DASHES[i % len(_DASHES)],
            _HATCHES[i % len(_HATCHES)],
        )
        for i, colour in enumerate(colours)
    ]


def axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    """Return the Axes given, or those of a new figure of ``size`` inches.

    Parameters
    ----------
    ax : matplotlib Axes or None
    size : (float, float)
        Width and height of a new figure, in inches.

    Raises
    ------
    DesignError
        If ``ax`` is something else.
    """
    from matplotlib.axes import Axes

    if ax is None:
        import matplotlib.pyplot as plt

        return plt.subplots(figsize=size, layout="constrained")[1]
    if not isinstance(ax, Axes):
        raise DesignError(
            f"ax is a {type(ax).__name__}; expected one matplotlib Axes; pass one of those that "
            "plt.subplots() returns, or leave ax out"
        )
    return ax


def tidy(ax: Axes) -> None:
    """Leave out the frame where it carries no scale."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(color=__getattr__("NOTE"))


def band(
    ax: Axes,
    x: Any,
    lower: Any,
    upper: Any,
    label: str | None = None,
    *,
    color: str | None = None,
    alpha: float = 0.22,
    **options: Any,
) -> None:
    """Fill between two bounds along ``x``, without an edge.

    Parameters
    ----------
    ax : matplotlib Axes
    x, lower, upper : array-like, shape (points,)
    label : str, optional
        Its name in the legend.
    color : str, optional
        By default that of the model.
    alpha : float
        Opacity, between 0 and 1.
    **options
        Passed on to ``fill_between``.
    """
    color = color or __getattr__("MODEL")
    ax.fill_between(x, lower, upper, color=color, alpha=alpha, linewidth=0, label=label, **options)


def title(ax: Axes, text: str, note: str = "") -> None:
    """Set a short title, and what must be known to read the picture in small letters below.

    Parameters
    ----------
    ax : matplotlib Axes
    text : str
    note : str
        Wrapped to the width of the picture, in at most three lines.
    """
    figure = ax.get_figure(root=True)
    inches = ax.get_position().width * (figure.get_figwidth() if figure is not None else 6.0)
    lines = textwrap.wrap(note, max(30, int(14 * inches)), max_lines=3, placeholder=" ...")
    ax.set_title("\n".join([text, *[""] * len(lines)]), loc="left", fontsize="medium")
    if not lines:
        return
    small = ax.annotate(
        "\n".join(lines),
        (0, 1),
        (0, 4),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize="small",
        color=__getattr__("NOTE"),
        va="bottom",
    )
    # The empty lines of the title keep its place; a long one must not narrow the picture.
    small.set_in_layout(False)
    small.set_gid("note")


def event(response: Response) -> str:
    """Return what the probability is of, as it stands in labels: ``passed = 1``."""
    return response.name if response.kind == "counts" else outcome_in_words(response)


def unit(link: str) -> str:
    """Return what coefficients are in.

    Parameters and result are text for labels.
    """
    named = {"logit": "log-odds", "log": "log risk", "identity": "risk"}
    return named.get(link, f"units of the linear predictor ({link})")


def whole_numbers(ax: Axes) -> None:
    """Label the horizontal axis by whole numbers."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def prob_text(value: float) -> str:
    """Return a probability in two decimals, or in three near 0 and 1, never as exactly these."""
    if 0.01 <= value <= 0.99:
        return f"{value:.2f}"
    if value < 0.001:
        return "<0.001"
    return ">0.999" if value > 0.999 else f"{value:.3f}"


def notes(*parts: str) -> str:
    """Join what is to be said below a title."""
    return "; ".join(part for part in parts if part)


def interval_label(prob: float, kind: str) -> str:
    """Name an interval: ``89 % interval``, with ``highest density`` where it is one.

    Parameters
    ----------
    prob : float
        Between 0 and 1.
    kind : {"eti", "hdi"}
    """
    words = "interval" if kind == "eti" else "highest-density interval"
    return f"{100 * prob:.4g} % {words}"


def spread_out(n: int, seed: int = 0) -> np.ndarray:
    """Return ``n`` numbers between 0 and 1 that are the same every time, for jitter.

    Parameters
    ----------
    n : int
    seed : int
    """
    return np.random.default_rng(seed).random(n)


def scale(ax: Axes, highest: float) -> float:
    """Scale the axis from 0 to 1, or less far where all is low; return where it ends.

    Parameters
    ----------
    ax : matplotlib Axes
    highest : float
        The highest probability to be drawn.
    """
    top = 1.0 if highest > 0.4 else float(1.4 * highest)
    ax.set_ylim(-0.08 * top, 1.08 * top)
    if top == 1.0:
        ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    return top


def legend_beside(ax: Axes, handles: Sequence[Any], labels: Sequence[str], title: str = "") -> None:
    """Put a legend of several classes at the right of the picture, if room is kept for it there.

    A figure with a layout of its own, as ours have, makes room; elsewhere the legend would lie
    on the next picture, and goes where it hides least of this one.

    Parameters
    ----------
    ax : matplotlib Axes
    handles : sequence of matplotlib artists
    labels : sequence of str
    title : str
    """
    figure = ax.get_figure(root=True)
    room = figure is not None and figure.get_layout_engine() is not None
    place = {"loc": "center left", "bbox_to_anchor": (1.01, 0.5)} if room else {"loc": "best"}
    ax.legend(
        handles,
        labels,
        title=title or None,
        alignment="left",
        frameon=not room,
        fontsize="small",
        handlelength=2.6,
        **place,
    )
