"""Estimate, standard deviation, interval and direction of draws, as tables show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any

import numpy as np

from bayeslogit.errors import listing, refuse_unknown, warn
from bayeslogit.numerics.intervals import Interval, Region, Settings, interval
from bayeslogit.posterior.posterior import Posterior, refuse_point

__all__ = [
    "check_options",
    "exponential",
    "ratio_bounds",
    "settings_of",
    "summarise",
    "warn_of_infinite",
]

_LARGEST = 0.25 * float(np.finfo(float).max)


def check_options(options: Interval, verb: Callable[..., Any]) -> None:
    """Refuse what is not an option of an interval, with the options that a verb has.

    Parameters
    ----------
    options : Interval
    verb : callable
        The function that takes them as ``**interval``, after its own parameters.

    Raises
    ------
    DesignError
    """
    if not set(options) <= set(Interval.__annotations__):
        *own, last = list(signature(verb).parameters.values())[1:]  # after the posterior
        known = Region if "Region" in str(last.annotation) else Interval
        refuse_unknown(options, [*(p.name for p in own), *known.__annotations__])


def settings_of(posterior: Posterior, options: Interval, verb: Callable[..., Any]) -> Settings:
    """Return the interval that a verb was given; a point estimate has none.

    Parameters
    ----------
    posterior : Posterior
    options : Interval or Region
        ``ci_prob`` and ``ci_kind``, by default ArviZ's ``rcParams``; ``rope``.
    verb : callable
        The function that takes the options; an unknown one is answered with those it has.

    Raises
    ------
    DesignError
        If an option, ``ci_prob``, ``ci_kind`` or ``rope`` is not known.
    MethodRefused
        If an interval of a point estimate is asked for.
    """
    check_options(options, verb)
    settings = Settings.of(options)
    if any(value is not None for value in options.values()):
        refuse_point(posterior, "a region" if options.get("rope") else "an interval")
    return settings


def exponential(logs: np.ndarray) -> np.ndarray:
    """Return ratios of their logarithms; what is beyond the largest number is infinite.

    Examples
    --------
    >>> exponential(np.array([0.0, 800.0])).tolist()
    [1.0, inf]
    """
    with np.errstate(over="ignore"):
        ratios: np.ndarray = np.exp(logs)
    return ratios


def ratio_bounds(ratios: np.ndarray, prob: float, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return an interval of draws of ratios, some of which may be infinite.

    Parameters
    ----------
    ratios : ndarray, shape (..., draws)
        Or of reciprocals, so on either side of zero.
    prob : float
        Probability of the interval, in (0, 1).
    kind : {"eti", "hdi"}

    Returns
    -------
    lower, upper : ndarray, shape (...)
        Infinite where the bound is beyond the largest number; never NaN.

    Examples
    --------
    >>> lower, upper = ratio_bounds(np.array([1.0, 2.0, np.inf, np.inf]), 0.5, "eti")
    >>> float(lower), float(upper)
    (1.75, inf)
    """
    # Differences of bounds shall be numbers.
    lower, upper = interval(np.clip(ratios, -_LARGEST, _LARGEST), prob, kind)
    return _unlimited(lower), _unlimited(upper)


def _unlimited(values: np.ndarray) -> np.ndarray:
    return np.where(np.abs(values) >= _LARGEST, np.copysign(np.inf, values), values)


def summarise(
    values: np.ndarray, settings: Settings, *, median: bool = False, null: float | None = 0.0
) -> dict[str, np.ndarray]:
    """Return estimate, sd, interval bounds and P(value > null) of quantities, each (...).

    Parameters
    ----------
    values : ndarray, shape (..., draws)
        On any scale, which is also that of the results.
    settings : Settings
        Kind and probability of the interval.
    median : bool
        Whether the estimate is the median, without sd: for ratios, which may have no mean.
    null : float or None
        The value that means no effect; None leaves out ``p_positive``.

    Returns
    -------
    dict of str to ndarray, shape (...)
        ``estimate``, ``sd``, the two bounds under their column names, ``p_positive``, a
        probability, and those of the region, where there is one. Of a single draw, ``estimate``
        alone.
    """
    if values.shape[-1] == 1:
        return {"estimate": values[..., 0]}
    result: dict[str, np.ndarray] = {}
    lower, upper = settings.names
    if median:
        result["estimate"] = _unlimited(np.median(np.clip(values, -_LARGEST, _LARGEST), axis=-1))
        result[lower], result[upper] = ratio_bounds(values, settings.prob, settings.kind)
    else:
        result["estimate"] = values.mean(axis=-1)
        result["sd"] = values.std(axis=-1, ddof=1)
        result[lower], result[upper] = settings.bounds(values)
    if null is not None:
        result["p_positive"] = (values > null).mean(axis=-1)
    return result | settings.region(values)


def warn_of_infinite(what: str, names: Iterable[Any], numbers: np.ndarray) -> None:
    """Warn of ratios that are beyond the largest number.

    Parameters
    ----------
    what : str
        What they are, such as ``"odds ratio"``.
    names : iterable, of length rows
        Of each row.
    numbers : ndarray, shape (rows, columns)
        Estimates and their bounds.
    """
    beyond = [name for name, row in zip(names, numbers, strict=True) if np.isinf(row).any()]
    if beyond:
        warn(
            f"the {what} of {listing(dict.fromkeys(beyond))} per unit, or a bound of it, is beyond "
            "the largest number and shown as inf; expected predictors of which one unit is a step "
            "that occurs; rescale it, or read the scale of the log-odds"
        )
