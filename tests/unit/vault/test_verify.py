"""The verifier against damage: every stored byte flipped, rows added, moved and taken away."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.unit.vault.conftest import ORIGIN, SIGNER, a_source, domain, holding, note, report
from tocsin.foundation import BadInputError, ManualClock, SeededEntropy, StorageError
from tocsin.trust import SigningKey
from tocsin.vault import Standing, Vault
from tocsin.vault.address import Place
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


def test_a_flipped_byte_of_a_kept_tree_node_names_the_first_entry_under_it(
    path: Path, filed: Vault
) -> None:
    for number in range(40):
        filed.write(note(number))
    filed.close()

    change = "UPDATE log_nodes SET hash = zeroblob(32) WHERE level = 4 AND position = 1"
    found = _damaged(path, (change, ()))

    assert (found.ok, found.first_bad) == (False, 16)


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("DELETE FROM private_versions WHERE number = 1", HELD),
        ("DELETE FROM documents", CASE),
        ("DELETE FROM shared_objects", SHARED),
        ("DELETE FROM sources", SOURCE),
        ("DELETE FROM provenance", HELD),
        ("DELETE FROM erasures", ERASED_OBJECT),
        ("UPDATE private_versions SET body = NULL, nonce = NULL WHERE number = 1", HELD),
        ("UPDATE log_entries SET event = NULL, nonce = NULL WHERE idx = 6", 6),
        ("UPDATE log_entries SET kind = 'other' WHERE idx = 6", 6),
        ("UPDATE log_entries SET at = at + 1 WHERE idx = 6", 6),
        ("UPDATE private_versions SET entry = 6 WHERE number = 1", HELD),
        ("UPDATE documents SET entry = 3", CASE),
        ("UPDATE private_objects SET object_id = 'domain-name--x' WHERE number = 1", HELD),
        ("UPDATE shared_objects SET tlp = 'clear'", SHARED),
        ("UPDATE shared_objects SET revoked = 1", SHARED),
        ("UPDATE shared_objects SET added = added - 1", SHARED),
        ("UPDATE sources SET name = 'other.csv'", SOURCE),
        ("DELETE FROM log_entries WHERE idx = 6", 6),
        ("DELETE FROM log_entries WHERE idx = 3", SHARED),
    ],
)
def test_a_row_taken_away_or_moved_or_changed_names_its_entry(
    small: Path, statement: str, first_bad: int
) -> None:
    found = _damaged(small, (statement, ()))

    assert (found.ok, found.first_bad) == (False, first_bad)
    assert found.why


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO private_objects VALUES (9, 'x', 'report', 1)",
        "INSERT INTO log_nodes VALUES (4, 0, x'00')",
        "INSERT INTO documents SELECT 'x', 2, 1, 1, '', '', commitment, by, 0, 99 FROM documents",
        "UPDATE checkpoints SET note = replace(note, 'example', 'another') WHERE size = 3",
        "UPDATE checkpoints SET root = zeroblob(32) WHERE size = 3",
    ],
)
def test_what_belongs_to_no_entry_is_found_and_no_entry_is_blamed(
    small: Path, statement: str
) -> None:
    found = _damaged(small, (statement, ()))

    assert (found.ok, found.first_bad) == (False, None)
    assert found.why


def test_a_rewritten_entry_with_matching_hashes_is_found_by_the_signed_checkpoint(
    path: Path, filed: Vault, clock: ManualClock
) -> None:
    for number in range(3):
        filed.write(note(number))
    filed.close()
    other = path.with_name("other.db")
    forged = Vault.create(other, origin=ORIGIN, clock=clock, entropy=SeededEntropy(9))
    with forged:
        for number in (0, 7, 2):
            forged.write(note(number))
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("ATTACH ? AS forged", (str(other),))
        raw.execute("DELETE FROM log_entries WHERE idx > 0")
        raw.execute("INSERT INTO log_entries SELECT * FROM forged.log_entries WHERE idx > 0")
        raw.commit()

    found = verify_vault(path, [SIGNER.public])

    assert (found.ok, found.first_bad) == (False, 1)
    assert "signed checkpoint of 2 entries" in found.why


def test_a_log_cut_at_its_end_is_found_by_the_signed_checkpoint(small: Path) -> None:
    found = _damaged(small, ("DELETE FROM log_entries WHERE idx = 6", ()))

    assert (found.ok, found.first_bad, found.entries) == (False, 6, 6)


def test_checkpoints_signed_by_another_key_do_not_hold(small: Path) -> None:
    stranger = SigningKey.from_raw(bytes(32)).public

    found = verify_vault(small, [stranger])

    assert (found.ok, found.first_bad) == (False, None)
    assert "checkpoint" in found.why


def test_verifying_works_while_the_vault_is_being_written(place: Place, vault: Vault) -> None:
    vault.write(lambda tx: tx.log.append("note", by="me", said={}))

    assert verify_vault(place).ok


@pytest.mark.parametrize("place", ["header", "middle", "cut"])
def test_a_damaged_database_file_does_not_hold_and_says_why(
    small: Path, tmp_path: Path, place: str
) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(small, copy)
    whole = copy.read_bytes()
    damage: dict[str, Callable[[], bytes]] = {
        "header": lambda: b"not a database at all" + whole[21:],
        "middle": lambda: whole[: 8192 * 3] + b"\xff" * 8192 + whole[8192 * 4 :],
        "cut": lambda: whole[: len(whole) // 2],
    }
    copy.write_bytes(damage[place]())

    found = verify_vault(copy)

    assert not found.ok
    assert found.why


def test_verifying_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no vault"):
        verify_vault(tmp_path / "vault.db")


def test_an_export_verifies_without_the_vault_and_holds_no_contents(
    small: Path, tmp_path: Path
) -> None:
    file = tmp_path / "log.txt"

    entries = export_log(small, file)
    found = verify_export(file, [SIGNER.public])

    assert entries == found.entries == ENTRIES
    assert (found.ok, found.signed, found.checkpoints) == (True, True, ENTRIES)
    assert found.root == verify_vault(small).root
    text = file.read_text()
    assert not any(word in text for word in ("a.example", "row 1", "list.csv", "analyst", "case"))


def test_a_changed_leaf_of_an_export_names_its_entry(small: Path, tmp_path: Path) -> None:
    file = tmp_path / "log.txt"
    export_log(small, file)
    lines = file.read_text().splitlines(keepends=True)
    first_leaf = len(lines) - ENTRIES
    for index in range(ENTRIES):
        changed = list(lines)
        leaf = changed[first_leaf + index]
        changed[first_leaf + index] = ("0" if leaf[0] != "0" else "1") + leaf[1:]
        file.write_text("".join(changed))

        found = verify_export(file)

        assert (found.ok, found.first_bad) == (False, index)


def test_a_cut_export_does_not_hold(small: Path, tmp_path: Path) -> None:
    file = tmp_path / "log.txt"
    export_log(small, file)
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-2]))

    found = verify_export(file)

    assert (found.ok, found.first_bad) == (False, ENTRIES - 2)


@pytest.mark.parametrize("content", ["", "hello\n", "{}\n", '{"format": "other"}\n', "\udcff"])
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "log.txt"
    file.write_text(content, errors="surrogateescape")

    with pytest.raises(BadInputError, match="no export"):
        verify_export(file)
