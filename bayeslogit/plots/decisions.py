"""Decision curves: net benefit over thresholds, expected cost over cut-offs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from bayeslogit.answers.decisions.decide import CostOptions, cost_curve
from bayeslogit.answers.evaluation.cutoffs import net_benefit
from bayeslogit.answers.evaluation.forecasting import Forecasting
from bayeslogit.numerics.intervals import interval_names, interval_settings
from bayeslogit.plots import style
from bayeslogit.plots.forecasts import in_sample, of_forecasts
from bayeslogit.plots.literal import literal
from bayeslogit.plots.options import what
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.text import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_costs", "plot_net_benefit"]


@literal
def plot_net_benefit(
    posterior: Posterior,
    thresholds: Any = None,
    *,
    ax: Axes | None = None,
    **options: Unpack[Forecasting],
) -> Axes:
    """Draw the decision curve: net benefit of acting on the forecast, on all, on none.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    thresholds, **options
        As in :func:`net_benefit`.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If an option is not known, or a class of several must be named.

    See Also
    --------
    net_benefit : The numbers.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> [text.get_text() for text in fit.plot_net_benefit().get_legend().get_texts()][3:]
    ['act on everyone', 'act on no one']
    """
    table = net_benefit(posterior, thresholds, **options)
    outcome = what(posterior, options.get("event"))
    prob, kind = interval_settings(options.get("ci_prob"), options.get("ci_kind"))
    lower, upper = interval_names(prob, kind)
    ax = style.axes(ax, (6.4, 4.4))
    x = table["threshold"]
    style.band(ax, x, table[lower], table[upper], style.interval_label(prob, kind), zorder=2)
    ax.plot(
        x, table["net_benefit"], color=style.MODEL, linewidth=2.2, label="by the model", zorder=4
    )
    in_sample(ax, x, table)
    for name, label, dashes in (
        ("treat_all", "act on everyone", "--"),
        ("treat_none", "act on no one", ":"),
    ):
        ax.plot(
            x, table[name], color=style.DATA, linewidth=1.3, linestyle=dashes, label=label, zorder=3
        )
    top = float(max(table[upper].max(), table["treat_all"].max(), 1e-6))
    ax.set_ylim(-0.35 * top, 1.05 * top)
    _scale_cutoffs(ax, float(x.max()))
    ax.set_xlabel(f"threshold probability of {outcome}, at which acting is worth as much as not")
    ax.set_ylabel("net benefit (true positives per case)")
    ax.legend(frameon=False, fontsize="small", loc="upper right")
    style.tidy(ax)
    words = of_forecasts(table, "band", posterior.caveat)
    style.title(ax, "Decision curve", words)
    return ax


@literal
def plot_costs(
    posterior: Posterior,
    costs: Any,
    *,
    ax: Axes | None = None,
    **options: Unpack[CostOptions],
) -> Axes:
    """Draw the expected cost per case of each cut-off, with the cheapest one marked.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    costs, **options
        As in :func:`cost_curve`.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If costs are negative or incomplete, or an option is not known.

    See Also
    --------
    cost_curve : The numbers.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_costs({"false_positive": 1, "false_negative": 4}).get_xlabel()
    'cut-off of the probability of passed = 1'
    """
    table, outcome = cost_curve(posterior, costs, **options), what(posterior)
    prob, kind = interval_settings(options.get("ci_prob"), options.get("ci_kind"))
    lower, upper = interval_names(prob, kind)
    ax = style.axes(ax, (6.4, 4.2))
    x = table["cutoff"]
    if lower in table:
        label = style.interval_label(prob, kind)
        style.band(ax, x, table[lower], table[upper], label, step="post")
    ax.step(
        x,
        table["estimate"],
        where="post",
        color=style.MODEL,
        linewidth=2.2,
        label="posterior mean" if lower in table else "point estimate",
    )
    best = float(table.attrs["cutoff"])
    ax.axvline(best, color=style.MARK, linewidth=1.2, linestyle=":")
    _scale_cutoffs(ax, float(x.max()))
    ax.set_ylim(bottom=0.0)
    left = best < 0.7 * ax.get_xlim()[1]
    # The curve is lowest here: the room above it is free.
    top = table[upper] if lower in table else table["estimate"]
    height = float(top[x == best].max()) / ax.get_ylim()[1]
    ax.annotate(
        f"cheapest: {number(best)}",
        (best, height + 0.06 if height < 0.8 else 0.02),
        (5 if left else -5, 0),
        xycoords=ax.get_xaxis_transform(),
        textcoords="offset points",
        ha="left" if left else "right",
        fontsize="small",
        color=style.MARK,
    )
    ax.set_xlabel(f"cut-off of the probability of {outcome}")
    ax.set_ylabel("expected cost per case (unit of the costs)")
    ax.legend(frameon=False, fontsize="small", loc="best")
    style.tidy(ax)
    style.title(ax, "Cost of deciding by a cut-off", posterior.caveat)
    return ax


def _scale_cutoffs(ax: Axes, highest: float) -> None:
    """Scale the axis from 0 to 1, or less far where all cut-offs are low."""
    ax.set_xlim(0.0, 1.0 if highest > 0.5 else 1.02 * highest)
