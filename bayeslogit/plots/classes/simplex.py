"""The probabilities of three classes as points of a triangle, draw by draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import DesignError, listing
from bayeslogit.plots import style
from bayeslogit.plots.options import Legended, settings_of
from bayeslogit.response import Response

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MOST_ROWS", "check_simplex", "corners", "simplex"]

MOST_ROWS = 8
CLOUD = 400  # draws that are shown of each row
STEPS = (0.2, 0.4, 0.6, 0.8)
# Left, top, right: classes in order run over the top.
CORNERS = np.array([[0.0, 0.0], [0.5, np.sqrt(0.75)], [1.0, 0.0]])


def check_simplex(response: Response, rows: int) -> None:
    """Refuse outcomes that a triangle cannot show, and more rows than can be told apart.

    Parameters
    ----------
    response : Response
    rows : int
        Rows that are to be drawn, at most ``MOST_ROWS``.

    Raises
    ------
    DesignError
        If the classes are not three, or the rows more than ``MOST_ROWS``.
    """
    if len(response.classes) != 3:
        raise DesignError(
            f"the outcome {response.name!r} has {len(response.classes)} classes "
            f"({listing(response.classes)}); expected three, one for each corner of the triangle; "
            "draw plot_curve() instead"
        )
    if rows > MOST_ROWS:
        raise DesignError(
            f"{rows} rows are too many to be told apart in one triangle; expected at most "
            f"{MOST_ROWS}; choose some of them"
        )


def corners(prob: np.ndarray) -> np.ndarray:
    """Return the place, (..., 2), of class probabilities, (3, ...).

    Examples
    --------
    >>> corners(np.array([0.0, 0.0, 1.0]))
    array([1., 0.])
    """
    return np.moveaxis(np.tensordot(CORNERS, prob, axes=(0, 0)), 0, -1)


def simplex(
    response: Response,
    prob: np.ndarray,
    labels: Sequence[str],
    *,
    title: str = "",
    path: np.ndarray | None = None,
    note: str = "",
    options: Legended,
) -> Axes:
    """Draw posterior draws of the probabilities of three classes for some rows.

    The corners are the classes; the nearer a point is to a corner, the more probable is that
    class, and the lines across are where its probability is 0.2, 0.4, 0.6 and 0.8. Small points
    are draws, the large one is their mean, and the outline holds ``ci_prob`` of them: an ellipse
    in the log ratios of the probabilities.

    Parameters
    ----------
    response : Response
        Of three classes.
    prob : ndarray, shape (3, rows, draws)
    labels : sequence of str
        One for each row.
    title : str, optional
    path : ndarray, shape (3, points), optional
        Probabilities to draw as a line under the points.
    note : str
        Written below the title.
    options : Legended

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If there are not three classes, or more than eight rows.
    """
    check_simplex(response, prob.shape[1])
    level = settings_of(options, Legended).prob
    ax = style.axes(options.get("ax"), (6.8, 5.2))
    _frame(ax, response)
    if path is not None:
        ax.plot(*corners(path).T, color=style.NOTE, linewidth=1.2, zorder=2)
    point = prob.shape[2] == 1
    for i, look in enumerate(style.looks(len(labels), ordered=path is not None)):
        _row(ax, prob[:, i], look, labels[i], level)
    words = "at the posterior mode" if point else _words(level)
    style.title(ax, title or f"Probabilities of {response.name}", style.notes(words, note))
    if options.get("legend", True):
        ax.legend(
            frameon=False,
            fontsize="small",
            loc="upper left",
            bbox_to_anchor=(0.74, 1.0),
            alignment="left",
        )
    return ax


def _words(level: float) -> str:
    return f"draws, their mean, and an outline around {100 * level:.4g} % of them"


def _row(ax: Axes, prob: np.ndarray, look: style.Look, label: str, level: float) -> None:
    """Draw the draws of one row, (3, draws), their outline and their mean."""
    draws = prob.shape[1]
    if draws > 1:
        some = prob[:, np.linspace(0, draws - 1, min(draws, CLOUD)).astype(int)]
        ax.plot(
            *corners(some).T,
            linestyle="none",
            marker=".",
            markersize=3,
            markeredgewidth=0,
            color=look.colour,
            alpha=0.35,
            zorder=2.5,
        )
        outline = _outline(prob, level)
        if outline is not None:
            ax.plot(*corners(outline).T, color=look.colour, linewidth=1.2, zorder=3)
    ax.plot(
        *corners(prob.mean(axis=1))[:, None],
        linestyle="none",
        marker=look.marker,
        markersize=9,
        color=look.colour,
        markeredgecolor=style.PAPER,
        label=label,
        zorder=4,
    )


def _outline(prob: np.ndarray, level: float) -> np.ndarray | None:
    """Return probabilities, (3, points), on a closed line around a share of the draws.

    An ellipse in the two log ratios against the third class, as wide as holds that share; None
    where draws are on the edge of the triangle or do not spread.
    """
    with np.errstate(divide="ignore"):
        logs = np.log(prob)
    if not np.all(np.isfinite(logs)):
        return None
    ratios = logs[:2] - logs[2]
    centre = ratios.mean(axis=1, keepdims=True)
    covariance = np.cov(ratios)
    if not np.all(np.linalg.eigvalsh(covariance) > 1e-12 * np.trace(covariance)):
        return None
    root = np.linalg.cholesky(covariance)
    size = np.quantile(np.linalg.norm(np.linalg.solve(root, ratios - centre), axis=0), level)
    turn = np.linspace(0.0, 2 * np.pi, 181)
    line = centre + size * root @ np.array([np.cos(turn), np.sin(turn)])
    full = np.concatenate([line, np.zeros((1, len(turn)))])
    full = np.exp(full - full.max(axis=0))
    outline: np.ndarray = full / full.sum(axis=0)
    return outline


def _frame(ax: Axes, response: Response) -> None:
    """Draw the triangle, its lines and what they mean."""
    ax.set_axis_off()
    ax.set_aspect("equal")
    ax.set_xlim(-0.16, 1.16)
    ax.set_ylim(-0.17, 1.0)
    ax.plot(*np.vstack([CORNERS, CORNERS[:1]]).T, color=style.DATA, linewidth=1.2, zorder=1)
    names = [f"{response.name} = {name}" for name in response.classes]
    places: list[tuple[float, float, str, str]] = [
        (-0.02, -0.075, "center", "top"),
        (0.5, CORNERS[1, 1] + 0.02, "center", "bottom"),
        (1.02, -0.075, "center", "top"),
    ]
    for text, (x, y, across, up) in zip(names, places, strict=True):
        ax.text(x, y, text, ha=across, va=up, fontsize="medium")
    # A class is read on the side that leads up to its corner, counted against the clock.
    for k, (shift, across, up) in enumerate(
        [((0.0, -0.012), "center", "top"), ((-0.012, 0.0), "right", "bottom"), _RIGHT]
    ):
        other, third = (k + 2) % 3, (k + 1) % 3
        for step in STEPS:
            ends = np.zeros((3, 2))
            ends[k] = step
            ends[other, 0], ends[third, 1] = 1 - step, 1 - step
            line = corners(ends)
            ax.plot(*line.T, color=style.GRID, linewidth=0.7, zorder=0)
            ax.text(
                line[0, 0] + shift[0],
                line[0, 1] + shift[1],
                f"{step:g}",
                ha=across,
                va=up,
                fontsize="small",
                color=style.NOTE,
            )
    for k, (x, y, turn) in enumerate(_SIDES):
        ax.text(
            x,
            y,
            f"P({response.classes[k]})",
            rotation=turn,
            ha="center",
            va="center",
            fontsize="small",
            color=style.NOTE,
        )


_RIGHT: tuple[Any, str, str] = ((0.012, 0.0), "left", "bottom")
# Middle of the side a class is read on, and how its name is turned.
_SIDES = ((0.5, -0.105, 0), (0.15, 0.49, 60), (0.85, 0.49, -60))
