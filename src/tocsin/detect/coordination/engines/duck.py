"""Edges by DuckDB, from the portable SQL."""

import duckdb
import numpy as np
import pyarrow as pa

from tocsin.detect.coordination.engines import sql
from tocsin.detect.coordination.kernel import Edges
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import Progress


def by_duckdb(shares: Shares, window_s: int, least: int, progress: Progress) -> Edges:
    """Return every edge, sorted by (a, b); DuckDB spills to disk where memory ends."""
    trace = pa.table({"account": shares.acc, "object": shares.obj, "ts": shares.ts})
    with progress.task("joining shares in DuckDB"), duckdb.connect() as connection:
        connection.register("trace", trace)
        query = sql.edges("trace", window_s, least)
        found = connection.sql(f"{query} ORDER BY a, b").to_arrow_table()
    a, b, n = (found[name].to_numpy().astype(np.int32) for name in ("a", "b", "n"))
    return Edges(a, b, n)
