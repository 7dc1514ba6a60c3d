"""A file is whole or absent, and its owner's alone."""

import errno
from pathlib import Path

import pytest

from tocsin.exchange.writers.files import replacing
from tocsin.foundation import StorageError


def test_a_file_is_readable_by_its_owner_alone_whatever_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    path.chmod(0o644)
    with replacing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_stood_there_stays_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), replacing(path) as file:
        file.writelines([b"half", None])  # type: ignore[list-item]
    assert path.read_bytes() == b"old"
    assert [*tmp_path.iterdir()] == [path]


def test_a_full_disk_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(StorageError, match="No space left") as caught, replacing(tmp_path / "a"):
        raise full
    assert "space" in caught.value.hint
    assert not [*tmp_path.iterdir()]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"), replacing(tmp_path / "no" / "a"):
        pass
