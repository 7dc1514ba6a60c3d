"""OpenCTI's profile: nothing that OpenCTI knows is lost on the way."""

from pathlib import Path

import pytest

from tests.unit.writers.support import (
    STAMP,
    domain_object,
    export,
    listed,
    related,
    sco,
    uid,
    whys,
    written,
)
from tocsin.exchange.writers.extensions import (
    CARRIED_EXTENSION,
    OPENCTI_OBJECT_EXTENSION,
    OPENCTI_OBSERVABLE_EXTENSION,
)
from tocsin.records import CLAIM_TYPE, StixObject, Tlp
from tocsin.records.observables import Kind

CAMPAIGN = domain_object("campaign", 1, name="C", confidence=75, x_opencti_id="abc")


@pytest.mark.parametrize(
    ("type_", "key", "kind"),
    [
        ("channel", OPENCTI_OBJECT_EXTENSION, "new-sdo"),
        ("narrative", OPENCTI_OBJECT_EXTENSION, "new-sdo"),
        ("event", OPENCTI_OBJECT_EXTENSION, "new-sdo"),
        ("media-content", OPENCTI_OBSERVABLE_EXTENSION, "new-sco"),
    ],
)
def test_openctis_own_types_stay_as_written_and_are_declared(
    type_: str, key: str, kind: str, tmp_path: Path
) -> None:
    made = domain_object(
        type_, 2, name="N", title="T", confidence=40, x_opencti_score=50, labels=["rrn"]
    )
    _, found = written("opencti", export(made), tmp_path)
    body = found[made.id]
    assert body["extensions"][key]["extension_type"] == kind
    assert {name: value for name, value in body.items() if name != "extensions"} == dict(made.body)


def test_what_openctis_extension_already_says_stays(tmp_path: Path) -> None:
    said = {OPENCTI_OBJECT_EXTENSION: {"extension_type": "new-sdo", "id": "7", "type": "Channel"}}
    made = domain_object("channel", 3, name="N", extensions=said)
    _, found = written("opencti", export(made), tmp_path)
    assert found[made.id]["extensions"] == said


def test_an_object_that_opencti_knows_by_stix_is_written_unchanged(tmp_path: Path) -> None:
    _, found = written("opencti", export(CAMPAIGN), tmp_path)
    assert found[CAMPAIGN.id] == dict(CAMPAIGN.body)


def test_relationships_keep_their_ids_and_lose_only_an_impossible_stop(tmp_path: Path) -> None:
    channel = domain_object("channel", 4, name="t.me/example_channel")
    relation = related(5, CAMPAIGN.id, channel.id, start_time=STAMP, stop_time=STAMP, confidence=9)
    lasting = related(
        6, CAMPAIGN.id, channel.id, start_time=STAMP, stop_time="2026-12-01T00:00:00Z"
    )
    _, found = written("opencti", export(CAMPAIGN, channel, relation, lasting), tmp_path)
    assert found[relation.id]["confidence"] == 9
    assert "stop_time" not in found[relation.id]
    carried = found[relation.id]["extensions"][CARRIED_EXTENSION]["carried"]
    assert carried == {"stop_time": STAMP}
    assert found[lasting.id] == dict(lasting.body)


def test_a_dangling_relationship_is_left_out(tmp_path: Path) -> None:
    relation = related(7, CAMPAIGN.id, uid("channel", 99))
    report, _ = written("opencti", export(CAMPAIGN, relation), tmp_path)
    assert set(whys(report)) == {relation.id}


def test_a_claim_becomes_a_note_and_a_quantity_is_left_out(tmp_path: Path) -> None:
    claim = domain_object(
        CLAIM_TYPE, 8, Tlp.GREEN, statement="s", claimant="c", evidence_class="open-reporting",
        object_refs=[CAMPAIGN.id],
    )  # fmt: skip
    quantity = domain_object("x-tocsin-quantity", 9, count=423)
    report, found = written("opencti", export(CAMPAIGN, claim, quantity), tmp_path)
    assert [each["object_refs"] for each in found.values() if each["type"] == "note"] == [
        [CAMPAIGN.id]
    ]
    assert "x-tocsin-quantity" in whys(report)[quantity.id]


def test_labels_warn_on_statements_and_leave_what_everybody_shares_alone(tmp_path: Path) -> None:
    france = domain_object("location", 10, name="France", country="FR")
    _, found = written("opencti", export(CAMPAIGN, france, reviewed=False), tmp_path)
    assert found[CAMPAIGN.id]["labels"] == ["tocsin:not-reviewed"]
    assert "labels" not in found[france.id]


@pytest.mark.parametrize("format_", ["opencti", "stix"])
def test_a_file_that_was_read_and_is_written_again_says_the_same(
    format_: str, tmp_path: Path
) -> None:
    items = (sco("spoof.example"), sco("@example_news", Kind.ACCOUNT), CAMPAIGN)
    _, first = written(format_, listed(*items, for_own_use=True, reviewed=False), tmp_path)
    again = [StixObject.of(body) for body in first.values()]
    _, second = written(format_, export(*again, for_own_use=True, reviewed=False), tmp_path)
    assert second == first
