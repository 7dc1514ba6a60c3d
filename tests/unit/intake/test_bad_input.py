"""Bad input: a clear name for each fault, and the good part kept."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from tests.unit.intake.conftest import Import, defects, keys_in, only, said_of
from tocsin.foundation import UsageError
from tocsin.intake.encodings import END_KEPT, read_lines
from tocsin.intake.jsonpieces import Element, Trouble
from tocsin.intake.jsonstream import read_json
from tocsin.vault import Vault


def objects(*names: str) -> list[str]:
    return [
        json.dumps(
            {
                "type": "domain-name",
                "spec_version": "2.1",
                "value": name,
                "id": f"domain-name--00000000-0000-4000-8000-{at:012d}",
            }
        )
        for at, name in enumerate(names)
    ]


def test_a_truncated_bundle_keeps_what_stands_before_the_break(
    importing: Import, vault: Vault
) -> None:
    inside = ",".join(objects("a.example", "b.example", "c.example"))
    whole = f'{{"type":"bundle","objects":[{inside}]}}'
    report = only(importing(whole[:-40].encode()))
    assert (report.records, report.kept) == (3, 2)
    assert defects(report)["truncated"] == (1, 1)
    (example,) = next(d.examples for d in report.defects if d.kind == "truncated")
    assert example.startswith("objects[2]: byte ")
    assert keys_in(vault) == {"domain:a.example", "domain:b.example"}


def test_the_break_is_named_by_its_byte() -> None:
    text = '{"objects":[{"é":1},{"b":2'
    pieces = list(read_json(io.BytesIO(text.encode()), "utf-8", arrays=frozenset({"objects"})))
    assert pieces[0] == Element("objects", 0, {"é": 1})
    assert isinstance(pieces[1], Trouble)
    assert pieces[1].at == text.encode().index(b'{"b"')


def test_a_bundle_in_windows_1252_is_read_and_named(importing: Import, vault: Vault) -> None:
    text = '{"type":"bundle","objects":[{"type":"campaign","spec_version":"2.1","name":"Opération",'
    text += '"created":"2026-11-03T10:00:00Z","modified":"2026-11-03T10:00:00Z",'
    text += '"id":"campaign--00000000-0000-4000-8000-000000000001"}]}'
    report = only(importing(text.encode("cp1252")))
    assert report.kept == 1
    with vault.read() as snapshot:
        assert next(snapshot.private.iterate(type="campaign")).object.name == "Opération"


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_a_table_is_read_in_every_usual_encoding(
    importing: Import, vault: Vault, codec: str
) -> None:
    text = "domain,note\na[.]example,créé à Zürich\nb[.]example,x\n"
    report = only(importing(text.encode(codec)))
    assert (report.format, report.kept) == ("table", 2)
    assert said_of(vault, "domain:a.example")[0]["comment"] == "créé à Zürich"


def test_a_line_in_another_encoding_is_mended_and_named(importing: Import, vault: Vault) -> None:
    good = "domain,note\n" + "".join(f"h{at}[.]example,Zürich\n" for at in range(20))
    report = only(importing(good.encode() + "bad[.]example,Zürich\n".encode("cp1252")))
    assert defects(report) == {"wrong-encoding": (1, 0)}
    assert said_of(vault, "domain:bad.example")[0]["comment"] == "Zürich"


class Endless(io.RawIOBase):
    """A line of many bytes that is never held in memory as a whole."""

    def __init__(self, head: bytes, filler: int, tail: bytes) -> None:
        self._parts = self._make(head, filler, tail)
        self._rest = b""

    def _make(self, head: bytes, filler: int, tail: bytes) -> Iterator[bytes]:
        yield head
        block = b"x" * 65536
        for _ in range(filler // 65536):
            yield block
        yield tail

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = next(self._parts, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def test_a_line_of_200_mb_is_skipped_without_being_held() -> None:
    stream = cast("BinaryIO", Endless(b"a.example\n", 200 * 2**20, b"\nb.example\n"))
    lines = list(read_lines(stream, "utf-8"))
    assert [line.fault for line in lines] == ["", "line-too-long", ""]
    assert lines[2].text == "b.example"
    assert len(lines[1].text) <= 2 * END_KEPT + 2


def test_a_line_that_is_too_long_loses_only_itself(importing: Import, vault: Vault) -> None:
    data = b"a[.]example,x\nb[.]example,y\n" + b"z" * (3 * 2**20) + b"\nc[.]example,z\n"
    report = only(importing(data, format="table"))
    assert (report.records, report.kept) == (4, 3)
    assert defects(report)["line-too-long"] == (1, 1)
    assert "domain:c.example" in keys_in(vault)


def test_a_quote_that_is_never_closed_costs_its_own_line(importing: Import, vault: Vault) -> None:
    rows = b'domain,note\na[.]example,"open\nb[.]example,y\nc[.]example,z\n'
    report = only(importing(rows))
    assert (report.records, report.kept) == (3, 3)
    assert defects(report) == {"broken-quote": (1, 0)}
    assert keys_in(vault) == {f"domain:{name}.example" for name in "abc"}


def bomb(size: int) -> bytes:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(size // 2**20):
            part.write(b"\0" * 2**20)
    return packed.getvalue()


def test_a_zip_bomb_is_named_and_not_opened(importing: Import) -> None:
    report = only(importing(bomb(64 * 2**20)))
    assert report.format == "xlsx"
    assert defects(report) == {"zip-bomb": (1, 1)}


def test_an_archive_that_is_no_workbook_is_named(importing: Import) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    first, second = importing(packed.getvalue(), packed.getvalue()[:60]).files
    assert defects(first) == {"unreadable": (1, 1)}
    assert defects(second) == {"unreadable": (1, 1)}


def test_ten_thousand_brackets_are_named(importing: Import) -> None:
    nested = b"[" * 10_000 + b"]" * 10_000
    assert defects(only(importing(nested))) == {"too-deep": (1, 1)}
    assert defects(only(importing(b'{"a":' * 10_000))) == {"truncated": (1, 1)}


def test_a_file_that_is_not_there_hinders_no_other(importing: Import, tmp_path: Path) -> None:
    report = importing(tmp_path / "none.csv", b"", b"a[.]example\nb[.]example\n")
    gone, empty, good = report.files
    assert defects(gone) == {"unreadable": (1, 1)}
    assert defects(empty) == {"unreadable": (1, 1)}
    assert good.kept == 2


def test_bytes_that_are_no_text_are_named(importing: Import) -> None:
    report = only(importing(bytes(range(32)) * 64))
    assert (report.format, defects(report)) == ("unknown", {"unreadable": (1, 1)})


def test_json_of_no_known_format_is_named_element_by_element(importing: Import) -> None:
    report = only(importing(b'[{"a":1},{"b":2}]'))
    assert (report.format, defects(report)) == ("unknown-json", {"unknown-json": (2, 2)})


def test_an_unknown_format_is_a_usage_error(importing: Import) -> None:
    with pytest.raises(UsageError, match="format 'nope'") as caught:
        importing(b"a.example\n", format="nope")
    assert "meta-kill-chain" in caught.value.hint
