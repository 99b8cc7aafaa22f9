"""Binomial outcomes: counts of successes out of trials."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayeslogit.errors import ResponseError
from bayeslogit.response.base import Response
from bayeslogit.response.values import RowName, numbered
from bayeslogit.response.weights import whole

__all__ = ["counts"]


def counts(
    name: str,
    successes: Any,
    trials: Any,
    trials_name: str = "trials",
    row_name: RowName = numbered,
) -> Response:
    """Return a binomial outcome: counts of successes out of trials.

    Parameters
    ----------
    name : str
        Name of the outcome.
    successes : array of shape (obs,)
        Whole numbers from 0 to the trials of the row.
    trials : array of shape (obs,), or int
        Whole numbers; one number stands for every row. A row of 0 trials is allowed, and does
        not inform the fit.
    trials_name : str
        What error messages call the trials.
    row_name : callable
        Takes the position of a row and returns its name for error messages.

    Returns
    -------
    Response

    Raises
    ------
    ResponseError
        Missing, fractional or negative counts, more successes than trials, no trials at all, or
        lengths that differ.

    Examples
    --------
    >>> counts("germinated", [3, 0], 10).trials.tolist()
    [10, 10]
    """
    hits = whole(name, successes, row_name)
    if np.ndim(trials) == 0:
        trials = np.full(len(hits), trials)
    total = whole(trials_name, trials, row_name)
    if len(total) != len(hits):
        raise ResponseError(
            f"{trials_name!r} has {len(total)} values and {name!r} has {len(hits)}; one number of "
            "trials for each row was expected, or a single number for all."
        )
    over = hits > total
    if over.any():
        row = int(np.flatnonzero(over)[0])
        raise ResponseError(
            f"{name!r} is {hits[row]} and {trials_name!r} is {total[row]} in {row_name(row)}: "
            "more successes than trials. Successes from 0 to the number of trials were expected; "
            "correct the row, or check that the two columns are not exchanged (trials are "
            "successes plus failures)."
        )
    if not total.any():
        raise ResponseError(
            f"{trials_name!r} is 0 in every one of the {len(total)} rows, so nothing was observed. "
            "At least one row with trials was expected."
        )
    return Response(
        name=name,
        y=hits,
        kind="counts",
        trials=total,
        classes=("failure", "success"),
        event="success",
        values=("failure", "success"),
    )
