"""Release, sync and match of 10,000 indicators through a real exchange process on loopback.

Beside it, as the limit of this disk and of Python's driver: the same bodies inserted durably by
plain sqlite3, 500 a transaction, with nothing checked, signed, logged or indexed.
"""

import random
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import evolve, frozen
from harness import Measured, clock_starts, measure, print_table
from lists import SEED, hosts

COUNT = 10_000
RUNS = 3
COMMON = COUNT // 5
"""How many of the released hosts the receiver holds as well."""

_SENDER, _RECEIVER, _EXCHANGE = "sender", "receiver", "exchange"
_BATCH = 500
_CASE = "bench"

_SERVE = """
import sys
from pathlib import Path
from tocsin.exchange import serve
from tocsin.foundation import SystemClock, SystemEntropy
from tocsin.vault import Home

clock, entropy = SystemClock(), SystemEntropy()
with Home.open(Path(sys.argv[1]), clock=clock, entropy=entropy) as home:
    serve(home, "127.0.0.1", int(sys.argv[2]), lambda url: print(url, flush=True),
          clock=clock, entropy=entropy)
"""


@frozen
class Exchange:
    """A running exchange process."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """Processor time since its start."""
        import psutil

        spent = psutil.Process(self.pid).cpu_times()
        return float(spent.user + spent.system)

    def peak_mb(self) -> float:
        """Its largest resident set so far."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024


