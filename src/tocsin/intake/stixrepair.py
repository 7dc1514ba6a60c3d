"""STIX as it is really written: what is repaired, by which rule, and what is only named.

Each rule takes a body and says what it found; what it changes goes into `original`, so that the
provenance keeps the source's own words. Rules are in `DEFECT_KINDS`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from attrs import define, field

from tocsin.foundation import BadInputError, JsonObject, JsonValue, parse_time
from tocsin.intake.events import Flaw
from tocsin.intake.stixfacts import Facts, texts
from tocsin.records import OBSERVABLE_TYPES, Tlp, is_stix_id, marking_definition, read_markings
from tocsin.records.observables import is_placeholder

_TEXTS_TO_FILL: Final = ("url", "value", "name", "title", "description", "content")
_DROPPABLE: Final = ("url", "description", "content")
_TIMES: Final = (
    "created",
    "modified",
    "start_time",
    "stop_time",
    "first_seen",
    "last_seen",
    "first_observed",
    "last_observed",
    "valid_from",
    "valid_until",
    "published",
)

# Required properties of STIX 2.1 §4 to §7 beside the common ones.
_REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "attack-pattern": ("name",),
    "campaign": ("name",),
    "course-of-action": ("name",),
    "grouping": ("context", "object_refs"),
    "identity": ("name",),
    "indicator": ("pattern", "pattern_type", "valid_from"),
    "infrastructure": ("name",),
    "intrusion-set": ("name",),
    "malware": ("is_family",),
    "malware-analysis": ("product",),
    "note": ("content", "object_refs"),
    "observed-data": ("first_observed", "last_observed", "number_observed"),
    "opinion": ("opinion", "object_refs"),
    "report": ("name", "published", "object_refs"),
    "threat-actor": ("name",),
    "tool": ("name",),
    "vulnerability": ("name",),
    "relationship": ("relationship_type", "source_ref", "target_ref"),
    "sighting": ("sighting_of_ref",),
    "extension-definition": ("name", "schema", "version", "extension_types", "created_by_ref"),
    "autonomous-system": ("number",),
    "directory": ("path",),
    "domain-name": ("value",),
    "email-addr": ("value",),
    "ipv4-addr": ("value",),
    "ipv6-addr": ("value",),
    "mac-addr": ("value",),
    "mutex": ("name",),
    "network-traffic": ("protocols",),
    "software": ("name",),
    "url": ("value",),
}
# OpenCTI's media-content is an observable too, although STIX 2.1 does not know it.
_TIMELESS: Final = OBSERVABLE_TYPES | {"media-content"}


@define
class Repair:
    """One object under repair.

    Attributes:
        original: fields as the source wrote them, where a rule changed them.
    """

    body: JsonObject
    facts: Facts
    default_tlp: Tlp | None = None
    flaws: list[Flaw] = field(factory=list)
    original: JsonObject = field(factory=dict)

    def run(self) -> None:
        """Apply every rule, in an order in which none undoes another."""
        self._times()
        self._placeholders()
        self._required()
        self._markings()
        self._references()

    def change(self, name: str, value: JsonValue) -> None:
        """Set a field, None removes it; the source's value goes to `original`."""
        self.original.setdefault(name, self.body.get(name))
        if value is None:
            self.body.pop(name, None)
        else:
            self.body[name] = value

    def flag(self, kind: str, detail: str = "") -> None:
        """Name a flaw of this object."""
        self.flaws.append(Flaw(kind, f"{self.body.get('id')} {detail}".strip()))

    def _times(self) -> None:
        read = dict(self._readable_times())
        start, stop = read.get("start_time"), read.get("stop_time")
        if self.body.get("type") != "relationship" or start is None or stop is None:
            return
        if stop <= start:
            self.flag("stop-not-after-start", f"{self.body['start_time']} {self.body['stop_time']}")
            self.change("stop_time", None)

    def _readable_times(self) -> Iterator[tuple[str, datetime]]:
        for name in _TIMES:
            said = self.body.get(name)
            if said is None:
                continue
            try:
                yield name, parse_time(said if isinstance(said, str) else "", field=name)
            except BadInputError:
                self.flag("time-not-readable", f"{name} {said}")

    def _placeholders(self) -> None:
        for name in _TEXTS_TO_FILL:
            said = self.body.get(name)
            if isinstance(said, str) and is_placeholder(said):
                self.flag("placeholder", f"{name} {said!r}")
                if name in _DROPPABLE:
                    self.change(name, None)

    def _required(self) -> None:
        type_ = str(self.body.get("type"))
        common = ("spec_version", "created", "modified")
        if type_ in _TIMELESS:
            common = ()
        elif type_ == "marking-definition":
            common = ("spec_version", "created")
        wanted = (*common, *_REQUIRED.get(type_, ()))
        for name in wanted:
            if self.body.get(name) in (None, "", []):
                self.flag("missing-field", name)

    def _markings(self) -> None:
        if self.body.get("type") == "marking-definition":
            self._definition()
            return
        refs = texts(self.body.get("object_marking_refs"))
        if not refs:
            self.flag("unmarked")
            refs = self._borrowed()
        if not refs:
            return
        reading = read_markings(refs, self.facts.definitions)
        tlp = reading.marking.tlp if reading.marking else None
        standing = [ref for ref in refs if ref not in reading.normalised]
        if tlp is not None and reading.normalised:
            self.flag("tlp-normalised", f"→ {tlp.label}")
            assert reading.marking is not None  # noqa: S101 - tlp comes from it
            made = [ref for ref in reading.marking.refs if ref not in standing]
            refs = [*made, *standing]
        for unknown in reading.unknown:
            if unknown not in self.facts.definitions:
                self.flag("marking-unknown", unknown)
        if refs != self.body.get("object_marking_refs"):
            self.change("object_marking_refs", [*refs])

    def _borrowed(self) -> list[str]:
        """Return the marking refs that an unmarked object takes over."""
        inherited = self.facts.inherited(str(self.body.get("id")))
        if inherited:
            self.flag("marking-from-report")
            return inherited
        if self.default_tlp is not None:
            self.flag("marking-from-option", self.default_tlp.label)
            return [self.default_tlp.marking_id]
        return []

    def _definition(self) -> None:
        """Put OASIS' definition in the place of a home-made or older one of the same TLP."""
        own = str(self.body.get("id"))
        reading = read_markings([own], self.facts.definitions)
        if not texts(self.body.get("object_marking_refs")):
            self.flag("unmarked")
        if reading.marking is None or own not in reading.normalised:
            return
        self.flag("tlp-normalised", f"→ {reading.marking.tlp.label}")
        self.original.update(self.body)
        self.body.clear()
        self.body.update(marking_definition(reading.marking.tlp))

    def _references(self) -> None:
        ids = self.facts.ids
        for name, said in self.body.items():
            if name == "object_marking_refs":
                continue
            named: list[str] = []
            if name.endswith("_ref") and isinstance(said, str):
                named = [said]
            elif name.endswith("_refs"):
                named = texts(said)
            for each in named:
                if each not in ids or not is_stix_id(each):
                    self.flag("dangling-reference", f"{name} {each}")
