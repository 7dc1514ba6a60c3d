"""What a withdrawal or correction does at a node: flags on the object and on what rests on it.

Nothing is deleted: people decide, and the record of what was known when stays whole.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from tocsin.foundation import BadInputError, JsonValue, parse_time
from tocsin.policy import is_withdrawn
from tocsin.records import StixObject, is_stix_id
from tocsin.vault import Home, Snapshot, Transaction

WITHDRAWN: Final = "withdrawn"
CORRECTED: Final = "corrected"
LOOKED_AT: Final = "looked-at"
"""Kind of the log entry by which a person closes flags."""

_NAMING_TYPES: Final = (
    "grouping",
    "note",
    "observed-data",
    "opinion",
    "relationship",
    "report",
    "sighting",
)
_NAMING_DOCUMENTS: Final = ("case", "match")


def flag_withdrawal(tx: Transaction, object_id: str, *, because: str | None = None) -> list[str]:
    """Flag an object, if it is here, and all that rests on it; returns what is newly flagged.

    Args:
        because: id of the notice that tells of it, where the object itself is not what was
            withdrawn. The notice names the object, yet does not rest on it.
    """
    is_here = tx.shared.get(object_id) is not None
    concerned = [*([object_id] if is_here else []), *resting_on(tx, object_id)]
    reason = because or object_id
    return [
        each
        for each in concerned
        if each != because and tx.shared.flag(each, because_id=reason, kind=WITHDRAWN)
    ]


def flag_correction(
    tx: Transaction, object_id: str, *, because: str | None = None, itself: bool = True
) -> list[str]:
    """Flag what a new version concerns; returns what is newly flagged, or flagged once more.

    Args:
        because: as for `flag_withdrawal`.
        itself: the object as well, where an earlier version was here: whoever gets to know it
            only now has nothing to look at again.
    """
    versions = tx.shared.versions(object_id)
    was_here = len(versions) > (0 if because else 1)
    told_by = {because, _claim_of(versions[-1].object) if versions else None}
    concerned = [*([object_id] if itself and was_here else []), *resting_on(tx, object_id)]
    reason = because or object_id
    return [
        each
        for each in concerned
        if each not in told_by
        and tx.shared.flag(each, because_id=reason, kind=CORRECTED, anew=True)
    ]


def flag_latecomer(tx: Transaction, item: StixObject) -> list[str]:
    """Flag an object that came later than the withdrawal or correction of what it rests on.

    By a file it may: no exchange was there to refuse it, or to tell of the change.
    """
    if not _names_anything(item):
        return []
    found: list[str] = []
    sources = tx.shared.get_all(tx.shared.sources_of([item.id]))
    for source in sources.values():
        if is_withdrawn(source.object):
            kinds = [WITHDRAWN]
        else:
            since = corrected_at(source.object)
            is_late = since is not None and _made_at(item) < since
            kinds = [CORRECTED] if is_late and _claim_of(source.object) != item.id else []
        found += [
            item.id for kind in kinds if tx.shared.flag(item.id, because_id=source.id, kind=kind)
        ]
    return found


def corrected_at(item: StixObject) -> datetime | None:
    """Return when its author gave a version that corrects the one before, None for any other."""
    sharing = item.sharing
    return sharing.correction.at if sharing is not None and sharing.correction else None


def _claim_of(item: StixObject) -> str | None:
    """Return the claim that speaks for a correction: it is part of it, and not concerned by it."""
    sharing = item.sharing
    return sharing.correction.claim if sharing is not None and sharing.correction else None


def is_correction(item: StixObject) -> bool:
    """Tell whether a version says that it corrects the one before."""
    return corrected_at(item) is not None and not is_withdrawn(item)


def acknowledge(home: Home, object_ids: Iterable[str], *, by: str) -> dict[str, int]:
    """Close the open flags of objects, which a person has looked at; the log says who.

    Returns:
        How many flags each had.

    Raises:
        BadInputError: when one of them has no open flag; nothing is closed then.
    """
    wanted = tuple(dict.fromkeys(object_ids))

    def work(tx: Transaction) -> dict[str, int]:
        open_ = {each: tx.shared.flags(each) for each in wanted}
        for object_id, flags in open_.items():
            if not flags:
                raise BadInputError(
                    f"{object_id} is not flagged", hint="`tocsin inbox` lists what is"
                )
        for object_id, flags in open_.items():
            tx.shared.acknowledge_flags(object_id)
            because: list[JsonValue] = [
                {"id": each.because_id, "kind": each.kind} for each in flags
            ]
            tx.log.append(LOOKED_AT, by=by, said={"id": object_id, "because": because})
        return {each: len(flags) for each, flags in open_.items()}

    return home.vault.write(work)


def resting_on(view: Snapshot, object_id: str) -> list[str]:
    """Return what rests on an object, sorted: shared objects, private records and cases."""
    shared = view.shared.derived_from([object_id])
    return sorted(shared | _private(view, {object_id, *shared}) - {object_id})


def _names_anything(item: StixObject) -> bool:
    """Tell whether it may rest on something; nearly all indicators do not, and need no look."""
    if item.sharing is not None and item.sharing.derived_from:
        return True
    return not item.refs <= {item.author, *item.marking_refs}


def _made_at(item: StixObject) -> datetime:
    said = item.version or item.body.get("created")
    return parse_time(str(said), field=f"{item.id}: modified")


def _private(view: Snapshot, ids: set[str]) -> set[str]:
    found: set[str] = set()
    for type_ in _NAMING_TYPES:
        found |= {each.id for each in view.private.iterate(type=type_) if each.object.refs & ids}
    for kind in _NAMING_DOCUMENTS:
        for document in view.documents.list(kind):
            if ids & set(_ids_in(document.body)):
                found.add(document.id)
    return found


def _ids_in(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        if is_stix_id(value):
            yield value
    elif isinstance(value, list):
        for each in value:
            yield from _ids_in(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _ids_in(each)
