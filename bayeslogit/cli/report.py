"""Reports of a fit: lines of text, and values for JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

import bayeslogit as bl
from bayeslogit.answers.summaries.coefficients import BASES, UNITS
from bayeslogit.answers.summaries.odds import odds_in_words, rebased
from bayeslogit.cli.output import cell, interval_cell, rows_of_text
from bayeslogit.numerics.convergence import diagnose
from bayeslogit.numerics.intervals import interval, interval_settings
from bayeslogit.text import digits_for

__all__ = [
    "convergence",
    "csv_text",
    "diagnostics_text",
    "facts",
    "interval_words",
    "posterior_lines",
    "probability_cells",
    "problems",
    "records",
    "solved_words",
]


def interval_words(prob: float, kind: str) -> str:
    """Return the head of a column of intervals.

    Parameters
    ----------
    prob : float
        Probability of the interval, between 0 and 1.
    kind : {"eti", "hdi"}
        Equal tails, or highest density.
    """
    return f"{100 * prob:.4g} % {'interval' if kind == 'eti' else 'hdi'}"


def diagnostics_text(result: bl.Fit) -> str:
    """Return how far the draws can be trusted, in lines of a terminal's width."""
    return textwrap.fill(f"Diagnostics: {result.diagnostics()}", 96, subsequent_indent="  ")


def posterior_lines(
    result: bl.Fit,
    ci_prob: float | None,
    reference: str | None = None,
    base: str | int | None = None,
) -> list[str]:
    """Return the table of coefficients, with odds ratios where the link is the logit.

    Those of a multinomial model may be against another class than that of the fit. Log-odds are
    to the ``base`` asked for; odds ratios have none.

    Parameters
    ----------
    result : Fit
    ci_prob : float or None
        Probability of the intervals; None for ArviZ's default.
    reference : str, optional
        The class that coefficients of a multinomial model are against.
    base : {"e", 2, 10}, optional
        Base of the log-odds.
    """
    model, draws = result.model, result.outcome.draws
    layout = model.layout
    names: Sequence[str] = layout.names
    title = f"Posterior by {result.method}: {result.outcome.label}"
    if reference is not None or base is not None:
        result.summary(base=base or "e", reference=reference)  # refuses what has none
    if base not in (None, "e"):
        title = f"In {UNITS[base]} (log-odds to base {base}). {title}"
    if reference is not None:
        draws, names = rebased(draws, layout, model.response.classes, reference)
        title = f"Against {reference}. {title}"
    theta = np.ascontiguousarray(draws.reshape(-1, draws.shape[2]).T)
    linear = _linear(result)
    scaled = (
        theta / np.where([i in linear for i in range(len(theta))], BASES[base or "e"], 1.0)[:, None]
    )
    ratio = model.family.link == "logit"
    said = f"(odds ratio{'' if result.point else ': posterior median'}{_odds(result, reference)})"
    note = textwrap.wrap(said, 94, initial_indent="  ", subsequent_indent="   ")
    if not result.point:
        title += f"; {draws.shape[0]} chains x {draws.shape[1]} draws, seed {result.seed}"
    else:
        table = result.summary(base=base or "e", reference=reference)
        spread = table.get("curvature_sd", np.full(len(table), np.nan))
        header = ["", "mode", "curvature sd", *(["odds ratio"] if ratio else [])]
        modes = zip(names, scaled[:, 0], spread, strict=True)
        cells = [[n, cell(m), cell(s)] for n, m, s in modes]
        if ratio:
            for i, row in enumerate(cells):
                row.append(cell(float(_exp(theta[i, 0]))) if i in linear else "")
        lines = rows_of_text(header, cells)
        return [title, *lines, *(note if ratio and _odds(result) else [])]
    prob, kind = interval_settings(ci_prob, None)
    words = interval_words(prob, kind)
    found = diagnose(draws)
    header = ["", "mean", "sd", words, *(["odds ratio", words] if ratio else []), "ESS", "R-hat"]
    lower, upper = interval(scaled, prob, kind)
    ratios = _exp(theta)
    cells = []
    for i, name in enumerate(names):
        row = [name, cell(scaled[i].mean()), cell(scaled[i].std(ddof=1))]
        row.append(interval_cell(lower[i], upper[i]))
        if ratio and i not in linear:
            row += ["", ""]
        elif ratio:
            with np.errstate(invalid="ignore"):
                low, high = interval(ratios[i], prob, kind)
            row += [cell(np.median(ratios[i])), interval_cell(float(low), float(high))]
        row.append(f"{min(found.ess_bulk[i], found.ess_tail[i]):.0f}")
        row.append(f"{found.rhat[i]:.3f}")
        cells.append(row)
    return [title, *rows_of_text(header, cells), *(note if ratio else [])]


