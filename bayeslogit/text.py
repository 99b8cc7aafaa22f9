"""Numbers, levels and columns as text: one way of writing each."""

from __future__ import annotations

import io
import math
import re
import shutil
import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

__all__ = [
    "clean",
    "counted",
    "digits_for",
    "estimate_text",
    "figures",
    "in_width",
    "laid_out",
    "number",
    "odds_text",
    "one_line",
    "pad",
    "value_text",
    "width",
]

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_MOST_DIGITS = 9
_GAP = 2  # blanks between columns
_NARROWEST = 30  # places that a column of words gets at least, if it needs so many

# Nouns whose plural is no rule's, and units that are written alike for one and many.
_PLURALS = {
    "calorie": "calories",
    "child": "children",
    "foot": "feet",
    "kilocalorie": "kilocalories",
    "man": "men",
    "person": "people",
    "tooth": "teeth",
    "woman": "women",
}
_UNCOUNTED = re.compile(
    "bar|cal|celsius|fahrenheit|hertz|kcal|kelvin|lux|mbar|min|mmol|mol|nmol|pct|percent|pmol|sec|"
    "series|siemens|species|umol"
)
_UNIT = re.compile(r"(?P<before>.*?)(?P<noun>[a-z]{3,})(?P<after>( (of|per|[A-Z]).*|/.*)?)$")


def clean(text: object) -> str:
    r"""Return text without control characters, which a terminal would obey.

    Those are codes below a blank but the end of a line, 7f to 9f, what turns the direction of
    reading, and halves of surrogate pairs.

    Examples
    --------
    >>> clean("red\x1b[31m")
    'red\\x1b[31m'
    """
    return _CONTROL.sub(lambda found: repr(found.group())[1:-1], str(text))


def one_line(text: object) -> str:
    r"""Return text as :func:`clean` does, with ends of lines written out.

    Examples
    --------
    >>> one_line("two\nlines")
    'two\\nlines'
    """
    return clean(text).replace("\n", "\\n")


def width(text: str) -> int:
    """Return the places that a text takes in a terminal.

    Chinese, Japanese and Korean letters take two.

    Examples
    --------
    >>> width("größe"), width("地域")
    (5, 4)
    """
    from rich.cells import cell_len

    return cell_len(text)


def pad(text: str, places: int, *, right: bool = False) -> str:
    """Return a text with spaces behind it, or before it.

    Parameters
    ----------
    text : str
    places : int
        How many it shall take; a longer text stays as it is.
    right : bool
        Whether it stands at the right, behind the spaces.

    Examples
    --------
    >>> pad("東", 4) + "|", pad("1.5", 5, right=True)
    ('東  |', '  1.5')
    """
    blanks = " " * max(0, places - width(text))
    return blanks + text if right else text + blanks


def number(value: float, digits: int = 3, *, zeros: bool = False) -> str:
    """Return a number in so many significant digits, without an exponent where it can be read.

    Parameters
    ----------
    value : float
    digits : int
        Significant digits, at least 1; the whole part is always written in full.
    zeros : bool
        Whether zeros at the end stay, so that numbers of a column line up.

    Examples
    --------
    >>> [number(v) for v in (4.15321, 1.6, 1234.5, 2.5e5, 1e-7, 0.0)]
    ['4.15', '1.6', '1234', '250000', '1e-07', '0']
    >>> number(1.6, zeros=True), number(30.17, 2), number(float("-inf"))
    ('1.60', '30', '-inf')
    """
    value = float(value)
    if not math.isfinite(value):
        return {math.inf: "inf", -math.inf: "-inf"}.get(value, "-")
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits - 1}e}" if zeros else f"{value:.{digits}g}"
    text = f"{value:#.{digits}g}" if zeros else f"{value:.{digits}g}"
    return f"{value:.0f}" if "e" in text or text.endswith(".") else text


def digits_for(*values: float, least: int = 3) -> int:
    """Return how many digits of :func:`number` tell different values apart.

    Parameters
    ----------
    *values : float
    least : int
        Digits that are shown in any case; at most nine are.

    Examples
    --------
    >>> digits_for(4.63, 2.13, 14.1), digits_for(0.1032, 0.10289, 0.103475)
    (3, 4)
    """
    distinct = sorted({float(v) for v in values if math.isfinite(v)})
    for digits in range(least, _MOST_DIGITS):
        if all(number(a, digits) != number(b, digits) for a, b in pairwise(distinct)):
            return digits
    return max(least, _MOST_DIGITS)


