"""Predictions of the rows of a file of any length, some thousand rows at a time."""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from bayeslogit import tables
from bayeslogit.cli.tables import (
    MISSING,
    are_codes,
    check_header,
    not_there,
    parquet_needs_pyarrow,
    separator_of,
)
from bayeslogit.errors import DesignError, quoted
from bayeslogit.runtime.files import check_place
from bayeslogit.tables.columns import label

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["is_long", "predict_in_pieces"]

# Rows held at a time, and the sizes of files from which rows are not read all at once.
_ROWS = 20_000
_LONG = 8 * 2**20
_PARQUET = (".parquet", ".pq")


def is_long(path: str) -> bool:
    """Return whether a file is better read in pieces: one of more than 8 MB.

    Parameters
    ----------
    path : str
        ``-`` is stdin, whose length nobody knows, and which is read whole.
    """
    place = Path(path)
    return path != "-" and place.is_file() and place.stat().st_size > _LONG


def predict_in_pieces(
    fit: Any,
    args: argparse.Namespace,
    ask: Callable[[Any], Any],
) -> tuple[int, int]:
    """Write predictions of a file, piece by piece, as CSV or Parquet.

    Parameters
    ----------
    fit : Fit
    args : argparse.Namespace
        Of the command: ``data``, ``output``, ``guard``, ``on_bad_row`` and ``bad_rows``.
    ask : callable
        Predictions for rows of the file.

    Returns
    -------
    rows, skipped : int
        How many were read, and how many of them had no prediction.

    Raises
    ------
    DesignError
        If the file cannot be read, or a row cannot be predicted and is not to be skipped.
    StorageError
        If a file cannot be written.
    """
    skip = args.on_bad_row == "skip"
    model, asked = fit.model, {name for name in (args.trials, args.offset) if name is not None}
    # Of groups that are not those of the fit, no row needs to say which it is in.
    used = model.design if args.groups in (None, "known") else model.design.fixed
    read = skipped = 0
    with ExitStack() as stack:
        write = stack.enter_context(_Writer(args.output, args.guard))
        aside = None
        for piece in _pieces(args.data, model.design, asked):
            good, reasons = _sorted_out(used, piece, asked, ask) if skip else (piece, None)
            if reasons is not None and len(reasons):
                if aside is None:
                    aside = stack.enter_context(_Writer(args.bad_rows, args.guard))
                bad = piece.loc[reasons.index]
                names = tables.beside(piece.columns, ["row", "reason"])
                extra: dict[str, Any] = {
                    names["row"]: bad.index + 1,
                    names["reason"]: reasons.to_numpy(),
                }
                aside.add(bad.assign(**extra))
            read += len(piece)
            skipped += len(piece) - len(good)
            if len(good) or not read:
                write.add(_answered(piece.loc[good.index], ask(good)))
    return read, skipped


