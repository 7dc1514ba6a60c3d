"""Groups of a run become findings of a case, with all that speaks for and against them."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.acceptance.town import Node, make_node
from tests.worlds.organic import Habits, organic

SEED = 3
TITLE = "Borrowed voices"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Posts in which eight accounts share 30 links within 40 s of each other."""
    folder = tmp_path_factory.mktemp("room")
    base = organic(Habits(accounts=300, objects=300, posts=4_000), SEED)
    rows = [
        (f"a{acc}", f"https://news{obj % 40}.example/{obj}", int(ts))
        for acc, obj, ts in zip(base.acc, base.obj, base.ts, strict=True)
    ]
    draw = np.random.default_rng(SEED)
    published = []
    for number, came in enumerate(draw.integers(base.ts.min(), base.ts.max(), 30).tolist()):
        published.append(
            (f"https://chain.example/{number}", datetime.fromtimestamp(came, UTC).isoformat())
        )
        rows += [
            (f"s{k}", f"https://chain.example/{number}", came + int(draw.integers(40)))
            for k in range(8)
        ]
    tables: dict[str, list[tuple[Any, ...]]] = {
        "posts": [("account", "object", "time"), *rows],
        "accounts": [
            ("account", "owner"),
            *((f"s{k}", "Chain Ltd") for k in range(8)),
            *((f"a{k}", "") for k in range(300)),
        ],
        "sites": [("domain", "owner"), ("chain.example", "Chain Ltd")],
        "objects": [("object", "published"), *published],
    }
    for name, table in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows(table)
    return folder


@pytest.fixture
def lab(tmp_path: Path) -> Node:
    node = make_node(tmp_path / "lab", "Example Lab", "research")
    node.says("case", "new", TITLE)
    return node


def test_each_group_is_a_finding_with_its_q_value_stability_calibration_and_explanations(
    room: Path, lab: Node
) -> None:
    words = ("detect", "coordination", room / "posts.csv", "--case", TITLE, "--calibrate", "1")
    said = lab.says(*words)
    (kept,), (group,) = said["case"]["findings"], said["groups"]
    (finding,) = lab.says("case", "show", TITLE)["findings"]
    assert finding["id"] == kept["id"]
    assert finding["kind"] == "coordination"
    assert finding["subjects"] == group["accounts"] == [f"s{k}" for k in range(8)]
    assert finding["q_value"] == group["q_value"]
    assert finding["parameters"]["window_s"] == 60
    assert finding["explanations"] == group["explanations"]
    counted, tried = finding["evidence"]
    assert counted["stability"] == group["stability"]
    assert tried["calibration"] == said["calibration"]
    again = lab.says(*words)
    assert [each["id"] for each in again["case"]["findings"]] == [kept["id"]]
    assert len(lab.says("case", "show", TITLE)["findings"]) == 1


def test_what_has_an_innocent_explanation_is_kept_and_is_no_ground_to_tell_of_people(
    room: Path, lab: Node
) -> None:
    names = ("accounts", "sites", "objects")
    known = [word for name in names for word in (f"--{name}", room / f"{name}.csv")]
    said = lab.says(
        *("detect", "coordination", room / "posts.csv", "--case", TITLE, "--calibrate", "0"), *known
    )
    (kept,) = said["case"]["findings"]
    assert kept["lacks"] == ["it has an innocent explanation: declared owner"]


@pytest.mark.parametrize(
    "words",
    [("--untested",), ("--all-shares",), ("--window", "0"), ("--known",), ("--compat", "cnt")],
)
def test_what_was_not_tested_against_chance_is_no_finding(
    room: Path, lab: Node, words: tuple[str, ...]
) -> None:
    run = ("detect", "coordination", room / "posts.csv", "--case", TITLE)
    answer = lab.does(*run, *words, code=2)
    assert "--case goes without" in answer.stderr


def test_a_case_that_is_not_there_is_named_before_anything_is_counted(
    room: Path, lab: Node
) -> None:
    run = ("detect", "coordination", room / "nothing.csv", "--case", "Nowhere")
    answer = lab.does(*run, code=1)
    assert "'Nowhere' is no case here" in answer.stderr
