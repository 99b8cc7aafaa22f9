"""Maximum likelihood: estimates, tests, Firth's correction, influence of rows."""

from __future__ import annotations

from bayeslogit.answers.classical.table import Classical, beside_posterior, classical

__all__ = ["Classical", "beside_posterior", "classical"]
