"""What a program can rely on: one document on stdout in every case, and the keys in it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from tests.acceptance.recording import recorded
from tests.acceptance.town import Town, tocsin
from tocsin.cli.root import cli

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
TIMES = re.compile(r"(^|_)(at|until|expires|first_seen|opened)$")
NOT_HERE = {"demo", "exchange serve", "exchange move"}
"""The demo has tests of its own, moving needs a database (tests/acceptance/test_database.py), and
the town itself reads the address that serving prints."""

FIXED = {
    "init": "id name kind home",
    "import": "files new known",
    "load": "files new known",
    "export": "path objects left_out",
    "exchange init": "url",
    "exchange invite": "token",
    "join": "community member",
    "sync": "sent received refused",
    "overlap ask": "id asked common state",
    "overlap show": "asked common state items first",
    "release": "recipients not_recipients leaves objects",
    "case new": "id title items assessment reviews",
    "case show": "id title items assessment reviews",
    "case add": "id title items assessment reviews",
    "case assess": "id title items assessment reviews",
    "case review": "id title items assessment reviews",
    "case remove": "id title items assessment reviews",
    "watch add": "watches",
    "watch list": "watches",
    "watch run": "watches",
    "watch remove": "watches",
    "inbox": "objects",
    "match": "matches sightings",
    "withdraw": "reached derived",
    "erase": "object reached derived",
    "correct": "corrected",
    "receipts": "object version says is_fresh members",
    "ledger verify": "ok entries root first_bad",
    "key export": "id",
    "key rotate": "id",
    "key replace": "id",
    "key reaffirm": "objects in_question",
    "guard list": "popular own allowed",
    "guard load": "popular own allowed",
    "guard own": "popular own allowed",
    "guard allow": "popular own allowed",
    "backup": "path id",
    "restore": "home id",
    "exchange backup": "path id",
    "exchange restore": "home id epoch awaited kept_tokens",
    "exchange restored": "home id epoch awaited kept_tokens",
    "exchange reopen": "awaited",
    "exchange members": "members",
    "exchange groups": "groups",
    "exchange tokens": "tokens",
    "exchange revoke": "id",
    "exchange escrow": "persons",
    "exchange opened": "object author name steps",
    "escrow open": "object author name content_checked steps path",
    "escrow show": "object author name content_checked steps path",
    "key escrow": "path public key_ids",
    "detect coordination": "posts accounts edges groups calibration seconds peak_mb clocks",
    "detect names": "entities rows names screened benign silenced defects findings",
    "watchlist add": "new changed entities",
    "watchlist list": "entities",
    "watchlist remove": "entities",
    "watchlist import": "new changed left_out entities",
    "watchlist export": "path entities",
    "watchlist test": "names silenced defects findings",
    "detect pages": "captures records pages sites genuine rows copied defects findings",
    "detect personas": "rows accounts own defects findings",
    "detect recycled": (
        "known_before indicators benign rows names screened known silenced defects findings"
    ),
    "detect sites": "rows sites shared hubs defects findings",
    "detect texts": "rows kept defects texts too_short wordings findings",
    "doctor": "checks",
    "upgrade": "home upgraded from to backup",
}
ROWS = {
    "import": {"files": "path format records kept defects"},
    "load": {"files": "path format records kept defects"},
    "release": {"recipients": "member why", "not_recipients": "member why"},
    "overlap show": {"items": "value kind ours_first_seen theirs_first_seen"},
    "case list": {"cases": "id title items assessment reviews"},
    "watch list": {"watches": "id query last_run hits"},
    "watch run": {"watches": "id query last_run hits"},
    "match": {"matches": "object value evidence"},
    "exchange members": {"members": "id name"},
    "exchange groups": {"groups": "id name"},
    "exchange tokens": {"tokens": "id"},
    "exchange escrow": {"persons": "name organisation active"},
    "exchange opened": {"steps": "person organisation why at"},
    "detect coordination": {"groups": "id accounts objects q_value stability explanations"},
    "detect names": {"findings": "id kind subjects score rule evidence explanations"},
    "watchlist list": {"entities": "name aliases domains handles sister_suffixes budget"},
    "detect pages": {"findings": "id kind subjects score rule evidence explanations"},
    "detect personas": {"findings": "id kind subjects score rule evidence explanations"},
    "detect recycled": {"findings": "id kind subjects objects score rule evidence explanations"},
    "detect sites": {"findings": "id kind subjects score rule evidence explanations"},
    "detect texts": {"findings": "id kind subjects score rule evidence explanations"},
    "doctor": {"checks": "name ok hint"},
    "correct": {"corrected": "object version changed reached derived"},
    "receipts": {"members": "member version at is_current"},
    "export": {"left_out": "id why"},
}


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command that does something, such as `case new`."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name))


COMMANDS = sorted(commands())


@pytest.fixture(scope="module")
def said(town: Town, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each command says when all is well, by the command's name."""
    return recorded(town, tmp_path_factory.mktemp("room"))


