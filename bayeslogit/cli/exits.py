"""How a command ends other than well: exit codes, and mistakes in its arguments."""

from __future__ import annotations

__all__ = ["FAILED", "INTERRUPTED", "UsageError"]

FAILED, INTERRUPTED = 1, 130


class UsageError(Exception):
    """A mistake in the arguments that is only seen after they were parsed."""
