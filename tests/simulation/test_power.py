"""Planted groups are found, by every tactic, also where collection or evasion mars the data."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.conftest import LONG
from tests.worlds.detecting import (
    by_exports,
    coortweet,
    discoveries,
    edge_tests_of,
    shares_of,
    whole,
)
from tests.worlds.marred import with_an_export_shifted, with_clocks_off, with_posts_gone
from tests.worlds.organic import NULLS
from tests.worlds.planted import World, planted
from tests.worlds.scoring import Score, false_edges, score

# Those below 600 were looked at while constants were chosen.
SEEDS = range(700, 705) if LONG else range(700, 701)
BACKGROUNDS = ("plain", "diurnal", "breaking", "stories", "fast", "fans", "all")
KINDS = BACKGROUNDS if LONG else ("plain",)
MARS: dict[str, Callable[[World], World]] = {
    "clocks of planted accounts off by up to a minute": lambda world: with_clocks_off(world, 60, 1),
    "half of the accounts an hour off": lambda world: with_an_export_shifted(world, 3_600),
    "one of two exports an hour off": lambda world: by_exports(
        with_an_export_shifted(world, 3_600)
    ),
    "a fifth of planted posts gone": lambda world: with_posts_gone(world, 0.2, 1),
}
# Measured in docs/explanation/power.md.
FALLS = {
    "half of the accounts an hour off": "in one file nothing says which accounts are off, and a "
    "group on both sides is two halves, each harder to see",
}


@cache
def _world(kind: str, seed: int) -> World:
    return planted(NULLS[kind], seed)


@cache
def _score(kind: str, seed: int) -> Score:
    world = _world(kind, seed)
    return score(world, whole(world))


def _added(scores: list[Score]) -> Score:
    return sum(scores[1:], scores[0])


# Where three objects in ten are over within minutes, few pushes prove little.
_BURSTS = pytest.param("bursts", marks=pytest.mark.xfail(strict=True, reason="F1 near 0.5"))


@pytest.mark.parametrize("kind", [*KINDS, _BURSTS] if LONG else KINDS)
def test_nine_in_ten_planted_accounts_are_found_and_more_than_coortweets_rule_finds(
    kind: str,
) -> None:
    worlds = [_world(kind, seed) for seed in SEEDS]
    ours = _added([_score(kind, seed) for seed in SEEDS])
    default = _added([score(world, coortweet(world, 10, 2, 0.5)) for world in worlds])
    chosen = _added([score(world, coortweet(world, 60, 5, 0.9)) for world in worlds])

    assert ours.f1 >= 0.90
    assert ours.f1 > max(default.f1, chosen.f1)


@pytest.mark.parametrize(
    "mar",
    [
        pytest.param(mar, marks=pytest.mark.xfail(strict=True, reason=FALLS[mar]))
        if mar in FALLS
        else mar
        for mar in MARS
    ],
)
def test_f1_falls_by_at_most_a_twentieth(mar: str) -> None:
    for kind in KINDS:
        before = _added([_score(kind, seed) for seed in SEEDS])
        marred = [MARS[mar](_world(kind, seed)) for seed in SEEDS]
        after = _added([score(world, whole(world)) for world in marred])

        assert after.f1 >= before.f1 - 0.05, kind


@pytest.mark.parametrize("kind", KINDS)
def test_at_most_one_discovered_pair_in_twenty_is_false(kind: str) -> None:
    found = false = 0
    for seed in SEEDS:
        world = _world(kind, seed)
        of_world = false_edges(world, discoveries(edge_tests_of(shares_of(world))))
        found, false = found + of_world[0], false + of_world[1]

    assert found > 200 * len(SEEDS)
    assert false <= 0.05 * found
