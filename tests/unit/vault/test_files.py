"""A private file is the old one or the new one, whenever the power goes."""

import os
import stat
from pathlib import Path

import pytest

from tocsin.foundation import StorageError
from tocsin.vault.files import remove_drafts, write_atomically


def test_what_is_written_is_on_the_disk_before_it_takes_the_name_and_so_is_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rename may reach the disk before the bytes do; then a power cut leaves an empty file."""
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def recorded_fsync(handle: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        done.append("sync folder" if is_folder else f"sync {os.fstat(handle).st_size} bytes")
        fsync(handle)

    def recorded_replace(self: Path, target: Path) -> Path:
        done.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(Path, "replace", recorded_replace)
    write_atomically(tmp_path / "keys.json", b"new keys")

    assert done == ["sync 8 bytes", "rename", "sync folder"]


def test_a_failed_write_leaves_the_old_file_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys.json"
    write_atomically(file, b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        write_atomically(file, b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]
    assert file.read_bytes() == b"old"


def test_only_drafts_of_the_same_file_are_removed(tmp_path: Path) -> None:
    for name in (".keys.json.17.new", ".tocsin.json.17.new", "keys.json", "keys.json.new"):
        (tmp_path / name).touch()
    remove_drafts(tmp_path / "keys.json")
    left = sorted(each.name for each in tmp_path.iterdir())
    assert left == [".tocsin.json.17.new", "keys.json", "keys.json.new"]
