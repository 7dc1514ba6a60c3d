"""STIX 2.1 bundles as they are really written: VIGINUM's, OpenCTI's, lists of bare objects."""

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from tocsin.foundation import BadInputError, JsonObject
from tocsin.intake.disarm import technique_number
from tocsin.intake.events import Event, Flaw, Found, Kept, Lost
from tocsin.intake.jsonpieces import Element, Members, Trouble
from tocsin.intake.jsonstream import read_json
from tocsin.intake.keepsakes import quantity_object
from tocsin.intake.reader import Context, Example, Head
from tocsin.intake.stixfacts import Facts
from tocsin.intake.stixkeys import name_object
from tocsin.intake.stixrepair import Repair
from tocsin.records import StixObject, is_stix_id

ARRAYS: Final = frozenset({"objects"})
_KEPT_IN_MEMORY: Final = 200_000
_STIX_ID: Final = re.compile(r'"id"\s*:\s*"[a-z][a-z0-9-]+--[0-9a-f]{8}-')
_TYPE: Final = re.compile(r'"type"\s*:\s*"[a-z]')


class StixReader:
    """Bundles, arrays of objects, single objects, and objects one a line."""

    name = "stix"
    is_taxonomy = False

    def recognises(self, head: Head) -> float:
        """JSON with STIX ids and types."""
        if not head.is_json:
            return 0.0
        return 0.85 if _STIX_ID.search(head.text) and _TYPE.search(head.text) else 0.0

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Event]:
        """Yield one event an object; see `Reader.read`.

        The bundle is gone through twice, since markings and references need all of it; a bundle
        of up to 200,000 objects is parsed once.
        """
        encoding = Head.of(stream).encoding
        facts = Facts()
        kept: list[Element | Trouble] | None = []
        for piece in stix_pieces(stream, encoding):
            if isinstance(piece, Element):
                facts.learn(piece.value)
            if kept is not None:
                kept.append(piece)
                if len(kept) > _KEPT_IN_MEMORY:
                    kept = None
        pieces: Iterable[Element | Trouble] = (
            stix_pieces(stream, encoding) if kept is None else kept
        )
        for piece in pieces:
            yield self._event(piece, facts, context)

    def examples(self) -> tuple[Example, ...]:
        """See `Reader.examples`."""
        data = (
            b'{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001","objects":['
            b'{"type":"domain-name","spec_version":"2.1","value":"spoof.example",'
            b'"id":"domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7"},'
            b'{"type":"channel","spec_version":"2.1","name":"423 X accounts",'
            b'"id":"channel--00000000-0000-4000-8000-000000000002",'
            b'"created":"2026-11-03T10:00:00.000Z","modified":"2026-11-03T10:00:00.000Z"},'
            b'{"no":"object"}]}'
        )
        return (Example(data, 3, 2),)

    def references(self, body: JsonObject, context: Context) -> Iterator[Flaw]:
        """Yield the flaws of the taxonomy references that an object makes."""
        number = technique_number(body) if body.get("type") == "attack-pattern" else None
        if number:
            yield from context.releases.flaws(number, str(body.get("name", "")), str(body["id"]))

    def _event(self, piece: Element | Trouble, facts: Facts, context: Context) -> Kept | Lost:
        locator = f"objects[{piece.index}]"
        if isinstance(piece, Trouble):
            return Lost(piece.kind, locator, f"byte {piece.at}: {piece.text}")
        body = piece.value
        if not isinstance(body, dict):
            return Lost("not-a-stix-object", locator, str(body))
        try:
            StixObject.of(body)
        except BadInputError as error:
            return Lost("not-a-stix-object", locator, error.message)
        repair = Repair(dict(body), facts, context.default_tlp)
        repair.run()
        naming = name_object(repair.body)
        flaws = [*repair.flaws, *naming.flaws]
        if repair.body.get("type") == "attack-pattern":
            flaws += self.references(repair.body, context)
        if piece.flaw:
            flaws.append(Flaw(piece.flaw, locator))
        made = StixObject(repair.body, str(repair.body["id"]), str(repair.body["type"]))
        found = [Found(made, naming.keys, _said(repair, facts))]
        if naming.quantity:
            text = made.name
            counted = quantity_object(
                naming.quantity, text, digest=context.digest, locator=locator, about=made.id
            )
            found.append(Found(counted))
        return Kept(locator, tuple(found), tuple(flaws))


def stix_pieces(stream: BinaryIO, encoding: str) -> Iterator[Element | Trouble]:
    """Yield the objects of a file, from its beginning, whatever holds them."""
    stream.seek(0)
    for piece in read_json(stream, encoding, arrays=ARRAYS):
        if not isinstance(piece, Members):
            yield piece
        elif piece.values.get("type") != "bundle" and is_stix_id(piece.values.get("id")):
            yield Element("", 0, piece.values)


def _said(repair: Repair, facts: Facts) -> JsonObject:
    """Return what the provenance keeps: the source's own words and its observations."""
    said: JsonObject = {}
    if repair.original:
        said["original"] = dict(repair.original)
    if facts.observed:
        observed = facts.observed.get(str(repair.original.get("id") or repair.body.get("id")))
        if observed:
            said["first_observed"] = observed
    return said
