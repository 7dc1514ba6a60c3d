"""What PostgreSQL alone has: a server that may lose data, errors of its own, a wire."""

import threading
import time

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.postgres import Server
from tests.unit.vault.conftest import domain, holding, note, opened
from tocsin.foundation import BadInputError, StorageError
from tocsin.records import Audience, MemberKind, Sharing
from tocsin.vault import Standing, Transaction, engine, migrate, schema
from tocsin.vault.address import PostgresAddress
from tocsin.vault.postgres_errors import DatabaseAwayError, explained_by_postgres
from tocsin.vault.rows import insert_rows
from tocsin.vault.verify import verify_vault


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
        opened(address).close()
        time.sleep(0.05)


def test_a_commit_waits_for_the_disk_whatever_the_role_is_set_to(
    postgres: Server, address: PostgresAddress
) -> None:
    postgres.sql("ALTER ROLE tocsin SET synchronous_commit = off")
    try:
        with opened(address) as vault, vault._engine.connect() as connection:
            assert connection.scalar(text("SHOW synchronous_commit")) == "on"
    finally:
        postgres.sql("ALTER ROLE tocsin RESET synchronous_commit")


def test_a_database_in_another_encoding_is_refused(postgres: Server) -> None:
    postgres.sql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")

    with pytest.raises(StorageError, match="server_encoding = LATIN1") as told:
        opened(PostgresAddress.parse(postgres.address("latin")))
    assert "UTF8" in told.value.hint


def test_no_server_no_database_and_no_vault_are_told_apart(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = PostgresAddress(host="127.0.0.1", port=1, database="x", user="u", password="word")
    with pytest.raises(DatabaseAwayError, match="no database answers there"):
        opened(nobody)
    with pytest.raises(StorageError, match="no such database") as told:
        opened(PostgresAddress.parse(postgres.address("absent")))
    assert "createdb" in told.value.hint
    with pytest.raises(StorageError, match="is no vault"):
        opened(postgres.new_database())


def test_a_vault_of_another_version_in_a_database_is_told(
    postgres: Server, address: PostgresAddress
) -> None:
    change = "UPDATE alembic_version SET version_num = '{}'"
    postgres.sql(change.format("9999"), address.database)
    try:
        with pytest.raises(StorageError, match="newer version of tocsin"):
            opened(address)
    finally:
        postgres.sql(change.format(schema.REVISIONS[-1]), address.database)


def test_a_standby_is_told_to_be_read_only(postgres: Server, address: PostgresAddress) -> None:
    postgres.sql(f"ALTER DATABASE {address.database} SET default_transaction_read_only = on")
    try:
        with opened(address) as vault:
            with pytest.raises(StorageError, match="read-only") as told:
                vault.write(note(1))
            assert "primary" in told.value.hint
    finally:
        postgres.sql(f"ALTER DATABASE {address.database} RESET default_transaction_read_only")


def test_a_text_that_postgresql_cannot_store_is_told_and_hurts_no_other(
    address: PostgresAddress,
) -> None:
    with opened(address) as vault:
        wrong = vault.submit(lambda tx: tx.documents.put("case", "a\x00b", {}, by="me"))
        right = vault.submit(lambda tx: tx.documents.put("case", "ab", {}, by="me"))

        assert right.result(30) == 1
        with pytest.raises(BadInputError, match="cannot store"):
            wrong.result(30)


def test_a_lock_that_another_process_holds_too_long_is_told(
    postgres: Server, address: PostgresAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.vault.postgres._SESSION", "SET lock_timeout = '100ms'; SELECT 1")
    with opened(address) as holder, opened(address) as vault:
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


class _ServerError(Exception):
    """Shaped as the driver's: the fields of the server's answer."""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("53100", "disk is full"),
        ("53300", "no more connections"),
        ("42501", "may not do this there"),
        ("XX001", "damaged"),
        ("57P01", "connection to the database was lost"),
        ("57P03", "connection to the database was lost"),
        ("42P01", "in the server's own words"),
    ],
)
def test_what_the_server_answers_is_said_in_words_without_what_was_to_be_stored(
    code: str, said: str
) -> None:
    address = PostgresAddress(host="h", port=1, database="d", user="u", password="word")
    fields = {"C": code, "M": "in the server's own words", "D": "Key (id)=(a name)"}

    told = explained_by_postgres(_ServerError(fields), address)

    assert said in told.message
    assert "a name" not in told.message + told.hint
    assert "word@" not in told.message


