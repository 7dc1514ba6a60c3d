"""Rows out of delimited text, with the dialect found by looking, and damage kept local."""

import csv
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from attrs import define, field
from msgspec import Struct
from msgspec.structs import replace

from tocsin.intake.encodings import Line

MAX_ROW_LINES: Final = 5000
MAX_ROW: Final = 1024 * 1024
"""Lines and characters of the longest row: a quote that is open for longer was never closed."""
_DELIMITERS: Final = ",;\t|"
_SAMPLED_ROWS: Final = 200
_CELL_LIMIT: Final = csv.field_size_limit()
_TO_QUOTE: Final = re.compile(r'([^"]*+(?:""[^"]*+)*+)("?)')


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


def guess_delimiter(lines: Sequence[Line], *, is_cut: bool = False) -> str | None:
    """Return the delimiter of a table, None when its first lines look like none.

    The one that gives most rows the same number of cells, and that more than 1.

    Args:
        is_cut: the lines are not all that the file has.
    """
    first = [line for line in lines if line.text.strip()]
    scored = [(_agreement(first, each, is_cut), -at, each) for at, each in enumerate(_DELIMITERS)]
    best, _, delimiter = max(scored)
    return delimiter if best > 0 else None


def read_rows(lines: Iterator[Line], delimiter: str, *, is_cut: bool = False) -> Iterator[Row]:
    """Yield the rows of a table; a broken quote costs its own line, not the file.

    A line that is too long is a row where its two ends give as many cells as the first row has:
    then one cell of it is too long, and the others are good. Otherwise it is lost.

    Args:
        is_cut: more lines would follow, so a quote that is open at the end proves nothing: what
            it opens is passed over.
    """
    source = _Lines(lines)
    single = _SingleLines(delimiter)
    rest_of_cell = re.compile(rf"[^{re.escape(delimiter)}]*+")
    number, width = 0, 0
    while (first := source.peek()) is not None:
        number += 1
        cells = None if first.fault else single.cells(first.text)
        if cells is not None:
            source.skip()
            width = width or len(cells)
            yield Row(number, tuple(cells))
            continue
        source.begin()
        cells, fault = _gathered(source, rest_of_cell), source.fault()
        if cells is None and is_cut and number > 1 and source.peek() is None:
            return
        if cells is None or (fault == "line-too-long" and len(cells) != width):
            source.keep_only_first()
            is_lost = first.fault == "line-too-long"
            plain = [first.text] if is_lost else first.text.replace('"', "").split(delimiter)
            yield Row(number, tuple(plain), first.fault or "broken-quote", is_lost)
            continue
        width = width or len(cells)
        yield Row(number, tuple(cells), fault)


def parse_line(text: str, delimiter: str) -> list[str]:
    """Return the cells of one line of a table."""
    return next(csv.reader([text], delimiter=delimiter), [])


def _gathered(source: "_Lines", rest_of_cell: re.Pattern[str]) -> list[str] | None:
    """Return the cells of the next row, None when a quote swallows what follows."""
    row = _OpenRow(rest_of_cell)
    size = 0
    for line in source:
        row.feed(line.text)
        size += len(line.text) + 1
        if not row.is_open:
            return row.cells if row.is_clean or len(source.taken) == 1 else None
        if size > MAX_ROW or len(source.taken) > MAX_ROW_LINES:
            return None
    return None


def _agreement(lines: Sequence[Line], delimiter: str, is_cut: bool) -> float:
    """Return the share of the rows that have the usual width, 0 unless most do."""
    rows = islice(read_rows(iter(lines), delimiter, is_cut=is_cut), _SAMPLED_ROWS)
    widths = [len(row.cells) for row in rows if not row.is_lost]
    width, same = Counter(widths).most_common(1)[0] if widths else (0, 0)
    return same / len(widths) if width > 1 and same * 2 > len(widths) else 0.0


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
class _OpenRow:
    """A row that may go on past its line, as `csv.reader` reads it, without a limit to a cell.

    Attributes:
        is_clean: after each closing quote the cell ends, so the quotes are where they belong.
    """

    _rest_of_cell: re.Pattern[str]
    cells: list[str] = field(factory=list)
    is_clean: bool = True
    _quoted: list[str] | None = None

    @property
    def is_open(self) -> bool:
        return self._quoted is not None

    def feed(self, text: str) -> None:
        """Take the next line."""
        at = 0
        while True:
            if self._quoted is None and text[at : at + 1] == '"':
                self._quoted, at = [], at + 1
            if self._quoted is not None:
                inside = _TO_QUOTE.match(text, at)
                assert inside is not None  # noqa: S101 - it matches the empty text too
                self._quoted.append(inside[1].replace('""', '"'))
                if not inside[2]:
                    self._quoted.append("\n")
                    return
                at = inside.end()
            after = self._rest_of_cell.match(text, at)
            assert after is not None  # noqa: S101 - it matches the empty text too
            if self._quoted is not None and after[0].strip():
                self.is_clean = False
            self.cells.append("".join(self._quoted or ()) + after[0])
            self._quoted, at = None, after.end() + 1
            if at > len(text):
                return


@define
class _Lines:
    """Lines that can be handed back when a row turns out to be broken."""

    _source: Iterator[Line]
    taken: list[Line] = field(factory=list)
    _back: deque[Line] = field(factory=deque)

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
        self._back.popleft()

    def begin(self) -> None:
        self.taken = []

    def keep_only_first(self) -> None:
        self._back.extendleft(reversed(self.taken[1:]))
        self.taken = self.taken[:1]

    def fault(self) -> str:
        """Return the first fault of the lines taken; that one is too long goes before others."""
        faults = [line.fault for line in self.taken if line.fault]
        return "line-too-long" if "line-too-long" in faults else next(iter(faults), "")

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> Line:
        line = self._back.popleft() if self._back else next(self._source)
        self.taken.append(line)
        return line
