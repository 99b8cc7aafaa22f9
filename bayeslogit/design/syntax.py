"""The words of a formula: tokens, and the expressions inside a call.

Everything here only reads text; nothing is looked up and nothing is computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from bayeslogit.errors import DesignError

__all__ = [
    "MAX_CHARACTERS",
    "Binary",
    "Call",
    "Items",
    "Name",
    "Node",
    "Number",
    "Text",
    "Token",
    "Unary",
    "names_in",
    "refuse",
    "tokens",
]

MAX_CHARACTERS = 10_000
RESERVED = frozenset(
    "lambda for if else import in is and or not await yield async def del while with".split()
)

_PLAIN_NAME = re.compile(r"[^\W\d]\w*\Z")
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
    """One word of a formula, with its kind and its position from 0."""

    kind: str
    text: str
    at: int


def refuse(formula: str, at: int, found: str, advice: str) -> NoReturn:
    """Raise the DesignError for something at a position of a formula."""
    shown = formula if len(formula) <= 120 else f"{formula[max(0, at - 50) : at + 50]}"
    raise DesignError(f"In the formula {shown!r}, at character {at + 1}: {found}. {advice}")


def tokens(formula: str) -> list[Token]:
    """Split a formula into words; the last one has the kind ``"end"``.

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
    at = 0
    before = ""
    while at < len(formula):
        match = _TOKEN.match(formula, at)
        if match is None:
            _refuse_character(formula, at, before)
        kind, text = str(match.lastgroup), match.group()
        if text == ":=":
            refuse(formula, at, "':=' assigns a name", "A formula only names columns: write ':'.")
        if kind == "string" and before == "name" and formula[at - 1].isalnum():
            refuse(
                formula,
                at,
                "text with a prefix, such as f'...', is not part of a formula",
                "Write plain text: 'a'.",
            )
        if kind == "name":
            _check_name(formula, at, text)
        if kind != "space":
            yield Token(kind, text, at)
        before = kind
        at = match.end()


def _refuse_character(formula: str, at: int, before: str) -> NoReturn:
    character = formula[at]
    if character == ".":
        if before in ("name", "quoted") or formula[at - 1 : at] == ")":
            refuse(
                formula,
                at,
                "a dot after a name (attribute access) is not part of a formula",
                "A column whose name has a dot goes in back-ticks: `x.y`; functions are called "
                "by their own name: log(x).",
            )
        refuse(formula, at, "'.' for all other columns is not available", "Name the columns.")
    found = _REFUSED.get(character, f"the character {character!r} is not part of a formula")
    refuse(
        formula,
        at,
        found,
        "A formula has column names (odd ones in back-ticks), numbers, the operators "
        "+ - * : / ** ( ), and calls such as log(x).",
    )


def _check_name(formula: str, at: int, name: str) -> None:
    if name in RESERVED:
        refuse(
            formula,
            at,
            f"{name!r} is a word of the Python language, and a formula is not a program",
            f"If it is a column, write it in back-ticks: `{name}`.",
        )
    if name.startswith("__"):
        refuse(
            formula,
            at,
            f"the name {name!r} starts with two underscores, as Python's own names do",
            f"If it is a column, write it in back-ticks: `{name}`.",
        )


@dataclass(frozen=True)
class Node:
    """A part of an expression. ``text`` is its one way of being written."""

    @property
    def text(self) -> str:
        """The expression as text, with the spaces and parentheses of ``ast.unparse``."""
        raise NotImplementedError

    @property
    def children(self) -> tuple[Node, ...]:
        """The expressions it is made of."""
        return ()

    @cached_property
    def depth(self) -> int:
        """How many expressions deep it is."""
        return 1 + max((child.depth for child in self.children), default=0)


@dataclass(frozen=True)
class Name(Node):
    """A column."""

    name: str

    @property
    def text(self) -> str:
        """The name, in back-ticks where a bare one would not be read back."""
        plain = _PLAIN_NAME.match(self.name) and self.name not in RESERVED
        return self.name if plain and not self.name.startswith("__") else f"`{self.name}`"


@dataclass(frozen=True)
class Number(Node):
    """A number."""

    value: float

    @property
    def text(self) -> str:
        """The number as Python writes it."""
        return repr(self.value)


@dataclass(frozen=True)
class Text(Node):
    """A piece of quoted text."""

    value: str

    @property
    def text(self) -> str:
        """The text, quoted."""
        return repr(self.value)


@dataclass(frozen=True)
class Items(Node):
    """A list."""

    items: tuple[Node, ...]

    @property
    def text(self) -> str:
        """The list in brackets."""
        return "[" + ", ".join(item.text for item in self.items) + "]"

    @property
    def children(self) -> tuple[Node, ...]:
        """The items."""
        return self.items


_STRENGTH = {"<": 1, "<=": 1, ">": 1, ">=": 1, "==": 1, "!=": 1}
_STRENGTH |= {"+": 2, "-": 2, "*": 3, "/": 3, "**": 5}
_SIGN_STRENGTH = 4


def _strength(node: Node) -> int:
    if isinstance(node, Binary):
        return _STRENGTH[node.operator]
    return _SIGN_STRENGTH if isinstance(node, Unary) else 9


def _wrapped(node: Node, least: int) -> str:
    return node.text if _strength(node) >= least else f"({node.text})"


@dataclass(frozen=True)
class Unary(Node):
    """A sign in front of an expression."""

    operator: str
    operand: Node

    @cached_property
    def text(self) -> str:
        """The sign and the operand, in parentheses if it binds less."""
        return self.operator + _wrapped(self.operand, _SIGN_STRENGTH)

    @property
    def children(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)


@dataclass(frozen=True)
class Binary(Node):
    """Two expressions and the operator between them."""

    operator: str
    left: Node
    right: Node

    @cached_property
    def text(self) -> str:
        """Both sides, in parentheses where they bind less."""
        own = _STRENGTH[self.operator]
        # A power groups to the right and takes a sign on its right without parentheses.
        least = (own + 1, _SIGN_STRENGTH) if self.operator == "**" else (own, own + 1)
        return f"{_wrapped(self.left, least[0])} {self.operator} {_wrapped(self.right, least[1])}"

    @property
    def children(self) -> tuple[Node, ...]:
        """Left and right."""
        return (self.left, self.right)


@dataclass(frozen=True)
class Call(Node):
    """A call of a function from the table, with its arguments as they were written."""

    function: str
    arguments: tuple[Node, ...]
    keywords: tuple[tuple[str, Node], ...] = ()

    @cached_property
    def text(self) -> str:
        """The call, with keywords after the other arguments."""
        written = [node.text for node in self.arguments]
        written += [f"{name}={node.text}" for name, node in self.keywords]
        return f"{self.function}({', '.join(written)})"

    @property
    def children(self) -> tuple[Node, ...]:
        """All arguments."""
        return (*self.arguments, *(node for _, node in self.keywords))


def names_in(node: Node) -> Iterator[str]:
    """Yield the columns an expression uses, in order, with repeats."""
    if isinstance(node, Name):
        yield node.name
    elif isinstance(node, Call):
        # Keywords hold numbers and labels only: True and None look like names there.
        yield from names_in(node.arguments[0])
    else:
        for child in node.children:
            yield from names_in(child)
