"""The end of a saved fit: where its arrays stand, all else as text, and a checksum of the whole.

HDF5 is a format of pointers, and the library that reads it trusts them: a file may end the
process that opens it. A fit is therefore read without that library. Its arrays are stored in one
piece each, and an index behind the last byte of HDF5 (where HDF5, and so xarray and ArviZ, look
no more) says where. Layout: HDF5 file, JSON text, its length (8 bytes, little endian), a mark of
16 bytes, SHA-256 of everything before.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["ENDING", "MARK", "Contents", "dissect", "ending"]

MARK = b"\r\nbayeslogit fit"
_DIGEST = hashlib.sha256().digest_size
ENDING = 8 + len(MARK) + _DIGEST  # bytes behind the text
_DTYPE = re.compile(r"[<>|=](b1|[iu][1248]|f[248])\Z")
_MAX_DIMS = 8


class Contents:
    """The arrays of a file, each read from its place.

    Parameters
    ----------
    data : bytes
        The file, or the part of it that holds arrays.
    index : mapping of str to [dtype, shape, offset]
        Where each array stands.

    Raises
    ------
    ValueError
        If an array is not inside the data, or all together are larger: their memory is then
        never more than that of the file.
    """

    def __init__(self, data: bytes, index: Mapping[str, Any]) -> None:
        self._data = data
        self._places = {str(name): self._place(str(name), *place) for name, place in index.items()}
        self._read: dict[str, np.ndarray] = {}
        total = sum(dtype.itemsize * math.prod(shape) for dtype, shape, _ in self._places.values())
        if total > len(data):
            raise ValueError(f"it declares {total} bytes and has {len(data)}")

    def _place(
        self, name: str, dtype: Any, shape: Any, offset: Any
    ) -> tuple[np.dtype[Any], tuple[int, ...], int]:
        if not (isinstance(dtype, str) and _DTYPE.match(dtype)):
            raise ValueError(f"the array {name[:80]!r} is not of numbers")
        if not (isinstance(shape, list) and len(shape) <= _MAX_DIMS and all(map(_whole, shape))):
            raise ValueError(f"the array {name[:80]!r} has no shape")
        kind = np.dtype(dtype)
        if not _whole(offset) or offset + kind.itemsize * math.prod(shape) > len(self._data):
            raise ValueError(f"the array {name[:80]!r} is not inside the file")
        return kind, tuple(shape), offset

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def array(self, name: str) -> np.ndarray:
        """Return an array, read once.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        if name not in self._read:
            dtype, shape, offset = self._places[name]
            stored = (
                np.dtype(np.uint8) if dtype.kind == "b" else dtype
            )  # of a byte any bit may be 1
            flat = np.frombuffer(self._data, stored, math.prod(shape), offset)
            self._read[name] = flat.astype(dtype.newbyteorder("=")).reshape(shape)
        return self._read[name]


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def ending(data: bytes | memoryview, words: Mapping[str, Any]) -> bytes:
    """Return what is written behind an HDF5 file.

    Parameters
    ----------
    data : bytes
        The HDF5 file.
    words : mapping
        What JSON can hold.
    """
    text = json.dumps(words).encode()
    tail = text + len(text).to_bytes(8, "little") + MARK
    digest = hashlib.sha256(data)
    digest.update(tail)
    return tail + digest.digest()


def dissect(whole: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return the HDF5 file and the words of a whole file with an ending.

    Raises
    ------
    ValueError
        If the checksum is that of other bytes, or there is no text of such a length.
    """
    if hashlib.sha256(memoryview(whole)[:-_DIGEST]).digest() != whole[-_DIGEST:]:
        raise ValueError("its checksum is that of other bytes; it was changed after it was written")
    length = int.from_bytes(whole[-ENDING : 8 - ENDING], "little")
    start = len(whole) - ENDING - length
    if start < 0:
        raise ValueError("its text is longer than the file")
    words = json.loads(whole[start:-ENDING])
    if not isinstance(words, dict):
        raise ValueError("its text is not what was expected")
    return whole[:start], words
