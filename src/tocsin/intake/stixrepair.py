"""STIX as it is really written: what is repaired, by which rule, and what is only named.

Each rule takes a body and says what it found; what it changes goes into `original`, so that the
provenance keeps the source's own words. Rules are in `DEFECT_KINDS`.
"""

import re
from datetime import datetime
from functools import lru_cache
from typing import Final

from msgspec import Struct, field

from tocsin.foundation import BadInputError, JsonObject, JsonValue, parse_time
from tocsin.intake.events import Flaw
from tocsin.intake.stixfacts import Facts, texts
from tocsin.records import OBSERVABLE_TYPES, Tlp, marking_definition, read_markings
from tocsin.records.observables import is_placeholder

_TEXTS_TO_FILL: Final = ("content", "description", "name", "title", "url", "value")
_LONGEST_FILLER: Final = 40
_DROPPABLE: Final = ("url", "description", "content")
_TIMES: Final = frozenset(
    {
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
    }
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


# What nearly every tool writes; anything else is parsed to see whether it is a time.
_USUAL_TIME: Final = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z"
)
_usual_time = _USUAL_TIME.fullmatch


_NOTHING: Final[tuple[JsonValue, ...]] = (None, "", [])


@lru_cache(maxsize=512)
def _required_of(type_: str) -> tuple[str, ...]:
    common: tuple[str, ...] = ("spec_version", "created", "modified")
    if type_ in _TIMELESS:
        common = ()
    elif type_ == "marking-definition":
        common = ("spec_version", "created")
    return (*common, *_REQUIRED.get(type_, ()))


class Repair(Struct):
    """One object under repair.

    Attributes:
        original: fields as the source wrote them, where a rule changed them.
    """

    body: JsonObject
    facts: Facts
    default_tlp: Tlp | None = None
    flaws: list[Flaw] = field(default_factory=list)
    original: JsonObject = field(default_factory=dict)

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
        body = self.body
        usual: JsonValue = None
        for name in _TIMES.intersection(body):
            said = body[name]
            if said == usual and usual:
                continue
            if isinstance(said, str) and _usual_time(said):
                usual = said
            else:
                self._moment(name)
        if "stop_time" not in body or body.get("type") != "relationship":
            return
        if self.body["stop_time"] != self.body.get("start_time"):
            start, stop = self._moment("start_time"), self._moment("stop_time")
        else:
            start = stop = self._moment("start_time")
        if start is not None and stop is not None and stop <= start:
            self.flag("stop-not-after-start", f"{self.body['start_time']} {self.body['stop_time']}")
            self.change("stop_time", None)

    def _moment(self, name: str) -> datetime | None:
        """Return a field's time; flag one that is none."""
        said = self.body.get(name)
        if said is None:
            return None
        try:
            return parse_time(said if isinstance(said, str) else "", field=name)
        except BadInputError:
            self.flag("time-not-readable", f"{name} {said}")
            return None

    def _placeholders(self) -> None:
        for name in _TEXTS_TO_FILL:
            said = self.body.get(name)
            if isinstance(said, str) and len(said) <= _LONGEST_FILLER and is_placeholder(said):
                self.flag("placeholder", f"{name} {said!r}")
                if name in _DROPPABLE:
                    self.change(name, None)

    def _required(self) -> None:
        body = self.body
        for name in _required_of(str(body.get("type"))):
            said = body.get(name)
            if not said and said in _NOTHING:
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
        normal = self.facts.normal_marks(refs)
        for unknown in normal.unknown:
            self.flag("marking-unknown", unknown)
        if normal.tlp and self.body.get("object_marking_refs"):
            self.flag("tlp-normalised", f"→ {normal.tlp.label}")
        if [*normal.refs] != self.body.get("object_marking_refs"):
            self.change("object_marking_refs", [*normal.refs])

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
            if "_ref" not in name:
                continue
            if name[-4:] == "_ref" and isinstance(said, str):
                if said not in ids:
                    self.flag("dangling-reference", f"{name} {said}")
            elif name[-5:] == "_refs" and name != "object_marking_refs":
                for each in texts(said):
                    if each not in ids:
                        self.flag("dangling-reference", f"{name} {each}")
