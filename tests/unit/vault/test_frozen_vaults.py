"""Vaults as earlier versions left them, from `tests/fixtures/vaults`, opened by this version.

Each dump was written by the code of its version (`tools/frozen_vault.py`), 0.1.0.dev1 by that of
commit a2bd7d3. Before its upgrade a vault is read by sqlite3 alone, which knows no code of ours.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from tests.unit.vault.conftest import SIGNER, START
from tocsin.foundation import ManualClock, SeededEntropy, StorageError
from tocsin.vault import Lens, Vault, migrate, schema
from tocsin.vault.engine import open_engine
from tocsin.vault.verify import verify_vault

FROZEN = sorted((Path(__file__).parents[2] / "fixtures" / "vaults").glob("*.sql"))
DERIVED = frozenset({"alembic_version", "addressed", "lanes"})
"""Tables that a migration fills from others."""

Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(params=FROZEN, ids=lambda each: each.stem)
def frozen(request: pytest.FixtureRequest, path: Path) -> Path:
    """A vault file as a version left it."""
    dump: Path = request.param
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(dump.read_text(encoding="utf-8"))
    path.chmod(0o600)
    return path


def _rows(path: Path) -> Rows:
    with closing(sqlite3.connect(path)) as raw:
        tables = [
            name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        return {
            name: sorted(raw.execute(f'SELECT * FROM "{name}"'), key=repr)  # noqa: S608 - of the file
            for name in tables
            if name not in DERIVED and not name.startswith("sqlite_")
        }


def _upgraded(path: Path) -> bool:
    engine = open_engine(path)
    try:
        return migrate.upgrade_if_older(engine, path)
    finally:
        engine.dispose()


def test_each_schema_that_was_ever_written_has_a_frozen_vault() -> None:
    found = set()
    for dump in FROZEN:
        with closing(sqlite3.connect(":memory:")) as raw:
            raw.executescript(dump.read_text(encoding="utf-8"))
            found |= {
                number for (number,) in raw.execute("SELECT version_num FROM alembic_version")
            }
    # A new revision needs `python tools/frozen_vault.py tests/fixtures/vaults/VERSION.sql`.
    assert found == set(schema.REVISIONS)


def test_an_older_vault_is_refused_until_it_is_upgraded(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(FROZEN[0].read_text(encoding="utf-8"))
    with pytest.raises(StorageError, match="older schema 0001") as caught:
        Vault.open(path, clock=ManualClock(START), entropy=SeededEntropy(1))
    assert "tocsin upgrade" in caught.value.hint


def test_an_upgrade_keeps_every_row_and_ends_in_the_schema_of_this_version(frozen: Path) -> None:
    before = _rows(frozen)
    _upgraded(frozen)

    after = _rows(frozen)
    assert {name: after[name] for name in before} == before
    engine = open_engine(frozen)
    with engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), schema.metadata)
        assert migrate.revision(connection) == schema.REVISIONS[-1]
    engine.dispose()
    # A change of the schema without a migration, or of a migration that has run elsewhere.
    assert difference == []
    assert not _upgraded(frozen)


def test_the_log_of_an_upgraded_vault_holds_and_goes_on(frozen: Path) -> None:
    _upgraded(frozen)
    assert verify_vault(frozen).ok
    with Vault.open(
        frozen, clock=ManualClock(START), entropy=SeededEntropy(9), signer=SIGNER
    ) as vault:
        size = vault.write(lambda tx: tx.log.append("note", by="ada", said={"n": 1})) + 1
    found = verify_vault(frozen)
    assert (found.ok, found.entries) == (True, size)


def test_every_object_of_an_upgraded_vault_is_read_as_it_was_written(frozen: Path) -> None:
    with closing(sqlite3.connect(frozen)) as raw:
        shared = raw.execute("SELECT object_id, version, body FROM shared_objects").fetchall()
        held = {body for (body,) in raw.execute("SELECT body FROM private_versions")}
        group = "identity--00000000-0000-4000-8000-00000000000f"
    _upgraded(frozen)

    with (
        Vault.open(frozen, clock=ManualClock(START), entropy=SeededEntropy(9)) as vault,
        vault.read() as view,
    ):
        for reader, lens in (
            ("identity--m1", Lens(reader="identity--m1", versions=("all",))),
            ("identity--m2", Lens(reader="identity--m2", versions=("all",), group=group)),
        ):
            page = view.shared.page(lens, limit=100)
            assert [(each.id, each.version, each.body) for each in page] == shared, reader
        assert {each.object.to_json() for each in view.private.iterate()} == held
        case = view.documents.get("case", "case--1")
        assert case is not None
        assert case.body == {"title": "First, renamed"}
        assert view.settings.get("a-setting") == {"n": 1}
        assert len(view.outbox.rows()) == len(shared) == 6
