"""Traces and tables of one's own: CooRTweet's columns, any CSV, any Parquet."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from msgspec import convert

from tocsin.activity import Post
from tocsin.intake.activity.notes import ActivityExample, Notes, Told
from tocsin.intake.activity.tables import Cells, TableReader, header_of, rows_of
from tocsin.intake.activity.values import identifier, listed, moment, number, words
from tocsin.intake.mapping import fold
from tocsin.intake.reader import Head

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "platform": ("platform", "network", "site"),
    "post": ("post", "post id", "content id", "message id", "tweet id", "status id", "content"),
    "account": (
        "account",
        "account id",
        "user id",
        "author id",
        "id account",
        "channel id",
        "author",
    ),
    "handle": ("handle", "username", "user name", "screen name"),
    "name": ("name", "display name"),
    "account_created": ("account created", "account created at"),
    "followers": ("followers", "follower count"),
    "time": (
        "time",
        "timestamp share",
        "timestamp",
        "ts",
        "created at",
        "date",
        "posted at",
        "minute",
    ),
    "kind": ("kind", "post type"),
    "text": ("text", "message", "body", "full text"),
    "text_key": ("text key",),
    "language": ("language", "lang"),
    "client": ("client", "source app"),
    "repost_of": ("repost of", "repost id", "retweet id"),
    "reply_to": ("reply to", "reply id"),
    "object": ("object", "object id", "url id"),
    "urls": ("urls", "url", "links", "link"),
    "hashtags": ("hashtags", "hashtag", "hashtag id"),
    "mentions": ("mentions",),
    "media": ("media", "media hash", "phash id", "phash"),
    "likes": ("likes", "like count"),
    "reposts": ("reposts", "shares", "share count"),
    "replies": ("replies", "comments", "comment count"),
    "views": ("views", "view count"),
}
"""Headers by field of a post; ours first, then CooRTweet's and coordination-network-toolkit's."""

FIELDS: Final = tuple(ALIASES)
_SHARED: Final = frozenset({"object", "urls", "hashtags", "media", "text", "text_key", "repost_of"})
_IDENTIFIERS: Final = frozenset({"platform", "post", "repost_of", "reply_to", "object", "text_key"})
_WORDS: Final = frozenset({"handle", "name", "kind", "text", "language", "client"})
_LISTS: Final = frozenset({"urls", "hashtags", "mentions", "media"})
_COUNTS: Final = frozenset({"followers", "likes", "reposts", "replies", "views"})


def columns_of(header: tuple[str, ...], chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the folded header for each field of a post that a table has."""
    found = {field: fold(name) for field, name in chosen.items() if fold(name) in header}
    for field, names in ALIASES.items():
        at = next((name for name in names if name in header and name not in found.values()), None)
        if field not in found and at is not None:
            found[field] = at
    return found


class ColumnsReader:
    """A delimited table with an account, a time and something that can be shared."""

    name = "table"
    says = "any other delimited table, by the names of its columns, `--column` or a saved mapping"

    def recognises(self, head: Head) -> float:
        """Columns for account, time and something shared."""
        found = columns_of(header_of(head), {})
        return 0.2 if {"account", "time"} <= found.keys() and found.keys() & _SHARED else 0.0

    def read(self, stream: BinaryIO, notes: Notes) -> Iterator[Told]:
        """Yield one post a row."""
        columns: dict[str, str] | None = None
        for cells in rows_of(stream, notes):
            if not isinstance(cells, dict):
                yield cells
                continue
            columns = columns or columns_of(tuple(cells), notes.columns)
            yield post_of(cells, columns, notes)

    def examples(self) -> tuple[ActivityExample, ...]:
        """See `ActivityReader.examples`."""
        data = (
            b"platform;user_id;created_at;text;urls\n"
            b"vk;7;2024-02-29T08:00:00+03:00;words;https://news.example/a|https://news.example/b\n"
            b"vk;;2024-02-29T08:00:00Z;nobody;\n"
        )
        row = {
            "platform": "vk",
            "account": "7",
            "time": 1_709_182_800,
            "text": "words",
            "urls": ("https://news.example/a", "https://news.example/b"),
        }
        return (ActivityExample(data, (row,), ("no-account",)),)


def post_of(cells: Cells, columns: Mapping[str, str], notes: Notes) -> Told:
    """Return the post of a row whose columns are known."""
    account = identifier(cells.get(columns.get("account", "")), notes)
    if account is None:
        return notes.lost("no-account", cells.get(columns.get("post", ""), ""))
    said: dict[str, object] = {}
    for field, header in columns.items():
        cell = cells.get(header)
        if field in _IDENTIFIERS:
            said[field] = identifier(cell, notes)
        elif field in _WORDS:
            said[field] = words(cell)
        elif field in _LISTS:
            said[field] = listed(cell)
        elif field in _COUNTS:
            said[field] = number(cell)
    said["account_created"] = moment(
        cells.get(columns.get("account_created", "")), notes, is_optional=True
    )
    said["time"] = moment(cells.get(columns.get("time", "")), notes)
    return convert({**said, "account": account}, Post)


def _coortweet(cells: Cells, notes: Notes) -> Told:
    chosen = {field: fold(name) for field, name in notes.columns.items()}
    return post_of(cells, {**_COORTWEET, **chosen}, notes)


_COORTWEET: Final = {
    "account": "account id",
    "post": "content id",
    "object": "object id",
    "time": "timestamp share",
}

COORTWEET: Final = TableReader(
    "coortweet",
    "CooRTweet's columns object_id, account_id, content_id, timestamp_share; a record is a row",
    ("object_id", "account_id", "content_id", "timestamp_share"),
    _coortweet,
    (
        ActivityExample(
            b"object_id,account_id,content_id,timestamp_share\no1,a1,c1,1623881091.0\n"
            b"o1,a2,c2,soon\n",
            (
                {"object": "o1", "account": "a1", "post": "c1", "time": 1_623_881_091},
                {"object": "o1", "account": "a2", "post": "c2", "time": None},
            ),
        ),
    ),
)

READERS: Final = (COORTWEET, ColumnsReader())
