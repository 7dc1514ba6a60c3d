"""4CAT's tables, and Zeeschuimer's captures of what platforms send to a browser."""

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from tocsin.activity import Post
from tocsin.intake.activity.jsonrecords import Record, dicts, dig, head_record, records_of
from tocsin.intake.activity.notes import ActivityExample, Notes, Told
from tocsin.intake.activity.tables import Cells, TableReader
from tocsin.intake.activity.values import (
    identifier,
    listed,
    moment,
    names_in,
    number,
    tags_in,
    urls_in,
    words,
)
from tocsin.intake.events import Lost
from tocsin.intake.reader import Head

_NONE: Final[frozenset[str]] = frozenset()


class ZeeschuimerReader:
    """An item a line with `source_platform` and `data`; 4CAT puts the first into the second."""

    name = "zeeschuimer"
    says = "Zeeschuimer's NDJSON and 4CAT's of it: TikTok, X, Instagram; a record is an item"

    def recognises(self, head: Head) -> float:
        """Items with `source_platform` and `data`, or 4CAT's `__import_meta`."""
        if not head.is_json:
            return 0.0
        first = head_record(head, arrays=_NONE, inside=_NONE)
        return 0.97 if _platform(first) else 0.0

    def read(self, stream: BinaryIO, notes: Notes) -> Iterator[Told]:
        """Yield one post an item; a platform that is not known loses its items by name."""
        for record in records_of(stream, notes):
            if isinstance(record, Lost):
                yield record
                continue
            platform = _platform(record)
            read = _PLATFORMS.get(platform)
            data = record.get("data") if "source_platform" in record else record
            if read is None or not isinstance(data, dict):
                yield notes.lost("unknown-platform", platform)
            else:
                yield read(data, notes)

    def examples(self) -> tuple[ActivityExample, ...]:
        """See `ActivityReader.examples`."""
        data = (
            b'{"nav_index":"1:1","item_id":"7341","timestamp_collected":1709300000000,'
            b'"source_platform":"tiktok.com","source_url":"https://www.tiktok.com/","data":{"id":"7341",'
            b'"desc":"Words #tag","createTime":1709200000,"author":{"id":"68","uniqueId":"one",'
            b'"nickname":"One"},"challenges":[{"title":"tag"}],"music":{"id":"9"},'
            b'"stats":{"playCount":5,"diggCount":1}}}\n'
            b'{"item_id":"1","source_platform":"twitter.com","data":{"rest_id":"17","core":'
            b'{"user_results":{"result":{"rest_id":"5","legacy":{"screen_name":"two","created_at":'
            b'"Wed Oct 10 20:19:24 +0000 2018"}}}},"legacy":{"id_str":"17","full_text":"Words",'
            b'"created_at":"Wed Oct 10 20:20:24 +0000 2018","entities":{"urls":[{"expanded_url":'
            b'"https://news.example/a"}],"hashtags":[{"text":"tag"}]}}}}\n'
            b'{"item_id":"2","source_platform":"elsewhere.example","data":{"id":1}}\n'
        )
        one = {
            "platform": "tiktok",
            "post": "7341",
            "account": "68",
            "handle": "one",
            "time": 1_709_200_000,
            "hashtags": ("tag",),
            "object": "music 9",
        }
        two = {
            "platform": "twitter",
            "post": "17",
            "account": "5",
            "handle": "two",
            "time": 1_539_202_824,
            "account_created": 1_539_202_764,
            "urls": ("https://news.example/a",),
            "hashtags": ("tag",),
        }
        return (ActivityExample(data, (one, two), ("unknown-platform",)),)


def _platform(record: Record) -> str:
    named = record.get("source_platform") if "data" in record else None
    named = named or dig(record, "__import_meta", "source_platform")
    return str(named).casefold() if named else ""


