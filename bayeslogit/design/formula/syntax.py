"""The syntax tree of a formula: terms, factors and expressions."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

__all__ = [
    "RESERVED",
    "Binary",
    "Call",
    "Formula",
    "Grouped",
    "Items",
    "Name",
    "Node",
    "Number",
    "Term",
    "Text",
    "Unary",
    "names_in",
]

# Words of Python that cannot name columns unquoted, so that a slip is noticed.
RESERVED = frozenset(
    {"and", "async", "await", "def", "del", "else", "for", "if", "import", "in", "is", "lambda"}
    | {"not", "or", "while", "with", "yield"}
)

_PLAIN_NAME = re.compile(r"[^\W\d]\w*\Z")


@dataclass(frozen=True)
class Node(ABC):
    """A part of an expression. Equal expressions have equal ``text``."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The expression as text, with the spaces and parentheses of ``ast.unparse``."""

    @property
    def shown(self) -> str:
        """The expression as an error shows it: its beginning, if it is long."""
        return self.text if len(self.text) <= 100 else f"{self.text[:97]}..."

    @property
    def children(self) -> tuple[Node, ...]:
        """The expressions that it consists of."""
        return ()

    @cached_property
    def depth(self) -> int:
        """Number of expressions nested in one another, itself included."""
        return 1 + max((child.depth for child in self.children), default=0)


@dataclass(frozen=True)
class Name(Node):
    """A column."""

    name: str

    @cached_property
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


Term = tuple[Node, ...]
"""The factors of a product, each once."""


@dataclass(frozen=True)
class Grouped:
    """A group-level term, ``(terms | factor)``: effects that differ between groups.

    Parameters
    ----------
    terms : tuple of Term
        What the effects multiply.
    intercept : bool
        Whether there is an effect on the level.
    factor : tuple of Name
        The columns whose combinations are the groups.
    correlated : bool
        Whether the effects of a group are correlated; ``||`` says that they are not.
    """

    terms: tuple[Term, ...]
    intercept: bool
    factor: tuple[Name, ...]
    correlated: bool = True

    @cached_property
    def groups(self) -> str:
        """The grouping as text, such as ``"school:class"``."""
        return ":".join(name.text for name in self.factor)

    @cached_property
    def text(self) -> str:
        """The term as text, such as ``"1 + x | school"``."""
        left = [":".join(factor.text for factor in term) for term in self.terms]
        bar = "|" if self.correlated else "||"
        return f"{' + '.join([str(int(self.intercept)), *left])} {bar} {self.groups}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns used, each once, in order."""
        nodes = [factor for term in self.terms for factor in term]
        return tuple(dict.fromkeys(n for node in (*nodes, *self.factor) for n in names_in(node)))


@dataclass(frozen=True)
class Formula:
    """The right-hand side of a formula: terms, intercept, offsets and group-level terms.

    Parameters
    ----------
    text : str or None
        As the user wrote it; None for a table without a formula.
    terms : tuple of Term
        Products of factors, by number of factors.
    intercept : bool
        Whether there is a constant.
    offsets : tuple of Node
        The expressions inside ``offset()``, added to the linear predictor as they are.
    groups : tuple of Grouped
        The group-level terms.
    """

    text: str | None
    terms: tuple[Term, ...]
    intercept: bool
    offsets: tuple[Node, ...] = ()
    groups: tuple[Grouped, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns used, each once, in order."""
        offsets = (name for node in self.offsets for name in names_in(node))
        groups = (name for group in self.groups for name in group.columns)
        return tuple(dict.fromkeys((*self.predictors, *offsets, *groups)))

    @property
    def predictors(self) -> tuple[str, ...]:
        """Names of the columns that terms use; those of offsets alone are left out."""
        nodes = [factor for term in self.terms for factor in term]
        return tuple(dict.fromkeys(name for node in nodes for name in names_in(node)))
