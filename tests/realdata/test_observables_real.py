"""Identifiers over Meta's and VIGINUM's real lists (read where TOCSIN_DATASETS points).

The counts of hosts and of the overlap were taken with `cut`, `sed`, `tr` and `comm` over the files
(see the data's MANIFEST). Test output names counts only, never an identifier.
"""

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tocsin.records.observables import (
    Kind,
    Reading,
    find_observables,
    from_pattern,
    from_sco,
    read_value,
)

DATASETS: Final = os.environ.get("TOCSIN_DATASETS", "")
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATASETS, reason="TOCSIN_DATASETS names no folder with the real lists"),
]
HINTS: Final = {
    "domain_name": Kind.DOMAIN,
    "android_package_name": Kind.APP,
    "ios_app_id": Kind.APP,
    "md5": Kind.MD5,
    "sha256": Kind.SHA256,
}


def table(path: Path) -> list[list[str]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
    head = text.partition("\n")[0]
    delimiter = "\t" if head.count("\t") > head.count(",") else ","
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def meta_cells() -> Iterator[tuple[str, Kind | None]]:
    for path in sorted(Path(DATASETS, "meta-threat-research/indicators/csv").rglob("*.csv")):
        head, *rows = table(path)
        typed = head[0].startswith("indicator")
        for row in rows:
            if typed and len(row) > 1:
                yield row[1], HINTS.get(row[0])
            elif not typed and len(row) > 3:
                yield row[3], None


def doppelganger() -> list[Reading]:
    path = next(Path(DATASETS, "meta-threat-research").rglob("*Doppelganger*.csv"))
    return [read_value(row[3]) for row in table(path)[1:]]


def viginum() -> list[Reading]:
    path = next(Path(DATASETS, "viginum").rglob("NDD_RRN.csv"))
    return [read_value(row[0]) for row in table(path)[1:]]


def domains(readings: list[Reading]) -> set[str]:
    return {each.key for read in readings for each in read.observables if each.kind is Kind.DOMAIN}


def test_metas_list_names_5962_hosts_and_one_in_prose() -> None:
    readings = doppelganger()
    hosts = {each.host for read in readings for each in read.observables if each.host}
    with_prose = {
        each.host for read in readings for each in read.observables if read.prose and each.host
    }
    assert len(with_prose) == 1
    assert len(hosts - with_prose) == 5_962


def test_ten_of_those_hosts_are_platforms_whose_pages_are_meant_not_the_host() -> None:
    readings = doppelganger()
    hosts = {each.host for read in readings for each in read.observables if each.host}
    assert len(domains(readings)) == 5_953
    assert len(hosts) - len(domains(readings)) == 10


def test_viginums_list_names_637_hosts_of_which_meta_has_485() -> None:
    ours, theirs = domains(viginum()), domains(doppelganger())
    assert len(ours) == 637
    assert len(ours & theirs) == 485


def test_every_observable_of_the_lists_comes_back_from_stix() -> None:
    lost = 0
    for cell, hint in meta_cells():
        for each in read_value(cell, hint).observables:
            lost += from_pattern(each.pattern) != each
            lost += from_sco(each.to_sco()) != each
    assert lost == 0


def test_every_cell_of_meta_is_read_or_kept_as_prose() -> None:
    silent = 0
    for cell, hint in meta_cells():
        read = read_value(cell, hint)
        silent += bool(cell.strip()) and not (read.observables or read.quantity or read.prose)
    assert silent == 0


def test_metas_quantities_are_those_that_a_plain_expression_finds() -> None:
    said = re.compile(
        r"(about )?[0-9,]+ (facebook |instagram )?(ac+ounts?|pages?|groups?)"
        r"( on facebook and instagram)?",
        re.IGNORECASE,
    )
    cells = [cell for cell, _ in meta_cells()]
    expected = [cell for cell in cells if said.fullmatch(cell.strip())]
    assert [cell for cell in cells if read_value(cell).quantity] == expected
    assert len(expected) > 100


def test_a_typed_value_of_meta_is_of_its_type_or_told() -> None:
    untold = 0
    for cell, hint in meta_cells():
        read = read_value(cell, hint)
        if hint and not any(each.kind is hint for each in read.observables):
            untold += not (read.defects or read.observables)
    assert untold == 0


def test_the_three_placeholders_of_the_rrn_bundle_are_known() -> None:
    path = next(Path(DATASETS, "viginum").rglob("*RRN*_full.json"))
    objects = json.loads(path.read_text("utf-8-sig"))["objects"]
    urls = [each["url"] for each in objects if each["type"] == "media-content"]
    assert sum(read_value(url).placeholder for url in urls) == 3


def test_every_channel_of_viginum_names_an_account_a_host_or_an_address() -> None:
    named, kinds = 0, set()
    for path in sorted(Path(DATASETS, "viginum").rglob("*_full.json")):
        for each in json.loads(path.read_text("utf-8-sig"))["objects"]:
            if each["type"] == "channel":
                read = read_value(each["name"])
                named += len(read.observables) == 1 and read.prose is None
                kinds |= {found.kind for found in read.observables}
    assert named == 550
    assert kinds == {Kind.ACCOUNT, Kind.DOMAIN, Kind.URL}


def test_metas_prose_mentions_33_identifiers_of_which_five_are_firms_and_named_as_doubtful() -> (
    None
):
    cells = [read_value(cell, hint).prose for cell, hint in meta_cells()]
    found = [each for prose in cells if prose for each in find_observables(prose)]
    assert len([prose for prose in cells if prose]) == 827
    # Read one by one: every word of these cells that has a dot inside was looked at.
    assert (len(found), sum(each.is_doubtful for each in found)) == (33, 5)


def test_ordinary_text_in_ten_languages_gives_one_word_that_is_no_host() -> None:
    with next(Path(DATASETS, "texts").glob("synthetic_docs.csv")).open(encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    assert sum(map(len, texts)) == 497_166
    assert sum(len(find_observables(text)) for text in texts) == 1
