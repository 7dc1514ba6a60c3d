"""The texts of a node's own activity."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pyarrow as pa
from attrs import frozen

from tocsin.activity import Dataset
from tocsin.detect.texts.corpus import Text
from tocsin.detect.texts.reading import Defects, Read

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# An id of a platform's own alone could be two posts'. A repost says by itself whose text it is.
_TEXTS: Final = """
SELECT coalesce(platform || ':', '')
           || coalesce(post, concat(account, '@', time, '/', md5(text))) AS id,
       coalesce(platform || ':', '') || account AS account, text, time, language AS lang
FROM posts WHERE trim(text) <> '' AND kind IS DISTINCT FROM 'repost'
ORDER BY time NULLS LAST, id, account
"""
_OTHERS: Final = """
SELECT count(*) FILTER (kind = 'repost'),
       count(*) FILTER (kind IS DISTINCT FROM 'repost' AND coalesce(trim(text), '') = '')
FROM posts
"""


@frozen
class StoredTexts:
    """What a dataset holds.

    Attributes:
        table: id, account, text, time (Unix seconds) and lang, as `text_families` reads them.
        reposts: posts that were passed over, as they only repeat.
        without_text: posts that say nothing.
    """

    table: pa.Table
    reposts: int
    without_text: int

    @classmethod
    def of(cls, dataset: Dataset) -> "StoredTexts":
        """Read the posts of a dataset that are no reposts."""
        with dataset.connect() as connection:
            table = connection.sql(_TEXTS).to_arrow_table()
            found = connection.execute(_OTHERS).fetchone()
        reposts, without_text = found or (0, 0)
        return cls(table, reposts, without_text)

    def read(self) -> Read:
        """Return them as texts to compare."""
        texts = tuple(self._texts())
        passed_over = {"repost": self.reposts, "no-text": self.without_text}
        return Read(texts, len(texts) + sum(passed_over.values()), Defects(), passed_over)

    def _texts(self) -> Iterator[Text]:
        for batch in self.table.to_batches():
            for row in batch.to_pylist():
                yield Text(
                    row["id"], row["text"], _moment(row["time"]), row["account"], row["lang"]
                )


def _moment(seconds: int | None) -> datetime | None:
    """Return the time, None for one outside the years that `datetime` holds."""
    try:
        return None if seconds is None else _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
