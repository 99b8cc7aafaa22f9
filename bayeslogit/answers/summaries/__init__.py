"""Tables of coefficients, odds ratios, and the model in words."""

from __future__ import annotations

from bayeslogit.answers.summaries.coefficients import diagnostics, summary
from bayeslogit.answers.summaries.describe import describe, describe_fit
from bayeslogit.answers.summaries.group_effects import group_effects

__all__ = ["describe", "describe_fit", "diagnostics", "group_effects", "summary"]
