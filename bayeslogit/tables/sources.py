"""Tables that are not in memory: Parquet files, lazy frames, results of a query.

Where the columns of a model have few distinct values, the engine counts equal rows. A table of a
billion rows comes as the few thousand kinds of row that there are, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bayeslogit.errors import DesignError, listing, nearest
from bayeslogit.runtime import memory

__all__ = ["Tallied", "is_source", "tallied"]

# Rows that are looked at first, and the share of distinct ones beyond which none are counted.
_FIRST, _DISTINCT = 100_000, 0.5
# Kinds of row that batches are counted into, at most.
_MOST = 5_000_000
# Copies of each number that a model in memory needs.
_COPIES = 4
_COUNT = "rows"
# Characters of a path; longer texts are something else.
_LONGEST = 4096


class Tallied(NamedTuple):
    """The columns of a source that a model uses, in memory.

    Attributes
    ----------
    data : data frame
        The kinds of row, in order of their values; or all rows.
    times : str or None
        The column of ``data`` that says how many rows are of each kind; None if all rows came.
    """

    data: Any
    times: str | None


def is_source(data: Any) -> bool:
    """Return whether data are a table that is not in memory.

    Parameters
    ----------
    data
        A path of Parquet files, ``pyarrow.dataset``, polars ``LazyFrame``, DuckDB relation, or
        whatever else narwhals reads lazily.
    """
    return _in_batches(data) or _is_lazy(data)


def tallied(source: Any, columns: Sequence[str]) -> Tallied:
    """Read the columns that a model uses from a source: counted, where few rows are distinct.

    Parameters
    ----------
    source
        See :func:`is_source`.
    columns : sequence of str

    Raises
    ------
    DesignError
        If the source cannot be read, or lacks a column.
    FitFailed
        If the rows are distinct and more than memory takes.
    """
    reader: _Batches | _Lazy = _Batches(_dataset(source)) if _in_batches(source) else _Lazy(source)
    keys = list(dict.fromkeys(columns))
    for name in keys:
        if name not in reader.names:
            raise DesignError(
                f"There is no column {name!r} in the data, which have the columns "
                f"{listing(reader.names)}.{nearest(name, reader.names)} Check the spelling, or add "
                "the column."
            )
    first = reader.first(keys)
    if len(first) == 0:
        raise DesignError(
            "The source has no rows; at least one was expected. Check how they were selected."
        )
    if len(first.unique()) <= _DISTINCT * len(first):
        count = _COUNT
        while count in keys:
            count += "_"
        found = reader.counted(keys, count)
        if found is not None:
            return Tallied(found.sort(*keys, nulls_last=True).to_native(), count)
    rows = reader.length()
    memory.require(
        8.0 * _COPIES * rows * len(keys),
        f"a table of {rows:,} rows and {len(keys)} columns, most rows different from one another,",
        "round or bin predictors so that equal rows can be counted, or take a sample",
    )
    return Tallied(reader.all(keys).to_native(), None)


class _Lazy:
    """A lazy frame of any engine that narwhals knows."""

    def __init__(self, source: Any) -> None:
        import narwhals.stable.v2 as nw

        self.frame: Any = nw.from_native(source)
        self.names: list[str] = list(self.frame.collect_schema().names())

    def first(self, keys: list[str]) -> Any:
        return self.frame.select(keys).head(_FIRST).collect()

    def counted(self, keys: list[str], count: str) -> Any:
        import narwhals.stable.v2 as nw

        return self.frame.select(keys).group_by(*keys).agg(nw.len().alias(count)).collect()

    def length(self) -> int:
        import narwhals.stable.v2 as nw

        return int(self.frame.select(nw.len().alias(_COUNT)).collect()[_COUNT][0])

    def all(self, keys: list[str]) -> Any:
        return self.frame.select(keys).collect()


class _Batches:
    """A dataset of pyarrow, batch by batch."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset
        self.names: list[str] = list(dataset.schema.names)
        self.stamps = self._stamps()

    def first(self, keys: list[str]) -> Any:
        import narwhals.stable.v2 as nw

        found: list[Any] = []
        for frame in self._frames(keys):
            found.append(frame)
            if sum(map(len, found)) >= _FIRST:
                break
        return nw.concat(found).head(_FIRST) if found else ()

    def counted(self, keys: list[str], count: str) -> Any:
        """Return how often each kind of row occurs; None where there are too many kinds."""
        import narwhals.stable.v2 as nw

        parts: list[Any] = []
        held = 0
        for frame in self._frames(keys):
            parts.append(frame.group_by(*keys).agg(nw.len().alias(count)))
            held += len(parts[-1])
            if held > _MOST // 2:
                parts = [_merged(parts, keys, count)]
                held = len(parts[0])
                if held > _MOST // 2:
                    return None
        self._refuse_changes()
        return _merged(parts, keys, count)

    def length(self) -> int:
        return int(self.dataset.count_rows())

    def all(self, keys: list[str]) -> Any:
        import narwhals.stable.v2 as nw

        found = nw.concat(list(self._frames(keys)))
        self._refuse_changes()
        return found

    def _frames(self, keys: list[str]) -> Iterator[Any]:
        """Yield the columns piece by piece; a piece that cannot be read is named."""
        import pyarrow as pa

        for fragment in self.dataset.get_fragments():
            split = getattr(fragment, "split_by_row_group", None)
            for place, piece in enumerate(split() if split else [fragment]):
                try:
                    batches = list(piece.to_batches(columns=keys, schema=self.dataset.schema))
                except (OSError, pa.ArrowException) as error:
                    self._refuse_changes()
                    raise DesignError(
                        f"Row group {place} of {getattr(fragment, 'path', 'the dataset')!r} cannot "
                        f"be read: {str(error)[:200]}. Write the file anew, or leave it out."
                    ) from None
                if batches:
                    yield _frame(pa.Table.from_batches(batches))

    def _stamps(self) -> dict[str, tuple[int, int]]:
        """Return size and time of the last change of each file on this machine."""
        paths = [Path(file) for file in getattr(self.dataset, "files", [])]
        found = {str(path): path.stat() for path in paths if path.exists()}
        return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in found.items()}

    def _refuse_changes(self) -> None:
        now = self._stamps()
        for path, stamp in self.stamps.items():
            if now.get(path) != stamp:
                raise DesignError(
                    f"The file {path!r} was changed while it was read; files that stay as they are "
                    "were expected. Wait until it is written, and build the model again."
                )


