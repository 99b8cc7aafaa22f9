"""Results as text for people and JSON for programs."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bayeslogit.text import bounds, number, pad, width

__all__ = [
    "cell",
    "clean",
    "interval_cell",
    "print_json",
    "print_text",
    "rows_of_text",
    "to_json",
]


def cell(value: float, digits: int = 3) -> str:
    """Return a number as it stands in a column, zeros at the end included.

    Parameters
    ----------
    value : float
    digits : int
        Significant digits.
    """
    return number(value, digits, zeros=True)


def interval_cell(lower: float, upper: float, digits: int = 3) -> str:
    """Return an interval as it stands in a column.

    Parameters
    ----------
    lower, upper : float
    digits : int
        Significant digits.
    """
    return bounds(lower, upper, digits, zeros=True)


def clean(text: object) -> str:
    """Return text without control characters, which a terminal would obey."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in str(text))


def rows_of_text(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, indent: str = "  "
) -> list[str]:
    """Align cells in columns: the first at the left, the others at the right.

    Parameters
    ----------
    header : sequence of str
        A cell for each column.
    rows : sequence of sequence of str
        As many cells each.
    indent : str
        Before each line.

    Returns
    -------
    list of str
        A line for the header and for each row.
    """
    table = [[clean(cell).replace("\n", "\\n") for cell in row] for row in (header, *rows)]
    widths = [max(width(row[j]) for row in table) for j in range(len(header))]
    return [
        (
            indent
            + "   ".join(
                pad(cell, places, right=j > 0)
                for j, (cell, places) in enumerate(zip(row, widths, strict=True))
            )
        ).rstrip()
        for row in table
    ]


def print_text(*lines: str) -> None:
    """Print lines on stdout."""
    sys.stdout.write("".join(f"{clean(line)}\n" for line in lines))


def to_json(value: Any) -> str:
    """Return JSON; what is not a finite number is null, since JSON has no other word for it."""
    return json.dumps(_plain(value), ensure_ascii=False, indent=2)


def print_json(value: Any) -> None:
    """Print JSON on stdout."""
    sys.stdout.write(to_json(value) + "\n")


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
