"""Several processes behind one port."""

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.simulation.traffic import CLOCK, ENTROPY, NO_TLS, Running, serving
from tocsin.exchange import Front, create_exchange, serve_by_workers
from tocsin.exchange.serve import bind_all
from tocsin.foundation import ConnectionFailedError, StorageError, UsageError
from tocsin.vault import Home


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "exchange"
    create_exchange(place, "Hub", clock=CLOCK, entropy=ENTROPY).close()
    return place


def _answers(running: Running) -> bool:
    """Call by a connection of its own, so that any worker may get it."""
    with httpx.Client(base_url=running.url, trust_env=False, verify=NO_TLS, timeout=60) as http:
        return http.get("/taxii2/").status_code == 401


def _wait(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


def _is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_once_the_address_is_printed_every_worker_answers_and_none_stays_behind(
    folder: Path,
) -> None:
    with serving(folder, "--workers", "3") as running:
        workers = running.workers()
        assert len(workers) == 3
        assert all(_answers(running) for _ in range(12))

    assert all(_is_gone(each) for each in workers)


def test_a_worker_that_dies_is_replaced_and_no_caller_is_turned_away(folder: Path) -> None:
    with serving(folder, "--workers", "2") as running:
        first = running.workers()
        for _ in range(3):
            os.kill(running.workers()[0], signal.SIGKILL)
            # Who comes to the dead worker's socket waits there for the next one.
            assert all(_answers(running) for _ in range(8))
            _wait(lambda: len(running.workers()) == 2)

        assert set(running.workers()) != set(first)


def test_workers_end_when_the_process_that_started_them_is_killed(folder: Path) -> None:
    with serving(folder, "--workers", "2") as running:
        workers = running.workers()
        running.process.kill()
        _wait(lambda: all(_is_gone(each) for each in workers))


def test_sockets_of_workers_share_a_port_with_no_other_program() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        front = Front(host="127.0.0.1", port=other.getsockname()[1])
        with pytest.raises(ConnectionFailedError, match="in use"):
            bind_all(front, 2)

    sockets = bind_all(Front(host="127.0.0.1", port=0), 3)
    assert len({each.getsockname() for each in sockets}) == 1
    second = Front(host="127.0.0.1", port=sockets[0].getsockname()[1])
    with pytest.raises(ConnectionFailedError, match="in use"):
        bind_all(second, 2)
    for each in sockets:
        each.close()


def test_what_is_wrong_is_said_once_before_there_are_workers(folder: Path) -> None:
    def nothing() -> Home:
        raise StorageError("no home")

    front = Front(host="127.0.0.1", port=0)
    with pytest.raises(StorageError, match="no home"):
        serve_by_workers(nothing, front, print, workers=2, clock=CLOCK, entropy=ENTROPY)
    plain = Front(host="192.0.2.1", port=0)
    with pytest.raises(UsageError, match="plain HTTP"):
        serve_by_workers(nothing, plain, print, workers=2, clock=CLOCK, entropy=ENTROPY)
