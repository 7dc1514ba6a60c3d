"""What every writer must do, ours and those of other packages."""

import re
from pathlib import Path

import pytest

from tocsin.exchange.writers import Writer, writers

CASES = [
    (name, example) for name, writer in sorted(writers().items()) for example in writer.examples()
]


@pytest.mark.parametrize("name", sorted(writers()))
def test_a_writer_has_a_name_a_suffix_and_examples(name: str) -> None:
    writer = writers()[name]
    assert isinstance(writer, Writer)
    assert writer.name == name
    assert re.fullmatch(r"\.[a-z0-9.]+", writer.suffix)
    assert writer.examples()


@pytest.mark.parametrize(("name", "example"), CASES)
def test_every_example_is_written_whole_and_private(
    name: str, example: str, tmp_path: Path
) -> None:
    writer = writers()[name]
    path = tmp_path / f"out{writer.suffix}"
    report = writer.write(writer.examples()[example], path)
    assert report.path == path
    assert path.stat().st_size
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(("name", "example"), CASES)
def test_what_is_left_out_is_named_once_with_a_reason(
    name: str, example: str, tmp_path: Path
) -> None:
    writer = writers()[name]
    export = writer.examples()[example]
    report = writer.write(export, tmp_path / "out")
    ids = [each.id for each in report.left_out]
    assert len(ids) == len(set(ids))
    assert set(ids) <= {item.id for item in export.objects}
    assert all(each.why.strip() for each in report.left_out)


@pytest.mark.parametrize(("name", "example"), CASES)
def test_no_hidden_character_reaches_a_text_format(name: str, example: str, tmp_path: Path) -> None:
    writer = writers()[name]
    report = writer.write(writer.examples()[example], tmp_path / "out")
    raw = report.path.read_bytes()
    if raw.startswith(b"PK"):
        pytest.skip("a compressed workbook; tests/unit/writers/test_lists.py reads its cells")
    text = raw.decode("utf-8-sig")
    assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize("name", sorted(writers()))
def test_an_export_that_was_not_reviewed_says_so(name: str, tmp_path: Path) -> None:
    writer = writers()[name]
    examples = writer.examples()
    if "not reviewed" not in examples:
        pytest.skip("the writer brings no such example")
    report = writer.write(examples["not reviewed"], tmp_path / "out")
    raw = report.path.read_bytes()
    assert raw.startswith(b"PK") or re.search(rb"(?i)not.reviewed", raw)
