"""The data beside a curve: single rows, or observed shares of bins and levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayeslogit.numerics.bins import bins_of
from bayeslogit.plots import style
from bayeslogit.plots.profile import Profile
from bayeslogit.response import Response

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_rows", "draw_shares", "hits_of", "totals"]

FEW_ROWS = 150  # up to so many, each row is a point; above, rows are put together in bins
MOST_TICKS = 2000  # rows drawn at the margins


def totals(response: Response, weights: np.ndarray | None) -> np.ndarray:
    """Return how many cases stand behind each row.

    Parameters
    ----------
    response : Response
    weights : ndarray of shape (rows,), or None
        Frequency weights.

    Returns
    -------
    ndarray, shape (rows,)
    """
    total = np.ones(len(response.y)) if response.trials is None else response.trials.astype(float)
    return total if weights is None else total * weights


def hits_of(response: Response, total: np.ndarray) -> np.ndarray:
    """Return how many of the cases of each row were events.

    Parameters
    ----------
    response : Response
    total : ndarray, shape (rows,)
        Weighted cases of each row.

    Returns
    -------
    ndarray, shape (rows,)
    """
    trials = 1 if response.trials is None else np.maximum(response.trials, 1)
    hits: np.ndarray = response.y / trials * total
    return hits


def draw_rows(ax: Axes, along: Profile, response: Response, total: np.ndarray) -> np.ndarray:
    """Draw each row, or the shares of bins where there are many; return how high they are.

    Parameters
    ----------
    ax : matplotlib Axes
    along : Profile
        Curve along one numeric predictor.
    response : Response
    total : ndarray, shape (rows,)
        Weighted cases of each row.

    Returns
    -------
    ndarray
        Heights of the points, in probability.
    """
    x = along.values.astype(float)
    single = response.trials is None
    if single and len(x) <= FEW_ROWS:
        up = 0.015 + 0.045 * style.spread_out(len(x))
        y = np.where(response.y == 1, 1 + up, -up)
        ax.scatter(
            x,
            y,
            s=18 * np.sqrt(total / total.mean()),
            facecolors="none",
            edgecolors=style.DATA,
            linewidths=0.9,
            alpha=0.8,
            label="data",
            zorder=3,
        )
        return y
    hits = hits_of(response, total)
    kept = total > 0
    x, hits, total = x[kept], hits[kept], total[kept]
    if single:
        _draw_rug(ax, x, response.y[kept])
    code, centres = bins_of(x, total) if len(x) > FEW_ROWS or single else (np.arange(len(x)), x)
    count = np.bincount(code, total, len(centres))
    share = np.bincount(code, hits, len(centres)) / count
    unit = "rows" if single else "trials"
    alone = len(along.design.columns) == 1
    ax.scatter(
        centres,
        share,
        s=12 + 60 * count / count.max(),
        facecolors=style.PAPER,
        edgecolors=style.DATA,
        linewidths=1,
        label=f"observed share (area: {unit})" if alone else "observed share, others as they are",
        zorder=3,
    )
    return share


def _draw_rug(ax: Axes, x: np.ndarray, y: np.ndarray) -> None:
    """Draw rows as short lines at the margins, at most some thousands of them."""
    step = max(1, len(x) // MOST_TICKS)
    for value, place in ((1, 0.97), (0, 0.03)):
        some = x[y == value][::step]
        ax.plot(
            some,
            np.full(len(some), place),
            "|",
            transform=ax.get_xaxis_transform(),
            color=style.DATA,
            alpha=min(0.6, 60 / max(len(some), 1) + 0.08),
            markersize=6,
            markeredgewidth=0.7,
        )


def draw_shares(
    ax: Axes, along: Profile, code: np.ndarray, levels: int, response: Response, total: np.ndarray
) -> np.ndarray:
    """Draw the observed share of each level, a little to the right; return them.

    Parameters
    ----------
    ax : matplotlib Axes
    along : Profile
        Curve along one categorical predictor.
    code : ndarray of int, shape (rows,)
        Level of each row, below ``levels``.
    levels : int
    response : Response
    total : ndarray, shape (rows,)
        Weighted cases of each row.

    Returns
    -------
    ndarray
        Observed shares, between 0 and 1, of the levels that have cases.
    """
    alone = len(along.design.columns) == 1
    count = np.bincount(code, total, levels)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.bincount(code, hits_of(response, total), levels) / count
    ax.plot(
        np.arange(levels) + 0.16,
        share,
        "D",
        markerfacecolor=style.PAPER,
        markeredgecolor=style.DATA,
        markersize=6,
        linestyle="none",
        label="observed share" if alone else "observed share, others as they are",
        zorder=3,
    )
    return share[np.isfinite(share)]
