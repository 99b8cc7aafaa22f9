"""Hypotheses about answers: contrasts of their rows, written as text that is read and never run.

``"b - a = 0"``, ``"a > b"``, ``"(b4 - b3) - (b2 - b1)"``: numbers, names, ``+ - * /``,
parentheses, ``exp`` and ``log``, and at most one of ``= > <``. A name stands for a row of an
answer: ``b1`` is the first, ``b2`` the second, and a row may also have a name of its own, such as
its term or its level; in backticks where it is not one word. What the grammar does not know is
refused; no text reaches an evaluator of Python.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest

__all__ = ["WORDS", "Contrasted", "Hypotheses", "hypotheses_of"]

WORDS = ("pairwise", "reference", "sequential")
_LARGEST = 1e100  # weights that answers are multiplied by
_LONGEST = 1000
_DEEPEST = 40
_MOST_PAIRS = 10_000
_WORD = r"[^\W\d]\w*(?:\.\w+)*(?:\[[^\]\[]*\])?"
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|`(?P<quoted>[^`]*)`"
    rf"|(?P<name>{_WORD}(?::{_WORD})*)|(?P<sign>>=|<=|==|[-+*/()=<>])|(?P<end>$))"
)
_RELATIONS = ("=", "==", ">", ">=", "<", "<=")
_FUNCTIONS = {"exp": np.exp, "log": np.log}


@dataclass(frozen=True, eq=False)
class Contrasted:
    """The posterior of hypotheses.

    Parameters
    ----------
    labels : list of str
        What each is called.
    values : ndarray, shape (hypotheses, draws)
        The left side less the right side, or a ratio of two rows.
    holds : ndarray of bool, shape (hypotheses, draws), or None
        In which draws it is true; None where none is an inequality.
    unequal : ndarray of bool, shape (hypotheses,)
        Which are inequalities.
    group : ndarray of int, shape (hypotheses,), or None
        A row that each is about the group of, where groups are not mixed.
    ratio : bool
        Whether the values are ratios, whose null is one.
    linear : bool
        Whether all are linear in the rows, so that a posterior mean exists where theirs do.
    """

    labels: list[str]
    values: np.ndarray
    holds: np.ndarray
    unequal: np.ndarray
    group: np.ndarray | None = None
    ratio: bool = False
    linear: bool = True

    @property
    def null(self) -> float:
        """The value that means no difference."""
        return 1.0 if self.ratio else 0.0

    def probability(self) -> np.ndarray | None:
        """Return P(hypothesis), (hypotheses,), NaN for equations; None without inequalities."""
        if not self.unequal.any():
            return None
        return np.where(self.unequal, self.holds.mean(axis=-1), np.nan)


@dataclass(frozen=True, eq=False)
class Hypotheses:
    """What was asked of the rows of an answer.

    Parameters
    ----------
    word : str or None
        One of :data:`WORDS`.
    texts : dict of str to str
        Each hypothesis by its label.
    weights : dict of str to ndarray, shape (rows,)
        Linear combinations by their label.
    """

    word: str | None
    texts: Mapping[str, str]
    weights: Mapping[str, np.ndarray]

    def of(
        self,
        values: np.ndarray,
        names: Mapping[str, int],
        labels: Sequence[str],
        groups: np.ndarray | None = None,
        ratio: bool = False,
    ) -> Contrasted:
        """Return the posterior of the hypotheses.

        Parameters
        ----------
        values : ndarray, shape (rows, draws)
            Of each row of the answer.
        names : mapping of str to int
            Rows by name, beside ``b1``, ``b2``, and so on.
        labels : sequence of str
            What words call the rows.
        groups : ndarray of int, shape (rows,), optional
            Words compare within these.
        ratio : bool
            Whether words compare by ratios.

        Raises
        ------
        DesignError
            If a name is not a row, or weights are not one for each row.
        """
        if self.word is not None:
            return self._by_word(values, labels, groups, ratio)
        every = {f"b{i}": i - 1 for i in range(1, len(values) + 1)}
        # A row whose own name is that of another row's place stands for neither.
        twice = {name for name, row in names.items() if every.get(name, row) != row}
        every |= names
        found, holds, unequal, linear = [], [], [], True
        for text in self.texts.values():
            reader = _Reader(text, values, every, twice)
            left, relation, right = reader.read()
            with np.errstate(invalid="ignore"):
                difference = np.broadcast_to(left - right, values.shape[1:])
            found.append(difference)
            holds.append(difference > 0 if relation[:1] == ">" else difference < 0)
            if relation in (">=", "<="):
                holds[-1] = holds[-1] | (difference == 0)
            unequal.append(relation[:1] in (">", "<"))
            linear &= reader.linear
        for label, weight in self.weights.items():
            if len(weight) != len(values):
                raise DesignError(
                    f"the hypothesis {label!r} has {len(weight)} weights for {len(values)} rows; "
                    "expected one for each row of the answer; correct it"
                )
            found.append(weight @ values)
            holds.append(found[-1] > 0)
            unequal.append(False)
        wrong = [t for t, v in zip([*self.texts, *self.weights], found, strict=True) if _nan(v)]
        if wrong:
            raise DesignError(
                f"the hypothesis {wrong[0]!r} is 0 / 0, or the logarithm of a negative number, in "
                "some draws; expected a quantity that all draws have; write it as a difference"
            )
        labels = [*self.texts, *self.weights]
        every_value, every_hold = np.stack(found), np.stack(holds)
        return Contrasted(labels, every_value, every_hold, np.array(unequal), linear=linear)

    def _by_word(
        self, values: np.ndarray, labels: Sequence[str], groups: np.ndarray | None, ratio: bool
    ) -> Contrasted:
        code = np.zeros(len(values), dtype=int) if groups is None else groups
        pairs: list[tuple[int, int]] = []
        for group in dict.fromkeys(code.tolist()):
            rows = np.flatnonzero(code == group).tolist()
            if self.word == "pairwise":
                pairs += combinations(rows, 2)
            elif self.word == "sequential":
                pairs += pairwise(rows)
            else:
                pairs += [(rows[0], row) for row in rows[1:]]
            if len(pairs) > _MOST_PAIRS:
                raise DesignError(
                    f"hypothesis={self.word!r} of {len(values)} rows has more than {_MOST_PAIRS} "
                    "pairs; expected fewer rows; average over them with by=, or name the pairs"
                )
        if not pairs:
            raise DesignError(
                f"hypothesis={self.word!r} compares rows of the answer, and it has a single one"
                f"{'' if groups is None else ' of each kind'}; expected two or more; ask for "
                "several, for example with by= or a list of values"
            )
        low, high = (np.array(side) for side in zip(*pairs, strict=True))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            found = values[high] / values[low] if ratio else values[high] - values[low]
        sign = "/" if ratio else "-"
        texts = [f"{_apart(labels[b])} {sign} {_apart(labels[a])}" for a, b in pairs]
        return Contrasted(
            texts,
            found,
            found > 0,
            np.zeros(len(pairs), dtype=bool),
            None if groups is None else low,
            ratio,
        )


def _nan(values: np.ndarray) -> bool:
    return bool(np.isnan(values).any())


def _apart(label: str) -> str:
    """Return a label in brackets where it is itself a difference or a ratio."""
    return f"({label})" if any(f" {sign} " in label for sign in "-/+") else label


def hypotheses_of(given: Any) -> Hypotheses | None:
    """Return the hypotheses that ``hypothesis=`` states, or None; refuse what states none.

    Parameters
    ----------
    given : None, str, list, dict or array
        A word of :data:`WORDS`, a text, several texts, texts or weights by name, or weights of
        the rows, (rows,) or (rows, hypotheses).

    Raises
    ------
    DesignError

    Examples
    --------
    >>> values = np.array([[1.0, 2.0], [3.0, 1.0]])
    >>> found = hypotheses_of("b > a").of(values, {"a": 0, "b": 1}, ["a", "b"])
    >>> found.values.tolist(), found.probability().tolist()
    ([[2.0, -1.0]], [0.5])
    """
    if given is None:
        return None
    if isinstance(given, str):
        if given in WORDS:
            return Hypotheses(given, {}, {})
        return Hypotheses(None, {given: given}, {})
    if isinstance(given, Mapping) and given:
        texts = {str(name): v for name, v in given.items() if isinstance(v, str)}
        others = {str(name): v for name, v in given.items() if not isinstance(v, str)}
        return Hypotheses(None, texts, {name: _weights(name, v) for name, v in others.items()})
    if isinstance(given, list | tuple) and given and all(isinstance(v, str) for v in given):
        return Hypotheses(None, {text: text for text in given}, {})
    if not isinstance(given, Mapping) and np.ndim(given) in (1, 2) and np.size(given):
        columns = np.asarray(given)
        several = columns.ndim == 2
        each = columns.T if several else columns[None]
        names = [f"contrast {i}" for i in range(1, len(each) + 1)] if several else ["contrast"]
        weights = {name: _weights(name, one) for name, one in zip(names, each, strict=True)}
        return Hypotheses(None, {}, weights)
    raise DesignError(
        f"hypothesis={given!r} states none; expected one of {listing(WORDS)}, a text such as "
        "'b2 - b1 = 0', a list or a dict of texts, or weights of the rows; write one of these"
    )


def _weights(name: str, given: Any) -> np.ndarray:
    try:
        found = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        found = np.array(np.nan)
    if found.ndim != 1 or not (np.abs(found) < _LARGEST).all():
        raise DesignError(
            f"the hypothesis {name!r} is {given!r}; expected a text such as 'b2 - b1 = 0', or a "
            "finite weight for each row of the answer; write one of these"
        )
    return found


class _Reader:
    """Reads one hypothesis, and computes it on the way; what it is made of are arrays of draws."""

    def __init__(
        self, text: str, values: np.ndarray, names: Mapping[str, int], twice: Container[str]
    ) -> None:
        self.text, self.values, self.names, self.twice = text, values, names, twice
        self.linear, self.depth, self.place = True, 0, 0
        self.seen = False  # whether a row was named
        if len(text) > _LONGEST:
            raise DesignError(
                f"a hypothesis has {len(text)} characters; expected at most {_LONGEST}; split it"
            )
        self.tokens = self._tokens()

    def _tokens(self) -> list[tuple[str, str]]:
        found, at = [], 0
        while True:
            match = _TOKEN.match(self.text, at)
            if match is None or match.lastgroup is None:
                raise self._wrong(f"{self.text[at:].strip()[:20]!r} is not known there")
            found.append((match.lastgroup, match.group(match.lastgroup)))
            if match.lastgroup == "end":
                return found
            at = match.end()

    def _wrong(self, what: str) -> DesignError:
        return DesignError(
            f"the hypothesis {self.text[:80]!r} was not understood: {what}; expected names of "
            "rows, numbers, + - * / ( ) exp log, and at most one of = > <; write for example "
            "'b2 - b1 = 0'"
        )

    def _next(self) -> tuple[str, str]:
        self.place += 1
        return self.tokens[self.place - 1]

    def _is(self, *signs: str) -> bool:
        kind, text = self.tokens[self.place]
        return kind == "sign" and text in signs

    def read(self) -> tuple[Any, str, Any]:
        """Return the left side, the relation and the right side."""
        left, _ = self._sum()
        relation, right = "=", 0.0
        if self._is(*_RELATIONS):
            relation = self._next()[1]
            right, _ = self._sum()
        kind, text = self.tokens[self.place]
        if kind != "end":
            raise self._wrong(f"{text!r} stands where the text should end")
        if not self.seen:
            raise self._wrong("it names no row")
        return left, relation, right

    def _sum(self) -> tuple[Any, bool]:
        value, fixed = self._product()
        while self._is("+", "-"):
            sign = self._next()[1]
            other, also = self._product()
            value = value + other if sign == "+" else value - other
            fixed &= also
        return value, fixed

    def _product(self) -> tuple[Any, bool]:
        value, fixed = self._signed()
        while self._is("*", "/"):
            sign = self._next()[1]
            other, also = self._signed()
            self.linear &= also or (fixed and sign == "*")
            if sign == "/" and also and other == 0.0:
                raise self._wrong("it divides by zero")
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                value = value * other if sign == "*" else value / other
            fixed &= also
        return value, fixed

    def _signed(self) -> tuple[Any, bool]:
        negative = False
        while self._is("+", "-"):
            negative ^= self._next()[1] == "-"
        value, fixed = self._atom()
        return (-value if negative else value), fixed

    def _inside(self) -> tuple[Any, bool]:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._wrong(f"it has more than {_DEEPEST} brackets inside one another")
        found = self._sum()
        if not self._is(")"):
            raise self._wrong("a bracket is not closed")
        self._next()
        self.depth -= 1
        return found

    def _atom(self) -> tuple[Any, bool]:
        kind, text = self._next()
        if kind == "number":
            return float(text), True
        if kind == "sign" and text == "(":
            return self._inside()
        if kind == "name" and text in _FUNCTIONS and self._is("("):
            self._next()
            value, fixed = self._inside()
            self.linear &= fixed
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                return _FUNCTIONS[text](value), fixed
        if kind in ("name", "quoted"):
            return self._row(text), False
        raise self._wrong("it ends too early" if kind == "end" else f"{text!r} stands alone")

    def _row(self, name: str) -> np.ndarray:
        self.seen = True
        if name in self.twice:
            raise DesignError(
                f"the hypothesis {self.text[:80]!r} names {name!r}, which is the place of one row "
                "and the name of another; expected a name of one row; give weights of the rows"
            )
        if name in self.names:
            row: np.ndarray = self.values[self.names[name]]
            return row
        own = [known for known in self.names if not re.fullmatch(r"b\d+", known)]
        rows = f"b1 to b{len(self.values)}"
        raise DesignError(
            f"the hypothesis {self.text[:80]!r} names {name!r}, which is no row of this answer; "
            f"expected {rows}{' or one of ' + listing(own) if own else ''} (a name of several "
            f"words in backticks); correct it.{nearest(name, [*own, *self.names])}"
        )
