"""From the appointment to the author being told: escrowed authorship through an exchange."""

from typing import Any

import pytest
from attrs import evolve

from tests.unit.exchange.world import World
from tocsin.exchange import (
    Disclosure,
    EscrowDesk,
    OpeningDesk,
    declare_restored,
    show_disclosure,
    withdraw,
)
from tocsin.exchange.correction import Changes, correct
from tocsin.exchange.membership import find_directory
from tocsin.exchange.relay import Relay
from tocsin.foundation import RefusedError, TocsinError, TrustError, canonical, parse_json
from tocsin.policy import Principal, Reach, recipients
from tocsin.records import Audience, Authorship, Community, StixObject, Tlp
from tocsin.release.outgoing import Outgoing
from tocsin.trust import KeyRing, escrowed, sealed_id_of, sign_object
from tocsin.vault import Home

EVERYONE = Audience(community=True)
WHY = "the court of appeal asked, order 7/26"


def desk(world: World) -> EscrowDesk:
    return EscrowDesk(world.exchange, world.clock, by="convenor")


class Persons:
    """Two appointed persons; the first is who opens first."""

    def __init__(self, world: World, count: int = 2) -> None:
        self.world = world
        rings = [KeyRing.generate(world.clock.now()) for _ in range(count)]
        self.rings = sorted(rings, key=lambda ring: ring.sealing.key_id)
        for number, ring in enumerate(self.rings):
            desk(world).appoint(f"person {number}", f"house {number}", ring.public)
        world.sync_all()

    def at(self, number: int, node: str = "beta") -> OpeningDesk:
        home = self.world.nodes[node]
        return OpeningDesk(home, self.rings[number], self.world.clock, f"person {number}")

    def open(self, object_id: str) -> Disclosure:
        half = self.at(0).begin(object_id, WHY)
        return self.at(1, "gamma").finish(_by_file(half), WHY)


def _by_file(made: Disclosure) -> Disclosure:
    return Disclosure.from_json(parse_json(canonical(made.to_json()), source="file"))


def community_at(home: Home) -> Community:
    with home.vault.read() as view:
        directory = find_directory(view)
    assert directory is not None
    return directory.community


def sent(world: World, name: str = "alpha", to: Audience = EVERYONE, **terms: Any) -> StixObject:
    """Release as a node does, and let everybody sync."""
    home = world.nodes[name]
    community = community_at(home)
    item = world.draft(home, to, **{"authorship": Authorship.NONE, **terms})
    out = Outgoing(community=community, keyring=home.keyring, entropy=world.entropy, by="ada")
    reach: Reach = recipients(item, community, now=world.clock.now(), sender=home.id)
    made = home.vault.write(lambda tx: out.queue(tx, item, reach, opens_at=world.clock.now()))
    report = world.sync(name)
    assert report.refused == ()
    world.sync_all()
    return made


def held(world: World, name: str, object_id: str) -> StixObject:
    with world.nodes[name].vault.read() as view:
        found = view.shared.get(object_id)
    assert found is not None
    return found.object


def notes(world: World, name: str) -> list[str]:
    world.sync(name)
    with world.nodes[name].vault.read() as view:
        found = [each.object for each in view.shared.iterate() if each.type == "note"]
    return [str(each.body["content"]) for each in found]


def logged(home: Home, kind: str) -> list[Any]:
    with home.vault.read() as view:
        return [each for each in view.log.entries() if each.kind == kind]


@pytest.mark.parametrize("authorship", [Authorship.NONE, Authorship.MEMBER])
@pytest.mark.parametrize("author", ["alpha", "gamma"])
def test_two_persons_prove_the_author_and_it_is_told_when_and_why(
    world: World, author: str, authorship: Authorship
) -> None:
    persons = Persons(world)
    item = sent(world, author, authorship=authorship)
    half = persons.at(0).begin(item.id, WHY) if author == "gamma" else None
    made = persons.open(item.id) if half is None else persons.at(1).finish(half, WHY)
    shown = show_disclosure(world.nodes["beta"], made)
    assert (shown.member, shown.name) == (world.nodes[author].id, author)
    assert shown.is_content_checked
    opened = desk(world).hand_in(made)
    assert opened.member == world.nodes[author].id
    (note,) = notes(world, author)
    assert item.id in note
    assert WHY in note
    assert "person 0 (house 0) on 2026-11-03T19:00:00" in note
    for other in {"alpha", "beta", "gamma"} - {author}:
        assert notes(world, other) == []


