"""The classroom page: prior, data, link and sample size are moved, and the posterior follows."""

from __future__ import annotations

from bayeslogit.teach.server import serve

__all__ = ["serve"]
