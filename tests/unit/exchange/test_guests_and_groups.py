"""Guests, and what a change of groups or members does to what was shared before, on the wire."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.exchange.world import URL, World
from tocsin.exchange import community_of, join, membership_of, withdraw
from tocsin.foundation import BadInputError, RefusedError
from tocsin.records import Audience, Compartment, MemberKind


def _guest(world: World, name: str, kind: MemberKind) -> None:
    home = world.node(name, kind)
    join(home, URL, world.convenor.invite(kind, is_guest=True), connect=world.connect)


def _roster(world: World, name: str) -> dict[str, Any]:
    token = membership_of(world.nodes[name]).credential
    with world.connect(URL) as client:
        said = client.get("/tocsin/v1/directory", headers={"Authorization": f"Bearer {token}"})
    found: dict[str, Any] = json.loads(base64.b64decode(said.json()["roster"]["payload"]))
    return found


def _names(world: World, name: str) -> set[str]:
    return {each.name for each in community_of(world.nodes[name]).members.values()}


def _to(world: World, *names: str) -> Audience:
    return Audience(members=frozenset(world.nodes[name].id for name in names))


def test_a_guest_gets_what_names_it_and_nothing_meant_for_the_community(world: World) -> None:
    _guest(world, "bureau", MemberKind.GOVERNMENT)
    alpha = world.nodes["alpha"]
    world.sync("alpha")
    everyone = Audience(community=True, kinds=frozenset({MemberKind.GOVERNMENT}))
    for_all = world.release("alpha", world.draft(alpha, everyone))
    for_it = world.release("alpha", world.draft(alpha, _to(world, "bureau"), value="b.example"))
    world.sync("alpha")
    assert world.sync("bureau").received == (for_it.id,)
    assert world.sync("beta").received == (for_all.id,)


def test_what_a_guest_sends_reaches_the_members_that_it_names(world: World) -> None:
    _guest(world, "bureau", MemberKind.GOVERNMENT)
    bureau = world.nodes["bureau"]
    item = world.release("bureau", world.draft(bureau, _to(world, "beta")))
    assert world.sync("bureau").sent == (item.id,)
    world.sync("alpha")
    assert world.sync("beta").received == (item.id,)


def test_a_guest_that_may_only_read_is_refused(world: World) -> None:
    _guest(world, "academy", MemberKind.RESEARCH)
    academy = world.nodes["academy"]
    world.release("academy", world.draft(academy, _to(world, "beta")))
    with pytest.raises(RefusedError, match="may not submit"):
        world.sync("academy")


def test_members_see_guests_and_guests_see_no_other_guest(world: World) -> None:
    _guest(world, "bureau", MemberKind.GOVERNMENT)
    _guest(world, "source", MemberKind.OTHER)
    world.sync_all()
    assert {"bureau", "source"} <= _names(world, "alpha")
    assert _names(world, "source") == {"alpha", "beta", "gamma", "source"}
    roster = {each["name"] for each in _roster(world, "source")["members"]}
    assert roster == {"alpha", "beta", "gamma"}


def test_a_roster_that_is_newer_does_not_make_a_member_forget_the_guests(world: World) -> None:
    _guest(world, "bureau", MemberKind.GOVERNMENT)
    world.sync("alpha")
    world.later(hours=1)
    world.sync("beta")
    world.sync("alpha")
    assert "bureau" in _names(world, "alpha")


def test_a_platform_cannot_be_a_guest_and_a_guest_cannot_be_in_a_group(world: World) -> None:
    with pytest.raises(RefusedError, match="cannot be a guest"):
        world.convenor.invite(MemberKind.PLATFORM, is_guest=True)
    _guest(world, "bureau", MemberKind.GOVERNMENT)
    with pytest.raises(RefusedError, match="is a guest"):
        world.convenor.add_to_group("pair", "bureau")


def test_the_end_of_a_group_ends_what_was_said_to_it_alone(world: World) -> None:
    alpha = world.nodes["alpha"]
    world.sync("alpha")
    (pair,) = world.convenor.groups()
    item = world.release("alpha", world.draft(alpha, Audience(groups=frozenset({pair.id}))))
    world.sync("alpha")
    world.convenor.delete_group("pair")
    assert not world.sync("beta").received
    assert not world.convenor.groups()
    world.sync("alpha")
    assert not community_of(alpha).groups
    again = world.convenor.create_group("pair", ["alpha", "gamma"])
    assert again.id != pair.id
    assert not world.sync("gamma").received
    with pytest.raises(BadInputError, match="there is no group"):
        world.convenor.delete_group(pair.id)
    assert item.id not in world.received("beta")


def test_what_was_said_to_a_group_that_ended_can_still_be_withdrawn(world: World) -> None:
    alpha = world.nodes["alpha"]
    world.sync("alpha")
    (pair,) = world.convenor.groups()
    item = world.release("alpha", world.draft(alpha, Audience(groups=frozenset({pair.id}))))
    world.sync("alpha")
    assert world.sync("beta").received == (item.id,)
    world.convenor.delete_group("pair")
    withdraw(alpha, item.id, "wrong", world.clock, by="ada")
    assert not world.sync("alpha").refused
    world.sync("beta")
    assert item.id in world.flagged("beta")


def test_who_comes_later_does_not_get_what_was_withdrawn(world: World) -> None:
    alpha = world.nodes["alpha"]
    world.sync("alpha")
    (pair,) = world.convenor.groups()
    item = world.release("alpha", world.draft(alpha, Audience(groups=frozenset({pair.id}))))
    world.sync("alpha")
    withdraw(alpha, item.id, "wrong", world.clock, by="ada")
    world.sync("alpha")
    world.convenor.add_to_group("pair", "gamma")
    assert not world.sync("gamma").received


def test_who_left_the_community_is_in_no_group_when_it_comes_back(world: World) -> None:
    world.convenor.revoke("beta")
    (pair,) = world.convenor.groups()
    assert pair.members == {world.nodes["alpha"].id}
    token = world.convenor.invite(MemberKind.PLATFORM)
    join(world.nodes["beta"], URL, token, connect=world.connect)
    world.sync("beta")
    assert not community_of(world.nodes["beta"]).groups


def test_an_industry_group_stays_one_whatever_is_added(world: World) -> None:
    world.convenor.create_group("trade", ["alpha"], Compartment.INDUSTRY)
    with pytest.raises(RefusedError, match="does not admit"):
        world.convenor.add_to_group("trade", "gamma")


def test_a_version_that_expired_uncovers_none_before_it_when_groups_change(world: World) -> None:
    """A change in a group elsewhere would show, if it brought an older version to light."""

    alpha = world.nodes["alpha"]
    everyone = Audience(community=True)
    first = world.draft(alpha, everyone)
    world.release("alpha", first)
    world.sync("alpha")
    world.later(seconds=5)
    soon = world.clock.now() + timedelta(hours=1)
    second = world.draft(alpha, everyone, expires=soon)
    second = second.replaced(id=first.id, created=first.body["created"])
    world.release("alpha", second)
    world.sync("alpha")
    world.later(hours=2)
    before = _feed(world, "gamma")
    world.convenor.create_group("elsewhere", ["alpha", "beta"])
    assert _feed(world, "gamma") == before == []


def _feed(world: World, name: str) -> list[Any]:
    token = membership_of(world.nodes[name]).credential
    with world.connect(URL) as client:
        said = client.get(
            "/taxii2/community/collections/visible/objects/",
            headers={"Authorization": f"Bearer {token}", "Accept": "application/taxii+json"},
        )
    found: list[Any] = said.json().get("objects", [])
    return found
