"""What `tocsin doctor` asks of a home: each check names its own trouble, and nothing else's."""

import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.vault.conftest import START, note
from tocsin.foundation import ManualClock, SeededEntropy, TocsinError
from tocsin.records import MemberKind
from tocsin.vault import Home, replace_keys
from tocsin.vault.checks import (
    check_database,
    check_disk,
    check_home,
    check_keys,
    check_log,
    check_schema,
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home.create(
        tmp_path / "home",
        name="Example Agency",
        kind=MemberKind.AGENCY,
        clock=ManualClock(START),
        entropy=SeededEntropy(1),
    ) as made:
        made.vault.write(note(1))
        yield made


def _all(home: Home) -> dict[str, Callable[[], str]]:
    folder = home.folder
    return {
        "home": lambda: check_home(folder),
        "keys": lambda: check_keys(folder, None),
        "schema": lambda: check_schema(folder),
        "database": lambda: check_database(folder),
        "disk": lambda: check_disk(folder),
        "log": lambda: check_log(home),
    }


def _troubles(home: Home) -> dict[str, TocsinError]:
    """What fails, by name."""
    found: dict[str, TocsinError] = {}
    for name, check in _all(home).items():
        try:
            check()
        except TocsinError as error:
            found[name] = error
    return found


def test_all_is_well_with_a_fresh_home_and_each_check_says_of_what(home: Home) -> None:
    said = {name: check() for name, check in _all(home).items()}

    assert "Example Agency (agency), a node since 2026-11-01T12:00:00" in said["home"]
    assert home.keyring.signing.key_id in said["keys"]
    assert "without a passphrase; 0 retired" in said["keys"]
    assert "synchronous FULL" in said["database"]
    assert "free" in said["disk"]
    assert said["log"].startswith(f"{_size(home)} entries end as signed")


def _size(home: Home) -> int:
    with home.vault.read() as view:
        return view.log.size


@pytest.mark.parametrize("name", ["keys.json", "vault.db", "tocsin.json", "."])
def test_a_file_that_others_can_read_is_named(home: Home, name: str) -> None:
    (home.folder / name).chmod(0o750)

    told = _troubles(home)["home"]
    assert str(home.folder / name) in told.message
    assert "chmod" in told.hint


def test_a_rotation_that_waits_is_named_with_what_completes_it(home: Home) -> None:
    home.prepare_keys(START)

    (name, told), *others = _troubles(home).items()
    assert (name, others) == ("keys", [])
    assert "tocsin sync" in told.hint


def test_keys_under_a_passphrase_are_told_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "protected"
    Home.create(
        folder,
        name="p",
        kind=MemberKind.OTHER,
        clock=ManualClock(START),
        entropy=SeededEntropy(1),
        passphrase="bells",
    ).close()

    assert "under a passphrase" in check_keys(folder, "bells")
    with pytest.raises(TocsinError, match="does not open"):
        check_keys(folder, "bell")


def test_a_vault_of_another_version_is_named_and_left_as_it_is(home: Home) -> None:
    home.close()
    with closing(sqlite3.connect(home.folder / "vault.db")) as vault, vault:
        vault.execute("update alembic_version set version_num = '9999_later'")
    before = (home.folder / "vault.db").read_bytes()

    with pytest.raises(TocsinError, match="newer version"):
        check_schema(home.folder)
    assert (home.folder / "vault.db").read_bytes() == before


def test_a_full_disk_is_named_before_it_is_full(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 10**8))

    (name, told), *others = _troubles(home).items()
    assert (name, others) == ("disk", [])
    assert "100 MB free" in told.message


@pytest.mark.parametrize(
    "change",
    ["delete from log_entries where idx = ?", "update log_entries set leaf = nonce where idx = ?"],
)
def test_a_log_that_does_not_end_as_signed_is_named(home: Home, change: str) -> None:
    last = _size(home) - 1
    with closing(sqlite3.connect(home.folder / "vault.db")) as vault, vault:
        assert vault.execute(change, (last,)).rowcount == 1

    assert "differs from its checkpoint" in _troubles(home)["log"].message


def test_a_log_signed_by_another_home_is_named(home: Home) -> None:
    home.close()
    keys = home.folder / "keys.json"
    keys.write_bytes(b"")
    replace_keys(home.folder, clock=ManualClock(START), entropy=SeededEntropy(3))
    clock, entropy = ManualClock(START), SeededEntropy(4)
    with Home.open(home.folder, clock=clock, entropy=entropy) as again:
        assert not _troubles(again)
    with closing(sqlite3.connect(home.folder / "vault.db")) as vault, vault:
        vault.execute("delete from checkpoints where size = (select max(size) from checkpoints)")
    with Home.open(home.folder, clock=clock, entropy=entropy) as again:
        assert "not signed by a key of this home" in _troubles(again)["log"].message
