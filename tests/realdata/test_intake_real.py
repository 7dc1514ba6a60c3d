"""Real files: every record kept or named, and the figures that were counted from the files.

Expected figures come from the data's MANIFEST.md and from counting in the raw files here, without
Tocsin's own readers.
"""

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tocsin.foundation import ManualClock, SeededEntropy
from tocsin.intake import FileReport, ImportReport, import_files, load_releases
from tocsin.vault import Vault

pytestmark = pytest.mark.realdata

CLOCK = ManualClock(datetime(2026, 11, 3, 19, 0, tzinfo=UTC))


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def one(folder: Path, pattern: str) -> Path:
    (found,) = folder.rglob(pattern)
    return found


def fresh(folder: Path) -> Vault:
    path = folder / "vault.db"
    return Vault.create(path, origin="a.example", clock=CLOCK, entropy=SeededEntropy(1))


def import_into(vault: Vault, paths: list[Path]) -> ImportReport:
    return import_files(paths, vault, by="ana", clock=CLOCK)


def keys_in(vault: Vault, kind: str) -> set[str]:
    with vault.read() as snapshot:
        return {key for key, _ in snapshot.private.keys([kind])}


@pytest.fixture(scope="module")
def bundles(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, FileReport]:
    """Reports of VIGINUM's three bundles, read beside DISARM's framework, by short name."""
    viginum = datasets / "viginum"
    paths = [one(viginum, f"*{name}*.json") for name in ("RRN", "Portal Kombat", "Matriochka")]
    with fresh(tmp_path_factory.mktemp("bundles")) as vault:
        report = import_into(vault, [datasets / "disarm" / "DISARM_STIX_red.json", *paths])
        current = load_releases(vault).current
        assert current is not None
        assert len(current.terms) == 391
        again = import_into(vault, paths)
        assert again.new == 0
    return dict(zip(("disarm", "rrn", "portal-kombat", "matriochka"), report.files, strict=True))


@pytest.mark.parametrize(
    "folder", ["meta-threat-research", "viginum", "disarm", "misp-galaxy", "misp-taxonomies",
               "misp-objects", "tlp2"]
)  # fmt: skip
def test_every_record_of_every_file_is_kept_or_named(
    datasets: Path, tmp_path: Path, folder: str
) -> None:
    paths = files(datasets / folder)
    with fresh(tmp_path) as vault:
        report = import_into(vault, paths)
        again = import_into(vault, paths)
    assert len(report.files) == len(paths)
    for file in report.files:
        assert file.records == file.kept + sum(defect.lost for defect in file.defects)
        assert file.records > 0
        assert all(defect.examples or defect.count == 0 for defect in file.defects)
    assert again.new == 0
    assert [file.to_json() for file in again.files] == [file.to_json() for file in report.files]


def test_every_row_of_metas_and_viginums_tables_is_a_record(datasets: Path, tmp_path: Path) -> None:
    paths = [
        path
        for folder in ("meta-threat-research/indicators", "viginum")
        for path in (datasets / folder).rglob("*.csv")
    ]
    with fresh(tmp_path) as vault:
        report = import_into(vault, paths)
    for path, file in zip(paths, report.files, strict=True):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [row for row in list(csv.reader(stream))[1:] if any(map(str.strip, row))]
        assert file.records == len(rows), path.name
        assert file.format in ("meta-kill-chain", "meta-indicators", "viginum-domains"), path.name
    total = Counter[str]()
    for file in report.files:
        total.update({defect.kind: defect.lost for defect in file.defects})
    # Rows that name a procedure and leave the indicator's cell empty, counted in the raw files.
    assert total["empty-indicator"] == 10
    assert total.total() == 10


@pytest.mark.parametrize(
    ("name", "records", "expected"),
    [
        (
            "rrn",
            1054,
            {
                "stop-not-after-start": 588,
                "dangling-reference": 1,
                "placeholder": 3,
                "unmarked": 160,
                "marking-from-report": 155,
                "tlp-normalised": 859,
                "url-is-host": 4,
                "untyped-channel": 0,
            },
        ),
        (
            "portal-kombat",
            1622,
            {
                "stop-not-after-start": 1010,
                "dangling-reference": 0,
                "unmarked": 1594,
                "marking-from-report": 0,
                "untyped-channel": 534,
            },
        ),
        (
            "matriochka",
            406,
            {
                "stop-not-after-start": 4,
                "dangling-reference": 0,
                "unmarked": 7,
                "marking-from-report": 2,
                "untyped-channel": 16,
            },
        ),
    ],
)
def test_viginums_bundles_are_repaired_and_counted(
    bundles: dict[str, FileReport], name: str, records: int, expected: dict[str, int]
) -> None:
    file = bundles[name]
    assert (file.format, file.records, file.kept) == ("stix", records, records)
    assert {kind: file.count(kind) for kind in expected} == expected


