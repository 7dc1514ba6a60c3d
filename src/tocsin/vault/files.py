"""Files of a home: written whole or not at all, readable by their owner only."""

import os
import stat
from pathlib import Path
from typing import Final

from tocsin.foundation import StorageError

PRIVATE_MODE: Final = 0o600
_DRAFT: Final = ".new"


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path` with mode 0600, so that a crash leaves the old file or the new one.

    Raises:
        StorageError: when it can't be written; the old file stays.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}{_DRAFT}")
    try:
        with os.fdopen(os.open(beside, _CREATE, PRIVATE_MODE), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StorageError(
            f"{path}: cannot be written: {error.strerror}", hint="check the disk and the folder"
        ) from error


def remove_drafts(path: Path) -> None:
    """Remove what a killed `write_atomically` has left beside `path`.

    Only for a caller that nobody else writes `path` beside: a draft may be a live one.
    """
    for draft in path.parent.glob(f".{path.name}.*{_DRAFT}"):
        draft.unlink(missing_ok=True)


def read_private(path: Path) -> bytes:
    """Return the bytes of a file that only its owner may read.

    Raises:
        StorageError: when it is not there, or others may read or write it.
    """
    try:
        with path.open("rb") as file:
            _refuse_others(path, os.fstat(file.fileno()))
            return file.read()
    except OSError as error:
        raise _unreadable(path, error) from error


def check_private(path: Path) -> None:
    """Make sure that only its owner may read or write a file.

    Raises:
        StorageError: when it is not there, or others may.
    """
    try:
        _refuse_others(path, path.stat())
    except OSError as error:
        raise _unreadable(path, error) from error


def _refuse_others(path: Path, found: os.stat_result) -> None:
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        raise StorageError(
            f"{path} can be read or written by others (mode {mode:04o})",
            hint=f"run `chmod 600 {path}`; if others were on this machine, "
            "`tocsin key rotate` as well",
        )


def sync_folder(folder: Path) -> None:
    """Make a rename or a new file in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unreadable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path}: cannot be read: {error.strerror}", hint="restore a backup")


_CREATE: Final = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_NOFOLLOW
