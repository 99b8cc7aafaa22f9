"""Effects in sentences: "Hours: the odds of passed = 1 multiply by 4.5 (1.9 to 30) per hour"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack, cast

import numpy as np

from bayeslogit import tables
from bayeslogit.answers.effects.choice_words import choices_in_words
from bayeslogit.answers.effects.contrasts import Contrast, asked_of, contrasts_of
from bayeslogit.answers.effects.marginal import comparisons
from bayeslogit.answers.effects.measures import Measure, measure_of
from bayeslogit.answers.effects.steps import inside
from bayeslogit.answers.prediction.profile_rows import check_variable
from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing, nearest, quoted
from bayeslogit.families import LINKS
from bayeslogit.numerics.intervals import Interval, Settings
from bayeslogit.posterior.group_views import as_seen, default_groups
from bayeslogit.posterior.interval_summary import settings_of
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.requested_rows import rows_of
from bayeslogit.posterior.rows import rows_in_words
from bayeslogit.text import counted, figures, one_line

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["in_words"]


def in_words(
    posterior: Posterior,
    variables: Any = None,
    *,
    comparison: str | None = None,
    newdata: Any = None,
    by: Any = True,
    units: Mapping[str, str | tuple[str, str]] | None = None,
    per: Mapping[str, Any] | None = None,
    kind: str | None = None,
    **interval: Unpack[Interval],
) -> str:
    """Return effects as sentences, a line each.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    variables, newdata, by, **interval
        As in :func:`comparisons`; by default odds ratios are those of the mean row (of each
        group), and probabilities are averaged over rows. The sentence says which.
    comparison : {"odds_ratio", "ratio", "difference", "nnt"}, optional
        By default odds ratios; risk ratios under ``link="log"`` and risk differences under
        ``link="identity"``, at the mean row.
    units : dict, optional
        What one unit of a number is called, such as ``{"hours": "hour"}`` or ``{"dose": "mg"}``;
        or the words for one and for many, ``{"age": ("Jahr", "Jahre")}``.

    per : dict, optional
        Steps of predictors, such as ``{"age": 10, "dose": "sd"}``; other predictors keep theirs.
    kind : {"probability", "exceedance", "cumulative"}, optional
        Of ordered classes: each class, at least each class, or at most each. By default each
        class; odds ratios of a cumulative logit model whose slopes do not differ between classes
        are those of a higher class, one sentence for all.

    Returns
    -------
    str
        A line for each contrast (and class, and group), with its interval.

    Raises
    ------
    DesignError
        If a predictor or word is unknown, or a comparison has no sentence.

    See Also
    --------
    comparisons : The numbers of these sentences.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), priors="flat").fit("map")
    >>> print(fit.in_words("hours", units={"hours": "hour"}))
    Hours: the odds of passed = 1 multiply by 4.5 (a point estimate) per hour, at the mean row
    """
    model = posterior.model
    link = LINKS[model.family.link]
    measure = measure_of(link.effect if comparison is None else comparison)
    if model.response.alternatives is not None:
        if measure.name != "odds_ratio":
            posterior.warn_of_risks("effects on risks")
        return choices_in_words(posterior, variables, settings_of(posterior, interval, in_words))
    if measure.name not in _WORDS:
        raise DesignError(
            f"comparison={comparison!r} has no sentence; expected one of {listing(_WORDS)}; "
            "choose one of them, or read comparisons()"
        )
    for name, unit in (units or {}).items():
        check_variable(model.design, name, "units=")
        if not (isinstance(unit, str) or _is_pair_of_words(unit)):
            raise DesignError(
                f"the unit of {name!r} is {quoted(unit, 80)}; expected a word, or a pair of its "
                f"singular and plural; write for example units={{{name!r}: 'kg'}}"
            )
    # What the coefficients are about is the same in every row.
    alike = measure.odds or (link.bounded and measure.name == link.effect)
    if newdata is None and alike and by is not False:
        newdata = "mean"
    family = model.family
    proportional = family.name == "cumulative" and family.link == "logit" and not family.partial
    one_row = isinstance(newdata, str) and newdata != "balanced"
    once = kind is None and proportional and measure.odds and (one_row or by is False)
    kind = "exceedance" if once else kind or "probability"
    if kind not in _KINDS:
        raise DesignError(
            f"kind={kind!r} has no sentence; expected one of {listing(_KINDS)}; choose one of "
            "them, or read comparisons()" + nearest(kind, _KINDS)
        )
    if per is not None:
        variables = _with_steps(model.design, variables, per)
    posterior = as_seen(posterior, None, default_groups(newdata))
    model = posterior.model
    looked_at = rows_of(posterior, newdata, by=by)
    _, found = inside(
        model.design, looked_at, contrasts_of(model.design, variables, model.frequencies)
    )
    settings = settings_of(posterior, interval, in_words)
    answer = comparisons(
        posterior,
        variables,
        comparison=measure.name,
        kind=kind,
        newdata=newdata,
        by=by,
        progressbar=False,
        **interval,
    )
    table = cast("pd.DataFrame", answer)
    shown = tables.columns_of(table)
    between = [*table.columns][2 : list(table.columns).index(shown["estimate"])]
    cells = [name for name in between if name != shown.get("class")]
    repeats = len(table) // len(found)
    columns = [c for c in ("estimate", *settings.names) if c in shown]
    rows = "within a set" if model.family.coupled else rows_in_words(newdata, by)
    result = []
    for i, row in enumerate(cast("list[dict[str, Any]]", table.to_dict("records"))):
        contrast = found[i // repeats]
        code = row[shown["class"]] if posterior.several else None
        if once and code != model.response.classes[1]:
            continue
        event = (
            _event(posterior) if code is None else _KINDS[kind].format(model.response.name, code)
        )
        event = f"a higher {model.response.name}" if once else event
        where = [f"{name} = {row[name]}" for name in cells]
        start = _capital(contrast.term) + (f" ({', '.join(where)})" if where else "")
        estimate, span = _figures([row[shown[c]] for c in columns], settings, measure)
        more = "more" if row[shown["estimate"]] > 0 else "fewer"
        body = _WORDS[measure.name].format(event=event, estimate=estimate, interval=span, more=more)
        end = f", {rows}" if rows else ""
        result.append(f"{start}: {body} {_per(contrast, units or {})}{end}")
    return "\n".join(map(one_line, result))


_KINDS = {"probability": "{} = {}", "exceedance": "{} >= {}", "cumulative": "{} <= {}"}


def _with_steps(design: Design, variables: Any, per: Any) -> dict[str, Any]:
    """Return the predictors asked about, some of which have steps of their own."""
    if not isinstance(per, Mapping):
        raise DesignError(
            f"per={per!r} is no dict; expected steps of predictors; write for example "
            f"per={{{next(iter(design.columns), 'age')!r}: 10}}"
        )
    asked = asked_of(design, variables)
    for name in per:
        if name not in asked:
            raise DesignError(
                f"per= names {name!r}, which is not asked about; expected some of "
                f"{listing(asked)}; correct it.{nearest(str(name), asked)}"
            )
    return asked | dict(per)


def _event(posterior: Posterior) -> str:
    response = posterior.model.response
    return response.name if response.kind == "counts" else f"{response.name} = {response.event}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _figures(found: list[float], settings: Settings, measure: Measure) -> tuple[str, str]:
    """Return the estimate and its interval in words, in digits that tell them apart."""
    scale = 100.0 if measure.name == "difference" else 1.0
    values = [scale * value for value in found]
    if measure.name == "nnt":
        values[0] = abs(values[0])
    estimate, *bounds = map(_spelt, figures(*values, null=measure.null, least=2))
    if not bounds:
        return estimate, "a point estimate"
    shown = f"{100 * settings.prob:.6g}"
    if np.isinf(values[1]) and np.isinf(values[2]) and measure.name == "nnt":
        return estimate, f"{shown} % interval unbounded: the difference may be zero"
    return estimate, f"{shown} % interval {bounds[0]} to {bounds[1]}"


def _spelt(figure: str) -> str:
    return {"inf": "infinity", "-inf": "minus infinity"}.get(figure, figure)


# What is said of the event, the estimate and its interval.
_WORDS = {
    "odds_ratio": "the odds of {event} multiply by {estimate} ({interval})",
    "ratio": "the probability of {event} multiplies by {estimate} ({interval})",
    "difference": (
        "the probability of {event} changes by {estimate} percentage points ({interval})"
    ),
    "nnt": "one {more} {event} for every {estimate} cases ({interval})",
}


def _is_pair_of_words(unit: Any) -> bool:
    pair = isinstance(unit, tuple | list) and len(unit) == 2
    return pair and all(isinstance(word, str) for word in unit)


def _per(contrast: Contrast, units: Mapping[str, str | tuple[str, str]]) -> str:
    step = contrast.step
    if step is None:
        return f"from {contrast.names[0]} to {contrast.names[1]}"
    if contrast.names[1].endswith("sd"):
        return f"per {contrast.names[1].removeprefix('+').removeprefix('1 ')} of {contrast.term}"
    where = "" if contrast.back is None else ", which ends there at the end of its range"
    return f"per {counted(step, units.get(contrast.term, 'unit'))}{where}"
