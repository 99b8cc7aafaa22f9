"""The evidence where a prior holds on a part of the space: cutpoints that increase.

Densities of cutpoints are those of independent coefficients, and nothing where the order is broken.
No posterior notices that they are not scaled to integrate to one; the evidence does.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from bayeslogit.inference.base import Evidence
from bayeslogit.priors import CoefficientPrior

__all__ = ["normalised"]

_DRAWS, _SEED = 50_000, 31


def normalised(evidence: Evidence | None, prior: CoefficientPrior) -> Evidence | None:
    """Return the evidence under the prior scaled to integrate to one.

    Of cutpoints with equal priors one order of all is as probable as any other. Else, or where
    boundaries must not cross in any row, the share of the prior that is allowed is counted among
    draws, and the evidence becomes an estimate.

    Parameters
    ----------
    evidence : Evidence or None
        Under the density as it is.
    prior : CoefficientPrior

    Returns
    -------
    Evidence or None
        None also where hardly a draw is allowed.

    Examples
    --------
    >>> from bayeslogit.priors import Normal
    >>> cuts = CoefficientPrior(("1|2", "2|3"), ((np.arange(2), Normal(0, 1)),), increasing=(0, 1))
    >>> round(normalised(Evidence(-3.0, "exact"), cuts).value, 4)  # plus log 2
    -2.3069
    """
    if evidence is None or not prior.proper:
        return evidence
    # A Dirichlet prior of class probabilities is about increasing cutpoints as it is.
    cuts = prior.increasing if prior.simplex is None else ()
    if len(cuts) < 2 and prior.constraints is None:
        return evidence
    alike = prior.joint is None and len({str(prior.of(i)) for i in cuts}) == 1
    if alike and prior.constraints is None:
        return replace(evidence, value=evidence.value + math.lgamma(len(cuts) + 1.0))
    free = replace(prior, increasing=(), constraints=None)
    allowed = prior.allows(free.sample(np.random.default_rng(_SEED), _DRAWS))
    share = float(allowed.mean())
    if share * _DRAWS < 10:
        return None
    error = math.hypot(evidence.error, math.sqrt((1.0 - share) / (share * _DRAWS)))
    kind = "estimate" if evidence.kind == "exact" else evidence.kind
    return Evidence(evidence.value - math.log(share), kind, error)
