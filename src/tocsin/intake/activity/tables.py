"""Tables of activity: a row is a record, its cells are found by the header's words."""

from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, Final, TypeAlias

from tocsin.intake.activity.notes import ActivityExample, Notes, Told
from tocsin.intake.encodings import read_lines
from tocsin.intake.mapping import fold
from tocsin.intake.reader import Head
from tocsin.intake.tabletext import read_rows

Cells: TypeAlias = Mapping[str, str]
"""Cells of a row by folded header; a column that the table lacks is missing."""

_SURE: Final = 0.9


class TableReader:
    """One format of table.

    Args:
        needs: headers without which a table is not of this format.
        record: what is told of one row.
    """

    def __init__(
        self,
        name: str,
        says: str,
        needs: tuple[str, ...],
        record: Callable[[Cells, Notes], Told],
        examples: tuple[ActivityExample, ...],
    ) -> None:
        self.name = name
        self.says = says
        self._needs = tuple(map(fold, needs))
        self._record = record
        self._examples = examples

    def recognises(self, head: Head) -> float:
        """All needed headers stand in the first row."""
        header = header_of(head)
        if not header or not set(self._needs) <= set(header):
            return 0.0
        return _SURE + min(len(self._needs), 9) / 100

    def read(self, stream: BinaryIO, notes: Notes) -> Iterator[Told]:
        """Yield one record a row."""
        for cells in rows_of(stream, notes):
            yield self._record(cells, notes) if isinstance(cells, dict) else cells

    def examples(self) -> tuple[ActivityExample, ...]:
        """See `ActivityReader.examples`."""
        return self._examples


def header_of(head: Head) -> tuple[str, ...]:
    """Return the folded cells of the first row, nothing where there is no table."""
    if head.is_binary or head.is_json or head.delimiter is None:
        return ()
    first = next(read_rows(iter(head.lines), head.delimiter, is_cut=head.is_cut), None)
    return tuple(map(fold, first.cells)) if first else ()


def rows_of(stream: BinaryIO, notes: Notes) -> Iterator[dict[str, str] | Told]:
    """Yield the rows of a table by folded header; a row that cannot be read is a loss.

    At the end the columns in which nothing ever stood are noted.
    """
    head = Head.of(stream)
    rows = read_rows(read_lines(stream, head.encoding), head.delimiter or ",")
    first = next(rows, None)
    if first is None:
        return
    header = tuple(map(fold, first.cells))
    unseen = set(range(len(header)))
    for row in rows:
        if row.is_blank:
            continue
        notes.place = f"row {row.number}"
        cells = row.cells
        if row.is_lost:
            yield notes.lost(row.fault, cells[0][:80] if cells else "")
            continue
        if row.fault:
            notes.flag(row.fault, cells[0][:80])
        if len(cells) != len(header):
            notes.flag("extra-cells" if len(cells) > len(header) else "missing-cells", len(cells))
        if unseen:
            unseen -= {at for at in unseen if at < len(cells) and cells[at].strip()}
        yield dict(zip(header, cells, strict=False))
    notes.place = "header"
    for at in sorted(unseen):
        notes.flag("empty-column", first.cells[at])
