"""The tokens of a formula, and a cursor that walks along them.

Text is only read here; no name is looked up and nothing is computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bayeslogit.design.formula.syntax import RESERVED
from bayeslogit.errors import DesignError

__all__ = ["MAX_CHARACTERS", "MAX_NESTING", "Cursor", "Token", "tokens", "trouble"]

MAX_CHARACTERS = 10_000
MAX_NESTING = 50

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<name>[^\W\d]\w*)
  | (?P<quoted>`[^`]+`)
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<op>:=|\*\*|<=|>=|==|!=|[-+*/^:(),=<>\[\]~|])
    """,
    re.VERBOSE | re.DOTALL,
)
_REFUSED = {
    "{": "braces, which run Python code in some formula languages, are not part of a formula",
    "}": "braces, which run Python code in some formula languages, are not part of a formula",
    "`": "a back-tick opens a column name that is empty or never closed",
    '"': "a quotation mark opens text that is never closed",
    "'": "a quotation mark opens text that is never closed",
    "%": "the operators %in%, %% and the like are not available",
    "\\": "a backslash is not part of a formula",
    "@": "the sign @ is not part of a formula",
}


@dataclass(frozen=True)
class Token:
    """One token of a formula.

    Parameters
    ----------
    kind : {"name", "quoted", "number", "string", "op", "end"}
    text : str
        As in the formula.
    at : int
        Position of its first character, from 0.
    """

    kind: str
    text: str
    at: int


def trouble(formula: str, at: int, found: str, advice: str) -> DesignError:
    """Return the error for a fault at a position of a formula.

    Parameters
    ----------
    formula : str
        The whole formula.
    at : int
        Position of the character, from 0.
    found : str
        What was found, without a full stop.
    advice : str
        What was expected, and what to do.
    """
    shown = formula if len(formula) <= 120 else f"{formula[max(0, at - 50) : at + 50]}"
    return DesignError(f"In the formula {shown!r}, at character {at + 1}: {found}. {advice}")


def tokens(formula: str) -> list[Token]:
    """Return the tokens of a formula; the last one has the kind ``"end"``.

    Raises
    ------
    DesignError
        The formula is not text, is too long, or has a character that no formula has.
    """
    if not isinstance(formula, str):
        raise DesignError(
            f"The formula is a {type(formula).__name__}; text such as 'hours + school' was "
            "expected."
        )
    if len(formula) > MAX_CHARACTERS:
        raise DesignError(
            f"The formula has {len(formula)} characters; at most {MAX_CHARACTERS} were expected. "
            "For very many predictors, pass a table or an array instead of a formula."
        )
    return [*_words(formula), Token("end", "", len(formula))]


def _words(formula: str) -> Iterator[Token]:
    at, depth = 0, 0
    before = ""
    while at < len(formula):
        match = _TOKEN.match(formula, at)
        if match is None:
            raise _odd_character(formula, at, before)
        kind, text = str(match.lastgroup), match.group()
        if text == ":=":
            raise trouble(
                formula, at, "':=' assigns a name", "A formula only names columns: write ':'."
            )
        if kind == "string" and before == "name" and formula[at - 1].isalnum():
            raise trouble(
                formula,
                at,
                "text with a prefix, such as f'...', is not part of a formula",
                "Write plain text: 'a'.",
            )
        if kind == "name":
            _check_name(formula, at, text)
        if kind == "op":
            depth += (text in "([") - (text in ")]")
            if depth > MAX_NESTING:  # before the rest is read: it may be long
                raise _too_deep(formula, at)
        if kind != "space":
            yield Token(kind, text, at)
        before = kind
        at = match.end()


def _too_deep(formula: str, at: int) -> DesignError:
    return trouble(
        formula,
        at,
        f"more than {MAX_NESTING} parentheses, brackets, signs or powers in one another",
        "Write it flatter, or compute a column in the table first.",
    )


