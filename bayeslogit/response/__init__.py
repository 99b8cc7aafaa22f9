"""Outcomes: codes or counts, with the names of the classes."""

from __future__ import annotations

from bayeslogit.response.alternatives import Alternatives
from bayeslogit.response.base import Response
from bayeslogit.response.binary import binary
from bayeslogit.response.classes import counts_of_classes, nominal, ordinal
from bayeslogit.response.counts import counts
from bayeslogit.response.sets import Sets, sets_of
from bayeslogit.response.weights import check_offset, check_weights, refuse_no_case, whole

__all__ = [
    "Alternatives", "Response", "Sets", "binary", "check_offset", "check_weights", "counts",
    "counts_of_classes", "nominal", "ordinal", "refuse_no_case", "sets_of", "whole",
]  # fmt: skip
