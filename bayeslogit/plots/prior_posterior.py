"""Prior against posterior, a small picture for each coefficient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.numerics.smoothed import density
from bayeslogit.plots import style
from bayeslogit.plots.coefficients import chosen_terms
from bayeslogit.plots.literal import literal
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.as_given import as_given

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_prior"]

MOST = 12  # pictures, unless terms are named
WIDEST = 5.0  # how many times as wide as the posterior a picture may become to show the prior


@literal
def plot_prior(
    posterior: Posterior,
    *,
    terms: Sequence[str] | str | None = None,
    ax: Axes | None = None,
    note: str | None = None,
) -> Axes:
    """Draw the density of each coefficient before and after the data.

    An intercept whose prior is a statement about the predictor means is drawn there, before and
    after, and its label says so. For a point estimate the posterior is the Gaussian of the
    curvature at the mode, or a line at the mode if it has none.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    terms : sequence of str, optional
        Coefficients or terms; by default all, up to the first 12.
    ax : matplotlib.axes.Axes, optional
        A place for all of them: it is divided, and its parts are ``ax.child_axes``.
    note : str, optional
        Written below the title; by default what must be known of the draws.

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
    plot_movement : Maximum likelihood, mode and posterior.
    bayeslogit.Model.prior_predictive : Outcomes that the prior expects.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> [part.get_xlabel() for part in fit.plot_prior().child_axes]
    ['Intercept, at the predictor means', 'hours']
    """
    model, layout = posterior.model, posterior.model.fixed_layout
    theta = posterior.theta[model.layout.fixed]
    coefficient_prior, gaussian = model.prior, posterior.outcome.gaussian
    everything = chosen_terms(layout, terms, intercept=True)
    shown = everything if terms is not None else everything[:MOST]
    at, names = as_given(layout, theta), list(layout.names)
    spread = None if gaussian is None else as_given(layout, gaussian.cholesky)
    if coefficient_prior.center is not None:
        moved = list(coefficient_prior.moved)
        at = at.copy()
        at[moved] = coefficient_prior.center @ theta
        if spread is not None and gaussian is not None:
            spread = spread.copy()
            spread[moved] = coefficient_prior.center @ gaussian.cholesky
        for i in set(moved) - set(coefficient_prior.as_given):
            names[i] += ", at the predictor means"
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    ax = style.axes(ax, (0.6 + 3.0 * columns, 0.9 + 2.0 * rows))
    ax.set_axis_off()
    point = posterior.point
    handles: dict[str, Any] = {}
    for place, i in enumerate(shown):
        part = _part(ax, place, rows, columns)
        sd = None if spread is None or not point else float(np.linalg.norm(spread[i]))
        grid, after = _posterior(at[i], sd)
        known = coefficient_prior.of(i)
        _draw(part, grid, after, known, float(at[i, 0]) if after is None else None)
        part.set_xlabel(names[i])
        handles |= dict(zip(*part.get_legend_handles_labels()[::-1], strict=True))
    ax.legend(
        handles.values(),
        handles,
        frameon=False,
        fontsize="small",
        ncols=len(handles),
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        borderaxespad=0.2,
    )
    left_out = len(everything) - len(shown)
    curvature = "" if not point else "from the curvature at the mode" if gaussian else "mode only"
    more = f"{left_out} more: name them by terms=" if left_out else ""
    note = posterior.caveat if note is None else note
    words = style.notes(f"in {style.unit(model.family.link)}", curvature, note, more)
    style.title(ax, "Before and after the data", words)
    return ax


def _part(ax: Axes, place: int, rows: int, columns: int) -> Axes:
    """Return one cell of a grid inside Axes."""
    row, column = divmod(place, columns)
    width, height = 1.0 / columns, 1.0 / rows
    gap_x, gap_y = 0.04 / columns, 0.36 / rows if rows > 1 else 0.14
    part = ax.inset_axes(
        (
            column * width + gap_x,
            1.0 - (row + 1) * height + gap_y,
            width - 2 * gap_x,
            height - gap_y - (0.04 / rows),
        )
    )
    style.tidy(part)
    part.spines["left"].set_visible(False)
    part.set_yticks([])
    return part


def _posterior(values: np.ndarray, sd: float | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Return grid and density of one coefficient after the data; None for a bare point."""
    if values.size > 1 and np.ptp(values) > 0:
        return density(values)
    centre = float(values[0])
    if sd is None:
        width = abs(centre) or 1.0
        return np.linspace(centre - width, centre + width, 201), None
    grid = np.linspace(centre - 4 * sd, centre + 4 * sd, 201)
    return grid, np.exp(-0.5 * ((grid - centre) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))


def _draw(
    part: Axes, grid: np.ndarray, after: np.ndarray | None, known: object, mode: float | None
) -> None:
    """Draw both densities over a range that shows the posterior, and the prior if it can."""
    low, high = float(grid[0]), float(grid[-1])
    label = "prior"
    before = None
    if getattr(known, "proper", False):
        wide = np.linspace(
            low - 0.5 * (WIDEST - 1) * (high - low), high + 0.5 * (WIDEST - 1) * (high - low), 801
        )
        height = np.exp(known.log_density(wide[None])[0])  # type: ignore[attr-defined]
        # As far as the prior is more than a hundredth of its height, within the widest range.
        seen = wide[height > 0.01 * height.max()]
        low, high = min(low, float(seen[0])), max(high, float(seen[-1]))
        before = np.interp(np.linspace(low, high, 401), wide, height)
        part.plot(
            np.linspace(low, high, 401),
            before,
            color=style.NOTE,
            linestyle="--",
            linewidth=1.5,
            label=label,
        )
    else:
        part.plot([], [], color=style.NOTE, linestyle="--", linewidth=1.5, label="prior: flat")
    if after is not None:
        part.fill_between(grid, after, color=style.MODEL, alpha=0.3, linewidth=0)
        part.plot(grid, after, color=style.MODEL, linewidth=1.8, label="posterior")
    elif mode is not None:
        part.axvline(mode, color=style.MODEL, linewidth=1.8, label="mode")
    part.set_xlim(low, high)
    part.set_ylim(bottom=0)
    part.margins(y=0.08)
