"""Builders for exports; names under reserved domains only."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import stix2
from attrs import evolve
from stix2validator import ValidationOptions, validate_instance

from tocsin.exchange.writers import Export, ExportReport, Saying, writer
from tocsin.records import Authorship, Marking, Review, Sharing, StixObject, Tlp
from tocsin.records.audience import Audience
from tocsin.records.observables import Kind, read_value

NOW = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
STAMP = "2026-11-02T08:00:00.000Z"


def uid(type_: str, number: int) -> str:
    return f"{type_}--1c0ffee0-64b4-4f5d-9a53-{number:012d}"


def domain_object(type_: str, number: int, tlp: Tlp | None = Tlp.CLEAR, **more: Any) -> StixObject:
    body = {
        "type": type_,
        "spec_version": "2.1",
        "id": uid(type_, number),
        "created": STAMP,
        "modified": STAMP,
        **({"object_marking_refs": [tlp.marking_id]} if tlp else {}),
        **more,
    }
    return StixObject.of(body)


def related(number: int, source: str, target: str, **more: Any) -> StixObject:
    return domain_object(
        "relationship",
        number,
        relationship_type="uses",
        source_ref=source,
        target_ref=target,
        **more,
    )


def sco(written: str, kind: Kind | None = None, tlp: Tlp | None = None) -> StixObject:
    body = read_value(written, kind).observables[0].to_sco()
    if tlp is not None:
        body["object_marking_refs"] = [tlp.marking_id]
    return StixObject.of(body)


def saying(**more: Any) -> Saying:
    return evolve(Saying(source="a list", recorded_at=NOW), **more)


def export(
    *objects: StixObject, sayings: Mapping[str, Sequence[Saying]] | None = None, **more: Any
) -> Export:
    made = Export(
        objects=objects,
        sayings=sayings or {},
        reviewed=True,
        title="a case",
        default_marking=Marking(Tlp.AMBER),
        made_at=NOW,
    )
    return evolve(made, **more)


def listed(*objects: StixObject, **more: Any) -> Export:
    """An export of what one list named."""
    said = more.pop("said", saying())
    return export(*objects, sayings={item.id: (said,) for item in objects}, **more)


def terms(**more: Any) -> Sharing:
    made = Sharing(
        audience=Audience.from_list(["community"]),
        authorship=Authorship.NAMED,
        purpose="take the network down",
        expires=datetime(2027, 1, 1, tzinfo=UTC),
        review=Review(
            finding="grouping--1c0ffee0-64b4-4f5d-9a53-000000000001",
            approved_by=("analyst-1", "analyst-2"),
            contact="corrections@newsroom.example",
        ),
    )
    return evolve(made, **more)


def written(
    format_: str, made: Export, folder: Path
) -> tuple[ExportReport, dict[str, dict[str, Any]]]:
    """Write a STIX form; return the report and the file's objects by id."""
    report = writer(format_).write(made, folder / "out.json")
    body = json.loads(report.path.read_bytes())
    return report, {each["id"]: each for each in body["objects"]}


def assert_strict(path: Path) -> None:
    """The oracle for strict STIX: the two public libraries that check it."""
    body = json.loads(path.read_bytes())
    stix2.parse(body, allow_custom=False)
    result = validate_instance(body, ValidationOptions(version="2.1"))
    assert result.is_valid, [str(each) for each in result.errors][:3]


def whys(report: ExportReport) -> dict[str, str]:
    return {each.id: each.why for each in report.left_out}
