"""Priors of sets of coefficients whose scales are learned, by name."""

from __future__ import annotations

from bayeslogit.priors.learned import Hierarchical, LearnedPrior
from bayeslogit.priors.shrinkage import R2D2, Horseshoe

__all__ = ["LEARNED"]

LEARNED: dict[str, type[LearnedPrior]] = {
    prior.name: prior for prior in (Hierarchical, Horseshoe, R2D2)
}
