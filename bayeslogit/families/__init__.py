"""Likelihoods on linear predictors, one file each; ``FAMILIES`` is the registry."""

from __future__ import annotations

from bayeslogit.families.adjacent import Adjacent
from bayeslogit.families.base import Family
from bayeslogit.families.beta_binomial import BetaBinomial
from bayeslogit.families.binomial import Bernoulli, Binomial
from bayeslogit.families.conditional import Conditional
from bayeslogit.families.cumulative import Cumulative
from bayeslogit.families.links import LINKS, Link
from bayeslogit.families.multinomial import Multinomial
from bayeslogit.families.ordered import Ordered
from bayeslogit.families.sequential import Sequential

__all__ = [
    "FAMILIES", "LINKS", "Adjacent", "Bernoulli", "BetaBinomial", "Binomial", "Conditional",
    "Cumulative", "Family", "Link", "Multinomial", "Ordered", "Sequential",
]  # fmt: skip

FAMILIES: dict[str, type[Family]] = {
    "bernoulli": Bernoulli,
    "binomial": Binomial,
    "beta_binomial": BetaBinomial,
    "multinomial": Multinomial,
    "cumulative": Cumulative,
    "sequential": Sequential,
    "adjacent": Adjacent,
    "conditional": Conditional,
}
