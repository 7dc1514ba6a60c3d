"""Innocent explanations: what each predicts, and what contradicts it."""

from tests.unit.detect.innocent_worlds import RIGHT, around, shares_of
from tests.worlds.organic import Habits
from tests.worlds.planted import planted
from tocsin.detect.coordination import edges_by_window
from tocsin.detect.coordination.chance import edge_tests_by_window
from tocsin.detect.coordination.groups import groups_of
from tocsin.detect.coordination.innocent import NAMES, explanations

SMALL = Habits(accounts=1_000, posts=15_000, objects=2_500)


def test_each_control_that_is_found_has_its_explanation_and_no_operation_has_any() -> None:
    world = planted(SMALL, 1)
    shares = shares_of(world)
    by_window = edges_by_window(shares, (60, 600), 2)
    tests = edge_tests_by_window(shares, by_window)
    seen = set()
    for window_s, edges in by_window.items():
        places = (tests[window_s].q_value <= 0.05).nonzero()[0]
        for group in groups_of(shares, edges, places, window_s):
            tried = explanations(shares, edges, group, around(world), window_s)
            assert tuple(each.name for each in tried) == NAMES
            fitting = {each.name for each in tried if each.fits}
            kinds = {world.group[account].rpartition("-")[0] for account in group.accounts}
            assert len(kinds) == 1
            kind = kinds.pop()
            seen.add(kind)
            assert (RIGHT[kind] in fitting) if kind in RIGHT else not fitting, (kind, tried)
    assert {"syndication", "newsroom", "alert-bots", "fandom", "quick", "few", "riding"} <= seen
