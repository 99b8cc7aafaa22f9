"""Quantities of the classes of a row: each a function of class probabilities, per draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.numerics.running import running_sum
from bayeslogit.response import Response

__all__ = ["BELOW", "OF_CLASSES", "Quantity", "quantity_of", "scores_of"]

OF_CLASSES = ("probability", "cumulative", "exceedance", "median", "mean")
ORDERED = ("cumulative", "exceedance", "median")
# A sum of probabilities that is one half but for rounding counts as one half.
BELOW = 0.5 - 1e-12


@dataclass(frozen=True, eq=False)
class Quantity:
    """A quantity of class probabilities.

    Parameters
    ----------
    kind : str
        ``"probability"`` P(Y = k); ``"cumulative"`` P(Y <= k); ``"exceedance"`` P(Y >= k);
        ``"median"`` the lowest level with P(Y <= k) of at least one half, as a code; ``"mean"``
        the mean of the scores.
    labels : tuple of str, or None
        The classes k that there is a value for; None for one value.
    scores : ndarray, shape (classes,), or None
        For ``"mean"``.

    Examples
    --------
    >>> prob = np.array([0.2, 0.5, 0.3])[:, None, None]
    >>> Quantity("exceedance", ("b", "c")).of(prob)[:, 0, 0]
    array([0.8, 0.3])
    >>> Quantity("mean", None, np.array([1.0, 2.0, 3.0])).of(prob)[:, 0, 0]
    array([2.1])
    """

    kind: str
    labels: tuple[str, ...] | None
    scores: np.ndarray | None = None

    def of(self, prob: np.ndarray) -> np.ndarray:
        """Return the quantity, (values, rows, draws), of probabilities (classes, rows, draws).

        Sums over classes start at the end they are about, so that small ones are accurate.
        """
        if self.kind == "cumulative":
            return running_sum(prob[:-1]).clip(max=1.0)
        if self.kind == "exceedance":
            return running_sum(prob[:0:-1])[::-1].clip(max=1.0)
        if self.kind == "median":
            return median_code(prob)[None]
        if self.kind == "mean":
            assert self.scores is not None
            return np.tensordot(self.scores, prob, axes=1)[None]
        return prob

    def complement(self, prob: np.ndarray) -> np.ndarray:
        """Return one minus P(Y <= k) or P(Y >= k), (values, rows, draws), summed from its end.

        Parameters
        ----------
        prob : ndarray, shape (classes, rows, draws)
        """
        other = {"cumulative": "exceedance", "exceedance": "cumulative"}[self.kind]
        return Quantity(other, self.labels).of(prob)


def median_code(prob: np.ndarray) -> np.ndarray:
    """Return the lowest code at which the sum of (classes, ...) reaches one half, (...)."""
    return (running_sum(prob)[:-1] < BELOW).sum(axis=0)


def quantity_of(kind: str, response: Response, scores: Any = None) -> Quantity:
    """Return the quantity of a kind, or refuse one that the outcome does not have.

    Parameters
    ----------
    kind : str
        One of :data:`OF_CLASSES`.
    response : Response
    scores : sequence or mapping, optional
        For ``"mean"``; see :func:`scores_of`.

    Raises
    ------
    DesignError
        If the classes have no order, or scores do not fit.
    """
    if kind in ORDERED and response.kind != "ordinal":
        raise DesignError(
            f"kind={kind!r} does not suit {response.name!r}, whose classes "
            f"({listing(response.classes)}) have no order; expected an ordinal model; build one "
            "with ordinal(), or ask for kind='probability'"
        )
    if scores is not None and kind != "mean":
        raise DesignError(
            f"scores= was given with kind={kind!r}, which uses none; expected it with kind='mean'; "
            "leave it out"
        )
    classes = response.classes
    if kind == "mean":
        if response.kind == "counts":
            raise DesignError(
                f"kind='mean' does not suit {response.name!r}, which counts events; expected an "
                "outcome whose classes have scores; ask for kind='probability', and multiply by "
                "the trials"
            )
        return Quantity(kind, None, scores_of(response, scores))
    labels = {"cumulative": classes[:-1], "exceedance": classes[1:], "median": None}
    return Quantity(kind, labels.get(kind, classes))


def scores_of(response: Response, scores: Any = None) -> np.ndarray:
    """Return a finite score for each class, (classes,).

    Parameters
    ----------
    response : Response
    scores : sequence or mapping, optional
        In the order of the classes, or by class; by default the classes themselves, where they
        are numbers.

    Raises
    ------
    DesignError
        If there are none, too few or too many, or a class is unknown.
    """
    classes = response.classes
    example = ", ".join(f"{name!r}: {i}" for i, name in enumerate(classes[:3], start=1))
    example += ", ..." if len(classes) > 3 else ""
    if scores is None:
        if not all(isinstance(v, int | float | np.number) for v in response.values):
            raise DesignError(
                f"the classes of {response.name!r} are not numbers ({listing(classes)}), so they "
                f"have no mean; expected a score for each; write scores={{{example}}}"
            )
        return np.array([float(v) for v in response.values])
    if isinstance(scores, Mapping):
        given = {str(key): value for key, value in scores.items()}
        names = {str(v): c for v, c in zip(response.values, classes, strict=True)}
        given = {names.get(key, key): value for key, value in given.items()}
        for key in given:
            if key not in classes:
                raise DesignError(
                    f"scores= names {key!r}, which is not a class of {response.name!r}; expected "
                    f"{listing(classes)}; correct it.{nearest(key, classes)}"
                )
        missing = [name for name in classes if name not in given]
        if missing:
            raise DesignError(
                f"scores= has none for {listing(missing)}; expected a score for each class of "
                f"{response.name!r}; add it"
            )
        scores = [given[name] for name in classes]
    try:
        values = np.asarray(scores, dtype=float)
    except (TypeError, ValueError):
        values = np.full(1, np.nan)
    if values.shape != (len(classes),) or not np.all(np.isfinite(values)):
        raise DesignError(
            f"scores={scores!r} does not fit the {len(classes)} classes of {response.name!r} "
            f"({listing(classes)}); expected a finite number for each, in this order; write "
            f"scores={{{example}}}"
        )
    return values
