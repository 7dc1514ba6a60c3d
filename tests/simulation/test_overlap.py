"""Private overlap over the exchange's real routes, in one process under one clock."""

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from attrs import define, field

from tests.unit.exchange.world import START, URL, InProcess, World
from tests.unit.exchange_overlap.circle import domains, hold
from tocsin.exchange import build_app, join, sync
from tocsin.exchange.overlap import (
    Asker,
    Change,
    Party,
    approve,
    ask,
    overlap_party,
    overlap_routes,
    overlap_step,
    refuse,
    show,
)
from tocsin.foundation import JsonObject, JsonValue, SeededEntropy, parse_json
from tocsin.records import MemberKind
from tocsin.trust import Asking, KeyRing
from tocsin.vault import Home
from tocsin.vault.card import KEYS
from tocsin.vault.files import write_atomically

PROOF_BYTES = 64
ELEMENT_BYTES = 32


@define
class OverlapWorld:
    """A world whose exchange also serves overlap; it keeps what each member received."""

    inner: World
    askers: dict[str, Asker] = field(factory=dict)
    received: dict[str, list[tuple[str, int, bytes]]] = field(factory=dict)
    ids: SeededEntropy = field(factory=lambda: SeededEntropy(3))

    def __attrs_post_init__(self) -> None:
        world = self.inner
        routes = overlap_routes(world.exchange, world.clock, world.entropy)
        app = build_app(world.exchange, world.clock, world.entropy, extra_routes=routes)
        world.transport = InProcess(app)

    def join(
        self,
        name: str,
        values: list[str],
        *,
        keyring: KeyRing | None = None,
        kind: MemberKind = MemberKind.PLATFORM,
    ) -> Home:
        home = self.inner.node(name, kind)
        if keyring is not None:
            write_atomically(home.folder / KEYS, keyring.to_bytes(None))
        hold(home.vault, dict.fromkeys(values))
        token = self.inner.convenor.invite(kind, name)
        join(home, URL, token, connect=self.inner.connect)
        self.askers[name] = Asker()
        return home

    def step(self, name: str) -> list[Change]:
        home, world = self.inner.nodes[name], self.inner
        sync(home, world.clock, connect=world.connect, sleep=lambda _: None)
        kept = self.received.setdefault(name, [])

        def connect(url: str) -> httpx.Client:
            return httpx.Client(transport=_Kept(world.transport, kept), base_url=url)

        return overlap_step(
            home, world.clock, world.entropy, asker=self.askers[name], connect=connect
        )

    def steps(self, *names: str) -> None:
        for name in names:
            self.step(name)

    def ask(self, asker: str, holder: str) -> str:
        return ask(self.party(asker), holder).id

    def party(self, name: str) -> Party:
        return overlap_party(self.inner.nodes[name], self.inner.clock, self.ids, "carla")

    def show(self, name: str, asking_id: str) -> JsonObject:
        return show(self.party(name), asking_id)


@define
class _Kept(httpx.BaseTransport):
    inner: InProcess
    kept: list[tuple[str, int, bytes]]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        body = answer.read()
        self.kept.append((f"{request.method} {request.url}", answer.status_code, body))
        return answer


@define
class _Fixed:
    """Stands for `trust.Asking`: blinds nothing anew."""

    blinded: Asking

    def begin(self, items: Sequence[bytes]) -> Asking:
        del items
        return self.blinded


@pytest.fixture
def world(tmp_path: Path) -> Iterator[OverlapWorld]:
    with World(tmp_path) as inner:
        yield OverlapWorld(inner)


def test_the_whole_way_over_the_exchanges_routes(world: OverlapWorld) -> None:
    world.join("ana", domains(*range(40)))
    world.join("bo", domains(*range(30, 90)))
    world.steps("ana", "bo")
    asking_id = world.ask("ana", "bo")
    world.steps("ana", "bo", "ana", "bo")
    assert world.show("bo", asking_id)["state"] == "counted"
    approve(world.party("bo"), asking_id)
    world.steps("bo", "ana", "bo")

    for name in ("ana", "bo"):
        seen = world.show(name, asking_id)
        assert (seen["state"], seen["common"], seen["answered"]) == ("revealed", 10, True)
        rows = seen["items"]
        assert isinstance(rows, list)
        assert len(rows) == 10


def test_a_refusal_over_the_exchanges_routes(world: OverlapWorld) -> None:
    world.join("ana", domains(*range(40)))
    world.join("bo", domains(*range(30, 90)))
    world.steps("ana", "bo")
    asking_id = world.ask("ana", "bo")
    world.steps("ana", "bo")
    refuse(world.party("bo"), asking_id, "not now")
    world.steps("bo", "ana")

    assert world.show("ana", asking_id)["why"] == "not now"


def test_an_exchange_that_is_down_loses_nothing(world: OverlapWorld) -> None:
    world.join("ana", domains(*range(40)))
    world.join("bo", domains(*range(30, 90)))
    world.steps("ana", "bo")
    asking_id = world.ask("ana", "bo")
    for name in ("ana", "bo", "ana"):
        world.inner.transport.is_up = False
        with pytest.raises(Exception, match="does not answer"):
            overlap_step(
                world.inner.nodes[name],
                world.inner.clock,
                world.inner.entropy,
                asker=world.askers[name],
                connect=world.inner.connect,
            )
        world.inner.transport.is_up = True
        world.step(name)

    assert world.show("ana", asking_id)["common"] == 10


