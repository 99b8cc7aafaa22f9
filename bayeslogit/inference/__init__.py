"""Algorithms on a log posterior, one file each; ``METHODS`` is the registry."""

from __future__ import annotations

from bayeslogit.inference.base import METHODS, Evidence, Gaussian, Method, Outcome
from bayeslogit.inference.methods.advi import Advi, FullRankAdvi
from bayeslogit.inference.methods.auto import Auto
from bayeslogit.inference.methods.ep import ExpectationPropagation
from bayeslogit.inference.methods.gibbs import Gibbs
from bayeslogit.inference.methods.hmc import Hmc
from bayeslogit.inference.methods.independence import Independence
from bayeslogit.inference.methods.laplace import Laplace
from bayeslogit.inference.methods.map import Map
from bayeslogit.inference.methods.nuts import Nuts
from bayeslogit.inference.methods.quadrature import Quadrature
from bayeslogit.inference.methods.variational import Variational

__all__ = ["METHODS", "Evidence", "Gaussian", "Method", "Outcome"]

METHODS |= {
    method.name: method
    for method in (
        Auto,
        Independence,
        Hmc,
        Map,
        Laplace,
        Quadrature,
        Variational,
        ExpectationPropagation,
        Gibbs,
        Nuts,
        Advi,
        FullRankAdvi,
    )
}