def test_each_spelling_of_the_placeholder_is_named(bundles: dict[str, FileReport]) -> None:
    (defect,) = [each for each in bundles["rrn"].defects if each.kind == "placeholder"]
    spelled = {example.rsplit("'", 2)[1] for example in defect.examples}
    assert spelled == {"àremplir", "a remplir", "aremplir"}


def test_obsolete_techniques_are_flagged_with_a_successor_or_none(
    datasets: Path, bundles: dict[str, FileReport]
) -> None:
    red = json.loads((datasets / "disarm" / "DISARM_STIX_red.json").read_text("utf-8"))["objects"]
    current = {
        reference["external_id"]
        for body in red
        if body["type"] == "attack-pattern"
        for reference in body["external_references"]
    }
    referred: list[dict[str, Any]] = []
    for path in (datasets / "viginum").rglob("*.json"):
        objects = json.loads(path.read_text("utf-8"))["objects"]
        referred += [body for body in objects if body["type"] == "attack-pattern"]
    gone = [body for body in referred if body["x_mitre_id"] not in current]
    # VIGINUM's repository at 933c7332 holds 114 references, 27 of them gone: 36, 21, 52 and 5 in
    # four bundles, 8, 3, 12 and 4 gone. The fourth, "202412 - BIG", is not in this data: 109, 23.
    assert len(referred) == 109
    assert not {body["id"] for body in referred} & {body["id"] for body in red}
    names = ("rrn", "portal-kombat", "matriochka")
    assert sum(bundles[name].count("technique-obsolete") for name in names) == len(gone) == 23
    shown = [
        example
        for name in names
        for defect in bundles[name].defects
        if defect.kind == "technique-obsolete"
        for example in defect.examples
    ]
    assert all(" → " in example for example in shown)
    assert any(example.endswith("→ none") for example in shown)


def test_two_real_lists_share_485_hosts_and_none_has_a_recorded_observation(
    datasets: Path, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with fresh(tmp_path / "a") as ours, fresh(tmp_path / "b") as theirs:
        import_into(ours, [one(datasets / "viginum", "NDD_RRN.csv")])
        import_into(theirs, [one(datasets / "meta-threat-research", "*Doppelganger*.csv")])
        mine, other = keys_in(ours, "domain"), keys_in(theirs, "domain")
        # 5,952 cells hold one host and one more stands before prose; MANIFEST's 5,962 counts ten
        # platforms (pinterest, reddit…) that host the addresses of posts: those are no indicators.
        assert (len(mine), len(other), len(mine & other)) == (637, 5953, 485)
        for vault, keys in ((ours, mine), (theirs, other)):
            with vault.read() as snapshot:
                assert set(snapshot.private.first_observed(keys).values()) == {None}


def test_portal_kombats_observations_are_the_rows_that_record_one(
    datasets: Path, tmp_path: Path
) -> None:
    path = one(datasets / "viginum", "*Portal-Kombat-domains.csv")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    expected = {
        row["domain"].strip().lower().replace("[.]", ".") for row in rows if row["first seen"]
    }
    with fresh(tmp_path) as vault:
        import_into(vault, [path])
        with vault.read() as snapshot:
            seen = snapshot.private.first_observed(keys_in(vault, "domain"))
    assert {key.removeprefix("domain:") for key, at in seen.items() if at} == expected


def test_all_of_meta_and_viginum_is_read_in_the_formats_it_is_written_in(
    datasets: Path, tmp_path: Path
) -> None:
    paths = [*files(datasets / "meta-threat-research"), *files(datasets / "viginum")]
    with fresh(tmp_path) as vault:
        report = import_into(vault, paths)
    formats = Counter(file.format for file in report.files)
    # Told apart by eye: Meta's lists by their headers, its table of terms, its index of reports.
    assert formats == {
        "meta-kill-chain": 51,
        "meta-indicators": 11,
        "meta-kill-chain-terms": 1,
        "unknown-json": 1,
        "text": 3,
        "stix": 3,
        "viginum-domains": 2,
    }
    assert sum(file.records for file in report.files) == 15_403
    assert sum(file.lost for file in report.files) == 22
