"""Excel workbooks: a table a sheet."""

import io
from datetime import UTC, datetime

from openpyxl import Workbook

from tests.unit.intake.conftest import Import, defects, keys_in, only, said_of
from tocsin.vault import Vault

# A workbook's times have no zone.
BARE = datetime(2024, 3, 1, 8, 30, tzinfo=UTC).replace(tzinfo=None)


def packed(*sheets: list[list[object]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for at, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Sheet {at}")
        for row in rows:
            sheet.append(row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def test_every_sheet_is_read_with_a_mapping_of_its_own(importing: Import, vault: Vault) -> None:
    raw = packed(
        [
            ["Domain", "First seen", "Remark"],
            ["a[.]example", BARE, "x"],
            [None, None, "nothing"],
        ],
        [["handle", "platform"], ["@example_news", "Telegram"]],
    )
    report = only(importing(raw))
    assert (report.format, report.records, report.kept) == ("xlsx", 3, 2)
    assert defects(report) == {"empty-indicator": (1, 1)}
    assert keys_in(vault) == {"domain:a.example", "account:telegram/@example_news"}
    (said,) = said_of(vault, "domain:a.example")
    # A workbook's times have no zone: the day is what was recorded.
    assert said["first_observed"] == "2024-03-01T00:00:00.000000Z"
    assert said["first_observed_precision"] == "day"


def test_metas_columns_are_known_in_a_workbook_too(importing: Import, vault: Vault) -> None:
    raw = packed(
        [
            ["Tactic ", "Technique", "Procedure", "Indicator", "Notes"],
            ["0. A", "0.6 B", "0.6.2 C", "a[.]example", "Registration date: 9/25/2024"],
        ]
    )
    importing(raw)
    assert said_of(vault, "domain:a.example")[0]["registered_on"] == "2024-09-25"


def test_an_empty_workbook_says_so(importing: Import) -> None:
    report = only(importing(packed([])))
    assert (report.records, defects(report)) == (0, {"no-indicator": (1, 0)})


def test_a_merged_title_and_empty_columns_leave_the_columns_as_they_are_named(
    importing: Import, vault: Vault
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["B2"] = "Operation X: list of domains"
    sheet.merge_cells("B2:D2")
    for at, cells in enumerate((["Domain", "Note"], ["a[.]example", "x"], ["b[.]example", "y"]), 4):
        for column, text in zip("BC", cells, strict=True):
            sheet[f"{column}{at}"] = text
    sheet.merge_cells("C5:C6")
    report = only(importing(saved(book)))
    assert (report.records, report.kept, defects(report)) == (2, 2, {"above-header": (1, 0)})
    assert report.mapping is not None
    assert [column.name for column in report.mapping.columns] == ["", "Domain", "Note"]
    assert said_of(vault, "domain:a.example")[0]["comment"] == "x"


def test_a_formula_is_named_and_a_link_that_was_never_worked_out_is_what_it_shows(
    importing: Import, vault: Vault
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Domain", "Count"])
    sheet.append(["a[.]example", "=1+1"])
    sheet.append(['=HYPERLINK("https://b.example/page";"b[.]example")', 1])
    sheet.append(['=CONCATENATE("c",".example")', 2])
    sheet.append(["d.example", 3])
    report = only(importing(saved(book)))
    assert (report.records, report.kept) == (4, 3)
    assert defects(report) == {"formula": (3, 1)}
    assert keys_in(vault) == {"domain:a.example", "domain:b.example", "domain:d.example"}
