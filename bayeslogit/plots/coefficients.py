"""Intervals of the coefficients: a forest of odds ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit.answers.summaries.coefficients import check_scale
from bayeslogit.answers.summaries.odds import against, odds_in_words
from bayeslogit.errors import DesignError, MethodRefused, listing, nearest
from bayeslogit.families import LINKS
from bayeslogit.inference import METHODS, Gaussian
from bayeslogit.plots import style
from bayeslogit.plots.literal import literal
from bayeslogit.plots.options import Figure, settings_of
from bayeslogit.posterior.interval_summary import exponential, ratio_bounds
from bayeslogit.posterior.per_units import per_units
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.specification.layout import Layout
from bayeslogit.text import estimate_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["chosen_terms", "draw_lines", "plot_forest"]

_ONE = np.ones(1)
_FAR = 1e12  # a ratio beyond it would leave no room for the others on the axis


def chosen_terms(layout: Layout, terms: Sequence[str] | str | None, intercept: bool) -> list[int]:
    """Return the positions of the coefficients to draw, in the given order.

    Parameters
    ----------
    layout : Layout
        Names and places of the coefficients.
    terms : sequence of str, str or None
        Coefficients or terms; None for all slopes.
    intercept : bool
        With the intercepts, where ``terms`` is None.

    Raises
    ------
    DesignError
        If there is no such coefficient, or none is left.
    """
    if terms is None:
        first = [] if not intercept else list(range(len(layout.names)))
        positions = first or [*layout.slopes, *layout.places.get("partial", ())]
        if not positions:
            raise DesignError(
                f"the model has no coefficients besides {listing(layout.names)}; expected at "
                "least one slope to draw; pass intercept=True"
            )
        return positions
    positions = []
    for term in [terms] if isinstance(terms, str) else terms:
        if term in layout.names:
            positions.append(layout.names.index(term))
        elif term in layout.places:
            positions.extend(layout.places[term])
        else:
            known = [*layout.names, *(p for p in layout.places if p not in layout.names)]
            raise DesignError(
                f"{term!r} is not a coefficient of this model; expected some of "
                f"{listing(known)}; name one of them.{nearest(term, known)}"
            )
    if not positions:
        raise DesignError(
            f"terms={terms!r} names nothing to draw; expected some of {listing(layout.names)}; "
            "name one of them, or leave terms out"
        )
    return positions


def linear(layout: Layout) -> set[int]:
    """Return the coefficients that are added up to linear predictors: no log precision."""
    kept = (v for v in layout.variables if v.name != "log_precision")
    return {int(i) for v in kept for i in np.ravel(v.index)}


@literal
def plot_forest(
    posterior: Posterior,
    *,
    reference: Any = None,
    terms: Sequence[str] | str | None = None,
    intercept: bool = False,
    scale: str | None = None,
    per: Mapping[str, Any] | None = None,
    values: bool = True,
    **options: Unpack[Figure],
) -> Axes:
    """Draw the posterior of each coefficient as median, 50 % and ``ci_prob`` intervals.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    reference : optional
        For a multinomial model: compare with this class instead, as :func:`summary` does.
    terms : sequence of str, optional
        Coefficients or terms to draw; by default all slopes.
    intercept : bool
        Whether to draw intercepts (and cutpoints) as well.
    scale : {"odds_ratio", "risk_ratio", "log_odds"}, optional
        By default odds ratios where the link is the logit, and risk ratios where it is ``"log"``,
        on a logarithmic axis; else coefficients, which are risk differences for ``"identity"``.
    per : dict, optional
        Units of predictors, as in :func:`summary`.
    values : bool
        Whether to write median and interval at the right.
    **options
        ``ax=``, ``note=`` (below the title), ``ci_prob=``, ``ci_kind=``.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If a term or scale is unknown.
    MethodRefused
        If there is one point and no curvature: there is no interval to draw.

    See Also
    --------
    summary : The numbers.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_forest().get_xscale()
    'log'
    """
    model = posterior.model
    layout, response = model.layout, model.response
    link, theta, gaussian = model.family.link, posterior.given, posterior.given_gaussian
    if reference is not None:
        reference, draws, _, gaussian = against(posterior, reference)
        theta = np.ascontiguousarray(draws.reshape(-1, draws.shape[2]).T)
        others = (name for name in response.classes if name != reference)
        response = replace(response, classes=(reference, *others))
        layout = replace(model, response=response).layout
    odds = odds_in_words(response, model.family)
    settings = settings_of(options)
    prob, kind = settings.prob, settings.kind
    if scale is None:
        scale = LINKS[link].exponential or "log_odds"
    check_scale(scale, "e", link)
    positions = [i for i in chosen_terms(layout, terms, intercept) if i in linear(layout)]
    ratio = scale != "log_odds"
    point = theta.shape[1] == 1
    factors, every = per_units(model, layout.names, per)
    names, steps = [every[i] for i in positions], factors[positions]
    if point:
        middle, bounds = _from_curvature(theta[:, 0], gaussian, positions, prob)
        middle, bounds = middle * steps, [both * steps for both in bounds]
        if ratio:
            middle, *bounds = (exponential(values) for values in (middle, *bounds))
    else:
        draws = theta[positions] * steps[:, None]
        draws = exponential(draws) if ratio else draws
        middle = np.median(draws, axis=1)
        bounds = [np.array(ratio_bounds(draws, p, kind)) for p in (style.INNER, prob)]
    ax = style.axes(options.get("ax"), (6.4, 1.3 + 0.42 * len(names)))
    draw_lines(ax, names, middle, bounds, ratio)
    if values:
        for y, (m, low, high) in enumerate(zip(middle, *bounds[1], strict=True)):
            ax.text(
                1.02,
                y,
                estimate_text(m, low, high, null=1.0 if ratio else None),
                transform=ax.get_yaxis_transform(),
                va="center",
                fontsize="small",
            )
    own = "" if per else " per unit"  # the labels say it
    ax.set_xlabel(_effect_in_words(link, scale, own))
    inner, outer = (style.interval_label(p, "eti" if point else kind) for p in (style.INNER, prob))
    words = f"{'mode' if point else 'median'} with {inner} and {outer}"
    if point:
        words += " of the curvature there"
    if ratio and odds and len(response.classes) > 2:
        words = f"{words}; of the {odds}"
    style.title(
        ax,
        f"{_effects(link, scale)} for {style.event(response)}",
        style.notes(words, options.get("note", posterior.caveat)),
    )
    return ax


def _effects(link: str, scale: str) -> str:
    """Return what is drawn, in the plural."""
    if scale == "log_odds":
        return f"{LINKS[link].coefficient.capitalize()}s"
    return f"{scale.replace('_', ' ').capitalize()}s"


def _effect_in_words(link: str, scale: str, own: str) -> str:
    """Return the label of the axis of coefficients; ``own`` says of how many units."""
    if scale != "log_odds":
        return f"{scale.replace('_', ' ')}{own} (log scale)"
    if link == "logit":
        return f"log-odds{own}"
    if LINKS[link].bounded:
        return f"{'change of the log risk' if LINKS[link].exponential else 'risk difference'}{own}"
    return f"change of the linear predictor ({link}){own}"


def _from_curvature(
    point: np.ndarray, gaussian: Gaussian | None, positions: list[int], prob: float
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the mode and intervals of the Gaussian at it."""
    from scipy.special import ndtri

    if gaussian is None:
        others = [name for name, method in METHODS.items() if not method.point]
        raise MethodRefused(
            "a point estimate whose curvature is not that of a proper peak has no interval; "
            f"expected draws; fit with one of {listing(others)}"
        )
    middle = point[positions]
    sd = np.sqrt(np.diag(gaussian.covariance))[positions]
    half = [sd * float(ndtri((1 + p) / 2)) for p in (style.INNER, prob)]
    return middle, [np.array([middle - h, middle + h]) for h in half]


