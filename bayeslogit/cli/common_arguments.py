"""Arguments that several commands have."""

from __future__ import annotations

import argparse

__all__ = [
    "add_common",
    "add_file",
    "add_groups",
    "add_guard",
    "add_interval",
    "add_new_levels",
    "add_prevalence",
    "add_sampling",
    "seed_of",
]


def add_file(parser: argparse.ArgumentParser) -> None:
    """Add the saved fit that a command reads."""
    parser.add_argument("file", metavar="FILE", help="written by bayeslogit fit, or fit.save()")


def add_sampling(parser: argparse.ArgumentParser, seed: int | None = None) -> None:
    """Add the method, its draws and its seed.

    Parameters
    ----------
    parser : ArgumentParser
    seed : int, optional
        The default.
    """
    parser.add_argument("--method", default="auto", help="inference method (default: %(default)s)")
    parser.add_argument("--draws", type=int, default=1000, help="of each chain (default: 1000)")
    parser.add_argument("--chains", type=int, default=4, help="(default: 4)")
    words = "default: a fresh one, which is printed" if seed is None else f"default: {seed}"
    parser.add_argument(
        "--seed", type=seed_of, default=seed, help=f"one seed, one answer ({words})"
    )
    parser.add_argument(
        "--keep",
        choices=("draws", "scales"),
        default="draws",
        help="of the effects of groups in (1 | g): all draws, or moments and quantiles alone",
    )


def add_interval(parser: argparse.ArgumentParser) -> None:
    """Add ``--ci-prob``."""
    parser.add_argument(
        "--ci-prob", type=float, metavar="P", help="probability of intervals (default: 0.89)"
    )


def add_groups(parser: argparse.ArgumentParser) -> None:
    """Add ``--groups``: which group answers of a model with group-level terms are about."""
    parser.add_argument(
        "--groups",
        choices=("known", "typical", "new", "average"),
        help="of (1 | g): each row in its own group, a group without effects, a new one, or the "
        "mean over all",
    )


def add_new_levels(parser: argparse.ArgumentParser) -> None:
    """Add ``--new-levels``: what levels of a factor are taken for that were not fitted."""
    parser.add_argument(
        "--new-levels",
        choices=("raise", "reference", "average", "prior"),
        default="raise",
        help="levels of new rows that were not fitted: refused (default), as the reference level, "
        "as the mean over levels, or drawn from the prior",
    )


def add_prevalence(parser: argparse.ArgumentParser) -> None:
    """Add ``--prevalence``: results are then for a population, not for the sample."""
    parser.add_argument(
        "--prevalence",
        metavar="P",
        help="share of events in the population: a number, beta:A:B where it is uncertain, or "
        "CLASS=P,... of several classes",
    )


def add_guard(parser: argparse.ArgumentParser) -> None:
    """Add ``--no-guard``: CSV cells as they are, also those that a spreadsheet would run."""
    parser.add_argument(
        "--no-guard",
        dest="guard",
        action="store_false",
        help="in CSV, put no apostrophe before text that starts with = + - @, which a spreadsheet "
        "would run as a formula",
    )


def add_common(parser: argparse.ArgumentParser, *, csv: bool = False) -> None:
    """Add ``--json``, ``--quiet``, and ``--csv`` where it is asked for.

    Parameters
    ----------
    parser : ArgumentParser
    csv : bool
        Whether the command prints CSV.
    """
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    if csv:
        form.add_argument("--csv", action="store_true", help="print CSV")
    parser.add_argument("--quiet", action="store_true", help="no progress and no warnings")


def seed_of(text: str) -> int:
    """Return a seed from its text."""
    value = int(text)
    if value < 0:
        raise ValueError(text)
    return value


seed_of.__name__ = "seed (a whole number of at least 0)"  # argparse puts it into its message
