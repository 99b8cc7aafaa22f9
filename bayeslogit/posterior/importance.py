"""Importance weights that carry draws of an approximation to the posterior."""

from __future__ import annotations

import numpy as np

from bayeslogit.inference import Outcome
from bayeslogit.specification.density import LogDensity

__all__ = ["importance"]


def importance(density: LogDensity, outcome: Outcome, theta: np.ndarray) -> np.ndarray | None:
    """Return log weights that carry draws of a Gaussian to the posterior, (draws,), or None."""
    if outcome.exact or outcome.gaussian is None:
        return None
    with np.errstate(all="ignore"):
        weights = density.value(theta) - outcome.gaussian.log_density(theta)
    return np.where(np.isfinite(weights), weights, -np.inf)
