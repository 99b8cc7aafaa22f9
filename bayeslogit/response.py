"""Responses: the outcome of a model as codes or counts, with the names of its classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bayeslogit.errors import ResponseError, listing, nearest

__all__ = [
    "Response", "binary", "check_offset", "check_weights", "counts", "nominal", "ordinal", "whole",
]  # fmt: skip

MANY = 10  # more distinct numbers than this look like a measurement, not like classes


@dataclass(frozen=True, eq=False)
class Response:
    """The outcome of a model.

    Parameters
    ----------
    name : str
        What the outcome is called.
    y : np.ndarray of int64, shape (obs,)
        Codes 0, 1 (binary), 0 to K - 1 (nominal, ordinal), or counts of the event.
    kind : {"binary", "counts", "nominal", "ordinal"}
        What ``y`` holds.
    trials : np.ndarray of int64, shape (obs,), or None
        Trials of each row, for counts.
    classes : tuple of str
        Names of the classes in code order; binary: (other, event); counts: failure, success.
    event : str or None
        The class whose probability is modelled, for binary and counts.
    values : tuple
        The classes as the caller gave them, in code order.
    case_control : bool
        Whether rows were sampled by their outcome, so that its share says nothing.
    """

    name: str
    y: np.ndarray
    kind: Literal["binary", "counts", "nominal", "ordinal"]
    trials: np.ndarray | None
    classes: tuple[str, ...]
    event: str | None
    values: tuple[Any, ...]
    case_control: bool = False

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return len(self.classes)


def binary(
    name: str,
    values: Any,
    kind: str | None = None,
    levels: Sequence[Any] = (),
    event: Any = None,
) -> Response:
    """Code a two-class outcome.

    Parameters
    ----------
    name : str
        What the outcome is called.
    values : array of shape (obs,)
        0 and 1, booleans, or two labels.
    kind : {"number", "boolean", "category"}, optional
        Kind of the values, as :meth:`bayeslogit.tables.Table.kind` says; found from the values
        if not given.
    levels : sequence
        Levels of a category in their order; sorted labels if not given.
    event : optional
        The class whose probability is modelled. By default 1, True, or the last of two labels
        in the order of the levels: of "no" and "yes" it is "yes". Numbers other than 0 and 1
        need it.

    Returns
    -------
    Response
        ``y`` is 1 where the event happened.

    Raises
    ------
    ResponseError
        Missing values, one class only, more than two, numbers other than 0 and 1 without
        ``event``, or an event that does not occur.

    Examples
    --------
    >>> r = binary("passed", ["no", "yes", "yes"])
    >>> r.y.tolist(), r.classes, r.event
    ([0, 1, 1], ('no', 'yes'), 'yes')
    >>> binary("passed", ["no", "yes", "yes"], event="no").classes
    ('yes', 'no')
    """
    array = _one_dimension(name, values)
    _refuse_missing(name, array)
    if kind is None:
        kind = {"b": "boolean", "i": "number", "u": "number", "f": "number"}.get(
            array.dtype.kind, "category"
        )
    if array.dtype.kind in "fiu":
        kind = "number"  # a category whose labels are numbers says as little about the event
    found, codes = np.unique(array, return_inverse=True)
    present: list[Any] = found.tolist()
    if kind == "category":
        order = [level for level in levels if level in present]
        ranks = {value: rank for rank, value in enumerate(order or present)}
        codes = np.array([ranks[value] for value in present])[codes]
        present = order or present
    if kind == "number":
        _check_numbers(name, array, present)
    if len(present) > 2:
        raise ResponseError(
            f"The outcome {name!r} has {len(present)} different values, "
            f"{listing(map(_text, present))}; two classes were expected. Use "
            "multinomial() for classes without an order, ordinal() for classes with one, or join "
            "classes."
        )
    if len(present) == 1:
        raise _one_class(name, present[0], len(array))
    other, chosen = _classes(name, kind, present, event)
    y = (codes == present.index(chosen)).astype(np.int64)
    return Response(
        name=name,
        y=y,
        kind="binary",
        trials=None,
        classes=(_text(other), _text(chosen)),
        event=_text(chosen),
        values=(other, chosen),
    )


def counts(name: str, successes: Any, trials: Any, trials_name: str = "trials") -> Response:
    """Check counts of successes out of trials.

    Parameters
    ----------
    name : str
        What the outcome is called.
    successes : array of shape (obs,)
        Whole numbers from 0 to the trials of the row.
    trials : array of shape (obs,), or int
        Whole numbers; one number stands for every row. A row without trials says nothing and
        is allowed.
    trials_name : str
        What to call the trials in error sentences.

    Returns
    -------
    Response

    Raises
    ------
    ResponseError
        Missing, fractional or negative counts, more successes than trials, no trials at all, or
        lengths that differ.

    Examples
    --------
    >>> counts("germinated", [3, 0], 10).trials.tolist()
    [10, 10]
    """
    hits = whole(name, successes)
    if np.ndim(trials) == 0:
        trials = np.full(len(hits), trials)
    total = whole(trials_name, trials)
    if len(total) != len(hits):
        raise ResponseError(
            f"{trials_name!r} has {len(total)} values and {name!r} has {len(hits)}; one number of "
            "trials for each row was expected, or a single number for all."
        )
    over = hits > total
    if over.any():
        row = int(np.flatnonzero(over)[0])
        raise ResponseError(
            f"{name!r} is {hits[row]} and {trials_name!r} is {total[row]} in row {row}: more "
            "successes than trials. Successes from 0 to the number of trials were expected; "
            "correct the row, or check that the two columns are not exchanged (trials are "
            "successes plus failures)."
        )
    if not total.any():
        raise ResponseError(
            f"{trials_name!r} is 0 in every one of the {len(total)} rows, so nothing was observed. "
            "At least one row with trials was expected."
        )
    return Response(
        name=name,
        y=hits,
        kind="counts",
        trials=total,
        classes=("failure", "success"),
        event="success",
        values=("failure", "success"),
    )


def nominal(
    name: str,
    values: Any,
    levels: Sequence[Any] = (),
    reference: Any = None,
) -> Response:
    """Code an outcome of several classes without an order.

    Parameters
    ----------
    name : str
        What the outcome is called.
    values : array of shape (obs,)
        Labels, whole numbers or booleans.
    levels : sequence
        Classes in their order, also unobserved ones; sorted labels if not given.
    reference : optional
        The class that the others are compared with; the first by default. It gets code 0.

    Returns
    -------
    Response

    Raises
    ------
    ResponseError
        Missing values, one class only, two classes (logistic() is for those), numbers that are
        not whole, more than 100 classes, or a reference that does not occur.

    Examples
    --------
    >>> r = nominal("party", ["left", "right", "centre", "left"], reference="left")
    >>> r.classes, r.y.tolist()
    (('left', 'centre', 'right'), [0, 2, 1, 0])
    """
    array = _one_dimension(name, values)
    _refuse_missing(name, array)
    present = _several(name, array, "multinomial")
    classes = [level for level in levels if level in present] or present
    if reference is not None:
        match = [c for c in classes if c == reference or _text(c) == _text(reference)]
        if not match:
            texts = [_text(c) for c in classes]
            raise ResponseError(
                f"reference={reference!r} is not among the classes of the outcome {name!r}, which "
                f"are {listing(texts)}.{nearest(reference, texts)} Choose one of them."
            )
        classes = match + [c for c in classes if c != match[0]]
    return _coded(name, array, classes, "nominal")


def ordinal(
    name: str,
    values: Any,
    levels: Sequence[Any] = (),
    ordered: bool = False,
) -> Response:
    """Code an outcome of several classes with an order.

    Parameters
    ----------
    name : str
        What the outcome is called.
    values : array of shape (obs,)
        Labels, or whole numbers, whose order is their size.
    levels : sequence
        Classes from lowest to highest. Those that never occur are kept.
    ordered : bool
        Whether the order of ``levels`` is meant, by the table's type or by the caller.

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
    array = _one_dimension(name, values)
    _refuse_missing(name, array)
    if ordered:
        classes = list(levels)
        texts = {_text(c) for c in classes}
        if len(texts) != len(classes):
            raise ResponseError(
                f"levels= of the outcome {name!r} names a class twice: {listing(classes)}. Each "
                "class once, from lowest to highest, was expected."
            )
        strange = sorted({_text(v) for v in np.unique(array).tolist()} - texts)
        if strange:
            raise ResponseError(
                f"The outcome {name!r} has the value {strange[0]!r}, which is not among its levels "
                f"{listing(map(_text, classes))}.{nearest(strange[0], texts)} Add it to levels= in "
                "its place, or correct the rows."
            )
        found = np.unique(array).tolist()
        if len(classes) < 3 or len(found) < 2:
            raise _too_few(name, classes if len(classes) < 3 else found, "ordinal")
    else:
        if array.dtype.kind not in "iuf":
            present = np.unique(array).tolist()
            if len(present) < 3:
                raise _too_few(name, present, "ordinal")
            found = listing(map(_text, present))
            raise ResponseError(
                f"The outcome {name!r} has labels without an order: {found}. Ordered classes were "
                "expected. Say the order, lowest first, such as levels=['low', 'mid', 'high'], or "
                "give the column an ordered type; for classes without an order use multinomial()."
            )
        classes = _several(name, array, "ordinal")
    return _coded(name, array, classes, "ordinal")


