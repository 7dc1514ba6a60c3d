"""Traces that families of texts make over posts: names for `--trace`, beside those of activity."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import duckdb
import pyarrow as pa

from tocsin.activity import Dataset
from tocsin.activity.failing import asking
from tocsin.activity.traces import connected
from tocsin.activity.tracesql import ACCOUNT, CONTENT
from tocsin.detect.texts.meaning import sentence_encoder
from tocsin.detect.texts.traces import text_families
from tocsin.foundation import Progress, UsageError

LETTERS: Final = "text-families"
MEANINGS: Final = "text-meanings"
FAMILY_TRACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        LETTERS: "variants of one text by their letters: padded, trimmed, some words replaced",
        MEANINGS: "variants of one text by its meaning: reworded and translated ones as well",
    }
)
"""Every trace of this kind by name, with what the object is. Meaning takes a thousand times the
work of letters, and is looser evidence that two accounts share a source."""

# As in the trace of equal texts a repost is left out: it says by itself whose words it has.
_POSTED: Final = f"""
SELECT {ACCOUNT} AS account, text, time, language AS lang, {CONTENT} AS id
FROM posts
WHERE trim(text) <> '' AND kind IS DISTINCT FROM 'repost' AND account <> '' AND time IS NOT NULL
ORDER BY time, account, text, id
"""  # noqa: S608 - names of our own
_ALL: Final = "SELECT DISTINCT account, object, time, content FROM found"
_FIRST: Final = (
    "SELECT account, object, min(time) AS time, arg_min(content, (time, content)) AS content "
    "FROM found GROUP BY account, object"
)


@asking()
def family_trace(
    source: Dataset | Path | Sequence[Path],
    name: str,
    progress: Progress,
    *,
    first_share: bool = True,
) -> pa.Table:
    """Return account, object, time and content of posts whose text is in a family.

    As `tocsin.activity.trace`: ordered by time, account and object; `object` names the family.

    Args:
        source: a dataset, or Parquet files with columns of its schema.
        name: one of `FAMILY_TRACES`.
        first_share: keep an account's first text of a family only.

    Raises:
        UsageError: for a name that is no such trace.
        BadInputError: for a file that is no Parquet of the schema.
    """
    if name not in FAMILY_TRACES:
        raise UsageError(f"{name!r} is no trace of texts", hint=f"use {' or '.join(FAMILY_TRACES)}")
    with connected(source) as connection:
        posted = connection.sql(_POSTED).to_arrow_table()
    encoder = sentence_encoder() if name == MEANINGS else None
    found = text_families(posted, progress, encoder=encoder)
    del posted
    with duckdb.connect() as connection:
        connection.register("found", found)
        rows = _FIRST if first_share else _ALL
        made: pa.Table = connection.sql(
            f"{rows} ORDER BY time, account, object, content"
        ).to_arrow_table()
    return made
