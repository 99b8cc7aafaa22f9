"""Estimates of several studies or places put together: a normal distribution of their truths."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Pooled", "pool_estimates"]


class Pooled(NamedTuple):
    """The mean of the truths behind several estimates.

    Attributes
    ----------
    mean : float
    between : float
        Standard deviation of the truths (restricted maximum likelihood).
    se : float
        Of the mean, by Hartung and Knapp.
    lower, upper : float
        Interval of the mean, by Student's t with one degree less than there are estimates.
    new : (float, float) or None
        Interval of a truth that was not estimated; None of two estimates.
    """

    mean: float
    between: float
    se: float
    lower: float
    upper: float
    new: tuple[float, float] | None


def pool_estimates(values: np.ndarray, se: np.ndarray, prob: float) -> Pooled:
    """Return the mean of the truths behind independent estimates, and their spread.

    Parameters
    ----------
    values, se : ndarray, shape (estimates,)
        At least two estimates and their standard errors, which are positive.
    prob : float
        Of the intervals, in (0, 1).

    References
    ----------
    Hartung, J. and Knapp, G. (2001). A refined method for the meta-analysis of controlled clinical
    trials with binary outcome. doi:10.1002/sim.1009
    Riley, R. D., Higgins, J. P. T. and Deeks, J. J. (2011). Interpretation of random effects
    meta-analyses. doi:10.1136/bmj.d549

    Examples
    --------
    >>> found = pool_estimates(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.1, 0.1]), 0.95)
    >>> round(found.mean, 3), round(found.between, 3)
    (2.0, 0.995)
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import stdtrit

    number = len(values)

    def deviance(tau: float) -> float:
        weight = 1.0 / (se**2 + tau**2)
        mean = weight @ values / weight.sum()
        return float(
            (weight * (values - mean) ** 2).sum() - np.log(weight).sum() + np.log(weight.sum())
        )

    most = 3.0 * float(np.ptp(values)) + 1e-12
    tau = float(
        minimize_scalar(deviance, bounds=(0.0, most), method="bounded", options={"xatol": 1e-9}).x
    )
    if deviance(0.0) <= deviance(tau):
        tau = 0.0
    weight = 1.0 / (se**2 + tau**2)
    mean = float(weight @ values / weight.sum())
    # Never less than the standard error with the spread known, which chance agreement would give.
    scale = max(float((weight * (values - mean) ** 2).sum() / (number - 1)), 1.0)
    spread = float(np.sqrt(scale / weight.sum()))
    half = float(stdtrit(number - 1, 0.5 + 0.5 * prob)) * spread
    new = None
    if number > 2:
        far = float(stdtrit(number - 2, 0.5 + 0.5 * prob) * np.hypot(tau, spread))
        new = mean - far, mean + far
    return Pooled(mean, tau, spread, mean - half, mean + half, new)
