"""Traces: what accounts can have in common, each as a table of account, object and time.

Every trace is one SQL statement over `posts`; DuckDB runs it, and it spills when memory ends.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import duckdb
import pyarrow as pa

from tocsin.activity.dataset import Dataset, open_duckdb, relation
from tocsin.activity.failing import asking
from tocsin.activity.tracesql import DEFINITIONS, Options
from tocsin.foundation import BadInputError, UsageError

TRACES: Final[Mapping[str, str]] = MappingProxyType(
    {name: each.says for name, each in DEFINITIONS.items()}
)
"""Every trace by name, with what the object is."""

_PARQUET: Final = b"PAR1"


@asking()
def trace(
    source: Dataset | Path | Sequence[Path],
    name: str,
    *,
    first_share: bool = True,
    options: Options | None = None,
) -> pa.Table:
    """Return a trace: account and object (string), time (int64, Unix seconds UTC), content.

    Rows without account, object or time are left out: they can meet nobody. Ordered by time,
    account and object. An account of a known platform is `platform:account`, so that equal
    numbers on two platforms stay two accounts; so are ids of posts. Addresses, domains, hashtags,
    media and texts have no platform: in them accounts of several platforms meet.

    Args:
        source: a dataset, or Parquet files with columns of its schema.
        name: one of `TRACES`.
        first_share: keep an account's first share of an object only, the largest gain that was
            measured; otherwise every share.

    Raises:
        UsageError: for a name that is no trace.
        BadInputError: for a file that is no Parquet of the schema.
    """
    if name not in DEFINITIONS:
        raise UsageError(f"{name!r} is no trace", hint=f"use one of {', '.join(DEFINITIONS)}")
    with connected(source) as connection:
        found: pa.Table = connection.sql(
            trace_sql(name, first_share=first_share, options=options)
        ).to_arrow_table()
    return found


def trace_sql(name: str, *, first_share: bool = True, options: Options | None = None) -> str:
    """Return the statement of a trace over the relations `posts` and `ads`, views in DuckDB."""
    rows = DEFINITIONS[name].sql(options or Options())
    sound = f"({rows}) WHERE account <> '' AND object <> '' AND time IS NOT NULL"
    kept = (
        f"SELECT account, object, min(time) AS time, arg_min(content, (time, content)) AS content "
        f"FROM {sound} GROUP BY account, object"
        if first_share
        else f"SELECT DISTINCT account, object, time, content FROM {sound}"
    )
    return f"{kept} ORDER BY time, account, object, content"


def connected(source: Dataset | Path | Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB with the view `posts` over a dataset, or over files of its schema.

    Raises:
        BadInputError: for a file that is no Parquet.
    """
    if isinstance(source, Dataset):
        return source.connect()
    paths = [source] if isinstance(source, Path) else list(source)
    for path in paths:
        with path.open("rb") as stream:
            if stream.read(4) != _PARQUET:
                raise BadInputError(
                    f"{path}: is no Parquet file", hint="load it first: tocsin load FILE"
                )
    connection = open_duckdb()
    connection.execute(f"CREATE VIEW posts AS {relation('posts', paths)}")
    connection.execute(f"CREATE VIEW ads AS {relation('ads', ())}")  # files hold posts
    return connection