def _several(name: str, array: np.ndarray, builder: str) -> list[Any]:
    """Return the classes that occur, sorted; refuse too few, too many, and measured numbers."""
    if array.dtype.kind == "f":
        odd = array != np.floor(array)
        if odd.any():
            row = int(np.flatnonzero(odd)[0])
            raise ResponseError(
                f"The outcome {name!r} is {array[row]:g} in row {row}; classes (labels or whole "
                "numbers) were expected. A measured number calls for a linear model."
            )
    present = np.unique(array).tolist()
    if len(present) < 3:
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
        f"{listing(map(_text, classes))}; three or more were expected by {builder}(). For two "
        "classes use logistic(); with one class there is nothing to tell apart."
    )


def _coded(name: str, array: np.ndarray, classes: Sequence[Any], kind: Any) -> Response:
    ranks = {_text(value): rank for rank, value in enumerate(classes)}
    found, inverse = np.unique(array, return_inverse=True)
    codes = np.array([ranks[_text(value)] for value in found.tolist()], dtype=np.int64)
    return Response(
        name=name,
        y=codes[inverse.ravel()],
        kind=kind,
        trials=None,
        classes=tuple(ranks),
        event=None,
        values=tuple(classes),
    )


def check_weights(weights: Any, n: int) -> np.ndarray:
    """Return frequency weights as float64, shape (n,).

    Parameters
    ----------
    weights : array of shape (n,)
        Finite, not negative, not all zero; fractions are allowed.
    n : int
        Number of rows of the table.

    Raises
    ------
    ResponseError
        A weight is missing, negative or infinite, all are zero, or there are not ``n``.

    Examples
    --------
    >>> check_weights([2, 0.5], 2)
    array([2. , 0.5])
    """
    out = _per_row("weights", weights, n)
    if (out < 0).any():
        row = int(np.flatnonzero(out < 0)[0])
        raise ResponseError(
            f"The weight in row {row} is {out[row]:g}; weights of 0 or more were expected (how "
            "often a row counts). Correct it, or leave the row out."
        )
    if not out.any():
        raise ResponseError(
            f"All {n} weights are 0, so no row counts. At least one weight above 0 was expected."
        )
    return out


