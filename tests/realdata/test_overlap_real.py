"""VIGINUM's list of RRN domains asks Meta's list of Doppelgänger: what is found, what crosses.

Known answers (counted from the files, see their MANIFEST): 637 hosts asked, 485 in common, 152
only at VIGINUM, at least 5,477 only at Meta. Neither list says when a host was first seen.
"""

import base64
import csv
import hashlib
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from attrs import define, field

from tests.realdata.wiretap import Scanner, Wiretap, dictionary
from tocsin.exchange import Convenor, build_app, create_exchange, join, sync
from tocsin.exchange.overlap import (
    Asker,
    approve,
    ask,
    overlap_party,
    overlap_routes,
    overlap_step,
    show,
)
from tocsin.exchange.serve import bind
from tocsin.foundation import JsonObject, SystemClock, SystemEntropy
from tocsin.intake import import_files
from tocsin.records import MemberKind
from tocsin.vault import Home

pytestmark = pytest.mark.realdata

RRN = "viginum/202306 - RRN/NDD_RRN.csv"
DOPPELGANGER = (
    "meta-threat-research/indicators/csv/Q2_2023 /"
    "Q2_2023_Doppelganger_Russia_based_CIB_network_updated.csv"
)
_HOST = re.compile(r"(?:[a-z]+:\[?/?/?\]?//)?((?:[a-z0-9_-]+\.)+[a-z0-9-]{2,})(?:[/: (].*)?")
CLOCK, ENTROPY = SystemClock(), SystemEntropy()


def hosts_of(file: Path, column: int) -> set[str]:
    """The oracle's own reading of a list; shares nothing with intake."""
    with file.open(encoding="utf-8-sig", newline="") as rows:
        cells = [row[column] for row in list(csv.reader(rows))[1:] if len(row) > column]
    texts = (cell.strip().lower().replace("[.]", ".").replace("[:]", ":") for cell in cells)
    read = (_HOST.fullmatch(text) for text in texts)
    return {match[1] for match in read if match}


@define
class Story:
    """One exchange and two nodes on real sockets, with a tap between."""

    folder: Path
    datasets: Path
    hub: Home = field(init=False)
    nodes: dict[str, Home] = field(factory=dict)
    askers: dict[str, Asker] = field(factory=dict)
    server: uvicorn.Server = field(init=False)
    tap: Wiretap = field(init=False)
    id: str = ""

    def open(self) -> None:
        self.hub = create_exchange(self.folder / "hub", "Hub", clock=CLOCK, entropy=ENTROPY)
        routes = overlap_routes(self.hub, CLOCK, ENTROPY)
        app = build_app(self.hub, CLOCK, ENTROPY, extra_routes=routes)
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
        self.server = uvicorn.Server(config)
        bound = bind("127.0.0.1", 0)
        threading.Thread(target=self.server.run, args=([bound],), daemon=True).start()
        self.tap = Wiretap(bound.getsockname()[1])
        for name, list_ in (("VIGINUM", RRN), ("Meta", DOPPELGANGER)):
            self.join(name, self.datasets / list_)

    def join(self, name: str, list_: Path) -> None:
        kind = MemberKind.PLATFORM
        home = Home.create(self.folder / name, name=name, kind=kind, clock=CLOCK, entropy=ENTROPY)
        self.nodes[name], self.askers[name] = home, Asker()
        import_files([list_], home.vault, by="analyst", clock=CLOCK)
        token = Convenor(self.hub, CLOCK, ENTROPY).invite(kind, name)
        join(home, self.tap.url, token, connect=self.tap.connect)

    def sync(self, *names: str) -> None:
        for name in names:
            home = self.nodes[name]
            sync(home, CLOCK, connect=self.tap.connect)
            overlap_step(home, CLOCK, ENTROPY, asker=self.askers[name], connect=self.tap.connect)

    def show(self, name: str) -> JsonObject:
        return show(overlap_party(self.nodes[name], CLOCK, ENTROPY), self.id)

    def close(self) -> None:
        self.server.should_exit = True
        self.tap.close()
        time.sleep(0.3)
        for home in (*self.nodes.values(), self.hub):
            home.close()


