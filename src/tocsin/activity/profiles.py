"""What posts tell beside what was shared: who an account says it is, when an original came out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa

from tocsin.activity.dataset import Dataset
from tocsin.activity.failing import asking
from tocsin.activity.traces import connected
from tocsin.activity.tracesql import ACCOUNT

_PROFILES: Final = f"""
SELECT {ACCOUNT} AS account, arg_max(name, time) AS name, min(account_created) AS created
FROM posts WHERE {ACCOUNT} IN (SELECT label FROM wanted)
GROUP BY 1 ORDER BY 1
"""
_ORIGINALS: Final = """
SELECT concat_ws(':', platform, repost_of) AS object,
       min(concat_ws(':', platform, repost_of_account)) AS author,
       min(repost_of_time) AS published
FROM posts
WHERE repost_of IS NOT NULL AND repost_of_account IS NOT NULL
  AND concat_ws(':', platform, repost_of) IN (SELECT label FROM wanted)
GROUP BY 1 ORDER BY 1
"""


@asking()
def profiles(source: Dataset | Path | Sequence[Path], accounts: Sequence[str]) -> pa.Table:
    """Return account, name (the last one that was seen) and created (Unix seconds).

    Args:
        source: a dataset, or Parquet files with columns of its schema.
        accounts: as `trace` names them; those that posted nothing have no row.

    Raises:
        BadInputError: for a file that is no Parquet of the schema.
    """
    return _of(source, accounts, _PROFILES)


@asking()
def originals(source: Dataset | Path | Sequence[Path], objects: Sequence[str]) -> pa.Table:
    """Return object, author and published (Unix seconds) of posts that others reposted.

    Args:
        source: as above.
        objects: as the trace of reposts names them; those whose author nobody names have no row.

    Raises:
        BadInputError: for a file that is no Parquet of the schema.
    """
    return _of(source, objects, _ORIGINALS)


def _of(source: Dataset | Path | Sequence[Path], labels: Sequence[str], sql: str) -> pa.Table:
    with connected(source) as connection:
        connection.register("wanted", pa.table({"label": pa.array(labels, pa.string())}))
        found: pa.Table = connection.sql(sql).to_arrow_table()
    return found
