"""Errors, and how they are worded.

Every message has three parts: what was found, with its value; what was expected; what to do.
:func:`nearest` supplies the "did you mean" part for names.
"""

from __future__ import annotations

import difflib
import re
import reprlib
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

__all__ = [
    "BayesLogitError",
    "BayesLogitWarning",
    "DesignError",
    "FitFailed",
    "MethodRefused",
    "PriorError",
    "ResponseError",
    "StorageError",
    "listing",
    "meant",
    "nearest",
    "neighbours",
    "quoted",
    "shortened",
]

LONGEST = 190  # characters of what was found that a message quotes, quotation marks included


class BayesLogitError(Exception):
    """Base class of every error that bayeslogit raises on purpose.

    Parameters
    ----------
    *words : Any
        The sentence; what it quotes is cut to 200 characters.

    See Also
    --------
    DesignError, ResponseError, PriorError : What was given cannot be used.
    MethodRefused, FitFailed, StorageError : What was asked cannot be done.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> try:
    ...     bl.load_dataset("exams")
    ... except bl.BayesLogitError as error:
    ...     print(error)
    there is no dataset 'exams'; expected one of ...; choose one of them, ... Did you mean 'exam'?
    """

    def __init__(self, *words: Any) -> None:
        super().__init__(*(shortened(w) if isinstance(w, str) else w for w in words))


class DesignError(BayesLogitError, ValueError):
    """The table, the formula or the predictors cannot be used as given.

    See Also
    --------
    ResponseError : The same of the outcome.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> bl.logistic("passed ~ hour", bl.load_dataset("exam"))
    Traceback (most recent call last):
        ...
    bayeslogit.errors.words.DesignError: There is no column 'hour' ... Did you mean 'hours'? ...
    """


class ResponseError(BayesLogitError, ValueError):
    """The outcome (or its trials or weights) cannot be used as given.

    See Also
    --------
    DesignError : The same of predictors.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> bl.logistic("y ~ x", {"x": [1, 2, 3], "y": [0, 1, 2]})
    Traceback (most recent call last):
        ...
    bayeslogit.errors.words.ResponseError: The outcome 'y' has 3 different values, '0', '1', '2';
    two classes were expected. Use multinomial() for classes without an order, ordinal() for ...
    """


class PriorError(BayesLogitError, ValueError):
    """A prior is malformed, does not fit the coefficients, or leaves no proper posterior.

    See Also
    --------
    bayeslogit.Normal : A prior that is proper.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> bl.logistic("y ~ x", {"x": [1, 2, 3, 4], "y": [0, 0, 1, 1]}, priors="flat").fit("map")
    Traceback (most recent call last):
        ...
    bayeslogit.errors.words.PriorError: the outcome is completely separated by the predictors ...
    """


class MethodRefused(BayesLogitError, ValueError):
    """A method cannot do what was asked; the sentence names methods that can.

    See Also
    --------
    bayeslogit.METHODS : The methods there are.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> bl.logistic("passed ~ hours", bl.load_dataset("exam"), link="probit").fit("gibbs")
    Traceback (most recent call last):
        ...
    bayeslogit.errors.words.MethodRefused: method 'gibbs' refuses this model: ... logit link; ...
    """


class FitFailed(BayesLogitError, RuntimeError):
    """A computation was started and could not be completed.

    See Also
    --------
    PriorError : A posterior that does not exist.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> bl.logistic("y ~ x", {"x": [1, 2, 3], "y": [0, 0, 0]}).classical()
    Traceback (most recent call last):
        ...
    bayeslogit.errors.words.FitFailed: no maximum likelihood estimate exists: every case ...
    """


class StorageError(BayesLogitError, ValueError):
    """A file cannot be read as a fit, or a fit cannot be written.

    See Also
    --------
    bayeslogit.load : Reads a fit.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> bl.load("nowhere.nc")
    Traceback (most recent call last):
        ...
    bayeslogit.errors.words.StorageError: there is no file 'nowhere.nc'; expected a netCDF file ...
    """


class BayesLogitWarning(UserWarning):
    """A problem that leaves a result usable, but doubtful.

    See Also
    --------
    Problem : What it says, as a value that a fit keeps.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> import warnings
    >>> fit = bl.logistic("passed ~ hours", bl.load_dataset("exam"), case_control=True).fit("map")
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     table = fit.predict({"hours": [2]})
    >>> [str(warning.message)[:45] for warning in caught]
    ['predicted risks depend on the share of cases,']
    """


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
    """Return a sentence on one line, in which nothing that it quotes has more than 200 characters.

    Cut are quoted text, lists, words without a space, and what stands in lines of its own, such as
    a table; control characters are written out, so that a name cannot drive the terminal that
    shows it.

    Parameters
    ----------
    sentence : str

    Examples
    --------
    >>> shortened(f"found {'a' * 500!r}; expected less")[:8], len(shortened("b" * 500))
    ("found 'a", 190)
    """
    text = sentence if len(sentence) < 1_000_000 else _middle_out(sentence, 1_000_000)
    text = _CONTROL.sub(lambda found: repr(found.group())[1:-1], _on_one_line(text))
    for pattern in (_LIST, _LITERAL, _LIST, _WORD):
        text = pattern.sub(lambda found: _ends(found.group(), LONGEST), text)
    return _middle_out(text, 8 * LONGEST)


def _on_one_line(text: str) -> str:
    """Return a text without the lines between its first and its last."""
    first, *rest = text.split("\n")
    if not rest:
        return text
    return f"{first.rstrip()} {'... ' if len(rest) > 1 else ''}{rest[-1].lstrip()}"


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
        """Return the value as it writes itself, of several lines the first and the last."""
        try:
            text = repr(x)
            if "\n" not in text:
                return text[: LONGEST + 1]
            told = text if re.match(r"\w+\(", text) else f"{type(x).__name__}({text.strip()})"
            return _on_one_line(told)
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


def meant(word: str) -> list[str]:
    """Return what a word of other packages is called here.

    Examples
    --------
    >>> meant("warmup")
    ['tune']
    """
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
    ours = [word for word in meant(asked) if word in by_text]
    if ours:
        return " Did you mean " + " or ".join(map(repr, ours)) + "?"
    # A word that means something else is not a slip of the pen for what is spelt alike.
    elsewhere = bool(meant(asked)) or asked in neighbours()["said_by"]
    cutoff = 0.75 if elsewhere else 0.6
    hits = difflib.get_close_matches(asked.lower(), list(lower), n=3, cutoff=cutoff)
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
