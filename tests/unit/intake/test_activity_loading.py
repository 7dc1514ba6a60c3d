"""Loads of damaged and doubtful exports: named, counted, and the rest is kept."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tocsin.activity import Dataset
from tocsin.foundation import ManualClock, UsageError
from tocsin.intake import DEFECT_KINDS, FileReport, ImportReport
from tocsin.intake.activity import Notes, load_files
from tocsin.intake.activity.values import identifier, moment

CLOCK = ManualClock(datetime(2026, 11, 1, tzinfo=UTC))
NOON = 1_715_601_600  # 2024-05-13T12:00:00Z


def load(home: Path, *paths: Path, format: str = "auto") -> ImportReport:  # noqa: A002
    return load_files(paths, Dataset(home), by="ana", clock=CLOCK, format=format)


def written(folder: Path, text: str | bytes, name: str = "export") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def only(report: ImportReport) -> FileReport:
    (file,) = report.files
    assert file.records == file.kept + file.lost
    assert {each.kind for each in file.defects} <= DEFECT_KINDS.keys()
    return file


def tweet(id_: object, at: object, author: object = "5", **more: object) -> str:
    said = {"id": id_, "author_id": author, "text": "words", "created_at": at, **more}
    return json.dumps({"data": [said]})


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-13T12:00:00Z",
        "2024-05-13T14:00:00.000+02:00",
        "2024-05-13 08:00:00 EDT",
        "Mon May 13 12:00:00 +0000 2024",
        "Mon, 13 May 2024 12:00:00 GMT",
        "1715601600",
        "1715601600.0",
        "1715601600000",
        1_715_601_600,
        1_715_601_600_000_000,
    ],
)
def test_a_time_is_read_in_each_form_that_exports_have(text: object) -> None:
    notes = Notes(now=NOON)
    assert (moment(text, notes), notes.tally.defects()) == (NOON, ())


@pytest.mark.parametrize("text", ["2024-05-13 12:00", "5/13/2024 12:00", "5/13/2024 12:00:00 PM"])
def test_a_time_without_a_zone_is_utc_and_says_so(text: str) -> None:
    notes = Notes(now=NOON)
    assert moment(text, notes) == NOON
    assert [each.kind for each in notes.tally.defects()] == ["zone-assumed"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2**53 + 1, "9007199254740993"),
        ("9007199254740993", "9007199254740993"),
        (2**64 + 1, "18446744073709551617"),
        (12.0, "12"),
        ("12.0", "12"),
        ("007", "007"),
        (1.7900000000000003e18, None),
        ("9.06E+17", None),
        ("", None),
        ("nan", None),
    ],
)
def test_an_identifier_keeps_every_digit_or_is_not_kept(value: object, text: str | None) -> None:
    assert identifier(value, Notes(now=NOON)) == text


def test_bad_lines_and_times_cost_only_themselves(tmp_path: Path) -> None:
    lines = [
        tweet("1", "2024-05-13T12:00:00Z"),
        '{"data":[{"id":"2","auth',
        tweet("3", "soon"),
        tweet("4", None),
        tweet("5", "2031-01-01T00:00:00Z"),
        tweet(1.79e18, "2024-05-13T12:00:00Z"),
        tweet(2**53 + 1, 1_715_601_600),
        tweet("8", "2024-05-13T12:00:00Z", None),
        "",
        "[" * 5_000,
    ]
    file = only(load(tmp_path, written(tmp_path, "\n".join(lines))))
    assert (file.format, file.records, file.kept) == ("twarc", 9, 6)
    kinds = ("broken-json", "unreadable-time", "no-time", "future-time", "rounded-id", "no-account")
    assert [file.count(kind) for kind in kinds] == [2, 1, 1, 1, 1, 1]
    assert any("line 2" in each for defect in file.defects for each in defect.examples)
    with Dataset(tmp_path).connect() as connection:
        found = connection.execute("SELECT post, time FROM posts").fetchall()
    assert set(found) == {
        *(("1", NOON), ("3", None), ("4", None)),
        *(("5", None), (None, NOON), ("9007199254740993", NOON)),
    }


def test_an_empty_column_and_one_account_with_half_of_all_are_named(tmp_path: Path) -> None:
    rows = [f"{'bot' if at % 2 else at},o{at},{NOON + at},\n" for at in range(200)]
    path = written(tmp_path, "account,object,time,note\n" + "".join(rows))
    file = only(load(tmp_path, path))
    assert (file.kept, file.count("empty-column"), file.count("dominant-account")) == (200, 1, 1)


def test_files_that_cannot_be_read_hinder_no_other(tmp_path: Path) -> None:
    good = written(tmp_path, f"account,object,time\na,x,{NOON}\n", "good.csv")
    empty = written(tmp_path, "", "empty")
    prose = written(tmp_path, "Dear all,\nnothing here.\n", "letter")
    report = load(tmp_path, tmp_path / "missing", empty, prose, good)
    assert [file.format for file in report.files] == ["unknown"] * 3 + ["table"]
    assert (report.new, report.lost) == (1, 3)


def test_a_packed_file_that_breaks_off_keeps_what_stands_before(tmp_path: Path) -> None:
    rows = "".join(f"a{at},o{at * 7919 % 1_000_003},{NOON + at}\n" for at in range(60_000))
    whole = gzip.compress(b"account,object,time\n" + rows.encode())
    file = only(load(tmp_path, written(tmp_path, whole[: len(whole) // 2])))
    assert 0 < file.kept < 60_000
    assert file.count("truncated") == 1


def test_an_interruption_leaves_a_state_that_the_same_call_completes(tmp_path: Path) -> None:
    first = written(tmp_path, f"account,object,time\na,x,{NOON}\n", "first.csv")
    rows = "".join(f"b{at},x,{NOON}\n" for at in range(50_000))
    second = written(tmp_path, "account,object,time\n" + rows, "second.csv")
    with pytest.raises(KeyboardInterrupt):
        load_files(
            [first, second], Dataset(tmp_path), by="ana", clock=CLOCK, columns=_interrupting(second)
        )
    assert len(Dataset(tmp_path).loads()) == 1
    assert not list((tmp_path / "activity" / ".staging").glob("[0-9a-f]*"))
    again = load(tmp_path, first, second)
    assert (again.new, again.known) == (50_000, 1)


def test_a_format_that_nobody_reads_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not known") as error:
        load(tmp_path, written(tmp_path, "x"), format="papyrus")
    assert "twarc" in error.value.hint


def _interrupting(at: Path) -> Callable[[Path], dict[str, str]]:
    def columns(path: Path) -> dict[str, str]:
        if path == at:
            raise KeyboardInterrupt
        return {}

    return columns
