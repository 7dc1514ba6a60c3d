"""A public claim at every border: the exchange, a receiver, a file, and what a seal hides."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from tests.unit.exchange.world import World
from tocsin.exchange import SyncReport, read_bundle, withdraw, write_bundle
from tocsin.records import (
    Audience,
    Authorship,
    Claim,
    EvidenceClass,
    Review,
    Sharing,
    StixObject,
    Tlp,
)

EVERYONE = Audience(community=True)
NAMES = "naming Example Agency in public needs a second person"
TWO = ("ada", "bo")


def claim(
    world: World,
    approved_by: Sequence[str] = (),
    *,
    to: Audience = EVERYONE,
    tlp: Tlp = Tlp.CLEAR,
    authorship: Authorship = Authorship.NAMED,
    **said: Any,
) -> StixObject:
    """An unsigned claim of alpha's that goes on the terms of any other object of its node."""
    alpha = world.nodes["alpha"]
    fields: dict[str, Any] = {"operator": "Example Agency", "right_of_reply": "asked", **said}
    made = Claim(
        statement="run by Example Agency",
        claimant="alpha",
        evidence=EvidenceClass.INFRASTRUCTURE,
        stated_on=world.clock.now(),
        confidence=70,
        **fields,
    ).to_object(now=world.clock.now(), entropy=world.entropy, author=None, marking=None)
    like = world.draft(alpha, to, tlp=tlp, authorship=authorship)
    review = Review(finding="grouping--x", approved_by=tuple(approved_by)) if approved_by else None
    sharing = like.sharing
    assert isinstance(sharing, Sharing)
    return made.replaced(
        created_by_ref=like.author, object_marking_refs=[*like.marking_refs]
    ).with_sharing(evolve(sharing, review=review))


def sent(world: World, item: StixObject) -> SyncReport:
    world.sync_all()
    world.release("alpha", item)
    return world.sync("alpha")


def by_file(world: World, item: StixObject, path: Path) -> list[str]:
    """Let beta read alpha's file; gives why it refused anything."""
    world.sync_all()
    world.release("alpha", item)
    write_bundle(world.nodes["alpha"], path, world.clock, world.entropy)
    return [each.why for each in read_bundle(world.nodes["beta"], path, world.clock).left_out]


def test_the_exchange_takes_it_with_two_persons_and_a_reply(world: World) -> None:
    item = claim(world, TWO)
    assert sent(world, item).refused == ()
    world.sync("beta")
    assert item.id in world.received("beta")


@pytest.mark.parametrize(
    ("approved_by", "said", "why"),
    [
        ((), {}, NAMES),
        (("ada",), {}, NAMES),
        (("ada", " ADA"), {}, NAMES),
        (TWO, {"right_of_reply": None}, "no record that Example Agency was offered a reply"),
    ],
)
def test_the_exchange_refuses_it_without(
    world: World, approved_by: Sequence[str], said: dict[str, Any], why: str
) -> None:
    item = claim(world, approved_by, **said)
    (refused,) = sent(world, item).refused
    assert why in refused.why
    world.sync("beta")
    assert item.id not in world.received("beta")


@pytest.mark.parametrize("authorship", [Authorship.MEMBER, Authorship.NONE])
def test_an_unnamed_author_shows_that_there_were_two_and_not_who(
    world: World, authorship: Authorship
) -> None:
    item = claim(world, ("person 1", "person 2"), authorship=authorship)
    assert sent(world, item).refused == ()
    world.sync("beta")
    assert item.id in world.received("beta")


@pytest.mark.parametrize(
    "attributing",
    [
        {"type": "threat-actor", "name": "Example Agency"},
        {
            "type": "relationship",
            "relationship_type": "attributed-to",
            "source_ref": "campaign--11111111-1111-4111-8111-111111111111",
            "target_ref": "identity--11111111-1111-4111-8111-111111111111",
        },
    ],
)
def test_no_other_object_says_it_in_public(world: World, attributing: dict[str, Any]) -> None:
    like = claim(world, TWO)
    kept = ("spec_version", "created", "modified", "created_by_ref", "object_marking_refs")
    body = {key: like.body[key] for key in (*kept, "extensions")}
    uuid = like.id.partition("--")[2]
    item = StixObject.of({**body, **attributing, "id": f"{attributing['type']}--{uuid}"})
    (refused,) = sent(world, item).refused
    assert "only a claim may" in refused.why


def test_a_receiver_refuses_it_from_a_file_that_passed_no_exchange(
    world: World, tmp_path: Path
) -> None:
    (why,) = by_file(world, claim(world), tmp_path / "open.json")
    assert NAMES in why
    assert world.received("beta") == set()


def test_a_seal_hides_it_from_no_receiver(world: World, tmp_path: Path) -> None:
    beta = Audience(members=frozenset({world.nodes["beta"].id}))
    path = tmp_path / "sealed.json"
    (why,) = by_file(world, claim(world, to=beta), path)
    assert NAMES in why
    assert b"Example Agency" not in path.read_bytes()


def test_with_a_review_it_passes_by_file(world: World, tmp_path: Path) -> None:
    item = claim(world, TWO)
    assert by_file(world, item, tmp_path / "open.json") == []
    assert item.id in world.received("beta")


def test_it_can_be_withdrawn_everywhere(world: World) -> None:
    item = claim(world, TWO)
    sent(world, item)
    world.sync("beta")
    world.clock.advance(hours=1)
    withdraw(world.nodes["alpha"], item.id, "another company", world.clock, by="ada")
    assert world.sync("alpha").refused == ()
    assert world.sync("beta").refused == ()
    assert world.flagged("beta") == {item.id}
