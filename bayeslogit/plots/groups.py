"""Groups from the highest to the lowest: what was observed, and what is estimated of each."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit.answers.prediction.averaging import averages
from bayeslogit.answers.prediction.changes import Scenario
from bayeslogit.answers.summaries.group_effects import effect_draws, scale_of
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.families import LINKS
from bayeslogit.numerics.intervals import Settings
from bayeslogit.plots import style
from bayeslogit.plots.literal import literal
from bayeslogit.plots.options import Figure, settings_of, what
from bayeslogit.posterior.group_views import as_seen
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.rows import fitted_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_groups"]

# Groups that are named one by one; of more, those at the ends.
_NAMED, _ENDS = 60, 5
_ARROWS = 500  # of more groups the observed shares are dots
_WRAP = 32  # characters in a line of a name
_SCALES = ("probability", "log_odds")


@literal
def plot_groups(
    posterior: Posterior,
    group: str | None = None,
    *,
    scale: str | None = None,
    effect: str | None = None,
    event: Any = None,
    **options: Unpack[Figure],
) -> Axes:
    """Draw the groups of a group-level term, the highest on top, with what was observed of each.

    An arrow leads from what was observed of a group to its estimate, which is drawn towards the
    other groups, and more so where the group has few cases.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    group : str, optional
        The grouping or term; may be left out if there is one.
    scale : {"probability", "log_odds"}, optional
        The mean probability over the rows of each group, between 0 and 1 (the default of two
        classes, or with ``event``), or its effect on the linear predictor.
    effect : str, optional
        For the second: which effect, by default the first.
    event : optional
        For the first: which of several classes.
    **options
        ``ax=``, ``note=`` (below the title), ``ci_prob=``, ``ci_kind=``.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If there is no such term, scale, effect or class.

    See Also
    --------
    group_effects : The numbers.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> data = {"y": [4, 9, 1, 6], "n": [10, 12, 11, 9], "ward": ["a", "b", "c", "d"]}
    >>> fit = bl.binomial("y ~ 1 + (1 | ward)", data, trials="n").fit("map")
    >>> [label.get_text() for label in fit.plot_groups().get_yticklabels()]
    ['b', 'd', 'a', 'c']
    """
    settings = settings_of(options)
    place, found = scale_of(posterior, group)
    if scale is None:
        plain = effect is None and (not posterior.several or event is not None)
        plain &= posterior.outcome.effects is None
        scale = "probability" if plain else "log_odds"
    if scale not in _SCALES:
        raise DesignError(
            f"scale={scale!r} is not known; expected one of {listing(_SCALES)}; choose one of them."
            + nearest(str(scale), _SCALES)
        )
    grouping = posterior.model.design.groups[place]
    raw: np.ndarray | None
    if scale == "probability":
        k = _class_of(posterior, event)
        draws, raw = _probabilities(posterior, place, k)
        middle, null = draws.mean(axis=1), None
        label = f"P({what(posterior, event)}), mean over the rows of a group"
    else:
        a = _effect_of(found.effects, effect)
        draws = effect_draws(posterior, found)[a]
        middle, null = draws.mean(axis=1), 0.0
        raw = _raw_effects(posterior, place) if found.effects == ("Intercept",) else None
        named = "" if found.effects == ("Intercept",) else f" on {found.effects[a]}"
        label = f"effect{named}, in {style.unit(posterior.model.family.link)}"
    cases = np.bincount(grouping.codes, posterior.model.counts.sum(axis=1), len(middle))
    order = np.flatnonzero(cases > 0.0)
    order = order[np.argsort(-middle[order], kind="stable")]
    names = [grouping.levels[j] for j in order]
    lines = [textwrap.wrap(name, _WRAP) or [name] for name in names]
    named_all = len(names) <= _NAMED
    pitch = 0.23 * max(map(len, lines)) if named_all else 0.0
    ax = style.axes(options.get("ax"), (6.4, 1.5 + pitch * len(names) if named_all else 8.0))
    _draw(ax, draws[order], middle[order], None if raw is None else raw[order], settings)
    if null is not None:
        ax.axvline(null, color=style.NOTE, linewidth=1, linestyle="--", zorder=1)
    _name(ax, ["\n".join(parts) for parts in lines], named_all, grouping.factor)
    ax.set_xlabel(label)
    words = "mean" if posterior.n_draws > 1 else posterior.outcome.label.partition(" (")[0]
    if posterior.n_draws > 1:
        words += f" with {style.interval_label(settings.prob, settings.kind)}"
    if raw is not None:
        words += "; arrows from the observed share" if len(names) <= _ARROWS else "; dots: observed"
        words += "" if scale == "probability" else " (triangles: of 0 or 1)"
    style.title(
        ax,
        f"{len(names)} groups of {grouping.factor}",
        style.notes(words, options.get("note", posterior.caveat)),
    )
    return ax


def _class_of(posterior: Posterior, event: Any) -> int:
    """Return the position of a class among those whose probabilities are reported."""
    if not posterior.several:
        return 0
    classes = [str(name) for name in posterior.classes]
    if str(event) not in classes:
        raise DesignError(
            f"event={event!r} is none of the classes; expected one of {listing(classes)} for "
            "probabilities of several classes; name one, or ask for scale='log_odds'"
        )
    return classes.index(str(event))


def _effect_of(effects: tuple[str, ...], effect: str | None) -> int:
    if effect is None:
        return 0
    if effect not in effects:
        raise DesignError(
            f"effect={effect!r} is none of the effects of a group; expected one of "
            f"{listing(effects)}; name one of them.{nearest(effect, effects)}"
        )
    return effects.index(effect)


def _probabilities(posterior: Posterior, place: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean probabilities over the rows of each group, (groups, draws), and the shares."""
    model, grouping = posterior.model, posterior.model.design.groups[place]
    J = len(grouping.levels)
    rows = fitted_rows(model)
    with np.errstate(invalid="ignore"):
        draws = averages(posterior, rows, [Scenario()], grouping.codes, J)[0, k]
        counts = model.counts[:, k if posterior.several else 1]
        cases = np.bincount(grouping.codes, model.counts.sum(axis=1), J)
        return draws, np.bincount(grouping.codes, counts, J) / cases


