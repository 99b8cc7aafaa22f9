"""Reading formulas: the guard that lets column names, operators, numbers and known calls pass.

A formula is data. It is split into words and read by the grammar below; whatever the
grammar does not know is refused, and nothing is ever handed to an evaluator of Python.

The grammar, loosest first: ``+ -``, then ``* /``, then ``:``, then ``** ^``. A term is a
product of factors; ``a * b`` is ``a + b + a:b``; ``a / b`` is ``a + a:b``; ``(a + b)**2``
is every product of at most two. Terms are kept in order of their number of factors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from bayeslogit.design.functions import FUNCTIONS, Unusable, options_of
from bayeslogit.design.syntax import (
    Binary,
    Call,
    Items,
    Name,
    Node,
    Number,
    Text,
    Token,
    Unary,
    names_in,
    refuse,
    tokens,
)
from bayeslogit.errors import listing, nearest

__all__ = ["Formula", "Term", "parse", "split", "variables"]

MAX_NESTING = 50
MAX_DEPTH = 150
MAX_POWER = 10
MAX_TERMS = 10_000

Term = tuple[Node, ...]
"""The factors of a product, each once."""

_GROUP_LEVEL = (
    "group-level terms such as (1 | g) are not available",
    "Use the column itself (g) for a coefficient per level.",
)


@dataclass(frozen=True)
class Formula:
    """The right-hand side of a formula, read.

    Parameters
    ----------
    text : str or None
        As the user wrote it.
    terms : tuple of Term
        Products of factors, by number of factors.
    intercept : bool
        Whether there is a constant.
    offsets : tuple of Node
        What stands inside ``offset()``; it is added to the log-odds as it is.
    """

    text: str | None
    terms: tuple[Term, ...]
    intercept: bool
    offsets: tuple[Node, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it uses, each once, in order."""
        nodes = [factor for term in self.terms for factor in term]
        return tuple(dict.fromkeys(n for node in (*nodes, *self.offsets) for n in names_in(node)))


def split(formula: str) -> tuple[str | None, str]:
    """Split ``"passed ~ hours"`` into the outcome's column and the right-hand side.

    Parameters
    ----------
    formula : str
        With or without ``~``. The left is one column, in back-ticks if its name is odd.

    Returns
    -------
    tuple of (str or None, str)
        Without ``~``, or with nothing before it, the first is None.

    Raises
    ------
    DesignError
        There is more than one ``~``, something other than a column on the left, or nothing
        on the right.

    Examples
    --------
    >>> split("passed ~ hours + school")
    ('passed', 'hours + school')
    >>> split("`did pass` ~ hours")
    ('did pass', 'hours')
    """
    # The words of the right-hand side are checked when it is parsed; finding the tilde needs
    # the words too, since one may stand in back-ticks or quotation marks.
    words = tokens(formula)
    tildes = [word for word in words if word.text == "~"]
    if len(tildes) > 1:
        refuse(formula, tildes[1].at, "a second '~'", "A formula has one: outcome ~ predictors.")
    if not tildes:
        return None, formula.strip()
    at = tildes[0].at
    right = formula[at + 1 :].strip()
    if not right:
        refuse(
            formula, at, "nothing after '~'", "Write 'outcome ~ 1' for a model without predictors."
        )
    left = [word for word in words if word.at < at]
    if not left:
        return None, right
    if len(left) == 1 and left[0].kind == "name":
        return left[0].text, right
    if len(left) == 1 and left[0].kind == "quoted":
        return left[0].text[1:-1], right
    refuse(
        formula,
        left[0].at,
        f"the left-hand side is {formula[:at].strip()!r}",
        "Expected the name of one column (in back-ticks if it is odd). For successes out of "
        'trials, name the column of successes and pass trials="n"; compute anything else in '
        "the table first.",
    )


def variables(rhs: str) -> tuple[str, ...]:
    """Return the columns that a right-hand side uses, each once, in order.

    Raises
    ------
    DesignError
        The formula is not allowed; see :func:`parse`.

    Examples
    --------
    >>> variables("a * log(b) + offset(c) - 1")
    ('a', 'b', 'c')
    """
    return parse(rhs).columns


