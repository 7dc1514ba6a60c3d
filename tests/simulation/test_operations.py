"""An exchange by several processes, as its operator watches it: health, metrics, log, throttle."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen
from prometheus_client.parser import text_string_to_metric_families

from tests.postgres import Server
from tests.simulation.traffic import CLOCK, ENTROPY, NO_TLS, OBJECTS, TAXII, Caller, admit, post
from tocsin.exchange import create_exchange, sync
from tocsin.exchange.logs import EVENTS
from tocsin.exchange.membership import membership_of
from tocsin.exchange.server.logins import MAX_FAILURES

WORKERS = 3
HOSTILE = "zq-hostile-zq"
"""Stands in every place where a stranger can put text."""


@frozen
class Watched:
    """A running exchange with its monitor; `log` is the file with what it says."""

    process: "subprocess.Popen[str]"
    url: str
    monitor: str
    log: Path

    def ask(self, path: str) -> httpx.Response:
        """Ask the monitor."""
        return httpx.get(self.monitor + path, trust_env=False, verify=NO_TLS, timeout=60)

    def call(self, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """Call by a connection of its own, so that any worker may get it."""
        with httpx.Client(base_url=self.url, trust_env=False, verify=NO_TLS, timeout=60) as http:
            return http.request(method, path, **more)

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of a metric's samples with these labels."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.ask("/metrics").text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@contextmanager
def watched(folder: Path, log: Path, *options: str) -> Iterator[Watched]:
    words = ("exchange", "serve", str(folder), "--port", "0", "--json", "--metrics", "127.0.0.1:0")
    with log.open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-c", "from tocsin.cli import main\nmain()\n", *words, *options],
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            env={**os.environ, "TOCSIN_PERSON": "ada"},
        )
    assert process.stdout is not None
    try:
        said = json.loads(process.stdout.readline())
        yield Watched(process, said["url"], said["metrics"], log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.close()
        assert process.wait(timeout=60) == 0


on_sqlite = pytest.mark.parametrize("folder", ["sqlite"], indirect=True)


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(params=["sqlite", "postgresql"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    place = tmp_path / "exchange"
    database = None
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        database = server.new_database()
    create_exchange(place, "Hub", clock=CLOCK, entropy=ENTROPY, database=database).close()
    return place


@pytest.fixture
def running(folder: Path, tmp_path: Path) -> Iterator[Watched]:
    options = ("--workers", str(WORKERS), "--log-format", "json")
    with watched(folder, tmp_path / "log", *options) as made:
        yield made


def test_metrics_are_summed_over_all_workers_and_agree_with_what_callers_saw(
    running: Watched, folder: Path, tmp_path: Path
) -> None:
    alpha = admit(tmp_path, folder, running.url, "alpha")
    beta = admit(tmp_path, folder, running.url, "beta")
    assert sum(post(running.url, alpha, alpha.objects(2)) for _ in range(9)) == 18
    unsigned = [{**each, "name": "changed"} for each in alpha.objects(3)]
    assert post(running.url, alpha, unsigned) == 0
    report = sync(beta.home, CLOCK)
    assert len(report.received) == 18

    wait_until(lambda: running.value("tocsin_exchange_objects_refused_total") == 3)
    assert running.value("tocsin_exchange_objects_taken_total") == 18
    assert running.value("tocsin_exchange_objects_refused_total", cause="trust") == 3
    route = "/taxii2/community/collections/{collection}/objects/"
    posts = {"route": route, "method": "POST", "status": "2xx"}
    assert running.value("tocsin_exchange_requests_total", **posts) == 10
    gets = running.value("tocsin_exchange_requests_total", route=route, method="GET")
    assert running.value("tocsin_exchange_pages_total") == gets
    counted = running.value("tocsin_exchange_request_seconds_count", route=route)
    assert counted == 10 + gets
    assert running.value("tocsin_exchange_delivery_seconds_count") == 18
    assert running.value("tocsin_exchange_workers_up") == WORKERS
    assert running.value("tocsin_exchange_log_entries") > 0
    for each in (alpha, beta):
        each.home.close()


def test_failed_logins_are_one_count_whichever_worker_is_met(running: Watched) -> None:
    codes = [
        running.call("/taxii2/", auth=("someone", f"tocsin-member-{at}")).status_code
        for at in range(MAX_FAILURES + 6)
    ]
    assert codes == [401] * MAX_FAILURES + [429] * 6
    overlap = running.call("/tocsin/v1/overlap/askings", auth=("someone", "tocsin-member-x"))
    assert overlap.status_code == 429  # routes of other rooms ask the same count
    wait_until(lambda: running.value("tocsin_exchange_failed_logins_total") == MAX_FAILURES + 7)


@on_sqlite
def test_who_one_worker_let_in_is_let_in_by_all_while_its_neighbours_fail(
    running: Watched, folder: Path, tmp_path: Path
) -> None:
    alpha = admit(tmp_path, folder, running.url, "alpha")
    assert running.call("/taxii2/", auth=alpha.auth).status_code == 200
    for at in range(MAX_FAILURES + 1):
        running.call("/taxii2/", auth=("someone", f"tocsin-member-{at}"))
    codes = {running.call("/taxii2/", auth=alpha.auth).status_code for _ in range(12)}
    assert codes == {200}
    alpha.home.close()


@on_sqlite
def test_nothing_of_a_session_that_is_secret_or_names_anyone_is_in_log_or_metrics(
    running: Watched, folder: Path, tmp_path: Path
) -> None:
    alpha = admit(tmp_path, folder, running.url, "alpha-media")
    items = alpha.objects(2)
    post(running.url, alpha, items)
    post(running.url, alpha, [{**items[0], "name": HOSTILE}])
    _hostile_calls(running, alpha)
    wait_until(lambda: running.value("tocsin_exchange_failed_logins_total") == 2)
    metrics = running.ask("/metrics").text
    said = running.log.read_text()

    forbidden = [
        HOSTILE,
        "alpha-media",
        alpha.home.id,
        alpha.home.id.removeprefix("identity--"),
        membership_of(alpha.home).credential,
        membership_of(alpha.home).credential.removeprefix("tocsin-member-"),
        *(each["id"] for each in items),
        items[0]["name"],
        "Authorization",
        "Basic ",
        "127.0.0.1",
    ]
    for text in (metrics, said):
        assert [each for each in forbidden if each.lower() in text.lower()] == []
    assert {each["event"] for each in running.events()} <= set(EVENTS)
    assert "request" in {each["event"] for each in running.events()}
    alpha.home.close()


def _hostile_calls(running: Watched, alpha: Caller) -> None:
    """Put text of ours into path, query, method, user, credential, header and body."""
    running.call(f"/{HOSTILE}/{HOSTILE}", params={HOSTILE: HOSTILE})
    running.call("/taxii2/", method=HOSTILE.upper())
    for header in (f"Bearer {HOSTILE}", f"{HOSTILE} {HOSTILE}", f"Basic {HOSTILE}"):
        running.call("/taxii2/", headers={"Authorization": header, HOSTILE: HOSTILE})
    running.call("/taxii2/", auth=(HOSTILE, membership_of(alpha.home).credential))
    headers = {"Accept": TAXII, "Content-Type": TAXII}
    for path in (f"{OBJECTS}{HOSTILE}/", OBJECTS.replace("visible", HOSTILE)):
        running.call(path, auth=alpha.auth, headers=headers, params={"match[id]": HOSTILE})
    body = json.dumps({"objects": [{"type": HOSTILE, "id": HOSTILE, HOSTILE: HOSTILE}, HOSTILE]})
    running.call(OBJECTS, "POST", auth=alpha.auth, headers=headers, content=body)
    running.call(OBJECTS, "POST", auth=alpha.auth, headers=headers, content=HOSTILE)
    running.call("/tocsin/v1/join", "POST", json={"token": HOSTILE, "name": HOSTILE})


@on_sqlite
def test_the_monitor_says_that_it_lives_and_is_ready_and_nothing_else(running: Watched) -> None:
    live, ready = running.ask("/health/live"), running.ask("/health/ready")
    assert (live.status_code, live.json()) == (200, {"live": True})
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert set(ready.json()["checks"]) == {"workers", "database", "schema", "log", "disk"}
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert running.call(path).status_code == 404  # the community's port has no such route


def test_an_exchange_whose_vault_is_gone_lives_and_is_not_ready(tmp_path: Path) -> None:
    folder = tmp_path / "exchange"
    create_exchange(folder, "Hub", clock=CLOCK, entropy=ENTROPY).close()
    with watched(folder, tmp_path / "log", "--log-format", "text") as running:
        vault = folder / "vault.db"
        vault.rename(folder / "elsewhere")
        ready = running.ask("/health/ready")
        assert not vault.exists()  # looking makes none
        (folder / "elsewhere").rename(vault)
        assert ready.status_code == 503
        assert running.ask("/health/live").status_code == 200
    checks = ready.json()["checks"]
    assert [name for name, holds in checks.items() if not holds] == ["database", "schema", "log"]
    lines = [line for line in running.log.read_text().splitlines() if "event=not_ready" in line]
    assert any("check=database" in line and "StorageError" in line for line in lines)
    assert all(str(folder) not in line for line in lines)


def test_a_worker_that_is_killed_leaves_its_counts_and_is_missed_until_it_is_replaced(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "exchange"
    create_exchange(folder, "Hub", clock=CLOCK, entropy=ENTROPY).close()
    with watched(folder, tmp_path / "log", "--workers", "2") as running:
        for _ in range(10):
            running.call("/taxii2/")
        wait_until(lambda: running.value("tocsin_exchange_requests_total") == 10)
        for pid in _serving(running):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # Missed first: the dead count as up until somebody has looked.
        wait_until(lambda: running.log.read_text().count("event=worker_ended") >= 2)
        wait_until(lambda: running.value("tocsin_exchange_workers_up") == 2)
        assert running.value("tocsin_exchange_requests_total") == 10


def _serving(running: Watched) -> list[int]:
    """The ids of the processes that hold the community's port, the monitor's left out."""
    mine = str(running.process.pid)
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if fields[1] == mine:
                children.append((int(fields[19]), int(stat.parent.name)))
    return [pid for _, pid in sorted(children)[:2]]  # started first; ids begin anew at the top


@pytest.mark.parametrize(
    "listener", ["0.0.0.0:0", "192.0.2.1:9470", "[2001:db8::1]:9470", "nonsense", "127.0.0.1:x"]
)
def test_a_monitor_off_loopback_is_refused_unless_it_is_declared(
    listener: str, tmp_path: Path
) -> None:
    folder = tmp_path / "exchange"
    create_exchange(folder, "Hub", clock=CLOCK, entropy=ENTROPY).close()
    words = ("exchange", "serve", str(folder), "--port", "0", "--json", "--metrics", listener)
    done = subprocess.run(
        [sys.executable, "-c", "from tocsin.cli import main\nmain()\n", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "127.0.0.1" in json.loads(done.stdout)["hint"]
