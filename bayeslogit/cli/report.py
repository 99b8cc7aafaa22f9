"""Reports of a fit: lines of text, and values for JSON."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

import bayeslogit as bl
from bayeslogit import tables
from bayeslogit.answers.summaries.coefficients import UNITS
from bayeslogit.answers.summaries.odds import against, odds_in_words
from bayeslogit.cli.output import rows_of_text
from bayeslogit.families import LINKS
from bayeslogit.numerics.convergence import diagnose
from bayeslogit.numerics.intervals import Settings
from bayeslogit.posterior.interval_summary import exponential, summarise
from bayeslogit.text import estimate_text, figures

if TYPE_CHECKING:
    import pandas as pd

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
    """Return the table of coefficients, with odds or risk ratios where coefficients are their logs.

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
    model, linear = result.model, _linear(result)
    word = LINKS[model.family.link].exponential.replace("_", " ")
    ratio = bool(word)
    title = f"Posterior by {result.method}: {result.outcome.label}"
    settings = Settings.of({"ci_prob": ci_prob})
    table = result.summary(
        base=base or "e", reference=reference, ci_prob=None if result.point else ci_prob
    )
    if base not in (None, "e"):
        title = f"In {UNITS[base]} (log-odds to base {base}). {title}"
    if reference is not None:
        title = f"Against {reference}. {title}"
    said = f"({word}{'' if result.point else ': posterior median'}{_odds(result, reference)})"
    note = textwrap.wrap(said, 94, initial_indent="  ", subsequent_indent="   ")
    theta = _theta(result, reference)
    note += _between_groups(result, ci_prob)
    if result.point:
        spread = table.get("curvature_sd", np.full(len(table), np.nan))
        modes = zip(table.index, table["mode"], spread, strict=True)
        header = ["", "mode", "curvature sd", *([word] if ratio else [])]
        cells = [
            [name, _cell(mode), _cell(sd)]
            + (_ratio(theta[i : i + 1], i in linear, settings) if ratio else [])
            for i, (name, mode, sd) in enumerate(modes)
        ]
        return [title, *rows_of_text(header, cells), *(note if ratio and _odds(result) else [])]
    chains, draws, _ = result.outcome.draws.shape
    title += f"; {chains} chains x {draws} draws, seed {result.seed}"
    words = interval_words(settings.prob, settings.kind)
    header = ["", "mean", "sd", words, *([word, words] if ratio else []), "ESS", "R-hat"]
    cells = []
    for i, (name, row) in enumerate(zip(table.index, table.to_dict("records"), strict=True)):
        mean, low, high = figures(row["mean"], *(row[n] for n in settings.names))
        line = [name, mean, _cell(row["sd"]), f"[{low}, {high}]"]
        line += _ratio(theta[i : i + 1], i in linear, settings) if ratio else []
        line += [f"{min(row['ess_bulk'], row['ess_tail']):.0f}", f"{row['r_hat']:.3f}"]
        cells.append(line)
    return [title, *rows_of_text(header, cells), *(note if ratio else [])]


def _between_groups(result: bl.Fit, ci_prob: float | None) -> list[str]:
    """Return median odds ratios between two groups, a line each."""
    if not result.model.design.groups or result.model.family.link != "logit":
        return []
    table = result.summary("odds_ratio", ci_prob=None if result.point else ci_prob)
    lines = []
    for name, row in table.iterrows():
        if str(name).startswith("median_odds_ratio_"):
            values = [float(v) for k, v in row.items() if k in ("mode", "median")]
            values += [float(v) for k, v in row.items() if str(k).endswith(("_lb", "_ub"))]
            middle, *bounds = figures(*values, null=1.0)
            inside = f" [{', '.join(bounds)}]" if bounds else ""
            what = str(name).removeprefix("median_odds_ratio_")
            lines.append(f"  (median odds ratio between two groups of {what}: {middle}{inside})")
    return lines


def _cell(value: float) -> str:
    return figures(value)[0]


