"""The exchange's door: every submitted object is checked, authorised, stored and placed.

An object, who sees it and the log entry that says so are written in one transaction. The rules
are policy's; this module only asks them about the loaded object.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from tocsin.exchange import roster
from tocsin.exchange.arrival import check_signature, check_times, read_arrival
from tocsin.exchange.convenor import convened_by
from tocsin.exchange.directory import UNNAMED
from tocsin.exchange.notices import holders_of_derived, notify_of_withdrawal
from tocsin.exchange.placing import (
    Placed,
    held_ids,
    is_withdrawn,
    past_receivers,
    place,
    sources_of,
    submitter_of,
)
from tocsin.exchange.republish import (
    as_submitted,
    is_same_submission,
    republished,
    sharing_of,
)
from tocsin.exchange.roster import Convened
from tocsin.foundation import Clock, JsonValue, RefusedError, TocsinError
from tocsin.policy import Action, Principal, authorize, derived_limit
from tocsin.records import Authorship, Community, Member, StixObject
from tocsin.trust import SigningKey, VerifyKey
from tocsin.vault import Home, Shared, Standing, Transaction, Vault

RELAYED: Final = "relayed"
"""Kind of the log entry that says who receives an object."""


@frozen
class Outcome:
    """What became of one submitted object.

    Attributes:
        why: None when it was taken, or was there before.
    """

    id: str
    version: str
    why: str | None = None

    @property
    def is_taken(self) -> bool:
        return self.why is None


@frozen
class Relay:
    """Takes objects from members."""

    home: Home
    clock: Clock

    @property
    def vault(self) -> Vault:
        return self.home.vault

    @property
    def convened(self) -> Convened:
        return convened_by(self.home)

    @property
    def key(self) -> SigningKey:
        """The convenor's, which signs in place of unnamed authors."""
        return self.home.keyring.signing

    def take(self, sender: Member, bodies: Sequence[JsonValue]) -> list[Outcome]:
        """Take what holds, in one transaction, and say of the rest why it does not."""
        now = self.clock.now()
        checked = [_check(body, sender, now) for body in bodies]
        if all(isinstance(each, Outcome) for each in checked):
            return [each for each in checked if isinstance(each, Outcome)]

        def work(tx: Transaction) -> list[Outcome]:
            ids = [each.id for each in checked if isinstance(each, StixObject)]
            community = roster.community_of(tx, self.convened)
            desk = _Desk(self, tx, community, sender, now, held_ids(tx, ids))
            return [each if isinstance(each, Outcome) else desk.outcome(each) for each in checked]

        return self.vault.write(work)

    def withdraw(self, sender: Member, object_id: str) -> bool:
        """Withdraw on a bare request; False when there is nothing that this sender could.

        Recipients get the convenor's word for it instead of the author's signature.
        """
        now = self.clock.now()

        def work(tx: Transaction) -> bool:
            community = roster.community_of(tx, self.convened)
            return _Desk(self, tx, community, sender, now, {object_id}).delete(object_id)

        return self.vault.write(work)


