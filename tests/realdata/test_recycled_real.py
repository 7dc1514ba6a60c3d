"""Meta's Doppelgänger names known before 13 September 2024, and 152 of VIGINUM's that Meta lacks.

Neither list says when a name became known; the history of their repositories does. Meta's file is
the one of 3 December 2024 (commit 8d3b10c); the rows below came with it, all others stood in the
file of 20 August 2024 (37a7144) already. VIGINUM's list was first published on 16 September 2024
(80205ae). The rules were frozen before any of the 152 was looked at; the how-to page says what was
changed after the first count, and how the two halves were kept apart.
"""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from tests.conftest import LONG
from tocsin.cli.root import cli
from tocsin.detect.names import Reading, hosts_in
from tocsin.detect.recycled import (
    Habits,
    Indicators,
    Rates,
    count_rates,
    find_recycled,
    hold_out,
    learn,
    read_indicators,
)

pytestmark = pytest.mark.realdata
_BENIGN: Final = ("tranco10k", "majestic_million", "university_domains", "bank-website")
_META: Final = "Q2_2023_Doppelganger_Russia_based_CIB_network_updated.csv"
_CAME_IN_DECEMBER: Final = (range(42), range(243, 573), range(574, 792))
_AUGUST, _DECEMBER, _VIGINUM = "2024-08-20", "2024-12-03", "2024-09-16"
CUT: Final = "2024-09-13"


def meta_rows(datasets: Path) -> Iterator[tuple[str, str, str]]:
    """Name, the day it became known, and whether Meta calls it a redirect or a site of its own."""
    (file,) = datasets.glob(f"meta-threat-research/indicators/csv/*/{_META}")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        for number, row in enumerate(csv.DictReader(opened)):
            name = row["Indicator"].strip().split(" ")[0]
            if name:
                is_late = any(number in rows for rows in _CAME_IN_DECEMBER)
                role = "brand" if row["Procedure"].startswith("0.6.2") else "carrier"
                yield name, _DECEMBER if is_late else _AUGUST, role


@pytest.fixture(scope="module")
def viginum(datasets: Path) -> dict[str, datetime]:
    """The names that Meta lacks, with the days of their registration."""
    meta = {name.replace("[.]", ".").lower() for name, _, _ in meta_rows(datasets)}
    (file,) = datasets.glob("viginum/*/NDD_RRN.csv")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        said = {
            row["domain name"].replace("[.]", ".").strip().lower(): row["created on"]
            for row in csv.DictReader(opened)
        }
    return {
        name: datetime.strptime(day, "%d/%m/%Y").replace(tzinfo=UTC)
        for name, day in said.items()
        if name not in meta
    }


