"""The whole run: what is said of a group beside that it was found, and of the run itself."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from tests.worlds.organic import Habits, organic
from tocsin.cli.root import cli
from tocsin.detect.coordination import Shares
from tocsin.detect.coordination.calibration import Calibration, calibrate
from tocsin.foundation import NoProgress

SEED = 3
SYNDICATE = [f"s{k}" for k in range(8)]


def _rows() -> list[tuple[str, str, int]]:
    """Organic shares, and eight sites of one owner that take its stories within a minute."""
    base = organic(Habits(accounts=300, objects=300, posts=6_000), SEED)
    rows = [
        (f"a{acc}", f"https://news{obj % 40}.example/{obj}", int(ts))
        for acc, obj, ts in zip(base.acc, base.obj, base.ts, strict=True)
    ]
    draw = np.random.default_rng(SEED)
    first, last = int(base.ts.min()), int(base.ts.max())
    for number in range(30):
        came = int(draw.integers(first, last))
        rows += [
            (site, f"https://chain.example/{number}", came + int(draw.integers(0, 40)))
            for site in SYNDICATE
        ]
    return rows


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("room")
    tables: dict[str, list[tuple[Any, ...]]] = {
        "posts": [("account", "object", "time"), *_rows()],
        "accounts": [
            ("account", "owner"),
            *((f"s{k}", "Chain Ltd") for k in range(8)),
            *((f"a{k}", "") for k in range(300)),
        ],
        "sites": [("domain", "owner"), ("chain.example", "Chain Ltd")],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows(rows)
    return folder


def _run(room: Path, *words: str) -> dict[str, Any]:
    done = CliRunner().invoke(
        cli, ["--json", "detect", "coordination", str(room / "posts.csv"), *words]
    )
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_a_group_comes_with_innocent_explanations_and_how_stable_it_is(room: Path) -> None:
    known = ("--accounts", str(room / "accounts.csv"), "--sites", str(room / "sites.csv"))
    said = _run(room, *known, "--calibrate", "2", "-o", str(room / "out"))
    (group,) = said["groups"]
    assert group["accounts"] == SYNDICATE
    assert group["stability"] == 1.0
    owner = next(each for each in group["explanations"] if each["name"] == "declared owner")
    assert "8 of 8 accounts declare the owner Chain Ltd" in owner["why"]
    assert "sites that name Chain Ltd" in owner["why"]
    assert said["calibration"]["runs"] == 2
    with (room / "out" / "groups.csv").open(newline="") as stream:
        assert {row["stability"] for row in csv.DictReader(stream)} == {"1.0"}
    page = (room / "out" / "report.html").read_text("utf-8")
    assert "declared owner: cannot be told" in page
    assert "with moments dealt anew" in page


def test_what_is_not_known_is_said_to_be_missing(room: Path) -> None:
    (group,) = _run(room, "--calibrate", "0")["groups"]
    owner = next(each for each in group["explanations"] if each["name"] == "declared owner")
    assert owner["fits"] is None
    assert "--accounts" in owner["why"]


def test_of_several_windows_each_pair_stands_at_its_own(room: Path) -> None:
    words = ("--window", "600", "--window", "10", "--window", "60", "--calibrate", "1")
    said = _run(room, *words, "-o", str(room / "several"))
    assert (said["windows"], said["window_s"]) == ([10, 60, 600], 600)
    assert said["groups"][0]["accounts"] == SYNDICATE
    assert said["calibration"]["runs"] == 1
    pairs = pq.read_table(room / "several" / "edges.parquet").to_pylist()
    assert {each["window_s"] for each in pairs} <= {10, 60, 600}
    of_group = [each for each in pairs if each["group"] == 1]
    assert {each["window_s"] for each in of_group} == {60}  # they come within 40 s
    again = CliRunner().invoke(
        cli, ["detect", "coordination", str(room / "posts.csv"), "--onto", str(room / "several")]
    )
    assert "was counted at several windows" in again.output


@pytest.mark.parametrize(
    "words",
    [
        ("--untested",),
        ("--all-shares",),
        ("--engine", "duckdb"),
        ("--window", "0"),
        ("--onto", "somewhere"),
    ],
)
def test_several_windows_need_the_test_and_this_machine(room: Path, words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(
        cli,
        [
            *("detect", "coordination", str(room / "posts.csv")),
            *("--window", "10", "--window", "60", *words),
        ],
    )
    assert done.exit_code == 2
    assert f"several windows go without {words[0]}" in done.output


def test_of_an_untested_group_nothing_more_is_said(room: Path) -> None:
    said = _run(room, "--untested")
    assert said["calibration"] is None
    assert all(not each["explanations"] for each in said["groups"])


def test_a_table_without_accounts_is_named(room: Path) -> None:
    done = CliRunner().invoke(
        cli,
        [
            *("detect", "coordination", str(room / "posts.csv")),
            *("--accounts", str(room / "sites.csv"), "--calibrate", "0"),
        ],
    )
    assert done.exit_code != 0
    assert "there is no column account" in done.output


def _shares() -> Shares:
    accounts, objects, times = zip(*_rows(), strict=True)
    return Shares.from_table(
        pa.table({"account": list(accounts), "object": list(objects), "time": list(times)})
    )


def test_copies_deal_moments_anew_and_move_nobody_to_another_object() -> None:
    shares = _shares()
    one, other = (
        calibrate(
            shares, (60,), 2, 0.05, runs=2, seed=seed, progress=NoProgress(), most_shares=10**9
        )
        for seed in (1, 1)
    )
    assert one == other
    assert one.shares == len(shares)
    assert one.whole


def test_of_much_data_whole_objects_are_taken() -> None:
    shares = _shares()
    found = calibrate(
        shares, (60,), 2, 0.05, runs=1, seed=0, progress=NoProgress(), most_shares=len(shares) // 3
    )
    assert 0 < found.shares <= len(shares) // 3
    assert not found.whole


def test_none_of_many_copies_bounds_the_share_and_all_of_them_bound_nothing() -> None:
    def of(found: int) -> float:
        return Calibration(runs=59, found=found, shares=1, whole=True, q=0.05, seed=0).most

    assert of(0) == pytest.approx(0.05, abs=0.002)  # the rule of three: 3 / 59
    assert of(59) == 1.0
