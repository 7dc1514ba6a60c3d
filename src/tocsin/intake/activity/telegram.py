"""Telegram Desktop's export in JSON: one chat, or all of them."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from tocsin.activity import Post
from tocsin.intake.activity.jsonrecords import Record, dicts, dig, each_of, head_record, records_of
from tocsin.intake.activity.notes import ActivityExample, Notes, Told
from tocsin.intake.activity.values import identifier, moment, urls_in, words
from tocsin.intake.events import Lost
from tocsin.intake.reader import Head

_ARRAYS: Final = frozenset({"messages", "list"})
_INSIDE: Final = frozenset({"chats"})
_CHAT: Final = re.compile(r'"id"\s*:\s*(-?\d+)')


class TelegramReader:
    """`result.json`; ids of messages count within their chat, so they carry the chat's."""

    name = "telegram"
    says = "Telegram Desktop's result.json, a chat or all; a record is a message"

    def recognises(self, head: Head) -> float:
        """Messages with `from_id` or `actor_id` and a date."""
        if not head.is_json or not head.names("messages", "date"):
            return 0.0
        first = head_record(head, arrays=_ARRAYS, inside=_INSIDE)
        chat = next(iter(dicts(dig(first, "chats", "list"))), first)
        messages = dicts(chat.get("messages")) or [dict(first)]
        return 0.96 if {"id", "type", "date"} <= messages[0].keys() else 0.0

    def read(self, stream: BinaryIO, notes: Notes) -> Iterator[Told]:
        """Yield one post a message; joins, pins and other service messages are no posts."""
        before, _, _ = Head.of(stream).text.partition('"messages"')
        found = _CHAT.search(before)
        chat = found[1] if found else None
        for record in records_of(stream, notes, arrays=_ARRAYS, inside=_INSIDE):
            if isinstance(record, Lost):
                yield record
            elif "chats" in record:  # the whole export on one line
                for held in each_of(dig(record, "chats", "list"), notes):
                    yield from [held] if isinstance(held, Lost) else _chat(held, notes)
            elif "messages" in record:
                yield from _chat(record, notes)
            else:
                notes.place = f"message {record.get('id')}"
                yield _message(record, chat, notes)

    def examples(self) -> tuple[ActivityExample, ...]:
        """See `ActivityReader.examples`."""
        chat = (
            b'{\n "name": "One",\n "type": "public_channel",\n "id": 1234567890,\n "messages": [\n'
            b'  {"id": 1, "type": "service", "date": "2022-03-01T10:00:00", "actor": "One",'
            b' "actor_id": "channel1234567890", "action": "create_channel", "text": ""},\n'
            b'  {"id": 2, "type": "message", "date": "2022-03-01T11:00:00",'
            b' "date_unixtime": "1646128800", "from": "One", "from_id": "channel1234567890",'
            b' "forwarded_from": "Two", "text": ["Read ", {"type": "text_link", "text": "this",'
            b' "href": "https://news.example/a"}, " ", {"type": "hashtag", "text": "#tag"}]}\n ]\n}'
        )
        told = {
            "post": "1234567890/2",
            "account": "channel1234567890",
            "time": 1_646_128_800,
            "kind": "repost",
            "repost_of_account": "Two",
            "text": "Read this #tag",
            "urls": ("https://news.example/a",),
            "hashtags": ("tag",),
        }
        return (ActivityExample(chat, (told,), ("not-a-post",)),)


def _chat(chat: Record, notes: Notes) -> Iterator[Told]:
    own = identifier(chat.get("id"), notes, "id")
    notes.place = f"chat {own}"
    for message in each_of(chat.get("messages"), notes):
        yield message if isinstance(message, Lost) else _message(message, own, notes)


def _message(message: Record, chat: str | None, notes: Notes) -> Told:
    if message.get("type") != "message":
        return notes.lost("not-a-post", message.get("action") or message.get("type") or "")
    account = identifier(message.get("from_id"), notes, "from_id") or words(message.get("from"))
    if account is None:
        return notes.lost("no-account")
    parts = _parts(message.get("text"))
    text = words("".join(str(part.get("text", "")) for part in parts))
    forwarded = words(message.get("forwarded_from"))
    answered = identifier(message.get("reply_to_message_id"), notes, "reply_to_message_id")
    media = message.get("file") or message.get("photo")
    return Post(
        platform="telegram",
        post=_within(chat, identifier(message.get("id"), notes, "id")),
        account=account,
        name=words(message.get("from")),
        time=moment(message.get("date_unixtime") or message.get("date"), notes, "date"),
        kind="repost" if forwarded else "reply" if answered else "post",
        text=text,
        client=words(message.get("via_bot")),
        repost_of_account=forwarded,
        reply_to=_within(chat, answered),
        urls=tuple(dict.fromkeys((*_addresses(parts), *urls_in(text)))),
        hashtags=_typed(parts, "hashtag"),
        mentions=_typed(parts, "mention"),
        # A file's name is a place in the export; only a name of its own says what it is.
        media=(str(message["file_name"]),) if media and message.get("file_name") else (),
    )


def _within(chat: str | None, message: str | None) -> str | None:
    return f"{chat}/{message}" if chat and message else None


def _parts(text: object) -> list[dict[str, Any]]:
    """The pieces of a text, which stands as text or as a list of text and marked pieces."""
    listed = text if isinstance(text, list) else [text]
    return [each if isinstance(each, dict) else {"text": each} for each in listed if each]


def _addresses(parts: list[dict[str, Any]]) -> Iterator[str]:
    for part in parts:
        if part.get("type") == "text_link":
            yield str(part.get("href", ""))
        elif part.get("type") == "link":
            address = str(part.get("text", ""))
            yield address if "://" in address else f"https://{address}"


def _typed(parts: list[dict[str, Any]], kind: str) -> tuple[str, ...]:
    return tuple(str(part.get("text", ""))[1:] for part in parts if part.get("type") == kind)


READERS: Final = (TelegramReader(),)