@pytest.fixture(scope="module")
def story(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    made = Story(tmp_path_factory.mktemp("overlap"), datasets)
    made.open()
    yield made
    made.close()


@pytest.fixture(scope="module")
def counted(story: Story) -> Story:
    story.sync("VIGINUM", "Meta")
    story.id = ask(overlap_party(story.nodes["VIGINUM"], CLOCK, ENTROPY), "Meta").id
    story.sync("VIGINUM", "Meta", "VIGINUM", "Meta")
    return story


@pytest.fixture(scope="module")
def revealed(counted: Story) -> Story:
    approve(overlap_party(counted.nodes["Meta"], CLOCK, ENTROPY, "carla"), counted.id)
    counted.sync("Meta", "VIGINUM", "Meta")
    return counted


@pytest.fixture(scope="module")
def rrn(datasets: Path) -> set[str]:
    return hosts_of(datasets / RRN, 0)


@pytest.fixture(scope="module")
def doppelganger(datasets: Path) -> set[str]:
    return hosts_of(datasets / DOPPELGANGER, 3)


@pytest.fixture(scope="module")
def secrets(rrn: set[str], doppelganger: set[str]) -> Scanner:
    assert (len(rrn - doppelganger), len(rrn & doppelganger)) == (152, 485)
    assert len(doppelganger - rrn) >= 5_477
    return dictionary(rrn | doppelganger)


def test_637_asked_485_common_and_no_item_shown_before_consent(counted: Story) -> None:
    for name in ("VIGINUM", "Meta"):
        seen = counted.show(name)
        assert (seen["asked"], seen["common"], seen["state"]) == (637, 485, "counted")
        assert seen["items"] == []


def test_after_consent_both_see_the_485_and_nobody_knows_who_was_first(
    revealed: Story, rrn: set[str], doppelganger: set[str]
) -> None:
    for name in ("VIGINUM", "Meta"):
        seen = revealed.show(name)
        rows = seen["items"]
        assert isinstance(rows, list)
        assert {row["value"] for row in rows if isinstance(row, dict)} == rrn & doppelganger
        assert {
            (row["ours_first_seen"], row["theirs_first_seen"])
            for row in rows
            if isinstance(row, dict)
        } == {(None, None)}
        assert seen["first"] == {"ours": 0, "theirs": 0, "same": 0, "unknown": 485}


def test_no_byte_that_crossed_names_a_host_plain_or_hashed(
    revealed: Story, secrets: Scanner
) -> None:
    layers = revealed.tap.layers()

    found = {pattern for layer in layers for pattern in secrets.find(layer)}

    assert len(found) == 0, f"{len(found)} patterns of the lists crossed"
    assert sum(len(layer) for layer in layers) > 100_000


def test_the_tap_kept_every_connection_and_every_message(revealed: Story) -> None:
    raw = b"".join(map(bytes, revealed.tap.raw))

    assert raw.count(b"HTTP/1.1 200") >= 10
    assert raw.count(b"/overlap/letters") >= 4
    assert b"content-encoding" not in raw.lower()
    for message in revealed.tap.decoded:
        if message.startswith(b"{") and b'"letter"' in message:
            assert message in raw


@pytest.mark.parametrize("spelling", ["{}", "www.{}", "domain:{}"])
def test_the_search_finds_a_planted_host(secrets: Scanner, rrn: set[str], spelling: str) -> None:
    host = min(rrn)
    planted = spelling.format(host).encode()
    digests = [hashlib.new(name, planted).digest() for name in ("sha256", "sha1", "md5")]
    hidden = [planted, planted.upper(), *digests, *(each.hex().encode() for each in digests)]
    hidden += [base64.b64encode(each) for each in digests]
    hidden += [each[:8] for each in digests]

    for each in hidden:
        assert secrets.find(b"x" * 1001 + each + b'"}' * 500), each
    assert not secrets.find(b"x" * 1001)


def test_the_search_finds_a_host_that_really_crossed(
    counted: Story, secrets: Scanner, rrn: set[str]
) -> None:
    second = Wiretap(counted.tap.port)
    with second.connect(second.url) as client:
        inner = base64.b64encode(b'{"a":"' + min(rrn).encode() + b'"}').decode()
        client.post("/tocsin/v1/overlap/letters", json={"data": inner})
    second.close()

    assert {pattern for layer in second.layers() for pattern in secrets.find(layer)}
