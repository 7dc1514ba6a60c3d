"""Standard objects that stand for types which STIX 2.1 does not know.

A channel whose name is one account, host or address becomes that observable, and so do OpenCTI's
host names and phone numbers. A narrative, an event, a media content or a claim becomes a note about
the objects that it was related to. Either carries the original, whole, under `stands_for`; nothing
is read into it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import frozen

from tocsin.exchange.writers.export import Export
from tocsin.exchange.writers.extensions import standing_for
from tocsin.foundation import JsonObject, JsonValue
from tocsin.records import CLAIM_TYPE, StixObject, stix_time
from tocsin.records.observables import Kind, Observable, from_sco, read_value

NOTED: Final = frozenset({"narrative", "event", "media-content", CLAIM_TYPE})
_COPIED: Final = (
    "created", "modified", "created_by_ref", "revoked", "labels", "confidence", "lang",
    "external_references", "object_marking_refs",
)  # fmt: skip


@frozen
class StandIn:
    """A standard object and the id of the one that it stands for.

    Attributes:
        keeps_relations: True where relationships of the original hold of the stand-in too.
    """

    original: str
    item: StixObject
    keeps_relations: bool


def observable_for(item: StixObject) -> StandIn | None:
    """Return the observable that an object of another type is, None where it is not one."""
    found = named_observable(item)
    if found is None:
        return None
    body = found.to_sco()
    if item.marking_refs:
        body["object_marking_refs"] = [*item.marking_refs]
    return StandIn(item.id, StixObject.of(standing_for(body, item.body)), keeps_relations=True)


def note_for(item: StixObject, about: Sequence[str], export: Export) -> StandIn | None:
    """Return a note about `about` that tells what the object says, None when about nothing."""
    if not about:
        return None
    # A media content has no version: the note about it is as old as this node's knowledge of it.
    recorded = [each.recorded_at for each in export.said_of(item.id)]
    stamp = stix_time(min(recorded, default=export.made_at))
    body: JsonObject = {
        "type": "note",
        "spec_version": "2.1",
        "id": export.named_id("note", item.id),
        "created": stamp,
        "modified": stamp,
        **{name: item.body[name] for name in _COPIED if name in item.body},
        "abstract": f"{item.type}: {item.name}"[:500],
        "content": _content(item),
        "object_refs": [*about],
    }
    claimant = item.body.get("claimant")
    if isinstance(claimant, str):
        body["authors"] = [claimant]
    return StandIn(item.id, StixObject.of(standing_for(body, item.body)), keeps_relations=False)


def neighbours(objects: Iterable[StixObject]) -> Mapping[str, Sequence[str]]:
    """Return, for every object, what relationships and its own `object_refs` tie it to."""
    found: dict[str, dict[str, None]] = {}
    for item in objects:
        if item.type == "relationship":
            source, target = item.body.get("source_ref"), item.body.get("target_ref")
            if isinstance(source, str) and isinstance(target, str):
                found.setdefault(source, {})[target] = None
                found.setdefault(target, {})[source] = None
        elif item.type in NOTED:
            for ref in _texts(item.body.get("object_refs")):
                found.setdefault(item.id, {})[ref] = None
    return {each: tuple(others) for each, others in found.items()}


def named_observable(item: StixObject) -> Observable | None:
    """Return the one account, host or address that an object of OpenCTI's own types names."""
    if item.type == "media-content":
        reading = read_value(str(item.body.get("url", "")), Kind.URL)
        only = reading.observables[0] if len(reading.observables) == 1 else None
        return only if only and only.kind is Kind.URL and not reading.prose else None
    if item.type in ("hostname", "phone-number"):
        return from_sco(item.body)
    if item.type != "channel":
        return None
    platform = next(iter(_texts(item.body.get("channel_types"))), None)
    for name in (item.body.get("name"), *_texts(item.body.get("aliases"))):
        reading = read_value(str(name), platform=platform)
        if len(reading.observables) == 1 and not reading.prose and not reading.quantity:
            return reading.observables[0]
    return None


def _content(item: StixObject) -> str:
    body = item.body
    said = [
        body.get(name)
        for name in ("statement", "name", "title", "description", "content", "value", "url")
    ]
    lines = dict.fromkeys(each for each in said if isinstance(each, str) and each.strip())
    return "\n\n".join(lines) or item.name


def _texts(value: JsonValue) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
