"""Taking back what one has released: a new version that says so, to everyone it reached."""

from datetime import datetime

from attrs import evolve, frozen

from tocsin.exchange.effects import flag_withdrawal, resting_on
from tocsin.exchange.erasure import carry_out
from tocsin.exchange.membership import find_directory, membership_of
from tocsin.exchange.next_version import (
    Press,
    checked_why,
    let_stay,
    moment_after,
    own_of,
    take_back,
    waiting_rows,
    was_queued,
)
from tocsin.exchange.republish import sharing_of
from tocsin.foundation import Clock
from tocsin.policy import is_withdrawn
from tocsin.records import (
    Community,
    StixObject,
    Withdrawal,
    erased_form,
    is_erasure,
    stix_time,
)
from tocsin.trust import sign_object
from tocsin.vault import Home, Snapshot, Standing, Transaction


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
    reason = checked_why(why, "a withdrawal")
    membership = membership_of(home)

    def work(tx: Transaction) -> Withdrawn:
        held = own_of(tx, object_id)
        directory = find_directory(tx)
        community = (
            directory.community if directory else Community(id=membership.community_id, name="")
        )
        was_withdrawn = is_withdrawn(held.object)
        erased: list[str] = []
        if not was_withdrawn or (erases and not is_erasure(held.object)):
            now = clock.now()
            withdrawn = _withdrawn(held.object, reason, now, erases=erases)
            waiting = waiting_rows(tx, object_id, now)
            if waiting or (was_withdrawn and not was_queued(tx, object_id)):
                take_back(tx, object_id, waiting)
                signed = sign_object(withdrawn, home.keyring.signing)
                tx.shared.accept(signed, standing=Standing.OWN, by=by)
            else:
                press = Press(
                    tx=tx, community=community, keyring=home.keyring, now=now, me=home.id, by=by
                )
                let_stay(tx, object_id, now)
                press.queue(withdrawn, _saw(tx, object_id))
            if erases:
                erased = carry_out(tx, withdrawn, by=by)
        flag_withdrawal(tx, object_id)
        reached = reached_by(tx, object_id)
        return Withdrawn(
            object=object_id,
            reached=tuple(sorted(name_of(community, member) for member in reached)),
            derived=tuple(sorted({*resting_on(tx, object_id), *erased})),
        )

    return home.vault.write(work)


def reached_by(view: Snapshot, object_id: str) -> set[str]:
    """Return the members that any version of an object went to, or is to go to."""
    return _saw(view, object_id) | set(view.deliveries.reached(object_id))


def _saw(view: Snapshot, object_id: str) -> set[str]:
    versions = view.shared.versions(object_id)
    return {member for each in versions for member in view.visibility.of(each.seq)}


def _withdrawn(item: StixObject, why: str, now: datetime, *, erases: bool) -> StixObject:
    sharing = sharing_of(item)
    moment = moment_after(item, now)
    if erases:
        return erased_form(item, why, moment)
    changed = evolve(
        sharing, withdrawal=Withdrawal(why=why, at=moment), expires=None, escrow=None, signatures=()
    )
    return item.replaced(revoked=True, modified=stix_time(moment)).with_sharing(changed)


def name_of(community: Community, member_id: str) -> str:
    """Return a member's name; its id where it is not known here."""
    member = community.members.get(member_id)
    return member.name if member else member_id
