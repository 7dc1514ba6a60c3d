"""Taking back what one has released: a new version that says so, to everyone it reached."""

from datetime import datetime, timedelta
from typing import Final

from attrs import evolve, frozen

from tocsin.exchange.effects import flag_withdrawal, resting_on
from tocsin.exchange.erasure import carry_out
from tocsin.exchange.membership import find_directory, membership_of
from tocsin.exchange.republish import sharing_of
from tocsin.foundation import BadInputError, Clock, RefusedError, parse_time
from tocsin.policy import is_withdrawn, recipients
from tocsin.records import (
    Authorship,
    Community,
    StixObject,
    Tlp,
    Withdrawal,
    erased_form,
    is_erasure,
    stix_time,
)
from tocsin.trust import (
    KeyRing,
    SealingPublicKey,
    seal_object,
    sealed_id_of,
    sign_object,
)
from tocsin.vault import Home, Shared, Standing, Transaction

MAX_WHY_LENGTH: Final = 2_000


@frozen
class Withdrawn:
    """What a withdrawal sets going.

    Attributes:
        reached: names of the members that it goes to.
        derived: ids of what rests on the object here, newly flagged or not; after an erasure
            own records of the same identifier as well.
    """

    object: str
    reached: tuple[str, ...]
    derived: tuple[str, ...]


def withdraw(
    home: Home, object_id: str, why: str, clock: Clock, *, by: str, erases: bool = False
) -> Withdrawn:
    """Make the withdrawn version and queue it without hold time; the next sync sends it.

    It keeps marking and audience, so that it reaches whom the object reached; the exchange also
    tells those who hold only something derived from it. What still waits for the end of its hold
    time is taken out of the outbox instead, and nobody learns of it. Safe to repeat.

    Args:
        why: for every recipient to read; of an erasure it is all that stays.
        erases: earlier versions are erased here at once, and at exchange and recipients when the
            withdrawal gets there.

    Raises:
        RefusedError: when the object is not one of this node's own, or no reason is given.
    """
    if not why.strip() or len(why) > MAX_WHY_LENGTH:
        raise BadInputError("a withdrawal needs a reason", hint="give it with --why")
    membership = membership_of(home)

    def work(tx: Transaction) -> Withdrawn:
        held = _own(tx, object_id)
        directory = find_directory(tx)
        community = (
            directory.community if directory else Community(id=membership.community_id, name="")
        )
        was_withdrawn = is_withdrawn(held.object)
        erased: list[str] = []
        if not was_withdrawn or (erases and not is_erasure(held.object)):
            now = clock.now()
            withdrawn = _withdrawn(held.object, why.strip(), now, erases=erases)
            waiting = _waiting(tx, object_id, now)
            if waiting or (was_withdrawn and not _ever_queued(tx, object_id)):
                _take_back(tx, waiting, sign_object(withdrawn, home.keyring.signing), by=by)
            else:
                _queue(tx, withdrawn, community, home.keyring, now=now, me=home.id, by=by)
            if erases:
                erased = carry_out(tx, withdrawn, by=by)
        flag_withdrawal(tx, object_id)
        reached = _reached(tx, object_id)
        return Withdrawn(
            object=object_id,
            reached=tuple(sorted(_name(community, member) for member in reached)),
            derived=tuple(sorted({*resting_on(tx, object_id), *erased})),
        )

    return home.vault.write(work)


def _own(tx: Transaction, object_id: str) -> Shared:
    held = tx.shared.get(object_id)
    if held is None or held.standing is not Standing.OWN:
        raise RefusedError(
            f"{object_id} is not something this node released",
            hint="only its author can withdraw it: answer with a sighting or a note instead",
        )
    return held


def _waiting(tx: Transaction, object_id: str, now: datetime) -> list[int]:
    """Return the rows of an object whose hold time runs; none once any of them may have left."""
    rows = {row.seq: row for row in tx.outbox.rows(unsent_only=False)}
    versions = [
        version.seq
        for each in (object_id, sealed_id_of(object_id))
        for version in tx.shared.versions(each)
    ]
    found = [rows[seq] for seq in versions if seq in rows]
    if any(row.sent_at is not None or row.not_before <= now for row in found):
        return []
    return [row.seq for row in found]


def _ever_queued(tx: Transaction, object_id: str) -> bool:
    """Tell whether any version may have left; what was taken back in time is not in the outbox."""
    queued = {row.seq for row in tx.outbox.rows(unsent_only=False)}
    return any(
        version.seq in queued
        for each in (object_id, sealed_id_of(object_id))
        for version in tx.shared.versions(each)
    )


def _take_back(tx: Transaction, waiting: list[int], withdrawn: StixObject, *, by: str) -> None:
    """Let nothing of an object leave, and note here that it no longer holds."""
    for seq in waiting:
        tx.outbox.take_back(seq)
    tx.visibility.set_all({each.seq: () for each in tx.shared.versions(withdrawn.id)})
    tx.shared.accept(withdrawn, standing=Standing.OWN, by=by)


def _reached(tx: Transaction, object_id: str) -> set[str]:
    versions = tx.shared.versions(object_id)
    seen = {member for each in versions for member in tx.visibility.of(each.seq)}
    return seen | set(tx.deliveries.reached(object_id))


def _withdrawn(item: StixObject, why: str, now: datetime, *, erases: bool) -> StixObject:
    sharing = sharing_of(item)
    moment = _later_than(item.version, now)
    if sharing.authorship is not Authorship.NAMED:
        # To the hour, as release does: an exact time would help to find the author.
        hour = now.replace(minute=0, second=0, microsecond=0)
        moment = _later_than(item.version, hour)
    if erases:
        return erased_form(item, why, moment)
    changed = evolve(
        sharing, withdrawal=Withdrawal(why=why, at=moment), expires=None, signatures=()
    )
    return item.replaced(revoked=True, modified=stix_time(moment)).with_sharing(changed)


def _later_than(version: str, now: datetime) -> datetime:
    """Return a time for the new version; a version must be later than the one before."""
    before = parse_time(version, field="modified")
    return max(now, before + timedelta(milliseconds=1))


def _queue(
    tx: Transaction,
    item: StixObject,
    community: Community,
    keyring: KeyRing,
    *,
    now: datetime,
    me: str,
    by: str,
) -> None:
    signed = sign_object(item, keyring.signing)
    before = tx.shared.versions(item.id)
    members = {member for each in before for member in tx.visibility.of(each.seq)}
    members |= set(recipients(item, community, now=now, sender=me).receivers)
    seq = tx.shared.accept(signed, standing=Standing.OWN, by=by).seq
    tx.visibility.set(seq, members)
    if item.marking is not None and item.marking.tlp is Tlp.RED:
        outer = sign_object(
            seal_object(signed, sealing_keys(community, members), sealed_id=sealed_id_of(item.id)),
            keyring.signing,
        )
        seq = tx.shared.accept(outer, standing=Standing.OWN, by=by).seq
        tx.visibility.set(seq, members)
    tx.outbox.add(seq, not_before=now)


def sealing_keys(community: Community, members: set[str]) -> dict[str, SealingPublicKey]:
    """Return the keys to seal to, by member id; members without one are left out."""
    found: dict[str, SealingPublicKey] = {}
    for member_id in members:
        member = community.members.get(member_id)
        if member is not None and member.active and member.sealing_key is not None:
            found[member_id] = SealingPublicKey.from_text(member.sealing_key)
    return found


def _name(community: Community, member_id: str) -> str:
    member = community.members.get(member_id)
    return member.name if member else member_id
