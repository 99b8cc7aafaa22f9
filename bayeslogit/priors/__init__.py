"""Priors on coefficients: densities in nats, on the log-odds scale of the raw columns.

A :class:`Prior` is a density of one coefficient, vectorised over coefficients by array fields.
:class:`CoefficientPrior` puts one on each coefficient of a model and is what a log posterior
sees. Nothing here rescales what the user gave.
"""

from __future__ import annotations

from bayeslogit.priors.coefficients import CoefficientPrior
from bayeslogit.priors.joint import GaussianPrior, ZeroSum
from bayeslogit.priors.resolve import default_prior, resolve_prior
from bayeslogit.priors.simplex import Dirichlet, Simplex
from bayeslogit.priors.univariate import PRIORS, Cauchy, Flat, Normal, Prior, StudentT

__all__ = [
    "PRIORS",
    "Cauchy",
    "CoefficientPrior",
    "Dirichlet",
    "Flat",
    "GaussianPrior",
    "Normal",
    "Prior",
    "Simplex",
    "StudentT",
    "ZeroSum",
    "default_prior",
    "resolve_prior",
]
