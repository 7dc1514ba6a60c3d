"""Coordinated accounts in an invented month: ours beside others, and beside reading and sorting.

    python benchmarks/bench_coordination.py [ROWS ...]      default: 1000000 10000000

Every pair of accounts that shared at least LEAST objects within the window. Loading the Parquet is
timed, making it is not; compiled kernels are warm, as after a first run. What is not installed is
named as absent. Each stops where it would take many minutes or more than the memory.

Aims on two cores, whole pipeline at 60 s: 10M in at most 4 s; 100M in at most 45 s and 4 GB; at
most 4 times the floor.
"""

import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from coordination_month import DAYS, write_month
from harness import Measured, clock_starts, machine, measure, print_rows

SIZES: Final = (1_000_000, 10_000_000)
WINDOWS: Final = (60, 3_600)
LEAST: Final = 3
_ALWAYS: Final = 10**12


@frozen
class Contender:
    """Who is measured.

    Attributes:
        needs: the module without which it is absent.
        stops: the most pairs within the window that it is asked about.
    """

    name: str
    work: Callable[..., tuple[int, str]]
    needs: str = "tocsin"
    stops: int = _ALWAYS


def read(place: str) -> Any:
    """Read the three columns."""
    import pyarrow.parquet as pq

    return pq.read_table(place, columns=["account", "object", "time"])


def floor(place: str, window_s: int) -> tuple[int, str]:
    """Read, and order by object: less than anybody can do with."""
    from tocsin.detect.coordination.ordering import group_by

    _warm()
    clock_starts()
    table = read(place)
    account, obj, time = (table[name].to_numpy() for name in ("account", "object", "time"))
    narrow = obj.astype("int32")
    _, order = group_by(narrow, int(narrow.max()) + 1)
    return len(account[order]), f"the last at {int(time[order][-1])}, window {window_s} not used"


def edges_of_ours(place: str, window_s: int) -> tuple[int, str]:
    """Read, order, prune, scan."""
    from tocsin.detect.coordination import Shares, edges

    _warm()
    clock_starts()
    shares = Shares.from_table(read(place))
    found = edges(shares, window_s, LEAST)
    return shares.rows, f"{len(found):,} edges"


def whole_pipeline(place: str, window_s: int) -> tuple[int, str]:
    """Also test every edge against chance and cut groups."""
    from tocsin.detect.coordination import Shares
    from tocsin.detect.coordination.detection import Settings, by_kernel, by_timing, detect
    from tocsin.foundation import NoProgress

    _warm()
    clock_starts()
    shares = Shares.from_table(read(place))
    counted = by_kernel(shares, window_s, LEAST, NoProgress())
    settings = Settings(window_s=window_s, least=LEAST)
    found = detect(shares, counted, settings, NoProgress(), by_timing)
    return shares.rows, f"{len(counted):,} edges, {len(found.groups):,} groups"


def duckdb_sql(place: str, window_s: int) -> tuple[int, str]:
    """The same definition in DuckDB, without our pruning."""
    import duckdb

    from tocsin.detect.coordination.engines import sql

    clock_starts()
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE posts AS SELECT account, object, time AS ts FROM read_parquet(?)", [place]
        )
        rows = connection.sql("SELECT count(*) FROM posts").fetchall()[0][0]
        connection.execute(f"CREATE TABLE first AS {sql.first_shares('posts')}")
        query = f"SELECT count(*) FROM ({sql.edges('first', window_s, LEAST)})"  # noqa: S608
        found = connection.sql(query).fetchall()[0][0]
    return rows, f"{found:,} edges"


def polars_join(place: str, window_s: int) -> tuple[int, str]:
    """The same definition in Polars: a join over stretches of time."""
    import polars as pl

    clock_starts()
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
    found = met.select(pl.len()).collect().item()
    return rows, f"{found:,} edges"


def toolkit(place: str, window_s: int) -> tuple[int, str]:
    """coordination-network-toolkit's co-retweet network: it counts posts, both ways."""
    import contextlib
    import io
    import sqlite3

    from coordination_network_toolkit.compute_networks import compute_co_retweet_parallel
    from coordination_network_toolkit.preprocess import preprocess_data

    table = read(place)
    columns = [table[name].to_pylist() for name in ("account", "object", "time")]
    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/network.db"
        clock_starts()
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
    return len(columns[0]), f"{found:,} edges by its own count"


CONTENDERS: Final = (
    Contender("floor: read and sort", floor),
    Contender("tocsin, edges", edges_of_ours),
    Contender("tocsin, whole", whole_pipeline),
    Contender("Polars", polars_join, "polars", stops=100_000_000),
    Contender("DuckDB", duckdb_sql, "duckdb", stops=100_000_000),
    Contender(
        "coordination-network-toolkit", toolkit, "coordination_network_toolkit", stops=5_000_000
    ),
)


def count_pairs(place: str, window_s: int) -> tuple[int, str]:
    """Count the pairs of first shares within the window, what everybody has to visit."""
    import numpy as np

    from tocsin.detect.coordination import Shares
    from tocsin.detect.coordination.index import count_visits

    shares = Shares.from_table(read(place))
    visits = np.zeros(shares.n_accounts, np.int64)
    count_visits(shares.obj, shares.acc, shares.ts, window_s, visits)
    return (int(visits.sum()) - len(shares)) // 2, ""


def main() -> None:
    """Make each month, and measure everybody on it."""
    sizes = [int(float(each)) for each in sys.argv[1:]] or list(SIZES)
    with tempfile.TemporaryDirectory() as folder:
        for rows in sizes:
            place = Path(folder) / f"{rows}.parquet"
            write_month(rows, place)
            for window_s in WINDOWS:
                _show(rows, window_s, str(place))
            place.unlink()


def _show(rows: int, window_s: int, place: str) -> None:
    pairs = measure(count_pairs, place, window_s, runs=1).units
    shown = [_row(each, pairs, place, window_s) for each in CONTENDERS]
    title = f"{rows:,} shares over {DAYS} days, {window_s} s, {LEAST} objects; {pairs:,} pairs met"
    header = ("who", "wall s", "CPU s", "peak MB", "pairs/CPU s", "found")
    print_rows(f"{title}\n\n{machine()}; medians of 3 runs, a fresh process each", header, shown)


def _row(who: Contender, pairs: int, place: str, window_s: int) -> list[str]:
    if find_spec(who.needs) is None:
        return [who.name, "-", "-", "-", "-", f"absent: {who.needs} is not installed"]
    if pairs > who.stops:
        return [who.name, "-", "-", "-", "-", f"not asked beyond {who.stops:,} pairs"]
    done: Measured = measure(who.work, place, window_s, runs=3 if who.stops == _ALWAYS else 1)
    return [
        who.name,
        f"{done.wall_s:.2f}",
        f"{done.cpu_s:.2f}",
        f"{done.peak_mb:.0f}",
        f"{pairs / done.cpu_s:,.0f}",
        done.note,
    ]


def _warm() -> None:
    """Load compiled kernels, or compile them for the first time, on a handful of shares."""
    import numpy as np

    from tocsin.detect.coordination import Shares
    from tocsin.detect.coordination.detection import Settings, by_kernel, by_timing, detect
    from tocsin.foundation import NoProgress

    acc, obj = np.divmod(np.arange(60, dtype=np.int32), 6)
    shares = Shares.of(obj, acc, np.arange(60, dtype=np.int64))
    detect(shares, by_kernel(shares, 60, 2, NoProgress()), Settings(), NoProgress(), by_timing)


if __name__ == "__main__":
    main()
