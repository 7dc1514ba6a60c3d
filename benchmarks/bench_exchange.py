"""POST and GET at an exchange that fills up: how the cost of each grows with what is stored.

Ours runs as in production: audience filter, signatures checked, logged, committed durably. In the
same run: medallion with its memory backend (neither durable nor filtered), as far as it gets in
reasonable time, and the floor: `floor_server.py`, which does nothing but move bytes.

    python benchmarks/bench_exchange.py [SIZE ...] [floor] [medallion] [ours]
                        default: 2000 10000 100000 1000000, and all of them; medallion at 2000 only,
                        where one page takes it about a minute
    TOCSIN_BENCH_DATABASE=postgresql://... adds ours on PostgreSQL.
"""

import base64
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen
from harness import machine, print_rows

SIZES: Final = (2_000, 10_000, 100_000, 1_000_000)
MEDALLION_STOPS: Final = 2_000
_IN_ONE: Final = 100
_WRITERS: Final = 4
_PAGE: Final = 1_000
_TAXII: Final = "application/taxii+json;version=2.1"
_MEDALLION: Final = "application/taxii+json;version=2.1"
_STAMP: Final = "2026-11-01T00:00:00.000Z"

_SERVE_OURS = """
import sys
from tocsin.cli import main
main()
"""

_SERVE_MEDALLION = """
import logging, sys
from medallion import application_instance as app, register_blueprints, set_config
logging.getLogger("werkzeug").setLevel(logging.ERROR)
config = {
    "users": {"bench": "bench"},
    "taxii": {"max_page_size": 1000},
    "backend": {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend",
                "filename": sys.argv[1]},
}
for part in ("users", "taxii", "backend"):
    set_config(app, part, config)
register_blueprints(app)
app.run(host="127.0.0.1", port=int(sys.argv[2]), threaded=True)
"""


@frozen
class Server:
    """A running server.

    Attributes:
        objects: path of the collection's objects.
        headers, reads_as: of whoever posts, and of whoever reads.
        bodies: yields objects as JSON texts, all different.
        stops: not asked beyond this size.
        posted, pages: how many objects are sent and pages read at each size.
    """

    name: str
    pid: int
    port: int
    objects: str
    headers: dict[str, str]
    reads_as: dict[str, str]
    bodies: Iterator[bytes]
    stops: int = 10**9
    posted: int = 5_000
    pages: int = 40

    def memory_mb(self) -> float:
        """Resident set of the server and its workers."""
        import psutil

        process = psutil.Process(self.pid)
        family = [process, *process.children(recursive=True)]
        return float(sum(each.memory_info().rss for each in family) / 2**20)


@define
class Caller:
    """One connection, kept open."""

    server: Server
    _connection: http.client.HTTPConnection = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=900)

    def get(self, query: str) -> tuple[float, dict[str, Any], dict[str, str]]:
        """Return seconds, the envelope and the headers."""
        return self._call("GET", self.server.objects + query, None)

    def post(self, objects: Sequence[bytes]) -> tuple[float, dict[str, Any], dict[str, str]]:
        """Return seconds, the status and the headers."""
        return self._call("POST", self.server.objects, b'{"objects":[' + b",".join(objects) + b"]}")

    def _call(
        self, method: str, path: str, body: bytes | None
    ) -> tuple[float, dict[str, Any], dict[str, str]]:
        headers = self.server.reads_as
        if body is not None:
            headers = self.server.headers | {"Content-Type": _TAXII}
        begun = time.perf_counter()
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        took = time.perf_counter() - begun
        assert answer.status < 300, (self.server.name, answer.status, content[:300])
        # Whole pages are not parsed: the client's work is not what is measured.
        said = json.loads(content) if len(content) < 20_000 else {"next": _next_of(content)}
        said.setdefault("count", content.count(b'"pattern_type"'))
        return took, said, {key.lower(): value for key, value in answer.getheaders()}


def _next_of(content: bytes) -> str | None:
    start = content.find(b'"next":"', 0, 200)
    if start < 0:
        return None
    return content[start + 8 : content.index(b'"', start + 8)].decode()