def check_offset(offset: Any, n: int) -> np.ndarray:
    """Return an offset (log-odds) as float64, shape (n,).

    Parameters
    ----------
    offset : array of shape (n,)
        Finite numbers that are added to the log-odds as they are.
    n : int
        Number of rows of the table.

    Raises
    ------
    ResponseError
        A value is missing or infinite, or there are not ``n``.

    Examples
    --------
    >>> check_offset([0, 1], 2)
    array([0., 1.])
    """
    return _per_row("offset", offset, n)


def _text(value: Any) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _one_dimension(name: str, values: Any) -> np.ndarray:
    array = values if isinstance(values, np.ndarray) else _array(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or len(array) == 0:
        raise ResponseError(
            f"The outcome {name!r} has the shape {array.shape}; one value for each row was "
            "expected."
        )
    if array.dtype.kind not in "biufUTO":
        raise ResponseError(
            f"The outcome {name!r} has the type {array.dtype}; numbers, booleans or text were "
            "expected. Convert it."
        )
    return array


def _array(values: Any) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype.kind in "US" and isinstance(values, list | tuple):
        # numpy turns a list of numbers and text into text without saying so
        kinds = {type(value) for value in values}
        if len(kinds) > 1:
            out = np.empty(len(values), dtype=object)
            out[:] = values
            return out
    return array


def _refuse_missing(name: str, array: np.ndarray) -> None:
    if array.dtype.kind == "f":
        gaps = np.isnan(array)
    elif array.dtype.kind == "O":
        gaps = np.array([_is_gap(value) for value in array.tolist()], dtype=bool)
    else:
        return
    if gaps.any():
        row = int(np.flatnonzero(gaps)[0])
        raise ResponseError(
            f"The outcome {name!r} has no value in row {row}; {int(gaps.sum())} of its "
            f"{len(array)} values are missing, and a value was expected in every row. Fill them "
            "in, or leave such rows out with missing='drop'."
        )
    if array.dtype.kind == "O":
        kinds = sorted({type(value).__name__ for value in array.tolist()})
        if len(kinds) > 1:
            raise ResponseError(
                f"The outcome {name!r} mixes values of the types {listing(kinds)}; one kind was "
                "expected. Convert them, for instance with str()."
            )


def _is_gap(value: Any) -> bool:
    # Only missing values (NaN, NaT, pandas.NA) are not plainly equal to themselves.
    return value is None or type(value).__name__ == "NAType" or bool(value != value)


def _check_numbers(name: str, array: np.ndarray, present: list[Any]) -> None:
    if array.dtype.kind == "f":
        odd = ~(np.isfinite(array) & (array == np.floor(array)))
        if odd.any() and np.isfinite(array).all():
            row = int(np.flatnonzero(odd)[0])
            raise ResponseError(
                f"The outcome {name!r} is {array[row]:g} in row {row}; 0 and 1, or two classes, "
                "were expected. A measured number calls for a linear model; a share of trials is "
                "given as counts, with trials; for a threshold, compute a yes/no column first."
            )
        if np.isinf(array).any():
            row = int(np.flatnonzero(np.isinf(array))[0])
            raise ResponseError(
                f"The outcome {name!r} is {array[row]} in row {row}; 0 and 1, or two classes, were "
                "expected. Correct the value."
            )
    if len(present) > MANY:
        raise ResponseError(
            f"The outcome {name!r} has {len(present)} different numbers from {_text(present[0])} "
            f"to {_text(present[-1])}; two classes were expected. A grade or another measured "
            "number calls for a linear model (or beta regression for shares); for pass or fail "
            "compute a yes/no column, such as grade >= 50; counts of successes need trials."
        )


def _classes(name: str, kind: str, both: list[Any], event: Any) -> tuple[Any, Any]:
    """Return (other class, event class)."""
    if event is not None:
        return _choose(name, both, event)
    if kind == "number" and set(both) != {0, 1}:
        raise ResponseError(
            f"The outcome {name!r} has the values {_text(both[0])} and {_text(both[-1])}; 0 and 1 "
            "were expected, and which of other numbers is the event cannot be guessed. Say it: "
            f"event={_text(both[-1])}."
        )
    return both[0], both[1]


def _choose(name: str, both: list[Any], event: Any) -> tuple[Any, Any]:
    texts = [_text(value) for value in both]
    if _text(event) not in texts:
        raise ResponseError(
            f"event={event!r} is not among the classes of the outcome {name!r}, which are "
            f"{listing(texts)}.{nearest(event, texts)} Choose one of them."
        )
    chosen = texts.index(_text(event))
    return both[1 - chosen], both[chosen]


def _one_class(name: str, value: Any, n: int) -> ResponseError:
    return ResponseError(
        f"The outcome {name!r} is {_text(value)!r} in all {n} rows; two classes were "
        "expected, since nothing distinguishes them otherwise. Add rows of the other class, or "
        "check how the rows were selected."
    )


def whole(name: str, values: Any) -> np.ndarray:
    """Return counts as int64; refuse what is not a whole number of 0 or more."""
    array = _one_dimension(name, values)
    if array.dtype.kind == "O":
        _refuse_missing(name, array)
    if array.dtype.kind not in "biuf":
        raise ResponseError(
            f"{name!r} has the type {array.dtype}; counts, whole numbers of 0 or more, were "
            "expected."
        )
    if array.dtype.kind == "f":
        _refuse_missing(name, array)
        odd = ~np.isfinite(array) | (array != np.floor(array))
        if odd.any():
            row = int(np.flatnonzero(odd)[0])
            raise ResponseError(
                f"{name!r} is {array[row]:g} in row {row}; a count, a whole number of 0 or more, "
                "was expected. For shares, give successes = share * trials as whole numbers."
            )
    if (array < 0).any():
        row = int(np.flatnonzero(array < 0)[0])
        raise ResponseError(
            f"{name!r} is {_text(array[row])} in row {row}; a count, a whole number of 0 or more, "
            "was expected. Correct the row."
        )
    if array.max() > 2**53:
        row = int(np.argmax(array))
        raise ResponseError(
            f"{name!r} is {_text(array[row])} in row {row}; counts up to 2**53 were expected, "
            "larger ones are not exact."
        )
    return array.astype(np.int64)


def _per_row(what: str, values: Any, n: int) -> np.ndarray:
    array = np.asarray(values)
    if array.shape != (n,):
        raise ResponseError(
            f"{what} has the shape {array.shape}; ({n},), one number for each row, was expected."
        )
    if array.dtype.kind not in "biuf":
        raise ResponseError(
            f"{what} has the type {array.dtype}; real numbers were expected. Convert it."
        )
    out = array.astype(np.float64)
    wrong = ~np.isfinite(out)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ResponseError(
            f"{what} is {out[row]} in row {row}; a finite number was expected in every row. "
            "Correct it, or leave the row out."
        )
    return out
