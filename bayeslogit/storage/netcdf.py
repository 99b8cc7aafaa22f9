"""One netCDF file: written whole or not at all, and checked before it is read.

Numbers are arrays in groups; everything else is one JSON text behind them that refers to them.
Nothing is pickled, so reading a file runs no code from it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayeslogit.errors import StorageError, nearest, quoted
from bayeslogit.runtime.files import write_whole
from bayeslogit.runtime.memory import available
from bayeslogit.storage import earlier
from bayeslogit.storage.contents import ENDING, MARK, Contents, dissect, ending

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["FORMAT", "VERSION", "damaged", "ending_of_another", "read", "write"]

FORMAT = "bayeslogit fit"
VERSION = 2  # of the layout of the file; raise it when older readers would misread new files
# What names of other files end with, and what these are.
OTHERS = {
    **dict.fromkeys((".csv", ".tsv", ".parquet", ".pq", ".xlsx", ".xls", ".feather"), "a table"),
    **dict.fromkeys((".json", ".toml", ".yaml", ".yml", ".html", ".md", ".txt"), "a text"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".svg", ".pdf"), "a picture"),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), "a pickle"),
}
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Where the first block of an HDF5 file says how long the file is, by the version of that block.
_END_ADDRESS = {0: 40, 1: 44, 2: 28, 3: 28}


def write(path: str | os.PathLike[str], tree: xr.DataTree, words: Mapping[str, Any]) -> Path:
    """Write a tree to a file that appears under its name only when it is complete.

    It is made in memory, because the HDF5 library may end the process where a disk is full.

    Parameters
    ----------
    path : str or path
    tree : xarray.DataTree
    words : mapping
        What JSON can hold; :func:`read` gives it back.

    Returns
    -------
    pathlib.Path
        ``path`` as it was given.

    Raises
    ------
    StorageError
        If the file cannot be written there, or its name is that of another kind of file.
    """
    ending_of_another(path)

    def content() -> list[bytes | memoryview]:
        image = _image(tree)
        known = {"format_version": VERSION, "arrays": _index(tree, image), "fit": words}
        return [image, ending(image, known)]

    return write_whole(path, content, "fit.nc")


def ending_of_another(path: str | os.PathLike[str]) -> None:
    """Refuse a name that says another kind of file.

    Raises
    ------
    StorageError
        If the ending is that of a table, a picture, a text or a pickle.
    """
    place = Path(path)
    kind = OTHERS.get(place.suffix.lower())
    if kind is not None:
        raise StorageError(
            f"{quoted(str(place))} has the ending of {kind}, and a fit is saved as netCDF; "
            f"expected the ending .nc; write for example {quoted(place.stem[:60] + '.nc')}"
        )


def _image(tree: xr.DataTree) -> memoryview:
    """Return a tree as the bytes of a netCDF file, in which each array is in one piece."""
    encoding: dict[str, dict[str, dict[str, Any]]] = {
        node.path: {
            str(name): {"_FillValue": None}
            for name, variable in node.variables.items()
            if variable.dtype.kind in "biuf"
        }
        for node in tree.subtree
    }
    image = io.BytesIO()
    tree.to_netcdf(image, engine="h5netcdf", encoding=encoding)
    return image.getbuffer()


def _index(tree: xr.DataTree, image: memoryview) -> dict[str, tuple[str, tuple[int, ...], int]]:
    """Return type, shape and place of each array of numbers."""
    import h5py

    index = {}
    with h5py.File(io.BytesIO(image), "r") as file:
        for node in tree.subtree:
            for name, variable in node.variables.items():
                if variable.dtype.kind in "biuf":
                    path = f"{node.path}/{name}".strip("/")
                    offset = file[path].id.get_offset() or 0  # none where it is empty
                    index[path] = (variable.dtype.str, variable.shape, int(offset))
    return index


def read(path: str | os.PathLike[str]) -> tuple[Any, Contents]:
    """Read a file written by :func:`write`, whole, into memory.

    The HDF5 library does not open it. A file of an earlier version, which has no checksum of the
    whole, is read by a process of its own.

    Returns
    -------
    words : Any
        What :func:`write` was given.
    contents : Contents
        The arrays of the tree.

    Raises
    ------
    StorageError
        If there is no such file, it is something else, damaged, or of a newer format.
    """
    place = Path(path)
    _check_signature(place)
    try:
        with place.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            _check_room(place, size)
            file.seek(max(0, size - ENDING))
            if file.read(ENDING)[8 : 8 + len(MARK)] == MARK:
                file.seek(0)
                data, known = dissect(file.read(size))
            else:
                file.seek(0)
                _check_length(file.read(64), size)
                data, known = earlier.read(place, size)
        version = int(known["format_version"])
        if version > VERSION:
            raise StorageError(
                f"{quoted(str(place))} has the format {version}; expected at most {VERSION}, which "
                "is what this version of bayeslogit reads; upgrade bayeslogit to read it"
            )
        return known["fit"], Contents(data, known["arrays"])
    except StorageError:
        raise
    except Exception as error:
        raise damaged(place, error) from error


def damaged(path: Path, error: Exception) -> StorageError:
    """Return the error for a file that was written by fit.save() and cannot be read any more.

    Parameters
    ----------
    path : Path
    error : Exception
        What reading it raised; its first line is shown.
    """
    return StorageError(
        f"{str(path)!r} is damaged or incomplete ({_first_line(error)}); expected a whole file "
        "as fit.save() writes it; fetch it again from where it came, or fit the model again"
    )


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:200]}" if text else type(error).__name__


def _check_signature(path: Path) -> None:
    """Say what a file is that cannot be HDF5, from its first bytes."""
    advice = "expected a netCDF file as fit.save() writes it"
    try:
        if not (path.is_file() or path.is_dir()) and path.exists():
            start = None  # opening a pipe would wait
        else:
            with path.open("rb") as file:
                start = file.read(512)
    except FileNotFoundError:
        near = ""
        with suppress(OSError):
            near = nearest(path.name, (p.name for p in path.parent.iterdir()))
        raise StorageError(
            f"there is no file {str(path)!r}; {advice}; check the path.{near}"
        ) from None
    except ValueError as error:  # a NUL character
        raise StorageError(
            f"{str(path)[:100]!r} cannot be the name of a file ({_first_line(error)}); {advice}; "
            "check the path"
        ) from None
    except IsADirectoryError:
        raise StorageError(f"{str(path)!r} is a folder; {advice}; name the file in it") from None
    except OSError as error:
        raise StorageError(
            f"{str(path)!r} cannot be read ({error.strerror or error}); {advice}; check its "
            "permissions"
        ) from error
    if start is None:
        raise StorageError(f"{str(path)!r} is a device, pipe or socket; {advice}; name such a file")
    if start.startswith(_SIGNATURE):
        return
    if not start:
        found = "is empty"
    elif start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05":
        found = "is a Python pickle, which is never loaded because that would run code from it,"
    elif start.startswith(b"CDF"):
        found = "is a netCDF file of the classic format"
    elif start.startswith((b"PK", b"\x1f\x8b")):
        found = "is an archive or a compressed file"
    elif all(byte >= 32 or byte in b"\t\r\n" for byte in start):
        found = f"is a text file that starts with {start[:30].decode(errors='replace')!r}"
    else:
        found = f"starts with the bytes {start[:8]!r}"
    raise StorageError(
        f"{str(path)!r} {found} and is not a saved fit; {advice}; name such a file, or save the "
        "fit again"
    )


def _check_room(path: Path, size: int) -> None:
    free = available()
    if free is not None and 2 * size > free:
        raise StorageError(
            f"{quoted(str(path))} has {size / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB of memory are "
            "free; expected twice the size of the file; read it on a machine with more"
        )


def _check_length(start: bytes, size: int) -> None:
    """Refuse an HDF5 file whose first block says that it ends elsewhere.

    Raises
    ------
    ValueError
        If it was cut off, or something was added.
    """
    version = start[8] if len(start) == 64 else -1
    if version not in _END_ADDRESS:
        raise ValueError("its first block is none of HDF5")
    at = _END_ADDRESS[version]
    end = int.from_bytes(start[at : at + 8], "little")
    if end != size:
        raise ValueError(f"it says that it has {end} bytes and has {size}")
