"""Results as text for people and JSON for programs."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from bayeslogit.text import clean, laid_out

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["print_json", "print_note", "print_text", "rows_of_text", "to_json"]

_LATER_CONTROL = re.compile(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

rows_of_text = partial(laid_out, indent="  ")


def print_text(*lines: str) -> None:
    """Print lines on stdout."""
    sys.stdout.write("".join(f"{clean(line)}\n" for line in lines))


def to_json(value: Any) -> str:
    """Return JSON; what is not a finite number is null, since JSON has no other word for it."""
    text = json.dumps(_plain(value), ensure_ascii=False, indent=2)
    # JSON lets stand what is a control character only since there are more than 128.
    return _LATER_CONTROL.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def print_json(value: Any) -> None:
    """Print JSON on stdout."""
    sys.stdout.write(to_json(value) + "\n")


def print_note(table: pd.DataFrame, *, quiet: bool) -> None:
    """Print what a table states about its rows on stderr, beside rows on stdout.

    Parameters
    ----------
    table : DataFrame
        An answer, whose ``attrs`` may have a ``note``.
    quiet : bool
        Whether nothing is printed.
    """
    if "note" in table.attrs and not quiet:
        print(f"bayeslogit: {clean(table.attrs['note'])}", file=sys.stderr)


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
