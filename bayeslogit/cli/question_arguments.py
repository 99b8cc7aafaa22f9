"""Arguments of the commands that put questions to a saved fit, such as effects and decide."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bayeslogit.cli.common_arguments import (
    add_common,
    add_file,
    add_groups,
    add_guard,
    add_interval,
    add_new_levels,
    add_prevalence,
    seed_of,
)

__all__ = ["QUESTIONS", "add_questions"]

QUESTIONS = ("effects", "classical", "decide", "validate", "report")

MEASURES = ("difference", "ratio", "lnratio", "odds_ratio", "lnor", "lift", "nnt")


def add_questions(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the commands; ``command`` makes the parser of one."""
    _effects(command("effects", "say what changes with a predictor, in probabilities"))
    _classical(command("classical", "print the maximum likelihood table beside the posterior"))
    _decide(command("decide", "decide by costs: cut-off, decisions of rows, what they cost"))
    _validate(command("validate", "correct indices and calibration for optimism, as rms does"))
    _report(command("report", "write a page to read, print or send: answers, pictures, checks"))


def _effects(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "CHANGE is a step (hours=2), sd, 2sd, iqr, minmax, or FROM:TO (hours=2:4, school=a:b); for "
        "categories also reference, pairwise, sequential."
    )
    add_file(parser)
    # An option, because positional arguments behind options would not be understood.
    parser.add_argument(
        "--change",
        action="append",
        default=[],
        metavar="NAME[=CHANGE]",
        help="predictor to change (default: each, by 1 or from the reference); may be repeated",
    )
    parser.add_argument(
        "--comparison",
        choices=MEASURES,
        default="difference",
        help="how two probabilities are compared (default: %(default)s)",
    )
    parser.add_argument("--slopes", action="store_true", help="derivatives instead of changes")
    parser.add_argument(
        "--by", action="append", metavar="COLUMN", help="average within groups; may be repeated"
    )
    where = parser.add_mutually_exclusive_group()
    for flag, word, where_words in (
        ("--at-mean", "mean", "at the mean row, not averaged"),
        ("--at-median", "median", "at the median row, not averaged"),
        ("--balanced", "balanced", "averaged over every combination of levels, numbers at means"),
    ):
        where.add_argument(flag, dest="at", action="store_const", const=word, help=where_words)
    where.add_argument("--data", metavar="NEW", help="average over these rows (CSV or Parquet)")
    _offset(parser)
    add_groups(parser)
    add_new_levels(parser)
    add_prevalence(parser)
    add_interval(parser)
    add_common(parser)


def _classical(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("--wald", action="store_true", help="Wald intervals instead of profiles")
    parser.add_argument(
        "--expected", action="store_true", help="standard errors from the expected information"
    )
    parser.add_argument("--against", metavar="OTHER", help="test against a nested model's fit")
    parser.add_argument(
        "--residuals",
        metavar="FILE",
        help="write residuals and leverage of rows (.csv, .json, .parquet)",
    )
    parser.add_argument(
        "--ci-prob", type=float, default=0.95, metavar="P", help="confidence (default: 0.95)"
    )
    add_guard(parser)
    add_common(parser)


def _decide(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Without --data policies are compared on the fitted rows; with it each new row gets a "
        "decision, as CSV."
    )
    add_file(parser)
    parser.add_argument("--data", metavar="NEW", help="rows to decide (CSV or Parquet; - is stdin)")
    _offset(parser)
    add_groups(parser)
    add_new_levels(parser)
    _errors(parser)
    parser.add_argument("--abstain", type=float, metavar="COST", help="leaving a row undecided")
    parser.add_argument("--cutoff", type=float, metavar="P", help="instead of costs")
    parser.add_argument(
        "--max-flip",
        type=float,
        metavar="P",
        help="abstain where another decision is cheaper with a higher probability than this",
    )
    add_prevalence(parser)
    add_guard(parser)
    add_interval(parser)
    add_common(parser)


def _validate(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument(
        "--how",
        choices=("bootstrap", "kfold"),
        default="bootstrap",
        help="fit again to resampled cases, or to all but a fold (default: %(default)s)",
    )
    parser.add_argument(
        "--by",
        metavar="NAME",
        help="leave each level of this predictor or grouping out in turn (internal-external)",
    )
    parser.add_argument("--repeats", type=int, help="refits (default: 200), or deals of folds (20)")
    parser.add_argument("--folds", type=int, default=10, help="of kfold (default: 10)")
    parser.add_argument("--event", help="of several classes, the one against all others")
    parser.add_argument("--seed", type=seed_of, help="(default: derived from that of the fit)")
    add_interval(parser)
    add_common(parser)


def _report(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("-o", "--output", metavar="PAGE", help="an .html file (default: FILE.html)")
    parser.add_argument("--title", help="of the page (default: the outcome and the formula)")
    parser.add_argument("--event", help="of several classes, the one that pictures are about")
    _errors(parser)
    add_common(parser)


def _errors(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--false-positive", type=float, metavar="COST", help="acting in vain")
    parser.add_argument("--false-negative", type=float, metavar="COST", help="missing an event")


def _offset(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--offset", metavar="COLUMN", help="offset of the rows of --data")
