"""`kill -9` at any point of import, release and sync: nothing acknowledged lost, nothing doubled.

A command says what it did in the document that it prints at its end; whoever has read it may rely
on it. So each point asserts that what was printed is there, that the same command given again
completes, and that the counts are those of a run that nobody disturbed.

Set `TOCSIN_LONG_STATE` to a file name to go on with a long run that was cut off.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import frozen

from tests.acceptance.town import Node, Town, command, environment, founded, make_node, tocsin
from tests.conftest import LONG

POINTS: Final = 200 if LONG else 6
ROWS: Final = 3_000 if LONG else 1_500
OBJECTS: Final = 600 if LONG else 200
"""A command writes by the 500: full counts put points between its commits."""
PAST_THE_END: Final = 1.05
"""A few points lie behind the end: then the command has acknowledged all of it."""


LEFT_BY_IMPORT: Final = """
select object_id, revision from private_objects order by 1;
select o.object_id, v.body from private_versions v
  join private_objects o on o.number = v.number order by 1, 2;
select k.key, o.object_id from private_keys k
  join private_objects o on o.number = k.number order by 1, 2;
select o.object_id, p.locator from provenance p
  join private_objects o on o.number = p.number order by 1, 2;
select name, digest, format from sources
"""
RELEASE: Final = ("release", "Others", "--to", "Receiver", "--tlp", "amber")


@frozen
class Ended:
    """A command that was killed, or was done before.

    Attributes:
        acknowledged: the document it printed, None when it was killed before.
        seconds: from its first touch of the vault to its end.
    """

    was_killed: bool
    acknowledged: Any
    seconds: float


@frozen
class Site:
    """Undisturbed runs, to measure and to compare with.

    Attributes:
        seconds: how long each command works on the vault when it is let.
        imported: what the vault holds after the import.
        empty, full: nodes to copy: before the import, and before the release.
    """

    seconds: dict[str, float]
    imported: tuple[Any, ...]
    empty: Path
    full: Path
    file: Path

    def disturbed(self, kind: str, home: Path, *words: str | Path, at: random.Random) -> Ended:
        """Run a command and kill it at a random moment of the time that it usually takes.

        A shared machine is faster at one time than at another: a run that ended before its kill
        says how long it takes now.
        """
        ended = run(home, *words, after=at.uniform(0, PAST_THE_END) * self.seconds[kind])
        if not ended.was_killed:
            self.seconds[kind] = min(self.seconds[kind], ended.seconds)
        return ended


def run(home: Path, *words: str | Path, after: float | None = None) -> Ended:
    """Run a command as a process; kill it `after` seconds of work on its vault."""
    child = subprocess.Popen(
        command("--json", "--home", home, *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    journal = home / "vault.db-wal"
    while child.poll() is None and not journal.exists():
        time.sleep(0.002)
    begun = time.monotonic()
    if after is not None:
        try:
            child.wait(after)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
    stdout, _ = child.communicate(timeout=600)
    seconds = time.monotonic() - begun
    assert child.returncode in {0, -signal.SIGKILL}
    try:
        said = json.loads(stdout)
    except ValueError:
        said = None
    return Ended(child.returncode != 0, said, seconds)


def rows(home: Path, statement: str) -> list[Any]:
    """Ask a vault past Tocsin's own code."""
    with closing(sqlite3.connect(home / "vault.db")) as vault:
        return vault.execute(statement).fetchall()


def contents(home: Path) -> tuple[Any, ...]:
    """All that an import leaves in a vault, without numbers and times."""
    return tuple(rows(home, statement) for statement in LEFT_BY_IMPORT.split(";"))


def counted(home: Path) -> Counter[str]:
    """How often each shared indicator is in a vault."""
    found = rows(home, "select object_id from shared_objects where type = 'indicator'")
    return Counter(str(each) for (each,) in found)


def holds(home: Path) -> bool:
    """Whether the log verifies."""
    return bool(tocsin("--json", "ledger", "verify", home).said["ok"])


def at(node: Path) -> Node:
    """A node that is there already."""
    return Node(node, "", "")


@contextmanager
def pair(folder: Path) -> Iterator[Town]:
    """A fresh town with a sender, who has released, and a receiver."""
    with founded(folder, a=("Sender", "research"), b=("Receiver", "platform")) as town:
        text = "\n".join(f"object-{number}.example" for number in range(OBJECTS))
        town["a"].says("import", "-", "--case", "Many", stdin=text.encode())
        town["a"].says("release", "Many", "--to", "Receiver", "--tlp", "amber")
        yield town


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("site")
    file = folder / "list.csv"
    lines = "".join(f"row-{number}[.]example,note {number}\n" for number in range(ROWS))
    file.write_text(f"domain,note\n{lines}")
    empty = make_node(folder / "empty", "Importer", "research").folder
    shutil.copytree(empty, folder / "imported")
    seconds = {"import": run(folder / "imported", *import_words(file)).seconds}
    with pair(folder) as town:
        shutil.copytree(town["a"].folder, folder / "full")
        for home, name in (("a", "send"), ("b", "receive")):
            done = run(folder / home, "sync")
            seconds[name] = done.seconds
        assert len(counted(town["b"].folder)) == OBJECTS
        text = "\n".join(f"other-{number}.example" for number in range(OBJECTS))
        full = at(folder / "full")
        full.says("import", "-", "--case", "Others", stdin=text.encode())
        shutil.copytree(folder / "full", folder / "released")
        seconds["release"] = run(folder / "released", *RELEASE).seconds
    return Site(seconds, contents(folder / "imported"), empty, folder / "full", file)


