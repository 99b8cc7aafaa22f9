"""A query of SQL that scores rows where they are: probabilities, and intervals of a Gaussian."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bayeslogit.errors import DesignError, MethodRefused, listing, quoted
from bayeslogit.errors.closed import DialectWord
from bayeslogit.export.sql_design import columns_of, offset_of
from bayeslogit.export.sql_dialects import dialect_of, number
from bayeslogit.export.sql_links import class_probabilities, probability
from bayeslogit.export.sql_query import Piece, Query, added
from bayeslogit.numerics.intervals import interval_names, interval_settings
from bayeslogit.posterior.group_views import as_seen
from bayeslogit.posterior.posterior import Posterior, column_weights, refuse_point
from bayeslogit.posterior.rows import refuse_without_offset

__all__ = ["to_sql"]

# The covariance of more coefficients is too long a text for most databases.
_MOST = 300
_POINT = ("linear", "probability")


def to_sql(
    posterior: Posterior,
    table: str | Sequence[str] = "new_rows",
    *,
    dialect: DialectWord = "duckdb",
    keep: Sequence[str] = (),
    offset: float | str | None = None,
    groups: str | None = None,
    ci_prob: float | None = None,
) -> str:
    """Return a query that scores the rows of a table inside a database.

    It reads the posterior as a Gaussian of the coefficients, with the mean and the covariance of
    the draws. Of two classes each row gets ``linear`` and ``sd``, the mean and the standard
    deviation of its linear predictor, which are those of ``fit.predict(kind="linear")``;
    ``probability``, the probability at ``linear``, which is the median and not the mean of
    the probability; and the equal-tailed interval of the probability. Of several classes each
    has its probability at the mean of the coefficients, without an interval. A row that
    :meth:`predict` would refuse, such as one with a level that the fit has not seen or a missing
    value, has NULL.

    Parameters
    ----------
    posterior : Posterior
        The fit.
    table : str or sequence of str, default "new_rows"
        The table with the columns of the formula; ``("sales", "customers")`` is one of a schema.
    dialect : {"duckdb", "sqlite", "postgres"}
        Whose SQL is written. A database of sqlite needs its mathematical functions, which that
        of Python has.
    keep : sequence of str
        Columns of the table to hand on, such as one that says which row is which: rows of a
        database have no order.
    offset : number or str, optional
        For a model that has one outside its formula: the same for all rows, or its column.
    groups : {"typical"}, optional
        For group-level terms, of which a query knows none: a group whose effects are zero.
    ci_prob : float, optional
        Probability of the interval; by default that of ArviZ's ``rcParams``.

    Returns
    -------
    str
        One ``SELECT``. Names and levels in it are quoted, whatever they hold.

    Raises
    ------
    DesignError
        If an argument is not known, a name cannot be one of that database, or a term is a spline
        or another curve, which is not written in SQL.
    MethodRefused
        If the model has group-level terms and ``groups`` is not ``"typical"``, the link is
        ``"probit"``, there are more than 300 coefficients, or an interval of a point estimate is
        asked for.

    See Also
    --------
    predict : Means and intervals of the draws themselves.
    to_dict : Everything about the fit, for other programs.

    Examples
    --------
    >>> import bayeslogit as bl
    >>> import sqlite3
    >>> exam = bl.load_dataset("exam")
    >>> fit = bl.logistic("passed ~ hours", exam, priors="flat").fit("map")
    >>> base = sqlite3.connect(":memory:")
    >>> students = exam.to_sql("students", base)
    >>> rows = base.execute(fit.to_sql("students", dialect="sqlite", keep=["hours"])).fetchall()
    >>> [round(value, 4) for value in rows[0]]  # hours, linear, probability
    [0.5, -3.3254, 0.0347]
    >>> base.close()
    """
    query = Query(dialect_of(dialect), _parts(table))
    posterior = _of_no_group(posterior, groups)
    model = posterior.model
    posterior.warn_of_risks("predicted risks")
    level = interval_settings(ci_prob)[0]
    if ci_prob is not None:
        refuse_point(posterior, "an interval")
    weights = column_weights(posterior)
    if weights[..., 0].size > _MOST:
        raise MethodRefused(
            f"a query for {weights[..., 0].size} coefficients is longer than databases take; "
            f"expected at most {_MOST}; score rows with fit.predict()"
        )
    kept = _kept(keep, query)
    columns = columns_of(model.design, query)
    added_to = [*offset_of(model.design, query), *_offset(posterior, offset, query)]
    two = not posterior.several
    etas = [
        _linear(weights[k].mean(axis=-1), columns, added_to, query, "eta")
        for k in range(1 if two else model.family.n_eta)
    ]
    if posterior.several:
        found = class_probabilities(model.family, etas, query)
        classes = model.response.classes
        results = [(f"probability {c}", p) for c, p in zip(classes, found, strict=True)]
    else:
        results = _two_classes(posterior, weights[0], columns, etas[0], query, level)
    _refuse_meeting([name for name, _ in kept], [name for name, _ in results], query)
    return query.select([*kept, *results])


def _parts(table: Any) -> tuple[str, ...]:
    parts = (table,) if isinstance(table, str) else tuple(table) if _texts(table) else ()
    if not parts:
        raise DesignError(
            f"table={quoted(table)} is no name; expected a text, or a list of texts for a table "
            "of a schema; write for example table='new_rows'"
        )
    return parts


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(part, str) for part in value)


def _of_no_group(posterior: Posterior, groups: Any) -> Posterior:
    """Return the posterior of a group without effects, where the model has groups."""
    if posterior.model.design.groups and groups != "typical":
        raise MethodRefused(
            f"groups={quoted(groups)} is asked of a query, and a query holds no effects of groups, "
            "of which there may be thousands; expected groups='typical', a group whose effects "
            "are zero; write that, or score rows with fit.predict()"
        )
    return as_seen(posterior, groups)


def _kept(keep: Any, query: Query) -> list[tuple[str, Piece]]:
    names = [keep] if isinstance(keep, str) else keep
    if not _texts(list(names) if isinstance(names, list | tuple) else None):
        raise DesignError(
            f"keep={quoted(keep)} are no names; expected a list of columns of the table; write for "
            "example keep=['id']"
        )
    return [(name, query.let("kept", query.column(name))) for name in names]


def _offset(posterior: Posterior, offset: Any, query: Query) -> list[Piece]:
    """Return the offset that is not in the formula."""
    model = posterior.model
    if offset is None:
        refuse_without_offset(model.design, model.offset)
        return []
    if isinstance(offset, str):
        return [query.let("c", query.dialect.numbers(query.column(offset)))]
    if isinstance(offset, bool) or not isinstance(offset, int | float) or not np.isfinite(offset):
        raise DesignError(
            f"offset={quoted(offset)} is neither a number nor a column of the table; expected one "
            "of them; write for example offset=0"
        )
    return [Piece(number(offset))]


def _linear(
    weights: np.ndarray, columns: Sequence[Piece], rest: Sequence[Piece], query: Query, kind: str
) -> Piece:
    """Return a combination of columns, of which those without a weight are still read."""
    terms = [
        Piece(number(weight) if column.sql == "1e0" else f"{number(weight)} * {column.sql}", at)
        for weight, column in zip(weights.tolist(), columns, strict=True)
        for at in [column.step]
    ]
    total = added([*terms, *rest])
    sql = f"CAST({total.sql} AS {query.dialect.real})" if total.step == 0 else total.sql
    return query.let(kind, sql, total)


def _two_classes(
    posterior: Posterior,
    weights: np.ndarray,
    columns: Sequence[Piece],
    eta: Piece,
    query: Query,
    level: float,
) -> list[tuple[str, Piece]]:
    """Return linear predictor and probability, with their spread unless it is a point."""
    from scipy.special import ndtri

    link = posterior.model.family.link
    point = probability(link, eta, query)
    if posterior.point:
        return list(zip(_POINT, (eta, point), strict=True))
    # Squares of combinations whose matrix is a root of the covariance: never negative.
    apart = weights - weights.mean(axis=-1, keepdims=True)
    root = np.linalg.qr(apart.T, mode="r") / np.sqrt(posterior.n_draws - 1)
    squares = []
    for row in root:
        used = [(w, c) for w, c in zip(row, columns, strict=True) if w != 0.0]
        if used:
            part = _linear(np.array([w for w, _ in used]), [c for _, c in used], [], query, "part")
            squares.append(Piece(f"{part.sql} * {part.sql}", part.step))
    total = added(squares)
    sd = query.let("sd", f"sqrt({total.sql})", total)
    reach = number(float(ndtri(0.5 + 0.5 * level)))
    ends = []
    for sign in "-+":
        end = query.let("end", f"{eta.sql} {sign} {reach} * {sd.sql}", eta, sd)
        ends.append(probability(link, end, query))
    names = ("linear", "sd", "probability", *interval_names(level, "eti"))
    return list(zip(names, (eta, sd, point, *ends), strict=True))


def _refuse_meeting(kept: list[str], results: list[str], query: Query) -> None:
    """Refuse columns to keep that are named as a result, or twice."""
    fold = str.casefold if query.dialect.any_case else str
    taken = {fold(name) for name in results}
    for name in kept:
        if fold(name) in taken:
            raise DesignError(
                f"keep= has {quoted(name)}, a name that the query gives already; expected names "
                f"other than {listing(results)}, each once; rename that column in the database"
            )
        taken.add(fold(name))
