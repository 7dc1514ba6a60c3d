"""The holder's side: check the asking, evaluate it blind, and reveal once a person agreed.

Tags go to the exchange only. Whether one of the elements is held here has no influence on
anything that is sent to the asker before consent.
"""

import hashlib
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from attrs import evolve, frozen

from tocsin.exchange.limits import MAX_SKEW
from tocsin.exchange.overlap.asker import tell_refusal
from tocsin.exchange.overlap.book import (
    CommonItem,
    Record,
    State,
    get_common,
    get_record,
    put_common,
    put_record,
)
from tocsin.exchange.overlap.desk import MAX_TAG_PART_BYTES
from tocsin.exchange.overlap.epochs import epoch_of
from tocsin.exchange.overlap.kinds import key_words
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.overlap.mailbox import Mailbox, TagSet
from tocsin.exchange.overlap.notices import MAX_ANSWERS, Notice, Stage
from tocsin.exchange.overlap.party import Party
from tocsin.exchange.overlap.quota import claim, overlap_limits
from tocsin.exchange.overlap.reveal import Shown, matched, read_sealed, write_sealed
from tocsin.foundation import BadInputError, Progress, RefusedError, TrustError
from tocsin.trust import TAG_BYTES, HolderKey, split_tags, tag_set
from tocsin.vault import Snapshot, Transaction

_HOLDINGS: Final = b"tocsin-holdings:"
_FAULTS: Final = (BadInputError, TrustError, RefusedError)


