"""Exceptions, warnings and problems, and how they are worded."""

from __future__ import annotations

from bayeslogit.errors.door import refuse_unknown
from bayeslogit.errors.problems import Problem, warn
from bayeslogit.errors.words import (
    BayesLogitError,
    BayesLogitWarning,
    DesignError,
    FitFailed,
    MethodRefused,
    PriorError,
    ResponseError,
    StorageError,
    listing,
    nearest,
    quoted,
    shortened,
)

__all__ = [
    "BayesLogitError",
    "BayesLogitWarning",
    "DesignError",
    "FitFailed",
    "MethodRefused",
    "PriorError",
    "Problem",
    "ResponseError",
    "StorageError",
    "listing",
    "nearest",
    "quoted",
    "refuse_unknown",
    "shortened",
    "warn",
]
