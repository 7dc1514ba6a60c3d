"""MISP events as JSON: one event, a list, a REST response, a feed's file."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final
from uuid import UUID

from attrs import frozen

from tocsin.foundation import JsonObject, JsonValue
from tocsin.intake.cells import Place
from tocsin.intake.events import Event, Flaw, Found, Kept, Lost
from tocsin.intake.jsonpieces import Element, Members, Trouble
from tocsin.intake.jsonstream import read_json
from tocsin.intake.keepsakes import passage_object
from tocsin.intake.mispvalues import (
    MispTags,
    disarm_techniques,
    first_observed,
    misp_time,
    read_attribute,
)
from tocsin.intake.reader import Context, Example, Head
from tocsin.intake.readers.lists import mentions
from tocsin.records import Marking, StixObject

ARRAYS: Final = frozenset({"response", "Attribute", "Object"})
INSIDE: Final = frozenset({"Event", "response"})
_EVENT_SAID: Final = ("threat_level_id", "analysis", "org_id", "orgc_id", "distribution", "Orgc")
_ATTRIBUTE_SAID: Final = ("category", "comment", "object_relation", "uuid", "to_ids", "type")


class MispReader:
    """Events with attributes, objects and reports; tags become markings and labels."""

    name = "misp"
    is_taxonomy = False

    def recognises(self, head: Head) -> float:
        """JSON with an event's members."""
        if not head.is_json:
            return 0.0
        if head.names("Event") and (head.names("info") or head.names("Attribute")):
            return 0.9
        return 0.8 if head.names("Attribute", "info", "uuid") else 0.0

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event for the MISP event and one for each attribute, objects' included."""
        encoding = Head.of(stream).encoding
        waiting: list[Element | Trouble] = []
        count = 0
        for piece in read_json(stream, encoding, arrays=ARRAYS, inside=INSIDE):
            if isinstance(piece, Members):
                if "info" in piece.values or "uuid" in piece.values:
                    yield from _Event.of(piece.values, waiting, count, context).events()
                    count, waiting = count + 1, []
            elif isinstance(piece, Element) and piece.key in ("", "response"):
                yield from self._whole(piece, count, context)
                count += 1
            else:
                waiting.append(piece)
        # The file broke off before the event's own members were complete.
        for at, piece in enumerate(waiting):
            if isinstance(piece, Trouble):
                yield Lost(piece.kind, f"attribute {at + 1}", f"byte {piece.at}: {piece.text}")
        rest = [piece for piece in waiting if isinstance(piece, Element)]
        if rest:
            yield from _Event.of({}, rest, count, context).attributes()

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = (
            b'{"Event":{"uuid":"00000000-0000-4000-8000-000000000011","info":"Invented",'
            b'"date":"2026-11-03","timestamp":"1793700000","Tag":[{"name":"tlp:green"}],'
            b'"Attribute":[{"type":"domain","value":"spoof.example","category":"Network activity",'
            b'"uuid":"00000000-0000-4000-8000-000000000012","first_seen":"2026-11-01T08:00:00Z"},'
            b'{"type":"text"}],"Object":[{"name":"twitter-account","Attribute":['
            b'{"type":"text","object_relation":"name","value":"example_one"}]}]}}'
        )
        return (Example(data, 4, 3),)

    def _whole(self, piece: Element, count: int, context: Context) -> Iterator[Event]:
        body = piece.value
        inner = body.get("Event", body) if isinstance(body, dict) else None
        if not isinstance(inner, dict):
            yield Lost("not-a-misp-attribute", f"event {count + 1}", str(body))
            return
        waiting = [
            Element(key, at, value)
            for key in ("Attribute", "Object")
            for at, value in enumerate(_list(inner.get(key)))
        ]
        yield from _Event.of(inner, waiting, count, context).events()


