"""Public sets through `load`, counted against the files themselves."""

import csv
import gzip
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tocsin.activity import Dataset, trace
from tocsin.foundation import SystemClock
from tocsin.intake import FileReport
from tocsin.intake.activity import load_files

pytestmark = pytest.mark.realdata


def loaded(path: Path, home: Path) -> tuple[FileReport, Dataset]:
    dataset = Dataset(home)
    report = load_files([path], dataset, by="ana", clock=SystemClock())
    (file,) = report.files
    assert (file.records, file.lost) == (file.kept, 0)
    assert report.new + report.known == file.kept
    return file, dataset


def shares(path: Path, object_: str, post: str, time: str) -> set[tuple[str, str, int, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return {
            (row["account_id"], row[object_], int(float(row[time])), row[post])
            for row in csv.DictReader(stream)
            if row[object_]
        }


@pytest.mark.parametrize(
    ("name", "headers", "rows"),
    [
        ("russian_coord_tweets", ("object_id", "content_id", "timestamp_share"), 35_125),
        ("german_elections", ("url_id", "post_id", "timestamp"), 218_971),
    ],
)
def test_every_share_of_coortweets_sets_is_in_the_trace(
    datasets: Path, tmp_path: Path, name: str, headers: tuple[str, str, str], rows: int
) -> None:
    path = datasets / "coortweet" / f"{name}.csv.gz"
    file, dataset = loaded(path, tmp_path)
    assert file.kept == rows
    found = trace(dataset, "object", first_share=False).to_pydict()
    seen = set(zip(found["account"], found["object"], found["time"], found["content"], strict=True))
    assert seen == shares(path, *headers)


def test_reposts_of_the_agency_are_all_in_the_trace(datasets: Path, tmp_path: Path) -> None:
    path = datasets / "ira" / "ira_traces_dev.parquet"
    file, dataset = loaded(path, tmp_path)
    assert (file.format, file.kept) == ("parquet", 315_348)
    whole = pq.read_table(path)
    reposts = whole.filter(whole["is_retweet"])
    expected = set(
        zip(reposts["account"].to_pylist(), reposts["text_key"].to_pylist(), strict=True)
    )
    found = trace(dataset, "repost")
    seen = zip(found["account"].to_pylist(), found["object"].to_pylist(), strict=True)
    assert {(int(who), int(what.removeprefix("text "))) for who, what in seen} == expected
    assert found.num_rows == len(expected)
