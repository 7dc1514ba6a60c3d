"""Taxonomies, and references that are resolved by number across releases."""

import io
import json
from typing import Any

import pytest
from openpyxl import Workbook

from tests.unit.intake.conftest import Import, bodies_of, defects, only
from tocsin.intake import DISARM_SCHEME, Release, Releases, TechniqueState, load_releases
from tocsin.vault import Vault

STAMP = "2026-11-03T10:00:00.000Z"

OLD = Release(
    DISARM_SCHEME,
    "2023-01-01T00:00:00Z",
    {"T0001": "Invent Localized Content", "T0002": "Hire", "T0003": "Sing", "T0004": "Vanish"},
)
NEW = Release(
    DISARM_SCHEME,
    "2024-11-22T00:00:00Z",
    {"T0001": "Invent Localised Content", "T0002": "Hire People", "T0103": "Sing"},
)


@pytest.mark.parametrize(
    ("number", "name", "state", "successors"),
    [
        ("T0001", "Invent localized content", TechniqueState.CURRENT, ()),
        ("T0002", "Hire", TechniqueState.RENAMED, ()),
        ("T0003", "", TechniqueState.OBSOLETE, ("T0103",)),
        ("T0099", "Sing", TechniqueState.OBSOLETE, ("T0103",)),
        ("T0004", "", TechniqueState.OBSOLETE, ()),
        ("T0098", "", TechniqueState.UNKNOWN, ()),
    ],
)
def test_a_reference_resolves_by_its_number_and_its_name(
    number: str, name: str, state: TechniqueState, successors: tuple[str, ...]
) -> None:
    resolved = Releases((OLD, NEW)).resolve(number, name)
    assert (resolved.state, resolved.successors) == (state, successors)


def test_without_a_release_nothing_is_resolved_and_the_newest_one_decides() -> None:
    assert Releases().resolve("T0001").state is TechniqueState.UNRESOLVED
    assert Releases((NEW, OLD)).current is NEW
    galaxy = Release("disarm-techniques", "000009", {"T0003": "Sing"})
    assert Releases((NEW, galaxy)).resolve("T0003").successors == ("T0103",)


def framework(terms: dict[str, str], modified: str = STAMP) -> bytes:
    def made(type_: str, at: int, **fields: Any) -> dict[str, Any]:
        common = {"spec_version": "2.1", "created": STAMP, "modified": modified}
        return {
            "type": type_,
            "id": f"{type_}--00000000-0000-4000-8000-{at:012d}",
            **common,
            **fields,
        }

    objects = [made("x-mitre-tactic", 1, name="DISARM tactic")]
    objects += [
        made(
            "attack-pattern",
            at,
            name=name,
            external_references=[{"source_name": "mitre-attack", "external_id": number}],
        )
        for at, (number, name) in enumerate(terms.items(), start=2)
    ]
    return json.dumps({"type": "bundle", "objects": objects}).encode()


def reference(number: str, name: str, at: int = 90) -> dict[str, Any]:
    return {
        "type": "attack-pattern",
        "spec_version": "2.1",
        "id": f"attack-pattern--00000000-0000-4000-8000-{at:012d}",
        "created": STAMP,
        "modified": STAMP,
        "name": name,
        "x_mitre_id": number,
    }


def test_a_framework_is_read_before_the_files_that_refer_to_it(
    importing: Import, vault: Vault
) -> None:
    refers = json.dumps([reference("T0003", "Sing"), reference("T0001", "Hum", 91)]).encode()
    first, second = importing(refers, framework({"T0001": "Hum", "T0103": "Sing"})).files
    assert second.format == "disarm"
    assert defects(first)["technique-obsolete"] == (1, 0)
    (example,) = next(d.examples for d in first.defects if d.kind == "technique-obsolete")
    assert example.endswith("T0003 Sing → T0103")
    assert load_releases(vault).current is not None


