"""E-mails: what the text of a partner's message names; its sender is no indicator."""

import email.policy
import re
from collections.abc import Iterator
from email import message_from_binary_file
from email.message import EmailMessage, Message
from html.parser import HTMLParser
from typing import BinaryIO, Final

from tocsin.intake.encodings import Line
from tocsin.intake.events import Event, Flagged, Kept, Lost
from tocsin.intake.reader import Context, Example, Head
from tocsin.intake.readers.lists import text_events

_HEADER: Final = re.compile(
    r"^(from|to|subject|date|received|message-id|mime-version):", re.I | re.M
)
_MAX_PARTS: Final = 200
_BREAKS: Final = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "table", "blockquote"})
_SILENT: Final = frozenset({"script", "style", "head"})


class MailReader:
    """One message as a file (RFC 5322): its text, quoted parts too, and its attachments."""

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
        message = message_from_binary_file(stream, policy=email.policy.default)
        events = list(_text_of(message))
        attached = list(_attachments(message, context))
        # A message whose list is attached needs no indicator in its text.
        if attached and all(isinstance(event, Lost) for event in events):
            events = []
        yield from events
        yield from attached

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


def _text_of(message: Message) -> Iterator[Event]:
    """Read the body once: its plain form, or HTML where there is no plain form."""
    body = message.get_body(("plain", "html")) if isinstance(message, EmailMessage) else None
    text = _decoded(body) if body is not None else ""
    if body is not None and body.get_content_type() == "text/html":
        text = text_of_html(text)
    lines = (Line(_unquoted(line)) for line in text.splitlines())
    yield from text_events(lines, prefix="body")


def _attachments(message: Message, context: Context) -> Iterator[Event]:
    if not isinstance(message, EmailMessage):
        return
    for number, part in enumerate(message.iter_attachments(), start=1):
        locator = f"attachment {number}"
        if number > _MAX_PARTS:
            yield Flagged("attachment", f"more than {_MAX_PARTS} attachments")
            return
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


def text_of_html(html: str) -> str:
    """Return the text of a page; where a link leads is told after its text."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.pieces)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BREAKS:
            self.pieces.append("\n")
        elif tag == "a":
            self._link = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BREAKS:
            self.pieces.append("\n")
        elif tag == "a" and self._link.startswith(("http://", "https://")):
            self.pieces.append(f" <{self._link}> ")
            self._link = ""

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)
