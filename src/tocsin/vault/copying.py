"""A whole vault copied from one database to another: between SQLite and PostgreSQL, either way.

The copy is logical, row by row, so it does not depend on what either database writes to its
disk. It is that of one moment, and nothing of it stays unless the log holds in the copy too.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, func, select

from tocsin.foundation import RefusedError, StorageError
from tocsin.vault import migrate, schema
from tocsin.vault.address import Place
from tocsin.vault.card import DATABASE
from tocsin.vault.engine import WRITING, begun, open_engine, storage_errors
from tocsin.vault.files import PRIVATE_MODE, sync_folder
from tocsin.vault.rows import chunks, insert_rows
from tocsin.vault.verify import verify_connection
from tocsin.vault.whereabouts import keep_place, place_of

MOVED: Final = "vault.db.moved"
"""The file that a vault left when it moved into a database."""

_BATCH: Final = 1000
_SEALS: Final = {
    "sqlite": "CREATE TRIGGER IF NOT EXISTS moved BEFORE INSERT ON log_entries "
    "BEGIN SELECT RAISE(ABORT, 'this vault has moved'); END",
    "postgresql": "ALTER TABLE log_entries ADD CONSTRAINT moved CHECK (false) NOT VALID",
}


def copy_to_file(place: Place, file: Path) -> None:
    """Make a vault in a new file with all that the vault at `place` holds at this moment.

    Writers go on meanwhile.

    Raises:
        StorageError: when either cannot be used, or the copy does not hold.
    """
    source = open_engine(place)
    try:
        with storage_errors(place), begun(source) as read:
            migrate.check(read, place)
            _fill(read, file, place)
    finally:
        source.dispose()


def move_vault(folder: Path, to: Place) -> int:
    """Move the vault of the home in `folder`; returns how many entries its log has.

    What is written meanwhile waits, and fails where the process does not know of the move: stop
    the exchange first. A file that is left behind stays as `vault.db.moved`, a database as it
    is; neither takes entries any more.

    Raises:
        RefusedError: when a vault is there already, or it lies there now.
        StorageError: when either place cannot be used; the vault stays where it was.
    """
    place = place_of(folder)
    if place == to:
        raise RefusedError(f"the vault lies at {place} already")
    source = open_engine(place)
    try:
        with storage_errors(place), begun(source, **{WRITING: True}) as read:
            migrate.check(read, place)
            entries = _fill(read, to, place)
            keep_place(folder, to)
            read.exec_driver_sql(_SEALS[read.dialect.name])
    finally:
        source.dispose()
    if isinstance(place, Path):
        _set_aside(folder)
    return entries


def _set_aside(folder: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        left = folder / f"{DATABASE}{suffix}"
        if left.exists():  # a process that has it open still finds its seal in the -wal
            left.replace(folder / f"{MOVED}{suffix}")
    sync_folder(folder)


def _fill(read: Connection, to: Place, place: Place) -> int:
    """Make a vault at `to` from all that `read` sees, in one transaction."""
    if isinstance(to, Path):
        _make_file(to)
    target = open_engine(to)
    try:
        with storage_errors(to), begun(target, **{WRITING: True}) as write:
            migrate.create_empty(write, to)
            for table in schema.metadata.sorted_tables:
                _copy_table(read, write, table)
            entries = _verified(write, place)
    except BaseException:
        if isinstance(to, Path):
            to.unlink(missing_ok=True)
        raise
    finally:
        target.dispose()
    return entries


def _verified(copy: Connection, place: Place) -> int:
    found = verify_connection(copy)
    if not found.ok:
        raise StorageError(
            f"the copy of {place} does not hold: {found.why}",
            hint="see `tocsin ledger verify`; nothing was moved",
        )
    return found.entries


def _copy_table(read: Connection, write: Connection, table: Table) -> None:
    names = tuple(column.name for column in table.columns)
    for rows in chunks(_rows(read, table), _BATCH):
        insert_rows(write, table, names, rows)
    counted = table.autoincrement_column
    if counted is None or write.dialect.name != "postgresql":
        return
    highest = write.scalar(select(func.max(counted)))
    if highest is not None:
        sequence = func.pg_get_serial_sequence(table.name, counted.name)
        write.execute(select(func.setval(sequence, highest)))


def _rows(read: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    ordered = select(table).order_by(*table.primary_key.columns)
    for row in read.execute(ordered.execution_options(yield_per=_BATCH)):
        yield tuple(row)


def _make_file(path: Path) -> None:
    try:
        path.touch(mode=PRIVATE_MODE, exist_ok=False)
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}", hint="check the folder") from error
