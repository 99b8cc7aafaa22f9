"""Arguments of the commands on a saved fit: summary, predict, plot, check."""

from __future__ import annotations

import argparse
from typing import get_args

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
from bayeslogit.errors.closed import KindWord

__all__ = [
    "PICTURES",
    "check_arguments",
    "plot_arguments",
    "predict_arguments",
    "summary_arguments",
]

# Pictures of answers, and whether they take an event of several classes and an interval.
PICTURES = {
    "effects": (False, True),
    "calibration": (True, True),
    "validation": (True, True),
    "roc": (True, True),
    "precision_recall": (True, True),
    "separation": (True, False),
    "net_benefit": (True, True),
    "residuals": (True, True),
    "influence": (False, False),
    "movement": (False, True),
    "groups": (True, True),
    "nomogram": (False, False),
}


def summary_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``summary`` takes."""
    add_file(parser)
    parser.add_argument(
        "--scale",
        choices=("log_odds", "odds_ratio", "risk_ratio"),
        help="of --json and --csv (default: log_odds); the text has both",
    )
    parser.add_argument(
        "--base", choices=("e", "2", "10"), help="of log-odds: logits (default), bits or bans"
    )
    parser.add_argument(
        "--reference", metavar="CLASS", help="compare with this class instead (multinomial)"
    )
    parser.add_argument(
        "--group", metavar="NAME", help="effects of the groups of this grouping, and their ranks"
    )
    add_prevalence(parser)
    add_interval(parser)
    add_guard(parser)
    add_common(parser, csv=True)


def predict_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``predict`` takes."""
    add_file(parser)
    parser.add_argument("data", metavar="NEW", help="CSV or Parquet file; - reads CSV from stdin")
    parser.add_argument(
        "--kind",
        choices=get_args(KindWord),
        default="probability",
        help="what to predict (default: %(default)s); of ordered classes also P(at most k), P(at "
        "least k) and the median level; the mean of --scores",
    )
    parser.add_argument("--cutoff", type=float, help="for classes (default: 0.5)")
    parser.add_argument(
        "--costs", metavar="ROWS", help="for classes: cost by true and predicted, as '0,1;5,0'"
    )
    parser.add_argument(
        "--scores", metavar="SCORES", help="for the mean: 1,2,3 or low=1,middle=2,high=3"
    )
    parser.add_argument("--trials", metavar="COLUMN", help="trials of the new rows, for outcomes")
    parser.add_argument("--offset", metavar="COLUMN", help="offset of the new rows")
    add_groups(parser)
    add_new_levels(parser)
    add_prevalence(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="a .csv, .json or .parquet file")
    parser.add_argument(
        "--on-bad-row",
        choices=("raise", "skip"),
        default="raise",
        help="what becomes of a row that cannot be predicted: nothing is predicted, or the others "
        "are (default: %(default)s)",
    )
    parser.add_argument(
        "--bad-rows",
        metavar="FILE",
        help="a .csv file for rows skipped, with reasons (default: NAME-bad-rows.csv)",
    )
    parser.add_argument("--seed", type=seed_of, help="for simulated outcomes")
    add_guard(parser)
    add_interval(parser)
    add_common(parser)


def plot_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``plot`` takes."""
    add_file(parser)
    parser.add_argument(
        "--kind",
        choices=("curve", "forest", "ppc", "prior", *PICTURES),
        default="curve",
        help="probability curve, odds ratios, predictive check, prior and posterior, or a picture "
        "of an answer (default: %(default)s)",
    )
    parser.add_argument("--event", help="of several classes, the one whose forecasts are shown")
    parser.add_argument(
        "-o", "--output", metavar="PICTURE", help=".png, .svg or .pdf (default: FILE-KIND.png)"
    )
    parser.add_argument(
        "--name", help="predictor of the curve (default: the first number), or grouping"
    )
    parser.add_argument(
        "--curve",
        choices=("lines", "stack", "cumulative", "exceedance", "simplex"),
        help="of several classes (default: lines)",
    )
    parser.add_argument(
        "--by", metavar="NAME", help="predictor whose levels a predictive check is within"
    )
    parser.add_argument(
        "--reference", metavar="CLASS", help="of a forest: compare with this class (multinomial)"
    )
    parser.add_argument(
        "--mark", type=float, action="append", metavar="X", help="mark the curve at X"
    )
    parser.add_argument("--probability", type=float, metavar="P", help="mark where P is reached")
    parser.add_argument(
        "--at",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="value of another predictor of the curve; may be repeated",
    )
    add_groups(parser)
    add_prevalence(parser)
    add_interval(parser)
    add_common(parser)


def check_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``check`` takes."""
    parser.epilog = "Exit status 1 if the numbers should not be used as they are."
    add_file(parser)
    add_common(parser)
