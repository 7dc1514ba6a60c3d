"""A node's folder: made whole, kept private, backed up, restored, its keys rotated."""

import io
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.unit.vault.conftest import START, note
from tocsin.foundation import (
    BadInputError,
    ManualClock,
    RefusedError,
    SeededEntropy,
    StorageError,
    TrustError,
)
from tocsin.records import MemberKind
from tocsin.vault import Home, Role, backup, restore, schema, upgrade
from tocsin.vault.verify import verify_vault


def _create(folder: Path, **more: str) -> Home:
    return Home.create(
        folder,
        name="Example Agency",
        kind=MemberKind.AGENCY,
        clock=ManualClock(START),
        entropy=SeededEntropy(1),
        **more,  # type: ignore[arg-type]
    )


def _open(folder: Path, passphrase: str | None = None) -> Home:
    return Home.open(
        folder, clock=ManualClock(START), entropy=SeededEntropy(2), passphrase=passphrase
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def home(folder: Path) -> Iterator[Home]:
    with _create(folder) as made:
        yield made


def _tar(file: Path, *members: tuple[tarfile.TarInfo, bytes]) -> None:
    with tarfile.open(file, "w") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def test_a_home_is_its_owners_alone(home: Home, folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_an_opened_home_is_the_one_that_was_made(home: Home, folder: Path) -> None:
    home.vault.write(note(1))
    home.close()

    with _open(folder) as again:
        assert again.card == home.card
        assert again.identity.body == home.identity.body
        assert again.keyring.public == home.keyring.public
        assert (again.card.role, again.identity.name) == (Role.NODE, "Example Agency")
        assert verify_vault(again.vault.path, [again.keyring.signing.public]).signed


def test_keys_that_others_can_read_are_refused(home: Home, folder: Path) -> None:
    home.close()
    (folder / "keys.json").chmod(0o640)

    with pytest.raises(StorageError, match="mode 0640") as told:
        _open(folder)
    assert "chmod 600" in told.value.hint


def test_a_passphrase_is_needed_where_one_was_set(folder: Path) -> None:
    _create(folder, passphrase="correct horse").close()

    for wrong in (None, "wrong"):
        with pytest.raises(TrustError):
            _open(folder, wrong)
    _open(folder, "correct horse").close()


def test_a_folder_with_something_in_it_is_not_taken(folder: Path) -> None:
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")

    with pytest.raises(RefusedError, match="not empty"):
        _create(folder)
    assert (folder / "notes.txt").read_text() == "mine"


def test_no_home_and_a_damaged_one_are_told_apart(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no home") as told:
        _open(tmp_path)
    assert "tocsin init" in told.value.hint
    _create(folder).close()
    for content in ("", "[]", '{"format": "tocsin-home", "version": 1}'):
        (folder / "tocsin.json").write_text(content)
        with pytest.raises(StorageError, match="damaged"):
            _open(folder)
    (folder / "tocsin.json").write_text('{"format": "tocsin-home", "version": 2}')
    with pytest.raises(StorageError, match="newer version"):
        _open(folder)


def test_rotated_keys_sign_from_then_on_and_old_checkpoints_still_verify(
    home: Home, folder: Path
) -> None:
    home.vault.write(note(1))
    before = home.prepare_keys(START)
    assert before.coming is not None
    home.adopt_keys(before.coming.signing.key_id)
    home.vault.write(note(2))
    home.close()

    with _open(folder) as again:
        assert again.keyring.public == home.keyring.public
        assert again.keyring.public != before.public
        assert before.signing.key_id in again.keyring.verify_keys
        keys = list(again.keyring.verify_keys.values())
    found = verify_vault(folder / "vault.db", keys)
    assert (found.ok, found.checkpoints, found.signed) == (True, 3, True)
    assert not verify_vault(folder / "vault.db", keys[:1]).ok


def test_a_backup_made_while_others_write_restores_to_a_whole_home(
    home: Home, tmp_path: Path
) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            home.vault.write(note(1))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        size = home.backup(tmp_path / "backup.tar")
    finally:
        stop.set()
        writer.join()

    assert stat.S_IMODE((tmp_path / "backup.tar").stat().st_mode) == 0o600
    assert size == (tmp_path / "backup.tar").stat().st_size
    assert restore(tmp_path / "backup.tar", tmp_path / "again") == home.card
    assert verify_vault(tmp_path / "again" / "vault.db").ok
    assert {stat.S_IMODE(f.stat().st_mode) for f in (tmp_path / "again").iterdir()} == {0o600}
    with _open(tmp_path / "again") as again:
        again.vault.write(note(2))
        assert again.keyring.public == home.keyring.public
    assert sorted(file.name for file in tmp_path.iterdir()) == ["again", "backup.tar", "home"]


def test_keys_that_were_rotated_while_a_backup_was_made_are_in_it(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_tar = tarfile.open

    def rotate_and_open(*name: Any, **how: Any) -> tarfile.TarFile:
        """The vault is copied by now."""
        coming = home.prepare_keys(START).coming
        if coming is not None:
            home.adopt_keys(coming.signing.key_id)
        return open_tar(*name, **how)

    monkeypatch.setattr(tarfile, "open", rotate_and_open)
    home.backup(tmp_path / "backup.tar")
    monkeypatch.undo()
    restore(tmp_path / "backup.tar", tmp_path / "again")

    with _open(tmp_path / "again") as again:
        assert len(again.keyring.retired_signing) == 1
        assert again.keyring == home.keyring


def test_a_backup_overwrites_nothing_and_a_restore_neither(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    backup(home.folder, file)

    with pytest.raises(RefusedError, match="there already"):
        home.backup(file)
    with pytest.raises(RefusedError, match="not empty"):
        restore(file, home.folder)


def _link(name: str, to: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, to
    return info


@pytest.mark.parametrize(
    "third",
    [
        tarfile.TarInfo("../vault.db"),
        tarfile.TarInfo("/vault.db"),
        tarfile.TarInfo("other.db"),
        tarfile.TarInfo("keys.json"),
        _link("vault.db", "/etc/passwd"),
    ],
    ids=lambda info: f"{info.name}-{info.linkname}",
)
def test_a_backup_with_unsafe_members_is_refused_and_leaves_nothing(
    tmp_path: Path, third: tarfile.TarInfo
) -> None:
    file = tmp_path / "backup.tar"
    plain = [(tarfile.TarInfo(name), b"{}") for name in ("tocsin.json", "keys.json")]
    _tar(file, *plain, (third, b""))

    with pytest.raises(BadInputError, match="no backup"):
        restore(file, tmp_path / "again")
    assert list((tmp_path / "again").iterdir()) == []
    assert sorted(each.name for each in tmp_path.iterdir()) == ["again", "backup.tar"]


def test_a_damaged_backup_is_told_and_leaves_nothing(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    home.backup(file)
    whole = file.read_bytes()
    at = whole.index(b"SQLite format 3")
    for content in (
        b"",
        b"hello" * 1000,
        whole[: at + 9_000],
        whole[:at] + bytes(600) + whole[at + 600 :],
    ):
        file.write_bytes(content)
        with pytest.raises((BadInputError, StorageError)):
            restore(file, tmp_path / "again")
        assert list((tmp_path / "again").iterdir()) == []


def test_upgrading_what_is_up_to_date_does_nothing(home: Home, folder: Path) -> None:
    before = sorted(folder.parent.iterdir())
    assert not upgrade(folder).is_changed
    assert sorted(folder.parent.iterdir()) == before


def test_an_upgrade_makes_a_backup_first_from_which_the_older_state_is_restored(
    home: Home, folder: Path, tmp_path: Path
) -> None:
    home.close()
    dump = Path(__file__).parents[2] / "fixtures" / "vaults" / "0.1.0.dev1.sql"
    (folder / "vault.db").unlink()
    with closing(sqlite3.connect(folder / "vault.db")) as raw:
        raw.executescript(dump.read_text(encoding="utf-8"))
    (folder / "vault.db").chmod(0o600)

    done = upgrade(folder)

    assert (done.before, done.after) == ("0001", schema.REVISIONS[-1])
    assert done.backup is not None
    assert done.backup.stat().st_mode & 0o777 == 0o600
    with tarfile.open(done.backup) as tar:
        kept = tar.extractfile("vault.db")
        assert kept is not None
        before = tmp_path / "before.db"
        before.write_bytes(kept.read())
    with closing(sqlite3.connect(before)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    assert not upgrade(folder).is_changed


def test_an_upgrade_without_room_for_its_backup_changes_nothing(
    home: Home, folder: Path, tmp_path: Path
) -> None:
    home.close()
    with closing(sqlite3.connect(folder / "vault.db")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '0001'")
    taken = tmp_path / "taken"
    taken.write_text("something")
    with pytest.raises(RefusedError, match="there already"):
        upgrade(folder, taken)
    with closing(sqlite3.connect(folder / "vault.db")) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
