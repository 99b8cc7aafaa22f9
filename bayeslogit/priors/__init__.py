"""Priors on coefficients: densities in nats, on the log-odds scale of the raw columns.

A :class:`Prior` is the density of one coefficient; with array fields, of several at once. A
:class:`CoefficientPrior` is that of all coefficients. What the user gives is never rescaled.
"""

from __future__ import annotations

from bayeslogit.priors.base import Prior
from bayeslogit.priors.coefficients import CoefficientPrior
from bayeslogit.priors.joint import GaussianPrior, ZeroSum
from bayeslogit.priors.learned import Learned, LearnedPrior
from bayeslogit.priors.registry import LEARNED, PRIORS
from bayeslogit.priors.resolve import Priors, default_prior, resolve_prior
from bayeslogit.priors.shrinkage import R2D2, Horseshoe
from bayeslogit.priors.simplex import Dirichlet, Simplex
from bayeslogit.priors.univariate import Cauchy, Flat, Normal, StudentT

__all__ = [
    "LEARNED",
    "PRIORS",
    "R2D2",
    "Cauchy",
    "CoefficientPrior",
    "Dirichlet",
    "Flat",
    "GaussianPrior",
    "Horseshoe",
    "Learned",
    "LearnedPrior",
    "Normal",
    "Prior",
    "Priors",
    "Simplex",
    "StudentT",
    "ZeroSum",
    "default_prior",
    "resolve_prior",
]
