"""The bytes of a file, inflated member by member (RFC 1952) where it is packed, within bounds.

Damage is told once with the place in the file, and reading goes on at the next member.
"""

import zlib
from typing import BinaryIO, Final

from attrs import define

from tocsin.detect.pages.bounds import RATIO, UNSUSPECTED

MAGIC: Final = b"\x1f\x8b\x08"
_STEP: Final = 64 * 1024
_MOST_AT_ONCE: Final = 256 * 1024


class DamageError(Exception):
    """A file cannot be read on from here.

    Attributes:
        kind: a defect kind.
        at: offset in the file, in bytes.
    """

    def __init__(self, kind: str, at: int, text: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.at = at
        self.text = text


@define
class Unpacked:
    """A file as it reads unpacked.

    Attributes:
        at: offset in the file of what was last read of it.
        place: offset in the file of the last line; of its member where the file is packed.
    """

    _stream: BinaryIO
    _packed: bool
    at: int = 0
    place: int = 0
    _raw: bytes = b""
    _ready: bytes = b""
    _used: int = 0
    _inflating: "zlib._Decompress | None" = None
    _begun: int = 0
    _made: int = 0
    _is_lost: bool = False

    @classmethod
    def of(cls, stream: BinaryIO) -> "Unpacked":
        head = stream.read(len(MAGIC))
        stream.seek(0)
        return cls(stream, packed=head == MAGIC)

    def take(self, size: int) -> bytes:
        """Return up to `size` bytes; none at the end.

        Raises:
            DamageError: what is packed is broken, cut or a bomb.
        """
        while self._used >= len(self._ready):
            self._ready, self._used = b"", 0
            if not self._fill():
                return b""
        taken = self._ready[self._used : self._used + size]
        self._used += len(taken)
        return taken

    def line(self, limit: int) -> bytes:
        """Return a line with its end, or `limit` bytes of a longer one; empty at the end.

        Raises:
            DamageError: as `take`.
        """
        pieces: list[bytes] = []
        left = limit
        while left > 0 and (piece := self.take(left)):
            if not pieces:
                self.place = self._begun if self._packed else self._offset() - len(piece)
            end = piece.find(b"\n") + 1
            if end:
                self._used -= len(piece) - end
                pieces.append(piece[:end])
                break
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def give_back(self, line: bytes) -> None:
        """Let the last line be taken again."""
        self._ready, self._used = line + self._ready[self._used :], 0

    def _offset(self) -> int:
        return self.at - len(self._ready) + self._used

    def _fill(self) -> bool:
        if not self._raw:
            self._raw = self._stream.read(_STEP)
            if not self._raw and self._inflating is not None and not self._is_lost:
                self._inflating = None
                raise DamageError("cut-off", self.at)
            if not self._raw:
                return False
        if not self._packed:
            self._ready, self._raw = self._raw, b""
            self.at += len(self._ready)
            return True
        if self._is_lost and not self._found_member():
            return True
        self._inflate()
        return True

    def _found_member(self) -> bool:
        """Move to where the next member may begin; False when the bytes at hand hold none."""
        place = self._raw.find(MAGIC)
        if place < 0:
            kept = len(MAGIC) - 1
            rest = self._stream.read(_STEP)
            self.at += len(self._raw) if not rest else max(len(self._raw) - kept, 0)
            self._raw = self._raw[-kept:] + rest if rest else b""
            return False
        self.at, self._raw, self._is_lost = self.at + place, self._raw[place:], False
        return True

    def _inflate(self) -> None:
        if self._inflating is None:
            self._inflating, self._begun, self._made = zlib.decompressobj(31), self.at, 0
        before = len(self._raw)
        try:
            self._ready = self._inflating.decompress(self._raw, _MOST_AT_ONCE)
        except zlib.error:
            self._lose(1)
            raise DamageError("broken-gzip", self._begun) from None
        ended = self._inflating.eof
        self._raw = self._inflating.unused_data if ended else self._inflating.unconsumed_tail
        self.at += before - len(self._raw)
        self._made += len(self._ready)
        if self._made > UNSUSPECTED and self._made > RATIO * (self.at - self._begun):
            self._ready = b""
            self._lose(0)
            raise DamageError("zip-bomb", self._begun)
        if ended:
            self._inflating = None

    def _lose(self, passed: int) -> None:
        self._inflating, self._is_lost = None, True
        self._raw, self.at = self._raw[passed:], self.at + passed
