"""One vault under several processes at once: nothing lost, nothing doubled, nobody turned away.

People import in one window while a timer syncs and a colleague matches. Every command here is a
process of its own on the same home; all are started before any has ended.
"""

import json
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.town import Town, command, environment, founded, make_node, tocsin, wait_until
from tests.conftest import LONG

ROUNDS = 12 if LONG else 1
OWN, COMMON = 300, 150
"""Rows that only one list has, and rows that all of them have."""
OBJECTS = 40


def at_once(home: Path, *commands: Sequence[str | Path]) -> list[Any]:
    """Run commands on one home, all at once; returns their documents.

    Nobody may write before all have opened the vault, so that they do meet.
    """
    with gate(home) as opened:
        running = [start(home, *words) for words in commands]
        opened(running)
    said: list[Any] = []
    for process, words in zip(running, commands, strict=True):
        stdout, stderr = process.communicate(timeout=600)
        assert (process.returncode, stderr) == (0, b""), words
        said.append(json.loads(stdout))
    return said


def start(home: Path, *words: str | Path) -> subprocess.Popen[bytes]:
    """Start a command on a home."""
    return subprocess.Popen(
        command("--json", "--yes", "--home", home, *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )


@contextmanager
def gate(home: Path) -> Iterator[Callable[[Sequence[subprocess.Popen[bytes]]], None]]:
    """Hold a vault's write lock for the block; gives a way to wait for who has opened it."""

    def is_open(process: subprocess.Popen[bytes]) -> bool:
        for each in Path(f"/proc/{process.pid}/fd").iterdir():
            with suppress(OSError):
                if each.readlink() == home / "vault.db":
                    return True
        return process.poll() is not None

    def opened(running: Sequence[subprocess.Popen[bytes]]) -> None:
        wait_until(lambda: all(is_open(each) for each in running))

    with closing(sqlite3.connect(home / "vault.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield opened
        other.execute("COMMIT")


def rows(home: Path, statement: str) -> list[Any]:
    """Ask a vault past Tocsin's own code."""
    with closing(sqlite3.connect(home / "vault.db")) as vault:
        return vault.execute(statement).fetchall()


def holds(home: Path) -> bool:
    """Whether the log verifies."""
    return bool(tocsin("--json", "ledger", "verify", home).said["ok"])


def listed(folder: Path, name: str, round_: int) -> Path:
    """Write a list: some names of its own, some that every list of this round has."""
    names = [f"{name}-{round_}-{at}.example" for at in range(OWN)]
    names += [f"common-{round_}-{at}.example" for at in range(COMMON)]
    file = folder / f"{name}-{round_}.csv"
    file.write_text("domain,note\n" + "".join(f"{each},from {name}\n" for each in names))
    return file


def values(home: Path) -> Counter[str]:
    """How often each domain is held."""
    bodies = rows(
        home,
        "select v.body from private_versions v join private_objects o on o.number = v.number "
        "where o.revision = v.revision",
    )
    return Counter(str(json.loads(body)["value"]) for (body,) in bodies)


def test_imports_at_once_keep_every_row_once_and_fill_one_case(tmp_path: Path) -> None:
    home = make_node(tmp_path / "node", "Node", "research").folder
    wanted: set[str] = set()
    for round_ in range(ROUNDS):
        names = ("ada", "ben", "cleo")
        files = [listed(tmp_path, name, round_) for name in names]
        said = at_once(home, *[("import", file, "--case", "Shared") for file in files])

        assert sum(each["new"] for each in said) == 3 * OWN + COMMON
        assert sum(each["known"] for each in said) == 2 * COMMON
        wanted |= {f"{name}-{round_}-{at}.example" for name in names for at in range(OWN)}
        wanted |= {f"common-{round_}-{at}.example" for at in range(COMMON)}
    assert values(home) == Counter(wanted)
    items = tocsin("--json", "--home", home, "case", "show", "Shared").said["items"]
    assert len(items) == len(set(items)) == len(wanted)
    provenance = rows(home, "select count(*) from provenance")
    assert provenance == [(ROUNDS * 3 * (OWN + COMMON),)]
    assert holds(home)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with founded(tmp_path, a=("Here", "research"), b=("There", "platform")) as made:
        yield made


def test_import_sync_match_release_and_rotation_at_once(town: Town, tmp_path: Path) -> None:
    here, there = town["a"], town["b"]
    received: set[str] = set()
    released: set[str] = set()
    sightings: list[str] = []
    for round_ in range(ROUNDS):
        theirs = [f"common-{round_}-{at}.example" for at in range(OBJECTS)]
        there.pastes(theirs, f"Theirs {round_}")
        received |= set(
            there.says("release", f"Theirs {round_}", "--to", "Here", "--tlp", "amber")["objects"]
        )
        there.says("sync")
        mine = [f"mine-{round_}-{at}.example" for at in range(OBJECTS)]
        here.pastes(mine, f"Mine {round_}")

        done = at_once(
            here.folder,
            ("import", listed(tmp_path, "ada", round_), "--case", "Shared"),
            ("import", listed(tmp_path, "ben", round_), "--case", "Shared"),
            ("sync",),
            ("release", f"Mine {round_}", "--to", "There", "--tlp", "amber"),
            ("match",),
            ("sync",),
            ("key", "rotate"),
            ("match",),
            ("sync",),
            ("backup", tmp_path / f"backup-{round_}"),
        )
        released |= set(done[3]["objects"])
        sightings += done[4]["sightings"] + done[7]["sightings"]
        shutil.rmtree(tmp_path / "restored", ignore_errors=True)
        tocsin("--home", tmp_path / "restored", "restore", tmp_path / f"backup-{round_}")
        assert holds(tmp_path / "restored")
    sightings += here.says("match")["sightings"]
    assert here.says("sync")["refused"] == []
    assert there.says("sync")["refused"] == []

    assert shared(here.folder, "received") == dict.fromkeys(received, 1)
    assert shared(there.folder, "received") == dict.fromkeys([*released, *sightings], 1)
    assert len(sightings) == len(received) == ROUNDS * OBJECTS
    waiting = rows(here.folder, "select count(*) from outbox where sent_at is null")
    assert waiting == [(0,)]
    assert all(holds(each) for each in (here.folder, there.folder, town.exchange))


def shared(home: Path, standing: str) -> dict[str, int]:
    """How often each object of a standing is in a vault."""
    found = rows(home, f"select object_id from shared_objects where standing = '{standing}'")  # noqa: S608 - ours
    return dict(Counter(str(each) for (each,) in found))


def test_who_comes_while_another_process_writes_waits_for_it(tmp_path: Path) -> None:
    home = make_node(tmp_path / "node", "Node", "research").folder
    with gate(home) as opened:
        process = start(home, "import", listed(tmp_path, "ada", 0))
        opened([process])
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        assert values(home) == Counter()
    said, noted = process.communicate(timeout=60)
    assert json.loads(said)["new"] == OWN + COMMON
    assert noted == b""


def test_of_several_who_make_one_home_at_once_one_does(tmp_path: Path) -> None:
    home = tmp_path / "node"
    running = [
        subprocess.Popen(
            command("--json", "init", home, "--name", name, "--kind", "other"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        for name in ("Ada", "Ben", "Cleo")
    ]
    said = [json.loads(each.communicate(timeout=60)[0]) for each in running]

    (made,) = [each for each in said if "id" in each]
    assert all(
        "there already" in each["error"] or "not empty" in each["error"]
        for each in said
        if each is not made
    )
    assert tocsin("--json", "--home", home, "key", "export").said["id"] == made["id"]
    assert holds(home)
