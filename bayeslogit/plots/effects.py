"""Effects on probabilities as points with intervals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from bayeslogit import tables
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
}
# The same of another quantity, and what each quantity is called.
_OF_OTHERS = {
    "difference": "change in {0}",
    "ratio": "ratio of {0} (log scale)",
    "lnratio": "log ratio of {0}",
    "odds_ratio": "odds ratio of {0} (log scale)",
    "lnor": "log odds ratio of {0}",
    "lift": "relative change in {0}",
    "dydx": "change in {0} per unit",
    "eyex": "elasticity of {0}",
    "eydx": "relative change in {0} per unit",
    "dyex": "change in {0} per relative change of the predictor",
}
_QUANTITIES = {
    "probability": "P({0})",
    "cumulative": "P({0} at most k)",
    "exceedance": "P({0} at least k)",
    "mean": "the mean of {0}",
    "odds": "the odds of {0}",
    "count": "the expected cases of {0}",
    "linear": "the linear predictor of {0}",
}
RATIOS = ("ratio", "odds_ratio")
MEDIANS = (*RATIOS, "lift")
# Each question, its option that names the measure, and what that is by default.
_QUESTIONS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "comparisons": (comparisons, "comparison", "difference"),
    "slopes": (slopes, "slope", "dydx"),
    "predictions": (predictions, "", ""),
}


class EffectOptions(Interval, total=False):
    """Options of the question whose answer is drawn.

    Attributes
    ----------
    comparison, slope : str
        For ``kind="comparisons"`` and ``kind="slopes"``.
    cross : bool
        For ``kind="comparisons"``.
    scores, hypothesis, newdata, by, weights, offset, trials, groups
        Of all kinds.
    progressbar : bool
    """

    comparison: str
    slope: str
    cross: bool
    scores: Any
    hypothesis: Any
    newdata: Any
    by: Any
    weights: Any
    offset: Any
    trials: Any
    groups: Any
    progressbar: bool


@literal
def plot_effects(
    posterior: Posterior,
    variables: Any = None,
    *,
    kind: str = "comparisons",
    quantity: str = "probability",
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
    quantity : str
        Of what: what ``kind=`` is to that question, such as ``"exceedance"`` or ``"odds"``.
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
    others = {"comparison", "slope", "cross"} - {word}
    others -= {"cross"} if kind == "comparisons" else set()
    refuse_unknown(options, [name for name in EffectOptions.__annotations__ if name not in others])
    measure = str(options.get(word, default))
    if kind == "comparisons":
        measure = measure_of(measure).name
    settings = Settings.of(options)
    asked: dict[str, Any] = {"by": True, "kind": quantity} | dict(options)
    for name in Interval.__annotations__:
        asked.pop(name, None)
    if posterior.point:
        table = question(posterior, variables, **asked)
        estimate = tables.columns_of(table)["estimate"]
        values = table[estimate].to_numpy()[:, None]
        columns = {name: table[name].tolist() for name in table if name != estimate}
        attrs = table.attrs
    else:
        found = question(posterior, variables, draws=True, **asked)
        values = found.transpose("effect", "chain", "draw").values
        values = values.reshape(len(values), -1)
        columns, attrs = _columns(found), found.attrs
    rows = rows_in_words(asked.get("newdata"), asked["by"])
    label = _axis_label(kind, quantity, measure, what(posterior))
    if options.get("hypothesis") is not None:
        measure = attrs["comparison"]
        start, end = ("ratio", " (log scale)") if measure == "ratio" else ("contrast", "")
        label = f"{start} of {label.removesuffix(' (log scale)')}{end}"
        texts = [value_text(name) for name in columns.pop("hypothesis")]
        of = [""] * len(texts)
        if columns:
            of = effect_labels(columns, len(values), "term" in columns)
        labels = [", ".join(filter(None, pair)) for pair in zip(texts, of, strict=True)]
    else:
        measure = measure or ("odds" if quantity == "odds" else "")
        labels = effect_labels(columns, len(values), kind != "predictions")
    ax = _draw(labels, values, measure, settings, ax, numbers)
    if measure == "" and quantity in ("probability", "cumulative", "exceedance"):
        ax.set_xlim(-0.02, 1.02)
    ax.set_xlabel(label)
    ratio = "median" if measure in (*MEDIANS, "odds") else "mean"
    both = f"{100 * style.INNER:.4g} % and {style.interval_label(settings.prob, settings.kind)}s"
    words = "point estimate" if posterior.point else f"{ratio}, {both}"
    title = "Predictions" if measure in ("", "odds") else "Effects"
    style.title(ax, title, style.notes(words, rows, posterior.caveat))
    return ax


def _axis_label(kind: str, quantity: str, measure: str, outcome: str) -> str:
    """Return what the effects are, in words."""
    of = _QUANTITIES[quantity].format(outcome)
    if kind == "predictions":
        label = of.removeprefix("the ")
        return f"{label} (log scale)" if quantity == "odds" else label
    if quantity == "probability":
        return _WORDS[measure].format(outcome) if measure in _WORDS else measure
    return _OF_OTHERS[measure].format(of) if measure in _OF_OTHERS else measure


def _draw(
    labels: list[str],
    values: np.ndarray,
    measure: str,
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
    ratio = measure in (*RATIOS, "odds")
    wrong = (np.isnan(values) | (np.isinf(values) & (not ratio))).any(axis=1)
    if wrong.any():
        raise DesignError(
            f"the effect {labels[int(np.argmax(wrong))]!r} reaches beyond the largest number; "
            "expected finite effects; draw comparison='difference'"
        )
    middle = np.median(values, axis=1) if measure in (*MEDIANS, "odds") else values.mean(axis=1)
    bounds = []
    if values.shape[1] > 1:
        ends = (style.INNER, settings.prob)
        bounds = [np.array(ratio_bounds(values, p, settings.kind)) for p in ends]
    ax = style.axes(ax, (6.4, 1.4 + 0.42 * len(labels)))
    draw_lines(ax, labels, middle, bounds, ratio, null=measure not in ("", "odds"))
    for y, m in enumerate(middle if numbers else ()):
        text = (
            estimate_text(m, *bounds[1][:, y], null=1.0 if ratio else None)
            if bounds
            else figures(m, null=1.0 if ratio else None)[0]
        )
        ax.text(1.02, y, text, transform=ax.get_yaxis_transform(), va="center", fontsize="small")
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
