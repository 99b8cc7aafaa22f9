"""Ways up to the mode, each with the path that it takes: to see, and to teach."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bayeslogit.errors import MethodRefused, Problem, listing, nearest
from bayeslogit.inference.mode import Mode, climb
from bayeslogit.specification.density import LogDensity

__all__ = ["OPTIMIZERS", "optimizer_of", "unfinished", "walk"]

# First-order methods end this near the mode, in posterior standard deviations, or after so many
# steps: the one of steepest ascent needs as many as the squared ratio of the axes of the density.
_NEAR, _STEPS = 1e-7, 20_000

Walk = Callable[[LogDensity, np.ndarray, float], tuple[Mode, list[np.ndarray]]]


def _newton(
    density: LogDensity, start: np.ndarray, tolerance: float
) -> tuple[Mode, list[np.ndarray]]:
    path = [start]
    mode = climb(density, start, tolerance=tolerance, path=path)
    return mode, path


def _lbfgs(
    density: LogDensity, start: np.ndarray, tolerance: float
) -> tuple[Mode, list[np.ndarray]]:
    from scipy.optimize import minimize

    def downhill(theta: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = density.value_and_gradient(theta[:, None])
        return -float(value[0]), -gradient[:, 0]

    path = [start]
    # It is stopped by the gradient alone; a change of the value is rounding long before the end.
    settings = {"maxiter": _STEPS, "maxfun": _STEPS, "ftol": 0.0, "gtol": 0.0, "maxcor": 20}
    minimize(
        downhill,
        start,
        jac=True,
        method="L-BFGS-B",
        callback=lambda theta: path.append(theta.copy()),
        options=settings,
    )
    return _arrived(density, path), path


def _gradient(
    density: LogDensity, start: np.ndarray, tolerance: float
) -> tuple[Mode, list[np.ndarray]]:
    path, length = [start], 1.0
    value, gradient, precision = density.newton(start)
    for _ in range(_STEPS):
        if _distance(gradient, precision) <= _NEAR:
            break
        # The step grows again after each that led up, and shrinks until one does.
        length *= 2.0
        rounding = 1e-13 * (1.0 + abs(value))
        for _ in range(100):
            theta = path[-1] + length * gradient
            trial = density.newton(theta)
            # Not past the top along the way: the slope tells that better than the value.
            if trial[1] @ gradient >= 0.0 and trial[0] >= value - rounding:
                break
            length *= 0.5
        path.append(theta)
        value, gradient, precision = trial
    return _arrived(density, path), path


OPTIMIZERS: dict[str, Walk] = {"newton": _newton, "lbfgs": _lbfgs, "gradient": _gradient}


def optimizer_of(name: str) -> Walk:
    """Return the way up to the mode that a user names.

    Parameters
    ----------
    name : str

    Raises
    ------
    MethodRefused
        If there is no such way.
    """
    if name not in OPTIMIZERS:
        raise MethodRefused(
            f"optimizer={name!r} is not known; expected one of {listing(OPTIMIZERS)}."
            + nearest(str(name), OPTIMIZERS)
        )
    return OPTIMIZERS[name]


def walk(density: LogDensity, optimizer: str, *, tolerance: float) -> tuple[Mode, np.ndarray]:
    """Return where a climb from the start ends, and every point at which it stopped on the way.

    Parameters
    ----------
    density : LogDensity
    optimizer : {"newton", "lbfgs", "gradient"}
    tolerance : float
        Of Newton's method, in posterior standard deviations; the others end at 1e-7.

    Returns
    -------
    mode : Mode
    path : ndarray, shape (steps + 1, coefficients)

    Raises
    ------
    MethodRefused
        If there is no such optimizer.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> density = bl.logistic("passed ~ hours", bl.load_dataset("exam")).density
    >>> ends = [walk(density, name, tolerance=1e-11)[0].theta for name in OPTIMIZERS]
    >>> bool(np.ptp(ends, axis=0).max() < 1e-6)
    True
    """
    start = np.array(density.rows.start, dtype=np.float64)
    with np.errstate(all="ignore"):
        mode, path = optimizer_of(optimizer)(density, start, tolerance)
    return mode, np.array(path)


def unfinished(mode: Mode, optimizer: str) -> tuple[Problem, ...]:
    """Return the problem of a climb that ended before the mode, if it did.

    Parameters
    ----------
    mode : Mode
    optimizer : str
    """
    if mode.converged or optimizer == "newton":
        return mode.problems
    return (
        Problem(
            "not_converged",
            f"the optimizer {optimizer!r} stopped after {mode.iterations} steps, about "
            f"{mode.distance:.1e} posterior standard deviations from the mode; expected at most "
            f"{10 * _NEAR:.0e}; use optimizer='newton', or give predictors of like spread.",
            "severe",
        ),
    )


def _arrived(density: LogDensity, path: list[np.ndarray]) -> Mode:
    value, gradient, precision = density.newton(path[-1])
    distance = _distance(gradient, precision)
    return Mode(path[-1], value, precision, len(path) - 1, distance, distance <= 10.0 * _NEAR)


def _distance(gradient: np.ndarray, precision: np.ndarray) -> float:
    """Return the length of a Newton step, in posterior standard deviations."""
    try:
        factor = np.linalg.cholesky(precision)
    except np.linalg.LinAlgError:
        return float("inf")
    return float(np.linalg.norm(np.linalg.solve(factor, gradient)))
