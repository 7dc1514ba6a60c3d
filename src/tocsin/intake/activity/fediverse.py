"""The fediverse: Mastodon's interface, and ActivityPub outboxes as accounts export them."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from tocsin.activity import Post
from tocsin.intake.activity.jsonrecords import Record, dicts, dig, each_of, head_record, records_of
from tocsin.intake.activity.notes import ActivityExample, Notes, Told
from tocsin.intake.activity.values import identifier, moment, number, plain, words
from tocsin.intake.events import Lost
from tocsin.intake.reader import Head

_ARRAYS: Final = frozenset({"orderedItems", "statuses", "items"})
_INSIDE: Final = frozenset({"first"})
_MADE: Final = frozenset({"Create", "Announce"})


class FediverseReader:
    """Statuses of Mastodon's interface, or activities of an outbox."""

    name = "fediverse"
    says = "Mastodon's statuses and ActivityPub outboxes, JSON or JSONL; a record is a post"

    def recognises(self, head: Head) -> float:
        """A status with an account and content, or an activity with an actor."""
        if not head.is_json:
            return 0.0
        first = head_record(head, arrays=_ARRAYS, inside=_INSIDE)
        item = next(iter(dicts(_unpacked(first))), {})
        is_status = dig(item, "account", "acct") is not None and "content" in item
        is_activity = {"actor", "object", "type"} <= item.keys() or (
            item.get("type") == "Note" and "attributedTo" in item
        )
        return 0.95 if is_status or is_activity else 0.0

    def read(self, stream: BinaryIO, notes: Notes) -> Iterator[Told]:
        """Yield one post a status or activity."""
        for record in records_of(stream, notes, arrays=_ARRAYS, inside=_INSIDE):
            if isinstance(record, Lost):
                yield record
                continue
            for item in each_of(_unpacked(record), notes):
                if isinstance(item, Lost):
                    yield item
                else:
                    yield _status(item, notes) if "account" in item else _activity(item, notes)

    def examples(self) -> tuple[ActivityExample, ...]:
        """See `ActivityReader.examples`."""
        status = (
            b'[{"id":"110","uri":"https://a.example/users/one/statuses/110","created_at":'
            b'"2023-05-01T12:00:00.000Z","account":{"id":"5","acct":"one","url":'
            b'"https://a.example/@one","created_at":"2022-11-01T00:00:00.000Z"},"content":'
            b'"<p>Words <a href=\\"https://news.example/a\\">here</a> <a href=\\"https://a.example/tags/t\\"'
            b' class=\\"mention hashtag\\">#t</a></p>","tags":[{"name":"t"}],"mentions":[],'
            b'"media_attachments":[],"reblog":null,"favourites_count":1}]'
        )
        outbox = (
            b'{\n"type":"OrderedCollection","orderedItems":[{"id":"https://a.example/1","type":"Announce",'
            b'"actor":"https://a.example/users/one","published":"2023-05-01T12:00:00Z","object":'
            b'"https://b.example/users/two/statuses/7"},{"type":"Like","actor":'
            b'"https://a.example/users/one","object":"https://b.example/8"}]}'
        )
        told = {
            "post": "https://a.example/users/one/statuses/110",
            "account": "https://a.example/@one",
            "time": 1_682_942_400,
            "text": "Words here #t",
            "urls": ("https://news.example/a",),
            "hashtags": ("t",),
        }
        announced = {
            "kind": "repost",
            "account": "https://a.example/users/one",
            "repost_of": "https://b.example/users/two/statuses/7",
        }
        return (
            ActivityExample(status, (told,)),
            ActivityExample(outbox, (announced,), ("not-a-post",)),
        )


def _unpacked(record: Record) -> list[Any]:
    for name in _ARRAYS:
        if isinstance(record.get(name), list):
            return list(record[name])
    return [dict(record)] if record else []


def _status(status: Record, notes: Notes) -> Told:
    """A status; ids count within one server, so addresses stand for them."""
    account = _who(status.get("account"))
    if account is None:
        return notes.lost("no-account", status.get("id", ""))
    reblog = status.get("reblog") if isinstance(status.get("reblog"), dict) else {}
    shown = reblog or status
    text, urls = plain(shown.get("content"))
    answered = identifier(status.get("in_reply_to_id"), notes, "in_reply_to_id")
    card = dig(shown, "card", "url")
    return Post(
        platform="fediverse",
        post=words(status.get("uri")) or identifier(status.get("id"), notes, "id"),
        account=account,
        handle=words(dig(status, "account", "acct")),
        name=words(dig(status, "account", "display_name")),
        account_created=moment(
            dig(status, "account", "created_at"), notes, "account.created_at", is_optional=True
        ),
        followers=number(dig(status, "account", "followers_count")),
        time=moment(status.get("created_at"), notes, "created_at"),
        kind="repost" if reblog else "reply" if answered else "post",
        text=text,
        language=words(status.get("language")),
        client=words(dig(status, "application", "name")),
        repost_of=words(dig(reblog, "uri")),
        repost_of_account=_who(dig(reblog, "account")),
        repost_of_time=moment(dig(reblog, "created_at"), notes, "created_at", is_optional=True),
        reply_to=answered,
        reply_to_account=identifier(
            status.get("in_reply_to_account_id"), notes, "in_reply_to_account_id"
        ),
        urls=urls or ((card,) if isinstance(card, str) else ()),
        hashtags=_texts(shown.get("tags"), "name"),
        mentions=_texts(shown.get("mentions"), "acct"),
        media=_texts(shown.get("media_attachments"), "blurhash"),
        likes=number(status.get("favourites_count")),
        reposts=number(status.get("reblogs_count")),
        replies=number(status.get("replies_count")),
    )


def _who(account: object) -> str | None:
    """The address of an account, which all servers know it by."""
    return words(dig(account, "url")) or words(dig(account, "acct"))


def _activity(activity: Record, notes: Notes) -> Told:
    if activity.get("type") == "Note":
        activity = {"type": "Create", "actor": activity.get("attributedTo"), "object": activity}
    if activity.get("type") not in _MADE:
        return notes.lost("not-a-post", activity.get("type") or "")
    actor = activity.get("actor")
    account = words(actor) or words(dig(actor, "id"))
    if account is None:
        return notes.lost("no-account", activity.get("id", ""))
    made = activity.get("object")
    note = made if isinstance(made, dict) else {}
    is_repost = activity.get("type") == "Announce"
    text, urls = plain(note.get("content"))
    tags = dicts(note.get("tag"))
    return Post(
        platform="fediverse",
        post=words(activity.get("id")) if is_repost else words(note.get("id")) or words(made),
        account=account,
        time=moment(activity.get("published") or note.get("published"), notes, "published"),
        kind="repost" if is_repost else "reply" if note.get("inReplyTo") else "post",
        text=text,
        repost_of=(words(note.get("id")) or words(made)) if is_repost else None,
        reply_to=words(note.get("inReplyTo")),
        urls=urls,
        hashtags=tuple(
            str(each.get("name", "")).lstrip("#") for each in tags if each.get("type") == "Hashtag"
        ),
        mentions=tuple(str(each.get("href", "")) for each in tags if each.get("type") == "Mention"),
        media=_texts(note.get("attachment"), "blurhash"),
    )


def _texts(items: object, member: str) -> tuple[str, ...]:
    return tuple(each[member] for each in dicts(items) if isinstance(each.get(member), str))


READERS: Final = (FediverseReader(),)