def draw_lines(
    ax: Axes,
    names: list[str],
    middle: np.ndarray,
    bounds: list[np.ndarray],
    ratio: bool,
    null: bool = True,
) -> None:
    """Draw a line for each effect, the first on top, and the line of no effect.

    Parameters
    ----------
    ax : matplotlib Axes
    names : list of str
    middle : ndarray, shape (effects,)
        Point estimates, as differences (log-odds, probability) or as ratios, which may be
        infinite: their lines lead to the end of the axis.
    bounds : list of ndarray, shape (2, effects)
        Inner and outer bounds; empty for points alone.
    ratio : bool
        Ratios, on a log axis, with no effect at 1; else no effect is at 0.
    null : bool
        Draw the line of no effect.
    """
    rows = np.arange(len(names))
    if null:
        ax.axvline(1.0 if ratio else 0.0, color=style.NOTE, linewidth=1, linestyle="--", zorder=1)
    inner, outer = bounds or [np.array([middle, middle])] * 2
    above, below = np.isinf(outer[1]), ratio & (outer[0] == 0.0)
    if above.any() or below.any():
        inner, outer, middle = _up_to_the_end(inner, outer, middle)
        for beyond, end, mark in ((above, outer[1], ">"), (below, outer[0], "<")):
            ax.plot(end[beyond], rows[beyond], mark, color=style.MODEL, markersize=5, zorder=2)
    for width, (low, high) in ((1.4, outer), (5.0, inner)):
        ax.hlines(rows, low, high, color=style.MODEL, linewidth=width, zorder=2)
    ax.plot(
        middle, rows, "o", color=style.MODEL, markerfacecolor=style.PAPER, markersize=5, zorder=3
    )
    if ratio:
        ax.set_xscale("log")
        _plain_ticks(ax, float(min(outer[0].min(), 1.0)), float(max(outer[1].max(), 1.0)))
    ax.set_yticks(rows, names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    style.tidy(ax)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=style.GRID, linewidth=0.6)
    ax.set_axisbelow(True)


def _up_to_the_end(*values: np.ndarray) -> list[np.ndarray]:
    """Return ratios with what is 0 or infinite, or next to it, moved to the ends of a log axis."""
    near = [v[(v < _FAR) & (v > 1.0 / _FAR)].ravel() for v in (*values, _ONE)]
    known = np.concatenate(near)
    return [np.clip(v, 0.01 * known.min(), 100.0 * known.max()) for v in values]


def _plain_ticks(ax: Axes, low: float, high: float) -> None:
    """Label a logarithmic axis by plain numbers such as 0.5, 1, 2, 5."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    pad = max((high / low) ** 0.05, 1.05)
    low, high = low / pad, high * pad
    decades = np.log10(high / low)
    if decades > 8:
        return  # matplotlib's own powers of ten
    steps: tuple[float, ...] = (1, 2, 5) if decades <= 3 else (1,)
    if decades <= 0.7:
        steps = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8)
    exponents = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks = [s * 10.0**e for e in exponents for s in steps]
    inside = [t for t in ticks if low <= t <= high]
    if len(inside) < 2:
        return
    ax.xaxis.set_major_locator(FixedLocator(inside))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
    ax.set_xlim(low, high)
