"""A withdrawal or correction also concerns those who hold only something that rests on the object.

They must not be shown the source, nor even its id, so the convenor tells each of them, alone,
which of the objects it holds are concerned: a STIX note that names those. Of a correction it also
tells who once received the object and is no longer in its audience: the new words are not for
them, that there are some they may know.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tocsin.exchange.placing import Placed, past_receivers, submitters_of
from tocsin.foundation import canonical, parse_time
from tocsin.policy import is_withdrawn
from tocsin.records import (
    Audience,
    Community,
    Correction,
    Marking,
    Sharing,
    StixObject,
    Tlp,
    Withdrawal,
    named_id,
    stix_time,
)
from tocsin.trust import SigningKey, sign, sign_object
from tocsin.vault import DeliveryState, Shared, Snapshot, Standing, Transaction

_NAMESPACE: Final = UUID("5b0f3a0e-8d2e-5a57-9a0d-6a5d5b1f7c11")
_ID_PAYLOAD: Final = "application/vnd.tocsin.notice-id+json"
_WHY: Final = "the author of something this rests on has withdrawn it"
_WHY_CORRECTED: Final = "its author, or the author of something this rests on, has corrected it"


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
    told = _active(community, concerned)
    for member in told:
        notice_id = _notice_id(object_id, member, key)
        known = tx.shared.get(notice_id)
        named = concerned_by(known.object) if known else ()
        if known and set(concerned[member]) <= set(named):
            continue
        # One notice for all that rests on one object: what is new makes a new version of it.
        refs = sorted({*named, *concerned[member]})
        stamp = _after(known, now)
        notice = _notice(notice_id, community.id, member, refs, stamp, is_withdrawal=True)
        kept = tx.shared.accept(sign_object(notice, key), standing=Standing.OWN, by=community.id)
        tx.visibility.set(kept.seq, [member])
    return told


def notify_of_correction(
    tx: Transaction,
    object_id: str,
    community: Community,
    concerned: Mapping[str, Iterable[str]],
    *,
    key: SigningKey,
    now: datetime,
) -> tuple[str, ...]:
    """Tell members which objects of theirs a new version concerns; returns whom.

    Every new version is told anew, whatever was told of the one before.

    Args:
        concerned: by member, the ids of what it holds; former members are passed over.
    """
    told = _active(community, concerned)
    for member in told:
        notice_id = _notice_id(object_id, member, key, said="corrected")
        known = tx.shared.get(notice_id)
        named = concerned_by(known.object) if known else ()
        notice = _notice(
            notice_id,
            community.id,
            member,
            sorted({*named, *concerned[member]}),
            _after(known, now),
            is_withdrawal=False,
        )
        kept = tx.shared.accept(sign_object(notice, key), standing=Standing.OWN, by=community.id)
        tx.visibility.set(kept.seq, [member])
    return told


def tell_of_change(
    tx: Transaction,
    item: StixObject,
    receivers: AbstractSet[str],
    community: Community,
    *,
    key: SigningKey,
    now: datetime,
) -> None:
    """Tell all whom a withdrawal or correction concerns and who do not receive it themselves."""
    concerned = holders_of_derived(tx, item.id)
    if is_withdrawn(item):
        notify = notify_of_withdrawal
    else:
        notify = notify_of_correction
        for member in past_receivers(tx, item.id, community):
            concerned.setdefault(member, set()).add(item.id)
    unaware = {each: ids for each, ids in concerned.items() if each not in receivers}
    notify(tx, item.id, community, unaware, key=key, now=now)


def tell_of_latecomer(
    tx: Transaction,
    item: StixObject,
    source: StixObject,
    placed: Placed,
    community: Community,
    *,
    key: SigningKey,
    now: datetime,
) -> None:
    """Tell who receives an object that was made before its sender had its source's correction.

    The sender itself is told by the correction, once it comes to fetch it.
    """
    last, submitter = tx.shared.get(source.id), placed.submitter
    if last is None or submitter in submitters_of(tx, [last.object]):
        return
    had = next(
        (
            each.at
            for each in tx.deliveries.of(last.seq)
            if each.member == submitter and each.state is DeliveryState.ACKNOWLEDGED
        ),
        None,
    )
    if had is None or parse_time(item.version, field="modified") < had:
        told = {member: [item.id] for member in placed.receivers}
        notify_of_correction(tx, source.id, community, told, key=key, now=now)


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
    sharing = notice.sharing if notice.type == "note" else None
    is_notice = sharing is not None and bool(sharing.withdrawal or sharing.correction)
    refs = notice.body.get("object_refs")
    return tuple(str(each) for each in refs) if is_notice and isinstance(refs, list) else ()


def _active(community: Community, concerned: Iterable[str]) -> tuple[str, ...]:
    members = community.members
    return tuple(each for each in sorted(concerned) if each in members and members[each].active)


def _after(known: Shared | None, now: datetime) -> datetime:
    """Return a time for the next version of a notice."""
    if known is None:
        return now
    return max(now, parse_time(known.version) + timedelta(milliseconds=1))


def _notice_id(object_id: str, member: str, key: SigningKey, *, said: str = "withdrawn") -> str:
    """Return the id of the notices to a member about an object that it must not learn of.

    Made from a signature, which only the convenor can make: from the object's id alone, whoever
    guesses what was withdrawn could tell whether the guess is right.
    """
    named = canonical({said: object_id, "told": member})
    return named_id("note", _NAMESPACE, sign(_ID_PAYLOAD, named, key).sig)


def _notice(
    notice_id: str,
    convenor: str,
    member: str,
    concerned: list[str],
    now: datetime,
    *,
    is_withdrawal: bool,
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
            "abstract": f"{'withdrawn' if is_withdrawal else 'corrected'} at its source",
            "content": _WHY if is_withdrawal else _WHY_CORRECTED,
            "object_refs": [*concerned],
            "object_marking_refs": [*Marking(Tlp.AMBER_STRICT).refs],
        }
    ).with_sharing(
        Sharing(
            audience=Audience(members=frozenset({member})),
            withdrawal=Withdrawal(why=_WHY, at=now) if is_withdrawal else None,
            correction=None if is_withdrawal else Correction(why=_WHY_CORRECTED, at=now),
        )
    )
