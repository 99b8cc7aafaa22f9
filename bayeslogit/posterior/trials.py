"""The trials of rows: how many cases each stands for, where counts are asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import DesignError, ResponseError
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.rows import Rows
from bayeslogit.response import whole
from bayeslogit.tables.columns import Column
from bayeslogit.tables.frames import refuse_other_rows
from bayeslogit.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TRIALS", "rows_with_trials", "trials_of"]

# A name that no column of a caller has: equal rows are told apart by it.
TRIALS = "\0trials"


def trials_of(trials: Any, table: Table, labels: pd.Index) -> np.ndarray:
    """Return the cases of each row, (rows,).

    Parameters
    ----------
    trials : number, array of shape (rows,) or str
        Whole numbers of 0 or more, or the column that holds them.
    table : Table
        The rows.
    labels : pandas.Index
        Their labels.

    Raises
    ------
    DesignError, ResponseError
        If they are not one whole number for each row.
    """
    name = "trials"
    if isinstance(trials, str):
        table.complete([trials])
        trials, name = table[trials], trials
    refuse_other_rows(labels, trials, "the rows", "trials=")
    n = len(labels)
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    found = whole(name, np.full(n, trials) if np.ndim(trials) == 0 else trials, table.row)
    if len(found) != n:
        raise ResponseError(
            f"trials= has {len(found)} values for {n} rows; expected one for each row, or a "
            "single number for all; correct it"
        )
    return found


def rows_with_trials(posterior: Posterior, rows: Rows, kind: str, trials: Any, plain: bool) -> Rows:
    """Return the rows with the trials of each, where counts are asked for.

    Parameters
    ----------
    posterior : Posterior
    rows : Rows
    kind : str
        Of the answer; others than ``"count"`` have no trials.
    trials : number, array of shape (rows,), str or None
        As in ``trials=``.
    plain : bool
        Whether the rows are those of the fit with their own weights: an average of counts is one
        over rows, so trials do not weigh there.

    Raises
    ------
    DesignError, ResponseError
        If trials are needed and not given, or given and not needed.
    """
    if kind != "count":
        if trials is not None:
            raise DesignError(
                f"trials= is given with kind={kind!r}, which does not use it; expected "
                "kind='count' with it; leave it out, or ask for that kind"
            )
        return rows
    model, own = posterior.model, posterior.model.response.trials
    if plain:
        n = rows.table.n_rows
        rows = replace(rows, weights=np.ones(n) if model.weights is None else model.weights)
        found = own if trials is None else trials_of(trials, rows.table, rows.labels)
    else:
        found = None if trials is None else trials_of(trials, rows.table, rows.labels)
    if found is None:
        raise DesignError(
            "kind='count' needs the trials of each row and found none; expected a number, one for "
            "each row, or the name of their column; pass trials="
        )
    column = Column("number", np.asarray(found, dtype=float))
    return replace(rows, table=rows.table.replaced({TRIALS: column}))
