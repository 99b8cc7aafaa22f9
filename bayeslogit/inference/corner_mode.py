"""The mode of a log posterior whose prior has corners, where coefficients may come to rest."""

from __future__ import annotations

import numpy as np

from bayeslogit.inference.ascent import find_modes
from bayeslogit.inference.coordinates import Coordinates
from bayeslogit.inference.elimination import newton_step
from bayeslogit.inference.mode import Mode, find_mode
from bayeslogit.priors.corners import corners, smooth
from bayeslogit.specification.density import LogDensity

__all__ = ["corner_mode", "corner_modes"]

# Share of the height that a step may seem to lose.
_ROUNDING = 1e-13


def corner_modes(density: LogDensity, *, tolerance: float) -> tuple[Mode, ...]:
    """Return the modes, the highest first; one where the log posterior is concave.

    Parameters
    ----------
    density : LogDensity
        With a prior that has corners.
    tolerance : float
        As of :func:`corner_mode`.
    """
    starts = [find_mode(density).theta]  # of the density with its corners rounded off
    if not density.log_concave:
        space = Coordinates(density)
        starts += [space.theta(peak.mode.theta[:, None])[:, 0] for peak in find_modes(density)]
    found: list[Mode] = []
    for start in starts:
        mode = corner_mode(density, start, tolerance=tolerance)
        if not any(abs(mode.value - other.value) < 1e-6 for other in found):
            found.append(mode)
    return tuple(sorted(found, key=lambda mode: (not mode.converged, -mode.value)))


def corner_mode(
    density: LogDensity, start: np.ndarray, *, tolerance: float = 1e-11, steps: int = 500
) -> Mode:
    """Find the mode by Newton's method among the coefficients that are not at their corners.

    A coefficient rests at its corner while the rest of the log posterior pulls it with less than
    the slope of its prior. Steps end at the first corner that they meet, and never go down by more
    than rounding.

    Parameters
    ----------
    density : LogDensity
        With a prior that has corners.
    start : ndarray, shape (coefficients,)
    tolerance : float
        Stop once a Newton step is shorter than this, in posterior standard deviations.
    steps : int
        Most Newton steps.

    Returns
    -------
    Mode
        ``precision`` is that of the likelihood and of the priors without corners.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> table = bl.load_dataset("exam")
    >>> model = bl.logistic("passed ~ hours", table, priors=bl.Laplace(0, 0.01))
    >>> corner_mode(model.density, np.ones(2)).theta.round(9).tolist()  # half of them passed
    [0.0, 0.0]
    """
    index, place, slope = corners(density.prior)
    open_part = LogDensity(density.likelihood, smooth(density.prior, flat=True))
    where: np.ndarray = np.full(density.size, np.nan)
    fall: np.ndarray = np.zeros(density.size)
    where[index], fall[index] = place, slope
    theta = start.copy()
    # What is nearly at its corner starts there: it leaves again if it is pulled away.
    near = np.abs(theta - where) * fall < 0.5
    theta[near] = where[near]

    def total(at: np.ndarray, value: float) -> float:
        return value - float(fall @ np.nan_to_num(np.abs(at - where)))

    value, gradient, precision = open_part.newton(theta)
    height, distance, iterations = total(theta, value), np.inf, 0
    while iterations < steps:
        side = np.nan_to_num(np.sign(theta - where))
        pulled = (side == 0.0) & (np.abs(gradient) > fall)
        # One more coefficient leaves its corner at a time: that which is pulled most.
        if pulled.any() and distance <= 1e-2:
            most = int(np.argmax(np.where(pulled, np.abs(gradient) - fall, -np.inf)))
            pulled = np.arange(density.size) == most
        side = np.where(pulled, np.sign(gradient), side)
        free = np.flatnonzero((side != 0.0) | np.isnan(where))
        push = gradient - fall * side
        step = np.zeros(density.size)
        if free.size:
            step[free] = newton_step(precision[np.ix_(free, free)], push[free], None)[0]
        before, distance = distance, float(np.sqrt(max(push[free] @ step[free], 0.0)))
        if distance <= tolerance:
            break
        iterations += 1
        for _ in range(60):
            trial = theta + step
            crossed = side * (trial - where) < 0.0
            trial = np.where(crossed, where, trial)
            found = open_part.newton(trial)
            # The last steps gain less than the height is rounded by.
            if total(trial, found[0]) >= height - _ROUNDING * (1.0 + abs(height)):
                break
            step = 0.5 * step
        else:
            break
        moved = not np.array_equal(trial, theta)
        theta, (value, gradient, precision) = trial, found
        height = total(theta, value)
        if not moved or (before <= 1e-6 and distance >= 0.5 * before):
            break  # all that is left is rounding
    return Mode(theta, height, precision, iterations, distance, distance <= 1e-6)
