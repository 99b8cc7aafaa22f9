"""A model or a fit in other languages: SQL, JSON, PyMC and Stan."""

from __future__ import annotations

from bayeslogit.export.dictionary import to_dict
from bayeslogit.export.pymc_code import to_pymc_code
from bayeslogit.export.sql import to_sql

__all__ = ["to_dict", "to_pymc_code", "to_sql"]
