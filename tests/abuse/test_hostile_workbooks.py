"""Workbooks are archives of XML from outside: bombs, entities, links and paths in them."""

import io
import time
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.abuse.calling import MAX_GROWTH_BYTES, peak_bytes
from tests.unit.exchange.world import START
from tocsin.foundation import ManualClock, SeededEntropy
from tocsin.intake import FileReport, import_files
from tocsin.vault import Vault

SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a0 "laugh">'
    + "".join(f'<!ENTITY a{at} "{f"&a{at - 1};" * 10}">' for at in range(1, 10))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
BLOWN_UP = '<!DOCTYPE x [<!ENTITY a "' + "A" * 200_000 + '">]>'


def test_ten_thousand_million_laughs_are_not_unfolded(tmp_path: Path) -> None:
    _costs_little(tmp_path, _with_entity(LAUGHS, "&a9;"))


def test_a_long_entity_that_is_named_a_thousand_times_is_not_unfolded(tmp_path: Path) -> None:
    _costs_little(tmp_path, _with_entity(BLOWN_UP, "&a;" * 2_000))


def test_an_outside_entity_is_not_read(tmp_path: Path) -> None:
    report = _costs_little(tmp_path, _with_entity(OUTSIDE, "&a;.example"))
    hostname = Path("/etc/hostname")
    if hostname.exists():
        name = hostname.read_text("utf-8").strip()
        assert not name or name not in str(report)


@pytest.mark.parametrize("name", ["../../escaped.xml", "/escaped.xml", "xl/../../escaped"])
def test_a_part_that_names_a_place_outside_is_written_nowhere(tmp_path: Path, name: str) -> None:
    raw = _repacked({name: b"<x/>"})
    _costs_little(tmp_path, raw)
    assert [each.name for each in tmp_path.rglob("escaped*")] == []


def test_an_archive_in_an_archive_is_not_opened(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\x00" * 50_000_000)
    _costs_little(tmp_path, _repacked({"xl/media/inner.zip": inner.getvalue()}))


def test_ten_thousand_parts_cost_little(tmp_path: Path) -> None:
    parts = {f"xl/worksheets/sheet{at}.xml": b"<worksheet/>" for at in range(2, 10_000)}
    _costs_little(tmp_path, _repacked(parts))


def _costs_little(folder: Path, raw: bytes) -> FileReport:
    """Import a workbook within a few CPU seconds and 256 MB; returns what was said of it."""
    path, clock = folder / "book.xlsx", ManualClock(START)
    path.write_bytes(raw)
    with Vault.create(folder / "v.db", origin="a", clock=clock, entropy=SeededEntropy(1)) as vault:
        begun, before = time.process_time(), peak_bytes()
        (report,) = import_files([path], vault, by="ana", clock=clock).files
        assert time.process_time() - begun <= 3.0  # opening a workbook takes one by itself
        assert peak_bytes() - before < MAX_GROWTH_BYTES
    return report


def _with_entity(declared: str, used: str) -> bytes:
    cell = f'<c r="A2" t="inlineStr"><is><t>{used}</t></is></c>'
    raw = (
        f'<?xml version="1.0"?>{declared}'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>domain</t></is></c></row>'
        f'<row r="2">{cell}</row></sheetData></worksheet>'
    )
    return _repacked({SHEET: raw.encode()})


def _repacked(parts: dict[str, bytes]) -> bytes:
    """Return a sound workbook with some parts added or put in place of its own."""
    plain, made = io.BytesIO(), io.BytesIO()
    book = Workbook()
    assert book.active is not None
    book.active.append(["domain"])
    book.active.append(["one.example"])
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(made, "w") as target:
        for part in source.infolist():
            if part.filename not in parts:
                target.writestr(part, source.read(part))
        for name, content in parts.items():
            target.writestr(name, content)
    return made.getvalue()
