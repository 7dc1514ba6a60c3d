"""What `tocsin detect sites` says to people and to programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tocsin.cli.root import cli

_ROWS = [
    "site,kind,value",
    *(f"a{at}.example,analytics,UA-1" for at in range(3)),
    *(f"b{at}.example,uuid,{at}" for at in range(20)),
]


def typed(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["detect", "sites", *map(str, words)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "sites.csv"
    written.write_text("\n".join(_ROWS), encoding="utf-8")
    return written


def test_programs_get_findings_and_counts(file: Path) -> None:
    answer = typed(file, "--json", "--pairs", "2", "--seed", "http://a0.example/")
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout)
    assert (said["rows"], said["sites"], said["shared"]) == (23, 23, 1)
    (finding,) = said["findings"]
    assert finding["subjects"] == ["a0.example", "a1.example", "a2.example"]
    assert [each["sites"] for each in said["pairs"]] == [
        ["a0.example", "a1.example"], ["a0.example", "a2.example"]
    ]  # fmt: skip
    assert [each["added"] for each in said["steps"]] == [["a1.example", "a2.example"]]


def test_people_get_a_defanged_table_and_a_caution(file: Path) -> None:
    answer = typed(file, "--pairs", "1")
    assert "a0[.]example" in answer.stdout
    assert "analytics UA-1" in answer.stdout
    assert "not run by whom" in answer.stdout


def test_damage_is_exit_code_3_and_loses_nothing_beside_it(file: Path) -> None:
    file.write_text(file.read_text("utf-8") + "\n,ip,45.1.1.1\n", encoding="utf-8")
    answer = typed(file, "--json")
    assert answer.exit_code == 3
    said = json.loads(answer.stdout)
    assert [each["kind"] for each in said["defects"]] == ["no-site"]
    assert len(said["findings"]) == 1


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--column", "badge"), "KIND is one of"),
        (("--column", "badge=shoe"), "one of verification"),
        (("--seed", "elsewhere.example"), "as the file does"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(
    file: Path, words: tuple[str, ...], hint: str
) -> None:
    answer = typed(file, *words)
    assert answer.exit_code == 2
    assert hint in answer.stderr
