"""What goes wrong is said in words, with a way out, and the good part is kept."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.crooked import (
    MIB,
    bundle,
    long_line,
    with_files_up_to,
    with_memory,
    without_privilege,
    zip_bomb,
)
from tests.acceptance.town import (
    Answer,
    Node,
    Town,
    command,
    environment,
    make_node,
    process,
    tocsin,
    wait_until,
)
from tocsin.foundation import ManualClock, SystemEntropy
from tocsin.records import StixObject, new_id
from tocsin.trust import SigningKey, sign_object

MEMORY_MIB = 512
HOSTS = [f"h{at}.example" for at in range(5)]


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A node of its own, in no community."""
    return make_node(tmp_path / "node", "Alone", "research")


def clear(answer: Answer, *mentions: str | Path) -> None:
    """Check that a failure says what it is about and what to do, as our messages are written."""
    error, hint = answer.said["error"], answer.said["hint"]
    assert [str(each) for each in mentions if str(each) not in error] == []
    assert not error[0].isupper()
    assert hint
    assert f"error: {error}" in answer.stderr
    assert "Traceback" not in answer.stderr


def defects(said: Any) -> dict[str, tuple[int, int]]:
    """Kind of each defect with its count and what it lost; checks that the report adds up."""
    (file,) = said["files"]
    assert file["records"] == file["kept"] + sum(each["lost"] for each in file["defects"])
    return {each["kind"]: (each["count"], each["lost"]) for each in file["defects"]}


@pytest.mark.parametrize(
    ("content", "kind", "kept"),
    [
        (bundle(HOSTS)[:-40], "truncated", 4),
        (bundle(HOSTS, name="x").replace('"name"', '"value"'), "duplicate-key", 4),
        (bundle(HOSTS, score=1).replace('"score": 1', '"score": NaN'), "not-a-number", 4),
        (bundle(HOSTS, deep=1).replace("1}]", "[" * 10_000 + "]" * 10_000 + "}]"), "too-deep", 4),
        ("[" * 10_000 + "]" * 10_000, "too-deep", 0),
    ],
    ids=["truncated", "duplicate keys", "NaN", "nested in a bundle", "nothing but brackets"],
)
def test_a_crooked_bundle_loses_one_record_which_is_named(
    node: Node, tmp_path: Path, content: str, kind: str, kept: int
) -> None:
    file = tmp_path / "crooked.json"
    file.write_text(content)
    said = node.says("import", file, code=3)
    assert defects(said)[kind] == (1, 1)
    assert (said["files"][0]["kept"], said["new"]) == (kept, kept)


