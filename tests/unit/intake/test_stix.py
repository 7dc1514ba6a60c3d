"""STIX as it is really written: each repair with its rule, each oddity named."""

import json
from typing import Any

import pytest

from tests.unit.intake.conftest import Import, bodies_of, defects, keys_in, only, said_of
from tocsin.records import Tlp
from tocsin.records.observables import read_value
from tocsin.vault import Vault

CLEAR_OLD = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
CLEAR = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"


def sid(type_: str, number: int) -> str:
    return f"{type_}--00000000-0000-4000-8000-{number:012d}"


def sdo(type_: str, number: int, **fields: Any) -> dict[str, Any]:
    stamp = "2026-11-03T10:00:00.000Z"
    common = {"spec_version": "2.1", "created": stamp, "modified": stamp}
    return {"type": type_, "id": sid(type_, number), **common, **fields}


def sco(type_: str, number: int, **fields: Any) -> dict[str, Any]:
    return {"type": type_, "id": sid(type_, number), "spec_version": "2.1", **fields}


def bundle(*objects: Any) -> bytes:
    made = {"type": "bundle", "id": sid("bundle", 1), "objects": list(objects)}
    return json.dumps(made).encode()


def test_equal_start_and_stop_lose_the_stop_and_the_source_keeps_its_words(
    importing: Import, vault: Vault
) -> None:
    at = "2023-07-30T22:00:00.000Z"
    ends = {"source_ref": sid("identity", 1), "target_ref": sid("identity", 1)}
    report = only(
        importing(
            bundle(
                sdo("identity", 1, name="A"),
                sdo(
                    "relationship", 2, relationship_type="uses", start_time=at, stop_time=at, **ends
                ),
                sdo(
                    "relationship",
                    3,
                    relationship_type="uses",
                    start_time=at,
                    stop_time="2023-08-01T00:00:00Z",
                    **ends,
                ),
            )
        )
    )
    assert defects(report)["stop-not-after-start"] == (1, 0)
    by_id = {body["id"]: body for body in bodies_of(vault, "relationship")}
    assert "stop_time" not in by_id[sid("relationship", 2)]
    assert by_id[sid("relationship", 2)]["start_time"] == at
    assert by_id[sid("relationship", 3)]["stop_time"] == "2023-08-01T00:00:00Z"
    with vault.read() as snapshot:
        (trace,) = snapshot.private.provenance(sid("relationship", 2))
    assert trace.provenance.said["original"] == {"stop_time": at}


def test_a_dangling_relationship_is_kept_and_named(importing: Import) -> None:
    gone = {"source_ref": sid("identity", 9), "target_ref": sid("identity", 1)}
    report = only(
        importing(
            bundle(
                sdo("identity", 1, name="A"),
                sdo("relationship", 2, relationship_type="uses", **gone),
            )
        )
    )
    assert (report.records, report.kept) == (2, 2)
    assert defects(report)["dangling-reference"] == (1, 0)


def test_the_home_made_tlp_clear_becomes_oasis_one(importing: Import, vault: Vault) -> None:
    definition = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": CLEAR_OLD,
        "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp",
        "name": "TLP:CLEAR",
        "definition": {"tlp": "clear"},
    }
    report = only(
        importing(bundle(definition, sdo("campaign", 1, name="A", object_marking_refs=[CLEAR_OLD])))
    )
    assert defects(report)["tlp-normalised"] == (2, 0)
    (campaign,) = bodies_of(vault, "campaign")
    assert campaign["object_marking_refs"] == [CLEAR]
    (kept,) = bodies_of(vault, "marking-definition")
    assert kept["id"] == CLEAR
    with vault.read() as snapshot:
        (trace,) = snapshot.private.provenance(CLEAR)
    assert trace.provenance.said["original"] == definition


def test_unmarked_objects_take_the_marking_of_a_marked_report_that_contains_them(
    importing: Import, vault: Vault
) -> None:
    report = only(
        importing(
            bundle(
                sdo(
                    "report",
                    1,
                    name="R",
                    published="2026-11-03T10:00:00Z",
                    object_refs=[sid("campaign", 2)],
                    object_marking_refs=[Tlp.GREEN.marking_id],
                ),
                sdo("campaign", 2, name="inside"),
                sdo("campaign", 3, name="outside"),
            )
        )
    )
    assert defects(report)["unmarked"] == (2, 0)
    assert defects(report)["marking-from-report"] == (1, 0)
    marks = {body["name"]: body.get("object_marking_refs") for body in bodies_of(vault, "campaign")}
    assert marks == {"inside": [Tlp.GREEN.marking_id], "outside": None}


