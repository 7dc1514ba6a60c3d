"""kill -9 before every line that has to do with a key rotation: no key that matters is lost.

Run as a script, this file is a nursery: for each line it reads it forks a victim that rotates or
syncs, and that ends itself without a word before the line of code it was told.
"""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest
from attrs import define, frozen

from tests.conftest import LONG
from tests.unit.exchange.served import served
from tests.unit.exchange.world import World
from tocsin.exchange import (
    Convenor,
    community_of,
    create_exchange,
    join,
    rotate_keys,
    sync,
)
from tocsin.foundation import SystemClock, SystemEntropy
from tocsin.records import Audience, MemberKind
from tocsin.trust import sign_object
from tocsin.vault import Home, Standing, Transaction
from tocsin.vault.verify import verify_vault

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
WATCHED: Final = (
    "/exchange/keys.py", "/exchange/client.py", "/exchange/membership.py", "/trust/_keyfile.py",
    "/trust/keyring.py", "/vault/files.py", "/vault/home.py", "/vault/kept_keys.py",
    "/vault/writer.py",
)  # fmt: skip
WRITING: Final = {
    "write_atomically", "sync_folder", "change", "settle_keys", "_log_change", "_commit",
}  # fmt: skip
EVERY: Final = 1 if LONG else 5
"""In `make test` each fifth line of the functions that write; in `make test-long` every line."""
CHUNK: Final = 80
PASSPHRASE: Final = "seven small tin bells"


class Fuse:
    """Ends the process before the given line, counted over all watched files and threads."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.burnt = 0

    def __enter__(self) -> "Fuse":
        threading.settrace(self._enter)
        sys.settrace(self._enter)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)
        threading.settrace(None)

    def _enter(self, frame: FrameType, event: str, arg: object) -> Any:
        del event, arg
        code = frame.f_code
        is_watched = code.co_filename.endswith(WATCHED) and (LONG or code.co_name in WRITING)
        return self._line if is_watched else None

    def _line(self, frame: FrameType, event: str, arg: object) -> Any:
        del frame, arg
        if event == "line":
            self.burnt += 1
            if self.burnt == self.at:
                os.kill(os.getpid(), signal.SIGKILL)
        return self._line


def _victim(kind: str, folder: Path, passphrase: str | None, at: int) -> int:
    """Act on a home; returns how many lines there were, where it was not killed before."""
    home = Home.open(folder, clock=CLOCK, entropy=ENTROPY, passphrase=passphrase)
    with Fuse(at) as fuse:
        if kind == "rotate":
            rotate_keys(home, CLOCK, sleep=lambda _: None)
        else:
            sync(home, CLOCK, sleep=lambda _: None)
        home.close()
    return fuse.burnt


def _nursery() -> None:
    for line in sys.stdin:
        kind, folder, passphrase, at = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            lines = _victim(kind, Path(folder), passphrase, at)
            os.write(writing, str(lines).encode())
            os._exit(0)
        os.close(writing)
        _, status = os.waitpid(child, 0)
        with os.fdopen(reading) as pipe:
            print(json.dumps([os.WIFSIGNALED(status), pipe.read()]), flush=True)


@define
class Nursery:
    """The process that forks victims."""

    process: subprocess.Popen[str]

    def run(self, kind: str, folder: Path, passphrase: str | None, at: int) -> int | None:
        """Run a victim; returns its number of lines, None when it was killed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([kind, str(folder), passphrase, at]), file=self.process.stdin, flush=True)
        was_killed, lines = json.loads(self.process.stdout.readline())
        return None if was_killed else int(lines)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    paths = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
    process = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    try:
        yield Nursery(process)
    finally:
        process.communicate(timeout=60)


@frozen
class Town:
    """A served exchange, the node whose keys change, and one that reads what it releases."""

    folder: Path
    passphrase: str | None
    reader: Home
    drafts: World

    def open(self) -> Home:
        return Home.open(self.folder, clock=CLOCK, entropy=ENTROPY, passphrase=self.passphrase)

    def release(self, home: Home) -> str:
        """Release an object, signed by the key in use."""
        item = sign_object(self.drafts.draft(home, Audience(community=True)), home.keyring.signing)

        def work(tx: Transaction) -> None:
            kept = tx.shared.accept(item, standing=Standing.OWN, by="ada")
            tx.outbox.add(kept.seq, not_before=CLOCK.now())

        home.vault.write(work)
        return item.id


@contextmanager
def founded(folder: Path, passphrase: str | None) -> Iterator[Town]:
    with create_exchange(folder / "exchange", "Hub", clock=CLOCK, entropy=ENTROPY) as home:
        tokens = [Convenor(home, CLOCK, ENTROPY).invite(MemberKind.PLATFORM) for _ in range(2)]
    with (
        served(folder / "exchange") as exchange,
        World(folder / "drafts") as drafts,
        _made(folder / "reading", None) as reader,
    ):
        join(reader, exchange.url, tokens[0])
        with _made(folder / "rotating", passphrase) as node:
            join(node, exchange.url, tokens[1])
        yield Town(folder / "rotating", passphrase, reader, drafts)


