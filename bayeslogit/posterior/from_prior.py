"""Coefficients and outcomes that a model expects before the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayeslogit.inference.run import at_least_one, generator_of
from bayeslogit.posterior.groups import prior_groups
from bayeslogit.specification.prior_draws import prior_draws
from bayeslogit.specification.specification import Specification
from bayeslogit.tables.labels import coordinate

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["prior_predictive"]


def prior_predictive(
    specification: Specification,
    draws: int = 1000,
    random_seed: int | np.random.Generator | None = None,
) -> xr.DataTree:
    """Return draws of the coefficients from the prior, and outcomes simulated from them.

    Parameters
    ----------
    specification : Specification
        The model.
    draws : int
        Number of prior draws, at least 1.
    random_seed : int, numpy.random.Generator or None
        The same seed gives the same draws; None takes a fresh one.

    Returns
    -------
    xarray.DataTree
        Groups ``prior`` (``Intercept``, ``beta``), ``prior_predictive`` (``y``, (chain,
        draw, obs)) and ``observed_data``; one chain.

    Raises
    ------
    PriorError
        If a prior is flat: it has no draws.

    See Also
    --------
    bayeslogit.Fit.plot_prior : Priors beside the posterior.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> tree = model.prior_predictive(1000, random_seed=1)
    >>> tree["prior_predictive"]["y"].mean().round(1).item()  # half pass, on average
    0.5
    """
    import xarray as xr

    rng, _ = generator_of(random_seed)
    model = specification
    theta = prior_draws(model, rng, at_least_one("draws", draws))
    likelihood = model.likelihood
    rows = coordinate(model.labels)
    groups = prior_groups(model.layout, model.response, likelihood, theta, rows, rng)
    return xr.DataTree.from_dict(groups)