def _odds(result: bl.Fit, reference: str | None = None) -> str:
    """Return what odds ratios of several classes are of, in words; those of an event need none."""
    model = result.model
    if len(model.response.classes) == 2:
        return ""
    return f"; {odds_in_words(model.response, model.family, reference)}"


def _linear(result: bl.Fit) -> set[int]:
    """Return the coefficients of linear predictors; a log precision is not one."""
    variables = result.model.layout.variables
    return {int(j) for v in variables if v.name != "log_precision" for j in np.ravel(v.index)}


def _exp(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.exp(values)


def records(table: Any, beside: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return a row for each prediction, behind the predictors it is of.

    A prediction whose name is that of a predictor gets an underscore.

    Parameters
    ----------
    table : DataFrame
        Predictions, a row for each row of the data (and class).
    beside : dict of str to list
        Columns of the predictors, a value for each row of the data.
    """
    index = table.index.to_frame(index=False) if table.index.nlevels > 1 else None
    rows = table.to_dict("records")
    repeat = len(rows) // max(1, len(next(iter(beside.values()), rows)))
    records = []
    for i, row in enumerate(rows):
        record = {name: values[i // repeat] for name, values in beside.items()}
        labels = {} if index is None else {"class": index.iloc[i, -1]}
        for name, value in (labels | row).items():
            record[f"{name}_" if name in beside else str(name)] = value
        records.append(record)
    return records


def csv_text(records: list[dict[str, Any]]) -> str:
    """Return rows as CSV."""
    import pandas as pd

    return pd.DataFrame(records).to_csv(index=False)


def probability_cells(row: dict[str, Any]) -> list[str]:
    """Return the cells of a predicted probability: mean and interval, or the estimate."""
    if "estimate" in row:
        return [f"{row['estimate']:.3f}"]
    mean, _, low, high = row.values()
    return [f"{mean:.3f}", f"[{low:.3f}, {high:.3f}]"]


def solved_words(row: Any, words: str) -> str:
    """Return an inverse prediction in words.

    Parameters
    ----------
    row : Series
        The row of the table of :func:`bayeslogit.Fit.solve`.
    words : str
        Name of the interval, as from :func:`interval_words`.
    """
    if "estimate" in row:
        return f"{cell(row['estimate'])} (point estimate)"
    low, high = (row[name] for name in row.index if name.endswith(("_lb", "_ub")))
    digits = digits_for(row["median"], low, high)
    span = (
        interval_cell(low, high, digits) if row["bounded"] else "unbounded: the slope may be zero"
    )
    return f"{cell(row['median'], digits)} {span} (median, {words})"


def facts(
    result: bl.Fit,
    ci_prob: float | None,
    scale: str = "log_odds",
    reference: str | None = None,
    base: str | int = "e",
) -> dict[str, Any]:
    """Return the summary of a fit, for JSON.

    Parameters
    ----------
    result : Fit
    ci_prob : float or None
        Probability of the intervals; None for ArviZ's default.
    scale : {"log_odds", "odds_ratio"}
        Of the coefficients.
    reference : str, optional
        The class that coefficients of a multinomial model are against.
    base : {"e", 2, 10}
        Base of the log-odds.
    """
    model = result.model
    table = result.summary(scale, base=base, ci_prob=ci_prob, reference=reference)
    rows = table.to_dict("records")
    return {
        "formula": f"{model.response.name} ~ {model.design.formula}",
        "family": model.family.name,
        "link": model.family.link,
        "event": model.response.event,
        "classes": list(model.response.classes),
        "case_control": model.response.case_control,
        "outcome": table.attrs["outcome"],
        "odds": table.attrs.get("odds"),
        "rows": len(model.response.y),
        "dropped": model.dropped,
        "references": dict(model.design.references),
        "method": result.method,
        "label": result.outcome.label,
        "exact": result.exact,
        "chains": result.outcome.draws.shape[0],
        "draws": result.outcome.draws.shape[1],
        "seed": result.seed,
        "seconds": result.seconds,
        "scale": scale,
        "base": base,
        "coefficients": [{"term": t} | r for t, r in zip(table.index, rows, strict=True)],
        "diagnostics": result.diagnostics(),
        "problems": problems(result),
    }


def problems(result: bl.Fit) -> list[dict[str, str]]:
    """Return the problems of a fit, for JSON."""
    return [
        {"code": p.code, "severity": p.severity, "sentence": p.sentence} for p in result.problems
    ]


def convergence(result: bl.Fit) -> list[dict[str, Any]]:
    """Return R-hat and effective sample sizes of each coefficient; nothing for a point."""
    if result.point:
        return []
    found = diagnose(result.outcome.draws)
    columns = zip(
        result.model.layout.names, found.rhat, found.ess_bulk, found.ess_tail, strict=True
    )
    return [
        {"term": name, "r_hat": float(r), "ess_bulk": float(b), "ess_tail": float(t)}
        for name, r, b, t in columns
    ]