def test_the_migrations_make_exactly_the_schema_on_postgresql_too(
    address: PostgresAddress,
) -> None:
    made = engine.open_engine(address)
    with made.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), schema.metadata)
        assert migrate.revision(connection) == schema.REVISIONS[-1]
    made.dispose()

    assert difference == []


def test_a_vault_of_the_first_version_is_upgraded_with_what_it_holds(
    postgres: Server, address: PostgresAddress
) -> None:
    groups = Audience(groups=frozenset({"identity--00000000-0000-4000-8000-00000000000f"}))
    sharing = Sharing(audience=groups, origins=frozenset({MemberKind.PLATFORM}))
    with opened(address) as vault:
        for name in ("a.example", "b.example"):
            item = domain(name).with_sharing(sharing)
            kept = vault.write(
                lambda tx, item=item: tx.shared.accept(item, standing=Standing.OWN, by="me")  # type: ignore[misc]
            )
            vault.write(lambda tx, at=kept.seq: tx.visibility.set(at, ["m1", "m2"]))  # type: ignore[misc]
    everything = "SELECT member, lane, added, seq FROM lanes ORDER BY 1, 2, 3"
    before = postgres.sql(everything, address.database)
    for undone in (
        "DROP TABLE lanes",
        "DROP TABLE addressed",
        "DROP INDEX ix_shared_objects_version_at",
        "UPDATE alembic_version SET version_num = '0001'",
    ):
        postgres.sql(undone, address.database)

    made = engine.open_engine(address)
    assert migrate.upgrade_if_older(made, address)
    made.dispose()

    assert len(before) == 8
    assert postgres.sql(everything, address.database) == before
    assert verify_vault(address).ok


@pytest.mark.parametrize("count", [1, 4, 5, 700])
def test_rows_read_back_as_they_were_written_by_whichever_way(
    address: PostgresAddress, count: int
) -> None:
    names = [f"a\tb\\N{number}é\n'\"%s$1.example" for number in range(count)]
    with opened(address) as vault:
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
    with opened(address) as vault:
        for number in range(5):
            items = [holding(f"{number}.example")]
            vault.write(lambda tx, items=items: tx.private.hold(items, by="me"))  # type: ignore[misc]
            with vault.read() as view:
                assert len(list(view.private.iterate())) == number + 1


def test_a_row_that_cannot_be_inserted_fails_its_own_piece_and_no_other(
    address: PostgresAddress,
) -> None:
    def twice(tx: Transaction) -> str:
        connection = tx._session.connection
        insert_rows(connection, schema.erasures, ("what", "entry"), [("a", 0), ("a", 0)])
        return "not told until the piece ends"

    with opened(address) as vault:
        vault.write(note(0))
        pieces = [vault.submit(work) for work in (note(1), twice, note(2), twice)]

        assert [pieces[0].result(30), pieces[2].result(30)] == [1, 2]
        for wrong in (pieces[1], pieces[3]):
            with pytest.raises(StorageError, match="duplicate key"):
                wrong.result(30)
    assert verify_vault(address).ok


def test_a_row_that_cannot_be_inserted_as_the_last_act_fails_the_commit(
    address: PostgresAddress,
) -> None:
    made = engine.open_engine(address)
    with (
        pytest.raises(DBAPIError),
        engine.begun(made, **{engine.WRITING: True}) as connection,
    ):
        insert_rows(connection, schema.settings, ("key", "value"), [("a", b"1"), ("a", b"2")])
    with engine.begun(made) as connection:
        assert connection.execute(select(schema.settings)).all() == []
    made.dispose()
