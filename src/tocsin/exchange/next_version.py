"""The next version of something this node released: on the way to whoever had the one before."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen

from tocsin.exchange.placing import reach_of
from tocsin.exchange.republish import sharing_of
from tocsin.foundation import BadInputError, RefusedError, parse_time
from tocsin.policy import is_withdrawn
from tocsin.records import Authorship, Community, StixObject, Tlp
from tocsin.trust import (
    KeyRing,
    SealingKey,
    SealingPublicKey,
    seal_object,
    sealed_id_of,
    sign_object,
    with_escrow,
)
from tocsin.vault import Outgoing, Shared, Snapshot, Standing, Transaction

MAX_WHY_LENGTH: Final = 2_000


def checked_why(why: str, what: str) -> str:
    """Return a reason that everybody may read.

    Raises:
        BadInputError: when there is none, or it is longer than `MAX_WHY_LENGTH`.
    """
    if not why.strip() or len(why) > MAX_WHY_LENGTH:
        raise BadInputError(f"{what} needs a reason", hint="give it with --why")
    return why.strip()


def own_of(view: Snapshot, object_id: str) -> Shared:
    """Return the last version of something this node released.

    Raises:
        RefusedError: when it is not one of this node's own.
    """
    held = view.shared.get(object_id)
    if held is None or held.standing is not Standing.OWN:
        raise RefusedError(
            f"{object_id} is not something this node released",
            hint="only its author can change it: answer with a sighting or a note instead",
        )
    return held


def waiting_rows(tx: Transaction, object_id: str, now: datetime) -> list[Outgoing]:
    """Return the rows of an object whose hold time runs; none once any of them may have left."""
    rows = {row.seq: row for row in tx.outbox.rows(unsent_only=False)}
    found = [rows[each.seq] for each in as_it_travels(tx, object_id) if each.seq in rows]
    if any(row.has_left or row.not_before <= now for row in found):
        return []
    return found


def was_queued(tx: Transaction, object_id: str) -> bool:
    """Tell whether any version may have left; what was taken back in time is not in the outbox."""
    queued = {row.seq for row in tx.outbox.rows(unsent_only=False)}
    return any(each.seq in queued for each in as_it_travels(tx, object_id))


def as_it_travels(view: Snapshot, object_id: str) -> list[Shared]:
    """Return all versions of an object, those that are sealed as well."""
    return [*view.shared.versions(object_id), *view.shared.versions(sealed_id_of(object_id))]


def moment_after(item: StixObject, now: datetime) -> datetime:
    """Return a time for the next version, which must be later than the one before.

    Of an unnamed author it says the hour only, as a release does: an exact time would help to
    find the author.
    """
    if sharing_of(item).authorship is not Authorship.NAMED:
        now = now.replace(minute=0, second=0, microsecond=0)
    before = parse_time(item.version, field="modified")
    return max(now, before + timedelta(milliseconds=1))


@frozen(kw_only=True)
class Press:
    """Signs next versions and puts them into the outbox.

    Attributes:
        me: id of this node's organisation.
        by: the person who asks for it.
    """

    tx: Transaction
    community: Community
    keyring: KeyRing
    now: datetime
    me: str
    by: str

    def queue(
        self,
        item: StixObject,
        members: Iterable[str] = (),
        *,
        opens_at: datetime | None = None,
        keys: Sequence[str] = (),
    ) -> None:
        """Queue a version, as yet unsigned, for whom policy names.

        Args:
            members: whom it goes to besides.
            opens_at: not earlier than this; at once by default.
            keys: canonical observable keys, for matching.
        """
        tx = self.tx
        receivers = {*members, *reach_of(tx, item, self.me, self.community, self.now).receivers}
        signing = self.keyring.signing
        signed = sign_object(with_escrow(item, self.community, self.me, signing), signing)
        seq = self._kept(signed, receivers, keys)
        if item.marking is not None and item.marking.tlp is Tlp.RED:
            sealed_to = sealing_keys(self.community, receivers | self._hidden_among(item))
            if not sealed_to and is_withdrawn(item):
                sealed_to = self._of_nobody_left(item)
            outer = seal_object(signed, sealed_to, sealed_id=sealed_id_of(item.id))
            seq = self._kept(sign_object(outer, self.keyring.signing), receivers)
        tx.outbox.add(seq, not_before=opens_at or self.now)

    def replace(self, item: StixObject, waiting: Sequence[Outgoing], keys: Sequence[str]) -> None:
        """Queue a version in place of those that wait: nobody learns that there was another."""
        take_back(self.tx, item.id, waiting)
        self.queue(item, opens_at=max(row.not_before for row in waiting), keys=keys)

    def _hidden_among(self, item: StixObject) -> set[str]:
        """Return this member where it addressed itself, unnamed: the one left out would be it."""
        sharing = sharing_of(item)
        is_hidden = sharing.authorship is not Authorship.NAMED
        return {self.me} if is_hidden and self.me in sharing.audience.members else set()

    def _of_nobody_left(self, item: StixObject) -> dict[str, SealingPublicKey]:
        """Return what to seal a withdrawal to once all whom it reached have left.

        Who comes back is told by the envelope. An unnamed author's own key on it would be its
        name, so a key is taken that nobody keeps.
        """
        if sharing_of(item).authorship is Authorship.NAMED:
            return sealing_keys(self.community, {self.me})
        return {self.me: SealingKey.generate().public}

    def _kept(self, item: StixObject, members: Iterable[str], keys: Sequence[str] = ()) -> int:
        kept = self.tx.shared.accept(item, standing=Standing.OWN, by=self.by, keys=keys)
        self.tx.visibility.set(kept.seq, members)
        return kept.seq


def take_back(tx: Transaction, object_id: str, waiting: Sequence[Outgoing]) -> None:
    """Let nothing of an object leave."""
    for row in waiting:
        tx.outbox.take_back(row.seq)
    tx.visibility.set_all({each.seq: () for each in as_it_travels(tx, object_id)})


def let_stay(tx: Transaction, object_id: str, now: datetime) -> None:
    """Take out versions that wait while earlier ones are out: the object is at its end.

    Sent behind its withdrawal they would be refused for good, with every sync once more. So are
    those that were sent and never acknowledged; but there the exchange's answer may have been lost
    and not the version, so whoever was to get it still counts as one who may have it.
    """
    there = {each.seq for each in as_it_travels(tx, object_id)}
    rows = [row for row in tx.outbox.rows(unsent_only=False) if row.seq in there]
    first_out = min((row.seq for row in rows if row.has_left), default=None)
    for row in rows:
        is_held = row.not_before > now
        is_behind = first_out is not None and row.seq > first_out
        if row.has_left or not (is_held or is_behind):
            continue
        tx.outbox.take_back(row.seq)
        if is_held:
            tx.visibility.set(row.seq, ())


def sealing_keys(community: Community, members: set[str]) -> dict[str, SealingPublicKey]:
    """Return the keys to seal to, by member id; members without one are left out."""
    found: dict[str, SealingPublicKey] = {}
    for member_id in members:
        member = community.members.get(member_id)
        if member is not None and member.active and member.sealing_key is not None:
            found[member_id] = SealingPublicKey.from_text(member.sealing_key)
    return found