def _answered(rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return rows with their answers behind them, as records() has them."""
    answers = {str(name): table[name].to_numpy() for name in table.columns}
    if table.index.nlevels > 1:
        answers = {"class": table.index.get_level_values(-1).to_numpy()} | answers
    names = tables.beside(rows.columns, answers)
    repeat = len(table) // max(1, len(rows))
    wide = rows.loc[rows.index.repeat(repeat)] if repeat > 1 else rows
    return wide.assign(**{names[name]: values for name, values in answers.items()})


class _Writer:
    """A file of rows that is added to; under its name only when it is complete.

    Parameters
    ----------
    path : str or None
        ``.csv`` or ``.parquet``; None for stdout.
    guard : bool
        As in :func:`bayeslogit.cli.report.csv_text`.
    """

    def __init__(self, path: str | None, guard: bool) -> None:
        self._path = None if path is None else check_place(path, "rows.csv")
        self._guard = guard
        self._parquet = path is not None and path.lower().endswith(_PARQUET)
        self._file: Any = None
        self._part: Path | None = None
        self._first = True

    def __enter__(self) -> _Writer:
        if self._path is None:
            self._file = sys.stdout
            return self
        self._part = self._path.with_name(f".{self._path.name}.part")
        if not self._parquet:
            self._file = self._part.open("w", encoding="utf-8", newline="")
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if self._path is None or self._part is None:
            return
        if self._file is not None:
            self._file.close()
        if kind is None and self._part.exists():
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)

    def add(self, rows: pd.DataFrame) -> None:
        """Write some rows behind those before."""
        if self._parquet:
            self._add_parquet(rows)
            return
        tables.Answer(rows).to_csv(
            self._file, index=False, header=self._first, guard=self._guard, lineterminator="\n"
        )
        self._first = False

    def _add_parquet(self, rows: pd.DataFrame) -> None:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            raise parquet_needs_pyarrow(str(self._path)) from None
        if self._file is None:
            table = pa.Table.from_pandas(rows, preserve_index=False)
            self._file = pq.ParquetWriter(self._part, table.schema)
        else:
            table = pa.Table.from_pandas(rows, schema=self._file.schema, preserve_index=False)
        self._file.write_table(table)


def _pieces(path: str, design: Any, asked: set[str]) -> Iterator[pd.DataFrame]:
    """Yield the rows of a file, labelled by their position."""
    read = _pieces_of_parquet if path.lower().endswith(_PARQUET) else _pieces_of_csv
    start = 0
    for piece in read(path, design, asked):
        piece.index = range(start, start + len(piece))  # type: ignore[assignment]
        start += len(piece)
        yield piece


def _pieces_of_parquet(path: str, design: Any, asked: set[str]) -> Iterator[pd.DataFrame]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise parquet_needs_pyarrow(path) from None
    if not Path(path).exists():
        raise not_there(path)
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS):
                yield batch.to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise DesignError(
            f"{path!r} cannot be read as Parquet ({str(error).splitlines()[0][:200]}); expected a "
            "whole Parquet file; write it again, or use CSV"
        ) from None


def _pieces_of_csv(path: str, design: Any, asked: set[str]) -> Iterator[pd.DataFrame]:
    import pandas as pd

    with _opened(path) as file:
        line = next((line for line in file if line.strip("\r\n")), "")
        separator = separator_of(line)
        header = next(csv.reader(chain([line], file), delimiter=separator), [])
        check_header(header, repr(path))
        options: dict[str, Any] = {
            "sep": separator,
            "names": header,
            "keep_default_na": False,
            "na_values": MISSING,
            "low_memory": False,
            "index_col": False,
            "chunksize": _ROWS,
            # Levels that are texts stay what is written, and so does what is carried through.
            "dtype": {name: str for name in header if _is_text(name, design) and name not in asked},
        }
        try:
            none = True
            for piece in pd.read_csv(file, **options):
                none = False
                for name in set(header) - set(design.columns) - asked:
                    numbers = pd.to_numeric(piece[name], errors="coerce")
                    if numbers.isna().equals(piece[name].isna()) and not are_codes(
                        piece[name], numbers
                    ):
                        piece[name] = numbers
                yield piece
            if none:
                yield pd.DataFrame(columns=header)
        except pd.errors.EmptyDataError:  # names of columns, and no row
            yield pd.DataFrame(columns=header)
        except (pd.errors.ParserError, UnicodeDecodeError, EOFError, OSError) as error:
            raise DesignError(
                f"{path!r} is not a table ({' '.join(str(error).split())[:200]}); expected UTF-8 "
                "text with as many cells in every line as in the first; correct the file"
            ) from None


def _is_text(name: str, design: Any) -> bool:
    """Return whether a column is read as it is written."""
    if name not in design.columns:
        return True
    column = design.source.column(name)
    return column.kind == "category" and all(isinstance(level, str) for level in column.levels)


def _opened(path: str) -> IO[str]:
    if path == "-":
        return open(0, encoding="utf-8-sig", newline="", closefd=False)
    try:
        if path.lower().endswith(".gz"):
            return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
        return Path(path).open(encoding="utf-8-sig", newline="")
    except FileNotFoundError:
        raise not_there(path) from None
    except OSError as error:
        raise DesignError(
            f"{path!r} cannot be read ({error.strerror or error}); expected a CSV or Parquet "
            "file; check the file and its permissions"
        ) from None


def _sorted_out(
    design: Any, piece: pd.DataFrame, asked: set[str], ask: Callable[[Any], Any]
) -> tuple[pd.DataFrame, pd.Series]:
    """Return the rows that can be predicted, and why the others cannot."""
    import pandas as pd

    if {*design.columns, *asked} - set(piece.columns):
        ask(piece)  # says which column there is not
    reasons: Any = pd.Series("", index=piece.index, dtype=object)
    clean: Any = piece.copy()
    for name in dict.fromkeys((*design.columns, *asked)):
        cells, kind = clean[name], "number" if name in asked else design.source.kind(name)
        reasons[cells.isna() & (reasons == "")] = f"{quoted(name, 60)} is missing"
        if kind == "number":
            numbers = pd.to_numeric(cells, errors="coerce")
            wrong = numbers.isna() & cells.notna() & (reasons == "")
            reasons[wrong] = [
                f"{quoted(name, 60)} is {quoted(v, 60)}, no number" for v in cells[wrong]
            ]
            clean[name] = numbers
        elif kind == "category":
            known = {label(v) for v in design.source.column(name).levels}
            seen = {v: label(v) in known for v in cells.dropna().unique()}
            wrong = ~cells.map(seen).fillna(True).astype(bool) & (reasons == "")
            reasons[wrong] = [
                f"{quoted(name, 60)} is {quoted(v, 60)}, a level that the fit has not seen"
                for v in cells[wrong]
            ]
    good = clean[reasons == ""]
    for found, sentence in _refused(good, design.code):
        reasons[found] = sentence
    good = clean[reasons == ""]
    return good, reasons[reasons != ""]


def _refused(rows: pd.DataFrame, code: Callable[[Any], Any]) -> Iterator[tuple[Any, str]]:
    """Yield the rows that cannot be coded, found by halves, and why."""
    if not len(rows):
        return
    try:
        code(rows)
    except ValueError as error:
        if len(rows) == 1:
            yield rows.index[0], " ".join(str(error).split())[:300]
            return
        middle = len(rows) // 2
        yield from _refused(rows.iloc[:middle], code)
        yield from _refused(rows.iloc[middle:], code)
