"""Accounts that are known to be of one operation are sorted by whom they worked with."""

import numpy as np
import pytest

from tocsin.detect.coordination import Shares
from tocsin.detect.coordination.groups import Group, Grouping, groups_of, rarity
from tocsin.detect.coordination.kernel import edges
from tocsin.detect.coordination.known import SORTED, sort_known
from tocsin.foundation import NoProgress

TEAMS, SIZE = 3, 8


def two_at_a_time(seed: int) -> Shares:
    """Four of a team push an object within a minute, and others, of any team, repeat it later."""
    rng = np.random.default_rng(seed)
    rows = []
    for team in range(TEAMS):
        for push in range(40):
            start = rng.integers(0, 10**6)
            who = team * SIZE + rng.choice(SIZE, 4, replace=False)
            rows += [(team * 100 + push, each, start + rng.integers(60)) for each in who]
            later = np.setdiff1d(rng.choice(TEAMS * SIZE, 10, replace=False), who)
            rows += [(team * 100 + push, each, start + rng.integers(60, 9_000)) for each in later]
    obj, acc, ts = np.array(rows, np.int64).T
    return Shares.of(obj.astype(np.int32), acc.astype(np.int32), ts)


def parts(groups: tuple[Group, ...]) -> set[frozenset[int]]:
    """Return of which teams each group is made."""
    return {frozenset((each.accounts // SIZE).tolist()) for each in groups}


@pytest.mark.parametrize("seed", range(3))
def test_teams_that_share_what_is_viral_are_told_apart(seed: int) -> None:
    shares = two_at_a_time(seed)
    found = sort_known(shares, 2, NoProgress())
    assert parts(found.groups) == {frozenset({team}) for team in range(TEAMS)}
    assert sum(len(each.accounts) for each in found.groups) == TEAMS * SIZE


def test_nothing_is_said_to_be_found_about_known_accounts() -> None:
    found = sort_known(two_at_a_time(0), 2, NoProgress())
    assert found.tests is None
    assert found.note == SORTED
    assert [found.q_of(each) for each in found.groups] == [None] * len(found.groups)


def test_no_shares_make_no_groups() -> None:
    empty = np.empty(0, np.int32)
    assert sort_known(Shares.of(empty, empty, empty.astype(np.int64)), 2, NoProgress()).groups == ()


def test_a_tie_weighs_as_much_as_its_objects_are_rare() -> None:
    # Object 0 is shared by two, object 1 by five; 0 and 1 met on both, 1 and 2 on object 1 alone.
    obj = np.array([0, 0, 1, 1, 1, 1, 1], np.int32)
    acc = np.array([0, 1, 0, 1, 2, 3, 4], np.int32)
    ts = np.array([0, 5, 0, 5, 10, 5_000, 9_000])
    shares = Shares.of(obj, acc, ts)
    met = edges(shares, 10, 1)
    weight = dict(zip(zip(met.a, met.b, strict=True), rarity(shares, met, 10), strict=True))
    assert weight == {(0, 1): 1 + 1 / 4, (0, 2): 1 / 4, (1, 2): 1 / 4}


def test_communities_are_cut_where_objects_are_common() -> None:
    shares = two_at_a_time(5)
    met = edges(shares, 1_800, 2)
    places = np.arange(len(met))
    whole = groups_of(shares, met, places, 1_800)
    cut = groups_of(shares, met, places, 1_800, Grouping.LEIDEN)
    assert len(whole) == 1
    assert parts(cut) == {frozenset({team}) for team in range(TEAMS)}
