"""What a member can ask of the exchange; by HTTP, or in the same process."""

from typing import Protocol

from attrs import frozen

from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.overlap.notices import Notice


@frozen
class TagSet:
    """Tags of one holder for one asker.

    Attributes:
        name: see `holder.tag_set_name`; says nothing to who does not hold the holder's key.
        parts: in how many parts it is uploaded.
    """

    holder: str
    asker: str
    name: str
    parts: int


class Mailbox(Protocol):
    """The exchange as one member sees it. Every call may be repeated."""

    def notices(self, after: int) -> tuple[list[Notice], int]:
        """Return what changed in this member's askings since `after`, and the next `after`.

        An empty list means that this is all for now.
        """
        ...

    def notice(self, asking_id: str) -> Notice | None:
        """Return one asking, None when it is not there or not this member's."""
        ...

    def post(self, letter: Letter, tags: TagSet | None = None) -> Notice:
        """Hand in a letter; with an ANSWER, for the exchange alone, what to compare with."""
        ...

    def letter(self, asking_id: str, kind: LetterKind) -> Letter:
        """Fetch a letter that is for this member."""
        ...

    def tag_parts(self, asker: str, name: str) -> frozenset[int]:
        """Return which parts of a tag set the exchange has."""
        ...

    def put_tags(self, tags: TagSet, part: int, data: bytes) -> None:
        """Upload one part of a tag set, parts counted from 0."""
        ...

    def put_outputs(self, asking_id: str, attempt: int, outputs: bytes) -> Notice:
        """Hand in the asker's tags, in an order that tells nothing; get the count."""
        ...

    def approve(self, asking_id: str) -> bytes:
        """Agree as the holder to the reveal; returns the tags in common."""
        ...

    def refuse(self, asking_id: str, why: str) -> Notice:
        """End an asking; `why` is shown to the other member."""
        ...
