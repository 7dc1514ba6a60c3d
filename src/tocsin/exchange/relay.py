"""The exchange's door: every submitted object is checked, authorised, stored and placed.

Form, times and signature are checked before the write lock is taken, the rest under it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from attrs import frozen

from tocsin.exchange import roster
from tocsin.exchange.arrival import check_signature, check_times, read_arrival
from tocsin.exchange.convenor import convened_by
from tocsin.exchange.deletion import delete, deleter_of
from tocsin.exchange.directory import UNNAMED
from tocsin.exchange.mixing import hold_deletion, interval_of
from tocsin.exchange.outcome import Outcome
from tocsin.exchange.roster import Convened
from tocsin.exchange.stolen import stolen_outcomes
from tocsin.exchange.submission import Submission
from tocsin.foundation import Clock, JsonValue, TocsinError
from tocsin.policy import Principal
from tocsin.records import StixObject
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

        See `deletion`. Of an unnamed author's object it waits like everything from such an author.
        """
        now = self.clock.now()

        def work(tx: Transaction) -> bool:
            community = roster.community_of(tx, self.convened)
            by = deleter_of(tx, object_id, sender, community, now)
            if by is None:
                return False
            me, interval = sender.member.id, interval_of(tx)
            if by == UNNAMED and interval:
                hold_deletion(tx, object_id, me, now, interval)
            else:
                delete(tx, object_id, me, community, by=by, key=self.key, now=now)
            return True

        return self.vault.write(work)


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
