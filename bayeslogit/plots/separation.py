"""Cases in the order of their forecasts, events dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np

from bayeslogit.answers.evaluation.forecasting import Forecasting
from bayeslogit.answers.evaluation.replicates import replicate
from bayeslogit.numerics.scores import auc
from bayeslogit.plots import style
from bayeslogit.plots.forecasts import FORECASTS
from bayeslogit.plots.literal import literal
from bayeslogit.plots.options import what
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.text import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_separation"]

_STRIPS = 400  # of the picture at most


@literal
def plot_separation(
    posterior: Posterior, *, ax: Axes | None = None, **options: Unpack[Forecasting]
) -> Axes:
    """Draw all cases in the order of their forecasts, events dark, with the forecasts as a line.

    In a good model the dark strips gather at the right. Forecasts of the fitted rows are those of
    one fit to all of them, cases that are alike in one strip; the note has the area under the ROC
    curve, in-sample and corrected for optimism.

    Parameters
    ----------
    posterior : Posterior
        The fit.
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
    plot_roc : How well forecasts tell events from others, as a curve.

    References
    ----------
    Greenhill, B., Ward, M. D. and Sacks, A. (2011). The separation plot: a new visual method for
    evaluating the fit of binary models. doi:10.1111/j.1540-5907.2011.00525.x

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_separation().get_ylabel()
    'probability of passed = 1'
    """
    replicated = replicate(posterior, **options)
    outcome, left = what(posterior, options.get("event")), replicated.left
    prob, failures, successes = replicated.prob, replicated.failures, replicated.successes
    ax = style.axes(ax, (7.0, 3.0))
    cases = failures + successes
    order = np.argsort(prob, kind="stable")
    order = order[cases[order] > 0]
    right = np.cumsum(cases[order])
    start = right - cases[order]
    share = successes[order] / cases[order]
    edges = np.r_[start[:1], right]
    if len(order) > _STRIPS:
        # More strips than the picture has columns: the share of events in each column.
        edges = np.linspace(0.0, right[-1], _STRIPS + 1)
        events = np.interp(edges, np.r_[0.0, right], np.r_[0.0, np.cumsum(successes[order])])
        share = np.diff(events) / np.diff(edges)
    colours, dark = ("Greys_r", "bright") if style.on_dark() else ("Greys", "dark")
    mesh = ax.pcolormesh(
        edges, [0.0, 1.0], share[None], cmap=colours, vmin=0.0, vmax=1.6, shading="flat"
    )
    mesh.set_rasterized(True)
    steps = np.r_[start, right[-1:]], np.r_[prob[order], prob[order][-1:]]
    for color, width in ((style.PAPER, 4.0), (style.MODEL, 2.0)):
        ax.step(*steps, where="post", color=color, linewidth=width)
    expected = right[-1] - float(cases @ prob)
    ax.plot([expected], [-0.045], "^", color=style.MARK, clip_on=False, markersize=7)
    ax.set_xlim(0.0, right[-1])
    ax.set_ylim(0.0, 1.0)
    style.whole_numbers(ax)
    ax.set_xlabel("cases, in the order of their forecasts")
    ax.set_ylabel(f"probability of {outcome}")
    style.tidy(ax)
    words = f"{dark}: {number(successes.sum())} events; line: forecast"
    mark = f"triangle: right of it would be the {number(float(cases @ prob))} expected"
    forecasts = FORECASTS[replicated.name]
    if left is not None:
        own = float(auc(prob, failures, successes))
        forecasts = f"AUC {own:.2f} in-sample, {left.area:.2f} corrected for optimism"
    style.title(ax, "Separation of events", style.notes(words, mark, forecasts, posterior.caveat))
    return ax
