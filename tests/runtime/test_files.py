"""Places that no file can be written to are refused before anything is computed."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from bayeslogit.errors import StorageError
from bayeslogit.runtime.files import check_place, write_whole


def _never() -> list[bytes | memoryview]:
    raise AssertionError("what cannot be kept was computed")


def test_a_folder_without_the_right_to_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(StorageError, match=r"cannot be written to; .* choose another folder"):
        write_whole(tmp_path / "fit.nc", _never, "fit.nc")
    assert not list(tmp_path.iterdir())


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 0))
    with pytest.raises(StorageError, match=r"is full; expected room for 'fit\.nc'; make room"):
        write_whole(tmp_path / "fit.nc", _never, "fit.nc")


def test_a_disk_of_unknown_size_is_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown(path: object) -> object:
        raise OSError("no such call")

    monkeypatch.setattr(shutil, "disk_usage", unknown)
    assert check_place(tmp_path / "fit.nc").name == "fit.nc"
