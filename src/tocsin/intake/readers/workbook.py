"""Excel workbooks, read without unpacking what is no workbook."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import repeat
from typing import BinaryIO, Final

from openpyxl import Workbook, load_workbook

from tocsin.intake.events import Event, Flagged, Lost
from tocsin.intake.mapping import ColumnMapping
from tocsin.intake.reader import Context, Example, Head
from tocsin.intake.readers.disarmtables import (
    disarm_release,
    disarm_rows,
    first_filled,
    is_disarm_header,
)
from tocsin.intake.readers.tables import (
    KnownTableReader,
    MetaIndicatorReader,
    MetaKillChainReader,
    ViginumDomainReader,
    read_table,
)
from tocsin.intake.tabletext import Row

MAX_UNPACKED: Final = 1024 * 1024 * 1024
MAX_RATIO: Final = 200
MAX_ROWS: Final = 2_000_000
MAX_COLUMNS: Final = 512
_ZIP_MAGIC: Final = b"PK\x03\x04"
_BLOCK: Final = 1024 * 1024
_FORMULA: Final = re.compile(rb"<f[ >/]")
_LINK: Final = re.compile(r'=HYPERLINK\("([^"]*)"(?:[,;]\s*"([^"]*)")?', re.IGNORECASE)
_SMALL: Final = 10 * 1024 * 1024
_KNOWN: Final[tuple[KnownTableReader, ...]] = (
    MetaKillChainReader(),
    MetaIndicatorReader(),
    ViginumDomainReader(),
)


class WorkbookReader:
    """An .xlsx file: every sheet is a table with a mapping of its own, DISARM's are terms."""

    name = "xlsx"
    is_taxonomy = False

    def recognises(self, head: Head) -> float:
        """A zip archive; whether it is a workbook shows on opening."""
        return 0.9 if head.data.startswith(_ZIP_MAGIC) else 0.0

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event a row of each sheet."""
        trouble = bomb_in(stream)
        stream.seek(0)
        if trouble:
            yield Lost("zip-bomb", "workbook", trouble)
            return
        try:
            book = _opened(stream, values=True)
            formulas = _opened(stream, values=False) if has_formulas(stream) else None
        except Exception as error:  # noqa: BLE001 - openpyxl raises anything on damaged parts
            yield Lost("unreadable", "workbook", f"no readable workbook: {error}")
            return
        try:
            yield from _sheets(book, formulas, context)
        finally:
            book.close()
            if formulas:
                formulas.close()

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        book = Workbook()
        sheet = book.active
        assert sheet is not None  # noqa: S101 - a new workbook has one
        sheet.append(["Domain", "Created", "Remark"])
        sheet.append(["spoof[.]example", date(2024, 2, 13), "spoof"])
        sheet.append([None, None, "no indicator here"])
        packed = io.BytesIO()
        book.save(packed)
        return (Example(packed.getvalue(), 2, 1),)


def bomb_in(stream: BinaryIO) -> str:
    """Return why an archive must not be opened, empty when it may.

    Only its directory is read. A part that lies about its size cannot unpack to more than it
    says: `zipfile` stops there.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        return f"the archive cannot be read: {error}" if isinstance(error, OSError) else ""
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    if unpacked > MAX_UNPACKED:
        return f"it would unpack to {unpacked // 2**20} MiB"
    if unpacked > _SMALL and unpacked // packed > MAX_RATIO:
        return f"it would unpack to {unpacked // packed} times its size"
    return ""


def has_formulas(stream: BinaryIO) -> bool:
    """Tell whether any sheet holds a formula, by the mark that each has in the sheet's XML."""
    with zipfile.ZipFile(stream) as archive:
        for part in archive.namelist():
            if not part.startswith("xl/worksheets/sheet"):
                continue
            with archive.open(part) as packed:
                end = b""
                while block := packed.read(_BLOCK):
                    if _FORMULA.search(end + block):
                        return True
                    end = block[-2:]
    return False


def _opened(stream: BinaryIO, *, values: bool) -> Workbook:
    stream.seek(0)
    return load_workbook(stream, read_only=True, data_only=values, keep_links=False)


def _sheets(book: Workbook, formulas: Workbook | None, context: Context) -> Iterator[Event]:
    terms: dict[str, str] = {}
    for sheet in book.worksheets:
        values = sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS)
        written = formulas and formulas[sheet.title].iter_rows(
            values_only=True, max_col=MAX_COLUMNS
        )
        rows = _rows(zip(values, written or repeat(()), strict=False))
        first, rows = first_filled(rows)
        if first is not None and is_disarm_header(first.cells):
            yield from disarm_rows(rows, terms, sheet=sheet.title)
        else:
            yield from read_table(rows, context, _profile, sheet=sheet.title)
        if (sheet.max_row or 0) > MAX_ROWS:
            yield Flagged("workbook-too-large", sheet.title)
    yield from disarm_release(terms, context)


def _rows(values: Iterator[tuple[tuple[object, ...], tuple[object, ...]]]) -> Iterator[Row]:
    """Yield a sheet's rows; where the sheet is damaged, one lost row says so and ends it."""
    for number in range(1, MAX_ROWS + 1):
        try:
            both = next(values, None)
        except Exception as error:  # noqa: BLE001 - openpyxl raises anything on damaged parts
            yield Row(number, (f"{type(error).__name__}: {error}",), "truncated", is_lost=True)
            return
        if both is None:
            return
        cells, written = both
        is_formula = [isinstance(each, str) and each.startswith("=") for each in written]
        if any(is_formula):
            cells = tuple(map(_result, cells, written))
        yield Row(number, _trimmed(cells), "formula" if any(is_formula) else "")


def _result(value: object, written: object) -> object:
    """Return a cell's stored value; of a link that was never worked out, what it shows."""
    if value is not None or not isinstance(written, str):
        return value
    link = _LINK.match(written)
    return (link[2] or link[1]) if link else None


def _trimmed(cells: Sequence[object]) -> tuple[str, ...]:
    """Return the cells up to the last that holds anything: sheets claim far more columns."""
    texts = [_text(cell) for cell in cells]
    while texts and not texts[-1].strip():
        del texts[-1]
    return tuple(texts)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        has_hour = (value.hour, value.minute, value.second) != (0, 0, 0)
        return value.isoformat(sep=" ") if has_hour else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _profile(header: Sequence[str]) -> ColumnMapping | None:
    found = (reader.profile(header) for reader in _KNOWN)
    return next((mapping for mapping in found if mapping), None)
