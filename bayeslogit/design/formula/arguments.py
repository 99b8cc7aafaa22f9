"""Reading the arguments of calls: arithmetic on columns, numbers, text and lists."""

from __future__ import annotations

import re

from bayeslogit.design.formula.functions import FUNCTIONS, UnusableError, options_of
from bayeslogit.design.formula.lexer import Cursor, Token
from bayeslogit.design.formula.syntax import (
    Binary,
    Call,
    Items,
    Name,
    Node,
    Number,
    Text,
    Unary,
    names_in,
)
from bayeslogit.errors import listing, nearest

__all__ = ["Expressions"]

MAX_DEPTH = 150
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


class Expressions:
    """Reads columns and calls at the position of a cursor, and moves it behind them."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor

    def name(self) -> Node:
        """Return the column at the cursor, or the call if a parenthesis follows its name."""
        c = self.cursor
        word = c.advance()
        if c.at("["):
            raise c.unexpected("an operator")
        if word.kind == "quoted":
            if c.at("("):
                raise c.trouble(
                    c.word, "a call of a back-ticked name", "Functions have plain names."
                )
            return Name(word.text[1:-1])
        if c.at("("):
            return self._call(word)
        return Name(word.text)

    def _call(self, word: Token) -> Node:
        c = self.cursor
        if word.text not in FUNCTIONS:
            hint = nearest(word.text, FUNCTIONS)
            if word.text in ("Treatment", "contr", "factor", "relevel"):
                hint = ' For a factor with a chosen reference write C(g, reference="b").'
            raise c.trouble(
                word,
                f"the function {word.text}() is not available",
                f"A formula may call {listing(FUNCTIONS, 20)}.{hint} Compute anything else in the "
                "table first.",
            )
        c.enter(word)
        c.advance()
        arguments: list[Node] = []
        keywords: dict[str, Node] = {}
        while c.take(")") is None:
            if c.at("*", "**"):
                raise c.trouble(c.word, "a star in front of an argument", "List the arguments.")
            if c.word.kind == "name" and c.after.kind == "op" and c.after.text == "=":
                key = c.advance()
                c.advance()
                if key.text in keywords:
                    raise c.trouble(key, f"the option {key.text!r} is given twice", "Give it once.")
                keywords[key.text] = self._comparison()
            else:
                if keywords:
                    raise c.unexpected("another option by name")
                arguments.append(self._comparison())
            if c.take(",") is None and not c.at(")"):
                raise c.unexpected("an operator, ',' or ')'")
        c.leave()
        call = Call(word.text, tuple(arguments), tuple(keywords.items()))
        try:
            options_of(call)
        except UnusableError as error:
            raise c.trouble(word, error.found, error.advice) from None
        self._check_inside(word, call)
        return call

    def factors(self) -> tuple[Node, ...]:
        """Read a factor of a term; ``s(x, by=g)`` is the product of ``s(x)`` and ``g``."""
        node = self.name()
        by = dict(node.keywords).get("by") if isinstance(node, Call) else None
        if not isinstance(node, Call) or by is None:
            return (node,)
        others = tuple(pair for pair in node.keywords if pair[0] != "by")
        return Call(node.function, node.arguments, others), by

    def _check_inside(self, word: Token, call: Call) -> None:
        c = self.cursor
        todo = [call.arguments[0]]
        while todo:
            node = todo.pop()
            if isinstance(node, Text | Items):
                raise c.trouble(
                    word,
                    f"{call.function}() is given {node.shown}",
                    "Expected column names, numbers and arithmetic.",
                )
            if isinstance(node, Call) and FUNCTIONS[node.function].gives != "number":
                raise c.trouble(
                    word,
                    f"{node.function}() inside {call.function}()",
                    f"It does not give one column of numbers; write {node.function}() by itself.",
                )
            if not isinstance(node, Call):
                todo.extend(node.children)
        if call.function != "C" and not any(True for _ in names_in(call)):
            raise c.trouble(word, f"{call.shown} uses no column", "Name a column inside it.")

    def _comparison(self) -> Node:
        c = self.cursor
        left = self._arithmetic()
        word = c.take(*COMPARISONS)
        if word is not None:
            left = self._joined(word, word.text, left, self._arithmetic())
            if c.at(*COMPARISONS):
                raise c.trouble(c.word, "a chain of comparisons", "Write I((a < b) * (b < c)).")
        return left

    def _joined(self, word: Token, operator: str, left: Node, right: Node) -> Node:
        return self._shallow(word, Binary(operator, left, right))

    def _shallow(self, word: Token, node: Node) -> Node:
        c = self.cursor
        if node.depth > MAX_DEPTH:
            raise c.trouble(
                word,
                f"an expression of more than {MAX_DEPTH} operations in a row",
                "Compute the column in the table first, then name it.",
            )
        return node

    def _arithmetic(self) -> Node:
        c = self.cursor
        left = self._scaled()
        while (word := c.take("+", "-")) is not None:
            left = self._joined(word, word.text, left, self._scaled())
        return left

    def _scaled(self) -> Node:
        c = self.cursor
        left = self._signed()
        while (word := c.take("*", "/")) is not None:
            left = self._joined(word, word.text, left, self._signed())
        return left

    def _signed(self) -> Node:
        c = self.cursor
        word = c.take("+", "-")
        if word is None:
            return self._raised()
        c.enter(word)
        operand = self._signed()
        c.leave()
        return self._shallow(word, Unary(word.text, operand))

    def _raised(self) -> Node:
        c = self.cursor
        base = self._atom()
        word = c.take("**", "^")
        if word is None:
            return base
        c.enter(word)
        exponent = self._signed()
        c.leave()
        return self._joined(word, "**", base, exponent)

    def _atom(self) -> Node:
        c = self.cursor
        word = c.word
        if word.kind == "number":
            c.advance()
            return Number(_number(word.text))
        if word.kind == "string":
            c.advance()
            return Text(self._unquoted(word))
        if word.kind in ("name", "quoted"):
            return self.name()
        if c.take("("):
            c.enter(word)
            inner = self._comparison()
            if c.at(","):
                raise c.trouble(c.word, "a tuple", "Lists are written in square brackets: [1, 2].")
            if c.take(")") is None:
                raise c.unexpected("an operator or ')'")
            c.leave()
            if c.at("(", "["):
                raise c.unexpected("an operator")
            return inner
        if c.take("["):
            c.enter(word)
            items: list[Node] = []
            while c.take("]") is None:
                items.append(self._comparison())
                if c.take(",") is None and not c.at("]"):
                    if c.word.kind == "end":
                        raise c.unexpected("']'")
                    raise c.trouble(c.word, f"{c.word.text!r} in a list", "Separate by commas.")
            c.leave()
            return self._shallow(word, Items(tuple(items)))
        raise c.unexpected("a column name or a number")

    def _unquoted(self, word: Token) -> str:
        c = self.cursor
        inner = word.text[1:-1]
        if re.search(r"\\[^\\'\"]", inner):
            raise c.trouble(
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
