"""Algorithms on a log posterior, one file each; ``METHODS`` is the registry."""

from __future__ import annotations

from bayeslogit.inference.advi import Advi, FullRankAdvi
from bayeslogit.inference.auto import Auto
from bayeslogit.inference.base import Evidence, Gaussian, Method, Outcome
from bayeslogit.inference.ep import ExpectationPropagation
from bayeslogit.inference.gibbs import Gibbs
from bayeslogit.inference.hmc import Hmc
from bayeslogit.inference.independence import Independence
from bayeslogit.inference.laplace import Laplace
from bayeslogit.inference.map import Map
from bayeslogit.inference.nuts import Nuts
from bayeslogit.inference.quadrature import Quadrature
from bayeslogit.inference.variational import Variational

__all__ = ["METHODS", "Evidence", "Gaussian", "Method", "Outcome"]

METHODS: dict[str, type[Method]] = {
    m.name: m
    for m in (
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
