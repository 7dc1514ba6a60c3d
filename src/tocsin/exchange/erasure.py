"""Erasing what an author asks to erase: bodies, salts and keys go, every proof of the log stays.

The request is the object's own last version, without its words: it goes wherever a withdrawal
goes. Author, exchange and recipients all carry it out here.
"""

from collections.abc import Sequence
from typing import Final

from tocsin.exchange.effects import resting_on
from tocsin.foundation import BadInputError, RefusedError, TrustError
from tocsin.records import StixObject, is_erasure
from tocsin.trust import SEALED_TYPE, sealed_id_of
from tocsin.vault import Home, Shared, Standing, Tombstone, Transaction

ERASED: Final = "erased"
"""Kind of the flags on what a person has to look at after an erasure."""

_REASON: Final = "its author asked for it"
"""What the log of others says; the author's own words stay in the version that asks."""


def carry_out(tx: Transaction, request: StixObject, *, by: str) -> list[str]:
    """Erase all earlier versions of an object; returns what is newly flagged because of it.

    Flagged for a person to decide are what rests on the object and own records of the same
    identifier. Safe to repeat.
    """
    ids = _ids_of(request)
    numbers = {
        each.seq for id_ in ids for each in tx.shared.versions(id_) if not is_erasure(each.object)
    }
    for row in tx.outbox.rows():
        if row.seq in numbers:
            tx.outbox.take_back(row.seq)
    keys = {key for found in tx.shared.keys_of(numbers).values() for key in found}
    copies = {each for found in tx.private.find(keys).values() for each in found}
    if numbers:
        # What others ask to erase is refused when a file brings it again; what this node comes to
        # know of the same identifier by itself is its own, and is pointed out.
        tx.tombstones.add(ids, Tombstone.REFUSED, by=by)
        tx.tombstones.add(sorted(keys), Tombstone.NOTED, by=by)
    tx.visibility.set_all(dict.fromkeys(numbers, ()))
    for id_ in ids:
        tx.shared.erase_others(id_, request.version, why=_REASON, by=by)
    concerned = sorted({*resting_on(tx, request.id), *copies})
    return [each for each in concerned if tx.shared.flag(each, because_id=request.id, kind=ERASED)]


def check_not_erased(item: StixObject, known: Shared | None) -> None:
    """Refuse a version of what its author had erased, so that no old file brings it back.

    Raises:
        RefusedError: when it is one.
    """
    if known is not None and is_erasure(known.object) and not is_erasure(item):
        raise RefusedError(
            f"{item.id}: its author had it erased", hint="throw the file away that brings it back"
        )


def erase_here(home: Home, object_id: str, why: str, *, by: str) -> tuple[str, ...]:
    """Erase a record of this node's own, or a copy of what came from others; nobody is asked.

    Returns:
        What here rests on it: shared objects, private records and cases, for a person to decide.

    Raises:
        RefusedError: when nothing of this id is here, or this node released it to others.
        BadInputError: when no reason is given.
    """
    if not why.strip():
        raise BadInputError("an erasure needs a reason", hint="give it with --why")

    def work(tx: Transaction) -> tuple[str, ...]:
        held = tx.shared.get(object_id)
        if held is not None and held.standing is Standing.OWN:
            raise RefusedError(f"{object_id} was released here", hint="ask its recipients as well")
        resting: Sequence[str] = resting_on(tx, object_id)
        if held is None:
            names = [object_id, *tx.private.keys_of([object_id]).get(object_id, [])]
            tx.private.erase(object_id, why=why.strip(), by=by)
            tx.tombstones.add(names, Tombstone.REFUSED, by=by)
        else:
            tx.shared.erase(object_id, why=why.strip(), by=by)
            tx.tombstones.add([object_id], Tombstone.REFUSED, by=by)
        return tuple(resting)

    return home.vault.write(work)


def is_released_here(home: Home, object_id: str) -> bool:
    """Tell whether this node released an object, so that others have to erase it as well."""
    with home.vault.read() as view:
        held = view.shared.get(object_id)
    return held is not None and held.standing is Standing.OWN


def _ids_of(request: StixObject) -> tuple[str, ...]:
    """Return the ids under which it is here: in the open, and sealed where it travelled so."""
    if request.type == SEALED_TYPE:
        return (request.id,)
    try:
        return (request.id, sealed_id_of(request.id))
    except TrustError:
        return (request.id,)
