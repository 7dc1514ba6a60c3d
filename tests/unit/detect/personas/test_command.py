"""What `tocsin detect personas` says to people and to programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tocsin.cli.root import cli

PICTURE = "0123456789abcdef" * 4
_ROWS = [
    "handle,name,picture,created",
    f"gazette.town,Town Gazette,{PICTURE},2011-01-01T00:00:00Z",
    f"gazette.t0wn,[red]Town,{PICTURE},2024-01-01T00:00:00Z",
]


def typed(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["detect", "personas", *map(str, words)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "profiles.csv"
    written.write_text("\n".join(_ROWS), encoding="utf-8")
    return written


def test_programs_get_findings_and_counts(file: Path) -> None:
    answer = typed(file, "--json")
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout)
    assert (said["rows"], said["accounts"], said["own"]) == (2, 2, 0)
    (finding,) = said["findings"]
    assert finding["subjects"] == ["gazette.t0wn"]
    assert finding["kind"] == "personas"


def test_own_accounts_come_from_a_file_of_their_own(file: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("\n".join([_ROWS[0], _ROWS[2]]), encoding="utf-8")
    said = json.loads(typed(file, "--own", own, "--json").stdout)
    assert (said["own"], said["findings"][0]["subjects"]) == (1, ["gazette.town"])


def test_people_get_a_defanged_table_and_a_caution(file: Path) -> None:
    answer = typed(file)
    assert "gazette[.]t0wn" in answer.stdout
    assert "not yet deceiving" in " ".join(answer.stdout.split())


def test_damage_is_exit_code_3_and_loses_nothing_beside_it(file: Path) -> None:
    file.write_text(file.read_text("utf-8") + "\nbo,Bo,zz,\n", encoding="utf-8")
    answer = typed(file, "--json")
    assert answer.exit_code == 3
    said = json.loads(answer.stdout)
    assert [each["kind"] for each in said["defects"]] == ["bad-picture"]
    assert len(said["findings"]) == 1


@pytest.mark.parametrize("column", ["handle", "shoe=Nick"])
def test_what_cannot_be_meant_is_refused_with_what_can(file: Path, column: str) -> None:
    answer = typed(file, "--column", column)
    assert answer.exit_code == 2
    assert "one of account, handle" in answer.stderr


def test_a_header_is_named_where_it_is_unusual(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("Nick,Logo\nada,\n", encoding="utf-8")
    refused = typed(file)
    assert refused.exit_code != 0
    assert "--column handle=HEADER" in refused.stderr
    assert json.loads(typed(file, "--column", "handle=Nick", "--json").stdout)["accounts"] == 1
