"""The command line: ``bayeslogit demo | fit | summary | predict | plot | check | teach`` and more.

Results go to stdout, progress and warnings to stderr. Nothing heavy is imported before the
arguments are understood, so that ``--help`` and mistakes are answered at once.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn

import bayeslogit
from bayeslogit.cli.common_arguments import add_common, add_interval, add_sampling
from bayeslogit.cli.exits import FAILED, INTERRUPTED, UsageError
from bayeslogit.cli.question_arguments import QUESTIONS, add_questions
from bayeslogit.cli.saved_arguments import (
    check_arguments,
    plot_arguments,
    predict_arguments,
    summary_arguments,
)
from bayeslogit.cli.wording import in_the_shell, other_word
from bayeslogit.errors import BayesLogitError, BayesLogitWarning, shortened

__all__ = ["build_parser", "main", "parser_of"]

DESCRIPTION = """\
Bayesian logistic regression: fit a model to a table, and read, use and draw its posterior."""

EPILOG = """\
A first look:
  bayeslogit demo

On a table of your own (the formula in quotes):
  bayeslogit fit data.csv "passed ~ hours + school" -o fit.nc
  bayeslogit summary fit.nc
  bayeslogit predict fit.nc new.csv > predictions.csv
  bayeslogit plot fit.nc --name hours --mark 3
  bayeslogit effects fit.nc --change hours=2:4
  bayeslogit decide fit.nc --false-positive 1 --false-negative 4

Results go to stdout, progress and warnings to stderr. Exit status: 0 done, 1 failed, 2 wrong
usage, 130 interrupted. "bayeslogit COMMAND --help" says more."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit status: 0 done, 1 failed, 130 interrupted.

    Raises
    ------
    SystemExit
        With status 2 for wrong usage, and 0 after ``--help`` and ``--version``.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal without the letters of a name shows their codes instead of failing.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    args = _parsed(argv)
    try:
        with _warnings_to_stderr(args):
            status = int(_command(args.run)(args) or 0)
        sys.stdout.flush()
    except UsageError as error:
        args.parser.error(in_the_shell(str(error), args.parser))
    except BrokenPipeError:
        # Whoever read the output has closed it, as `head` does. Python would complain once more
        # when it flushes stdout at the end, unless that leads nowhere.
        _drop_stdout()
        return FAILED
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except BayesLogitError as error:
        _say(in_the_shell(str(error), args.parser))
        return FAILED
    except OSError as error:
        _say(f"{error.filename or 'a file'}: {error.strerror or error}; check the path")
        return FAILED
    except MemoryError:
        _say("the memory is not enough for this; use fewer rows, draws or chains")
        return FAILED
    return status


def _command(name: str) -> Callable[[argparse.Namespace], int | None]:
    """Return a command; this is when the heavy parts are imported."""
    module = "questions" if name in QUESTIONS else "commands"
    run: Callable[[argparse.Namespace], int | None] = getattr(
        import_module(f"bayeslogit.cli.{module}"), name
    )
    return run


def _say(text: str) -> None:
    print(f"bayeslogit: {text}", file=sys.stderr)


def _drop_stdout() -> None:
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - it stays open to the end


@contextmanager
def _warnings_to_stderr(args: argparse.Namespace) -> Iterator[None]:
    """Show our warnings as one line each; those of libraries are not for the user."""

    def show(message: Any, category: type[Warning], *rest: Any, **more: Any) -> None:
        if not args.quiet:
            _say(f"warning: {in_the_shell(str(message), args.parser)}")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", BayesLogitWarning)
        warnings.showwarning = show
        yield


# ---- arguments ----------------------------------------------------------------------------