def test_an_unmarked_report_lends_nothing_and_the_option_marks_what_is_left(
    importing: Import, vault: Vault
) -> None:
    inside = sdo("campaign", 2, name="inside")
    holder = sdo(
        "report", 1, name="R", published="2026-11-03T10:00:00Z", object_refs=[sid("campaign", 2)]
    )
    importing(bundle(holder, inside), default_tlp=Tlp.AMBER_STRICT)
    (campaign,) = bodies_of(vault, "campaign")
    assert campaign["object_marking_refs"] == [Tlp.AMBER_STRICT.marking_id]


def test_placeholders_are_counted_in_every_spelling_and_dropped(
    importing: Import, vault: Vault
) -> None:
    spellings = ("àremplir", "a remplir", "aremplir")
    report = only(
        importing(
            bundle(
                *(
                    sco("media-content", at, title=f"Story {at}", url=spelling)
                    for at, spelling in enumerate(spellings, start=1)
                )
            )
        )
    )
    assert defects(report)["placeholder"] == (3, 0)
    assert all("url" not in body for body in bodies_of(vault, "media-content"))
    assert all(
        spelling in " ".join(report.defects[at].examples)
        for spelling in spellings
        for at in [[defect.kind for defect in report.defects].index("placeholder")]
    )


def test_a_channel_that_is_a_quantity_is_kept_as_a_quantity(
    importing: Import, vault: Vault
) -> None:
    report = only(importing(bundle(sdo("channel", 1, name="423 X accounts"))))
    assert defects(report)["quantity"] == (1, 0)
    assert defects(report)["untyped-channel"] == (1, 0)
    (quantity,) = bodies_of(vault, "x-tocsin-quantity")
    assert (quantity["count"], quantity["unit"], quantity["platform"]) == (
        423,
        "account",
        "twitter",
    )
    assert quantity["object_refs"] == [sid("channel", 1)]
    assert keys_in(vault) == set()


def test_a_channel_named_by_its_address_gets_the_accounts_key(
    importing: Import, vault: Vault
) -> None:
    importing(
        bundle(
            sdo("channel", 1, name="t.me/example_news"),
            sdo("channel", 2, name="example_two", channel_types=["Telegram"]),
        )
    )
    assert keys_in(vault) == {"account:telegram/@example_news", "account:telegram/@example_two"}


def test_a_url_object_that_holds_a_host_is_keyed_by_the_host(
    importing: Import, vault: Vault
) -> None:
    report = only(
        importing(
            bundle(
                sco("url", 1, value="urlbox.example"),
                sco("url", 2, value="URLs of spoofed articles"),
                sco("url", 3, value="https://a.example/story"),
            )
        )
    )
    assert defects(report)["url-is-host"] == (1, 0)
    assert defects(report)["not-a-url"] == (1, 0)
    assert "domain:urlbox.example" in keys_in(vault)


def test_an_observable_with_an_id_of_its_own_is_kept_and_keyed_canonically(
    importing: Import, vault: Vault
) -> None:
    report = only(importing(bundle(sco("domain-name", 1, value="Spoof.example"))))
    assert defects(report)["id-not-deterministic"] == (1, 0)
    assert keys_in(vault) == {"domain:spoof.example"}
    assert [body["id"] for body in bodies_of(vault, "domain-name")] == [sid("domain-name", 1)]


def test_custom_types_of_opencti_keep_every_field(importing: Import, vault: Vault) -> None:
    custom = [
        sdo("narrative", 1, name="N", x_opencti_id="abc", confidence=0),
        sdo("event", 2, name="E", start_time="2024-01-01T00:00:00Z", x_opencti_workflow="new"),
        sdo("channel", 3, name="t.me/example_news", channel_types=["Telegram"], aliases=["x"]),
    ]
    importing(bundle(*custom))
    for body in custom:
        assert bodies_of(vault, body["type"]) == [body]


def test_sightings_and_observed_data_are_recorded_observations(
    importing: Import, vault: Vault
) -> None:
    host, other = sco("domain-name", 1, value="a.example"), sco("domain-name", 2, value="b.example")
    importing(
        bundle(
            host,
            other,
            sdo(
                "observed-data",
                3,
                first_observed="2024-03-01T08:00:00Z",
                last_observed="2024-03-02T08:00:00Z",
                number_observed=1,
                object_refs=[host["id"]],
            ),
            sdo(
                "indicator",
                4,
                pattern="[domain-name:value = 'c.example']",
                pattern_type="stix",
                valid_from="2020-01-01T00:00:00Z",
            ),
            sdo(
                "sighting",
                5,
                sighting_of_ref=sid("indicator", 4),
                first_seen="2024-04-01T00:00:00Z",
            ),
        )
    )
    with vault.read() as snapshot:
        seen = snapshot.private.first_observed(
            ["domain:a.example", "domain:b.example", "domain:c.example"]
        )
    assert str(seen["domain:a.example"]) == "2024-03-01 08:00:00+00:00"
    assert seen["domain:b.example"] is None
    assert str(seen["domain:c.example"]) == "2024-04-01 00:00:00+00:00"


