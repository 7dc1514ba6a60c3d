"""The mailbox of a member in the exchange's own process; for simulations."""

from attrs import frozen

from tocsin.exchange.overlap.checks import UnknownAskingError
from tocsin.exchange.overlap.desk import OverlapDesk
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.overlap.mailbox import TagSet
from tocsin.exchange.overlap.notices import Notice


@frozen
class LocalMailbox:
    """`Mailbox` at a desk, as one member."""

    desk: OverlapDesk
    member: str

    def notices(self, after: int) -> tuple[list[Notice], int]:
        return self.desk.notices(self.member, after)

    def notice(self, asking_id: str) -> Notice | None:
        try:
            return self.desk.notice(self.member, asking_id)
        except UnknownAskingError:
            return None

    def post(self, letter: Letter, tags: TagSet | None = None) -> Notice:
        return self.desk.post(self.member, letter, tags)

    def letter(self, asking_id: str, kind: LetterKind) -> Letter:
        return self.desk.letter(self.member, asking_id, kind)

    def tag_parts(self, asker: str, name: str) -> frozenset[int]:
        return self.desk.tag_parts(self.member, asker, name)

    def put_tags(self, tags: TagSet, part: int, data: bytes) -> None:
        self.desk.put_tags(self.member, tags, part, data)

    def put_outputs(self, asking_id: str, attempt: int, outputs: bytes) -> Notice:
        return self.desk.put_outputs(self.member, asking_id, attempt, outputs)

    def approve(self, asking_id: str) -> bytes:
        return self.desk.approve(self.member, asking_id)

    def refuse(self, asking_id: str, why: str) -> Notice:
        return self.desk.refuse(self.member, asking_id, why)
