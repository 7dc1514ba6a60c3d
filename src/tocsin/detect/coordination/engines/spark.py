"""Edges by Spark: pruning in SQL, then the kernel's own scan on the executors.

A trace that the driver can hold comes home as it stands: each round of pruning in SQL costs two
shuffles, and the kernel's own does more for less. What is left after pruning goes to the executors
as one broadcast index, and tasks scan ranges of accounts, unless the driver is done with that
before Python has started there. Where it no longer fits one executor, accounts are dealt into
blocks, and a task has the rows of two blocks: an edge needs the rows of its two accounts only, so
every pair of accounts meets in exactly one task. Executors need Tocsin installed beside their
Python.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import evolve, frozen

from tocsin.detect.coordination.arrays import Int32s
from tocsin.detect.coordination.detection import Settings
from tocsin.detect.coordination.engines import sql
from tocsin.detect.coordination.engines.lake import SparkTrace, lake, spark_trace
from tocsin.detect.coordination.index import Index
from tocsin.detect.coordination.kernel import (
    HELD_EDGES,
    Edges,
    lay_out,
    named,
    ranges,
    scan_laid,
    scan_range,
)
from tocsin.detect.coordination.kernel import edges as kernel_edges
from tocsin.detect.coordination.shares import Shares
from tocsin.detect.coordination.spooling import Spool
from tocsin.foundation import Progress

FITS_ONE_EXECUTOR: Final = 100_000_000
"""Rows after pruning; about 40 bytes each."""

FITS_THE_DRIVER: Final = 20_000_000
"""Rows of the trace as it stands; 24 bytes each, more with identifiers that are text."""

SCANNED_HERE: Final = 1_000_000_000
"""Rows that a scan visits; some seconds, as long as Python takes to start on the executors."""

_ROUNDS: Final = 3  # of pruning in SQL; each costs two shuffles, and most rows leave in the first
_TASKS_A_CORE: Final = 4
_NUMBERED: Final = "a int, b int, n int"


@frozen(kw_only=True)
class SparkJob:
    """What is asked of Spark.

    Attributes:
        fits: rows after pruning that one executor holds.
        drives: rows of the trace that the driver takes without a round of pruning in SQL.
        scans: rows that the driver visits itself rather than send them to the executors.
    """

    window_s: int
    least: int
    first_only: bool = True
    fits: int = FITS_ONE_EXECUTOR
    drives: int = FITS_THE_DRIVER
    scans: int = SCANNED_HERE

    def comes_home(self, rows: int) -> bool:
        """Tell whether the driver takes a trace of so many rows as it stands."""
        return rows <= min(self.drives, self.fits)


@frozen(eq=False)
class OnSpark:
    """What came home.

    Attributes:
        shares: all, or those of the accounts that have an edge; its `rows` are all there were.
        accounts: how many there were.
        is_whole: whether all shares came home, as chance needs them.
    """

    shares: Shares
    edges: Edges
    accounts: int
    is_whole: bool


def edges_on_spark(session: Any, trace: SparkTrace, job: SparkJob) -> pa.Table:
    """Return the edges as labels `a`, `b` (a before b) and `n`, in order.

    Args:
        session: a `SparkSession`.
    """
    if job.comes_home(trace.rows()):
        here = _brought(trace.shares, job)
        return _labelled(here, _scanned(session, here, job))
    left = _pruned(session, trace.shares, job).persist()
    try:
        rows = left.count()
        if rows > job.fits:
            found = _by_blocks(left, job, rows)
            return found.sort_by([("a", "ascending"), ("b", "ascending")])
        here = _brought(left, job)
    finally:
        left.unpersist()
    return _labelled(here, _scanned(session, here, job))


def detect_on_spark(
    sources: Sequence[str],
    columns: Mapping[str, str],
    settings: Settings,
    *,
    master: str,
    first_only: bool,
    progress: Progress,
    drives: int = FITS_THE_DRIVER,
) -> OnSpark:
    """Count on Spark, and bring home the edges and the shares; of many, those of their accounts.

    Args:
        drives: as in `SparkJob`.

    Raises:
        UsageError, BadInputError: as `lake` and `spark_trace`.
    """
    job = SparkJob(
        window_s=settings.window_s, least=settings.least, first_only=first_only, drives=drives
    )
    with progress.task("counting on Spark", total=3) as advance, lake(master) as session:
        trace = spark_trace(session, sources, columns)
        is_whole = job.comes_home(trace.rows())
        advance()
        if is_whole:
            here = _brought(trace.shares, job)
            advance()
            found = _scanned(session, here, job)
            advance()
            return OnSpark(here, found, here.n_accounts, is_whole)
        totals = trace.shares.selectExpr("count(*) AS posts", "count(DISTINCT account) AS accounts")
        posts, accounts = totals.first()
        edges = edges_on_spark(session, trace, job)
        advance()
        shares = _of_accounts(session, trace, edges, first_only)
        advance()
    a, b = (
        pc.index_in(edges[name], value_set=shares.accounts).to_numpy().astype(np.int32)
        for name in ("a", "b")
    )
    counted = Edges(a, b, edges["n"].to_numpy().astype(np.int32))
    return OnSpark(evolve(shares, rows=posts), counted, accounts, is_whole)


def _of_accounts(session: Any, trace: SparkTrace, edges: pa.Table, first_only: bool) -> Shares:
    """Bring home all shares of the accounts that have an edge."""
    names = pa.concat_arrays([each.combine_chunks() for each in (edges["a"], edges["b"])])
    wanted = session.createDataFrame(pa.table({"account": pc.unique(names)}))
    near = trace.shares.join(wanted, "account", "left_semi").withColumnRenamed("ts", "time")
    return Shares.from_table(near.toArrow(), first_only=first_only)


def _brought(shares: Any, job: SparkJob) -> Shares:
    return Shares.take(
        [shares.withColumnRenamed("ts", "time").toArrow()], first_only=job.first_only
    )


def _scanned(session: Any, here: Shares, job: SparkJob) -> Edges:
    laid = lay_out(here, (job.window_s,), job.least)
    if laid.cost[-1] <= job.scans:
        blocks = scan_laid(laid, job.least)
    else:
        blocks = _by_ranges(session, laid, job.least)
    with Spool(1, here.n_accounts, HELD_EDGES, None) as spool:
        for block in blocks:
            spool.add(block)
        (columns,) = spool.sorted_by_window(job.least)
    return Edges(*columns)


def _pruned(session: Any, shares: Any, job: SparkJob) -> Any:
    once = sql.first_shares if job.first_only else sql.all_shares
    left = session.sql(once("{shares}"), shares=shares)
    for _ in range(_ROUNDS):
        left = session.sql(sql.pruned("{left}", job.window_s, job.least), left=left)
    return left


def _by_ranges(session: Any, laid: Index, least: int) -> Iterator[Int32s]:
    tasks = session.sparkContext.defaultParallelism * _TASKS_A_CORE
    cuts = [(int(first), int(last)) for first, last in ranges(laid, tasks)]
    if not cuts:
        return
    sent = session.sparkContext.broadcast(laid)

    def scan(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for first, last in zip(
                *(batch[name].to_pylist() for name in ("first", "last")), strict=True
            ):
                reached = first
                while reached < last:
                    reached, block = scan_range(sent.value, reached, last, least)
                    a, b, n = named(sent.value, block)
                    yield pa.RecordBatch.from_pydict({"a": a, "b": b, "n": n})

    asked = session.createDataFrame(cuts, "first int, last int").repartition(len(cuts))
    done = asked.mapInArrow(scan, _NUMBERED).toArrow()
    sent.destroy()
    yield np.stack([done[name].to_numpy() for name in ("a", "b", "n")])


def _by_blocks(left: Any, job: SparkJob, rows: int) -> pa.Table:
    from pyspark.sql import functions as f  # noqa: PLC0415 - only where Spark is

    # Two blocks have 2 / blocks of the rows.
    blocks = -(-2 * rows // job.fits)
    kind = left.schema["account"].dataType.simpleString()
    block = f.pmod(f.xxhash64("account"), f.lit(blocks)).cast("int")
    others = f.sequence(f.lit(0), f.lit(blocks - 1))
    dealt = left.withColumn("block", block).withColumn("other", f.explode(others))
    dealt = dealt.withColumn("low", f.least("block", "other"))
    dealt = dealt.withColumn("high", f.greatest("block", "other"))
    found = dealt.groupBy("low", "high").applyInArrow(
        _block_scan(job), f"a {kind}, b {kind}, n int"
    )
    table: pa.Table = found.toArrow()
    return table


def _block_scan(job: SparkJob) -> Callable[[pa.Table], pa.Table]:
    window_s, least, first_only = job.window_s, job.least, job.first_only

    def scan(table: pa.Table) -> pa.Table:
        apart = table["low"][0].as_py() != table["high"][0].as_py()
        trace = table.select(["account", "object", "ts"]).rename_columns(
            ["account", "object", "time"]
        )
        here = Shares.from_table(trace, first_only=first_only)
        found = kernel_edges(here, window_s, least, threads=1)
        if apart:  # pairs inside a block belong to the task that has this block alone
            inside = table.filter(pc.equal(table["block"], table["low"]))
            low = pc.is_in(here.accounts, value_set=inside["account"].combine_chunks())
            is_low = low.to_numpy(zero_copy_only=False)
            found = found.where(is_low[found.a] != is_low[found.b])
        return _labelled(here, found)

    return scan


def _labelled(shares: Shares, found: Edges) -> pa.Table:
    names = shares.accounts
    return pa.table(
        {
            "a": names.take(pa.array(found.a)),
            "b": names.take(pa.array(found.b)),
            "n": pa.array(found.n, pa.int32()),
        }
    )
