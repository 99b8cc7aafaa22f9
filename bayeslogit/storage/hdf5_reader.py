"""Program that reads a saved fit of the first format: ``hdf5_reader.py FILE BYTES``.

It writes the arrays one after the other, then a JSON text, then the length of the text in 8 bytes.
It imports nothing of the package, so that it starts fast, and follows nothing that leads out of the
file.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import Any

import h5py
import numpy as np

with suppress(ImportError):  # not every system has it
    import resource

GROUPS = ("posterior", "sample_stats", "fit", "observed_data", "constant_data", "model")
DIMENSION_ONLY = b"This is a netCDF dimension but not a netCDF variable"
FLETCHER32 = 3
MB = 2**20


def _words_of(path: str, size: int) -> dict[str, Any]:
    """Write the arrays of a file, and return its words."""
    with h5py.File(path, "r") as file:
        if file.attrs.get("format") != "bayeslogit fit":
            return {"other": ", ".join(sorted(file)[:5]) or "nothing"}
        version = int(np.ravel(file.attrs["format_version"])[0])
        if version == 2:
            raise ValueError("its end is missing, or it was changed after it was written")
        if version > 2:
            return {"format_version": version, "arrays": {}, "fit": None}
        found = _datasets(file)
        # Nothing is packed, so arrays larger than the file were never written.
        declared = sum(int(data.nbytes) for data in found.values())
        if declared > size:
            raise ValueError(f"it declares {declared} bytes and has {size}")
        text = found.pop("model/specification")[()].decode()
        checksum = int(np.ravel(file["model"].attrs["crc32"])[0])
        return {
            "format_version": version,
            "specification": text,
            "crc32": checksum,
            **_all_of(found),
        }


def _datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    """Return the arrays by group and name; refuse what leads out of the file."""
    found = {}
    for name in GROUPS:
        if name in file:
            group = _member(file, name)
            for key in group:
                data = _member(group, key)
                if not isinstance(data, h5py.Dataset):
                    raise ValueError(f"{data.name!r} is not an array")
                if not bytes(data.attrs.get("NAME", b"")).startswith(DIMENSION_ONLY):
                    _check(data)
                    found[f"{name}/{key}"] = data
    return found


def _member(group: h5py.Group, name: str) -> Any:
    """Return a member that is in its place, not a link to another."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"{name!r} is a link out of its place")
    return group[name]


def _check(data: h5py.Dataset) -> None:
    """Refuse numbers that are elsewhere, or that some code would have to unpack."""
    settings = data.id.get_create_plist()
    filters = {settings.get_filter(i)[0] for i in range(settings.get_nfilters())}
    if data.is_virtual or settings.get_external_count() or filters - {FLETCHER32}:
        raise ValueError(f"{data.name!r} is stored outside the file, or packed")


def _all_of(found: dict[str, h5py.Dataset]) -> dict[str, Any]:
    """Write the numbers; return their places, and the texts."""
    arrays, texts, offset = {}, {}, 0
    for name, data in found.items():
        if data.dtype.kind in "biuf":
            array = np.ascontiguousarray(data[()])
            kind = "|b1" if data.attrs.get("dtype") == "bool" else array.dtype.str
            arrays[name] = (kind, data.shape, offset)
            sys.stdout.buffer.write(array.tobytes())
            offset += array.nbytes
        elif h5py.check_string_dtype(data.dtype):
            texts[name] = data.asstr()[()].tolist()
        else:
            raise ValueError(f"{name!r} holds neither numbers nor text")
    return {"arrays": arrays, "texts": texts}


def _bound(size: int) -> None:
    """Bound what this process may use, where the system can."""
    with suppress(NameError, OSError, ValueError):
        with open("/proc/self/statm", encoding="ascii") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        for what, most in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_CPU, 10 + size // (5 * MB)),
            (resource.RLIMIT_FSIZE, 64 * MB + 8 * size),
            (resource.RLIMIT_AS, now + 256 * MB + 8 * size),
        ):
            resource.setrlimit(what, (most, most))


def main() -> None:
    """Read the file of the first argument."""
    size = int(sys.argv[2])
    _bound(size)
    try:
        words = _words_of(sys.argv[1], size)
    except Exception as error:  # of whatever kind, the caller gets a sentence
        lines = str(error).strip().splitlines() or [type(error).__name__]
        words = {"trouble": lines[0][:200]}
    text = json.dumps(words).encode()
    sys.stdout.buffer.write(text + len(text).to_bytes(8, "little"))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
