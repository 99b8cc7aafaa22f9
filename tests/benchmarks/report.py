"""Turn the results of the benchmarks into the tables of docs/benchmarks.md and docs/choosing.md.

The results are the JSON files that the scripts beside this one wrote; no figure in these tables is
typed by hand. The pictures are drawn from the same files. Run from the root of the repository::

    python -m tests.benchmarks.report
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from docs.images.small import save

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).parent / "results"
PAGE = ROOT / "docs" / "benchmarks.md"
CHOOSING = ROOT / "docs" / "choosing.md"
PICTURE = ROOT / "docs" / "images" / "peers.png"
GROUPS_PICTURE = ROOT / "docs" / "images" / "peers_groups.png"

Rows = list[dict[str, Any]]

# What a problem is, for readers.
PROBLEMS = {
    "exam": "the exam table, 20 x 1",
    "1000x10": "1 000 x 10",
    "10000x20": "10 000 x 20",
    "100000x50": "100 000 x 50",
    "separated": "separated, 10 x 2",
    "100x31": "100 x 31",
    "200x101": "200 x 101",
    "correlated": "1 000 x 10, correlation 0.99",
}
GROUPS = {
    "cbpp": "cbpp, 56 rows; 15 groups",
    "seeds": "seeds, 21; 21",
    "bacteria": "bacteria, 220; 50",
    "few": "a funnel, 200; 5",
    "separated": "separated, 360; 60",
    "toenail": "toenail, 1 908; 294",
    "contraception": "Contraception with slopes, 1 934; 60 x 2",
    "verbagg": "VerbAgg, 7 584; 316 crossed with 24",
    "crossed": "persons and items, 10 000; 200 crossed with 50",
    "pairs": "pairs, 2 000; 1 000",
    "slopes": "three slopes, 5 000; 100 x 4",
    "sparse": "sparse, 5 000; 1 000 crossed with 1 000",
    "guimmun": "guImmun, 2 159; 1 595 mothers, 161 places",
    "ordinal": "VerbAgg, ordinal, 2 400; 100",
    "multinomial": "VerbAgg, multinomial, 2 400; 100 x 2",
    "large": "large, 100 000; 5 000 x 2",
}
METHOD_MODELS = {
    "exam": "exam, 20 x 1",
    "separated": "separated, 10 x 2",
    "1000x10": "1 000 x 10",
    "100x31": "100 x 31",
    "plates": "21 plates, with `(1 \\| plate)`",
}
MARKERS = {
    "bayeslogit auto": "o",
    "bayeslogit nuts": "s",
    "PyMC": "^",
    "nutpie": "v",
    "Bambi": "<",
    "NumPyro": ">",
    "rstanarm": "D",
}


def load(name: str) -> Any:
    """Return the content of one file of results."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def number(value: Any) -> str:
    """Return a number with three significant digits, thousands apart."""
    if value is None or isinstance(value, str):
        return value or ""
    digits = f"{value:.3g}"
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 100 else f"{float(digits):g}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def peers(rows: Rows) -> str:
    """Return one table of all problems and programs."""
    lines = []
    for problem, title in PROBLEMS.items():
        of = [row for row in rows if row["problem"] == problem]
        of.sort(key=lambda row: list(MARKERS).index(row["program"]))
        ours = next((r for r in of if r["program"] == "bayeslogit auto"), None)
        for row in of:
            if "failed" in row:
                lines.append([title, row["program"], row["failed"], "", "", "", "", ""])
                continue
            ratio = ours["ess_per_s"] / row["ess_per_s"] if ours and row is not ours else None
            lines.append(
                [
                    title,
                    row["program"],
                    number(row["fit_s"]),
                    number(row["process_s"]),
                    number(row["ess"]),
                    f"{row['rhat']:.3f}",
                    number(row["ess_per_s"]),
                    number(ratio),
                ]
            )
    head = [
        "problem",
        "program",
        "fit, s",
        "process, s",
        "ESS",
        "R-hat",
        "ESS/s",
        "ours is x times",
    ]
    return table(head, lines)


