"""Who is innocent alone is set apart from whoever an account of theirs ties to them."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from tests.unit.detect.innocent_worlds import SMALL, around, shares_of
from tests.worlds.planted import World, planted
from tocsin.detect.coordination.chance import EdgeTests
from tocsin.detect.coordination.detection import Detection, Settings
from tocsin.detect.coordination.graphs import write_graphml
from tocsin.detect.coordination.groups import regrouped
from tocsin.detect.coordination.parting import set_apart
from tocsin.detect.coordination.weighing import weigh
from tocsin.detect.coordination.windowed import WindowedEdges
from tocsin.foundation import NoProgress

Pairs = list[tuple[int, int]]
WINDOW_S = 60


@pytest.fixture(scope="module")
def world() -> World:
    return planted(SMALL, 600)


@pytest.fixture(scope="module")
def newsroom(world: World) -> list[int]:
    return _of(world, "newsroom")


@pytest.fixture(scope="module")
def operation(world: World) -> list[int]:
    return _of(world, "quick")


def test_a_newsroom_that_one_tie_joins_to_an_operation_is_set_apart(
    world: World, newsroom: list[int], operation: list[int]
) -> None:
    found = _tied(world, [newsroom, operation], [(newsroom[0], operation[0])])
    said = _apart(world, found)
    assert said == {
        tuple(newsroom): {"declared owner", "newsroom"},
        tuple(operation): set(),
    }


def test_who_alone_ties_others_to_it_stands_in_both_groups(
    world: World, newsroom: list[int], tmp_path: Path
) -> None:
    strangers = _of(world, "")[:2]
    found = _tied(world, [newsroom], [(newsroom[0], each) for each in strangers])
    assert set(_apart(world, found)) == {tuple(newsroom), tuple(sorted([*strangers, newsroom[0]]))}
    write_graphml(set_apart(found, around(world), NoProgress()), tmp_path / "network.graphml")
    drawn = (tmp_path / "network.graphml").read_text("utf-8")
    assert drawn.count("<node ") == len(newsroom) + 2
    assert drawn.count("<edge ") == len(newsroom) * (len(newsroom) - 1) // 2 + 2


def test_a_newsroom_of_which_half_acts_with_others_is_no_group_of_its_own(
    world: World, newsroom: list[int], operation: list[int]
) -> None:
    half = newsroom[: len(newsroom) // 2]
    found = _tied(world, [newsroom, operation], [(each, operation[0]) for each in half])
    assert list(_apart(world, found)) == [tuple(sorted([*newsroom, *operation]))]


def test_ties_that_are_no_discoveries_do_not_make_two_groups_one(
    world: World, newsroom: list[int], operation: list[int]
) -> None:
    chance = tuple((each, operation[0]) for each in newsroom)
    found = _tied(world, [newsroom, operation], [], chance)
    assert set(_apart(world, found)) == {tuple(newsroom), tuple(operation)}


def test_a_group_that_has_an_explanation_as_it_is_stays_whole(
    world: World, newsroom: list[int]
) -> None:
    stranger = _of(world, "")[0]
    found = _tied(world, [newsroom], [(newsroom[0], stranger)])
    assert list(_apart(world, found)) == [tuple(sorted([*newsroom, stranger]))]


def test_nothing_is_set_apart_where_chance_was_not_asked(
    world: World, newsroom: list[int], operation: list[int]
) -> None:
    found = evolve(_tied(world, [newsroom, operation], []), tests=None)
    assert set_apart(found, around(world), NoProgress()) is found


def _of(world: World, name: str) -> list[int]:
    if name:
        return sorted(world.members(name).tolist())
    shared = set(world.acc.tolist())
    return [k for k, each in enumerate(world.group) if not each and k in shared]


def _tied(
    world: World, cliques: list[list[int]], across: Pairs, weak: tuple[tuple[int, int], ...] = ()
) -> Detection:
    """Make one group of some cliques and what ties them; `weak` ties are no discoveries.

    A tie counts all that the two shared, whenever.
    """
    shares = shares_of(world)
    inside = [pair for clique in cliques for pair in combinations(clique, 2)]
    a, b = np.sort(np.array([*inside, *across, *weak], np.int32), axis=1).T
    shared = [
        len({*world.obj[world.acc == one]} & {*world.obj[world.acc == other]})
        for one, other in zip(a, b, strict=True)
    ]
    ever = np.full(len(a), world.ts.max(), np.int64)
    counted = WindowedEdges(a, b, np.array(shared, np.int32), ever)
    q_value = np.where(np.arange(len(a)) < len(inside) + len(across), 0.01, 0.9)
    none = np.zeros(len(a))
    tests = EdgeTests(
        a=a,
        b=b,
        met=counted.n,
        shared=counted.n,
        expected=none,
        p_value=none,
        q_value=q_value,
        partners=np.ones(shares.n_accounts),
    )
    everybody = np.unique([a, b])
    whole = regrouped(shares, counted, everybody, np.arange(len(a)), 0.01, WINDOW_S)
    return Detection(
        settings=Settings(window_s=WINDOW_S),
        shares=shares,
        accounts=shares.n_accounts,
        edges=counted,
        tests=tests,
        groups=(whole,),
        note="",
    )


def _apart(world: World, found: Detection) -> dict[tuple[int, ...], set[str]]:
    """Return the groups that are left, and which explanations fit each."""
    known = around(world)
    apart = set_apart(found, known, NoProgress())
    weighed = weigh(apart, known, NoProgress())
    assert [apart.q_of(each) for each in apart.groups] == [0.01] * len(apart.groups)
    return {
        tuple(group.accounts.tolist()): set(said.fitting)
        for group, said in zip(apart.groups, weighed, strict=True)
    }