def import_words(file: Path) -> tuple[str | Path, ...]:
    return ("import", file, "--case", "Big")


def killed_import(site: Site, folder: Path, moment: random.Random) -> int:
    home = folder / "node"
    shutil.copytree(site.empty, home)
    words = import_words(site.file)
    ended = site.disturbed("import", home, *words, at=moment)
    if ended.acknowledged is not None:
        assert ended.acknowledged["new"] == ROWS
        assert len(contents(home)[0]) == ROWS
    before = len(contents(home)[0])
    again = at(home).says(*words)
    assert (again["new"], again["known"]) == (ROWS - before, before)
    assert at(home).says(*words)["new"] == 0
    assert contents(home) == site.imported
    assert len(set(at(home).says("case", "show", "Big")["items"])) == ROWS
    assert holds(home)
    return ended.was_killed


def killed_release(site: Site, folder: Path, moment: random.Random) -> int:
    home = folder / "node"
    shutil.copytree(site.full, home)
    known = set(counted(home))
    ended = site.disturbed("release", home, *RELEASE, at=moment)
    left = counted(home)
    if ended.acknowledged is not None:
        assert set(ended.acknowledged["objects"]) == set(left) - known
        assert len(set(left) - known) == OBJECTS
    again = at(home).says(*RELEASE)
    now = counted(home)
    assert set(left) <= set(now)
    assert set(again["objects"]) == set(now) - known
    assert len(set(now) - known) == OBJECTS
    assert set(now.values()) == {1}
    assert {each["id"] for each in at(home).says("outbox")["outbox"]} == set(now)
    assert holds(home)
    return ended.was_killed


def killed_sync(site: Site, folder: Path, moment: random.Random) -> int:
    with pair(folder) as town:
        a, b = town["a"], town["b"]
        sent = site.disturbed("send", a.folder, "sync", at=moment)
        if sent.acknowledged is not None:
            assert sent.acknowledged["sent"] == OBJECTS
            assert len(counted(town.exchange)) == OBJECTS
        a.says("sync")
        assert a.says("outbox")["outbox"] == []
        assert set(counted(town.exchange)) == set(counted(a.folder))
        got = site.disturbed("receive", b.folder, "sync", at=moment)
        before = len(counted(b.folder))
        if got.acknowledged is not None:
            assert got.acknowledged["received"] == before == OBJECTS
        assert b.says("sync")["received"] == OBJECTS - before
        assert b.says("sync")["received"] == 0
        everywhere = [counted(home) for home in (a.folder, town.exchange, b.folder)]
        assert everywhere[0] == everywhere[1] == everywhere[2]
        assert set(everywhere[0].values()) == {1}
        assert len(b.says("inbox")["objects"]) == OBJECTS
        assert [home for home in (a.folder, b.folder, town.exchange) if not holds(home)] == []
        return sent.was_killed + got.was_killed


ATTEMPTS = {"import": killed_import, "release": killed_release, "sync": killed_sync}
KINDS = [tuple(ATTEMPTS)[seed % len(ATTEMPTS)] for seed in range(POINTS)]


@pytest.fixture(scope="module")
def kills() -> Iterator[Counter[str]]:
    """Counts the points at which a command was really killed, and writes the figure down."""
    found: Counter[str] = Counter()
    yield found
    print(f"\nkilled in the midst of it: {dict(found)} of {POINTS} points")


@pytest.mark.parametrize("seed", range(POINTS), ids=[f"{k}-{at}" for at, k in enumerate(KINDS)])
def test_what_is_killed_and_repeated_ends_as_if_nothing_had_happened(
    site: Site, tmp_path: Path, kills: Counter[str], seed: int
) -> None:
    kind = KINDS[seed]
    name = f"{kind}-{seed}"
    if name in passed_before():
        pytest.skip("passed in the run that this one goes on with")
    kills[kind] += ATTEMPTS[kind](site, tmp_path, random.Random(seed))  # noqa: S311 - repeatable
    keep_passed(name)
    shutil.rmtree(tmp_path)


def passed_before() -> set[str]:
    """The points that an earlier, cut-off run has passed."""
    state = os.environ.get("TOCSIN_LONG_STATE")
    return set(Path(state).read_text().split()) if state and Path(state).exists() else set()


def keep_passed(name: str) -> None:
    state = os.environ.get("TOCSIN_LONG_STATE")
    if state:
        with Path(state).open("a") as stream:
            stream.write(f"{name}\n")