def groups(rows: Rows) -> str:
    """Return one table of all problems with groups and programs."""
    lines = []
    for problem, title in GROUPS.items():
        of = [row for row in rows if row["problem"] == problem]
        of.sort(key=lambda row: list(MARKERS).index(row["program"]))
        ours = next((r for r in of if r["program"] == "bayeslogit auto" and "ess" in r), None)
        for row in of:
            if "failed" in row:
                lines.append([title, row["program"], row["failed"], "", "", "", "", ""])
                continue
            ratio = ours["ess_per_s"] / row["ess_per_s"] if ours and row is not ours else None
            lines.append(
                [
                    title,
                    row["program"],
                    number(row["processor_s"]),
                    number(row["ess"]),
                    f"{row['rhat']:.3f}",
                    number(row["divergent"]),
                    number(row["ess_per_s"]),
                    number(ratio),
                ]
            )
    head = [
        "problem, rows; groups", "program", "processor, s", "ESS", "R-hat", "divergent", "ESS/s",
        "ours is x times",
    ]  # fmt: skip
    return table(head, lines)


def exact(found: dict[str, Any]) -> str:
    """Return the table of cost by rows, and the slope."""
    keys = ("rows", "columns", "fit_s", "ess", "bound_s", "ratio_to_bound", "peak_mb", "design_mb")
    rows = [[number(row[key]) for key in keys] for row in found["exact"]]
    head = [
        "rows", "columns", "fit, s", "ESS", "bound, s", "fit / bound", "peak memory, MB",
        "design, MB",
    ]  # fmt: skip
    slope = f"Log-log slope from 1 000 to 1 000 000 rows at 20 columns: {found['slope']:.2f}."
    return f"{table(head, rows)}\n\n{slope}"


def mode(found: dict[str, Any]) -> str:
    """Return the table of the mode beside scikit-learn."""
    rows = [
        [
            number(row["rows"]),
            number(row["columns"]),
            number(1000 * row["map_s"]),
            number(1000 * row["newton_cholesky_s"]),
            number(row["ratio"]),
            f"{row['gradient']:.0e}",
            f"{row['newton_cholesky_gradient']:.0e}",
        ]
        for row in found["mode"]
    ]
    head = [
        "rows", "columns", "map, ms", "newton-cholesky, ms", "ratio", "gradient of map",
        "gradient of newton-cholesky",
    ]  # fmt: skip
    return table(head, rows)


def calibration(rows: Rows) -> str:
    """Return the table of the calibration."""
    return table(
        ["method", "model", "simulations", "smallest p", "limit", "verdict"],
        [
            [
                row["method"],
                row["model"],
                number(row["simulations"]),
                f"{row['smallest_p']:.2g}",
                f"{row['limit']:.2g}",
                row["verdict"],
            ]
            for row in rows
        ],
    )


