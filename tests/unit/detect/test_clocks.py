"""An export whose clock is off by quarters of an hour is seen; nothing else is taken for one."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import LONG
from tests.worlds.organic import NULLS, Organic, organic
from tests.worlds.planted import World, planted
from tocsin.cli.root import cli
from tocsin.detect.coordination.clocks import Shift, aligned, find_shifts
from tocsin.detect.coordination.seconds import moved, seconds_of

# Constants were chosen on seeds 300 to 302.
SEEDS = range(20) if LONG else range(1)
SHIFTS = (900, 3_600, -7_200, 19_800, -50_400)


def shifts_in(world: World | Organic, by_s: int = 0, exports: int = 2) -> tuple[Shift, ...]:
    export = (world.acc % exports).astype(np.int32)
    ts = world.ts + np.where(export == 1, by_s, 0)
    return find_shifts(world.obj.astype(np.int32), world.acc.astype(np.int32), ts, export, exports)


@pytest.mark.parametrize("kind", NULLS if LONG else ("plain", "all"))
def test_a_shift_is_found_whatever_people_do_around_it(kind: str) -> None:
    for seed in SEEDS:
        world = planted(NULLS[kind], seed)
        export = (world.acc % 2).astype(np.int32)
        for by_s in SHIFTS:
            (shift,) = shifts_in(world, by_s)
            assert abs(shift.behind_s) == abs(by_s)
            ts = aligned(world.ts + np.where(export == 1, by_s, 0), export, [shift])
            assert len(set((ts - world.ts).tolist())) == 1
            assert shift.met > 5 * shift.expected


@pytest.mark.parametrize("kind", NULLS)
def test_where_clocks_agree_none_is_off(kind: str) -> None:
    for seed in SEEDS:
        assert shifts_in(planted(NULLS[kind], seed)) == ()
        assert shifts_in(organic(NULLS[kind], seed)) == ()


def test_where_nobody_acts_together_across_both_nothing_is_said() -> None:
    assert shifts_in(organic(NULLS["plain"], 0), 3_600) == ()


def test_of_several_exports_each_is_held_against_the_largest() -> None:
    world = planted(NULLS["plain"], 0)
    export = (world.acc % 4).astype(np.int32)
    export[export == 3] = 0
    ts = world.ts + np.array([0, 3_600, -1_800])[export]
    obj, acc = world.obj.astype(np.int32), world.acc.astype(np.int32)
    found = find_shifts(obj, acc, ts, export, 3)
    assert [(each.source, each.behind_s) for each in found] == [(1, -3_600), (2, 1_800)]


def test_the_order_of_rows_changes_nothing() -> None:
    world = planted(NULLS["plain"], 0)
    mixed = np.random.default_rng(0).permutation(len(world.acc))
    export = (world.acc % 2).astype(np.int32)
    ts = world.ts + np.where(export == 1, 3_600, 0)
    obj, acc = world.obj.astype(np.int32), world.acc.astype(np.int32)
    assert find_shifts(obj, acc, ts, export, 2) == find_shifts(
        obj[mixed], acc[mixed], ts[mixed], export[mixed], 2
    )


def people(seed: int) -> tuple[list[int], list[int], list[int]]:
    """Two thousand shares at any time of 200 objects, by 100 accounts."""
    draw = np.random.default_rng(seed)
    obj, acc = draw.integers(0, 200, 2_000).tolist(), draw.integers(0, 100, 2_000).tolist()
    return obj, acc, draw.integers(0, 86_400 * 5, 2_000).tolist()


def test_who_comes_an_hour_later_beside_others_who_come_at_once_is_no_clock() -> None:
    """A second wave, on the hour, of a group that is on both exports."""
    obj, acc, ts = people(1)
    for push in range(60):
        for member in range(8):
            obj.append(1_000 + push)
            acc.append(200 + member)
            ts.append(5_000 * push + (3_600 if member in {1, 4} else 0) + member)
    export = np.array(acc, np.int32) % 2
    found = find_shifts(
        np.array(obj, np.int32), np.array(acc, np.int32), np.array(ts, np.int64), export, 2
    )
    assert found == ()


@given(
    st.lists(st.integers(-(10**9), 10**10), min_size=1, max_size=20),
    st.sampled_from([900, -3_600, 50_400]),
)
def test_times_of_every_type_are_moved_and_what_is_no_time_stays(
    times: list[int], by_s: int
) -> None:
    moments = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=each) for each in times]
    columns = [
        pa.chunked_array([pa.array([*times, None])]),
        pa.chunked_array([pa.array([*map(float, times), None])]),
        pa.chunked_array([pa.array([*moments, None], pa.timestamp("ms", "UTC"))]),
        pa.chunked_array([pa.array([*(each.isoformat() for each in moments), "soon"])]),
    ]
    for column in columns:
        changed = moved(column, by_s)
        read = seconds_of(changed)
        assert read.seconds[:-1].tolist() == [each + by_s for each in times]
        assert read.missing[-1] or read.unreadable[-1]
        assert changed.type == column.type


def detected(*words: str | Path) -> Result:
    common = ("--calibrate", "0", "--json")
    return CliRunner().invoke(cli, ["detect", "coordination", *map(str, words), *common])


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two files of one world; the second one's times are two hours late, as text."""
    folder = tmp_path_factory.mktemp("exports")
    world = planted(NULLS["plain"], 0)
    files = folder / "a.csv", folder / "b.csv"
    for part, file in enumerate(files):
        rows = np.flatnonzero(world.acc % 2 == part)
        late = timedelta(hours=2 * part)
        lines = ["account,object,time"]
        for row in rows.tolist():
            when = datetime.fromtimestamp(int(world.ts[row]), UTC) + late
            lines.append(f"u{world.acc[row]},o{world.obj[row]},{when.isoformat()}")
        file.write_text("\n".join(lines), encoding="utf-8")
    return files


def test_the_command_says_which_file_is_off_and_reads_it_as_if_it_were_not(
    exports: tuple[Path, Path],
) -> None:
    said = json.loads(detected(*exports).stdout)
    left = json.loads(detected(*exports, "--clocks", "as-read").stdout)
    (clock,) = said["clocks"]
    assert (clock["file"], clock["behind_s"]) == (str(exports[1]), -7_200)
    assert clock["met"] > 10 * clock["expected"]
    assert left["clocks"] == []

    def accounts(run: dict[str, list[dict[str, list[str]]]]) -> int:
        return sum(len(each["accounts"]) for each in run["groups"])

    assert accounts(said) > accounts(left)
