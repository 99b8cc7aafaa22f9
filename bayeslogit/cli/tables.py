"""Tables from files: CSV and Parquet in, with a sentence for each thing that can be wrong."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayeslogit.cli.output import to_json
from bayeslogit.cli.report import csv_text
from bayeslogit.errors import DesignError, StorageError, nearest, quoted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_output", "read_table", "write_rows"]

# What stands for a missing value. "None" is not among them: it may be a level.
MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "<NA>"]
SEPARATORS = ",;\t|"


def read_table(path: str, *, empty: bool = False) -> pd.DataFrame:
    """Read a CSV (also ``.gz``) or Parquet file; ``-`` reads CSV from stdin.

    Text is UTF-8. The separator of a CSV file is the one of comma, semicolon, tab and ``|`` that
    divides its first line most often. Empty cells and ``NA``, ``N/A``, ``NaN``, ``null`` are
    missing values.

    Parameters
    ----------
    path : str
    empty : bool
        Whether a file with names of columns and no rows is a table.

    Raises
    ------
    DesignError
        If the file is not there, empty, not a table, or has a column name twice.
    """
    name = "stdin" if path == "-" else repr(path)
    if path.lower().endswith((".parquet", ".pq")):
        return _read_parquet(path)
    try:
        return _read_csv(_content(path), name, empty=empty)
    except UnicodeDecodeError as error:
        raise DesignError(
            f"{name} is not UTF-8 text (byte {error.start} is {error.object[error.start]:#x}); "
            "expected a CSV file in UTF-8, or a Parquet file with the ending .parquet; save it "
            "as one of these"
        ) from None


def _content(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        if path.lower().endswith(".gz"):
            with gzip.open(path) as file:
                return file.read()
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise _not_there(path) from None
    except IsADirectoryError:
        raise DesignError(
            f"{path!r} is a folder; expected a CSV or Parquet file; name the file in it"
        ) from None
    except (OSError, EOFError) as error:
        raise DesignError(
            f"{path!r} cannot be read ({getattr(error, 'strerror', None) or error}); expected a "
            "CSV or Parquet file; check the file and its permissions"
        ) from None


def _not_there(path: str) -> DesignError:
    place = Path(path)
    try:
        near = nearest(place.name, (p.name for p in place.parent.iterdir()))
    except OSError:
        near = ""
    return DesignError(
        f"there is no file {path!r}; expected a CSV or Parquet file; check the path.{near}"
    )


def _read_csv(content: bytes, name: str, *, empty: bool) -> pd.DataFrame:
    import pandas as pd

    text = content.decode("utf-8-sig")
    lines = text.lstrip("\r\n").splitlines()
    if not lines:
        raise DesignError(
            f"{name} is empty; expected a CSV file with names of columns in its first line; "
            "check how it was made"
        )
    separator = max(SEPARATORS, key=lambda s: len(next(csv.reader([lines[0]], delimiter=s), [])))
    header = next(csv.reader(io.StringIO(text.lstrip("\r\n")), delimiter=separator))
    twice = [column for column in header if header.count(column) > 1]
    if twice:
        raise DesignError(
            f"{name} has more than one column named {twice[0]!r}; each name may occur once; "
            "rename or remove one of them"
        )
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            keep_default_na=False,
            na_values=MISSING,
            low_memory=False,
            index_col=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DesignError(
            f"{name} is not a table ({' '.join(str(error).split())}); expected as many cells in "
            "every line as in the first; correct the file"
        ) from None
    if not (len(frame) or empty):
        raise DesignError(
            f"{name} has the columns {', '.join(map(repr, header[:10]))} and no rows; expected at "
            "least one row; check how it was made"
        )
    return frame


def _read_parquet(path: str) -> pd.DataFrame:
    import pandas as pd

    if not Path(path).exists():
        raise _not_there(path)
    try:
        return pd.read_parquet(path)
    except ImportError:
        raise DesignError(
            f"{path!r} is a Parquet file and pyarrow is not installed; expected pyarrow for "
            "Parquet; install it with: "
            f"{sys.executable} -m pip install pyarrow, or save the table as CSV"
        ) from None
    except Exception as error:
        # Each engine has errors of its own for a file that is not what its name says.
        raise DesignError(
            f"{path!r} cannot be read as Parquet ({str(error).splitlines()[0][:200]}); expected a "
            "whole Parquet file; write it again, or use CSV"
        ) from None


ENDINGS = (".csv", ".json", ".parquet")


def check_output(path: str, *, json: bool = False) -> None:
    """Refuse a file that rows cannot be written to, before any work is done.

    Parameters
    ----------
    path : str
    json : bool
        Whether JSON was asked for.

    Raises
    ------
    StorageError
        If its ending is none of ``.csv``, ``.json`` and ``.parquet``, or there is no such folder.
    """
    place = Path(path)
    ending = place.suffix.lower()
    if ending not in ENDINGS:
        raise StorageError(
            f"{quoted(place.name)} has the ending {quoted(ending)}, which says no kind of file; "
            f"expected one of {', '.join(ENDINGS)}; choose one of them." + nearest(ending, ENDINGS)
        )
    if json and ending != ".json":
        raise StorageError(
            f"--json and a file that ends with {ending} say two things; expected one kind; leave "
            "--json out, or write to a .json file"
        )
    if not place.resolve().parent.is_dir():
        raise StorageError(
            f"the folder of {quoted(path)} does not exist; expected a folder to write in; create "
            "it first"
        )


def write_rows(
    path: str, rows: list[dict[str, Any]], columns: list[str], *, guard: bool = True
) -> None:
    """Write rows to a file of the kind that its ending says.

    Parameters
    ----------
    path : str
        As :func:`check_output` allows it.
    rows : list of dict
        All with the same keys.
    columns : list of str
        The names, for no rows.
    guard : bool
        As in :func:`bayeslogit.cli.report.csv_text`.

    Raises
    ------
    StorageError
        If it is a Parquet file and pyarrow is not installed.
    """
    ending = Path(path).suffix.lower()
    if ending != ".parquet":
        text = to_json(rows) + "\n" if ending == ".json" else csv_text(rows, columns, guard=guard)
        Path(path).write_text(text, encoding="utf-8")
        return
    import pandas as pd

    try:
        pd.DataFrame(rows, columns=None if rows else columns).to_parquet(path, index=False)
    except ImportError:
        raise StorageError(
            f"{quoted(path)} is to be a Parquet file and pyarrow is not installed; expected "
            "pyarrow for Parquet; install it with: "
            f"{sys.executable} -m pip install pyarrow, or write a .csv file"
        ) from None
