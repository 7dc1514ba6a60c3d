"""A vault in a SQLite file: durable settings asserted, errors said in words."""

import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from tocsin.foundation import StorageError, TocsinError

BUSY_TIMEOUT_S: Final = 30
WRITING: Final = "tocsin_writing"

_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def open_file(path: Path) -> Engine:
    """Return an engine over a file; see `engine.open_engine`."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        hide_parameters=True,
        pool_size=8,
        max_overflow=64,
        pool_use_lifo=True,  # few connections stay warm, rather than all of them a little
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", _refuse_outside_transaction)
    return engine


def open_file_to_look(path: Path) -> Engine:
    """Return an engine that can't write: it serves a verifier, whatever state the file is in."""
    return create_engine(f"sqlite:///file:{path.resolve()}?mode=ro&uri=true")


def explained_by_sqlite(cause: BaseException | None, path: Path) -> TocsinError:
    """Return what to tell a person about an error of SQLite or the disk."""
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    if code in _FULL or "disk is full" in str(cause) or getattr(cause, "errno", 0) in {27, 28, 122}:
        return StorageError(
            f"{path}: the disk is full or cannot be written; nothing of this write was kept",
            hint="free some space, then do it again",
        )
    if code in _LOCKED:
        return StorageError(
            f"{path}: locked by another process for more than {BUSY_TIMEOUT_S} s",
            hint="wait for the other import or backup to end, then try again",
        )
    if code in _BROKEN:
        return StorageError(
            f"{path}: not a whole vault: {cause}", hint="restore a backup with `tocsin restore`"
        )
    if code == sqlite3.SQLITE_READONLY:
        return StorageError(f"{path}: read-only", hint="check the file's owner and permissions")
    return StorageError(f"{path}: {cause}", hint="run `tocsin doctor`")


def _configure(raw: sqlite3.Connection, record: object) -> None:
    del record
    raw.isolation_level = None  # the driver must not begin or commit by itself
    cursor = raw.cursor()
    cursor.execute("PRAGMA page_size = 8192")  # a third faster here than 4096; set at creation only
    for name, wanted in (
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL: an acknowledged write survives a power cut
        ("foreign_keys", 1),
        ("secure_delete", 1),  # what is erased leaves no trace in free pages
    ):
        cursor.execute(f"PRAGMA {name} = {wanted}")
        (is_now,) = cursor.execute(f"PRAGMA {name}").fetchone()
        if is_now != wanted:
            raise StorageError(
                f"the file system does not allow {name} = {wanted} (it is {is_now})",
                hint="keep the vault on a local disk, not on a network share",
            )
    # In KiB, for each of the pool's connections: the system caches the file once for all of them.
    cursor.execute("PRAGMA cache_size = -16384")
    cursor.execute("PRAGMA wal_autocheckpoint = 8000")
    cursor.close()


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING)
    raw = connection.connection.dbapi_connection
    assert raw is not None  # noqa: S101 - a connection that begins is open
    raw.cursor().execute("BEGIN IMMEDIATE" if writing else "BEGIN")


def _refuse_outside_transaction(
    connection: Connection, cursor: Any, *_: object, **__: object
) -> None:
    """Stop a write after SQLite has rolled back by itself, as it does when the disk is full.

    Without this, whatever the interrupted work does next would be committed piece by piece.
    """
    if connection.get_execution_options().get(WRITING) and not cursor.connection.in_transaction:
        raise StorageError(
            "the database gave up this transaction; nothing of it was kept",
            hint="free some space, then do it again",
        )
