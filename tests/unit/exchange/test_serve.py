"""The exchange as a process on a real socket."""

import socket
from pathlib import Path

import pytest
import stix2
from taxii2client.v21 import ApiRoot, Server, as_pages

from tests.unit.exchange.served import served
from tests.unit.exchange.world import World
from tocsin.exchange import Convenor, create_exchange, join, serve, sync
from tocsin.exchange.membership import membership_of
from tocsin.exchange.serve import bind
from tocsin.foundation import (
    ConnectionFailedError,
    SystemClock,
    SystemEntropy,
    UsageError,
)
from tocsin.records import Audience, MemberKind
from tocsin.trust import sign_object
from tocsin.vault import Home, Standing, Transaction

CLOCK, ENTROPY = SystemClock(), SystemEntropy()


def _node(folder: Path, name: str) -> Home:
    return Home.create(
        folder / name, name=name, kind=MemberKind.PLATFORM, clock=CLOCK, entropy=ENTROPY
    )


def _release(world: World, home: Home, count: int) -> None:
    def work(tx: Transaction) -> None:
        for number in range(count):
            item = world.draft(home, Audience(community=True), value=f"n{number}.example")
            signed = sign_object(item, home.keyring.signing)
            kept = tx.shared.accept(signed, standing=Standing.OWN, by="ada")
            tx.outbox.add(kept.seq, not_before=CLOCK.now())

    home.vault.write(work)


def test_two_nodes_exchange_and_foreign_clients_read_all_of_it(
    tmp_path: Path, world: World
) -> None:
    folder = tmp_path / "exchange"
    with create_exchange(folder, "Hub", clock=CLOCK, entropy=ENTROPY) as home:
        convenor = Convenor(home, CLOCK, ENTROPY)
        tokens = [convenor.invite(MemberKind.PLATFORM) for _ in range(2)]
    with (
        served(folder) as exchange,
        _node(tmp_path, "one") as one,
        _node(tmp_path, "two") as two,
    ):
        for node, token in zip((one, two), tokens, strict=True):
            assert join(node, exchange.url, token).community == "Hub"
        _release(world, one, 57)
        assert len(sync(one, CLOCK).sent) == 57
        assert len(sync(two, CLOCK).received) == 57

        password = membership_of(two).credential
        server = Server(f"{exchange.url}/taxii2/", user="two", password=password)
        (root,) = server.api_roots
        assert isinstance(root, ApiRoot)
        collection = root.collections[0]
        for per_request in (1, 10, 100):
            pages = as_pages(collection.get_objects, per_request=per_request)
            found = [each["id"] for page in pages for each in page.get("objects", [])]
            assert len(found) == len(set(found)) == 57
        store = stix2.TAXIICollectionStore(collection, allow_custom=True)
        assert store.get(found[0]).id == found[0]
        assert len(store.query([stix2.Filter("type", "=", "indicator")])) == 57


def test_a_port_in_use_is_said_with_a_way_out(tmp_path: Path) -> None:
    with (
        create_exchange(tmp_path / "exchange", "Hub", clock=CLOCK, entropy=ENTROPY) as home,
        bind("127.0.0.1", 0) as taken,
    ):
        port = taken.getsockname()[1]
        with pytest.raises(ConnectionFailedError, match=f"port {port} .* in use") as caught:
            serve(home, "127.0.0.1", port, print, clock=CLOCK, entropy=ENTROPY)
        assert "--port 0" in caught.value.hint


def test_plain_http_off_loopback_is_refused(tmp_path: Path) -> None:
    with (
        create_exchange(tmp_path / "exchange", "Hub", clock=CLOCK, entropy=ENTROPY) as home,
        pytest.raises(UsageError, match="plain HTTP"),
    ):
        serve(home, "0.0.0.0", 0, print, clock=CLOCK, entropy=ENTROPY)  # noqa: S104 - refused


def test_a_members_node_cannot_be_served_as_an_exchange(tmp_path: Path) -> None:
    with _node(tmp_path, "one") as node, pytest.raises(UsageError, match="not an exchange"):
        serve(node, "127.0.0.1", 0, print, clock=CLOCK, entropy=ENTROPY)


def test_the_port_is_listened_on_before_it_is_told(tmp_path: Path) -> None:
    create_exchange(tmp_path / "exchange", "Hub", clock=CLOCK, entropy=ENTROPY).close()
    with (
        served(tmp_path / "exchange") as exchange,
        socket.create_connection(("127.0.0.1", exchange.port), timeout=10),
    ):
        pass
