"""Intervals of draws, equal-tailed or highest-density; their settings and column names."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from bayeslogit.errors import DesignError

__all__ = [
    "Interval",
    "Region",
    "Settings",
    "check_probabilities",
    "check_probability",
    "cutoffs_up_to",
    "interval",
    "interval_names",
    "interval_settings",
]

# Probability and kind of intervals in ArviZ's rcParams, unless they are changed.
ARVIZ_DEFAULTS = (0.89, "eti")


class Interval(TypedDict, total=False):
    """Options of an interval of draws.

    Attributes
    ----------
    ci_prob : float or None
        Its probability, in (0, 1); by default that of ArviZ's ``rcParams``.
    ci_kind : {"eti", "hdi"} or None
        Equal-tailed or highest-density; by default that of ArviZ's ``rcParams``.
    """

    ci_prob: float | None
    ci_kind: str | None


class Region(Interval, total=False):
    """Options of an interval of draws, and of a region that stands for "about the same".

    Attributes
    ----------
    rope : tuple of (float, float) or None
        A region of practical equivalence, on the scale of the answer: the table then has
        ``p_below``, ``p_inside`` and ``p_above``, the probabilities of each side of it and of
        its inside (ends included). An end may be None, which leaves that side open.
    """

    rope: Any


def interval_settings(
    ci_prob: float | None = None, ci_kind: str | None = None
) -> tuple[float, str]:
    """Return probability and kind of intervals, by default those of ArviZ's ``rcParams``.

    Parameters
    ----------
    ci_prob : float, optional
        In (0, 1).
    ci_kind : {"eti", "hdi"}, optional
        Equal-tailed or highest-density.

    Raises
    ------
    DesignError
        If ``ci_prob`` is not strictly between 0 and 1, or ``ci_kind`` not ``"eti"`` or
        ``"hdi"``.
    """
    usual = ARVIZ_DEFAULTS
    if None in (ci_prob, ci_kind) and _arviz_may_differ():
        from arviz_base import rcParams

        usual = (rcParams["stats.ci_prob"], rcParams["stats.ci_kind"])
    prob = usual[0] if ci_prob is None else ci_prob
    kind = usual[1] if ci_kind is None else ci_kind
    if isinstance(prob, bool) or not isinstance(prob, int | float) or not 0.0 < prob < 1.0:
        raise DesignError(
            f"ci_prob={prob!r} is not a probability; expected a number strictly between 0 and 1; "
            "write for example ci_prob=0.95"
        )
    if kind not in ("eti", "hdi"):
        raise DesignError(
            f"ci_kind={kind!r} is not known; expected 'eti' (equal tails) or 'hdi' (highest "
            "density); choose one of them"
        )
    return float(prob), kind


def _arviz_may_differ() -> bool:
    """Whether ArviZ's settings may have been changed: by code that loaded it, or in a file.

    Loading ArviZ only to read two numbers would take longer than most fits.
    """
    if "arviz_base" in sys.modules:
        return True
    home = Path.home()
    folders = [
        Path.cwd(),
        Path(os.environ.get("ARVIZ_DATA") or Path.cwd()),
        Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config", "arviz"),
        home / ".arviz",
    ]
    return any((folder / "arvizrc").is_file() for folder in folders)


def interval_names(prob: float, kind: str) -> tuple[str, str]:
    """Return the column names of an interval, as ArviZ writes them: ``eti89_lb``, ``eti89_ub``.

    Parameters
    ----------
    prob : float
        Probability of the interval, in (0, 1).
    kind : {"eti", "hdi"}
        Equal-tailed or highest-density.
    """
    percent = f"{100 * prob:.6g}"
    return f"{kind}{percent}_lb", f"{kind}{percent}_ub"


def interval(values: np.ndarray, prob: float, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper bounds of an interval of draws.

    Parameters
    ----------
    values : ndarray, shape (..., draws)
        On any scale.
    prob : float
        Probability of the interval, in (0, 1).
    kind : {"eti", "hdi"}
        Equal-tailed or highest-density.

    Returns
    -------
    lower, upper : ndarray, shape (...)
        On the scale of the draws.
    """
    if kind == "eti":
        order = np.array(values, dtype=float)
        lower = _quantile(order, (1 - prob) / 2)
        return lower, _quantile(order, (1 + prob) / 2)
    from arviz_stats.base.array import array_stats

    hdi: Callable[..., Any] = array_stats.hdi
    bounds = np.asarray(hdi(values, prob=prob, axis=-1))
    return bounds[..., 0], bounds[..., 1]


