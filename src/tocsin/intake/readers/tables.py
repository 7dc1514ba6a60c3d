"""Delimited tables: Meta's, VIGINUM's, and any other through a column mapping."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import BinaryIO, TypeAlias

from tocsin.intake.encodings import read_lines
from tocsin.intake.events import Event, Flagged, Lost, Mapped
from tocsin.intake.guessing import SAMPLE_ROWS, guess_mapping, header_at, header_fingerprint
from tocsin.intake.mapping import Column, ColumnMapping, DateOrder, Role, fingerprint, fold
from tocsin.intake.reader import Context, Example, Head
from tocsin.intake.rows import RowReader
from tocsin.intake.tabletext import Row, read_rows

Profile: TypeAlias = Callable[[Sequence[str]], ColumnMapping | None]


class TableReader:
    """Any delimited table, through a guessed, saved or given mapping."""

    name = "table"
    is_taxonomy = False

    def recognises(self, head: Head) -> float:
        """A table that has a column of indicators, or at least many columns of one width."""
        first = head_rows(head)
        if len(first) < 2:
            return 0.0
        mapping = guess_mapping(first)
        if not mapping.of(Role.VALUE):
            return 0.2 if _is_grid(first) else 0.03
        # A list of indicators may hold commas; a header or an even width tells the two apart.
        return 0.75 if mapping.has_header or _is_grid(first) else 0.6

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event a row; see `Reader.read`."""
        head = Head.of(stream)
        delimiter = head.delimiter or ","
        yield from read_table(
            read_rows(read_lines(stream, head.encoding), delimiter), context, self.profile
        )

    def profile(self, header: Sequence[str]) -> ColumnMapping | None:
        """Return the mapping that this format fixes for a header, None to guess."""
        del header
        return None

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = b"name;site web;cr\xc3\xa9\xc3\xa9 le\nA;a-one[.]example;13/02/2024\nB;;14/02/2024\n"
        return (Example(data, 2, 1),)


class KnownTableReader(TableReader):
    """A table whose header names its format."""

    def recognises(self, head: Head) -> float:
        """Sure when the header is this format's."""
        first = head_rows(head)
        return 0.95 if first and self.profile(first[0]) else 0.0


class MetaIndicatorReader(KnownTableReader):
    """Meta's flat list: `indicator_type,indicator_value,comment,ds`."""

    name = "meta-indicators"

    def profile(self, header: Sequence[str]) -> ColumnMapping | None:
        roles = {
            "indicator type": Role.KIND,
            "indicator value": Role.VALUE,
            "comment": Role.COMMENT,
            "ds": Role.REPORTED_ON,
        }
        return _fixed(header, roles, {"indicator type", "indicator value"}, None)

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = (
            b"indicator_type,indicator_value,comment,ds\n"
            b"domain_name,news[.]example,Hosting,2024-05-03\n"
            b"android_package_name,com.example.chat,Chat,2024-05-03\n"
        )
        return (Example(data, 2, 2),)


class MetaKillChainReader(KnownTableReader):
    """Meta's quarterly lists: `Tactic,Technique,Procedure,Indicator` in all their spellings.

    Dates in the comments are month first: 13 to 31 only ever stand in second place.
    """

    name = "meta-kill-chain"

    def profile(self, header: Sequence[str]) -> ColumnMapping | None:
        roles = {
            "tactic": Role.TACTIC,
            "technique": Role.TECHNIQUE,
            "procedure": Role.PROCEDURE,
            "indicator": Role.VALUE,
            "indicators": Role.VALUE,
        }
        for cell in map(fold, header):
            if cell.startswith(("comm", "note", "remark")):
                roles[cell] = Role.COMMENT
        mapping = _fixed(header, roles, {"procedure"}, DateOrder.MONTH_FIRST)
        return mapping if mapping and mapping.of(Role.VALUE) else None

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = (
            b"Tactic ,Technique,Procedure,Indicator,Commernts\n"
            b"0. Acquiring assets,0.6 Acquiring domains,0.6.2 For operations,spoof[.]example,"
            b"Registration date: 9/25/2024\n"
            b",,,,\n"
            b"0. Acquiring assets,0.9 Acquiring accounts,0.9.1 Facebook,157 accounts,\n"
            b"6. Engagement,6.2 Amplifying,6.2.1 On Facebook,,\n"
        )
        return (Example(data, 3, 2),)


