"""Numbers, levels and columns as text: one way of writing each."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["bounds", "digits_for", "number", "pad", "value_text", "width"]


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


def bounds(lower: float, upper: float, digits: int = 3, *, zeros: bool = False) -> str:
    """Return an interval in brackets.

    Parameters
    ----------
    lower, upper : float
    digits : int
    zeros : bool
        As in :func:`number`.

    Examples
    --------
    >>> bounds(2.128, 14.13)
    '[2.13, 14.1]'
    """
    return f"[{number(lower, digits, zeros=zeros)}, {number(upper, digits, zeros=zeros)}]"


def digits_for(*values: float) -> int:
    """Return how many digits of :func:`number` tell different values apart, from three to six.

    Examples
    --------
    >>> digits_for(4.63, 2.13, 14.1), digits_for(0.1032, 0.10289, 0.103475)
    (3, 4)
    """
    for digits in range(3, 6):
        if len({number(v, digits) for v in values}) == len(set(values)):
            return digits
    return 6


def value_text(value: Any) -> str:
    """Return a value of a predictor as text: numbers in six digits, levels as they are.

    Examples
    --------
    >>> value_text(0.1 + 0.2), value_text(2), value_text("east")
    ('0.3', '2', 'east')
    """
    return f"{value:.6g}" if isinstance(value, float) else str(value)
