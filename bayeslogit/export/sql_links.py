"""Probabilities at linear predictors, as expressions of SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from bayeslogit.errors import MethodRefused, listing
from bayeslogit.export.sql_query import Piece, Query, added
from bayeslogit.families import Family

__all__ = ["class_probabilities", "probability"]

# Exponentials are asked for where they are numbers: some databases refuse the others.
_LINKS = {
    "logit": (
        "CASE WHEN {0} < -700e0 THEN 0e0 WHEN {0} < 0e0 THEN exp({0}) / (1e0 + exp({0})) "
        "WHEN {0} <= 700e0 THEN 1e0 / (1e0 + exp(-{0})) WHEN {0} > 700e0 THEN 1e0 END"
    ),
    "cloglog": (
        "CASE WHEN {0} < -700e0 THEN 0e0 WHEN {0} <= 6e0 THEN 1e0 - exp(-exp({0})) "
        "WHEN {0} > 6e0 THEN 1e0 END"
    ),
    "loglog": (
        "CASE WHEN {0} < -6e0 THEN 0e0 WHEN {0} <= 700e0 THEN exp(-exp(-{0})) "
        "WHEN {0} > 700e0 THEN 1e0 END"
    ),
    "cauchit": "atan2(1e0, -{0}) / 3.141592653589793e0",
    "log": (
        "CASE WHEN {0} < -700e0 THEN 0e0 WHEN {0} <= 0e0 THEN exp({0}) WHEN {0} > 0e0 THEN 1e0 END"
    ),
    "identity": (
        "CASE WHEN {0} < 0e0 THEN 0e0 WHEN {0} <= 1e0 THEN {0} WHEN {0} > 1e0 THEN 1e0 END"
    ),
}


def probability(link: str, eta: Piece, query: Query) -> Piece:
    """Return the probability at a linear predictor.

    Parameters
    ----------
    link : str
        A key of ``bl.LINKS``.
    eta : Piece
        A name, in the unit of the link.
    query : Query

    Raises
    ------
    MethodRefused
        If the link needs a function that databases do not have.
    """
    if link not in _LINKS:
        raise MethodRefused(
            f"link={link!r} needs the normal distribution function, which databases do not have; "
            f"expected one of the links {listing(_LINKS)}; score rows with fit.predict(), or fit "
            "with link='logit'"
        )
    return query.let("prob", _LINKS[link].format(eta.sql), eta)


def class_probabilities(family: Family, etas: Sequence[Piece], query: Query) -> list[Piece]:
    """Return the probability of each of more than two classes.

    Parameters
    ----------
    family : Family
    etas : sequence of Piece, of length predictors
        Names of the linear predictors.
    query : Query
    """
    return _FORMS[family.name](family, etas, query)


def _softmax(logs: Sequence[Piece], query: Query) -> list[Piece]:
    """Return probabilities in proportion to exponentials, measured from the largest."""
    top = logs[0]
    for other in logs[1:]:
        sql = f"CASE WHEN {other.sql} > {top.sql} THEN {other.sql} ELSE {top.sql} END"
        top = query.let("top", sql, top, other)
    sizes = []
    for one in logs:
        apart = f"{one.sql} - {top.sql}"
        sql = f"CASE WHEN {apart} < -700e0 THEN 0e0 ELSE exp({apart}) END"
        sizes.append(query.let("size", sql, one, top))
    total = added(sizes)
    total = query.let("total", total.sql, total)
    return [query.let("prob", f"{size.sql} / {total.sql}", size, total) for size in sizes]


def _multinomial(family: Family, etas: Sequence[Piece], query: Query) -> list[Piece]:
    # A predictor that is NULL shall leave no class with a probability.
    return _softmax([query.let("eta", f"0e0 * {etas[0].sql}", etas[0]), *etas], query)


def _adjacent(family: Family, etas: Sequence[Piece], query: Query) -> list[Piece]:
    logs = [query.let("eta", f"0e0 * {etas[0].sql}", etas[0])]
    for eta in reversed(etas):
        logs.append(query.let("eta", f"{logs[-1].sql} + {eta.sql}", logs[-1], eta))
    return _softmax(logs[::-1], query)


def _cumulative(family: Family, etas: Sequence[Piece], query: Query) -> list[Piece]:
    below = [probability(family.link, eta, query) for eta in etas]
    inner = []
    for low, high in pairwise(below):
        apart = f"{high.sql} - {low.sql}"
        inner.append(query.let("prob", f"CASE WHEN {apart} >= 0e0 THEN {apart} END", low, high))
    return [below[0], *inner, query.let("prob", f"1e0 - {below[-1].sql}", below[-1])]


def _sequential(family: Family, etas: Sequence[Piece], query: Query) -> list[Piece]:
    found, left = [], Piece("1e0")
    for eta in etas:
        stops = probability(family.link, eta, query)
        found.append(query.let("prob", f"{left.sql} * {stops.sql}", left, stops))
        left = query.let("prob", f"{left.sql} * (1e0 - {stops.sql})", left, stops)
    return [*found, left]


_FORMS: dict[str, Callable[[Family, Sequence[Piece], Query], list[Piece]]] = {
    "multinomial": _multinomial,
    "adjacent": _adjacent,
    "cumulative": _cumulative,
    "sequential": _sequential,
}