def test_the_author_is_told_once_however_often_it_is_handed_in(world: World) -> None:
    persons = Persons(world)
    made = persons.open(sent(world).id)
    for _ in range(2):
        desk(world).hand_in(made)
    assert len(notes(world, "alpha")) == 1


def test_every_step_is_in_a_log_with_object_reason_and_person(world: World) -> None:
    persons = Persons(world)
    item = sent(world)
    half = persons.at(0).begin(item.id, WHY)
    desk(world).hand_in(half)
    assert notes(world, "alpha") == []
    desk(world).hand_in(persons.at(1, "gamma").finish(half, "the same order"))
    (first,) = logged(world.exchange, "escrow-half-opened")
    (both,) = logged(world.exchange, "escrow-opened")
    assert [(each["person"], each["why"]) for each in both.said["steps"]] == [
        ("person 0", WHY),
        ("person 1", "the same order"),
    ]
    assert first.said["steps"] == both.said["steps"][:1]
    for entry in (first, both):
        assert entry.said["object"] == item.id
        assert world.nodes["alpha"].id not in str(entry.said)
    for name in ("beta", "gamma"):
        assert len(logged(world.nodes[name], "escrow-step")) == 1


def test_appointing_and_dismissing_are_in_the_log(world: World) -> None:
    persons = Persons(world)
    desk(world).dismiss("Person 0")
    with world.exchange.vault.read() as view:
        rows = view.documents.history("escrow-person", persons.rings[0].sealing.key_id)
        entries = [view.log.entry(each.entry) for each in rows]
    assert [each.body["active"] for each in rows] == [True, False]
    assert [entry.by for entry in entries if entry] == ["convenor", "convenor"]


def test_no_key_but_both_together_opens_it(world: World) -> None:
    persons = Persons(world)
    item = sent(world)
    half = persons.at(0).begin(item.id, WHY)
    others = [world.exchange.keyring, *(home.keyring for home in world.nodes.values())]
    for ring in others:
        with pytest.raises(TocsinError):
            OpeningDesk(world.nodes["beta"], ring, world.clock, "person 0").begin(item.id, WHY)
        with pytest.raises(TocsinError):
            OpeningDesk(world.nodes["beta"], ring, world.clock, "person 1").finish(half, WHY)
    with pytest.raises(TrustError):
        persons.at(0).finish(half, WHY)
    with pytest.raises(TrustError):
        persons.at(1).begin(item.id, WHY)
    assert world.nodes["alpha"].id not in str(half.to_json())


def test_a_person_acts_under_its_own_name(world: World) -> None:
    persons = Persons(world)
    item = sent(world)
    other = evolve(persons.at(0), by="somebody")
    with pytest.raises(RefusedError, match="the keys of person 0, not of somebody"):
        other.begin(item.id, WHY)


def test_a_changed_reason_is_noticed(world: World) -> None:
    persons = Persons(world)
    half = persons.at(0).begin(sent(world).id, WHY)
    changed = evolve(half, steps=(evolve(half.steps[0], why="another"),))
    with pytest.raises(TrustError, match="does not hold"):
        persons.at(1).finish(changed, WHY)
    with pytest.raises(TrustError, match="does not hold"):
        desk(world).hand_in(changed)


@pytest.mark.parametrize("why", ["", "  ", "x" * 2_001])
def test_nobody_opens_without_a_reason(world: World, why: str) -> None:
    persons = Persons(world)
    with pytest.raises(TocsinError, match="needs a reason"):
        persons.at(0).begin(sent(world).id, why)


def post(world: World, name: str, item: StixObject) -> str | None:
    home = world.nodes[name]
    signed = sign_object(item, home.keyring.signing)
    sender = Principal(world.convenor.community().members[home.id])
    (outcome,) = Relay(world.exchange, world.clock).take(sender, [dict(signed.body)])
    return outcome.why