def post_all(server: Server, bodies: Sequence[bytes], in_one: int, writers: int) -> list[float]:
    """Send everything over several connections; returns the seconds of each request."""
    batches = [bodies[at : at + in_one] for at in range(0, len(bodies), in_one)]
    took: list[float] = []
    failed: list[BaseException] = []

    def work(mine: Sequence[Sequence[bytes]]) -> None:
        caller = Caller(server)
        try:
            took.extend(caller.post(batch)[0] for batch in mine)
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            failed.append(error)

    threads = [threading.Thread(target=work, args=(batches[at::writers],)) for at in range(writers)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if failed:
        raise failed[0]
    return took


def walk(server: Server, query: str, pages: int) -> tuple[int, list[float]]:
    """Read pages one after another; returns objects and the seconds of each page."""
    took: list[float] = []
    caller, count, token = Caller(server), 0, ""
    while len(took) < pages:
        seconds, said, _ = caller.get(query + (f"&next={token}" if token else ""))
        took.append(seconds)
        count += int(said["count"])
        if not said.get("next"):
            break
        token = str(said["next"])
    return count, took


def measured(server: Server, size: int, since: str) -> list[str]:
    """Post and read at one size.

    Args:
        since: when nine tenths of what is stored were there.
    """
    bodies = list(islice(server.bodies, server.posted))
    begun = time.perf_counter()
    posts = post_all(server, bodies, _IN_ONE, _WRITERS)
    post_rate = len(bodies) / (time.perf_counter() - begun)
    count, gets = walk(server, f"?limit={_PAGE}", server.pages)
    deep = "-"
    if server.name.startswith("tocsin"):
        _, deeps = walk(server, f"?limit={_PAGE}&added_after={since}", 5)
        deep = f"{1000 * statistics.median(deeps):.0f}"
    return [
        server.name,
        f"{size:,}",
        f"{post_rate:,.0f}",
        *_spread(posts),
        f"{count / sum(gets):,.0f}",
        *_spread(gets),
        deep,
        f"{server.memory_mb():.0f}",
    ]


def _spread(seconds: Sequence[float]) -> tuple[str, str]:
    ordered = sorted(1000 * each for each in seconds)
    return f"{statistics.median(ordered):.0f}", f"{ordered[int(0.99 * (len(ordered) - 1))]:.0f}"


def fill(server: Server, count: int) -> str:
    """Store `count` objects more; returns the time when nine tenths were there."""
    since = ""
    for part in (count - count // 10, count // 10):
        since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        left = part
        while left > 0:
            batch = list(islice(server.bodies, min(left, 20_000)))
            post_all(server, batch, 500, _WRITERS)
            left -= len(batch)
    return since


def plain_bodies() -> Iterator[bytes]:
    """Indicators as any TAXII client would send them."""
    at = 0
    while True:
        at += 1
        yield json.dumps(_indicator(at), separators=(",", ":")).encode()


def _indicator(at: int) -> dict[str, Any]:
    host = f"gazette-{at}.example"
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid.UUID(int=(at * 0x9E3779B97F4A7C15) % 2**122, version=4)}",
        "created": _STAMP,
        "modified": _STAMP,
        "valid_from": _STAMP,
        "name": host,
        "pattern": f"[domain-name:value = '{host}']",
        "pattern_type": "stix",
    }


def signed_bodies(home: Any, reader: str, group: str) -> Iterator[bytes]:
    """The same indicators, marked and signed: 8 in 10 to all, one to a group, one elsewhere."""
    from tocsin.records import Audience, Marking, Sharing, StixObject, Tlp
    from tocsin.trust import sign_object

    audiences = [Audience(community=True)] * 8
    audiences += [Audience(groups=frozenset({group})), Audience(members=frozenset({reader}))]
    kinds = frozenset({home.card.kind})
    terms = [Sharing(audience=each, origins=kinds) for each in audiences]
    marks = [*Marking(Tlp.GREEN).refs]
    at = 0
    while True:
        at += 1
        body = _indicator(at) | {"created_by_ref": home.id, "object_marking_refs": marks}
        item = StixObject.of(body).with_sharing(terms[at % len(terms)])
        yield sign_object(item, home.keyring.signing).to_json()


