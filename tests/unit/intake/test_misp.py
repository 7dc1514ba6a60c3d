"""MISP events: attributes, objects, tags, and the times that count as observations."""

import json
from typing import Any

import pytest

from tests.unit.intake.conftest import Import, bodies_of, defects, keys_in, only, said_of
from tocsin.vault import Vault

UUID = "00000000-0000-4000-8000-000000000011"


def event(*attributes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    base = {"uuid": UUID, "info": "Invented", "date": "2026-11-03", "timestamp": "1793700000"}
    return {"Event": {**base, "Attribute": list(attributes), **fields}}


def attribute(type_: str, value: str, **fields: Any) -> dict[str, Any]:
    return {"type": type_, "value": value, "category": "Network activity", **fields}


@pytest.mark.parametrize("wrap", ["one", "list", "response", "feed"])
def test_an_event_is_read_however_it_is_wrapped(importing: Import, vault: Vault, wrap: str) -> None:
    one = event(attribute("domain", "spoof.example"), attribute("url", "https://a.example/x"))
    wrapped = {"one": one, "list": [one], "response": {"response": [one]}, "feed": one["Event"]}
    report = only(importing(json.dumps(wrapped[wrap]).encode()))
    assert (report.format, report.records, report.kept) == ("misp", 3, 3)
    assert {"domain:spoof.example", "url:https://a.example/x"} <= keys_in(vault)
    (made,) = bodies_of(vault, "report")
    assert made["id"] == f"report--{UUID}"
    assert len(made["object_refs"]) == 2


def test_tags_become_markings_and_labels(importing: Import, vault: Vault) -> None:
    tags = [{"name": name} for name in ("tlp:amber", "PAP:RED", "estimative-language:likelihood")]
    importing(json.dumps(event(attribute("domain", "a.example"), Tag=tags)).encode())
    (made,) = bodies_of(vault, "report")
    assert set(made["object_marking_refs"]) == {
        "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
        "marking-definition--740d36e5-7714-4c30-961a-3ae632ceee0e",
    }
    (said,) = said_of(vault, "domain:a.example")
    assert (said["marking"], said["pap"]) == ("TLP:AMBER", "PAP:RED")
    assert "estimative-language:likelihood" in said["labels"]


def test_first_seen_and_sightings_are_observations_and_the_edit_time_is_not(
    importing: Import, vault: Vault
) -> None:
    importing(
        json.dumps(
            event(
                attribute("domain", "a.example", timestamp="1600000000"),
                attribute("domain", "b.example", first_seen="2024-03-01T08:00:00+01:00"),
                attribute(
                    "domain",
                    "c.example",
                    Sighting=[
                        {"type": "0", "date_sighting": "1700000000"},
                        {"type": "1", "date_sighting": "1600000000"},
                    ],
                ),
            )
        ).encode()
    )
    with vault.read() as snapshot:
        seen = snapshot.private.first_observed([f"domain:{name}.example" for name in "abc"])
    assert seen["domain:a.example"] is None
    assert str(seen["domain:b.example"]) == "2024-03-01 07:00:00+00:00"
    assert str(seen["domain:c.example"]) == "2023-11-14 22:13:20+00:00"


def test_objects_give_their_attributes_and_social_templates_their_accounts(
    importing: Import, vault: Vault
) -> None:
    made = {
        "name": "telegram-account",
        "uuid": UUID,
        "Attribute": [
            attribute("text", "example_news", object_relation="username"),
            attribute("text", "a channel", object_relation="description"),
        ],
    }
    report = only(importing(json.dumps(event(Object=[made])).encode()))
    assert (report.records, report.kept) == (3, 3)
    assert keys_in(vault) == {"account:telegram/@example_news"}
    assert said_of(vault, "account:telegram/@example_news")[0]["object"] == "telegram-account"


def test_composite_values_are_read_part_by_part(importing: Import, vault: Vault) -> None:
    digest = "ab" * 32
    importing(
        json.dumps(
            event(
                attribute("domain|ip", "a.example|192.0.2.7"),
                attribute("filename|sha256", f"note.pdf|{digest}"),
                attribute("ip-dst|port", "192.0.2.8|443"),
            )
        ).encode()
    )
    assert keys_in(vault) == {
        "domain:a.example",
        "ipv4:192.0.2.7",
        "file-name:note.pdf",
        f"sha256:{digest}",
        "ipv4:192.0.2.8",
    }


def test_what_has_no_canonical_form_is_kept_as_a_passage(importing: Import, vault: Vault) -> None:
    report = only(
        importing(json.dumps(event(attribute("yara", "rule a { condition: true }"))).encode())
    )
    assert defects(report)["unsupported-value"] == (1, 0)
    assert bodies_of(vault, "x-tocsin-passage")[0]["content"] == "rule a { condition: true }"


def test_bad_and_deleted_attributes_are_named(importing: Import) -> None:
    report = only(
        importing(
            json.dumps(
                event({"type": "domain"}, attribute("domain", "a.example", deleted=True))
            ).encode()
        )
    )
    assert (report.records, report.kept) == (3, 1)
    assert defects(report)["not-a-misp-attribute"] == (1, 1)
    assert defects(report)["deleted-in-misp"] == (1, 1)


def test_a_bad_attribute_of_a_single_event_loses_only_itself(
    importing: Import, vault: Vault
) -> None:
    text = json.dumps(event(attribute("domain", "a.example"), attribute("domain", "b.example")))
    broken = text.replace('"value": "a.example"', '"value": "a.example", "value": "c.example"')
    report = only(importing(broken.encode()))
    assert defects(report)["duplicate-key"] == (1, 1)
    assert keys_in(vault) == {"domain:b.example"}


def test_an_event_that_breaks_off_keeps_the_attributes_before_the_break(
    importing: Import, vault: Vault
) -> None:
    whole = json.dumps(event(attribute("domain", "a.example"), attribute("domain", "b.example")))
    report = only(importing(whole[: whole.index("b.example")].encode()))
    assert keys_in(vault) == {"domain:a.example"}
    assert defects(report)["truncated"] == (1, 1)


def test_an_events_reports_are_kept_and_what_they_mention_too(
    importing: Import, vault: Vault
) -> None:
    reports = [
        {"name": "Summary", "content": "# What we saw\nIt began at a-n[.]example.\n"},
        {"name": "Old", "content": "b-n[.]example", "deleted": True},
        {"name": "Empty", "content": ""},
    ]
    made = event(attribute("domain", "c-n.example"), EventReport=reports)
    report = only(importing(json.dumps(made).encode()))
    assert (report.records, report.kept) == (6, 4)
    assert defects(report) == {
        "deleted-in-misp": (1, 1),
        "not-a-misp-attribute": (1, 1),
        "prose": (1, 0),
        "unmarked": (1, 0),
    }
    assert keys_in(vault) == {"domain:a-n.example", "domain:c-n.example"}
    assert said_of(vault, "domain:a-n.example")[0]["comment"] == "Summary"


def test_disarm_techniques_of_galaxies_and_tags_are_said_and_resolved(
    importing: Import, vault: Vault
) -> None:
    cluster = {"value": "Create fake profiles - T0007", "meta": {"external_id": ["T0007"]}}
    galaxy = [{"type": "disarm-techniques", "GalaxyCluster": [cluster]}]
    tag = {"name": 'misp-galaxy:disarm-techniques="Prepare narratives - T0003"'}
    other = [{"type": "threat-actor", "GalaxyCluster": [{"value": "Somebody - T0001"}]}]
    made = event(
        attribute("domain", "a-n.example", Tag=[tag], Galaxy=other),
        attribute("domain", "b-n.example"),
        Galaxy=galaxy,
    )
    report = only(importing(json.dumps(made).encode()))
    (first,), (second,) = (said_of(vault, f"domain:{letter}-n.example") for letter in "ab")
    assert first["technique"] == "Prepare narratives - T0003"
    assert second["technique"] == "Create fake profiles - T0007"
    assert defects(report)["taxonomy-missing"] == (2, 0)
