"""The commands: each takes parsed arguments, prints, and returns its exit status."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import bayeslogit as bl
from bayeslogit import tables
from bayeslogit.answers.prediction.profile_rows import is_measured
from bayeslogit.cli.arguments import column_of, population, priors_of, values_of
from bayeslogit.cli.exits import FAILED, UsageError, as_given
from bayeslogit.cli.families import costs_of, model_of, scores_of
from bayeslogit.cli.output import print_json, print_note, print_text, rows_of_text, to_json
from bayeslogit.cli.report import (
    convergence,
    csv_text,
    diagnostics_text,
    facts,
    interval_words,
    posterior_lines,
    probability_cells,
    problems,
    records,
    solved_words,
)
from bayeslogit.cli.saved_arguments import PICTURES
from bayeslogit.cli.stream import is_long, predict_in_pieces
from bayeslogit.cli.tables import check_output, read_table, write_rows
from bayeslogit.errors import nearest
from bayeslogit.numerics.intervals import interval_settings
from bayeslogit.plots.export import export
from bayeslogit.runtime.files import check_place
from bayeslogit.storage import netcdf
from bayeslogit.teach import serve

__all__ = ["check", "demo", "fit", "plot", "predict", "summary", "teach"]

HOURS = (1.0, 2.0, 3.0, 4.0, 5.0)


# ---- commands -----------------------------------------------------------------------------


def demo(args: argparse.Namespace) -> int:
    """Fit the exam data, print the answers, draw the curve."""
    begin = time.perf_counter()
    model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    result = _run(model, args)
    table: Any = result.predict({"hours": list(HOURS)})
    needed = result.solve("hours", probability=0.9).iloc[0]
    picture = _draw(result.plot_curve, args.output, name="hours", mark=3.0, probability=0.9)
    if args.json:
        print_json(
            facts(result, None)
            | {
                "probability": records(table, {"hours": list(HOURS)}),
                "hours_for_90_percent": needed.to_dict(),
                "picture": str(picture),
            }
        )
        return 0
    prob, kind = interval_settings(None, None)
    words = interval_words(prob, kind)
    cells = [
        [f"{h:g}", *probability_cells(row)]
        for h, row in zip(HOURS, table.to_dict("records"), strict=True)
    ]
    header = ["hours", "mean", words][: len(cells[0])]
    seconds = time.perf_counter() - begin
    print_text(
        "Exam data: 20 students, the hours they studied, and whether they passed (1) or not (0)",
        "",
        repr(model),
        "",
        *posterior_lines(result, None),
        "",
        "P(passed = 1)",
        *rows_of_text(header, cells),
        "",
        f"Hours needed for a 90 % chance: {solved_words(needed, words)}",
        diagnostics_text(result),
        f"Picture: {picture} ({seconds:.1f} s for everything)",
    )
    return 0


def fit(args: argparse.Namespace) -> int:
    """Fit a model to a table and save it."""
    priors = priors_of(args.prior)
    if args.ci_prob is not None:
        interval_settings(args.ci_prob, None)
    if args.output is not None:
        netcdf.ending_of_another(args.output)
        check_place(args.output)
    data = read_table(args.data)
    model = model_of(args, data, priors)
    result = _run(model, args)
    saved = None if args.output is None else str(result.save(args.output))
    if args.json:
        print_json(facts(result, args.ci_prob) | {"file": saved})
        return 0
    lines = [repr(model), "", *posterior_lines(result, args.ci_prob)]
    lines += ["", diagnostics_text(result)]
    print_text(*lines, *([f"Saved: {saved}"] if saved else []))
    return 0


def summary(args: argparse.Namespace) -> int:
    """Print the coefficients of a saved fit."""
    sample = bl.load(args.file)
    asked = population(sample, args.prevalence)
    result = asked if asked is sample else asked.fit
    scale = args.scale or "log_odds"
    base: str | int = args.base if args.base in (None, "e") else int(args.base)
    if args.group is not None:
        return _group_effects(result, args)
    if args.json:
        print_json(facts(result, args.ci_prob, scale, args.reference, base or "e"))
    elif args.csv:
        table = result.summary(
            scale, base=base or "e", ci_prob=args.ci_prob, reference=args.reference
        )
        tables.Answer(table).to_csv(sys.stdout, index_label="term", guard=args.guard)
    else:
        lines = posterior_lines(result, args.ci_prob, args.reference, base)
        print_text(repr(sample.model), "", *lines, "", diagnostics_text(sample))
    return 0


def predict(args: argparse.Namespace) -> int:
    """Predict the rows of a table with a saved fit."""
    result = population(bl.load(args.file), args.prevalence)
    if args.output is not None:
        check_output(args.output, json=args.json)
    costs, scores = costs_of(args.costs), scores_of(args.scores)

    def ask(data: Any) -> Any:
        return result.predict(
            data,
            kind=args.kind,
            cutoff=args.cutoff,
            costs=costs,
            scores=scores,
            ci_prob=args.ci_prob,
            random_seed=args.seed,
            groups=args.groups,
            new_levels=args.new_levels,
            **{key: column_of(data, key, getattr(args, key)) for key in ("trials", "offset")},
        )

    among, sets = result.model.response.alternatives, result.model.response.sets
    # What has to see all rows: sets of choices, one text of JSON, draws that differ by row, levels
    # not seen before.
    at_once = {
        "JSON": args.json or (args.output or "").lower().endswith(".json"),
        "--kind outcome": args.kind == "outcome",
        "--new-levels": args.new_levels != "raise",
        "choices": among is not None,
    }
    whole = next((what for what, holds in at_once.items() if holds), None)
    if args.on_bad_row == "skip" or (is_long(args.data) and whole is None):
        return _in_pieces(result, args, ask, whole)
    asked = {args.trials, args.offset}
    if among is not None:
        asked |= {among.name, sets.name}
    data = read_table(args.data, empty=True, used={*result.model.design.columns, *asked})
    table = ask(data)
    print_note(table, quiet=args.quiet)
    if among is not None:
        table = table.drop(columns=[among.name, sets.name], errors="ignore")  # they are the data's
        table = table.rename(columns={v: k for k, v in table.attrs.get("columns", {}).items()})
    rows = records(table, data)
    columns = [*data.columns, *tables.beside(data.columns, table.columns).values()]
    if args.output is not None:
        write_rows(args.output, rows, columns, guard=args.guard)
    elif args.json:
        sys.stdout.write(to_json(rows) + "\n")
    else:
        sys.stdout.write(csv_text(rows, columns, guard=args.guard))
    return 0


def _in_pieces(result: Any, args: argparse.Namespace, ask: Any, whole: str | None) -> int:
    """Predict a long file piece by piece; say how many rows had to be skipped."""
    if whole is not None:
        raise UsageError(f"--on-bad-row skip is for CSV and Parquet of forecasts, not for {whole}")
    if args.bad_rows is None:
        place = Path(args.output or ("stdin.csv" if args.data == "-" else args.data))
        args.bad_rows = str(place.with_name(f"{place.name.partition('.')[0]}-bad-rows.csv"))
    if args.on_bad_row == "skip":
        check_place(args.bad_rows, "bad-rows.csv")
    read, skipped = predict_in_pieces(result, args, ask)
    if skipped:
        print(
            f"bayeslogit: {skipped:,} of {read:,} rows were skipped; they are in {args.bad_rows}, "
            "each with the reason",
            file=sys.stderr,
        )
    return 0


def _group_effects(result: bl.Fit, args: argparse.Namespace) -> int:
    """Print the effects of groups, and how they rank."""
    table = result.group_effects(args.group, ci_prob=args.ci_prob)
    rows = [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
    if args.json:
        print_json({"term": table.attrs["term"], "effects": rows})
    elif args.csv:
        sys.stdout.write(csv_text(rows, list(table.columns), guard=args.guard))
    else:
        print_text(repr(table))
    return 0


def plot(args: argparse.Namespace) -> int:
    """Draw a picture of a saved fit."""
    result = population(bl.load(args.file), args.prevalence)
    options: dict[str, Any] = {}
    curve = {"name": args.name, "mark": args.mark, "probability": args.probability}
    curve["kind"] = args.curve
    curve["groups"] = args.groups
    given = {key: value for key, value in curve.items() if value is not None}
    if args.kind == "groups":
        options["group"] = given.pop("name", None)
    if args.at:
        given["at"] = values_of(args.at, result.model.design)
    if args.kind == "curve":
        options |= given if args.name is not None else given | {"name": _first_number(result, args)}
    elif given:
        name = next(iter(given)).replace("kind", "curve")
        raise UsageError(f"--{name} is for --kind curve")
    if args.by is not None:
        if args.kind != "ppc" or len(result.model.response.classes) == 2:
            raise UsageError("--by is for --kind ppc of several classes")
        options["by"] = args.by
    if args.reference is not None:
        if args.kind != "forest":
            raise UsageError("--reference is for --kind forest of a multinomial model")
        options["reference"] = args.reference
    takes_event, takes_interval = PICTURES.get(args.kind, (False, args.kind != "prior"))
    if args.event is not None:
        if not takes_event:
            raise UsageError(f"--event is not for --kind {args.kind}, which is of all classes")
        options["event"] = args.event
    if args.ci_prob is not None and takes_interval:
        options["ci_prob"] = args.ci_prob
    output = args.output or f"{Path(args.file).with_suffix('')}-{args.kind}.png"
    picture = _draw(getattr(result, f"plot_{args.kind}"), output, **options)
    if args.json:
        print_json({"picture": str(picture)})
    else:
        print_text(str(picture))
    return 0


def check(args: argparse.Namespace) -> int:
    """Say how far a saved fit can be trusted; status 1 if it should not be used as it is."""
    result = bl.load(args.file)
    findings = result.check(progressbar=_progress(args))
    severe = findings.worst == "severe"
    if args.json:
        print_json(
            {
                "usable": not severe,
                "exact": result.exact,
                "diagnostics": result.diagnostics(),
                "coefficients": convergence(result),
                "problems": problems(result),
                "findings": [
                    {
                        "code": finding.code,
                        "severity": finding.severity,
                        "sentence": finding.sentence,
                        "action": finding.action,
                        "names": finding.names,
                        "values": finding.values,
                    }
                    for finding in findings.findings
                ],
            }
        )
        return FAILED if severe else 0
    lines = [repr(result)]
    found = convergence(result)
    if found:
        header = ["", "R-hat", "ESS bulk", "ESS tail"]
        cells = [
            [c["term"], f"{c['r_hat']:.3f}", f"{c['ess_bulk']:.0f}", f"{c['ess_tail']:.0f}"]
            for c in found
        ]
        lines += ["", *rows_of_text(header, cells)]
    print_text(*lines, "", str(findings))
    return FAILED if severe else 0


def teach(args: argparse.Namespace) -> int:
    """Serve the classroom page until it is interrupted."""

    def say(address: str) -> None:
        if args.json:
            print_json({"address": address})
        else:
            print_text(f"The classroom page: {address}  (Ctrl-C ends it)")
        sys.stdout.flush()

    serve(args.port, host=args.host, browser=args.browser, say=say)
    return 0


def _first_number(result: Any, args: argparse.Namespace) -> str | None:
    """Return the predictor of a curve where none was named, and say so if there are others."""
    design = result.model.design
    names: list[str] = list(design.columns)
    if not names:
        return None
    name = next((n for n in names if is_measured(design, n)), names[0])
    others = [n for n in names if n != name]
    if others and not args.quiet:
        print(
            f"bayeslogit: the curve is along {name}; --name draws another: {', '.join(others)}",
            file=sys.stderr,
        )
    return name


# ---- what they share ----------------------------------------------------------------------


def _run(model: bl.Model, args: argparse.Namespace) -> bl.Fit:
    if args.method not in bl.METHODS:
        raise UsageError(
            f"--method {as_given(args.method)} is not known; expected one of "
            f"{', '.join(bl.METHODS)}.{nearest(args.method, bl.METHODS)}"
        )
    # Samplers print their progress; stdout is for results.
    with redirect_stdout(sys.stderr):
        return model.fit(
            args.method,
            draws=args.draws,
            chains=args.chains,
            random_seed=args.seed,
            progressbar=_progress(args),
            keep=args.keep,
        )


def _progress(args: argparse.Namespace) -> bool:
    return not args.quiet and sys.stderr.isatty()


def _draw(picture: Any, path: str, **options: Any) -> Path:
    """Draw a picture into a file."""
    return export(picture, path, **options)
