"""Plain lists, one indicator a line, defanged or not; and free text that mentions indicators."""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from tocsin.foundation import JsonObject
from tocsin.intake.cells import Place, found_observable, read_cell
from tocsin.intake.encodings import Line, read_lines
from tocsin.intake.events import Event, Flaw, Kept, Lost
from tocsin.intake.reader import HEAD_BYTES, Context, Example, Head
from tocsin.records.observables import find_observables, read_value

_COMMENT: Final = ("#", "//", ";")
_BULLET: Final = re.compile(r"^\s*(?:[-*•·\u2013]|\d{1,4}[.)])\s+")
MAX_LINE_SAID: Final = 400


class ListReader:
    """One indicator a line; lines that begin with `#`, `//` or `;` are comments."""

    name = "list"
    is_taxonomy = False

    def recognises(self, head: Head) -> float:
        """A text in which at least half of the lines begin with an identifier."""
        if head.is_binary or head.is_json:
            return 0.0
        lines = [line for line in head.text.splitlines()[:400] if _is_entry(line)]
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
        encoding = Head(stream.read(HEAD_BYTES), 0).encoding
        stream.seek(0)
        heading = ""
        for number, line in enumerate(read_lines(stream, encoding), start=1):
            if line.text.strip().startswith(_COMMENT) and not line.fault:
                heading = line.text.strip().lstrip("#/; ").strip()
            elif line.text.strip():
                yield self._entry(line, number, heading, context)

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        return (Example(b"# from a partner\nspoof[.]example\n\nhxxps://news[.]example/a\n", 2, 2),)

    def _entry(self, line: Line, number: int, heading: str, context: Context) -> Kept | Lost:
        locator = f"line {number}"
        if line.fault == "line-too-long":
            return Lost(line.fault, locator, line.text)
        said: JsonObject = {"heading": heading} if heading else {}
        reading = read_cell(_bare(line.text), Place(context.digest, locator), said)
        if reading.is_placeholder or not reading.found:
            return Lost("placeholder", locator, line.text)
        flaws = reading.flaws
        if line.fault:
            flaws = (*flaws, Flaw(line.fault, f"{locator}: {line.text}"))
        return Kept(locator, reading.found, flaws)


class TextReader:
    """Any text: each indicator that it mentions is a record, the line around it is said."""

    name = "text"
    is_taxonomy = False

    def recognises(self, head: Head) -> float:
        """Any text at all, less surely than every other format."""
        return 0.0 if head.is_binary else 0.05

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event an indicator."""
        del context
        encoding = Head(stream.read(HEAD_BYTES), 0).encoding
        stream.seek(0)
        yield from text_events(read_lines(stream, encoding))

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        return (Example(b"Hello,\nwe saw spoof[.]example and fake[.]example again.\n", 2, 2),)


def text_events(lines: Iterator[Line], *, prefix: str = "") -> Iterator[Event]:
    """Yield one event for each indicator that lines of text mention; one `Lost` for none."""
    count = 0
    for number, line in enumerate(lines, start=1):
        locator = f"{prefix} line {number}".strip()
        if line.fault == "line-too-long":
            count += 1
            yield Lost(line.fault, locator, line.text)
            continue
        for found in find_observables(line.text):
            count += 1
            said: JsonObject = {
                "as_written": found.written,
                "line": _around(line.text, found.start),
            }
            yield Kept(
                f"{locator} column {found.start + 1}", (found_observable(found.observable, said),)
            )
    if not count:
        yield Lost("no-indicator", prefix or "the whole text")


def _around(line: str, at: int) -> str:
    start = max(0, at - MAX_LINE_SAID // 2)
    return line[start : start + MAX_LINE_SAID].strip()


def _is_entry(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith(_COMMENT)


def _bare(line: str) -> str:
    return _BULLET.sub("", line).strip()
