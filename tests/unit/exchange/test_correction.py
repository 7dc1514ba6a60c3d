"""A correction reaches everyone who had the version before, and what rests on it is looked at."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.exchange.world import World
from tocsin.exchange import (
    Changes,
    Corrected,
    acknowledge,
    correct,
    read_bundle,
    withdraw,
    write_bundle,
)
from tocsin.exchange.effects import CORRECTED
from tocsin.foundation import BadInputError, RefusedError
from tocsin.records import Audience, Authorship, StixObject, Tlp
from tocsin.trust import open_object, sealed_id_of
from tocsin.vault import Transaction, place_of
from tocsin.vault.verify import verify_vault

ALL = Audience(community=True)
LESS = Changes(confidence=20)


def fix(world: World, name: str, item: StixObject, changes: Changes = LESS) -> Corrected:
    world.later(minutes=1)
    home = world.nodes[name]
    return correct(home, item.id, changes, "a shop, not a shopfront", world.clock, by="ada")


def last(world: World, name: str, object_id: str) -> StixObject:
    with world.nodes[name].vault.read() as view:
        held = view.shared.get(object_id)
    assert held is not None
    return held.object


def corrected(world: World, name: str) -> set[str]:
    with world.nodes[name].vault.read() as view:
        return {each.object_id for each in view.shared.flags() if each.kind == CORRECTED}


@pytest.mark.parametrize("tlp", [Tlp.GREEN, Tlp.RED])
@pytest.mark.parametrize("authorship", list(Authorship))
def test_recipients_get_the_new_version_with_what_changed_and_why(
    world: World, tlp: Tlp, authorship: Authorship
) -> None:
    audience = Audience(members=frozenset({world.nodes["beta"].id}))
    draft = world.draft(world.nodes["alpha"], audience, tlp=tlp, authorship=authorship)
    item = world.release("alpha", draft)
    world.sync_all()
    done = fix(world, "alpha", item, Changes(confidence=20, description="a shop"))
    assert done.reached == ("beta",)
    world.sync_all()
    there = last(world, "beta", item.id)
    assert there.body["confidence"] == 20
    assert there.body["description"] == "a shop"
    assert there.body["created"] == item.body["created"]
    assert there.version > item.version
    assert there.sharing is not None
    assert item.sharing is not None
    said = there.sharing.correction
    assert said is not None
    assert (said.why, said.changed) == ("a shop, not a shopfront", ("confidence", "description"))
    assert (there.marking, there.sharing.audience) == (item.marking, item.sharing.audience)
    assert corrected(world, "beta") == {item.id}
    assert world.received("gamma") == set()


def test_outside_a_sealed_object_nothing_says_what_was_wrong(world: World) -> None:
    beta = world.nodes["beta"]
    audience = Audience(members=frozenset({beta.id}))
    item = world.release("alpha", world.draft(world.nodes["alpha"], audience, tlp=Tlp.RED))
    world.sync_all()
    fix(world, "alpha", item)
    world.sync("alpha")
    with world.exchange.vault.read() as view:
        outer = view.shared.get(sealed_id_of(item.id))
    assert outer is not None
    assert b"shopfront" not in outer.body
    assert b"confidence" not in outer.body
    assert open_object(outer.object, beta.keyring).body["confidence"] == 20


def test_what_rests_on_it_is_flagged_apart_from_withdrawals_until_a_person_has_looked(
    world: World,
) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync_all()
    own = world.release("beta", world.draft(world.nodes["beta"], ALL, derived_from=[item.id]))
    fix(world, "alpha", item)
    world.sync_all()
    world.sync_all()
    assert corrected(world, "beta") == {item.id, own.id}
    assert acknowledge(world.nodes["beta"], [own.id], by="bo") == {own.id: 1}
    assert corrected(world, "beta") == {item.id}
    with pytest.raises(BadInputError, match="not flagged"):
        acknowledge(world.nodes["beta"], [own.id], by="bo")
    assert verify_vault(place_of(world.nodes["beta"].folder)).ok


def test_a_second_correction_asks_to_look_again(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync_all()
    fix(world, "alpha", item)
    world.sync_all()
    acknowledge(world.nodes["beta"], [item.id], by="bo")
    fix(world, "alpha", item, Changes(confidence=10))
    world.sync_all()
    assert corrected(world, "beta") == {item.id}


def test_who_holds_only_what_rests_on_it_is_told_and_learns_nothing_of_the_source(
    world: World,
) -> None:
    beta, gamma = world.nodes["beta"], world.nodes["gamma"]
    secret = Audience(members=frozenset({beta.id}))
    hidden = world.release("alpha", world.draft(world.nodes["alpha"], secret, value="two.example"))
    world.sync_all()
    # Under TLP:GREEN what beta derives may go to gamma, who never had its source.
    derived = world.release("beta", world.draft(beta, ALL, derived_from=[hidden.id]))
    world.sync_all()
    assert hidden.id not in world.received("gamma")
    fix(world, "alpha", hidden)
    world.sync_all()
    assert corrected(world, "gamma") == {derived.id}
    with gamma.vault.read() as view:
        (notice,) = [each for each in view.shared.iterate() if each.type == "note"]
    assert hidden.id.encode() not in notice.body
    assert b"shopfront" not in notice.body


def test_what_was_made_before_its_sender_knew_of_the_correction_is_flagged_as_well(
    world: World,
) -> None:
    secret = Audience(members=frozenset({world.nodes["beta"].id}))
    item = world.release("alpha", world.draft(world.nodes["alpha"], secret))
    world.sync_all()
    late = world.release("beta", world.draft(world.nodes["beta"], ALL, derived_from=[item.id]))
    fix(world, "alpha", item)
    world.sync("alpha")
    world.sync("beta")
    world.sync("gamma")
    assert corrected(world, "beta") == {item.id, late.id}
    assert corrected(world, "gamma") == {late.id}
    world.later(minutes=1)
    fresh = world.release("beta", world.draft(world.nodes["beta"], ALL, derived_from=[item.id]))
    world.sync_all()
    assert fresh.id in world.received("gamma")
    assert corrected(world, "gamma") == {late.id}


def test_who_left_the_audience_hears_that_it_was_corrected_and_not_how(world: World) -> None:
    with world.nodes["alpha"].vault.read():
        group = world.convenor.groups()[0].id
    world.sync_all()
    audience = Audience(groups=frozenset({group}))
    item = world.release("alpha", world.draft(world.nodes["alpha"], audience))
    world.sync_all()
    world.convenor.remove_from_group("pair", "beta")
    fix(world, "alpha", item, Changes(description="quite another thing"))
    world.sync_all()
    assert corrected(world, "beta") == {item.id}
    assert "description" not in last(world, "beta", item.id).body


def test_who_was_away_gets_the_last_version_and_who_never_had_it_has_nothing_to_look_at(
    world: World,
) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync("alpha")
    world.sync("beta")
    fix(world, "alpha", item)
    world.sync("alpha")
    fix(world, "alpha", item, Changes(confidence=10))
    world.sync("alpha")
    world.later(days=30)
    world.sync_all()
    for name in ("beta", "gamma"):
        assert last(world, name, item.id).body["confidence"] == 10
    assert corrected(world, "beta") == {item.id}
    assert corrected(world, "gamma") == set()


def test_a_file_corrects_as_the_wire_does_in_whatever_order_files_come(
    world: World, tmp_path: Path
) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync_all()
    beta, gamma = world.nodes["beta"], world.nodes["gamma"]
    derived = world.release("beta", world.draft(beta, ALL, derived_from=[item.id]))
    fix(world, "alpha", item)
    first, second = tmp_path / "alpha.json", tmp_path / "beta.json"
    write_bundle(world.nodes["alpha"], first, world.clock, world.entropy)
    write_bundle(beta, second, world.clock, world.entropy)
    assert not read_bundle(gamma, first, world.clock).left_out
    assert not read_bundle(gamma, second, world.clock).left_out
    assert not read_bundle(beta, first, world.clock).left_out
    for name in ("beta", "gamma"):
        assert corrected(world, name) == {item.id, derived.id}
        assert last(world, name, item.id).body["confidence"] == 20
    read_bundle(gamma, first, world.clock)
    acknowledge(gamma, [item.id, derived.id], by="gus")
    read_bundle(gamma, first, world.clock)
    world.sync_all()
    assert corrected(world, "gamma") <= {derived.id}


def test_repeating_it_makes_no_second_version(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync_all()
    once = fix(world, "alpha", item)
    again = fix(world, "alpha", item)
    assert (once.changed, again.changed) == (("confidence",), ())
    assert once.version == again.version
    assert world.sync("alpha").sent == (item.id,)


def test_what_still_waits_is_replaced_and_opens_no_earlier(world: World) -> None:
    home = world.nodes["alpha"]
    item = world.release("alpha", world.draft(home, ALL))
    opens = world.clock.now() + timedelta(hours=1)

    def hold(tx: Transaction) -> None:
        (row,) = tx.outbox.rows()
        tx.outbox.take_back(row.seq)
        tx.outbox.add(row.seq, not_before=opens)

    home.vault.write(hold)
    fix(world, "alpha", item)
    world.sync_all()
    assert world.received("beta") == set()
    world.later(hours=2)
    world.sync_all()
    there = last(world, "beta", item.id)
    assert there.body["confidence"] == 20
    assert there.sharing is not None
    assert there.sharing.correction is None
    with world.nodes["beta"].vault.read() as view:
        assert len(view.shared.versions(item.id)) == 1


def test_a_correction_of_what_is_partly_out_opens_no_held_version_early(world: World) -> None:
    home = world.nodes["alpha"]
    item = world.release("alpha", world.draft(home, ALL))
    world.sync_all()
    fix(world, "alpha", item)
    opens = world.clock.now() + timedelta(hours=1)

    def hold(tx: Transaction) -> None:
        (row,) = tx.outbox.rows()
        tx.outbox.take_back(row.seq)
        tx.outbox.add(row.seq, not_before=opens)

    home.vault.write(hold)
    fix(world, "alpha", item, Changes(name="other.example"))
    world.sync_all()
    assert last(world, "beta", item.id).version == item.version
    world.later(hours=2)
    world.sync_all()
    assert last(world, "beta", item.id).body["name"] == "other.example"


def test_after_a_withdrawal_there_is_nothing_to_correct(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync_all()
    withdraw(world.nodes["alpha"], item.id, "an error", world.clock, by="ada")
    with pytest.raises(RefusedError, match="for good"):
        fix(world, "alpha", item)


def test_a_withdrawal_no_longer_says_what_an_earlier_version_corrected(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync_all()
    fix(world, "alpha", item)
    world.sync_all()
    world.later(minutes=1)
    withdraw(world.nodes["alpha"], item.id, "a person asked", world.clock, by="ada", erases=True)
    world.sync_all()
    with world.nodes["beta"].vault.read() as view:
        (left,) = view.shared.versions(item.id)
    assert b"shopfront" not in left.body


def test_nobody_corrects_anothers_object(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync_all()
    with pytest.raises(RefusedError, match="not something this node released"):
        fix(world, "beta", item)


def test_what_has_expired_is_not_corrected(world: World) -> None:
    soon = world.clock.now() + timedelta(seconds=30)
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL, expires=soon))
    with pytest.raises(RefusedError, match="expired"):
        fix(world, "alpha", item)


def test_what_the_public_is_told_of_an_operation_is_not_corrected_by_one_person(
    world: World,
) -> None:
    draft = world.draft(world.nodes["alpha"], ALL, tlp=Tlp.CLEAR)
    report = StixObject.of(
        {
            **draft.body,
            "type": "report",
            "id": draft.id.replace("indicator", "report"),
            "object_refs": [world.nodes["alpha"].id],
            "published": "2026-11-03T19:00:00Z",
        }
    )
    world.release("alpha", report)
    with pytest.raises(RefusedError, match="second person"):
        fix(world, "alpha", report, Changes(name="somebody ran it"))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (Changes(valid_until=datetime(2026, 1, 1, tzinfo=UTC)), "later than it is to end"),
        (Changes(name=" " * 3 + "x"), ""),
    ],
)
def test_a_change_has_to_make_sense(world: World, changes: Changes, complaint: str) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    if complaint:
        with pytest.raises(BadInputError, match=complaint):
            fix(world, "alpha", item, changes)
    else:
        assert fix(world, "alpha", item, changes).changed == ("name",)


def test_without_a_change_or_a_reason_nothing_is_corrected(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    for said in ({}, {"name": "  "}, {"confidence": 101}):
        with pytest.raises(BadInputError):
            Changes(**said)
    with pytest.raises(BadInputError, match="reason"):
        correct(world.nodes["alpha"], item.id, LESS, " ", world.clock, by="ada")


def test_a_correction_that_waits_goes_nowhere_once_its_object_is_withdrawn(world: World) -> None:
    """The author's clock was set back: the correction waits for it, the withdrawal does not."""
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL))
    world.sync_all()
    world.clock.advance(hours=-3)
    fix(world, "alpha", item)
    withdraw(world.nodes["alpha"], item.id, "wrong", world.clock, by="ada")
    world.clock.advance(hours=3)
    report = world.sync("alpha")
    assert report.sent
    assert not report.refused
    world.sync("beta")
    assert world.flagged("beta") == {item.id}
    assert not world.sync("alpha").refused


def test_a_correction_that_was_refused_is_not_sent_behind_the_withdrawal(world: World) -> None:
    """Its author has left the group, and comes back when all is over."""
    (group,) = world.convenor.groups()
    audience = Audience(groups=frozenset({group.id}))
    item = world.release("alpha", world.draft(world.nodes["alpha"], audience))
    world.sync_all()
    fix(world, "alpha", item)
    world.convenor.remove_from_group("pair", "alpha")
    assert world.sync("alpha").refused
    withdraw(world.nodes["alpha"], item.id, "wrong", world.clock, by="ada")
    world.sync("alpha")
    world.convenor.add_to_group("pair", "alpha")
    assert not world.sync("alpha").refused
    world.sync("beta")
    assert world.flagged("beta") == {item.id}
