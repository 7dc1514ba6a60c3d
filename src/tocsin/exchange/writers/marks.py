"""Every object in a file names its TLP, in the one form that OASIS publishes; none is dropped."""

from collections.abc import Iterable, Mapping

from tocsin.exchange.writers.export import Export, LeftOut
from tocsin.exchange.writers.extensions import TOCSIN_IDENTITY
from tocsin.foundation import JsonObject, JsonValue
from tocsin.records import Marking, Pap, StixObject, Tlp, marking_definition, read_markings

UNMARKED = frozenset({"marking-definition", "extension-definition"})
_KNOWN: Mapping[str, Tlp | Pap] = {each.marking_id: each for each in (*Tlp, *Pap)}
# What is everybody's: a label on France or on a technique would tell nothing and stay for ever.
_COMMON = frozenset({"location", "identity", "attack-pattern", "course-of-action", "tool"})


def marked(item: StixObject, export: Export) -> StixObject:
    """Return the object with its markings in OASIS' form, the export's default if it names none.

    Statements, IEP policies and markings that nobody here understands stay as they are. The
    program's own identity comes along with every file that was read: it is the same in all.
    """
    if item.type in UNMARKED or item.id == TOCSIN_IDENTITY["id"]:
        return item
    marking = export.marking_of(item)
    others = [ref for ref in item.marking_refs if not is_colour(ref, export.definitions)]
    refs = [*Marking(marking.tlp, marking.pap).refs, *others]
    if not item.marking_refs and marking.iep:
        refs.append(marking.iep.marking_id)
    return item.replaced(object_marking_refs=[*dict.fromkeys(refs)])


def labelled(item: StixObject, export: Export) -> StixObject:
    """Return the object saying that it was not reviewed or is not for sharing, if so."""
    if not export.labels or item.type in UNMARKED or item.type in _COMMON:
        return item
    said = item.body.get("labels")
    labels: list[JsonValue] = [*said] if isinstance(said, list) else []
    return item.replaced(labels=[*dict.fromkeys(map(str, (*labels, *export.labels)))])


def definitions_kept(export: Export) -> tuple[list[StixObject], list[LeftOut]]:
    """Return the definitions that came along and still serve, and those that OASIS' replace."""
    kept: list[StixObject] = []
    left: list[LeftOut] = []
    for item in export.objects:
        if item.type != "marking-definition" or item.id in _KNOWN:
            continue
        reading = read_markings([item.id], export.definitions)
        pap = _pap_of(item.id, export.definitions)
        label = reading.marking.tlp.label if reading.marking else pap.label if pap else None
        if label:
            left.append(LeftOut(item.id, f"written as OASIS' own definition of {label}"))
        else:
            kept.append(StixObject.of(_standard_definition(item)))
    return kept, left


def definitions_used(objects: Iterable[StixObject], export: Export) -> list[JsonObject]:
    """Return the well-known definitions that the objects name, sorted by id."""
    refs = {ref for item in objects for ref in item.marking_refs}
    made = [marking_definition(_KNOWN[ref]) for ref in sorted(refs) if ref in _KNOWN]
    policy = export.default_marking.iep
    if policy and policy.marking_id in refs:
        made.append(marking_definition(policy))
    return made


def is_colour(ref: str, definitions: Mapping[str, JsonObject]) -> bool:
    """Tell whether a marking is a TLP or PAP colour, in whatever spelling."""
    return read_markings([ref], definitions).unknown == ()


def _pap_of(ref: str, definitions: Mapping[str, JsonObject]) -> Pap | None:
    if not is_colour(ref, definitions):
        return None
    # A PAP alone is no marking to `read_markings`: add a TLP to see it.
    reading = read_markings([Tlp.CLEAR.marking_id, ref], definitions)
    return reading.marking.pap if reading.marking else None


def _standard_definition(item: StixObject) -> JsonObject:
    """Return a definition whose form any reader takes: a statement, or its own extension."""
    body = {**item.body}
    definition = body.get("definition")
    statement = definition.get("statement") if isinstance(definition, dict) else None
    if body.get("extensions") and "definition" not in body:
        return body
    if body.get("definition_type") != "statement" or not isinstance(statement, str):
        statement = str(body.get("name") or body.get("definition") or item.id)
    common = {name: body[name] for name in ("created", "name", "extensions") if body.get(name)}
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": item.id,
        "created": "2022-10-01T00:00:00.000Z",
        **common,
        "definition_type": "statement",
        "definition": {"statement": statement},
    }