def _raw_effects(posterior: Posterior, place: int) -> np.ndarray | None:
    """Return by how much groups differ from a typical one in what was observed of them.

    On the scale of the linear predictor, infinite for shares of 0 and 1; None where there are
    several classes.
    """
    if posterior.several:
        return None
    shares = _probabilities(posterior, place, 0)[1]
    grouping = posterior.model.design.groups[place]
    typical = as_seen(posterior, "typical")
    rows, J = fitted_rows(typical.model), len(grouping.levels)
    link = LINKS[posterior.model.family.link]
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = averages(typical, rows, [Scenario()], grouping.codes, J)[0, 0].mean(axis=1)
        raw: np.ndarray = link.inverse(shares) - link.inverse(expected)
    return raw


def _draw(
    ax: Axes, draws: np.ndarray, middle: np.ndarray, raw: np.ndarray | None, settings: Settings
) -> None:
    """Draw intervals, estimates, and arrows from what was observed."""
    rows = np.arange(len(middle))
    small = len(rows) > _NAMED
    low, high = (middle, middle) if draws.shape[1] == 1 else settings.bounds(draws)
    ax.hlines(rows, low, high, color=style.MODEL, linewidth=0.8 if small else 1.6, zorder=2)
    size = 2.0 if small else 5.0
    ax.plot(
        middle, rows, "o", color=style.MODEL, markerfacecolor=style.PAPER, markersize=size, zorder=4
    )
    ax.set_ylim(len(rows) - 0.3, -0.7)
    if raw is None:
        return
    finite = np.isfinite(raw)
    ends = np.r_[raw[finite], low, high]
    pad = 0.06 * (np.ptp(ends) or 1.0)
    edge = np.clip(raw, ends.min() - pad, ends.max() + pad)
    if len(rows) > _ARROWS:
        ax.plot(edge, rows, ",", color=style.DATA, alpha=0.5, zorder=1.5)
        return
    # Below the interval, where an arrow over it would hide; thin where there are many.
    at = rows if small else rows + 0.28
    for seen, mark in ((finite, "|"), (raw == np.inf, ">"), (raw == -np.inf, "<")):
        wide = (3.0 if small else 6.0) if mark == "|" else size
        ax.plot(edge[seen], at[seen], mark, color=style.DATA, markersize=wide, zorder=3)
    ax.quiver(
        edge,
        at,
        middle - edge,
        np.zeros(len(rows)),
        angles="xy",
        scale_units="xy",
        scale=1.0,
        units="dots",
        color=style.DATA,
        alpha=0.75,
        minlength=0.0,
        zorder=2.5,
        width=0.7 if small else 1.2,
        headwidth=3.5,
        headlength=3.5,
        headaxislength=3.0,
    )


def _name(ax: Axes, names: list[str], every: bool, factor: str) -> None:
    """Name each group, or the ranks and those at the ends."""
    style.tidy(ax)
    if every:
        ax.set_yticks(range(len(names)), names)
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
    else:
        size = 10 ** int(np.log10(len(names) / 6))
        step = size * next(m for m in (1, 2, 5, 10) if m * size >= len(names) / 6)
        ticks = [1, *range(step, len(names) + 1, step)]
        ax.set_yticks([t - 1 for t in ticks], [str(t) for t in ticks])
        ax.set_ylabel(f"rank of the {factor}")
        for y, va, words, ends in (
            (1.0, "top", "highest", names[:_ENDS]),
            (0.0, "bottom", "lowest last", names[-_ENDS:]),
        ):
            ax.text(
                1.02,
                y,
                "\n".join([f"{words}:", *ends]),
                transform=ax.transAxes,
                va=va,
                fontsize="small",
                color=style.NOTE,
            )
    ax.grid(axis="x", color=style.GRID, linewidth=0.6)
    ax.set_axisbelow(True)
