"""How wide text is in a terminal, where Chinese, Japanese and Korean letters take two places."""

from __future__ import annotations

import unicodedata

__all__ = ["pad", "width"]


def width(text: str) -> int:
    """Return the places that a text takes.

    Examples
    --------
    >>> width("größe"), width("地域")
    (5, 4)
    """
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def pad(text: str, places: int, *, right: bool = False) -> str:
    """Return a text with spaces behind it (or before it, to stand at the right).

    Examples
    --------
    >>> pad("東", 4) + "|", pad("1.5", 5, right=True)
    ('東  |', '  1.5')
    """
    blanks = " " * max(0, places - width(text))
    return blanks + text if right else text + blanks