def test_one_bad_object_loses_only_itself(importing: Import, vault: Vault) -> None:
    good = json.dumps(sco("domain-name", 1, value="a.example"))
    last = json.dumps(sco("domain-name", 2, value="b.example"))
    twice = '{"type":"url","type":"url"}'
    text = (
        f'{{"type":"bundle","id":"{sid("bundle", 1)}","objects":[{good},{twice},'
        f'{{"a":NaN}},{{"a" 1}},{{"x":1}},{{"a":90071992547409931}},'
        f"{'[' * 10_000 + ']' * 10_000},{last}]}}"
    )
    report = only(importing(text.encode()))
    assert (report.records, report.kept) == (8, 2)
    assert {kind: lost for kind, (_, lost) in defects(report).items() if lost} == {
        "duplicate-key": 1,
        "not-a-number": 2,
        "broken-json": 1,
        "not-a-stix-object": 1,
        "too-deep": 1,
    }
    assert keys_in(vault) == {"domain:a.example", "domain:b.example"}


def test_objects_without_required_fields_are_kept_and_named(importing: Import) -> None:
    incomplete = sdo("indicator", 1, pattern="[domain-name:value = 'a.example']")
    report = only(importing(bundle(incomplete)))
    assert defects(report)["missing-field"] == (2, 0)
    assert report.kept == 1


def test_a_list_of_objects_a_single_one_and_one_a_line_are_read_too(importing: Import) -> None:
    one, two = sdo("campaign", 1, name="A"), sdo("campaign", 2, name="B")
    lines = f"{json.dumps(one)}\n{json.dumps(two)}\n"
    report = importing(json.dumps([one, two]).encode(), json.dumps(one).encode(), lines.encode())
    assert [(file.format, file.records, file.kept) for file in report.files] == [
        ("stix", 2, 2),
        ("stix", 1, 1),
        ("stix", 2, 2),
    ]


def test_a_list_does_not_hide_the_fuller_body_of_a_bundle(importing: Import, vault: Vault) -> None:
    (observable,) = read_value("a.example").observables
    full = {**observable.to_sco(), "labels": ["campaign-one"], "x_opencti_score": 50}
    importing(bundle(full), b"a[.]example\n")
    assert bodies_of(vault, "domain-name") == [full]
    assert len(said_of(vault, "domain:a.example")) == 2


@pytest.mark.parametrize(
    "negative", [{"count": 0}, {"x_opencti_negative": True}, {"first_seen": "last spring"}]
)
def test_what_was_looked_for_and_not_seen_is_no_observation(
    importing: Import, vault: Vault, negative: dict[str, Any]
) -> None:
    host = sco("domain-name", 1, value="a.example")
    told = {"first_seen": "2024-04-01T00:00:00Z", **negative}
    importing(bundle(host, sdo("sighting", 2, sighting_of_ref=host["id"], **told)))
    with vault.read() as snapshot:
        assert snapshot.private.first_observed(["domain:a.example"]) == {"domain:a.example": None}


def test_the_earliest_of_several_observations_counts_whatever_its_decimals(
    importing: Import, vault: Vault
) -> None:
    host = sco("domain-name", 1, value="a.example")
    times = ("2024-04-01T00:00:00.500Z", "2024-04-01T00:00:00Z", "2024-04-01T00:00:00.250Z")
    seen = [
        sdo("sighting", at, sighting_of_ref=host["id"], first_seen=time)
        for at, time in enumerate(times, start=2)
    ]
    importing(bundle(host, *seen))
    with vault.read() as snapshot:
        (moment,) = snapshot.private.first_observed(["domain:a.example"]).values()
    assert str(moment) == "2024-04-01 00:00:00+00:00"


def test_openctis_hostname_and_phone_are_keyed(importing: Import, vault: Vault) -> None:
    report = only(
        importing(
            bundle(
                sco("hostname", 1, value="WWW.a[.]example"),
                sco("phone-number", 2, value="+33 1 99 00 12 34"),
            )
        )
    )
    assert keys_in(vault) == {"domain:www.a.example", "phone:+33199001234"}
    assert "id-not-deterministic" not in defects(report)


def test_a_pattern_for_one_of_several_is_keyed_by_each_and_a_richer_one_is_named(
    importing: Import, vault: Vault
) -> None:
    said = {"pattern_type": "stix", "valid_from": "2024-01-01T00:00:00Z"}
    either = "[domain-name:value = 'a.example' OR domain-name:value = 'b.example']"
    richer = "[domain-name:value = 'c.example'] FOLLOWEDBY [domain-name:value = 'd.example']"
    report = only(
        importing(
            bundle(
                sdo("indicator", 1, pattern=either, **said),
                sdo("indicator", 2, pattern=richer, **said),
            )
        )
    )
    assert keys_in(vault) == {"domain:a.example", "domain:b.example"}
    assert defects(report)["pattern-not-read"] == (1, 0)