@frozen
class _Desk:
    """One submission under the write lock.

    Attributes:
        held: ids that are stored; most of a batch are new and need no look-up each.
    """

    relay: Relay
    tx: Transaction
    community: Community
    sender: Member
    now: datetime
    held: set[str]

    def outcome(self, item: StixObject) -> Outcome:
        try:
            self._take(item)
        except TocsinError as error:
            return _refused(item.id, item.version, error)
        return Outcome(item.id, item.version)

    def _take(self, item: StixObject) -> None:
        tx = self.tx
        existing = tx.shared.get(item.id) if item.id in self.held else None
        submitter = submitter_of(tx, existing.object) if existing else None
        same = tx.shared.get(item.id, item.version) if submitter == self.sender.id else None
        if same is not None and is_same_submission(same.object, item):
            return
        self._authorize(item, existing, submitter)
        if existing is not None and roster.is_deleted(tx, item.id):
            raise RefusedError(
                f"{item.id}: its author deleted it here", hint="release it anew, under another id"
            )
        placed = place(tx, item, self.sender.id, self.community, self.now)
        is_named = sharing_of(item).authorship is Authorship.NAMED
        by = self.sender.id if is_named else UNNAMED
        stored = item if is_named else republished(item, self.community.id, self.relay.key)
        seq = tx.shared.accept(
            stored,
            standing=Standing.RELAYED,
            by=by,
            received_from=self.sender.id if is_named else None,
        ).seq
        self.held.add(item.id)
        if not is_named and submitter is None:
            roster.keep_submitter(tx, item.id, self.sender.id, by=UNNAMED)
        tx.visibility.set(seq, placed.members)
        _log(tx, item, placed, by)
        if is_withdrawn(item):
            derived = holders_of_derived(tx, item.id)
            unaware = {each: ids for each, ids in derived.items() if each not in placed.members}
            self._notify(item.id, unaware)

    def delete(self, object_id: str) -> bool:
        """Hide an object in every version and tell everyone who saw it or holds what it led to."""
        tx = self.tx
        existing = tx.shared.get(object_id)
        if existing is None or roster.is_deleted(tx, object_id):
            return False
        item = as_submitted(existing.object)
        decision = authorize(
            Principal(self.sender),
            Action.WITHDRAW,
            item,
            community=self.community,
            now=self.now,
            submitted_by=submitter_of(tx, existing.object),
            existing=item,
        )
        if not decision.allowed:
            return False
        concerned = holders_of_derived(tx, object_id)
        for member in past_receivers(tx, object_id, self.community):
            concerned.setdefault(member, set()).add(object_id)
        concerned.pop(self.sender.id, None)
        by = self.sender.id if existing.object.author == self.sender.id else UNNAMED
        roster.keep_deletion(tx, object_id, by=by)
        for version in tx.shared.versions(object_id):
            tx.visibility.set(version.seq, ())
        self._notify(object_id, concerned)
        return True

    def _notify(self, object_id: str, concerned: Mapping[str, set[str]]) -> None:
        notify_of_withdrawal(
            self.tx, object_id, self.community, concerned, key=self.relay.key, now=self.now
        )

    def _authorize(self, item: StixObject, existing: Shared | None, submitter: str | None) -> None:
        """Ask policy; a change must also be something its sender could submit anew."""
        actions = [Action.SUBMIT]
        if existing is not None:
            actions.append(Action.WITHDRAW if is_withdrawn(item) else Action.UPDATE)
        for action in actions:
            decision = authorize(
                Principal(self.sender),
                action,
                item,
                community=self.community,
                now=self.now,
                submitted_by=submitter,
                existing=as_submitted(existing.object) if existing else None,
            )
            if not decision.allowed:
                raise RefusedError(f"{item.id}: {decision.why}")
        self._check_groups(item)
        sources = sources_of(self.tx, item)
        if existing is None and any(is_withdrawn(source) for source in sources):
            raise RefusedError(f"{item.id}: it rests on something that was withdrawn")
        limit = derived_limit(sources, self.community, self.now)
        marking = item.marking
        if marking is not None and marking.tlp.rank < limit.tlp.rank:
            raise RefusedError(
                f"{item.id}: {marking.tlp.label} is laxer than its source's {limit.tlp.label}"
            )
        missing = limit.origins - sharing_of(item).origins
        if missing:
            raise RefusedError(
                f"{item.id}: its sources' origin {', '.join(sorted(missing))} is left out"
            )

    def _check_groups(self, item: StixObject) -> None:
        """Refuse groups that the sender is not in, alike whether or not they are there.

        Its own preview knows nothing of them, and it must learn nothing of them.
        """
        groups = self.community.groups
        for group_id in sorted(sharing_of(item).audience.groups):
            if group_id not in groups or self.sender.id not in groups[group_id].members:
                raise RefusedError(f"{item.id}: {group_id} is no group of yours")


def _check(body: JsonValue, sender: Member, now: datetime) -> StixObject | Outcome:
    said = body if isinstance(body, dict) else {}
    try:
        item = read_arrival(body)
        check_times(item, now)
        check_signature(item, _keys(sender))
    except TocsinError as error:
        version = said.get("modified") or said.get("created") or ""
        return _refused(str(said.get("id"))[:200], str(version)[:64], error)
    return item


def _keys(member: Member) -> dict[str, VerifyKey]:
    keys = [VerifyKey.from_text(text) for text in member.verify_keys]
    return {key.key_id: key for key in keys}


def _refused(object_id: str, version: str, error: TocsinError) -> Outcome:
    hint = f" ({error.hint})" if error.hint else ""
    return Outcome(object_id, version, f"{error.message}{hint}"[:1000])


def _log(tx: Transaction, item: StixObject, placed: Placed, by: str) -> None:
    tx.log.append(
        RELAYED,
        by=by,
        said={"id": item.id, "version": item.version, "receivers": [*placed.receivers]},
    )
