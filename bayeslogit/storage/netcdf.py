"""One netCDF file: written whole or not at all, and checked before it is read.

Numbers are arrays in groups; everything else is one JSON text that refers to them. Nothing is
pickled, so reading a file runs no code from it.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bayeslogit.errors import StorageError, nearest

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["FORMAT", "VERSION", "damaged", "read", "write"]

FORMAT = "bayeslogit fit"
VERSION = 1  # of the layout of the file; raise it when older readers would misread new files
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_DIMENSION_ONLY = b"This is a netCDF dimension but not a netCDF variable"


def check_place(path: str | os.PathLike[str]) -> Path:
    """Return where a file will be, with links followed; refuse what cannot be a file.

    Raises
    ------
    StorageError
        If it is no name of a file, a folder or a device, or its folder does not exist.
    """
    given = Path(path)
    try:
        place = Path(os.path.realpath(given))  # a link keeps pointing at what it points at
        mode = place.stat().st_mode if place.exists() else None
        parent = place.parent.is_dir()
    except (OSError, ValueError) as error:  # too long, or with a NUL character
        raise StorageError(
            f"{str(given)[:100]!r} cannot be the name of a file ({_first_line(error)}); expected "
            "a name of at most 255 bytes without NUL; choose another one"
        ) from error
    if mode is not None and stat.S_ISDIR(mode):
        raise StorageError(
            f"{str(given)!r} is a folder; expected the name of a file; add one, for example "
            f"{str(given / 'fit.nc')!r}"
        )
    if mode is not None and not stat.S_ISREG(mode):
        raise StorageError(
            f"{str(given)!r} is a device, pipe or socket, which a file would replace; expected a "
            "new name or that of a regular file; choose another one"
        )
    if not parent:
        raise StorageError(
            f"the folder {str(place.parent)!r} does not exist; expected a folder to put "
            f"{place.name!r} in; create it first"
        )
    return place


def write(path: str | os.PathLike[str], tree: xr.DataTree) -> Path:
    """Write a tree to a file that appears under its name only when it is complete.

    It is written beside its place, flushed to the disk, and renamed. A file that was there stays
    as it was until then, and for good if anything fails.

    Parameters
    ----------
    path : str or path
    tree : xarray.DataTree

    Returns
    -------
    pathlib.Path
        ``path`` as it was given.

    Raises
    ------
    StorageError
        If the file cannot be written there.
    """
    given, place = Path(path), check_place(path)
    part = place.with_name(f".{place.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        tree.to_netcdf(part, engine="h5netcdf", encoding=_encoding(tree))
        if place.exists():
            os.chmod(part, place.stat().st_mode & 0o7777)
        _flush(part)
        os.replace(part, place)
    except OSError as error:
        raise StorageError(
            f"{str(given)!r} cannot be written ({error.strerror or error}); expected a folder "
            "with room and the right to write; choose another place"
        ) from error
    finally:
        # Whatever stopped the writing, an interrupt too: no litter.
        with suppress(FileNotFoundError):
            part.unlink()
    with suppress(OSError):  # not every system lets a folder be flushed
        _flush(place.parent)
    return given


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _encoding(tree: xr.DataTree) -> dict[str, dict[str, dict[str, Any]]]:
    """Return how variables are stored: as they are, numbers with a checksum of each chunk."""
    result: dict[str, dict[str, dict[str, Any]]] = {}
    for node in tree.subtree:
        settings: dict[str, dict[str, Any]] = {}
        for name, variable in node.variables.items():
            if variable.dtype.kind in "biuf":
                settings[str(name)] = {"_FillValue": None}
                if variable.ndim > 0 and variable.size > 0:
                    settings[str(name)]["fletcher32"] = True
        result[node.path] = settings
    return result


def read(path: str | os.PathLike[str]) -> xr.DataTree:
    """Read a file written by :func:`write`, whole, into memory.

    Raises
    ------
    StorageError
        If there is no such file, it is something else, damaged, or of a newer format.
    """
    import xarray as xr

    place = Path(path)
    _check_signature(place)
    try:
        version = _check_contents(place)
    except StorageError:
        raise
    except Exception as error:
        raise damaged(place, error) from error
    if version > VERSION:
        raise StorageError(
            f"{str(place)!r} has the format {version}; expected at most {VERSION}, which is what "
            "this version of bayeslogit reads; upgrade bayeslogit to read it"
        )
    try:
        with xr.open_datatree(place, engine="h5netcdf") as tree:
            return tree.load()
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


def _check_contents(path: Path) -> int:
    """Return the format version of an HDF5 file, after a look at its root and its sizes."""
    import h5py

    with h5py.File(path, "r") as file:
        kind = file.attrs.get("format")
        if kind != FORMAT:
            raise StorageError(
                f"{str(path)!r} is an HDF5 or netCDF file of something else (found "
                f"{', '.join(sorted(file)[:5]) or 'nothing'}); expected one that fit.save() "
                "wrote; open it with xarray.open_datatree to see what it is"
            )
        version = int(np.ravel(file.attrs["format_version"])[0])
        sizes: list[int] = []

        def visit(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset) and not _is_bare_dimension(item):
                sizes.append(int(item.nbytes))

        file.visititems(visit)
        # Nothing is compressed, so arrays larger than the file were never written; reading them
        # would only fill the memory with blanks.
        if sum(sizes) > path.stat().st_size:
            raise ValueError(f"it declares {sum(sizes)} bytes and has {path.stat().st_size}")
    return version


def _is_bare_dimension(item: Any) -> bool:
    return bytes(item.attrs.get("NAME", b"")).startswith(_DIMENSION_ONLY)
