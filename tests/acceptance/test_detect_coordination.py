"""`tocsin detect coordination` on files, as a person types it."""

import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.acceptance.town import tocsin
from tocsin.activity import POSTS, Dataset, store
from tocsin.activity.dataset import Load

HEADER = "object_id,account_id,content_id,timestamp_share\n"
LINKS = 20
RING = [f"ring{k}" for k in range(4)]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four accounts share twenty links within 15 s of each other; readers share them at leisure."""
    chance = random.Random(1)  # noqa: S311 - repeatable on purpose
    lines = []
    for n in range(LINKS):
        start = 1_700_000_000 + 9_000 * n
        push = start + chance.randrange(3_500)
        lines += [f"o{n:02},ring{k},c{n}-{k},{push + 5 * k}\n" for k in range(4)]
        for reader in chance.sample(range(150), 40):
            lines.append(
                f"o{n:02},reader{reader},c{n}-r{reader},{start + chance.randrange(3_500)}\n"
            )
    path = tmp_path_factory.mktemp("month") / "month.csv"
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


def test_accounts_that_act_together_are_one_group_and_nobody_else_is_in_it(month: Path) -> None:
    said = tocsin("detect", "coordination", month, "--json").said
    assert said["tested"] is True
    assert [group["accounts"] for group in said["groups"]] == [RING]
    assert said["groups"][0]["q_value"] <= 0.05
    assert said["groups"][0]["objects_in_all"] == LINKS


def test_counts_that_were_not_tested_are_said_to_be_no_finding(month: Path) -> None:
    said = tocsin("detect", "coordination", month, "--untested", "--window", "600", "--json").said
    assert (said["tested"], said["groups"][0]["q_value"]) == (False, None)
    assert "no finding" in said["note"]
    assert len(said["groups"][0]["accounts"]) > 4  # readers met one another as well


def test_known_accounts_are_sorted_and_nothing_is_found_about_them(month: Path) -> None:
    said = tocsin("detect", "coordination", month, "--known", "--json").said
    assert (said["tested"], said["groups"][0]["q_value"]) == (False, None)
    assert any(set(RING) <= set(group["accounts"]) for group in said["groups"])
    assert "no finding about any account" in said["note"]
    refused = tocsin("detect", "coordination", month, "--known", "--window", "60", code=2)
    assert "--known goes without --window" in refused.stderr


def test_a_file_in_which_nobody_acts_together_has_nobody(month: Path, tmp_path: Path) -> None:
    readers = [
        line for line in month.read_text(encoding="utf-8").splitlines(True) if "ring" not in line
    ]
    path = tmp_path / "readers.csv"
    path.write_text("".join(readers), encoding="utf-8")
    assert tocsin("detect", "coordination", path, "--json").said["groups"] == []
    assert "nobody is found to act together" in tocsin("detect", "coordination", path).stdout


def test_duckdb_says_the_same(month: Path) -> None:
    words = ("detect", "coordination", month, "--window", "600", "--json")
    local, duckdb = tocsin(*words).said, tocsin(*words, "--engine", "duckdb").said
    for own in ("seconds", "peak_mb", "engine"):
        del local[own], duckdb[own]
    assert local == duckdb


def test_a_day_is_added_to_a_month(month: Path, tmp_path: Path) -> None:
    words = ("detect", "coordination", "--json")
    before = tocsin(*words, month, "-o", tmp_path / "month").said
    day = tmp_path / "day.csv"
    day.write_text(
        HEADER + "".join(f"new,{name},n{name},{1_700_900_000}\n" for name in RING),
        encoding="utf-8",
    )
    assert "ring3" in (tmp_path / "month" / "report.html").read_text(encoding="utf-8")
    added = tocsin(*words, day, "--onto", tmp_path / "month", "-o", tmp_path / "both").said
    whole = tocsin(*words, month, day).said
    assert added["groups"] == whole["groups"]
    assert (added["posts"], added["edges"]) == (whole["posts"], whole["edges"])
    assert added["posts"] == before["posts"] + 4
    assert added["groups"][0]["objects_in_all"] == LINKS + 1
    summary = json.loads((tmp_path / "both" / "summary.json").read_text(encoding="utf-8"))
    assert summary["groups"] == whole["groups"]


def test_another_window_is_not_added_to_a_month(month: Path, tmp_path: Path) -> None:
    tocsin("detect", "coordination", month, "-o", tmp_path)
    words = ("detect", "coordination", month, "--onto", tmp_path, "--window", "10")
    assert "counted with --window 60" in tocsin(*words, code=2).stderr


def test_an_account_is_explained(month: Path) -> None:
    words = ("detect", "coordination", month, "--explain", "ring2")
    partners = tocsin(*words, "--json").said["explained"]["partners"][:3]
    assert [(each["account"], each["came_first"], each["came_later"]) for each in partners] == [
        ("ring0", 0, LINKS),
        ("ring1", 0, LINKS),
        ("ring3", LINKS, 0),
    ]
    assert "ring2: 20 shares, group-1" in tocsin(*words).stdout


def test_bad_rows_are_named_and_the_others_used(month: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(month.read_text(encoding="utf-8") + "o1,,c,5\no2,late,c,\n", encoding="utf-8")
    said = tocsin("detect", "coordination", path, "--json", code=3).said
    assert {each["kind"]: each["count"] for each in said["defects"]} == {
        "no-account": 1,
        "no-time": 1,
    }
    assert [group["accounts"] for group in said["groups"]] == [RING]


@pytest.fixture
def pushes(tmp_path: Path) -> Path:
    """Four accounts and five links: neighbours 5 s apart."""
    rows = [f"o{n},ring{k},c{n}-{k},{9_000 * n + 5 * k}\n" for n in range(5) for k in range(4)]
    path = tmp_path / "pushes.csv"
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


def test_coortweet_is_answered_for_with_its_own_names_and_defaults(
    pushes: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    said = tocsin(
        "detect", "coordination", pushes, "--compat", "coortweet", "-o", out, "--json"
    ).said
    # Within 10 s three neighbours at 5 s and two at 10 s, each a pair of posts.
    assert said["coortweet"]["result_rows"] == 25
    assert said["edges"] == 5
    assert said["tested"] is False
    header = (out / "detect_groups.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.replace('"', "").startswith("object_id,content_id,content_id_y,time_delta")


def test_the_toolkits_network_is_directed(pushes: Path, tmp_path: Path) -> None:
    words = ("detect", "coordination", pushes, "--compat", "cnt", "--window", "5", "--json")
    # Three neighbours five times, both ways.
    assert tocsin(*words, "-o", tmp_path / "out").said["cnt"] == {"edges": 6, "weight": 30}


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ("co_retweet", {"edges": 2, "weight": 2}),
        ("co_reply", {"edges": 2, "weight": 2}),
        ("co_tweet", {"edges": 2, "weight": 2}),
        ("co_similar_tweet", {"edges": 6, "weight": 6}),
        ("co_post", {"edges": 20, "weight": 20}),
    ],
)
def test_every_network_of_the_toolkit_is_made_from_its_own_file(
    network: str, expected: dict[str, int], tmp_path: Path
) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(
        "message_id,user_id,username,repost_id,reply_id,message,timestamp,urls\n"
        "m1,ann,ann,,p,Vote on Sunday,0,\n"
        "m2,ben,ben,,p,vote on sunday @you,1,\n"
        "m3,cem,cem,,,vote on sunday - please,2,\n"
        "m4,dia,dia,r,,vote on sunday,3,\n"
        "m5,eli,eli,r,p,vote on sunday,4,\n",
        encoding="utf-8",
    )
    words = ("detect", "coordination", path, "--compat", "cnt", "--network", network, "--json")
    assert tocsin(*words, "--similarity", "0.6").said["cnt"] == expected


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ((), "name CSV or Parquet files, or a node with activity by --home DIR"),
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


@pytest.fixture(scope="module")
def posts(month: Path) -> pa.Table:
    """The month as posts: each with its link, and the ring's with a hashtag pair of their own."""
    rows = []
    for line in month.read_text(encoding="utf-8").splitlines()[1:]:
        obj, account, content, at = line.split(",")
        page = f"https://news.example/{obj}"
        link = {"urls": [page], "links": [page], "domains": ["news.example"]}
        tags = {"hashtags": [obj, "now"]} if "ring" in account else {}
        post = {"platform": "town", "post": content, "account": account, "time": int(at)}
        rows.append({**post, **link, **tags})
    return pa.Table.from_pylist(rows, schema=POSTS)


