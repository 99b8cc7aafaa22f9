"""How far the prior moved the answer: maximum likelihood, mode and posterior side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

import numpy as np

from bayeslogit.answers.checks.prior_influence import movement
from bayeslogit.numerics.intervals import Interval
from bayeslogit.plots import style
from bayeslogit.plots.coefficients import chosen_terms
from bayeslogit.plots.literal import literal
from bayeslogit.plots.options import settings_of
from bayeslogit.posterior.posterior import Posterior

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_movement"]

MOST = 12
_ROWS = ("maximum likelihood", "posterior mode", "posterior")


@literal
def plot_movement(
    posterior: Posterior,
    terms: Sequence[str] | str | None = None,
    *,
    ax: Axes | None = None,
    **interval: Unpack[Interval],
) -> Axes:
    """Draw maximum likelihood, posterior mode and posterior of each coefficient.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    terms : sequence of str, optional
        Coefficients or terms; by default all, up to the first 12.
    ax : matplotlib.axes.Axes, optional
        A place for all of them: it is divided, and its parts are ``ax.child_axes``.
    **interval
        ``ci_prob`` and ``ci_kind`` of the posterior's interval, and of Wald's around the
        estimate; by default ArviZ's ``rcParams``.

    Returns
    -------
    matplotlib.axes.Axes
        Without a scale of its own; the pictures are its ``child_axes``.

    Raises
    ------
    DesignError
        If a term is not a coefficient.

    See Also
    --------
    movement : The numbers.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> [part.get_xlabel() for part in fit.plot_movement().child_axes]
    ['Intercept', 'hours']
    """
    from scipy.special import ndtri

    settings = settings_of(interval, Interval)
    prob, kind = settings.prob, settings.kind
    table, layout, theta = movement(posterior), posterior.model.layout, posterior.given
    everything = chosen_terms(layout, terms, intercept=True)
    shown = everything if terms is not None else everything[:MOST]
    columns = min(2, len(shown))
    rows = -(-len(shown) // columns)
    ax = style.axes(ax, (1.9 + 3.0 * columns, 1.0 + 1.35 * rows))
    ax.set_axis_off()
    half = float(ndtri(0.5 + 0.5 * prob))
    point = posterior.point
    for place, i in enumerate(shown):
        part = _part(ax, place, rows, columns)
        row = table.iloc[i]
        estimate, error = row.get("mle", np.nan), row.get("mle_se", np.nan)
        reach = half * error if np.isfinite(error) else np.nan
        spans = [(estimate, estimate - reach, estimate + reach)]
        spans.append((row["map"], np.nan, np.nan))
        if not point:
            low, high = settings.bounds(theta[i])
            spans.append((float(theta[i].mean()), float(low), float(high)))
        _draw(part, spans, named=place % columns == 0)
        part.set_xlabel(layout.names[i])
    left_out = len(everything) - len(shown)
    more = f"{left_out} more: name them by terms=" if left_out else ""
    label = style.interval_label(prob, kind)
    words = (
        f"in {style.unit(posterior.model.family.link)}; with {100 * prob:.4g} % Wald interval"
        + ("" if point else f", and mean with {label}")
    )
    style.title(
        ax, "How far the prior moved the answer", style.notes(words, more, posterior.caveat)
    )
    return ax


def _part(ax: Axes, place: int, rows: int, columns: int) -> Axes:
    """Return one cell of a grid inside Axes, with names of the rows at the left."""
    row, column = divmod(place, columns)
    margin = 0.24 if columns > 1 else 0.3
    width, height = (1.0 - margin) / columns, 1.0 / rows
    part = ax.inset_axes(
        (
            margin + column * width + 0.02,
            1.0 - (row + 1) * height + 0.4 * height,
            width - 0.04,
            0.56 * height,
        )
    )
    style.tidy(part)
    part.spines["left"].set_visible(False)
    return part


def _draw(part: Axes, spans: list[tuple[float, float, float]], *, named: bool) -> None:
    """Draw the three answers of a coefficient, the first on top."""
    finite = [v for span in spans for v in span if np.isfinite(v)]
    low, high = min([*finite, 0.0]), max([*finite, 0.0])
    pad = 0.06 * ((high - low) or 1.0)
    part.axvline(0.0, color=style.NOTE, linewidth=0.9, linestyle="--", zorder=1)
    for y, ((middle, lower, upper), shape, colour) in enumerate(
        zip(spans, "sDo", (style.DATA, style.MARK, style.MODEL), strict=False)
    ):
        if np.isfinite(lower):
            part.hlines(y, lower, upper, color=colour, linewidth=1.6, zorder=2)
        if np.isfinite(middle):
            face = style.PAPER if shape == "s" else colour
            part.plot(
                [middle], [y], shape, color=colour, markerfacecolor=face, markersize=5.5, zorder=3
            )
        else:
            side = 0.98 if middle > 0 else 0.02
            text = "none" if np.isnan(middle) else "infinite →" if middle > 0 else "← infinite"
            part.text(
                0.5 if np.isnan(middle) else side,
                y,
                text,
                transform=part.get_yaxis_transform(),
                ha="center" if np.isnan(middle) else "right" if middle > 0 else "left",
                va="center",
                fontsize="small",
                color=colour,
            )
    part.set_xlim(low - pad, high + pad)
    part.set_ylim(len(spans) - 0.5, -0.5)
    part.set_yticks(range(len(spans)), _ROWS[: len(spans)] if named else [])
    part.tick_params(axis="y", length=0, labelsize="small")
