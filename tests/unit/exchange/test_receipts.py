"""An author can list who has acknowledged what; nobody else can, and it learns of nobody new."""

from collections.abc import Mapping

import httpx
import pytest

from tests.unit.exchange.world import URL, World
from tocsin.exchange import (
    Changes,
    Receipts,
    correct,
    membership_of,
    read_bundle,
    receipts,
    withdraw,
    write_bundle,
)
from tocsin.foundation import RefusedError
from tocsin.records import Audience, Authorship, StixObject, Tlp

ALL = Audience(community=True)


def told(world: World, name: str, item: StixObject) -> Receipts:
    return receipts(world.nodes[name], item.id, connect=world.connect, sleep=lambda _: None)


def current(found: Receipts) -> Mapping[str, bool]:
    return {each.member: each.is_current for each in found.members}


def asked(world: World, name: str, object_id: str) -> httpx.Response:
    credential = membership_of(world.nodes[name]).credential
    with world.connect(URL) as client:
        return client.get(
            f"/tocsin/v1/receipts/{object_id}", headers={"Authorization": f"Bearer {credential}"}
        )


@pytest.mark.parametrize("tlp", [Tlp.GREEN, Tlp.RED])
@pytest.mark.parametrize("authorship", list(Authorship))
def test_an_author_sees_who_has_its_withdrawal_and_who_has_only_what_it_withdrew(
    world: World, tlp: Tlp, authorship: Authorship
) -> None:
    members = frozenset({world.nodes["beta"].id, world.nodes["gamma"].id})
    draft = world.draft(
        world.nodes["alpha"], Audience(members=members), tlp=tlp, authorship=authorship
    )
    item = world.release("alpha", draft)
    world.sync("alpha")
    assert current(told(world, "alpha", item)) == {"beta": False, "gamma": False}
    world.sync_all()
    found = told(world, "alpha", item)
    assert (found.says, current(found)) == ("released", {"beta": True, "gamma": True})
    world.later(minutes=1)
    withdraw(world.nodes["alpha"], item.id, "wrong", world.clock, by="ada")
    world.sync("alpha")
    world.sync("beta")
    found = told(world, "alpha", item)
    assert (found.says, current(found)) == ("withdrawn", {"beta": True, "gamma": False})
    world.sync("gamma")
    assert current(told(world, "alpha", item)) == {"beta": True, "gamma": True}


def test_a_correction_and_an_erasure_are_acknowledged_as_well(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync_all()
    world.later(minutes=1)
    home = world.nodes["alpha"]
    correct(home, item.id, Changes(confidence=3), "less sure", world.clock, by="ada")
    world.sync_all()
    assert told(world, "alpha", item).says == "corrected"
    assert all(current(told(world, "alpha", item)).values())
    world.later(minutes=1)
    withdraw(home, item.id, "asked for", world.clock, by="ada", erases=True)
    world.sync("alpha")
    world.sync("gamma")
    found = told(world, "alpha", item)
    assert (found.says, current(found)) == ("erased", {"beta": False, "gamma": True})


def test_nobody_else_can_ask_and_a_stranger_to_it_cannot_tell_that_it_is_there(
    world: World,
) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync_all()
    there = asked(world, "beta", item.id)
    missing = asked(world, "beta", "indicator--00000000-0000-4000-8000-000000000000")
    assert there.status_code == missing.status_code == 404
    assert there.content == missing.content
    with pytest.raises(RefusedError, match="not something this node released"):
        told(world, "beta", item)


def test_who_came_into_a_group_after_the_author_left_it_is_not_told_of(world: World) -> None:
    world.sync_all()
    (group,) = world.convenor.groups()
    item = world.release(
        "alpha", world.draft(world.nodes["alpha"], Audience(groups=frozenset({group.id})))
    )
    world.sync_all()
    world.convenor.remove_from_group("pair", "alpha")
    world.convenor.add_to_group("pair", "gamma")
    world.sync_all()
    assert item.id in world.received("gamma")
    assert asked(world, "alpha", item.id).json()["receipts"] == []
    assert current(told(world, "alpha", item)) == {"beta": False}


def test_without_the_exchange_it_says_what_was_known(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync_all()
    assert told(world, "alpha", item).is_fresh
    world.transport.is_up = False
    found = told(world, "alpha", item)
    assert not found.is_fresh
    assert current(found) == {"beta": True, "gamma": True}


def test_what_came_by_file_is_acknowledged_with_the_next_sync(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync("alpha")
    path = world.folder / "stick.json"
    write_bundle(world.nodes["alpha"], path, world.clock, world.entropy)
    world.sync("beta")
    read_bundle(world.nodes["gamma"], path, world.clock)
    path.unlink()
    assert current(told(world, "alpha", item)) == {"beta": True, "gamma": False}
    world.sync("gamma")
    assert current(told(world, "alpha", item)) == {"beta": True, "gamma": True}
