"""What a program can rely on: one document on stdout in every case, and the keys in it."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from tests.acceptance.town import SECOND, Node, Town, make_node, tocsin, wait_until
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
    "detect coordination": "posts accounts edges groups calibration seconds peak_mb",
    "detect names": "entities rows names screened benign silenced defects findings",
    "watchlist add": "new changed entities",
    "watchlist list": "entities",
    "watchlist remove": "entities",
    "watchlist import": "new changed left_out entities",
    "watchlist export": "path entities",
    "watchlist test": "names silenced defects findings",
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


class Recorder:
    """Types commands with `--json` and keeps what each said last."""

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}

    def at(self, node: Node, name: str, *words: str | Path, stdin: bytes | None = None) -> Any:
        """Type at a node."""
        self.said[name] = node.says(*name.split(), *words, stdin=stdin)
        return self.said[name]

    def anywhere(self, name: str, *words: str | Path) -> Any:
        """Type a command that needs no node."""
        self.said[name] = tocsin(*name.split(), *words, "--json", "--yes").said
        return self.said[name]


@pytest.fixture(scope="module")
def said(town: Town, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each command says when all is well, by the command's name."""
    room = tmp_path_factory.mktemp("room")
    recorder = Recorder()
    _alone(recorder, town["lab"], room)
    _shared(recorder, town)
    _exchange(recorder, town, room)
    _escrow(recorder, town, room)
    return recorder.said


def _alone(recorder: Recorder, lab: Node, room: Path) -> None:
    at, anywhere = recorder.at, recorder.anywhere
    anywhere("init", room / "new", "--name", "New", "--kind", "other")
    listed = [f"key-{at}.example\n" for at in range(30)] + ["423 Facebook accounts\n", "@ada\n"]
    at(lab, "import", "-", "--case", "Keys", stdin="".join(listed).encode())
    at(lab, "case new", "Empty")
    at(lab, "case list")
    assess = ("--text", "one network", "--likelihood", "likely", "--grade", "B2")
    at(lab, "case assess", "Keys", *assess)
    claim = ("--claimant", "Example Lab", "--evidence", "open-reporting")
    item = at(lab, "claim add", "Keys", "eight companies met", *claim)["id"]
    at(lab, "claim list", "Keys")
    at(lab, "case add", "Empty", item)
    lab.says("--as", SECOND, "case", "review", "Keys", "--approve", "--why", "checked")
    recorder.said["case review"] = lab.says(
        *("--as", SECOND, "case", "review", "Keys", "--approve", "--why", "checked again")
    )
    at(lab, "case show", "Keys")
    at(lab, "case remove", "Empty", item)
    at(lab, "watch add", "Keys", "--query", "key-1.example")
    at(lab, "watch run")
    at(lab, "watch list")
    lab.says("watch", "add", "Gone", "--query", "word")
    at(lab, "watch remove", "Gone")
    at(lab, "export", "Keys", "--format", "stix", "-o", room / "keys.json")
    at(lab, "backup", room / "lab.backup")
    recorder.said["restore"] = tocsin(
        *("--json", "--home", room / "again", "restore", room / "lab.backup")
    ).said
    (room / "again" / "keys.json").unlink()
    recorder.said["key replace"] = tocsin(
        *("--json", "--yes", "--home", room / "again", "key", "replace")
    ).said
    at(lab, "upgrade")
    at(lab, "ledger verify")
    at(lab, "ledger export", "-o", room / "log.json")
    at(lab, "key export")
    at(lab, "doctor")
    anywhere("datasets list")
    posts = [f"{account},{obj},{at}\n" for obj in "xyz" for at, account in enumerate("ab")]
    (room / "posts.csv").write_text("account,object,time\n" + "".join(posts), encoding="utf-8")
    anywhere("detect coordination", room / "posts.csv", "--untested")
    at(lab, "load", room / "posts.csv")
    said = "The minister resigned on Tuesday after the audit was published"
    (room / "texts.csv").write_text(f"id,text\n1,{said}\n2,{said}!\n", encoding="utf-8")
    anywhere("detect texts", room / "texts.csv")
    at(lab, "watchlist add", "The Town Gazette", "--domain", "towngazette.example")
    at(lab, "watchlist list")
    at(lab, "watchlist test", "towngazette.test")
    at(lab, "watchlist export", "-o", room / "watched.toml")
    at(lab, "watchlist import", room / "watched.toml")
    (room / "new_names.txt").write_text("towngazete.example\n", encoding="utf-8")
    at(lab, "detect names", room / "new_names.txt")
    at(lab, "watchlist remove", "The Town Gazette")
    (room / "popular.csv").write_text("1,popular.example\n", encoding="utf-8")
    at(lab, "guard load", room / "popular.csv")
    at(lab, "guard own", "ours.example")
    at(lab, "guard allow", "popular.example", "--why", "a look-alike page stands there")
    at(lab, "guard list")