def test_who_names_another_author_is_taken_in_and_caught_when_it_is_opened(world: World) -> None:
    persons = Persons(world)
    alpha, gamma = world.nodes["alpha"], world.nodes["gamma"]
    draft = world.draft(alpha, EVERYONE, authorship=Authorship.NONE)
    active = world.convenor.community().escrow_now
    false = escrowed(draft, gamma.id, alpha.keyring.signing, active)
    assert post(world, "alpha", false) is None
    world.sync_all()
    half = persons.at(0).begin(false.id, WHY)
    with pytest.raises(TrustError, match="did not sign it"):
        persons.at(1, "gamma").finish(half, WHY)


def test_a_commitment_that_another_member_made_for_the_sender_is_caught_at_the_exchange(
    world: World,
) -> None:
    """Gamma signs for alpha: the opening holds, but the exchange knows who handed it in."""
    persons = Persons(world)
    draft = world.draft(world.nodes["alpha"], EVERYONE, authorship=Authorship.NONE)
    gamma, active = world.nodes["gamma"], world.convenor.community().escrow_now
    assert post(world, "alpha", escrowed(draft, gamma.id, gamma.keyring.signing, active)) is None
    world.sync_all()
    made = persons.open(draft.id)
    with pytest.raises(TrustError, match="names another member"):
        desk(world).hand_in(made)
    (entry,) = logged(world.exchange, "escrow-false")
    assert "names another member" in entry.said["why"]
    assert notes(world, "gamma") == []


def test_a_commitment_copied_from_another_object_is_caught(world: World) -> None:
    persons = Persons(world)
    theirs = sent(world, "gamma")
    mine = world.draft(
        world.nodes["alpha"], EVERYONE, authorship=Authorship.NONE, value="b.example"
    )
    theirs_sharing, sharing = theirs.sharing, mine.sharing
    assert sharing is not None
    assert theirs_sharing is not None
    assert post(world, "alpha", mine.with_sharing(
        evolve(sharing, escrow=theirs_sharing.escrow))) is None  # fmt: skip
    world.sync_all()
    half = persons.at(0).begin(mine.id, WHY)
    with pytest.raises(TrustError, match="copied from another"):
        persons.at(1, "gamma").finish(half, WHY)


def test_without_an_escrow_an_unnamed_object_is_refused_once_two_are_appointed(
    world: World,
) -> None:
    draft = world.draft(world.nodes["alpha"], EVERYONE, authorship=Authorship.NONE)
    assert post(world, "alpha", draft) is None
    Persons(world)
    later = world.draft(world.nodes["alpha"], EVERYONE, authorship=Authorship.NONE)
    why = post(world, "alpha", later)
    assert why is not None
    assert "goes into escrow here" in why
    named = world.draft(world.nodes["alpha"], EVERYONE)
    assert post(world, "alpha", named) is None


def test_an_escrow_for_somebody_who_was_never_appointed_is_refused(world: World) -> None:
    Persons(world)
    strangers = [KeyRing.generate(world.clock.now()) for _ in range(2)]
    active = world.convenor.community().escrow_now
    made_up = [
        evolve(each, sealing_key=ring.sealing.public.to_text())
        for each, ring in zip(active, strangers, strict=True)
    ]
    alpha = world.nodes["alpha"]
    draft = world.draft(alpha, EVERYONE, authorship=Authorship.NONE)
    why = post(world, "alpha", escrowed(draft, alpha.id, alpha.keyring.signing, made_up))
    assert why is not None
    assert "never appointed" in why


def test_what_was_sealed_to_a_dismissed_person_still_arrives_and_opens(world: World) -> None:
    persons = Persons(world)
    alpha, active = world.nodes["alpha"], world.convenor.community().escrow_now
    draft = world.draft(alpha, EVERYONE, authorship=Authorship.NONE)
    late = escrowed(draft, alpha.id, alpha.keyring.signing, active)
    desk(world).dismiss("person 0")
    ring = KeyRing.generate(world.clock.now())
    desk(world).appoint("another", "house 0", ring.public)
    assert post(world, "alpha", late) is None
    world.sync_all()
    assert show_disclosure(world.nodes["beta"], persons.open(draft.id)).name == "alpha"


