"""One writer, many readers, several processes; and what goes wrong on disks."""

import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from tests.unit.vault.conftest import SIGNER, START, holding, note
from tocsin.foundation import (
    ManualClock,
    RefusedError,
    SeededEntropy,
    StorageError,
    UsageError,
)
from tocsin.vault import Transaction, Vault, migrate, schema, sqlite
from tocsin.vault.address import Place
from tocsin.vault.verify import verify_vault


def _open(place: Place, **more: object) -> Vault:
    return Vault.open(place, clock=ManualClock(START), entropy=SeededEntropy(2), **more)  # type: ignore[arg-type]


def _hold(number: int) -> Callable[[Transaction], None]:
    def work(tx: Transaction) -> None:
        tx.private.hold([holding(f"d{number}.example")], by="me")

    return work


def _fail(tx: Transaction) -> None:
    tx.private.hold([holding("lost.example")], by="me")
    tx.settings.set("cursor", 1)
    raise RefusedError("on purpose")


def _held(vault: Vault) -> set[str]:
    with vault.read() as view:
        return {each.object.name for each in view.private.iterate()}


def test_a_vault_is_readable_by_its_owner_only_and_durable(filed: Vault, path: Path) -> None:
    filed.write(note(1))

    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_system_that_does_not_honour_the_settings_is_refused() -> None:
    with closing(sqlite3.connect(":memory:")) as raw, pytest.raises(StorageError, match="wal"):
        sqlite._configure(raw, None)


def test_one_piece_of_work_that_fails_does_not_hurt_those_it_shares_a_commit_with(
    vault: Vault, place: Place
) -> None:
    begun, hold = threading.Event(), threading.Event()

    def block(_: object) -> bool:
        begun.set()
        return hold.wait(30)

    blocked = vault.submit(block)
    assert begun.wait(30)  # alone: what is submitted from here on shares the next commit
    pieces: list[Future[None]] = []
    for number in range(20):
        pieces.append(vault.submit(_hold(number)))
        pieces.append(vault.submit(_fail))
    hold.set()
    blocked.result(30)
    wait(pieces, timeout=30)

    assert [piece.exception() for piece in pieces[::2]] == [None] * 20
    assert all(isinstance(piece.exception(), RefusedError) for piece in pieces[1::2])
    assert _held(vault) == {f"d{number}.example" for number in range(20)}
    with vault.read() as view:
        assert view.log.size == 20
        assert view.settings.get("cursor") is None
    found = verify_vault(place)
    assert (found.ok, found.checkpoints) == (True, 1)


def test_work_that_waits_for_other_work_is_refused_instead_of_hanging(vault: Vault) -> None:
    with pytest.raises(UsageError, match="can't wait"):
        vault.write(lambda _: vault.write(note(1)))


def test_a_reader_sees_one_moment_while_writers_go_on(vault: Vault) -> None:
    vault.write(note(1))
    with vault.read() as view:
        before = view.log.size
        vault.write(note(2))

        assert (before, view.log.size) == (1, 1)
    with vault.read() as view:
        assert view.log.size == 2


def test_several_processes_write_one_log(vault: Vault, place: Place) -> None:
    with _open(place, signer=SIGNER) as other:
        writers = [vault, other] * 2

        def write(which: int) -> None:
            for number in range(20):
                writers[which].write(_hold(which * 100 + number))

        threads = [threading.Thread(target=write, args=(which,)) for which in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    found = verify_vault(place)
    assert (found.ok, found.entries) == (True, 80)
    assert len(_held(vault)) == 80


def test_a_lock_held_too_long_is_told(
    filed: Vault, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.05)
    with _open(path) as other, closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="locked by another process"):
            other.write(note(1))
        raw.execute("ROLLBACK")

        assert other.write(note(1)) == 0


def test_a_full_disk_is_told_nothing_half_written_stays_and_work_goes_on_later(
    filed: Vault, path: Path
) -> None:
    filed.write(note(1))

    def limit(pages: int) -> None:
        filed.write(
            lambda tx: tx._session.connection.exec_driver_sql(
                f"PRAGMA max_page_count = {pages}"
            ).fetchall()
        )

    limit(1)  # SQLite takes the present size where this is less
    batch = [holding(f"d{number}.example") for number in range(3_000)]
    with pytest.raises(StorageError, match="disk is full") as told:
        filed.write(lambda tx: tx.private.hold(batch, by="me"))
    assert "free some space" in told.value.hint
    assert _held(filed) == set()

    limit(1_000_000)
    assert filed.write(lambda tx: tx.private.hold(batch, by="me")).new == 3_000
    assert verify_vault(path).ok


def test_work_that_swallows_a_full_disk_cannot_commit_piecemeal(filed: Vault) -> None:
    def stubborn(tx: Transaction) -> None:
        tx._session.connection.exec_driver_sql("PRAGMA max_page_count = 1").fetchall()
        for number in range(300):
            try:
                tx.documents.put("case", str(number), {"x": "y" * 10_000}, by="me")
            except Exception:  # noqa: BLE001, S112 - the fault under test
                continue

    with pytest.raises(StorageError):
        filed.write(stubborn)

    with filed.read() as view:
        assert view.log.size == 0
        assert view.documents.list("case") == ()


def test_a_closed_vault_finishes_what_was_queued_and_takes_no_more(place: Place) -> None:
    vault = _open(place)
    pieces = [vault.submit(note(number)) for number in range(600)]
    vault.close()
    vault.close()

    assert [piece.result(timeout=0) for piece in pieces] == list(range(600))
    with pytest.raises(StorageError, match="closed"):
        vault.write(note(1))


def test_what_is_there_is_not_created_again(vault: Vault, place: Place) -> None:
    with pytest.raises(RefusedError, match=r"there already|node already"):
        Vault.create(place, origin="o", clock=ManualClock(START), entropy=SeededEntropy(1))


def test_no_vault_is_told_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no vault") as told:
        _open(tmp_path / "vault.db")
    assert "tocsin init" in told.value.hint


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("9999", ("newer version of tocsin", "install")),
        ("0000", ("older schema", "tocsin upgrade")),
    ],
)
def test_a_vault_of_another_version_is_told_apart(
    filed: Vault,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    said: tuple[str, str],
) -> None:
    message, hint = said
    monkeypatch.setattr(migrate, "REVISIONS", ("0000", "0001"))
    filed.close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (version,))
        raw.commit()

    with pytest.raises(StorageError, match=message) as told:
        _open(path)
    assert hint in told.value.hint


@pytest.mark.parametrize("content", [b"", b"hello", os.urandom(20_000)])
def test_a_file_that_is_no_vault_is_told(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(StorageError):
        _open(path)


def test_the_migrations_make_exactly_the_schema(filed: Vault, path: Path) -> None:
    made = create_engine(f"sqlite:///{path}")
    with made.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), schema.metadata)
        without_rowid = {
            row[0]
            for row in connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%'"
            )
        }
    made.dispose()

    assert difference == []
    assert without_rowid == {
        name
        for name, table in schema.metadata.tables.items()
        if table.dialect_options["sqlite"]["with_rowid"] is False
    }


def test_the_known_revisions_are_those_in_the_package() -> None:
    folder = Path(migrate.__file__).with_name("migrations")

    revisions = [each.revision for each in ScriptDirectory(str(folder)).walk_revisions()]

    assert tuple(reversed(revisions)) == schema.REVISIONS
