"""Tables of coefficients, odds ratios, and the model in words."""

from __future__ import annotations

from bayeslogit.answers.summaries.coefficients import diagnostics, summary
from bayeslogit.answers.summaries.describe import describe, describe_fit
from bayeslogit.answers.summaries.group_effects import group_effects
from bayeslogit.answers.summaries.publication import table
from bayeslogit.answers.summaries.rich_displays import fit_in_html, model_in_html

__all__ = [
    "describe",
    "describe_fit",
    "diagnostics",
    "fit_in_html",
    "group_effects",
    "model_in_html",
    "summary",
    "table",
]
