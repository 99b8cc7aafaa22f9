"""Intervals of draws: equal-tailed and highest-density, their settings and column names."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from bayeslogit.errors import DesignError

__all__ = [
    "Interval",
    "Settings",
    "check_probabilities",
    "check_probability",
    "cutoffs_up_to",
    "interval",
    "interval_names",
    "interval_settings",
]

# What ArviZ's rcParams say of intervals unless somebody changes them: probability and kind.
ARVIZ_DEFAULTS = (0.89, "eti")


class Interval(TypedDict, total=False):
    """Options of an interval.

    Attributes
    ----------
    ci_prob : float or None
        Its probability, in (0, 1); by default that of ArviZ's ``rcParams``.
    ci_kind : {"eti", "hdi"} or None
        Equal-tailed or highest-density; by default that of ArviZ's ``rcParams``.
    """

    ci_prob: float | None
    ci_kind: str | None


def interval_settings(
    ci_prob: float | None = None, ci_kind: str | None = None
) -> tuple[float, str]:
    """Return the interval's probability and kind, by default ArviZ's ``rcParams``.

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
    """Return the column names of an interval, as ArviZ writes them: ``eti89_lb``, ``eti89_ub``."""
    percent = f"{100 * prob:.6g}"
    return f"{kind}{percent}_lb", f"{kind}{percent}_ub"


def interval(values: np.ndarray, prob: float, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return lower and upper bounds over the last axis of ``values`` (..., draws)."""
    if kind == "eti":
        order = np.array(values, dtype=float)
        lower = _quantile(order, (1 - prob) / 2)
        return lower, _quantile(order, (1 + prob) / 2)
    from arviz_stats.base import array_stats

    bounds = np.asarray(array_stats.hdi(values, prob=prob, axis=-1))
    return bounds[..., 0], bounds[..., 1]


def _quantile(values: np.ndarray, share: float) -> np.ndarray:
    """Return a quantile over the last axis, as ``np.quantile``; the order of values is lost.

    One partition, and the least value beyond it, cost a half of what numpy's two partitions do.
    """
    place = (values.shape[-1] - 1) * share
    k = int(place)
    values.partition(k, axis=-1)
    low = values[..., k]
    if k + 1 == values.shape[-1]:
        return np.array(low)
    high, between = values[..., k + 1 :].min(axis=-1), place - k
    # From the nearer end, so that equal ends give exactly these.
    if between < 0.5:
        return low + (high - low) * between
    return high - (high - low) * (1.0 - between)


def check_probability(name: str, value: Any) -> float:
    """Return a number strictly between 0 and 1, or refuse it by a sentence."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value < 1.0:
        raise DesignError(
            f"{name}={value!r} is not a probability; expected a number strictly between 0 and 1; "
            f"write for example {name}=0.5"
        )
    return float(value)


def check_probabilities(name: str, values: Any) -> np.ndarray:
    """Return numbers strictly between 0 and 1, (any,), or refuse them by a sentence.

    Raises
    ------
    DesignError
        If a number is 0, 1 or beyond, or there is more than one dimension.

    Examples
    --------
    >>> check_probabilities("cutoffs", 0.5).tolist()
    [0.5]
    """
    found = np.atleast_1d(np.asarray(values, dtype=float))
    wrong = ~((found > 0.0) & (found < 1.0))
    if found.ndim != 1 or wrong.any():
        shown = found[wrong][0] if wrong.any() else found.shape
        raise DesignError(
            f"{name} holds {shown}; expected probabilities strictly between 0 and 1; write for "
            f"example {name}=[0.1, 0.2, 0.5]"
        )
    return found


def cutoffs_up_to(highest: float) -> np.ndarray:
    """Return 99 cut-offs: 0.01 to 0.99, or where all forecasts are low so far as these reach.

    Examples
    --------
    >>> cutoffs_up_to(0.9)[[0, -1]].tolist(), cutoffs_up_to(0.0792)[[0, -1]].tolist()
    ([0.01, 0.99], [0.001, 0.099])
    """
    top = 0.99 if highest > 0.3 else 1.25 * max(float(highest), 1e-12)
    return np.linspace(top / 99.0, top, 99)


@dataclass(frozen=True)
class Settings:
    """How an interval of draws is taken.

    Parameters
    ----------
    prob, kind : float, str
        Probability of the interval and ``"eti"`` or ``"hdi"``.
    """

    prob: float
    kind: str

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Settings:
        """Return the interval that ``ci_prob`` and ``ci_kind`` among some options ask for.

        Parameters
        ----------
        options : mapping
            Others are passed over.
        """
        return cls(*interval_settings(options.get("ci_prob"), options.get("ci_kind")))

    @property
    def names(self) -> tuple[str, str]:
        """Column names of the bounds."""
        return interval_names(self.prob, self.kind)

    def bounds(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return lower and upper bounds over the last axis."""
        return interval(values, self.prob, self.kind)
