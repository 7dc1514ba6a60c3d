"""What a reader is, and what it is given."""

import io
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import BinaryIO, Final, Protocol, Self

from attrs import field, frozen

from tocsin.intake.disarm import Releases
from tocsin.intake.encodings import Line, guess_encoding, read_lines
from tocsin.intake.events import Event
from tocsin.intake.mapping import ColumnMapping
from tocsin.intake.tabletext import guess_delimiter
from tocsin.records import Tlp

HEAD_BYTES: Final = 256 * 1024
_LONGEST_SAMPLED: Final = 64 * 1024
_MOST_TOO_LONG: Final = 16
_ZIP: Final = b"PK\x03\x04"
_FOREIGN: Final = {
    b"%PDF-": "a PDF",
    b"{\\rtf": "rich text",
    b"\xd0\xcf\x11\xe0": "an old Office file or an Outlook message",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"\x1f\x8b": "a compressed file",
    b"7z\xbc\xaf": "an archive",
    b"Rar!": "an archive",
}
# A list may well begin with `[1]` or `[telegram]`, which is no JSON; broken JSON still is some.
_OPENS_JSON: Final = re.compile(
    r"\{\s*(?:[\"}]|$)|\[\s*(?:[\[{\"\]]|$|(?:-?\d[\d.eE+-]*|-?Infinity|NaN|null|true|false)\s*(?:,|$))"
)
_JSON_KEY: Final = re.compile(r'"[\w.-]{1,80}"\s*:')


@frozen(slots=False)
class Head:
    """The first bytes of a file, from which its reader is found.

    Attributes:
        data: at most `HEAD_BYTES`.
        size: of the whole file.
    """

    data: bytes = field(repr=False)
    size: int
    _lines: tuple[Line, ...] | None = field(default=None, repr=False, alias="lines")

    @classmethod
    def of(cls, stream: BinaryIO, size: int = 0) -> Self:
        """Look at a stream and leave it at its beginning.

        Where a line takes up more of the first bytes than any line of a list does, the lines
        after it are looked at too: one bad line must not decide how the others are read.
        """
        stream.seek(0)
        first = cls(stream.read(HEAD_BYTES), size)
        stream.seek(0)
        if not first.has_long_line or first.is_json or first.data.startswith(_ZIP):
            return first
        lines = _sampled(read_lines(stream, first.encoding, limit=_LONGEST_SAMPLED))
        stream.seek(0)
        return cls(first.data, size, lines)

    @cached_property
    def encoding(self) -> str:
        """The encoding that the bytes show; see `guess_encoding`."""
        return guess_encoding(self.data)

    @cached_property
    def text(self) -> str:
        """The bytes as text; what cannot be decoded is replaced."""
        return self.data.decode(self.encoding, "replace").removeprefix("\ufeff")

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The first lines; of one that is too long to show what the file is, its two ends."""
        if self._lines is not None:
            return self._lines
        stream = io.BytesIO(self.data)
        return _sampled(read_lines(stream, self.encoding, limit=_LONGEST_SAMPLED))

    @property
    def is_cut(self) -> bool:
        """Whether the file has more lines than are looked at."""
        return len(self.data) == HEAD_BYTES

    @cached_property
    def delimiter(self) -> str | None:
        """The delimiter of a table, None when the lines look like none."""
        return guess_delimiter(self.lines, is_cut=self.is_cut)

    @cached_property
    def sound_lines(self) -> tuple[str, ...]:
        """The text of the first lines that are of usual length."""
        return tuple(line.text for line in self.lines if line.fault != "line-too-long")

    @cached_property
    def foreign(self) -> str:
        """What the file is instead of text, by its first bytes; empty when they do not say."""
        return next((name for mark, name in _FOREIGN.items() if self.data.startswith(mark)), "")

    @cached_property
    def is_binary(self) -> bool:
        """Whether the bytes are no text, those of over-long lines aside."""
        return bool(self.foreign) or (
            _is_odd(self.text[:4096])
            and (self._lines is None or _is_odd("\n".join(self.sound_lines)[:4096] or "\0"))
        )

    @property
    def has_long_line(self) -> bool:
        """Whether one line fills much of what is looked at."""
        return max(map(len, re.split(rb"[\r\n]", self.data))) > _LONGEST_SAMPLED

    @cached_property
    def is_json(self) -> bool:
        """Whether the text begins as a JSON object or array does, sound or broken."""
        text = self.text.lstrip()
        if text[:1] not in ("{", "["):
            return False
        return bool(_OPENS_JSON.match(text) or _JSON_KEY.search(text))

    def names(self, *keys: str) -> bool:
        """Tell whether each of `keys` stands as a JSON key in the head."""
        return all(f'"{key}"' in self.text for key in keys)


def _sampled(lines: Iterator[Line]) -> tuple[Line, ...]:
    taken: list[Line] = []
    left, too_long = HEAD_BYTES, 0
    for line in lines:
        is_long = line.fault == "line-too-long"
        too_long += is_long
        left -= 0 if is_long else len(line.text) + 1
        if left < 0:
            break
        if not is_long or too_long <= _MOST_TOO_LONG:
            taken.append(line)
    return tuple(taken)


def _is_odd(sample: str) -> bool:
    odd = sum(1 for char in sample if ord(char) < 32 and char not in "\t\r\n\f\v\x1b")
    return odd > len(sample) // 50


@frozen(kw_only=True)
class Context:
    """What a reader may know beyond the bytes.

    Attributes:
        digest: SHA-256 of the file in lower-case hex.
        mapping: the column mapping that the person asks for.
        saved_mapping: finds an earlier mapping by a header's fingerprint.
        releases: the DISARM releases that the vault holds.
        default_tlp: the marking of what is not marked.
        delegate: reads bytes that a file carries inside, such as an attachment.
    """

    digest: str
    mapping: ColumnMapping | None = None
    saved_mapping: Callable[[str], ColumnMapping | None] = lambda _: None
    releases: Releases = field(factory=Releases)
    default_tlp: Tlp | None = None
    delegate: Callable[[bytes, "Context"], Iterator[Event] | None] = lambda _, __: None


@frozen
class Example:
    """A small invented file that a reader must read: for its tests, the demo and the docs.

    Attributes:
        kept, records: what the report must say.
    """

    data: bytes
    records: int
    kept: int


class Reader(Protocol):
    """Reads one format. Readers hold no state between files.

    Attributes:
        name: what `--format` calls it and the report prints.
        is_taxonomy: read before other files, since it resolves their references.
    """

    name: str
    is_taxonomy: bool

    def recognises(self, head: Head) -> float:
        """Return how surely this is the format, 0 to 1, by the content alone.

        Where one says 0.95 or more, those after it are not asked.
        """
        ...

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one `Kept` or `Lost` for every record, in order, never raising for bad content.

        `stream` stands at its beginning and can seek.
        """
        ...

    def examples(self) -> tuple[Example, ...]:
        """Return at least one example."""
        ...
