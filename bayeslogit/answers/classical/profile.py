"""The profile likelihood of one coefficient, and where it falls by a given deviance."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayeslogit.answers.classical.maximum_likelihood import (
    Maximum,
    Slice,
    independent,
    informative,
    maximise,
    rows_of,
    without,
)
from bayeslogit.specification.density import Likelihood

__all__ = ["profile_bound"]


@dataclass(eq=False)
class _Profile:
    """The likelihood maximised over all coefficients but one.

    Parameters
    ----------
    rows : Likelihood
    index : int
        Position of that coefficient.
    names : tuple of str
    theta : ndarray, shape (coefficients,)
        Where the next climb starts.
    top : float
        Supremum of the log-likelihood, in nats.
    origin : ndarray, shape (coefficients,), or None
        Where it is reached, if it is.
    """

    rows: Likelihood
    index: int
    names: tuple[str, ...]
    theta: np.ndarray
    top: float
    origin: np.ndarray | None

    def at(self, value: float) -> tuple[float, float]:
        """Return how far the profile lies below the maximum at a value, and its slope there."""
        others = np.setdiff1d(np.arange(len(self.theta)), [self.index])
        held = self.theta.copy()
        held[self.index] = value
        mode = Slice(self.rows, held, others).climb(held)
        if mode.converged:
            # The next value is near: its climb starts here.
            self.theta = held.copy()
            self.theta[others] = mode.theta
            slope = _slope(self.rows, self.theta, self.index)
            if self.origin is None:
                return self.top - mode.value, slope
            return -float(self.rows.rise(self.origin, self.theta[:, None])[0]), slope
        shift = value * self.rows.X[:, self.index]
        offset = shift if self.rows.offset is None else self.rows.offset + shift
        rest = replace(without(self.rows, np.array([self.index])), offset=offset)
        found = maximise(rest, tuple(self.names[j] for j in others))
        open_rows = rows_of(self.rows, found.decided(rest.X) == 0.0)
        held[others] = found.theta
        return self.top - found.log_likelihood, _slope(open_rows, held, self.index)


def _slope(rows: Likelihood, theta: np.ndarray, index: int) -> float:
    """Return the slope of a profile by its own coefficient, where the others are at their maxima.

    It is that along the path of the maxima. The one with the others held is the same, but for
    rows of billions of trials that this path leaves as they are: what rounding leaves of their
    slopes may be more than all others.
    """
    precision = rows.newton(theta)[2]
    others = np.setdiff1d(np.arange(len(theta)), [index])
    scale = 1.0 / np.sqrt(np.maximum(precision.diagonal()[others], 1e-300))
    inner = precision[np.ix_(others, others)] * scale * scale[:, None]
    path = np.zeros(len(theta))
    path[index] = 1.0
    path[others] = -scale * (
        np.linalg.pinv(inner, hermitian=True) @ (scale * precision[others, index])
    )
    if rows.matched is not None:
        return float(rows.value_and_gradient(theta[:, None])[1][:, 0] @ path)
    pull = rows.family.slope(rows.eta(theta[:, None]), rows.counts)[0, :, 0]
    return float((rows.X @ path) @ pull)


def profile_bound(
    likelihood: Likelihood, maximum: Maximum, index: int, side: int, deviance: float
) -> float:
    """Return where a profile deviance reaches a value, on one side of the maximum.

    Two classes only. Newton's method on the signed root of the deviance, which is nearly
    straight, within a bracket.

    Parameters
    ----------
    likelihood : Likelihood
    maximum : Maximum
        Of that likelihood.
    index : int
        Position of the coefficient, from 0.
    side : {-1, 1}
        Below the estimate, or above.
    deviance : float
        Fall of twice the log-likelihood from its maximum, such as a quantile of chi-square.

    Returns
    -------
    float
        Infinite where the profile never falls so far.

    References
    ----------
    Venzon, D. J. and Moolgavkar, S. H. (1988). A method for computing profile-likelihood-based
    confidence intervals. doi:10.2307/2347496
    """
    rows = informative(likelihood)
    estimate = maximum.estimates[index]
    if np.isnan(estimate) or estimate == side * np.inf:
        return side * np.inf
    target = float(np.sqrt(deviance))
    if np.isfinite(estimate):
        base, unit = float(estimate), float(maximum.standard_errors[index])
        low, step = 0.0, target
    else:
        base, unit = 0.0, float(1.0 / np.max(np.abs(rows.X[:, index])))
        low, step = -np.inf, 0.0
    top, theta = maximum.log_likelihood, maximum.theta
    origin = None if maximum.separation is not None else theta
    profile = _Profile(rows, index, maximum.names, theta, top, origin)
    if maximum.separation is not None and np.isfinite(estimate):
        # Rows that are decided stay so, whatever the value of a finite coefficient.
        rest = rows_of(rows, maximum.decided(rows.X) == 0.0)
        kept = np.union1d(independent(rest.X), [index])
        place = int(np.searchsorted(kept, index))
        names = tuple(maximum.names[j] for j in kept)
        top -= rows.constant - rest.constant
        theta = theta[kept]
        profile = _Profile(replace(rest, X=rest.X[:, kept]), place, names, theta, top, theta)
    high = np.inf
    for _ in range(100):
        fall, slope = profile.at(base + side * unit * step)
        root = float(np.sqrt(max(2.0 * fall, 0.0)))
        if root < target:
            low = step
        else:
            high = step
        climb_rate = -slope * side * unit / root if root > 0.0 else 0.0
        widest = 4.0 * max(1.0, abs(step))
        change = (target - root) / climb_rate if climb_rate > 0.0 else np.copysign(np.inf, target)
        new = step + float(np.clip(change, -widest, widest))
        if np.isfinite(low) and np.isfinite(high) and not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - step) <= 1e-11 * max(1.0, abs(new)):
            return base + side * unit * new
        if abs(new) > 1e6:
            return side * np.inf
        step = new
    return base + side * unit * step
