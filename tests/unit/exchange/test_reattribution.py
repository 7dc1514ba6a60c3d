"""Part of a released list turns out to belong to another operation, and all who had it hear so."""

from datetime import timedelta
from pathlib import Path

import pytest
from attrs import frozen

from tests.unit.exchange.world import World
from tests.unit.grounds import grounded
from tocsin.cases import Case, Casebook, Verdict
from tocsin.exchange import community_of, read_bundle, withdraw, write_bundle
from tocsin.exchange.effects import CORRECTED
from tocsin.exchange.reattribution import Move, Moved, reattribute
from tocsin.foundation import BadInputError, RefusedError
from tocsin.records import (
    CLAIM_TYPE,
    Audience,
    Authorship,
    Claim,
    EvidenceClass,
    Marking,
    StixObject,
    Tlp,
)
from tocsin.records.observables import read_value
from tocsin.release import Terms, commit, prepare
from tocsin.vault import Holding, Transaction
from tocsin.vault.rows import read_object

SIX = tuple(f"site{number}.example" for number in range(6))
ALL = Audience(community=True)


@frozen
class Lists:
    """Alpha's two cases in a world; the first holds six sites and was released.

    Attributes:
        items: by site, the private item.
        released: by site, the id under which it left.
    """

    world: World
    book: Casebook
    one: Case
    two: Case
    items: dict[str, str]
    released: dict[str, str]

    def move(self, *sites: str, back: bool = False) -> Moved:
        self.world.later(minutes=1)
        cases = (self.two, self.one) if back else (self.one, self.two)
        move = Move(
            tuple(self.items[each] for each in sites), *cases, "the second operator's hosting",
            EvidenceClass.INFRASTRUCTURE,
        )  # fmt: skip
        return self.give(move)

    def give(self, move: Move) -> Moved:
        world = self.world
        return reattribute(world.nodes["alpha"], move, world.clock, world.entropy, by="ada")

    def names(self, ids: set[str]) -> set[str]:
        return {site for site, released in self.released.items() if released in ids}


def made(
    world: World,
    *,
    audience: Audience = ALL,
    tlp: Tlp = Tlp.GREEN,
    authorship: Authorship = Authorship.NAMED,
    sites: tuple[str, ...] = SIX,
    hold: timedelta = timedelta(0),
    people: bool = False,
) -> Lists:
    home = world.nodes["alpha"]
    world.sync("alpha")
    book = Casebook(home.vault, world.clock, world.entropy)
    items: dict[str, str] = {}
    for site in sites:
        (observable,) = read_value(site).observables
        item = StixObject.of(observable.to_sco())

        def hold_it(tx: Transaction, item: StixObject = item, key: str = observable.key) -> None:
            tx.private.hold([Holding(item, (key,))], by="ada")

        home.vault.write(hold_it)
        items[site] = item.id
    one = book.open("First operation", by="ada", items=items.values())
    two = book.open("Second operation", by="ada")
    if people:
        one = grounded(book, one)
        one = book.review(one, by="bo", verdict=Verdict.APPROVED, why="checked")
    terms = Terms(
        audience=audience,
        marking=Marking(tlp),
        authorship=authorship,
        hold=hold,
        purpose="take down" if people else None,
        expires=world.clock.now() + timedelta(days=90) if people else None,
        contact="privacy@alpha.example" if people else None,
    )
    community = community_of(home)
    preview = prepare(
        one, terms, author=community.members[home.id], community=community, vault=home.vault,
        clock=world.clock, by="ada",
    )  # fmt: skip
    done = commit(
        preview, community=community, vault=home.vault, keyring=home.keyring,
        entropy=world.entropy, by="ada",
    )  # fmt: skip
    world.sync_all()
    return Lists(world, book, one, two, items, dict(zip(sites, done.objects, strict=True)))


def corrected(world: World, name: str) -> set[str]:
    with world.nodes[name].vault.read() as view:
        return {each.object_id for each in view.shared.flags() if each.kind == CORRECTED}


def versions(world: World, name: str) -> dict[str, list[bytes]]:
    with world.nodes[name].vault.read() as view:
        return {
            each.id: [version.body for version in view.shared.versions(each.id)]
            for each in view.shared.iterate()
        }


def claims_at(world: World, name: str) -> list[StixObject]:
    with world.nodes[name].vault.read() as view:
        return [each.object for each in view.shared.iterate() if each.type == CLAIM_TYPE]