def test_a_withdrawal_and_a_correction_go_their_way(world: World) -> None:
    persons = Persons(world)
    item = sent(world)
    world.later(hours=1)
    alpha = world.nodes["alpha"]
    correct(alpha, item.id, Changes(name="better.example"), "a slip", world.clock, by="ada")
    assert world.sync("alpha").refused == ()
    world.sync_all()
    made = persons.open(item.id)
    assert made.version == held(world, "beta", item.id).version != item.version
    shown = show_disclosure(world.nodes["beta"], made)
    assert (shown.name, shown.is_content_checked) == ("alpha", True)
    withdraw(alpha, item.id, "wrong", world.clock, by="ada")
    assert world.sync("alpha").refused == ()
    world.sync_all()
    gone = held(world, "beta", item.id)
    assert gone.is_revoked
    assert gone.sharing is not None
    assert gone.sharing.escrow is None
    assert persons.open(item.id).version == made.version


def test_an_escrow_of_what_travels_sealed_opens_where_it_was_received(world: World) -> None:
    persons = Persons(world)
    to = Audience(members=frozenset({world.nodes["beta"].id, world.nodes["gamma"].id}))
    item = sent(world, to=to, tlp=Tlp.RED)
    made = persons.open(item.id)
    shown = show_disclosure(world.nodes["beta"], made)
    assert (shown.name, shown.is_content_checked) == ("alpha", True)
    opened = desk(world).hand_in(made)
    assert (opened.name, opened.is_content_checked) == ("alpha", False)


def test_who_may_open_red_is_not_everybody_but_the_author(world: World) -> None:
    """It addresses itself among others: were it left out of the seal, its key would be missing."""
    world.sync_all()
    everybody = Audience(members=frozenset(home.id for home in world.nodes.values()))
    item = sent(world, to=everybody, tlp=Tlp.RED)
    keys = {world.nodes[name].keyring.sealing.key_id for name in ("alpha", "beta", "gamma")}
    with world.exchange.vault.read() as view:
        outer = view.shared.get(sealed_id_of(item.id))
    assert outer is not None
    assert _key_ids(outer.object) == keys
    withdraw(world.nodes["alpha"], item.id, "wrong", world.clock, by="ada")
    world.sync_all()
    with world.exchange.vault.read() as view:
        outer = view.shared.get(sealed_id_of(item.id))
    assert outer is not None
    assert outer.object.is_revoked
    assert _key_ids(outer.object) == keys


def _key_ids(outer: StixObject) -> set[str]:
    sealed: Any = outer.body["sealed"]
    return {each["keyid"] for each in sealed["recipients"]}


def test_two_of_one_organisation_are_not_appointed(world: World) -> None:
    first, second = (KeyRing.generate(world.clock.now()).public for _ in range(2))
    desk(world).appoint("ada", "House", first)
    for name, organisation, keys, why in (
        ("bo", "HOUSE", second, "is of House as well"),
        ("Ada", "Other", second, "appointed already"),
        ("bo", "Other", first, "is the key of ada"),
    ):
        with pytest.raises(RefusedError, match=why):
            desk(world).appoint(name, organisation, keys)
    for number in range(3):
        keys = KeyRing.generate(world.clock.now()).public
        desk(world).appoint(f"p{number}", f"o{number}", keys)
    with pytest.raises(RefusedError, match="4 persons"):
        desk(world).appoint("one more", "o9", second)
    with pytest.raises(TocsinError, match="nobody called"):
        desk(world).dismiss("bo")


def test_one_appointed_person_asks_for_no_escrow(world: World) -> None:
    Persons(world, 1)
    item = sent(world)
    assert item.sharing is not None
    assert item.sharing.escrow is None


def test_a_disclosure_of_what_the_exchange_never_passed_on_is_refused(
    world: World,
) -> None:
    persons = Persons(world)
    half = persons.at(0).begin(sent(world).id, WHY)
    with pytest.raises(RefusedError, match="holds no such version"):
        desk(world).hand_in(evolve(half, version="2026-01-01T00:00:00.000Z"))


def test_a_restored_exchange_takes_back_what_it_asked_no_escrow_of_or_forgot_whom_for(
    world: World,
) -> None:
    before = world.draft(world.nodes["alpha"], EVERYONE, authorship=Authorship.NONE)
    Persons(world)
    world.later(minutes=1)
    declare_restored(world.exchange, world.clock, by="convenor")
    assert post(world, "alpha", before) is None
    world.later(minutes=1)
    after = world.draft(world.nodes["alpha"], EVERYONE, authorship=Authorship.NONE)
    assert "goes into escrow here" in str(post(world, "alpha", after))
