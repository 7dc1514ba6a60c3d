"""Failed logins are bounded in number, and so is the memory that it takes to count them.

A secret has 256 random bits, so this is no defence against guessing: it keeps a client that has
lost its token from costing a look-up each second for weeks, and a scanner out of the log.

The counts lie in memory that worker processes inherit and share: whichever of them a caller meets,
it is the same count. Nothing of it goes to the disk, so a stranger can cause no write, and who is
let in costs none either.
"""

import fcntl
import hashlib
import mmap
import os
import secrets
import struct
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Final

MAX_FAILURES: Final = 20
"""Wrong credentials of one address within `WINDOW`; then it waits for the window's end."""

WINDOW: Final = timedelta(minutes=1)
MAX_ADDRESSES: Final = 4_096
MAX_KNOWN: Final = 4_096

_WAYS: Final = 16
"""Places that a name may have; the oldest of them gives way."""

_ROW: Final = struct.Struct("<QQQ")
"""A name's keyed hash, microseconds since 1970, a count."""

_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class FailedLogins:
    """Counts by address; who was let in lately stays welcome, whatever its neighbours do.

    Behind one proxy all members may share an address: an address that has failed too often is
    not looked up any more, except for the credentials that have worked since serving began.
    Processes that are forked after it was made share it.
    """

    def __init__(self) -> None:
        turns = _Turns()
        self._failures = _Rows(MAX_ADDRESSES, turns)
        self._known = _Rows(MAX_KNOWN, turns)

    def wait_s(self, address: str, digest: str, now: datetime) -> int:
        """Return how many seconds this credential from here must wait; 0 to look it up now.

        Args:
            digest: the credential's hash.
        """
        since, count = self._failures.get(address) or (0, 0)
        left = since + WINDOW // _MICROSECOND - _micros(now)
        if count < MAX_FAILURES or left <= 0 or self._known.get(digest) is not None:
            return 0
        return max(1, round(left / 1e6))

    def succeeded(self, digest: str, now: datetime) -> None:
        """Note a credential that holds; whoever is known already costs a look and no more."""
        if self._known.get(digest) is None:
            with self._known.turn():
                self._known.put(digest, _micros(now), 1)

    def failed(self, address: str, digest: str, now: datetime) -> None:
        """Note a credential that does not hold, or no longer."""
        at = _micros(now)
        with self._failures.turn():
            self._known.drop(digest)
            since, count = self._failures.get(address) or (at, 0)
            if not 0 <= at - since < WINDOW // _MICROSECOND:
                since, count = at, 0
            self._failures.put(address, since, count + 1)


class _Turns:
    """One process and thread at a time; a process that dies in its turn gives it back.

    A file's record lock belongs to the process, whatever it inherited, and ends with it.
    """

    def __init__(self) -> None:
        self._file, name = tempfile.mkstemp()
        Path(name).unlink()
        weakref.finalize(self, os.close, self._file)
        self._lock = Lock()

    @contextmanager
    def take(self) -> Iterator[None]:
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)


class _Rows:
    """A table of a fixed size in shared memory.

    Names stand in it as hashes under a key of this table's own, so that nobody can choose names
    that push another's out.
    """

    def __init__(self, size: int, turns: _Turns) -> None:
        self._memory = mmap.mmap(-1, size * _ROW.size)
        self._sets = size // _WAYS
        self._key = secrets.token_bytes(16)
        self._turns = turns

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self._turns.take():
            yield

    def get(self, name: str) -> tuple[int, int] | None:
        """Return time and count; to look takes no turn, and a torn look is of one count only."""
        mark, places = self._places(name)
        for place in places:
            held, at, count = _ROW.unpack_from(self._memory, place)
            if held == mark:
                return at, count
        return None

    def put(self, name: str, at: int, count: int) -> None:
        mark, places = self._places(name)
        rows = [(_ROW.unpack_from(self._memory, place), place) for place in places]
        own = next((place for row, place in rows if row[0] == mark), None)
        if own is None:
            own = min(rows, key=lambda each: each[0][1])[1]
        _ROW.pack_into(self._memory, own, mark, at, count)

    def drop(self, name: str) -> None:
        mark, places = self._places(name)
        for place in places:
            if _ROW.unpack_from(self._memory, place)[0] == mark:
                _ROW.pack_into(self._memory, place, 0, 0, 0)

    def _places(self, name: str) -> tuple[int, range]:
        digest = hashlib.blake2b(name.encode(), digest_size=16, key=self._key).digest()
        first = int.from_bytes(digest[8:], "little") % self._sets * _WAYS * _ROW.size
        places = range(first, first + _WAYS * _ROW.size, _ROW.size)
        return int.from_bytes(digest[:8], "little") | 1, places  # 0 is an empty place


def _micros(moment: datetime) -> int:
    return max(0, (moment - _EPOCH) // _MICROSECOND)
