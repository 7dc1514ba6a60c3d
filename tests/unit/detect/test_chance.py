"""Tails, discoveries, and the test of edges against chance."""

from itertools import product
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse, stats
from scipy.sparse.csgraph import connected_components

from tests.conftest import LONG
from tests.worlds.organic import NULLS, Organic, organic
from tests.worlds.planted import CONTROLS, FIVE, TACTICS, Tactic, World, planted
from tocsin.detect.coordination import Shares, edges, edges_by_window
from tocsin.detect.coordination import chance as by_chance
from tocsin.detect.coordination.arrays import Flags
from tocsin.detect.coordination.chance.rates import Rates
from tocsin.detect.coordination.chance.tail import exact_tail, tail, tail_bound
from tocsin.detect.coordination.chance.timing import First, TimingTest
from tocsin.detect.coordination.detection import Settings, by_timing, detect
from tocsin.foundation import NoProgress, UsageError

PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=9)
SEEDS = range(20) if LONG else range(1)
WINDOWS = (10, 60, 600, 3_600, 86_400)


def shares_of(world: Organic | World) -> Shares:
    return Shares.of(world.obj.astype(np.int32), world.acc.astype(np.int32), world.ts)


def enumerated(n: int, p: list[float]) -> float:
    """Add up the chances of every outcome with at least n events."""
    return sum(
        prod(each if came else 1 - each for each, came in zip(p, outcome, strict=True))
        for outcome in product((False, True), repeat=len(p))
        if sum(outcome) >= n
    )


@given(PROBABILITIES, st.integers(0, 10))
def test_the_tail_is_the_sum_over_every_outcome(p: list[float], n: int) -> None:
    # Below 1e-300 numbers of 64 bits lose their digits, the enumeration's first.
    right = pytest.approx(enumerated(n, p), rel=1e-9, abs=1e-300)
    assert exact_tail(n, np.array(p), len(p)) == right


@given(PROBABILITIES, st.integers(0, 10))
def test_the_bound_is_never_below_the_exact_tail(p: list[float], n: int) -> None:
    assert tail_bound(n, np.array(p), len(p)) >= exact_tail(n, np.array(p), len(p)) * (1 - 1e-9)


@pytest.mark.parametrize("n", [1, 5, 40, 90, 100])
def test_with_equal_chances_the_tail_is_binomial(n: int) -> None:
    expected = float(stats.binom.sf(n - 1, 100, 0.1))

    assert exact_tail(n, np.full(100, 0.1), 100) == pytest.approx(expected, rel=1e-6)


def test_a_tail_of_one_in_ten_to_the_ninety_keeps_its_digits() -> None:
    assert exact_tail(30, np.full(30, 1e-3), 30) == pytest.approx(1e-90, rel=1e-9)


def test_long_sums_take_the_bound() -> None:
    p = np.full(400, 0.02)

    assert tail(60, p, 400) == tail_bound(60, p, 400)
    assert float(stats.binom.sf(59, 400, 0.02)) < tail(60, p, 400) < 1e-30


def adjusted(p: list[float], hypotheses: int) -> list[float]:
    """Least q at which each is among the k smallest that lie under q k / hypotheses."""
    ranked = sorted(p)
    return [
        min(
            1.0,
            *(
                ranked[k - 1] * hypotheses / k
                for k in range(1, len(p) + 1)
                if ranked[k - 1] >= each
            ),
            1.0,
        )
        for each in p
    ]


@given(st.lists(st.floats(0, 1), max_size=12), st.integers(0, 40))
def test_q_values_are_the_least_levels_of_discovery(p: list[float], more: int) -> None:
    found = by_chance.benjamini_hochberg(np.array(p), len(p) + more)

    assert found.tolist() == pytest.approx(adjusted(p, len(p) + more))


def test_any_dependence_costs_the_harmonic_sum() -> None:
    p = np.array([1e-6, 2e-5])

    plain = by_chance.benjamini_hochberg(p, 2_000)
    safe = by_chance.benjamini_hochberg(p, 2_000, any_dependence=True)

    assert safe / plain == pytest.approx(sum(1 / k for k in range(1, 2_001)))


def test_fewer_hypotheses_than_tests_are_refused() -> None:
    with pytest.raises(UsageError, match="2 p-values of 1 hypotheses"):
        by_chance.benjamini_hochberg(np.array([0.1, 0.2]), 1)


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(UsageError, match="below 0 or above 1"):
        by_chance.benjamini_hochberg(np.array([1.1]), 3)