@frozen
class _Event:
    """One MISP event with its attributes and objects."""

    body: JsonObject
    pieces: tuple[Element | Trouble, ...]
    name: str
    tags: MispTags
    said: JsonObject
    context: Context

    @classmethod
    def of(
        cls, body: JsonObject, pieces: Sequence[Element | Trouble], count: int, context: Context
    ) -> "_Event":
        tags = MispTags.of(body)
        said = _event_said(body, tags)
        return cls(body, tuple(pieces), f"event {count + 1}", tags, said, context)

    def events(self) -> Iterator[Event]:
        kept = [*self.attributes(), *self._reports()]
        ids = [
            found.object.id for event in kept if isinstance(event, Kept) for found in event.found
        ]
        yield self._report(list(dict.fromkeys(ids)))
        yield from kept

    def attributes(self) -> Iterator[Event]:
        for piece in self.pieces:
            where = "" if isinstance(piece, Trouble) else piece.key.lower()
            locator = f"{self.name} {where or 'attribute'} {piece.index + 1}"
            if isinstance(piece, Trouble):
                yield Lost(piece.kind, locator, f"byte {piece.at}: {piece.text}")
            elif piece.key == "Object" and isinstance(piece.value, dict):
                yield from self._object(piece.value, locator)
            else:
                yield self._attribute(piece.value, locator, {}, "")

    def _reports(self) -> Iterator[Kept | Lost]:
        """Yield the event's reports in prose: each as a passage, then what it mentions."""
        for at, body in enumerate(_list(self.body.get("EventReport")), start=1):
            locator = f"{self.name} report {at}"
            text = str(body.get("content") or "") if isinstance(body, dict) else ""
            if not isinstance(body, dict) or not text.strip() or body.get("deleted") is True:
                is_deleted = isinstance(body, dict) and body.get("deleted") is True
                kind = "deleted-in-misp" if is_deleted else "not-a-misp-attribute"
                yield Lost(kind, locator, text)
                continue
            said = {**self.said, "comment": str(body.get("name") or "")}
            kept = passage_object(text, digest=self.context.digest, locator=locator)
            yield Kept(locator, (Found(kept, (), said),), (Flaw("prose", f"{locator}: {text}"),))
            for number, line in enumerate(text.splitlines(), start=1):
                yield from mentions(line, f"{locator} line {number}", said)

    def _object(self, body: JsonObject, locator: str) -> Iterator[Event]:
        template = str(body.get("name", ""))
        attributes = _list(body.get("Attribute"))
        if not attributes or body.get("deleted") is True:
            kind = "not-a-misp-attribute" if not attributes else "deleted-in-misp"
            yield Lost(kind, locator, template)
            return
        said: JsonObject = {"object": template}
        if body.get("uuid"):
            said["object_uuid"] = body["uuid"]
        if observed := first_observed(body):
            said["first_observed"] = observed
        for at, attribute in enumerate(attributes, start=1):
            yield self._attribute(attribute, f"{locator} attribute {at}", said, template)

    def _attribute(
        self, attribute: JsonValue, locator: str, more: JsonObject, template: str
    ) -> Kept | Lost:
        if (
            not isinstance(attribute, dict)
            or not attribute.get("type")
            or attribute.get("value") in (None, "")
        ):
            return Lost("not-a-misp-attribute", locator, str(attribute))
        if attribute.get("deleted") is True:
            return Lost("deleted-in-misp", locator, str(attribute.get("type")))
        own = _attribute_said(attribute)
        said = {**self.said, **more, **own}
        place = Place(self.context.digest, locator)
        reading = read_attribute(attribute, place, said, template)
        if reading.is_placeholder:
            return Lost("placeholder", locator, str(attribute.get("value")))
        flaws = reading.flaws
        if "technique" in own:
            named = self.context.releases.flaws(str(own["technique"]), "", locator)
            flaws = (*flaws, *named)
        return Kept(locator, reading.found, flaws)

    def _report(self, ids: list[str]) -> Kept | Lost:
        """Keep the event as a report, or as what MISP said when it has no id or time of its own."""
        uuid, info = str(self.body.get("uuid", "")), str(self.body.get("info", ""))
        changed = misp_time(self.body.get("timestamp"))
        published = misp_time(self.body.get("publish_timestamp"))
        day = misp_time(f"{self.body.get('date')}T00:00:00Z")
        created = day or changed
        if not _is_uuid4(uuid) or created is None:
            return Lost("not-a-misp-attribute", self.name, f"event without uuid or time: {info}")
        modified = max(changed or created, created)
        body: JsonObject = {
            "type": "report",
            "spec_version": "2.1",
            "id": f"report--{uuid}",
            "created": created,
            "modified": modified,
            "name": info or uuid,
            "published": published or created,
            "object_refs": [*ids],
        }
        flaws: tuple[Flaw, ...] = ()
        tlp = self.tags.tlp or self.context.default_tlp
        if tlp:
            body["object_marking_refs"] = [*Marking(tlp, self.tags.pap).refs]
        else:
            flaws = (Flaw("unmarked", self.name),)
        if self.tags.names:
            body["labels"] = [*self.tags.names]
        said: JsonObject = {name: self.body[name] for name in _EVENT_SAID if name in self.body}
        if techniques := disarm_techniques(self.body):
            said["technique"] = techniques
            flaws = (*flaws, *self.context.releases.flaws(techniques, "", self.name))
        return Kept(self.name, (Found(StixObject.of(body), (), said),), flaws)


def _event_said(body: JsonObject, tags: MispTags) -> JsonObject:
    """Return what an event says of each of its attributes."""
    said = tags.said()
    for name, key in (("event", "info"), ("event_uuid", "uuid"), ("reported_on", "date")):
        if body.get(key):
            said[name] = body[key]
    if techniques := disarm_techniques(body):
        said["technique"] = techniques
    return said


def _attribute_said(attribute: JsonObject) -> JsonObject:
    said: JsonObject = MispTags.of(attribute).said()
    for name in _ATTRIBUTE_SAID:
        value = attribute.get(name)
        if value is not None and value != "":
            said[name] = value
    if techniques := disarm_techniques(attribute):
        said["technique"] = techniques
    if observed := first_observed(attribute):
        said["first_observed"] = observed
    if last := misp_time(attribute.get("last_seen")):
        said["last_observed"] = last
    return said


def _is_uuid4(text: str) -> bool:
    try:
        return UUID(text).version is not None and str(UUID(text)) == text
    except ValueError:
        return False


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
