"""The calibration curve as it seems and as it is expected of new cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit.answers.evaluation.forecasting import event_code
from bayeslogit.answers.evaluation.forecasts import forecasts_of
from bayeslogit.answers.evaluation.validation import validate
from bayeslogit.numerics.intervals import Interval, Settings
from bayeslogit.plots import style
from bayeslogit.plots.literal import literal
from bayeslogit.plots.options import what
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_validation"]

_BINS = 40


@literal
def plot_validation(
    posterior: Posterior,
    how: str = "bootstrap",
    *,
    repeats: int | None = None,
    folds: int = 10,
    event: Any = None,
    random_seed: int | None = None,
    progressbar: bool = True,
    ax: Axes | None = None,
    **interval: Unpack[Interval],
) -> Axes:
    """Draw the calibration curve, as it seems and corrected for optimism.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    how, repeats, folds, event, random_seed, progressbar, **interval
        As in :func:`validate`.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        The bars below show where forecasts are.

    Raises
    ------
    DesignError
        If an option is not known or out of its range, or a class of several must be named.

    See Also
    --------
    validate : The numbers, with indices.
    plot_calibration : An isotonic curve with a band for forecasts that are right.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("low ~ age + smoker", bl.load_dataset("birthweight")).fit("map")
    >>> fit.plot_validation(repeats=50).get_ylabel()
    'observed share of low = 1'
    """
    found = validate(
        posterior,
        how,
        repeats=repeats,
        folds=folds,
        event=event,
        random_seed=random_seed,
        progressbar=progressbar,
        **interval,
    )
    settings, curve, indices = Settings.of(interval), found.curve, found.indices["corrected"]
    outcome = what(posterior, event)
    ax = style.axes(ax, (5.4, 5.2))
    ax.plot([0, 1], [0, 1], color=style.NOTE, linewidth=1, linestyle="--", zorder=1)
    lower, upper = settings.names
    label = style.interval_label(settings.prob, settings.kind)
    style.band(ax, curve["predicted"], curve[lower], curve[upper], label, zorder=2)
    ax.plot(
        curve["predicted"],
        curve["corrected"],
        color=style.MODEL,
        linewidth=2.0,
        label="expected of new cases",
        zorder=4,
    )
    ax.plot(
        curve["predicted"],
        curve["apparent"],
        color=style.DATA,
        linewidth=1.1,
        linestyle=":",
        label="in-sample",
        zorder=3,
    )
    forecasts = forecasts_of(posterior, loo=False, progressbar=progressbar)
    prob, cases = forecasts.prob[event_code(posterior, event)], forecasts.counts.sum(axis=1)
    height, edges = np.histogram(prob, _BINS, (0.0, 1.0), weights=cases)
    middle, some = 0.5 * (edges[1:] + edges[:-1]), height > 0
    top = -0.14 + 0.12 * height / height.max()
    ax.vlines(middle[some], -0.14, top[some], color=style.DATA, linewidth=1.6)
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.15, 1.03)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    ax.set_xlabel(f"forecast probability of {outcome}")
    ax.set_ylabel(f"observed share of {outcome}")
    ax.legend(frameon=False, fontsize="small", loc="lower right", bbox_to_anchor=(1.0, 0.12))
    style.tidy(ax)
    style.title(
        ax,
        "Calibration corrected for optimism",
        style.notes(
            f"corrected: AUC {indices['auc']:.2f}, slope {indices['slope']:.2f}, "
            f"Brier {indices['brier']:.3f}",
            f"{found.indices['n'].max()} refits",
            "bars: where forecasts are",
            posterior.caveat,
        ),
    )
    return ax
