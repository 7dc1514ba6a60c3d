"""The node's door: nothing is taken on the exchange's word alone.

Each object is verified against the member directory, checked for marking, audience and size,
opened if it was sealed to us, and kept with what a withdrawal in it means. The same door serves
the wire and file bundles.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from attrs import define, field, frozen

from tocsin.exchange.arrival import Refusal, check_signature, check_times, read_arrival
from tocsin.exchange.directory import Directory, a_member_id
from tocsin.exchange.effects import (
    flag_correction,
    flag_latecomer,
    flag_withdrawal,
    is_correction,
)
from tocsin.exchange.erasure import carry_out, check_not_erased
from tocsin.exchange.notices import concerned_by
from tocsin.exchange.own_returns import adopt
from tocsin.exchange.republish import as_submitted, sharing_of
from tocsin.exchange.runs import runs
from tocsin.exchange.stolen import by_stolen_key, is_by_stolen_key_alone
from tocsin.foundation import (
    BadInputError,
    JsonObject,
    JsonValue,
    RefusedError,
    TocsinError,
    TrustError,
    canonical,
)
from tocsin.policy import Reaches, border_refusals, is_withdrawn
from tocsin.records import Authorship, StixObject, is_erasure
from tocsin.records.observables import from_pattern, from_sco
from tocsin.trust import SEALED_TYPE, KeyRing, open_object
from tocsin.vault import Offered, Shared, Standing, Transaction

REFUSAL: Final = "refusal"
"""Kind of the documents that name what was not taken, each with the reason."""


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

    def refuse(self, object_id: str, error: TocsinError) -> None:
        """Count an object as refused."""
        self.refused.append(Refusal(object_id[:200], error.message[:1000], error.hint))


@frozen
class Door:
    """Takes objects in for one member.

    Attributes:
        now: the later of the node's and the exchange's time, against which things expire. Both
            may be slow: what comes by wire is not held against it for coming from the future,
            since the exchange did so when it took it.
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
        checked: list[StixObject] = []
        own = self._own(tx, bodies)
        for body in bodies:
            try:
                if self._is_mine(body) and canonical(body) in own:
                    continue  # byte for byte what left here: no news, and nothing to verify
                checked.append(self.verified(body))
            except TocsinError as error:
                said = body if isinstance(body, dict) else {}
                taken.refuse(str(said.get("id")), error)
        held = tx.shared.known(item.id for item in checked)
        reaches = Reaches(self.directory.community, self.now)
        for run in runs(checked):
            self._take_run(tx, run, taken, held, reaches)
            held.update(item.id for item in run)
        said_why: list[tuple[str, JsonObject]] = [
            (each.id, {"why": each.why}) for each in taken.refused
        ]
        tx.documents.put_all(REFUSAL, said_why, by="sync")
        return taken

    def verified(self, body: JsonValue) -> StixObject:
        """Return an object as it travelled, once its form and signature hold.

        Raises:
            TocsinError: says what does not hold.
        """
        item = read_arrival(body)
        if self.passes_over:  # a file can be read again; what the exchange hands over comes once
            check_times(item, self.now)
        self._check_author(item)
        check_signature(item, self.directory.keys_of(item.author or self.directory.community.id))
        return item

    def _is_mine(self, body: JsonValue) -> bool:
        return isinstance(body, dict) and body.get("created_by_ref") == self.me

    def _own(self, tx: Transaction, bodies: Sequence[JsonValue]) -> set[bytes]:
        """Return the stored bytes of what a batch brings back of this node's own."""
        ids = [
            str(body.get("id")) for body in bodies if isinstance(body, dict) and self._is_mine(body)
        ]
        return {each.body for each in tx.shared.get_all(ids).values() if _is_own(each)}

    def _take_run(
        self,
        tx: Transaction,
        run: Sequence[StixObject],
        taken: Taken,
        held: set[str],
        reaches: Reaches,
    ) -> None:
        known = tx.shared.get_all(item.id for item in run if item.id in held)
        wanted: list[tuple[StixObject, StixObject]] = []
        for item in run:
            before = known.get(item.id)
            if item.author == self.me or _is_own(before):
                # What comes back is no news, unless this node was put back to an earlier state.
                if before is not None and _is_own(before):
                    taken.flagged += adopt(tx, item, before, self.keyring, self.me)
                continue
            try:
                if self._is_for_us(item, reaches, is_known=item.id in known):
                    opened = self._opened(item)
                    self._check_key(tx, item, opened)
                    check_not_erased(opened, tx.shared.get(opened.id))
                    _check_border(opened, is_known=item.id in known)
                    wanted.append((item, opened))
            except TocsinError as error:
                taken.refuse(item.id, error)
        done = tx.shared.accept_all([self._offered(kept) for _, kept in wanted])
        for (item, kept), result in zip(wanted, done, strict=True):
            if isinstance(result, RefusedError):
                taken.refuse(item.id, result)
                continue
            taken.receipts.append((item.id, item.version))
            if result.is_new:
                taken.received.append(kept.id)
                taken.flagged += self._flag(tx, kept)

    def _offered(self, kept: StixObject) -> Offered:
        community = self.directory.community.id
        return Offered(
            object=kept,
            standing=Standing.RECEIVED,
            by=community,
            keys=observable_keys(kept),
            received_from=community,
        )

    def _flag(self, tx: Transaction, kept: StixObject) -> list[str]:
        """Flag what a withdrawal or correction, or the convenor's notice of one, concerns."""
        if kept.author == self.directory.community.id:
            flag = flag_withdrawal if is_withdrawn(kept) else flag_correction
            return [
                flagged
                for concerned in concerned_by(kept)
                for flagged in flag(tx, concerned, because=kept.id)
            ]
        if is_correction(kept):
            return flag_correction(tx, kept.id)
        if not is_withdrawn(kept):
            return flag_latecomer(tx, kept)
        erased = carry_out(tx, kept, by=self.me) if is_erasure(kept) else []
        return [*erased, *flag_withdrawal(tx, kept.id)]

    def _is_for_us(self, item: StixObject, reaches: Reaches, *, is_known: bool) -> bool:
        """Tell whether to take an object; a file may pass others' by, the exchange may not."""
        decision = reaches.of(item).decisions.get(self.me)
        if decision is not None and decision.allowed:
            return True
        if is_withdrawn(item) and is_known:
            return True  # it was for us once: its withdrawal reaches us whatever we are in now
        if self.passes_over:
            return False
        stranger = decision.why if decision else "is no member here"
        raise RefusedError(
            f"{item.id}: not for this member, which {stranger}",
            hint="the exchange should not have sent it: tell the convenor",
        )

    def _opened(self, item: StixObject) -> StixObject:
        """Return what a sealed object holds, under the author it shows outside; others as is."""
        if item.type != SEALED_TYPE:
            return item
        if sharing_of(item).authorship is Authorship.NAMED:
            inner = open_object(item, self.keyring)
            check_signature(inner, self.directory.keys_of(inner.author or ""))
            return inner
        return open_object(as_submitted(item), self.keyring).replaced(created_by_ref=item.author)

    def _check_key(self, tx: Transaction, item: StixObject, opened: StixObject) -> None:
        """Refuse what a stolen key signed, unless the exchange hands it over: it knows since when.

        A file says nothing of when the exchange took what is in it, if it ever did.
        """
        member = self.directory.community.members.get(item.author or "")
        if not self.passes_over or member is None or not is_by_stolen_key_alone(item, member):
            return
        if tx.shared.get(opened.id, opened.version) is None:
            raise by_stolen_key(item)

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


def observable_keys(item: StixObject) -> tuple[str, ...]:
    """Return the canonical keys under which an object is matched; none for most types."""
    pattern = item.body.get("pattern")
    try:
        found = from_pattern(pattern) if isinstance(pattern, str) else from_sco(item.body)
    except BadInputError:
        return ()
    return (found.key,) if found else ()


def _check_border(item: StixObject, *, is_known: bool) -> None:
    """Refuse what may cross no border, whoever let it through: a file passes no exchange."""
    refusals = border_refusals(item, is_known=is_known)
    if refusals:
        reasons = "; ".join(each.why for each in refusals)
        raise RefusedError(
            f"{item.id}: {reasons}", hint="ask its author to have it reviewed and release it anew"
        )


def _is_own(known: Shared | None) -> bool:
    return known is not None and known.standing is Standing.OWN
