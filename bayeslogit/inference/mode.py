"""The posterior mode by damped Newton steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np

from bayeslogit.errors import FitFailed, Problem
from bayeslogit.inference.barrier import highest_inside
from bayeslogit.inference.base import Gaussian
from bayeslogit.inference.elimination import arrow_of, newton_step
from bayeslogit.numerics.arrow import Arrow
from bayeslogit.priors.corners import smooth
from bayeslogit.specification.density import LogDensity

__all__ = [
    "Mode",
    "Surface",
    "arrived",
    "climb",
    "find_mode",
    "gaussian_at",
    "relative_gradient",
    "resolution",
    "smoothed",
]

# The last mode found of each density that is in use.
_known: WeakKeyDictionary[LogDensity, tuple[float, int, Mode]] = WeakKeyDictionary()


# Rounding errors of sums of special functions, in units of what one operation loses.
_ULPS = 8.0 * float(np.finfo(np.float64).eps)
# Steps so short, in standard deviations, change the value too little to be judged by it.
_CLOSE = 1e-2
# A point that rounding blurs by more than this, in standard deviations, is not called a mode.
_BLURRED = 1e-4


# Linear predictors of rare classes are nearer than this, except under the cauchit link.
_FAR = 50.0


class Surface(Protocol):
    """An objective of Newton's method: a log posterior, or a log-likelihood in part of it."""

    @property
    def constant(self) -> float:
        """The part of the value that does not depend on theta."""

    def newton(self, theta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return value, gradient and minus the second derivatives at one vector."""

    def gradient_terms(self, theta: np.ndarray) -> np.ndarray:
        """Return the sum of the absolute terms of the gradient, (coefficients,)."""


@dataclass(frozen=True, eq=False)
class Mode:
    """The mode of a log posterior, with the curvature there.

    Parameters
    ----------
    theta : ndarray, shape (coefficients,)
    value : float
        Log posterior there, in nats.
    precision : ndarray, shape (coefficients, coefficients)
        Minus the second derivatives there; like the value they may be from before a last step
        that is shorter than the tolerance.
    iterations : int
        Newton steps taken, without that one.
    distance : float
        Length of the last Newton step in posterior standard deviations; an estimate of how far
        the point before it was from the mode.
    converged : bool
    arrow : Arrow, optional
        Where the precision is not diagonal.
    walls : int
        Kinds of rows at the end of their range there, where the gradient is not zero.
    """

    theta: np.ndarray
    value: float
    precision: np.ndarray
    iterations: int
    distance: float
    converged: bool
    arrow: Arrow | None = None
    walls: int = 0

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Problems of the mode, for methods that rest on it."""
        if self.converged:
            return ()
        return (
            Problem(
                "not_converged",
                f"Newton's method stopped after {self.iterations} steps, the last of them "
                f"{self.distance:.1e} posterior standard deviations long; expected steps that "
                "shrink to nothing; check for separation and collinear columns with check(), or "
                "set a tighter prior.",
                "severe",
            ),
        )


def _warm_start(density: LogDensity, tolerance: float) -> np.ndarray:
    """Return a start from a thirtieth of the rows, where there are very many of them."""
    rows = density.rows
    n, p = rows.X.shape
    step = min(30, n // max(2000, 40 * p))
    start = rows.start
    if np.abs(start).max(initial=0.0) > _FAR:
        # Heavy tails: the shares of rare classes lie far out, the prior may hold nearer.
        starts = start[:, None] * 10.0 ** -np.arange(12.0)
        start = starts[:, int(np.nanargmax(density.value(starts)))]
    if step < 10 or rows.sets is not None:
        return start  # the part would cost more than the step or two that it saves
    offset = None if rows.offset is None else rows.offset[::step]
    part = replace(
        rows, X=rows.X[::step], counts=rows.counts[::step] * step, offset=offset, constants=None
    )
    mode = find_mode(LogDensity(part, density.prior), start=start, tolerance=tolerance, steps=12)
    return mode.theta if mode.converged else start


def smoothed(density: LogDensity) -> LogDensity:
    """Return the log posterior with the corners of its prior rounded off; itself without any."""
    prior = smooth(density.prior)
    return density if prior is density.prior else LogDensity(density.rows, prior)


def find_mode(
    density: LogDensity,
    *,
    start: np.ndarray | None = None,
    tolerance: float = 1e-11,
    steps: int = 200,
) -> Mode:
    """Find the posterior mode by Newton's method with step halving.

    The log posterior never falls from one step to the next. Corners of the prior are rounded off:
    the mode and its curvature are then those of a density nearby.

    Parameters
    ----------
    density : LogDensity
    start : ndarray, shape (coefficients,), optional
        Zeros, or a fit to part of the rows, by default.
    tolerance : float
        Stop once a Newton step is shorter than this, in posterior standard deviations.
    steps : int
        Most Newton steps.

    Returns
    -------
    Mode
        ``converged`` is False if the steps ran out or if the log posterior has no mode; neither
        raises an error. The last one found with these settings is kept with the density: a
        method, its refusals and the checks around it all start from the mode.

    Raises
    ------
    FitFailed
        If the log posterior is not finite at the start, or its curvature anywhere on the way.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> mode = find_mode(bl.logistic("passed ~ hours", bl.load_dataset("exam")).density)
    >>> mode.converged, mode.theta.shape
    (True, (2,))
    """
    surface = smoothed(density)
    bounded = density.family.bounded
    if start is not None and not bounded:
        return climb(surface, start, tolerance=tolerance, steps=steps, arrow=arrow_of(surface))
    known = _known.get(density)
    if known is None or known[:2] != (tolerance, steps):
        if bounded:
            mode = highest_inside(surface, partial(climb, tolerance=tolerance, steps=steps))
        else:
            start = _warm_start(surface, 1e-2)
            mode = climb(surface, start, tolerance=tolerance, steps=steps, arrow=arrow_of(surface))
        known = _known[density] = tolerance, steps, mode
    return known[2]


def climb(
    surface: Surface,
    start: np.ndarray,
    *,
    tolerance: float = 1e-11,
    steps: int = 200,
    path: list[np.ndarray] | None = None,
    arrow: Arrow | None = None,
) -> Mode:
    """Find the maximum of a smooth objective by Newton's method with step halving.

    Parameters
    ----------
    surface : Surface
    start : ndarray, shape (coefficients,)
    tolerance : float
        Stop once a Newton step is shorter than this, in units of the curvature.
    steps : int
        Most Newton steps.
    path : list of ndarray, optional
        Where to append the point after each step.
    arrow : Arrow, optional
        Where the second derivatives are not diagonal.

    Raises
    ------
    FitFailed
        As :func:`find_mode`.
    """
    with np.errstate(all="ignore"):
        # Far from the mode numbers may overflow; such a trial is not finite and is rejected.
        return _climb(surface, start, tolerance, steps, path if path is not None else [], arrow)


def _climb(
    density: Surface,
    start: np.ndarray,
    tolerance: float,
    steps: int,
    path: list[np.ndarray],
    arrow: Arrow | None,
) -> Mode:
    theta = np.array(start, dtype=np.float64)
    value, gradient, precision = density.newton(theta)
    if not np.isfinite(value):
        raise FitFailed(
            f"the log posterior is {value} at the start; expected a finite number; check the "
            "scale of the predictors, the offset and the priors"
        )
    distance, iterations, lapses, converged = np.inf, 0, 0, False
    runs_off = True
    while iterations < steps:
        step, peaked = newton_step(precision, gradient, arrow)
        before, distance = distance, float(np.sqrt(max(gradient @ step, 0.0)))
        if distance <= tolerance and peaked and not runs_off:
            # The step is within rounding of the mode, and so is what was found before it.
            theta, converged = theta + step, True
            path.append(theta)
            break
        settled = peaked and not runs_off
        if settled and arrived(density, theta, precision, distance, before):
            converged = True
            break
        iterations += 1
        for _ in range(60):
            trial = density.newton(theta + step)
            if trial[0] >= value:
                break
            # Slopes tell rises from falls that the values, sums of large terms, no longer show.
            near = peaked and distance <= _CLOSE and trial[0] > -np.inf
            if (gradient + trial[1]) @ step >= 0.0 and (
                near or value - trial[0] <= _value_error(density, theta, value)
            ):
                break
            step = 0.5 * step
        else:
            break
        if not peaked:
            # Where the surface bends upwards its curvature says little about how far to go.
            step, trial = _stretched(density, theta, step, trial)
        bent = step @ precision @ step
        theta = theta + step
        path.append(theta)
        value, gradient, precision = trial
        # Where there is no mode (separated data, flat prior) the curvature along the steps falls
        # by a third or more each time, however short they are in standard deviations, until
        # only rounding is left of it.
        bends = step @ precision @ step
        runs_off = not peaked or bends < 0.9 * bent
        lapses = lapses + 1 if runs_off and distance < 1e-2 else 0
        if lapses >= 3 and bends < _ULPS * (np.abs(step) @ np.abs(precision) @ np.abs(step)):
            break
    return Mode(theta, value, precision, iterations, distance, converged, arrow)


def _stretched(
    surface: Surface,
    theta: np.ndarray,
    step: np.ndarray,
    trial: tuple[float, np.ndarray, np.ndarray],
) -> tuple[np.ndarray, tuple[float, np.ndarray, np.ndarray]]:
    """Double a step for as long as that leads higher."""
    for _ in range(60):
        further = surface.newton(theta + 2.0 * step)
        if not further[0] > trial[0]:
            break
        step, trial = 2.0 * step, further
    return step, trial


def _value_error(surface: Surface, theta: np.ndarray, value: float) -> float:
    """Return the rounding error of the value, in nats."""
    terms = abs(surface.constant) + abs(value - surface.constant)
    return 8.0 * _ULPS * float(terms + surface.gradient_terms(theta) @ np.abs(theta))


def arrived(
    surface: Surface, theta: np.ndarray, precision: np.ndarray, distance: float, before: float
) -> bool:
    """Whether all that is left of a Newton step is rounding: no climb can come nearer.

    Parameters
    ----------
    surface : Surface
    theta : ndarray, shape (coefficients,)
    precision : ndarray, shape (coefficients, coefficients)
        Minus the second derivatives there, positive definite.
    distance, before : float
        Lengths of the step from here and of the one before, in units of the curvature. Near a
        mode each step is far shorter than the one before, unless all is rounding.
    """
    if not 0.5 * before <= distance <= _BLURRED:
        return False
    return distance <= resolution(surface, theta, precision)


def resolution(surface: Surface, theta: np.ndarray, precision: np.ndarray) -> float:
    """Return how far from a mode a point may be without the gradient showing it.

    The gradient is a sum; its rounding error is relative to the sum of its absolute terms, and
    that of the linear predictors enters through the curvature. No climb can come nearer than the
    Newton step that such an error makes.

    Parameters
    ----------
    surface : Surface
    theta : ndarray, shape (coefficients,)
    precision : ndarray, shape (coefficients, coefficients)
        Minus the second derivatives there, positive definite.

    Returns
    -------
    float
        In units of the curvature: posterior standard deviations.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> density = bl.logistic("passed ~ hours", bl.load_dataset("exam")).density
    >>> mode = find_mode(density)
    >>> resolution(density, mode.theta, mode.precision) < 1e-12
    True
    """
    error = _ULPS * (surface.gradient_terms(theta) + np.abs(precision) @ np.abs(theta))
    scale = 1.0 / np.sqrt(np.maximum(precision.diagonal(), 1e-300))
    inverse = np.linalg.pinv(precision * scale * scale[:, None], hermitian=True)
    scaled = error * scale
    return float(np.sqrt(scaled @ np.abs(inverse) @ scaled))


def gaussian_at(mode: Mode) -> Gaussian:
    """Return the Gaussian at a mode with the curvature there (Laplace's approximation).

    Where the curvature is not positive definite, its eigenvalues are made positive.
    """
    diagonal = np.diag(mode.precision)
    if np.all(diagonal > 0.0):
        try:
            return Gaussian.from_precision(mode.theta, mode.precision, mode.arrow)
        except np.linalg.LinAlgError:
            pass
    scale = 1.0 / np.sqrt(np.maximum(np.abs(diagonal), 1e-12))
    value, vector = np.linalg.eigh(mode.precision * np.outer(scale, scale))
    value = np.maximum(np.abs(value), 1e-4 * np.abs(value).max())
    half = scale[:, None] * vector / np.sqrt(value)
    return Gaussian(mode.theta, half @ half.T)


def relative_gradient(density: Surface, theta: np.ndarray) -> float:
    """Return the largest component of the gradient, relative to the sum of its absolute terms.

    At 1e-14 the gradient is within rounding of zero, and no step can improve on it.

    Parameters
    ----------
    density : Surface
    theta : ndarray, shape (coefficients,)

    Returns
    -------
    float
        In [0, 1].
    """
    with np.errstate(all="ignore"):
        gradient = density.newton(theta)[1]
        terms = np.maximum(density.gradient_terms(theta), 1e-300)
        return float(np.max(np.abs(gradient) / terms, initial=0.0))
