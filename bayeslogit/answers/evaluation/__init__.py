"""Forecasts beside what happened: calibration, discrimination, residuals, leave-one-out."""

from __future__ import annotations

from bayeslogit.answers.evaluation.calibration import calibration
from bayeslogit.answers.evaluation.concordance import concordance
from bayeslogit.answers.evaluation.cutoffs import confusion, net_benefit
from bayeslogit.answers.evaluation.discrimination import auc, precision_recall, roc
from bayeslogit.answers.evaluation.points import points
from bayeslogit.answers.evaluation.r_squared import r_squared
from bayeslogit.answers.evaluation.residuals import binned_residuals, residuals
from bayeslogit.answers.evaluation.validation import validate

__all__ = [
    "auc",
    "binned_residuals",
    "calibration",
    "concordance",
    "confusion",
    "net_benefit",
    "points",
    "precision_recall",
    "r_squared",
    "residuals",
    "roc",
    "validate",
]
