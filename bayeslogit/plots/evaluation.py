"""Forecasts beside what happened: reliability, ROC, precision and recall, separation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.numerics.intervals import interval_names, interval_settings
from bayeslogit.plots import style
from bayeslogit.plots.ticks import whole_numbers

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["FORECASTS", "SPREADS", "calibration", "precision_recall", "roc", "separation"]

FORECASTS = {
    "in_sample": "rows forecast with themselves in the fit, which flatters",
    "loo": "each row forecast without itself",
    "new_data": "rows that were not fitted",
}
SPREADS = {
    "cases": "over samples of such cases",
    "draws": "over draws of the coefficients",
    "both": "over samples of cases and draws of the coefficients",
}
_NAMES = {"in_sample": "in-sample", "loo": "leave-one-out", "new_data": "new rows"}
_FEW = 60  # forecasts up to which each is a point of the reliability curve
_STRIPS = 400


def calibration(
    curve: pd.DataFrame,
    outcome: str,
    *,
    event: str | None = None,
    note: str = "",
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the reliability curve: observed shares against forecast probabilities.

    Parameters
    ----------
    curve : pandas.DataFrame
        Of :class:`bayeslogit.answers.evaluation.calibration.Calibration`.
    outcome : str
        What the probability is of.
    event : str, optional
        Of several classes, the one to draw.
    note : str
        Written below the title, such as the name of an approximation.
    ci_prob, ci_kind : optional
        As in the call that made the curve.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        The band is where the curve would lie if the forecasts were right; the bars below show
        where forecasts are.

    Raises
    ------
    DesignError
        If a class of several must be named.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_calibration().get_ylabel()
    'observed share of passed = 1'
    """
    prob, kind = interval_settings(ci_prob, ci_kind)
    if "class" in curve:
        classes = list(dict.fromkeys(curve["class"]))
        if event is None or str(event) not in classes:
            found = "none was named" if event is None else f"event={event!r} is not among them"
            raise DesignError(
                f"the outcome has the classes {listing(classes)} and {found}; expected one to "
                "draw; pass event=" + ("" if event is None else "." + nearest(event, classes))
            )
        curve = curve[curve["class"] == str(event)]
        outcome = f"{outcome} = {event}"
    ax = style.axes(ax, (5.4, 5.2))
    ax.plot([0, 1], [0, 1], color=style.NOTE, linewidth=1, linestyle="--", zorder=1)
    lower, upper = interval_names(prob, kind)
    names = list(dict.fromkeys(curve["forecast"]))
    last = curve[curve["forecast"] == names[-1]]
    style.band(
        ax,
        last["predicted"],
        last[lower],
        last[upper],
        f"if forecasts were right, {style.interval_label(prob, kind)}",
        color=style.NOTE,
        zorder=2,
    )
    for name in names:
        some = curve[curve["forecast"] == name]
        main = name == names[-1]
        ax.plot(
            some["predicted"],
            some["observed"],
            color=style.MODEL if main else style.DATA,
            linewidth=2.0 if main else 1.1,
            linestyle="-" if main else ":",
            marker="o" if main and len(some) <= _FEW else None,
            markersize=3.5,
            label=f"observed, {_NAMES[name]}",
            zorder=4 if main else 3,
        )
    height = 0.12 * last["cases"] / last["cases"].max()
    ax.vlines(last["predicted"], -0.14, -0.14 + height, color=style.DATA, linewidth=1.1)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.15, 1.03)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    ax.set_xlabel(f"forecast probability of {outcome}")
    ax.set_ylabel(f"observed share of {outcome}")
    ax.legend(frameon=False, fontsize="small", loc="lower right", bbox_to_anchor=(1.0, 0.12))
    style.tidy(ax)
    style.title(
        ax,
        "Reliability of the forecasts",
        style.notes(FORECASTS[names[-1]], "bars: where forecasts are", note),
    )
    return ax


