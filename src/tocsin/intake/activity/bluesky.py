"""Bluesky: feeds and searches of the app's interface, and commits of the Jetstream."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from tocsin.activity import Post
from tocsin.intake.activity.jsonrecords import Record, dicts, dig, each_of, head_record, records_of
from tocsin.intake.activity.notes import ActivityExample, Notes, Told
from tocsin.intake.activity.values import identifier, moment, number, words
from tocsin.intake.events import Lost
from tocsin.intake.reader import Head

_ARRAYS: Final = frozenset({"feed", "posts"})
_INSIDE: Final[frozenset[str]] = frozenset()
_POST: Final = "app.bsky.feed.post"
_REPOST: Final = "app.bsky.feed.repost"


class BlueskyReader:
    """Views of posts (`getAuthorFeed`, `searchPosts`), and Jetstream's events a line."""

    name = "bluesky"
    says = "Bluesky's feeds, searches and Jetstream, JSON or JSONL; a record is a post or repost"

    def recognises(self, head: Head) -> float:
        """A post view with an at:// address, or a commit of a did."""
        if not head.is_json or not ("at://" in head.text or "app.bsky." in head.text):
            return 0.0
        first = head_record(head, arrays=_ARRAYS, inside=_INSIDE)
        is_commit = dig(first, "commit", "collection") is not None
        views = [each.get("post", each) for each in dicts(_unpacked(first))]
        is_view = bool(views) and dig(views[0], "author", "did") is not None
        return 0.96 if is_commit or is_view else 0.0

    def read(self, stream: BinaryIO, notes: Notes) -> Iterator[Told]:
        """Yield one post a view or commit."""
        for record in records_of(stream, notes, arrays=_ARRAYS, inside=_INSIDE):
            if isinstance(record, Lost):
                yield record
            elif "commit" in record or "kind" in record:
                yield _commit(record, notes)
            else:
                for item in each_of(_unpacked(record), notes):
                    yield item if isinstance(item, Lost) else _view(item, notes)

    def examples(self) -> tuple[ActivityExample, ...]:
        """See `ActivityReader.examples`."""
        feed = (
            b'{"feed":[{"post":{"uri":"at://did:plc:one/app.bsky.feed.post/3k","cid":"c",'
            b'"author":{"did":"did:plc:one","handle":"one.example","createdAt":'
            b'"2023-07-01T00:00:00.000Z"},"record":{"createdAt":"2024-02-01T10:00:00.000Z",'
            b'"text":"Words","langs":["en"],"facets":[{"features":[{"$type":'
            b'"app.bsky.richtext.facet#link","uri":"https://news.example/a"}]},{"features":'
            b'[{"$type":"app.bsky.richtext.facet#tag","tag":"tag"}]}]},"likeCount":2},'
            b'"reason":{"$type":"app.bsky.feed.defs#reasonRepost","by":{"did":"did:plc:two",'
            b'"handle":"two.example"},"indexedAt":"2024-02-01T10:00:30.000Z"}}]}'
        )
        commit = (
            b'{"did":"did:plc:one","time_us":1706781600000000,"kind":"commit","commit":'
            b'{"operation":"create","collection":"app.bsky.feed.post","rkey":"3k","record":'
            b'{"createdAt":"2024-02-01T10:00:00Z","text":"Words"}}}\n'
            b'{"did":"did:plc:one","time_us":1706781600000000,"kind":"identity"}\n'
        )
        repost = {
            "account": "did:plc:two",
            "time": 1_706_781_630,
            "kind": "repost",
            "repost_of": "did:plc:one/3k",
            "repost_of_account": "did:plc:one",
            "repost_of_time": 1_706_781_600,
            "urls": ("https://news.example/a",),
            "hashtags": ("tag",),
        }
        post = {"account": "did:plc:one", "post": "did:plc:one/3k", "time": 1_706_781_600}
        return (
            ActivityExample(feed, (repost,)),
            ActivityExample(commit, (post,), ("not-a-post",)),
        )


def _unpacked(record: Record) -> list[Any]:
    for name in _ARRAYS:
        if isinstance(record.get(name), list):
            return list(record[name])
    return [dict(record)] if record else []


