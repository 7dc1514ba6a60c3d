"""MISP events, read by `pymisp` as the oracle."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pymisp
import pytest

from tests.unit.writers.support import domain_object, export, listed, saying, sco, whys
from tocsin.exchange.writers import Export, writer
from tocsin.exchange.writers.examples import exports
from tocsin.records import Marking, Pap, Tlp
from tocsin.records.observables import Kind


def event(made: Export, folder: Path) -> dict[str, Any]:
    report = writer("misp").write(made, folder / "event.json")
    found: dict[str, Any] = json.loads(report.path.read_bytes())["Event"]
    return found


def names(part: Mapping[str, Any]) -> list[str]:
    return [each["name"] for each in part["Tag"]]


def assert_kept(ours: Any, theirs: Any, where: str = "Event") -> None:
    """Whatever we set stands in what pymisp writes back."""
    if isinstance(ours, dict):
        for key, value in ours.items():
            assert key in theirs, f"{where}/{key}"
            assert_kept(value, theirs[key], f"{where}/{key}")
    elif isinstance(ours, list):
        assert len(ours) == len(theirs), where
        for number, (mine, back) in enumerate(zip(ours, theirs, strict=True)):
            assert_kept(mine, back, f"{where}[{number}]")
    else:
        assert ours == theirs, where


@pytest.mark.parametrize("name", sorted(exports()))
def test_pymisp_reads_it_and_writes_back_what_we_set(name: str, tmp_path: Path) -> None:
    made = event(exports()[name], tmp_path)
    read = pymisp.MISPEvent()
    read.load(copy.deepcopy({"Event": made}))
    assert_kept(made, json.loads(read.to_json()))


@pytest.mark.parametrize(
    ("text", "kind", "type_", "value"),
    [
        ("news[.]example", None, "domain", "news.example"),
        ("fr.news[.]example", None, "hostname", "fr.news.example"),
        ("hxxps://news[.]example/a", None, "url", "https://news.example/a"),
        ("192.0.2.7", None, "ip-dst", "192.0.2.7"),
        ("2001:db8::7", None, "ip-dst", "2001:db8::7"),
        ("192.0.2.0/24", None, "ip-dst", "192.0.2.0/24"),
        ("AS64500", None, "AS", "AS64500"),
        ("d41d8cd98f00b204e9800998ecf8427e", None, "md5", "d41d8cd98f00b204e9800998ecf8427e"),
        ("ab" * 32, None, "sha256", "ab" * 32),
        ("info@amc.example", None, "email", "info@amc.example"),
        ("+33199001234", Kind.PHONE, "phone-number", "+33199001234"),
        ("com.example.safechat", Kind.APP, "url", None),
    ],
)
def test_every_kind_has_misps_own_type(
    text: str, kind: Kind | None, type_: str, value: str | None, tmp_path: Path
) -> None:
    made = listed(sco(text, kind), said=saying(marking=Tlp.CLEAR))
    (attribute,) = event(made, tmp_path)["Attribute"]
    if value is None:
        assert attribute["type"] in ("url", "mobile-application-id")
        return
    assert (attribute["type"], attribute["value"]) == (type_, value)


def test_accounts_are_objects_of_their_platforms_template(tmp_path: Path) -> None:
    said = saying(marking=Tlp.CLEAR)
    accounts = [sco(f"https://{host}/example_one") for host in ("x.com", "t.me", "vk.com")]
    found = event(listed(*accounts, said=said), tmp_path)["Object"]
    assert [each["name"] for each in found] == [
        "twitter-account",
        "telegram-account",
        "user-account",
    ]
    for each in found:
        template = pymisp.MISPObject(each["name"], strict=True)
        assert each["template_uuid"] == template.template_uuid
        assert template._definition is not None
        relations = template._definition["attributes"]
        for attribute in each["Attribute"]:
            assert relations[attribute["object_relation"]]["misp-attribute"] == attribute["type"]
    platform = [each["value"] for each in found[2]["Attribute"]
                if each["object_relation"] == "account-type"]  # fmt: skip
    assert platform == ["vk"]


def test_the_event_goes_to_nobody_until_somebody_at_misp_decides(tmp_path: Path) -> None:
    made = event(exports()["list"], tmp_path)
    assert made["distribution"] == "0"
    assert made["published"] is False
    parts = [*made["Attribute"], *made["Object"]]
    assert {each["distribution"] for each in parts} == {"5"}


def test_only_what_was_reviewed_feeds_a_detection_system(tmp_path: Path) -> None:
    reviewed = event(listed(sco("news[.]example")), tmp_path)["Attribute"][0]
    raw = event(listed(sco("news[.]example"), reviewed=False), tmp_path)["Attribute"][0]
    assert (reviewed["to_ids"], raw["to_ids"]) == (True, False)
    assert raw["comment"].startswith("NOT REVIEWED")
    assert 'tocsin:review="not-reviewed"' in names(raw)


def test_markings_confidence_and_techniques_are_tags(tmp_path: Path) -> None:
    host = sco("news[.]example", tlp=Tlp.AMBER_STRICT)
    channel = domain_object("channel", 1, name="https://t.me/example_one", confidence=75)
    technique = domain_object("attack-pattern", 2, name="Use Hashtags", x_mitre_id="T0104.005")
    made = export(
        host, channel, technique,
        sayings={host.id: (saying(comment="T0104.005, T0085.001"),)},
        default_marking=Marking(Tlp.GREEN, Pap.AMBER),
    )  # fmt: skip
    found = event(made, tmp_path)
    assert names(found) == ["tlp:amber+strict"]
    assert names(found["Attribute"][0]) == [
        "tlp:amber+strict",
        'disarm:technique="T0085.001"',
        'disarm:technique="T0104.005"',
        'misp-galaxy:disarm-techniques="Use Hashtags"',
    ]
    confident = found["Object"][0]["Attribute"][0]
    assert 'estimative-language:confidence-in-analytic-judgment="high"' in names(confident)


def test_first_seen_is_an_observation_or_absent(tmp_path: Path) -> None:
    host = sco("news[.]example")
    said = saying(registered="2020-01-01T00:00:00Z")
    assert "first_seen" not in event(listed(host, said=said), tmp_path)["Attribute"][0]
    seen = saying(first_observed="2026-10-01T00:00:00.000000Z")
    attribute = event(listed(host, said=seen), tmp_path)["Attribute"][0]
    assert attribute["first_seen"] == "2026-10-01T00:00:00.000000Z"


def test_the_same_case_is_the_same_event_and_another_is_another(tmp_path: Path) -> None:
    first = event(listed(sco("a.example"), key="grouping--1"), tmp_path)
    grown = event(listed(sco("a.example"), sco("b.example"), key="grouping--1"), tmp_path)
    other = event(listed(sco("a.example"), key="grouping--2"), tmp_path)
    assert first["uuid"] == grown["uuid"] != other["uuid"]
    assert first["Attribute"][0]["uuid"] == grown["Attribute"][0]["uuid"]


def test_what_is_no_identifier_is_named_as_left_out(tmp_path: Path) -> None:
    campaign = domain_object("campaign", 3, name="C")
    report = writer("misp").write(export(campaign), tmp_path / "event.json")
    assert "campaign" in whys(report)[campaign.id]
