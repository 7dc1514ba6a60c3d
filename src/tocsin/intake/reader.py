"""What a reader is, and what it is given."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import BinaryIO, Final, Protocol

from attrs import field, frozen

from tocsin.intake.disarm import Releases
from tocsin.intake.encodings import guess_encoding
from tocsin.intake.events import Event
from tocsin.intake.mapping import ColumnMapping
from tocsin.records import Tlp

HEAD_BYTES: Final = 256 * 1024


@frozen(slots=False)
class Head:
    """The first bytes of a file, from which its reader is found.

    Attributes:
        data: at most `HEAD_BYTES`.
        size: of the whole file.
    """

    data: bytes = field(repr=False)
    size: int

    @cached_property
    def encoding(self) -> str:
        """The encoding that the bytes show; see `guess_encoding`."""
        return guess_encoding(self.data)

    @cached_property
    def text(self) -> str:
        """The bytes as text; what cannot be decoded is replaced."""
        return self.data.decode(self.encoding, "replace").removeprefix("\ufeff")

    @property
    def is_binary(self) -> bool:
        """Whether the bytes are no text."""
        sample = self.text[:4096]
        odd = sum(1 for char in sample if ord(char) < 32 and char not in "\t\r\n\f\x1b")
        return odd > len(sample) // 50

    @property
    def is_json(self) -> bool:
        """Whether the text begins as a JSON object or array."""
        return self.text.lstrip()[:1] in ("{", "[")

    def names(self, *keys: str) -> bool:
        """Tell whether each of `keys` stands as a JSON key in the head."""
        return all(f'"{key}"' in self.text for key in keys)


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