def test_an_asker_whose_process_died_asks_anew_under_the_same_id(world: OverlapWorld) -> None:
    world.join("ana", domains(*range(40)))
    world.join("bo", domains(*range(30, 90)))
    world.steps("ana", "bo")
    asking_id = world.ask("ana", "bo")
    world.steps("ana", "bo")
    world.askers["ana"] = Asker()
    world.steps("ana", "bo", "ana", "bo")

    assert world.show("ana", asking_id)["common"] == 10
    assert world.show("bo", asking_id)["common"] == 10


def test_a_third_member_gets_404_for_everything(world: OverlapWorld) -> None:
    world.join("ana", domains(*range(40)))
    world.join("bo", domains(*range(30, 90)))
    third = world.join("cy", [])
    world.steps("ana", "bo")
    asking_id = world.ask("ana", "bo")
    world.steps("ana", "bo", "ana", "bo")
    with third.vault.read() as view:
        document = view.documents.get("exchange", "membership")
    assert document is not None
    base = f"/tocsin/v1/overlap/askings/{asking_id}"
    with world.inner.connect(URL) as client:
        assert client.get("/tocsin/v1/overlap/askings").status_code == 401
        client.headers["Authorization"] = f"Bearer {document.body['credential']}"
        for kind in ("asking", "answer", "disclosure", "reply", "diary"):
            assert client.get(f"{base}/letters/{kind}").status_code == 404
        body = {"attempt": 1, "outputs": base64.b64encode(bytes(400)).decode()}
        assert client.put(f"{base}/outputs", json=body).status_code == 404
        assert client.post(f"{base}/approval", json={}).status_code == 404
        assert client.post(f"{base}/refusal", json={"why": "x"}).status_code == 404
        listed = client.get("/tocsin/v1/overlap/askings", params={"id": asking_id})
        assert listed.json() == {"askings": []}
        assert client.get("/tocsin/v1/overlap/askings").json()["askings"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "letters", {}),
        ("POST", "letters", {"letter": {"kind": "asking", "said": {}, "data": "?"}}),
        ("POST", "letters", {"letter": {"kind": "diary", "said": {}, "data": ""}}),
        ("GET", "askings?after=-1", None),
        ("GET", "askings?after=x", None),
        ("PUT", "tags/identity--x/zz/0", {"parts": 1, "tags": ""}),
        ("PUT", f"tags/identity--x/{'0' * 20}/5", {"parts": 1, "tags": ""}),
        ("PUT", f"tags/identity--x/{'0' * 20}/0", {"parts": 1, "tags": "AA=="}),
        ("PUT", "askings/x/outputs", {"attempt": "1", "outputs": ""}),
        ("POST", "askings/x/refusal", {"why": 5}),
    ],
)
def test_malformed_requests_are_refused_in_words(
    world: OverlapWorld, method: str, path: str, body: JsonValue
) -> None:
    home = world.join("ana", [])
    with home.vault.read() as view:
        document = view.documents.get("exchange", "membership")
    assert document is not None
    with world.inner.connect(URL) as client:
        client.headers["Authorization"] = f"Bearer {document.body['credential']}"
        answer = client.request(method, f"/tocsin/v1/overlap/{path}", json=body)

    assert 400 <= answer.status_code < 500
    assert answer.json()["title"]


def test_before_consent_nothing_the_asker_receives_depends_on_what_matches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two holders with the same key, whose lists share no item, and both 10 with the asker.

    With the same blinded elements, everything that the asker receives must be the same byte for
    byte, but for what is drawn fresh each time: the proof, and the digest and signature over it.
    """
    keyrings = {name: KeyRing.generate(START) for name in ("ana", "bo")}
    blinded = Asking.begin([f"domain:{name}".encode() for name in sorted(domains(*range(40)))])
    monkeypatch.setattr("tocsin.exchange.overlap.asker.Asking", _Fixed(blinded))

    streams = []
    for run, held in enumerate(([*range(10), *range(100, 160)], [*range(30, 40), 500])):
        with World(tmp_path / f"run{run}") as inner:
            made = OverlapWorld(inner)
            made.join("ana", domains(*range(40)), keyring=keyrings["ana"])
            made.join("bo", domains(*held), keyring=keyrings["bo"])
            made.steps("ana", "bo")
            made.ask("ana", "bo")
            made.steps("ana", "bo", "ana", "bo", "ana")
            streams.append(made.received["ana"])

    first, second = streams
    assert [(path, status, len(body)) for path, status, body in first] == [
        (path, status, len(body)) for path, status, body in second
    ]
    assert any(b'"common":10' in body for _, _, body in first)
    for (path, _, one), (_, _, other) in zip(first, second, strict=True):
        assert _without_fresh(one, path) == _without_fresh(other, path)
    assert first != second


def _without_fresh(body: bytes, path: str) -> JsonValue:
    """Return an answer without the proof of an evaluation and what covers the proof."""
    said = parse_json(body, source="answer")
    if path.endswith("/letters/answer"):
        assert isinstance(said, dict)
        assert isinstance(said["said"], dict)
        assert isinstance(said["signature"], dict)
        data = base64.b64decode(str(said["data"]))
        assert len(data) == PROOF_BYTES + 40 * ELEMENT_BYTES
        del said["said"]["digest"], said["signature"]["sig"]
        said["data"] = data[PROOF_BYTES:].hex()
    return said
