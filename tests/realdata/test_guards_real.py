"""The guards over Meta's and VIGINUM's real lists and MISP's list of popular sites.

What a guard stops there was looked at one by one: of Meta's 11,117 records none names a popular
domain alone (counted also with `str.split` over the files: 0 of 55,957 cells); of VIGINUM's 4,090
four do, news sites and a petition site that an operation quoted or copied: they are what the guard
is for. No name is printed here.
"""

import os
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tocsin.foundation import ManualClock, SeededEntropy, parse_time
from tocsin.intake import import_files
from tocsin.intake.namelists import read_name_list
from tocsin.records import MemberKind
from tocsin.vault import Home, keep_popular

DATASETS: Final = os.environ.get("TOCSIN_DATASETS", "")
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATASETS, reason="TOCSIN_DATASETS names no folder with the real lists"),
]
TRANCO: Final = "warn_tranco10k.json"
ALL: Final = (
    TRANCO,
    "warn_majestic_million.json",
    "warn_university_domains.json",
    "warn_bank-website.json",
)


def meta() -> list[Path]:
    return sorted(Path(DATASETS, "meta-threat-research/indicators/csv").rglob("*.csv"))


def viginum() -> list[Path]:
    found = Path(DATASETS, "viginum").rglob("*")
    return sorted(each for each in found if each.suffix in (".csv", ".json"))


@pytest.mark.parametrize(
    ("lists", "stopped_of_meta", "stopped_of_viginum"),
    [((TRANCO,), {}, {"guard-popular-domain": 2}), (ALL, {}, {"guard-popular-domain": 4})],
)
def test_hardly_a_record_of_real_lists_is_stopped(
    tmp_path: Path,
    lists: tuple[str, ...],
    stopped_of_meta: dict[str, int],
    stopped_of_viginum: dict[str, int],
) -> None:
    clock, entropy = ManualClock(parse_time("2026-11-03T19:00:00Z")), SeededEntropy(1)
    names = frozenset[str]().union(*(read_name_list(Path(DATASETS, "benign", n)) for n in lists))
    with Home.create(
        tmp_path / "lab", name="Lab", kind=MemberKind.RESEARCH, clock=clock, entropy=entropy
    ) as home:
        home.vault.write(lambda tx: keep_popular(tx, names))
        for paths, records, expected in (
            (meta(), 11_117, stopped_of_meta),
            (viginum(), 4_090, stopped_of_viginum),
        ):
            report = import_files(paths, home.vault, by="test", clock=clock)
            counts: Counter[str] = Counter()
            for file in report.files:
                for defect in file.defects:
                    if defect.kind.startswith("guard-"):
                        counts[defect.kind] += defect.count
            assert sum(file.records for file in report.files) == records
            assert counts == expected
