"""A withdrawal also concerns those who hold only something that rests on what is withdrawn.

They must not be shown the source, nor even its id, so the convenor tells each of them, alone,
which of the objects it holds are concerned: a STIX note that names those.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tocsin.exchange.placing import submitters_of
from tocsin.foundation import canonical, parse_time
from tocsin.records import (
    Audience,
    Community,
    Marking,
    Sharing,
    StixObject,
    Tlp,
    Withdrawal,
    named_id,
    stix_time,
)
from tocsin.trust import SigningKey, sign, sign_object
from tocsin.vault import Snapshot, Standing, Transaction

_NAMESPACE: Final = UUID("5b0f3a0e-8d2e-5a57-9a0d-6a5d5b1f7c11")
_ID_PAYLOAD: Final = "application/vnd.tocsin.notice-id+json"
_WHY: Final = "the author of something this rests on has withdrawn it"


def notify_of_withdrawal(
    tx: Transaction,
    object_id: str,
    community: Community,
    concerned: Mapping[str, Iterable[str]],
    *,
    key: SigningKey,
    now: datetime,
) -> tuple[str, ...]:
    """Tell members which objects of theirs rest on `object_id`; returns whom.

    Args:
        concerned: by member, the ids of what it holds; former members are passed over.
    """
    told = [
        member
        for member in sorted(concerned)
        if member in community.members and community.members[member].active
    ]
    for member in told:
        notice_id = _notice_id(object_id, member, key)
        known = tx.shared.get(notice_id)
        named = concerned_by(known.object) if known else ()
        if known and set(concerned[member]) <= set(named):
            continue
        # One notice for all that rests on one object: what is new makes a new version of it.
        stamp = now
        if known:
            stamp = max(now, parse_time(known.version) + timedelta(milliseconds=1))
        refs = sorted({*named, *concerned[member]})
        notice = _notice(notice_id, community.id, member, refs, stamp)
        kept = tx.shared.accept(sign_object(notice, key), standing=Standing.OWN, by=community.id)
        tx.visibility.set(kept.seq, [member])
    return tuple(told)


def holders_of_derived(view: Snapshot, object_id: str) -> dict[str, set[str]]:
    """Return, by member, what it sees that rests on an object, directly or further on.

    Who only says that its own object rests on one that it never received is not among them: it
    would learn from the notice whether the id that it named is there.
    """
    holders: dict[str, set[str]] = {}
    knowing = set(view.deliveries.reached(object_id))
    for source in view.shared.versions(object_id):
        knowing |= view.visibility.of(source.seq)
    for derived in view.shared.derived_from([object_id]):
        versions = view.shared.versions(derived)
        senders = set(submitters_of(view, [each.object for each in versions]))
        for version in versions:
            for member in view.visibility.of(version.seq):
                if member in knowing or member not in senders:
                    holders.setdefault(member, set()).add(derived)
    return holders


def concerned_by(notice: StixObject) -> tuple[str, ...]:
    """Return the ids of what a convenor's notice concerns; empty for any other object."""
    is_notice = notice.type == "note" and notice.sharing and notice.sharing.withdrawal
    refs = notice.body.get("object_refs")
    return tuple(str(each) for each in refs) if is_notice and isinstance(refs, list) else ()


def _notice_id(object_id: str, member: str, key: SigningKey) -> str:
    """Return the id of the notices to a member about an object that it must not learn of.

    Made from a signature, which only the convenor can make: from the object's id alone, whoever
    guesses what was withdrawn could tell whether the guess is right.
    """
    said = canonical({"withdrawn": object_id, "told": member})
    return named_id("note", _NAMESPACE, sign(_ID_PAYLOAD, said, key).sig)


def _notice(
    notice_id: str, convenor: str, member: str, concerned: list[str], now: datetime
) -> StixObject:
    stamp = stix_time(now)
    return StixObject.of(
        {
            "type": "note",
            "spec_version": "2.1",
            "id": notice_id,
            "created": stamp,
            "modified": stamp,
            "created_by_ref": convenor,
            "abstract": "withdrawn at its source",
            "content": _WHY,
            "object_refs": [*concerned],
            "object_marking_refs": [*Marking(Tlp.AMBER_STRICT).refs],
        }
    ).with_sharing(
        Sharing(
            audience=Audience(members=frozenset({member})),
            withdrawal=Withdrawal(why=_WHY, at=now),
        )
    )
