"""The process that keeps an asking's blinding factors while people sleep."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from attrs import define, field

from tests.unit.exchange_overlap.circle import Circle, domains, hold
from tocsin.exchange import Convenor, build_app, create_exchange, join, sync
from tocsin.exchange.overlap import (
    Asker,
    State,
    ask,
    overlap_party,
    overlap_routes,
    overlap_step,
    show,
    start_resident,
)
from tocsin.exchange.overlap.mailbox import Mailbox
from tocsin.exchange.overlap.node import resident_lock
from tocsin.exchange.overlap.resident import attend, main
from tocsin.exchange.serve import bind
from tocsin.foundation import ConnectionFailedError, SystemClock, SystemEntropy
from tocsin.records import MemberKind
from tocsin.vault import Home

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
PASSPHRASE = "correct horse"
PATIENCE_S = 60.0


def until(holds: Callable[[], bool]) -> None:
    """Wait for another process; how long it takes is no part of what is proved."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "the other process never came that far"
        time.sleep(0.05)


@define
class Street:
    """An exchange on a real socket, and two homes; ana's keys are under a passphrase."""

    folder: Path
    hub: Home = field(init=False)
    ana: Home = field(init=False)
    bo: Home = field(init=False)
    server: uvicorn.Server = field(init=False)
    bound: socket.socket = field(init=False)
    thread: threading.Thread = field(init=False)

    def open(self) -> None:
        self.hub = create_exchange(self.folder / "hub", "Hub", clock=CLOCK, entropy=ENTROPY)
        routes = overlap_routes(self.hub, CLOCK, ENTROPY)
        app = build_app(self.hub, CLOCK, ENTROPY, extra_routes=routes)
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
        self.server, self.bound = uvicorn.Server(config), bind("127.0.0.1", 0)
        self.thread = threading.Thread(target=self.server.run, args=([self.bound],))
        self.thread.start()
        # The directory is taken when a node joins: bo first, so that ana knows of it.
        self.bo = self.member("bo", domains(*range(30, 60)), None)
        self.ana = self.member("ana", domains(*range(40)), PASSPHRASE)

    def member(self, name: str, values: list[str], passphrase: str | None) -> Home:
        kind = MemberKind.PLATFORM
        home = Home.create(
            self.folder / name,
            name=name,
            kind=kind,
            clock=CLOCK,
            entropy=ENTROPY,
            passphrase=passphrase,
        )
        hold(home.vault, dict.fromkeys(values))
        url = f"http://127.0.0.1:{self.bound.getsockname()[1]}"
        join(home, url, Convenor(self.hub, CLOCK, ENTROPY).invite(kind, name))
        return home

    def ask(self) -> str:
        return ask(overlap_party(self.ana, CLOCK, ENTROPY), "bo").id

    def step_bo(self) -> None:
        sync(self.bo, CLOCK)
        overlap_step(self.bo, CLOCK, ENTROPY, asker=Asker())

    def is_free(self, asking_id: str) -> bool:
        with resident_lock(self.ana.folder, asking_id) as is_ours:
            return is_ours

    def stage(self, asking_id: str) -> str | None:
        with self.hub.vault.read() as view:
            kept = view.documents.get("overlap-notice", asking_id)
        if kept is None:
            return None
        notice = kept.body["notice"]
        assert isinstance(notice, dict)
        return f"{notice['stage']}-{notice['attempt']}"

    def state(self, asking_id: str) -> object:
        return show(overlap_party(self.ana, CLOCK, ENTROPY), asking_id)["state"]

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join()
        for home in (self.ana, self.bo, self.hub):
            home.close()


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    made.open()
    yield made
    made.close()