def test_the_activity_of_a_node_is_read_where_no_file_is_named(
    posts: pa.Table, tmp_path: Path
) -> None:
    load = Load(
        digest="0" * 64, name="month", format="test", by="Ada", at="2026-11-01T00:00:00Z",
        files=(), new=0, known=0,
    )  # fmt: skip
    store(Dataset(tmp_path), load, [posts])
    said = tocsin("--home", tmp_path, "detect", "coordination", "--json").said
    assert [group["accounts"] for group in said["groups"]] == [[f"town:{name}" for name in RING]]
    assert said["groups"][0]["objects"][0].startswith("https://news.example/o")


def test_several_traces_of_posts_are_one_in_which_a_post_speaks_once(
    posts: pa.Table, tmp_path: Path
) -> None:
    pq.write_table(posts, tmp_path / "posts.parquet")
    words = ("detect", "coordination", tmp_path / "posts.parquet", "--untested", "--json")
    said = tocsin(*words, "--trace", "url", "--trace", "hashtags").said
    ring = next(each for each in said["groups"] if "town:ring0" in each["accounts"])
    # The hashtags, which fewer accounts share, say more than the links that everybody has.
    assert {each.partition(":")[0] for each in ring["objects"]} == {"hashtags"}
    assert ring["objects_in_all"] == LINKS
    assert said["traces"] == ["url", "hashtags"]


def test_a_trace_that_is_none_is_named(month: Path) -> None:
    words = ("detect", "coordination", month, "--trace", "mood", "--json")
    assert "'mood' is no trace" in tocsin(*words, code=2).said["error"]


def test_groups_are_tested_as_wholes_on_demand_without_finding_anybody_twice(month: Path) -> None:
    said = tocsin("detect", "coordination", month, "--diluted", "--json").said
    assert said["diluted"] is True
    assert [group["accounts"] for group in said["groups"]] == [RING]
