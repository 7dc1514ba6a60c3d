"""Adding days one by one gives the edges of the whole, counted at once."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect.worlds import Row, rows
from tocsin.detect.coordination import Shares, edges
from tocsin.detect.coordination.incremental import extend
from tocsin.foundation import UsageError


def table(given_rows: list[Row]) -> pa.Table:
    return pa.table(
        {
            "account": pa.array([f"a{account}" for account, _, _ in given_rows], pa.string()),
            "object": pa.array([f"o{obj}" for _, obj, _ in given_rows], pa.string()),
            "time": pa.array([at for _, _, at in given_rows], pa.int64()),
        }
    )


@given(
    st.lists(rows(30), min_size=2, max_size=3),
    st.integers(0, 30),
    st.integers(1, 3),
    st.booleans(),
)
def test_rows_added_in_any_order_of_time_give_the_edges_of_all_rows_at_once(
    days: list[list[Row]], window_s: int, least: int, first_only: bool
) -> None:
    shares = Shares.from_table(table(days[0]), first_only=first_only)
    found = edges(shares, window_s, least, threads=1)
    for day in days[1:]:
        added = extend(shares, found, table(day), window_s, least)
        shares, found = added.shares, added.edges
    whole = [row for day in days for row in day]
    at_once = Shares.from_table(table(whole), first_only=first_only)
    expected = edges(at_once, window_s, least, threads=1)
    assert shares.accounts.equals(at_once.accounts)
    assert shares.rows == len(whole)
    for name in ("a", "b", "n"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()


def test_pairs_that_no_new_share_touches_are_not_counted_again() -> None:
    n = 200
    obj, acc = np.divmod(np.arange(n, dtype=np.int32), 10)
    labels = pa.array([f"a{each}" for each in range(10)])
    objects = pa.array([f"o{each:02}" for each in range(20)])
    shares = Shares.of(obj, acc, np.zeros(n, np.int64), accounts=labels, objects=objects)
    found = edges(shares, 60, 2)
    assert len(found) == 45
    added = extend(shares, found, table([(0, 99, 10**6), (1, 99, 10**6)]), 60, 2)
    assert added.recounted == 1
    assert added.edges.n.tolist() == [21, *[20] * 44]


def test_rows_that_name_accounts_by_another_type_are_refused() -> None:
    shares = Shares.from_table(table([(0, 0, 0)]))
    other = pa.table({"account": [1], "object": ["o1"], "time": [1]})
    with pytest.raises(UsageError, match="another type"):
        extend(shares, edges(shares, 60, 1), other, 60, 1)
