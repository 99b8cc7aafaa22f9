"""Costs of decisions, right and wrong, and the cut-offs that they imply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest

__all__ = ["ABSTAIN", "Costs", "costs_of", "in_class_order"]

ABSTAIN = "abstain"
_NAMES = ("false_positive", "false_negative", "true_positive", "true_negative", ABSTAIN)


@dataclass(frozen=True, eq=False)
class Costs:
    """The cost of each action when each class is true.

    Parameters
    ----------
    matrix : ndarray, shape (classes, actions)
        In any one unit, 0 or more. The last action is to abstain, where that has a cost.
    actions : tuple of str
        A decision for each class, and ``"abstain"``.
    cutoff : float or None
        For two classes: the probability of the event above which it pays to act as if it will
        happen, ``(FP - TN) / (FP - TN + FN - TP)``.
    """

    matrix: np.ndarray
    actions: tuple[str, ...]
    cutoff: float | None

    def expected(self, prob: np.ndarray) -> np.ndarray:
        """Return expected costs (actions, ...) from class probabilities (classes, ...)."""
        return np.tensordot(self.matrix.T, prob, 1)

    @property
    def band(self) -> tuple[float, float] | None:
        """Probabilities of the event between which it is cheapest to abstain, of two classes.

        Chow, C. K. (1970). On optimum recognition error and reject tradeoff.
        doi:10.1109/TIT.1970.1054406
        """
        if self.cutoff is None or len(self.actions) < 3:
            return None
        (negative, false_positive, price), (false_negative, positive, _) = self.matrix
        low = (price - negative) / (false_negative - negative)
        high = (false_positive - price) / (false_positive - positive)
        return (float(low), float(high)) if low < high else None


def costs_of(costs: Any, classes: tuple[str, ...], cutoff: float | None = None) -> Costs:
    """Return the cost matrix of the actions, checked, with the cut-off that it implies.

    Parameters
    ----------
    costs : dict, array of shape (classes, classes), or None
        For two classes a dict of ``false_positive`` and ``false_negative``, and if they cost
        something ``true_positive``, ``true_negative`` and ``abstain``. An array has a row per
        true class and a column per decision. None takes what makes ``cutoff`` the best one.
    classes : tuple of str
        In code order; of two the second is the event.
    cutoff : float, optional
        Instead of costs, for two classes: a probability of the event, between 0 and 1.

    Raises
    ------
    DesignError
        If a cost is negative, missing or not a number, or one decision always costs least.

    Examples
    --------
    >>> costs_of({"false_positive": 1, "false_negative": 4}, ("no", "yes")).cutoff
    0.2
    """
    if costs is None:
        if len(classes) > 2:
            return _of_matrix(1.0 - np.eye(len(classes)), classes)
        t = 0.5 if cutoff is None else cutoff
        return Costs(np.array([[0.0, t], [1.0 - t, 0.0]]), classes, t)
    if cutoff is not None:
        raise DesignError(
            f"both costs= and cutoff={cutoff!r} were given; expected one of them, because costs "
            "imply a cut-off; leave one out"
        )
    if isinstance(costs, Mapping):
        return _of_names(costs, classes)
    return _of_matrix(in_class_order(costs, classes), classes)


def in_class_order(costs: Any, classes: tuple[str, ...]) -> Any:
    """Return a pandas table of costs as an array in the order of the classes; others as they are.

    Parameters
    ----------
    costs : DataFrame, array or other
        A table is read by the names of its rows (true classes) and columns (decisions), or by
        position where these are only numbered.
    classes : tuple of str

    Raises
    ------
    DesignError
        If the names are not those of the classes.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame([[0, 5], [1, 0]], index=["yes", "no"], columns=["yes", "no"])
    >>> in_class_order(table, ("no", "yes")).tolist()
    [[0, 1], [5, 0]]
    """
    if not (hasattr(costs, "columns") and hasattr(costs, "reindex")):
        return costs
    rows, columns = [str(v) for v in costs.index], [str(v) for v in costs.columns]
    decisions = [*classes, *([ABSTAIN] if ABSTAIN in columns else [])]
    if sorted(rows) == sorted(classes) and sorted(columns) == sorted(decisions):
        places = [rows.index(c) for c in classes], [columns.index(c) for c in decisions]
        return costs.to_numpy()[np.ix_(*places)]
    numbers = [str(i) for i in range(max(len(rows), len(columns)))]
    if rows == numbers[: len(rows)] and columns == numbers[: len(columns)]:
        return costs.to_numpy()
    raise DesignError(
        f"costs= is a table with the rows {listing(rows)} and the columns {listing(columns)}; "
        f"expected the classes {listing(classes)} for both, true ones in rows and decisions in "
        "columns; rename them"
    )


def _check(name: str, value: Any) -> float:
    if isinstance(value, bool | str) or np.ndim(value) != 0 or not np.isfinite(value):
        raise DesignError(
            f"the cost {name} is {value!r}; expected a finite number of 0 or more; give costs in "
            "any one unit"
        )
    if value < 0:
        raise DesignError(
            f"the cost {name} is {value:g}; expected 0 or more; add one amount to all costs of "
            "the same true class, which changes no decision, so that the smallest is 0"
        )
    return float(value)


def _of_names(costs: Mapping[str, Any], classes: tuple[str, ...]) -> Costs:
    if len(classes) > 2:
        raise DesignError(
            f"costs were given by name for {len(classes)} classes; expected an array with a row "
            f"per true class and a column per decision, both in the order {listing(classes)}; "
            "write for example costs=1 - np.eye(3), where all mistakes of three classes cost alike"
        )
    for name in costs:
        if name not in _NAMES:
            raise DesignError(
                f"{name!r} is not a cost; expected some of {listing(_NAMES)}; name these."
                + nearest(name, _NAMES)
            )
    for name in _NAMES[:2]:
        if name not in costs:
            raise DesignError(
                f"the cost {name} is missing; expected false_positive and false_negative at least; "
                "write for example costs={'false_positive': 1, 'false_negative': 5}"
            )
    checked = {name: _check(name, value) for name, value in costs.items()}
    matrix = np.array(
        [
            [checked.get("true_negative", 0.0), checked["false_positive"]],
            [checked["false_negative"], checked.get("true_positive", 0.0)],
        ]
    )
    return _of_two(matrix, classes, checked.get(ABSTAIN))


def _of_two(matrix: np.ndarray, classes: tuple[str, ...], price: float | None) -> Costs:
    (negative, false_positive), (false_negative, positive) = matrix
    alarm, miss = false_positive - negative, false_negative - positive
    if alarm < 0 or miss < 0 or alarm + miss == 0:
        raise DesignError(
            f"a wrong decision costs less than, or both the same as, a right one (false positive "
            f"{false_positive:g}, true negative {negative:g}; false negative {false_negative:g}, "
            f"true positive {positive:g}), so one decision is always best; expected wrong ones to "
            "cost more; check which is which"
        )
    cutoff = float(alarm / (alarm + miss))
    if price is None:
        return Costs(matrix, classes, cutoff)
    return Costs(np.column_stack([matrix, [price, price]]), (*classes, ABSTAIN), cutoff)


def _of_matrix(costs: Any, classes: tuple[str, ...]) -> Costs:
    matrix = np.asarray(costs)
    size = len(classes)
    if matrix.shape not in ((size, size), (size, size + 1)) or matrix.dtype.kind not in "iuf":
        raise DesignError(
            f"costs has the shape {matrix.shape} and the type {matrix.dtype}; expected numbers, a "
            f"row per true class and a column per decision, ({size}, {size}), both in the order "
            f"{listing(classes)}, and perhaps one more column for abstaining"
        )
    names = (*classes, ABSTAIN)
    for i, row in enumerate(matrix):
        for j, value in enumerate(row):
            _check(f"of deciding {names[j]!r} where {classes[i]!r} is true", float(value))
    matrix = matrix.astype(float)
    if size == 2 and matrix.shape[1] == 2:
        return _of_two(matrix, classes, None)
    return Costs(matrix, names[: matrix.shape[1]], None)


def cost_matrix(costs: Any, names: tuple[str, ...]) -> np.ndarray:
    """Return what each predicted class costs where each class is true, (classes, classes).

    Parameters
    ----------
    costs : dict, array or table
        See :func:`costs_of`; a row per true class and a column per predicted class.
    names : tuple of str
        The classes.

    Raises
    ------
    DesignError
        If costs are negative, incomplete, or have a price of abstaining.
    """
    if isinstance(costs, Mapping):
        found = costs_of(costs, names)
        if ABSTAIN in found.actions:
            raise DesignError(
                "costs= has a price of abstaining, and a predicted class cannot abstain; expected "
                "costs of the classes; use decide()"
            )
        return found.matrix
    classes = len(names)
    costs = in_class_order(costs, names)
    try:
        matrix = np.asarray(costs, dtype=float)
    except (TypeError, ValueError):
        matrix = np.full(1, np.nan)
    if matrix.shape != (classes, classes) or not np.all(np.isfinite(matrix)):
        raise DesignError(
            f"costs= has the shape {matrix.shape}; expected finite numbers of shape "
            f"({classes}, {classes}), a row per true class and a column per predicted class; "
            "write for example [[0, 1], [5, 0]] for two classes"
        )
    if (matrix < 0).any():
        raise DesignError(
            f"costs= has the negative entry {matrix.min():g}; expected costs of 0 or more; add a "
            "constant to the row, which changes no decision"
        )
    return matrix
