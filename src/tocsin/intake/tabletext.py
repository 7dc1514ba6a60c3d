"""Rows out of delimited text, with the dialect found by looking, and damage kept local."""

import csv
from collections.abc import Iterator
from typing import Final

from attrs import define, field
from msgspec import Struct
from msgspec.structs import replace

from tocsin.intake.encodings import Line

MAX_ROW_LINES: Final = 500
_DELIMITERS: Final = ",;\t|"
_CELL_LIMIT: Final = csv.field_size_limit()


class Row(Struct, frozen=True, gc=False):
    """One row.

    Attributes:
        number: counts rows from 1 as a spreadsheet does, the header being one.
        fault: a defect kind, empty for a sound row.
        is_lost: the row could not be read at all.
    """

    number: int
    cells: tuple[str, ...]
    fault: str = ""
    is_lost: bool = False
    sheet: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether no cell says anything: a separator, no record."""
        return not any(map(str.strip, self.cells))

    @property
    def locator(self) -> str:
        """Where it stands, for people."""
        return f"{self.sheet} row {self.number}".strip()

    def located(self, sheet: str) -> "Row":
        """Return the row with the name of its sheet."""
        return replace(self, sheet=sheet) if sheet else self


def guess_delimiter(text: str) -> str | None:
    """Return the delimiter of a table, None when `text` looks like none.

    The one that gives most lines the same number of cells as the first line, and that more than 1.
    """
    lines = [line for line in text.splitlines()[:200] if line.strip()]
    if not lines:
        return None
    scored = [(_agreement(lines, each), -at, each) for at, each in enumerate(_DELIMITERS)]
    best, _, delimiter = max(scored)
    return delimiter if best > 0 else None


def read_rows(lines: Iterator[Line], delimiter: str) -> Iterator[Row]:
    """Yield the rows of a table; a broken quote costs its own line, not the file."""
    source = _Lines(lines)
    single = _SingleLines(delimiter)
    number = 0
    while (first := source.peek()) is not None:
        number += 1
        cells = None if first.fault else single.cells(first.text)
        if cells is not None:
            source.skip()
            yield Row(number, tuple(cells))
            continue
        source.begin()
        if first.fault == "line-too-long":
            source.take()
            yield Row(number, (first.text,), first.fault, is_lost=True)
            continue
        cells = _parse(source, delimiter)
        if cells is None:
            source.keep_only_first()
            plain = first.text.replace('"', "").split(delimiter)
            yield Row(number, tuple(plain), "broken-quote")
            continue
        yield Row(number, tuple(cells), source.fault())


def parse_line(text: str, delimiter: str) -> list[str]:
    """Return the cells of one line of a table."""
    return next(csv.reader([text], delimiter=delimiter), [])


def _parse(source: "_Lines", delimiter: str) -> list[str] | None:
    """Return the cells of the next row, None when a quote swallows what follows."""
    try:
        cells = next(csv.reader(source, delimiter=delimiter), [])
    except csv.Error:
        return None
    taken = source.taken
    if len(taken) > 1 and sum(line.text.count('"') for line in taken) % 2:
        return None
    return cells


def _agreement(lines: list[str], delimiter: str) -> float:
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
    except csv.Error:
        return 0.0
    if not widths or widths[0] < 2:
        return 0.0
    same = sum(1 for width in widths if width == widths[0])
    return same / len(widths) if same * 2 > len(widths) else 0.0


class _SingleLines:
    """Reads the rows that stand on one line, as nearly all do."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._next: list[str] = []
        # A row that goes on past its line asks for another: the empty list says so.
        self._parser = csv.reader(iter(self._next.pop, None), delimiter=delimiter)

    def cells(self, text: str) -> list[str] | None:
        """Return the cells of a line, None when it takes more lines or care to read it."""
        if '"' not in text and len(text) <= _CELL_LIMIT:
            return text.split(self._delimiter) if text else []
        self._next.append(text + "\n")
        try:
            return next(self._parser)
        except (IndexError, csv.Error):
            self._next.clear()
            return None


@define
class _Lines:
    """Lines that can be handed back when a row turns out to be broken."""

    _source: Iterator[Line]
    taken: list[Line] = field(factory=list)
    _back: list[Line] = field(factory=list)

    def peek(self) -> Line | None:
        """Return the next line, None at the end."""
        if not self._back:
            line = next(self._source, None)
            if line is None:
                return None
            self._back.append(line)
        return self._back[0]

    def skip(self) -> None:
        """Step over the line that was looked at."""
        del self._back[0]

    def begin(self) -> None:
        self.taken = []

    def take(self) -> Line:
        line = self._back.pop(0) if self._back else next(self._source)
        self.taken.append(line)
        return line

    def keep_only_first(self) -> None:
        self._back = self.taken[1:] + self._back
        self.taken = self.taken[:1]

    def fault(self) -> str:
        return next((line.fault for line in self.taken if line.fault), "")

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_ROW_LINES:
            raise csv.Error("row goes on and on")
        line = self.take()
        if line.fault == "line-too-long":
            raise csv.Error("row runs into a line that is too long")
        return f"{line.text}\n"
