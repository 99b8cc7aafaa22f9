"""The posterior mode by damped Newton steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np

from bayeslogit.errors import FitFailed, Problem
from bayeslogit.inference.base import Gaussian
from bayeslogit.specification.density import LogDensity

__all__ = ["Mode", "Surface", "climb", "find_mode", "gaussian_at", "relative_gradient"]

# The last mode found of each density that is in use.
_known: WeakKeyDictionary[LogDensity, tuple[float, int, Mode]] = WeakKeyDictionary()


class Surface(Protocol):
    """An objective of Newton's method: a log posterior, or a log-likelihood in part of it."""

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
    """

    theta: np.ndarray
    value: float
    precision: np.ndarray
    iterations: int
    distance: float
    converged: bool

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


def _solve(precision: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return an ascent step, and whether the curvature is positive definite.

    Where it is not, the step is regularised.
    """
    scale = 1.0 / np.sqrt(np.maximum(np.abs(precision.diagonal()), 1e-300))
    scaled = precision * scale * scale[:, None]
    ridge = 0.0
    for _ in range(60 if np.isfinite(scaled).all() else 0):
        curved = scaled + ridge * np.eye(len(scale)) if ridge else scaled
        try:
            np.linalg.cholesky(curved)  # fails unless all curvatures are positive
            return scale * np.linalg.solve(curved, scale * gradient), ridge == 0.0
        except np.linalg.LinAlgError:
            ridge = max(10.0 * ridge, 1e-14)
    raise FitFailed(
        "the curvature of the log posterior is not finite; expected finite second derivatives; "
        "check the scale of the predictors and of the priors"
    )


def _warm_start(density: LogDensity, tolerance: float) -> np.ndarray:
    """Return a start from a thirtieth of the rows, where there are very many of them."""
    rows = density.rows
    n, p = rows.X.shape
    step = min(30, n // max(2000, 40 * p))
    start = rows.start
    if step < 10:
        return start  # the part would cost more than the step or two that it saves
    offset = None if rows.offset is None else rows.offset[::step]
    part = replace(
        rows, X=rows.X[::step], counts=rows.counts[::step] * step, offset=offset, constants=None
    )
    mode = find_mode(LogDensity(part, density.prior), start=start, tolerance=tolerance, steps=12)
    return mode.theta if mode.converged else start


def find_mode(
    density: LogDensity,
    *,
    start: np.ndarray | None = None,
    tolerance: float = 1e-11,
    steps: int = 200,
) -> Mode:
    """Find the posterior mode by Newton's method with step halving.

    The log posterior never falls from one step to the next.

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
    if start is not None:
        return climb(density, start, tolerance=tolerance, steps=steps)
    known = _known.get(density)
    if known is None or known[:2] != (tolerance, steps):
        start = _warm_start(density, 1e-2)
        known = tolerance, steps, climb(density, start, tolerance=tolerance, steps=steps)
        _known[density] = known
    return known[2]


def climb(
    surface: Surface, start: np.ndarray, *, tolerance: float = 1e-11, steps: int = 200
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

    Raises
    ------
    FitFailed
        As :func:`find_mode`.
    """
    with np.errstate(all="ignore"):
        # Far from the mode numbers may overflow; such a trial is not finite and is rejected.
        return _climb(surface, start, tolerance, steps)


def _climb(density: Surface, start: np.ndarray, tolerance: float, steps: int) -> Mode:
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
        step, peaked = _solve(precision, gradient)
        before, distance = distance, float(np.sqrt(max(gradient @ step, 0.0)))
        if distance <= tolerance and peaked and not runs_off:
            # The step is within rounding of the mode, and so is what was found before it.
            theta, converged = theta + step, True
            break
        iterations += 1
        # Below this the change in the log posterior, distance**2 / 2, is under its rounding
        # error: a full Newton step is right, and comparing values would compare noise.
        small = distance**2 <= 1e-13 * max(1.0, abs(value))
        for halvings in range(60):
            trial = density.newton(theta + step)
            if trial[0] >= value:
                break
            if halvings == 0 and distance <= 1e-3 and not small:
                # Large products that cancel in the linear predictors round more.
                noise = density.gradient_terms(theta) @ np.abs(theta) * np.finfo(float).eps
                small = bool(distance**2 <= 8.0 * noise)
            if small and np.isfinite(trial[0]):
                break
            step = 0.5 * step
        else:
            break
        bent = step @ precision @ step
        theta = theta + step
        value, gradient, precision = trial
        # Where there is no mode (separated data, flat prior) the curvature along the steps falls
        # by a third or more each time, however short they are in standard deviations, until
        # only rounding is left of it.
        bends = step @ precision @ step
        runs_off = not peaked or bends < 0.9 * bent
        lapses = lapses + 1 if runs_off and distance < 1e-2 else 0
        if lapses >= 3 and bends < 1e-13 * (np.abs(step) @ np.abs(precision) @ np.abs(step)):
            break
        # Near the mode each step is far shorter than the one before, unless all is rounding.
        if small and distance >= 0.5 * before and not runs_off:
            enough = 1e-8 if distance <= 1e-6 else 1e-14
            if _relative(density, theta, gradient) <= enough:
                converged = True
                break
    return Mode(theta, value, precision, iterations, distance, converged)


def gaussian_at(mode: Mode) -> Gaussian:
    """Return the Gaussian at a mode with the curvature there (Laplace's approximation).

    Where the curvature is not positive definite, its eigenvalues are made positive.
    """
    diagonal = np.diag(mode.precision)
    if np.all(diagonal > 0.0):
        try:
            return Gaussian.from_precision(mode.theta, mode.precision)
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
        return _relative(density, theta, density.newton(theta)[1])


def _relative(density: Surface, theta: np.ndarray, gradient: np.ndarray) -> float:
    terms = np.maximum(density.gradient_terms(theta), 1e-300)
    return float(np.max(np.abs(gradient) / terms, initial=0.0))