def general(rows: Rows) -> str:
    """Return a table of whatever keys the rows have, in order."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    return table(
        [key.replace("_", " ") for key in keys],
        [[number(row.get(key, "")) for key in keys] for row in rows],
    )


def cliffs(rows: Rows) -> str:
    """Return the table of processor seconds where they grow fastest."""
    head = [
        "case",
        "map, s",
        "laplace, s",
        "auto, s",
        "auto / map",
        "formerly",
        "route",
        "ESS",
        "R-hat",
    ]
    lines = []
    for row in rows:
        formerly = row.get("before")
        lines.append(
            [
                row["case"],
                number(row["map"]),
                number(row.get("laplace")),
                number(row["auto"]),
                number(row["auto"] / row["map"]),
                number(formerly["auto"] / formerly["map"]) if formerly else "",
                row["route"],
                number(row["ess"]),
                f"{row['rhat']:.3f}",
            ]
        )
    return table(head, lines)


def methods(rows: Rows) -> str:
    """Return the table of every method on a few posteriors: off, sd ratio and cost in one cell."""
    order = list(dict.fromkeys(row["method"] for row in rows))
    found = {(row["method"], row["model"]): row for row in rows}
    head = ["method", *METHOD_MODELS.values()]
    return table(
        head,
        [
            [f'`"{method}"`', *(method_cell(found[method, model]) for model in METHOD_MODELS)]
            for method in order
        ],
    )


def method_cell(row: dict[str, Any]) -> str:
    """Return what one method did on one model."""
    if row.get("refused"):
        return "refused"
    ratio = f"{row['sd_ratio']:.2f}" if "sd_ratio" in row else "no sd"
    cost = 1000 * row["processor_s"]
    spent = f"{float(f'{cost:.2g}'):g} ms" if cost < 1000 else f"{cost / 1000:.2g} s"
    said = ", warns" if row["problems"] else ""
    return f"{row['off']:.2f}; {ratio}; {spent}{said}"


def draw(rows: Rows, path: Path, problems: dict[str, str], label: str) -> None:
    """Draw effective draws per second of every program, a line of dots for each problem."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    keys = [key for key in problems if any(r["problem"] == key for r in rows)]
    titles = [problems[key] for key in keys]
    figure = Figure(figsize=(7.5, 1.6 + 0.375 * len(keys)), layout="constrained")
    axes = figure.subplots()
    for place in range(len(keys)):
        axes.axhline(place, color="0.9", zorder=0)
    for name, marker in MARKERS.items():
        of = [row for row in rows if row["program"] == name and "failed" not in row]
        if not of:
            continue
        ours = name.startswith("bayeslogit")
        axes.scatter(
            [row["ess_per_s"] for row in of],
            [keys.index(row["problem"]) for row in of],
            marker=marker,
            s=55,
            facecolor="black" if name == "bayeslogit auto" else "0.55" if ours else "white",
            edgecolor="black",
            label=name,
            zorder=3,
        )
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    if high < 100.0 * low:
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(range(len(titles)), titles)
    axes.invert_yaxis()
    axes.set_xlabel(label)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper center", ncols=4, frameon=False)
    save(figure, path, dpi=130)


SECTIONS = {
    "peers": lambda: peers(load("peers")),
    "exact": lambda: exact(load("scaling")),
    "methods": lambda: methods(load("methods")),
    "mode": lambda: mode(load("scaling")),
    "calibration": lambda: calibration(load("calibration")),
    "calibration_groups": lambda: calibration(load("calibration_groups")),
    "classes": lambda: general(load("classes")),
    "climbs": lambda: general(load("climbs")),
    "effects": lambda: general(load("effects")),
    "held_out": lambda: general(load("held_out")["models"]),
    "studies": lambda: general(load("held_out")["studies"]),
    "fuzz": lambda: general(load("fuzz")),
    "nonconcave": lambda: general(load("nonconcave")["kinds"]),
    "groups": lambda: groups(load("groups")),
    "modes": lambda: general(load("modes")),
    "cliffs": lambda: cliffs(load("cliffs")),
}


def filled(page: str) -> str:
    """Return the page with every section's table made anew."""
    for name, make in SECTIONS.items():
        if f"<!-- {name} -->" in page:
            page = re.sub(
                rf"<!-- {name} -->.*?<!-- end -->",
                lambda _, name=name, make=make: f"<!-- {name} -->\n{make()}\n<!-- end -->",
                page,
                flags=re.DOTALL,
            )
    return page


def main() -> None:
    """Write the tables and the pictures."""
    for page in (PAGE, CHOOSING):
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
    second = "effective draws per second of the fit call (smallest of bulk and tail)"
    draw(load("peers"), PICTURE, PROBLEMS, second)
    draw(load("groups"), GROUPS_PICTURE, GROUPS, "effective draws per processor second")


if __name__ == "__main__":
    main()
