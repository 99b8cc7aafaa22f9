"""A Dirichlet prior on class probabilities in PyMC, as a distribution of cutpoints.

Importing this module imports PyMC.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayeslogit.pymc_twin.likelihoods import CLASS_LOG_PROBS, LINK_LOG_PROBS

__all__ = ["LINK_QUANTILES", "cutpoints"]


def _log_density(link: str, eta: Any) -> Any:
    """Return the log density of a link's distribution, in nats."""
    if link == "logit":
        return -pt.softplus(eta) - pt.softplus(-eta)
    if link == "probit":
        return -0.5 * pt.square(eta) - 0.5 * math.log(2.0 * math.pi)
    if link == "cauchit":
        return -math.log(math.pi) - pt.log1p(pt.square(eta))
    sign = 1.0 if link == "cloglog" else -1.0
    return sign * eta - pt.exp(sign * eta)


# Link name to the quantile function, from a probability and its complement.
LINK_QUANTILES: dict[str, Callable[[Any, Any], Any]] = {
    "logit": lambda p, q: pt.log(p) - pt.log(q),
    "probit": lambda p, q: math.sqrt(2.0) * pt.erfinv(p - q),
    "cloglog": lambda p, q: pt.log(-pt.log(q)),
    "loglog": lambda p, q: -pt.log(-pt.log(p)),
    "cauchit": lambda p, q: pt.tan(0.5 * math.pi * (p - q)),
}


def _below(form: str, link: str, p: Any) -> Any:
    """Return linear predictors from class probabilities."""
    if form == "adjacent":
        return pt.log(p[:-1]) - pt.log(p[1:])
    below, above = pt.cumsum(p)[:-1], pt.cumsum(p[::-1])[::-1][1:]
    if form == "sequential":
        # The share of those who reach a class that stop there.
        reached = p[:-1] + above
        below, above = p[:-1] / reached, above / reached
    return LINK_QUANTILES[link](below, above)


def _volume(form: str, link: str, eta: Any, log_probs: Any) -> Any:
    """Return the log determinant of the Jacobian of class probabilities by linear predictors."""
    if form == "adjacent":
        return log_probs.sum()
    volume = _log_density(link, eta).sum()
    if form == "sequential":
        later = np.arange(eta.type.shape[0] - 1, -1, -1)
        volume = volume + (later * LINK_LOG_PROBS[link](eta)[0]).sum()
    return volume


def cutpoints(
    form: str, link: str, concentration: np.ndarray, added: Any, dims: Any, transform: Any
) -> Any:
    """Add ``cutpoints`` with a Dirichlet prior on class probabilities at the predictor means.

    Parameters
    ----------
    form, link : str
        Names of the ordinal family and of its link.
    concentration : ndarray, shape (classes,)
        Of the Dirichlet prior, positive.
    added : tensor, shape (cutpoints,)
        Contribution of the slopes at the predictor means, in the unit of the linear predictor.
    dims : tuple of str
    transform : pymc transform, or None
        None for PyMC's default.

    Returns
    -------
    tensor, shape (cutpoints,)
        The random variable.
    """
    normaliser = math.lgamma(concentration.sum()) - sum(map(math.lgamma, concentration.tolist()))
    size = len(concentration) - 1

    def logp(value: Any, a: Any, added: Any) -> Any:
        eta = pt.specify_shape(value + added, (size,))
        log_probs = CLASS_LOG_PROBS[form](link, eta[None])[0]
        # A concentration of one contributes zero, even where the log probability is infinite.
        each = pt.switch(pt.eq(a, 1.0), 0.0, (a - 1.0) * log_probs)
        total = normaliser + each.sum() + _volume(form, link, eta, log_probs)
        return pt.switch(pt.isinf(log_probs).any(), -np.inf, total)

    def dist(a: Any, added: Any, size: Any) -> Any:
        return _below(form, link, pm.Dirichlet.dist(a=a)) - added

    return pm.CustomDist(
        "cutpoints",
        concentration,
        added,
        logp=logp,
        dist=dist,
        dims=dims,
        **({} if transform is None else {"transform": transform}),
    )
