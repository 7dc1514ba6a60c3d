"""Who holds an object that the exchange never handed over hears what becomes of it all the same."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from tests.unit.exchange.restoring import declare, put_back
from tests.unit.exchange.world import URL, InProcess, World
from tocsin.exchange import (
    Changes,
    correct,
    membership_of,
    possession,
    read_bundle,
    withdraw,
    write_bundle,
)
from tocsin.foundation import ConnectionFailedError, JsonObject
from tocsin.records import Audience, Authorship, StixObject, Tlp
from tocsin.vault import backup


def pair(world: World) -> Audience:
    (group,) = world.convenor.groups()
    return Audience(groups=frozenset({group.id}))


@pytest.fixture
def by_file(world: World, tmp_path: Path) -> StixObject:
    """alpha's object for the pair, which beta got by file after it had left the pair."""
    world.sync_all()
    item = world.release("alpha", world.draft(world.nodes["alpha"], pair(world)))
    world.convenor.remove_from_group("pair", "beta")
    file = tmp_path / "stick.json"
    write_bundle(world.nodes["alpha"], file, world.clock, world.entropy)
    read_bundle(world.nodes["beta"], file, world.clock)
    assert world.received("beta") == {item.id}
    return item


def acknowledge(world: World, name: str, said: JsonObject) -> JsonObject:
    credential = membership_of(world.nodes[name]).credential
    with world.connect(URL) as client:
        answer = client.post(
            "/tocsin/v1/receipts",
            content=json.dumps({"objects": [said]}),
            headers={"Authorization": f"Bearer {credential}", "Content-Type": "application/json"},
        )
    assert answer.status_code == 200, answer.text
    found: JsonObject = answer.json()
    return found


def shown(world: World, name: str, object_id: str) -> JsonObject:
    """What shows that a node holds an object."""
    with world.nodes[name].vault.read() as view:
        held = view.shared.get(object_id)
    assert held is not None
    digest = sha256(held.body).hexdigest()
    return {"id": held.id, "version": held.version, "sha256": digest}


def test_a_withdrawal_reaches_who_got_the_object_by_file_and_left_the_group(
    world: World, by_file: StixObject
) -> None:
    world.sync("alpha")
    world.sync("beta")
    withdraw(world.nodes["alpha"], by_file.id, "wrong", world.clock, by="ada")
    world.sync("alpha")
    world.sync("beta")
    assert world.flagged("beta") == {by_file.id}


def test_it_hears_of_a_withdrawal_that_came_before_it_showed_what_it_holds(
    world: World, by_file: StixObject
) -> None:
    world.sync("alpha")
    withdraw(world.nodes["alpha"], by_file.id, "wrong", world.clock, by="ada")
    world.sync("alpha")
    world.sync("beta")
    assert world.flagged("beta") == {by_file.id}


def test_what_the_author_has_not_sent_yet_is_shown_again(world: World, by_file: StixObject) -> None:
    world.sync("beta")
    world.sync("beta")
    world.sync("alpha")
    withdraw(world.nodes["alpha"], by_file.id, "wrong", world.clock, by="ada")
    world.sync("alpha")
    world.sync("beta")
    assert world.flagged("beta") == {by_file.id}


def test_of_a_correction_it_hears_that_there_was_one(world: World, by_file: StixObject) -> None:
    world.sync("alpha")
    world.later(minutes=1)
    correct(
        world.nodes["alpha"], by_file.id, Changes(description="a shop"), "no shopfront",
        world.clock, by="ada",
    )  # fmt: skip
    world.sync("alpha")
    world.sync("beta")
    assert by_file.id in world.flagged("beta")
    with world.nodes["beta"].vault.read() as view:
        held = view.shared.get(by_file.id)
    assert held is not None
    assert "description" not in held.object.body


def test_what_was_read_before_a_restore_is_withdrawn_from_who_left_the_group_before_it_too(
    world: World, tmp_path: Path
) -> None:
    """The exchange has forgotten that the object was there, and that beta ever saw it."""
    world.sync_all()
    backup_file = tmp_path / "yesterday.tar"
    backup(world.exchange.folder, backup_file)
    world.clock.advance(hours=1)
    item = world.release("alpha", world.draft(world.nodes["alpha"], pair(world)))
    world.sync_all()
    world.convenor.remove_from_group("pair", "beta")
    world.sync_all()
    put_back(world, backup_file)
    declare(world)
    world.sync_all()
    withdraw(world.nodes["alpha"], item.id, "wrong", world.clock, by="ada")
    world.sync_all()
    world.sync_all()
    assert world.flagged("beta") == {item.id}