def _tiktok(item: Record, notes: Notes) -> Told:
    author = item.get("author")
    handle = words(author) or words(dig(author, "uniqueId"))
    account = identifier(dig(author, "id") or item.get("authorId"), notes, "author.id") or handle
    if account is None:
        return notes.lost("no-account", item.get("id", ""))
    text = words(item.get("desc"))
    tags = _texts(item.get("challenges"), "title")
    music = identifier(dig(item, "music", "id"), notes, "music.id")
    return Post(
        platform="tiktok",
        post=identifier(item.get("id"), notes, "id"),
        account=account,
        handle=handle,
        name=words(dig(author, "nickname")),
        account_created=moment(dig(author, "createTime"), notes, "createTime", is_optional=True),
        time=moment(item.get("createTime"), notes, "createTime"),
        kind="post",
        text=text,
        object=f"music {music}" if music else None,
        urls=urls_in(text),
        hashtags=tags or tags_in(text),
        mentions=names_in(text),
        likes=number(dig(item, "stats", "diggCount")),
        reposts=number(dig(item, "stats", "shareCount")),
        replies=number(dig(item, "stats", "commentCount")),
        views=number(dig(item, "stats", "playCount")),
    )


def _x(item: Record, notes: Notes) -> Told:
    legacy = item.get("legacy") if isinstance(item.get("legacy"), dict) else item
    user = dig(item, "core", "user_results", "result") or {}
    account = identifier(user.get("rest_id") or dig(legacy, "user_id_str"), notes, "user_id_str")
    if account is None:
        return notes.lost("no-account", item.get("rest_id", ""))
    original = dig(legacy, "retweeted_status_result", "result") or {}
    original = original.get("tweet", original)
    entities = dig(original, "legacy", "entities") or dig(legacy, "entities")
    answered = identifier(
        dig(legacy, "in_reply_to_status_id_str"), notes, "in_reply_to_status_id_str"
    )
    source = words(item.get("source"))
    quoted = identifier(dig(legacy, "quoted_status_id_str"), notes, "quoted_status_id_str")
    return Post(
        platform="twitter",
        post=identifier(item.get("rest_id") or dig(legacy, "id_str"), notes, "id_str"),
        account=account,
        handle=words(dig(user, "legacy", "screen_name") or dig(user, "core", "screen_name")),
        name=words(dig(user, "legacy", "name") or dig(user, "core", "name")),
        account_created=moment(
            dig(user, "legacy", "created_at") or dig(user, "core", "created_at"),
            notes,
            is_optional=True,
        ),
        followers=number(dig(user, "legacy", "followers_count")),
        time=moment(dig(legacy, "created_at"), notes, "created_at"),
        kind="repost" if original else "reply" if answered else "quote" if quoted else "post",
        text=words(dig(original, "legacy", "full_text")) or words(dig(legacy, "full_text")),
        language=words(dig(legacy, "lang")),
        client=re.sub(r"<[^>]*>", "", source) if source else None,
        repost_of=identifier(original.get("rest_id"), notes, "rest_id"),
        repost_of_account=identifier(
            dig(original, "core", "user_results", "result", "rest_id"), notes
        ),
        repost_of_time=moment(
            dig(original, "legacy", "created_at"), notes, "legacy.created_at", is_optional=True
        ),
        reply_to=answered,
        reply_to_account=identifier(
            dig(legacy, "in_reply_to_user_id_str"), notes, "in_reply_to_user_id_str"
        ),
        quote_of=quoted,
        urls=_texts(dig(entities, "urls"), "expanded_url"),
        hashtags=_texts(dig(entities, "hashtags"), "text"),
        mentions=_texts(dig(entities, "user_mentions"), "screen_name"),
        media=_texts(dig(entities, "media"), "media_key"),
        likes=number(dig(legacy, "favorite_count")),
        reposts=number(dig(legacy, "retweet_count")),
        replies=number(dig(legacy, "reply_count")),
        views=number(dig(item, "views", "count")),
    )


