"""A report of a fit: one page to send, which needs nothing but itself."""

from __future__ import annotations

from bayeslogit.report.report import report

__all__ = ["report"]
