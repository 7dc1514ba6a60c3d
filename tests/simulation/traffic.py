"""Writers and a poller against an exchange in processes of its own, by HTTP as strangers use it."""

import json
import os
import random
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import httpx
from attrs import define, field, frozen

from tocsin.exchange import Convenor, join
from tocsin.exchange.membership import membership_of
from tocsin.foundation import SystemClock, SystemEntropy
from tocsin.records import Audience, Authorship, Marking, MemberKind, Sharing, Tlp, new_object
from tocsin.trust import sign_object
from tocsin.vault import Home

OBJECTS: Final = "/taxii2/community/collections/visible/objects/"
TAXII: Final = "application/taxii+json;version=2.1"
PATIENCE_S: Final = 120.0
NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Loading every authority's certificate takes longer than a call."""

CLOCK, ENTROPY = SystemClock(), SystemEntropy()


@define
class Running:
    """An exchange that serves; `url` is what it printed."""

    process: "subprocess.Popen[str]"
    url: str

    def workers(self) -> list[int]:
        """Return the ids of the processes that serve."""
        mine = str(self.process.pid)
        listed = Path("/proc").glob("[0-9]*/stat")
        found = []
        for stat in listed:
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            if fields[1] == mine:
                found.append(int(stat.parent.name))
        return sorted(found)


@contextmanager
def serving(folder: Path, *options: str, program: str = "") -> Iterator[Running]:
    """Serve the exchange in `folder` until the block ends.

    Args:
        program: run first in the same process, to break something on purpose.
    """
    program += "\nfrom tocsin.cli import main\nmain()\n"
    words = ("exchange", "serve", str(folder), "--port", "0", "--json", *options)
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TOCSIN_PERSON": "ada"},
    )
    assert process.stdout is not None
    try:
        yield Running(process, json.loads(process.stdout.readline())["url"])
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.close()
        # A test may have killed it on purpose.
        assert process.wait(timeout=60) in (0, -signal.SIGKILL)


@frozen
class Caller:
    """A member with its keys and credential."""

    home: Home
    auth: httpx.BasicAuth

    def objects(self, count: int) -> list[dict[str, Any]]:
        """Return signed indicators for the whole community."""
        now = CLOCK.now()
        made = []
        for _ in range(count):
            item = new_object(
                "indicator",
                now=now,
                entropy=ENTROPY,
                author=self.home.id,
                marking=Marking(Tlp.GREEN),
                fields={
                    "name": "evil.example",
                    "pattern": "[domain-name:value = 'evil.example']",
                    "pattern_type": "stix",
                    "valid_from": "2026-11-03T19:00:00Z",
                },
            ).with_sharing(
                Sharing(
                    audience=Audience(community=True),
                    authorship=Authorship.NAMED,
                    origins=frozenset({self.home.card.kind}),
                )
            )
            made.append(dict(sign_object(item, self.home.keyring.signing).body))
        return made


def admit(folder: Path, exchange: Path, url: str, name: str) -> Caller:
    """Make a member and let it join the exchange that serves at `url`."""
    kind = MemberKind.PLATFORM
    with Home.open(exchange, clock=CLOCK, entropy=ENTROPY) as home:
        token = Convenor(home, CLOCK, ENTROPY).invite(kind, name)
    node = Home.create(folder / name, name=name, kind=kind, clock=CLOCK, entropy=ENTROPY)
    join(node, url, token)
    return Caller(node, httpx.BasicAuth(node.id, membership_of(node).credential))


def _connected(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=60, trust_env=False, verify=NO_TLS)


def post(url: str, caller: Caller, items: list[dict[str, Any]]) -> int:
    """Post by a connection of its own, so that any worker may get it; returns the taken."""
    with _connected(url) as http:
        answer = http.post(
            OBJECTS,
            json={"objects": items},
            headers={"Accept": TAXII, "Content-Type": TAXII},
            auth=caller.auth,
        )
    answer.raise_for_status()
    return int(answer.json()["success_count"])


def post_until_taken(url: str, caller: Caller, items: list[dict[str, Any]]) -> None:
    """Post the same objects again and again until the exchange has acknowledged them."""
    until = time.monotonic() + PATIENCE_S
    while True:
        with suppress(httpx.TransportError, httpx.HTTPStatusError):
            assert post(url, caller, items) == len(items)
            return
        assert time.monotonic() < until, "the exchange did not come back"
        time.sleep(0.05)


@define
class Poller:
    """Reads by `added_after` alone, with what the last answer's header said."""

    url: str
    caller: Caller
    found: list[str] = field(factory=list)
    after: str | None = None

    def poll(self, limit: int = 1000) -> bool:
        """Read one page by a connection of its own; False when there was nothing."""
        with _connected(self.url) as http:
            answer = http.get(
                OBJECTS,
                params={"limit": limit} | ({"added_after": self.after} if self.after else {}),
                headers={"Accept": TAXII},
                auth=self.caller.auth,
            )
        answer.raise_for_status()
        items = answer.json().get("objects", [])
        self.found += [each["id"] for each in items]
        self.after = answer.headers.get("x-taxii-date-added-last", self.after)
        return bool(items)

    def poll_if_answered(self) -> None:
        """Read one page; an exchange that does not answer now is asked again later."""
        with suppress(httpx.TransportError, httpx.HTTPStatusError):
            self.poll()

    def drain(self) -> None:
        """Read to the end."""
        while self.poll():
            pass


def run(poller: Poller, writers: list[Caller], *, posts: int, each: int, seed: int) -> set[str]:
    """Let all write while the poller keeps up; returns what was taken and never found.

    The pages are large: a poller that lags behind passes nothing by.
    """
    poller.drain()
    before = len(poller.found)
    sent: set[str] = set()
    done = threading.Event()

    def write(writer: Caller, draw: random.Random) -> None:
        for _ in range(posts):
            items = writer.objects(each)
            assert post(poller.url, writer, items) == each
            sent.update(str(item["id"]) for item in items)
            done.wait(draw.random() / 200)

    with ThreadPoolExecutor(len(writers)) as pool:
        running = [
            pool.submit(write, writer, random.Random(seed * 100 + number))  # noqa: S311 - pauses
            for number, writer in enumerate(writers)
        ]
        while not all(each.done() for each in running):
            poller.poll()
        for each_one in running:
            each_one.result()
    poller.drain()
    found = poller.found[before:]
    assert len(found) == len(set(found)), "an object came twice"
    return sent - set(found)