def figures(
    estimate: float, *bounds: float, null: float | None = None, least: int = 3
) -> list[str]:
    """Return an estimate and its bounds as text: the one way of writing them.

    Parameters
    ----------
    estimate, *bounds : float
    null : float, optional
        The value of no effect, such as 1 for ratios: enough digits tell it from the others.
    least : int
        Significant digits that are shown in any case.

    Examples
    --------
    >>> figures(4.632, 2.128, 14.13, null=1.0)
    ['4.63', '2.13', '14.1']
    >>> figures(1.0152, 1.0118, 1.0187, null=1.0, least=2)
    ['1.015', '1.012', '1.019']
    """
    shown = (estimate, *bounds)
    digits = digits_for(*shown, *([] if null is None else [null]), least=least)
    return [number(value, digits, zeros=True) for value in shown]


def estimate_text(estimate: float, lower: float, upper: float, *, null: float | None = None) -> str:
    """Return an estimate and its interval in brackets.

    Parameters
    ----------
    estimate, lower, upper : float
    null : float, optional
        As in :func:`figures`.

    Examples
    --------
    >>> estimate_text(4.632, 2.128, 14.13), estimate_text(0.1032, 0.10289, 0.103475)
    ('4.63 [2.13, 14.1]', '0.1032 [0.1029, 0.1035]')
    """
    middle, low, high = figures(estimate, lower, upper, null=null)
    return f"{middle} [{low}, {high}]"


def odds_text(odds: float) -> str:
    """Return odds as people say them, the smaller side as one.

    Examples
    --------
    >>> [odds_text(v) for v in (0.0763, 1.0, 4.5)]
    ['1 : 13.1', '1 : 1.00', '4.50 : 1']
    """
    if odds > 1.0:
        return f"{number(odds, zeros=True)} : 1"
    return f"1 : {number(1.0 / odds if odds > 0.0 else math.inf, zeros=True)}"


def value_text(value: Any) -> str:
    """Return a value of a predictor as text: numbers in six digits, levels as they are.

    Examples
    --------
    >>> value_text(0.1 + 0.2), value_text(2), value_text("east")
    ('0.3', '2', 'east')
    """
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def counted(amount: float, unit: str | tuple[str, str]) -> str:
    """Return a number of units in words; one of them without the number.

    Nouns get their plural, signs and abbreviations stay as they are.

    Parameters
    ----------
    amount : float
    unit : str or (str, str)
        A unit, in the singular or the plural; or both, for words that follow no English rule.

    Examples
    --------
    >>> [counted(n, "hour") for n in (1, 2)], [counted(n, "years") for n in (1, 10)]
    (['hour', '2 hours'], ['year', '10 years'])
    >>> [counted(100, unit) for unit in ("mg", "%", "degree Celsius", "cigarette per day")]
    ['100 mg', '100 %', '100 degrees Celsius', '100 cigarettes per day']
    >>> counted(10, ("Jahr", "Jahre"))
    '10 Jahre'
    """
    one, many = (unit, unit) if isinstance(unit, str) else unit
    if isinstance(unit, str):
        found = _UNIT.match(unit)
        if found is not None:
            before, noun, after = found.group("before", "noun", "after")
            one, many = (f"{before}{form}{after}" for form in _singular_and_plural(noun))
    return one if amount == 1 else f"{value_text(float(amount))} {many}"


def _singular_and_plural(noun: str) -> tuple[str, str]:
    if _UNCOUNTED.fullmatch(noun) or not re.search("[aeiouy]", noun):
        return noun, noun
    singular = {many: one for one, many in _PLURALS.items()}
    if noun in singular:
        return singular[noun], noun
    if noun in _PLURALS:
        return noun, _PLURALS[noun]
    if noun.endswith(("sis", "yses")):
        return (noun, f"{noun[:-2]}es") if noun.endswith("sis") else (f"{noun[:-2]}is", noun)
    if re.search("[^aeiou]ies$", noun):
        return f"{noun[:-3]}y", noun
    if re.search("(s|x|z|ch|sh)es$", noun):
        return noun[:-2], noun
    if re.search("[^suis]s$", noun):
        return noun[:-1], noun
    if re.search("[^aeiou]y$", noun):
        return noun, f"{noun[:-1]}ies"
    return noun, f"{noun}es" if re.search("(s|x|z|ch|sh)$", noun) else f"{noun}s"


