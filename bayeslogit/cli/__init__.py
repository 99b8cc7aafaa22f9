"""The command line: ``bayeslogit demo | fit | summary | predict | plot | check``, and questions."""

from __future__ import annotations

from bayeslogit.cli.parser import main

__all__ = ["main"]
