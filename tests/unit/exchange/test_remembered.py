"""What a community was, merged from its members' directories."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Final

import pytest
from attrs import evolve

from tocsin.exchange.directory import Directory
from tocsin.exchange.remembered import Community, merged
from tocsin.records import Community as Everybody
from tocsin.records import Group, Member, MemberKind

START: Final = datetime(2026, 11, 3, tzinfo=UTC)
HUB: Final = "identity--00000000-0000-4000-8000-000000000000"
ALPHA: Final = Member(
    id="identity--00000000-0000-4000-8000-00000000000a",
    name="Alpha",
    kind=MemberKind.PLATFORM,
    verify_keys=("first",),
)
BETA: Final = evolve(ALPHA, id="identity--00000000-0000-4000-8000-00000000000b", name="Beta")
ROTATED: Final = evolve(ALPHA, verify_keys=("first", "second"))


def told(member: Member, hours: int) -> Directory:
    """A roster that the exchange issued at this hour of its clock."""
    return Directory(
        community=Everybody.of(HUB, "Hub", (member,)),
        member=None,
        version=1,
        issued=START + timedelta(hours=hours),
        convenor_keys=(),
        log_origin="hub",
    )


def test_the_latest_word_on_a_member_counts() -> None:
    left = evolve(ROTATED, active=False)
    base = Community({ALPHA.id: ALPHA}, {})
    for each in permutations((told(ROTATED, 1), told(left, 2))):
        assert merged(base, (0, START), each).members == {ALPHA.id: left}


def test_keys_added_since_the_backup_are_remembered_whatever_the_clock_said_at_the_time() -> None:
    base = Community({ALPHA.id: ALPHA}, {})
    found = merged(base, (0, START), [told(ROTATED, -6)])
    assert found.members == {ALPHA.id: ROTATED}


def test_a_former_member_is_in_no_group_though_nobody_of_the_group_is_left_to_say_so() -> None:
    group = Group(id="group--1", name="pair", members=frozenset({ALPHA.id}))
    base = Community({ALPHA.id: ALPHA}, {group.id: group})
    found = merged(base, (0, START), [told(evolve(ALPHA, active=False), 1)])
    assert found.groups[group.id].members == frozenset()


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_wrong_clock_at_the_exchange_takes_no_key_back(hours: int) -> None:
    """Its clock was five hours off when one of the two was issued."""
    base = Community({ALPHA.id: ALPHA}, {})
    views = (told(ROTATED, 6), told(ALPHA, 6 + hours))
    assert merged(base, (0, START), views).members == {ALPHA.id: ROTATED}


def test_of_two_words_from_one_instant_the_one_that_shows_less_to_fewer_counts() -> None:
    group = Group(id="group--1", name="pair", members=frozenset({ALPHA.id, BETA.id}))
    shows = evolve(told(BETA, 1), member=BETA.id, community=_with(group))
    shows_none = evolve(told(ALPHA, 1), member=ALPHA.id, community=_with())
    base = Community({ALPHA.id: ALPHA, BETA.id: BETA}, {group.id: group})
    for views in permutations((shows, shows_none)):
        assert merged(base, (0, START), views).groups[group.id].members == {BETA.id}


def _with(*groups: Group) -> Everybody:
    return evolve(
        Everybody.of(HUB, "Hub", (ALPHA, BETA)), groups={each.id: each for each in groups}
    )