def _shared(recorder: Recorder, town: Town) -> None:
    at, lab, pigeon = recorder.at, town["lab"], town["pigeon"]
    newcomer = make_node(town.folder / "newcomer", "Newcomer", "other")
    invited = tocsin("--json", "exchange", "invite", town.exchange, "--kind", "other").said
    at(newcomer, "join", town.url, "--token", invited["token"])
    pigeon.pastes([f"key-{at}.example" for at in range(25)], "Theirs")
    released = at(lab, "release", "Keys", "--to", "Pigeon", "--tlp", "green", "--without-people")
    at(lab, "outbox")
    at(lab, "sync")
    pigeon.says("sync")
    at(pigeon, "match")
    at(pigeon, "inbox")
    town.sync("pigeon", "lab")
    at(lab, "correct", released["objects"][2], "--why", "less sure now", "--confidence", "40")
    at(lab, "receipts", released["objects"][2])
    at(lab, "withdraw", released["objects"][0], "--why", "an error")
    at(lab, "erase", released["objects"][1], "--why", "the person asked")
    asked = at(lab, "overlap ask", "Pigeon")["id"]
    refused = lab.says("overlap", "ask", "Parrot")["id"]

    def is_there(other: str, asking: str) -> bool:
        town.sync(other)
        return asking in {each["id"] for each in town[other].says("overlap", "list")["askings"]}

    wait_until(lambda: is_there("parrot", refused))
    at(town["parrot"], "overlap refuse", refused, "--why", "not now")

    def is_counted() -> bool:
        town.sync("pigeon")
        return bool(lab.says("overlap", "show", asked)["state"] == "counted")

    wait_until(is_counted)
    at(pigeon, "overlap approve", asked)
    town.sync("pigeon", "lab")
    at(lab, "overlap show", asked)
    at(lab, "overlap list")
    at(lab, "overlap limits")
    at(lab, "key taxii")
    at(lab, "key reaffirm")
    recorder.said["key rotate"] = lab.says("--yes", "key", "rotate")


def _exchange(recorder: Recorder, town: Town, room: Path) -> None:
    anywhere, folder = recorder.anywhere, town.exchange
    anywhere("exchange init", room / "exchange", "--name", "Other town")
    anywhere("exchange invite", folder, "--kind", "agency", "--name", "a partner")
    anywhere("exchange members", folder)
    anywhere("exchange groups", folder, "--create", "Few", "--add", "Few", "Agency")
    anywhere("exchange tokens", folder)
    anywhere("exchange revoke", folder, "Newcomer")
    anywhere("exchange backup", folder, room / "exchange.backup")
    anywhere("exchange restore", room / "exchange.backup", room / "exchange-again")
    anywhere("exchange restored", room / "exchange-again")
    anywhere("exchange reopen", room / "exchange-again")


def _escrow(recorder: Recorder, town: Town, room: Path) -> None:
    """Two persons open who released something without a name; who is first, the keys say."""
    lab, pigeon = town["lab"], town["pigeon"]
    for name in ("Ada", "Bo"):
        recorder.anywhere("key escrow", room / name)
        terms = ("--appoint", name, "--of", f"house of {name}", "--key", room / f"{name}.pub")
        recorder.anywhere("exchange escrow", town.exchange, *terms)
    town.sync("lab", "pigeon")
    unnamed = ("--to", "Pigeon", "--tlp", "green", "--authorship", "none", "--without-people")
    lab.says("case", "new", "Unnamed")
    lab.says("import", "-", "--case", "Unnamed", stdin=b"unnamed.example")
    released = lab.says("release", "Unnamed", *unnamed)["objects"][0]
    town.sync("lab", "pigeon")
    first, second = sorted(("Ada", "Bo"), key=lambda name: _sealing_id(room / name))
    why = ("--why", "the court asked", "--yes")
    half, whole = room / "half.json", room / "whole.json"
    opening = ("escrow", "open")
    pigeon.says("--as", first, *opening, released, "--key", room / first, *why, "-o", half)
    recorder.said["escrow open"] = pigeon.says(
        *("--as", second, *opening, half, "--key", room / second, *why, "-o", whole)
    )
    recorder.at(pigeon, "escrow show", whole)
    recorder.anywhere("exchange opened", town.exchange, whole)
    recorder.anywhere("exchange escrow", town.exchange, "--dismiss", "Ada")
    recorder.anywhere("exchange escrow", town.exchange, "--dismiss", "Bo")


def _sealing_id(file: Path) -> str:
    public = json.loads(file.with_name(f"{file.name}.pub").read_bytes())["sealing"]
    return hashlib.sha256(base64.b64decode(public)).hexdigest()


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
