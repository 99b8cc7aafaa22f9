"""Formulas of choices: what alternatives share, and after a bar what belongs to the case."""

from __future__ import annotations

from dataclasses import dataclass

from bayeslogit.design.formula.lexer import tokens, trouble
from bayeslogit.design.formula.parser import parse
from bayeslogit.design.formula.syntax import Formula

__all__ = ["Barred", "split_bar"]

_NOTHING = ("", "0", "-1")


@dataclass(frozen=True)
class Barred:
    """The right-hand side of a model of choice.

    Parameters
    ----------
    formula : str
        All terms as one right-hand side, with an intercept.
    case_terms : tuple of str
        Those with a coefficient for each alternative but the reference.
    intercepts : bool
        Whether alternatives have intercepts.
    written : str
        As the user wrote it.
    """

    formula: str
    case_terms: tuple[str, ...]
    intercepts: bool
    written: str


def split_bar(rhs: str) -> Barred:
    """Return the parts of a right-hand side before and after its bar.

    Parameters
    ----------
    rhs : str
        Such as ``"cost + time | income"``; ``"cost | 0"`` has no intercepts.

    Raises
    ------
    DesignError
        There is more than one bar, a term on both sides, or a group-level term.

    Examples
    --------
    >>> split_bar("cost + time | income").case_terms, split_bar("cost | 0").intercepts
    (('income',), False)
    """
    words, depth, bars = tokens(rhs), 0, []
    for word in words:
        if word.kind == "op":
            depth += (word.text in ("(", "[")) - (word.text in (")", "]"))
            if word.text == "|" and depth == 0:
                bars.append(word.at)
    if len(bars) > 1:
        raise trouble(
            rhs,
            bars[1],
            "a second '|'",
            "A formula of choices has one: what all alternatives share | what belongs to the case. "
            "For an effect that differs by alternative, write mode:time before it.",
        )
    cut = bars[0] if bars else len(rhs)
    sides = rhs[:cut].strip(), rhs[cut + 1 :].strip()
    if bars and not sides[1]:
        raise trouble(
            rhs, cut, "nothing after '|'", "Write '| 1' for intercepts alone, '| 0' for none."
        )
    shared, case = (_parsed(side) for side in sides)
    for formula in (shared, case):
        if formula is not None and formula.groups:
            raise trouble(
                rhs,
                0,
                f"the group-level term ({formula.groups[0].text}) in a model of choices",
                "Expected terms with one coefficient each. Leave it out.",
            )
    if shared is not None and shared.terms and not shared.intercept:
        raise trouble(
            rhs,
            0,
            "an intercept left out before '|'",
            "Intercepts belong to the alternatives. Write '| 0' or '| income - 1' for none.",
        )
    before = _terms(shared)
    after = _terms(case)
    for text in after:
        if text in before:
            raise trouble(
                rhs,
                cut,
                f"the term {text} on both sides of '|'",
                "Expected it once: before the bar if it differs between the alternatives of a "
                "case, after it if it does not.",
            )
    offsets = [
        f"offset({node.text})" for f in (shared, case) if f is not None for node in f.offsets
    ]
    return Barred(
        " + ".join([*before, *offsets, *after]) or "1",
        after,
        sides[1] == "" or (case is not None and case.intercept),
        rhs,
    )


def _parsed(side: str) -> Formula | None:
    return None if side.replace(" ", "") in _NOTHING else parse(side)


def _terms(formula: Formula | None) -> tuple[str, ...]:
    if formula is None:
        return ()
    return tuple(":".join(factor.text for factor in term) for term in formula.terms)
