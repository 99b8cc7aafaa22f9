"""Draws of all coefficients from the prior, effects of groups included."""

from __future__ import annotations

import numpy as np

from bayeslogit.specification.bounded import truncated_prior
from bayeslogit.specification.specification import Specification

__all__ = ["prior_draws"]


def prior_draws(specification: Specification, rng: np.random.Generator, columns: int) -> np.ndarray:
    """Return draws of the coefficients from the prior, (coefficients, columns).

    The effects of groups are drawn given standard deviations and correlations, which are drawn
    first. Under a link whose range ends, the draws are those that give every row a probability.

    Parameters
    ----------
    specification : Specification
    rng : numpy.random.Generator
    columns : int
        Number of draws.

    Raises
    ------
    PriorError
        If a prior is flat.
    """
    layout = specification.layout
    if specification.family.bounded:
        return truncated_prior(specification.prior, specification.likelihood, rng, columns)
    fixed = specification.prior.sample(rng, columns)
    if not layout.scales:
        return fixed
    theta = np.empty((len(layout.names), columns))
    theta[layout.fixed] = fixed
    for scale, covariance in zip(layout.scales, specification.covariances, strict=True):
        factor = covariance.factor(*covariance.sample(rng, columns))
        z = rng.standard_normal((*scale.index.shape, columns))
        theta[scale.index] = np.einsum("abc,bjc->ajc", factor, z)
    return theta
