"""Evidence says where two accounts met, who came first and with which contents."""

from statistics import median

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect.worlds import Row, edges_of, first_shares, meetings_of, rows
from tocsin.detect.coordination import Edges, Shares, edges
from tocsin.detect.coordination.evidence import Evidence, meetings
from tocsin.foundation import BadInputError


def shares_of(given_rows: list[Row], *, first_only: bool) -> Shares:
    columns = list(zip(*given_rows, strict=True)) or [(), (), ()]
    names = ("account", "object", "time")
    types = dict.fromkeys(names, pa.int64())
    table = {name: pa.array(columns[k], types[name]) for k, name in enumerate(names)}
    # One content an object and five seconds, whoever posts it.
    table["content"] = pa.array([f"{obj}/{at // 5}" for _, obj, at in given_rows], pa.string())
    return Shares.from_table(pa.table(table), first_only=first_only)


@given(rows(), st.integers(0, 40), st.booleans())
def test_evidence_is_that_of_the_obvious_answer(
    given_rows: list[Row], window_s: int, first_only: bool
) -> None:
    shares = shares_of(given_rows, first_only=first_only)
    used = first_shares(given_rows) if first_only else given_rows
    found = edges(shares, window_s, 1, threads=1)
    evidence = Evidence.of(shares, found, window_s)
    names = shares.accounts.to_pylist()
    pairs = [(names[a], names[b]) for a, b in zip(found.a, found.b, strict=True)]
    assert set(pairs) == set(edges_of(used, window_s, 1))
    for e, pair in enumerate(pairs):
        met = meetings_of(used, window_s, pair)
        lags = [each.lag for each in met.values()]
        assert evidence.lag_least[e] == min(abs(lag) for lag in lags)
        assert evidence.lag_median[e] == median(abs(lag) for lag in lags)
        assert evidence.a_first[e] == sum(lag > 0 for lag in lags)
        assert evidence.b_first[e] == sum(lag < 0 for lag in lags)
        assert evidence.together[e] == sum(lag == 0 for lag in lags)


@given(rows(), st.integers(0, 40))
def test_meetings_name_the_objects_and_the_shares(given_rows: list[Row], window_s: int) -> None:
    shares = shares_of(given_rows, first_only=True)
    found = edges(shares, window_s, 2, threads=1)
    met = meetings(shares, found, window_s)
    names = shares.accounts.to_pylist()
    objects = shares.objects.to_pylist()
    for e, (a, b) in enumerate(zip(found.a, found.b, strict=True)):
        stretch = slice(int(met.offsets[e]), int(met.offsets[e + 1]))
        expected = meetings_of(first_shares(given_rows), window_s, (names[a], names[b]))
        at = [objects[obj] for obj in met.obj[stretch]]
        assert dict(zip(at, met.lag[stretch].tolist(), strict=True)) == {
            obj: each.lag for obj, each in expected.items()
        }
        assert set(shares.acc[met.row_a[stretch]]) == {a}
        assert set(shares.acc[met.row_b[stretch]]) == {b}


def test_symmetry_compares_what_each_account_posted_itself() -> None:
    # CooRTweet compares older with newer posts instead; here a posts one thing, b posts two.
    table = pa.table(
        {
            "account": ["a", "b", "a", "b"],
            "object": ["x", "x", "y", "y"],
            "time": [0, 1, 11, 10],
            "content": ["one", "two", "one", "three"],
        }
    )
    shares = Shares.from_table(table)
    evidence = Evidence.of(shares, edges(shares, 60, 2), 60)
    assert evidence.contents_a is not None
    assert evidence.contents_b is not None
    assert evidence.symmetry is not None
    assert (evidence.contents_a[0], evidence.contents_b[0]) == (1, 2)
    assert evidence.symmetry[0] == 0.5


def test_a_trace_without_contents_has_no_symmetry() -> None:
    table = pa.table({"account": ["a", "b"], "object": ["x", "x"], "time": [0, 1]})
    shares = Shares.from_table(table)
    assert Evidence.of(shares, edges(shares, 60, 1), 60).symmetry is None


def test_edges_of_another_window_are_refused() -> None:
    table = pa.table({"account": ["a", "b"], "object": ["x", "x"], "time": [0, 30]})
    shares = Shares.from_table(table)
    found = edges(shares, 60, 1)
    with pytest.raises(BadInputError, match="edge 0 does not count"):
        meetings(shares, found, 10)
    with pytest.raises(BadInputError, match="edge 0 does not count"):
        meetings(shares, Edges(found.a, found.b, found.n + 1), 60)
