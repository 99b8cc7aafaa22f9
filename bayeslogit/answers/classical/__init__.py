"""Maximum likelihood: estimates, tests, Firth's correction, influence of rows."""

from __future__ import annotations

from bayeslogit.answers.classical.result import Classical
from bayeslogit.answers.classical.table import beside_posterior, classical

__all__ = ["Classical", "beside_posterior", "classical"]