@pytest.mark.parametrize("tlp", [Tlp.GREEN, Tlp.AMBER, Tlp.RED])
@pytest.mark.parametrize("authorship", list(Authorship))
def test_recipients_hear_of_what_moved_by_new_versions_and_a_claim_and_the_rest_is_untouched(
    world: World, tlp: Tlp, authorship: Authorship
) -> None:
    members = frozenset({world.nodes["beta"].id, world.nodes["gamma"].id})
    lists = made(world, audience=Audience(members=members), tlp=tlp, authorship=authorship)
    before = versions(world, "beta")
    done = lists.move(SIX[0], SIX[4])
    sent = world.sync("alpha").sent
    world.sync_all()
    after = versions(world, "beta")
    moved = {lists.released[SIX[0]], lists.released[SIX[4]]}
    assert len(sent) == 3
    assert corrected(world, "beta") == moved
    for object_id in lists.released.values():
        assert len(after[object_id]) == (2 if object_id in moved else 1)
        assert after[object_id][0] == before[object_id][0]
    (claim,) = claims_at(world, "beta")
    assert done.claims == (claim.id,)
    assert set(Claim.read(claim).about) == moved
    for object_id in moved:
        sharing = StixObject.of(read_object(after[object_id][-1], "it")).sharing
        assert sharing is not None
        assert sharing.correction is not None
        assert (sharing.correction.claim, sharing.correction.changed) == (claim.id, ("operation",))
    if authorship is not Authorship.NAMED:
        assert world.nodes["alpha"].id not in claim.to_json().decode()
        assert "alpha" not in Claim.read(claim).claimant


def test_the_cases_at_the_author_follow_and_give_away_nothing_of_themselves(world: World) -> None:
    lists = made(world)
    lists.move(SIX[1])
    assert set(lists.book.find("Second").items) == {lists.items[SIX[1]]}
    assert lists.items[SIX[1]] not in lists.book.find("First").items
    world.sync_all()
    everything = b"".join(body for found in versions(world, "beta").values() for body in found)
    for secret in (
        "operation</",
        "First operation",
        "Second operation",
        lists.one.id,
        lists.two.id,
    ):
        assert secret.encode() not in everything


def test_what_is_moved_twice_moves_once_and_a_part_that_moved_is_passed_over(world: World) -> None:
    lists = made(world)
    lists.move(SIX[0])
    again = lists.move(SIX[0])
    assert again == Moved()
    more = lists.move(SIX[0], SIX[1])
    assert [each.object for each in more.corrected] == [lists.released[SIX[1]]]
    assert len(world.sync("alpha").sent) == 4


def test_what_was_moved_can_be_moved_back_and_on(world: World) -> None:
    lists = made(world)
    lists.move(SIX[0])
    world.sync_all()
    back = lists.move(SIX[0], back=True)
    assert [each.object for each in back.corrected] == [lists.released[SIX[0]]]
    lists.move(SIX[0])
    world.sync_all()
    assert len(versions(world, "beta")[lists.released[SIX[0]]]) == 3
    assert len(claims_at(world, "beta")) == 3


def test_an_object_may_be_named_by_the_id_under_which_it_left(world: World) -> None:
    lists = made(world)
    lists.give(
        Move((lists.released[SIX[3]],), lists.one, lists.two, "theirs", EvidenceClass.ADMISSION)
    )
    assert lists.book.find("Second").items == (lists.items[SIX[3]],)


def test_what_rests_on_them_is_flagged_at_recipients_and_with_who_has_only_that(
    world: World,
) -> None:
    beta = world.nodes["beta"]
    lists = made(world, audience=Audience(members=frozenset({beta.id})))
    world.later(minutes=1)
    concerned = world.release(
        "beta", world.draft(beta, ALL, derived_from=[lists.released[SIX[2]]], value="b.example")
    )
    untouched = world.release(
        "beta", world.draft(beta, ALL, derived_from=[lists.released[SIX[3]]], value="c.example")
    )
    case = Casebook(beta.vault, world.clock, world.entropy).open(
        "Ours", by="bo", items=[lists.released[SIX[2]]]
    )
    world.sync_all()
    lists.move(SIX[2])
    world.sync_all()
    assert corrected(world, "beta") == {lists.released[SIX[2]], concerned.id, case.id}
    assert corrected(world, "gamma") == {concerned.id}
    assert untouched.id in world.received("gamma")


