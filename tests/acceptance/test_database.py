"""An exchange on PostgreSQL by command: made there, moved there and home again, backed up."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.town import tocsin
from tests.postgres import Server
from tests.simulation.traffic import Caller, Poller, admit, post, serving
from tocsin.vault.address import PostgresAddress
from tocsin.vault.log_export import export_log
from tocsin.vault.whereabouts import place_of


@pytest.fixture
def database(postgres: Server) -> Iterator[PostgresAddress]:
    made = postgres.new_database()
    yield made
    postgres.drop(made)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "exchange"


def _used(tmp_path: Path, folder: Path, *options: str) -> tuple[Caller, set[str]]:
    """Serve the exchange while a member shares three objects; returns it and their ids."""
    with serving(folder, *options) as running:
        caller = admit(tmp_path, folder, running.url, "one")
        items = caller.objects(3)
        assert post(running.url, caller, items) == 3
    caller.home.close()
    return caller, {str(each["id"]) for each in items}


def _readable(folder: Path, caller: Caller, *options: str) -> set[str]:
    with serving(folder, *options) as running:
        poller = Poller(running.url, caller)
        poller.drain()
    return set(poller.found)


def _leaves(folder: Path) -> list[str]:
    export = folder / "export"
    export_log(place_of(folder), export)
    lines = export.read_text().splitlines()
    export.unlink()
    return [line for line in lines if re.fullmatch("[0-9a-f]{64}", line)]


def test_an_exchange_is_made_in_a_database_and_every_command_finds_it_there(
    tmp_path: Path, folder: Path, database: PostgresAddress
) -> None:
    tocsin("exchange", "init", folder, "--name", "Hub", "--database", database.whole)
    caller, sent = _used(tmp_path, folder, "--workers", "2")

    assert not (folder / "vault.db").exists()
    assert stat.S_IMODE((folder / "database.json").stat().st_mode) == 0o600
    assert len(tocsin("exchange", "members", folder, "--json").said["members"]) == 1
    verified = tocsin("ledger", "verify", folder, "--json").said
    assert (verified["ok"], verified["first_bad"]) == (True, None)
    assert verified["entries"] > 3
    assert _readable(folder, caller) == sent


def test_an_exchange_moves_into_a_database_when_it_is_served_from_there_and_home_again(
    tmp_path: Path, folder: Path, database: PostgresAddress
) -> None:
    tocsin("exchange", "init", folder, "--name", "Hub")
    caller, sent = _used(tmp_path, folder)
    before = tocsin("ledger", "verify", folder, "--json").said

    assert _readable(folder, caller, "--database", database.whole) == sent
    there = tocsin("ledger", "verify", folder, "--json").said
    moved = tocsin("exchange", "move", folder, "--to-file", "--json").said
    back = tocsin("ledger", "verify", folder, "--json").said

    assert (there["entries"], there["root"]) == (before["entries"], before["root"])
    assert (back["entries"], back["root"]) == (moved["entries"], before["root"])
    assert not (folder / "database.json").exists()
    assert _readable(folder, caller) == sent


def test_what_a_vault_left_behind_takes_nothing_any_more(
    tmp_path: Path, folder: Path, database: PostgresAddress
) -> None:
    tocsin("exchange", "init", folder, "--name", "Hub")
    tocsin("exchange", "move", folder, "--database", database.whole)
    (folder / "database.json").rename(folder / "aside")
    (folder / "vault.db.moved").rename(folder / "vault.db")

    answer = tocsin("exchange", "invite", folder, "--kind", "platform", code=1)

    assert "has moved" in answer.stderr


def test_a_backup_of_a_database_is_restored_into_a_file_or_another_database(
    tmp_path: Path, folder: Path, postgres: Server, database: PostgresAddress
) -> None:
    tocsin("exchange", "init", folder, "--name", "Hub", "--database", database.whole)
    caller, sent = _used(tmp_path, folder)
    tocsin("exchange", "backup", folder, tmp_path / "hub.backup")
    another = postgres.new_database()

    restoring = ("exchange", "restore", "--keep-tokens", tmp_path / "hub.backup")
    tocsin(*restoring, tmp_path / "filed")
    tocsin(
        *(*restoring, tmp_path / "again"),
        *("--database", another.whole),
    )

    kept = _leaves(folder)
    for place in (tmp_path / "filed", tmp_path / "again"):
        assert tocsin("ledger", "verify", place, "--json").said["ok"]
        assert _leaves(place)[: len(kept)] == kept  # the restore itself is logged after them
        tocsin("exchange", "reopen", place, "--yes")  # nobody has more to hand back
    assert _readable(tmp_path / "filed", caller) == sent
    assert _readable(tmp_path / "again", caller) == sent
    postgres.drop(another)


def test_a_database_that_holds_an_exchange_is_not_taken_for_another(
    tmp_path: Path, folder: Path, database: PostgresAddress
) -> None:
    tocsin("exchange", "init", tmp_path / "first", "--name", "One", "--database", database.whole)
    tocsin("exchange", "init", folder, "--name", "Two")

    words = ("exchange", "serve", folder, "--port", "0", "--database", database.whole)
    assert "already" in tocsin(*words, code=1).stderr
    assert tocsin("ledger", "verify", folder, "--json").said["ok"]
    assert not (folder / "database.json").exists()


def test_a_password_shows_in_no_message_and_is_kept_in_a_file_of_the_owner_alone(
    folder: Path, postgres: Server, database: PostgresAddress
) -> None:
    guarded = postgres.guard(database.database)
    wrong = guarded.replace(postgres.password, "not-the-word")

    said = [
        tocsin("exchange", "init", folder, "--name", "Hub", "--database", address, code=1)
        for address in (wrong, guarded.replace(f":{postgres.password}", ""))
    ]
    assert "does not let 'guarded' in" in said[0].stderr
    assert "asks for a password" in said[1].stderr
    assert not any("not-the-word" in each.stderr + each.stdout for each in said)

    made = tocsin("exchange", "init", folder, "--name", "Hub", "--database", guarded, "--json")
    assert re.search("can be read by every user", made.stderr)
    assert postgres.password not in made.stderr + made.stdout
    keeping = [each for each in folder.iterdir() if postgres.password in each.read_text()]
    assert [each.name for each in keeping] == ["database.json"]
    assert tocsin("exchange", "members", folder, "--json").said["members"] == []