def _instagram(item: Record, notes: Notes) -> Told:
    user = item.get("user") or item.get("owner")
    account = identifier(dig(user, "id") or dig(user, "pk"), notes, "user.id") or words(
        dig(user, "username")
    )
    if account is None:
        return notes.lost("no-account", item.get("id", ""))
    edges = dicts(dig(item, "edge_media_to_caption", "edges"))
    text = words(dig(item, "caption", "text")) or words(
        dig(edges[0], "node", "text") if edges else None
    )
    return Post(
        platform="instagram",
        post=words(item.get("code"))
        or words(item.get("shortcode"))
        or identifier(item.get("id"), notes, "id"),
        account=account,
        handle=words(dig(user, "username")),
        name=words(dig(user, "full_name")),
        time=moment(item.get("taken_at") or item.get("taken_at_timestamp"), notes, "taken_at"),
        kind="post",
        text=text,
        urls=urls_in(text),
        hashtags=tags_in(text),
        mentions=names_in(text),
        likes=number(item.get("like_count")),
        replies=number(item.get("comment_count")),
    )


_PLATFORMS: Final[dict[str, Callable[[Record, Notes], Told]]] = {
    "tiktok.com": _tiktok,
    "twitter.com": _x,
    "x.com": _x,
    "instagram.com": _instagram,
}


def _texts(items: object, member: str) -> tuple[str, ...]:
    return tuple(each[member] for each in dicts(items) if isinstance(each.get(member), str))


def _row(cells: Cells, notes: Notes) -> Told:
    """A row of 4CAT's CSV; which columns it has beside the first five depends on the source."""
    author = words(cells.get("author"))
    account = identifier(cells.get("author id"), notes, "author id", is_quiet=True) or author
    if account is None:
        return notes.lost("no-account", cells.get("id", ""))
    text = words(cells.get("body"))
    post, thread = (
        identifier(cells.get("id"), notes, "id"),
        identifier(cells.get("thread id"), notes, "thread id"),
    )
    is_repost = cells.get("is retweet", "").strip().casefold() in ("yes", "true", "1")
    is_reply = thread is not None and thread != post
    return Post(
        platform=words(cells.get("platform")) or words(cells.get("source platform")),
        post=post,
        account=account,
        handle=author,
        name=words(cells.get("author fullname") or cells.get("author full")),
        time=moment(cells.get("unix timestamp") or cells.get("timestamp"), notes, "timestamp"),
        kind="repost" if is_repost else "reply" if is_reply else "post",
        text=text,
        language=words(cells.get("language") or cells.get("lang")),
        client=words(cells.get("source")),
        reply_to=thread if is_reply else None,
        urls=listed(cells.get("urls")) or urls_in(text),
        hashtags=listed(cells.get("hashtags")) or tags_in(text),
        mentions=listed(cells.get("mentions")) or names_in(text),
        media=listed(cells.get("image md5") or cells.get("image hash")),
        likes=number(cells.get("likes") or cells.get("like count")),
        reposts=number(cells.get("shares") or cells.get("retweet count")),
        replies=number(cells.get("comments") or cells.get("reply count")),
        views=number(cells.get("plays") or cells.get("views")),
    )


TABLE: Final = TableReader(
    "4cat",
    "4CAT's CSV; a record is a row",
    ("id", "thread_id", "timestamp", "body", "author"),
    _row,
    (
        ActivityExample(
            b"id,thread_id,timestamp,body,author,author_id,hashtags,unix_timestamp\n"
            b"7341234567890123456,7341234567890123456,2024-02-29 09:46:40,Words,one,68,"
            b'"a,b",1709200000\n',
            (
                {
                    "post": "7341234567890123456",
                    "account": "68",
                    "handle": "one",
                    "time": 1_709_200_000,
                    "hashtags": ("a", "b"),
                    "kind": "post",
                },
            ),
        ),
    ),
)

READERS: Final = (ZeeschuimerReader(), TABLE)
