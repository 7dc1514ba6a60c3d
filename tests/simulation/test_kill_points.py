"""`kill -9` at any moment of ingest, share, sync and withdrawal, at a node and its exchange alike.

The whole program by its commands is killed in `tests/acceptance/test_kill.py`; here kills are cheap
enough for a thousand, since what is killed is a fork of a process that has everything loaded. Half
of what is shared bears no name and waits at the exchange: kills fall between its acknowledgement,
its placing and its reading.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from attrs import define, field

from tests.conftest import LONG
from tests.simulation.victim import opened
from tests.unit.exchange.world import World
from tocsin.exchange.mixing import set_mixing, waiting
from tocsin.vault import EVERYTHING, Home
from tocsin.vault.verify import verify_vault

ROUNDS: Final = 50 if LONG else 1
KILLS: Final = 20 if LONG else 10
"""Kills on the same files, one after another."""

LONGEST_S: Final = 0.5


@define
class Said:
    """What was acknowledged, by kind."""

    ids: dict[str, set[str]] = field(factory=dict)

    def of(self, kind: str) -> set[str]:
        return self.ids.setdefault(kind, set())


@define
class Victims:
    """Talks with the process that forks them."""

    process: subprocess.Popen[bytes]

    def killed(self, folder: Path, run: int, delay: float, said: Said) -> None:
        """Let one work, kill it after `delay` seconds of work, and note what it had said."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{folder} {run}\n".encode())
        self.process.stdin.flush()
        kind, (child,) = self._next()
        assert kind == "child"
        assert self._next()[0] == "begun"
        time.sleep(delay)
        os.kill(int(child), signal.SIGKILL)
        while True:
            kind, ids = self._next()
            if kind == "ended":
                assert ids == [str(-signal.SIGKILL)]
                return
            said.of(kind).update(ids)

    def _next(self) -> tuple[str, list[str]]:
        assert self.process.stdout is not None
        kind, ids = json.loads(self.process.stdout.readline())
        return kind, ids


@pytest.fixture(scope="module")
def victims() -> Iterator[Victims]:
    path = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.simulation.victim"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )
    yield Victims(process)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.wait(60)
    process.stdout.close()


@pytest.mark.parametrize("first", range(ROUNDS))
def test_what_was_acknowledged_is_there_after_a_kill_at_any_moment(
    victims: Victims, first: int
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        with World(folder) as made:
            made.member("alpha")
            made.member("beta")
            set_mixing(made.exchange, 1)
        die, said = Random(first), Said()  # noqa: S311 - repeatable
        for run in range(first * KILLS, (first + 1) * KILLS):
            victims.killed(folder, run, die.uniform(0, LONGEST_S), said)
            with opened(folder, run) as world:
                check(world, said)
        with opened(folder, (first + 1) * KILLS) as world:
            world.sync_all()
            world.clock.advance(minutes=1)
            world.sync_all()
            stayed = taken_back_in_time(world, said)
            left = {each for each in versions(world.nodes["alpha"]) if each[0] not in stayed}
            relayed, read = versions(world.exchange), versions(world.nodes["beta"])
            assert left == relayed
            # A reader that comes late is given the last version only.
            assert read <= relayed
            assert dict(sorted(read)) == dict(sorted(relayed))
            assert said.of("withdraw") - stayed <= world.flagged("beta")


def check(world: World, said: Said) -> None:
    """Hold the files to what was acknowledged."""
    node, hub, reader = world.nodes["alpha"], world.exchange, world.nodes["beta"]
    for home in (node, hub, reader):
        found = verify_vault(home.vault.path)
        assert found.ok, (home.folder.name, found)
    with node.vault.read() as view:
        held = [each.id for each in view.private.iterate()]
        withdrawn = {each.id for each in view.shared.iterate() if each.revoked}
    with hub.vault.read() as view:
        waits = {each.object_id for each in waiting(view)}
    assert len(held) == len(set(held))
    assert said.of("ingest") <= set(held)
    assert said.of("share") <= {name for name, _ in versions(node)}
    assert said.of("withdraw") <= withdrawn
    assert said.of("send") <= {name for name, _ in versions(hub)} | waits
    assert said.of("read") <= {name for name, _ in versions(reader)}


def taken_back_in_time(world: World, said: Said) -> set[str]:
    """Return what was withdrawn before it had left: no version of it ever leaves."""
    with world.nodes["alpha"].vault.read() as view:
        withdrawn = {each.id for each in view.shared.iterate() if each.revoked}
    return withdrawn - {name for name, _ in versions(world.exchange)} - said.of("send")


def versions(home: Home) -> set[tuple[str, str]]:
    """Every version of every indicator; none is there twice."""
    with home.vault.read() as view:
        rows = [(each.id, each.version) for each in view.shared.iterate(EVERYTHING)]
    assert len(rows) == len(set(rows))
    return {row for row in rows if row[0].startswith("indicator--")}
