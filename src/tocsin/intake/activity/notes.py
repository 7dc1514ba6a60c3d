"""What is noted of one file while it is read, and what a reader of activity is."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Protocol, TypeAlias

from attrs import define, field, frozen

from tocsin.activity import Ad, Post
from tocsin.intake.events import Lost
from tocsin.intake.reader import Head
from tocsin.intake.report import Tally

Told: TypeAlias = Post | Ad | Lost
"""What a reader yields: one of these a record."""


@define
class Notes:
    """Flaws that lost nothing go here, each with the place of the record at hand.

    Attributes:
        now: Unix seconds; what lies a day past it is no time of a post.
        columns: header of a table by field of a post, where the person named some.
        place: of the record at hand, such as `row 12`.
    """

    now: int
    columns: Mapping[str, str] = field(factory=dict)
    tally: Tally = field(factory=Tally)
    place: str = ""

    def flag(self, kind: str, value: object = "", field: str = "") -> None:
        """Note a flaw of the record at hand, and in which field of the source it stands."""
        where = f"{self.place} {field}".strip()
        self.tally.flag(kind, f"{where}: {value}" if value != "" else where)

    def lost(self, kind: str, value: object = "") -> Lost:
        """Return that the record at hand came to nothing."""
        return Lost(kind, self.place, str(value))


@frozen
class ActivityExample:
    """A small file of a format, made up, with what a reader gives for it.

    Attributes:
        posts: expected fields of each record that is kept, those that matter.
        lost: kinds of defect that lose a record, in order.
    """

    data: bytes
    posts: tuple[Mapping[str, object], ...]
    lost: tuple[str, ...] = ()


class ActivityReader(Protocol):
    """Reads one format of activity.

    Attributes:
        name: as `--as` takes it.
        says: the format in a sentence, for the reference.
    """

    name: str
    says: str

    def recognises(self, head: Head) -> float:
        """Return how surely, from 0 to 1, the content is of this format."""
        ...

    def read(self, stream: BinaryIO, notes: Notes) -> Iterator[Told]:
        """Yield one post, ad or loss for each record."""
        ...

    def examples(self) -> tuple[ActivityExample, ...]:
        """Return example files for the conformance tests and the reference."""
        ...
