"""Who finds the pairs of an invented month: ours, three engines, a peer, and the floor.

Each takes `clock_starts`, `clock_stops`, the Parquet's place and the window in seconds, and
returns how many rows it read and what it found. Edges are told by their number and a check sum
over accounts and counts, the same for the same edges.
"""

import contextlib
import io
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq

LEAST: Final = 3
COLUMNS: Final = ["account", "object", "time"]
_PRIME: Final = 2_147_483_647
_STEP: Final = 1_000_003

Clock = Callable[[], None]


def floor(starts: Clock, stops: Clock, place: str, window_s: int) -> tuple[int, str]:
    """Read the columns a stretch at a time, and order them by object: less than anybody needs."""
    from tocsin.detect.coordination.ordering import group_by

    del window_s
    _warm()
    starts()
    with pq.ParquetFile(place) as opened:
        rows = opened.metadata.num_rows
        columns = {name: np.empty(rows, np.int32) for name in COLUMNS}
        at = 0
        for batch in opened.iter_batches(1 << 18, columns=COLUMNS, use_threads=False):
            for name, column in columns.items():
                column[at : at + len(batch)] = batch.column(name).to_numpy()
            at += len(batch)
    _, order = group_by(columns["object"], int(columns["object"].max()) + 1)
    columns = {name: column[order] for name, column in columns.items()}
    stops()
    return len(columns["time"]), "read and sorted"


def tocsin_edges(starts: Clock, stops: Clock, place: str, window_s: int) -> tuple[int, str]:
    """Read, order, prune, scan."""
    from tocsin.detect.coordination import edges
    from tocsin.detect.coordination.reading import read_traces

    _warm()
    starts()
    shares = read_traces([Path(place)]).shares(first_only=True)
    found = edges(shares, window_s, LEAST)
    stops()
    names = shares.accounts.to_numpy()
    return shares.rows, _said(names[found.a], names[found.b], found.n)


def tocsin_whole(starts: Clock, stops: Clock, place: str, window_s: int) -> tuple[int, str]:
    """Also test every edge against chance, and cut groups."""
    from tocsin.detect.coordination.detection import Settings, by_kernel, by_timing, detect
    from tocsin.detect.coordination.reading import read_traces
    from tocsin.foundation import NoProgress

    _warm(whole=True)
    starts()
    shares = read_traces([Path(place)]).shares(first_only=True)
    counted = by_kernel(shares, window_s, LEAST, NoProgress())
    settings = Settings(window_s=window_s, least=LEAST)
    found = detect(shares, counted, settings, NoProgress(), by_timing)
    stops()
    return shares.rows, f"{len(counted):,} edges, {len(found.groups):,} groups"


def duckdb(starts: Clock, stops: Clock, place: str, window_s: int) -> tuple[int, str]:
    """The same definition as one SQL text, without our pruning."""
    from duckdb import connect

    from tocsin.detect.coordination.engines import sql

    with tempfile.TemporaryDirectory() as folder, connect() as connection:
        connection.execute(f"SET temp_directory = '{folder}'; SET memory_limit = '6GB'")
        starts()
        connection.execute(
            "CREATE TABLE posts AS SELECT account, object, time AS ts FROM read_parquet(?)", [place]
        )
        rows = connection.sql("SELECT count(*) FROM posts").fetchall()[0][0]
        connection.execute(f"CREATE TABLE first AS {sql.first_shares('posts')}")
        query = (
            "SELECT count(*), "  # noqa: S608 - names of our own
            f"CAST(sum((a * {_STEP} + b) % {_PRIME} * n) AS HUGEINT) % {_PRIME} "
            f"FROM ({sql.edges('first', window_s, LEAST)})"
        )
        count, check = connection.sql(query).fetchall()[0]
        stops()
    return rows, _checked(count, int(check or 0))


