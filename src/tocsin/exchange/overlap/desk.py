"""The exchange's side: it carries letters, compares tags, and tells both sides a number.

Stages: ASKED → EVALUATED → COUNTED → APPROVED → DISCLOSED → REVEALED, or REFUSED from any open
one. Each step checks who calls, that the letter is signed by that member and belongs to this
asking, and the stage; a step that is done already is answered the same way again. Which tags are
in common goes to the holder only, and only after its consent.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from attrs import evolve, frozen

from tocsin.exchange.overlap import reading
from tocsin.exchange.overlap.blobs import Blobs
from tocsin.exchange.overlap.checks import (
    UnknownAskingError,
    checked_asker,
    checked_tag_set,
    out_of_turn,
    verify_keys,
    visible,
)
from tocsin.exchange.overlap.epochs import LIFETIME, epoch_of, is_running
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.overlap.mailbox import TagSet
from tocsin.exchange.overlap.notices import MAX_ANSWERS, Notice, Stage
from tocsin.exchange.overlap.quota import claim, forget_before, overlap_limits
from tocsin.exchange.overlap.shelf import Shelf, Shelved
from tocsin.foundation import BadInputError, Clock, RefusedError, parse_time, rfc3339
from tocsin.policy import Decision
from tocsin.records import Community, Member
from tocsin.trust import TAG_BYTES, split_tags
from tocsin.vault import Transaction, Vault

MAX_TAG_PART_BYTES: Final = 400_000 * TAG_BYTES
MAX_WHY: Final = 500
PAGE: Final = 500
EXCHANGE: Final = "exchange"

_SWEEP_KEY: Final = "overlap.swept"
_SWEEP_EVERY: Final = timedelta(hours=1)


@frozen
class OverlapDesk:
    """Private overlap at one exchange.

    Attributes:
        directory: returns the community as it is now.
    """

    vault: Vault
    blobs: Blobs
    clock: Clock
    directory: Callable[[], Community]

    def notices(self, caller: str, after: int) -> tuple[list[Notice], int]:
        """Return a page of what changed since `after` in the caller's askings, and the next one."""
        self.sweep()
        with self.vault.read() as snapshot:
            changed = [
                each for each in self._shelf.all(snapshot) if each.change_for(caller) > after
            ][:PAGE]
        following = changed[-1].change_for(caller) if changed else after
        return [each.notice for each in changed], following

    def notice(self, caller: str, asking_id: str) -> Notice:
        """Return one asking.

        Raises:
            UnknownAskingError: also when it is not the caller's.
        """
        with self.vault.read() as snapshot:
            return visible(self._shelf.get(snapshot, asking_id), caller).notice

    def post(self, caller: str, letter: Letter, tags: TagSet | None = None) -> Notice:
        """Take a letter in, and with an ANSWER the tag set that the asker must not know of.

        Raises:
            UnknownAskingError: when the asking is not the caller's.
            RefusedError: when it is not its turn.
            TrustError: when it is not signed by the caller or belongs elsewhere.
        """
        community = self.directory()
        letter.check(verify_keys(community, caller))
        if letter.kind is LetterKind.ASKING:
            return self._ask(community, caller, letter)
        return self._follow_up(caller, letter, tags)

    def letter(self, caller: str, asking_id: str, kind: LetterKind) -> Letter:
        """Return a letter to the member that it is for."""
        notice = self.notice(caller, asking_id)
        is_for = notice.holder if kind in _FROM_ASKER else notice.asker
        found = self._shelf.letter(notice, kind) if caller == is_for else None
        if found is None:
            raise UnknownAskingError
        return found

    def tag_parts(self, caller: str, asker: str, name: str) -> frozenset[int]:
        """Return which parts of the caller's tag set are here."""
        return self._shelf.tag_parts(checked_tag_set(caller, asker, name, 1))

    def put_tags(self, caller: str, tags: TagSet, part: int, data: bytes) -> None:
        """Keep a part of the caller's tag set, as long as an asking waits for it."""
        kept = checked_tag_set(caller, tags.asker, tags.name, tags.parts)
        if not 0 <= part < kept.parts or not 0 <= len(data) <= MAX_TAG_PART_BYTES:
            raise BadInputError("overlap tags: no such part, or it is too long", hint="send anew")
        split_tags(data)

        def work(tx: Transaction) -> None:
            waiting = any(
                (each.notice.asker, each.notice.holder) == (tags.asker, caller)
                and each.notice.stage is Stage.ASKED
                for each in self._shelf.all(tx)
            )
            if not waiting:
                raise UnknownAskingError
            self._shelf.put_tags(tx, kept, part, data, self.clock.now())

        self.vault.write(work)

    def put_outputs(self, caller: str, asking_id: str, attempt: int, outputs: bytes) -> Notice:
        """Compare the asker's outputs with the holder's tags; only the count leaves.

        Raises:
            BadInputError: when there are not as many distinct outputs as elements were asked.
        """
        tags = set(split_tags(outputs))

        def work(tx: Transaction) -> Notice:
            shelved = self._own(tx, asking_id, asker=caller)
            notice = shelved.notice
            if notice.attempt == attempt and notice.stage.rank > Stage.EVALUATED.rank:
                return notice
            if notice.attempt != attempt or notice.stage is not Stage.EVALUATED:
                raise out_of_turn(notice)
            if len(tags) != notice.elements or len(outputs) != len(tags) * TAG_BYTES:
                raise BadInputError(
                    f"overlap: {len(tags)} different outputs for {notice.elements} elements",
                    hint="ask anew",
                )
            self._shelf.put_outputs(notice, outputs)
            counted = evolve(notice, stage=Stage.COUNTED, common=len(self._common(shelved, tags)))
            return self._shelf.put(tx, evolve(shelved, notice=counted), by=caller)

        return self.vault.write(work)

    def approve(self, caller: str, asking_id: str) -> bytes:
        """Note the holder's consent and return the tags in common, sorted."""

        def work(tx: Transaction) -> bytes:
            shelved = self._own(tx, asking_id, holder=caller)
            if shelved.notice.stage is Stage.COUNTED:
                shelved = shelved.at(Stage.APPROVED)
                self._shelf.put(tx, shelved, by=caller)
            if shelved.notice.stage is not Stage.APPROVED:
                raise out_of_turn(shelved.notice)
            outputs = set(split_tags(self._shelf.outputs(shelved.notice)))
            return b"".join(sorted(self._common(shelved, outputs)))

        return self.vault.write(work)

    def refuse(self, caller: str, asking_id: str, why: str) -> Notice:
        """End an open asking for one of its two members."""

        def work(tx: Transaction) -> Notice:
            shelved = visible(self._shelf.get(tx, asking_id), caller)
            if shelved.notice.stage is Stage.REFUSED:
                return shelved.notice
            if not shelved.notice.stage.is_open:
                raise out_of_turn(shelved.notice)
            return self._refuse(tx, shelved, caller, why)

        return self.vault.write(work)

    def sweep(self) -> None:
        """Delete what is past its time; does something once an hour at most."""
        now = self.clock.now()

        def work(tx: Transaction) -> None:
            last = tx.settings.get(_SWEEP_KEY)
            if isinstance(last, str) and now - parse_time(last) < _SWEEP_EVERY:
                return
            tx.settings.set(_SWEEP_KEY, rfc3339(now))
            for shelved in self._shelf.all(tx):
                if not shelved.is_cleared and shelved.notice.posted + LIFETIME <= now:
                    self._expire(tx, shelved)
            self._shelf.clear_old_tags(tx, now)
            forget_before(tx, epoch_of(now) - 1)

        with self.vault.read() as snapshot:
            last = snapshot.settings.get(_SWEEP_KEY)
        if not isinstance(last, str) or now - parse_time(last) >= _SWEEP_EVERY:
            self.vault.write(work)

    @property
    def _shelf(self) -> Shelf:
        return Shelf(self.blobs)

    def _ask(self, community: Community, caller: str, letter: Letter) -> Notice:
        now = self.clock.now()
        asked = Notice.of_letter(letter, now)
        asker = checked_asker(community, caller, asked)

        def work(tx: Transaction) -> Notice:
            shelved = self._shelf.get(tx, asked.id)
            if shelved is not None:
                known = visible(shelved, caller).notice
                if known.terms != asked.terms:
                    raise UnknownAskingError
                if not self._is_next(known, asked, letter):
                    return known
                return self._ask_again(tx, asker, known, letter)
            if asked.attempt != 1:
                raise BadInputError("overlap: an asking begins with attempt 1", hint="ask anew")
            if not is_running(asked.epoch, now):
                raise RefusedError(
                    f"overlap: epoch {asked.epoch} is not running",
                    hint="check the clock of this machine, then ask anew",
                )
            decision = claim(tx, asker, asked, overlap_limits(tx))
            return self._admit(tx, decision, asked, letter)

        return self.vault.write(work)

    def _ask_again(self, tx: Transaction, asker: Member, known: Notice, letter: Letter) -> Notice:
        """Take a further attempt; one whose elements were never evaluated costs nothing."""
        again = evolve(known, attempt=known.attempt + 1, stage=Stage.ASKED)
        decision = Decision.yes("quota", "not evaluated yet")
        if known.answers >= MAX_ANSWERS:
            decision = Decision.no("answers", f"evaluated {MAX_ANSWERS} times, never read")
        elif known.stage is Stage.EVALUATED:
            decision = claim(tx, asker, again, overlap_limits(tx), is_new=False)
        made = self._admit(tx, decision, again, letter)
        self._shelf.drop_old_attempts(again)
        return made

    def _is_next(self, known: Notice, asked: Notice, letter: Letter) -> bool:
        """Tell whether this attempt follows the known one; a repeated letter is none."""
        if known.stage.rank > Stage.EVALUATED.rank:
            return False
        if asked.attempt == known.attempt + 1:
            return True
        before = self._shelf.letter(known, LetterKind.ASKING)
        if asked.attempt == known.attempt and before and before.digest == letter.digest:
            return False
        raise out_of_turn(known)

    def _admit(self, tx: Transaction, decision: Decision, asked: Notice, letter: Letter) -> Notice:
        if not decision.allowed:
            return self._refuse(tx, Shelved(asked), EXCHANGE, decision.why)
        self._shelf.put_letter(letter, asked)
        return self._shelf.put(tx, Shelved(asked), by=asked.asker)

    def _follow_up(self, caller: str, letter: Letter, tags: TagSet | None) -> Notice:
        step = _STEPS[letter.kind]

        def work(tx: Transaction) -> Notice:
            asking_id = reading.text(letter.said, "id")
            role = {"asker" if letter.kind in _FROM_ASKER else "holder": caller}
            shelved = self._own(tx, asking_id, **role)
            notice = shelved.notice
            letter.check_belongs(notice.attempt_terms)
            if notice.stage.rank >= step.to.rank and notice.stage is not Stage.REFUSED:
                return notice
            if notice.stage is not step.comes_from:
                raise out_of_turn(notice)
            if letter.kind is LetterKind.ANSWER:
                notice = evolve(notice, answers=notice.answers + 1)
                shelved = Shelved(notice, self._answered(tags, notice))
            self._shelf.put_letter(letter, notice)
            moved = shelved.at(step.to)
            made = self._shelf.put(tx, moved, by=caller)
            if letter.kind is LetterKind.DISCLOSURE:
                self._shelf.clear(tx, moved)
            return made

        return self.vault.write(work)

    def _answered(self, claimed: TagSet | None, notice: Notice) -> TagSet:
        if claimed is None:
            raise BadInputError("overlap: an answer without tags", hint="upgrade this node")
        name, parts = claimed.name, claimed.parts
        tags = checked_tag_set(notice.holder, notice.asker, name, parts)
        missing = set(range(parts)) - self._shelf.tag_parts(tags)
        if missing:
            raise BadInputError(
                f"overlap: {len(missing)} parts of the tags are missing", hint="sync again"
            )
        return tags

    def _common(self, shelved: Shelved, outputs: set[bytes]) -> set[bytes]:
        """Return the outputs that are among the holder's tags, of which there may be millions."""
        tags = self._shelf.tags(shelved.tags) if shelved.tags else b""
        return {tag for tag in split_tags(tags) if tag in outputs}

    def _refuse(self, tx: Transaction, shelved: Shelved, by: str, why: str) -> Notice:
        refused = evolve(
            shelved.notice, stage=Stage.REFUSED, refused_by=by, why=why.strip()[:MAX_WHY]
        )
        made = self._shelf.put(tx, evolve(shelved, notice=refused, is_cleared=True), by=by)
        self._shelf.clear(tx, shelved)
        return made

    def _expire(self, tx: Transaction, shelved: Shelved) -> None:
        if shelved.notice.stage.is_open:
            days = LIFETIME.days
            self._refuse(tx, shelved, EXCHANGE, f"not finished within {days} days: deleted")
        else:
            self._shelf.put(tx, evolve(shelved, is_cleared=True), by=EXCHANGE)
        self._shelf.clear_sealed(shelved)

    def _own(
        self,
        tx: Transaction,
        asking_id: str,
        *,
        asker: str | None = None,
        holder: str | None = None,
    ) -> Shelved:
        shelved = visible(self._shelf.get(tx, asking_id), asker or holder or "")
        if (asker and shelved.notice.asker != asker) or (
            holder and shelved.notice.holder != holder
        ):
            raise UnknownAskingError
        return shelved


@frozen
class _Step:
    comes_from: Stage
    to: Stage


_STEPS: Final = {
    LetterKind.ANSWER: _Step(Stage.ASKED, Stage.EVALUATED),
    LetterKind.DISCLOSURE: _Step(Stage.APPROVED, Stage.DISCLOSED),
    LetterKind.REPLY: _Step(Stage.DISCLOSED, Stage.REVEALED),
}
_FROM_ASKER: Final = frozenset({LetterKind.ASKING, LetterKind.REPLY})
