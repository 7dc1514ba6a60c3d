"""What a step of the story shows: bars and tables, one form for the terminal and the page."""

import re
from enum import StrEnum
from typing import Final

from attrs import field, frozen

# What follows the first eight digits of an object's id, which are enough to tell two apart.
_REST_OF_ID: Final = re.compile(r"(--[0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Tone(StrEnum):
    """What a part of a figure means to the reader."""

    SHARED = "shared"
    HIDDEN = "hidden"
    GOOD = "good"
    BAD = "bad"
    PLAIN = "plain"


@frozen
class Part:
    """One stretch of a bar."""

    label: str
    count: int
    tone: Tone = Tone.PLAIN


@frozen
class Bar:
    """A whole, divided."""

    title: str
    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        """Sum of the parts."""
        return sum(part.count for part in self.parts)


@frozen
class Row:
    """One line of a table; `tone` colours its first cell."""

    cells: tuple[str, ...]
    tone: Tone = Tone.PLAIN


@frozen
class Table:
    """Rows under headings. Counts are written as text, already formatted."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


Figure = Bar | Table


@frozen(kw_only=True)
class Step:
    """One act of one organisation.

    Attributes:
        who: the organisation that acts; empty for the narrator.
        command: as a person types it, None where nothing is typed.
        says: what comes of it, one sentence each.
    """

    who: str
    caption: str
    command: str | None = None
    says: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()


@frozen(kw_only=True)
class Chapter:
    """A part of the story with its steps in order.

    Attributes:
        meaning: why it matters, said when all steps are done; empty while they are not.
    """

    title: str
    lead: str
    steps: tuple[Step, ...] = field(factory=tuple)
    meaning: str = ""


def number(count: int) -> str:
    """Return a count in groups of three: 3,181."""
    return f"{count:,}"


def data_size(size: int) -> str:
    """Return a size in decimal units: 412 kB."""
    if size < 1_000:
        return f"{size} bytes"
    if size < 1_000_000:
        return f"{size / 1_000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"


def shortened(command: str) -> str:
    """Return a command with every object's id cut short, for reading: indicator--5b1c8a60…."""
    return _REST_OF_ID.sub(r"\1…", command)
