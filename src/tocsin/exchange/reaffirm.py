"""Standing by one's own objects after a key was stolen: the same again, under a new key."""

from collections.abc import Iterable

from attrs import evolve, frozen

from tocsin.exchange.incoming import observable_keys
from tocsin.exchange.membership import find_directory, membership_of
from tocsin.exchange.next_version import Press, as_it_travels, moment_after, own_of
from tocsin.exchange.republish import sharing_of
from tocsin.exchange.stolen import STOLEN, is_by_stolen_key_alone
from tocsin.foundation import Clock, RefusedError
from tocsin.records import Member, StixObject, stix_time
from tocsin.vault import Home, Snapshot, Standing, Transaction


@frozen
class Reaffirmed:
    """What is on its way again.

    Attributes:
        objects: ids of which a version under the present key is in the outbox.
        passed_over: ids that are good as they are.
    """

    objects: tuple[str, ...]
    passed_over: tuple[str, ...] = ()


def reaffirm(home: Home, object_ids: Iterable[str], clock: Clock, *, by: str) -> Reaffirmed:
    """Queue a new version, signed by the present key, of own objects that a stolen key signed.

    Content, marking and audience stay; a withdrawal stays one. Safe to repeat.

    Raises:
        RefusedError: for what is not this node's own, or while this node's own key is the one
            that was stolen.
    """
    membership_of(home)
    wanted = list(dict.fromkeys(object_ids))

    def work(tx: Transaction) -> Reaffirmed:
        directory = find_directory(tx)
        member = directory.community.members.get(home.id) if directory else None
        if directory is None or member is None:
            raise RefusedError("no member directory is known yet", hint="run `tocsin sync`")
        if home.keyring.signing.public.to_text() not in member.good_keys:
            raise RefusedError(
                "this node's key is not one that the exchange trusts",
                hint="`tocsin key replace`, then an invitation by name, `tocsin join` and `sync`",
            )
        now = clock.now()
        press = Press(
            tx=tx,
            community=directory.community,
            keyring=home.keyring,
            now=now,
            me=home.id,
            by=by,
        )
        done: list[str] = []
        for object_id in wanted:
            last = own_of(tx, object_id).object
            if not is_by_stolen_key_alone(last, member):
                continue
            _queue(press, last)
            done.append(object_id)
        tx.shared.lift_flags(done, kind=STOLEN)
        return Reaffirmed(tuple(done), tuple(each for each in wanted if each not in done))

    return home.vault.write(work)


def in_question(view: Snapshot, me: str) -> tuple[str, ...]:
    """Return the ids of own objects that the exchange shows no more since a key was stolen."""
    directory = find_directory(view)
    member: Member | None = directory.community.members.get(me) if directory else None
    if member is None:
        return ()
    flagged = [each.object_id for each in view.shared.flags() if each.kind == STOLEN]
    held = view.shared.get_all(flagged)
    return tuple(
        key
        for key, each in sorted(held.items())
        if each.standing is Standing.OWN and is_by_stolen_key_alone(each.object, member)
    )


def _queue(press: Press, last: StixObject) -> None:
    tx = press.tx
    before = as_it_travels(tx, last.id)
    members = {member for each in before for member in tx.visibility.of(each.seq)}
    unsent = {row.seq for row in tx.outbox.rows()}
    for each in before:
        if each.seq in unsent:
            tx.outbox.take_back(each.seq)
    bare = last.with_sharing(evolve(sharing_of(last), signatures=()))
    moment = stix_time(moment_after(last, press.now))
    press.queue(bare.replaced(modified=moment), members, keys=observable_keys(last))