@pytest.mark.parametrize("digest", ["0" * 64, "", "é"])
def test_an_id_alone_shows_nothing_and_the_answer_is_that_for_an_id_that_is_not_there(
    world: World, by_file: StixObject, digest: str
) -> None:
    world.sync("alpha")
    said = {**shown(world, "beta", by_file.id), "sha256": digest}
    absent = {**said, "id": "indicator--00000000-0000-4000-8000-000000000001"}
    assert acknowledge(world, "gamma", said) == acknowledge(world, "gamma", absent)
    withdraw(world.nodes["alpha"], by_file.id, "wrong", world.clock, by="ada")
    world.sync("alpha")
    world.sync("gamma")
    assert not world.flagged("gamma")


def test_one_request_is_not_hashed_without_end(
    world: World, by_file: StixObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sync("alpha")
    said = shown(world, "beta", by_file.id)
    assert acknowledge(world, "beta", said)["held"] == [by_file.id]
    monkeypatch.setattr(possession, "_MOST_BYTES", 10)
    assert acknowledge(world, "beta", said)["held"] == []


def test_large_words_are_shown_in_several_requests(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sync_all()
    items = [
        world.release("alpha", world.draft(world.nodes["alpha"], pair(world), value=f"{n}.example"))
        for n in range(5)
    ]
    file = tmp_path / "stick.json"
    write_bundle(world.nodes["alpha"], file, world.clock, world.entropy)
    read_bundle(world.nodes["beta"], file, world.clock)
    world.convenor.remove_from_group("pair", "beta")
    world.sync("alpha")
    monkeypatch.setattr(possession, "BYTES_AT_ONCE", 1)
    world.sync("beta")
    for item in items:
        withdraw(world.nodes["alpha"], item.id, "wrong", world.clock, by="ada")
    world.sync("alpha")
    world.sync("beta")
    assert world.flagged("beta") == {each.id for each in items}


def test_red_is_not_shown(world: World, tmp_path: Path) -> None:
    world.sync_all()
    beta = Audience(members=frozenset({world.nodes["beta"].id}))
    red = world.draft(
        world.nodes["alpha"], beta, tlp=Tlp.RED, authorship=Authorship.NAMED, value="red.example"
    )
    item = world.release("alpha", red)
    file = tmp_path / "stick.json"
    write_bundle(world.nodes["alpha"], file, world.clock, world.entropy)
    read_bundle(world.nodes["beta"], file, world.clock)
    world.sync("beta")
    with world.nodes["beta"].vault.read() as view:
        assert view.shared.get(item.id) is not None
        assert not view.settings.has("held:")


def test_a_member_whose_clock_and_the_exchange_s_are_slow_loses_nothing(world: World) -> None:
    world.sync_all()
    item = world.release("alpha", world.draft(world.nodes["alpha"], pair(world)))
    world.sync("alpha")
    world.clock.advance(hours=-6)
    world.sync("beta")
    assert world.received("beta") == {item.id}


def interrupt_receipts(
    patch: pytest.MonkeyPatch, interrupt: Callable[[httpx.Request], None]
) -> None:
    """Let something happen before receipts get to the exchange."""
    answer = InProcess.handle_request

    def handle_request(self: InProcess, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/receipts"):
            interrupt(request)
        return answer(self, request)

    patch.setattr(InProcess, "handle_request", handle_request)


def beta_hears_of_a_withdrawal(world: World, item: StixObject) -> bool:
    world.sync("beta")
    withdraw(world.nodes["alpha"], item.id, "wrong", world.clock, by="ada")
    world.sync("alpha")
    world.sync("beta")
    return world.flagged("beta") == {item.id}


def test_what_came_in_a_sync_that_was_cut_off_is_shown_by_the_next_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its receipt was never sent, and the object is out of sight by now."""
    world.sync_all()
    item = world.release("alpha", world.draft(world.nodes["alpha"], pair(world)))
    world.sync("alpha")

    def lose(request: httpx.Request) -> None:
        raise httpx.ConnectError("connection refused", request=request)

    with monkeypatch.context() as patch:
        interrupt_receipts(patch, lose)
        with pytest.raises(ConnectionFailedError):
            world.sync("beta")
    assert world.received("beta") == {item.id}
    world.convenor.remove_from_group("pair", "beta")
    assert beta_hears_of_a_withdrawal(world, item)


def test_what_went_out_of_sight_between_reading_and_receipt_is_shown_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sync_all()
    item = world.release("alpha", world.draft(world.nodes["alpha"], pair(world)))
    world.sync("alpha")

    def leave_first(_: httpx.Request) -> None:
        monkeypatch.undo()
        world.convenor.remove_from_group("pair", "beta")

    interrupt_receipts(monkeypatch, leave_first)
    world.sync("beta")
    assert world.received("beta") == {item.id}
    assert beta_hears_of_a_withdrawal(world, item)