@contextmanager
def served(folder: Path, port: int) -> Iterator[Exchange]:
    """Run the exchange of `folder` until the block ends."""
    command = [sys.executable, "-c", _SERVE, str(folder), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Exchange(process.stdout.readline().strip(), process.pid)
        finally:
            process.terminate()


def open_home(folder: str, name: str) -> Any:
    """Open one of the three homes."""
    from tocsin.foundation import SystemClock, SystemEntropy
    from tocsin.vault import Home

    return Home.open(Path(folder) / name, clock=SystemClock(), entropy=SystemEntropy())


def set_up(place: str, port: int) -> tuple[int, str]:
    """Make an exchange and two members; the sender has a case, the receiver a list of its own."""
    from tocsin.cases import Casebook
    from tocsin.exchange import Convenor, create_exchange, join
    from tocsin.foundation import SystemClock, SystemEntropy
    from tocsin.intake import import_files
    from tocsin.records import MemberKind
    from tocsin.vault import Home

    clock, entropy = SystemClock(), SystemEntropy()
    folder = Path(place)
    folder.mkdir()
    with create_exchange(folder / _EXCHANGE, "Hub", clock=clock, entropy=entropy) as home:
        convenor = Convenor(home, clock, entropy)
        tokens = {name: convenor.invite(MemberKind.PLATFORM, name) for name in (_SENDER, _RECEIVER)}
    released = hosts(COUNT)
    others = [f"other{number}.example" for number in range(COUNT - COMMON)]
    # The sender joins last, so that it knows whom it releases to.
    lists = {_RECEIVER: released[:COMMON] + others, _SENDER: released}
    with served(folder / _EXCHANGE, port) as exchange:
        for name, values in lists.items():
            random.Random(SEED).shuffle(values)
            path = folder / f"{name}.txt"
            path.write_text("\n".join(values), encoding="utf-8")
            kind = MemberKind.PLATFORM
            with Home.create(
                folder / name, name=name, kind=kind, clock=clock, entropy=entropy
            ) as home:
                join(home, exchange.url, tokens[name])
                import_files([path], home.vault, by="bench", clock=clock)
                if name == _SENDER:
                    with home.vault.read() as view:
                        items = [each.id for each in view.private.iterate(type="domain-name")]
                    Casebook(home.vault, clock, entropy).open(_CASE, by="bench", items=items)
                sync_home(home)
    return COUNT, ""


def sync_home(home: Any) -> tuple[Any, int]:
    """Sync; returns the report and the bytes of all bodies that crossed."""
    import httpx

    from tocsin.exchange import sync
    from tocsin.foundation import SystemClock

    crossed = 0

    class Counting(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal crossed
            answer = super().handle_request(request)
            crossed += len(request.content) + int(answer.headers.get("content-length", 0))
            return answer

    report = sync(home, SystemClock(), connect=lambda _: httpx.Client(transport=Counting()))
    assert not report.refused, report.refused[:3]
    return report, crossed


def release(folder: str) -> tuple[int, str]:
    """Preview, sign, keep, log and queue."""
    from tocsin.cases import Casebook
    from tocsin.exchange import community_of
    from tocsin.foundation import SystemClock, SystemEntropy
    from tocsin.policy import audience_of
    from tocsin.records import Marking, Tlp
    from tocsin.release import Terms, commit, prepare

    clock, entropy = SystemClock(), SystemEntropy()
    with open_home(folder, _SENDER) as home:
        clock_starts()
        community = community_of(home)
        terms = Terms(audience=audience_of(["community"], community), marking=Marking(Tlp.GREEN))
        preview = prepare(
            Casebook(home.vault, clock, entropy).find(_CASE),
            terms,
            author=community.members[home.id],
            community=community,
            vault=home.vault,
            clock=clock,
            by="bench",
        )
        made = commit(
            preview,
            community=community,
            vault=home.vault,
            keyring=home.keyring,
            entropy=entropy,
            by="bench",
        )
    assert len(made.objects) == COUNT
    return len(made.objects), ""


def push(folder: str) -> tuple[int, str]:
    """Sync of the sender."""
    import tocsin.exchange  # noqa: F401 - not timed

    with open_home(folder, _SENDER) as home:
        clock_starts()
        report, crossed = sync_home(home)
    assert len(report.sent) == COUNT
    return len(report.sent), _megabytes(crossed)


def pull(folder: str) -> tuple[int, str]:
    """Sync of the receiver: verified, kept, logged, receipts sent."""
    import tocsin.exchange  # noqa: F401 - not timed

    with open_home(folder, _RECEIVER) as home:
        clock_starts()
        report, crossed = sync_home(home)
    assert len(report.received) == COUNT
    return len(report.received), _megabytes(crossed)


def match(folder: str) -> tuple[int, str]:
    """What was received against what is held."""
    from tocsin.foundation import SystemClock
    from tocsin.match import match_received

    with open_home(folder, _RECEIVER) as home:
        clock_starts()
        found = match_received(home.vault, now=SystemClock().now())
    assert len(found) == COMMON
    return COUNT, f"{len(found):,} matches"


def answer_matches(folder: str) -> tuple[int, str]:
    """A sighting for every match, signed and queued."""
    from tocsin.exchange import community_of
    from tocsin.foundation import SystemClock, SystemEntropy
    from tocsin.match import answer, match_received

    with open_home(folder, _RECEIVER) as home:
        found = match_received(home.vault, now=SystemClock().now())
        community = community_of(home)
        clock_starts()
        made = answer(
            found,
            member=community.members[home.id],
            community=community,
            vault=home.vault,
            keyring=home.keyring,
            clock=SystemClock(),
            entropy=SystemEntropy(),
            by="bench",
        )
    assert len(made.sightings) == COMMON
    return len(made.sightings), ""


def insert_plainly(folder: str) -> tuple[int, str]:
    """The limit: the released bodies into a table with one primary key, WAL and FULL."""
    with open_home(folder, _SENDER) as home, home.vault.read() as view:
        bodies = [(each.id, each.body) for each in view.shared.iterate()]
    path = Path(folder) / "plain.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE objects (id TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID")
    clock_starts()
    for start in range(0, len(bodies), _BATCH):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO objects VALUES (?, ?)", bodies[start : start + _BATCH])
        connection.execute("COMMIT")
    connection.close()
    return len(bodies), _megabytes(sum(len(body) for _, body in bodies))


def chain(template: Path, folder: Path, port: int) -> dict[str, Measured]:
    """One release on its way through everything, each step in a fresh process."""
    shutil.copytree(template, folder)
    found = {"release": measure(release, str(folder), runs=1)}
    with served(folder / _EXCHANGE, port) as exchange:
        for name, step in (("push", push), ("pull", pull)):
            before = exchange.cpu_s()
            node = found[f"{name}: node"] = measure(step, str(folder), runs=1)
            found[f"{name}: exchange"] = evolve(
                node, cpu_s=exchange.cpu_s() - before, peak_mb=exchange.peak_mb()
            )
    found["match"] = measure(match, str(folder), runs=1)
    found["answer"] = measure(answer_matches, str(folder), runs=1)
    found["limit: plain sqlite3 inserts"] = measure(insert_plainly, str(folder), runs=1)
    shutil.rmtree(folder)
    return found


def main() -> None:
    """Measure the chain several times and print the medians."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as scratch:
        template = Path(scratch) / "template"
        # Not in this process: what it ever needed would count as the peak of its children.
        measure(set_up, str(template), port, runs=1)
        runs = [chain(template, Path(scratch) / str(at), port) for at in range(RUNS)]
    rows = [_row(step, [each[step] for each in runs]) for step in runs[0]]
    header = ("step", "objects", "objects/s", "objects/CPU-s", "wall s", "CPU s", "peak MB", "note")
    print_table(f"Release and sync of {COUNT:,} indicators", header, rows)


def _row(step: str, runs: list[Measured]) -> list[str]:
    wall_s, cpu_s, peak_mb = (
        statistics.median(getattr(each, name) for each in runs)
        for name in ("wall_s", "cpu_s", "peak_mb")
    )
    units = runs[-1].units
    return [
        step,
        f"{units:,}",
        f"{units / wall_s:,.0f}",
        f"{units / cpu_s:,.0f}",
        f"{wall_s:.2f}",
        f"{cpu_s:.2f}",
        f"{peak_mb:.0f}",
        runs[-1].note,
    ]


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


if __name__ == "__main__":
    main()
