"""Answers about choices: shares, elasticities, prices of attributes, and other alternatives."""

from __future__ import annotations

from bayeslogit.answers.choices.elasticities import elasticities
from bayeslogit.answers.choices.irrelevant import check_alternatives
from bayeslogit.answers.choices.shares import shares
from bayeslogit.answers.choices.willingness import willingness_to_pay

__all__ = ["check_alternatives", "elasticities", "shares", "willingness_to_pay"]