@contextmanager
def ours(folder: Path, database: str | None = None) -> Iterator[Server]:
    """An exchange with three members and a group; the caller reads as the second."""
    from tocsin.exchange import Convenor, create_exchange, join, taxii_login
    from tocsin.foundation import SystemClock, SystemEntropy
    from tocsin.records import MemberKind
    from tocsin.vault import Home

    clock, entropy = SystemClock(), SystemEntropy()
    folder.mkdir()
    with create_exchange(folder / "hub", "Hub", clock=clock, entropy=entropy) as home:
        convenor = Convenor(home, clock, entropy)
        invitations = [convenor.invite(MemberKind.PLATFORM, name) for name in "abc"]
    port = free_port()
    command = [sys.executable, "-c", _SERVE_OURS, "exchange", "serve", str(folder / "hub")]
    if database:
        command += ["--database", database, "--workers", "2"]
    with ExitStack() as stack:
        process = stack.enter_context(started([*command, "--port", str(port)], port))
        homes = []
        for name, token in zip("abc", invitations, strict=True):
            node = stack.enter_context(
                Home.create(
                    folder / name,
                    name=name,
                    kind=MemberKind.PLATFORM,
                    clock=clock,
                    entropy=entropy,
                )
            )
            join(node, f"http://127.0.0.1:{port}", token)
            homes.append(node)
        with Home.open(folder / "hub", clock=clock, entropy=entropy) as hub:
            group = Convenor(hub, clock, entropy).create_group("pair", ["a", "b"])
        logins = [taxii_login(each) for each in homes]
        sender, reader = (
            {"Authorization": _basic(each.user, each.password), "Accept": _TAXII}
            for each in logins[:2]
        )
        yield Server(
            name="tocsin, PostgreSQL" if database else "tocsin, SQLite",
            pid=process.pid,
            port=port,
            objects=logins[0].collection.partition(str(port))[2] + "objects/",
            headers=sender,
            reads_as=reader,
            bodies=signed_bodies(homes[0], homes[2].id, group.id),
        )


@contextmanager
def medallion(folder: Path) -> Iterator[Server]:
    """medallion with one collection in memory."""
    folder.mkdir()
    collection = "365fed99-08fa-fdcd-a1b3-fb247eb41d01"
    said = {
        "id": collection,
        "title": "bench",
        "can_read": True,
        "can_write": True,
        "media_types": [_MEDALLION],
        "objects": [],
        "manifest": [],
    }
    root = {"title": "root", "versions": [_MEDALLION], "max_content_length": 2**30}
    config = folder / "data.json"
    config.write_text(
        json.dumps(
            {
                "/discovery": {"title": "bench", "api_roots": []},
                "bench": {"information": root, "status": [], "collections": [said]},
            }
        ),
        encoding="utf-8",
    )
    port = free_port()
    login = {"Authorization": _basic("bench", "bench"), "Accept": _MEDALLION}
    command = [sys.executable, "-c", _SERVE_MEDALLION, str(config), str(port)]
    with started(command, port) as process:
        yield Server(
            name="medallion",
            pid=process.pid,
            port=port,
            objects=f"/bench/collections/{collection}/objects/",
            headers=login,
            reads_as=login,
            bodies=plain_bodies(),
            stops=MEDALLION_STOPS,
            posted=500,
            pages=1,
        )


@contextmanager
def floor(folder: Path) -> Iterator[Server]:
    """The floor."""
    folder.mkdir()
    port = free_port()
    program = Path(__file__).with_name("floor_server.py")
    with started([sys.executable, str(program), str(folder / "db"), str(port)], port) as process:
        yield Server(
            name="floor",
            pid=process.pid,
            port=port,
            objects="/objects/",
            headers={},
            reads_as={},
            bodies=plain_bodies(),
        )


@contextmanager
def started(command: Sequence[str], port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server until the block ends; the block begins when the port answers."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert process.poll() is None, command
                time.sleep(0.1)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:  # it waits for connections that are kept open
                process.kill()


def free_port() -> int:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def main() -> None:
    """Fill each server step by step and print a row for each step."""
    said = sys.argv[1:]
    sizes = sorted(int(each) for each in said if each.isdigit()) or list(SIZES)
    makers: list[Callable[[Path], Any]] = [floor, medallion, ours]
    if named := [each for each in makers if each.__name__ in said]:
        makers = named
    if database := os.environ.get("TOCSIN_BENCH_DATABASE"):
        makers.append(lambda folder: ours(folder, database))
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as scratch:
        for number, make in enumerate(makers):
            with make(Path(scratch) / str(number)) as server:
                stored = 0
                for size in sizes:
                    if size > server.stops:
                        break
                    since = fill(server, size - stored)
                    rows.append(measured(server, size, since))
                    stored = size + server.posted
                    print("; ".join(rows[-1]), file=sys.stderr)
    title = f"An exchange that fills up; {machine()}; {_WRITERS} writers, {_IN_ONE} objects a POST"
    header = (
        "server",
        "stored",
        "POST obj/s",
        "p50 ms",
        "p99 ms",
        "GET obj/s",
        "p50 ms",
        "p99 ms",
        "deep page ms",
        "memory MB",
    )
    print_rows(title, header, rows)


if __name__ == "__main__":
    main()
