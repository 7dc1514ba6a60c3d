"""An asker that checks nothing itself: it builds letters from the trust room's primitives."""

from collections.abc import Sequence

from attrs import define, field

from tests.unit.exchange_overlap.circle import Circle
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.overlap.notices import Notice
from tocsin.foundation import JsonObject, SeededEntropy
from tocsin.records.stix import new_id
from tocsin.trust import TAG_BYTES, Asking

EPOCH = 2965
"""Weeks from 1 January 1970 to 29 October 2026: 20,755 days // 7 = 2,965."""


@define
class Rogue:
    """A member's key and credential in the hands of somebody who wants more than allowed."""

    circle: Circle
    name: str
    holder: str
    kinds: tuple[str, ...] = ("domain", "media", "url")
    entropy: SeededEntropy = field(factory=lambda: SeededEntropy(5))
    asked: dict[str, Asking] = field(factory=dict)

    def said(self, count: int, **changed: object) -> JsonObject:
        base: dict[str, object] = {
            "id": new_id("x-tocsin-overlap", self.entropy),
            "asker": self.circle.members[self.name].id,
            "holder": self.circle.members[self.holder].id,
            "epoch": EPOCH,
            "kinds": [*self.kinds],
            "elements": count,
            "attempt": 1,
        }
        return {**base, **changed}  # type: ignore[dict-item]

    def letter(self, said: JsonObject, data: bytes) -> Letter:
        key = self.circle.keyrings[self.name].signing
        return Letter.write(LetterKind.ASKING, said, data, key)

    def post(self, items: Sequence[str], **changed: object) -> Notice:
        """Ask for keys, or for names meant as domains."""
        keys = [item if ":" in item else f"domain:{item}" for item in items]
        asking = Asking.begin([key.encode() for key in keys])
        said = self.said(len(keys), **changed)
        self.asked[str(said["id"])] = asking
        return self.circle.mailbox(self.name).post(self.letter(said, asking.wire))

    def post_raw(self, data: bytes, count: int, **changed: object) -> Notice:
        """Ask with elements of one's own making."""
        return self.circle.mailbox(self.name).post(self.letter(self.said(count, **changed), data))

    def finish(self, asking_id: str) -> list[bytes]:
        """Return the tags of an asking that was evaluated."""
        letter = self.circle.mailbox(self.name).letter(asking_id, LetterKind.ANSWER)
        public_key = bytes.fromhex(str(letter.said["public_key"]))
        outputs = self.asked[asking_id].outputs(letter.data, public_key)
        return [output[:TAG_BYTES] for output in outputs]

    def finish_all(self) -> None:
        mailbox = self.circle.mailbox(self.name)
        for asking_id in self.asked:
            notice = mailbox.notice(asking_id)
            if notice is not None and notice.stage == "evaluated":
                tags = b"".join(sorted(self.finish(asking_id)))
                mailbox.put_outputs(asking_id, notice.attempt, tags)

    def counts(self, circle: Circle) -> list[int]:
        """Return every count that it got."""
        notices = (circle.mailbox(self.name).notice(each) for each in self.asked)
        return [each.common for each in notices if each is not None and each.common is not None]
