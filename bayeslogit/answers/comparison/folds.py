"""Folds for cross-validation: which rows are left out together, and what that scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.response import Response
from bayeslogit.specification.density import class_counts
from bayeslogit.tables.frames import index_of, refuse_other_rows

__all__ = ["assign", "groups_of", "held_out"]

_BLOCK = 1_000_000


def assign(
    response: Response, folds: Any, groups: np.ndarray | None, rng: np.random.Generator
) -> np.ndarray:
    """Return the fold of each row, from 0.

    Parameters
    ----------
    response : Response
        Classes are spread evenly over the folds, unless rows are grouped.
    folds : int or array of shape (rows,)
        How many, or the fold of each row.
    groups : ndarray, shape (rows,), optional
        Rows of one group stay together; folds get about equally many rows.
    rng : numpy.random.Generator

    Raises
    ------
    DesignError
        If there are fewer than two folds, or fewer rows or groups than folds.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> response = bl.logistic("passed ~ hours", bl.load_dataset("exam")).response
    >>> fold = assign(response, 5, None, np.random.default_rng(1))
    >>> [int(response.y[fold == i].sum()) for i in range(5)]
    [2, 2, 2, 2, 2]
    """
    n = len(response.y)
    if np.ndim(folds) == 1:
        if groups is not None:
            raise DesignError(
                "folds is an array, and groups was given too; expected one of them; leave groups "
                "out, or say how many folds"
            )
        if len(folds) != n:
            raise DesignError(
                f"folds has {len(folds)} entries for {n} rows; expected one for each row of the "
                "fit; leave rows out that were dropped"
            )
        given = np.unique(np.asarray(folds), return_inverse=True)[1].ravel()
        return _checked(given, int(given.max()) + 1, n, "rows")
    whole = isinstance(folds, int | np.integer) and not isinstance(folds, bool)
    if not whole or folds < 2:
        raise DesignError(
            f"folds={folds!r} is not a number of folds; expected a whole number of at least 2, or "
            "the fold of each row; write for example folds=10"
        )
    if groups is None:
        # Cases of a class are dealt out in turn, and the next class goes on where one ended.
        code = response.y if response.kind != "counts" else np.zeros(n, dtype=np.int64)
        order = np.lexsort((rng.random(n), code))
        fold = np.empty(n, dtype=np.intp)
        fold[order] = np.arange(n) % folds
        return _checked(fold, int(folds), n, "rows")
    names, code = np.unique(groups, return_inverse=True)
    size = np.bincount(code.ravel())
    _checked(np.arange(len(names)), int(folds), len(names), "groups")
    filled, place = np.zeros(folds), np.empty(len(names), dtype=np.intp)
    shuffled = rng.permutation(len(names))
    for group in shuffled[np.argsort(-size[shuffled], kind="stable")]:
        place[group] = filled.argmin()
        filled[place[group]] += size[group]
    return place[code.ravel()]


def _checked(fold: np.ndarray, number: int, available: int, what: str) -> np.ndarray:
    if not 2 <= number <= available:
        raise DesignError(
            f"{number} folds do not fit {available} {what}; expected from 2 folds to as many as "
            f"there are {what}; choose a number between"
        )
    return fold


def groups_of(groups: Any, design: Design, rows: np.ndarray) -> np.ndarray | None:
    """Return the group of each fitted row.

    Parameters
    ----------
    groups : str, array or None
        A predictor of the model, or one value for each row: of the fit, or of the table it came
        from.
    design : Design
    rows : ndarray, shape (rows,)
        Positions of the fitted rows in the table they came from.

    Raises
    ------
    DesignError
        If the predictor is unknown, or the number of values does not fit.
    """
    if groups is None:
        return None
    if isinstance(groups, str):
        if groups not in design.columns:
            known = list(design.columns)
            raise DesignError(
                f"groups={groups!r} is not a predictor of this model; expected one of "
                f"{listing(known)}, or the group of each row; pass the column itself, such as "
                f"groups=data[{groups!r}]." + nearest(groups, known)
            )
        own: np.ndarray = design.columns[groups]
        return own
    values = np.asarray(groups)
    whole = values.ndim == 1 and len(values) > rows.max(initial=-1)
    if whole and len(values) > len(rows):  # one for each row of the table, left-out rows too
        groups = groups.iloc[rows] if index_of(groups) is not None else values[rows]
        values = np.asarray(groups)
    if values.ndim == 1 and len(values) == len(rows):
        refuse_other_rows(design.source.index, groups, "the fit", "groups=")
        return values
    raise DesignError(
        f"groups has the shape {values.shape} for {len(rows)} rows; expected one value for each "
        "row; pass a column of the table that was fitted"
    )


def held_out(
    posterior: Posterior, log_weights: np.ndarray | None, constants: bool = True
) -> np.ndarray:
    """Return the log predictive density of rows that the draws have not seen, (rows,), in nats.

    Parameters
    ----------
    posterior : Posterior
        The rows, with draws given other rows.
    log_weights : ndarray, shape (draws,), optional
        Log of posterior over what the draws are from.
    constants : bool
        Whether binomial coefficients count.
    """
    likelihood = posterior.likelihood
    base = np.zeros(posterior.n_draws) if log_weights is None else log_weights
    base = base - base.max()
    base = base - np.log(np.exp(base).sum())
    result = np.empty(len(likelihood.X))
    step = max(1, _BLOCK // (posterior.n_draws * likelihood.counts.shape[1]))
    for start in range(0, len(result), step):
        rows = slice(start, start + step)
        logs = posterior.model.family.row_log_likelihood(
            likelihood.eta(posterior.theta, rows), likelihood.counts[rows]
        )
        logs = logs + base
        top = logs.max(axis=1, keepdims=True)
        result[rows] = top[:, 0] + np.log(np.exp(logs - top).sum(axis=1))
    if not constants:
        return result
    model = posterior.model
    plain = class_counts(model.response.y, len(model.response.classes), model.response.trials)
    added = model.family.constants(plain)
    total: np.ndarray = result + (added if model.weights is None else added * model.weights)
    return total
