"""From an export to the objects of one self-contained STIX bundle, by profile."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from uuid import uuid5

from attrs import define, field, frozen

from tocsin.exchange.writers.conform import Unfit, without
from tocsin.exchange.writers.export import EXPORT_NAMESPACE, Export, ExportReport, LeftOut
from tocsin.exchange.writers.extensions import (
    TOCSIN_IDENTITY,
    definitions_for,
    standing_for,
    stood_for,
)
from tocsin.exchange.writers.files import replacing
from tocsin.exchange.writers.inert import inert_json
from tocsin.exchange.writers.listing import listed
from tocsin.exchange.writers.marks import (
    definitions_kept,
    definitions_used,
    is_colour,
    labelled,
    marked,
)
from tocsin.exchange.writers.screening import screen
from tocsin.exchange.writers.standins import StandIn, neighbours, note_for, observable_for
from tocsin.foundation import JsonObject, canonical
from tocsin.records import StixObject

REPLACED = "STIX 2.1 has no such type; written as {}"


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


@frozen
class Bundle:
    """The objects of a file, in their order, and what is not among them."""

    objects: tuple[JsonObject, ...]
    left_out: tuple[LeftOut, ...]

    def to_json(self) -> bytes:
        """Return the file's bytes; its id follows from its content."""
        digest = uuid5(EXPORT_NAMESPACE, canonical([*self.objects]).decode())
        return inert_json({"type": "bundle", "id": f"bundle--{digest}", "objects": [*self.objects]})


@define
class _Desk:
    """The objects on their way into the file."""

    export: Export
    profile: Profile
    given: frozenset[str]
    objects: dict[str, StixObject] = field(factory=dict)
    left: dict[str, str] = field(factory=dict)
    stand_ins: dict[str, StandIn] = field(factory=dict)

    def leave(self, object_id: str, why: str) -> None:
        self.objects.pop(object_id, None)
        self.left.setdefault(object_id, why)


def bundled(export: Export, profile: Profile) -> Bundle:
    """Return what a profile makes of an export.

    Raises:
        RefusedError: see `screening.screen`.
    """
    screened = screen(export)
    given = frozenset(item.id for item in export.objects)
    desk = _Desk(screened.export, profile, given)
    desk.left.update({each.id: each.why for each in screened.left_out})
    definitions, replaced = definitions_kept(screened.export)
    desk.left.update({each.id: each.why for each in replaced})
    for item in screened.export.objects:
        if item.type != "marking-definition":
            desk.objects[item.id] = labelled(marked(item, screened.export), screened.export)
    _add_indicators(desk)
    _stand_in(desk)
    _redirect(desk)
    _finish(desk)
    _close(desk)
    return _bundle(desk, definitions)


def write_bundle(export: Export, profile: Profile, path: Path) -> ExportReport:
    """Write the bundle that a profile makes of an export.

    Raises:
        RefusedError: see `screening.screen`.
        StorageError: when the file cannot be written.
    """
    made = bundled(export, profile)
    with replacing(path) as file:
        file.write(made.to_json())
    return ExportReport(path, len(made.objects), made.left_out)


def _add_indicators(desk: _Desk) -> None:
    export = desk.export
    for item in [*desk.objects.values()]:
        found = listed(item, export) if item.is_observable else None
        for made in (found.indicator, found.based_on) if found else ():
            desk.objects.setdefault(made.id, labelled(made, export))


def _stand_in(desk: _Desk) -> None:
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


def _take_place(desk: _Desk, item: StixObject, made: StandIn) -> None:
    earlier = desk.objects.get(made.item.id)
    if earlier is not None:
        made = StandIn(
            made.original, _merged(earlier, made.item, desk.export), made.keeps_relations
        )
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


def _placed(desk: _Desk, ref: str) -> str:
    made = desk.stand_ins.get(ref)
    return made.item.id if made else ref


def _may_be_noted(desk: _Desk, ref: str) -> bool:
    item = desk.objects.get(ref)
    if item is None or item.type in desk.profile.as_note:
        return False
    return not isinstance(desk.profile.finished(item), Unfit)


def _redirect(desk: _Desk) -> None:
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


def _with_refs(desk: _Desk, item: StixObject) -> StixObject:
    body = dict(item.body)
    for name, value in item.body.items():
        if name.endswith("_ref") and isinstance(value, str):
            body[name] = _placed(desk, value)
        elif name.endswith("_refs") and isinstance(value, list):
            body[name] = [*dict.fromkeys(_placed(desk, str(each)) for each in value)]
    return StixObject.of(body)


def _finish(desk: _Desk) -> None:
    for item in [*desk.objects.values()]:
        made = desk.profile.finished(item)
        if isinstance(made, Unfit):
            desk.leave(item.id, made.why)
        else:
            desk.objects[item.id] = made


def _close(desk: _Desk) -> None:
    """Leave no reference to what is not in the file, until nothing changes any more."""
    _invite_author(desk)
    while True:
        alive = frozenset(desk.objects)
        before = len(desk.left)
        for item in [*desk.objects.values()]:
            made = without(item, alive)
            if isinstance(made, Unfit):
                desk.leave(item.id, made.why)
            else:
                desk.objects[item.id] = made
        if len(desk.left) == before:
            return


def _invite_author(desk: _Desk) -> None:
    author = desk.export.author
    if author is None or str(author.get("id")) in desk.objects:
        return
    item = labelled(marked(StixObject.of(author), desk.export), desk.export)
    made = desk.profile.finished(item)
    if not isinstance(made, Unfit) and any(item.id in each.refs for each in desk.objects.values()):
        desk.objects[item.id] = made


def _bundle(desk: _Desk, definitions: Sequence[StixObject]) -> Bundle:
    content = [*desk.objects.values()]
    kept = [*definitions, *content]
    present = {item.id for item in kept}
    extra: list[JsonObject] = [
        body
        for body in (*definitions_used(kept, desk.export), *definitions_for(content))
        if str(body["id"]) not in present
    ]
    written = present | {str(body["id"]) for body in extra}
    left = tuple(
        LeftOut(object_id, why)
        for object_id, why in desk.left.items()
        if object_id in desk.given and object_id not in written
    )
    objects = (*extra, *(dict(item.body) for item in kept))
    # Lists are never empty in STIX (§2.8), and stix2 wants `objects`: say at least who wrote it.
    return Bundle(objects or (desk.export.author or TOCSIN_IDENTITY,), left)
