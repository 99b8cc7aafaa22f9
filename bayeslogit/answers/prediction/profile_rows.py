"""Rows along one predictor, the others held, and the kinds of prediction that there are."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple, get_args

import numpy as np

from bayeslogit.design import Design
from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.errors.closed import KindWord
from bayeslogit.numerics.quantiles import quantiles
from bayeslogit.posterior.posterior import Posterior
from bayeslogit.posterior.rows import Rows, fitted_rows, typical_rows
from bayeslogit.response import check_offset
from bayeslogit.tables.reading import read
from bayeslogit.tables.table import Table

__all__ = [
    "KINDS",
    "Path",
    "check_kind",
    "check_variable",
    "combined",
    "curve_rows",
    "is_measured",
    "with_groups",
]

KINDS = get_args(KindWord)


def is_measured(design: Design, name: str) -> bool:
    """Return whether a predictor is measured: a number, and not made into levels.

    Parameters
    ----------
    design : Design
    name : str
        The predictor.
    """
    return design.columns[name].dtype.kind in "fiu" and name not in design.factors


def check_variable(design: Design, name: str, said: str = "", do: str = "") -> None:
    """Refuse a name that is not a predictor, with the nearest names.

    Parameters
    ----------
    design : Design
    name : str
    said : str
        The option that has it, such as ``"by="``.
    do : str
        What to do beside naming one that there is.

    Raises
    ------
    DesignError
    """
    if name in design.columns:
        return
    if design.columns:
        expected = f"one of {listing(design.columns)}; name one of them{do}"
    else:
        expected = f"one, and this model has none; add predictors to the formula{do}"
    raise DesignError(
        f"{said}{name!r} is not a predictor of this model; expected {expected}."
        + nearest(name, design.columns)
    )


class Path(NamedTuple):
    """Rows that differ in one predictor, and in others that were given several values.

    Parameters
    ----------
    rows : Rows
    shown : dict of str to ndarray, shape (rows,)
        The predictors that differ between rows.
    """

    rows: Rows
    shown: dict[str, np.ndarray]


def curve_rows(
    posterior: Posterior,
    name: str,
    values: Any = None,
    at: Mapping[str, Any] | None = None,
    offset: float | None = None,
    points: int = 101,
) -> Path:
    """Return the mean row with one predictor moving, once for every combination of ``at``.

    Parameters
    ----------
    posterior : Posterior
    name : str
        The predictor that moves.
    values : array, optional
        Its values; by default a grid over its range in rows with cases, or its levels.
    at : mapping, optional
        Values of other predictors; a list stands for each of its values.
    offset : float, optional
        Added to the linear predictor beside ``offset(...)`` of the formula; by default that of
        the mean row.
    points : int
        Size of the default grid.

    Raises
    ------
    DesignError
        If a name is not a predictor, ``at`` sets the moving one, or values are no list.

    See Also
    --------
    bayeslogit.posterior.rows.typical_rows : Where the other predictors are held.
    """
    design, fitted = posterior.model.design, fitted_rows(posterior.model)
    check_variable(design, name)
    held = typical_rows(fitted, design)
    if values is None:
        own = design.columns[name][fitted.weights > 0.0]
        # A count such as "number of children" moves in its own steps.
        if not is_measured(design, name):
            values = design.levels(name)
        elif own.dtype.kind == "f":
            values = np.linspace(own.min(), own.max(), points)
        else:
            values = np.unique(own)
    settings = _settings(design, name, at)
    moving = np.atleast_1d(np.asarray(values))
    if moving.ndim != 1:
        raise DesignError(
            f"the values of {name!r} have the shape {moving.shape}; expected a number, a level or "
            "a list of them; pass one dimension"
        )
    n, combinations = len(moving), list(product(*settings.values()))
    shown: dict[str, Any] = {name: np.tile(moving, len(combinations))}
    single = np.zeros(len(shown[name]), dtype=np.intp)
    columns: dict[str, Any] = {c: held.table.column(c).take(single) for c in held.table.names}
    given: dict[str, Any] = dict(shown)
    for place, (other, every) in enumerate(settings.items()):
        given[other] = [one[place] for one in combinations for _ in range(n)]
        if len(every) > 1:
            shown[other] = np.array(given[other])
    table = read(given, what="new rows")
    columns |= {c: table.column(c) for c in given}
    total = None if held.offset is None else held.offset[single]
    if offset is not None:
        total = check_offset(np.full(len(single), offset), len(single))
    rows = Rows(
        Table(columns, len(single), what="new rows"), np.ones(len(single)), total, table.labels
    )
    return Path(rows, shown)


def with_groups(
    posterior: Posterior, name: str, at: Mapping[str, Any] | None, by: Any
) -> dict[str, Any]:
    """Return the values of other predictors, with those of ``by`` at each of their groups.

    Parameters
    ----------
    posterior : Posterior
    name : str
        The predictor that moves.
    at : mapping, optional
        Values of other predictors.
    by : str, list of str or None
        Predictors with all their levels; a number has its quartiles in the fitted rows, or all its
        values where there are no more than five.

    Raises
    ------
    DesignError
        If a name is not a predictor, or is set by ``at=`` as well.
    """
    design, weights = posterior.model.design, posterior.model.frequencies
    found = dict(at or {})
    for other in [] if by is None else [by] if isinstance(by, str) else list(by):
        check_variable(design, other)
        if other in found or other == name:
            raise DesignError(
                f"{other!r} is to have a group for each value, and it is "
                f"{'what moves' if other == name else 'set by at='} too; expected one of these; "
                "leave one out"
            )
        if not is_measured(design, other):
            found[other] = list(design.levels(other))
            continue
        values = np.unique(design.columns[other][weights > 0.0])
        if len(values) > 5:
            values = np.unique(quantiles(design.columns[other], [0.25, 0.5, 0.75], weights))
        found[other] = values.tolist()
    return found


def combined(
    posterior: Posterior, name: str, at: Mapping[str, Any] | None
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return every combination of the values in ``at``: all of them, and those that differ.

    Parameters
    ----------
    posterior : Posterior
    name : str
        The predictor asked about, which ``at`` may not set.
    at : mapping, optional
        Values of other predictors; a list stands for each of its values.
    """
    check_variable(posterior.model.design, name)
    settings = _settings(posterior.model.design, name, at)
    every = [dict(zip(settings, values, strict=True)) for values in product(*settings.values())]
    return [(one, {k: v for k, v in one.items() if len(settings[k]) > 1}) for one in every]


def _settings(design: Design, name: str, at: Mapping[str, Any] | None) -> dict[str, list[Any]]:
    """Return the values of each predictor that ``at`` sets, one or several."""
    found: dict[str, list[Any]] = {}
    for other, value in (at or {}).items():
        check_variable(design, other)
        if other == name:
            raise DesignError(
                f"at= sets {name!r}, which is the predictor asked about; expected values of "
                "others; leave it out of at="
            )
        several = np.ndim(value) == 1 and not isinstance(value, str)
        found[other] = np.asarray(value).tolist() if several else [value]
        if np.ndim(value) > 1 or not found[other]:
            raise DesignError(
                f"at= has {value!r} for {other!r}; expected a value, or a list of values, each of "
                "which is combined with all others; correct it"
            )
    return found


def check_kind(kind: str) -> None:
    """Refuse an unknown kind of prediction.

    Raises
    ------
    DesignError
        With the nearest names.
    """
    if kind not in KINDS:
        raise DesignError(
            f"kind={kind!r} is not a kind of prediction; expected one of {listing(KINDS)}; choose "
            "one of them." + nearest(kind, KINDS)
        )
