"""`tocsin detect texts` for people and programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tocsin.cli.root import cli

SAID = "The minister resigned on Tuesday after the audit was published"


def typed(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["detect", "texts", *map(str, words)])


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    file = tmp_path / "posts.csv"
    rows = [f"{at},{SAID}{'!' * at}" for at in range(3)] + ["4,Good morning", "5,Hello to you all"]
    file.write_text("id,text\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def test_programs_get_findings_and_counts(posts: Path) -> None:
    answer = typed(posts, "--letters-only", "--json")
    assert answer.exit_code == 0
    said = json.loads(answer.stdout)
    assert (said["rows"], said["kept"], said["too_short"], said["defects"]) == (5, 5, 2, [])
    assert [each["subjects"] for each in said["findings"]] == [["0", "1", "2"]]
    assert said["findings"][0]["explanations"]


def test_people_get_a_table_and_a_caution(posts: Path) -> None:
    answer = typed(posts, "--letters-only")
    assert "5 rows, 5 texts, 2 too short to compare" in answer.stdout
    assert "observation, no proof" in answer.stdout


def test_small_families_can_be_left_out(posts: Path) -> None:
    assert (
        json.loads(typed(posts, "--letters-only", "--min-texts", "4", "--json").stdout)["findings"]
        == []
    )


def test_damage_is_exit_code_3_and_named(posts: Path) -> None:
    with posts.open("a", encoding="utf-8") as opened:
        opened.write("6,a,b,c\n")
    answer = typed(posts, "--letters-only", "--json")
    assert answer.exit_code == 3
    assert json.loads(answer.stdout)["defects"] == [
        {"kind": "broken-row", "count": 1, "examples": ["posts.csv row 7"]}
    ]


@pytest.mark.parametrize(
    "words", [(), ("x.csv", "--column", "txt=a"), ("x.csv", "--column", "text")]
)
def test_wrong_words_are_usage_errors(words: tuple[str, ...]) -> None:
    assert typed(*words).exit_code == 2
