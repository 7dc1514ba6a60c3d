"""Edges by Spark: pruning in SQL, then the kernel's own scan on the executors.

A trace that the driver can hold is not pruned in SQL first: each round costs two shuffles, and
the kernel's own pruning does more for less. What is left after pruning goes to the executors as
one broadcast index, and tasks scan ranges of accounts. Where it no longer fits one executor,
accounts are dealt into blocks, and a task has the rows of two blocks: an edge needs the rows of
its two accounts only, so every pair of accounts meets in exactly one task. Executors need Tocsin
installed beside their Python.
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
from tocsin.detect.coordination.engines.lake import lake, spark_trace
from tocsin.detect.coordination.index import index
from tocsin.detect.coordination.kernel import Edges, ranges, scan_range
from tocsin.detect.coordination.kernel import edges as kernel_edges
from tocsin.detect.coordination.pruning import prune
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import Progress

FITS_ONE_EXECUTOR: Final = 100_000_000
"""Rows after pruning; about 40 bytes each."""

FITS_THE_DRIVER: Final = 20_000_000
"""Rows of the trace as it stands; 24 bytes each, more with identifiers that are text."""

_ROUNDS: Final = 3  # of pruning in SQL; each costs two shuffles, and most rows leave in the first
_TASKS_A_CORE: Final = 4
_NUMBERED: Final = "a int, b int, n int"


@frozen(kw_only=True)
class SparkJob:
    """What is asked of Spark.

    Attributes:
        fits: rows after pruning that one executor holds.
        drives: rows of the trace that the driver takes without a round of pruning in SQL.
    """

    window_s: int
    least: int
    first_only: bool = True
    fits: int = FITS_ONE_EXECUTOR
    drives: int = FITS_THE_DRIVER


@frozen(eq=False)
class OnSpark:
    """What came home.

    Attributes:
        shares: of the accounts that have an edge; its `rows` are all rows there were.
        accounts: how many there were.
    """

    shares: Shares
    edges: Edges
    accounts: int


def edges_on_spark(session: Any, shares: Any, job: SparkJob) -> pa.Table:
    """Return the edges as labels `a`, `b` (a before b) and `n`, in order.

    Args:
        session: a `SparkSession`.
        shares: a Spark data frame with account, object and ts, without nulls.
    """
    return _found(session, shares, job).sort_by([("a", "ascending"), ("b", "ascending")])


def detect_on_spark(
    sources: Sequence[str],
    columns: Mapping[str, str],
    settings: Settings,
    *,
    master: str,
    first_only: bool,
    progress: Progress,
) -> OnSpark:
    """Count on Spark, and bring home the edges and all shares of their accounts.

    Raises:
        UsageError, BadInputError: as `lake` and `spark_trace`.
    """
    job = SparkJob(window_s=settings.window_s, least=settings.least, first_only=first_only)
    with progress.task("counting on Spark", total=3) as advance, lake(master) as session:
        trace = spark_trace(session, sources, columns)
        totals = trace.selectExpr("count(*) AS posts", "count(DISTINCT account) AS accounts")
        posts, accounts = totals.first()
        advance()
        found = edges_on_spark(session, trace, job)
        advance()
        names = pa.concat_arrays([each.combine_chunks() for each in (found["a"], found["b"])])
        wanted = session.createDataFrame(pa.table({"account": pc.unique(names)}))
        near = trace.join(wanted, "account", "left_semi").withColumnRenamed("ts", "time")
        shares = Shares.from_table(near.toArrow(), first_only=first_only)
        advance()
    a, b = (
        pc.index_in(found[name], value_set=shares.accounts).to_numpy().astype(np.int32)
        for name in ("a", "b")
    )
    edges = Edges(a, b, found["n"].to_numpy().astype(np.int32))
    return OnSpark(evolve(shares, rows=posts), edges, accounts)


def _found(session: Any, shares: Any, job: SparkJob) -> pa.Table:
    if shares.count() <= min(job.drives, job.fits):
        return _by_ranges(session, shares, job)
    left = _pruned(session, shares, job).persist()
    try:
        rows = left.count()
        return _by_ranges(session, left, job) if rows <= job.fits else _by_blocks(left, job, rows)
    finally:
        left.unpersist()


def _pruned(session: Any, shares: Any, job: SparkJob) -> Any:
    once = sql.first_shares if job.first_only else sql.all_shares
    left = session.sql(once("{shares}"), shares=shares)
    for _ in range(_ROUNDS):
        left = session.sql(sql.pruned("{left}", job.window_s, job.least), left=left)
    return left


def _by_ranges(session: Any, left: Any, job: SparkJob) -> pa.Table:
    table = left.withColumnRenamed("ts", "time").toArrow()
    here = Shares.from_table(table, first_only=job.first_only)
    del table
    live = prune(here, job.window_s, job.least)
    laid = index(live, (job.window_s,), here.n_accounts, first_only=here.first_only)
    tasks = session.sparkContext.defaultParallelism * _TASKS_A_CORE
    cuts = [(int(first), int(last)) for first, last in ranges(laid, tasks)]
    if not cuts:
        none = np.empty(0, np.int32)
        return _labelled(here, none, none, none)
    sent = session.sparkContext.broadcast(laid)
    least = job.least

    def scan(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for first, last in zip(
                *(batch[name].to_pylist() for name in ("first", "last")), strict=True
            ):
                reached = first
                while reached < last:
                    reached, block = scan_range(sent.value, reached, last, least)
                    pair = sent.value.account[block[:2]]
                    yield _numbered(pair.min(axis=0), pair.max(axis=0), block[2])

    asked = session.createDataFrame(cuts, "first int, last int").repartition(len(cuts))
    done = asked.mapInArrow(scan, _NUMBERED).toArrow()
    sent.destroy()
    return _labelled(here, *(done[name].to_numpy() for name in ("a", "b", "n")))


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
        return _labelled(here, found.a, found.b, found.n)

    return scan


def _numbered(a: Int32s, b: Int32s, n: Int32s) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"a": a, "b": b, "n": n})


def _labelled(shares: Shares, a: Int32s, b: Int32s, n: Int32s) -> pa.Table:
    names = shares.accounts
    return pa.table(
        {"a": names.take(pa.array(a)), "b": names.take(pa.array(b)), "n": pa.array(n, pa.int32())}
    )
