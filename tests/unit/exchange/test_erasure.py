"""What an author has erased is gone everywhere, and every log still holds."""

from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve

from tests.unit.exchange.world import World
from tocsin.exchange import erase_here, read_bundle, withdraw, write_bundle
from tocsin.exchange.erasure import ERASED
from tocsin.foundation import RefusedError
from tocsin.policy import border_refusals
from tocsin.records import (
    Audience,
    Authorship,
    StixObject,
    Tlp,
    Withdrawal,
    erased_form,
    is_erasure,
    says_nothing,
)
from tocsin.vault import Holding, Lens, Transaction, Vault, place_of
from tocsin.vault.verify import verify_vault

ALL = Audience(community=True)
NAME = "jane-doe.example"
WORDS = NAME.encode()


def bodies(vault: Vault) -> bytes:
    """All that a vault holds of shared objects, in every version."""
    with vault.read() as view:
        return b"".join(each.body for each in view.shared.page(Lens(versions=("all",)), limit=1000))


def erase(world: World, name: str, item: StixObject) -> tuple[str, ...]:
    world.later(minutes=1)
    home = world.nodes[name]
    return withdraw(
        home, item.id, "a person asked for it", world.clock, by="ada", erases=True
    ).derived


def states(world: World, name: str, item: StixObject) -> StixObject:
    with world.nodes[name].vault.read() as view:
        (version,) = view.shared.versions(item.id)
    return version.object


@pytest.mark.parametrize("tlp", [Tlp.GREEN, Tlp.RED])
@pytest.mark.parametrize("authorship", [Authorship.NAMED, Authorship.NONE])
def test_an_erased_object_is_gone_at_author_exchange_and_recipient_and_all_logs_hold(
    world: World, tlp: Tlp, authorship: Authorship
) -> None:
    beta = world.nodes["beta"]
    audience = Audience(members=frozenset({beta.id}))
    draft = world.draft(world.nodes["alpha"], audience, value=NAME, tlp=tlp, authorship=authorship)
    item = world.release("alpha", draft)
    world.sync_all()
    assert WORDS in bodies(beta.vault)
    erase(world, "alpha", item)
    assert WORDS not in bodies(world.nodes["alpha"].vault)
    world.sync_all()
    homes = [*world.nodes.values(), world.exchange]
    for home in homes:
        assert WORDS not in bodies(home.vault)
        assert verify_vault(place_of(home.folder)).ok
    left = states(world, "beta", item)
    assert is_erasure(left)
    assert says_nothing(left)


def test_a_recipient_that_was_away_for_a_month_erases_on_its_next_sync(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL, value=NAME))
    world.sync_all()
    erase(world, "alpha", item)
    world.sync("alpha")
    world.later(days=30)
    world.sync("gamma")
    assert WORDS not in bodies(world.nodes["gamma"].vault)


def test_one_who_had_not_fetched_it_never_gets_it(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL, value=NAME))
    world.sync("alpha")
    erase(world, "alpha", item)
    world.sync_all()
    assert is_erasure(states(world, "gamma", item))


def test_what_still_waits_is_erased_and_nobody_hears_of_it(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL, value=NAME))
    home = world.nodes["alpha"]
    with home.vault.read() as view:
        (row,) = view.outbox.rows()
    opens = world.clock.now() + timedelta(hours=1)

    def hold(tx: Transaction) -> None:
        tx.outbox.take_back(row.seq)
        tx.outbox.add(row.seq, not_before=opens)

    home.vault.write(hold)
    erase(world, "alpha", item)
    world.later(hours=2)
    world.sync_all()
    assert not world.received("beta")
    assert WORDS not in bodies(home.vault)


def test_what_was_derived_and_own_records_of_the_same_identifier_are_flagged_to_decide(
    world: World,
) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL, value=NAME))
    world.sync_all()
    beta = world.nodes["beta"]
    with beta.vault.read() as view:
        (held,) = view.shared.versions(item.id)
        (key,) = view.shared.keys_of([held.seq])[held.seq]
    own = StixObject.of(
        {
            "type": "domain-name",
            "spec_version": "2.1",
            "id": "domain-name--5f0a3a0e-8d2e-5a57-9a0d-6a5d5b1f7c12",
            "value": NAME,
        }
    )
    beta.vault.write(lambda tx: tx.private.hold([Holding(own, (key,))], by="bo"))
    world.later(minutes=1)
    again = world.release(
        "beta", world.draft(beta, ALL, derived_from=[item.id], value="two.example")
    )
    world.sync_all()
    erase(world, "alpha", item)
    world.sync_all()
    with beta.vault.read() as view:
        flagged = {each.object_id for each in view.shared.flags() if each.kind == ERASED}
    assert flagged == {own.id, again.id}
    erase_here(beta, own.id, "the same person", by="bo")
    with beta.vault.read() as view:
        assert view.private.get(own.id) is None


def test_an_old_file_does_not_bring_it_back(world: World, tmp_path: Path) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL, value=NAME))
    world.sync_all()
    old = tmp_path / "old.json"
    write_bundle(world.nodes["alpha"], old, world.clock, world.entropy)
    erase(world, "alpha", item)
    world.sync_all()
    report = read_bundle(world.nodes["beta"], old, world.clock)
    assert [each.id for each in report.left_out] != []
    assert WORDS not in bodies(world.nodes["beta"].vault)


def test_a_file_asks_for_erasure_as_the_wire_does(world: World, tmp_path: Path) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL, value=NAME))
    world.sync_all()
    erase(world, "alpha", item)
    path = tmp_path / "news.json"
    write_bundle(world.nodes["alpha"], path, world.clock, world.entropy)
    assert WORDS not in path.read_bytes()
    assert not read_bundle(world.nodes["beta"], path, world.clock).left_out
    assert is_erasure(states(world, "beta", item))


def test_after_a_withdrawal_an_erasure_still_goes_out(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL, value=NAME))
    world.sync_all()
    world.later(minutes=1)
    withdraw(world.nodes["alpha"], item.id, "an error", world.clock, by="ada")
    world.sync_all()
    erase(world, "alpha", item)
    world.sync_all()
    assert is_erasure(states(world, "gamma", item))


def test_nobody_can_have_anothers_object_erased(world: World) -> None:
    item = world.release("alpha", world.draft(world.nodes["alpha"], ALL, value=NAME))
    world.sync_all()
    with pytest.raises(RefusedError, match="not something this node released"):
        erase(world, "beta", item)


def test_an_erasure_that_says_more_than_its_reason_crosses_no_border(world: World) -> None:
    item = world.draft(world.nodes["alpha"], ALL, value=NAME)
    request = erased_form(item, "asked", world.clock.now())
    assert not border_refusals(request)
    sharing = item.sharing
    assert sharing is not None
    asked = evolve(sharing, withdrawal=Withdrawal(why="asked", at=world.clock.now(), erases=True))
    (refusal,) = border_refusals(item.with_sharing(asked), is_known=True)
    assert refusal.rule == "erasure"
