"""The clock and the line to the exchange, as `tocsin doctor` sees them."""

import pytest

from tests.unit.exchange.world import World
from tocsin.exchange import check_clock, check_exchange, rotate_keys
from tocsin.foundation import ConnectionFailedError, ManualClock, RefusedError


def test_a_member_learns_its_community_and_that_the_clocks_agree(world: World) -> None:
    alpha = world.nodes["alpha"]
    said = check_exchange(alpha, connect=world.connect)
    assert "Hub" in said
    assert "3 members" in said
    assert check_clock(alpha, world.clock, connect=world.connect).startswith("+0.0 s")


def test_a_node_alone_and_an_exchange_have_no_line_to_look_at(world: World) -> None:
    alone = world.node("lone")
    assert "alone" in check_exchange(alone)
    assert "no exchange" in check_clock(alone, world.clock)
    assert "an exchange itself" in check_exchange(world.exchange)


@pytest.mark.parametrize(("hours", "word"), [(2, "off the exchange's"), (-2, "behind")])
def test_a_clock_that_is_two_hours_off_is_named(world: World, hours: int, word: str) -> None:
    wrong = ManualClock(world.clock.now())
    wrong.advance(hours=hours)
    with pytest.raises(RefusedError, match=f"120 minutes {word}") as told:
        check_clock(world.nodes["alpha"], wrong, connect=world.connect)
    assert "NTP" in told.value.hint


def test_an_exchange_that_is_down_is_named_once(world: World) -> None:
    alpha = world.nodes["alpha"]
    world.transport.is_up = False
    with pytest.raises(ConnectionFailedError):
        check_exchange(alpha, connect=world.connect, sleep=lambda _: None)
    said = check_clock(alpha, world.clock, connect=world.connect, sleep=lambda _: None)
    assert "did not answer" in said


def test_an_ended_membership_and_keys_that_the_exchange_does_not_use_are_named(
    world: World,
) -> None:
    alpha, keys = world.nodes["alpha"], world.nodes["alpha"].folder / "keys.json"
    yesterday = keys.read_bytes()
    rotate_keys(alpha, world.clock, connect=world.connect)
    keys.write_bytes(yesterday)
    with pytest.raises(RefusedError, match="a later key"):
        check_exchange(alpha, connect=world.connect)
    world.convenor.revoke("alpha")
    with pytest.raises(RefusedError, match="credential"):
        check_exchange(alpha, connect=world.connect)
