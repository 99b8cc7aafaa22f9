"""The priors by name: of one coefficient, and of sets whose scales are learned."""

from __future__ import annotations

from bayeslogit.priors.base import Prior
from bayeslogit.priors.exponential_tails import Laplace, Logistic
from bayeslogit.priors.gaussian_process import GaussianProcess
from bayeslogit.priors.hierarchical import Hierarchical
from bayeslogit.priors.learned import LearnedPrior
from bayeslogit.priors.monotonic import Monotonic
from bayeslogit.priors.shrinkage import R2D2, Horseshoe
from bayeslogit.priors.univariate import Cauchy, Flat, Normal, StudentT

__all__ = ["LEARNED", "PRIORS"]

PRIORS: dict[str, type[Prior]] = {
    prior.name: prior for prior in (Normal, Flat, StudentT, Cauchy, Laplace, Logistic)
}
LEARNED: dict[str, type[LearnedPrior]] = {
    prior.name: prior for prior in (Hierarchical, Horseshoe, R2D2, GaussianProcess, Monotonic)
}