def test_a_line_in_another_encoding_is_read_and_named(node: Node, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    good = "domain,note\n" + "".join(f"{host},Zürich\n" for host in HOSTS)
    file.write_bytes(good.encode() + "last.example,Zürich\n".encode("cp1252"))
    said = node.says("import", file)
    assert defects(said) == {"wrong-encoding": (1, 0)}
    assert said["new"] == 6


def test_bytes_that_are_no_text_are_refused_by_name(node: Node, tmp_path: Path) -> None:
    file = tmp_path / "picture.csv"
    file.write_bytes(bytes(range(256)) * 64)
    said = node.says("import", file, code=3)
    assert defects(said) == {"unreadable": (1, 1)}
    assert said["files"][0]["path"] == str(file)


@pytest.mark.parametrize("size", [20, pytest.param(200, marks=pytest.mark.long)])
def test_a_very_long_line_costs_only_itself_and_little_memory(
    node: Node, tmp_path: Path, size: int
) -> None:
    file = tmp_path / "list.txt"
    head = "".join(f"{host}\n" for host in HOSTS).encode()
    long_line(file, head, size * MIB, b"\nlast.example\n")
    typed = ("--json", "--home", node.folder, "import", file)
    said = process(*typed, code=3, before=with_memory(MEMORY_MIB)).said
    assert defects(said) == {"line-too-long": (1, 1)}
    assert said["new"] == 6


@pytest.mark.parametrize("size", [40, pytest.param(200, marks=pytest.mark.long)])
def test_a_very_long_text_in_a_bundle_costs_only_itself_and_little_memory(
    node: Node, tmp_path: Path, size: int
) -> None:
    file = tmp_path / "long.json"
    whole = bundle([*HOSTS[:3], "x.example", *HOSTS[3:]])
    head, tail = whole.split("x.example")
    long_line(file, head.encode(), size * MIB, tail.encode())
    typed = ("--json", "--home", node.folder, "import", file)
    said = process(*typed, code=3, before=with_memory(MEMORY_MIB)).said
    assert defects(said)["too-large"] == (1, 1)
    assert said["new"] == 5


def test_a_workbook_that_unpacks_to_a_thousandfold_is_not_opened(
    node: Node, tmp_path: Path
) -> None:
    file = tmp_path / "bomb.xlsx"
    zip_bomb(file, 64 * MIB)
    typed = ("--json", "--home", node.folder, "import", file)
    said = process(*typed, code=3, before=with_memory(MEMORY_MIB)).said
    assert defects(said) == {"zip-bomb": (1, 1)}


def test_a_bad_file_among_good_ones_hinders_none_of_them(node: Node, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("\n".join(HOSTS))
    (tmp_path / "empty.txt").touch()
    missing = tmp_path / "missing.txt"
    said = node.says(*("import", tmp_path / "empty.txt", missing, tmp_path / "good.txt"), code=3)
    assert said["new"] == 5
    assert [file["kept"] for file in said["files"]] == [0, 0, 5]
    assert said["files"][1]["defects"][0]["examples"] == ["No such file or directory"]


def stick(town: Town, word: str, tmp_path: Path) -> Path:
    """A file bundle of the lab's, with three objects that everybody may read."""
    town["lab"].pastes([f"{word}-{at}.example" for at in range(3)], word)
    town["lab"].says("release", word, "--to", "community", "--tlp", "clear")
    file = tmp_path / "stick.json"
    town["lab"].says("sync", "--bundle-out", file)
    return file


def of_word(document: Any, word: str) -> list[Any]:
    return [each for each in document["objects"] if word in str(each.get("name"))]


def test_an_object_signed_by_a_stranger_is_refused_and_the_rest_taken(
    town: Town, tmp_path: Path
) -> None:
    file = stick(town, "stranger", tmp_path)
    document = json.loads(file.read_bytes())
    mine = of_word(document, "stranger")[0]
    forged = StixObject.of(mine).replaced(
        created_by_ref=new_id("identity", SystemEntropy()), id=new_id("indicator", SystemEntropy())
    )
    sharing = forged.sharing
    assert sharing is not None
    document["objects"].append(dict(sign_object(forged, SigningKey.generate()).body))
    file.write_text(json.dumps(document))
    said = town["agency"].says("sync", "--bundle-in", file, code=3)
    assert [each["id"] for each in said["refused"]] == [forged.id]
    assert "stranger" in said["refused"][0]["why"]
    assert len(of_word(town["agency"].says("inbox"), "stranger")) == 3


def test_a_bundle_with_a_changed_byte_loses_that_object_only(town: Town, tmp_path: Path) -> None:
    file = stick(town, "changed", tmp_path)
    document = json.loads(file.read_bytes())
    victim = of_word(document, "changed-1")[0]
    victim["name"] = victim["name"].replace("changed-1", "changed-7")
    file.write_text(json.dumps(document))
    said = town["agency"].says("sync", "--bundle-in", file, code=3)
    assert [each["id"] for each in said["refused"]] == [victim["id"]]
    names = {each["name"] for each in of_word(town["agency"].says("inbox"), "changed-")}
    assert names == {"changed-0.example", "changed-2.example"}


def test_a_bundle_that_is_no_json_any_more_is_refused_whole(town: Town, tmp_path: Path) -> None:
    file = stick(town, "broken", tmp_path)
    file.write_bytes(file.read_bytes()[:-30])
    agency = town["agency"]
    clear(agency.does("--json", "sync", "--bundle-in", file, code=1), file)
    assert of_word(agency.says("inbox"), "broken-") == []


def test_another_communitys_bundle_is_not_taken(town: Town, tmp_path: Path) -> None:
    file = stick(town, "foreign", tmp_path)
    document = json.loads(file.read_bytes())
    document["objects"] = [each for each in document["objects"] if "directory" not in each["type"]]
    file.write_text(json.dumps(document))
    outsider = make_node(tmp_path / "outsider", "Outsider", "other")
    clear(outsider.does("--json", "sync", "--bundle-in", file, code=1), "joined no community")


def test_a_full_disk_stops_an_import_which_then_goes_on(node: Node, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("".join(f"full-{at}.example\n" for at in range(6_000)))
    typed = ("--json", "--home", node.folder, "import", file)
    limit = (node.folder / "vault.db").stat().st_size + 4 * MIB
    clear(process(*typed, code=1, before=with_files_up_to(limit)), "disk is full")
    assert tocsin("--json", "ledger", "verify", node.folder).said["ok"]
    again = node.says("import", file)
    assert 0 < again["known"] < 6_000
    assert again["new"] + again["known"] == 6_000


@pytest.mark.parametrize(
    "words", ["export all --format csv -o", "backup", "ledger export -o"], ids=lambda at: at[:6]
)
def test_a_full_disk_leaves_no_half_file(node: Node, tmp_path: Path, words: str) -> None:
    node.pastes([f"full-{at}.example" for at in range(1_000)], "Full")
    file = tmp_path / "out"
    typed: tuple[str | Path, ...] = ("--json", "--home", node.folder, *words.split(), file)
    answer = process(*typed, code=1, before=with_files_up_to(16_384))
    clear(answer)
    assert "out" in answer.said["error"] or "disk" in answer.said["error"]
    assert not file.exists()
    assert [each.name for each in tmp_path.iterdir()] == ["node"]


def test_a_clock_two_hours_ahead_is_named_and_what_it_made_waits(town: Town) -> None:
    pigeon = town["pigeon"]
    right = pigeon.clock
    pigeon.clock = ManualClock(datetime.now(UTC) + timedelta(hours=2))
    pigeon.pastes(["ahead-0.example", "ahead-1.example"], "Ahead")
    made = pigeon.says("release", "Ahead", "--to", "Agency", "--tlp", "green")["objects"]
    said = pigeon.says("sync")
    pigeon.clock = right
    assert (said["sent"], said["refused"]) == (0, [])
    assert {each["id"] for each in pigeon.says("outbox")["outbox"]} == set(made)
    (warning,) = said["warnings"]
    assert "120 minutes ahead" in warning


def test_a_clock_two_hours_behind_is_named_and_nothing_is_lost(town: Town) -> None:
    parrot, lab = town["parrot"], town["lab"]
    lab.pastes(["to-the-slow.example"], "To the slow")
    town.sync("lab", "parrot")
    lab.says("release", "To the slow", "--to", "Parrot", "--tlp", "green")
    town.sync("lab")
    right = parrot.clock
    parrot.clock = ManualClock(datetime.now(UTC) - timedelta(hours=2))
    parrot.pastes(["slow-0.example"], "Slow")
    parrot.says("release", "Slow", "--to", "Agency", "--tlp", "green")
    said = parrot.says("sync")
    parrot.clock = right
    assert "120 minutes behind" in said["warnings"][0]
    assert (said["sent"], said["received"], said["refused"]) == (1, 1, [])
    town.sync("agency")
    assert len(of_word(town["agency"].says("inbox"), "slow-0")) == 1


def test_a_port_in_use_is_said_with_a_way_out(town: Town) -> None:
    port = town.url.rpartition(":")[2]
    typed = ("--json", "exchange", "serve", town.exchange, "--port", port)
    clear(process(*typed, code=1), port, "in use")


def test_a_certificate_that_is_none_is_said_before_anything_is_served(
    town: Town, tmp_path: Path
) -> None:
    file = tmp_path / "cert.pem"
    file.write_text("no certificate")
    typed = ("--json", "exchange", "serve", town.exchange, "--port", "0")
    clear(tocsin(*typed, "--cert", file, "--key", file, code=2), "certificate or key")
    clear(tocsin(*typed, "--cert", tmp_path / "nope", "--key", file, code=2), "nope")
    clear(tocsin(*typed, "--cert", file, code=2), "--cert and --key")


def test_a_name_that_the_terminal_cannot_show_is_escaped(node: Node) -> None:
    narrow = {**environment(), "PYTHONIOENCODING": "ascii"}
    node.says("case", "new", "Zürich")
    for words, shown in ((("case", "list"), "Z\\xfcrich"), (("--json", "case", "list"), "\\u00fc")):
        done = subprocess.run(
            command("--home", node.folder, *words), capture_output=True, env=narrow, check=True
        )
        assert shown.encode() in done.stdout
    assert json.loads(done.stdout)["cases"][0]["title"] == "Zürich"


@pytest.mark.parametrize(
    ("option", "value", "mention"),
    [
        ("--tlp", "purple", "purple"),
        ("--hold", "soon", "soon"),
        ("--hold", "99999999999d", "99999999999d"),
        ("--expires", "2026-13-01T00:00:00Z", "--expires"),
        ("--pap", "blue", "blue"),
        ("--to", "Nobody", "Nobody"),
        ("--to", "group:Nobody", "Nobody"),
    ],
)
def test_terms_that_cannot_be_read_are_named(
    town: Town, option: str, value: str, mention: str
) -> None:
    town["lab"].says("case", "new", "Terms")
    terms = {"--to": "Agency", "--tlp": "green", option: value}
    typed = (word for pair in terms.items() for word in pair)
    clear(town["lab"].does("--json", "release", "Terms", *typed, code=1), mention)


def test_an_exchange_that_is_down_is_said_and_work_goes_on(town: Town, tmp_path: Path) -> None:
    node = make_node(tmp_path / "late", "Late", "other")
    token = tocsin("--json", "exchange", "invite", town.exchange, "--kind", "other").said["token"]
    typed = ("--json", "--home", node.folder, "join", "http://127.0.0.1:9", "--token", token)
    clear(tocsin(*typed, code=1), "127.0.0.1:9", "does not answer")
    cut = ("--json", "--home", node.folder, "join", town.url, "--token", token[:-4])
    clear(tocsin(*cut, code=1), "token")


def test_an_invitation_is_read_from_stdin_where_no_list_of_processes_shows_it(
    town: Town, tmp_path: Path
) -> None:
    node = make_node(tmp_path / "careful", "Careful", "other")
    token = tocsin("--json", "exchange", "invite", town.exchange, "--kind", "other").said["token"]
    typed = ("--json", "--home", node.folder, "join", town.url, "--token", "-")
    clear(tocsin(*typed, stdin=b"\n", code=2), "stdin")
    assert tocsin(*typed, stdin=f"{token}\n".encode()).said["member"]


@pytest.mark.parametrize("words", ["inbox", "import -", "upgrade", "backup file", "doctor"])
def test_a_vault_of_a_newer_version_is_left_alone(
    node: Node, tmp_path: Path, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(node.folder / "vault.db")) as vault, vault:
        vault.execute("update alembic_version set version_num = '9999_later'")
    before = (node.folder / "vault.db").read_bytes()
    monkeypatch.chdir(tmp_path)
    answer = node.does("--json", *words.split(), stdin=b"h.example", code=1)
    if words == "doctor":
        hints = {each["name"]: each["hint"] for each in answer.said["checks"] if not each["ok"]}
        assert "newer version" in hints["schema"]
    else:
        clear(answer, "newer version", "9999_later")
    assert (node.folder / "vault.db").read_bytes() == before


def test_a_home_of_a_newer_version_is_left_alone(node: Node) -> None:
    card = node.folder / "tocsin.json"
    card.write_text(card.read_text().replace('"version":1', '"version":2'))
    clear(node.does("--json", "inbox", code=1), card, "newer version")


@pytest.mark.parametrize("name", ["keys.json", "vault.db"])
def test_a_home_that_others_may_read_is_not_opened(node: Node, name: str) -> None:
    (node.folder / name).chmod(0o644)
    answer = node.does("--json", "inbox", code=1)
    clear(answer, name, "others")
    assert "chmod 600" in answer.said["hint"]
    (node.folder / name).chmod(0o600)
    node.says("case", "list")


@pytest.mark.parametrize(
    "words",
    ["case show Nowhere", "export Nowhere --format csv -o out", "claim list Nowhere",
     "case review Nowhere --approve --why x"],
)  # fmt: skip
def test_an_unknown_case_is_named_with_those_there_are(node: Node, words: str) -> None:
    node.says("case", "new", "Somewhere")
    answer = node.does("--json", *words.split(), code=1)
    clear(answer, "Nowhere")
    assert "Somewhere" in answer.said["hint"]


def test_a_folder_is_imported_file_by_file_and_an_empty_one_is_said(
    node: Node, tmp_path: Path
) -> None:
    folder = tmp_path / "lists"
    (folder / "deeper").mkdir(parents=True)
    clear(node.does("--json", "import", folder, code=1), folder, "empty")
    (folder / "a.txt").write_text("folder-a.example\n")
    (folder / "deeper" / "b.txt").write_text("folder-b.example\n")
    assert node.says("import", folder)["new"] == 2


def test_a_folder_where_a_file_belongs_is_said(town: Town, tmp_path: Path) -> None:
    lab, agency = town["lab"], town["agency"]
    lab.pastes(["folder-0.example"], "Folder")
    clear(
        lab.does("--json", "export", "Folder", "--format", "csv", "-o", tmp_path, code=1), tmp_path
    )
    clear(lab.does("--json", "backup", tmp_path, code=1), tmp_path)
    clear(lab.does("--json", "ledger", "export", "-o", tmp_path, code=1), tmp_path)
    clear(lab.does("--json", "sync", "--bundle-out", tmp_path, code=1), tmp_path)
    clear(agency.does("--json", "sync", "--bundle-in", tmp_path, code=1), tmp_path)
    clear(agency.does("--json", "restore", tmp_path, code=2), tmp_path.name)


def test_what_may_not_be_read_or_written_is_said(node: Node, tmp_path: Path) -> None:
    good, shut, closed = tmp_path / "good.txt", tmp_path / "shut.txt", tmp_path / "closed"
    good.write_text("\n".join(HOSTS))
    shut.write_text("x.example")
    shut.chmod(0)
    closed.mkdir(mode=0o500)
    home = ("--json", "--home", node.folder)
    said = process(*home, "import", good, shut, code=3, before=without_privilege).said
    assert [file["kept"] for file in said["files"]] == [5, 0]
    assert said["files"][1]["defects"][0]["examples"] == ["Permission denied"]
    out = closed / "out.csv"
    typed = (*home, "export", "all", "--format", "csv", "-o", out)
    clear(process(*typed, code=1, before=without_privilege), out)
    (node.folder / "vault.db").chmod(0)
    clear(process(*home, "inbox", code=1, before=without_privilege), "vault.db")


@pytest.fixture
def terminal() -> Iterator[None]:
    """Let children hear Ctrl-C, as from a terminal: what runs in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("terminal")
def test_ctrl_c_in_an_import_ends_in_words_and_the_import_goes_on(
    node: Node, tmp_path: Path
) -> None:
    file = tmp_path / "list.txt"
    file.write_text("".join(f"stopped-{at}.example\n" for at in range(30_000)))
    child = subprocess.Popen(
        command("--json", "--home", node.folder, "import", file),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    journal = node.folder / "vault.db-wal"
    wait_until(lambda: journal.exists() and journal.stat().st_size > MIB)
    child.send_signal(signal.SIGINT)
    stdout, stderr = child.communicate(timeout=60)
    assert child.returncode == 130
    clear(Answer(130, stdout.decode(), stderr.decode()), "interrupted")
    again = node.says("import", file)
    assert 0 < again["known"] < 30_000
    assert again["new"] + again["known"] == 30_000
    assert tocsin("--json", "ledger", "verify", node.folder).said["ok"]


@pytest.mark.usefixtures("terminal")
def test_ctrl_c_before_the_work_has_begun_ends_in_words(node: Node) -> None:
    child = subprocess.Popen(
        [sys.executable, "-X", "importtime", *command("--home", node.folder, "inbox")[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert child.stderr is not None
    for line in child.stderr:
        if b"sqlalchemy" in line:
            break
    child.send_signal(signal.SIGINT)
    _, stderr = child.communicate(timeout=60)
    assert child.returncode == 130
    assert b"interrupted" in stderr
    assert b"Traceback" not in stderr


def test_no_text_from_outside_speaks_to_the_terminal(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # as wide wherever the tests run: no cell is broken
    escapes = "\x1b]0;title\x07\x1b[31mred\x9b2J\u202egpj"
    for title in (escapes, f"second {escapes}"):
        node.pastes(["a.example"], title)
    said = (
        node.does("case", "list").stdout,
        node.does("case", "show", "second").stdout,
        node.does("case", "show", "none of them", code=1).stderr,
    )
    for each in said:
        assert not set("\x1b\x07\x9b\u202e") & set(each)
        assert "\\u001b[31mred\\u009b2J\\u202egpj" in each


def test_what_looks_like_markup_is_shown_as_it_is(node: Node) -> None:
    for title in ("[/b] closed", ":100: names", "[red]bull[/red]"):
        node.pastes(["a.example"], title)
        assert title in node.does("case", "list").stdout
        assert title in node.does("case", "show", title).stdout
