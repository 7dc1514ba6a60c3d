"""What unnamed authors hand in is acknowledged at once and shown to others at full intervals."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.exchange.world import World
from tocsin.exchange import declare_restored, report_stolen, withdraw
from tocsin.exchange.mixer import Mixer, mixed
from tocsin.exchange.mixing import Waiting, opens_at, set_mixing, waiting
from tocsin.exchange.relay import Relay
from tocsin.foundation import SeededEntropy, StorageError, UsageError, rfc3339
from tocsin.policy import Principal
from tocsin.records import Audience, Authorship, Sharing, StixObject, Tlp
from tocsin.trust import sign_object
from tocsin.vault.verify import verify_vault

EVERYONE = Audience(community=True)
QUARTER = timedelta(minutes=15)
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as made:
        set_mixing(made.exchange, 15)
        for name in ("alpha", "beta", "gamma"):
            made.member(name)
        made.sync_all()
        made.later(minutes=4)
        yield made


def unnamed(world: World, name: str = "alpha", **terms: Any) -> StixObject:
    terms = {"authorship": Authorship.NONE, **terms}
    return world.release(name, world.draft(world.nodes[name], EVERYONE, **terms))


def log_size(world: World) -> int:
    with world.exchange.vault.read() as view:
        return view.log.size


def held(world: World) -> list[Waiting]:
    with world.exchange.vault.read() as view:
        return waiting(view)


def next_interval(world: World) -> None:
    now = world.clock.now()
    world.later(seconds=(opens_at(now, QUARTER) - now).total_seconds())


def test_it_is_acknowledged_at_once_and_shown_at_the_next_full_interval(world: World) -> None:
    item, size = unnamed(world), log_size(world)
    assert world.sync("alpha").sent == (item.id,)
    assert world.sync("beta").received == ()
    assert log_size(world) == size
    next_interval(world)
    assert world.sync("beta").received == (item.id,)
    assert log_size(world) > size
    assert not held(world)
    assert verify_vault(world.exchange.vault.path).ok


def test_a_named_object_is_shown_at_once(world: World) -> None:
    item = unnamed(world, authorship=Authorship.NAMED)
    world.sync("alpha")
    assert world.sync("beta").received == (item.id,)


def test_an_exchange_without_interval_shows_everything_at_once(world: World) -> None:
    set_mixing(world.exchange, 0)
    item = unnamed(world)
    report = world.sync("alpha")
    assert report.seen_from == world.clock.now()
    assert world.sync("beta").received == (item.id,)


def test_the_node_says_from_when_others_see_it(world: World) -> None:
    unnamed(world, authorship=Authorship.NAMED)
    assert world.sync("alpha").seen_from is None
    unnamed(world)
    report = world.sync("alpha")
    assert report.seen_from == opens_at(world.clock.now(), QUARTER)
    assert report.to_json()["seen_from"] == rfc3339(report.seen_from)


def test_a_withdrawal_waits_no_longer_than_one_interval(world: World) -> None:
    item = unnamed(world)
    world.sync("alpha")
    next_interval(world)
    world.sync("beta")
    world.later(minutes=2)
    withdraw(world.nodes["alpha"], item.id, "wrong", world.clock, by="ada")
    world.sync("alpha")
    assert world.sync("beta").flagged == ()
    world.later(minutes=13)
    assert world.sync("beta").flagged == (item.id,)


def test_versions_that_waited_together_are_placed_in_their_order(world: World) -> None:
    item = unnamed(world)
    world.sync("alpha")
    world.later(seconds=1)
    withdraw(world.nodes["alpha"], item.id, "wrong", world.clock, by="ada")
    world.sync("alpha")
    assert len(held(world)) == 2
    next_interval(world)
    world.sync("beta")
    with world.exchange.vault.read() as view:
        versions = [each.version for each in view.shared.versions(item.id)]
    assert len(versions) == 2
    assert versions == sorted(versions)


def test_what_rests_on_something_that_waits_goes_no_further_than_it(world: World) -> None:
    narrow = Audience(members=frozenset({world.nodes["beta"].id}))
    source = world.draft(world.nodes["alpha"], narrow, authorship=Authorship.NONE, tlp=Tlp.AMBER)
    world.release("alpha", source)
    world.sync("alpha")
    wide = world.draft(world.nodes["alpha"], EVERYONE, tlp=Tlp.AMBER, derived_from=[source.id])
    world.release("alpha", wide)
    world.sync("alpha")
    assert world.sync("gamma").received == ()
    next_interval(world)
    assert world.sync("gamma").received == ()
    assert source.id in world.sync("beta").received


def test_the_same_again_while_it_waits_is_taken_and_kept_once(world: World) -> None:
    item = unnamed(world)
    world.sync("alpha")
    world.nodes["alpha"].vault.write(lambda tx: tx.outbox.send_again())
    assert world.sync("alpha").sent == (item.id,)
    assert len(held(world)) == 1


def test_other_bytes_under_the_id_of_what_waits_are_refused(world: World) -> None:
    item = unnamed(world)
    world.sync("alpha")
    beta = world.nodes["beta"]
    other = sign_object(item.replaced(name="other"), beta.keyring.signing)
    sender = Principal(world.convenor.community().members[beta.id])
    (outcome,) = Relay(world.exchange, world.clock).take(sender, [dict(other.body)])
    assert not outcome.is_taken
    next_interval(world)
    assert world.sync("gamma").received == (item.id,)


def test_a_deletion_waits_as_well(world: World) -> None:
    item = unnamed(world)
    world.sync("alpha")
    next_interval(world)
    world.sync("beta")
    size = log_size(world)
    relay = Relay(world.exchange, world.clock)
    sender = Principal(world.convenor.community().members[world.nodes["alpha"].id])
    assert relay.withdraw(sender, item.id)
    assert relay.withdraw(sender, item.id)
    assert log_size(world) == size
    assert world.sync("gamma").received == (item.id,)
    next_interval(world)
    assert world.sync("beta").flagged == (item.id,)
    assert not held(world)


def test_what_waits_outlives_the_exchanges_process(world: World) -> None:
    item = unnamed(world)
    world.sync("alpha")
    world.restart()
    next_interval(world)
    world.restart()
    assert world.sync("beta").received == (item.id,)


def test_a_batch_that_fails_half_way_is_placed_whole_later_and_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = {unnamed(world, value=f"evil{at}.example").id for at in range(5)}
    world.sync("alpha")
    size = log_size(world)
    next_interval(world)
    left = iter([None, None])

    def failing(*_: object) -> tuple[()]:
        if next(left, "end") == "end":
            raise StorageError("the disk is full")
        return ()

    with monkeypatch.context() as patch:
        patch.setattr("tocsin.exchange.mixer._place", failing)
        assert world.sync("beta").received == ()
    assert (len(held(world)), log_size(world)) == (5, size)
    world.later(seconds=6)
    assert set(world.sync("beta").received) == items
    assert not held(world)


def test_two_processes_place_a_batch_once(world: World) -> None:
    items = {unnamed(world, value=f"evil{at}.example").id for at in range(8)}
    world.sync("alpha")
    next_interval(world)
    mixers = [Mixer(world.exchange, world.clock) for _ in range(4)]
    threads = [Thread(target=each.look) for each in mixers]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with world.exchange.vault.read() as view:
        rows = [row.object.id for row in view.shared.page(limit=100)]
    assert sorted(rows) == sorted(items)
    assert set(world.sync("beta").received) == items


def test_what_a_former_member_sent_before_it_left_is_placed(world: World) -> None:
    item = unnamed(world)
    world.sync("alpha")
    world.convenor.revoke("alpha")
    next_interval(world)
    assert world.sync("beta").received == (item.id,)


def test_what_came_after_a_theft_is_not_placed(world: World) -> None:
    stolen_at = world.clock.now()
    world.later(seconds=1)
    unnamed(world)
    world.sync("alpha")
    report_stolen(world.exchange, world.clock, "alpha", None, stolen_at, why="theft", by="ada")
    next_interval(world)
    assert world.sync("beta").received == ()
    assert not held(world)


def test_a_restored_exchange_hands_out_what_waits_when_it_opens(world: World) -> None:
    item = unnamed(world)
    world.sync("alpha")
    declare_restored(world.exchange, world.clock, by="convenor")
    for name in ("alpha", "beta", "gamma"):
        world.sync(name)
    assert not held(world)
    assert item.id in world.sync("beta").received + tuple(world.received("beta"))


def test_a_clock_that_was_set_back_puts_nothing_off(world: World) -> None:
    mixer = Mixer(world.exchange, world.clock)
    world.later(hours=5)
    mixer.look()
    item = unnamed(world)
    world.sync("alpha")
    next_interval(world)
    world.clock.advance(hours=-5)
    mixer.look()
    world.clock.advance(hours=5)
    assert world.sync("beta").received == (item.id,)


def test_a_thread_of_its_own_places_without_a_caller(world: World) -> None:
    unnamed(world)
    world.sync("alpha")
    next_interval(world)
    with Mixer(world.exchange, world.clock).running():
        for _ in range(1000):
            if not held(world):
                break
    assert not held(world)


@pytest.mark.parametrize("minutes", [-1, 1441])
def test_an_interval_beyond_a_day_is_refused(world: World, minutes: int) -> None:
    with pytest.raises(UsageError):
        set_mixing(world.exchange, minutes)


@given(seconds=st.integers(0, 10**9), minutes=st.integers(1, 1440))
def test_an_interval_begins_after_the_moment_and_no_later_than_its_length(
    seconds: int, minutes: int
) -> None:
    moment, interval = NOON + timedelta(seconds=seconds), timedelta(minutes=minutes)
    assert moment < opens_at(moment, interval) <= moment + interval


@given(hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_quarters_are_those_of_the_clock(hour: int, minute: int) -> None:
    opens = opens_at(NOON.replace(hour=hour, minute=minute), QUARTER)
    assert opens.minute % 15 == 0
    assert opens.second == opens.microsecond == 0


def kept(name: int, number: int, after: tuple[int, ...] = ()) -> Waiting:
    body: dict[str, Any] = {
        "type": "tool", "spec_version": "2.1", "id": object_id(name), "name": "x",
        "created": "2026-11-03T12:00:00Z", "modified": "2026-11-03T12:00:00Z",
    }  # fmt: skip
    item = StixObject.of(body)
    sharing = Sharing(audience=EVERYONE, derived_from=tuple(map(object_id, after)))
    key = f"mix:{item.id}:{number:09}"
    return Waiting(key, "member", NOON, NOON, item.with_sharing(sharing))


def object_id(name: int) -> str:
    return f"tool--00000000-0000-4000-8000-{name:012}"


WAITING = st.lists(
    st.tuples(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3)), max_size=20
)


@given(rows=WAITING, seed=st.integers(0, 99), shuffled=st.randoms())
def test_the_order_of_a_batch_does_not_depend_on_the_order_of_arrival(
    rows: list[tuple[int, list[int]]], seed: int, shuffled: Any
) -> None:
    batch = [kept(name, at, tuple(after)) for at, (name, after) in enumerate(rows)]
    again = [*batch]
    shuffled.shuffle(again)
    keys = [each.key for each in mixed(batch, SeededEntropy(seed))]
    assert keys == [each.key for each in mixed(again, SeededEntropy(seed))]
    assert sorted(keys) == sorted(each.key for each in batch)
    by_object: dict[str, list[str]] = {}
    for key in keys:
        by_object.setdefault(key.rpartition(":")[0], []).append(key)
    assert all(each == sorted(each) for each in by_object.values())


@given(rows=WAITING, seed=st.integers(0, 99))
def test_a_source_is_placed_before_what_rests_on_it(
    rows: list[tuple[int, list[int]]], seed: int
) -> None:
    batch = [
        kept(name, at, tuple(each for each in after if each < name))
        for at, (name, after) in enumerate(rows)
    ]
    done = [each.object_id for each in mixed(batch, SeededEntropy(seed))]
    for at, each in enumerate(mixed(batch, SeededEntropy(seed))):
        assert not set(each.after) & set(done[at:])


def test_every_order_comes_about() -> None:
    batch = [kept(name, 0) for name in range(3)]
    orders = {tuple(each.key for each in mixed(batch, SeededEntropy(seed))) for seed in range(100)}
    assert len(orders) == 6
