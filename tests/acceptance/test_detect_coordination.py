"""`tocsin detect coordination` on files, as a person types it."""

import json
from pathlib import Path

import pytest

from tests.acceptance.town import tocsin

HEADER = "object_id,account_id,content_id,timestamp_share\n"


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four accounts share five links within 20 s each time; others share one of them at leisure."""
    lines = [
        f"o{n},ring{k},c{n}-{k},{1_700_000_000 + 9_000 * n + 5 * k}\n"
        for n in range(5)
        for k in range(4)
    ]
    lines += [f"o{n % 5},reader{n},r{n},{1_700_000_000 + 700 * n}\n" for n in range(60)]
    path = tmp_path_factory.mktemp("month") / "month.csv"
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


def test_accounts_that_act_together_are_one_group_and_nobody_else_is_in_it(month: Path) -> None:
    said = tocsin("detect", "coordination", month, "--json").said
    assert [group["accounts"] for group in said["groups"]] == [[f"ring{k}" for k in range(4)]]
    assert (said["posts"], said["accounts"], said["edges"]) == (80, 64, 6)
    assert sorted(said["groups"][0]["objects"]) == [f"o{n}" for n in range(5)]


def test_duckdb_says_the_same(month: Path) -> None:
    words = ("detect", "coordination", month, "--window", "600", "--json")
    local, duckdb = tocsin(*words).said, tocsin(*words, "--engine", "duckdb").said
    for clock in ("seconds", "peak_mb"):
        del local[clock], duckdb[clock]
    assert local == duckdb


def test_a_day_is_added_to_a_month(month: Path, tmp_path: Path) -> None:
    tocsin("detect", "coordination", month, "-o", tmp_path / "month")
    day = tmp_path / "day.csv"
    day.write_text(
        HEADER + "".join(f"new,ring{k},n{k},{1_700_100_000 + k}\n" for k in range(4)),
        encoding="utf-8",
    )
    words = ("detect", "coordination", "--json")
    added = tocsin(*words, day, "--onto", tmp_path / "month", "-o", tmp_path / "both").said
    whole = tocsin(*words, month, day).said
    assert added["groups"] == whole["groups"]
    assert (added["posts"], added["edges"]) == (whole["posts"], whole["edges"]) == (84, 6)
    summary = json.loads((tmp_path / "both" / "summary.json").read_text(encoding="utf-8"))
    assert summary["groups"] == whole["groups"]


def test_another_window_is_not_added_to_a_month(month: Path, tmp_path: Path) -> None:
    tocsin("detect", "coordination", month, "-o", tmp_path)
    words = ("detect", "coordination", month, "--onto", tmp_path, "--window", "10")
    assert "counted with --window 60" in tocsin(*words, code=2).stderr


def test_an_account_is_explained(month: Path) -> None:
    words = ("detect", "coordination", month, "--explain", "ring2")
    partners = tocsin(*words, "--json").said["explained"]["partners"]
    assert [(each["account"], each["came_later"]) for each in partners] == [
        ("ring0", 5),
        ("ring1", 5),
        ("ring3", 0),
    ]
    assert "ring2: 5 shares, group-1" in tocsin(*words).stdout


def test_bad_rows_are_named_and_the_others_used(month: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(month.read_text(encoding="utf-8") + "o1,,c,5\no2,late,c,\n", encoding="utf-8")
    said = tocsin("detect", "coordination", path, "--json", code=3).said
    assert {each["kind"]: each["count"] for each in said["defects"]} == {
        "no-account": 1,
        "no-time": 1,
    }
    assert said["edges"] == 6


def test_coortweet_is_answered_for_with_its_own_names_and_defaults(
    month: Path, tmp_path: Path
) -> None:
    said = tocsin(
        "detect", "coordination", month, "--compat", "coortweet", "-o", tmp_path, "--json"
    ).said
    # 5 links; within 10 s three neighbours at 5 s and two at 10 s, each a pair of posts.
    assert said["coortweet"]["result_rows"] == 25
    assert said["edges"] == 5
    assert said["tested"] is False
    header = (tmp_path / "detect_groups.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.replace('"', "").startswith("object_id,content_id,content_id_y,time_delta")


def test_the_toolkits_network_is_directed(month: Path, tmp_path: Path) -> None:
    words = ("detect", "coordination", month, "--compat", "cnt", "--window", "5", "--json")
    # Three neighbours five times, both ways; and one reader who met two of them once, both ways.
    assert tocsin(*words, "-o", tmp_path).said["cnt"] == {"edges": 10, "weight": 34}


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ((), "name CSV or Parquet files"),
        (("x.csv", "--column", "colour=red"), "NAME is one of account, object, time, content"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(words: tuple[str, ...], hint: str) -> None:
    assert tocsin("detect", "coordination", *words, "--json", code=2).said["hint"] == hint


def test_a_file_without_the_columns_says_which_option_names_them(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("who,what\na,b\n", encoding="utf-8")
    said = tocsin("detect", "coordination", path, "--json", code=1).said
    assert said["hint"] == "say which one it is: --column account=HEADER"


def test_a_file_that_is_no_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "noise.parquet"
    path.write_bytes(b"PAR1 and nothing more")
    assert "no trace" in tocsin("detect", "coordination", path, "--json", code=1).said["error"]