def resident_of(asking_id: str) -> int:
    """Return the process id of the asking's resident, by the list of processes."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if asking_id.encode() in command and b"overlap.resident" in command:
                return int(entry.name)
    return 0


def test_it_asks_waits_hands_in_and_ends(street: Street) -> None:
    asking_id = street.ask()

    assert start_resident(street.ana.folder, asking_id, passphrase=PASSPHRASE)
    until(lambda: street.stage(asking_id) == "asked-1")
    assert not start_resident(street.ana.folder, asking_id, passphrase=PASSPHRASE)
    street.step_bo()
    until(lambda: street.state(asking_id) == "counted")
    until(lambda: street.is_free(asking_id))

    assert street.stage(asking_id) == "counted-1"


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs a list of processes")
def test_nobody_sees_the_passphrase_and_no_caller_waits_for_it(street: Street) -> None:
    asking_id = street.ask()
    # The caller's output is a pipe, as for a script that captures it: it must come to an end.
    code = (
        "import sys; from pathlib import Path; from tocsin.exchange.overlap import start_resident;"
        "print(start_resident(Path(sys.argv[1]), sys.argv[2], passphrase=sys.stdin.read()))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(street.ana.folder), asking_id],
        input=PASSPHRASE,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    until(lambda: street.stage(asking_id) == "asked-1")

    process = Path(f"/proc/{resident_of(asking_id)}")
    assert ran.stdout == "True\n"
    for name in ("cmdline", "environ"):
        assert PASSPHRASE.encode() not in (process / name).read_bytes()
    street.step_bo()
    until(lambda: street.is_free(asking_id))


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs a list of processes")
def test_killed_it_is_started_again_by_the_next_sync_and_asks_anew(street: Street) -> None:
    asking_id = street.ask()
    start_resident(street.ana.folder, asking_id, passphrase=PASSPHRASE)
    until(lambda: street.stage(asking_id) == "asked-1")
    os.kill(resident_of(asking_id), signal.SIGKILL)
    until(lambda: street.is_free(asking_id))
    street.step_bo()

    overlap_step(street.ana, CLOCK, ENTROPY, passphrase=PASSPHRASE)
    until(lambda: street.stage(asking_id) == "asked-2")
    street.step_bo()
    until(lambda: street.state(asking_id) == "counted")

    until(lambda: street.is_free(asking_id))


def test_it_ends_when_its_home_is_gone(street: Street) -> None:
    asking_id = street.ask()
    start_resident(street.ana.folder, asking_id, passphrase=PASSPHRASE)
    until(lambda: street.stage(asking_id) == "asked-1")
    moved = street.ana.folder.rename(street.folder / "elsewhere")

    def is_free() -> bool:
        with resident_lock(moved, asking_id) as is_ours:
            return is_ours

    until(is_free)
    moved.rename(street.folder / "ana")


def test_without_the_passphrase_it_ends_and_harms_nothing(street: Street) -> None:
    asking_id = street.ask()

    assert main(["--home", str(street.ana.folder), "--id", asking_id]) == 1
    assert street.state(asking_id) == "waiting"


# -- its loop, without a process -----------------------------------------------------------------


@define
class _Down:
    """A mailbox at an exchange that never answers."""

    asked: int = 0

    def notice(self, asking_id: str) -> None:
        self.asked += 1
        raise ConnectionFailedError(f"{asking_id}: down")


@pytest.fixture
def circle(tmp_path: Path) -> Iterator[Circle]:
    with Circle(tmp_path) as made:
        yield made.join("ana", domains(*range(40))).join("bo", domains(*range(30, 60)))


def attended(circle: Circle, mailbox: Mailbox, asking_id: str, lifetime_s: float) -> list[float]:
    """Run the loop on a clock of its own and return the pauses that it made."""
    pauses: list[float] = []
    attend(
        circle.party("ana"),
        mailbox,
        asking_id,
        is_wanted=lambda: True,
        lifetime_s=lifetime_s,
        sleep=pauses.append,
        monotonic=lambda: sum(pauses),
    )
    return pauses


def test_it_waits_longer_and_longer_up_to_five_seconds_and_an_hour(circle: Circle) -> None:
    asking_id = ask(circle.party("ana"), "bo").id

    pauses = attended(circle, _Down(), asking_id, 3600)  # type: ignore[arg-type]

    assert pauses[0] == 0.2
    assert max(pauses) == 5.0
    assert pauses == sorted(pauses)
    assert 3600 <= sum(pauses) < 3606
    assert circle.record("ana").state is State.WAITING


def test_it_has_nothing_to_do_for_an_asking_that_is_over_or_unknown(circle: Circle) -> None:
    asking_id = ask(circle.party("ana"), "bo").id
    circle.steps("ana", "bo", "ana")

    assert attended(circle, circle.mailbox("ana"), asking_id, 3600) == []
    assert attended(circle, circle.mailbox("ana"), "x-tocsin-overlap--none", 3600) == []