def _odd_character(formula: str, at: int, before: str) -> DesignError:
    character = formula[at]
    if character == ".":
        if before in ("name", "quoted") or formula[at - 1 : at] == ")":
            return trouble(
                formula,
                at,
                "a dot after a name (attribute access) is not part of a formula",
                "A column whose name has a dot goes in back-ticks: `x.y`; functions are called "
                "by their own name: log(x).",
            )
        return trouble(
            formula, at, "'.' for all other columns is not available", "Name the columns."
        )
    found = _REFUSED.get(character, f"the character {character!r} is not part of a formula")
    return trouble(
        formula,
        at,
        found,
        "A formula has column names (odd ones in back-ticks), numbers, the operators "
        "+ - * : / ** ( ), and calls such as log(x).",
    )


def _check_name(formula: str, at: int, name: str) -> None:
    if name in RESERVED:
        raise trouble(
            formula,
            at,
            f"{name!r} is a word of the Python language, and a formula is not a program",
            f"If it is a column, write it in back-ticks: `{name}`.",
        )
    if name.startswith("__"):
        raise trouble(
            formula,
            at,
            f"the name {name!r} starts with two underscores, as Python's own names do",
            f"If it is a column, write it in back-ticks: `{name}`.",
        )


def _barred(words: list[Token]) -> frozenset[int]:
    """Return the places of the parentheses that hold a bar, read in one pass."""
    opened: list[int] = []
    barred = set()
    for place, word in enumerate(words):
        if word.kind != "op":
            continue
        if word.text == "(":
            opened.append(place)
        elif word.text == ")" and opened:
            opened.pop()
        elif word.text == "|" and opened:
            barred.add(opened[-1])
    return frozenset(barred)


class Cursor:
    """A position among the tokens of a formula, with the errors that can occur there."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.words = tokens(source)
        self._barred = _barred(self.words)
        self._next = 0
        self._nesting = 0

    @property
    def word(self) -> Token:
        """The token at the position."""
        return self.words[self._next]

    @property
    def after(self) -> Token:
        """The token after it, or the end."""
        return self.words[min(self._next + 1, len(self.words) - 1)]

    def advance(self) -> Token:
        """Return the token and go on to the next."""
        word = self.word
        self._next = min(self._next + 1, len(self.words) - 1)
        return word

    def take(self, *texts: str) -> Token | None:
        """Return the token and go on, if it is one of these operators."""
        if self.word.kind == "op" and self.word.text in texts:
            return self.advance()
        return None

    def at(self, *texts: str) -> bool:
        """Return whether the token is one of these operators."""
        return self.word.kind == "op" and self.word.text in texts

    def encloses_bar(self) -> bool:
        """Return whether the parentheses that open here hold a bar, not in others inside."""
        return self._next in self._barred

    def enter(self, word: Token) -> None:
        """Go one level deeper; every call is paired with :meth:`leave`."""
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise _too_deep(self.source, word.at)

    def leave(self) -> None:
        """Go one level up."""
        self._nesting -= 1

    def trouble(self, word: Token, found: str, advice: str) -> DesignError:
        """Return the error for a token.

        Parameters
        ----------
        word : Token
        found, advice : str
            As for :func:`trouble`.
        """
        return trouble(self.source, word.at, found, advice)

    def unexpected(self, wanted: str) -> DesignError:
        """Return the error for the token at the position, where ``wanted`` was expected."""
        word = self.word
        if word.kind == "end":
            return self.trouble(
                word, f"the formula ends where {wanted} was expected", "Complete it."
            )
        if self.at("[", "]"):
            return self.trouble(
                word,
                "square brackets around or after names (subscripts) are not part of a formula",
                "Compute the column in the table first, then name it.",
            )
        if self.at("~"):
            return self.trouble(
                word, "'~' inside the right-hand side", "Write: outcome ~ predictors."
            )
        return self.trouble(
            word,
            f"found {word.text!r} where {wanted} was expected",
            "Column names and numbers are joined by + - * : / **; odd names go in back-ticks.",
        )
