"""Closed words of options as types, so that a type checker finds a wrong one before it runs.

A name that ends with ``Word`` stands for a text, also for the sentences of the door.
"""

from __future__ import annotations

from typing import Literal

__all__ = [
    "DialectWord",
    "DispersionWord",
    "FormWord",
    "KeepWord",
    "KindWord",
    "LinkWord",
    "MissingWord",
]

LinkWord = Literal["logit", "probit", "cloglog", "loglog", "cauchit", "log", "identity"]
MissingWord = Literal["raise", "drop"]
FormWord = Literal["cumulative", "sequential", "adjacent"]
DispersionWord = Literal["beta"]
KeepWord = Literal["draws", "scales"]
DialectWord = Literal["duckdb", "sqlite", "postgres"]
KindWord = Literal[
    "probability",
    "linear",
    "class",
    "outcome",
    "odds",
    "count",
    "cumulative",
    "exceedance",
    "median",
    "mean",
]