def _theta(result: bl.Fit, reference: str | None) -> np.ndarray:
    """Return the log-odds of every coefficient that is not an effect, (coefficients, draws)."""
    if reference is None:
        given: np.ndarray = result.given[result.model.layout.fixed]
        return given
    draws = against(result, reference).draws
    return np.ascontiguousarray(draws.reshape(-1, draws.shape[2]).T)


def _ratio(log_odds: np.ndarray, linear: bool, settings: Settings) -> list[str]:
    """Return an odds ratio and its interval as cells; scales and a log precision have none.

    Parameters
    ----------
    log_odds : ndarray, shape (1 or 0, draws)
        Of a coefficient; none for what is no coefficient.
    linear : bool
    settings : Settings
    """
    if not linear or not len(log_odds):
        return [""] * min(2, log_odds.shape[1])
    log_odds = log_odds[0]
    ratio, *bounds = figures(
        *map(float, summarise(exponential(log_odds), settings, median=True, null=None).values()),
        null=1.0,
    )
    return [ratio, *([f"[{', '.join(bounds)}]"] if bounds else [])]


def _odds(result: bl.Fit, reference: str | None = None) -> str:
    """Return what odds ratios of several classes are of, in words; those of an event need none."""
    model = result.model
    if len(model.response.classes) == 2:
        return ""
    return f"; {odds_in_words(model.response, model.family, reference)}"


def _linear(result: bl.Fit) -> set[int]:
    """Return the coefficients of linear predictors; a log precision is not one."""
    variables = result.model.fixed_layout.variables
    return {int(j) for v in variables if v.name != "log_precision" for j in np.ravel(v.index)}


def records(table: pd.DataFrame, data: Any) -> list[dict[str, Any]]:
    """Return a row for each answer, behind the columns of the table that was asked about.

    An answer whose name is that of a column gets underscores, so that none is overwritten.

    Parameters
    ----------
    table : DataFrame
        Answers, a row for each row of the data (and class).
    data : DataFrame or dict of str to list
        All its columns are carried through, those too that the model does not use.
    """
    own = {str(name): list(values) for name, values in data.items()}
    answers = {str(name): table[name].tolist() for name in table.columns}
    if table.index.nlevels > 1:
        answers = {"class": table.index.get_level_values(-1).tolist()} | answers
    repeat = len(table) // max(1, len(next(iter(own.values()), [])))
    names = tables.beside(own, answers)
    return [
        {name: values[i // repeat] for name, values in own.items()}
        | {names[name]: values[i] for name, values in answers.items()}
        for i in range(len(table))
    ]


def csv_text(
    records: list[dict[str, Any]], columns: list[str] | None = None, *, guard: bool = True
) -> str:
    """Return rows as CSV, with the header of these columns where there are none.

    Parameters
    ----------
    records : list of dict
        Rows, all with the same keys.
    columns : list of str, optional
    guard : bool
        Whether no cell is to be taken for a formula by a spreadsheet.
    """
    table = tables.Answer(records, columns=None if records else columns)
    return str(table.to_csv(index=False, guard=guard))


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
        return f"{_cell(row['estimate'])} (point estimate)"
    low, high = (row[name] for name in row.index if name.endswith(("_lb", "_ub")))
    if not row["bounded"]:
        return f"{_cell(row['median'])} unbounded: the slope may be zero (median, {words})"
    return f"{estimate_text(row['median'], low, high)} (median, {words})"


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
    scale : {"log_odds", "odds_ratio", "risk_ratio"}
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
    """Return R-hat and effective sample sizes of each coefficient; nothing for a point.

    With group-level terms also of their scales, and not of the effects of each group.
    """
    if result.point:
        return []
    if result.model.design.groups:
        table = result.summary()
        columns = zip(
            table.index, table["r_hat"], table["ess_bulk"], table["ess_tail"], strict=True
        )
    else:
        found = diagnose(result.outcome.draws)
        columns = zip(
            result.model.layout.names, found.rhat, found.ess_bulk, found.ess_tail, strict=True
        )
    return [
        {"term": name, "r_hat": float(r), "ess_bulk": float(b), "ess_tail": float(t)}
        for name, r, b, t in columns
    ]