def test_a_list_that_names_them_gets_a_version_without_them(world: World) -> None:
    lists = made(world)
    draft = world.draft(world.nodes["alpha"], ALL)
    grouping = StixObject.of(
        {
            **{
                key: draft.body[key] for key in draft.body if not key.startswith(("pattern", "val"))
            },
            "type": "grouping",
            "id": draft.id.replace("indicator", "grouping"),
            "context": "suspicious-activity",
            "object_refs": [*sorted(lists.released.values())],
        }
    )
    world.release("alpha", grouping)
    world.sync_all()
    lists.move(SIX[0], SIX[1])
    world.sync_all()
    last = StixObject.of(read_object(versions(world, "beta")[grouping.id][-1], "it"))
    stay = {lists.released[each] for each in SIX[2:]}
    assert last.body["object_refs"] == sorted(stay)
    assert last.sharing is not None
    assert last.sharing.correction is not None
    assert last.sharing.correction.changed == ("object_refs",)
    assert grouping.id in corrected(world, "beta")
    with pytest.raises(RefusedError, match="nothing would be left"):
        lists.move(*SIX[2:])
    assert set(lists.book.find("Second").items) == {lists.items[SIX[0]], lists.items[SIX[1]]}


def test_a_file_tells_it_as_the_wire_does_however_often_it_is_read(
    world: World, tmp_path: Path
) -> None:
    lists = made(world)
    lists.move(SIX[0])
    path = tmp_path / "news.json"
    write_bundle(world.nodes["alpha"], path, world.clock, world.entropy)
    for _ in range(2):
        assert not read_bundle(world.nodes["beta"], path, world.clock).left_out
    assert corrected(world, "beta") == {lists.released[SIX[0]]}
    by_file = versions(world, "beta")
    world.sync_all()
    assert versions(world, "beta") == by_file
    assert versions(world, "gamma") == by_file


def test_what_waits_moves_in_silence(world: World) -> None:
    lists = made(world, hold=timedelta(hours=1))
    done = lists.move(SIX[0])
    assert done.claims == ()
    world.later(hours=2)
    world.sync_all()
    assert claims_at(world, "beta") == []
    assert corrected(world, "beta") == set()
    assert world.received("beta") == set(lists.released.values())


def test_what_was_withdrawn_is_not_sent_again(world: World) -> None:
    lists = made(world)
    withdraw(world.nodes["alpha"], lists.released[SIX[0]], "wrong", world.clock, by="ada")
    world.sync_all()
    assert lists.move(SIX[0]).corrected == ()
    assert world.sync("alpha").sent == ()


def test_in_public_it_needs_a_second_person_who_has_seen_them_in_the_other_case(
    world: World,
) -> None:
    lists = made(world, tlp=Tlp.CLEAR)
    with pytest.raises(RefusedError, match="second person"):
        lists.move(SIX[0])
    two = lists.book.add(lists.two, [lists.items[SIX[0]]], by="ada")
    lists.book.review(two, by="bo", verdict=Verdict.APPROVED, why="hosting checked")
    done = lists.move(SIX[0])
    world.sync_all()
    (claim,) = claims_at(world, "gamma")
    assert done.claims == (claim.id,)
    assert corrected(world, "gamma") == {lists.released[SIX[0]]}


def test_accounts_need_the_second_person_as_they_did_when_they_left(world: World) -> None:
    account = "https://x.com/some_account"
    lists = made(world, sites=(account, SIX[0]), people=True)
    with pytest.raises(RefusedError, match="second person"):
        lists.move(account)
    two = lists.book.add(lists.two, [lists.items[account]], by="ada")
    lists.book.review(two, by="bo", verdict=Verdict.APPROVED, why="same operator")
    lists.move(account)
    world.sync_all()
    last = StixObject.of(read_object(versions(world, "beta")[lists.released[account]][-1], "it"))
    first = StixObject.of(read_object(versions(world, "beta")[lists.released[account]][0], "it"))
    assert last.sharing is not None
    assert first.sharing is not None
    assert last.sharing.review is not None
    assert first.sharing.review is not None
    assert last.sharing.review.finding != first.sharing.review.finding
    assert last.sharing.review.contact == "privacy@alpha.example"


def test_what_is_in_neither_case_is_named(world: World) -> None:
    lists = made(world)
    move = Move(("indicator--x",), lists.one, lists.two, "no", EvidenceClass.ADMISSION)
    with pytest.raises(BadInputError, match="is not in 'First operation'"):
        lists.give(move)
    same = Move((lists.items[SIX[0]],), lists.one, lists.one, "no", EvidenceClass.ADMISSION)
    with pytest.raises(BadInputError, match="same case"):
        lists.give(same)
