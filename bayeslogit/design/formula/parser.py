"""Reading formulas: column names, operators, numbers and known calls; all else is refused.

A formula is data. It is split into tokens and read by the grammar below; whatever the
grammar does not know is refused, and nothing ever reaches an evaluator of Python.

The grammar, loosest first: ``+ -``, then ``* /``, then ``:``, then ``** ^``. A term is a
product of factors; ``a * b`` is ``a + b + a:b``; ``a / b`` is ``a + a:b``; ``(a + b)**2``
is every product of at most two. Terms are kept in order of their number of factors.
``(terms | g)`` is a group-level term; it stands by itself between plus signs.
"""

from __future__ import annotations

from collections.abc import Iterable

from bayeslogit.design.formula.arguments import Expressions
from bayeslogit.design.formula.lexer import Cursor, Token, tokens, trouble
from bayeslogit.design.formula.syntax import Call, Formula, Grouped, Name, Node, Term
from bayeslogit.errors import DesignError, listing

__all__ = ["parse", "split", "variables"]

MAX_POWER = 10
MAX_PRODUCTS = 2000  # terms of several factors: a star of 11 columns has 2036
MAX_FACTORS = 50
MAX_WORK = 200_000  # factors that all products together join, also those that are written twice

_BAR = (
    "'|' outside a group-level term",
    "Write group-level terms in parentheses, joined by +: x + (1 + x | g).",
)


def split(formula: str) -> tuple[str | None, str]:
    """Return the outcome's column and the right-hand side of a formula.

    Parameters
    ----------
    formula : str
        Such as ``"passed ~ hours"``, with or without ``~``. The left is one column, in back-ticks
        if its name is odd.

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
    # The tokens of the right-hand side are checked when it is parsed; finding the tilde needs
    # them too, since one may stand in back-ticks or quotation marks.
    words = tokens(formula)
    tildes = [word for word in words if word.text == "~"]
    if len(tildes) > 1:
        raise trouble(
            formula, tildes[1].at, "a second '~'", "A formula has one: outcome ~ predictors."
        )
    if not tildes:
        return None, formula.strip()
    at = tildes[0].at
    right = formula[at + 1 :].strip()
    if not right:
        raise trouble(
            formula, at, "nothing after '~'", "Write 'outcome ~ 1' for a model without predictors."
        )
    left = [word for word in words if word.at < at]
    if not left:
        return None, right
    if len(left) == 1 and left[0].kind == "name":
        return left[0].text, right
    if len(left) == 1 and left[0].kind == "quoted":
        return left[0].text[1:-1], right
    raise trouble(
        formula,
        left[0].at,
        f"the left-hand side is {formula[:at].strip()!r}",
        "Expected the name of one column (in back-ticks if it is odd). For successes out of "
        'trials, name the column of successes and pass trials="n"; compute anything else in '
        "the table first.",
    )


def variables(rhs: str) -> tuple[str, ...]:
    """Return the columns that a right-hand side names, each once, in order.

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
    """Return the terms, intercept and offsets of a right-hand side.

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
        If there is anything but column names, numbers, known operators and known calls, or more
        than 10 000 characters, 50 nested parentheses, the power 10, or 2 000 products.

    Examples
    --------
    >>> [":".join(factor.text for factor in term) for term in parse("(a + b)**2").terms]
    ['a', 'b', 'a:b']
    """
    return _Parser(rhs).formula()