def test_two_who_met_where_all_did_are_as_expected() -> None:
    # One object, 200 accounts, two at each of 100 moments: 1 chance in 199 to meet one's other.
    moments = np.repeat(np.arange(100) * 5, 2)
    accounts = np.random.default_rng(0).permutation(200).astype(np.int32)
    shares = Shares.of(np.zeros(200, np.int32), accounts, moments)

    tests = by_chance.edge_tests(shares, edges(shares, 1, 1), 1, least=1, cell_s=500)

    assert tests.met.tolist() == [1] * 100
    assert tests.shared.tolist() == [1] * 100
    assert tests.p_value.tolist() == pytest.approx([1 / 199] * 100)
    assert tests.hypotheses == comb(200, 2)


def test_objects_of_one_story_count_once() -> None:
    obj = np.repeat(np.arange(5, dtype=np.int32), 2)
    acc = np.tile(np.arange(2, dtype=np.int32), 5)
    ts = np.repeat(np.arange(5) * 60, 2)
    shares = Shares.of(obj, acc, ts)

    tests = by_chance.edge_tests(shares, edges(shares, 10, 1), 10, least=1)

    assert tests.met.tolist() == [1]


def test_no_edges_are_no_discoveries() -> None:
    shares = Shares.of(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int64))

    tests = by_chance.edge_tests(shares, edges(shares, 60, 2), 60)

    assert len(tests.q_value) == 0


def test_what_hundreds_share_at_once_is_no_evidence() -> None:
    # Twelve objects that the same 200 accounts all share within a minute.
    random = np.random.default_rng(0)
    obj = np.repeat(np.arange(12, dtype=np.int32), 200)
    acc = np.tile(np.arange(200, dtype=np.int32), 12)
    ts = obj * 86_400 + random.integers(0, 60, len(obj))
    shares = Shares.of(obj, acc, ts)

    tests = by_chance.edge_tests(shares, edges(shares, 60, 2), 60)

    assert tests.hypotheses == 0
    assert (tests.p_value == 1).all()


def test_a_window_as_long_as_objects_live_says_that_it_can_tell_nobody() -> None:
    shares = shares_of(planted(NULLS["plain"], 0, FIVE))

    found = by_chance.edge_tests_by_window(shares, edges_by_window(shares, (60, 86_400), 2))

    assert found[60].could_tell(0.05) > 1_000
    assert found[86_400].could_tell(0.05) == 0
    assert found[86_400].usual > 0.9


def test_a_run_whose_window_can_tell_nobody_says_so() -> None:
    # Five objects that thirty accounts each share, all on one day of their own.
    random = np.random.default_rng(0)
    obj = np.repeat(np.arange(5, dtype=np.int32), 30)
    acc = np.tile(np.arange(30, dtype=np.int32), 5)
    shares = Shares.of(obj, acc, obj * 864_000 + random.integers(0, 80_000, len(obj)))
    settings = Settings(window_s=86_400, least=2)

    found = detect(shares, edges(shares, 86_400, 2), settings, NoProgress(), by_timing)

    assert found.note.startswith("no pair could have been found: of two who shared an object, 100%")


def test_a_cell_shorter_than_the_window_is_refused() -> None:
    shares = Shares.of(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int64))

    with pytest.raises(UsageError, match="leaves nothing to chance"):
        by_chance.edge_tests(shares, edges(shares, 60, 2), 60, cell_s=30)


@pytest.mark.parametrize("kind", NULLS)
def test_where_nobody_acts_together_the_answer_is_nobody(kind: str) -> None:
    wrong = 0
    for seed in SEEDS:
        shares = shares_of(organic(NULLS[kind], seed))
        tests = by_chance.edge_tests_by_window(shares, edges_by_window(shares, WINDOWS, 2))
        wrong += any((each.q_value <= 0.05).any() for each in tests.values())

    # At 1 in 20, more than 3 of 20 have a chance below 2%.
    assert wrong <= (3 if LONG else 0)


def test_in_mixed_worlds_at_most_one_edge_in_twenty_is_false() -> None:
    found = false = 0
    for seed in SEEDS:
        world = planted(NULLS["plain"], seed, FIVE)
        shares = shares_of(world)
        pairs = edges(shares, 60, 2)
        q_value = by_chance.edge_tests(shares, pairs, 60).q_value
        for a, b in zip(pairs.a[q_value <= 0.05], pairs.b[q_value <= 0.05], strict=True):
            found += 1
            false += world.group[a] != world.group[b] or not world.group[a]

    assert found > 200 * len(SEEDS)
    assert false <= 0.05 * found


