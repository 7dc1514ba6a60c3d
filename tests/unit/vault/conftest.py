"""What the vault's tests share: a clock, seeded bytes, a small vault and objects to put in."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

import pytest

from tocsin.foundation import ManualClock, SeededEntropy
from tocsin.records import StixObject
from tocsin.trust import SigningKey
from tocsin.vault import Holding, Provenance, Source, Transaction, Vault

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


@pytest.fixture(scope="session")
def new_vault(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Vault]:
    """Make empty vaults by copying one: the migrations need to run once only."""
    folder = tmp_path_factory.mktemp("copies")
    empty = folder / "empty.db"
    Vault.create(empty, origin=ORIGIN, clock=ManualClock(START), entropy=SeededEntropy(3)).close()
    numbers = count()

    def make() -> Vault:
        copy = folder / f"{next(numbers)}.db"
        shutil.copy(empty, copy)
        return Vault.open(copy, clock=ManualClock(START), entropy=SeededEntropy(4))

    return make


@pytest.fixture
def vault(path: Path, clock: ManualClock) -> Iterator[Vault]:
    made = Vault.create(path, origin=ORIGIN, clock=clock, entropy=SeededEntropy(1), signer=SIGNER)
    with made:
        yield made
