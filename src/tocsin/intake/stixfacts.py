"""What one has to know of a whole bundle before its objects can be judged one by one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from attrs import define, field, frozen

from tocsin.foundation import BadInputError, JsonObject, JsonValue, parse_time
from tocsin.records import Tlp, is_stix_id, read_markings

_CONTAINERS: Final = frozenset({"report", "grouping"})


@frozen
class NormalMarks:
    """Marking refs in TLP 2.0.

    Attributes:
        tlp: what home-made or TLP 1.0 refs amounted to; None when there were none.
        unknown: refs whose definition is neither well known nor in the file.
    """

    refs: tuple[str, ...]
    tlp: Tlp | None
    unknown: tuple[str, ...]


@define
class Facts:
    """Gathered in a first pass over the objects.

    Attributes:
        ids: of all objects in the file.
        definitions: marking definitions by id.
        observed: for each object, the earliest observation that a sighting or observed-data tells.
    """

    ids: set[str] = field(factory=set)
    definitions: dict[str, JsonObject] = field(factory=dict)
    observed: dict[str, str] = field(factory=dict)
    _moments: dict[str, datetime] = field(factory=dict)
    _contained: list[tuple[list[str], list[str]]] = field(factory=list)
    _inherited: dict[str, list[str]] | None = None
    _normal: dict[tuple[str, ...], NormalMarks] = field(factory=dict)

    def learn(self, body: JsonValue) -> None:
        """Take one object into account."""
        if not isinstance(body, dict):
            return
        object_id, type_ = body.get("id"), body.get("type")
        if not isinstance(object_id, str):
            return
        self.ids.add(object_id)
        if type_ == "marking-definition":
            self.definitions[object_id] = body
        elif type_ in _CONTAINERS:
            self._contained.append((texts(body.get("object_marking_refs")), refs_of(body)))
        elif type_ == "observed-data":
            self._observe(texts(body.get("object_refs")), body.get("first_observed"))
        elif type_ == "sighting" and _says_seen(body):
            seen = [*texts([body.get("sighting_of_ref")]), *texts(body.get("observed_data_refs"))]
            self._observe(seen, body.get("first_seen"))

    def inherited(self, object_id: str) -> list[str]:
        """Return the TLP marking refs of the reports that contain an object, none without one."""
        if self._inherited is None:
            self._inherited = {}
            for marks, contained in self._contained:
                if read_markings(marks, self.definitions).marking is None:
                    continue
                for each in contained:
                    known = self._inherited.setdefault(each, [])
                    known.extend(mark for mark in marks if mark not in known)
        return self._inherited.get(object_id, [])

    def normal_marks(self, refs: list[str]) -> NormalMarks:
        """Return marking refs with OASIS' TLP 2.0 in the place of home-made and older TLP."""
        known = self._normal.get(tuple(refs))
        if known is None:
            known = self._normal[tuple(refs)] = self._normalise(refs)
        return known

    def _normalise(self, refs: list[str]) -> NormalMarks:
        reading = read_markings(refs, self.definitions)
        unknown = tuple(ref for ref in reading.unknown if ref not in self.definitions)
        if reading.marking is None or not reading.normalised:
            return NormalMarks(tuple(refs), None, unknown)
        standing = [ref for ref in refs if ref not in reading.normalised]
        made = [ref for ref in reading.marking.refs if ref not in standing]
        return NormalMarks((*made, *standing), reading.marking.tlp, unknown)

    def _observe(self, object_ids: Iterable[str], moment: JsonValue) -> None:
        try:
            seen = parse_time(moment if isinstance(moment, str) else "")
        except BadInputError:
            return
        for object_id in object_ids:
            before = self._moments.get(object_id)
            if before is None or seen < before:
                self._moments[object_id] = seen
                self.observed[object_id] = str(moment)


def _says_seen(sighting: JsonObject) -> bool:
    """Tell whether something was seen: a count of 0, and OpenCTI's negative one, say it was not."""
    return sighting.get("count") != 0 and sighting.get("x_opencti_negative") is not True


def texts(value: JsonValue) -> list[str]:
    """Return the texts of a list, none of anything else."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def refs_of(body: JsonObject) -> list[str]:
    """Return the ids of the objects that a container holds."""
    return [each for each in texts(body.get("object_refs")) if is_stix_id(each)]
