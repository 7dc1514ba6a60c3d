"""From an export to the objects of one self-contained STIX bundle, by profile."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid5

from attrs import frozen

from tocsin.exchange.writers.conform import Unfit, without
from tocsin.exchange.writers.export import EXPORT_NAMESPACE, Export, ExportReport, LeftOut
from tocsin.exchange.writers.extensions import TOCSIN_IDENTITY, definitions_for
from tocsin.exchange.writers.files import replacing
from tocsin.exchange.writers.inert import inert_json
from tocsin.exchange.writers.listing import listed
from tocsin.exchange.writers.marks import definitions_kept, definitions_used, labelled, marked
from tocsin.exchange.writers.placing import Desk, Profile, redirect, stand_in
from tocsin.exchange.writers.screening import screen
from tocsin.foundation import JsonObject, canonical
from tocsin.records import StixObject


@frozen
class Bundle:
    """The objects of a file, in their order, and what is not among them."""

    objects: tuple[JsonObject, ...]
    left_out: tuple[LeftOut, ...]

    def to_json(self) -> bytes:
        """Return the file's bytes; its id follows from its content."""
        digest = uuid5(EXPORT_NAMESPACE, canonical([*self.objects]).decode())
        return inert_json({"type": "bundle", "id": f"bundle--{digest}", "objects": [*self.objects]})


def bundled(export: Export, profile: Profile) -> Bundle:
    """Return what a profile makes of an export.

    Raises:
        RefusedError: see `screening.screen`.
    """
    screened = screen(export)
    given = frozenset(item.id for item in export.objects)
    desk = Desk(screened.export, profile, given)
    desk.left.update({each.id: each.why for each in screened.left_out})
    definitions, replaced = definitions_kept(screened.export)
    desk.left.update({each.id: each.why for each in replaced})
    for item in screened.export.objects:
        if item.type != "marking-definition":
            desk.objects[item.id] = labelled(marked(item, screened.export), screened.export)
    _add_indicators(desk)
    stand_in(desk)
    redirect(desk)
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


def _add_indicators(desk: Desk) -> None:
    export = desk.export
    for item in [*desk.objects.values()]:
        found = listed(item, export) if item.is_observable else None
        for made in (found.indicator, found.based_on) if found else ():
            desk.objects.setdefault(made.id, labelled(made, export))


def _finish(desk: Desk) -> None:
    for item in [*desk.objects.values()]:
        made = desk.profile.finished(item)
        if isinstance(made, Unfit):
            desk.leave(item.id, made.why)
        else:
            desk.objects[item.id] = made


def _close(desk: Desk) -> None:
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


def _invite_author(desk: Desk) -> None:
    author = desk.export.author
    if author is None or str(author.get("id")) in desk.objects:
        return
    item = labelled(marked(StixObject.of(author), desk.export), desk.export)
    made = desk.profile.finished(item)
    is_named = any(item.id in each.refs for each in desk.objects.values())
    # Lists are never empty in STIX (§2.8): a file with nothing in it says at least who wrote it.
    if not isinstance(made, Unfit) and (is_named or not desk.objects):
        desk.objects[item.id] = made


def _bundle(desk: Desk, definitions: Sequence[StixObject]) -> Bundle:
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
    return Bundle(objects or (TOCSIN_IDENTITY,), left)
