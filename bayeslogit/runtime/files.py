"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bayeslogit.errors import StorageError, quoted

__all__ = ["check_place", "write_whole"]

# Bytes that must be free, which the smallest of files takes.
_LEAST = 1 << 16


def check_place(path: str | os.PathLike[str], example: str = "fit.nc") -> Path:
    """Return where a file will be, with links followed; refuse what cannot be a file.

    Parameters
    ----------
    path : str or path
    example : str
        The name of such a file.

    Raises
    ------
    StorageError
        If it is no name of a file, a folder or a device, or its folder does not exist, cannot be
        written to or is full.

    Examples
    --------
    >>> check_place("fit.nc").name
    'fit.nc'
    """
    given = Path(path)
    try:
        place = Path(os.path.realpath(given))  # a link keeps pointing at what it points at
        mode = place.stat().st_mode if place.exists() else None
        parent = place.parent.is_dir()
    except (OSError, ValueError) as error:  # too long, or with a NUL character
        raise StorageError(
            f"{quoted(str(given), 60)} cannot be the name of a file; expected a name of at most "
            "255 bytes without NUL; choose another one"
        ) from error
    if mode is not None and stat.S_ISDIR(mode):
        raise StorageError(
            f"{quoted(str(given))} is a folder; expected the name of a file; add one, for example "
            f"{quoted(str(given / example))}"
        )
    if mode is not None and not stat.S_ISREG(mode):
        raise StorageError(
            f"{quoted(str(given))} is a device, pipe or socket, which a file would replace; "
            "expected a new name or that of a regular file; choose another one"
        )
    if not parent:
        raise StorageError(
            f"the folder {quoted(str(place.parent))} does not exist; expected a folder to put "
            f"{quoted(place.name)} in; create it first"
        )
    if not os.access(place.parent, os.W_OK):
        raise StorageError(
            f"the folder {quoted(str(place.parent))} cannot be written to; expected the right to "
            f"put {quoted(place.name)} in it; choose another folder, or ask for that right"
        )
    with suppress(OSError):  # where it is not known, writing will tell
        if shutil.disk_usage(place.parent).free < _LEAST:
            raise StorageError(
                f"the disk of {quoted(str(place.parent))} is full; expected room for "
                f"{quoted(place.name)}; make room, or choose another folder"
            )
    return place


def write_whole(
    path: str | os.PathLike[str], content: Callable[[], list[bytes | memoryview]], example: str
) -> Path:
    """Write a file that appears under its name only when it is complete.

    It is written beside its place, flushed to the disk, and renamed. A file that was there stays
    as it was until then, and for good if anything fails.

    Parameters
    ----------
    path : str or path
    content : callable
        Makes the parts of the file, when it is known that there is a place for it.
    example : str
        The name of such a file.

    Returns
    -------
    pathlib.Path
        ``path`` as it was given.

    Raises
    ------
    StorageError
        If the file cannot be written there.
    """
    given, place = Path(path), check_place(path, example)
    part = place.with_name(f".{place.name[:60]}.{secrets.token_hex(6)}.part")
    try:
        parts = content()
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666), "wb") as file:
            file.writelines(parts)
        if place.exists():
            os.chmod(part, place.stat().st_mode & 0o7777)
        _flush(part)
        os.replace(part, place)
    except OSError as error:
        raise StorageError(
            f"{quoted(str(given))} cannot be written ({error.strerror or error}); expected a "
            "folder with room and the right to write; choose another place"
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
