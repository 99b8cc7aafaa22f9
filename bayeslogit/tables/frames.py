"""Finding the named columns of a table: dict, structured array or data frame.

Data frames of all libraries are read through narwhals, which only this file imports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from bayeslogit.errors import DesignError, listing
from bayeslogit.tables.columns import (
    NOTHING,
    Column,
    from_array,
    from_floats,
    from_integers,
    from_labels,
    from_objects,
    has,
    unusable,
)

__all__ = ["Found", "columns_of", "index_of", "refuse_other_rows"]

# Columns that are read without narwhals.
_PLAIN = (np.ndarray, list, tuple, range)


class Found(NamedTuple):
    """The columns of a table, each as a function that converts it, with its rows' labels."""

    columns: Mapping[str, Callable[[], Column]]
    n_rows: int
    row_labels: Any = None


def columns_of(data: Any, what: str) -> Found:
    """Find the columns of a table, each to be converted when it is first asked for.

    Parameters
    ----------
    data : mapping of str to values, structured array, or data frame
        As in :func:`bayeslogit.tables.reading.read`.
    what : str
        What error messages call the table.

    Raises
    ------
    DesignError
        Not a table, no rows, no columns, a name given twice, or unequal lengths.
    """
    if isinstance(data, np.ndarray) and data.dtype.names:
        data = {name: data[name] for name in data.dtype.names}
    if isinstance(data, Mapping):
        return _of_mapping(data, what)
    return _of_frame(data, what)


def _of_mapping(data: Mapping[Any, Any], what: str) -> Found:
    values = dict(zip(_unique_names(data, what), data.values(), strict=True))
    lengths: dict[str, int] = {}
    for name, column in values.items():
        if isinstance(column, Mapping | set | frozenset):
            raise DesignError(
                f"Column {name!r} of the {what} is a {type(column).__name__}; a list or a "
                "1-d array was expected."
            )
        if not _is_single(column):
            lengths[name] = len(column)
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{name!r}: {n}" for name, n in list(lengths.items())[:10])
        raise DesignError(
            f"The columns of the {what} have different lengths ({counts}); the same number of "
            "rows was expected in each."
        )
    n_rows = next(iter(lengths.values()), 1)
    _check_size(n_rows, len(values), what)

    loaders = {
        name: partial(_from_values, column, name, what)
        if name in lengths
        else partial(_repeated, column, n_rows, name, what)
        for name, column in values.items()
    }
    return Found(loaders, n_rows, _shared_index(values, what))


def _shared_index(columns: Mapping[str, Any], what: str) -> Any:
    """Return the index of the pandas series among the columns, None if there are none."""
    first, shared = "", None
    for name, column in columns.items():
        called = f"column {name!r}"
        if shared is not None:
            refuse_other_rows(shared, column, f"column {first!r} of the {what}", called)
        elif (index := index_of(column)) is not None:
            first, shared = name, index
    return shared


def index_of(values: Any) -> Any:
    """Return the index of pandas values, None for all others.

    Parameters
    ----------
    values : series, data frame, array or list
    """
    if values is None or isinstance(values, _PLAIN) or _is_single(values):
        return None
    import narwhals.stable.v2 as nw

    read = nw.from_native(values, allow_series=True, pass_through=True)
    return nw.maybe_get_index(read) if isinstance(read, nw.Series | nw.DataFrame) else None


def refuse_other_rows(index: Any, values: Any, one: str, other: str) -> None:
    """Refuse values of rows whose own labels are others, or in another order.

    Position alone would join them to the wrong rows without a word.

    Parameters
    ----------
    index : pandas.Index or None
        Labels of the rows.
    values : series, array or list, of length rows
    one, other : str
        What error messages call the rows, and the values.

    Raises
    ------
    DesignError
        If the values are of pandas, as many as the rows, and their index is not the same.
    """
    own = None if index is None else index_of(values)
    if own is None or len(own) != len(index) or own.equals(index):
        return
    pairs = enumerate(zip(index, own, strict=True))
    place = next((i for i, (a, b) in pairs if a != b), 0)
    found = [listing(labels[place : place + 3]) for labels in (index, own)]
    advice = f"if the rows are in the same order all the same, pass {other} as an array"
    if own.is_unique and index.is_unique and set(own) == set(index):
        advice = f"bring {other} into the order of the rows by .loc[...]; {advice}"
    raise DesignError(
        f"The rows of {one} are labelled {found[0]} from position {place} on, and those of {other} "
        f"{found[1]}; the same labels in the same order were expected, because otherwise it is not "
        f"known which belong together; {advice}."
    )


