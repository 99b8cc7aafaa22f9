"""From draws of coefficients to probabilities, outcomes, curves and inverse predictions.

Everything here takes plain pieces: a design that codes new rows, a family, and an array of
coefficients ``theta`` (coefficients, draws). Rows are walked in blocks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.density import Likelihood
from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.families import Family

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "KINDS",
    "check_kind",
    "check_probabilities",
    "check_probability",
    "check_variable",
    "code_rows",
    "curve_rows",
    "cutoffs_up_to",
    "eta_blocks",
    "index_of",
    "interval",
    "interval_names",
    "interval_settings",
    "is_measured",
]

KINDS = (
    "probability",
    "linear",
    "class",
    "outcome",
    "cumulative",
    "exceedance",
    "median",
    "mean",
)
# Linear predictors held at a time: what is made of them stays in the cache.
_BLOCK_ELEMENTS = 500_000
# What ArviZ's rcParams say of intervals unless somebody changes them: probability and kind.
ARVIZ_DEFAULTS = (0.89, "eti")


def interval_settings(ci_prob: float | None, ci_kind: str | None) -> tuple[float, str]:
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


def code_rows(design: Design, new: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the design matrix and the formula's offset of new rows."""
    X, offset, _ = design.code(new)
    return X, offset


def eta_blocks(
    family: Family,
    X: np.ndarray,
    offset: np.ndarray | None,
    theta: np.ndarray,
    basis: np.ndarray | None = None,
) -> Iterator[tuple[slice, np.ndarray]]:
    """Walk the rows; yield each block with its linear predictors, (predictors, rows, draws)."""
    rows = Likelihood(family, X, np.empty((len(X), 0)), offset, basis=basis)
    step = max(1, _BLOCK_ELEMENTS // (theta.shape[1] * family.n_eta))
    for start in range(0, len(X), step):
        block = slice(start, start + step)
        yield block, rows.eta(theta, block)


def is_measured(design: Design, name: str) -> bool:
    """Whether a predictor is a number of which values between those seen make sense."""
    return design.columns[name].dtype.kind in "fiu" and name not in design.factors


def _typical(design: Design, name: str) -> Any:
    """Return the value at which other predictors are held: mean, or most frequent level."""
    values = design.columns[name]
    if is_measured(design, name):
        return float(values.mean())
    found, counts = np.unique(values.astype(str), return_counts=True)
    common = found[np.argmax(counts)]
    return next(v for v in values if str(v) == common)


def check_variable(design: Design, name: str) -> None:
    """Refuse a name that is no predictor, with the nearest names.

    Raises
    ------
    DesignError
    """
    if name not in design.columns:
        raise DesignError(
            f"{name!r} is not a predictor of this model; expected one of "
            f"{listing(design.columns)}." + nearest(name, design.columns)
        )


def curve_rows(
    design: Design, name: str, values: Any, at: Mapping[str, Any] | None, points: int = 101
) -> dict[str, np.ndarray]:
    """Return rows that differ in one predictor only, as columns.

    Parameters
    ----------
    design : Design
    name : str
        The predictor that moves.
    values : array or None
        Its values; by default a grid over its range, or its levels.
    at : mapping, optional
        Values of other predictors; by default the mean, or the most frequent level.
    points : int
        Size of the default grid.

    Raises
    ------
    DesignError
        If a name is not a predictor.
    """
    check_variable(design, name)
    for other in at or {}:
        check_variable(design, other)
    own = design.columns[name]
    if values is None:
        # A count such as "number of children" moves in its own steps.
        if not is_measured(design, name):
            values = design.levels(name)
        elif own.dtype.kind == "f":
            values = np.linspace(own.min(), own.max(), points)
        else:
            values = np.unique(own)
    moving = np.atleast_1d(np.asarray(values))
    held = {other: _typical(design, other) for other in design.columns if other != name}
    held |= dict(at or {})
    columns = {
        other: np.full(len(moving), value) if not isinstance(value, str) else [value] * len(moving)
        for other, value in held.items()
        if other != name
    }
    return {k: np.asarray(v) for k, v in ({name: moving} | columns).items()}


def cutoffs_up_to(highest: float) -> np.ndarray:
    """Return 99 cut-offs: 0.01 to 0.99, or where all forecasts are low so far as these reach.

    Examples
    --------
    >>> cutoffs_up_to(0.9)[[0, -1]].tolist(), cutoffs_up_to(0.0792)[[0, -1]].tolist()
    ([0.01, 0.99], [0.001, 0.099])
    """
    top = 0.99 if highest > 0.3 else 1.25 * max(float(highest), 1e-12)
    return np.linspace(top / 99.0, top, 99)


def index_of(new: Any, n: int) -> pd.Index:
    """Return the row labels of a pandas table, else 0, 1, ..."""
    import pandas as pd

    index = getattr(new, "index", None)
    return index if isinstance(index, pd.Index) and len(index) == n else pd.RangeIndex(n)


def check_kind(kind: str) -> None:
    """Refuse an unknown kind of prediction.

    Raises
    ------
    DesignError
        With the nearest names.
    """
    if kind not in KINDS:
        raise DesignError(
            f"kind={kind!r} is not a kind of prediction; expected one of {listing(KINDS)}; choose "
            "one of them." + nearest(kind, KINDS)
        )


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
