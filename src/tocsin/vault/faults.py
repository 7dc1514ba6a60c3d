"""What a verifier found."""

from attrs import frozen


@frozen
class Verification:
    """The outcome of verifying a log.

    Attributes:
        entries: how many entries were found to hold, up to the first that does not.
        root: base64 of the root over these entries, as a checkpoint shows it.
        first_bad: index of the first bad entry; None when all hold, or when what is wrong belongs
            to no entry (a damaged file, a checkpoint, a row in no entry).
        why: what is wrong, empty when nothing is.
        checkpoints: how many checkpoints were compared.
        signed: True when the signatures of the checkpoints were verified as well.
    """

    ok: bool
    entries: int
    root: str
    first_bad: int | None = None
    why: str = ""
    checkpoints: int = 0
    signed: bool = False


class BadEntryError(Exception):
    """The first thing that does not hold.

    Attributes:
        index: the entry, None when what is wrong belongs to no entry.
    """

    def __init__(self, index: int | None, why: str) -> None:
        super().__init__(why)
        self.index = index
        self.why = why
