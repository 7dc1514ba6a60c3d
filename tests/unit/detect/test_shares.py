"""Shares: bad rows are named and the good ones beside them used; identifiers keep every digit."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tocsin.detect.coordination import Shares
from tocsin.detect.coordination.reading import read_traces
from tocsin.foundation import BadInputError


def shared(**columns: list[object]) -> Shares:
    return Shares.from_table(pa.table(columns))


def test_rows_without_account_object_or_time_are_counted_and_the_others_kept() -> None:
    shares = shared(
        account=["a", None, "b", "", "c", "d"],
        object=["x", "x", None, "x", "x", "x"],
        time=[1, 1, 1, 1, None, 2**60],
    )
    assert len(shares) == 1
    assert shares.rows == 6
    assert {each.kind: (each.count, each.examples) for each in shares.defects} == {
        "no-account": (2, (1, 3)),
        "no-object": (1, (2,)),
        "no-time": (1, (4,)),
        "time-out-of-range": (1, (5,)),
    }
    assert shares.accounts.to_pylist() == ["a"]


def test_only_an_accounts_first_share_of_an_object_counts_by_default() -> None:
    table = pa.table({"account": ["a", "a", "b"], "object": ["x", "x", "x"], "time": [9, 3, 5]})
    shares = Shares.from_table(table)
    assert shares.ts.tolist() == [3, 5]
    assert [(each.kind, each.count) for each in shares.defects] == [("later-share", 1)]
    assert Shares.from_table(table, first_only=False).ts.tolist() == [3, 5, 9]


@pytest.mark.parametrize(
    "labels",
    [
        pa.array([2**53 + 1, 2**53, 2**53 + 1]),
        pa.array([2**64 - 1, 0, 2**64 - 1], pa.uint64()),
        pa.array([7, -7, 7], pa.int8()),
        pa.array(["b", "a", "b"], pa.large_string()),
        pa.array(["b", "a", "b"]).dictionary_encode(),
        pa.DictionaryArray.from_arrays([2, 1, 0], ["b", "a", "b"]),
    ],
)
def test_labels_of_any_kind_are_numbered_in_their_order(labels: pa.Array) -> None:
    shares = Shares.from_table(
        pa.table({"account": labels, "object": ["x", "x", "y"], "time": [1, 1, 1]})
    )
    plain = sorted(set(labels.to_pylist()))
    assert shares.accounts.to_pylist() == plain
    assert [plain[number] for number in shares.acc] == [*plain, labels.to_pylist()[0]]


def test_a_dictionary_in_chunks_with_a_null_inside_is_read() -> None:
    chunks = [
        pa.DictionaryArray.from_arrays(pa.array([0, 1, None]), pa.array(["b", None])),
        pa.DictionaryArray.from_arrays(pa.array([0]), pa.array(["a"])),
    ]
    table = pa.table(
        {"account": pa.chunked_array(chunks), "object": ["x"] * 4, "time": [1, 1, 1, 1]}
    )
    shares = Shares.from_table(table)
    assert shares.accounts.to_pylist() == ["a", "b"]
    assert [(each.kind, each.count) for each in shares.defects] == [("no-account", 2)]


def test_decimal_identifiers_are_refused_for_they_have_lost_digits() -> None:
    with pytest.raises(BadInputError, match="'account' is double"):
        shared(account=[1.5], object=["x"], time=[1])


def test_a_missing_column_is_named() -> None:
    with pytest.raises(BadInputError, match="no column 'object', 'time'"):
        shared(account=["a"])


def test_the_same_moment_in_any_time_zone_or_unit_is_the_same_second() -> None:
    moment = datetime(1969, 12, 31, 23, 59, 58, tzinfo=UTC)
    east = moment.astimezone(timezone(timedelta(hours=9)))
    times = [
        pa.array([moment], pa.timestamp("ms", "UTC")),
        pa.array([east], pa.timestamp("ns", "Asia/Tokyo")),
        pa.array([moment.replace(tzinfo=None)], pa.timestamp("us")),
        pa.array([-2], pa.int32()),
        pa.array([-2.0]),
    ]
    for column in times:
        shares = Shares.from_table(pa.table({"account": ["a"], "object": ["x"], "time": column}))
        assert shares.ts.tolist() == [-2]
        assert shares.defects == ()


def test_fractions_of_a_second_are_cut_towards_the_past_and_counted() -> None:
    shares = shared(account=["a", "b"], object=["x", "x"], time=[-0.5, 3.0])
    assert sorted(shares.ts.tolist()) == [-1, 3]
    assert [(each.kind, each.count) for each in shares.defects] == [("time-cut", 1)]


def test_an_empty_table_has_no_shares() -> None:
    nothing = pa.table(
        {"account": pa.array([], pa.string()), "object": pa.nulls(0), "time": pa.nulls(0)}
    )
    assert len(Shares.from_table(nothing)) == 0


@pytest.mark.parametrize("apart", [1, 2**40], ids=["packed", "too far apart to be packed"])
@pytest.mark.parametrize("first_only", [True, False])
def test_shares_in_any_order_stand_by_object_time_and_account(apart: int, first_only: bool) -> None:
    random = np.random.default_rng(5)
    n = 150_000  # enough for several processors, and objects with long runs in disorder
    obj = (random.pareto(1.0, n) * 3).astype(np.int32) % 500
    acc = random.integers(0, 3_000, n, dtype=np.int32)
    ts = random.integers(-5_000, 5_000, n) * apart
    shares = Shares.of(obj, acc, ts, first_only=first_only)
    rows = sorted(zip(obj.tolist(), ts.tolist(), acc.tolist(), strict=True))
    if first_only:
        earliest: dict[tuple[int, int], int] = {}
        for o, t, a in rows:
            earliest.setdefault((o, a), t)
        rows = sorted((o, t, a) for (o, a), t in earliest.items())
    found = zip(shares.obj.tolist(), shares.ts.tolist(), shares.acc.tolist(), strict=True)
    assert list(found) == rows


NARROW = pa.array([7, 9, 7, -3, 9, 12], pa.int64())
WIDE = pa.array([7, 2**60, 7, -3, 2**60, 12], pa.int64())
GAP = pa.array([7, 9, None, -3, 9, 12], pa.int32())
LARGEST = pa.array([2**64 - 1, 2**64 - 2, 2**64 - 1, 2**64 - 2, 2**64 - 1, 2**64 - 1], pa.uint64())
SMALL = pa.array([-128, 127, -128, 0, 127, 0], pa.int8())
TEXT = pa.array(["b", "a", "b", "", None, "c"])
CODED = pa.array(["b", "a", "b", "a", "a", "c"]).dictionary_encode()


@pytest.mark.parametrize("account", [NARROW, WIDE, GAP, LARGEST, SMALL, TEXT, CODED])
@pytest.mark.parametrize(
    "time",
    [
        pa.array([5, 3, 2**60, -1, 4, 4], pa.int64()),
        pa.array([5, None, 1, -1, 4, 4], pa.int32()),
        pa.array([5, 3, 1, -1, 4, 4], pa.timestamp("s", "Asia/Tokyo")),
        pa.array([5, 3, 1, 1_999_999_999, 4, 4], pa.timestamp("ns")),
        pa.array(["5", "3", "1", "never", "4", "4"]),
    ],
    ids=str,
)
def test_parquet_read_in_stretches_is_the_table_read_whole(
    tmp_path: Path, account: pa.Array, time: pa.Array
) -> None:
    table = pa.table({"account": account, "object": ["x", "y", "x", "y", "y", "x"], "time": time})
    whole = Shares.from_table(table)
    path = tmp_path / "trace.parquet"
    for rows, said in ((2, True), (100, True), (4, False)):
        pq.write_table(table, path, row_group_size=rows, write_statistics=said)
        streamed = read_traces([path]).shares(first_only=True)
        for name in ("obj", "acc", "ts"):
            assert getattr(streamed, name).tolist() == getattr(whole, name).tolist()
        assert streamed.accounts.equals(whole.accounts)
        assert streamed.objects.equals(whole.objects)
        assert (streamed.rows, streamed.defects) == (whole.rows, whole.defects)


def test_parquet_files_of_one_kind_are_one_trace(tmp_path: Path) -> None:
    files = []
    for n, names in enumerate((["a", "b"], ["c", "a"])):
        table = pa.table({"account": names, "object": [n, 4], "time": [n, 9]})
        pq.write_table(table, tmp_path / f"{n}.parquet")
        files.append(tmp_path / f"{n}.parquet")
    shares = read_traces(files).shares(first_only=True)
    assert shares.accounts.to_pylist() == ["a", "b", "c"]
    assert shares.objects.to_pylist() == [0, 1, 4]
    assert shares.acc.tolist() == [0, 2, 0, 1]
    assert len(read_traces(files).table) == 4


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59Z", "2300-01-01 00:00:00", "0001-01-01"])
def test_a_time_of_another_age_costs_no_row_beside_it(text: str) -> None:
    """As microseconds it does not fit a float; the whole file was refused for it."""
    table = pa.table({"account": ["a", "b"], "object": ["o", "o"], "time": [text, "2026-11-03"]})
    found = Shares.from_table(table)
    moment = datetime.fromisoformat(text)
    expected = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    assert sorted(found.ts.tolist()) == sorted([int(expected), 1_793_664_000])
    assert found.defects == ()
