"""Where the exchange keeps blinded elements, tags and outputs until it may delete them.

Beside the vault and not in it: the vault keeps every version for good, and these must go.
"""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Final, Protocol

from tocsin.foundation import Entropy, StorageError

_NEW: Final = os.O_CREAT | os.O_EXCL | os.O_WRONLY


class Blobs(Protocol):
    """Bytes under a folder and a name. A folder is an asking, or a set of tags."""

    def put(self, folder: str, name: str, data: bytes) -> None:
        """Keep `data`; when this returns, it survives a power cut."""
        ...

    def get(self, folder: str, name: str) -> bytes | None:
        """Return what is kept, None where there is nothing."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted."""
        ...

    def drop(self, folder: str, name: str | None = None) -> None:
        """Delete a name, or a folder with all that is in it; nothing where there is none."""
        ...


class MemoryBlobs:
    """Blobs of one process; for tests and simulations."""

    def __init__(self) -> None:
        self.folders: dict[str, dict[str, bytes]] = {}

    def put(self, folder: str, name: str, data: bytes) -> None:
        self.folders.setdefault(folder, {})[name] = data

    def get(self, folder: str, name: str) -> bytes | None:
        return self.folders.get(folder, {}).get(name)

    def names(self, folder: str) -> tuple[str, ...]:
        return tuple(sorted(self.folders.get(folder, {})))

    def drop(self, folder: str, name: str | None = None) -> None:
        if name is None:
            self.folders.pop(folder, None)
        else:
            self.folders.get(folder, {}).pop(name, None)


class FileBlobs:
    """Blobs as files that only their owner can read.

    Folder names come from outside, so a folder on the disk has the hash of its name.
    """

    def __init__(self, root: Path, entropy: Entropy) -> None:
        self._root = root
        self._entropy = entropy

    def put(self, folder: str, name: str, data: bytes) -> None:
        place = self._place(folder)
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = place / f".{self._entropy.take(8).hex()}"
            with os.fdopen(os.open(draft, _NEW, 0o600), "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(place / name)
            _sync(place)
        except OSError as error:
            raise StorageError(
                f"{place}: {error.strerror}", hint="free some space, then do it again"
            ) from error

    def get(self, folder: str, name: str) -> bytes | None:
        try:
            return (self._place(folder) / name).read_bytes()
        except FileNotFoundError:
            return None

    def names(self, folder: str) -> tuple[str, ...]:
        try:
            found = [each.name for each in self._place(folder).iterdir()]
        except FileNotFoundError:
            return ()
        return tuple(sorted(name for name in found if not name.startswith(".")))

    def drop(self, folder: str, name: str | None = None) -> None:
        if name is None:
            shutil.rmtree(self._place(folder), ignore_errors=True)
        else:
            (self._place(folder) / name).unlink(missing_ok=True)

    def _place(self, folder: str) -> Path:
        return self._root / hashlib.sha256(folder.encode()).hexdigest()


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
