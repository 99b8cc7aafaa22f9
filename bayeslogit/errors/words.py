"""Errors, warnings, and problems found after a fit.

Every message has three parts: what was found, with its value; what was expected; what to do.
:func:`nearest` supplies the "did you mean" part for names.
"""

from __future__ import annotations

import difflib
import os
import re
import reprlib
import tomllib
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal

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
    "elsewhere",
    "listing",
    "nearest",
    "neighbours",
    "quoted",
    "refuse_unknown",
    "shortened",
    "warn",
]

LONGEST = 190  # characters of what was found that a message quotes, quotation marks included

_PACKAGE = (str(Path(__file__).parents[1]) + os.sep,)


class BayesLogitError(Exception):
    """Base class of every error that bayeslogit raises on purpose.

    Parameters
    ----------
    *words : Any
        The sentence; what it quotes is cut to 200 characters.
    """

    def __init__(self, *words: Any) -> None:
        super().__init__(*(shortened(w) if isinstance(w, str) else w for w in words))


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

    def __post_init__(self) -> None:
        if isinstance(self.sentence, str):
            object.__setattr__(self, "sentence", shortened(self.sentence))

    def __str__(self) -> str:
        return self.sentence


def quoted(value: object, limit: int = LONGEST) -> str:
    """Return a value as an error shows it: its ``repr`` on one line, cut to so many characters.

    Parameters
    ----------
    value : object
        What was found. Text and containers are cut before they are written out.
    limit : int
        Most characters of the result.

    Examples
    --------
    >>> quoted([1, "a"]), quoted("x" * 500, limit=20)
    ("[1, 'a']", "'xxxxxxxxxxxxxxx...'")
    """
    text = _SHORT.repr(value)
    if not text.isprintable():
        text = repr(text)[1:-1]
    return _ends(text, limit)


def shortened(sentence: str) -> str:
    """Return a sentence in which nothing that it quotes has more than 200 characters.

    Cut are quoted text, lists, and words without a space; control characters are written out, so
    that a name cannot drive the terminal that shows it.

    Parameters
    ----------
    sentence : str

    Examples
    --------
    >>> shortened(f"found {'a' * 500!r}; expected less")[:8], len(shortened("b" * 500))
    ("found 'a", 190)
    """
    text = sentence if len(sentence) < 1_000_000 else _middle_out(sentence, 1_000_000)
    text = _CONTROL.sub(lambda found: repr(found.group())[1:-1], text)
    for pattern in (_LIST, _LITERAL, _LIST, _WORD):
        text = pattern.sub(lambda found: _ends(found.group(), LONGEST), text)
    return _middle_out(text, 8 * LONGEST)


def _middle_out(text: str, limit: int) -> str:
    """Return a text of at most so many characters, with what was found and what to do."""
    return text if len(text) <= limit else f"{text[: limit // 2 - 3]} ... {text[-limit // 2 + 3 :]}"


def _ends(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 4]}...{text[-1]}"


