"""Errors, warnings, and problems found after a fit.

Every message has three parts: what was found, with its value; what was expected; what to do.
:func:`nearest` supplies the "did you mean" part for names.
"""

from __future__ import annotations

import difflib
import os
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = [
    "BayesLogitError",
    "BayesLogitWarning",
    "DesignError",
    "FitFailed",
    "MethodRefused",
    "PriorError",
    "Problem",
    "ResponseError",
    "StorageError",
    "listing",
    "nearest",
    "refuse_unknown",
    "warn",
]

_PACKAGE = (str(Path(__file__).parent) + os.sep,)


class BayesLogitError(Exception):
    """Base class of every error that bayeslogit raises on purpose."""


class DesignError(BayesLogitError, ValueError):
    """The table, the formula or the predictors cannot be used as given."""


class ResponseError(BayesLogitError, ValueError):
    """The outcome (or its trials or weights) cannot be used as given."""


class PriorError(BayesLogitError, ValueError):
    """A prior is malformed, does not fit the coefficients, or leaves no proper posterior."""


class MethodRefused(BayesLogitError, ValueError):
    """A method cannot do what was asked; the sentence names methods that can."""


class FitFailed(BayesLogitError, RuntimeError):
    """A computation was started and could not be completed."""


class StorageError(BayesLogitError, ValueError):
    """A file cannot be read as a fit, or a fit cannot be written."""


class BayesLogitWarning(UserWarning):
    """A problem that leaves a result usable, but doubtful."""


@dataclass(frozen=True)
class Problem:
    """A problem found after a fit, kept as a value in ``fit.problems``.

    Parameters
    ----------
    code : str
        Short name that does not change, such as ``"divergences"``.
    sentence : str
        What was found, what was expected, what to do.
    severity : {"note", "warning", "severe"}
        ``"severe"`` means that the numbers should not be used as they are.
    """

    code: str
    sentence: str
    severity: Literal["note", "warning", "severe"] = "warning"

    def __str__(self) -> str:
        return self.sentence


def nearest(name: object, known: Iterable[object]) -> str:
    """Return ``" Did you mean 'a' or 'b'?"`` for known names that resemble one, else ``""``.

    Parameters
    ----------
    name : object
        The name that was given.
    known : iterable
        Names that exist; up to three of them are shown.

    Examples
    --------
    >>> nearest("hors", ["hours", "school"])
    " Did you mean 'hours'?"
    """
    by_text = {str(k): k for k in known}
    lower = {text.lower(): text for text in by_text}
    hits = difflib.get_close_matches(str(name).lower(), list(lower), n=3, cutoff=0.6)
    if not hits:
        return ""
    return " Did you mean " + " or ".join(repr(by_text[lower[h]]) for h in hits) + "?"


def listing(names: Iterable[object], limit: int = 10) -> str:
    """Return names for a message, quoted and joined by commas.

    Parameters
    ----------
    names : iterable
    limit : int
        How many of them to show; longer lists end with their length.

    Examples
    --------
    >>> listing("abc", limit=2)
    "'a', 'b', ... (3 in all)"
    """
    items = [repr(n) for n in names]
    if len(items) > limit:
        return ", ".join(items[:limit]) + f", ... ({len(items)} in all)"
    return ", ".join(items) if items else "none"


def refuse_unknown(options: Iterable[str], known: Iterable[str]) -> None:
    """Refuse options that are not among the known ones, with the nearest name.

    Parameters
    ----------
    options : iterable of str
        Names that were given.
    known : iterable of str
        Names that exist.

    Raises
    ------
    DesignError
        If a name is not among them.

    Examples
    --------
    >>> refuse_unknown(["ci_pob"], ["ci_prob", "ci_kind"])
    Traceback (most recent call last):
        ...
    bayeslogit.errors.DesignError: there is no option 'ci_pob'; expected some of ...
    """
    known = list(known)
    for name in options:
        if name not in known:
            raise DesignError(
                f"there is no option {name!r}; expected some of {listing(known)}; leave it out."
                + nearest(name, known)
            )


def warn(sentence: str) -> None:
    """Issue a :class:`BayesLogitWarning` at the line of the caller outside the package.

    Parameters
    ----------
    sentence : str
        What was found, what was expected, what to do.
    """
    warnings.warn(sentence, BayesLogitWarning, skip_file_prefixes=_PACKAGE)
