"""The database connection: begun, retried while a server restarts, its errors said in words."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tocsin.foundation import TocsinError
from tocsin.vault.address import Place
from tocsin.vault.postgres import open_server
from tocsin.vault.postgres_errors import explained_by_postgres, is_away
from tocsin.vault.sqlite import (
    BUSY_TIMEOUT_S,
    WRITING,
    explained_by_sqlite,
    open_file,
    open_file_to_look,
)

__all__ = [
    "BUSY_TIMEOUT_S",
    "DATABASE_ERRORS",
    "WRITING",
    "begun",
    "explained",
    "open_engine",
    "open_to_look",
    "storage_errors",
]

PATIENCE_S: Final = 15.0
"""How long a transaction waits to begin while a database server restarts."""

_FIRST_PAUSE_S: Final = 0.05

DATABASE_ERRORS: Final = (DBAPIError, PendingRollbackError, PoolTimeoutError, sqlite3.Error)
"""SQLAlchemy wraps what happens in statements, not what happens while a transaction begins."""


def open_engine(place: Place) -> Engine:
    """Return an engine whose every connection is durable and checks foreign keys.

    A connection with the execution option `WRITING` holds the only write lock from its first
    statement on: SQLite's `BEGIN IMMEDIATE`, an advisory lock on PostgreSQL.
    """
    return open_file(place) if isinstance(place, Path) else open_server(place)


def open_to_look(place: Place) -> Engine:
    """Return an engine for one who only looks, also at a file that is damaged."""
    return open_file_to_look(place) if isinstance(place, Path) else open_server(place)


@contextmanager
def begun(
    engine: Engine, *, patience_s: float = PATIENCE_S, **options: Any
) -> Iterator[Connection]:
    """Open a connection with a transaction begun; it commits at the end of the block.

    While a database server restarts this waits. Nothing was done yet, so trying again is safe,
    which it is at no later point.
    """
    connection, transaction = _begin(engine, patience_s, options)
    try:
        with transaction:
            yield connection
    except BaseException as error:
        if _is_lost(error):
            connection.invalidate()
        raise
    finally:
        connection.close()


@contextmanager
def storage_errors(place: Place) -> Iterator[None]:
    """Turn the database's errors, and no others, into `StorageError` with a hint."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise explained(error, place) from error


def explained(error: BaseException, place: Place) -> TocsinError:
    """Return what to tell a person about an error of the database or the disk."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(place, Path):
        return explained_by_sqlite(cause, place)
    return explained_by_postgres(cause, place)


def _begin(
    engine: Engine, patience_s: float, options: dict[str, Any]
) -> tuple[Connection, RootTransaction]:
    pause, until = _FIRST_PAUSE_S, time.monotonic() + patience_s
    while True:
        connection: Connection | None = None
        try:
            connection = engine.connect().execution_options(**options)
            return connection, connection.begin()
        except Exception as error:
            if connection is not None:
                connection.invalidate()
                connection.close()
            if not _is_lost(error) or time.monotonic() + pause > until:
                raise
        # A server that restarted has closed every connection: drop them all at once.
        engine.dispose()
        time.sleep(pause)
        pause = min(2 * pause, 1.0)


def _is_lost(error: BaseException) -> bool:
    return is_away(error.orig if isinstance(error, DBAPIError) else error)