def _view(item: Record, notes: Notes) -> Told:
    """A view of a post; under `reason` stands who reposted it."""
    view = item.get("post", item)
    did = identifier(dig(view, "author", "did"), notes, "author.did")
    post = _name(dig(view, "uri"))
    if did is None:
        return notes.lost("no-account", post or "")
    told = _record(
        did, post, dig(view, "record") or {}, notes, author=dig(view, "author") or {}, view=view
    )
    by = identifier(dig(item, "reason", "by", "did"), notes, "reason.by.did")
    if by is None:
        return told
    return Post(
        platform="bluesky",
        account=by,
        handle=words(dig(item, "reason", "by", "handle")),
        post=_name(dig(item, "reason", "uri")),
        time=moment(dig(item, "reason", "indexedAt"), notes, "reason.indexedAt"),
        kind="repost",
        text=told.text,
        language=told.language,
        repost_of=post,
        repost_of_account=did,
        repost_of_time=told.time,
        urls=told.urls,
        hashtags=told.hashtags,
        mentions=told.mentions,
        media=told.media,
    )


def _commit(event: Record, notes: Notes) -> Told:
    did = identifier(event.get("did"), notes, "did")
    commit = event.get("commit")
    collection = dig(commit, "collection")
    is_new = dig(commit, "operation") == "create"
    if did is None or not is_new or collection not in (_POST, _REPOST):
        return notes.lost("not-a-post", collection or event.get("kind") or "")
    record, post = dig(commit, "record") or {}, f"{did}/{dig(commit, 'rkey')}"
    if collection == _POST:
        return _record(did, post, record, notes, author={}, view={})
    original = dig(record, "subject", "uri")
    return Post(
        platform="bluesky",
        account=did,
        post=post,
        time=moment(record.get("createdAt"), notes, "createdAt"),
        kind="repost",
        repost_of=_name(original),
        repost_of_account=_owner(original),
    )


def _record(
    did: str, post: str | None, record: Record, notes: Notes, *, author: Record, view: Record
) -> Post:
    features = [
        each for facet in dicts(record.get("facets")) for each in dicts(facet.get("features"))
    ]
    parent, quoted = dig(record, "reply", "parent", "uri"), _quoted(record)
    languages = record.get("langs")
    return Post(
        platform="bluesky",
        account=did,
        post=post,
        handle=words(author.get("handle")),
        name=words(author.get("displayName")),
        account_created=moment(author.get("createdAt"), notes, "createdAt", is_optional=True),
        time=moment(record.get("createdAt"), notes, "createdAt"),
        kind="reply" if parent else "quote" if quoted else "post",
        text=words(record.get("text")),
        language=str(languages[0]) if isinstance(languages, list) and languages else None,
        reply_to=_name(parent),
        reply_to_account=_owner(parent),
        quote_of=_name(quoted),
        urls=_named(features, "#link", "uri") + _card(record),
        hashtags=_named(features, "#tag", "tag"),
        mentions=_named(features, "#mention", "did"),
        media=tuple(_pictures(record)),
        likes=number(view.get("likeCount")),
        reposts=number(view.get("repostCount")),
        replies=number(view.get("replyCount")),
    )


def _quoted(record: Record) -> str | None:
    found = dig(record, "embed", "record", "uri") or dig(record, "embed", "record", "record", "uri")
    return found if isinstance(found, str) else None


def _card(record: Record) -> tuple[str, ...]:
    found = dig(record, "embed", "external", "uri") or dig(
        record, "embed", "media", "external", "uri"
    )
    return (found,) if isinstance(found, str) else ()


def _pictures(record: Record) -> Iterator[str]:
    """Content ids of pictures: equal for equal bytes."""
    images = dig(record, "embed", "images") or dig(record, "embed", "media", "images")
    for each in dicts(images):
        if isinstance(link := dig(each, "image", "ref", "$link"), str):
            yield link


def _named(features: list[dict[str, Any]], kind: str, member: str) -> tuple[str, ...]:
    return tuple(
        str(each.get(member, "")) for each in features if str(each.get("$type")).endswith(kind)
    )


def _name(uri: object) -> str | None:
    """Return `did/key` of an at:// address."""
    parts = uri.split("/") if isinstance(uri, str) else []
    return f"{parts[2]}/{parts[-1]}" if len(parts) >= 5 else None


def _owner(uri: object) -> str | None:
    parts = uri.split("/") if isinstance(uri, str) else []
    return parts[2] if len(parts) >= 3 else None


READERS: Final = (BlueskyReader(),)
