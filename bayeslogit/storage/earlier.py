"""Files of the first format, which only the HDF5 library can read: by a process of its own.

They have no checksum of the whole, and a damaged or forged HDF5 file may end the process that
opens it, keep it busy or fill its memory. The process has bounds for each, and hands back plain
numbers and text, which are checked here like those of any file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

from bayeslogit.errors import StorageError, quoted

__all__ = ["read"]

_READER = Path(__file__).with_name("hdf5_reader.py")
_SECONDS = 120.0  # on the clock; the reader stops itself after fewer seconds of the processor


def read(path: Path, size: int) -> tuple[bytes, dict[str, Any]]:
    """Return arrays and words of a file of the first format, as a file of today has them.

    Parameters
    ----------
    path : Path
    size : int
        Its bytes.

    Raises
    ------
    StorageError
        If it is an HDF5 file of something else.
    ValueError
        If it cannot be read.
    """
    with tempfile.TemporaryFile() as output:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            code = subprocess.run(
                [sys.executable, "-P", str(_READER), str(path.absolute()), str(size)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                env=environment,
                timeout=_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            raise ValueError("reading it does not end") from None
        output.seek(0)
        found = output.read()
    length = int.from_bytes(found[-8:], "little")
    if code != 0 or len(found) < 8 + length:
        raise ValueError(f"the process that read it ended with the code {code}")
    words = json.loads(found[-8 - length : -8])
    if "other" in words:
        raise StorageError(
            f"{quoted(str(path))} is an HDF5 or netCDF file of something else (found "
            f"{str(words['other'])[:200]}); expected one that fit.save() wrote; open it with "
            "xarray.open_datatree to see what it is"
        )
    if "trouble" in words:
        raise ValueError(str(words["trouble"])[:200])
    if words["format_version"] == 1:
        words["fit"] = _fit(words.pop("specification"), words.pop("crc32"), words.pop("texts"))
    return found, words


def _fit(text: str, checksum: int, texts: dict[str, list[str]]) -> Any:
    """Return the description, with codes of categories instead of their text."""
    if zlib.crc32(text.encode()) != checksum:
        raise ValueError("its description of the model does not match its checksum")
    words = json.loads(text)
    for recipe in words["dict"]["design"]["dict"].get("columns", {"list": []})["list"]:
        column = recipe["dict"]
        if column["kind"] == "category":
            codes = {level: code for code, level in enumerate(column["shown"]["list"])}
            values = texts[f"constant_data/{column['variable']}"]
            column["codes"] = {"values": {"list": [codes[v] for v in values]}, "dtype": "<i8"}
    return words
