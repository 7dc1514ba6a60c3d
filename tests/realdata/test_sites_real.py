"""Networks of sites whose operators are known: MassMove's list, and GMF's sites of concern.

The kinds and their bounds were written before the operators were looked at; two rules came from
looking at MassMove's list: a platform's name alone is no account, and one site does not join two
networks.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin.detect.sites import (
    Carried,
    find_sites,
    find_ties,
    read_evidence,
    shared_identifiers,
    site_of,
)
from tocsin.records import Finding

pytestmark = pytest.mark.realdata
SAME_OWNER = [("geopolitika.ru", "katehon.com"), ("novorosinform.org", "tsargrad.tv")]


def read(*files: Path) -> Carried:
    found = Carried()
    for each in files:
        with each.open("rb") as stream:
            read_evidence(stream, each.name, found)
    return found


def test_pairs_with_the_same_owner_come_first_of_210(datasets: Path) -> None:
    carried = read(datasets / "sites" / "gmf_indicators.csv")
    assert len(carried.sites) == 21
    assert dict(carried.faults) == {"no-site": 42}  # rows of addresses name no site
    ties = find_ties(shared_identifiers(carried))
    assert [each.sites for each in ties[:2]] == SAME_OWNER
    assert ties[2].weight < ties[1].weight


def operators(folder: Path) -> dict[str, str]:
    rows = csv.DictReader((folder / "sites.csv").read_text("utf-8-sig").splitlines())
    said = ((site_of(row["domain"]), row["siteOperator"].partition(" - ")[0]) for row in rows)
    return {site: operator for site, operator in said if site and operator}


@pytest.fixture(scope="module")
def networks(datasets: Path) -> list[Finding]:
    folder = datasets / "sites"
    carried = read(folder / "sites.csv", folder / "relationships.csv")
    return find_sites(shared_identifiers(carried), count=len(carried.sites))


def test_metric_media_is_found_and_hardly_anything_else_with_it(
    datasets: Path, networks: list[Finding]
) -> None:
    known = operators(datasets / "sites")
    parts = [Counter(known[each] for each in one.subjects if each in known) for one in networks]
    right = sum(max(part.values()) for part in parts if part)
    labelled = sum(sum(part.values()) for part in parts)
    assert right / labelled >= 0.99
    largest = parts[0]
    of_all = sum(operator == "Metric Media" for operator in known.values())
    assert largest["Metric Media"] / sum(largest.values()) >= 0.99
    assert largest["Metric Media"] / of_all > 0.80


def test_every_site_of_a_network_is_there_by_something_that_is_named(
    networks: list[Finding],
) -> None:
    for each in networks:
        rows = [row for row in each.evidence if isinstance(row, dict) and row["carries"]]
        assert rows
        for row in rows:
            assert row["why"]
            assert float(str(row["expected_by_chance"])) < int(str(row["carriers"]))


def controls(folder: Path) -> Iterator[str]:
    with (folder / "gmf_sites_of_concern.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            site = site_of(row["Domain"])
            if "wikidata" in row["Source"].casefold() and site:
                yield site


def test_genuine_outlets_beside_them_are_in_no_network(datasets: Path) -> None:
    folder = datasets / "sites"
    outlets = set(controls(folder))
    assert len(outlets) > 1_000
    carried = read(
        folder / "sites.csv", folder / "relationships.csv", folder / "gmf_indicators.csv"
    )
    carried.sites.update(dict.fromkeys(outlets - {site for pair in SAME_OWNER for site in pair}))
    found = find_sites(shared_identifiers(carried), count=len(carried.sites))
    inside = {site for each in found for site in each.subjects}
    assert inside & outlets <= {site for pair in SAME_OWNER for site in pair}
    assert len(inside) > 800
