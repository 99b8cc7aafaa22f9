"""Residuals in bins and as quantiles of a normal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np

from bayeslogit.answers.evaluation.forecasting import Forecasting
from bayeslogit.answers.evaluation.residuals import binned_residuals, residuals
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.numerics.intervals import Settings, interval_names
from bayeslogit.plots import style
from bayeslogit.plots.forecasts import FORECASTS
from bayeslogit.plots.literal import literal
from bayeslogit.plots.options import what
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.text import number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_residuals"]


@literal
def plot_residuals(
    posterior: Posterior,
    by: str | None = None,
    *,
    kind: str = "binned",
    bins: int | None = None,
    ax: Axes | None = None,
    **options: Unpack[Forecasting],
) -> Axes:
    """Draw residuals: means of like rows, or quantiles of single rows.

    Bars and band are where they would lie if the model were right.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    by : str, optional
        For ``kind="binned"``: a predictor; by default the forecast.
    kind : {"binned", "quantile"}
    bins : int, optional
        For ``kind="binned"``, at least 1.
    ax : matplotlib.axes.Axes, optional
    **options
        As in :func:`residuals`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If ``kind`` or an option is not known, or ``by`` is not a predictor.

    See Also
    --------
    residuals : The numbers, row by row.
    binned_residuals : The numbers, in bins.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_residuals("hours").get_xlabel()
    'hours'
    """
    settings = Settings.of(options)
    if kind == "binned":
        table = binned_residuals(posterior, by, bins=bins, **options)
        outcome = what(posterior, options.get("event"))
        return _binned(table, outcome, posterior.caveat, settings, ax)
    if kind != "quantile":
        known = ("binned", "quantile")
        raise DesignError(
            f"kind={kind!r} is not a picture of residuals; expected one of {listing(known)}; "
            "choose one of them." + nearest(kind, known)
        )
    if by is not None or bins is not None:
        raise DesignError(
            f"by={by!r}, bins={bins!r} were given with kind='quantile', which has no bins; "
            "expected them with kind='binned' only; leave them out"
        )
    return _quantiles(residuals(posterior, **options), posterior.caveat, settings.prob, ax)


def _binned(
    table: pd.DataFrame, outcome: str, note: str, settings: Settings, ax: Axes | None
) -> Axes:
    """Draw mean residuals of like rows, with bars where they would lie if the model were right."""
    prob, kind = settings.prob, settings.kind
    lower, upper = interval_names(prob, kind)
    ax = style.axes(ax, (6.2, 4.2))
    measured = table["bin"].dtype.kind in "fiu"
    x = table["bin"].to_numpy() if measured else np.arange(len(table))
    ax.axhline(0.0, color=style.NOTE, linewidth=1, linestyle="--", zorder=1)
    ax.vlines(
        x,
        table[lower],
        table[upper],
        color=style.NOTE,
        alpha=0.45,
        linewidth=5.0,
        label=f"if the model is right, {style.interval_label(prob, kind)}",
        zorder=2,
    )
    found = table["residual"].to_numpy()
    outside = (found < table[lower].to_numpy()) | (found > table[upper].to_numpy())
    size = 14 + 36 * np.asarray(table["cases"]) / float(table["cases"].max())
    for some, label, face, shape in (
        (~outside, "observed less forecast", style.MODEL, "o"),
        (outside, "outside the bar", style.PAPER, "D"),
    ):
        if some.any():
            ax.scatter(
                x[some],
                found[some],
                s=size[some],
                marker=shape,
                facecolors=face,
                edgecolors=style.MODEL if shape == "o" else style.MARK,
                linewidths=1.4,
                label=label,
                zorder=3,
            )
    reach = 1.12 * float(np.abs(table[[lower, upper, "residual"]].to_numpy()).max())
    ax.set_ylim(-reach, 1.5 * reach)
    by = table.attrs["by"]
    if not measured:
        ax.set_xticks(x, list(table["bin"]))
        ax.set_xlim(-0.5, len(x) - 0.5)
    ax.set_xlabel(f"forecast probability of {outcome}" if by == "forecast" else by)
    ax.set_ylabel("observed share less forecast")
    ax.legend(frameon=False, fontsize="small", loc="upper left", ncols=2)
    style.tidy(ax)
    mean = float(table["cases"].mean())
    words = f"{len(table)} bins of about {number(mean)} cases"
    if not measured:
        words = f"{len(table)} levels"
    style.title(
        ax, "Binned residuals", style.notes(words, FORECASTS[table.attrs["forecast"]], note)
    )
    return ax


def _quantiles(table: pd.DataFrame, note: str, prob: float, ax: Axes | None) -> Axes:
    """Draw randomised quantile residuals, sorted, against those of a standard normal."""
    from scipy.special import betaincinv, ndtri

    ax = style.axes(ax, (5.2, 5.0))
    found = np.sort(table["quantile"].to_numpy())
    n = len(found)
    rank = np.arange(1, n + 1)
    expected = ndtri((rank - 0.375) / (n + 0.25))
    # A uniform number of rank r among n has the beta distribution Beta(r, n - r + 1).
    low, high = (ndtri(betaincinv(rank, n - rank + 1, q)) for q in (0.5 - prob / 2, 0.5 + prob / 2))
    shown = np.unique(np.r_[:100, np.linspace(0, n - 1, 600), n - 100 : n].astype(int))
    shown = shown[(shown >= 0) & (shown < n)]
    style.band(
        ax,
        expected[shown],
        low[shown],
        high[shown],
        f"if the model is right, {style.interval_label(prob, 'eti')} of each point",
        color=style.NOTE,
    )
    ax.plot(expected[[0, -1]], expected[[0, -1]], color=style.NOTE, linewidth=1, linestyle="--")
    ax.plot(
        expected[shown],
        found[shown],
        "o",
        color=style.MODEL,
        markersize=3.2,
        linestyle="none",
        label="rows",
    )
    ax.set_xlabel("quantile of a standard normal")
    ax.set_ylabel("quantile residual (standard deviations)")
    ax.legend(frameon=False, fontsize="small", loc="upper left")
    style.tidy(ax)
    words = "an outcome covers a range of quantiles, in which a point is drawn"
    style.title(
        ax, "Quantile residuals", style.notes(words, FORECASTS[table.attrs["forecast"]], note)
    )
    return ax
