"""Invented exports that every writer must write; under reserved names (RFC 2606, RFC 5737)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from tocsin.exchange.writers.export import Export, Saying
from tocsin.foundation import JsonObject, JsonValue
from tocsin.records import Marking, StixObject, Tlp
from tocsin.records.observables import Kind, read_value

_NOW: Final = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
_STAMP: Final = "2026-11-02T08:00:00.000Z"
_AUTHOR: Final[JsonObject] = {
    "type": "identity",
    "spec_version": "2.1",
    "id": "identity--0b7c3f0e-64b4-4f5d-9a53-3f2f5f1f7a01",
    "created": _STAMP,
    "modified": _STAMP,
    "name": "Example Newsroom",
    "identity_class": "organization",
}
_HOSTILE: Final = '=HYPERLINK("https://evil.example","\u202ecod.txt")\r\n<img src=x>\x00'


def exports() -> Mapping[str, Export]:
    """Return one export per thing that goes wrong easily, by name."""
    return {
        "list": _export(_list_objects(), reviewed=True),
        "not reviewed": _export(_list_objects(), reviewed=False),
        "report": _export(_report_objects(), reviewed=True),
        "hostile text": _export(_hostile_objects(), reviewed=False, said=_HOSTILE),
        "empty": _export((), reviewed=True),
    }


def observed(written: str, kind: Kind | None = None, *, tlp: Tlp | None = None) -> StixObject:
    """Return the observable object of a written identifier."""
    body = read_value(written, kind).observables[0].to_sco()
    if tlp is not None:
        body["object_marking_refs"] = [tlp.marking_id]
    return StixObject.of(body)


def _export(objects: tuple[StixObject, ...], *, reviewed: bool, said: str | None = None) -> Export:
    saying = Saying(
        source=said or "Example list 7.csv",
        recorded_at=_NOW,
        marking=Tlp.CLEAR,
        tactic=said or "0. Acquiring assets",
        technique=said or "0.6 Acquiring domains",
        procedure=said or "0.6.2 Acquiring domains to support influence operations",
        comment=said or "seen with T0085.001",
        registered="2026-10-01T00:00:00Z",
        reported="2026-11-01T00:00:00Z",
    )
    return Export(
        objects=objects,
        sayings={item.id: (saying,) for item in objects if item.is_observable},
        reviewed=reviewed,
        title=said or "Example case",
        default_marking=Marking(Tlp.AMBER),
        made_at=_NOW,
        author=_AUTHOR,
    )


def _list_objects() -> tuple[StixObject, ...]:
    return (
        observed("spiegel-nachrichten[.]example"),
        observed("hxxps://news[.]example/a?b=1"),
        observed("192.0.2.7"),
        observed("d41d8cd98f00b204e9800998ecf8427e"),
        observed("f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22", Kind.PDQ),
        observed("https://t.me/example_channel", tlp=Tlp.CLEAR),
        observed("info@amc.example", tlp=Tlp.CLEAR),
        observed("+33 1 99 00 12 34", Kind.PHONE, tlp=Tlp.CLEAR),
    )


def _report_objects() -> tuple[StixObject, ...]:
    channel = _domain("channel", "1", name="t.me/example_other")
    shop = _domain("channel", "2", name="a channel without an address")
    narrative = _domain("narrative", "3", name="the example narrative")
    campaign = _domain("campaign", "4", name="Example", x_opencti_id="a", confidence=75)
    uses = _related("5", "uses", campaign, channel, start_time=_STAMP, stop_time=_STAMP)
    tells = _related("6", "related-to", narrative, campaign)
    sells = _related("7", "uses", campaign, shop)
    lost: StixObject = StixObject.of({**uses.body, "id": _id("relationship", "8"),
                                      "target_ref": _id("channel", "9")})  # fmt: skip
    report = _domain(
        "report", "a", name="Example report", published=_STAMP,
        object_refs=[campaign.id, channel.id, shop.id, narrative.id, uses.id],
    )  # fmt: skip
    return (channel, shop, narrative, campaign, uses, tells, sells, lost, report)


def _hostile_objects() -> tuple[StixObject, ...]:
    return (
        observed("evil.example"),
        _domain("campaign", "b", name=_HOSTILE, description=_HOSTILE * 2000),
        _domain("channel", "c", name=_HOSTILE),
    )


def _domain(type_: str, number: str, **fields: JsonValue) -> StixObject:
    return StixObject.of(
        {
            "type": type_,
            "spec_version": "2.1",
            "id": _id(type_, number),
            "created": _STAMP,
            "modified": _STAMP,
            "object_marking_refs": [Tlp.CLEAR.marking_id],
            **fields,
        }
    )


def _related(
    number: str, verb: str, source: StixObject, target: StixObject, **fields: JsonValue
) -> StixObject:
    return _domain(
        "relationship", number, relationship_type=verb, source_ref=source.id, target_ref=target.id,
        **fields,
    )  # fmt: skip


def _id(type_: str, number: str) -> str:
    return f"{type_}--0b7c3f0e-64b4-4f5d-9a53-3f2f5f1f7b{number:0>2}"
