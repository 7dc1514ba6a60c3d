"""The kernel, DuckDB and Spark give the same edges, to the last one."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import LONG
from tests.unit.detect.worlds import Row, rows
from tocsin.detect.coordination import Edges, Shares, edges
from tocsin.detect.coordination.detection import Settings
from tocsin.detect.coordination.engines import spark
from tocsin.detect.coordination.engines.duck import by_duckdb
from tocsin.detect.coordination.engines.lake import lake, spark_trace
from tocsin.detect.coordination.engines.spark import SparkJob, edges_on_spark
from tocsin.detect.coordination.reading import read_traces
from tocsin.foundation import BadInputError, NoProgress


def same(one: Edges, two: Edges) -> bool:
    return all(
        getattr(one, name).tolist() == getattr(two, name).tolist() for name in ("a", "b", "n")
    )


@settings(max_examples=600 if LONG else 25)
@given(rows(), st.integers(0, 40), st.integers(1, 3), st.booleans())
def test_duckdb_finds_the_edges_of_the_kernel(
    given_rows: list[Row], window_s: int, least: int, first_only: bool
) -> None:
    columns = [np.array(column, np.int32) for column in zip(*given_rows, strict=True)] or [
        np.empty(0, np.int32)
    ] * 3
    acc, obj, ts = columns
    shares = Shares.of(obj, acc, ts.astype(np.int64), first_only=first_only)
    found = by_duckdb(shares, window_s, least, NoProgress())
    assert same(found, edges(shares, window_s, least, threads=1))


def month(n: int, *, delay_s: int = 600, seed: int = 1) -> pa.Table:
    """A month of shares, popular objects and accounts more often, every third one repeated."""
    random = np.random.default_rng(seed)
    account = (random.pareto(0.8, n) * (n / 1200)).astype(np.int64) % (n // 10)
    obj = (random.pareto(0.7, n) * (n / 2000)).astype(np.int64) % (n // 4)
    time = 1_700_000_000 + (obj * 977 % 2_500_000) + random.exponential(delay_s, n).astype(np.int64)
    table = pa.table(
        {
            "account": pa.array([f"user {each}" for each in account]),
            "object": pa.array([f"https://news.example/{each}" for each in obj]),
            "time": time,
        }
    )
    return pa.concat_tables([table, table.slice(0, n // 3)])


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if shutil.which("java") is None:
        pytest.skip("no Java: Spark is not tested")
    for module in ("pyspark", "pandas"):
        pytest.importorskip(module, reason=f"{module} is not installed: Spark is not tested")
    logging.getLogger("py4j").setLevel(logging.WARNING)
    room = tmp_path_factory.mktemp("spark")
    options = {
        "spark.local.dir": str(room / "local"),
        "spark.sql.warehouse.dir": str(room / "warehouse"),
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.memory": "1g",
        "spark.ui.showConsoleProgress": "false",
    }
    with lake("local[2]", options) as opened:
        yield opened


def as_labels(shares: Shares, found: Edges) -> pa.Table:
    names = shares.accounts
    return pa.table(
        {
            "a": names.take(pa.array(found.a)),
            "b": names.take(pa.array(found.b)),
            "n": pa.array(found.n, pa.int32()),
        }
    )


@pytest.mark.parametrize(
    ("window_s", "fits", "first_only"),
    [(60, 10**8, True), (60, 900, True), (3_600, 6_000, False)],
    ids=["pruned in SQL", "blocks", "blocks of all shares"],
)
def test_spark_finds_the_edges_of_the_kernel(
    session: Any, tmp_path: Path, window_s: int, fits: int, first_only: bool
) -> None:
    table = month(6_000)
    pq.write_table(table, tmp_path / "month.parquet")
    shares = Shares.from_table(table, first_only=first_only)
    expected = edges(shares, window_s, 2)
    assert len(expected) > 100
    trace = spark_trace(session, [str(tmp_path / "month.parquet")], {})
    job = SparkJob(window_s=window_s, least=2, first_only=first_only, fits=fits, drives=0, scans=0)
    found = edges_on_spark(session, trace, job)
    assert found.to_pydict() == as_labels(shares, expected).to_pydict()


def told_otherwise(table: pa.Table) -> pa.Table:
    """Return the same shares as moments in Tokyo's time, shuffled, half of them twice."""
    order = np.random.default_rng(2).permutation(len(table))
    moments = table["time"].cast(pa.timestamp("s", "UTC")).cast(pa.timestamp("us", "Asia/Tokyo"))
    shuffled = table.set_column(2, "time", moments).take(order)
    return pa.concat_tables([shuffled, shuffled.slice(0, len(table) // 2)])


def test_time_zones_repeated_rows_and_their_order_change_no_edge_on_any_engine(
    session: Any, tmp_path: Path
) -> None:
    table = month(3_000)
    pq.write_table(told_otherwise(table), tmp_path / "month.parquet", row_group_size=700)
    plain = Shares.from_table(table)
    expected = as_labels(plain, edges(plain, 600, 2)).to_pydict()
    assert len(expected["a"]) > 50
    shares = read_traces([tmp_path / "month.parquet"]).shares(first_only=True)
    assert as_labels(shares, edges(shares, 600, 2)).to_pydict() == expected
    assert as_labels(shares, by_duckdb(shares, 600, 2, NoProgress())).to_pydict() == expected
    trace = spark_trace(session, [str(tmp_path / "month.parquet")], {})
    found = edges_on_spark(session, trace, SparkJob(window_s=600, least=2, scans=0))
    assert found.to_pydict() == expected


@pytest.mark.long
@pytest.mark.parametrize("window_s", [60, 3_600])
def test_a_million_shares_have_the_same_edges_on_all_engines(
    session: Any, tmp_path: Path, window_s: int
) -> None:
    table = month(750_000, delay_s=20_000)
    pq.write_table(told_otherwise(table), tmp_path / "month.parquet")
    shares = read_traces([tmp_path / "month.parquet"]).shares(first_only=True)
    assert shares.rows > 1_000_000
    expected = edges(shares, window_s, 3)
    assert len(expected) > 1_000
    plain = Shares.from_table(table)
    assert same(edges(plain, window_s, 3), expected)
    assert same(by_duckdb(shares, window_s, 3, NoProgress()), expected)
    trace = spark_trace(session, [str(tmp_path / "month.parquet")], {})
    whole = SparkJob(window_s=window_s, least=3)
    for job in (
        whole, evolve(whole, scans=0), evolve(whole, drives=0), evolve(whole, fits=100_000),
    ):  # fmt: skip
        assert edges_on_spark(session, trace, job).equals(as_labels(shares, expected))


@pytest.mark.parametrize("drives", [10**6, 0], ids=["all comes home", "accounts with an edge"])
def test_a_run_on_spark_brings_home_what_chance_needs_if_the_driver_can_hold_it(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drives: int
) -> None:
    table = month(3_000)
    pq.write_table(table, tmp_path / "month.parquet")
    shares = Shares.from_table(table)
    expected = edges(shares, 600, 2)
    monkeypatch.setattr(spark, "lake", lambda _: nullcontext(session))
    home = spark.detect_on_spark(
        [str(tmp_path / "month.parquet")],
        {},
        Settings(window_s=600, least=2),
        master="local[2]",
        first_only=True,
        progress=NoProgress(),
        drives=drives,
    )
    assert as_labels(home.shares, home.edges).to_pydict() == as_labels(shares, expected).to_pydict()
    assert (home.shares.rows, home.accounts) == (shares.rows, shares.n_accounts)
    assert home.is_whole == (len(home.shares) == len(shares)) == bool(drives)


def test_spark_leaves_out_the_rows_that_shares_leave_out(session: Any, tmp_path: Path) -> None:
    moment = datetime(2026, 11, 3, 19, 0, 0, 900_000, tzinfo=UTC)
    table = pa.table(
        {
            "account_id": ["a", "b", None, "", "c", "d"],
            "object_id": ["x", "x", "x", "x", None, "x"],
            "timestamp_share": pa.array([moment] * 5 + [None], pa.timestamp("us", "UTC")),
        }
    )
    pq.write_table(table, tmp_path / "few.parquet")
    trace = spark_trace(session, [str(tmp_path / "few.parquet")], {})
    found = sorted((row.account, row.object, row.ts) for row in trace.shares.collect())
    second = int(moment.timestamp())
    assert found == [("a", "x", second), ("b", "x", second)]


def test_spark_reads_a_table_of_its_catalog(session: Any) -> None:
    rows_ = [("1", "x", 1), ("2", "x", 2)]
    session.createDataFrame(
        rows_, "account string, object string, time long"
    ).createOrReplaceTempView("shared")
    job = SparkJob(window_s=60, least=1)
    found = edges_on_spark(session, spark_trace(session, ["shared"], {}), job)
    assert found.to_pylist() == [{"a": "1", "b": "2", "n": 1}]


def test_spark_names_a_table_that_is_not_there(session: Any) -> None:
    with pytest.raises(BadInputError, match="nowhere: Spark cannot read it"):
        spark_trace(session, ["nowhere"], {})