def flagged(world: World, windows: tuple[int, ...], growth_s: int = 600) -> set[int]:
    """Accounts of significant pairs, who came along with two of them, and groups of the rest."""
    shares = shares_of(world)
    tests = by_chance.edge_tests_by_window(shares, edges_by_window(shares, windows, 2))
    ends = [
        (each.a[each.q_value <= 0.05], each.b[each.q_value <= 0.05])
        for window_s, each in tests.items()
    ]
    found = {int(each) for pair in ends for end in pair for each in end}
    near = [pair for window_s, pair in zip(tests, ends, strict=True) if window_s <= growth_s]
    a, b = (np.concatenate([pair[k] for pair in near]) for k in range(2))
    shape = (shares.n_accounts, shares.n_accounts)
    _, label = connected_components(sparse.coo_matrix((np.ones(len(a)), (a, b)), shape=shape))
    groups = tuple(
        np.unique(np.concatenate([a, b])[label[np.concatenate([a, b])] == each])
        for each in np.unique(label[a])
    )
    for grown in by_chance.grow(by_chance.Ground.of(shares, growth_s), groups):
        found |= set(grown.tolist())
    rest = np.array([each not in found for each in range(shares.n_accounts)])[shares.acc]
    left = Shares.of(
        shares.obj[rest], shares.acc[rest], shares.ts[rest], accounts=shares.accounts,
        objects=shares.objects,
    )  # fmt: skip
    for group in by_chance.group_tests(left, growth_s):
        found |= set(group.accounts.tolist())
    return found


# Where three objects in ten are over within minutes, six pushes prove little: see the docs.
@pytest.mark.parametrize("kind", sorted(NULLS.keys() - {"bursts"}) if LONG else ["breaking"])
def test_nine_in_ten_are_found_and_nine_in_ten_that_are_found_act_together(kind: str) -> None:
    right = wrong = missed = 0
    for seed in range(5) if LONG else range(1):
        world = planted(NULLS[kind], seed, FIVE)
        found = flagged(world, WINDOWS[:-1])
        found -= set(world.members(*CONTROLS).tolist())
        members = set(world.members(*TACTICS).tolist())
        right += len(found & members)
        wrong += len(found - members)
        missed += len(members - found)

    assert 2 * right / (2 * right + wrong + missed) >= 0.9


def test_edges_that_are_not_tested_again_could_not_have_been_discoveries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shares = shares_of(planted(NULLS["plain"], 1, FIVE))
    counted = edges_by_window(shares, (60, 600, 3_600), 2)
    some = by_chance.edge_tests_by_window(shares, counted)
    again = []

    def every(self: TimingTest, first: First, rates: Rates, most: float) -> Flags:
        again.append(open_edges(self, first, rates, most).mean())
        return np.ones(len(self.edges), np.bool_)

    open_edges = TimingTest.open_edges
    monkeypatch.setattr(TimingTest, "open_edges", every)
    all_ = by_chance.edge_tests_by_window(shares, counted)

    assert min(again) < 0.9
    for window_s, tests in some.items():
        found = tests.q_value <= 0.05
        assert found.tolist() == (all_[window_s].q_value <= 0.05).tolist()
        assert tests.q_value[found].tolist() == all_[window_s].q_value[found].tolist()


def test_a_group_that_no_pair_shows_is_found_as_a_whole() -> None:
    diluted = Tactic(
        name="diluted", size=(40, 41), pushes=(120, 121), window_s=60, participation=0.12
    )
    world = planted(NULLS["plain"], 1, (diluted,), controls=False)
    shares, members = shares_of(world), set(world.members("diluted").tolist())

    pairs = edges(shares, 60, 2)
    of_pairs = by_chance.edge_tests(shares, pairs, 60).q_value <= 0.05
    found = by_chance.group_tests(shares, 60)

    assert not of_pairs.any()
    first = set(found[0].accounts.tolist())
    assert len(first & members) > 30
    assert len(first - members) <= 0.05 * len(first)
    assert found[0].q_value < 1e-6


def test_half_of_a_group_leads_to_the_rest_of_it() -> None:
    world = planted(NULLS["plain"], 0, (FIVE[3],), controls=False)
    members = world.members("diluted")

    grown = by_chance.grow(
        by_chance.Ground.of(shares_of(world), 600), (members[::2].astype(np.int32),)
    )[0]

    assert len(np.intersect1d(grown, members)) > 0.9 * len(members)
    assert len(np.setdiff1d(grown, members)) <= 0.05 * len(grown)


@pytest.mark.parametrize(("kind", "window_s"), [("all", 600), ("diurnal", 3_600), ("fans", 600)])
def test_where_nobody_acts_together_no_group_is_found(kind: str, window_s: int) -> None:
    for seed in SEEDS:
        assert by_chance.group_tests(shares_of(organic(NULLS[kind], seed)), window_s) == ()
