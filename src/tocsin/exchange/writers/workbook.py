"""The `xlsx` format: the list on one sheet, its terms and what is missing on another.

The second sheet counts what was left out and names no ids: an observable's id follows from its
value, and whoever guesses the value would learn that it was held back.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from tocsin.exchange.writers.examples import exports
from tocsin.exchange.writers.export import Export, ExportReport
from tocsin.exchange.writers.files import replacing
from tocsin.exchange.writers.inert import safe_cell
from tocsin.exchange.writers.rows import HEADER, Listing, listing
from tocsin.foundation import RefusedError, rfc3339

MAX_ROWS: Final = 1_048_575
"""Rows below a header that a sheet takes (Microsoft, Excel limits)."""

_WIDTHS: Final = (22, 28, 36, 44, 60, 20, 18, 14, 14)


class XlsxWriter:
    """A workbook whose cells are all text: no formula, no date, no number, no link."""

    name = "xlsx"
    suffix = ".xlsx"

    def examples(self) -> Mapping[str, Export]:
        return exports()

    def write(self, export: Export, path: Path) -> ExportReport:
        made = listing(export)
        if len(made.rows) > MAX_ROWS:
            raise RefusedError(
                f"{len(made.rows)} rows are more than a sheet takes", hint="export it as csv"
            )
        book = Workbook(write_only=True)
        book.properties.creator = "Tocsin"
        book.properties.created = book.properties.modified = export.made_at.replace(tzinfo=None)
        _sheet(book, "Indicators", _WIDTHS, _header(made), made.rows)
        _sheet(book, "Notes", (34, 100, 12), ("What", "Says", "Count"), _notes(made))
        with replacing(path) as file:
            book.save(file)
        return ExportReport(path, len(made.rows), made.left_out)


def _header(made: Listing) -> tuple[str, ...]:
    """Return the header row; the marking's column also names that of the whole file."""
    marking = f"Marking (whole file: {made.marking.tlp.label})"
    return tuple(marking if name == "Marking" else name for name in HEADER)


def _notes(made: Listing) -> Iterable[tuple[str, ...]]:
    export, author = made.export, made.export.author or {}
    terms = export.terms
    told = {
        "Title": export.title,
        "Review": export.standing,
        "Marking of the whole file": made.marking.tlp.label,
        "From": str(author.get("name", "")),
        "Made at": rfc3339(export.made_at),
        "Purpose": (terms and terms.purpose) or "",
        "Expires": rfc3339(terms.expires) if terms and terms.expires else "",
        "Contact for corrections": terms.review.contact if terms and terms.review else "",
    }
    yield from ((what, safe_cell(says), "") for what, says in told.items() if says)
    counted = Counter((each.id.partition("--")[0], _general(each.why)) for each in made.left_out)
    for (type_, why), count in sorted(counted.items()):
        yield f"Left out: {type_}", why, str(count)


def _general(why: str) -> str:
    """Return a reason without the ids in it."""
    return " ".join("another object" if "--" in word else word for word in why.split(" "))


def _sheet(
    book: Workbook,
    title: str,
    widths: tuple[int, ...],
    header: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGHI", widths, strict=False):
        sheet.column_dimensions[letter].width = width
    bold = Font(bold=True)
    sheet.append([_cell(sheet, text, bold) for text in header])
    for row in rows:
        sheet.append([_cell(sheet, text) for text in row])


def _cell(sheet: Any, text: str, font: Font | None = None) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    # openpyxl takes text that begins with = for a formula: say that it is text.
    cell.data_type = "s"
    if font:
        cell.font = font
    return cell