def _quantile(values: np.ndarray, share: float) -> np.ndarray:
    """Return a quantile over the last axis, as ``np.quantile``; ``values`` are reordered.

    One partition, and the smallest value beyond it, take half the time of numpy's two partitions.
    """
    place = (values.shape[-1] - 1) * share
    k = int(place)
    values.partition(k, axis=-1)
    low = values[..., k]
    if k + 1 == values.shape[-1]:
        return np.array(low)
    high, between = values[..., k + 1 :].min(axis=-1), place - k
    # From the nearer end, so that equal ends give exactly that value.
    result: np.ndarray
    if between < 0.5:
        result = low + (high - low) * between
    else:
        result = high - (high - low) * (1.0 - between)
    return result


def check_probability(name: str, value: Any) -> float:
    """Return a probability strictly between 0 and 1, or refuse it.

    Parameters
    ----------
    name : str
        The argument, for the error message.
    value : Any
        What the user gave.

    Raises
    ------
    DesignError
        If it is not a number strictly between 0 and 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value < 1.0:
        raise DesignError(
            f"{name}={value!r} is not a probability; expected a number strictly between 0 and 1; "
            f"write for example {name}=0.5"
        )
    return float(value)


def check_probabilities(name: str, values: Any) -> np.ndarray:
    """Return probabilities strictly between 0 and 1 as an array (any,), or refuse them.

    Parameters
    ----------
    name : str
        The argument, for the error message.
    values : Any
        What the user gave: one number or a sequence.

    Raises
    ------
    DesignError
        If a number is 0, 1 or beyond, there is none, or more than one dimension.

    Examples
    --------
    >>> check_probabilities("cutoffs", 0.5).tolist()
    [0.5]
    """
    found = np.atleast_1d(np.asarray(values, dtype=float))
    wrong = ~((found > 0.0) & (found < 1.0))
    if not found.size:
        raise DesignError(
            f"{name}= holds no value; expected one or more probabilities strictly between 0 and "
            f"1; write for example {name}=[0.1, 0.2, 0.5]"
        )
    if found.ndim != 1 or wrong.any():
        shown = found[wrong][0] if wrong.any() else found.shape
        raise DesignError(
            f"{name} holds {shown}; expected probabilities strictly between 0 and 1; write for "
            f"example {name}=[0.1, 0.2, 0.5]"
        )
    return found


def cutoffs_up_to(highest: float) -> np.ndarray:
    """Return 99 cut-offs in even steps: from 0.01 to 0.99, or less far if all forecasts are low.

    Examples
    --------
    >>> cutoffs_up_to(0.9)[[0, -1]].tolist(), cutoffs_up_to(0.0792)[[0, -1]].tolist()
    ([0.01, 0.99], [0.001, 0.099])
    """
    top = 0.99 if highest > 0.3 else 1.25 * max(float(highest), 1e-12)
    return np.linspace(top / 99.0, top, 99)


@dataclass(frozen=True)
class Settings:
    """Probability and kind of an interval of draws.

    Parameters
    ----------
    prob : float
        Probability of the interval, in (0, 1).
    kind : {"eti", "hdi"}
        Equal-tailed or highest-density.
    rope : tuple of (float, float), optional
        A region of practical equivalence.
    """

    prob: float
    kind: str
    rope: tuple[float, float] | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Settings:
        """Return the interval of the options ``ci_prob``, ``ci_kind`` and ``rope``.

        Parameters
        ----------
        options : mapping
            Other options are ignored.
        """
        found = interval_settings(options.get("ci_prob"), options.get("ci_kind"))
        return cls(*found, _region(options.get("rope")))

    @property
    def names(self) -> tuple[str, str]:
        """Column names of the bounds."""
        return interval_names(self.prob, self.kind)

    def bounds(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return lower and upper bounds over the last axis."""
        return interval(values, self.prob, self.kind)

    def region(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """Return P(below), P(inside) and P(above) of the region over the last axis, if any.

        Parameters
        ----------
        values : ndarray, shape (..., draws)
        """
        if self.rope is None:
            return {}
        low, high = self.rope
        below, above = (values < low).mean(axis=-1), (values > high).mean(axis=-1)
        inside = ((values >= low) & (values <= high)).mean(axis=-1)
        return {"p_below": below, "p_inside": inside, "p_above": above}


def _region(given: Any) -> tuple[float, float] | None:
    """Return the ends of a region, infinite where it is open, or refuse what is none."""
    if given is None:
        return None
    try:
        low, high = given
        found = (-np.inf if low is None else float(low), np.inf if high is None else float(high))
    except (TypeError, ValueError):
        found = (np.nan, np.nan)
    if isinstance(given, str) or not found[0] < found[1] or np.isinf(found).all():
        raise DesignError(
            f"rope={given!r} is no region; expected two numbers, the smaller first, one of which "
            "may be None for an open side; write for example rope=(-0.05, 0.05)"
        )
    return found
