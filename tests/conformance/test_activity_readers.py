"""Every reader of activity, built in or registered: what a load may rely on."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.activity import Ad, Dataset, Post
from tocsin.foundation import SystemClock
from tocsin.intake import DEFECT_KINDS, Head
from tocsin.intake.activity import (
    ActivityExample,
    ActivityReader,
    Notes,
    Told,
    activity_readers,
    load_files,
    sniff_activity,
)
from tocsin.intake.activity.parquet import ParquetReader
from tocsin.intake.events import Lost

NOW = 1_800_000_000
EXAMPLES = [
    pytest.param(reader, example, id=f"{reader.name}-{at}")
    for reader in activity_readers()
    for at, example in enumerate(reader.examples())
]
BY_RECORD = [each for each in activity_readers() if not isinstance(each, ParquetReader)]


def told(reader: ActivityReader, data: bytes) -> list[Told]:
    return list(reader.read(io.BytesIO(data), Notes(now=NOW)))


def test_names_are_unique_and_every_reader_has_an_example() -> None:
    names = [(reader.name, reader.says) for reader in activity_readers()]
    assert len(names) == len({name for name, _ in names})
    assert all(says for _, says in names)
    assert all(reader.examples() for reader in activity_readers())


@pytest.mark.parametrize(("reader", "example"), EXAMPLES)
def test_an_example_is_recognised_as_its_own_format(
    reader: ActivityReader, example: ActivityExample
) -> None:
    assert sniff_activity(Head.of(io.BytesIO(example.data), len(example.data))) is reader


@pytest.mark.parametrize(("reader", "example"), EXAMPLES)
def test_the_records_of_an_example_are_as_its_author_wrote_them(
    reader: ActivityReader, example: ActivityExample
) -> None:
    if isinstance(reader, ParquetReader):
        pytest.skip("read by columns; the next test loads it")
    records = told(reader, example.data)
    kept = [each for each in records if isinstance(each, Post | Ad)]
    seen = [
        {name: getattr(each, name) for name in expected}
        for each, expected in zip(kept, example.posts, strict=True)
    ]
    assert seen == [dict(expected) for expected in example.posts]
    assert tuple(each.kind for each in records if isinstance(each, Lost)) == example.lost


@pytest.mark.parametrize(("reader", "example"), EXAMPLES)
def test_an_example_loads_with_a_report_that_adds_up_and_adds_nothing_twice(
    reader: ActivityReader, example: ActivityExample, tmp_path: Path
) -> None:
    path = tmp_path / "export"
    path.write_bytes(example.data)
    dataset = Dataset(tmp_path)
    report = load_files([path], dataset, by="ana", clock=SystemClock())
    (file,) = report.files
    assert file.format == reader.name
    assert (file.records, file.kept) == (len(example.posts) + len(example.lost), len(example.posts))
    assert {each.kind for each in file.defects} <= DEFECT_KINDS.keys()
    assert (report.new + report.known) == file.kept
    stored = {
        name: column
        for table in ("posts", "ads")
        for name, column in columns(dataset, table).items()
        if column
    }
    for name, expected in example.posts[0].items():
        assert (list(expected) if isinstance(expected, tuple) else expected) in stored[name]
    again = load_files([path], dataset, by="ana", clock=SystemClock())
    assert (again.new, again.known) == (0, file.kept)
    assert again.files == report.files


def columns(dataset: Dataset, table: str) -> dict[str, list[object]]:
    with dataset.connect() as connection:
        found = connection.sql(f"FROM {table}").to_arrow_table()
    return {name: found[name].to_pylist() for name in found.column_names}


@pytest.mark.parametrize("reader", BY_RECORD, ids=lambda reader: reader.name)
@given(data=st.data())
def test_no_damage_to_an_export_makes_a_reader_fail(
    reader: ActivityReader, data: st.DataObject
) -> None:
    example = data.draw(st.sampled_from(reader.examples())).data
    at = data.draw(st.integers(0, len(example)))
    upto = data.draw(st.integers(at, len(example)))
    damaged = example[:at] + data.draw(st.binary(max_size=8)) + example[upto:]
    assert all(isinstance(each, Post | Ad | Lost) for each in told(reader, damaged))
    sniff_activity(Head.of(io.BytesIO(damaged), len(damaged)))
