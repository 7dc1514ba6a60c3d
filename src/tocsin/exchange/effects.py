"""What a withdrawal does at a node: flags on the object and on everything that rests on it.

Nothing is deleted: people decide, and the record of what was known when stays whole.
"""

from collections.abc import Iterator
from typing import Final

from tocsin.foundation import JsonValue
from tocsin.records import is_stix_id
from tocsin.vault import Snapshot, Transaction

WITHDRAWN: Final = "withdrawn"
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


def resting_on(view: Snapshot, object_id: str) -> list[str]:
    """Return what rests on an object, sorted: shared objects, private records and cases."""
    shared = view.shared.derived_from([object_id])
    return sorted(shared | _private(view, {object_id, *shared}) - {object_id})


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
