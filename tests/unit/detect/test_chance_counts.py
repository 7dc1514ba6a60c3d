"""What the test against chance counts and weighs, beside slow oracles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect import chance_oracle as oracle
from tests.unit.detect.worlds import Row, first_shares
from tocsin.detect.coordination import Edges, Shares, edges
from tocsin.detect.coordination import chance as by_chance
from tocsin.detect.coordination.chance.ground import Ground
from tocsin.detect.coordination.chance.habits import SPEEDS, speeds
from tocsin.detect.coordination.chance.hours import Lifts
from tocsin.detect.coordination.chance.layout import Layout
from tocsin.detect.coordination.chance.lists import Lists
from tocsin.detect.coordination.chance.tallies import tallied
from tocsin.detect.coordination.chance.threads import in_pieces

ROWS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 6), st.integers(0, 9_000)), min_size=1, max_size=70
)


def world_of(rows: list[Row]) -> Shares:
    acc, obj, ts = (np.array([row[k] for row in rows]) for k in range(3))
    return Shares.of(obj.astype(np.int32), acc.astype(np.int32), ts)


@given(ROWS, st.sampled_from((10, 60, 600)), st.integers(1, 3))
def test_the_null_is_that_of_a_slow_oracle(rows: list[Row], window_s: int, least: int) -> None:
    rows = first_shares(rows)
    shares = world_of(rows)
    pairs = edges(shares, window_s, least)
    listed = list(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True))

    tests = by_chance.edge_tests(shares, pairs, window_s, least=least, q=0.0)

    right = oracle.chances(rows, window_s, 60 * window_s, listed)
    partners = oracle.partners_of(rows, 60 * window_s, least)
    assert tests.partners.tolist() == [len(partners[a]) for a in range(shares.n_accounts)]
    for k, pair in enumerate(listed):
        assert (tests.met[k], tests.shared[k]) == (right[pair].met, right[pair].shared)
        assert tests.expected[k] == pytest.approx(right[pair].expected)
        is_test = pair[1] in partners[pair[0]]
        assert tests.p_value[k] == pytest.approx(right[pair].p_value if is_test else 1.0)


@given(ROWS, st.integers(0, 2**10 - 1), st.integers(0, 2**10 - 1))
def test_leaving_accounts_out_of_a_count_is_counting_without_them(
    rows: list[Row], first: int, more: int
) -> None:
    shares = world_of(first_shares(rows))
    layout, kind = Layout.of(shares, 600, 6_000), speeds(shares)
    trusted = np.array([not first >> k & 1 for k in range(shares.n_accounts)])
    fewer = trusted & np.array([not more >> k & 1 for k in range(shares.n_accounts)])

    before = tallied(shares, layout, kind, 600, trusted, None)
    after = tallied(shares, layout, kind, 600, fewer, before)

    afresh = tallied(shares, layout, kind, 600, fewer, None)
    assert (after.near == afresh.near).all()
    assert (after.pairs == afresh.pairs).all()
    assert (after.near_cell == afresh.near_cell).all()


def test_many_shares_of_a_cell_are_counted_as_a_few_are() -> None:
    random = np.random.default_rng(0)
    ts = np.sort(random.integers(0, 3_000, 300))
    shares = Shares.of(np.zeros(300, np.int32), random.permutation(300).astype(np.int32), ts)
    kind = (np.arange(300) % SPEEDS).astype(np.int8)

    counted = tallied(shares, Layout.of(shares, 60, 3_600), kind, 60, np.ones(300, np.bool_), None)

    of_row = kind[shares.acc]
    is_near = (np.abs(ts[:, None] - ts) <= 60) & ~np.eye(300, dtype=np.bool_)
    right = [
        [is_near[of_row == k][:, of_row == m].sum() for m in range(SPEEDS)] for k in range(SPEEDS)
    ]
    assert counted.near.sum(axis=0).tolist() == right
    assert counted.pairs.sum() == 300 * 299
    assert counted.near_cell.tolist() == [is_near.sum() / 2]


def slow_lift(shares: Shares, one: int, other: int, obj: int, window_s: int) -> float:
    """How much likelier one's hours and days make it to come when the other shared an object."""
    own = shares.ts[shares.acc == one]
    mine, theirs = (
        int(shares.ts[(shares.acc == each) & (shares.obj == obj)][0]) for each in (one, other)
    )
    elsewhere = [int(at) for at in own if at != mine]
    first, last = int(shares.ts.min()) // 86_400, int(shares.ts.max()) // 86_400
    usual = 0.5 + 0.25 * len(own) / (last - first + 1)

    def active(at: int) -> float:
        hours = [(at % 86_400 // 3_600 - each % 86_400 // 3_600) % 24 for each in elsewhere]
        by_hour = sum({0: 0.5, 1: 0.25, 23: 0.25}.get(each, 0.0) for each in hours)
        by_day = sum(at // 86_400 == each // 86_400 for each in elsewhere)
        return (by_hour + 4 / 24) * (by_day + usual)

    moments = [int(at) for at in shares.ts[shares.obj == obj]]
    near = [active(at) for at in moments if abs(at - theirs) <= window_s]
    every = [active(at) for at in moments]
    return max(1.0, sum(near) / len(near) / (sum(every) / len(every)))


def test_moments_are_weighed_by_the_hours_and_days_of_both_accounts() -> None:
    random = np.random.default_rng(3)
    rows = first_shares(
        [(int(a), int(o), int(t)) for a, o, t in random.integers(0, (8, 12, 4 * 86_400), (90, 3))]
    )
    shares = world_of(rows)
    a, b = np.triu_indices(shares.n_accounts, 1)
    pairs = Edges(a.astype(np.int32), b.astype(np.int32), np.ones(len(a), np.int32))
    ground = Ground.of(shares, 7_200, cell_s=10 * 86_400)
    layout = ground.layout
    lists = Lists.of(shares, layout, pairs, np.ones(layout.n_cells, np.bool_))
    of = [set(shares.obj[shares.acc == each].tolist()) for each in range(shares.n_accounts)]
    both = [of[x] & of[y] for x, y in zip(a.tolist(), b.tolist(), strict=True)]
    common = np.array([len(each) for each in both], np.int32)

    found = Lifts.none(len(a)).more(ground, pairs, lists, np.arange(len(a)), common)

    objects = shares.obj[layout.starts[lists.cells]]
    for k, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        right = [
            max(slow_lift(shares, x, y, obj, 7_200), slow_lift(shares, y, x, obj, 7_200))
            for obj in objects.tolist()
            if obj in both[k]
        ]
        assert found.values[found.starts[k] :][: common[k]].tolist() == pytest.approx(right)


@given(st.lists(st.integers(0, 100_000), max_size=50))
def test_pieces_cover_everything_once_and_in_order(cost: list[int]) -> None:
    pieces = list(in_pieces(range, np.array(cost, np.int64)))

    assert [each for piece in pieces for each in piece] == list(range(len(cost)))
