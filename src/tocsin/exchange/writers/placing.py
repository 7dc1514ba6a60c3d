"""Standard objects take the place of types that a profile does not keep, and are named instead."""

from collections.abc import Callable, Iterable
from typing import Final

from attrs import define, evolve, field, frozen

from tocsin.exchange.writers.conform import Unfit
from tocsin.exchange.writers.export import Export
from tocsin.exchange.writers.extensions import standing_for, stood_for
from tocsin.exchange.writers.marks import is_colour, labelled
from tocsin.exchange.writers.standins import StandIn, neighbours, note_for, observable_for
from tocsin.records import StixObject

REPLACED: Final = "STIX 2.1 has no such type; written as {}"


@frozen
class Profile:
    """What distinguishes one kind of STIX file from another.

    Attributes:
        finished: gives an object its last form, or says why it has none; references come later.
        as_observable: types that become the observable they name.
        as_note: types that become a note.
    """

    finished: Callable[[StixObject], StixObject | Unfit]
    as_observable: frozenset[str]
    as_note: frozenset[str]


@define
class Desk:
    """The objects on their way into the file."""

    export: Export
    profile: Profile
    given: frozenset[str]
    objects: dict[str, StixObject] = field(factory=dict)
    left: dict[str, str] = field(factory=dict)
    stand_ins: dict[str, StandIn] = field(factory=dict)

    def leave(self, object_id: str, why: str) -> None:
        """Take an object out of the file; the first reason stays."""
        self.objects.pop(object_id, None)
        self.left.setdefault(object_id, why)


def stand_in(desk: Desk) -> None:
    """Put standard objects in the place of types that the profile does not keep."""
    ties = neighbours(desk.objects.values())
    containers = _containers(desk.objects.values())
    for item in [*desk.objects.values()]:
        if item.type not in desk.profile.as_observable:
            continue
        made = observable_for(item)
        if made is not None:
            _take_place(desk, item, made)
        elif item.type not in desk.profile.as_note:
            desk.leave(item.id, f"a {item.type} that names no one account, host or address; "
                       "STIX 2.1 has no type for it, the opencti format keeps it")  # fmt: skip
    for item in [*desk.objects.values()]:
        if item.type not in desk.profile.as_note:
            continue
        tied = ties[item.id] if item.id in ties else containers.get(item.id, ())
        about = dict.fromkeys(_placed(desk, ref) for ref in tied)
        noted = note_for(item, [ref for ref in about if _may_be_noted(desk, ref)], desk.export)
        if noted is None:
            desk.leave(item.id, f"STIX 2.1 has no type for a {item.type}, and it is related to "
                       "nothing here that a note could be about")  # fmt: skip
        else:
            _take_place(desk, item, noted)


def _take_place(desk: Desk, item: StixObject, made: StandIn) -> None:
    earlier = desk.objects.get(made.item.id)
    if earlier is not None:
        made = evolve(made, item=_merged(earlier, made.item, desk.export))
    desk.leave(item.id, REPLACED.format(made.item.id))
    desk.objects[made.item.id] = labelled(made.item, desk.export)
    desk.stand_ins[item.id] = made


def _merged(earlier: StixObject, added: StixObject, export: Export) -> StixObject:
    """Return the earlier object standing for the added one's original too, as strictly marked."""
    body = dict(earlier.body)
    for original in stood_for(added.body):
        body = standing_for(body, original)
    marking = export.marking_of(earlier).strictest_with(export.marking_of(added))
    others = [ref for ref in (*earlier.marking_refs, *added.marking_refs)
              if not is_colour(ref, export.definitions)]  # fmt: skip
    body["object_marking_refs"] = [*dict.fromkeys((*marking.refs, *others))]
    return StixObject.of(body)


def _containers(objects: Iterable[StixObject]) -> dict[str, list[str]]:
    """Return the reports and groupings that hold each object."""
    found: dict[str, list[str]] = {}
    for item in objects:
        refs = item.body.get("object_refs") if item.type in ("report", "grouping") else None
        for ref in refs if isinstance(refs, list) else ():
            found.setdefault(str(ref), []).append(item.id)
    return found


def _placed(desk: Desk, ref: str) -> str:
    made = desk.stand_ins.get(ref)
    return made.item.id if made else ref


def _may_be_noted(desk: Desk, ref: str) -> bool:
    item = desk.objects.get(ref)
    if item is None or item.type in desk.profile.as_note:
        return False
    return not isinstance(desk.profile.finished(item), Unfit)


def redirect(desk: Desk) -> None:
    """Let what named a replaced object name its stand-in."""
    if not desk.stand_ins:
        return
    for item in [*desk.objects.values()]:
        replaced = item.refs & desk.stand_ins.keys()
        if not replaced:
            continue
        if item.type not in ("relationship", "sighting"):
            desk.objects[item.id] = _with_refs(desk, item)
            continue
        noted = [ref for ref in replaced if not desk.stand_ins[ref].keeps_relations]
        if noted:
            desk.leave(item.id, f"told by {desk.stand_ins[noted[0]].item.id}, which is about it")
            continue
        moved = _with_refs(desk, item)
        if moved.body.get("source_ref") == moved.body.get("target_ref"):
            desk.leave(item.id, "both its ends are one observable in STIX 2.1")
            continue
        renamed = moved.replaced(id=desk.export.named_id(item.type, item.id))
        desk.leave(item.id, f"one of its ends was replaced; written as {renamed.id}")
        desk.objects[renamed.id] = renamed


def _with_refs(desk: Desk, item: StixObject) -> StixObject:
    body = dict(item.body)
    for name, value in item.body.items():
        if name.endswith("_ref") and isinstance(value, str):
            body[name] = _placed(desk, value)
        elif name.endswith("_refs") and isinstance(value, list):
            body[name] = [*dict.fromkeys(_placed(desk, str(each)) for each in value)]
    return StixObject.of(body)