def _frame(table: Any) -> Any:
    import narwhals.stable.v2 as nw

    return nw.from_native(table, eager_only=True)


def _merged(parts: list[Any], keys: list[str], count: str) -> Any:
    import narwhals.stable.v2 as nw

    return nw.concat(parts).group_by(*keys).agg(nw.col(count).sum())


def _is_lazy(data: Any) -> bool:
    """Return whether narwhals knows a table as one that is computed when it is asked for."""
    relation = type(data).__name__ == "DuckDBPyRelation"
    if isinstance(data, type) or not (relation or hasattr(data, "collect")):
        return False
    import narwhals.stable.v2 as nw

    return isinstance(nw.from_native(data, pass_through=True), nw.LazyFrame)


def _in_batches(data: Any) -> bool:
    if isinstance(data, str | Path):
        path = Path(data)
        return path.suffix == ".parquet" or (len(str(path)) < _LONGEST and path.is_dir())
    return type(data).__module__.startswith("pyarrow") and hasattr(data, "count_rows")


def _dataset(source: Any) -> Any:
    if not isinstance(source, str | Path):
        return source
    try:
        import pyarrow as pa
        from pyarrow import dataset
    except ImportError:
        raise DesignError(
            f"The data are the path {str(source)[:200]!r}, and pyarrow, which reads Parquet, is "
            "not installed. Install it (pip install 'bayeslogit[parquet]'), or read the table "
            "first."
        ) from None
    try:
        found = dataset.dataset(source, format="parquet")
        for fragment in found.get_fragments():
            _refuse_other_columns(found.schema, fragment)
        return found
    except (OSError, pa.ArrowInvalid) as error:
        raise DesignError(
            f"The Parquet files of {str(source)[:200]!r} cannot be read: {str(error)[:200]}. "
            "Expected a Parquet file, or a folder of files with the same columns."
        ) from None


def _refuse_other_columns(schema: Any, fragment: Any) -> None:
    """Refuse a file whose columns are not those of the first one."""
    own = fragment.physical_schema
    for name in schema.names:
        if name not in own.names or own.field(name).type != schema.field(name).type:
            found = f"of type {own.field(name).type}" if name in own.names else "missing"
            raise DesignError(
                f"Column {name!r} is {found} in {fragment.path!r}, and of type "
                f"{schema.field(name).type} in other files of the folder; the same columns were "
                "expected in all of them. Write the files anew, or name one of them."
            )
