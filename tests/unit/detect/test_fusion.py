"""Several traces as one: a post speaks once, the order of rows decides nothing, platforms join."""

import random
from collections import defaultdict
from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.detect.coordination.fusion import fuse
from tocsin.foundation import UsageError

Row = tuple[str, str, int, str | None]


def _table(rows: Sequence[Row]) -> pa.Table:
    names = ("account", "object", "time", "content")
    kinds = (pa.string(), pa.string(), pa.int64(), pa.string())
    columns = zip(*rows, strict=True) if rows else ((),) * 4
    return pa.table(
        {name: pa.array(each, kind) for name, kind, each in zip(names, kinds, columns, strict=True)}
    )


def _rows(table: pa.Table) -> list[Row]:
    return [tuple(each.values()) for each in table.to_pylist()]


def test_a_post_in_three_traces_is_one_co_action() -> None:
    post = [("a", "p1", 100), ("b", "p2", 105)]
    traces = {
        name: _table([(account, thing, at, content) for account, content, at in post])
        for name, thing in (("url", "u"), ("hashtags", "h"), ("text", "t"))
    }
    assert _rows(fuse(traces)) == [("a", "url:u", 100, "p1"), ("b", "url:u", 105, "p2")]


def test_the_rarest_object_that_another_shared_speaks_for_a_post() -> None:
    popular = [(f"x{n}", "viral", n, f"x{n}") for n in range(9)]
    both = {
        "url": _table([("a", "viral", 1, "p1"), ("b", "viral", 2, "p2"), *popular]),
        "text": _table([("a", "rare", 1, "p1"), ("b", "rare", 2, "p2"), ("a", "alone", 1, "p1")]),
    }
    kept = {(account, thing) for account, thing, _, _ in _rows(fuse(both)) if account in "ab"}
    assert kept == {("a", "text:rare"), ("b", "text:rare")}


def test_platforms_meet_on_what_both_shared() -> None:
    one, other = [("x/a", "u", 1, "x/1")], [("y/b", "u", 9, "y/1")]
    fused = fuse({"url": pa.concat_tables([_table(one), _table(other)])})
    assert {account for account, *_ in _rows(fused)} == {"x/a", "y/b"}


def test_the_same_name_in_two_traces_is_two_objects() -> None:
    table = _table([("a", "o", 1, None), ("b", "o", 2, None)])
    assert {thing for _, thing, _, _ in _rows(fuse({"url": table, "text": table}))} == {
        "url:o",
        "text:o",
    }


def test_a_trace_without_contents_is_kept_whole() -> None:
    table = _table([("a", "o", 1, None), ("b", "o", 2, None)]).drop(["content"])
    assert len(fuse({"url": table})) == 2


def test_nothing_and_a_broken_trace_are_refused_by_name() -> None:
    with pytest.raises(UsageError, match="no trace"):
        fuse({})
    with pytest.raises(UsageError, match="trace url: no column time"):
        fuse({"url": _table([]).drop(["time"])})


_ROW = st.tuples(
    st.sampled_from("abcd"),
    st.sampled_from("opq"),
    st.integers(0, 9),
    st.one_of(st.none(), st.sampled_from(["1", "2", "3", "4", "5"])),
)


def _slowly(traces: dict[str, list[Row]]) -> list[Row]:
    """The definition, row by row."""
    sharers = defaultdict(set)
    for name, rows in traces.items():
        for account, thing, _, _ in rows:
            sharers[name, thing].add(account)
    kept: list[Row] = []
    best: dict[str, tuple[tuple[int, int, str, int, str], Row]] = {}
    for rank, (name, rows) in enumerate(traces.items()):
        for account, thing, at, content in rows:
            popularity = len(sharers[name, thing])
            if popularity < 2:
                continue
            row = (account, f"{name}:{thing}", at, content)
            if content is None:
                kept.append(row)
                continue
            key = (popularity, rank, thing, at, account)
            if content not in best or key < best[content][0]:
                best[content] = key, row
    return sorted(kept + [row for _, row in best.values()], key=str)


@settings(max_examples=60, deadline=None)
@given(st.lists(_ROW, max_size=12), st.lists(_ROW, max_size=12), st.randoms())
def test_fusion_is_its_definition_whatever_the_order(
    one: list[Row], other: list[Row], shuffle: random.Random
) -> None:
    expected = _slowly({"url": one, "text": other})
    shuffle.shuffle(one)
    shuffle.shuffle(other)
    assert sorted(_rows(fuse({"url": _table(one), "text": _table(other)})), key=str) == expected
