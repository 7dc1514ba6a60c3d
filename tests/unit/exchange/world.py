"""A community inside the process: one exchange, its members' nodes, one clock that is moved."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from attrs import define, field
from starlette.applications import Starlette

from tocsin.exchange import Convenor, SyncReport, build_app, create_exchange, join, sync
from tocsin.foundation import JsonValue, ManualClock, SeededEntropy
from tocsin.policy import recipients
from tocsin.records import (
    Audience,
    Authorship,
    Marking,
    MemberKind,
    Sharing,
    StixObject,
    Tlp,
    new_object,
)
from tocsin.trust import SealingPublicKey, seal_object, sealed_id_of, sign_object
from tocsin.vault import Home, Lens, Standing, Transaction

START = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
URL = "http://127.0.0.1:9"
_RECEIVED = Lens(standing=frozenset({Standing.RECEIVED}), versions=("all",))


class InProcess(httpx.BaseTransport):
    """Hands requests straight to an ASGI application; no socket is opened."""

    def __init__(self, app: Starlette) -> None:
        self.app = app
        self.is_up = True
        self.seen: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not self.is_up:
            raise httpx.ConnectError("connection refused", request=request)
        self.seen.append(request)
        return asyncio.run(self._handle(request, request.read()))

    async def _handle(self, request: httpx.Request, content: bytes) -> httpx.Response:
        inner = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        answer = await httpx.ASGITransport(self.app).handle_async_request(inner)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        body = b"".join([part async for part in answer.stream])
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)


@define
class World:
    """An exchange and nodes under one clock; those that `folder` holds already are opened."""

    folder: Path
    clock: ManualClock = field(factory=lambda: ManualClock(START))
    entropy: SeededEntropy = field(factory=lambda: SeededEntropy(7))
    nodes: dict[str, Home] = field(factory=dict)
    exchange: Home = field(init=False)
    transport: InProcess = field(init=False)

    def __attrs_post_init__(self) -> None:
        place = self.folder / "exchange"
        if place.exists():
            self.exchange = self._open("exchange")
            self.nodes = {
                each.name: self._open(each.name)
                for each in sorted(self.folder.iterdir())
                if each != place
            }
        else:
            self.exchange = create_exchange(place, "Hub", clock=self.clock, entropy=self.entropy)
        self.transport = InProcess(build_app(self.exchange, self.clock, self.entropy))

    def __enter__(self) -> "World":
        return self

    def __exit__(self, *_: object) -> None:
        for home in (*self.nodes.values(), self.exchange):
            home.close()

    def _open(self, name: str) -> Home:
        return Home.open(self.folder / name, clock=self.clock, entropy=self.entropy)

    def restart(self) -> None:
        """Let the exchange's process end and another one begin."""
        self.exchange.close()
        self.exchange = self._open("exchange")
        self.transport.app = build_app(self.exchange, self.clock, self.entropy)

    @property
    def convenor(self) -> Convenor:
        return Convenor(self.exchange, self.clock, self.entropy)

    def connect(self, url: str) -> httpx.Client:
        return httpx.Client(transport=self.transport, base_url=url)

    def node(self, name: str, kind: MemberKind = MemberKind.PLATFORM) -> Home:
        home = Home.create(
            self.folder / name, name=name, kind=kind, clock=self.clock, entropy=self.entropy
        )
        self.nodes[name] = home
        return home

    def member(self, name: str, kind: MemberKind = MemberKind.PLATFORM) -> Home:
        home = self.node(name, kind)
        join(home, URL, self.convenor.invite(kind, name), connect=self.connect)
        return home

    def sync(self, name: str) -> SyncReport:
        return sync(self.nodes[name], self.clock, connect=self.connect, sleep=lambda _: None)

    def sync_all(self) -> None:
        for name in self.nodes:
            self.sync(name)

    def draft(
        self,
        author: Home,
        audience: Audience,
        *,
        tlp: Tlp = Tlp.GREEN,
        authorship: Authorship = Authorship.NAMED,
        derived_from: Iterable[str] = (),
        origins: frozenset[MemberKind] | None = None,
        expires: datetime | None = None,
        value: str = "evil.example",
        **fields: JsonValue,
    ) -> StixObject:
        """Return an unsigned indicator."""
        is_named = authorship is Authorship.NAMED
        must_say = is_named or author.card.kind is MemberKind.GOVERNMENT
        said = frozenset({author.card.kind}) if must_say else frozenset()
        return new_object(
            "indicator",
            now=self.clock.now(),
            entropy=self.entropy,
            author=author.id if is_named else None,
            marking=Marking(tlp),
            fields={
                "name": value,
                "pattern": f"[domain-name:value = '{value}']",
                "pattern_type": "stix",
                "valid_from": "2026-11-03T19:00:00Z",
                **fields,
            },
        ).with_sharing(
            Sharing(
                audience=audience,
                authorship=authorship,
                origins=said if origins is None else origins,
                derived_from=tuple(derived_from),
                expires=expires,
            )
        )

    def release(self, name: str, item: StixObject) -> StixObject:
        """Sign, seal where TLP:RED asks for it, and queue; returns the signed object."""
        home = self.nodes[name]
        signed = sign_object(item, home.keyring.signing)
        community = self.convenor.community()
        reach = recipients(signed, community, now=self.clock.now(), sender=home.id)

        def work(tx: Transaction) -> None:
            kept = tx.shared.accept(signed, standing=Standing.OWN, by="analyst")
            tx.visibility.set(kept.seq, reach.receivers)
            leaving = kept.seq
            if signed.marking and signed.marking.tlp is Tlp.RED and reach.receivers:
                keys = {
                    each: SealingPublicKey.from_text(community.members[each].sealing_key or "")
                    for each in reach.receivers
                }
                outer = sign_object(
                    seal_object(signed, keys, sealed_id=sealed_id_of(signed.id)),
                    home.keyring.signing,
                )
                leaving = tx.shared.accept(outer, standing=Standing.OWN, by="analyst").seq
                tx.visibility.set(leaving, reach.receivers)
            tx.outbox.add(leaving, not_before=self.clock.now())

        home.vault.write(work)
        return signed

    def received(self, name: str) -> set[str]:
        """Ids of what a node holds from others, the convenor's notices left out."""
        home = self.nodes[name]
        with home.vault.read() as view:
            rows = view.shared.page(_RECEIVED, limit=10_000)
        return {row.id for row in rows if row.type != "note"}

    def flagged(self, name: str) -> set[str]:
        with self.nodes[name].vault.read() as view:
            return {flag.object_id for flag in view.shared.flags()}

    def later(self, **by: float) -> timedelta:
        self.clock.advance(**by)
        return timedelta(**by)
