"""Parquet of others: units of time, floats and texts in the place of numbers."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tocsin.activity import Dataset, trace
from tocsin.foundation import SystemClock
from tocsin.intake import ImportReport
from tocsin.intake.activity import load_files

URL = "https://news.example/a"


def loaded(folder: Path, **columns: object) -> tuple[ImportReport, Dataset]:
    held = io.BytesIO()
    pq.write_table(pa.table(columns), held)
    (folder / "export").write_bytes(held.getvalue())
    dataset = Dataset(folder)
    return load_files([folder / "export"], dataset, by="ana", clock=SystemClock()), dataset


def rows(dataset: Dataset, *names: str) -> list[tuple[object, ...]]:
    with dataset.connect() as connection:
        return connection.table("posts").order("account").project(", ".join(names)).fetchall()


def defects(report: ImportReport) -> dict[str, int]:
    (file,) = report.files
    return {each.kind: each.count for each in file.defects}


@pytest.mark.parametrize(
    "times",
    [
        pa.array([1_500_000_000], pa.int64()),
        pa.array([1_500_000_000], pa.uint32()),
        pa.array([1_500_000_000_000], pa.int64()),
        pa.array([1_500_000_000_000_000], pa.int64()),
        pa.array([1_500_000_000_000_000_000], pa.int64()),
        pa.array([1_500_000_000.75], pa.float64()),
        pa.array([1_500_000_000], pa.timestamp("s", tz="Europe/Berlin")),
        pa.array([1_500_000_000_999], pa.timestamp("ms")),
        pa.array([1_500_000_000_999_999_999], pa.timestamp("ns")),
        pa.array(["2017-07-14T04:40:00+02:00"], pa.large_string()),
        pa.array(["2017-07-14T02:40:00Z"]).dictionary_encode(),
    ],
    ids=lambda column: str(column.type),
)
def test_a_time_is_seconds_in_utc_whatever_unit_the_column_has(
    times: pa.Array, tmp_path: Path
) -> None:
    report, dataset = loaded(tmp_path, account=["a"], time=times, url=[URL])
    assert rows(dataset, "time") == [(1_500_000_000,)]
    assert defects(report) == {}


def test_a_day_is_its_first_moment(tmp_path: Path) -> None:
    days = pa.array([17_361], pa.int32()).cast(pa.date32())
    _, dataset = loaded(tmp_path, account=["a"], time=days, url=[URL])
    assert rows(dataset, "time") == [(17_361 * 86_400,)]


def test_what_is_no_time_is_named_and_the_post_kept(tmp_path: Path) -> None:
    times = [float("nan"), -9.3e18, 9e9, None, 1.5e9]
    report, dataset = loaded(tmp_path, account=list("abcde"), time=times, url=[URL] * 5)
    assert rows(dataset, "account", "time") == [
        *((name, None) for name in "abcd"),
        ("e", 1_500_000_000),
    ]
    assert defects(report) == {"unreadable-time": 2, "future-time": 1, "no-time": 1}
    assert trace(dataset, "url")["account"].to_pylist() == ["e"]


def test_counts_as_texts_are_read_and_what_is_none_is_unknown(tmp_path: Path) -> None:
    report, dataset = loaded(
        tmp_path, account=["a", "b"], time=[1, 2], likes=["1,234", "x"], urls=[[URL], None]
    )
    assert rows(dataset, "likes") == [(1234,), (None,)]
    assert report.new == 2


def test_an_identifier_that_a_float_rounded_is_not_kept(tmp_path: Path) -> None:
    report, dataset = loaded(
        tmp_path,
        account=["a", "b", "c"],
        time=[1, 2, 3],
        post=[7.0, 1.2e18, float("nan")],
        url=[URL, "", None],
    )
    assert rows(dataset, "post", "urls") == [("7", [URL]), (None, []), (None, [])]
    assert defects(report) == {"rounded-id": 1}
