"""Folds for cross-validation: which cases are left out together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.specification.cases import cases_of
from bayeslogit.specification.specification import Specification
from bayeslogit.tables.frames import index_of, refuse_other_rows

__all__ = ["assign", "groups_of"]


def assign(
    fits: Sequence[Specification],
    folds: Any,
    groups: np.ndarray | None,
    rng: np.random.Generator,
    unit: str = "case",
) -> np.ndarray:
    """Return the cases of each fold, (folds, rows, classes), the same for all models.

    Parameters
    ----------
    fits : sequence of Specification
        Of the same rows and outcome.
    folds : int or array of shape (rows,)
        How many, or the fold of each row.
    groups : ndarray, shape (rows,), optional
        Rows of one group stay together; folds get about equally many rows.
    rng : numpy.random.Generator
    unit : {"case", "row"}
        What is dealt out where neither folds nor groups are given row by row: single cases,
        classes evenly, whatever rows they are written in; or whole rows.

    Raises
    ------
    DesignError
        If there are fewer than two folds, or fewer cases, rows or groups than folds.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> model = bl.logistic("passed ~ hours", bl.load_dataset("exam"))
    >>> assign([model], 5, None, np.random.default_rng(1)).sum(axis=1).tolist()
    [[2.0, 2.0], [2.0, 2.0], [2.0, 2.0], [2.0, 2.0], [2.0, 2.0]]
    """
    first = fits[0]
    counts, n = first.counts, len(first.rows)
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
        number = int(given.max()) + 1
        _check(number, n, "rows")
        return _of_rows(counts, given, number)
    whole = isinstance(folds, int | np.integer) and not isinstance(folds, bool)
    if not whole or folds < 2:
        raise DesignError(
            f"folds={folds!r} is not a number of folds; expected a whole number of at least 2, or "
            "the fold of each row; write for example folds=10"
        )
    if groups is None:
        return _dealt(fits, int(folds), rng, unit)
    names, code = np.unique(groups, return_inverse=True)
    size = np.bincount(code.ravel())
    _check(int(folds), len(names), "groups")
    filled, place = np.zeros(folds), np.empty(len(names), dtype=np.intp)
    shuffled = rng.permutation(len(names))
    for group in shuffled[np.argsort(-size[shuffled], kind="stable")]:
        place[group] = filled.argmin()
        filled[place[group]] += size[group]
    return _of_rows(counts, place[code.ravel()], int(folds))


def _of_rows(counts: np.ndarray, fold: np.ndarray, folds: int) -> np.ndarray:
    """Return the cases of each fold, (folds, rows, classes), where rows are in folds whole."""
    result: np.ndarray = counts * (fold == np.arange(folds)[:, None])[..., None]
    return result


def _dealt(
    fits: Sequence[Specification], folds: int, rng: np.random.Generator, unit: str
) -> np.ndarray:
    """Return the cases of each fold, (folds, rows, classes), dealt out one by one."""
    first, counts = fits[0], fits[0].counts
    # Cases that are alike in all models take the same places in their folds.
    key = [m.design.key for m in fits] + [m.offset[:, None] for m in fits if m.offset is not None]
    whole = unit == "row"
    cases = cases_of(first.family, np.column_stack(key), None, counts, whole=whole)
    _check(folds, round(cases.number), f"{unit}s")
    share = cases.dealt(folds, rng) / cases.times
    row, kind, times = cases.of_rows(counts)
    part = times[:, None] * cases.kinds[1][kind]
    result = np.zeros((folds, *counts.shape))
    for fold, some in zip(result, share, strict=True):
        np.add.at(fold, row, part * some[kind, None])
    return result


def _check(number: int, available: int, what: str) -> None:
    if not 2 <= number <= available:
        raise DesignError(
            f"{number} folds do not fit {available} {what}; expected from 2 folds to as many as "
            f"there are {what}; choose a number between"
        )


def groups_of(groups: Any, design: Design, rows: np.ndarray) -> np.ndarray | None:
    """Return the group of each fitted row.

    Parameters
    ----------
    groups : str, array or None
        A grouping or predictor of the model, or one value for each row: of the fit, or of the
        table it came from.
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
        for term in design.groups:
            if groups == term.factor:
                return term.codes
        if groups not in design.columns:
            known = list(dict.fromkeys([*design.columns, *(g.factor for g in design.groups)]))
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
