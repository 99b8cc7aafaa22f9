"""Outcomes of new rows, coded as in the fitted rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.errors import ResponseError, listing
from bayeslogit.response import Response, whole
from bayeslogit.response import counts as counts_response
from bayeslogit.tables.columns import label
from bayeslogit.tables.frames import refuse_other_rows
from bayeslogit.tables.table import Table

__all__ = ["coded"]


def coded(response: Response, table: Table, trials: Any = None) -> Response:
    """Return the outcome of new rows, coded as in the fitted rows.

    Parameters
    ----------
    response : Response
        The outcome of the fitted rows.
    table : Table
        New rows, with the outcome's column.
    trials : str, int or array of shape (rows,), optional
        Number of trials of each row, for counts: a column of the table, or 0 or more.

    Returns
    -------
    Response
        With the name, classes and event of ``response``.

    Raises
    ------
    ResponseError
        If the outcome's column or the trials are missing, trials are given for other outcomes
        than counts, or a class is unknown.
    """
    for name in response.columns:
        if name not in table:
            raise ResponseError(
                f"the new rows have no column {name!r}, the outcome; expected it, because "
                "forecasts are compared with what happened; add the column"
            )
    if not table.n_rows:
        raise ResponseError(
            "the new rows are none; expected at least one, because forecasts are compared with "
            "what happened; check how they were selected"
        )
    table.complete(response.columns)
    if response.by_class:
        for name in response.absent:
            if name in table and table[name].any():
                raise ResponseError(
                    f"the new rows have cases of {name!r}, a class of which the fitted rows have "
                    f"none; expected cases of {listing(response.classes)}; fit with rows that have "
                    "it, or set its column to 0"
                )
        y = np.stack([whole(name, table[name], table.row) for name in response.columns], axis=1)
        return replace(response, y=y, trials=y.sum(axis=1))
    values = table[response.name]
    if response.kind == "counts":
        if isinstance(trials, str):
            trials = table[trials]
        if trials is None:
            raise ResponseError(
                "counts in new rows need their trials and found none; expected a number, a column "
                "or one number for each row; pass trials="
            )
        refuse_other_rows(table.index, trials, "the new rows", "trials=")
        found = counts_response(response.name, values, trials)
        return replace(response, y=found.y, trials=found.trials)
    if trials is not None:
        raise ResponseError(
            f"trials= is given and the outcome {response.name!r} is the class of one case in each "
            "row; expected it for counts only; leave it out"
        )
    known = {_text(value): i for i, value in enumerate(response.values)}
    texts = [_text(value) for value in values.tolist()]
    unknown = next((i for i, text in enumerate(texts) if text not in known), None)
    if unknown is not None:
        raise ResponseError(
            f"the outcome {response.name!r} is {texts[unknown]!r} in {table.row(unknown)} of the "
            f"new rows; expected one of {listing(response.classes)}; correct it or leave the row "
            "out"
        )
    return replace(response, y=np.array([known[text] for text in texts], dtype=np.int64))


def _text(value: Any) -> str:
    """Return a class as text; True and False are those of an outcome of 0 and 1 too."""
    return label(int(value) if isinstance(value, bool) else value)
