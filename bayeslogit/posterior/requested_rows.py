"""The rows named by ``newdata=``: the fitted ones, typical ones, or new ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.rows import (
    TYPICAL,
    Rows,
    fitted_rows,
    refuse_for_fitted,
    refuse_without_offset,
    typical_rows,
)
from bayeslogit.response import check_offset, check_weights
from bayeslogit.tables.columns import Column
from bayeslogit.tables.frames import refuse_other_rows
from bayeslogit.tables.table import Table

__all__ = ["at_least_one", "refuse_no_rows", "rows_of"]


def rows_of(
    posterior: Posterior,
    newdata: Any = None,
    *,
    weights: Any = None,
    offset: Any = None,
    by: Any = True,
) -> Rows:
    """Return the rows that answers are computed on: the fitted ones, typical ones, or new ones.

    Parameters
    ----------
    posterior : Posterior
    newdata : None, "mean", "median", "balanced", table or array
        None for the fitted rows; a word for typical ones of these.
    weights : str or array, optional
        Column or values, (rows,); by default the weights of the fit times the trials for the
        fitted rows, and one for others.
    offset : number or array, optional
        For new rows: added to the linear predictor, in its unit.
    by : bool, str or list of str
        Columns: a typical row of each group, where one is asked for.

    Raises
    ------
    DesignError, ResponseError
        If a column is missing, or ``newdata`` is another word.

    See Also
    --------
    bayeslogit.posterior.rows.typical_rows : What the words mean.
    """
    design = posterior.model.design
    if newdata is None or isinstance(newdata, str):
        if isinstance(newdata, str) and newdata not in TYPICAL:
            words = ", ".join(f"{word!r} ({what})" for word, what in TYPICAL.items())
            raise DesignError(
                f"newdata={newdata!r} is not known; expected {words}, a table, or nothing for the "
                "fitted rows; choose one of these." + nearest(newdata, TYPICAL)
            )
        refuse_for_fitted(offset=offset)
        rows = fitted_rows(posterior.model)
        rows = replace(rows, weights=_weights(weights, rows.table, rows.weights))
        return rows if newdata is None else typical_rows(rows, design, newdata, by)
    table = design.read_rows(newdata)
    n = table.n_rows
    given = None
    if offset is None:
        refuse_without_offset(design, posterior.model.offset)
    else:
        refuse_other_rows(table.index, offset, f"the {table.what}", "offset=")
        given = check_offset(np.full(n, offset) if np.ndim(offset) == 0 else offset, n)
    return Rows(table, _weights(weights, table, np.ones(n)), given, table.labels)


def _weights(weights: Any, table: Table, default: np.ndarray) -> np.ndarray:
    if weights is None:
        return default
    if isinstance(weights, str):
        if weights not in table and table.what != "new rows":
            raise DesignError(
                f"weights={weights!r} is not a column of the fitted rows; expected one of "
                f"{listing(table.names)} (a model keeps the columns that it uses); pass the column "
                f"itself, such as weights=data[{weights!r}].{nearest(weights, table.names)}"
            )
        table.complete([weights])
        weights = table[weights]
    refuse_other_rows(table.index, weights, f"the {table.what}", "weights=")
    return check_weights(weights, table.n_rows)


def at_least_one(posterior: Posterior, rows: Rows) -> Rows:
    """Return the rows, or one that was fitted where there are none.

    An answer about it has the columns of an answer about no rows.

    Parameters
    ----------
    posterior : Posterior
    rows : Rows
    """
    if rows.table.n_rows:
        return rows
    table = posterior.model.design.table().take([0])
    others = {name: Column("number", np.zeros(1)) for name in rows.table.names if name not in table}
    offset = None if rows.offset is None else np.zeros(1)
    return Rows(table.replaced(others), np.ones(1), offset, table.labels)


def refuse_no_rows(rows: Rows, answer: str) -> None:
    """Refuse an answer over all rows where there are none.

    Parameters
    ----------
    rows : Rows
    answer : str
        What error messages call it.

    Raises
    ------
    DesignError
    """
    if not rows.table.n_rows:
        raise DesignError(
            f"the {rows.table.what} are none, and {answer} is over all of them; expected at least "
            "one row; check how they were selected"
        )