def polars(starts: Clock, stops: Clock, place: str, window_s: int) -> tuple[int, str]:
    """The same definition as a join over stretches of time."""
    import polars as pl

    starts()
    posts = pl.scan_parquet(place)
    rows = posts.select(pl.len()).collect().item()
    first = posts.group_by("account", "object").agg(pl.col("time").min())
    width = window_s + 1
    right = first.with_columns(stretch=pl.col("time") // width)
    left = pl.concat([right, right.with_columns(pl.col("stretch") + 1)])
    apart = pl.col("time_right") - pl.col("time")
    met = (
        left.join(right, on=["object", "stretch"])
        .filter((pl.col("account") != pl.col("account_right")) & apart.is_between(0, window_s))
        .select(
            "object",
            a=pl.min_horizontal("account", "account_right"),
            b=pl.max_horizontal("account", "account_right"),
        )
        .unique()
        .group_by("a", "b")
        .len()
        .filter(pl.col("len") >= LEAST)
    )
    check = ((pl.col("a") * _STEP + pl.col("b")) % _PRIME * pl.col("len").cast(pl.Int64)).sum()
    count, total = met.select(pl.len(), check.alias("check")).collect().row(0)
    stops()
    return rows, _checked(count, total % _PRIME)


def spark(starts: Clock, stops: Clock, place: str, window_s: int) -> tuple[int, str]:
    """By the engine's own choice of who does what; the session stands and had a first run."""
    from tocsin.detect.coordination.engines.lake import lake, spark_trace
    from tocsin.detect.coordination.engines.spark import SparkJob, edges_on_spark

    with tempfile.TemporaryDirectory() as folder:
        options = {"spark.local.dir": folder, "spark.ui.showConsoleProgress": "false"}
        with lake("local[2]", options) as session:
            trace = spark_trace(session, [place], {})
            job = SparkJob(window_s=window_s, least=LEAST)
            edges_on_spark(session, spark_trace(session, [str(_few(Path(folder)))], {}), job)
            starts()
            found = edges_on_spark(session, trace, job)
            stops()
    rows = pq.ParquetFile(place).metadata.num_rows
    return rows, _said(*(found[name].to_numpy() for name in ("a", "b", "n")))


def toolkit(starts: Clock, stops: Clock, place: str, window_s: int) -> tuple[int, str]:
    """coordination-network-toolkit's co-retweet network: it counts posts, both ways."""
    from coordination_network_toolkit.compute_networks import compute_co_retweet_parallel
    from coordination_network_toolkit.preprocess import preprocess_data

    table = pq.read_table(place, columns=COLUMNS)
    columns = [table[name].to_pylist() for name in COLUMNS]
    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/network.db"
        starts()
        with contextlib.redirect_stdout(io.StringIO()):
            preprocess_data(
                database,
                (
                    (str(n), str(account), "", str(obj), None, "", time, [])
                    for n, (account, obj, time) in enumerate(zip(*columns, strict=True))
                ),
            )
            compute_co_retweet_parallel(database, window_s, n_threads=2, min_edge_weight=LEAST)
        with contextlib.closing(sqlite3.connect(database)) as connection:
            query = "SELECT count(*) FROM co_retweet_network WHERE user_1 < user_2"
            found = connection.execute(query).fetchone()[0]
        stops()
    return len(columns[0]), f"{found:,} edges by its own count"


def count_pairs(starts: Clock, stops: Clock, place: str, window_s: int) -> tuple[int, str]:
    """Count the pairs of first shares within the window, what everybody has to visit."""
    from tocsin.detect.coordination.index import count_visits
    from tocsin.detect.coordination.reading import read_traces

    starts()
    shares = read_traces([Path(place)]).shares(first_only=True)
    visits = np.zeros(shares.n_accounts, np.int64)
    count_visits(shares.obj, shares.acc, shares.ts, window_s, visits)
    stops()
    return (int(visits.sum()) - len(shares)) // 2, ""


def _said(a: Any, b: Any, n: Any) -> str:
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
    check = int(((low * _STEP + high) % _PRIME * n % _PRIME).sum()) % _PRIME
    return _checked(len(n), check)


def _checked(count: int, check: int) -> str:
    return f"{count:,} edges, check {check:08x}"


def _warm(*, whole: bool = False) -> None:
    """Load compiled kernels, or compile them for the first time, on a handful of shares."""
    from tocsin.detect.coordination import edges
    from tocsin.detect.coordination.detection import Settings, by_kernel, by_timing, detect
    from tocsin.detect.coordination.reading import read_traces
    from tocsin.foundation import NoProgress

    with tempfile.TemporaryDirectory() as folder:
        shares = read_traces([_few(Path(folder))]).shares(first_only=True)
    edges(shares, 60, 2)
    if whole:
        found = by_kernel(shares, 60, 2, NoProgress())
        detect(shares, found, Settings(), NoProgress(), by_timing)


def _few(folder: Path) -> Path:
    """Write a handful of shares."""
    import pyarrow as pa

    acc, obj = np.divmod(np.arange(60, dtype=np.int64), 6)
    place = folder / "few.parquet"
    pq.write_table(pa.table({"account": 2 * acc, "object": 2 * obj, "time": np.arange(60)}), place)
    return place