def parse(rhs: str) -> Formula:
    """Read the right-hand side of a formula.

    Parameters
    ----------
    rhs : str
        Such as ``"a * b + bs(c, df=5) - 1"``.

    Returns
    -------
    Formula

    Raises
    ------
    DesignError
        Anything but column names, numbers, known operators and known calls; more than 10 000
        characters, 50 nested parentheses, the power 10 or 10 000 terms.

    Examples
    --------
    >>> [":".join(factor.text for factor in term) for term in parse("(a + b)**2").terms]
    ['a', 'b', 'a:b']
    """
    return _Parser(rhs).formula()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.words = tokens(source)
        self.next = 0
        self.nesting = 0
        self.offsets: list[Node] = []

    # -- words ---------------------------------------------------------------------------

    @property
    def word(self) -> Token:
        return self.words[self.next]

    def advance(self) -> Token:
        word = self.word
        self.next += 1
        return word

    def take(self, *texts: str) -> Token | None:
        if self.word.kind == "op" and self.word.text in texts:
            return self.advance()
        return None

    def refuse(self, word: Token, found: str, advice: str) -> NoReturn:
        refuse(self.source, word.at, found, advice)

    def unexpected(self, wanted: str) -> NoReturn:
        word = self.word
        if word.kind == "end":
            self.refuse(word, f"the formula ends where {wanted} was expected", "Complete it.")
        if word.text in ("[", "]"):
            self.refuse(
                word,
                "square brackets after or around names (subscripts) are not part of a formula",
                "Compute the column in the table first, then name it.",
            )
        if word.text == "~":
            self.refuse(word, "'~' inside the right-hand side", "Write: outcome ~ predictors.")
        self.refuse(
            word,
            f"found {word.text!r} where {wanted} was expected",
            "Column names and numbers are joined by + - * : / **; odd names go in back-ticks.",
        )

    def enter(self, word: Token) -> None:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.refuse(
                word,
                f"more than {MAX_NESTING} parentheses, brackets, signs or powers inside one another",
                "Write it flatter, or compute a column in the table first.",
            )

    def leave(self) -> None:
        self.nesting -= 1

    # -- terms ---------------------------------------------------------------------------

    def formula(self) -> Formula:
        if self.word.kind == "end":
            self.refuse(self.word, "the formula is empty", "Write '1' for no predictors.")
        for word in self.words:
            if word.kind == "op" and word.text == "|":
                self.refuse(word, *_GROUP_LEVEL)
        terms, intercept = self.sum(top=True)
        if self.word.kind != "end":
            self.unexpected("an operator such as '+'")
        ordered = tuple(sorted(terms.values(), key=len))
        if not ordered and not intercept:
            self.refuse(
                self.words[0],
                "the formula has neither predictors nor an intercept",
                "Name a column, or write '1' for the intercept alone.",
            )
        return Formula(self.source, ordered, intercept, tuple(self.offsets))

    def sum(self, top: bool) -> tuple[dict[frozenset[str], Term], bool]:
        terms: dict[frozenset[str], Term] = {}
        intercept = True
        first = True
        while True:
            word = self.word
            minus, signs = False, 0
            while (sign := self.take("+", "-")) is not None:
                minus ^= sign.text == "-"
                signs += 1
            if not signs and not first:
                return terms, intercept
            first = False
            if self.word.kind == "number":
                one = self.constant(top)
                intercept = one != minus
                continue
            self.add(terms, word, minus, self.product(), top)

    def constant(self, top: bool) -> bool:
        """Read 0 or 1; return whether it is 1."""
        word = self.advance()
        if word.text not in ("0", "1") or self.word.text in ("*", ":", "/", "**", "^"):
            self.refuse(
                word,
                f"the number {word.text} used as a term",
                "Only 0, 1 and -1 have a meaning there (the intercept). For arithmetic write "
                "I(2 * x).",
            )
        if not top:
            self.refuse(
                word,
                f"{word.text} inside parentheses",
                "Add or remove the intercept outside: a + b - 1.",
            )
        return word.text == "1"

    def add(
        self,
        terms: dict[frozenset[str], Term],
        word: Token,
        minus: bool,
        new: dict[frozenset[str], Term],
        top: bool,
    ) -> None:
        for key, term in new.items():
            if any(isinstance(factor, Call) and factor.function == "offset" for factor in term):
                if len(new) > 1 or len(term) > 1 or minus or not top:
                    self.refuse(
                        word, "offset() inside a product", "Add it by itself: a * b + offset(x)."
                    )
                self.offsets.append(term[0].children[0])
            elif not minus:
                terms.setdefault(key, term)
            elif terms.pop(key, None) is None:
                shown = ":".join(factor.text for factor in term)
                known = (":".join(factor.text for factor in t) for t in terms.values())
                self.refuse(
                    word,
                    f"'- {shown}' removes a term that is not there",
                    f"The terms before it are {listing(known)}.",
                )
        self.check_number(word, len(terms))

    def check_number(self, word: Token, count: int) -> None:
        if count > MAX_TERMS:
            self.refuse(
                word,
                f"more than {MAX_TERMS} terms",
                "Use fewer columns in the product, or a lower power.",
            )

    def cross(
        self, word: Token, left: Iterable[Term], right: Iterable[Term]
    ) -> dict[frozenset[str], Term]:
        """Return every product of a left and a right term, each once."""
        right = list(right)
        out: dict[frozenset[str], Term] = {}
        for a in left:
            for b in right:
                factors = {factor.text: factor for factor in (*a, *b)}
                out.setdefault(frozenset(factors), tuple(factors.values()))
            self.check_number(word, len(out))
        return out

    def product(self) -> dict[frozenset[str], Term]:
        left = self.interaction()
        while (word := self.take("*", "/")) is not None:
            right = self.interaction()
            if word.text == "*":
                left = {**left, **right, **self.cross(word, left.values(), right.values())}
            else:
                every = {factor.text: factor for term in left.values() for factor in term}
                left = {**left, **self.cross(word, [tuple(every.values())], right.values())}
            self.check_number(word, len(left))
        return left

    def interaction(self) -> dict[frozenset[str], Term]:
        left = self.power()
        while (word := self.take(":")) is not None:
            left = self.cross(word, left.values(), self.power().values())
        return left

    def power(self) -> dict[frozenset[str], Term]:
        base = self.factor()
        out = base
        if (word := self.take("**", "^")) is not None:
            exponent = self.advance()
            if not exponent.text.isdecimal() or not 1 <= int(exponent.text[:9]) <= MAX_POWER:
                self.refuse(
                    word,
                    f"the power {exponent.text!r}",
                    f"Expected a whole number from 1 to {MAX_POWER}; for arithmetic write I(x**2).",
                )
            for _ in range(int(exponent.text) - 1):
                out = self.cross(word, out.values(), base.values())
            if self.word.text in ("**", "^"):
                self.refuse(self.word, "a power of a power", "Write one power.")
        return out

    def factor(self) -> dict[frozenset[str], Term]:
        word = self.word
        if self.take("("):
            self.enter(word)
            inner, _ = self.sum(top=False)
            if self.take(")") is None:
                self.unexpected("an operator or ')'")
            self.leave()
            if self.word.text == "(":
                self.unexpected("an operator such as '+'")
            return inner
        if word.kind == "number":
            self.refuse(
                word, f"the number {word.text} in a product", "For arithmetic write I(2 * x)."
            )
        if word.kind == "string":
            self.refuse(
                word, f"the text {word.text}", "A column with an odd name goes in back-ticks."
            )
        if word.kind not in ("name", "quoted"):
            self.unexpected("a column name")
        node = self.name()
        return {frozenset((node.text,)): (node,)}

    # -- expressions inside a call ---------------------------------------------------------

    def name(self) -> Node:
        word = self.advance()
        after = self.word
        if after.text == "[":
            self.unexpected("an operator")
        if word.kind == "quoted":
            if after.text == "(":
                self.refuse(after, "a call of a back-ticked name", "Functions have plain names.")
            return Name(word.text[1:-1])
        if after.text == "(":
            return self.call(word)
        return Name(word.text)

    def call(self, word: Token) -> Node:
        if word.text not in FUNCTIONS:
            hint = nearest(word.text, FUNCTIONS)
            if word.text in ("Treatment", "contr", "factor", "relevel"):
                hint = ' For a factor with a chosen reference write C(g, reference="b").'
            self.refuse(
                word,
                f"the function {word.text}() is not available",
                f"A formula may call {listing(FUNCTIONS, 20)}.{hint} Compute anything else in the "
                "table first.",
            )
        self.enter(word)
        self.advance()
        arguments: list[Node] = []
        keywords: dict[str, Node] = {}
        while self.take(")") is None:
            if self.word.text in ("*", "**"):
                self.refuse(self.word, "a star in front of an argument", "List the arguments.")
            if self.word.kind == "name" and self.words[self.next + 1].text == "=":
                key = self.advance()
                self.advance()
                if key.text in keywords:
                    self.refuse(key, f"the option {key.text!r} is given twice", "Give it once.")
                keywords[key.text] = self.comparison()
            else:
                if keywords:
                    self.unexpected("another option by name")
                arguments.append(self.comparison())
            if self.take(",") is None and self.word.text != ")":
                self.unexpected("an operator, ',' or ')'")
        self.leave()
        call = Call(word.text, tuple(arguments), tuple(keywords.items()))
        try:
            options_of(call)
        except Unusable as error:
            self.refuse(word, error.found, error.advice)
        self.check_inside(word, call)
        return call

    def check_inside(self, word: Token, call: Call) -> None:
        todo = [call.arguments[0]]
        while todo:
            node = todo.pop()
            if isinstance(node, Text | Items):
                self.refuse(
                    word,
                    f"{call.function}() is given {node.text}",
                    "Expected column names, numbers and arithmetic.",
                )
            if isinstance(node, Call) and FUNCTIONS[node.function].gives != "number":
                self.refuse(
                    word,
                    f"{node.function}() inside {call.function}()",
                    f"It does not give one column of numbers; write {node.function}() by itself.",
                )
            if not isinstance(node, Call):
                todo.extend(node.children)
        if call.function != "C" and not any(True for _ in names_in(call)):
            self.refuse(word, f"{call.text} uses no column", "Name a column inside it.")

    def comparison(self) -> Node:
        left = self.arithmetic()
        word = self.take("<", "<=", ">", ">=", "==", "!=")
        if word is not None:
            left = self.joined(word, word.text, left, self.arithmetic())
            if self.word.text in ("<", "<=", ">", ">=", "==", "!="):
                self.refuse(self.word, "a chain of comparisons", "Write I((a < b) * (b < c)).")
        return left

    def joined(self, word: Token, operator: str, left: Node, right: Node) -> Node:
        return self.shallow(word, Binary(operator, left, right))

    def shallow(self, word: Token, node: Node) -> Node:
        if node.depth > MAX_DEPTH:
            self.refuse(
                word,
                f"an expression of more than {MAX_DEPTH} operations in a row",
                "Compute the column in the table first, then name it.",
            )
        return node

    def arithmetic(self) -> Node:
        left = self.scaled()
        while (word := self.take("+", "-")) is not None:
            left = self.joined(word, word.text, left, self.scaled())
        return left

    def scaled(self) -> Node:
        left = self.signed()
        while (word := self.take("*", "/")) is not None:
            left = self.joined(word, word.text, left, self.signed())
        return left

    def signed(self) -> Node:
        word = self.take("+", "-")
        if word is None:
            return self.raised()
        self.enter(word)
        operand = self.signed()
        self.leave()
        return self.shallow(word, Unary(word.text, operand))

    def raised(self) -> Node:
        base = self.atom()
        word = self.take("**", "^")
        if word is None:
            return base
        self.enter(word)
        exponent = self.signed()
        self.leave()
        return self.joined(word, "**", base, exponent)

    def atom(self) -> Node:
        word = self.word
        if word.kind == "number":
            self.advance()
            return Number(_number(word.text))
        if word.kind == "string":
            self.advance()
            return Text(self.unquoted(word))
        if word.kind in ("name", "quoted"):
            return self.name()
        if self.take("("):
            self.enter(word)
            inner = self.comparison()
            if self.word.text == ",":
                self.refuse(self.word, "a tuple", "Lists are written in square brackets: [1, 2].")
            if self.take(")") is None:
                self.unexpected("an operator or ')'")
            self.leave()
            if self.word.text in ("(", "["):
                self.unexpected("an operator")
            return inner
        if self.take("["):
            self.enter(word)
            items: list[Node] = []
            while self.take("]") is None:
                items.append(self.comparison())
                if self.take(",") is None and self.word.text != "]":
                    if self.word.kind == "end":
                        self.unexpected("']'")
                    self.refuse(self.word, f"{self.word.text!r} in a list", "Separate by commas.")
            self.leave()
            return self.shallow(word, Items(tuple(items)))
        self.unexpected("a column name or a number")

    def unquoted(self, word: Token) -> str:
        inner = word.text[1:-1]
        if re.search(r"\\[^\\'\"]", inner):
            self.refuse(
                word,
                f"a backslash in the text {word.text}",
                r"Only \\, \' and \" are understood; give other characters as they are.",
            )
        return re.sub(r"\\(.)", r"\1", inner)


def _number(text: str) -> float:
    if text.isdecimal():
        # int() of thousands of digits is refused by Python; as a float they are infinite anyway.
        return int(text) if len(text) < 300 else float(text)
    return float(text)