def _is_single(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 0
    return isinstance(value, str | bytes) or not hasattr(value, "__len__")


def _repeated(value: Any, n_rows: int, name: str, what: str) -> Column:
    return _from_values([value], name, what).take(np.zeros(n_rows, dtype=np.intp))


def _of_frame(data: Any, what: str) -> Found:
    import narwhals.stable.v2 as nw

    try:
        frame = nw.from_native(data, eager_only=True)
    except nw.exceptions.DuplicateError as error:
        raise DesignError(
            f"The {what} {has(what)} more than one column of the same name; each may occur once. "
            f"{' '.join(str(error).split())}. Rename or remove one of them."
        ) from None
    except TypeError:
        raise DesignError(_not_a_table(data, what)) from None
    names = _unique_names(frame.columns, what)
    _check_size(len(frame), len(names), what)
    return Found(
        {
            name: partial(_from_key, frame, key, name, what)
            for key, name in zip(frame.columns, names, strict=True)
        },
        len(frame),
        nw.maybe_get_index(frame),
    )


def _unique_names(names: Iterable[Any], what: str) -> tuple[str, ...]:
    texts = tuple(str(name) for name in names)
    if len(set(texts)) < len(texts):
        twice = next(text for i, text in enumerate(texts) if text in texts[:i])
        raise DesignError(
            f"The {what} {has(what)} more than one column named {twice!r}; each name may occur "
            "once. Rename or remove one of them."
        )
    return texts


def _check_size(n_rows: int, n_columns: int, what: str) -> None:
    # No new rows get no answers; nothing can be learnt from no rows.
    if n_columns == 0 or (n_rows == 0 and what != "new rows"):
        raise DesignError(
            f"The {what} {has(what)} {n_rows} rows and {n_columns} columns; at least one of each "
            "was expected. Check how the rows were selected."
        )


def _from_key(frame: Any, key: Any, name: str, what: str) -> Column:
    return _from_series(frame[key], name, what)


def _from_series(series: Any, name: str, what: str) -> Column:
    import narwhals.stable.v2 as nw

    if not len(series):
        return NOTHING
    dtype = series.dtype
    gaps = series.is_null().to_numpy().astype(bool, copy=False)
    missing = gaps if gaps.any() else None
    if missing is not None and missing.all():
        return Column("number", np.full(len(gaps), np.nan), missing=missing)
    if dtype in (nw.Int128, nw.UInt128, nw.Object):
        return from_objects(series.to_list(), name, what)
    if dtype.is_integer():
        filled = series.fill_null(0) if missing is not None else series
        return from_integers(filled.to_numpy(), missing, name, what)
    if dtype.is_decimal():
        return from_floats(series.cast(nw.Float64).to_numpy(), missing)
    if dtype.is_float():
        return from_floats(series.to_numpy(), missing)
    if dtype == nw.Boolean:
        filled = series.fill_null(False) if missing is not None else series
        return Column("boolean", filled.to_numpy().astype(bool, copy=False), missing=missing)
    if dtype == nw.String:
        return from_labels(series.to_list(), name, what)
    if dtype in (nw.Enum, nw.Categorical):
        ordered = bool(nw.is_ordered_categorical(series)) or dtype == nw.Enum
        if dtype == nw.Categorical and nw.dependencies.is_polars_series(series.to_native()):
            return from_labels(series.to_list(), name, what)
        levels = tuple(series.cat.get_categories().to_list())
        return from_labels(series.to_list(), name, what, levels=levels, ordered=ordered)
    native = getattr(series.to_native(), "dtype", getattr(series.to_native(), "type", dtype))
    raise unusable(name, what, str(native) if dtype == nw.Unknown else str(dtype))


def _from_values(values: Any, name: str, what: str) -> Column:
    """Convert one list, array or series."""
    if not isinstance(values, _PLAIN):
        import narwhals.stable.v2 as nw

        series = nw.from_native(_as_series(values), series_only=True, pass_through=True)
        if isinstance(series, nw.Series):
            return _from_series(series, name, what)
        values = np.asarray(values)
    if not len(values):
        return NOTHING
    if isinstance(values, np.ndarray):
        return from_array(values, name, what)
    return from_objects(values, name, what)


def _as_series(values: Any) -> Any:
    """Return a bare array of pandas or pyarrow as a series, so that its levels are kept."""
    home = type(values).__module__.partition(".")[0]
    if home == "pandas":
        import pandas as pd

        return values if isinstance(values, pd.DataFrame) else pd.Series(values)
    if home == "pyarrow":
        import pyarrow as pa

        return pa.chunked_array([values]) if isinstance(values, pa.Array) else values
    return values


def _not_a_table(data: Any, what: str) -> str:
    """Return the error message for data that are no table, with the way to make one of them."""
    subject = f"The {what} {'are' if what.endswith('rows') else 'is'}"
    found = f"{subject} a {type(data).__module__}.{type(data).__qualname__}"
    wanted = "a pandas, polars or pyarrow table, or a dict of lists or arrays, was expected"
    if isinstance(data, str):
        return f"{subject} the text {data[:80]!r}; {wanted}. Read the file first, then pass it."
    if isinstance(data, np.ndarray):
        return (
            f"{subject} an array of shape {data.shape}, without column names; {wanted}. "
            "Name the columns: {'hours': array[:, 0], ...}."
        )
    if hasattr(data, "collect"):
        return f"{found}, which is not computed yet; {wanted}. Call .collect() first."
    if hasattr(data, "to_frame"):
        return (
            f"{found}, one row or one column; {wanted}. With two brackets it stays a table: "
            "table.iloc[[0]] is a row, table[['hours']] a column."
        )
    return f"{found}; {wanted}."
