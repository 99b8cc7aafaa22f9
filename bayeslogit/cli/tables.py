"""Tables from files: CSV and Parquet in, with a sentence for each thing that can be wrong."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayeslogit.cli.output import to_json
from bayeslogit.cli.report import csv_text
from bayeslogit.errors import DesignError, StorageError, nearest, quoted
from bayeslogit.runtime.files import check_place, write_whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "are_codes",
    "check_header",
    "check_output",
    "not_there",
    "parquet_needs_pyarrow",
    "read_table",
    "separator_of",
    "write_rows",
]

# What stands for a missing value. "None" is not among them: it may be a level.
MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "<NA>"]
SEPARATORS = ",;\t|"
# Leading zeros or a plus, and more digits than a number holds.
_CODE = r"[+-]?0\d+(\..*)?|\+.*|-?\d{16,}"


def read_table(
    path: str, *, empty: bool = False, used: Container[str] | None = None
) -> pd.DataFrame:
    """Read a CSV (also ``.gz``) or Parquet file; ``-`` reads CSV from stdin.

    Text is UTF-8. The separator of a CSV file is the one of comma, semicolon, tab and ``|`` that
    divides its first line most often. Empty cells and ``NA``, ``N/A``, ``NaN``, ``null`` are
    missing values.

    Parameters
    ----------
    path : str
    empty : bool
        Whether a file with names of columns and no rows is a table.
    used : container of str, optional
        Columns that are computed with. Others are carried through: a code that a number does not
        tell, such as ``007``, stays the text that it is. By default all are computed with.

    Raises
    ------
    DesignError
        If the file is not there, empty, not a table, or has a column name twice.
    """
    name = "stdin" if path == "-" else repr(path)
    if path.lower().endswith((".parquet", ".pq")):
        return _read_parquet(path)
    try:
        return _read_csv(_content(path), name, empty=empty, used=used)
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
        raise not_there(path) from None
    except IsADirectoryError:
        raise DesignError(
            f"{path!r} is a folder; expected a CSV or Parquet file; name the file in it"
        ) from None
    except (OSError, EOFError) as error:
        raise DesignError(
            f"{path!r} cannot be read ({getattr(error, 'strerror', None) or error}); expected a "
            "CSV or Parquet file; check the file and its permissions"
        ) from None


def not_there(path: str) -> DesignError:
    """Return the refusal of a file that is not there, with names near by."""
    place = Path(path)
    try:
        near = nearest(place.name, (p.name for p in place.parent.iterdir()))
    except OSError:
        near = ""
    return DesignError(
        f"there is no file {path!r}; expected a CSV or Parquet file; check the path.{near}"
    )


def _read_csv(
    content: bytes, name: str, *, empty: bool, used: Container[str] | None
) -> pd.DataFrame:
    import pandas as pd

    text = content.decode("utf-8-sig")
    lines = text.lstrip("\r\n").splitlines()
    separator = separator_of(lines[0] if lines else "")
    header = next(csv.reader(io.StringIO(text.lstrip("\r\n")), delimiter=separator), [])
    check_header(header, name)
    options: dict[str, Any] = {
        "sep": separator,
        "keep_default_na": False,
        "na_values": MISSING,
        "low_memory": False,
        "index_col": False,
    }
    try:
        frame: pd.DataFrame = pd.read_csv(io.StringIO(text), **options)
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
    carried = [] if used is None else [column for column in frame if column not in used]
    if carried:
        written = pd.read_csv(io.StringIO(text), **options, usecols=carried, dtype=str)
        for column in carried:
            if are_codes(written[column], frame[column]):
                frame[column] = written[column]
    return frame


def separator_of(line: str) -> str:
    """Return what divides the first line of a CSV file most often."""
    return max(SEPARATORS, key=lambda s: len(next(csv.reader([line], delimiter=s), [])))


def check_header(header: list[str], name: str) -> None:
    """Refuse names of columns that are none, or occur twice.

    Parameters
    ----------
    header : list of str
    name : str
        Of the file, as a sentence says it.

    Raises
    ------
    DesignError
    """
    if not header:
        raise DesignError(
            f"{name} is empty; expected a CSV file with names of columns in its first line; "
            "check how it was made"
        )
    twice = [column for column in header if header.count(column) > 1]
    if twice:
        raise DesignError(
            f"{name} has more than one column named {twice[0]!r}; each name may occur once; "
            "rename or remove one of them"
        )


def parquet_needs_pyarrow(path: str) -> DesignError:
    """Return the refusal of a Parquet file where pyarrow is not installed."""
    return DesignError(
        f"{path!r} is a Parquet file and pyarrow is not installed; expected pyarrow for "
        "Parquet; install it with: "
        f"{sys.executable} -m pip install pyarrow, or save the table as CSV"
    )


def are_codes(written: pd.Series, read: pd.Series) -> bool:
    """Return whether the numbers of a column are less than what is written there.

    Parameters
    ----------
    written, read : Series
        The cells as text, and as numbers.
    """
    cells = written.dropna()
    if read.dtype.kind == "f" and len(cells) < len(written):  # whole numbers and gaps
        return len(cells) > 0 and bool(cells.str.fullmatch(r"[+-]?\d+").all())
    return read.dtype.kind in "iufO" and bool(cells.str.fullmatch(_CODE).any())


def _read_parquet(path: str) -> pd.DataFrame:
    import pandas as pd

    if not Path(path).exists():
        raise not_there(path)
    try:
        return pd.read_parquet(path)
    except ImportError:
        raise parquet_needs_pyarrow(path) from None
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
        If its ending is none of ``.csv``, ``.json`` and ``.parquet``, or it cannot be a file.
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
    check_place(path, f"rows{ending}")


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
        If it cannot be written, or is a Parquet file and pyarrow is not installed.
    """
    ending = Path(path).suffix.lower()

    def content() -> list[bytes | memoryview]:
        if ending == ".json":
            return [f"{to_json(rows)}\n".encode()]
        if ending == ".csv":
            return [csv_text(rows, columns, guard=guard).encode()]
        import pandas as pd

        file = io.BytesIO()
        try:
            pd.DataFrame(rows, columns=None if rows else columns).to_parquet(file, index=False)
        except (TypeError, ValueError, OverflowError) as error:  # columns of several kinds
            raise StorageError(
                f"{quoted(path)} cannot hold these columns ({quoted(str(error), 80)}); expected "
                "one kind of value in each; write a .csv file"
            ) from error
        except ImportError:
            raise StorageError(
                f"{quoted(path)} is to be a Parquet file and pyarrow is not installed; expected "
                "pyarrow for Parquet; install it with: "
                f"{sys.executable} -m pip install pyarrow, or write a .csv file"
            ) from None
        return [file.getbuffer()]

    write_whole(path, content, f"rows{ending}")
