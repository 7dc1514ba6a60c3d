"""Plain lists, one indicator a line, defanged or not; and free text that mentions indicators."""

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from tocsin.foundation import JsonObject
from tocsin.intake.cells import Place, found_observable, read_cell
from tocsin.intake.encodings import Line, read_lines
from tocsin.intake.events import Event, Flaw, Kept, Lost
from tocsin.intake.guessing import is_header
from tocsin.intake.htmltext import is_markup, text_of_html
from tocsin.intake.reader import Context, Example, Head
from tocsin.records.observables import find_observables, read_value

_COMMENT: Final = ("#", "//", ";", "!")
_BULLET: Final = re.compile(r"^\s*(?:[-*•·\u2013]|\d{1,4}[.)])\s+(?:\[[ xX]?\]\s+)?")
# Lists for blocking: where a hosts file sends a name, and how filters write one.
_NOWHERE: Final = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1|::1?|0)\s+(?=\S*\.)")
_FILTER: Final = re.compile(r"\|\|([^\s^/$|]+)\^?(?:\$\S*)?")
_FIRST_WORD: Final = re.compile(r"^[^\s,;|]*+")
_LAST_WORD: Final = re.compile(r"[^\s,;|]{0,4096}$")
MAX_LINE_SAID: Final = 400


class ListReader:
    """One indicator a line; lines that begin with `#`, `//`, `;` or `!` are comments.

    Of a line that is a sentence, what it mentions is kept, as of any text.
    """

    name = "list"
    is_taxonomy = False

    def recognises(self, head: Head) -> float:
        """A text in which at least half of the lines begin with an identifier."""
        if head.is_binary or head.is_json:
            return 0.0
        lines = [line for line in head.sound_lines[:400] if _is_entry(line)]
        if not lines:
            return 0.0
        others = 0
        for line in lines:
            others += not read_value(_bare(line)).observables
            if others * 2 > len(lines):
                return 0.0
        return 0.7

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event a line; a comment above a line is said of it."""
        encoding = Head.of(stream).encoding
        heading, is_first = "", True
        for number, line in enumerate(read_lines(stream, encoding), start=1):
            text = line.text.strip()
            if line.fault == "line-too-long":
                yield from _in_ends(line, f"line {number}")
            elif text.startswith(_COMMENT) and not line.fault:
                heading = text.lstrip("#/;! ").strip()
            elif text and not (is_first and is_header([text])):
                yield from self._entry(line, number, heading, context)
            is_first = is_first and (not text or text.startswith(_COMMENT))

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        return (Example(b"# from a partner\nspoof[.]example\n\nhxxps://news[.]example/a\n", 2, 2),)

    def _entry(
        self, line: Line, number: int, heading: str, context: Context
    ) -> Iterator[Kept | Lost]:
        locator = f"line {number}"
        said: JsonObject = {"heading": heading} if heading else {}
        reading = read_cell(_bare(line.text), Place(context.digest, locator), said)
        if reading.is_placeholder or not reading.found:
            yield Lost("placeholder", locator, line.text)
            return
        mentioned = () if reading.found[0].keys else tuple(mentions(line.text, locator, said))
        if mentioned:
            yield from mentioned
            return
        flaws = reading.flaws
        if line.fault:
            flaws = (*flaws, Flaw(line.fault, f"{locator}: {line.text}"))
        yield Kept(locator, reading.found, flaws)


class TextReader:
    """Any text: each indicator that it mentions is a record, the line around it is said.

    Of a page in HTML, and of XML, the text is read.
    """

    name = "text"
    is_taxonomy = False

    def recognises(self, head: Head) -> float:
        """Any text at all, less surely than every other format."""
        return 0.0 if head.is_binary else 0.05

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event an indicator."""
        del context
        head = Head.of(stream)
        if is_markup(head.text):
            text = text_of_html(stream.read().decode(head.encoding, "replace"))
            yield from text_events(map(Line, text.splitlines()))
            return
        yield from text_events(read_lines(stream, head.encoding))

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        return (Example(b"Hello,\nwe saw spoof[.]example and fake[.]example again.\n", 2, 2),)


def text_events(lines: Iterable[Line], *, prefix: str = "") -> Iterator[Event]:
    """Yield one event for each indicator that lines of text mention; one `Lost` for none."""
    count = 0
    for number, line in enumerate(lines, start=1):
        locator = f"{prefix} line {number}".strip()
        is_long = line.fault == "line-too-long"
        for event in _in_ends(line, locator) if is_long else mentions(line.text, locator):
            count += 1
            yield event
    if not count:
        yield Lost("no-indicator", prefix or "the whole text")


def mentions(text: str, locator: str, more: JsonObject | None = None) -> Iterator[Kept]:
    """Yield what one line of prose mentions, with `more` said of each."""
    for found in find_observables(text):
        line = _around(text, found.start)
        said: JsonObject = {**(more or {}), "as_written": found.written, "line": line}
        where = f"{locator} column {found.start + 1}"
        flaws: tuple[Flaw, ...] = ()
        if found.is_doubtful:
            said["doubtful"] = True
            flaws = (Flaw("doubtful-host", f"{where}: {found.written}"),)
        yield Kept(where, (found_observable(found.observable, said),), flaws)


def _in_ends(line: Line, locator: str) -> Iterator[Event]:
    """Name a line that is too long; what its two ends mention is kept, the torn words aside."""
    yield Lost(line.fault, locator, line.text)
    head, _, tail = line.text.partition("\n")
    yield from mentions(_LAST_WORD.sub("", head), f"{locator} beginning")
    yield from mentions(_FIRST_WORD.sub("", tail), f"{locator} end")


def _around(line: str, at: int) -> str:
    start = max(0, at - MAX_LINE_SAID // 2)
    return line[start : start + MAX_LINE_SAID].strip()


def _is_entry(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith(_COMMENT)


def _bare(line: str) -> str:
    """Return a line without its bullet and without what lists for blocking put around a name."""
    bare = _BULLET.sub("", line).strip()
    filtered = _FILTER.fullmatch(bare)
    return (
        filtered[1] if filtered else _NOWHERE.sub("", bare, count=1) if bare[:1] in "0:1" else bare
    )
