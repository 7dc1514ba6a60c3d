"""CSV and Excel: one row per identifier and source, harmless and honest."""

import csv
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.writers.support import domain_object, export, listed, saying, sco, terms, whys
from tocsin.exchange.writers import Export, People, plain_cell, writer
from tocsin.exchange.writers.rows import HEADER
from tocsin.records import Tlp
from tocsin.records.observables import refang

TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n")
HOSTILE = st.text(max_size=30) | st.builds(
    "{}{}".format,
    st.sampled_from(["=", "+", "-", "@", "\t=", " =", "\u202e="]),
    st.text(max_size=20),
)


def csv_rows(made: Export, folder: Path) -> list[dict[str, str]]:
    report = writer("csv").write(made, folder / "out.csv")
    with report.path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == report.objects
    return rows


def xlsx_cells(made: Export, folder: Path) -> dict[str, list[list[object]]]:
    report = writer("xlsx").write(made, folder / "out.xlsx")
    book = openpyxl.load_workbook(report.path)
    return {
        sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book
    }


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_cell_of_either_format_begins_a_formula(
    tmp_path_factory: pytest.TempPathFactory, one: str, two: str, three: str
) -> None:
    folder = tmp_path_factory.mktemp("cells")
    said = saying(tactic=one, technique=two, comment=three, source=one or "s")
    made = listed(sco("news[.]example"), said=said, title=f"t{two}")
    cells = [cell for row in csv_rows(made, folder) for cell in row.values()]
    for rows in xlsx_cells(made, folder).values():
        cells += [str(cell) for row in rows for cell in row if cell is not None]
    assert not [cell for cell in cells if cell.strip().startswith(TRIGGERS)]


def test_excel_takes_every_cell_for_text(tmp_path: Path) -> None:
    made = listed(sco("news[.]example"), said=saying(comment='=HYPERLINK("https://evil.example")'))
    report = writer("xlsx").write(made, tmp_path / "out.xlsx")
    for sheet in openpyxl.load_workbook(report.path):
        for row in sheet.iter_rows():
            assert {cell.data_type for cell in row if cell.value is not None} <= {"s"}
            assert not [cell for cell in row if cell.hyperlink]


def test_the_columns_are_metas_then_ours(tmp_path: Path) -> None:
    said = saying(tactic="0. Acquiring assets", technique="0.6 Domains", procedure="0.6.2 To fool",
                  comment="c", registered="2020-01-01T00:00:00Z")  # fmt: skip
    (row,) = csv_rows(listed(sco("news[.]example"), said=said), tmp_path)
    assert tuple(row) == HEADER
    assert row["Tactic"] == "0. Acquiring assets"
    assert row["Indicator"] == "news[.]example"
    assert row["Notes"] == "c; registered 2020-01-01T00:00:00Z; source: a list"
    assert row["Marking"] == "TLP:AMBER"
    assert row["Kind"] == "domain"


def test_two_sources_give_two_rows(tmp_path: Path) -> None:
    host = sco("news[.]example")
    said = (saying(source="a", comment="eight"), saying(source="b", comment="nine"))
    rows = csv_rows(export(host, sayings={host.id: said}), tmp_path)
    assert [row["Notes"] for row in rows] == ["eight; source: a", "nine; source: b"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"reviewed": False}, "NOT REVIEWED"),
        ({"reviewed": True}, "REVIEWED"),
        ({"reviewed": False, "for_own_use": True}, "NOT REVIEWED; FOR OWN USE, NOT FOR SHARING"),
    ],
)
def test_every_row_says_whether_it_was_reviewed(
    more: dict[str, bool], says: str, tmp_path: Path
) -> None:
    made = listed(sco("a.example"), sco("b.example"), **more)
    assert [row["Review"] for row in csv_rows(made, tmp_path)] == [says, says]
    sheet = xlsx_cells(made, tmp_path)["Indicators"]
    assert [row[5] for row in sheet[1:]] == [says, says]


def test_the_workbooks_header_names_the_strictest_marking_of_its_rows(tmp_path: Path) -> None:
    made = export(sco("a.example", tlp=Tlp.GREEN), sco("b.example", tlp=Tlp.AMBER_STRICT))
    sheet = xlsx_cells(made, tmp_path)["Indicators"]
    assert "TLP:AMBER+STRICT" in str(sheet[0][6])
    assert [row[6] for row in sheet[1:]] == ["TLP:GREEN", "TLP:AMBER+STRICT"]


def test_the_notes_tell_terms_and_count_what_was_left_out_without_naming_it(
    tmp_path: Path,
) -> None:
    account = sco("https://t.me/a_person")
    campaign = domain_object("campaign", 1, name="C")
    made = export(account, campaign, sayings={account.id: (saying(),)})
    text = str(xlsx_cells(made, tmp_path)["Notes"])
    assert "Left out: user-account" in text
    assert account.id not in text
    included = listed(account, people=People.INCLUDE, terms=terms())
    told = str(xlsx_cells(included, tmp_path)["Notes"])
    assert "corrections[at]newsroom[.]example" in told or "corrections@newsroom.example" in told


def test_what_has_no_row_is_named_with_its_reason(tmp_path: Path) -> None:
    host, twin = sco("a.example"), domain_object(
        "indicator", 2, pattern="[domain-name:value = 'a.example']", pattern_type="stix"
    )  # fmt: skip
    revoked = domain_object("channel", 3, name="https://t.me/example_one", revoked=True)
    report = writer("csv").write(export(host, twin, revoked), tmp_path / "out.csv")
    assert host.id in whys(report)[twin.id]
    assert "withdrawn" in whys(report)[revoked.id]


def test_an_identifier_that_begins_like_a_formula_comes_back_whole(tmp_path: Path) -> None:
    phone = sco("+33199001234", tlp=Tlp.CLEAR)
    (row,) = csv_rows(export(phone), tmp_path)
    assert row["Indicator"] == "'+33199001234"
    assert refang(plain_cell(row["Indicator"])) == "+33199001234"
