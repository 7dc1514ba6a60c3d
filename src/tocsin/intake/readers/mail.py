"""E-mails: what the text of a partner's message names; its sender is no indicator."""

import email.policy
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage, Message
from itertools import chain
from typing import BinaryIO, Final

from tocsin.intake.encodings import Line
from tocsin.intake.events import Event, Flagged, Kept, Lost
from tocsin.intake.htmltext import text_of_html
from tocsin.intake.reader import Context, Example, Head
from tocsin.intake.readers.lists import text_events

_HEADER: Final = re.compile(
    r"^(from|to|subject|date|received|message-id|mime-version):", re.I | re.M
)
_MAX_PARTS: Final = 200
_DEEPEST: Final = 8
_ENVELOPE: Final = b"From "


class MailReader:
    """Messages as files (RFC 5322), one or a mailbox of them (RFC 4155).

    Of each its text is read, quoted parts too, and its attachments, messages among them.
    """

    name = "mail"
    is_taxonomy = False

    def recognises(self, head: Head) -> float:
        """Three well-known headers before the first empty line."""
        if head.is_binary:
            return 0.0
        top = "\n".join(head.sound_lines).partition("\n\n")[0]
        named = {match[1].lower() for match in _HEADER.finditer(top)}
        return 0.92 if len(named) >= 3 and _HEADER.match(_first_header(top)) else 0.0

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event an indicator of the text, then those of each attachment."""
        is_mailbox = stream.read(len(_ENVELOPE)) == _ENVELOPE
        stream.seek(0)
        if not is_mailbox:
            yield from _message_events(_parsed(stream.read()), context)
            return
        for number, raw in enumerate(_messages(stream), start=1):
            for event in _message_events(_parsed(raw), context):
                yield _located(event, f"message {number}")

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = (
            b"From: partner@ngo.example\r\nTo: us@member.example\r\nSubject: New domains\r\n"
            b"Date: Tue, 3 Nov 2026 10:00:00 +0000\r\n\r\nPlease look at:\r\n\r\n"
            b"> spoof[.]example\r\n> hxxps://fake[.]example/story\r\n"
        )
        return (Example(data, 2, 2),)


def _first_header(top: str) -> str:
    return next((line for line in top.splitlines() if _HEADER.match(line)), "")


def _parsed(raw: bytes) -> Message:
    return message_from_bytes(raw, policy=email.policy.default)


def _messages(stream: BinaryIO) -> Iterator[bytes]:
    """Yield a mailbox's messages: each begins with an envelope line that follows an empty one."""
    lines: list[bytes] = []
    is_after_gap = True
    for line in stream:
        if is_after_gap and line.startswith(_ENVELOPE):
            if lines:
                yield b"".join(lines)
            lines = []
        else:
            lines.append(line[1:] if re.match(rb">+From ", line) else line)
        is_after_gap = not line.strip()
    yield b"".join(lines)


def _message_events(message: Message, context: Context, depth: int = 0) -> Iterator[Event]:
    events = list(_text_of(message))
    attached = list(_attachments(message, context, depth))
    # A message whose list is attached needs no indicator in its text.
    if attached and all(isinstance(event, Lost) for event in events):
        events = []
    yield from chain(events, attached)


def _text_of(message: Message) -> Iterator[Event]:
    """Read the plain form of the body, and of the HTML form what the plain one does not name."""
    plain, html = (_body_lines(message, kind) for kind in ("plain", "html"))
    if html is None or plain is None:
        yield from text_events(plain or html or (), prefix="body")
        return
    told = [event for event in text_events(plain, prefix="body") if isinstance(event, Kept)]
    known = {found.object.id for event in told for found in event.found}
    more = [
        event
        for event in text_events(html, prefix="body in HTML")
        if isinstance(event, Kept) and not known.issuperset(each.object.id for each in event.found)
    ]
    yield from chain(told, more)
    if not told and not more:
        yield Lost("no-indicator", "body")


def _body_lines(message: Message, kind: str) -> list[Line] | None:
    body = message.get_body((kind,)) if isinstance(message, EmailMessage) else None
    if body is None:
        return None
    text = text_of_html(_decoded(body)) if kind == "html" else _decoded(body)
    return [Line(_unquoted(line)) for line in text.splitlines()]


def _attachments(message: Message, context: Context, depth: int) -> Iterator[Event]:
    if not isinstance(message, EmailMessage):
        return
    for number, part in enumerate(message.iter_attachments(), start=1):
        locator = f"attachment {number}"
        if number > _MAX_PARTS:
            yield Flagged("attachment", f"more than {_MAX_PARTS} attachments")
            return
        if part.get_content_type() == "message/rfc822" and depth < _DEEPEST:
            inner = part.get_content()
            for event in _message_events(inner, context, depth + 1):
                yield _located(event, locator)
            continue
        data = part.get_payload(decode=True)
        events = context.delegate(data, context) if isinstance(data, bytes) and data else None
        if events is None:
            yield Lost("attachment", locator, part.get_content_type())
            continue
        for event in events:
            yield _located(event, locator)


def _located(event: Event, prefix: str) -> Event:
    if isinstance(event, Kept):
        return Kept(f"{prefix} {event.locator}", event.found, event.flaws)
    if isinstance(event, Lost):
        return Lost(event.kind, f"{prefix} {event.locator}", event.example)
    return event


def _decoded(part: Message) -> str:
    try:
        content = part.get_content() if isinstance(part, EmailMessage) else ""
    except (LookupError, ValueError):
        raw = part.get_payload(decode=True)
        content = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
    return content if isinstance(content, str) else ""


def _unquoted(line: str) -> str:
    return re.sub(r"^(?:\s*>)+\s?", "", line)