class _Version(argparse.Action):
    """Print the version; it is looked up only when somebody asks."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        print(f"bayeslogit {bayeslogit.__version__}")
        parser.exit()


class _Parser(argparse.ArgumentParser):
    """Says what is wrong and where help is, and leaves with status 2."""

    def error(self, message: str) -> NoReturn:
        message = other_word(shortened(message), self)
        self.exit(2, f"{self.prog}: {message}\ntry: {self.prog} --help\n")


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    args, rest = build_parser().parse_known_args(argv)
    if rest:
        args.parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return args


def parser_of(command: str) -> argparse.ArgumentParser:
    """Return the parser of a command."""
    args: argparse.ArgumentParser = build_parser().get_default("siblings")[command]
    return args


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _Parser(
        prog="bayeslogit",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    siblings: dict[str, argparse.ArgumentParser] = {}
    parser.set_defaults(siblings=siblings)

    def command(name: str, summary: str) -> argparse.ArgumentParser:
        # Abbreviated options would change their meaning when another option is added.
        sub = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        siblings[name] = sub
        sub.set_defaults(run=name, parser=sub, siblings=siblings)
        return sub

    _demo(command("demo", "fit the exam data, print the answers, draw the curve"))
    _fit(command("fit", "fit a model to a table and save it"))
    summary_arguments(command("summary", "print the coefficients of a saved fit"))
    predict_arguments(command("predict", "predict the rows of a table with a saved fit"))
    plot_arguments(command("plot", "draw a picture of a saved fit"))
    check_arguments(command("check", "say how far a saved fit can be trusted"))
    add_questions(command)
    _teach(command("teach", "open the classroom page: move the data, see the posterior follow"))
    return parser


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        metavar="PICTURE",
        default="exam-curve.png",
        help="where to draw the curve (default: %(default)s)",
    )
    add_sampling(parser, seed=1)
    add_common(parser)


def _teach(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Three lessons in a browser: prior against data, separation, how many data are enough. "
        "It needs pip install 'bayeslogit[teach]'. No request leaves this machine."
    )
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen at (default: %(default)s, this machine only; 0.0.0.0 lets "
        "telephones in the same network see the page)",
    )
    parser.add_argument(
        "--no-browser", dest="browser", action="store_false", help="only print the address"
    )
    add_common(parser)


def _fit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", metavar="DATA", help="CSV or Parquet file; - reads CSV from stdin")
    parser.add_argument(
        "formula",
        metavar="FORMULA",
        help='for example "passed ~ hours + school"; groups as "passed ~ hours + (1 | school)"',
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="save the fit, for example fit.nc")
    parser.add_argument(
        "--prior",
        action="append",
        default=[],
        metavar="[TERM=]PRIOR",
        help="normal:SD, normal:MEAN:SD, studentt:DF:MEAN:SD, cauchy:MEAN:SD or flat, for all "
        "slopes (flat: for everything; multinomial also zerosum:SD) or for one TERM, such as "
        "Intercept=flat; ordinal also cutpoints=dirichlet:1; for the spread of groups "
        "school=halfnormal:SD, halfstudentt:DF:SD, exponential:RATE or a number, and for "
        "correlations school=lkj:ETA; may be repeated",
    )
    kind = parser.add_argument_group("outcome")
    kind.add_argument(
        "--family",
        choices=("logistic", "binomial", "multinomial", "ordinal", "choice"),
        help="default: logistic, or the one that the options below belong to",
    )
    kind.add_argument("--event", help="logistic: the outcome whose probability is modelled")
    kind.add_argument(
        "--case-control",
        action="store_true",
        default=None,
        help="logistic: cases and controls were sampled apart, so risks need --prevalence",
    )
    kind.add_argument(
        "--strata", metavar="COLUMN", help="logistic: matched sets; odds ratios within them"
    )
    kind.add_argument("--trials", metavar="COLUMN", help="binomial: the trials of the counts")
    kind.add_argument(
        "--dispersion", choices=("beta",), help="binomial: rows vary more than trials do"
    )
    kind.add_argument(
        "--reference", metavar="CLASS", help="multinomial, choice: compare with this class"
    )
    kind.add_argument(
        "--counts",
        metavar="A,B,C",
        help="multinomial: columns that count cases of each class; choice: how often a row was "
        "chosen",
    )
    kind.add_argument(
        "--alternatives",
        metavar="COLUMN",
        help="choice: the alternative of each row, or A,B,C where each row is a case",
    )
    kind.add_argument("--case", metavar="COLUMN", help="choice: the case of each row")
    kind.add_argument(
        "--available", metavar="COLUMN", help="choice: 0 where it could not be chosen"
    )
    kind.add_argument(
        "--ranked", action="store_true", default=None, help="choice: the outcome holds ranks"
    )
    kind.add_argument("--levels", metavar="A,B,C", help="ordinal: classes from lowest to highest")
    kind.add_argument("--form", choices=("cumulative", "sequential", "adjacent"), help="ordinal")
    kind.add_argument(
        "--partial", metavar="TERM,...", help="ordinal: slopes that differ between boundaries"
    )
    parser.add_argument("--weights", metavar="COLUMN", help="how often each row counts")
    parser.add_argument("--offset", metavar="COLUMN", help="known part of the log-odds")
    parser.add_argument("--link", help="logit (default), probit, cloglog, ...")
    parser.add_argument(
        "--missing",
        choices=("raise", "drop"),
        default="raise",
        help="refuse rows without a value (default), or leave them out",
    )
    add_sampling(parser)
    add_interval(parser)
    add_common(parser)