def _made(folder: Path, passphrase: str | None) -> Home:
    return Home.create(
        folder,
        name=folder.name,
        kind=MemberKind.PLATFORM,
        clock=CLOCK,
        entropy=ENTROPY,
        passphrase=passphrase,
    )


def _is_private(folder: Path) -> bool:
    return all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in folder.iterdir())


def _drafts(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir() if each.name.endswith(".new")]


def _converges(town: Town) -> str:
    """The next sync completes what was cut off; returns what it sent, signed by the key before."""
    assert _is_private(town.folder)
    with town.open() as home:
        released = town.release(home)
        report = sync(home, CLOCK)
        assert (report.sent, report.refused, report.warnings) == ((released,), (), ())
        ring = home.keyring
        assert ring.coming is None
        ours = [key.to_text() for key in reversed(ring.verify_keys.values())]
        me = community_of(home).members[home.id]
        assert (list(me.verify_keys), me.sealing_key) == (ours, ring.public.sealing.to_text())
    assert _is_private(town.folder)
    return released


def _holds(town: Town, released: set[str]) -> None:
    """Others have verified all that was released, by keys old and new, and so does the log."""
    got = sync(town.reader, CLOCK)
    assert (set(got.received), got.refused) == (released, ())
    with town.open() as home:
        keys = home.keyring.verify_keys
        with home.vault.read() as view:
            changes = [entry for entry in view.log.entries() if entry.kind == "keys-rotated"]
    assert len(changes) == len(keys) - 1
    found = verify_vault(town.folder / "vault.db", list(keys.values()))
    assert found.ok, found.why
    assert _drafts(town.folder) == []


def _lines(nursery: Nursery, town: Town, kind: str) -> int:
    """How many lines an undisturbed run has."""
    if kind == "sync":
        _begin(town)
    lines = nursery.run(kind, town.folder, town.passphrase, 0)
    assert lines is not None
    return lines


def _begin(town: Town) -> None:
    """Leave a rotation behind that was cut off before it was announced."""
    with town.open() as home:
        home.prepare_keys(CLOCK.now())


def _kill_at(points: Sequence[int], nursery: Nursery, town: Town, kind: str) -> int:
    """Run a victim for each point, and see that everything converges; returns how many died."""
    released: set[str] = set()
    killed = 0
    for at in points:
        if kind == "sync":
            _begin(town)
        killed += nursery.run(kind, town.folder, town.passphrase, at) is None
        released.add(_converges(town))
    _holds(town, released)
    return killed


@pytest.mark.parametrize(
    ("kind", "passphrase", "every"),
    [("rotate", None, EVERY), ("sync", None, EVERY), ("rotate", PASSPHRASE, 4 * EVERY)],
    ids=["rotate", "sync", "rotate-with-passphrase"],
)
def test_a_rotation_killed_before_any_line_is_completed_and_no_signature_lost(
    tmp_path: Path, nursery: Nursery, kind: str, passphrase: str | None, every: int
) -> None:
    with founded(tmp_path / "first", passphrase) as town:
        lines = _lines(nursery, town, kind)
        points = range(1 + len(kind) % every, lines + 1, every)
        _converges(town)
        sync(town.reader, CLOCK)
        killed = _kill_at(points[:CHUNK], nursery, town, kind)
    for start in range(CHUNK, len(points), CHUNK):
        with founded(tmp_path / str(start), passphrase) as town:
            killed += _kill_at(points[start : start + CHUNK], nursery, town, kind)
    # The number of lines differs a little from run to run: the writer is a thread of its own.
    assert killed >= len(points) * 0.9 > 3


def test_a_node_alone_that_was_killed_while_rotating_completes_it_by_rotating(
    tmp_path: Path, nursery: Nursery
) -> None:
    folder = tmp_path / "alone"
    _made(folder, None).close()
    lines = nursery.run("rotate", folder, None, 0)
    assert lines is not None
    retired = 1
    for at in range(1, lines + 1, EVERY):
        nursery.run("rotate", folder, None, at)
        assert _is_private(folder)
        with Home.open(folder, clock=CLOCK, entropy=ENTROPY) as home:
            done = rotate_keys(home, CLOCK)
            assert (done.is_done, home.keyring.coming) == (True, None)
            keys = home.keyring.verify_keys
            with home.vault.read() as view:
                changes = [entry for entry in view.log.entries() if entry.kind == "keys-rotated"]
            assert retired < len(home.keyring.retired_signing) == len(changes)
            retired = len(changes)
        assert verify_vault(folder / "vault.db", list(keys.values())).ok
    assert _drafts(folder) == []


if __name__ == "__main__":
    _nursery()
