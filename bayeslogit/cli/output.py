"""Results as text for people and JSON for programs."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bayeslogit.text import pad, width

__all__ = [
    "bounds",
    "clean",
    "digits_for",
    "number",
    "print_json",
    "print_text",
    "rows_of_text",
    "to_json",
]


def number(value: float, digits: int = 3) -> str:
    """Return three digits, or more, without an exponent where it is not needed.

    Examples
    --------
    >>> [number(v) for v in (4.15321, 1.6, 1234.5, 1e-7, 0.0)]
    ['4.15', '1.60', '1234', '1.00e-07', '0']
    """
    value = float(value)
    if not math.isfinite(value):
        return {math.inf: "inf", -math.inf: "-inf"}.get(value, "-")
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits - 1}e}"
    text = f"{value:#.{digits}g}"
    return f"{value:.0f}" if "e" in text or text.endswith(".") else text


def bounds(lower: float, upper: float, digits: int = 3) -> str:
    """Return an interval in brackets."""
    return f"[{number(lower, digits)}, {number(upper, digits)}]"


def digits_for(*values: float) -> int:
    """Return how many digits tell different values apart, from three to six.

    Examples
    --------
    >>> digits_for(4.63, 2.13, 14.1), digits_for(0.1032, 0.10289, 0.103475)
    (3, 4)
    """
    for digits in range(3, 6):
        if len({number(v, digits) for v in values}) == len(set(values)):
            return digits
    return 6


def clean(text: object) -> str:
    """Return text without control characters, which a terminal would obey."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in str(text))


def rows_of_text(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, indent: str = "  "
) -> list[str]:
    """Align cells in columns: the first at the left, the others at the right."""
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
