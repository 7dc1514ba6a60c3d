"""Backup of a home into one file, while it is in use; and back.

The file is a plain tar with the three files of a home; a vault in a PostgreSQL database becomes
a file in it, so that it can be restored anywhere. The keys are in it: whoever has the file
and, if one was set, the passphrase, can act as this organisation. Keep it accordingly.
"""

import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

from tocsin.foundation import BadInputError, RefusedError, StorageError
from tocsin.vault.address import Place
from tocsin.vault.card import CARD, DATABASE, KEYS, Card, make_folder
from tocsin.vault.copying import copy_to_file
from tocsin.vault.engine import explained
from tocsin.vault.files import PRIVATE_MODE, read_private, sync_folder, write_atomically
from tocsin.vault.whereabouts import place_of

_MEMBERS: Final = (CARD, KEYS, DATABASE)
_PAGES: Final = 4096
_COPY: Final = 1 << 20


def backup(folder: Path, file: Path) -> int:
    """Write a home into `file` (mode 0600) and return its size in bytes.

    Consistent while others write: the copy is that of one moment.

    Raises:
        RefusedError: when `file` is there already.
        StorageError: when the home or the disk does not allow it; no half file stays.
    """
    Card.read(folder / CARD)
    if file.exists():
        raise RefusedError(f"{file} is there already", hint="choose another name")
    with _beside(file) as draft, tempfile.TemporaryDirectory(dir=file.parent) as scratch:
        copy = Path(scratch) / DATABASE
        _copy_vault(place_of(folder), copy)
        with _explained(file), tarfile.open(draft, "w") as tar:
            # After the vault: newer keys serve an older vault, older ones would miss the newest.
            for name in (CARD, KEYS):
                _add(tar, name, read_private(folder / name))
            tar.add(copy, DATABASE, recursive=False, filter=_private)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(file)
        sync_folder(file.parent)
    return file.stat().st_size


def restore(file: Path, folder: Path) -> Card:
    """Make a home in `folder` from a backup and return whose it is.

    Raises:
        RefusedError: when `folder` is not empty.
        BadInputError: when `file` is no backup; nothing is left behind in `folder`.
    """
    make_folder(folder)
    try:
        with _explained(file), tarfile.open(file, "r:") as tar:
            members = _checked(tar.getmembers(), file)
            for name in (KEYS, DATABASE, CARD):
                _extract(tar, members[name], folder / name)
        sync_folder(folder)
        _check_database(folder / DATABASE)
        read_private(folder / KEYS)
        return Card.read(folder / CARD)
    except BaseException:
        for name in (*_MEMBERS, f"{DATABASE}-wal", f"{DATABASE}-shm"):
            (folder / name).unlink(missing_ok=True)
        raise


def _checked(members: list[tarfile.TarInfo], file: Path) -> dict[str, tarfile.TarInfo]:
    """Exactly the three plain files: no path, link, device or second copy gets through."""
    found = {member.name: member for member in members}
    if (
        len(members) != len(_MEMBERS)
        or set(found) != set(_MEMBERS)
        or not all(member.isreg() for member in members)
    ):
        raise BadInputError(
            f"{file} is no backup of tocsin: it should hold {', '.join(_MEMBERS)} and no more",
            hint="choose a file that `tocsin backup` wrote",
        )
    return found


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, to: Path) -> None:
    source = tar.extractfile(member)
    if source is None:
        raise BadInputError(f"{member.name} in the backup is no file")
    with os.fdopen(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_MODE), "wb") as out:
        while part := source.read(_COPY):
            out.write(part)
        out.flush()
        os.fsync(out.fileno())


def _copy_vault(place: Place, to: Path) -> None:
    """Copy a vault into one file, byte by byte where it is a file."""
    if isinstance(place, Path):
        _copy_database(place, to)
        return
    copy_to_file(place, to)
    _one_file(to)


def _one_file(path: Path) -> None:
    """Turn a vault back from WAL to one plain file, so that it is whole without a -wal."""
    with _sqlite_errors(path), closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA journal_mode = DELETE")


def _copy_database(source: Path, to: Path) -> None:
    with (
        _sqlite_errors(source),
        closing(sqlite3.connect(source)) as live,
        closing(sqlite3.connect(to)) as copy,
    ):
        live.execute("PRAGMA busy_timeout = 30000")
        live.backup(copy, pages=_PAGES)
    _one_file(to)


def _check_database(path: Path) -> None:
    with _sqlite_errors(path), closing(sqlite3.connect(path)) as copy:
        (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise StorageError(f"the vault in the backup is damaged: {said}", hint="use another backup")


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a file by what was read of it at once: another process may replace it meanwhile."""
    member = _private(tarfile.TarInfo(name))
    member.size = len(content)
    tar.addfile(member, BytesIO(content))


def _private(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = PRIVATE_MODE
    return member


@contextmanager
def _sqlite_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise explained(error, path) from error


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    draft = file.with_name(f".{file.name}.{os.getpid()}.new")
    write_atomically(draft, b"")
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    try:
        yield
    except tarfile.TarError as error:
        raise BadInputError(
            f"{file} is no backup of tocsin: {error}",
            hint="choose a file that `tocsin backup` wrote",
        ) from error
    except OSError as error:
        raise StorageError(f"{file}: {error.strerror}", hint="check the disk") from error
