"""Nominal and ordinal outcomes: three or more classes, without or with an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from bayeslogit.errors import ResponseError, listing, nearest
from bayeslogit.response.base import Response
from bayeslogit.response.values import RowName, numbered, one_dimension, refuse_missing
from bayeslogit.response.weights import whole
from bayeslogit.tables.columns import label

__all__ = ["nominal", "ordinal"]


def nominal(
    name: str,
    values: Any,
    levels: Sequence[Any] = (),
    reference: Any = None,
    row_name: RowName = numbered,
) -> Response:
    """Return a nominal outcome: codes of three or more classes without an order.

    Parameters
    ----------
    name : str
        Name of the outcome.
    values : array of shape (obs,)
        Labels, whole numbers or booleans.
    levels : sequence
        Classes in their order; sorted labels if not given. Those that never occur are left out
        and named in ``absent``, unless fewer than three would be left.
    reference : optional
        The class that the others are compared with; the first by default. It gets code 0.
    row_name : callable
        Takes the position of a row and returns its name for error messages.

    Returns
    -------
    Response

    Raises
    ------
    ResponseError
        Missing values, one class or two (logistic() is for those) where ``levels`` name no more,
        numbers that are not whole, more than 100 classes, or a reference that does not occur.

    Examples
    --------
    >>> r = nominal("party", ["left", "right", "centre", "left"], reference="left")
    >>> r.classes, r.y.tolist()
    (('left', 'centre', 'right'), [0, 2, 1, 0])
    """
    array = one_dimension(name, values)
    refuse_missing(name, array, row_name)
    present = _several(name, array, "multinomial", row_name, least=3 if len(levels) < 3 else 1)
    classes = [level for level in levels if level in present] or present
    if len(present) < 3:
        present = classes = list(levels)
    if reference is not None:
        match = [c for c in classes if c == reference or label(c) == label(reference)]
        if not match:
            texts = [label(c) for c in classes]
            raise ResponseError(
                f"reference={reference!r} is not among the classes of the outcome {name!r}, which "
                f"are {listing(texts)}.{nearest(reference, texts)} Choose one of them."
            )
        classes = match + [c for c in classes if c != match[0]]
    absent = tuple(label(level) for level in levels if level not in present)
    return _coded(name, array, classes, "nominal", absent)


def counts_of_classes(name: str, each: Mapping[str, Any], reference: Any = None) -> Response:
    """Return a nominal outcome of which each row holds how many cases are of each class.

    Parameters
    ----------
    name : str
        Name of the outcome.
    each : mapping of str to array of shape (obs,)
        Three or more classes, with whole numbers of 0 or more. Those without cases are left out
        and named in ``absent``, unless fewer than three would be left.
    reference : optional
        The class that the others are compared with; the first by default. It gets code 0, and
        the others follow in the order of their names, as labels would.

    Returns
    -------
    Response

    Raises
    ------
    ResponseError
        If no class has a case, or the reference has none, though three others do.

    Examples
    --------
    >>> counts_of_classes("vote", {"left": [3, 0], "right": [1, 2], "centre": [0, 1]}).y.tolist()
    [[3, 0, 1], [0, 1, 2]]
    """
    found = {one: whole(one, values) for one, values in each.items()}
    empty = [one for one, values in found.items() if not values.any()]
    if len(empty) == len(found):
        raise ResponseError(
            f"{listing(empty)} of counts= are 0 in every row; expected cases of some class; choose "
            "the columns that hold them"
        )
    # As for labels: a class without cases goes, unless fewer than three would be left.
    gone = empty if len(found) - len(empty) >= 3 else []
    kept = [one for one in found if one not in gone]
    coded = nominal(name, kept, reference=kept[0] if reference is None else reference)
    y = np.stack([found[one] for one in coded.classes], axis=1)
    return replace(coded, y=y, trials=y.sum(axis=1), absent=tuple(map(label, gone)))


def ordinal(
    name: str,
    values: Any,
    levels: Sequence[Any] = (),
    ordered: bool = False,
    row_name: RowName = numbered,
) -> Response:
    """Return an ordinal outcome: codes of three or more classes, from lowest to highest.

    Parameters
    ----------
    name : str
        Name of the outcome.
    values : array of shape (obs,)
        Labels, or whole numbers, whose order is their size.
    levels : sequence
        Classes from lowest to highest. Those that never occur are kept if ``ordered``; else
        they, and whole numbers between the classes, are named in ``absent``.
    ordered : bool
        Whether ``levels`` are in order, by the type of the column or by the caller.
    row_name : callable
        Takes the position of a row and returns its name for error messages.

    Returns
    -------
    Response

    Raises
    ------
    ResponseError
        Missing values, labels without an order, values that are not among the levels, fewer
        than three classes, numbers that are not whole, or more than 100 classes.

    Examples
    --------
    >>> r = ordinal("rating", ["low", "high", "mid"], ["low", "mid", "high"], ordered=True)
    >>> r.classes, r.y.tolist()
    (('low', 'mid', 'high'), [0, 2, 1])
    """
    array = one_dimension(name, values)
    refuse_missing(name, array, row_name)
    absent: tuple[str, ...] = ()
    if ordered:
        classes = list(levels)
        texts = {label(c) for c in classes}
        if len(texts) != len(classes):
            raise ResponseError(
                f"levels= of the outcome {name!r} names a class twice: {listing(classes)}. Each "
                "class once, from lowest to highest, was expected."
            )
        strange = sorted({label(v) for v in np.unique(array).tolist()} - texts)
        if strange:
            raise ResponseError(
                f"The outcome {name!r} has the value {strange[0]!r}, which is not among its levels "
                f"{listing(map(label, classes))}.{nearest(strange[0], texts)} Add it to levels= in "
                "its place, or correct the rows."
            )
        if len(classes) < 3:
            raise _too_few(name, classes, "ordinal")
    else:
        if array.dtype.kind not in "iuf":
            present = np.unique(array).tolist()
            if len(present) < 3:
                raise _too_few(name, present, "ordinal")
            found = listing(map(label, present))
            raise ResponseError(
                f"The outcome {name!r} has labels without an order: {found}. Ordered classes were "
                "expected. Say the order, lowest first, such as levels=['low', 'mid', 'high'], or "
                "give the column an ordered type; for classes without an order use multinomial()."
            )
        classes = _several(name, array, "ordinal", row_name)
        absent = _between(classes, levels)
    return _coded(name, array, classes, "ordinal", absent)


def _between(classes: Sequence[Any], levels: Sequence[Any]) -> tuple[str, ...]:
    """Return whole numbers that are no class, between classes or among the levels; ten at most."""
    steps = pairwise(sorted({*classes, *levels}))
    gaps = {int(low) + k for low, high in steps for k in range(1, min(int(high - low), 11))}
    gaps |= {int(level) for level in levels if level not in classes}
    return tuple(label(number) for number in sorted(gaps)[:10])


def _several(
    name: str, array: np.ndarray, builder: str, row_name: RowName, least: int = 3
) -> list[Any]:
    """Return the classes that occur, sorted; refuse too few, too many, and measured numbers."""
    if array.dtype.kind == "f":
        odd = array != np.floor(array)
        if odd.any():
            row = int(np.flatnonzero(odd)[0])
            raise ResponseError(
                f"The outcome {name!r} is {array[row]:g} in {row_name(row)}; classes (labels or "
                "whole numbers) were expected. A measured number calls for a linear model."
            )
    present: list[Any] = np.unique(array).tolist()
    if len(present) < least:
        raise _too_few(name, present, builder)
    if len(present) > 100:
        raise ResponseError(
            f"The outcome {name!r} has {len(present)} different values; at most 100 classes were "
            "expected. A measured number calls for a linear model; otherwise join classes."
        )
    return present


def _too_few(name: str, classes: Sequence[Any], builder: str) -> ResponseError:
    return ResponseError(
        f"The outcome {name!r} has {len(classes)} class{'es' if len(classes) != 1 else ''}, "
        f"{listing(map(label, classes))}; three or more were expected by {builder}(). For two "
        "classes use logistic(); for more than occur in these rows name them all, "
        + (
            "levels=[...] from lowest to highest."
            if builder == "ordinal"
            else "as pandas.Categorical(values, categories=[...]) does."
        )
    )


def _coded(
    name: str, array: np.ndarray, classes: Sequence[Any], kind: Any, absent: tuple[str, ...]
) -> Response:
    ranks = {label(value): rank for rank, value in enumerate(classes)}
    found, inverse = np.unique(array, return_inverse=True)
    codes = np.array([ranks[label(value)] for value in found.tolist()], dtype=np.int64)
    return Response(
        name=name,
        y=codes[inverse.ravel()],
        kind=kind,
        trials=None,
        classes=tuple(ranks),
        event=None,
        values=tuple(classes),
        absent=absent,
    )
