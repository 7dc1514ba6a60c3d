"""JSON of no known format: named, never dropped in silence."""

from collections.abc import Iterator
from typing import BinaryIO

from tocsin.intake.events import Event, Lost
from tocsin.intake.jsonpieces import Members, Trouble
from tocsin.intake.jsonstream import read_json
from tocsin.intake.reader import Context, Example, Head


class UnknownJsonReader:
    """Names each element of a JSON array, or the whole document, as not understood."""

    name = "unknown-json"
    is_taxonomy = False

    def recognises(self, head: Head) -> float:
        """Any JSON, less surely than its own readers."""
        return 0.1 if head.is_json and not head.is_binary else 0.0

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one `Lost` an element, or one for a document without elements."""
        del context
        encoding = Head.of(stream).encoding
        count = 0
        for piece in read_json(stream, encoding, arrays=frozenset()):
            if isinstance(piece, Members):
                if not count:
                    yield Lost("unknown-json", "document", f"members {', '.join(piece.values)}")
                count += 1
                continue
            locator = f"element {piece.index}"
            count += 1
            if isinstance(piece, Trouble):
                yield Lost(piece.kind, locator, f"byte {piece.at}: {piece.text}")
            else:
                value = piece.value
                shown = ", ".join(value) if isinstance(value, dict) else str(value)
                yield Lost("unknown-json", locator, shown)

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        return (Example(b'[{"colour": "red"}, 3]', 2, 0),)
