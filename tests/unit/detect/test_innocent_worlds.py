"""Controls have their right explanation, operations none: over seeds, windows and backgrounds."""

from collections import Counter

import pytest

from tests.conftest import LONG
from tests.unit.detect.innocent_worlds import (
    COPIES,
    PASSES,
    RIGHT,
    SMALL,
    around,
    fitting,
    shares_of,
    tried_on,
)
from tests.worlds.organic import NULLS
from tests.worlds.planted import FIVE, planted
from tocsin.detect.coordination import edges_by_window
from tocsin.detect.coordination.chance import edge_tests_by_window
from tocsin.detect.coordination.groups import groups_of
from tocsin.detect.coordination.innocent import explanations

WINDOWS = (60, 600, 3_600, 86_400) if LONG else (60, 3_600)
OPERATIONS = tuple(tactic.name for tactic in FIVE)
# Those below 600 were looked at while thresholds were chosen.
SEEDS = range(600, 620) if LONG else range(600, 601)
BACKGROUNDS = NULLS if LONG else {"small": SMALL}
_PURE = 0.9
_LEAST = 4  # two or three accounts of a group that was not found whole often stand on two stories


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_whole_controls_have_their_right_explanation_and_whole_operations_none(
    background: str,
) -> None:
    right, wrong = Counter[str](), Counter[str]()
    for seed in SEEDS:
        world = planted(BACKGROUNDS[background], seed)
        for window_s in WINDOWS:
            for name, explanation in RIGHT.items():
                found = fitting(tried_on(world, world.members(name), window_s))
                right[name] += explanation in found
            for name in OPERATIONS:
                wrong[name] += bool(fitting(tried_on(world, world.members(name), window_s)))

    runs = len(SEEDS) * len(WINDOWS)
    assert {name: right[name] >= 0.95 * runs for name in RIGHT} == dict.fromkeys(RIGHT, True)
    assert {name: wrong[name] <= 0.05 * runs for name in OPERATIONS} == dict.fromkeys(
        OPERATIONS, True
    )


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_groups_that_are_found_have_the_right_explanation_or_none(background: str) -> None:
    seen, good = Counter[str](), Counter[str]()
    for seed in SEEDS:
        world = planted(BACKGROUNDS[background], seed)
        shares = shares_of(world)
        known = around(world)
        by_window = edges_by_window(shares, (60, 600, 3_600) if LONG else (60,), 2)
        tests = edge_tests_by_window(shares, by_window)
        for window_s, edges in by_window.items():
            places = (tests[window_s].q_value <= 0.05).nonzero()[0]
            for group in groups_of(shares, edges, places, window_s):
                names = Counter(world.group[each].rpartition("-")[0] for each in group.accounts)
                name, most = names.most_common(1)[0]
                if most < _PURE * len(group.accounts) or not name or most < _LEAST:
                    continue
                tried = explanations(shares, edges, group, known, window_s)
                found = {each.name for each in tried if each.fits}
                seen[name] += 1
                good[name] += RIGHT[name] in found if name in RIGHT else not found

    assert {"syndication", "newsroom", "alert-bots", "quick", "few", "riding"} <= set(seen)
    bad = {name: (good[name], n) for name, n in seen.items() if good[name] < 0.95 * n}
    assert bad == {}


@pytest.mark.parametrize("copy", COPIES)
def test_an_operation_that_copies_a_trait_of_the_innocent_has_no_explanation(copy: str) -> None:
    runs = [(seed, window_s) for seed in SEEDS for window_s in (WINDOWS if LONG else (60,))]
    explained = 0
    for seed, window_s in runs:
        world = planted(SMALL, seed, (COPIES[copy],), controls=False)
        explained += bool(fitting(tried_on(world, world.members("copy"), window_s)))

    assert explained <= 0.05 * len(runs)


@pytest.mark.parametrize("copied", PASSES)
def test_an_operation_that_copies_all_that_is_asked_for_gets_through(copied: str) -> None:
    """Known and documented: the explanation says on what it rests, and a person looks that up."""
    world = planted(SMALL, 500, (PASSES[copied],), controls=False)

    assert copied in fitting(tried_on(world, world.members("copy")))
