"""Forecasts beside what happened: of fitted rows, with and without themselves, or of new rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bayeslogit.answers.evaluation.leave_one_out import UNRELIABLE, leave_one_out, whole
from bayeslogit.answers.prediction.averaging import Scenario, by_rows
from bayeslogit.errors import Problem, ResponseError
from bayeslogit.numerics.pareto import doubtful_rows
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.requested_rows import rows_of
from bayeslogit.response.new_rows import coded
from bayeslogit.specification.density import class_counts
from bayeslogit.tables.reading import read

__all__ = ["Forecasts", "forecasts_of"]


@dataclass(frozen=True, eq=False)
class Forecasts:
    """Forecasts and outcomes of the same rows.

    Parameters
    ----------
    forecasts : dict of str to ndarray, shape (classes, rows)
        Class probabilities: ``in_sample`` and ``loo``, or ``new_data``; the last is the
        least optimistic.
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
        """Name of the forecast that is least optimistic: the last."""
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


def forecasts_of(
    posterior: Posterior,
    newdata: Any = None,
    *,
    trials: Any = None,
    offset: Any = None,
    loo: bool = True,
    progressbar: bool = True,
) -> Forecasts:
    """Return forecasts and outcomes of the fitted rows, or of new ones.

    Parameters
    ----------
    posterior : Posterior
    newdata : table, optional
        Rows that were not fitted, with the outcome's column.
    trials : str, int or array, optional
        Trials of new rows of counts.
    offset : number or array, optional
        For new rows.
    loo : bool
        Also leave each fitted row out in its turn; a point estimate goes without.
    progressbar : bool
        Show progress of what takes longer than two seconds.

    Raises
    ------
    ResponseError
        If the new rows lack the outcome, hold an unknown class, or one class only.
    """
    model = posterior.model
    if newdata is not None:
        prob, counts, given = _new_rows(posterior, newdata, trials, offset)
        found = Forecasts({"new_data": prob}, counts, given, None)
    else:
        forecasts, k = {"in_sample": whole(posterior)}, None
        if loo and not posterior.point:
            left = leave_one_out(posterior, progressbar=progressbar)
            forecasts["loo"], k = left.prob, left.k
        found = Forecasts(forecasts, model.counts, model.response.trials, k)
    seen = found.counts.sum(axis=0) > 0
    if seen.sum() < 2:
        response = model.response
        name = response.classes[int(np.argmax(seen))]
        raise ResponseError(
            f"the outcome {response.name!r} is {name!r} in all rows that count; expected "
            "at least two classes, because nothing can be told apart otherwise; add rows of the "
            "other class"
        )
    return found


def _new_rows(
    posterior: Posterior, newdata: Any, trials: Any, offset: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return forecasts (classes, rows), cases (rows, classes) and trials of new rows."""
    response = coded(posterior.model.response, read(newdata, what="new rows"), trials)
    counts = class_counts(response.y, len(response.classes), response.trials)
    rows = rows_of(posterior, newdata, offset=offset)
    prob = np.empty((len(posterior.classes), len(counts)))
    for block, found in by_rows(posterior, rows, [Scenario()], progressbar=False):
        prob[:, block] = found[0].mean(axis=2)
    every = prob if posterior.several else np.concatenate([1.0 - prob, prob])
    return every, counts, response.trials