class _Parser:
    def __init__(self, source: str) -> None:
        self.cursor = Cursor(source)
        self.expressions = Expressions(self.cursor)
        self.offsets: list[Node] = []
        self.work = 0
        self.groups: dict[str, Grouped] = {}

    def formula(self) -> Formula:
        c = self.cursor
        if c.word.kind == "end":
            raise c.trouble(c.word, "the formula is empty", "Write '1' for no predictors.")
        terms, intercept = self.sum(top=True)
        if c.at("|"):
            raise c.trouble(c.word, *_BAR)
        if c.word.kind != "end":
            raise c.unexpected("an operator such as '+'")
        ordered = tuple(sorted(terms.values(), key=len))
        if not ordered and not intercept and not self.groups:
            raise c.trouble(
                c.words[0],
                "the formula has neither predictors nor an intercept",
                "Name a column, or write '1' for the intercept alone.",
            )
        groups = tuple(self.groups.values())
        return Formula(c.source, ordered, intercept, tuple(self.offsets), groups)

    def sum(self, top: bool) -> tuple[dict[frozenset[str], Term], bool]:
        c = self.cursor
        terms: dict[frozenset[str], Term] = {}
        intercept = True
        first = True
        while True:
            word = c.word
            minus, signs = False, 0
            while (sign := c.take("+", "-")) is not None:
                minus ^= sign.text == "-"
                signs += 1
            if not signs and not first:
                return terms, intercept
            first = False
            if c.word.kind == "number":
                one = self.constant(top)
                intercept = one != minus
                continue
            if c.encloses_bar():
                if minus or not top:
                    raise c.trouble(
                        word, "a group-level term after a minus or in parentheses", _BAR[1]
                    )
                self.group()
                continue
            self.add(terms, word, minus, self.product(), top)

    def group(self) -> None:
        """Read ``(terms | factor)``; ``a/b`` as a factor stands for a and a:b."""
        c = self.cursor
        opened = c.advance()
        c.enter(opened)
        before = len(self.offsets)
        terms, intercept = self.sum(top=True)
        if len(self.offsets) > before:
            raise c.trouble(opened, "offset() in a group-level term", "Add it outside.")
        if c.take("|") is None:
            raise c.unexpected("an operator or '|'")
        correlated = c.take("|") is None
        factors = [[self.grouping_column()]]
        while (word := c.take(":", "/")) is not None:
            column = self.grouping_column()
            if word.text == ":":
                factors[-1] = [*factors[-1], column]
            else:
                factors.append([*factors[-1], column])
        if c.take(")") is None:
            raise c.unexpected("':', '/' or ')'")
        c.leave()
        if c.at("*", ":", "/", "**", "^", "("):
            raise c.trouble(c.word, "a group-level term in a product", _BAR[1])
        ordered = tuple(sorted(terms.values(), key=len))
        if not ordered and not intercept:
            raise c.trouble(
                opened, "a group-level term without effects", "Write (1 | g) or (0 + x | g)."
            )
        for names in factors:
            factor = {name.text: name for name in names}.values()  # a:a is a
            made = Grouped(ordered, intercept, tuple(factor), correlated)
            if made.text in self.groups:
                raise c.trouble(
                    opened, f"the term ({made.text}) a second time", "Each may occur once."
                )
            self.groups[made.text] = made

    def grouping_column(self) -> Name:
        """Read the name of a column of groups."""
        c = self.cursor
        word = c.word
        if word.kind not in ("name", "quoted") or c.after.text == "(":
            raise c.trouble(
                word,
                f"{word.text!r} where a column of groups was expected",
                "The right of '|' is a column, or columns joined by ':' or '/'.",
            )
        c.advance()
        return Name(word.text[1:-1] if word.kind == "quoted" else word.text)

    def constant(self, top: bool) -> bool:
        """Read 0 or 1; return whether it is 1."""
        c = self.cursor
        word = c.advance()
        if word.text not in ("0", "1") or c.word.text in ("*", ":", "/", "**", "^"):
            raise c.trouble(
                word,
                f"the number {word.text} used as a term",
                "Only 0, 1 and -1 have a meaning there (the intercept). For arithmetic write "
                "I(2 * x).",
            )
        if not top:
            raise c.trouble(
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
        c = self.cursor
        for key, term in new.items():
            if any(isinstance(factor, Call) and factor.function == "offset" for factor in term):
                if len(new) > 1 or len(term) > 1 or minus or not top:
                    raise c.trouble(
                        word,
                        "offset() in a product, in parentheses or after a minus",
                        "Add it by itself: a * b + offset(x).",
                    )
                self.offsets.append(term[0].children[0])
            elif not minus:
                terms.setdefault(key, term)
            elif terms.pop(key, None) is None:
                shown = ":".join(factor.text for factor in term)
                known = (":".join(factor.text for factor in t) for t in terms.values())
                raise c.trouble(
                    word,
                    f"'- {shown}' removes a term that is not there",
                    f"The terms before it are {listing(known)}.",
                )
        if len(new) > 1:
            self.spend(word, len(new))
            self.check_number(word, sum(len(term) > 1 for term in terms.values()))

    def check_number(self, word: Token, products: int) -> None:
        if products > MAX_PRODUCTS:
            raise self.too_many(word, f"more than {MAX_PRODUCTS} products of columns")

    def spend(self, word: Token, work: int) -> None:
        """Count work before it is done: the terms of a formula may be few, and found many times."""
        self.work += work
        if self.work > MAX_WORK:
            raise self.too_many(word, "products of more terms than a formula may have")

    def too_many(self, word: Token, found: str) -> DesignError:
        advice = "Use fewer columns in the product, or a lower power."
        return self.cursor.trouble(word, found, advice)

    def cross(
        self, word: Token, left: Iterable[Term], right: Iterable[Term]
    ) -> dict[frozenset[str], Term]:
        """Return every product of a left and a right term, each once."""
        left, right = list(left), list(right)
        sizes = [sum(map(len, terms)) for terms in (left, right)]
        self.spend(word, len(right) * sizes[0] + len(left) * sizes[1])
        out: dict[frozenset[str], Term] = {}
        for a in left:
            for b in right:
                factors = {factor.text: factor for factor in (*a, *b)}
                if len(factors) > MAX_FACTORS:
                    raise self.cursor.trouble(
                        word,
                        f"a product of more than {MAX_FACTORS} factors",
                        "Use fewer columns in one product.",
                    )
                out.setdefault(frozenset(factors), tuple(factors.values()))
            self.check_number(word, len(out))
        return out

    def product(self) -> dict[frozenset[str], Term]:
        c = self.cursor
        left = self.interaction()
        while (word := c.take("*", "/")) is not None:
            right = self.interaction()
            if word.text == "*":
                left = _union(left, right, self.cross(word, left.values(), right.values()))
            else:
                every = {factor.text: factor for term in left.values() for factor in term}
                left = _union(left, self.cross(word, [tuple(every.values())], right.values()))
            self.check_number(word, sum(len(term) > 1 for term in left.values()))
        return left

    def interaction(self) -> dict[frozenset[str], Term]:
        c = self.cursor
        left = self.power()
        while (word := c.take(":")) is not None:
            left = self.cross(word, left.values(), self.power().values())
        return left

    def power(self) -> dict[frozenset[str], Term]:
        c = self.cursor
        base = self.factor()
        out = base
        if (word := c.take("**", "^")) is not None:
            exponent = c.advance()
            if not exponent.text.isdecimal() or not 1 <= int(exponent.text[:9]) <= MAX_POWER:
                raise c.trouble(
                    word,
                    f"the power {exponent.text!r}",
                    f"Expected a whole number from 1 to {MAX_POWER}; for arithmetic write I(x**2).",
                )
            for _ in range(int(exponent.text) - 1):
                out = self.cross(word, out.values(), base.values())
            if c.at("**", "^"):
                raise c.trouble(c.word, "a power of a power", "Write one power.")
        return out

    def factor(self) -> dict[frozenset[str], Term]:
        c = self.cursor
        word = c.word
        if c.take("("):
            c.enter(word)
            inner, _ = self.sum(top=False)
            if c.take(")") is None:
                raise c.unexpected("an operator or ')'")
            c.leave()
            if c.at("("):
                raise c.unexpected("an operator such as '+'")
            return inner
        if word.kind == "number":
            raise c.trouble(
                word, f"the number {word.text} in a product", "For arithmetic write I(2 * x)."
            )
        if word.kind == "string":
            raise c.trouble(
                word, f"the text {word.text}", "A column with an odd name goes in back-ticks."
            )
        if word.kind not in ("name", "quoted"):
            raise c.unexpected("a column name")
        term = self.expressions.factors()
        return {frozenset(node.text for node in term): term}


def _union(*terms: dict[frozenset[str], Term]) -> dict[frozenset[str], Term]:
    """Join terms; of two that are the same product the first is kept, as it was written."""
    out: dict[frozenset[str], Term] = {}
    for some in terms:
        for key, term in some.items():
            out.setdefault(key, term)
    return out