class ViginumDomainReader(KnownTableReader):
    """VIGINUM's domain lists; days first. `first seen` is an observation, creation is not."""

    name = "viginum-domains"

    def profile(self, header: Sequence[str]) -> ColumnMapping | None:
        roles = {
            "domain": Role.VALUE,
            "domain name": Role.VALUE,
            "created on": Role.REGISTERED_ON,
            "create date": Role.REGISTERED_ON,
            "creation date": Role.REGISTERED_ON,
            "first seen": Role.FIRST_OBSERVED,
            "type": Role.KIND,
        }
        folded = {fold(cell) for cell in header}
        if not folded <= roles.keys() or not folded & {"created on", "create date"}:
            return None
        return _fixed(header, roles, set(), DateOrder.DAY_FIRST)

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = (
            b"\xef\xbb\xbfdomain,create date,first seen,type\n"
            b"a-news[.]example,07/03/2013,,domain\n"
            b"fr[.]a-news[.]example,,23/05/2024,subdomain\n"
        )
        return (Example(data, 2, 2),)


def read_table(
    rows: Iterator[Row], context: Context, profile: Profile, *, sheet: str = ""
) -> Iterator[Event]:
    """Yield the events of a table's rows, header first.

    Args:
        sheet: name of the workbook's sheet, to tell rows of several sheets apart.
    """
    sample = list(islice(rows, SAMPLE_ROWS + 1))
    named = [row for row in sample if not row.is_lost and not row.is_blank]
    if not named:
        lost = [row.located(sheet) for row in sample if row.is_lost]
        yield from (Lost(row.fault, row.locator, row.cells[0]) for row in lost)
        if not lost:
            yield Flagged("no-indicator", sheet or "the table is empty")
        return
    above = header_at([row.cells for row in named])
    for row in named[:above]:
        yield Flagged("above-header", f"{row.located(sheet).locator}: {' '.join(row.cells)}")
    named = named[above:]
    mapping, is_fitting = choose_mapping([row.cells for row in named], context, profile)
    if not is_fitting:
        yield Flagged("mapping-not-used", ", ".join(named[0].cells))
    yield Mapped(mapping)
    first = named[0].number if mapping.has_header else named[0].number - 1
    yield from _row_events(chain(sample, rows), mapping, context, first, sheet)


def choose_mapping(
    rows: Sequence[Sequence[str]], context: Context, profile: Profile
) -> tuple[ColumnMapping, bool]:
    """Return the mapping to use, and whether the one that was asked for fits.

    What the person asks for goes first, then what was saved, then the format's own, then a guess.
    """
    asked = context.mapping and fitted(context.mapping, rows[0])
    # Every table without a header would share one saved mapping: those are guessed each time.
    header = header_fingerprint(rows)
    saved = context.saved_mapping(header) if header and not asked else None
    chosen = asked or saved or profile(rows[0]) or guess_mapping(rows)
    return chosen, context.mapping is None or asked is not None


def fitted(mapping: ColumnMapping, header: Sequence[str]) -> ColumnMapping | None:
    """Return the mapping if its columns stand where it says, None when the table is another."""
    if not mapping.has_header:
        return mapping if len(header) >= len(mapping.columns) else None
    cells = [fold(cell) for cell in header]
    fits = all(
        column.index < len(cells) and cells[column.index] == fold(column.name)
        for column in mapping.columns
        if column.role is not Role.OTHER
    )
    return mapping if fits else None


def head_rows(head: Head) -> list[tuple[str, ...]]:
    """Return the first rows of what may be a table, its header first, none when it is none."""
    if head.is_binary or head.is_json:
        return []
    if head.delimiter is None:
        return []
    rows = read_rows(iter(head.lines), head.delimiter, is_cut=head.is_cut)
    first = list(
        islice((row.cells for row in rows if not (row.is_blank or row.is_lost)), SAMPLE_ROWS)
    )
    return first[header_at(first) :] if first else []


def _is_grid(rows: Sequence[Sequence[str]]) -> bool:
    """Tell a table from a letter with commas: one width, and short cells in the first row."""
    widths = {len(row) for row in rows}
    return len(rows) > 2 and len(widths) == 1 and all(0 < len(cell) < 40 for cell in rows[0])


def _row_events(
    rows: Iterable[Row], mapping: ColumnMapping, context: Context, last_above: int, sheet: str
) -> Iterator[Event]:
    reader = RowReader.of(mapping, context)
    for row in rows:
        located = row.located(sheet)
        if located.is_lost:
            yield Lost(located.fault, located.locator, located.cells[0])
        elif row.number > last_above and not row.is_blank:
            yield reader.read(located)


def _fixed(
    header: Sequence[str], roles: dict[str, Role], needed: set[str], order: DateOrder | None
) -> ColumnMapping | None:
    folded = [fold(cell) for cell in header]
    if not needed <= set(folded):
        return None
    columns = tuple(
        Column(at, header[at].strip(), roles.get(cell, Role.OTHER))
        for at, cell in enumerate(folded)
    )
    return ColumnMapping(columns, fingerprint(folded), date_order=order)
