"""kill -9 of the exchange while members send: nothing acknowledged is lost, nothing is doubled."""

import os
import random
from pathlib import Path
from threading import Timer

from tests.unit.exchange.served import served
from tests.unit.exchange.world import World
from tocsin.exchange import Convenor, SyncReport, create_exchange, join, sync
from tocsin.foundation import ConnectionFailedError, SystemClock, SystemEntropy
from tocsin.records import Audience, MemberKind
from tocsin.trust import sign_object
from tocsin.vault import EVERYTHING, Home, Lens, Standing, Transaction
from tocsin.vault.verify import verify_vault

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
POINTS = 60 if os.environ.get("TOCSIN_LONG") == "1" else 4
BATCH = 40


def test_what_was_acknowledged_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    chance = random.Random(11)  # noqa: S311 - repeatable on purpose
    folder = tmp_path / "exchange"
    with create_exchange(folder, "Hub", clock=CLOCK, entropy=ENTROPY) as home:
        convenor = Convenor(home, CLOCK, ENTROPY)
        tokens = [convenor.invite(MemberKind.PLATFORM) for _ in range(2)]
    with (
        World(tmp_path / "drafts") as drafts,
        _node(tmp_path, "sender") as sender,
        _node(tmp_path, "reader") as reader,
    ):
        with served(folder) as first:
            port = first.port
            for node, token in zip((sender, reader), tokens, strict=True):
                join(node, first.url, token)
        released: list[str] = []
        for _ in range(POINTS):
            released += _release(drafts, sender, BATCH)
            with served(folder, port) as exchange:
                timer = Timer(chance.uniform(0.0, 0.15), exchange.kill)
                timer.start()
                _try_sync(sender)
                timer.join()
            _check_log(folder)
            assert _stored(folder) >= _acknowledged(sender)
        with served(folder, port):
            sync(sender, CLOCK)
            received = list(sync(reader, CLOCK).received)
        held = _ids(reader)
        assert sorted(held) == sorted(released)
        assert len(received) <= len(released)


def _node(folder: Path, name: str) -> Home:
    return Home.create(
        folder / name, name=name, kind=MemberKind.PLATFORM, clock=CLOCK, entropy=ENTROPY
    )


def _release(drafts: World, home: Home, count: int) -> list[str]:
    items = [
        sign_object(
            drafts.draft(home, Audience(community=True), value=f"n{number}.example"),
            home.keyring.signing,
        )
        for number in range(count)
    ]

    def work(tx: Transaction) -> None:
        for item in items:
            kept = tx.shared.accept(item, standing=Standing.OWN, by="ada")
            tx.outbox.add(kept.seq, not_before=CLOCK.now())

    home.vault.write(work)
    return [item.id for item in items]


def _try_sync(home: Home) -> SyncReport | None:
    try:
        return sync(home, CLOCK, sleep=lambda _: None)
    except ConnectionFailedError:
        return None


def _acknowledged(home: Home) -> set[str]:
    with home.vault.read() as view:
        seqs = [row.seq for row in view.outbox.rows(unsent_only=False) if row.sent_at is not None]
        return {each.id for each in view.shared.by_seq(seqs)}


def _stored(folder: Path) -> set[str]:
    with Home.open(folder, clock=CLOCK, entropy=ENTROPY) as home, home.vault.read() as view:
        rows = view.shared.page(EVERYTHING, limit=100_000)
        assert len(rows) == len({(row.id, row.version) for row in rows})
        return {row.id for row in rows}


def _check_log(folder: Path) -> None:
    found = verify_vault(folder / "vault.db")
    assert found.ok, found.why


def _ids(home: Home) -> list[str]:
    with home.vault.read() as view:
        rows = view.shared.page(
            Lens(standing=frozenset({Standing.RECEIVED}), versions=("all",)), limit=100_000
        )
        return [row.id for row in rows]
