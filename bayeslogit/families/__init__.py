"""Likelihoods on linear predictors, one file each; ``FAMILIES`` is the registry."""

from __future__ import annotations

from .base import Family
from .binomial import Bernoulli, Binomial
from .links import LINKS, Link

__all__ = ["FAMILIES", "LINKS", "Bernoulli", "Binomial", "Family", "Link"]

FAMILIES: dict[str, type[Family]] = {"bernoulli": Bernoulli, "binomial": Binomial}
