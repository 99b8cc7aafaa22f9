"""What a maximum likelihood table cannot be asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, FitFailed, nearest, quoted
from bayeslogit.specification.specification import Specification

__all__ = ["INFORMATION", "INTERVALS", "drawn", "in_words", "refuse"]

INTERVALS = ("profile", "wald")
INFORMATION = ("observed", "expected")


def refuse(specification: Specification, ci_prob: float, intervals: str, information: str) -> None:
    """Refuse an option that is not known, and a model that has no such table.

    Parameters
    ----------
    specification : Specification
    ci_prob : float
    intervals, information : str
        As given to ``classical()``.

    Raises
    ------
    DesignError
        If an option is not known or not available, or the model has a precision.
    FitFailed
        If every case is of one class.
    """
    family, response = specification.family, specification.response
    if family.arrangement == "dispersed":
        raise DesignError(
            f"the {family.name} model has a precision beside its coefficients, for which "
            "this table has no tests; expected a model without; leave dispersion= out, or fit "
            "with method='map' and wide priors for the estimate alone"
        )
    if intervals not in INTERVALS:
        raise DesignError(
            f"intervals={intervals!r} is not known; expected 'profile' or 'wald'; choose one."
            + nearest(intervals, INTERVALS)
        )
    if information not in INFORMATION:
        raise DesignError(
            f"information={information!r} is not known; expected 'observed' or 'expected'; "
            "choose one"
        )
    if information == "expected" and family.n_eta > 1:
        raise DesignError(
            "information='expected' is for two classes, and the standard errors of several "
            "classes are from the observed information; expected information='observed'; leave "
            "it out"
        )
    if isinstance(ci_prob, bool) or not isinstance(ci_prob, float) or not 0.0 < ci_prob < 1.0:
        raise DesignError(
            f"ci_prob={ci_prob!r} is not a probability; expected a number strictly between 0 and "
            "1; write for example ci_prob=0.95"
        )
    seen = np.flatnonzero(specification.counts.sum(axis=0) > 0.0)
    if len(seen) == 1:
        raise FitFailed(
            "no maximum likelihood estimate exists: every case of the outcome "
            f"{response.name!r} is {response.classes[seen[0]]!r}; expected cases of two classes "
            "or more; use the posterior, which proper priors keep finite"
        )


def drawn(posterior: Any, size: int) -> np.ndarray | None:
    """Return the draws to show beside the estimates, as given to ``classical()``.

    Parameters
    ----------
    posterior : array_like, shape (coefficients, draws), or None
    size : int
        How many coefficients there are.

    Raises
    ------
    DesignError
        If they are not finite numbers of that shape.
    """
    if posterior is None:
        return None
    try:
        draws = np.asarray(posterior, dtype=float)
    except (TypeError, ValueError):
        draws = np.empty(0)
    if draws.ndim == 2 and len(draws) == size and draws.size and np.isfinite(draws).all():
        return draws
    raise DesignError(
        f"posterior={quoted(posterior, 80)} are no draws of the coefficients; expected finite "
        f"numbers of shape ({size}, draws), a row for each coefficient; ask fit.classical(), which "
        "shows its own draws"
    )


def in_words(information: str) -> str:
    """Return what standard errors rest on, as a sentence.

    Parameters
    ----------
    information : {"observed", "expected"}
    """
    other = INFORMATION[1 - INFORMATION.index(information)]
    return (
        f"Standard errors are from the {information} information; information={other!r} gives "
        f"those from the {other} one."
    )
