"""What the vault's tests share: a clock, seeded bytes, a small vault and objects to put in."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

import pytest

from tests.postgres import WHY_NOT, Server, binaries, running_server
from tocsin.foundation import ManualClock, SeededEntropy
from tocsin.records import StixObject
from tocsin.trust import SigningKey
from tocsin.vault import Holding, Provenance, Source, Transaction, Vault, schema
from tocsin.vault.address import Place, PostgresAddress
from tocsin.vault.engine import WRITING, begun, open_engine

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
ORIGIN = "example.org/vault"
SIGNER = SigningKey.from_raw(bytes(range(32)))


def domain(name: str) -> StixObject:
    """A domain-name object whose id is made from its value."""
    return StixObject.of(
        {
            "type": "domain-name",
            "spec_version": "2.1",
            "id": f"domain-name--{uuid5(NAMESPACE_DNS, name)}",
            "value": name,
        }
    )


def report(number: int, *, modified: str, name: str = "a report", **more: object) -> StixObject:
    """A report by one author, in the version `modified`."""
    body = {
        "type": "report",
        "spec_version": "2.1",
        "id": f"report--00000000-0000-4000-8000-{number:012d}",
        "created_by_ref": "identity--00000000-0000-4000-8000-00000000000a",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": modified,
        "name": name,
        **more,
    }
    return StixObject.of(body)  # type: ignore[arg-type]


def holding(name: str, source: int | None = None, locator: str = "row 1", **said: str) -> Holding:
    """A domain with its key, and what a source says of it."""
    trace = None if source is None else Provenance(source, locator, {**said})
    return Holding(domain(name), (f"domain:{name}",), trace)


def a_source(digest: str = "00", name: str = "list.csv") -> Source:
    return Source(name=name, digest=digest, format="csv", by="analyst-1")


def note(number: int) -> Callable[[Transaction], int]:
    """Work that appends one numbered entry to the log."""
    return lambda tx: tx.log.append("note", by="me", said={"n": number})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.db"


class Database:
    """A database with a vault in it, which is emptied faster than a new one is made."""

    def __init__(self, address: PostgresAddress) -> None:
        self.address = address
        Vault.create(
            address, origin=ORIGIN, clock=ManualClock(START), entropy=SeededEntropy(3)
        ).close()
        self._engine = open_engine(address)
        tables = [f'"{table.name}"' for table in reversed(schema.metadata.sorted_tables)]
        self._wipe = ";".join(
            [
                *(f"DELETE FROM {table}" for table in tables),  # noqa: S608 - ours
                f"INSERT INTO meta VALUES ('origin', '{ORIGIN}')",  # noqa: S608 - ours
                "INSERT INTO counters VALUES ('tick', 0)",
            ]
        )

    def wiped(self) -> PostgresAddress:
        with begun(self._engine, **{WRITING: True}) as connection:
            connection.exec_driver_sql(self._wipe).close()
        return self.address

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture(scope="session")
def database(postgres: Server) -> Iterator[Database]:
    made = Database(postgres.new_database())
    yield made
    made.close()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database that a test runs on, each in its turn."""
    return str(request.param)


@pytest.fixture
def place(kind: str, request: pytest.FixtureRequest, path: Path) -> Place:
    """Where a vault may be opened: a vault in a file, or a wiped one in a database."""
    if kind == "sqlite":
        Vault.create(
            path, origin=ORIGIN, clock=ManualClock(START), entropy=SeededEntropy(3)
        ).close()
        return path
    database: Database = request.getfixturevalue("database")
    return database.wiped()


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    empty = tmp_path_factory.mktemp("empty") / "empty.db"
    Vault.create(empty, origin=ORIGIN, clock=ManualClock(START), entropy=SeededEntropy(3)).close()
    return empty


@pytest.fixture(
    scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)]
)
def kind_of_many(request: pytest.FixtureRequest) -> str:
    """The same for tests that need hundreds of vaults; they name both where one must not wait."""
    return str(request.param)


@pytest.fixture(scope="session")
def new_vault(
    kind_of_many: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Vault]:
    """Make empty vaults, one after another; the one before is closed by then."""
    folder = tmp_path_factory.mktemp("copies")
    numbers = count()
    if kind_of_many == "postgresql":
        database: Database = request.getfixturevalue("database")
    else:
        empty: Path = request.getfixturevalue("empty_file")

    def make() -> Vault:
        made: Place
        if kind_of_many == "postgresql":
            made = database.wiped()
        else:
            made = folder / f"{next(numbers)}.db"
            shutil.copy(empty, made)
        return Vault.open(made, clock=ManualClock(START), entropy=SeededEntropy(4))

    return make


both_kinds = pytest.mark.parametrize(
    "kind_of_many", ["sqlite", "postgresql"], indirect=True, scope="session"
)


@pytest.fixture
def vault(place: Place, clock: ManualClock) -> Iterator[Vault]:
    with Vault.open(place, clock=clock, entropy=SeededEntropy(1), signer=SIGNER) as opened:
        yield opened


@pytest.fixture
def filed(path: Path, clock: ManualClock) -> Iterator[Vault]:
    """A vault in a file, for what only SQLite has."""
    made = Vault.create(path, origin=ORIGIN, clock=clock, entropy=SeededEntropy(1), signer=SIGNER)
    with made:
        yield made


@pytest.fixture
def address(database: Database) -> PostgresAddress:
    return database.wiped()


@pytest.fixture(scope="session")
def own_server() -> Iterator[Server]:
    """A server that tests may stop and kill without hurting others."""
    if binaries() is None:
        pytest.skip(WHY_NOT)
    with running_server() as server:
        yield server


@pytest.fixture
def own(own_server: Server) -> Iterator[PostgresAddress]:
    made = own_server.new_database()
    Vault.create(made, origin=ORIGIN, clock=ManualClock(START), entropy=SeededEntropy(3)).close()
    yield made
    own_server.drop(made)


def opened(address: PostgresAddress) -> Vault:
    return Vault.open(address, clock=ManualClock(START), entropy=SeededEntropy(2), signer=SIGNER)
