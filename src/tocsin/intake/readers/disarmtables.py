"""DISARM as its editors keep it: tables with `disarm_id` and `name`, in a workbook or as CSV."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import BinaryIO, Final

from tocsin.intake.disarm import DISARM_SCHEME, technique_numbers
from tocsin.intake.encodings import read_lines
from tocsin.intake.events import Event, Found, Kept, Lost, Release
from tocsin.intake.keepsakes import term_object
from tocsin.intake.mapping import fold
from tocsin.intake.reader import Context, Example, Head
from tocsin.intake.readers.tables import head_rows
from tocsin.intake.tabletext import Row, read_rows

SCHEME: Final = "disarm"
_UNDATED: Final = "0"
"""Sorts before every date: a table says nothing of its age, so a STIX release goes before it."""
_PARENTS: Final = ("tactic id", "phase id", "tactic")


class DisarmTableReader:
    """A sheet of DISARM's workbook as CSV."""

    name = "disarm-table"
    is_taxonomy = True

    def recognises(self, head: Head) -> float:
        """A header that has both names."""
        first = head_rows(head)
        return 0.95 if first and is_disarm_header(first[0]) else 0.0

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event a row, then the release if techniques are among them."""
        head = Head.of(stream)
        terms: dict[str, str] = {}
        yield from disarm_rows(
            read_rows(read_lines(stream, head.encoding), head.delimiter or ","), terms
        )
        yield from disarm_release(terms, context)

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = b"disarm_id,name,tactic_id,summary\nT0998,Invent,TA01,Make up\n,lost,,\n"
        return (Example(data, 2, 1),)


def is_disarm_header(header: Sequence[str]) -> bool:
    """Tell whether a first row is that of DISARM's tables."""
    return {"disarm id", "name"} <= {fold(cell) for cell in header}


def disarm_rows(
    rows: Iterator[Row], terms: dict[str, str], *, sheet: str = ""
) -> Iterator[Kept | Lost]:
    """Yield the terms of a table whose first row is its header, and put techniques into `terms`."""
    columns: list[str] = []
    for row in rows:
        located = row.located(sheet)
        if row.is_lost:
            yield Lost(row.fault, located.locator, row.cells[0])
        elif not columns and is_disarm_header(row.cells):
            columns = [fold(cell) for cell in row.cells]
        elif columns and not row.is_blank:
            yield _kept(dict(zip(columns, map(str.strip, row.cells), strict=False)), located, terms)


def disarm_release(terms: dict[str, str], context: Context) -> Iterator[Release]:
    """Yield what the tables say of techniques, as a release older than any dated one."""
    if terms:
        yield Release(DISARM_SCHEME, f"{_UNDATED} {context.digest[:12]}", terms)


def first_filled(rows: Iterator[Row]) -> tuple[Row | None, Iterator[Row]]:
    """Return the first row that is not blank, and all rows from it on."""
    first = next((row for row in rows if not row.is_blank), None)
    return first, iter(()) if first is None else chain([first], rows)


def _kept(said: dict[str, str], row: Row, terms: dict[str, str]) -> Kept | Lost:
    code, name = said.get("disarm id", ""), said.get("name", "")
    if not code or not name:
        return Lost("term-without-code", row.locator, " · ".join(filter(str.strip, row.cells)))
    if technique_numbers(code) == [code]:
        terms[code] = name
    parent = next((said[column] for column in _PARENTS if said.get(column)), None)
    term = term_object(SCHEME, code, name, description=said.get("summary") or None, parent=parent)
    return Kept(row.locator, (Found(term),))
