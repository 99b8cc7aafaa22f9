"""Forecasts beside what happened: reliability, ROC, precision and recall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit.answers.evaluation.calibration import CalibrationOptions, calibration
from bayeslogit.answers.evaluation.forecasting import Forecasting, event_code
from bayeslogit.answers.evaluation.ranking import (
    area,
    curves,
    precision_recall_table,
    roc_table,
)
from bayeslogit.answers.evaluation.replicates import replicate
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.numerics.intervals import Settings, interval_names, interval_settings
from bayeslogit.plots import style
from bayeslogit.plots.forecasts import FORECASTS, in_sample, of_forecasts
from bayeslogit.plots.literal import literal
from bayeslogit.plots.options import what
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = [
    "plot_calibration",
    "plot_precision_recall",
    "plot_roc",
]

_NAMES = {"in_sample": "in-sample", "corrected": "cases left out", "new_data": "new rows"}
_FEW = 60  # forecasts up to which each is a point of the reliability curve


@literal
def plot_calibration(
    posterior: Posterior,
    newdata: Any = None,
    *,
    event: Any = None,
    ax: Axes | None = None,
    **options: Unpack[CalibrationOptions],
) -> Axes:
    """Draw the reliability curve: observed shares against forecast probabilities.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    newdata, **options
        As in :func:`calibration`.
    event : optional
        Of several classes, the one to draw.
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

    See Also
    --------
    calibration : The numbers, with scores.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_calibration().get_ylabel()
    'observed share of passed = 1'
    """
    if not posterior.several and event_code(posterior, event) != 1:
        raise DesignError(
            f"event={event!r} is not the event of an outcome of two classes; expected it with more "
            "classes only, because this curve is that of the other one turned round; leave it out"
        )
    curve, outcome = calibration(posterior, newdata, **options).curve, what(posterior)
    prob, kind = interval_settings(options.get("ci_prob"), options.get("ci_kind"))
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
        style.notes(FORECASTS[names[-1]], "bars: where forecasts are", posterior.caveat),
    )
    return ax


@literal
def plot_roc(
    posterior: Posterior,
    *,
    draws: int = 50,
    ax: Axes | None = None,
    **options: Unpack[Forecasting],
) -> Axes:
    """Draw the ROC curve as a fan of draws from its posterior, with a band and the AUC.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    draws : int
        Curves of the fan, at least 1.
    ax : matplotlib.axes.Axes, optional
    **options
        As in :func:`confusion`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If an option is not known, or a class of several must be named.

    See Also
    --------
    roc : The numbers.
    auc : The area under the curve.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_roc().get_title(loc="left").split(chr(10))[0]
    'ROC curve'
    """
    replicated = replicate(posterior, **options)
    outcome = what(posterior, options.get("event"))
    table, fan = roc_table(replicated), curves(replicated, draws)
    ends = ("false_positive_rate", "sensitivity")
    ax = _fan(table, fan, ends, ends, replicated.settings, ax)
    ax.plot([0, 1], [0, 1], color=style.NOTE, linewidth=1, linestyle="--", zorder=1)
    ax.set_xlabel(f"false positive rate (1 - specificity) for {outcome}")
    ax.set_ylabel("sensitivity (true positive rate)")
    _write_area(ax, "AUC", area(replicated).loc[["auc"]].iloc[0], replicated.settings)
    ax.legend(frameon=False, fontsize="small", loc="lower right", bbox_to_anchor=(1.0, 0.07))
    style.title(ax, "ROC curve", of_forecasts(table, "posterior", posterior.caveat))
    return ax


@literal
def plot_precision_recall(
    posterior: Posterior,
    *,
    draws: int = 50,
    ax: Axes | None = None,
    **options: Unpack[Forecasting],
) -> Axes:
    """Draw precision against recall as a fan of draws from its posterior, with a band.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    draws : int
        Curves of the fan, at least 1.
    ax : matplotlib.axes.Axes, optional
    **options
        As in :func:`confusion`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If an option is not known, or a class of several must be named.

    See Also
    --------
    precision_recall : The numbers.
    auc : Average precision.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_precision_recall().get_xlabel()
    'recall (sensitivity) for passed = 1'
    """
    posterior.warn_of_risks("precisions")
    replicated = replicate(posterior, **options)
    outcome = what(posterior, options.get("event"))
    table, fan = precision_recall_table(replicated), curves(replicated, draws)
    cases = replicated.failures.sum() + replicated.successes.sum()
    share = float(replicated.successes.sum() / cases)
    ends = ("recall", "precision")
    ax = _fan(table, fan, ends, ("sensitivity", "precision"), replicated.settings, ax)
    ax.axhline(share, color=style.NOTE, linewidth=1, linestyle="--", zorder=1)
    ax.set_xlabel(f"recall (sensitivity) for {outcome}")
    ax.set_ylabel("precision (share of forecasts that come true)")
    # Of rare events the curve is low, and there is room above it.
    high = float(table.loc[table["recall"] >= 0.2, "precision"].mean()) < 0.5
    own = area(replicated).loc[["average_precision"]].iloc[0]
    _write_area(ax, "average precision", own, replicated.settings, high)
    room: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 0.07)}
    if high:
        room = {"loc": "upper right", "bbox_to_anchor": (1.0, 0.94)}
    ax.legend(frameon=False, fontsize="small", **room)
    style.title(
        ax,
        "Precision and recall",
        style.notes(
            of_forecasts(table, "posterior"),
            f"dashed: the share of events, {share:.3g}",
            posterior.caveat,
        ),
    )
    return ax


def _fan(
    table: pd.DataFrame,
    curves: pd.DataFrame,
    own: tuple[str, str],
    drawn: tuple[str, str],
    settings: Settings,
    ax: Axes | None,
) -> Axes:
    """Draw a curve, its band, and draws of it."""
    lower, upper = settings.names
    ax = style.axes(ax, (5.4, 5.2))
    x = table[own[0]]
    label = style.interval_label(settings.prob, settings.kind)
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
    in_sample(ax, x, table)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.03)
    style.tidy(ax)
    return ax


def _write_area(
    ax: Axes,
    name: str,
    area: pd.Series,
    settings: Settings,
    high: bool = False,
) -> None:
    lower, upper = (area[n] for n in settings.names)
    text = f"{name} {area['estimate']:.2f} [{lower:.2f}, {upper:.2f}]"
    if "in_sample" in area:
        text += f", in-sample {area['in_sample']:.2f}"
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
