"""Forecasts beside what happened: of fitted rows, with and without themselves, or of new rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayeslogit.averages import Scenario, by_rows
from bayeslogit.columns import label
from bayeslogit.density import class_counts
from bayeslogit.errors import Problem, ResponseError, listing
from bayeslogit.inference.pareto import doubtful_rows
from bayeslogit.leaveout import UNRELIABLE, leave_one_out, whole
from bayeslogit.pieces import Pieces, rows_of
from bayeslogit.response import Response
from bayeslogit.response import counts as counts_response
from bayeslogit.tables import Table, read

__all__ = ["Outcomes", "coded", "outcomes_of"]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Forecasts and outcomes of the same rows.

    Parameters
    ----------
    forecasts : dict of str to ndarray, shape (classes, rows)
        Class probabilities: ``in_sample`` and ``loo``, or ``new_data``; the last is the most
        honest.
    counts : ndarray, shape (rows, classes)
        Weighted cases of each class.
    trials : ndarray of int, shape (rows,), or None
        Trials of each row, for counts.
    pareto_k : ndarray of shape (rows,), or None
        Whether each row's leave-one-out forecast can be relied on: not above 0.7.
    """

    forecasts: dict[str, np.ndarray]
    counts: np.ndarray
    trials: np.ndarray | None
    pareto_k: np.ndarray | None

    @property
    def last(self) -> str:
        """Name of the most honest forecast."""
        return list(self.forecasts)[-1]

    def problems(self, newdata: Any) -> tuple[Problem, ...]:
        """Return what makes the figures of these forecasts doubtful."""
        k = self.pareto_k
        if k is not None and (bad := np.flatnonzero(k > UNRELIABLE)).size:
            return (
                Problem(
                    "pareto_k",
                    f"{bad.size} of {k.size} rows (the first is row {bad[0]}) have a Pareto k "
                    f"above {UNRELIABLE}, the largest {k[bad].max():.2f}; expected none, because "
                    "leaving such a row out changes the posterior too much for its draws; read "
                    "the loo figures with care, or refit without these rows",
                ),
            )
        if k is not None and np.isnan(k).any():
            return (
                Problem(
                    "pareto_k",
                    f"{doubtful_rows(k, UNRELIABLE)}; expected one for each row, which tells "
                    "whether its loo figures can be relied on; fit with more draws",
                    "note",
                ),
            )
        if k is None and newdata is None:
            return (
                Problem(
                    "in_sample",
                    "only in-sample figures are given, and these flatter; expected figures on "
                    "rows the fit has not seen; fit by a method with draws for leave-one-out, or "
                    "pass newdata=",
                    "note",
                ),
            )
        return ()


def outcomes_of(
    pieces: Pieces,
    newdata: Any = None,
    *,
    trials: Any = None,
    offset: Any = None,
    loo: bool = True,
    log_weights: np.ndarray | None = None,
    progressbar: bool = True,
) -> Outcomes:
    """Return forecasts and outcomes of the fitted rows, or of new ones.

    Parameters
    ----------
    pieces : Pieces
    newdata : table, optional
        Rows that were not fitted, with the outcome's column.
    trials : str, int or array, optional
        Trials of new rows of counts.
    offset : number or array, optional
        For new rows.
    loo : bool
        Also leave each fitted row out in its turn; a point estimate goes without.
    log_weights : ndarray, shape (draws,), optional
        See :func:`bayeslogit.leaveout.leave_one_out`.
    progressbar : bool

    Raises
    ------
    ResponseError
        If the new rows lack the outcome, hold an unknown class, or one class only.
    """
    if newdata is not None:
        prob, counts, given = _new_rows(pieces, newdata, trials, offset)
        found = Outcomes({"new_data": prob}, counts, given, None)
    else:
        forecasts, k = {"in_sample": whole(pieces)}, None
        if loo and not pieces.point:
            left = leave_one_out(pieces, log_weights, progressbar=progressbar)
            forecasts["loo"], k = left.prob, left.k
        found = Outcomes(forecasts, pieces.counts, pieces.response.trials, k)
    seen = found.counts.sum(axis=0) > 0
    if seen.sum() < 2:
        name = pieces.response.classes[int(np.argmax(seen))]
        raise ResponseError(
            f"the outcome {pieces.response.name!r} is {name!r} in all rows that count; expected "
            "at least two classes, because nothing can be told apart otherwise; add rows of the "
            "other class"
        )
    return found


def _new_rows(
    pieces: Pieces, newdata: Any, trials: Any, offset: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return forecasts (classes, rows), cases (rows, classes) and trials of new rows."""
    response = coded(pieces.response, read(newdata, what="new rows"), trials)
    counts = class_counts(response.y, len(response.classes), response.trials)
    rows = rows_of(pieces, newdata, offset=offset)
    prob = np.empty((len(pieces.classes), len(counts)))
    for block, found in by_rows(pieces, rows, [Scenario()], progressbar=False):
        prob[:, block] = found[0].mean(axis=2)
    every = prob if pieces.several else np.concatenate([1.0 - prob, prob])
    return every, counts, response.trials


def coded(response: Response, table: Table, trials: Any = None) -> Response:
    """Code the outcome of new rows as that of the fitted ones.

    Parameters
    ----------
    response : Response
        Of the fitted rows.
    table : Table
        New rows, with the outcome's column.
    trials : str, int or array, optional
        For counts.

    Raises
    ------
    ResponseError
        If the outcome's column or the trials are missing, or a class is unknown.
    """
    if response.name not in table:
        raise ResponseError(
            f"the new rows have no column {response.name!r}, the outcome; expected it, because "
            "forecasts are compared with what happened; add the column"
        )
    table.complete([response.name])
    values = table[response.name]
    if response.kind == "counts":
        if isinstance(trials, str):
            trials = table[trials]
        if trials is None:
            raise ResponseError(
                "counts in new rows need their trials and found none; expected a number, a column "
                "or one number for each row; pass trials="
            )
        found = counts_response(response.name, values, trials)
        return replace(response, y=found.y, trials=found.trials)
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
