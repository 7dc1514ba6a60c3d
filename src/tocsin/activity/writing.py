"""One writer at a time: who adds to a dataset holds its lock, and clears up after the one before.

The operating system lets go of the lock when its process ends, however it ends. Readers need none:
they read what the manifest names, and nothing of that is ever changed or removed.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from tocsin.activity.dataset import SPILL, Dataset
from tocsin.foundation import StorageError
from tocsin.vault.files import PRIVATE_MODE

_LOCK: Final = ".lock"
_OURS: Final = re.compile(r"[0-9a-f]{16}-\d+\.parquet")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Holder(msgspec.Struct, frozen=True):
    """Who adds to a dataset, as the lock's file tells those who come meanwhile.

    Attributes:
        since: RFC 3339 in UTC.
    """

    process: int
    by: str
    since: str


@contextmanager
def only_writer(dataset: Dataset, *, by: str, at: str) -> Iterator[None]:
    """Hold a dataset for adding to it; what a stopped writer has left is removed first.

    Args:
        by: who adds; `at`: since when, RFC 3339: what others are told meanwhile.

    Raises:
        StorageError: when another process adds to it, or the folder cannot be written.
    """
    path = dataset.folder / _LOCK
    try:
        dataset.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        number = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, PRIVATE_MODE)
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be written: {error.strerror}", hint="check the home"
        ) from error
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _held(path) from error
        os.ftruncate(number, 0)
        os.pwrite(number, msgspec.json.encode(Holder(os.getpid(), by, at)), 0)
        _clear(dataset)
        yield
        os.ftruncate(number, 0)
    finally:
        os.close(number)


def _held(path: Path) -> StorageError:
    try:
        holder = msgspec.json.decode(path.read_bytes(), type=Holder)
    except (OSError, msgspec.DecodeError):
        return StorageError("another load is under way here", hint="wait for it, then load again")
    return StorageError(
        f"another load is under way here: process {holder.process}, "
        f"by {holder.by} since {holder.since}",
        hint="wait for it, or stop it with Ctrl-C: the files that it has finished stay; "
        "then load again",
    )


def _clear(dataset: Dataset) -> None:
    """Remove staged rows, placed files that no manifest names, and spills of dead processes."""
    for each in (dataset.folder / ".staging").glob("*"):
        if _DIGEST.fullmatch(each.name) or _is_left(each.name):
            shutil.rmtree(each, ignore_errors=True)
    for table in ("posts", "ads"):
        named = set(dataset.files(table))
        for path in (dataset.folder / table).rglob("*.parquet"):
            if _OURS.fullmatch(path.name) and path not in named:
                path.unlink(missing_ok=True)


def _is_left(name: str) -> bool:
    """Tell whether this is where a process spilled that is no more."""
    spilled = SPILL.fullmatch(name)
    if spilled is None:
        return False
    try:
        os.kill(int(spilled[1]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