# A quotation mark after a letter is an apostrophe.
_LITERAL = re.compile(r"""(?<!\w)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", re.DOTALL)
_LIST = re.compile(r"\[[^\[\]]{200,}\]|\{[^{}]{200,}\}|\((?:[^()\s]+, ){20,}[^()]*\)")
_WORD = re.compile(r"\S{201,}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class _Short(reprlib.Repr):
    """Writes out the beginning of a value only, in its own order."""

    def repr_str(self, x: str, level: int) -> str:
        """Return the beginning of a text."""
        return repr(x[: LONGEST + 1])

    def repr_int(self, x: int, level: int) -> str:
        """Return a number; Python refuses to write thousands of digits."""
        return repr(x) if x.bit_length() < 1000 else f"<integer of {x.bit_length()} bits>"

    def repr_dict(self, x: dict[object, object], level: int) -> str:
        """Return the first entries."""
        if level <= 0:
            return "{...}"
        items = islice(x.items(), self.maxdict + 1)
        parts = [f"{self.repr1(k, level - 1)}: {self.repr1(v, level - 1)}" for k, v in items]
        return "{" + ", ".join(parts) + "}"

    def repr_instance(self, x: object, level: int) -> str:
        """Return the value as it writes itself."""
        try:
            return repr(x)[: LONGEST + 1]
        except Exception:  # of a stranger's class
            return f"<{type(x).__name__}>"


_SHORT = _Short(
    maxlevel=4, maxtuple=60, maxlist=60, maxdict=60, maxset=60, maxfrozenset=60, maxdeque=60
)


@lru_cache(maxsize=1)
def neighbours() -> dict[str, dict[str, str]]:
    """Return the words of other packages, and the word for the same thing here.

    Read when something was not understood; the one table for Python and the shell.

    Examples
    --------
    >>> neighbours()["here"]["predict_proba"], "seed" in neighbours()["meant"]["random_seed"]
    ('predict()', True)
    """
    text = (Path(__file__).parent / "neighbours.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _meant(word: str) -> list[str]:
    """Return what a word of other packages is called here."""
    return [ours for ours, theirs in neighbours()["meant"].items() if word in theirs.split()]


def nearest(name: object, known: Iterable[object]) -> str:
    """Return ``" Did you mean 'a' or 'b'?"`` for known names that resemble one, else ``""``.

    The word of another package for the same thing resembles ours, however it is spelt.

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
    >>> nearest("seed", ["draws", "random_seed"]), nearest("response", ["probability", "class"])
    (" Did you mean 'random_seed'?", " Did you mean 'probability'?")
    """
    # The time of a comparison grows with the lengths, and nobody mistypes such a name.
    by_text = {str(k): k for k in islice(known, 10_000)}
    lower = {text.lower(): text for text in by_text if len(text) <= LONGEST}
    asked = str(name) if isinstance(name, str | float | bool | None) else quoted(name)
    if not asked or len(asked) > LONGEST:
        return ""
    meant = [ours for ours in _meant(asked) if ours in by_text]
    if meant:
        return " Did you mean " + " or ".join(map(repr, meant)) + "?"
    hits = difflib.get_close_matches(asked.lower(), list(lower), n=3, cutoff=0.6)
    if not hits:
        return ""
    return " Did you mean " + " or ".join(quoted(by_text[lower[h]], 60) for h in hits) + "?"


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
    names = list(names)
    shown: list[str] = []
    for name in names[:limit]:
        text = quoted(name, 60)
        if shown and sum(map(len, shown)) + len(text) > LONGEST:
            break
        shown.append(text)
    more = f", ... ({len(names)} in all)" if len(names) > len(shown) else ""
    return ", ".join(shown) + more if shown else "none"


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
    bayeslogit.errors.words.DesignError: there is no option 'ci_pob'; expected some of ...
    """
    known = list(known)
    for name in options:
        if name not in known:
            hint = nearest(name, known) or elsewhere(name)
            raise DesignError(
                f"there is no option {quoted(name, 60)}; expected some of "
                f"{listing(known, limit=30)}; leave it out.{hint}"
            )


def elsewhere(name: str) -> str:
    """Return where an option belongs that is not one of a verb, else ``""``.

    Parameters
    ----------
    name : str
        The word for it here, or in another package.

    Examples
    --------
    >>> elsewhere("seed")
    ' It is given to fit(random_seed=...).'
    """
    if name in neighbours()["said_by"]:
        return f" Here {neighbours()['said_by'][name]}."
    homes = neighbours()["home"]
    home = next((homes[ours] for ours in (name, *_meant(name)) if ours in homes), None)
    return "" if home is None else f" It is given to {home}."


def warn(sentence: str) -> None:
    """Issue a :class:`BayesLogitWarning` at the line of the caller outside the package.

    Parameters
    ----------
    sentence : str
        What was found, what was expected, what to do.
    """
    warnings.warn(shortened(sentence), BayesLogitWarning, skip_file_prefixes=_PACKAGE)
