"""Files before they are read: what they are, and which reader takes them."""

import hashlib
from collections.abc import Generator, Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from attrs import define, evolve

from tocsin.foundation import BadInputError
from tocsin.intake.events import Event, Kept, Lost, Mapped
from tocsin.intake.mapping import ColumnMapping
from tocsin.intake.reader import Context, Head, Reader
from tocsin.intake.registry import sniff

_BLOCK: Final = 1024 * 1024


@define
class InputFile:
    """A file that was looked at.

    Attributes:
        reader: None where no reader takes it; `trouble` says why.
    """

    path: Path
    size: int = 0
    digest: str = ""
    reader: Reader | None = None
    trouble: str = ""

    @classmethod
    def open(cls, path: Path, named: Reader | None = None) -> "InputFile":
        """Look at a file; `named` is the reader that the person asks for.

        Never raises for what the file is: `trouble` tells.
        """
        try:
            with path.open("rb") as stream:
                head, digest, size = _look(stream)
        except OSError as error:
            return cls(path, trouble=error.strerror or str(error))
        if not size:
            return cls(path, trouble="the file is empty")
        reader = named or sniff(evolve(head, size=size))
        return cls(path, size, digest, reader, "" if reader else _unknown(head))

    @property
    def is_taxonomy(self) -> bool:
        """Whether other files may refer to what it says."""
        return self.reader is not None and self.reader.is_taxonomy

    def events(self, context: Context) -> Generator[Event, None, None]:
        """Yield what its reader tells.

        Raises:
            BadInputError: when no reader takes it.
        """
        if self.reader is None:
            raise BadInputError(
                f"{self.path}: {self.trouble}", hint="check the path and the format"
            )
        with self.path.open("rb") as stream:
            yield from self.reader.read(stream, context)


def preview_mapping(path: Path) -> ColumnMapping | None:
    """Return how the columns of a table would be read, None for files without columns.

    Raises:
        BadInputError: when the file cannot be read.
    """
    with closing(InputFile.open(path).events(Context(digest=""))) as events:
        for event in events:
            if isinstance(event, Mapped):
                return event.mapping
            if isinstance(event, Kept | Lost):
                return None
    return None


def read_events(path: Path) -> Iterator[Event]:
    """Read a file without keeping anything of it: for matching against tables of activity.

    Raises:
        BadInputError: when the file cannot be read.
    """
    file = InputFile.open(path)
    yield from file.events(Context(digest=file.digest))


def delegated(data: bytes, context: Context) -> Iterator[Event] | None:
    """Return the events of bytes that stand inside a file, None when no reader knows them."""
    reader = sniff(Head.of(BytesIO(data), len(data)))
    if reader is None:
        return None
    inner = evolve(context, digest=hashlib.sha256(data).hexdigest(), mapping=None)
    return reader.read(BytesIO(data), inner)


def _unknown(head: Head) -> str:
    if not head.foreign:
        return "no reader knows its content"
    return f"it is {head.foreign}: save what it says as text, .csv, .xlsx or .eml"


def _look(stream: BinaryIO) -> tuple[Head, str, int]:
    """Return a file's head, its digest and its size; it is read in blocks."""
    head = Head.of(stream)
    digest, size = hashlib.sha256(), 0
    while block := stream.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return head, digest.hexdigest(), size
