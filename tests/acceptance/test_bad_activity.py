"""A bad export, typed: each flaw by file, row and field, counted; the rest loaded and searched."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

import pytest

from tests.acceptance.town import Node, make_node
from tocsin.activity import Dataset

START: Final = 1_715_601_600
POSTS: Final = 240
CREW: Final = [str(2**53 + 2 * at + 1) for at in range(3)]  # each one away from what a float holds
FLAWS: Final = {
    "no-time": 1,
    "unreadable-time": 1,
    "future-time": 2,
    "rounded-id": 1,
    "no-account": 1,
    "empty-column": 1,
    "dominant-account": 1,
}


def written(at: int, form: int) -> object:
    """A moment in one of five forms."""
    moment = datetime.fromtimestamp(at, UTC)
    return [
        moment.isoformat().replace("+00:00", "Z"),
        moment.astimezone(timezone(timedelta(hours=2))).isoformat(),
        at,
        at * 1000,
        format_datetime(moment, usegmt=True),
    ][form % 5]


def posts() -> list[dict[str, object]]:
    """Half of one account, a crew that shares twelve pages within seconds, readers, and flaws."""
    rows: list[dict[str, object]] = []

    def add(account: object, at: object, page: str) -> None:
        rows.append({
            "platform": "vk", "post_id": 10**17 + len(rows), "user_id": account, "created_at": at,
            "url": f"https://news.example/{page}", "note": "",
        })  # fmt: skip

    for at in range(POSTS // 2 + 6):
        add("777", written(START + 600 * at, at), f"own{at}")
    for at in range(12):
        for by, account in enumerate(CREW):
            add(int(account), written(START + 7_200 * at + 9 * by, at + by), f"page{at}")
    for at in range(POSTS - len(rows) - 6):
        add(f"reader{at % 40}", written(START + 7_200 * (at % 12) + 60 * at, at), f"page{at % 12}")
    add("ana", None, "a")
    add("ana", "soon", "b")
    add("ana", "2031-01-01T00:00:00Z", "c")
    add("ana", 4_000_000_000, "d")
    add("", written(START, 0), "e")
    add("ana", written(START, 0), "f")
    rows[-1]["post_id"] = "1.79E+18"
    return rows


def as_jsonl(rows: list[dict[str, object]]) -> tuple[str, int]:
    """One object a line, with three lines that are none: cut off, no JSON, and no object."""
    lines = [json.dumps(row) for row in rows]
    lines[5:5] = ['{"platform":"vk","post_id":12,"us', "Killed", "[1, 2]"]
    return "\n".join(lines) + "\n", 3


def as_csv(rows: list[dict[str, object]]) -> tuple[str, int]:
    """The same as a table."""
    out = io.StringIO()
    table = csv.DictWriter(out, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return out.getvalue(), 0


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return make_node(tmp_path / "node", "Lab", "research")


@pytest.mark.parametrize(("name", "broken"), [("jsonl", as_jsonl), ("csv", as_csv)])
def test_each_flaw_is_named_and_counted_the_rest_is_loaded_and_detection_runs(
    node: Node, tmp_path: Path, name: str, broken: Any
) -> None:
    rows = posts()
    text, lost = broken(rows)
    path = tmp_path / f"bad.{name}"
    path.write_text(text, encoding="utf-8")
    said = node.says("load", path, code=3)
    (file,) = said["files"]
    defects = {each["kind"]: each for each in file["defects"]}
    counts = {kind: each["count"] for kind, each in defects.items()}
    assert counts == {**FLAWS, **({"broken-json": lost} if lost else {})}
    assert (file["path"], file["records"]) == (str(path), POSTS + lost)
    assert file["kept"] == POSTS - 1
    shift = 4 if name == "jsonl" else 2  # the first row is line 1, or row 2 below the header
    word = "line" if name == "jsonl" else "row"
    assert defects["unreadable-time"]["examples"] == [
        f"{word} {POSTS - 5 + shift} created at: soon"
    ]
    assert defects["no-time"]["examples"] == [f"{word} {POSTS - 6 + shift} created at"]
    assert defects["rounded-id"]["examples"] == [f"{word} {POSTS - 1 + shift} post id: 1.79E+18"]
    assert defects["dominant-account"]["examples"] == ["account 777: 126 of 239 posts"]
    assert defects["empty-column"]["examples"][0].endswith(": note")
    assert all(each["rule"] for each in file["defects"])
    assert said["new"] == POSTS - 1
    with Dataset(node.folder).connect() as duckdb:
        found = duckdb.execute(
            "SELECT count(*), count(time), count(DISTINCT account) FROM posts"
        ).fetchone()
        crew = duckdb.execute(
            "SELECT DISTINCT account FROM posts WHERE links = ['https://news.example/page0'] "
            "AND account LIKE '900719925474%' ORDER BY 1"
        ).fetchall()
    assert found == (POSTS - 1, POSTS - 5, 1 + len(CREW) + 40 + 1)
    assert [account for (account,) in crew] == CREW
    groups = node.says("detect", "coordination", "--trace", "url", "--untested")["groups"]
    assert [group["accounts"] for group in groups] == [[f"vk:{each}" for each in CREW]]
    assert node.says("detect", "coordination", "--trace", "url")["tested"] is True
    assert node.says("load", path, code=3)["files"] == said["files"]
