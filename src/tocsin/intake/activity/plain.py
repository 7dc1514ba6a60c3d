"""Traces and tables of one's own: CooRTweet's columns, any CSV, any Parquet."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

from msgspec import convert

from tocsin.activity import Post
from tocsin.intake.activity.jsonrecords import head_record, records_of
from tocsin.intake.activity.notes import ActivityExample, Notes, Told
from tocsin.intake.activity.tables import Cells, TableReader, header_of, rows_of
from tocsin.intake.activity.values import identifier, listed, moment, number, words
from tocsin.intake.events import Lost
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


class ObjectsReader:
    """JSON objects, one a line, whose members are named as columns of a table may be."""

    name = "jsonl"
    says = "any other JSON, one flat object a line, by the names of its members as of a table"

    def recognises(self, head: Head) -> float:
        """Members for account, time and something shared."""
        if not head.is_json:
            return 0.0
        first = head_record(head, arrays=frozenset(), inside=frozenset())
        found = columns_of(tuple(map(fold, first)), {})
        return 0.15 if {"account", "time"} <= found.keys() and found.keys() & _SHARED else 0.0

    def read(self, stream: BinaryIO, notes: Notes) -> Iterator[Told]:
        """Yield one post an object; members in which nothing ever stood are noted."""
        columns: dict[tuple[str, ...], dict[str, str]] = {}
        seen: dict[str, bool] = {}
        for record in records_of(stream, notes):
            if isinstance(record, Lost):
                yield record
                continue
            cells = {fold(name): value for name, value in record.items()}
            for name, value in cells.items():
                seen[name] = seen.get(name, False) or value not in (None, "", [])
            header = tuple(cells)
            if header not in columns:
                columns[header] = columns_of(header, notes.columns)
            yield post_of(cells, columns[header], notes)
        notes.place = "members"
        for name in (name for name, is_used in seen.items() if not is_used):
            notes.flag("empty-column", name)

    def examples(self) -> tuple[ActivityExample, ...]:
        """See `ActivityReader.examples`."""
        data = (
            b'{"platform":"vk","user_id":9007199254740993,"created_at":1709182800,"text":"words",'
            b'"urls":["https://news.example/a","https://news.example/b"]}\n'
            b'{"platform":"vk","user_id":null,"created_at":"2024-02-29T08:00:00Z"}\n'
        )
        row = {
            "platform": "vk",
            "account": "9007199254740993",
            "time": 1_709_182_800,
            "text": "words",
            "urls": ("https://news.example/a", "https://news.example/b"),
        }
        return (ActivityExample(data, (row,), ("no-account",)),)


def post_of(cells: Mapping[str, Any], columns: Mapping[str, str], notes: Notes) -> Told:
    """Return the post of a row whose columns are known."""
    header = columns.get("account", "")
    account = identifier(cells.get(header), notes, header)
    if account is None:
        return notes.lost("no-account", cells.get(columns.get("post", ""), ""))
    said: dict[str, object] = {}
    for field, header in columns.items():
        cell = cells.get(header)
        if field in _IDENTIFIERS:
            said[field] = identifier(cell, notes, header)
        elif field in _WORDS:
            said[field] = words(cell)
        elif field in _LISTS:
            said[field] = _several(cell)
        elif field in _COUNTS:
            said[field] = number(cell)
    header = columns.get("account_created", "")
    said["account_created"] = moment(cells.get(header), notes, header, is_optional=True)
    header = columns.get("time", "")
    said["time"] = moment(cells.get(header), notes, header)
    return convert({**said, "account": account}, Post)


def _several(cell: object) -> tuple[str, ...]:
    """Return the items of a list as JSON has it, or as a cell writes it."""
    if isinstance(cell, list):
        return tuple(each for each in cell if isinstance(each, str) and each)
    return listed(cell) if isinstance(cell, str) else ()


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

READERS: Final = (COORTWEET, ColumnsReader(), ObjectsReader())
