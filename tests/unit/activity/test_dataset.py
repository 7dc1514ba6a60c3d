"""What the dataset promises: whole or not at all, nothing twice, every digit."""

import hashlib
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from tests.unit.activity.rows import held, post, put
from tocsin.activity import Ad, Dataset, store
from tocsin.activity.dataset import Load
from tocsin.activity.storing import Staging
from tocsin.foundation import StorageError

MAY, JUNE = 1_714_521_600, 1_717_200_000  # 2024-05-01 and 2024-06-01


def asked(dataset: Dataset, sql: str) -> list[tuple[object, ...]]:
    with dataset.connect() as connection:
        return connection.execute(sql).fetchall()


def test_a_dataset_without_a_load_has_its_columns_and_no_rows(tmp_path: Path) -> None:
    assert asked(Dataset(tmp_path), "SELECT account, urls, time FROM posts") == []
    assert asked(Dataset(tmp_path), "SELECT spend_least FROM ads") == []
    assert asked(Dataset(tmp_path), "SELECT created FROM accounts") == []


def test_posts_lie_by_network_and_month_and_unknown_is_named(tmp_path: Path) -> None:
    rows = [post("a", MAY, platform="VK"), post("b", JUNE, platform="VK"), post("c", None)]
    names = {str(path.parent.relative_to(tmp_path)) for path in held(tmp_path, rows).files()}
    assert names == {
        "activity/posts/network=vk/month=2024-05",
        "activity/posts/network=vk/month=2024-06",
        "activity/posts/network=unknown/month=unknown",
    }


def test_identifiers_past_two_to_the_53_keep_every_digit(tmp_path: Path) -> None:
    long = str(2**63 + 1)
    dataset = held(tmp_path, [post(long, post=str(2**53 + 1))])
    assert asked(dataset, "SELECT account, post FROM posts") == [(long, "9007199254740993")]


def test_the_next_day_adds_files_and_touches_none(tmp_path: Path) -> None:
    dataset = held(tmp_path, [post("a", MAY, post="1")])
    before = {path: path.read_bytes() for path in dataset.files()}
    stored = put(dataset, [post("a", MAY, post="1"), post("b", MAY + 9, post="2")], "next day")
    assert (stored.new, stored.known) == (1, 1)
    assert {path: path.read_bytes() for path in before} == before
    assert len(dataset.files()) == 2
    assert asked(dataset, "SELECT count(*) FROM posts") == [(2,)]


def test_later_figures_of_a_post_make_no_second_post(tmp_path: Path) -> None:
    dataset = held(tmp_path, [post("a", MAY, post="1", likes=1)])
    assert put(dataset, [post("a", MAY, post="1", likes=90)], "later").known == 1


def test_one_post_may_have_a_row_for_each_thing_it_shares(tmp_path: Path) -> None:
    dataset = held(tmp_path, [post("a", MAY, post="1", object=each) for each in "xyx"])
    assert asked(dataset, "SELECT object FROM posts ORDER BY 1") == [("x",), ("y",)]


def test_equal_ids_on_two_platforms_are_two_posts(tmp_path: Path) -> None:
    rows = [post("a", MAY, post="1", platform="vk"), post("a", MAY, post="1", platform="ok")]
    assert asked(held(tmp_path, rows), "SELECT count(*) FROM posts") == [(2,)]


def test_what_stops_before_the_manifest_leaves_the_dataset_as_it_was(tmp_path: Path) -> None:
    dataset = held(tmp_path, [post("a", MAY, post="1")])
    with Staging(dataset, hashlib.sha256(b"broken off").hexdigest()) as staging:
        staging.add([post("b", MAY, post="2")])
        staging.finish()
    assert asked(dataset, "SELECT account FROM posts") == [("a",)]
    assert put(dataset, [post("b", MAY, post="2")], "broken off").new == 1
    assert asked(dataset, "SELECT count(*) FROM posts") == [(2,)]


def test_the_same_source_adds_nothing_twice(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    load = Load(digest="0" * 64, name="x", format="parquet", by="ana", at="")
    tables = [pa.table({"account": ["a"], "time": [MAY]}), pa.table({"account": ["b"]})]
    assert store(dataset, load, tables).new == 2
    assert (store(dataset, load, tables).new, store(dataset, load, tables).known) == (0, 2)


def test_money_is_kept_exactly(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    put(dataset, [Ad(ad="1", spend_least=Decimal("0.1"), spend_most=Decimal("199.99"))])
    found = asked(dataset, "SELECT spend_least, spend_most FROM ads")
    assert found == [(Decimal("0.1"), Decimal("199.99"))]


def test_a_damaged_manifest_is_named(tmp_path: Path) -> None:
    dataset = held(tmp_path, [post("a")])
    (entry,) = (tmp_path / "activity" / "loads").iterdir()
    entry.write_text("{")
    with pytest.raises(StorageError, match="cannot be read"):
        dataset.files()


def test_what_is_written_is_for_its_owner_alone(tmp_path: Path) -> None:
    assert held(tmp_path, [post("a")]).folder.stat().st_mode & 0o077 == 0
