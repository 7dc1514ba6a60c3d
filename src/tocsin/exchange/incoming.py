"""The node's door: nothing is taken on the exchange's word alone.

Each object is verified against the member directory, checked for marking, audience and size,
opened if it was sealed to us, and kept with what a withdrawal in it means. The same door serves
the wire and file bundles.
"""

from collections.abc import Sequence
from datetime import datetime

from attrs import define, field, frozen

from tocsin.exchange.arrival import Refusal, check_signature, check_times, read_arrival
from tocsin.exchange.directory import Directory, a_member_id
from tocsin.exchange.effects import flag_withdrawal
from tocsin.exchange.notices import concerned_by
from tocsin.exchange.placing import held_ids, is_withdrawn
from tocsin.exchange.republish import as_submitted, sharing_of
from tocsin.foundation import BadInputError, JsonValue, RefusedError, TocsinError, TrustError
from tocsin.policy import recipients
from tocsin.records import Authorship, StixObject
from tocsin.records.observables import from_pattern, from_sco
from tocsin.trust import SEALED_TYPE, KeyRing, open_object
from tocsin.vault import Standing, Transaction


@define
class Taken:
    """What became of a batch.

    Attributes:
        received: ids of objects that were not here before.
        receipts: (id, version) of all that is here now, as they travelled.
        flagged: ids that withdrawals in the batch newly flagged.
    """

    received: list[str] = field(factory=list)
    receipts: list[tuple[str, str]] = field(factory=list)
    refused: list[Refusal] = field(factory=list)
    flagged: list[str] = field(factory=list)

    def add(self, other: "Taken") -> None:
        """Count `other` in."""
        self.received += other.received
        self.receipts += other.receipts
        self.refused += other.refused
        self.flagged += other.flagged


@frozen
class Door:
    """Takes objects in for one member.

    Attributes:
        now: the later of the node's and the exchange's time: a slow clock here must not make
            everything from elsewhere look as if it came from the future.
        passes_over: True for a file, which also holds what is for others.
    """

    directory: Directory
    me: str
    keyring: KeyRing
    now: datetime
    passes_over: bool = False

    def take(self, tx: Transaction, bodies: Sequence[JsonValue]) -> Taken:
        """Take a batch within a transaction; what does not hold is kept as a refusal."""
        taken = Taken()
        said_ids = [str(each.get("id")) for each in bodies if isinstance(each, dict)]
        held = held_ids(tx, said_ids)
        for body in bodies:
            try:
                self._take(tx, body, taken, held)
            except TocsinError as error:
                said = body if isinstance(body, dict) else {}
                refusal = Refusal(str(said.get("id"))[:200], error.message[:1000], error.hint)
                taken.refused.append(refusal)
                _keep_refusal(tx, refusal)
        return taken

    def verified(self, body: JsonValue) -> StixObject:
        """Return an object as it travelled, once its form and signature hold.

        Raises:
            TocsinError: says what does not hold.
        """
        item = read_arrival(body)
        check_times(item, self.now)
        self._check_author(item)
        check_signature(item, self.directory.keys_of(item.author or self.directory.community.id))
        return item

    def _take(self, tx: Transaction, body: JsonValue, taken: Taken, held: set[str]) -> None:
        item = self.verified(body)
        if item.author == self.me or (item.id in held and _is_own(tx, item.id)):
            return
        stranger = self._not_for_us(tx, item)
        if stranger is not None:
            if self.passes_over:
                return
            raise RefusedError(
                f"{item.id}: not for this member, which {stranger}",
                hint="the exchange should not have sent it: tell the convenor",
            )
        kept = self._opened(item) if item.type == SEALED_TYPE else item
        done = tx.shared.accept(
            kept,
            standing=Standing.RECEIVED,
            by=self.directory.community.id,
            keys=observable_keys(kept),
            received_from=self.directory.community.id,
        )
        taken.receipts.append((item.id, item.version))
        if not done.is_new:
            return
        taken.received.append(kept.id)
        if kept.author == self.directory.community.id:
            for concerned in concerned_by(kept):
                taken.flagged += flag_withdrawal(tx, concerned, because=kept.id)
        elif is_withdrawn(kept):
            taken.flagged += flag_withdrawal(tx, kept.id)

    def _opened(self, item: StixObject) -> StixObject:
        """Return what a sealed object holds, under the author that it shows outside."""
        if sharing_of(item).authorship is Authorship.NAMED:
            inner = open_object(item, self.keyring)
            check_signature(inner, self.directory.keys_of(inner.author or ""))
            return inner
        return open_object(as_submitted(item), self.keyring).replaced(created_by_ref=item.author)

    def _check_author(self, item: StixObject) -> None:
        """Hold what the object says of its author against who may say so."""
        community = self.directory.community
        stand_ins = {Authorship.MEMBER: a_member_id(community.id), Authorship.NONE: None}
        authorship = sharing_of(item).authorship
        if authorship in stand_ins and item.author != stand_ins[authorship]:
            raise TrustError(f"{item.id}: says its author is not named, yet names one")
        if authorship is Authorship.NAMED and item.author not in (community.id, *community.members):
            raise TrustError(
                f"{item.id}: signed by a stranger: {item.author} is no member here",
                hint="run `tocsin sync` for the latest directory, then ask the convenor",
            )

    def _not_for_us(self, tx: Transaction, item: StixObject) -> str | None:
        """Return why this member is no recipient, None when it is one."""
        decision = recipients(item, self.directory.community, now=self.now).decisions.get(self.me)
        if decision is not None and decision.allowed:
            return None
        if is_withdrawn(item) and tx.shared.get(item.id) is not None:
            return None  # it was for us once: its withdrawal reaches us whatever we are in now
        return decision.why if decision else "is no member here"


def observable_keys(item: StixObject) -> tuple[str, ...]:
    """Return the canonical keys under which an object is matched; none for most types."""
    pattern = item.body.get("pattern")
    try:
        found = from_pattern(pattern) if isinstance(pattern, str) else from_sco(item.body)
    except BadInputError:
        return ()
    return (found.key,) if found else ()


def _is_own(tx: Transaction, object_id: str) -> bool:
    """Tell whether this node made it: what comes back under the convenor's name is no news."""
    known = tx.shared.get(object_id)
    return known is not None and known.standing is Standing.OWN


def _keep_refusal(tx: Transaction, refusal: Refusal) -> None:
    tx.documents.put("refusal", refusal.id, {"why": refusal.why}, by="sync")
