"""The key ring of a home as it lies on the disk, shared by all processes that have it open."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from tocsin.foundation import StorageError
from tocsin.trust import KeyRing
from tocsin.vault.files import read_private, remove_drafts, write_atomically

_Stamp: TypeAlias = tuple[int, int, int]


class KeptKeys:
    """A ring and its file.

    Another process may rotate the keys while this one works: what is read here is always the ring
    that the file holds now. Reading again costs one `stat` while nothing has changed.
    """

    def __init__(self, path: Path, passphrase: str | None) -> None:
        """Read the ring.

        Raises:
            StorageError: when the file can't be read, or others may read it.
            TrustError: when the passphrase is wrong or missing.
            BadInputError: when it is no ring.
        """
        self._path = path
        self._passphrase = passphrase
        self._stamp = self._stamped()
        self._ring = self._read()

    @property
    def ring(self) -> KeyRing:
        """The ring as the file holds it now."""
        # Stamped before it is read: a file that is replaced in between is read once more later.
        stamp = self._stamped()
        if stamp != self._stamp:
            self._ring, self._stamp = self._read(), stamp
        return self._ring

    def change(self, step: Callable[[KeyRing], KeyRing]) -> None:
        """Replace the ring by what `step` makes of it; it is on the disk when this returns.

        Call it under the vault's write lock: two processes that both read and then write would
        lose one another's keys.
        """
        ring = self.ring
        changed = step(ring)
        if changed is not ring:
            remove_drafts(self._path)
            write_atomically(self._path, changed.to_bytes(self._passphrase))

    def _read(self) -> KeyRing:
        return KeyRing.from_bytes(read_private(self._path), self._passphrase)

    def _stamped(self) -> _Stamp:
        try:
            found = self._path.stat()
        except OSError as error:
            raise StorageError(
                f"{self._path}: cannot be read: {error.strerror}",
                hint="restore a backup; where there is none, `tocsin key replace`",
            ) from error
        return found.st_ino, found.st_mtime_ns, found.st_ctime_ns
