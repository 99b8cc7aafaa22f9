"""The builders: a model from a formula and a table, or from arrays."""

from __future__ import annotations

from bayeslogit.builders.choice import choice
from bayeslogit.builders.rows import ORDINAL_FORMS, binomial, logistic, multinomial, ordinal

__all__ = ["ORDINAL_FORMS", "binomial", "choice", "logistic", "multinomial", "ordinal"]
