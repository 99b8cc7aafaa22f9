"""Likelihoods on linear predictors, one file each; ``FAMILIES`` is the registry."""

from __future__ import annotations

from bayeslogit.families.base import Family
from bayeslogit.families.binomial import Bernoulli, Binomial
from bayeslogit.families.links import LINKS, Link

__all__ = ["FAMILIES", "LINKS", "Bernoulli", "Binomial", "Family", "Link"]

FAMILIES: dict[str, type[Family]] = {"bernoulli": Bernoulli, "binomial": Binomial}
