"""The same model in PyMC, as a person would write it: the judge of the numpy log posterior."""

from __future__ import annotations

from bayeslogit.pymc_twin.build import build, log_posterior

__all__ = ["build", "log_posterior"]
