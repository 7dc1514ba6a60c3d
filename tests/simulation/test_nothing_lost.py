"""Two writers and a poller by date added, at an exchange of several processes: 0 of 440 missed.

OpenTAXII on PostgreSQL with three workers missed 297, 330 and 298 of 440 by the same reading.
"""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from attrs import frozen

from tests.conftest import LONG
from tests.postgres import WHY_NOT, Server, binaries, running_server
from tests.simulation.traffic import (
    CLOCK,
    ENTROPY,
    Caller,
    Poller,
    Running,
    admit,
    post_until_taken,
    run,
    serving,
)
from tocsin.exchange import create_exchange
from tocsin.vault.verify import verify_vault
from tocsin.vault.whereabouts import place_of

POSTS, EACH = 44, 5
RUNS = 20 if LONG else 2
FAULTS = 200 if LONG else 12

KINDS = [("sqlite", 1), ("sqlite", 3), ("postgresql", 3)]

STAMPS_BEFORE_COMMIT = """
import random, time
from tocsin.vault import Vault
from tocsin.vault.session import Session

stamp = [0]
write = Vault.write

def stamped(vault, work):
    drawn = time.time_ns() // 1000
    time.sleep(random.random() / 10)

    def with_stamp(tx):
        stamp[0] = drawn
        return work(tx)

    return write(vault, with_stamp)

def next_tick(session):
    stamp[0] += 1
    session._tick, session._tick_is_new = stamp[0], True
    return stamp[0]

Vault.write = stamped
Session.next_tick = next_tick
Session.next_tick_of = lambda session, reader: session.next_tick()
"""


@frozen
class Scene:
    """A served exchange with two writers and a poller that has read nothing yet."""

    folder: Path
    writers: list[Caller]
    poller: Poller


@pytest.fixture(params=KINDS, ids=lambda kind: f"{kind[0]}-{kind[1]}")
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    program = getattr(request.function, "program", "")
    kind, workers = request.param
    database = None
    if kind == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        database = server.new_database()
    folder = tmp_path / "exchange"
    create_exchange(folder, "Hub", clock=CLOCK, entropy=ENTROPY, database=database).close()
    with serving(folder, "--workers", str(workers), program=program) as running:
        members = [admit(tmp_path, folder, running.url, name) for name in ("one", "two", "reader")]
        yield Scene(folder, members[:2], Poller(running.url, members[2]))
        for each in members:
            each.home.close()


def test_a_poller_by_date_added_misses_none_of_what_two_writers_send(scene: Scene) -> None:
    for seed in range(RUNS):
        missed = run(scene.poller, scene.writers, posts=POSTS, each=EACH, seed=seed)
        assert missed == set(), f"run {seed}: {len(missed)} of {2 * POSTS * EACH} missed"

    assert len(scene.poller.found) == RUNS * 2 * POSTS * EACH
    assert verify_vault(place_of(scene.folder)).ok


def test_what_was_acknowledged_is_found_once_though_workers_and_database_are_killed(
    tmp_path: Path,
) -> None:
    if binaries() is None:
        pytest.skip(WHY_NOT)
    folder = tmp_path / "exchange"
    with running_server() as server:
        database = server.new_database()
        create_exchange(folder, "Hub", clock=CLOCK, entropy=ENTROPY, database=database).close()
        with serving(folder, "--workers", "3") as running:
            writer, reader = (
                admit(tmp_path, folder, running.url, name) for name in ("writer", "reader")
            )
            poller, sent = Poller(running.url, reader), set[str]()
            for number in range(FAULTS):
                items = writer.objects(EACH)
                with ThreadPoolExecutor(1) as pool:
                    posting = pool.submit(post_until_taken, running.url, writer, items)
                    poller.poll_if_answered()
                    _hurt(number, running, server)
                    posting.result()
                sent |= {str(item["id"]) for item in items}
                poller.poll_if_answered()
            poller.drain()
            writer.home.close()
            reader.home.close()
        assert verify_vault(database).ok

    assert sorted(poller.found) == sorted(sent)


def _hurt(number: int, running: Running, server: Server) -> None:
    """Kill a worker; every fourth time the database as well, every second time of these softly."""
    workers = running.workers()
    if workers:
        os.kill(workers[number % len(workers)], signal.SIGKILL)
    if number % 8 == 3:
        server.restart()
    elif number % 8 == 7:
        server.kill()
        server.start()


def test_a_stamp_that_is_drawn_before_the_commit_is_caught_by_the_same_reading(
    scene: Scene,
) -> None:
    assert run(scene.poller, scene.writers, posts=POSTS, each=EACH, seed=0)


test_a_stamp_that_is_drawn_before_the_commit_is_caught_by_the_same_reading.program = (  # type: ignore[attr-defined]
    STAMPS_BEFORE_COMMIT
)
