"""Binary outcomes: two classes, one of them the event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bayeslogit.errors import ResponseError, listing, nearest
from bayeslogit.response.base import Response
from bayeslogit.response.values import MANY, RowName, numbered, one_dimension, refuse_missing
from bayeslogit.tables.columns import label

__all__ = ["binary"]


def binary(
    name: str,
    values: Any,
    kind: str | None = None,
    levels: Sequence[Any] = (),
    event: Any = None,
    row_name: RowName = numbered,
) -> Response:
    """Return a binary outcome, coded 1 where the event happened and 0 elsewhere.

    Parameters
    ----------
    name : str
        Name of the outcome.
    values : array of shape (obs,)
        0 and 1, booleans, or two labels. All may be of one class, if the other is known: 0 and
        1, booleans, a category of two levels, or the event named.
    kind : {"number", "boolean", "category"}, optional
        Kind of the values, as :meth:`bayeslogit.tables.table.Table.kind` returns it; by
        default found from the values.
    levels : sequence
        Levels of a category in their order; sorted labels if not given. Those that never occur
        are left out and named in ``absent``.
    event : optional
        The class whose probability is modelled. By default 1, True, or the last of two labels
        in the order of the levels: of "no" and "yes" it is "yes". Numbers other than 0 and 1
        need it.
    row_name : callable
        Takes the position of a row and returns its name for error messages.

    Returns
    -------
    Response
        ``y`` is 1 where the event happened.

    Raises
    ------
    ResponseError
        Missing values, more than two classes, one class where nothing names the other, numbers
        other than 0 and 1 without ``event``, or an event that is none of the classes.

    Examples
    --------
    >>> r = binary("passed", ["no", "yes", "yes"])
    >>> r.y.tolist(), r.classes, r.event
    ([0, 1, 1], ('no', 'yes'), 'yes')
    >>> binary("passed", ["no", "yes", "yes"], event="no").classes
    ('yes', 'no')
    """
    array = one_dimension(name, values)
    refuse_missing(name, array, row_name)
    if kind is None:
        kind = {"b": "boolean", "i": "number", "u": "number", "f": "number"}.get(
            array.dtype.kind, "category"
        )
    if array.dtype.kind in "fiu":
        kind = "number"  # a category whose labels are numbers says as little about the event
    found, codes = np.unique(array, return_inverse=True)
    present: list[Any] = found.tolist()
    absent = tuple(label(level) for level in levels if level not in present)
    if kind == "category":
        order = [level for level in levels if level in present]
        ranks = {value: rank for rank, value in enumerate(order or present)}
        codes = np.array([ranks[value] for value in present])[codes]
        present = order or present
    if kind == "number":
        _check_numbers(name, array, present, row_name)
    if len(present) > 2:
        raise ResponseError(
            f"The outcome {name!r} has {len(present)} different values, "
            f"{listing(map(label, present))}; two classes were expected. Use "
            "multinomial() for classes without an order, ordinal() for classes with one, or join "
            "classes."
        )
    both = (
        present if len(present) == 2 else _both(name, kind, present[0], levels, event, len(array))
    )
    other, chosen = _classes(name, kind, both, event)
    where = present.index(chosen) if chosen in present else -1
    y = (codes == where).astype(np.int64)
    return Response(
        name=name,
        y=y,
        kind="binary",
        trials=None,
        classes=(label(other), label(chosen)),
        event=label(chosen),
        values=(other, chosen),
        absent=absent if len(present) == 2 else (),
    )


def _both(name: str, kind: str, value: Any, levels: Sequence[Any], event: Any, n: int) -> list[Any]:
    """Return both classes where all rows are of one, if the other has a name."""
    if kind == "boolean":
        return [False, True]
    if kind == "number" and value in (0, 1) and (event is None or label(event) in ("0", "1")):
        return [0, 1]
    if kind == "category" and len(levels) == 2:
        return list(levels)
    if event is not None and label(event) != label(value):
        return [value, event]
    raise ResponseError(
        f"The outcome {name!r} is {label(value)!r} in all {n} rows, and nothing says what the "
        "other class is; two classes were expected. Name the class that is modelled by event=, "
        "add rows of the other class, or check how the rows were selected."
    )


def _check_numbers(name: str, array: np.ndarray, present: list[Any], row_name: RowName) -> None:
    if array.dtype.kind == "f":
        odd = ~(np.isfinite(array) & (array == np.floor(array)))
        if odd.any() and np.isfinite(array).all():
            row = int(np.flatnonzero(odd)[0])
            raise ResponseError(
                f"The outcome {name!r} is {array[row]:g} in {row_name(row)}; 0 and 1, or two "
                "classes, were expected. A measured number calls for a linear model; a share of "
                "trials is given as counts, with trials; for a threshold, compute a yes/no "
                "column first."
            )
        if np.isinf(array).any():
            row = int(np.flatnonzero(np.isinf(array))[0])
            raise ResponseError(
                f"The outcome {name!r} is {array[row]} in {row_name(row)}; 0 and 1, or two "
                "classes, were expected. Correct the value."
            )
    if len(present) > MANY:
        raise ResponseError(
            f"The outcome {name!r} has {len(present)} different numbers from {label(present[0])} "
            f"to {label(present[-1])}; two classes were expected. A grade or another measured "
            "number calls for a linear model (or beta regression for shares); for pass or fail "
            "compute a yes/no column, such as grade >= 50; counts of successes need trials."
        )


def _classes(name: str, kind: str, both: list[Any], event: Any) -> tuple[Any, Any]:
    """Return (other class, event class)."""
    if event is not None:
        return _choose(name, both, event)
    if kind == "number" and set(both) != {0, 1}:
        raise ResponseError(
            f"The outcome {name!r} has the values {label(both[0])} and {label(both[-1])}; 0 and 1 "
            "were expected, and which of other numbers is the event cannot be guessed. Say it: "
            f"event={label(both[-1])}."
        )
    return both[0], both[1]


def _choose(name: str, both: list[Any], event: Any) -> tuple[Any, Any]:
    texts = [label(value) for value in both]
    if label(event) not in texts:
        raise ResponseError(
            f"event={event!r} is not among the classes of the outcome {name!r}, which are "
            f"{listing(texts)}.{nearest(event, texts)} Choose one of them."
        )
    chosen = texts.index(label(event))
    return both[1 - chosen], both[chosen]
