"""How a command ends other than well: exit codes, and mistakes in its arguments."""

from __future__ import annotations

from bayeslogit.errors import shortened

__all__ = ["FAILED", "INTERRUPTED", "UsageError", "as_given"]

FAILED, INTERRUPTED = 1, 130


class UsageError(Exception):
    """A mistake in the arguments that is only seen after they were parsed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(shortened(sentence))


def as_given(text: str) -> str:
    """Return an argument as it was typed, or the beginning of a long one."""
    return text if len(text) <= 100 else f"{text[:97]}..."