def roc(
    table: pd.DataFrame,
    curves: pd.DataFrame,
    area: pd.DataFrame,
    outcome: str,
    *,
    note: str = "",
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the ROC curve as a fan of draws from its posterior, with a band.

    Parameters
    ----------
    table, curves, area : pandas.DataFrame
        Of :func:`bayeslogit.answers.evaluation.discrimination.roc`, ``curves`` and ``area``.
    outcome : str
        What the probability is of.
    note : str
        Written below the title, such as the name of an approximation.
    ci_prob, ci_kind : optional
        As in the calls that made the tables.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_roc().get_title(loc="left").split(chr(10))[0]
    'ROC curve'
    """
    ax = _fan(
        table,
        curves,
        ("false_positive_rate", "sensitivity"),
        ("false_positive_rate", "sensitivity"),
        (ci_prob, ci_kind),
        ax,
    )
    ax.plot([0, 1], [0, 1], color=style.NOTE, linewidth=1, linestyle="--", zorder=1)
    ax.set_xlabel(f"false positive rate (1 - specificity) for {outcome}")
    ax.set_ylabel("sensitivity (true positive rate)")
    _write_area(ax, "AUC", area.loc[["auc"]], (ci_prob, ci_kind))
    ax.legend(frameon=False, fontsize="small", loc="lower right", bbox_to_anchor=(1.0, 0.07))
    style.title(ax, "ROC curve", _words(table, note))
    return ax


def precision_recall(
    table: pd.DataFrame,
    curves: pd.DataFrame,
    area: pd.DataFrame,
    share: float,
    outcome: str,
    *,
    note: str = "",
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw precision against recall as a fan of draws from its posterior, with a band.

    Parameters
    ----------
    table, curves, area : pandas.DataFrame
        Of ``precision_recall``, ``curves`` and ``area`` of :mod:`bayeslogit.answers.evaluation`.
    share : float
        Share of events: the precision of a forecast that knows nothing.
    outcome, note, ci_prob, ci_kind, ax
        As in :func:`roc`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = _fan(
        table,
        curves,
        ("recall", "precision"),
        ("sensitivity", "precision"),
        (ci_prob, ci_kind),
        ax,
    )
    ax.axhline(share, color=style.NOTE, linewidth=1, linestyle="--", zorder=1)
    ax.set_xlabel(f"recall (sensitivity) for {outcome}")
    ax.set_ylabel("precision (share of forecasts that come true)")
    # Of rare events the curve is low, and there is room above it.
    high = float(table.loc[table["recall"] >= 0.2, "precision"].mean()) < 0.5
    _write_area(ax, "average precision", area.loc[["average_precision"]], (ci_prob, ci_kind), high)
    room: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 0.07)}
    if high:
        room = {"loc": "upper right", "bbox_to_anchor": (1.0, 0.94)}
    ax.legend(frameon=False, fontsize="small", **room)
    style.title(
        ax,
        "Precision and recall",
        style.notes(_words(table, ""), f"dashed: the share of events, {share:.3g}", note),
    )
    return ax


def _fan(
    table: pd.DataFrame,
    curves: pd.DataFrame,
    own: tuple[str, str],
    drawn: tuple[str, str],
    interval: tuple[float | None, str | None],
    ax: Axes | None,
) -> Axes:
    """Draw a curve, its band, and draws of it."""
    prob, kind = interval_settings(*interval)
    lower, upper = interval_names(prob, kind)
    ax = style.axes(ax, (5.4, 5.2))
    x = table[own[0]]
    label = style.interval_label(prob, kind)
    style.band(ax, x, table[lower], table[upper], label, alpha=0.16, zorder=1)
    for i, (_, one) in enumerate(curves.groupby("draw")):
        start = [0.0] if own[0] == "false_positive_rate" else []
        ax.plot(
            np.r_[start, one[drawn[0]]],
            np.r_[start, one[drawn[1]]],
            color=style.NOTE,
            alpha=0.28,
            linewidth=0.7,
            label="draws from the posterior" if i == 0 else None,
            zorder=2,
        )
    ax.plot(x, table[own[1]], color=style.MODEL, linewidth=2.2, label="these rows", zorder=3)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.03)
    style.tidy(ax)
    return ax


def _write_area(
    ax: Axes,
    name: str,
    area: pd.DataFrame,
    interval: tuple[float | None, str | None],
    high: bool = False,
) -> None:
    names = interval_names(*interval_settings(*interval))
    lower, upper = (float(area[n].iloc[0]) for n in names)
    text = f"{name} {float(area['estimate'].iloc[0]):.2f} [{lower:.2f}, {upper:.2f}]"
    left = name != "AUC" and not high
    ax.text(
        0.02 if left else 0.98,
        0.98 if high else 0.02,
        text,
        transform=ax.transAxes,
        va="top" if high else "baseline",
        ha="left" if left else "right",
        color=style.MODEL,
    )


def _words(table: pd.DataFrame, note: str) -> str:
    attrs = table.attrs
    spread = f"posterior {SPREADS[attrs['spread_over']]}"
    return style.notes(FORECASTS[attrs["forecast"]], spread, note)


def separation(
    prob: np.ndarray,
    failures: np.ndarray,
    successes: np.ndarray,
    forecast: str,
    outcome: str,
    *,
    note: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw all rows in the order of their forecasts, events dark, with the forecasts as a line.

    In a good model the dark strips gather at the right (Greenhill, Ward and Sacks 2011,
    doi:10.1111/j.1540-5907.2011.00525.x).

    Parameters
    ----------
    prob, failures, successes : ndarray, shape (rows,)
        Forecast probability of the event and weighted cases.
    forecast : {"in_sample", "loo", "new_data"}
    outcome : str
        What the probability is of.
    note : str
        Written below the title, such as the name of an approximation.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_separation().get_ylabel()
    'probability of passed = 1'
    """
    ax = style.axes(ax, (7.0, 3.0))
    cases = failures + successes
    order = np.argsort(prob, kind="stable")
    order = order[cases[order] > 0]
    right = np.cumsum(cases[order])
    left = right - cases[order]
    share = successes[order] / cases[order]
    edges = np.r_[left[:1], right]
    if len(order) > _STRIPS:
        # More strips than the picture has columns: the share of events in each column.
        edges = np.linspace(0.0, right[-1], _STRIPS + 1)
        events = np.interp(edges, np.r_[0.0, right], np.r_[0.0, np.cumsum(successes[order])])
        share = np.diff(events) / np.diff(edges)
    mesh = ax.pcolormesh(
        edges, [0.0, 1.0], share[None], cmap="Greys", vmin=0.0, vmax=1.6, shading="flat"
    )
    mesh.set_rasterized(True)
    ax.step(
        np.r_[left, right[-1:]],
        np.r_[prob[order], prob[order][-1:]],
        where="post",
        color="white",
        linewidth=4.0,
    )
    ax.step(
        np.r_[left, right[-1:]],
        np.r_[prob[order], prob[order][-1:]],
        where="post",
        color=style.MODEL,
        linewidth=2.0,
    )
    expected = right[-1] - float(cases @ prob)
    ax.plot([expected], [-0.045], "^", color=style.MARK, clip_on=False, markersize=7)
    ax.set_xlim(0.0, right[-1])
    ax.set_ylim(0.0, 1.0)
    whole_numbers(ax)
    ax.set_xlabel("cases, in the order of their forecasts")
    ax.set_ylabel(f"probability of {outcome}")
    style.tidy(ax)
    words = f"dark: {style.number(successes.sum())} events; line: forecast"
    mark = f"triangle: right of it would be the {style.number(float(cases @ prob))} expected"
    style.title(ax, "Separation of events", style.notes(words, mark, FORECASTS[forecast], note))
    return ax
