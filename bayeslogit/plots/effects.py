"""Effects on probabilities as points with intervals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit.answers.effects import comparisons, predictions, slopes
from bayeslogit.answers.effects.measures import measure_of
from bayeslogit.errors import DesignError, listing, nearest, refuse_unknown
from bayeslogit.numerics.intervals import Interval, Settings
from bayeslogit.plots import style
from bayeslogit.plots.coefficients import draw_lines
from bayeslogit.plots.literal import literal
from bayeslogit.plots.options import what
from bayeslogit.posterior.interval_summary import ratio_bounds
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.rows import rows_in_words
from bayeslogit.tables import columns_of
from bayeslogit.text import estimate_text, figures, value_text

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["EffectOptions", "effect_labels", "plot_effects"]

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
# Each question, its option that names the measure, and what that is by default.
_QUESTIONS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "comparisons": (comparisons, "comparison", "difference"),
    "slopes": (slopes, "slope", "dydx"),
    "predictions": (predictions, "kind", "probability"),
}
TITLES = {"probability": "Predictions", "linear": "Predictions"}


class EffectOptions(Interval, total=False):
    """Options of the question whose answer is drawn.

    Attributes
    ----------
    comparison, slope : str
        For ``kind="comparisons"`` and ``kind="slopes"``.
    newdata, by, weights, offset, groups
        Of all kinds.
    progressbar : bool
    """

    comparison: str
    slope: str
    newdata: Any
    by: Any
    weights: Any
    offset: Any
    groups: Any
    progressbar: bool


@literal
def plot_effects(
    posterior: Posterior,
    variables: Any = None,
    *,
    kind: str = "comparisons",
    ax: Axes | None = None,
    numbers: bool = True,
    **options: Unpack[EffectOptions],
) -> Axes:
    """Draw effects on the probability scale, with 50 % and ``ci_prob`` intervals.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    variables : optional
        As in :func:`comparisons`; for predictions as in :func:`predictions`.
    kind : {"comparisons", "slopes", "predictions"}
        Which question is asked.
    ax : matplotlib.axes.Axes, optional
    numbers : bool
        Write estimates and intervals at the right.
    **options
        Of that question, such as ``comparison="ratio"``, ``by="school"``, ``newdata="mean"``,
        ``ci_prob=0.5``.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DesignError
        If the measure cannot be drawn (the scale of the number needed to treat has a hole where
        there is no effect), there are more than 60 effects, or an option is not known.

    See Also
    --------
    comparisons, slopes, predictions : The numbers.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
    >>> fit.plot_effects({"hours": (2, 4)}).get_xlabel()
    'change in P(passed = 1)'
    """
    if kind not in _QUESTIONS:
        raise DesignError(
            f"kind={kind!r} is not a question about effects; expected one of "
            f"{listing(_QUESTIONS)}; choose one of them." + nearest(kind, _QUESTIONS)
        )
    question, word, default = _QUESTIONS[kind]
    others = {other for _, other, _ in _QUESTIONS.values()} - {word}
    refuse_unknown(options, [name for name in EffectOptions.__annotations__ if name not in others])
    measure = str(options.get(word, default))
    if kind == "comparisons":
        measure = measure_of(measure).name
    settings = Settings.of(options)
    asked: dict[str, Any] = {"by": True} | dict(options)
    for name in Interval.__annotations__:
        asked.pop(name, None)
    if posterior.point:
        table = question(posterior, variables, **asked)
        estimate = columns_of(table)["estimate"]
        values = table[estimate].to_numpy()[:, None]
        columns = {name: table[name].tolist() for name in table if name != estimate}
    else:
        found = question(posterior, variables, draws=True, **asked)
        values = found.transpose("effect", "chain", "draw").values
        values = values.reshape(len(values), -1)
        columns = _columns(found)
    rows = rows_in_words(asked.get("newdata"), asked["by"])
    labels = effect_labels(columns, len(values), kind != "predictions")
    ax = _draw(labels, values, measure, what(posterior), settings, ax, numbers)
    ratio = "median" if measure in MEDIANS else "mean"
    both = f"{100 * style.INNER:.4g} % and {style.interval_label(settings.prob, settings.kind)}s"
    words = "point estimate" if posterior.point else f"{ratio}, {both}"
    style.title(ax, TITLES.get(measure, "Effects"), style.notes(words, rows, posterior.caveat))
    return ax


def _draw(
    labels: list[str],
    values: np.ndarray,
    measure: str,
    outcome: str,
    settings: Settings,
    ax: Axes | None,
    numbers: bool,
) -> Axes:
    """Draw effects, (effects, draws), one below the other; one draw has no interval."""
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
    wrong = (np.isnan(values) | (np.isinf(values) & (not ratio))).any(axis=1)
    if wrong.any():
        raise DesignError(
            f"the effect {labels[int(np.argmax(wrong))]!r} reaches beyond the largest number; "
            "expected finite effects; draw comparison='difference'"
        )
    middle = np.median(values, axis=1) if measure in MEDIANS else values.mean(axis=1)
    bounds = []
    if values.shape[1] > 1:
        ends = (style.INNER, settings.prob)
        bounds = [np.array(ratio_bounds(values, p, settings.kind)) for p in ends]
    ax = style.axes(ax, (6.4, 1.4 + 0.42 * len(labels)))
    null = measure not in ("probability", "linear")
    draw_lines(ax, labels, middle, bounds, ratio, null)
    if measure == "probability":
        ax.set_xlim(-0.02, 1.02)
    for y, m in enumerate(middle if numbers else ()):
        text = (
            estimate_text(m, *bounds[1][:, y], null=1.0 if ratio else None)
            if bounds
            else figures(m, null=1.0 if ratio else None)[0]
        )
        ax.text(1.02, y, text, transform=ax.get_yaxis_transform(), va="center", fontsize="small")
    ax.set_xlabel(_WORDS[measure].format(outcome))
    return ax


def _columns(found: xr.DataArray) -> dict[str, list[Any]]:
    """Return the naming columns of draws of effects."""
    named = {n: c for n, c in found.coords.items() if n not in found.dims}
    return {str(c.attrs.get("long_name", n)): c.values.tolist() for n, c in named.items()}


def effect_labels(columns: dict[str, list[Any]], number: int, compared: bool) -> list[str]:
    """Return a label for each of a number of effects from the columns that name it.

    Parameters
    ----------
    columns : dict of str to list
        What names the effects, an entry for each.
    number : int
        How many effects there are.
    compared : bool
        Whether the first two columns are the term and the contrast.

    Examples
    --------
    >>> effect_labels({"term": ["hours"], "contrast": ["4 - 2"], "school": ["east"]}, 1, True)
    ['hours: 4 - 2, school = east']
    """
    named, others = list(columns.values())[:2], list(columns.items())[2 if compared else 0 :]
    labels = []
    for i in range(number):
        parts = [": ".join(str(values[i]) for values in named)] if compared else []
        parts += [f"{name} = {value_text(values[i])}" for name, values in others]
        labels.append(", ".join(parts) or "all rows")
    return labels
