"""Several traces and platforms as one: each post speaks once, for the object that says most.

A post with a link, a hashtag and a copied text is one act. Counted in three traces it would be
three co-actions that are not independent, and a test against chance would take them for three.
Here each post stays on one of its objects only: the rarest that another account shared too.
Which one that is depends on who shared what, never on when, so the timing null stays valid.
Shared objects join platforms: the same link, text or picture is one object everywhere.

Source: the choice of one hypothesis per unit before its test is seen, as in independent filtering
(Bourgon, Gentleman and Huber, PNAS 2010).
"""

from collections.abc import Mapping
from typing import Final

import duckdb
import pyarrow as pa

from tocsin.foundation import UsageError

_WANTED: Final = ("account", "object", "time")

# Rarest first; of equally rare ones the trace that was named first; then by name, so that the
# order of rows decides nothing.
_CHOOSE: Final = """
with popular as (
    select trace, object, count(distinct account) as accounts
    from shares group by trace, object having count(distinct account) > 1
)
select account, trace || ':' || object as object, time, content
from shares join popular using (trace, object)
qualify content is null
    or row_number() over (partition by content order by accounts, rank, object, time, account) = 1
order by account, object, time, content
"""


def fuse(traces: Mapping[str, pa.Table]) -> pa.Table:
    """Return one trace out of several.

    Args:
        traces: by name, the most telling first: tables with `account`, `object`, `time` (Unix
            seconds) and `content` (the post's id, unique over platforms). Rows without content
            are all kept: nothing shows which post they belong to. For platforms side by side, an
            account's label names its platform.

    Returns:
        The columns account, object, time and content, sorted. An object's label is
        `trace:object`. Objects that one account alone shared are left out: they join nobody.

    Raises:
        UsageError: when there is no trace, or a column is missing.
    """
    if not traces:
        raise UsageError("no trace to fuse", hint="name at least one trace")
    tables = [_named(name, rank, table) for rank, (name, table) in enumerate(traces.items())]
    shares = pa.concat_tables(tables)
    with duckdb.connect() as connection:
        connection.register("shares", shares)
        fused: pa.Table = connection.sql(_CHOOSE).to_arrow_table()
    return fused


def _named(name: str, rank: int, table: pa.Table) -> pa.Table:
    absent = [each for each in _WANTED if each not in table.column_names]
    if absent:
        raise UsageError(
            f"trace {name}: no column {absent[0]}", hint=f"a trace has {', '.join(_WANTED)}"
        )
    rows = len(table)
    content = table["content"] if "content" in table.column_names else pa.nulls(rows)
    return pa.table(
        {
            "trace": pa.array([name] * rows, pa.string()),
            "rank": pa.array([rank] * rows, pa.int32()),
            "account": table["account"].cast(pa.string()),
            "object": table["object"].cast(pa.string()),
            "time": table["time"].cast(pa.int64()),
            "content": content.cast(pa.string()),
        }
    )
