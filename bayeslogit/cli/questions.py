"""The commands that put questions to a saved fit, such as effects and decide."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import bayeslogit as bl
from bayeslogit import tables
from bayeslogit.answers.effects.contrasts import NUMBER_STEPS
from bayeslogit.cli.arguments import column_of, population
from bayeslogit.cli.exits import UsageError, as_given
from bayeslogit.cli.output import print_json, print_note, print_text, rows_of_text
from bayeslogit.cli.report import csv_text, interval_words, records
from bayeslogit.cli.tables import check_output, read_table, write_rows
from bayeslogit.numerics.intervals import interval_names, interval_settings
from bayeslogit.posterior.rows import rows_in_words
from bayeslogit.runtime.files import check_place
from bayeslogit.text import figures

if TYPE_CHECKING:
    import pandas as pd

    from bayeslogit.design import Design

__all__ = ["classical", "decide", "effects", "report", "validate"]


def effects(args: argparse.Namespace) -> int:
    """Print average comparisons or slopes: how probabilities change with a predictor."""
    asked = population(bl.load(args.file), args.prevalence)
    data = read_table(args.data) if args.data else None
    newdata = data if args.at is None else args.at
    variables = changes_of(args.change, asked.model.design)
    options: dict[str, Any] = {"newdata": newdata, "by": args.by or True, **_interval(args)}
    options |= {"offset": _offset(args, data), "groups": args.groups}
    options["new_levels"] = args.new_levels
    if args.slopes:
        if args.comparison != "difference":
            raise UsageError("--slopes and --comparison exclude one another: a slope is per unit")
        if isinstance(variables, dict):
            raise UsageError("--slopes takes --change NAME only: a slope is per unit")
        table = asked.slopes(variables, progressbar=_progress(args), **options)
    else:
        table = asked.comparisons(
            variables, comparison=args.comparison, progressbar=_progress(args), **options
        )
    if args.json:
        print_json({**_heading(asked, table), "effects": table.to_dict("records")})
        return 0
    what = "slopes" if args.slopes else args.comparison
    title = (
        f"Effects on P({table.attrs['outcome']}): {what}, {rows_in_words(newdata, args.by or True)}"
    )
    print_note(table, quiet=args.quiet)
    print_text(title, *_lines(table, args.ci_prob))
    return 0


def classical(args: argparse.Namespace) -> int:
    """Print the maximum likelihood table beside the posterior."""
    fit = bl.load(args.file)
    if args.residuals is not None:
        check_output(args.residuals)
    kind = "wald" if args.wald else "profile"
    information = "expected" if args.expected else "observed"
    found = fit.classical(ci_prob=args.ci_prob, intervals=kind, information=information)
    test = None
    if args.against is not None:
        test = found.against(bl.load(args.against).model.classical(intervals="wald"))
    if args.residuals is not None:
        rows = _records(found.residuals(), "obs")
        write_rows(args.residuals, rows, list(rows[0]), guard=args.guard)
    if args.json:
        print_json(
            {
                "coefficients": _records(found.coefficients, "term"),
                "terms": _records(found.terms, "term"),
                "statistics": _records(found.statistics, "statistic"),
                "notes": found.notes,
                "against": None
                if test is None
                else {"statistic": test.statistic, "df": test.df, "p": test.p},
            }
        )
        return 0
    lines = [str(found)]
    if test is not None:
        lines.append(f"  against {args.against}: {test}")
    print_text(*lines)
    return 0


def decide(args: argparse.Namespace) -> int:
    """Print decisions by costs: the cut-off, those of rows, and what they cost."""
    asked = population(bl.load(args.file), args.prevalence)
    costs = _costs(args)
    options: dict[str, Any] = {
        "costs": costs,
        "cutoff": args.cutoff,
        "progressbar": _progress(args),
        **_interval(args),
    }
    if args.data is not None:
        used = {*asked.model.design.columns, args.offset}
        data = read_table(args.data, empty=True, used=used)
        options |= {"offset": _offset(args, data), "groups": args.groups}
        options["new_levels"] = args.new_levels
        table = asked.decide(data, max_flip=args.max_flip, **options)
        print_note(table, quiet=args.quiet)
        rows = records(table, data)
        if args.json:
            print_json({**_cut(table), "decisions": rows})
        else:
            columns = [*data.columns, *tables.beside(data.columns, table.columns).values()]
            sys.stdout.write(csv_text(rows, columns, guard=args.guard))
        return 0
    _offset(args, None)
    if args.groups is not None:
        raise UsageError("--groups is for the decisions of rows; name them by --data")
    if args.max_flip is not None:
        raise UsageError("--max-flip is for the decisions of rows; name them by --data")
    table = asked.expected_cost(**options)
    cut = _cut(asked.decide(costs=costs, cutoff=args.cutoff, progressbar=_progress(args)))
    if args.json:
        print_json({**cut, "policies": _records(table, "policy")})
        return 0
    lines = [f"Decisions about {asked.model.response.name}, on {len(asked.model.rows)} rows"]
    if cut["abstain_between"] is not None:
        low, high = figures(*cut["abstain_between"])
        lines.append(f"  act where the probability is above {high}, abstain down to {low}")
    elif cut["cutoff"] is not None:
        lines.append(f"  act where the probability is above {figures(cut['cutoff'])[0]}")
    table = table.rename_axis("expected cost per case").reset_index()
    print_text(*lines, *_lines(table, args.ci_prob))
    return 0


# ---- what they share ----------------------------------------------------------------------


def _offset(args: argparse.Namespace, data: Any) -> Any:
    """Return the offset of the rows of ``--data``."""
    if args.offset is not None and data is None:
        raise UsageError(
            "--offset is a column of the rows of --data; name the rows, or leave it out"
        )
    return column_of(data, "offset", args.offset)


def changes_of(texts: list[str], design: Design) -> Any:
    """Return ``variables=`` from ``--change NAME[=CHANGE]``, in the type of their column.

    Parameters
    ----------
    texts : list of str
    design : Design
    """
    if not any("=" in text for text in texts):
        return list(texts) or None
    result: dict[str, Any] = {}
    for text in texts:
        name, found, word = text.partition("=")
        numeric = name in design.columns and design.columns[name].dtype.kind in "fiu"
        if not found:
            result[name] = 1 if numeric else "reference"
        elif ":" in word:
            low, _, high = word.partition(":")
            result[name] = (_value(low, text, numeric), _value(high, text, numeric))
        elif numeric and word not in NUMBER_STEPS:
            result[name] = _value(word, text, numeric)
        else:
            result[name] = word
    return result


def _value(word: str, text: str, numeric: bool) -> Any:
    if not numeric:
        return {"true": True, "false": False}.get(word.lower(), word)
    try:
        return float(word)
    except ValueError:
        raise UsageError(
            f"{as_given(text)}: {word!r} is not a number; expected a step, FROM:TO, or one of "
            f"{', '.join(NUMBER_STEPS)}"
        ) from None


def validate(args: argparse.Namespace) -> int:
    """Print indices that are corrected for optimism, or scores of levels that were left out."""
    fit = bl.load(args.file)
    if args.by is not None:
        shared = {"event": args.event, "random_seed": args.seed, "progressbar": _progress(args)}
        by = fit.internal_external(args.by, **shared, **_interval(args))
        if args.json:
            print_json(
                {
                    "outcome": by.levels.attrs["outcome"],
                    "which": by.which,
                    "levels": by.levels.to_dict("records"),
                    "pooled": _records(by.pooled, "score"),
                    "problems": [problem.sentence for problem in by.problems],
                }
            )
        else:
            print_text(str(by))
        return 0
    found = fit.validate(
        args.how,
        repeats=args.repeats,
        folds=args.folds,
        event=args.event,
        random_seed=args.seed,
        progressbar=_progress(args),
        **_interval(args),
    )
    if args.json:
        print_json(
            {
                "outcome": found.indices.attrs["outcome"],
                "which": found.which,
                "indices": _records(found.indices, "index"),
                "curve": found.curve.to_dict("records"),
                "problems": [problem.sentence for problem in found.problems],
            }
        )
        return 0
    print_text(str(found))
    return 0


def report(args: argparse.Namespace) -> int:
    """Write the page of a saved fit."""
    output = args.output or f"{Path(args.file).with_suffix('')}.html"
    check_place(output, "report.html")
    options = {"title": args.title, "event": args.event, "costs": _costs(args)}
    page = bl.load(args.file).report(output, progressbar=_progress(args), **options)
    if args.json:
        print_json({"page": str(page)})
    else:
        print_text(str(page))
    return 0


def _costs(args: argparse.Namespace) -> dict[str, float] | None:
    names = ("false_positive", "false_negative", "abstain")
    given = {name: getattr(args, name, None) for name in names}
    return {name: cost for name, cost in given.items() if cost is not None} or None


def _interval(args: argparse.Namespace) -> dict[str, Any]:
    return {} if args.ci_prob is None else {"ci_prob": args.ci_prob}


def _progress(args: argparse.Namespace) -> bool:
    return not args.quiet and sys.stderr.isatty()


def _heading(asked: Any, table: pd.DataFrame) -> dict[str, Any]:
    keys = ("outcome", "method", "label", "comparison", "slope", "note")
    return {key: table.attrs[key] for key in keys if key in table.attrs}


def _cut(table: pd.DataFrame) -> dict[str, Any]:
    return {key: table.attrs[key] for key in ("cutoff", "abstain_between")}


def _records(table: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    named = table.rename_axis(name).reset_index()
    return [{str(key): value for key, value in row.items()} for row in named.to_dict("records")]


def _lines(table: pd.DataFrame, ci_prob: float | None) -> list[str]:
    """Return a table of estimates with their intervals as lines of text."""
    prob, kind = interval_settings(ci_prob, None)
    lower, upper = interval_names(prob, kind)
    given = tables.columns_of(table)
    names = [str(c) for c in table.columns[: list(table.columns).index(given["estimate"])]]
    header = [*names, "estimate"]
    last = next((c for c in ("p_positive", "p_best") if c in given), None)
    spread = lower in given
    header += [interval_words(prob, kind)] if spread else []
    null = 1 if table.attrs.get("comparison") in ("ratio", "odds_ratio") else 0
    header += [f"P(> {null})" if last == "p_positive" else "P(best)"] if last else []
    lines = []
    for row in table.to_dict("records"):
        values = [row[given[c]] for c in ("estimate", *((lower, upper) if spread else ()))]
        estimate, *bounds = figures(*map(float, values), null=null)
        line = [_text(row[c]) for c in names] + [estimate]
        line += [f"[{', '.join(bounds)}]"] if spread else []
        line += [f"{row[given[last]]:.3f}"] if last else []
        lines.append(line)
    return rows_of_text(header, lines)


def _text(value: Any) -> str:
    return figures(float(value))[0] if isinstance(value, float | np.floating) else str(value)
