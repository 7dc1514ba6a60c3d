"""The asker's side: blind, wait, check the proof, hand in the outputs, and answer a reveal.

The blinding factors live in an `Asker` and nowhere else. When its process ends before the answer
came, the next `advance` in any other process asks anew, under the same id and with fresh blinds.
"""

from attrs import define, evolve, field

from tocsin.exchange.overlap import reading
from tocsin.exchange.overlap.book import (
    CommonItem,
    Record,
    State,
    get_items,
    get_outputs,
    put_common,
    put_outputs,
    put_record,
)
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.overlap.mailbox import Mailbox
from tocsin.exchange.overlap.notices import MAX_ANSWERS, MAX_ATTEMPTS, Notice, Stage
from tocsin.exchange.overlap.party import Party
from tocsin.exchange.overlap.reveal import Shown, matched, read_sealed, write_sealed
from tocsin.foundation import BadInputError, TrustError
from tocsin.trust import TAG_BYTES, Asking, tag_set
from tocsin.vault import Transaction


@define(eq=False)
class Asker:
    """Holds the blinding factors of askings that wait for their answer."""

    _blinded: dict[str, tuple[int, Asking]] = field(factory=dict, repr=False)

    def advance(
        self, party: Party, mailbox: Mailbox, record: Record, notice: Notice | None
    ) -> Record:
        """Bring a waiting asking as far as it will go now.

        Args:
            notice: the exchange's view, None when it knows of no such asking.
        """
        attempt, asking = self._blinded.get(record.id, (0, None))
        if asking is None or attempt != (notice.attempt if notice else 1):
            attempt = notice.attempt + 1 if notice else 1
            if attempt > MAX_ATTEMPTS or (notice and notice.answers >= MAX_ANSWERS):
                why = "its process ended too often before it could read the holder's answer"
                return tell_refusal(party, mailbox, record.refused(why), notice)
            asking = self._blind(party, record, attempt)
        if notice is None or notice.attempt != attempt:
            record = party.keep(evolve(record, attempt=attempt))
            notice = mailbox.post(_letter(party, record, attempt, asking))
        if notice.stage is Stage.EVALUATED:
            try:
                return self._finish(party, mailbox, record, notice, asking)
            except (TrustError, BadInputError) as error:
                self._blinded.pop(record.id, None)
                refused = record.refused(error.message)
                return tell_refusal(party, mailbox, refused, notice)
        return settle(party, mailbox, record, notice)

    def _blind(self, party: Party, record: Record, attempt: int) -> Asking:
        with party.vault.read() as snapshot:
            items = get_items(snapshot, record.id)
        asking = Asking.begin([item.encode() for item in items])
        self._blinded[record.id] = (attempt, asking)
        return asking

    def _finish(
        self, party: Party, mailbox: Mailbox, record: Record, notice: Notice, asking: Asking
    ) -> Record:
        letter = mailbox.letter(record.id, LetterKind.ANSWER)
        letter.check(party.verify_keys(record.other))
        letter.check_belongs(notice.attempt_terms)
        public_key = reading.raw_bytes(letter.said, "public_key", size=32)
        outputs = asking.outputs(letter.data, public_key)

        def work(tx: Transaction) -> Record:
            put_outputs(tx, record.id, outputs, by=party.by)
            return record

        # Kept before they are handed in: after the count they can't be made again.
        party.write(work)
        handed_in = tag_set(b"".join(output[:TAG_BYTES] for output in outputs))
        notice = mailbox.put_outputs(record.id, notice.attempt, handed_in)
        self._blinded.pop(record.id, None)
        return settle(party, mailbox, record, notice)


def settle(party: Party, mailbox: Mailbox, record: Record, notice: Notice | None) -> Record:
    """Take note of what the exchange says of an asking of ours; answer a reveal."""
    if record.state is State.REFUSED:
        return tell_refusal(party, mailbox, record, notice)
    if notice is None:
        return record
    if notice.stage is Stage.REFUSED:
        return party.keep(record.refused(notice.why or "refused", is_told=True))
    if notice.common is not None and record.state is State.WAITING:
        record = party.keep(evolve(record, state=State.COUNTED, common=notice.common))
    if notice.stage in (Stage.DISCLOSED, Stage.REVEALED) and not record.is_done:
        return _reply(party, mailbox, record, notice)
    return record


def tell_refusal(party: Party, mailbox: Mailbox, record: Record, notice: Notice | None) -> Record:
    """Keep a refusal and tell the exchange, unless the asking is over there too."""
    party.keep(record)
    if notice is not None and notice.stage.is_open:
        mailbox.refuse(record.id, record.why or "refused")
    return party.keep(evolve(record, is_told=True))


def _reply(party: Party, mailbox: Mailbox, record: Record, notice: Notice) -> Record:
    letter = mailbox.letter(record.id, LetterKind.DISCLOSURE)
    shown = read_sealed(party, letter, notice, record.other)
    with party.vault.read() as snapshot:
        outputs = get_outputs(snapshot, record.id)
        theirs, why = matched(shown, outputs, LetterKind.DISCLOSURE)
        ours = snapshot.private.first_observed(theirs)
    answers = [
        Shown.of(output, LetterKind.REPLY, ours[key])
        for output, key in outputs.items()
        if key in theirs
    ]

    def work(tx: Transaction) -> Record:
        items = [CommonItem(key, ours[key], theirs[key].first_seen) for key in sorted(theirs)]
        put_common(tx, record.id, items, by=party.by)
        revealed = evolve(record, state=State.REVEALED, why=why or record.why)
        return put_record(tx, revealed, by=party.by)

    revealed = party.write(work)
    mailbox.post(write_sealed(party, LetterKind.REPLY, notice, record.other, answers))
    return party.keep(evolve(revealed, is_answered=True))


def _letter(party: Party, record: Record, attempt: int, asking: Asking) -> Letter:
    said = Notice(
        id=record.id,
        asker=party.id,
        holder=record.other,
        epoch=record.epoch,
        kinds=record.kinds,
        elements=record.asked,
        attempt=attempt,
        posted=record.asked_at,
    ).attempt_terms
    return Letter.write(LetterKind.ASKING, said, asking.wire, party.keyring.signing)
