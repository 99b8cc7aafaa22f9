"""Measures of an effect: how two averaged probabilities become a difference or a ratio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest

__all__ = ["MEASURES", "SLOPES", "Measure", "measure_of"]


@dataclass(frozen=True)
class Measure:
    """A comparison of two probabilities.

    Parameters
    ----------
    name : str
        The word in ``comparison=``.
    operator : str
        What stands between the two states in a table, such as ``"-"``.
    combine : callable
        From (high, low, 1 - high, 1 - low) to the effect, elementwise.
    null : float
        The effect's value where there is none.
    odds : bool
        Whether one minus the probabilities enters.
    median : bool
        Whether the posterior is summarised by its median: ratios may have no mean.
    """

    name: str
    operator: str
    combine: Callable[..., np.ndarray]
    null: float = 0.0
    odds: bool = False
    median: bool = False


def _difference(high: np.ndarray, low: np.ndarray, *_: np.ndarray) -> np.ndarray:
    result: np.ndarray = high - low
    return result


def _ratio(high: np.ndarray, low: np.ndarray, *_: np.ndarray) -> np.ndarray:
    result: np.ndarray = high / low
    return result


def _log_ratio(high: np.ndarray, low: np.ndarray, *_: np.ndarray) -> np.ndarray:
    return np.log(high) - np.log(low)


def _odds_ratio(
    high: np.ndarray, low: np.ndarray, high_not: np.ndarray, low_not: np.ndarray
) -> np.ndarray:
    return np.exp(_log_odds_ratio(high, low, high_not, low_not))


def _log_odds_ratio(
    high: np.ndarray, low: np.ndarray, high_not: np.ndarray, low_not: np.ndarray
) -> np.ndarray:
    result: np.ndarray = np.log(high) - np.log(high_not) - (np.log(low) - np.log(low_not))
    return result


def _lift(high: np.ndarray, low: np.ndarray, *_: np.ndarray) -> np.ndarray:
    result: np.ndarray = (high - low) / low
    return result


def _number_needed(high: np.ndarray, low: np.ndarray, *_: np.ndarray) -> np.ndarray:
    result: np.ndarray = 1.0 / (high - low)
    return result


MEASURES = {
    m.name: m
    for m in (
        Measure("difference", "-", _difference),
        Measure("ratio", "/", _ratio, null=1.0, median=True),
        Measure("lnratio", "/", _log_ratio),
        Measure("odds_ratio", "/", _odds_ratio, null=1.0, odds=True, median=True),
        Measure("lnor", "/", _log_odds_ratio, odds=True),
        Measure("lift", "/", _lift, median=True),
        Measure("nnt", "-", _number_needed, median=True),
    )
}
_ALSO = {
    "risk_difference": "difference",
    "risk_ratio": "ratio",
    "log_odds_ratio": "lnor",
    "number_needed_to_treat": "nnt",
}
# The word in slope=, what is differentiated (P or log P), and whether by x or log x.
SLOPES = {
    "dydx": ("probability", False, "dY/dX"),
    "eyex": ("log", True, "eY/eX"),
    "eydx": ("log", False, "eY/dX"),
    "dyex": ("probability", True, "dY/eX"),
}


def measure_of(name: str) -> Measure:
    """Return the measure of a name, or refuse it with the nearest names.

    Parameters
    ----------
    name : str
        The word in ``comparison=``.

    Raises
    ------
    DesignError
        If there is none of that name.
    """
    known = _ALSO.get(name, name)
    if known not in MEASURES:
        words = [*MEASURES, *_ALSO]
        raise DesignError(
            f"comparison={name!r} is not known; expected one of {listing(words, 20)}; choose one "
            "of them." + nearest(name, words)
        )
    return MEASURES[known]
