"""Effects on probabilities as points with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bayeslogit.errors import DesignError
from bayeslogit.numerics.intervals import interval, interval_settings
from bayeslogit.plots import style
from bayeslogit.plots.coefficients import draw_lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["effects"]

MOST = 60
_WORDS = {
    "difference": "change in P({0})",
    "ratio": "risk ratio of {0} (log scale)",
    "lnratio": "log risk ratio of {0}",
    "odds_ratio": "odds ratio of {0} (log scale)",
    "lnor": "log odds ratio of {0}",
    "lift": "relative change in P({0})",
    "dydx": "change in P({0}) per unit",
    "eyex": "elasticity of P({0})",
    "eydx": "relative change in P({0}) per unit",
    "dyex": "change in P({0}) per relative change of the predictor",
    "probability": "P({0})",
    "linear": "linear predictor of {0}",
}
RATIOS = ("ratio", "odds_ratio")
MEDIANS = (*RATIOS, "lift")
TITLES = {"probability": "Predictions", "linear": "Predictions"}


def effects(
    labels: Sequence[str],
    values: np.ndarray,
    measure: str,
    outcome: str,
    *,
    rows: str = "",
    numbers: bool = True,
    note: str = "",
    ci_prob: float | None = None,
    ci_kind: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw effects, one below the other, with 50 % and ``ci_prob`` intervals.

    Parameters
    ----------
    labels : sequence of str
        What each effect is of.
    values : ndarray, shape (effects, draws)
        One draw is a point estimate, drawn without an interval.
    measure : str
        A word of ``comparison=``, ``slope=`` or ``kind=``; the number needed to treat is not
        drawn, because its scale has a hole where there is no effect.
    outcome : str
        What the probability is of.
    rows : str
        Over which rows they are averaged, in words.
    numbers : bool
        Write estimates and intervals at the right.
    note : str
        Written below the title, such as the name of an approximation.
    ci_prob, ci_kind : optional
        Interval; by default ArviZ's ``rcParams``.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If the measure cannot be drawn, or there are more than 60 effects.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_effects({"hours": (2, 4)}).get_xlabel()
    'change in P(passed = 1)'
    """
    prob, kind = interval_settings(ci_prob, ci_kind)
    if measure == "nnt":
        raise DesignError(
            "comparison='nnt' has no picture, because its scale runs through infinity where there "
            "is no effect; expected a difference or a ratio; draw comparison='difference'"
        )
    if not 1 <= len(labels) <= MOST:
        raise DesignError(
            f"there are {len(labels)} effects to draw; expected 1 to {MOST}; average over rows "
            "(by=True), or name fewer predictors"
        )
    ratio = measure in RATIOS
    wrong = ~np.isfinite(values).all(axis=1)
    if wrong.any():
        raise DesignError(
            f"the effect {labels[int(np.argmax(wrong))]!r} reaches beyond the largest number; "
            "expected finite effects; draw comparison='difference'"
        )
    middle = np.median(values, axis=1) if measure in MEDIANS else values.mean(axis=1)
    bounds = []
    if values.shape[1] > 1:
        bounds = [np.array(interval(values, p, kind)) for p in (style.INNER, prob)]
    ax = style.axes(ax, (6.4, 1.4 + 0.42 * len(labels)))
    null = measure not in ("probability", "linear")
    draw_lines(ax, list(labels), middle, bounds, ratio, null)
    if measure == "probability":
        ax.set_xlim(-0.02, 1.02)
    for y, m in enumerate(middle if numbers else ()):
        text = style.estimate_text(m, *bounds[1][:, y]) if bounds else style.number(m)
        ax.text(1.02, y, text, transform=ax.get_yaxis_transform(), va="center", fontsize="small")
    ax.set_xlabel(_WORDS[measure].format(outcome))
    point = "median" if measure in MEDIANS else "mean"
    both = f"{100 * style.INNER:.4g} % and {style.interval_label(prob, kind)}s"
    words = f"{point}, {both}" if bounds else "point estimate"
    style.title(ax, TITLES.get(measure, "Effects"), style.notes(words, rows, note))
    return ax
