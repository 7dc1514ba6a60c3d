"""An import says what a release would stop, and loses none of it."""

from pathlib import Path

import pytest

from tocsin.foundation import BadInputError, ManualClock, SeededEntropy, StorageError, parse_time
from tocsin.intake import import_files
from tocsin.intake.namelists import read_name_list
from tocsin.records import MemberKind
from tocsin.vault import Home, keep_own, keep_popular


def test_an_import_names_what_a_guard_stops_and_keeps_it(tmp_path: Path) -> None:
    clock = ManualClock(parse_time("2026-11-03T19:00:00Z"))
    table = tmp_path / "list.txt"
    table.write_text("evil.example\npopular.example\nsub.ours.example\nblogspot.com\n", "utf-8")
    with Home.create(
        tmp_path / "lab",
        name="Lab",
        kind=MemberKind.RESEARCH,
        clock=clock,
        entropy=SeededEntropy(1),
    ) as home:
        home.vault.write(lambda tx: keep_popular(tx, ["popular.example"]))
        home.vault.write(lambda tx: keep_own(tx, {"ours.example": "Lab"}))
        report = import_files([table], home.vault, by="ada", clock=clock)

    (file,) = report.files
    assert (file.records, file.kept, report.new) == (4, 4, 4)
    assert [file.count(f"guard-{each}") for each in ("popular-domain", "own-domain")] == [1, 1]
    assert file.count("guard-shared-host") == 1


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "top", "list": ["a.example", ".b.example", "www.c.example", "no host"]}',
        "# ranks\n1,a.example\n2,b.example\n3,www.c.example\n",
        "a.example\nb.example\nC.example\n",
    ],
)
def test_lists_of_names_are_read_as_they_are_published(tmp_path: Path, text: str) -> None:
    file = tmp_path / "list"
    file.write_text(text, "utf-8")
    assert read_name_list(file) == {"a.example", "b.example", "c.example"}


def test_a_list_that_names_no_host_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="list"):
        read_name_list(tmp_path / "list")
    (tmp_path / "list").write_text("[]", "utf-8")
    with pytest.raises(BadInputError, match="names no host"):
        read_name_list(tmp_path / "list")
