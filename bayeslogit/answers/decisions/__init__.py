"""Decisions by costs or cut-offs, and what they cost."""

from __future__ import annotations

from bayeslogit.answers.decisions.decide import cost_curve, decide, expected_cost

__all__ = ["cost_curve", "decide", "expected_cost"]
