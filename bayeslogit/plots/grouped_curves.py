"""Curves of several groups in one picture, their differences, and a picture for each group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.prediction.profile_rows import combined, is_measured, with_groups
from bayeslogit.errors import DesignError
from bayeslogit.plots import style
from bayeslogit.plots.options import Grouped, what
from bayeslogit.plots.profile import POINTS, Profile
from bayeslogit.text import number, value_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["curves_by", "facets"]

_MOST_LINES = 8
_MOST_PANELS = 16


def _short(value: Any) -> str:
    measured = isinstance(value, float | np.floating)
    return number(float(value)) if measured else value_text(value)


def curves_by(
    along: Profile, at: Mapping[str, Any], options: Grouped, curve: Callable[..., Any]
) -> Axes:
    """Draw a curve with its band for each group, or contrasts of the curves.

    Parameters
    ----------
    along : Profile
        The predictor that moves, and the interval.
    at : mapping
        Values of other predictors; those in ``by`` have several.
    options : Grouped
        ``by``, ``hypothesis``, and those of a picture.
    curve : callable
        The question whose answer is drawn.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If there are more than eight curves, or several classes.
    """
    posterior, name, design = along.posterior, along.name, along.design
    if posterior.several:
        raise DesignError(
            f"by={options.get('by')!r} is given for {len(posterior.classes)} classes, which have "
            "a line each already; expected facet= for them; write facet= in place of by="
        )
    contrast = options.get("hypothesis")
    numeric = is_measured(design, name)
    values: Any = design.levels(name)
    if numeric:
        values = np.unique(np.linspace(*along.ends, POINTS))
    interval: dict[str, Any] = {} if along.point else {"ci_prob": along.prob, "ci_kind": along.kind}
    table = curve(
        along.given,
        name,
        values,
        at=at,
        offset=along.offset,
        groups=options.get("groups"),
        hypothesis=contrast,
        **interval,
    )
    names = tables.columns_of(table)
    middle = next(names[n] for n in ("mean", "estimate") if n in names)
    bounds = [names[n] for n in names if n.endswith(("_lb", "_ub"))]
    own = [c for c in table.columns[1:] if c not in names.values()]
    own += [names["hypothesis"]] if contrast is not None else []
    labels = [
        ", ".join(
            value_text(row[c]) if c == names.get("hypothesis") else f"{c} = {_short(row[c])}"
            for c in own
        )
        for row in table.to_dict("records")
    ]
    lines = list(dict.fromkeys(labels))
    if len(lines) > _MOST_LINES:
        raise DesignError(
            f"there are {len(lines)} curves to draw; expected at most {_MOST_LINES} in one "
            "picture; draw some of them with at=, or a picture for each with facet="
        )
    ax = style.axes(options.get("ax"), (6.4, 4.2))
    place = values if numeric else np.arange(len(values), dtype=float)
    shift = (
        np.zeros(len(lines)) if numeric else 0.12 * (np.arange(len(lines)) - len(lines) / 2 + 0.5)
    )
    if contrast is not None:
        ax.axhline(0.0, color=style.NOTE, linewidth=1, linestyle="--", zorder=1)
    for label, look, moved in zip(
        lines, style.looks(len(lines), ordered=False), shift, strict=True
    ):
        part = table[[text == label for text in labels]]
        x, y = place + moved, part[middle].to_numpy()
        if numeric:
            ax.plot(x, y, color=look.colour, linestyle=look.dash, linewidth=2, label=label)
        else:
            ax.plot(x, y, look.marker, color=look.colour, markerfacecolor="white", label=label)
        if bounds:
            lower, upper = (part[bound].to_numpy() for bound in bounds)
            if numeric:
                ax.fill_between(x, lower, upper, color=look.colour, alpha=0.15, linewidth=0)
            else:
                ax.vlines(x, lower, upper, color=look.colour, linewidth=1.4)
    if not numeric:
        ax.set_xticks(place, [value_text(v) for v in values])
    outcome = what(posterior)
    if contrast is None:
        style.scale(ax, float(table[[middle, *bounds]].to_numpy().max()))
        ax.set_ylabel(f"probability of {outcome}")
    else:
        ax.set_ylabel(f"contrast of P({outcome})")
    ax.set_xlabel(name)
    style.tidy(ax)
    band = "" if along.point else f"mean with {style.interval_label(along.prob, along.kind)}"
    title = "Contrasts of curves" if contrast is not None else f"P({outcome}) by {name}"
    style.title(ax, title, style.notes(band, options.get("note", along.posterior.caveat)))
    if options.get("legend", True):
        ax.legend(frameon=False, fontsize="small", loc="best")
    return ax


def facets(
    along: Profile, at: Mapping[str, Any], facet: Any, draw: Callable[..., Axes], ax: Axes | None
) -> Axes:
    """Draw a picture for each group beside one another, on one scale.

    Parameters
    ----------
    along : Profile
    at : mapping
        Values of other predictors.
    facet : str or list of str
        Predictors whose levels have a picture each.
    draw : callable
        Takes ``at`` and ``ax`` by name, and draws one picture.
    ax : Axes or None
        None, because a figure of its own is needed.

    Returns
    -------
    matplotlib.axes.Axes
        The first; ``figure.axes`` has all.

    Raises
    ------
    DesignError
        If one Axes was given, or there are more than 16 pictures.
    """
    import matplotlib.pyplot as plt

    if ax is not None:
        raise DesignError(
            "facet= is given with ax=, and several pictures do not fit into one Axes; expected one "
            "of the two; leave one out"
        )
    every = combined(
        along.posterior, along.name, with_groups(along.posterior, along.name, {}, facet)
    )
    if len(every) > _MOST_PANELS:
        raise DesignError(
            f"facet={facet!r} has {len(every)} pictures; expected at most {_MOST_PANELS}; choose "
            "fewer groups with at= and by="
        )
    columns = min(len(every), 3)
    rows = -(-len(every) // columns)
    size = (1.2 + 3.6 * columns, 0.6 + 3.4 * rows)
    figure, grid = plt.subplots(
        rows, columns, figsize=size, layout="constrained", sharex=True, sharey=True, squeeze=False
    )
    panels = grid.ravel()
    for panel, (own, _) in zip(panels, every, strict=False):
        draw(at=dict(at) | own, ax=panel, legend=panel is panels[columns - 1])
        label = ", ".join(f"{name} = {_short(value)}" for name, value in own.items())
        whole = [panel.get_title(loc="left").split("\n")[0]]
        for old in [*panel.texts]:
            if old.get_gid() == "note":
                note = old.get_text().replace("\n", " ")
                for name, value in own.items():  # it is in the title of each
                    note = note.replace(f"at {name} = {_short(value)}, ", "at ")
                    note = note.replace(f"at {name} = {_short(value)}; ", "")
                    note = note.replace(f", {name} = {_short(value)}", "")
                whole.append(note)
                old.remove()
        if panel is panels[0]:
            figure.suptitle("\n".join(whole), x=0.01, ha="left", fontsize="medium")
        panel.set_title(label, loc="left", fontsize="medium")
        panel.label_outer()
    for panel in panels[len(every) :]:
        panel.set_visible(False)
    first: Axes = panels[0]
    return first
