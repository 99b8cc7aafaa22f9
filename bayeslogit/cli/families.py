"""Arguments about the outcome, turned into a model, its costs and its class scores."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np

import bayeslogit as bl
from bayeslogit import design
from bayeslogit.cli.exits import UsageError, as_given

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["costs_of", "model_of", "scores_of", "words_of"]

# Which kinds of outcome each option is about.
ABOUT = {
    "event": ("logistic",),
    "case_control": ("logistic",),
    "strata": ("logistic",),
    "trials": ("binomial",),
    "dispersion": ("binomial",),
    "reference": ("multinomial", "choice"),
    "counts": ("multinomial", "choice"),
    "alternatives": ("choice",),
    "case": ("choice",),
    "available": ("choice",),
    "ranked": ("choice",),
    "levels": ("ordinal",),
    "form": ("ordinal",),
    "partial": ("ordinal",),
}


def model_of(args: argparse.Namespace, data: pd.DataFrame, priors: Any) -> bl.Model:
    """Return the model that the arguments of ``fit`` ask for.

    Parameters
    ----------
    args : argparse.Namespace
        Of ``bayeslogit fit``.
    data : DataFrame
    priors : prior, dict, "flat" or None
        As ``priors=`` of the builders.

    Raises
    ------
    UsageError
        If options do not fit the kind of outcome, or one is missing.
    """
    if args.trials is not None and args.event is not None:
        raise UsageError(
            "--event and --trials exclude one another: counts have their event already"
        )
    family = args.family or _implied(args)
    for option, families in ABOUT.items():
        if getattr(args, option) is not None and family not in families:
            raise UsageError(
                f"--{option.replace('_', '-')} is for --family {families[0]}; this one is {family}"
            )
    options: dict[str, Any] = {
        "priors": priors,
        "weights": args.weights,
        "offset": args.offset,
        "missing": args.missing,
    }
    if family in ("multinomial", "choice") and args.link not in (None, "logit"):
        raise UsageError(
            f"--link {as_given(args.link)} is not for --family {family}, which has logit"
        )
    if family == "choice":
        return _choice(args, data, options)
    if family == "multinomial":
        counts = None if args.counts is None else words_of(args.counts)
        return bl.multinomial(
            args.formula, data, reference=args.reference, counts=counts, **options
        )
    options["link"] = args.link or "logit"
    if family == "ordinal":
        levels = None if args.levels is None else _typed(args, words_of(args.levels), data)
        return bl.ordinal(
            args.formula,
            data,
            levels=levels,
            form=args.form or "cumulative",
            partial=[] if args.partial is None else words_of(args.partial),
            **options,
        )
    if family == "binomial":
        if args.trials is None:
            raise UsageError("--family binomial needs --trials COLUMN, the trials of each row")
        return bl.binomial(
            args.formula, data, trials=args.trials, dispersion=args.dispersion, **options
        )
    return bl.logistic(
        args.formula,
        data,
        event=args.event,
        case_control=bool(args.case_control),
        strata=args.strata,
        **options,
    )


def _choice(args: argparse.Namespace, data: pd.DataFrame, options: dict[str, Any]) -> bl.Model:
    if args.alternatives is None:
        raise UsageError(
            "--family choice needs --alternatives COLUMN, what each row is; or A,B,C where each "
            "row is a case"
        )
    several = words_of(args.alternatives)
    return bl.choice(
        args.formula,
        data,
        alternatives=several if len(several) > 1 else args.alternatives,
        case=args.case,
        reference=args.reference,
        counts=args.counts,
        ranked=bool(args.ranked),
        available=args.available,
        **options,
    )


def _implied(args: argparse.Namespace) -> str:
    """Return the family of an option that only one has, else of one that was given."""
    if args.alternatives is not None:
        return "choice"
    for option, families in ABOUT.items():
        if getattr(args, option) is not None:
            return families[0]
    return "logistic"


def words_of(text: str) -> list[str]:
    """Return what stands between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def _typed(args: argparse.Namespace, levels: list[str], data: pd.DataFrame) -> list[Any]:
    """Return levels as numbers where the outcome is a number."""
    outcome = design.split(args.formula)[0]
    if outcome not in data or data[outcome].dtype.kind not in "iuf":
        return levels
    try:
        return [float(level) if "." in level else int(level) for level in levels]
    except ValueError:
        raise UsageError(
            f"--levels {as_given(args.levels)} has words, and {outcome!r} holds numbers; expected "
            "numbers"
        ) from None


def scores_of(text: str | None) -> Any:
    """Return ``scores=`` from ``1,2,3`` or ``low=1,high=3``."""
    if text is None:
        return None
    words = words_of(text)
    try:
        if any("=" in word for word in words):
            pairs = [word.rpartition("=") for word in words]
            return {name.strip(): float(number) for name, _, number in pairs}
        return [float(word) for word in words]
    except ValueError:
        raise UsageError(
            f"--scores {as_given(text)} has something else than numbers; expected one for each "
            "class, such as 1,2,3 or low=1,middle=2,high=3"
        ) from None


def costs_of(text: str | None) -> np.ndarray | None:
    """Return ``costs=`` from rows such as ``0,1,4;1,0,1;4,1,0``."""
    if text is None:
        return None
    try:
        return np.array([[float(word) for word in words_of(row)] for row in text.split(";")])
    except ValueError:
        raise UsageError(
            f"--costs {as_given(text)} is not a square of numbers; expected a row for each true "
            "class and a column for each predicted one, such as '0,1;5,0'"
        ) from None