def times(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text that stands under a key that names a time."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from times(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from times(each, key)
    elif isinstance(value, str) and TIMES.search(key):
        yield key, value


def test_every_command_is_tried(said: dict[str, Any]) -> None:
    assert {*said, *NOT_HERE, "datasets get"} == set(COMMANDS)


@pytest.mark.parametrize("name", FIXED)
def test_a_command_prints_the_keys_that_are_fixed_for_it(said: dict[str, Any], name: str) -> None:
    assert set(FIXED[name].split()) <= set(said[name])
    for list_name, keys in ROWS.get(name, {}).items():
        assert said[name][list_name], f"{name} shows no {list_name} here"
        for row in said[name][list_name]:
            assert set(keys.split()) <= set(row)


def test_a_case_in_the_list_has_the_keys_of_a_case(said: dict[str, Any]) -> None:
    for row in said["case list"]["cases"]:
        assert set(ROWS["case list"]["cases"].split()) <= set(row)


def test_a_defect_is_named_counted_and_shown(said: dict[str, Any]) -> None:
    (file,) = said["import"]["files"]
    assert file["defects"]
    for defect in file["defects"]:
        assert {"kind", "count", "examples"} <= set(defect)
    assert file["records"] == file["kept"] + sum(each["lost"] for each in file["defects"])


def test_who_was_first_is_counted_in_four_ways(said: dict[str, Any]) -> None:
    assert set(said["overlap show"]["first"]) == {"ours", "theirs", "same", "unknown"}
    assert said["overlap show"]["common"] == 25
    assert said["overlap show"]["items"][0]["ours_first_seen"] is None


def test_times_are_rfc_3339_in_utc(said: dict[str, Any]) -> None:
    found = [pair for document in said.values() for pair in times(document)]
    assert len(found) > 10
    assert [pair for pair in found if not RFC3339.fullmatch(pair[1])] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_usage_error_is_one_document_too(name: str) -> None:
    answer = tocsin(*name.split(), "--json", "--no-such-option", code=2)
    assert set(answer.said) == {"error", "hint"}
    assert "--no-such-option" in answer.said["error"]
    assert f"tocsin {name} --help" in answer.said["hint"]
    assert answer.said["error"] in answer.stderr


@pytest.mark.parametrize(
    "words",
    [
        "inbox", "sync", "outbox", "match", "doctor", "upgrade", "case list", "overlap list",
        "key export", "key taxii", "key rotate --yes", "key replace --yes", "ledger verify",
        "import nothing.csv", "backup file", "export all --format stix -o file",
        "release x --to community --tlp red", "exchange members nowhere",
        "exchange serve nowhere", "datasets get nothing", "withdraw indicator--x --why y",
        "join http://127.0.0.1:9 --token t",
    ],
)  # fmt: skip
def test_a_failure_is_one_document_with_a_hint(tmp_path: Path, words: str) -> None:
    home = tmp_path / "nowhere"
    answer = tocsin("--json", "--home", home, *words.split(), code=1)
    if words == "doctor":
        assert not any(check["ok"] for check in answer.said["checks"])
        return
    assert answer.said["error"]
    assert answer.said["hint"]
    assert not home.exists()


def test_without_a_node_the_person_learns_how_to_choose_one() -> None:
    said = tocsin("inbox", "--json", code=2).said
    assert "--home" in said["hint"]
    assert "tocsin init" in said["hint"]


def test_done_in_part_is_exit_code_3_with_the_whole_report(tmp_path: Path) -> None:
    tocsin("init", tmp_path / "node", "--name", "Part", "--kind", "other")
    (tmp_path / "good.txt").write_text("part.example\n")
    answer = tocsin(
        *("--json", "--home", tmp_path / "node", "import"),
        *(tmp_path / "good.txt", tmp_path / "missing.txt"),
        code=3,
    )
    good, missing = answer.said["files"]
    assert (good["kept"], answer.said["new"]) == (1, 1)
    assert missing["defects"][0]["examples"]
