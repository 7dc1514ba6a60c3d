"""What `tocsin detect recycled` says to people and to programs."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.detect.recycled.invented import HONEST, OPERATION, START
from tocsin.cli.root import cli

_LATER = ["valleytimes.cfd", "brandnewer.cfd", "brandnewer.quest", "no host", "towngazette.lol"]


def typed(*words: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["detect", "recycled", *map(str, words)], input=stdin)


@pytest.fixture
def room(tmp_path: Path) -> Path:
    days = (f"{START + timedelta(days=at):%Y-%m-%d}" for at in range(len(OPERATION)))
    rows = [f"{host},{day}," for host, day in zip(OPERATION, days, strict=True)]
    known = "\n".join(["domain,known,state", *rows, "gonetimes.quest,2024-03-01,seized"])
    (tmp_path / "known.csv").write_text(known + "\n", encoding="utf-8")
    (tmp_path / "benign.txt").write_text("\n".join(HONEST), encoding="utf-8")
    new = "valleytimes.cfd\ngonetimes.quest\nunrelated.com\nbrandnewer.lol\n"
    (tmp_path / "new.txt").write_text(new, encoding="utf-8")
    return tmp_path


def asked(room: Path, *more: str) -> Result:
    options = ("--indicators", room / "known.csv", "--benign", room / "benign.txt")
    return typed(room / "new.txt", *options, "--known-before", "2024-09-13", *more)


def test_programs_get_findings_counts_and_the_digest_of_what_was_learned_from(room: Path) -> None:
    answer = asked(room, "--json")
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout)
    assert said["known_before"] == "2024-09-13T00:00:00.000000Z"
    assert said["indicators"]["names"] == len(OPERATION) + 1
    assert said["indicators"]["gone"] == 1
    assert len(said["indicators"]["digest"]) == 64
    assert said["benign"]["names"] == len(HONEST)
    told = {each["subjects"][0]: each["rule"] for each in said["findings"]}
    assert told == {"valleytimes.cfd": "same-label", "gonetimes.quest": "gone-name-returns"}


@pytest.mark.parametrize("form", ["--json", "--yes"])
def test_rows_that_became_known_later_change_no_byte_of_what_is_said(room: Path, form: str) -> None:
    before = asked(room, form)
    head, *rows = (room / "known.csv").read_text("utf-8").splitlines()
    later = [f"{host},2024-09-{day},seized" for day, host in enumerate(_LATER, start=13)]
    (room / "known.csv").write_text(
        "\n".join([head, *later, *rows[:7], *later, *rows[7:], *later]), encoding="utf-8"
    )
    after = asked(room, form)
    assert (after.exit_code, after.stdout) == (before.exit_code, before.stdout)
    assert "brandnewer" not in after.stdout


def test_an_earlier_row_does_change_it(room: Path) -> None:
    with (room / "known.csv").open("a", encoding="utf-8") as opened:
        opened.write("brandnewer.cfd,2024-09-12,\nbrandnewer.quest,2024-09-12,\n")
    assert "brandnewer.lol" in asked(room, "--json").stdout


def test_people_get_a_defanged_table_and_a_caution(room: Path) -> None:
    answer = asked(room)
    said = " ".join(answer.stdout.split())
    assert "[.]" in said
    assert "valleytimes.cfd" not in said
    assert "says nothing of who registered it" in said
    assert "benign names alerted when they were held out" in said


def test_who_gives_no_benign_list_is_told_what_is_missing(room: Path) -> None:
    options = ("--indicators", room / "known.csv", "--known-before", "2024-09-13")
    said = " ".join(typed("-", *options, stdin="valleytimes.cfd\n").stdout.split())
    assert "No --benign list" in said


def test_damage_is_exit_code_3_and_loses_nothing_beside_it(room: Path) -> None:
    with (room / "known.csv").open("a", encoding="utf-8") as opened:
        opened.write("undated.lol,,\n")
    answer = asked(room, "--json")
    assert answer.exit_code == 3
    said = json.loads(answer.stdout)
    assert [each["kind"] for each in said["indicators"]["defects"]] == ["no-day-known"]
    assert len(said["findings"]) == 2


def test_a_cut_off_before_the_first_indicator_is_a_usage_error(room: Path) -> None:
    options = ("--indicators", room / "known.csv", "--known-before", "2020-01-01")
    answer = typed(room / "new.txt", *options)
    assert answer.exit_code == 2
    assert "no indicator was known before" in answer.stderr
