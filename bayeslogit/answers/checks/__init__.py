"""Whether data, draws and prior can be relied on."""

from __future__ import annotations

from bayeslogit.answers.checks.calibrate import calibrate
from bayeslogit.answers.checks.check import check_fit, check_model
from bayeslogit.answers.checks.data import variance_decomposition
from bayeslogit.answers.checks.findings import Finding, Findings
from bayeslogit.answers.checks.plan import plan
from bayeslogit.answers.checks.prior_influence import movement
from bayeslogit.answers.checks.proportional_odds import check_proportional_odds

__all__ = [
    "Finding",
    "Findings",
    "calibrate",
    "check_fit",
    "check_model",
    "check_proportional_odds",
    "movement",
    "plan",
    "variance_decomposition",
]
