"""A model or a fit in other languages: SQL, JSON, PyMC and Stan."""

from __future__ import annotations

from bayeslogit.export.sql import to_sql

__all__ = ["to_sql"]
