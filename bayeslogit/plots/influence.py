"""Influence of single rows: Pareto k, Cook's distance, leverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayeslogit.answers.classical import classical
from bayeslogit.answers.comparison.elpd import Elpd, loo
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.plots import style
from bayeslogit.plots.literal import literal
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.text import number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["plot_influence"]

_MEASURES = ("pareto_k", "cook", "leverage")
_NAMED = 5
_STEMS = 300  # rows up to which each has a line to the axis


@literal
def plot_influence(
    posterior: Posterior,
    measure: str = "pareto_k",
    *,
    ax: Axes | None = None,
    progressbar: bool = True,
) -> Axes:
    """Draw how much each row moves the answer.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    measure : {"pareto_k", "cook", "leverage"}
        Pareto k of leaving the row out of the posterior; Cook's distance, or leverage and
        residuals, of the maximum likelihood fit.
    ax : matplotlib.axes.Axes, optional
    progressbar : bool
        Show progress of what takes longer than two seconds.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If there is no such measure.
    MethodRefused
        If Pareto k of a point estimate is asked for.

    See Also
    --------
    loo : Pareto k as numbers.
    bayeslogit.answers.classical.result.Classical.residuals : Leverage and Cook's distance.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_influence().get_ylabel()
    'Pareto k of leaving the row out'
    """
    if measure == "pareto_k":
        return _pareto_k(posterior, loo(posterior, progressbar=progressbar), ax)
    if measure not in _MEASURES:
        raise DesignError(
            f"measure={measure!r} is not a measure of influence; expected one of "
            f"{listing(_MEASURES)}; choose one of them." + nearest(measure, _MEASURES)
        )
    table = classical(posterior.model, intervals="wald").residuals()
    return (_cook if measure == "cook" else _leverage)(table, ax)


def _pareto_k(posterior: Posterior, found: Elpd, ax: Axes | None) -> Axes:
    """Draw the Pareto k of leaving each row out, a measure of its influence on the posterior."""
    values, index, limit = found.pareto_k.to_numpy(), found.labels, found.good_k
    ax = style.axes(ax, (6.4, 3.8))
    shown = np.where(np.isfinite(values), values, np.nan)
    _stems(ax, shown, index, above=limit)
    ax.axhline(limit, color=style.MARK, linewidth=1.2, linestyle="--")
    ax.annotate(
        f"{limit:.2f}",
        (1.0, limit),
        (3, 0),
        xycoords=ax.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        color=style.MARK,
        fontsize="small",
        annotation_clip=False,
    )
    known = shown[~np.isnan(shown)]
    ax.set_ylim(known.min(initial=0.05) - 0.05, max(1.0, 1.1 * known.max(initial=0.0)))
    ax.set_ylabel("Pareto k of leaving the row out")
    words = "above the line leaving the row out moves the posterior too much to be estimated"
    style.title(ax, "Influence of each row", style.notes(words, posterior.caveat))
    return ax


def _cook(table: pd.DataFrame, ax: Axes | None) -> Axes:
    """Draw Cook's distance of each row on the maximum likelihood estimate."""
    ax = style.axes(ax, (6.4, 3.8))
    values = table["cook"].to_numpy()
    _stems(ax, values, table.index)
    ax.set_ylim(0.0, 1.15 * float(values.max()) or 1.0)
    ax.set_ylabel("Cook's distance")
    words = "how far leaving the row out moves the maximum likelihood estimate, to first order"
    style.title(ax, "Influence of each row", words)
    return ax


def _stems(ax: Axes, values: np.ndarray, index: pd.Index, above: float = np.inf) -> None:
    """Draw a value for each row and name the largest."""
    rows = np.arange(len(values))
    large = values > above
    if len(values) <= _STEMS:
        ax.vlines(rows, 0.0, values, color=style.MODEL, linewidth=0.8, alpha=0.6)
    ax.plot(rows[~large], values[~large], "o", color=style.MODEL, markersize=3.5)
    ax.plot(
        rows[large],
        values[large],
        "D",
        color=style.MARK,
        markerfacecolor=style.PAPER,
        markersize=5.5,
    )
    _name(ax, rows, values, index, values)
    ax.set_xlim(-0.02 * len(rows) - 0.5, 1.02 * len(rows) - 0.5)
    style.whole_numbers(ax)
    ax.set_xlabel("row, in the order of the data")
    style.tidy(ax)


def _name(ax: Axes, x: np.ndarray, y: np.ndarray, index: pd.Index, values: np.ndarray) -> None:
    """Write the labels of the rows with the largest values."""
    ranked = np.argsort(np.where(np.isnan(values), -np.inf, values))[::-1][:_NAMED]
    for i in ranked:
        ax.annotate(
            str(index[i]),
            (x[i], y[i]),
            (0, 5),
            textcoords="offset points",
            ha="center",
            fontsize="small",
            color=style.DATA,
        )


def _leverage(table: pd.DataFrame, ax: Axes | None) -> Axes:
    """Draw standardised residuals against leverage, with Cook's distance as the area."""
    ax = style.axes(ax, (6.0, 4.4))
    x, y = table["leverage"].to_numpy(), table["standardised"].to_numpy()
    distance = table["cook"].to_numpy()
    ax.axhline(0.0, color=style.NOTE, linewidth=1, linestyle="--", zorder=1)
    ax.scatter(
        x,
        y,
        s=6 + 220 * distance / (distance.max() or 1.0),
        facecolors=style.MODEL,
        alpha=0.45,
        edgecolors=style.DATA,
        linewidths=0.6,
        zorder=2,
    )
    _name(ax, x, y, table.index, distance)
    ax.margins(0.08)
    ax.set_xlim(left=0.0)
    ax.set_xlabel("leverage (share of its own fitted value that the row decides)")
    ax.set_ylabel("standardised Pearson residual")
    style.tidy(ax)
    words = f"area: Cook's distance, at most {number(float(distance.max()))}"
    more = "of the maximum likelihood fit"
    style.title(ax, "Leverage and residuals", style.notes(words, more))
    return ax
