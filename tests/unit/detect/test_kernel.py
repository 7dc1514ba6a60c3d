"""Edges are exact: equal to the slow obvious answer, for any order, repeats, ties and windows."""

import random
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect.worlds import Pair, Row, edges_of, first_shares, rows
from tocsin.detect.coordination import Edges, Shares, edges, edges_by_window
from tocsin.detect.coordination.kernel import scan
from tocsin.foundation import RefusedError, UsageError


def table(given_rows: list[Row]) -> pa.Table:
    """Return the rows under the names of a trace, accounts as text."""
    return pa.table(
        {
            "account": pa.array([f"a{account}" for account, _, _ in given_rows], pa.string()),
            "object": pa.array([f"o{obj}" for _, obj, _ in given_rows], pa.string()),
            "time": pa.array([at for _, _, at in given_rows], pa.int64()),
        }
    )


def as_pairs(shares: Shares, found: Edges) -> dict[Pair, int]:
    """Return the edges by the numbers that the rows had."""
    name = [int(label[1:]) for label in shares.accounts.to_pylist()]
    return {(name[a], name[b]): int(n) for a, b, n in zip(found.a, found.b, found.n, strict=True)}


@given(rows(), st.integers(0, 40), st.integers(1, 3))
def test_edges_of_first_shares_are_those_of_the_obvious_answer(
    given_rows: list[Row], window_s: int, least: int
) -> None:
    shares = Shares.from_table(table(given_rows))
    expected = edges_of(first_shares(given_rows), window_s, least)
    assert as_pairs(shares, edges(shares, window_s, least, threads=1)) == expected


@given(rows(), st.integers(0, 40), st.integers(1, 3))
def test_edges_of_all_shares_are_those_of_the_obvious_answer(
    given_rows: list[Row], window_s: int, least: int
) -> None:
    shares = Shares.from_table(table(given_rows), first_only=False)
    expected = edges_of(given_rows, window_s, least)
    assert as_pairs(shares, edges(shares, window_s, least, threads=1)) == expected


@given(rows(), st.sets(st.integers(0, 40), min_size=1, max_size=4), st.booleans())
def test_several_windows_in_one_pass_find_what_each_finds_alone(
    given_rows: list[Row], windows: set[int], first_only: bool
) -> None:
    shares = Shares.from_table(table(given_rows), first_only=first_only)
    used = first_shares(given_rows) if first_only else given_rows
    found = edges_by_window(shares, tuple(windows), 2, threads=1)
    assert {window: as_pairs(shares, each) for window, each in found.items()} == {
        window: edges_of(used, window, 2) for window in windows
    }


