"""The verifier against damage: every stored byte flipped, rows added, moved and taken away."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.unit.vault.conftest import ORIGIN, SIGNER, a_source, domain, holding, report
from tocsin.foundation import BadInputError, ManualClock, SeededEntropy, StorageError
from tocsin.trust import SigningKey
from tocsin.vault import Standing, Vault
from tocsin.vault.verify import (
    Verification,
    export_log,
    verify_connection,
    verify_export,
    verify_vault,
)

# Which entry each stored row of `small` belongs to, by table and its first column.
SOURCE, HELD, CASE, SHARED, ERASED_OBJECT, ERASING = 0, 1, 2, 3, 4, 5
ENTRIES = 7


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with one of each: source, private object, document, shared object, erasure."""
    path = tmp_path_factory.mktemp("small") / "vault.db"
    clock = ManualClock(datetime(2026, 11, 1, tzinfo=UTC))
    made = Vault.create(path, origin=ORIGIN, clock=clock, entropy=SeededEntropy(7), signer=SIGNER)
    with made as vault:
        source = vault.write(lambda tx: tx.private.add_source(a_source()))
        vault.write(lambda tx: tx.private.hold([holding("a.example", source)], by="me"))
        vault.write(lambda tx: tx.documents.put("case", "1", {"title": "x"}, by="me"))
        shared = report(1, modified="2026-01-01T00:00:00.000Z")
        vault.write(lambda tx: tx.shared.accept(shared, standing=Standing.OWN, by="me"))
        vault.write(lambda tx: tx.private.hold([holding("b.example", source)], by="me"))
        gone = domain("b.example").id
        vault.write(lambda tx: tx.private.erase(gone, why="asked for", by="me"))
        vault.write(lambda tx: tx.log.append("note", by="me", said={"a": 1}))
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
    return path


def _damaged(path: Path, *statements: tuple[str, tuple[object, ...]]) -> Verification:
    """Verify as if the statements had been run, without keeping what they did."""
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            for statement, values in statements:
                connection.exec_driver_sql(statement, values)
            found = verify_connection(connection, [SIGNER.public])
            connection.rollback()
            return found
    finally:
        engine.dispose()


def _fields(path: Path) -> Iterator[tuple[str, str, int, bytes, int]]:
    """Yield (table, column, rowid, bytes, entry) of all stored leaves, nonces, bodies, …"""
    wanted = {
        "log_entries": ("event", "nonce", "leaf"),
        "private_versions": ("body", "nonce", "commitment"),
        "shared_objects": ("body", "nonce", "commitment"),
        "documents": ("body", "nonce", "commitment"),
        "provenance": ("said", "nonce", "commitment"),
    }
    with closing(sqlite3.connect(path)) as raw:
        for table, columns in wanted.items():
            entry = "idx" if table == "log_entries" else "entry"
            for column in columns:
                rows = raw.execute(f"SELECT rowid, {column}, {entry} FROM {table}")  # noqa: S608
                for rowid, value, index in rows:
                    if value is not None:
                        yield table, column, rowid, value, index


def test_an_intact_vault_holds_with_its_signatures_verified(small: Path) -> None:
    found = verify_vault(small, [SIGNER.public])

    assert (found.ok, found.entries, found.first_bad, found.why) == (True, ENTRIES, None, "")
    assert (found.checkpoints, found.signed) == (ENTRIES, True)


def test_any_flipped_byte_of_what_is_stored_names_its_entry(small: Path) -> None:
    missed: list[tuple[str, str, int, Verification]] = []
    flipped = 0
    engine = create_engine(f"sqlite:///{small}")
    with engine.connect() as connection:
        for table, column, rowid, value, entry in list(_fields(small)):
            update = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608
            for at in range(len(value)):
                bad = value[:at] + bytes([value[at] ^ (1 << at % 8)]) + value[at + 1 :]
                connection.exec_driver_sql(update, (bad, rowid))
                found = verify_connection(connection)
                flipped += 1
                if found.ok or found.first_bad != entry:
                    missed.append((table, column, at, found))
            connection.exec_driver_sql(update, (value, rowid))
        connection.rollback()
    engine.dispose()

    assert missed == []
    assert flipped > 2_000