def test_references_without_a_framework_say_what_to_import(importing: Import) -> None:
    report = only(importing(json.dumps([reference("T0003", "Sing")]).encode()))
    assert defects(report)["taxonomy-missing"] == (1, 0)
    (defect,) = [each for each in report.defects if each.kind == "taxonomy-missing"]
    assert "import a DISARM release" in defect.rule


def test_techniques_in_a_table_are_resolved_too(importing: Import) -> None:
    table = b"domain,technique\na[.]example,T0003\nb[.]example,T0001\n"
    report = importing(framework({"T0001": "Hum"}), table).files[1]
    assert defects(report) == {"technique-unknown": (1, 0)}


def test_galaxies_taxonomies_templates_and_kill_chains_become_terms(
    importing: Import, vault: Vault
) -> None:
    galaxy = {
        "authors": ["us"], "type": "disarm-techniques", "name": "Techniques", "version": 2,
        "uuid": "00000000-0000-4000-8000-000000000031",
        "values": [{"value": "Invent", "meta": {"external_id": "T0009"}}],
    }  # fmt: skip
    taxonomy = {
        "namespace": "tlp", "version": 1, "predicates": [{"value": "red", "expanded": "TLP RED"}]
    }  # fmt: skip
    template = {"name": "blog", "meta-category": "misc", "version": 1, "attributes": {"link": {}}}
    chain = b"Tactic,Technique,Procedure\n0. Acquire,0.1 Acquire IPs,0.1.1 Proxies\n"
    files = [json.dumps(each).encode() for each in (galaxy, taxonomy, template)]
    report = importing(*files, chain)
    assert [file.format for file in report.files] == [
        "misp-galaxy",
        "misp-taxonomy",
        "misp-object-template",
        "meta-kill-chain-terms",
    ]
    codes = {(body["scheme"], body["code"]) for body in bodies_of(vault, "x-tocsin-term")}
    assert codes == {
        ("disarm-techniques", "T0009"),
        ("tlp", "red"),
        ("misp-object:blog", "link"),
        ("meta-kill-chain", "0"),
        ("meta-kill-chain", "0.1"),
        ("meta-kill-chain", "0.1.1"),
    }
    assert importing(*files, chain).new == 0


DISARM_SHEETS: dict[str, list[list[str | None]]] = {
    "README": [["How to read this"], ["It is a framework."]],
    "tactics": [["disarm_id", "name", "phase_id", "summary"], ["TA01", "Plan", "P01", "x"]],
    "techniques": [
        ["disarm_id", "name", "name_DE", "tactic_id", "summary"],
        ["T0998", "Invent", None, "TA01", "Make up"],
        ["T0999.001", "Invent more", None, "TA01", None],
        [None, "left over", None, None, None],
    ],
}


def disarm_workbook() -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in DISARM_SHEETS.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def test_disarms_workbook_gives_its_terms_and_resolves_references(
    importing: Import, vault: Vault
) -> None:
    first = only(importing(disarm_workbook()))
    assert (first.format, first.records, first.kept) == ("xlsx", 5, 3)
    assert defects(first) == {"term-without-code": (1, 1), "no-value-column": (1, 1)}
    terms = {body["code"]: body for body in bodies_of(vault, "x-tocsin-term")}
    assert {code: term["name"] for code, term in terms.items()} == {
        "TA01": "Plan", "T0998": "Invent", "T0999.001": "Invent more",
    }  # fmt: skip
    assert terms["T0998"]["parent"] == "TA01"
    rows = "Tactic,Technique,Indicator\nx,T0998,a.example\nx,T0001,b.example\n"
    second = only(importing(rows.encode()))
    assert defects(second) == {"technique-unknown": (1, 0)}


def test_a_stix_release_goes_before_disarms_tables_whatever_came_first(
    importing: Import, vault: Vault
) -> None:
    importing(framework({"T0001": "Named in STIX"}), b"disarm_id,name\nT0998,Invent\n")
    current = load_releases(vault).current
    assert current is not None
    assert dict(current.terms) == {"T0001": "Named in STIX"}