@given(rows(), st.randoms(use_true_random=False), st.booleans())
def test_neither_the_order_of_rows_nor_repeated_rows_change_a_byte_of_the_edges(
    given_rows: list[Row], shuffle: random.Random, first_only: bool
) -> None:
    again = [*given_rows, *given_rows[::2]]
    shuffle.shuffle(again)
    one = edges(Shares.from_table(table(given_rows), first_only=first_only), 10, 2, threads=1)
    two = edges(Shares.from_table(table(again), first_only=first_only), 10, 2, threads=2)
    for name in ("a", "b", "n"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()


@given(rows(), st.randoms(use_true_random=False))
def test_the_same_rows_in_any_order_are_the_same_shares(
    given_rows: list[Row], shuffle: random.Random
) -> None:
    other = given_rows.copy()
    shuffle.shuffle(other)
    one, two = (Shares.from_table(table(each)) for each in (given_rows, other))
    assert one.obj.tobytes() == two.obj.tobytes()
    assert one.acc.tobytes() == two.acc.tobytes()
    assert one.ts.tobytes() == two.ts.tobytes()
    assert one.accounts.equals(two.accounts)
    assert one.objects.equals(two.objects)


def test_a_pair_may_meet_on_more_objects_than_sixteen_bits_count() -> None:
    n = 70_000
    obj = np.tile(np.arange(n, dtype=np.int32), 2)
    acc = np.repeat(np.arange(2, dtype=np.int32), n)
    for first_only in (True, False):
        shares = Shares.of(obj, acc, np.zeros(2 * n, np.int64), first_only=first_only)
        assert edges(shares, 0, 1, threads=1).n.tolist() == [n]


def test_one_link_with_a_hundred_thousand_shares_is_no_list_of_pairs() -> None:
    # 5 billion pairs within the window; all accounts but three share this object alone.
    n = 100_000
    obj = np.concatenate([np.zeros(n, np.int32), np.ones(3, np.int32)])
    acc = np.concatenate([np.arange(n, dtype=np.int32), np.arange(3, dtype=np.int32)])
    shares = Shares.of(obj, acc, np.zeros(n + 3, np.int64))
    found = edges(shares, 60, 2, threads=1)
    assert list(zip(found.a, found.b, found.n, strict=True)) == [(0, 1, 2), (0, 2, 2), (1, 2, 2)]


def test_more_edges_than_the_limit_are_refused_with_a_way_out() -> None:
    n = 3_000
    acc = np.arange(n, dtype=np.int32)
    shares = Shares.of(np.zeros(n, np.int32), acc, np.zeros(n, np.int64))
    with pytest.raises(RefusedError, match="more than 1000 pairs") as refused:
        edges(shares, 60, 1, threads=2, most=1_000)
    assert "--min-coactions" in refused.value.hint


def test_more_edges_than_a_block_holds_come_in_several_and_none_is_lost() -> None:
    n = 1_200
    acc = np.arange(n, dtype=np.int32)
    shares = Shares.of(np.zeros(n, np.int32), acc, np.zeros(n, np.int64))
    blocks = list(scan(shares, (60,), 1, threads=1))
    assert max(block.shape[1] for block in blocks) <= 1 << 17
    assert sum(block.shape[1] for block in blocks) == n * (n - 1) // 2
    assert len({(int(a), int(b)) for block in blocks for a, b in block[:2].T}) == n * (n - 1) // 2


def one_viral_link(n: int) -> Shares:
    """Everybody shares one link within a second, and every other account a second one."""
    half = n // 2
    obj = np.concatenate([np.zeros(n, np.int32), np.ones(half, np.int32)])
    acc = np.concatenate([np.arange(n, dtype=np.int32), 2 * np.arange(half, dtype=np.int32)])
    return Shares.of(obj, acc, np.zeros(n + half, np.int64))


def test_edges_beyond_what_memory_may_hold_go_to_disk_and_come_back_in_order(
    tmp_path: Path,
) -> None:
    shares = one_viral_link(1_000)
    plain = edges_by_window(shares, (0, 60), 1, threads=2)
    spilled = edges_by_window(shares, (0, 60), 1, threads=2, held=10_000, folder=tmp_path)
    for window, found in spilled.items():
        assert len(found) == 1_000 * 999 // 2
        assert isinstance(found.a, np.memmap)
        for name in ("a", "b", "n"):
            assert getattr(found, name).tobytes() == getattr(plain[window], name).tobytes()
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_leaves_no_file_behind(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="more than 200000 pairs"):
        edges_by_window(one_viral_link(1_000), (60,), 1, held=1_000, most=200_000, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@given(rows(), st.sets(st.integers(0, 40), min_size=1, max_size=3))
def test_any_edges_that_went_to_disk_are_the_edges(
    given_rows: list[Row], windows: set[int]
) -> None:
    shares = Shares.from_table(table(given_rows))
    found = edges_by_window(shares, tuple(windows), 1, threads=1, held=0)
    assert {window: as_pairs(shares, each) for window, each in found.items()} == {
        window: edges_of(first_shares(given_rows), window, 1) for window in windows
    }


@pytest.mark.long
def test_one_link_with_a_million_shares_does_not_fill_the_memory() -> None:
    # Half a billion pairs on this link alone for each thousand accounts that share another.
    n = 1_000_000
    obj = np.concatenate([np.zeros(n, np.int32), np.ones(2_000, np.int32)])
    acc = np.concatenate([np.arange(n, dtype=np.int32), np.arange(2_000, dtype=np.int32)])
    shares = Shares.of(obj, acc, np.zeros(n + 2_000, np.int64))
    tracemalloc.start()
    found = edges_by_window(shares, (60,), 2, held=100_000)[60]
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 2_000 * 1_999 // 2
    assert most < 100 * (n + 2_000)


@pytest.mark.parametrize(("window_s", "least"), [(-1, 2), (60, 0)])
def test_settings_that_cannot_find_anything_are_a_usage_error(window_s: int, least: int) -> None:
    with pytest.raises(UsageError):
        edges(Shares.from_table(table([(1, 1, 1)])), window_s, least)
