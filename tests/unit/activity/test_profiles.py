"""What posts tell beside what was shared: names, creation, whose post a repost was."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.unit.activity.rows import held, post
from tocsin.activity import Dataset, originals, profiles


def test_an_account_has_the_name_that_it_showed_last_and_its_earliest_creation(
    tmp_path: Path,
) -> None:
    dataset = held(
        tmp_path,
        [
            post("7", 10, platform="x", name="Example Fan", account_created=5),
            post("7", 20, platform="x", name="Example Stan", account_created=6),
            post("7", 30, platform="x", name=None),
            post("7", 15, platform="y", name="Somebody else"),
            post("8", 15, platform="x"),
        ],
    )
    assert profiles(dataset, ["x:7", "x:8", "x:9"]).to_pylist() == [
        {"account": "x:7", "name": "Example Stan", "created": 5},
        {"account": "x:8", "name": None, "created": None},
    ]


def test_of_a_reposted_post_it_is_told_whose_it_was_and_when_it_came_out(tmp_path: Path) -> None:
    dataset = held(
        tmp_path,
        [
            post("7", 30, platform="x", repost_of="1", repost_of_account="a", repost_of_time=9),
            post("8", 31, platform="x", repost_of="1", repost_of_account="a"),
            post("8", 32, platform="x", repost_of="2"),
            post("8", 33, repost_of="3", repost_of_account="b"),
        ],
    )
    assert originals(dataset, ["x:1", "x:2", "3"]).to_pylist() == [
        {"object": "3", "author": "b", "published": None},
        {"object": "x:1", "author": "x:a", "published": 9},
    ]


def test_files_and_datasets_without_such_columns_tell_nothing(tmp_path: Path) -> None:
    pq.write_table(pa.table({"account": ["a"], "time": [1]}), tmp_path / "posts.parquet")
    assert profiles([tmp_path / "posts.parquet"], ["a"]).to_pylist() == [
        {"account": "a", "name": None, "created": None}
    ]
    assert originals([tmp_path / "posts.parquet"], ["a"]).to_pylist() == []
    assert profiles(Dataset(tmp_path / "none"), ["a"]).to_pylist() == []
