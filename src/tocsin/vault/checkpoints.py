"""Checkpoints along a log, compared with what is recomputed on the way."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from tocsin.foundation import TocsinError
from tocsin.trust import Checkpoint, Frontier, VerifyKey, read_note, verify_note
from tocsin.vault.faults import BadEntryError

KeptNote: TypeAlias = tuple[int, str, bytes | None]


class CheckpointTrail:
    """Signed notes by ascending size, each checked when the walk reaches its size.

    A root that differs says that history was rewritten somewhere between the last checkpoint
    that held and this one: the first entry after the former is named.

    Args:
        notes: by ascending size, the size and root under which each is kept (None: not kept
            apart) with the signed note between them.
        origin: the log's name.
        keys: public keys, one of which must have signed each note; empty to check roots only.
    """

    def __init__(
        self,
        notes: Iterable[tuple[int, str, bytes | None]],
        *,
        origin: str,
        keys: Sequence[VerifyKey],
    ) -> None:
        self._notes: Iterator[KeptNote] = iter(notes)
        self._origin = origin
        self._keys = keys
        self._next = next(self._notes, None)
        self._good = 0
        self.checked = 0

    def check(self, size: int, frontier: Frontier) -> None:
        """Compare with the checkpoints of this size, if there are any."""
        while self._next is not None and self._next[0] <= size:
            kept_under, note, root = self._next
            claim = self._read(note)
            expected = (kept_under, self._origin, claim.root if root is None else root)
            if (claim.size, claim.origin, claim.root) != expected or kept_under != size:
                raise BadEntryError(None, f"the checkpoint of {kept_under} entries is damaged")
            if claim.root != frontier.root():
                raise BadEntryError(
                    self._good, f"the log differs from its signed checkpoint of {size} entries"
                )
            self._good = size
            self.checked += 1
            self._next = next(self._notes, None)

    def check_end(self, frontier: Frontier) -> None:
        """No checkpoint may speak of more entries than there are."""
        if self._next is not None:
            raise BadEntryError(
                frontier.size, f"entries are missing: a checkpoint counts {self._next[0]}"
            )

    def _read(self, note: str) -> Checkpoint:
        why: TocsinError | None = None
        if not self._keys:
            try:
                return read_note(note)
            except TocsinError as error:
                why = error
        for key in self._keys:
            try:
                return verify_note(note, self._origin, key)
            except TocsinError as error:
                why = error
        raise BadEntryError(None, f"a checkpoint does not hold: {why}")
