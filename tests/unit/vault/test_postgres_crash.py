"""Processes that die in the midst, on either side of the wire."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.postgres import Server
from tests.unit.vault.conftest import SIGNER, note, opened
from tocsin.foundation import StorageError
from tocsin.vault.address import PostgresAddress
from tocsin.vault.postgres_errors import DatabaseAwayError
from tocsin.vault.verify import verify_vault

_ROOT = Path(__file__).parents[3]
_WRITER = """
import sys, time
from tests.unit.vault.conftest import SIGNER, note
from tocsin.foundation import SystemClock, SystemEntropy
from tocsin.vault import Vault
from tocsin.vault.address import PostgresAddress

address = PostgresAddress.parse(sys.argv[1])
vault = Vault.open(address, clock=SystemClock(), entropy=SystemEntropy(), signer=SIGNER)

def hang(tx):
    note(-1)(tx)
    print("inside", flush=True)
    time.sleep(60)

if sys.argv[2] == "hang":
    vault.write(hang)
for number in range(10_000):
    print(vault.write(note(number)), flush=True)
"""


def _writer(address: PostgresAddress, how: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, address.whole, how],
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    )


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _end(process: "subprocess.Popen[str]") -> list[int]:
    """kill -9, and return what it had acknowledged and nobody had read yet."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    with process.stdout as rest:
        return [int(line) for line in rest.read().split("\n")[:-1] if line.strip()]


def test_a_worker_that_is_killed_within_a_transaction_leaves_neither_trace_nor_lock(
    address: PostgresAddress,
) -> None:
    with opened(address) as vault:
        vault.write(note(1))
        killed = _writer(address, "hang")
        assert _line(killed) == "inside"
        waiting = vault.submit(note(2))
        _end(killed)

        assert waiting.result(60) == 1
    found = verify_vault(address, [SIGNER.public])
    assert (found.ok, found.entries) == (True, 2)


def test_two_processes_write_one_log_and_what_each_acknowledged_is_in_it(
    address: PostgresAddress,
) -> None:
    writers = [_writer(address, "write") for _ in range(2)]
    acknowledged = [int(_line(each)) for _ in range(30) for each in writers]
    for each in writers:
        acknowledged += _end(each)

    found = verify_vault(address, [SIGNER.public])
    assert found.ok
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= set(range(found.entries))
    # At most one more than was printed for each writer: committed, and killed before it was said.
    assert found.entries <= len(acknowledged) + len(writers)


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_nothing_acknowledged_is_lost_when_the_server_stops_in_the_midst(
    own_server: Server, own: PostgresAddress, how: str
) -> None:
    acknowledged: list[int] = []
    failed: list[StorageError] = []
    stop = threading.Event()
    with opened(own) as vault:

        def write() -> None:
            while not stop.is_set():
                try:
                    acknowledged.append(vault.write(note(1)))
                except StorageError as error:
                    failed.append(error)

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for round_ in range(1, 4):
            _wait_for(partial(_has_more, acknowledged, 20 * round_))
            if how == "kill":
                own_server.kill()
                own_server.start()
            else:
                own_server.restart()
            before = len(acknowledged)
            _wait_for(partial(_has_more, acknowledged, before + 5))
        stop.set()
        for thread in threads:
            thread.join()
        with vault.read() as view:
            entries = {entry.index for entry in view.log.entries()}

    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= entries
    assert [str(each) for each in failed if not isinstance(each, DatabaseAwayError)] == []
    assert verify_vault(own, [SIGNER.public]).ok


def _has_more(found: list[int], than: int) -> bool:
    return len(found) > than


def _wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


def test_a_read_after_a_restart_begins_anew(own_server: Server, own: PostgresAddress) -> None:
    with opened(own) as vault:
        vault.write(note(1))
        with vault.read() as view:
            assert view.log.size == 1
        own_server.restart()

        with vault.read() as view:
            assert view.log.size == 1
