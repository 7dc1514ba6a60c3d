"""Groups that pushed the same objects are one; groups that ride on what is popular are not."""

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.coordination import Shares
from tocsin.detect.coordination.crossing import crossings
from tocsin.detect.coordination.groups import Group, groups_of, joined
from tocsin.detect.coordination.kernel import Edges, edges

Ints = NDArray[np.int64]

DAY = 86_400
NICHE = np.arange(900, 1_900)


def world(
    seed: int, pushed: tuple[np.ndarray, np.ndarray]
) -> tuple[Shares, Edges, tuple[Group, ...]]:
    """Two teams of five push objects on different days; 300 others share 2,000 objects.

    Thirty of the others also share what is in a niche, half of all objects.
    """
    rng = np.random.default_rng(seed)
    popularity = (np.arange(2_000) + 10.0) ** -1.05
    obj = rng.choice(2_000, 12_000, p=popularity / popularity.sum())
    acc = rng.integers(10, 310, len(obj))
    ts = rng.integers(0, 30 * DAY, len(obj))
    few = rng.choice(NICHE, 450), rng.integers(10, 40, 450), rng.integers(0, 30 * DAY, 450)
    parts = [(obj, acc, ts), few]
    for team, objects in enumerate(pushed):
        start = rng.integers(0, 30 * DAY, len(objects))
        for member in range(team * 5, team * 5 + 5):
            at = start + rng.integers(0, 30, len(objects))
            parts.append((objects, np.full(len(objects), member), at))
    obj, acc, ts = (np.concatenate([part[k] for part in parts]) for k in range(3))
    shares = Shares.of(obj.astype(np.int32), acc.astype(np.int32), ts)
    counted = edges(shares, 60, 3)
    teams = np.flatnonzero((counted.a < 10) & (counted.b < 10))
    return shares, counted, groups_of(shares, counted, teams, 60)


def test_groups_that_pushed_a_few_rare_objects_at_other_times_are_one() -> None:
    own = np.arange(1_000, 1_040)
    shares, counted, groups = world(1, (own, np.concatenate([own[:4], np.arange(1_500, 1_530)])))
    assert [len(each.accounts) for each in groups] == [5, 5]
    found = crossings(shares, groups, 0.05)
    assert [each.tolist() for each, _ in found] == [list(range(10))]
    one = joined(shares, counted, groups, found, 60)
    assert [each.accounts.tolist() for each in one] == [list(range(10))]
    assert one[0].q_value is not None
    assert one[0].q_value <= 0.05


def test_groups_that_ride_on_what_is_popular_are_two_though_they_share_much() -> None:
    joins = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        one, two = (rng.choice(60, 25, replace=False) for _ in range(2))
        shares, _, groups = world(seed, (one, two))
        assert len(np.intersect1d(one, two)) >= 5
        joins += len(crossings(shares, groups, 0.05))
    assert joins <= 1


def test_groups_of_one_niche_are_two() -> None:
    joins = 0
    for seed in range(20):
        rng = np.random.default_rng(seed + 100)
        one, two = (NICHE[rng.choice(len(NICHE), 30, replace=False)] for _ in range(2))
        shares, _, groups = world(seed, (one, two))
        joins += len(crossings(shares, groups, 0.05))
    assert joins <= 3  # the level allows 1; 6 of 100 were joined


def test_one_object_in_common_joins_nobody() -> None:
    own = np.arange(1_000, 1_040)
    shares, _, groups = world(2, (own, np.concatenate([own[:1], np.arange(1_500, 1_530)])))
    assert crossings(shares, groups, 0.05) == ()


def test_one_group_alone_crosses_nothing() -> None:
    shares, _, groups = world(3, (np.arange(1_000, 1_040), np.arange(1_500, 1_530)))
    assert crossings(shares, groups[:1], 0.05) == ()
    assert crossings(shares, (), 0.05) == ()
