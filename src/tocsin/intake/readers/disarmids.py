"""DISARM's lists of ids: a grid of phases, tactics and numbers without names."""

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from tocsin.intake.encodings import read_lines
from tocsin.intake.events import Event, Found, Kept, Lost
from tocsin.intake.keepsakes import term_object
from tocsin.intake.reader import Context, Example, Head
from tocsin.intake.readers.tables import head_rows
from tocsin.intake.tabletext import Row, read_rows

SCHEME: Final = "disarm-ids"
_CODE: Final = re.compile(r"(?:P|TA|T|C)\d{2,5}(?:\.\d{3})?")
_TACTIC: Final = re.compile(r"TA\d{2,4}")


class DisarmIdReader:
    """`red_framework_ids.csv` and its like: each number is a term, its column's tactic above it.

    The numbers have no names here, so they resolve no reference: import the STIX file for that.
    """

    name = "disarm-ids"
    is_taxonomy = True

    def recognises(self, head: Head) -> float:
        """A table in which every cell is a DISARM code."""
        first = head_rows(head)
        cells = [cell.strip() for row in first for cell in row if cell.strip()]
        return 0.95 if len(cells) > 1 and all(map(_CODE.fullmatch, cells)) else 0.0

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event a row."""
        del context
        head = Head.of(stream)
        tactics: list[str] = []
        for row in read_rows(read_lines(stream, head.encoding), head.delimiter or ","):
            if row.is_lost:
                yield Lost(row.fault, row.locator, row.cells[0])
            if row.is_lost or row.is_blank:
                continue
            if any(_TACTIC.fullmatch(cell.strip()) for cell in row.cells):
                tactics = [cell.strip() for cell in row.cells]
            yield _kept(row, tactics)

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        return (Example(b"P01,P02\nTA01,TA05\nT0998,T0999\n,T0999.001\n", 4, 4),)


def _kept(row: Row, tactics: Sequence[str]) -> Kept | Lost:
    found = []
    for at, cell in enumerate(row.cells):
        code = cell.strip()
        if not _CODE.fullmatch(code):
            continue
        above = tactics[at] if at < len(tactics) else ""
        parent = above if above and above != code and code[0] in "TC" else None
        found.append(Found(term_object(SCHEME, code, code, parent=parent)))
    if not found:
        return Lost("term-without-code", row.locator, " ".join(row.cells))
    return Kept(row.locator, tuple(found))
