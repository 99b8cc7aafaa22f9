"""The outcome of a model: codes or counts, and the names of its classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bayeslogit.response.alternatives import Alternatives
from bayeslogit.response.sets import Sets

__all__ = ["Response", "class_counts"]


@dataclass(frozen=True, eq=False)
class Response:
    """The outcome of a model, coded.

    Parameters
    ----------
    name : str
        Name of the outcome.
    y : np.ndarray of int64, shape (obs,) or (obs, classes)
        Codes 0, 1 (binary), 0 to K - 1 (nominal, ordinal), or counts: of the event, or of every
        class (nominal).
    kind : {"binary", "counts", "nominal", "ordinal"}
        What ``y`` holds.
    trials : np.ndarray of int64, shape (obs,), or None
        Trials of each row, for counts of the event or of classes.
    classes : tuple of str
        Names of the classes in code order; binary: (other, event); counts: failure, success.
    event : str or None
        The class whose probability is modelled, for binary and counts.
    values : tuple
        The classes as the caller gave them, in code order.
    case_control : bool
        Whether rows were sampled by their outcome, so that its share among them does not
        estimate the share in the population.
    absent : tuple of str
        Classes that no row has and that were left out; for an ordinal outcome of numbers, whole
        numbers between its classes (ten at most). A class that was declared in order is kept.
    sets : Sets or None
        The matched set of each row, where the outcome is who is a case in a set, or what is
        chosen from it.
    alternatives : Alternatives or None
        The alternative that each row is, where a set is a choice among them.
    """

    name: str
    y: np.ndarray
    kind: Literal["binary", "counts", "nominal", "ordinal"]
    trials: np.ndarray | None
    classes: tuple[str, ...]
    event: str | None
    values: tuple[Any, ...]
    case_control: bool = False
    absent: tuple[str, ...] = ()
    sets: Sets | None = None
    alternatives: Alternatives | None = None

    @property
    def compared(self) -> tuple[str, ...]:
        """What coefficients may differ between: the classes, or the alternatives of a choice."""
        return self.classes if self.alternatives is None else self.alternatives.labels

    @property
    def by_class(self) -> bool:
        """Whether a row holds counts of every class."""
        return self.y.ndim == 2

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a table that hold the outcome: one, or one for each class."""
        return tuple(map(str, self.values)) if self.by_class else (self.name,)

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return len(self.classes)


def class_counts(y: np.ndarray, classes: int, trials: np.ndarray | None) -> np.ndarray:
    """Return counts of each class in each row, (rows, classes).

    Parameters
    ----------
    y : ndarray of int, shape (rows,) or (rows, classes)
        Codes from 0 to ``classes - 1``, or counts: of successes, where there are ``trials``, or
        of each class.
    classes : int
        Number of classes.
    trials : ndarray of int, shape (rows,), or None
        Trials of each row; the two classes are then failure and success.
    """
    if y.ndim == 2:
        return y.astype(np.float64)
    if trials is not None:
        return np.stack([trials - y, y], axis=1).astype(np.float64)
    counts = np.zeros((len(y), classes))
    counts[np.arange(len(y)), y] = 1.0
    return counts