def in_width(text: str, indent: str = "", most: int = 0) -> list[str]:
    """Return a text as lines that fit the terminal; what follows the first stands further in.

    Parameters
    ----------
    text : str
        One that fits stays as it is.
    indent : str
        Before each line.
    most : int
        Places of a line, if the terminal has fewer.

    Examples
    --------
    >>> in_width("P(passed = 1)"), [len(line) for line in in_width("z" * 100)]
    (['P(passed = 1)'], [80, 22])
    """
    room = max(most, shutil.get_terminal_size().columns, 20)
    shown = indent + one_line(text)
    if width(shown) <= room:
        return [shown]
    further = re.match(" *", shown).group() + "  "  # type: ignore[union-attr]
    return textwrap.wrap(shown, room, subsequent_indent=further, break_on_hyphens=False)


def laid_out(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    labels: int = 1,
    words: Sequence[int] = (),
    indent: str = "",
) -> list[str]:
    r"""Return a table as lines of the width of the terminal, no column left out.

    What does not fit beside the rest follows below it, behind the same labels. Words are wrapped.

    Parameters
    ----------
    header : sequence of str
        A cell for each column.
    rows : sequence of sequence of str
        As many cells each.
    labels : int
        How many of the first columns name the rows.
    words : sequence of int
        Columns of words, which stand at the left as labels do; others stand at the right.
    indent : str
        Before each line.

    Examples
    --------
    >>> print("\n".join(laid_out(["", "mean"], [["Intercept", "-4.1"], ["hours", "1.50"]])))
               mean
    Intercept  -4.1
    hours      1.50
    """
    cells = [[one_line(cell) for cell in row] for row in (header, *rows)]
    places = [max(width(row[j]) for row in cells) for j in range(len(header))]
    room = shutil.get_terminal_size().columns - len(indent)
    first = list(range(labels))
    half = max(10, room // 2)
    # Labels, and names of columns, are folded where they take more than half of the room.
    own = [max((width(row[j]) for row in cells[1:]), default=0) for j in range(len(header))]
    least = [
        min(n, half) if j in first else max(own[j], min(n, half)) for j, n in enumerate(places)
    ]
    start = sum(least[j] + _GAP for j in first)
    for j in words:
        least[j] = min(places[j], _NARROWEST, max(10, room - start))
    blocks: list[list[int]] = [[]]
    used = start
    for j in range(labels, len(header)):
        if blocks[-1] and used + least[j] > room:
            blocks.append([])
            used = start
        blocks[-1].append(j)
        used += least[j] + _GAP
    left = {*first, *words}
    lines: list[str] = []
    for block in blocks:
        columns = first + block
        needed = sum(least[j] + _GAP for j in columns) - _GAP
        part = [[row[j] for j in columns] for row in cells]
        shape = [(least[j], j in left) for j in columns]
        lines += ([""] if lines else []) + _by_rich(part, shape, max(room, needed))
    return [f"{indent}{line}".rstrip() for line in lines]


def _by_rich(cells: list[list[str]], shape: list[tuple[int, bool]], places: int) -> list[str]:
    """Return one block of a table: least places of each column, and whether it is of words."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="", style="")
    for cell, (least, left) in zip(cells[0], shape, strict=True):
        table.add_column(
            Text(cell),
            justify="left" if left else "right",
            overflow="fold",
            min_width=least,
        )
    for row in cells[1:]:
        table.add_row(*map(Text, row))
    console = Console(
        file=io.StringIO(),
        width=places,
        color_system=None,
        force_jupyter=False,  # there it shows an output of its own, though it is captured
        legacy_windows=False,
    )
    with console.capture() as capture:
        console.print(table)
    return capture.get().splitlines()