@frozen
class Holder:
    """Answers askings for one node.

    Attributes:
        workers: processes for the tags of large holdings.
    """

    party: Party
    mailbox: Mailbox
    workers: int = 1
    progress: Progress | None = None

    def advance(self, record: Record | None, notice: Notice) -> Record:
        """Do what is to be done for one asking; the record says what became of it."""
        if record is None or record.attempt < notice.attempt:
            record = self._take_up(notice)
        if record.state is State.REFUSED:
            return tell_refusal(self.party, self.mailbox, record, notice)
        if notice.stage is Stage.REFUSED:
            return self.party.keep(record.refused(notice.why or "refused", is_told=True))
        if notice.stage is Stage.ASKED:
            return self._answer(record, notice)
        if notice.common is not None and record.state is State.WAITING:
            record = self._note_count(record, notice)
        if record.approved_by and notice.stage in (Stage.COUNTED, Stage.APPROVED):
            return self._disclose(record, notice)
        if notice.stage is Stage.REVEALED and not record.is_done:
            return self._read_reply(record, notice)
        return record

    def _take_up(self, notice: Notice) -> Record:
        """Begin the record of an asking, or of a further attempt; refuse what must be refused."""
        fault, digest = "", ""
        if notice.stage is Stage.REFUSED:
            fault = notice.why or "refused"
        elif notice.stage is Stage.ASKED:
            try:
                digest = self._asking(notice).digest
            except _FAULTS as error:
                self._check_is_current(notice)
                fault = error.message

        def work(tx: Transaction) -> Record:
            known = get_record(tx, notice.id)
            if known is not None and known.attempt >= notice.attempt:
                return known
            record = evolve(
                known or Record.received(notice, at=self.party.clock.now()),
                attempt=notice.attempt,
                digest=digest,
                taken=known.taken + 1 if known else 1,
            )
            judged = self._judged(tx, record, notice, fault)
            if notice.stage is Stage.REFUSED:
                judged = evolve(judged, is_told=True)
            return put_record(tx, judged, by=self.party.by)

        return self.party.write(work)

    def _judged(self, tx: Transaction, record: Record, notice: Notice, fault: str) -> Record:
        if record.state is State.REFUSED:
            return record
        if not fault and not _fits(record, notice):
            fault = "a further attempt has to ask for the same"
        if not fault and record.taken > MAX_ANSWERS:
            fault = f"evaluated {MAX_ANSWERS} times, never read"
        if not fault and notice.stage is Stage.ASKED:
            asker = self.party.member(notice.asker)
            is_new = record.taken == 1
            decision = claim(tx, asker, notice, overlap_limits(tx), is_new=is_new)
            fault = "" if decision.allowed else decision.why
        return record.refused(fault) if fault else record

    def _asking(self, notice: Notice) -> Letter:
        """Fetch the asking and check that this asker signed exactly this."""
        letter = self.mailbox.letter(notice.id, LetterKind.ASKING)
        letter.check(self.party.verify_keys(notice.asker))
        letter.check_belongs(notice.attempt_terms)
        said = Notice.of_letter(letter, notice.posted)
        now = self.party.clock.now()
        if said.holder != self.party.id or not (
            epoch_of(now) - 1 <= said.epoch <= epoch_of(now + MAX_SKEW)
        ):
            raise RefusedError("the asking is for another member or another time")
        return letter

    def _check_is_current(self, notice: Notice) -> None:
        """Don't blame an asker that began a further attempt between two of our calls."""
        if self.mailbox.notice(notice.id) != notice:
            raise RefusedError(
                f"overlap {notice.id}: it went on meanwhile", hint="run `tocsin sync` again"
            )

    def _refuse(self, record: Record, notice: Notice, why: str) -> Record:
        return tell_refusal(self.party, self.mailbox, record.refused(why), notice)

    def _answer(self, record: Record, notice: Notice) -> Record:
        key = self._key(notice)
        try:
            letter = self._asking(notice)
            if letter.digest != record.digest:
                raise TrustError("the exchange shows two askings under one number")
            evaluated = key.evaluate(letter.data)
        except _FAULTS as error:
            self._check_is_current(notice)
            return self._refuse(record, notice, error.message)
        tags = self._upload_tags(key, notice)
        said = {**notice.attempt_terms, "public_key": key.public_key.hex()}
        letter = Letter.write(LetterKind.ANSWER, said, evaluated, self.party.keyring.signing)
        # The tags are named beside the letter: the asker is not to see when holdings change.
        self.mailbox.post(letter, tags)
        return record

    def _upload_tags(self, key: HolderKey, notice: Notice) -> TagSet:
        """Make sure that the exchange has the tags of what is held of these kinds now."""
        with self.party.vault.read() as snapshot:
            name = tag_set_name(key, snapshot, notice.kinds)
            there = self.mailbox.tag_parts(notice.asker, name)
            size = sum(1 for _ in _held(snapshot, notice.kinds)) * TAG_BYTES
            parts = max(1, -(-size // MAX_TAG_PART_BYTES))
            tags = TagSet(notice.holder, notice.asker, name, parts)
            if there >= set(range(parts)):
                return tags
            joined = tag_set(self._tags(key, _held(snapshot, notice.kinds)))
        for part in sorted(set(range(parts)) - there):
            start = part * MAX_TAG_PART_BYTES
            self.mailbox.put_tags(tags, part, joined[start : start + MAX_TAG_PART_BYTES])
        return tags

    def _note_count(self, record: Record, notice: Notice) -> Record:
        common = notice.common or 0
        if common > record.asked:
            return self._refuse(record, notice, "the exchange counts more than was asked")
        return self.party.keep(evolve(record, state=State.COUNTED, common=common))

    def _disclose(self, record: Record, notice: Notice) -> Record:
        """Tell the asker, sealed, what the approved count stands for."""
        tags = set(split_tags(self.mailbox.approve(notice.id)))
        if len(tags) != record.common:
            why = f"the exchange names {len(tags)} items where {record.common} were approved"
            return self._refuse(record, notice, why)
        key = self._key(notice)
        with self.party.vault.read() as snapshot:
            held = list(_held(snapshot, notice.kinds))
            made = split_tags(self._tags(key, iter(held)))
            keys = [item for item, tag in zip(held, made, strict=True) if tag in tags]
            seen = snapshot.private.first_observed(keys)
        if tags and not keys:
            return self._refuse(record, notice, "the holder's keys or items have changed since")
        shown = [
            Shown.of(key.output(item.encode()), LetterKind.DISCLOSURE, seen[item]) for item in keys
        ]

        def work(tx: Transaction) -> Record:
            items = [CommonItem(item, seen[item]) for item in keys]
            put_common(tx, record.id, items, by=self.party.by)
            return put_record(tx, evolve(record, state=State.REVEALED), by=self.party.by)

        # Kept before it is sent: what another was told is on record here whatever happens next.
        revealed = self.party.write(work)
        self.mailbox.post(
            write_sealed(self.party, LetterKind.DISCLOSURE, notice, notice.asker, shown)
        )
        return revealed

    def _read_reply(self, record: Record, notice: Notice) -> Record:
        letter = self.mailbox.letter(notice.id, LetterKind.REPLY)
        shown = read_sealed(self.party, letter, notice, notice.asker)
        key = self._key(notice)
        with self.party.vault.read() as snapshot:
            known = {item.key: item for item in get_common(snapshot, record.id)}
        outputs = {key.output(item.encode()): item for item in known}
        theirs, why = matched(shown, outputs, LetterKind.REPLY)
        missing = len(known) - len(theirs)
        if missing and not why:
            why = f"{missing} items were named as common, but the asker does not know them"

        def work(tx: Transaction) -> Record:
            items = [evolve(known[each], theirs=shown.first_seen) for each, shown in theirs.items()]
            put_common(tx, record.id, items, by=self.party.by)
            done = evolve(record, state=State.REVEALED, is_answered=True, why=why or record.why)
            return put_record(tx, done, by=self.party.by)

        return self.party.write(work)

    def _key(self, notice: Notice) -> HolderKey:
        seed = self.party.keyring.overlap_seed
        return HolderKey(seed, self.party.id, notice.asker, str(notice.epoch))

    def _tags(self, key: HolderKey, items: Iterator[str]) -> bytes:
        encoded = (item.encode() for item in items)
        return key.tags(encoded, workers=self.workers, progress=self.progress)


def tag_set_name(key: HolderKey, snapshot: Snapshot, kinds: tuple[str, ...]) -> str:
    """Return a name that changes with what is held of these kinds.

    It is an output of the VOPRF over the digest of the holdings: without the holder's key nobody
    can test a guess of the whole list against it.
    """
    digest = hashlib.sha256(" ".join(key_words(kinds)).encode())
    for item in _held(snapshot, kinds):
        digest.update(b"\n" + item.encode())
    return key.tag(_HOLDINGS + digest.digest()).hex()


def _held(snapshot: Snapshot, kinds: tuple[str, ...]) -> Iterator[str]:
    for key, _ in groupby(snapshot.private.keys(key_words(kinds)), lambda row: row[0]):
        yield key


def _fits(record: Record, notice: Notice) -> bool:
    return (record.other, record.epoch, record.kinds, record.asked) == (
        notice.asker,
        notice.epoch,
        notice.kinds,
        notice.elements,
    )