@pytest.fixture(scope="module")
def table(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("meta") / "known.csv"
    with written.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([("domain", "known", "role"), *meta_rows(datasets)])
    return written


@pytest.fixture(scope="module")
def known(table: Path) -> Indicators:
    into = Indicators(before=datetime.fromisoformat(CUT).replace(tzinfo=UTC))
    with table.open("rb") as stream:
        read_indicators(stream, table.name, into)
    return into


@pytest.fixture(scope="module")
def benign(datasets: Path) -> list[str]:
    listed: dict[str, None] = {}
    for name in _BENIGN:
        said = json.loads(Path(datasets, f"benign/warn_{name}.json").read_text(encoding="utf-8"))
        listed.update((each.lower().lstrip("."), None) for each in said["list"])
    return list(dict.fromkeys(hosts_in(listed, "benign", Reading())))


@pytest.fixture(scope="module")
def learned(known: Indicators, benign: list[str]) -> tuple[Habits, Rates]:
    habits = learn(known.listed(), benign)
    return habits, count_rates(habits, benign)


def test_what_meta_knew_before_the_cut_off_is_what_its_file_held_in_august(
    known: Indicators, viginum: dict[str, datetime], benign: list[str]
) -> None:
    assert (len(known.by_host), known.faults.total()) == (5_694, 0)
    assert len(viginum) == 152
    assert viginum.keys().isdisjoint(known.by_host)
    assert viginum.keys().isdisjoint(benign)


def test_forty_of_the_152_names_that_meta_lacked_are_predicted(
    learned: tuple[Habits, Rates], viginum: dict[str, datetime]
) -> None:
    findings = find_recycled(viginum, *learned).findings
    assert len(findings) >= 43
    assert all(each.objects and each.explanations for each in findings)


@pytest.mark.long
def test_of_names_that_were_registered_after_the_cut_off_a_quarter_is_predicted(
    learned: tuple[Habits, Rates], viginum: dict[str, datetime]
) -> None:
    cut = datetime.fromisoformat(CUT).replace(tzinfo=UTC)
    after = [name for name, created in viginum.items() if created >= cut]
    assert len(after) == 73
    assert len(find_recycled(after, *learned).findings) >= 21


@pytest.mark.long
def test_meta_added_sites_later_most_of_which_are_predicted(
    datasets: Path, learned: tuple[Habits, Rates]
) -> None:
    later = [
        name.replace("[.]", ".").lower()
        for name, day, role in meta_rows(datasets)
        if day == _DECEMBER and role == "brand" and name not in learned[0].known
    ]
    assert len(dict.fromkeys(later)) == 42
    assert len(find_recycled(later, *learned).findings) >= 32


@pytest.mark.long
def test_held_out_benign_names_alert_at_the_stated_rate(
    known: Indicators, benign: list[str]
) -> None:
    held = hold_out(known.listed(), benign)
    assert held.per_100k <= 140
    assert held.alerts - held.originals <= 10


def test_adding_all_that_became_known_later_changes_no_byte(
    table: Path, viginum: dict[str, datetime], benign: list[str], tmp_path: Path
) -> None:
    head, *rows = table.read_text("utf-8").splitlines()
    if not LONG:
        rows = [row for row in rows if row.endswith(",brand")]
    early = [row for row in rows if f",{_AUGUST}," in row]
    answers = [f"{name},{_VIGINUM},brand" for name in viginum]
    assert len(rows) - len(early) >= 42
    said = []
    for number, listed in enumerate((early, [*answers, *rows[::-1], *answers])):
        file = tmp_path / str(number) / "known.csv"
        file.parent.mkdir()
        file.write_text("\n".join((head, *listed)), encoding="utf-8")
        (tmp_path / "benign.txt").write_text("\n".join(benign[::20]), encoding="utf-8")
        options = ["--indicators", file, "--known-before", CUT, "--benign", tmp_path / "benign.txt"]
        words = ["detect", "recycled", "-", *map(str, options), "--json"]
        answer = CliRunner().invoke(cli, words, input="\n".join(viginum))
        assert answer.exit_code == 0, answer.output
        said.append(answer.stdout)
    assert said[0] == said[1]


@pytest.mark.long
def test_the_templates_of_portal_kombat_tell_most_of_what_came_later(
    datasets: Path, benign: list[str], tmp_path: Path
) -> None:
    (file,) = datasets.glob("viginum/*Portal Kombat/*.csv")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        dated = [
            (
                row["domain"].replace("[.]", "."),
                datetime.strptime(day, "%d/%m/%Y").replace(tzinfo=UTC),
            )
            for row in csv.DictReader(opened)
            if (day := row["create date"] or row["first seen"])
        ]
    cut = datetime(2018, 1, 1, tzinfo=UTC)
    listed = tmp_path / "known.csv"
    rows = (f"{name},{day:%Y-%m-%d}" for name, day in dated)
    listed.write_text("\n".join(("domain,known", *rows)), encoding="utf-8")
    known = Indicators(before=cut)
    with listed.open("rb") as stream:
        read_indicators(stream, listed.name, known)
    habits = learn(known.listed(), benign)
    later = [name for name, day in dated if day >= cut and not name.endswith(".news-pravda.com")]
    found = find_recycled(later, habits, count_rates(habits, benign)).findings
    assert (len(known.by_host), len(later)) == (79, 154)
    assert len(found) >= 100
