"""Strict STIX 2.1 out of what is really written."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.writers.support import (
    NOW,
    STAMP,
    assert_strict,
    domain_object,
    export,
    listed,
    related,
    saying,
    sco,
    terms,
    uid,
    whys,
    written,
)
from tocsin.exchange.writers import Export, People, writer, writers
from tocsin.exchange.writers.bundle import bundled
from tocsin.exchange.writers.extensions import CARRIED_EXTENSION
from tocsin.exchange.writers.stix import PROFILE
from tocsin.records import CLAIM_TYPE, Marking, Pap, StixObject, Tlp
from tocsin.records.observables import Kind

CAMPAIGN = domain_object("campaign", 1, name="Example", confidence=75, x_opencti_id="abc")


def test_custom_properties_move_into_an_extension_that_is_defined_in_the_file(
    tmp_path: Path,
) -> None:
    report, found = written("stix", export(CAMPAIGN), tmp_path)
    body = found[CAMPAIGN.id]
    assert "x_opencti_id" not in body
    assert body["extensions"][CARRIED_EXTENSION]["carried"] == {"x_opencti_id": "abc"}
    assert found[CARRIED_EXTENSION]["created_by_ref"] in found
    assert_strict(report.path)


def test_properties_of_the_wrong_kind_are_carried_and_not_corrected(tmp_path: Path) -> None:
    made = domain_object(
        "identity",
        2,
        name="N",
        confidence=300,
        lang="xx-nothing",
        labels=[],
        external_references=[
            {"source_name": "s", "url": "www.a.example"},
            {"source_name": "t", "url": "https://a.example", "x_more": 1},
        ],
    )
    report, found = written("stix", export(made), tmp_path)
    carried = found[made.id]["extensions"][CARRIED_EXTENSION]["carried"]
    assert carried["confidence"] == 300
    assert carried["lang"] == "xx-nothing"
    assert len(carried["external_references"]) == 2
    assert found[made.id]["external_references"] == [
        {"source_name": "t", "url": "https://a.example"}
    ]
    assert_strict(report.path)


def test_a_stop_that_does_not_follow_its_start_is_carried_and_the_start_stays(
    tmp_path: Path,
) -> None:
    other = domain_object("tool", 3, name="T")
    relation = related(4, CAMPAIGN.id, other.id, start_time=STAMP, stop_time=STAMP)
    report, found = written("stix", export(CAMPAIGN, other, relation), tmp_path)
    body = found[relation.id]
    assert body["start_time"] == STAMP
    assert "stop_time" not in body
    assert body["extensions"][CARRIED_EXTENSION]["carried"] == {"stop_time": STAMP}
    assert_strict(report.path)


def test_a_dangling_relationship_is_left_out_and_what_hangs_on_it_follows(tmp_path: Path) -> None:
    dangling = related(5, CAMPAIGN.id, uid("tool", 99))
    grouping = domain_object("grouping", 6, context="unspecified", object_refs=[dangling.id])
    report_of = domain_object(
        "report", 7, name="R", published=STAMP, object_refs=[CAMPAIGN.id, grouping.id]
    )
    report, found = written("stix", export(CAMPAIGN, dangling, grouping, report_of), tmp_path)
    assert set(whys(report)) == {dangling.id, grouping.id}
    assert found[report_of.id]["object_refs"] == [CAMPAIGN.id]
    assert_strict(report.path)


def test_home_made_tlp_becomes_oasis_own_and_statements_stay(tmp_path: Path) -> None:
    old = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
    statement = uid("marking-definition", 8)
    definitions = [
        StixObject.of({"type": "marking-definition", "spec_version": "2.1", "id": old,
                       "created": STAMP, "definition_type": "tlp", "definition": {"tlp": "clear"}}),
        StixObject.of({"type": "marking-definition", "spec_version": "2.1", "id": statement,
                       "created": STAMP, "definition_type": "statement",
                       "definition": {"statement": "cc-by"}}),
    ]  # fmt: skip
    marked = domain_object("tool", 9, None, name="T", object_marking_refs=[old, statement])
    report, found = written("stix", export(*definitions, marked), tmp_path)
    assert found[marked.id]["object_marking_refs"] == [Tlp.CLEAR.marking_id, statement]
    assert {Tlp.CLEAR.marking_id, statement} <= set(found)
    assert "TLP:CLEAR" in whys(report)[old]
    assert_strict(report.path)


def test_what_names_no_marking_takes_the_default_and_nothing_is_loosened(tmp_path: Path) -> None:
    unmarked = domain_object("tool", 10, None, name="T")
    red = domain_object("tool", 11, Tlp.RED, name="R")
    made = export(unmarked, red, default_marking=Marking(Tlp.GREEN, Pap.AMBER))
    report, found = written("stix", made, tmp_path)
    assert set(found[unmarked.id]["object_marking_refs"]) == {
        Tlp.GREEN.marking_id,
        Pap.AMBER.marking_id,
    }
    assert found[red.id]["object_marking_refs"] == [Tlp.RED.marking_id]
    assert_strict(report.path)


def test_an_object_whose_granular_marking_cannot_be_kept_is_left_out(tmp_path: Path) -> None:
    marks: Any = [{"selectors": ["x_opencti_id"], "marking_ref": Tlp.RED.marking_id}]
    report, found = written("stix", export(CAMPAIGN.replaced(granular_markings=marks)), tmp_path)
    assert CAMPAIGN.id not in found
    assert "no marking is dropped" in whys(report)[CAMPAIGN.id]


def test_a_channel_that_names_an_account_becomes_that_account_with_its_relations(
    tmp_path: Path,
) -> None:
    channel = domain_object("channel", 12, name="https://t.me/example_channel", confidence=40)
    relation = related(13, CAMPAIGN.id, channel.id)
    holder = domain_object("report", 14, name="R", published=STAMP, object_refs=[channel.id])
    report, found = written("stix", export(CAMPAIGN, channel, relation, holder), tmp_path)
    (account,) = (each for each in found.values() if each["type"] == "user-account")
    assert account["account_login"] == "example_channel"
    assert account["extensions"][CARRIED_EXTENSION]["stands_for"] == [dict(channel.body)]
    (moved,) = (each for each in found.values() if each["type"] == "relationship")
    assert (moved["source_ref"], moved["target_ref"]) == (CAMPAIGN.id, account["id"])
    assert found[holder.id]["object_refs"] == [account["id"]]
    assert account["id"] in whys(report)[channel.id]
    assert moved["id"] in whys(report)[relation.id]
    assert_strict(report.path)


def test_two_channels_that_are_one_account_share_it_under_the_stricter_marking(
    tmp_path: Path,
) -> None:
    one = domain_object("channel", 15, Tlp.CLEAR, name="https://t.me/example_channel")
    two = domain_object(
        "channel", 16, Tlp.AMBER, name="Evening show", aliases=["t.me/Example_Channel"]
    )
    report, found = written("stix", export(one, two, reviewed=True, people=People.INCLUDE,
                                           terms=terms()), tmp_path)  # fmt: skip
    (account,) = (each for each in found.values() if each["type"] == "user-account")
    assert account["object_marking_refs"] == [Tlp.AMBER.marking_id]
    assert len(account["extensions"][CARRIED_EXTENSION]["stands_for"]) == 2
    assert_strict(report.path)


def test_a_channel_that_names_nothing_is_left_out_and_says_where_it_would_stay(
    tmp_path: Path,
) -> None:
    channel = domain_object("channel", 17, name="the evening programme")
    report, _ = written("stix", export(channel), tmp_path)
    assert "opencti" in whys(report)[channel.id]


@pytest.mark.parametrize("type_", ["narrative", "event"])
def test_narratives_and_events_become_notes_about_what_they_were_related_to(
    type_: str, tmp_path: Path
) -> None:
    told = domain_object(type_, 18, name="the old story", description="in short", confidence=60)
    relation = related(19, CAMPAIGN.id, told.id)
    report, found = written("stix", export(CAMPAIGN, told, relation), tmp_path)
    (note,) = (each for each in found.values() if each["type"] == "note")
    assert note["object_refs"] == [CAMPAIGN.id]
    assert note["content"] == "the old story\n\nin short"
    assert note["confidence"] == 60
    assert note["extensions"][CARRIED_EXTENSION]["stands_for"] == [dict(told.body)]
    assert note["id"] in whys(report)[relation.id]
    assert_strict(report.path)


def test_a_claim_becomes_a_note_that_names_its_claimant(tmp_path: Path) -> None:
    claim = domain_object(
        CLAIM_TYPE,
        20,
        Tlp.GREEN,
        statement="eight companies met in May",
        claimant="a report",
        evidence_class="open-reporting",
        object_refs=[CAMPAIGN.id],
    )
    report, found = written("stix", export(CAMPAIGN, claim), tmp_path)
    (note,) = (each for each in found.values() if each["type"] == "note")
    assert (note["content"], note["authors"]) == ("eight companies met in May", ["a report"])
    assert_strict(report.path)


def test_what_a_list_names_becomes_indicator_observable_and_based_on(tmp_path: Path) -> None:
    host = sco("news[.]example")
    said = saying(
        tactic="0. Acquiring assets",
        technique="0.6 Acquiring domains",
        comment="T0085.001",
        registered="2020-01-01T00:00:00Z",
        reported="2026-10-01T00:00:00Z",
    )
    report, found = written("stix", listed(host, said=said), tmp_path)
    by_type = {each["type"]: each for each in found.values()}
    indicator, relation = by_type["indicator"], by_type["relationship"]
    assert indicator["pattern"] == "[domain-name:value = 'news.example']"
    assert indicator["valid_from"] == "2026-10-01T00:00:00.000000Z"
    assert indicator["external_references"] == [
        {"source_name": "DISARM", "external_id": "T0085.001"},
        {"source_name": "online-operations-kill-chain", "external_id": "0.6"},
    ]
    assert (relation["relationship_type"], relation["source_ref"], relation["target_ref"]) == (
        "based-on",
        indicator["id"],
        host.id,
    )
    assert_strict(report.path)


def test_a_registration_date_never_becomes_the_beginning_of_validity(tmp_path: Path) -> None:
    said = saying(registered="2020-01-01T00:00:00Z")
    _, found = written("stix", listed(sco("news[.]example"), said=said), tmp_path)
    (indicator,) = (each for each in found.values() if each["type"] == "indicator")
    assert indicator["valid_from"].startswith(NOW.strftime("%Y-%m-%dT%H:%M:%S"))
    assert "2020-01-01" not in str({**indicator, "extensions": None})


def test_an_observable_that_merely_stands_in_a_bundle_is_not_called_an_indicator(
    tmp_path: Path,
) -> None:
    made = listed(sco("copied-newspaper[.]example"), said=saying(is_list=False))
    _, found = written("stix", made, tmp_path)
    assert not [each for each in found.values() if each["type"] == "indicator"]


def test_a_perceptual_hash_keeps_its_pattern_where_its_file_object_has_no_strict_form(
    tmp_path: Path,
) -> None:
    pdq = sco("f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22", Kind.PDQ)
    report, found = written("stix", listed(pdq), tmp_path)
    assert set(whys(report)) == {pdq.id}
    assert [each["pattern"] for each in found.values() if each["type"] == "indicator"]
    assert_strict(report.path)


def test_what_is_not_reviewed_says_so_on_every_statement_of_ours(tmp_path: Path) -> None:
    made = listed(sco("news[.]example"), CAMPAIGN, reviewed=False)
    report, found = written("stix", made, tmp_path)
    assert "tocsin:not-reviewed" in found[CAMPAIGN.id]["labels"]
    for each in found.values():
        if each["type"] in ("indicator", "relationship"):
            assert each["labels"] == ["tocsin:not-reviewed"]
        if each["type"] == "domain-name":
            carried = each["extensions"][CARRIED_EXTENSION]["carried"]
            assert carried["labels"] == ["tocsin:not-reviewed"]
    assert_strict(report.path)


def test_the_same_export_gives_the_same_bytes(tmp_path: Path) -> None:
    made = listed(sco("news[.]example"), CAMPAIGN)
    first = writer("stix").write(made, tmp_path / "a.json").path.read_bytes()
    assert writer("stix").write(made, tmp_path / "b.json").path.read_bytes() == first


# -- whatever comes in, what goes out is strict, and every id is accounted for --------------------

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 500) | st.text(max_size=8) | st.just(STAMP),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)  # fmt: skip
FIELDS = st.sampled_from(
    ["name", "description", "labels", "confidence", "lang", "revoked", "aliases", "first_seen",
     "last_seen", "object_refs", "created_by_ref", "external_references", "kill_chain_phases",
     "extensions", "pattern", "valid_from", "published", "x_custom", "city", "country", "user_id",
     "value", "hashes", "start_time", "stop_time", "identity_class", "created", "modified",
     "content", "relationship_type", "context", "opinion", "is_family"]
)  # fmt: skip
TYPES = st.sampled_from(
    ["campaign", "identity", "location", "report", "note", "grouping", "opinion", "malware",
     "user-account", "domain-name", "url", "file", "email-addr", "ipv4-addr", "channel",
     "narrative", "event", "media-content", "process", "x-tocsin-quantity", CLAIM_TYPE,
     "relationship", "indicator"]
)  # fmt: skip


@st.composite
def dirty_exports(draw: st.DrawFn) -> Export:
    objects = []
    for number in range(draw(st.integers(1, 5))):
        type_ = draw(TYPES)
        more: dict[str, Any] = draw(st.dictionaries(FIELDS, JUNK, max_size=6))
        base = {"name": "N", "value": "a.example", "content": "C"}
        ends = {"source_ref": uid("campaign", 0), "target_ref": uid("identity", 1)}
        ends = ends if type_ == "relationship" else {}
        made = {**base, **ends, **{key: each for key, each in more.items() if each is not None}}
        objects.append(domain_object(type_, number, draw(st.none() | st.sampled_from(Tlp)), **made))
    return export(*objects)


@given(dirty_exports())
def test_whatever_comes_in_the_file_is_strict_and_every_object_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, made: Export
) -> None:
    path = tmp_path_factory.mktemp("strict") / "out.json"
    report = writer("stix").write(made, path)
    assert_strict(path)
    inside = {str(each["id"]) for each in bundled(made, PROFILE).objects}
    given_ids = {item.id for item in made.objects}
    assert {each.id for each in report.left_out} == given_ids - inside


@given(dirty_exports())
def test_no_writer_stumbles_over_what_comes_in(
    tmp_path_factory: pytest.TempPathFactory, made: Export
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name, each in writers().items():
        report = each.write(made, folder / name)
        assert {left.id for left in report.left_out} <= {item.id for item in made.objects}


@pytest.mark.parametrize("format_", ["stix", "opencti"])
def test_a_file_with_nothing_in_it_says_who_wrote_it_under_a_marking(
    format_: str, tmp_path: Path
) -> None:
    author = domain_object("identity", 90, None, name="A", identity_class="organization")
    report, found = written(format_, export(author=dict(author.body)), tmp_path)
    assert found[author.id]["object_marking_refs"] == [Tlp.AMBER.marking_id]
    assert_strict(report.path)


def test_openctis_host_names_and_phone_numbers_become_standard_observables(
    tmp_path: Path,
) -> None:
    host, phone = (
        StixObject.of({"type": type_, "id": uid(type_, at), "value": value,
                       "object_marking_refs": [Tlp.CLEAR.marking_id]})
        for at, (type_, value) in enumerate(
            [("hostname", "www.spoof.example"), ("phone-number", "+33199001234")], start=91
        )
    )  # fmt: skip
    report, found = written("stix", export(host, phone), tmp_path)
    assert_strict(report.path)
    made = {each["type"]: each for each in found.values()}
    assert made["domain-name"]["value"] == "www.spoof.example"
    assert made["user-account"]["account_type"] == "phone-number"
    assert set(whys(report)) == {host.id, phone.id}


def test_a_phone_number_that_nobody_published_stays_in_every_format(tmp_path: Path) -> None:
    phone = StixObject.of(
        {"type": "phone-number", "id": uid("phone-number", 93), "value": "+33199001234"}
    )
    for format_ in ("stix", "opencti"):
        report, found = written(format_, export(phone), tmp_path)
        assert "personal identifier" in whys(report)[phone.id]
        assert phone.id not in found
