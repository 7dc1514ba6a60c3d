"""Adding to a dataset: one at a time, nothing left behind, in bounded memory, where rows can be."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from tests.conftest import LONG
from tests.unit.activity.rows import held, post, put
from tocsin.activity import Ad, Dataset, store
from tocsin.activity.dataset import SPILL, Load
from tocsin.activity.storing import Staging
from tocsin.activity.writing import only_writer
from tocsin.foundation import StorageError

DAY = 86_400
MAY, JUNE = 1_714_521_600, 1_717_200_000  # 2024-05-01 and 2024-06-01, 00:00 UTC


def count(dataset: Dataset) -> int:
    with dataset.connect() as connection:
        found = connection.execute("SELECT count(*) FROM posts").fetchone()
    assert found is not None
    return int(found[0])


def test_whoever_comes_second_is_told_who_is_at_work_and_what_to_do(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    with only_writer(dataset, by="ana", at="2026-11-01T10:00:00Z"):
        with pytest.raises(StorageError) as error, only_writer(dataset, by="ben", at=""):
            pass
        assert f"process {os.getpid()}, by ana since 2026-11-01T10:00" in error.value.message
        assert "Ctrl-C" in error.value.hint
    with only_writer(dataset, by="ben", at=""):
        pass


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    held_by = (
        "import os; from pathlib import Path; from tocsin.activity import Dataset;"
        "from tocsin.activity.writing import only_writer\n"
        f"with only_writer(Dataset(Path({str(tmp_path)!r})), by='ana', at=''):"
        " os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", held_by], check=False).returncode == -9
    assert (tmp_path / "activity" / ".lock").read_text()
    with only_writer(Dataset(tmp_path), by="ben", at=""):
        pass


def test_what_a_stopped_writer_left_is_removed_and_what_counts_stays(tmp_path: Path) -> None:
    dataset = held(tmp_path, [post("a", MAY, post="1")])
    (kept,) = dataset.files()
    staging = Staging(dataset, hashlib.sha256(b"broken off").hexdigest())
    staging.add([post("b", MAY, post="2")])
    staging.finish()
    alive, dead = (dataset.folder / ".staging" / f"spill-{pid}-0" for pid in (os.getpid(), 2**22))
    foreign = kept.with_name("notes.parquet")
    for each in (alive, dead):
        each.mkdir()
    foreign.write_bytes(b"somebody's own")
    with only_writer(dataset, by="ana", at=""):
        found = set(dataset.folder.rglob("*.parquet"))
    assert found == {kept, foreign}
    assert [each.name for each in (dataset.folder / ".staging").iterdir()] == [alive.name]


def test_two_connections_never_spill_into_one_folder(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    with dataset.open_duckdb() as one, dataset.open_duckdb() as other:
        asked = "SELECT current_setting('temp_directory')"
        places = [Path(str((each.execute(asked).fetchone() or ("",))[0])) for each in (one, other)]
    assert len(set(places)) == 2
    assert all(SPILL.fullmatch(place.name) for place in places)


def tables(rows: int, width: int) -> Iterator[pa.Table]:
    """Rows whose texts do not compress, a batch at a time, in no order of time."""
    chance = Random(1)  # noqa: S311 - repeatable on purpose
    for at in range(0, rows, 2_000):
        each = range(at, min(at + 2_000, rows))
        yield pa.table(
            {
                "account": [f"a{nr % 97}" for nr in each],
                "post": [str(nr) for nr in each],
                "time": pa.array([MAY + nr * 7919 % (20 * DAY) for nr in each], pa.int64()),
                "text": [chance.randbytes(width // 2).hex() for _ in each],
            }
        )


def test_a_load_larger_than_its_memory_is_done_and_spills_below_the_dataset(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path, memory_mb=32)
    rows = 60_000 if LONG else 6_000
    load = Load(digest="0" * 64, name="x", format="parquet", by="ana", at="")
    assert store(dataset, load, tables(rows, 8_000)).new == rows
    assert count(dataset) == rows
    again = Load(digest="1" * 64, name="y", format="parquet", by="ana", at="")
    assert store(dataset, again, tables(rows, 8_000)).known == rows
    assert not list((dataset.folder / ".staging").iterdir())


@pytest.mark.parametrize("apart", [0, -12 * 3600, 12 * 3600])
def test_a_post_is_known_though_an_export_takes_its_time_for_another_zones(
    tmp_path: Path, apart: int
) -> None:
    dataset = held(tmp_path, [post("a", JUNE, post="1", platform="vk")])
    other = post("a", JUNE + apart, post="1", platform="vk")  # half a day earlier it is May's
    assert put(dataset, [other, post("b", JUNE, post="2")], "later").known == 1


@pytest.mark.parametrize(("stored", "said"), [(None, MAY), (MAY, None), (None, None)])
def test_a_post_is_known_though_one_export_does_not_say_when_it_was(
    tmp_path: Path, stored: int | None, said: int | None
) -> None:
    dataset = held(tmp_path, [post("a", stored, post="1"), post("a", JUNE, post="9")])
    assert put(dataset, [post("a", said, post="1"), post("a", JUNE, post="2")], "later").known == 1


def test_ads_are_known_by_their_id_whenever_they_ran(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    put(dataset, [Ad(ad="1", platform="facebook", started=MAY)], "first")
    later = [Ad(ad=each, platform="facebook", started=MAY) for each in ("1", "2")]
    assert put(dataset, later, "second").known == 1


def test_only_months_that_a_load_touches_are_read(tmp_path: Path) -> None:
    dataset = held(tmp_path, [post("a", MAY, post="1"), post("a", MAY - 90 * DAY, post="2")])
    far = next(path for path in dataset.files() if "2024-02" in str(path))
    far.write_bytes(b"unreadable: whoever opens it fails")
    assert put(dataset, [post("a", MAY, post="1"), post("a", MAY, post="3")], "later").known == 1
