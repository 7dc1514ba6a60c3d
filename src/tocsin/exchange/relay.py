"""The exchange's door: every submitted object is checked, authorised, stored and placed.

Form, times and signature are checked before the write lock is taken, the rest under it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from attrs import frozen

from tocsin.exchange import roster
from tocsin.exchange.arrival import check_signature, check_times, read_arrival
from tocsin.exchange.convenor import convened_by
from tocsin.exchange.directory import UNNAMED
from tocsin.exchange.notices import holders_of_derived, notify_of_withdrawal
from tocsin.exchange.placing import past_receivers, submitters_of
from tocsin.exchange.republish import as_submitted
from tocsin.exchange.roster import Convened
from tocsin.exchange.stolen import stolen_outcomes
from tocsin.exchange.submission import Outcome, Submission
from tocsin.foundation import Clock, JsonValue, TocsinError
from tocsin.policy import Action, Principal, authorize
from tocsin.records import Community, StixObject
from tocsin.trust import SigningKey, VerifyKey
from tocsin.vault import Home, Transaction, Vault


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

    def take(self, sender: Principal, bodies: Sequence[JsonValue]) -> list[Outcome]:
        """Take what holds, in one transaction, and say of the rest why it does not."""
        now, keys = self.clock.now(), _keys(sender.member.verify_keys)
        checked = [_check(body, keys, now) for body in bodies]
        items = [each for each in checked if isinstance(each, StixObject)]

        def work(tx: Transaction) -> list[Outcome]:
            community = roster.community_of(tx, self.convened)
            late = stolen_outcomes(tx, items, community.members[sender.member.id])
            good = [item for item, each in zip(items, late, strict=True) if each is None]
            taken = iter(Submission(tx, community, sender, now, self.key).take(good))
            return [next(taken) if each is None else each for each in late]

        outcomes = iter(self.vault.write(work) if items else ())
        return [each if isinstance(each, Outcome) else next(outcomes) for each in checked]

    def withdraw(self, sender: Principal, object_id: str) -> bool:
        """Withdraw on a bare request; False when there is nothing that this sender could.

        The object is hidden in every version; recipients, and holders of what it led to, get the
        convenor's word for it instead of the author's signature.
        """
        now = self.clock.now()

        def work(tx: Transaction) -> bool:
            community = roster.community_of(tx, self.convened)
            by = _deleter(tx, object_id, sender, community, now)
            if by is None:
                return False
            concerned = holders_of_derived(tx, object_id)
            for member in past_receivers(tx, object_id, community):
                concerned.setdefault(member, set()).add(object_id)
            concerned.pop(sender.member.id, None)
            roster.keep_deletion(tx, object_id, by=by)
            tx.visibility.set_all({each.seq: () for each in tx.shared.versions(object_id)})
            notify_of_withdrawal(tx, object_id, community, concerned, key=self.key, now=now)
            return True

        return self.vault.write(work)


def _deleter(
    tx: Transaction, object_id: str, sender: Principal, community: Community, now: datetime
) -> str | None:
    """Return as whom a sender may delete an object, None when it may not."""
    existing = tx.shared.get(object_id)
    if existing is None or roster.deleted(tx, [object_id]):
        return None
    item = as_submitted(existing.object)
    (submitter,) = submitters_of(tx, [existing.object])
    decision = authorize(
        sender,
        Action.WITHDRAW,
        item,
        community=community,
        now=now,
        submitted_by=submitter,
        existing=item,
    )
    if not decision.allowed:
        return None
    return sender.member.id if existing.object.author == sender.member.id else UNNAMED


def _check(body: JsonValue, keys: Mapping[str, VerifyKey], now: datetime) -> StixObject | Outcome:
    said = body if isinstance(body, dict) else {}
    try:
        item = read_arrival(body)
        check_times(item, now)
        check_signature(item, keys)
    except TocsinError as error:
        version = said.get("modified") or said.get("created") or ""
        return Outcome.refused(str(said.get("id") or "")[:200], str(version)[:64], error)
    return item


def _keys(texts: Iterable[str]) -> dict[str, VerifyKey]:
    keys = map(VerifyKey.from_text, texts)
    return {key.key_id: key for key in keys}
