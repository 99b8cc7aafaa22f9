"""Algorithms on a log posterior, one file each; ``METHODS`` is the registry."""

from __future__ import annotations

from .base import Evidence, Gaussian, Method, Outcome
from .laplace import Laplace
from .map import Map

__all__ = ["METHODS", "Evidence", "Gaussian", "Method", "Outcome"]

METHODS: dict[str, type[Method]] = {m.name: m for m in (Map, Laplace)}
