"""The exchange's log may grow; a node notices when it does anything else."""

import json
import sqlite3

import httpx
import pytest

from tests.unit.exchange.world import URL, World
from tocsin.exchange import create_exchange, membership_of
from tocsin.foundation import TrustError
from tocsin.records import Audience
from tocsin.trust import Checkpoint, cosign, read_note, sign_checkpoint, verify_cosignature
from tocsin.vault import Home


def _grow(world: World) -> None:
    item = world.draft(world.nodes["alpha"], Audience(community=True))
    world.release("alpha", item)
    world.sync("alpha")


def _alarms(home: Home) -> int:
    with home.vault.read() as view:
        return len(view.documents.list("log-alarm"))


def test_each_sync_leaves_a_cosigned_checkpoint_on_both_sides(world: World) -> None:
    _grow(world)
    size = world.sync("beta").log_size
    beta = world.nodes["beta"]
    for home in (world.exchange, beta):
        with home.vault.read() as view:
            notes = view.log.witnessed(world.exchange.vault.origin)
        last = [note for note in notes if beta.id in note][-1]
        assert read_note(last).size == size
        verify_cosignature(last, beta.id, beta.keyring.signing.public)


def test_a_growing_log_is_cosigned_again_and_again(world: World) -> None:
    sizes = []
    for _ in range(3):
        _grow(world)
        sizes.append(world.sync("beta").log_size)
    assert sizes == sorted(set(sizes), key=lambda size: size or 0)
    assert not _alarms(world.nodes["beta"])


def test_a_log_that_shrank_raises_an_alarm_that_is_kept(world: World) -> None:
    _grow(world)
    world.sync("beta")
    _claim(world, size=3, root=bytes(32))
    with pytest.raises(TrustError, match="shrank"):
        world.sync("beta")
    assert _alarms(world.nodes["beta"]) == 1


def test_another_root_for_the_same_size_is_a_split_view(world: World) -> None:
    _grow(world)
    size = world.sync("beta").log_size
    assert size is not None
    _claim(world, size=size, root=bytes(32))
    with pytest.raises(TrustError, match="rewritten"):
        world.sync("beta")
    assert _alarms(world.nodes["beta"]) == 1


def test_a_rewritten_log_that_grew_is_noticed(world: World) -> None:
    _grow(world)
    with sqlite3.connect(world.exchange.vault.path) as database:
        database.execute("UPDATE log_entries SET leaf = ? WHERE idx = 1", (bytes(32),))
    database.close()
    world.restart()
    with pytest.raises(TrustError, match="rewritten"):
        _grow(world)
    assert _alarms(world.nodes["alpha"]) == 1


def test_a_checkpoint_signed_by_another_key_is_refused(world: World) -> None:
    _grow(world)
    stranger = create_exchange(
        world.folder / "stranger", "Other", clock=world.clock, entropy=world.entropy
    )
    with stranger:
        head = Checkpoint(world.exchange.vault.origin, 99, bytes(32))
        note = sign_checkpoint(head, head.origin, stranger.keyring.signing)
        _serve_note(world, note)
        with pytest.raises(TrustError, match="no signature"):
            world.sync("beta")


def test_a_cosignature_for_a_checkpoint_that_never_was_is_refused(world: World) -> None:
    _grow(world)
    alpha = world.nodes["alpha"]
    head = Checkpoint(world.exchange.vault.origin, 2, bytes(32))
    note = sign_checkpoint(head, head.origin, world.exchange.keyring.signing)
    cosigned = note + cosign(note, alpha.id, alpha.keyring.signing, world.clock.now())
    assert _post_witness(world, alpha, cosigned) == 422
    assert _post_witness(world, alpha, note) == 403


def _claim(world: World, *, size: int, root: bytes) -> None:
    """Let the exchange's own key sign a head that is not the log's: a lying exchange."""
    head = Checkpoint(world.exchange.vault.origin, size, root)
    _serve_note(world, sign_checkpoint(head, head.origin, world.exchange.keyring.signing))


def _serve_note(world: World, note: str) -> None:
    honest = world.transport.handle_request

    def lying(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/checkpoint"):
            return httpx.Response(200, content=json.dumps({"note": note}).encode())
        return honest(request)

    world.transport.handle_request = lying  # type: ignore[method-assign]


def _post_witness(world: World, home: Home, note: str) -> int:
    answer = world.connect(URL).post(
        "/tocsin/v1/witness",
        json={"note": note},
        headers={"Authorization": f"Bearer {membership_of(home).credential}"},
    )
    return answer.status_code
